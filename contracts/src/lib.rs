//! What a transaction means: pure state machines, one file per area.
