//! The only place where the outside world exists: the daemon bullad.
