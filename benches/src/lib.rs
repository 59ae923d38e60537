//! How fast, as ratios against measured limits.
