//! In what order: one pure step over Malachite's core.
