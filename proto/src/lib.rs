//! The only place where gRPC types exist.
