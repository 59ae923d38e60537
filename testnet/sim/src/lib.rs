//! N engine loops in one thread, from one seed.
