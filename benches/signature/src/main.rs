//! Prints what checking one signature costs, in nanoseconds.
#![expect(clippy::print_stdout, reason = "the figure is what it is for")]

fn main() {
    println!("{:.0}", bulla_bench_signature::check_ns());
}
