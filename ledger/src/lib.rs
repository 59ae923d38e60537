//! What is kept: execute, commit, tree, prove, query, fsck.
