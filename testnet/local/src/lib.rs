//! N real bullad processes on loopback.
