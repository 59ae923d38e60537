//! Answers `GET /metrics`, and nothing else.
//!
//! By hand, not with hyper, though tonic brings it: one resource, no body to read, one answer per connection. What a reader of
//! HTTP usually gets wrong (lengths, chunks, reuse of connections) does not exist here, and three direct dependencies
//! are saved. A request is at most [`MAX_REQUEST`] bytes and [`PATIENCE`] long, and at most [`MAX_CONNECTIONS`] are open.

use super::Metrics;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

/// The most bytes of a request's head: Prometheus sends about 300.
const MAX_REQUEST: usize = 4 * 1024;
/// How long a connection may take from first to last byte.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many are answered at once; further ones wait in the system's queue.
const MAX_CONNECTIONS: usize = 16;
/// How long to wait when the system has no more file descriptors.
const EXHAUSTED: Duration = Duration::from_millis(500);

/// Answers on an address from now on. Aborting the task ends it and every connection.
pub async fn serve(address: SocketAddr, metrics: Arc<Metrics>) -> io::Result<JoinHandle<()>> {
    let listener = TcpListener::bind(address).await?;
    Ok(tokio::spawn(accept(listener, metrics, PATIENCE)))
}

pub(super) async fn accept(listener: TcpListener, metrics: Arc<Metrics>, patience: Duration) {
    let mut connections = JoinSet::new();
    loop {
        if connections.len() >= MAX_CONNECTIONS {
            // It ends within its patience; what became of it concerns its client alone.
            let _ = connections.join_next().await;
            continue;
        }
        match listener.accept().await {
            Ok((stream, _)) => {
                let metrics = Arc::clone(&metrics);
                connections.spawn(async move {
                    let _ = timeout(patience, answer(stream, &metrics)).await;
                });
            }
            Err(fault) => {
                tracing::warn!(%fault, "metrics: a connection could not be accepted");
                sleep(EXHAUSTED).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn answer(mut stream: TcpStream, metrics: &Metrics) -> io::Result<()> {
    let head = read_head(&mut stream).await?;
    let (status, body) = match head.as_deref().map(request_line) {
        None => ("431 Request Header Fields Too Large", "the request is too long\n".to_owned()),
        Some(Some(("GET", "/metrics"))) => ("200 OK", metrics.text()),
        Some(Some(("GET", _))) => ("404 Not Found", "ask for /metrics\n".to_owned()),
        Some(Some(_)) => ("405 Method Not Allowed", "ask with GET\n".to_owned()),
        Some(None) => ("400 Bad Request", "this is no HTTP request\n".to_owned()),
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}

/// What comes before the empty line, or before the end; none if that is too long.
async fn read_head(stream: &mut TcpStream) -> io::Result<Option<Vec<u8>>> {
    let mut head = Vec::new();
    let mut part = [0; 1_024];
    loop {
        let count = stream.read(&mut part).await?;
        head.extend(part.iter().take(count));
        if head.len() > MAX_REQUEST {
            return Ok(None);
        }
        if count == 0 || head.windows(4).any(|four| four == b"\r\n\r\n") {
            return Ok(Some(head));
        }
    }
}

/// Method and path. A query after the path is left out: Prometheus may be configured to send one.
fn request_line(head: &[u8]) -> Option<(&str, &str)> {
    let line = head.split(|byte| *byte == b'\r').next()?;
    let mut words = std::str::from_utf8(line).ok()?.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    let whole = words.next().is_none() && version.starts_with("HTTP/1.") && target.starts_with('/');
    whole.then(|| (method, target.split('?').next().unwrap_or(target)))
}
