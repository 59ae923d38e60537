//! Golden vectors: what is computed must be what is kept in `verify/vectors`.

use serde_json::Value;

/// Writes the file if asked to, and demands that it says what was computed.
pub fn settle(name: &str, computed: Value) -> Value {
    let path = format!("{}/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("BULLA_WRITE_VECTORS").is_some() {
        std::fs::write(&path, serde_json::to_string_pretty(&computed).unwrap() + "\n").unwrap();
    }
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(kept, computed, "{path} says otherwise");
    kept
}
