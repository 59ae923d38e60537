//! Compiles the `.proto` files without protoc, and keeps the descriptors for reflection.

use std::error::Error;
use std::path::Path;

const FILES: [&str; 2] = ["bulla/v1/ledger.proto", "bulla/v1/node.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    let mut compiler = protox::Compiler::new(["proto"])?;
    compiler.include_imports(true).include_source_info(true).open_files(FILES)?;
    let out = std::env::var("OUT_DIR")?;
    std::fs::write(Path::new(&out).join("bulla.v1.descriptors"), compiler.encode_file_descriptor_set())?;
    tonic_prost_build::configure().compile_fds(compiler.file_descriptor_set())?;
    Ok(())
}
