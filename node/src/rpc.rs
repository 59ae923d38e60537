//! The node's gRPC server: what clients submit, and what they ask.
//!
//! It promises that "final" is said only of what is decided, executed and durable here; that a refusal has its stable code;
//! and that every queue, message, wait and connection has a bound. It answers questions from the ledger by itself, on a few
//! threads of its own, so that no number of readers keeps the engine's loop from its turn; the loop hears of admitted
//! transactions only. It never changes the ledger.
//!
//! It speaks in plain text and tells anyone which services there are: it is to listen on loopback, until TLS comes.
//!
//! | file | what it does |
//! |---|---|
//! | `service` | the methods of `bulla.v1.Ledger`, each one line |
//! | `submit` | admission, and waiting until a transaction is final |
//! | `waiting` | what was admitted here and is not final |
//! | `reach` | questions that wait for a height |
//! | `query` | records, proofs, histories, blocks |
//! | `status`, `surroundings` | how the node is, and what it waits for |
//! | `work` | the bound on threads that read and check |
//! | `connections` | the bound on connections |

mod connections;
mod query;
mod reach;
mod service;
pub mod status;
mod submit;
mod surroundings;
mod waiting;
mod work;

pub use status::NodeStatus;
pub use surroundings::Surroundings;

use bulla_ledger::store::Fault;
use bulla_ledger::{Ledger, Transaction};
use bulla_proto::answer::AsOf;
use bulla_proto::v1::ledger_server::LedgerServer;
use bulla_proto::v1::node_server::NodeServer;
use bulla_proto::{DESCRIPTORS, MAX_ANSWER_BYTES, MAX_REQUEST_BYTES, MAX_WAIT};
use bulla_verify::admission::Stale;
use bulla_verify::chain::{ChainId, Height};
use bulla_verify::time::Millis;
use service::LedgerService;
use status::StatusService;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tonic::Status;
use tonic::transport::Server;
use waiting::Waiting;
use work::Work;

/// A transaction that admission has passed, and where to say whether the pool took it.
pub type Submission = (Transaction, oneshot::Sender<Result<(), Stale>>);

/// What the server stands on.
pub struct RpcState {
    /// The ledger, which it only reads.
    pub ledger: Ledger,
    /// To the engine's loop. When the queue is full, clients are told that the pool is.
    pub submissions: mpsc::Sender<Submission>,
    /// The last height that is durable here, told after every commit.
    pub commits: watch::Receiver<Height>,
    /// How the engine is.
    pub status: watch::Receiver<NodeStatus>,
    /// What the node sees beside its chain.
    pub surroundings: Arc<Surroundings>,
}

/// A server that runs until it is stopped.
pub struct RpcServer {
    address: SocketAddr,
    stopping: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// The most connections: each of a dozen departments' services holds a few.
const MAX_CONNECTIONS: usize = 128;
/// The most calls at once on one connection. HTTP/2 tells clients, so whoever keeps to it waits and is never turned away.
const MAX_CALLS: u32 = 1_024;
/// The longest that any call may take: the longest wait, and time to answer.
const CALL_TIMEOUT: Duration = MAX_WAIT.saturating_add(Duration::from_secs(10));
/// The oldest that a connection becomes, so that none that leaks is held for ever.
const MAX_CONNECTION_AGE: Duration = Duration::from_secs(3_600);
/// How often an idle connection is asked whether the other side is there, and how long the answer may take.
const KEEP_ALIVE: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(10));
/// The most bytes of headers of one call: gRPC sends a few hundred.
const MAX_HEADER_BYTES: u32 = 16 << 10;
/// The most bytes on their way that were not read yet: of one call, and of a whole connection.
const WINDOWS: (u32, u32) = (1 << 20, 4 << 20);
/// How many calls a client may reset before they were begun, and because of its own errors, before it is hung up on: the
/// rapid-reset attack (CVE-2023-44487) needs thousands a second.
const MAX_RESETS: (usize, usize) = (20, 256);
/// How long calls may take to end once the server is told to stop.
const GRACE: Duration = Duration::from_secs(5);

/// Listens on an address and serves until [`RpcServer::stop`].
pub async fn serve(address: SocketAddr, state: RpcState) -> io::Result<RpcServer> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let (stopping, stopped) = watch::channel(false);
    let task = tokio::spawn(run(listener, state, stopped));
    Ok(RpcServer { address, stopping, task })
}

impl RpcServer {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends the waits, lets calls end that are under way, and stops.
    pub async fn stop(mut self) {
        self.stopping.send_replace(true);
        if tokio::time::timeout(GRACE, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

/// What all calls share.
struct Rpc {
    ledger: Ledger,
    chain: ChainId,
    submissions: mpsc::Sender<Submission>,
    commits: watch::Receiver<Height>,
    status: watch::Receiver<NodeStatus>,
    waiting: Waiting,
    work: Work,
    stopping: watch::Receiver<bool>,
}

impl Rpc {
    /// Of when an answer is, and whether later blocks may have been decided without this node.
    fn as_of(&self, height: Height, time: Millis) -> AsOf {
        AsOf { height, time, stale: status::is_stale(&self.ledger.tip(), &self.status.borrow()) }
    }
}

async fn run(listener: TcpListener, state: RpcState, stopping: watch::Receiver<bool>) {
    let RpcState { ledger, submissions, commits, status, surroundings } = state;
    let chain = ledger.tip().chain;
    let service = StatusService::new(ledger.clone(), status.clone(), surroundings);
    let (waiting, work, stopped) = (Waiting::default(), Work::new(), stopping.clone());
    let rpc = Arc::new(Rpc { ledger, chain, submissions, commits, status, waiting, work, stopping });
    tokio::select! {
        () = rpc.follow() => {}
        served = answer(listener, rpc.clone(), service, stopped) => if let Err(fault) = served {
            tracing::error!(%fault, "the gRPC server ended");
        },
    }
}

async fn answer(
    listener: TcpListener,
    rpc: Arc<Rpc>,
    status: StatusService,
    mut stopping: watch::Receiver<bool>,
) -> Result<(), tonic::transport::Error> {
    let (health, health_service) = tonic_health::server::health_reporter();
    health.set_serving::<LedgerServer<LedgerService>>().await;
    health.set_serving::<NodeServer<StatusService>>().await;
    let reflection =
        || tonic_reflection::server::Builder::configure().register_encoded_file_descriptor_set(DESCRIPTORS);
    let readable = "the build made these descriptors";
    let ledger = LedgerServer::new(LedgerService::new(rpc))
        .max_decoding_message_size(MAX_REQUEST_BYTES)
        .max_encoding_message_size(MAX_ANSWER_BYTES);
    let node = NodeServer::new(status)
        .max_decoding_message_size(MAX_REQUEST_BYTES)
        .max_encoding_message_size(MAX_ANSWER_BYTES);
    let stop = async move {
        // An error says that the handle was dropped: nobody is there to stop it any more.
        let _ = stopping.wait_for(|stopping| *stopping).await;
        health.set_not_serving::<LedgerServer<LedgerService>>().await;
        health.set_not_serving::<NodeServer<StatusService>>().await;
    };
    limited(Server::builder())
        .add_service(ledger)
        .add_service(node)
        .add_service(health_service)
        .add_service(reflection().build_v1().expect(readable))
        .add_service(reflection().build_v1alpha().expect(readable))
        .serve_with_incoming_shutdown(connections::accept(listener, MAX_CONNECTIONS), stop)
        .await
}

fn limited(server: Server) -> Server {
    server
        .concurrency_limit_per_connection(usize::try_from(MAX_CALLS).unwrap_or(usize::MAX))
        .load_shed(true)
        .timeout(CALL_TIMEOUT)
        .max_concurrent_streams(MAX_CALLS)
        .max_connection_age(MAX_CONNECTION_AGE)
        .max_connection_age_grace(CALL_TIMEOUT)
        .http2_keepalive_interval(Some(KEEP_ALIVE.0))
        .http2_keepalive_timeout(Some(KEEP_ALIVE.1))
        .http2_max_header_list_size(MAX_HEADER_BYTES)
        .initial_stream_window_size(WINDOWS.0)
        .initial_connection_window_size(WINDOWS.1)
        .http2_max_pending_accept_reset_streams(Some(MAX_RESETS.0))
        .http2_max_local_error_reset_streams(Some(MAX_RESETS.1))
        .accept_http1(false)
}

/// What a fault beneath the ledger is to a client.
fn failed(fault: &Fault) -> Status {
    match fault {
        Fault::Outdated => Status::unavailable(fault.to_string()),
        Fault::Upgrade { .. } => Status::failed_precondition(fault.to_string()),
        Fault::NotHeld { .. } => Status::out_of_range(fault.to_string()),
        Fault::Store { .. } | Fault::Damaged { .. } => Status::internal(fault.to_string()),
    }
}

#[cfg(test)]
mod tests;
