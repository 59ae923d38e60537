//! A panic of a network task ends the process. In a release build it does so by itself; elsewhere a task would die alone, and
//! leave a node that looks alive and hears nobody.

use futures::FutureExt;
use std::panic::AssertUnwindSafe;

/// Runs a task; should it panic, the process aborts once the panic has been printed.
pub(super) async fn panics<T>(task: impl Future<Output = T>) -> T {
    // Nothing is looked at after a panic, so nothing half-changed is seen.
    AssertUnwindSafe(task).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!("a task of the network panicked; the process stops");
        std::process::abort()
    })
}
