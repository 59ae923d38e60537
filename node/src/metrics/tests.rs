use super::*;
use bulla_verify::refusal::Code;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, Stdio};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const MINUTE: Duration = Duration::from_secs(60);

/// Metrics of which every number is another one.
fn lively() -> Metrics {
    let metrics = Metrics::new();
    metrics.height.set(7);
    metrics.round.set(1);
    metrics.peers_connected.set(3);
    metrics.pool_transactions.set(12);
    metrics.pool_bytes.set(4_800);
    metrics.settled(&[Outcome::Applied, Outcome::Applied]);
    metrics.settled(&[Outcome::Dropped, Outcome::Refused(Code(512)), Outcome::Dropped]);
    metrics.settled(&[Outcome::Applied, Outcome::Refused(Code(512)), Outcome::Refused(Code(301))]);
    metrics.round_failed();
    metrics.synced(Duration::from_millis(3));
    metrics.executed(Duration::from_millis(20));
    metrics.stored(Duration::from_secs(9));
    let counters = Counters::default();
    counters.frames_in.store(40, Ordering::Relaxed);
    counters.frames_out.store(41, Ordering::Relaxed);
    counters.bytes_in.store(42, Ordering::Relaxed);
    counters.bytes_out.store(43, Ordering::Relaxed);
    counters.dropped_full.store(44, Ordering::Relaxed);
    metrics.watch(Arc::new(counters));
    metrics
}

/// Reads the text form strictly: every sample's family is announced before it, with a help and a type, once.
fn samples(text: &str) -> BTreeMap<String, f64> {
    let (mut samples, mut helped, mut typed) = (BTreeMap::new(), BTreeSet::new(), BTreeMap::new());
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, words) = help.split_once(' ').unwrap();
            assert!(words.len() > 5 && helped.insert(name), "{line}");
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            assert!(["gauge", "counter", "histogram"].contains(&kind), "{line}");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
            assert!(typed.insert(name, kind).is_none(), "{line}");
        } else {
            let (series, value) = line.rsplit_once(' ').unwrap();
            let name = series.split('{').next().unwrap();
            let family = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
            assert!(name.starts_with("bulla_") && helped.contains(family) && typed.contains_key(family), "{line}");
            assert!(samples.insert(series.to_owned(), value.parse().unwrap()).is_none(), "{line}");
        }
    }
    samples
}

#[test]
fn the_text_says_what_was_told() {
    let samples = samples(&lively().text());
    for (series, value) in [
        ("bulla_height", 7.0),
        ("bulla_round", 1.0),
        ("bulla_peers_connected", 3.0),
        ("bulla_pool_transactions", 12.0),
        ("bulla_pool_bytes", 4_800.0),
        ("bulla_transactions_applied_total", 1.0),
        ("bulla_transactions_refused_total{code=\"BUL-0512\"}", 2.0),
        ("bulla_rounds_failed_total", 1.0),
        ("bulla_wal_sync_seconds_count", 1.0),
        ("bulla_wal_sync_seconds_sum", 0.003),
        ("bulla_wal_sync_seconds_bucket{le=\"0.002\"}", 0.0),
        ("bulla_wal_sync_seconds_bucket{le=\"0.004\"}", 1.0),
        ("bulla_execute_seconds_sum", 0.02),
        ("bulla_commit_seconds_bucket{le=\"2.048\"}", 0.0),
        ("bulla_commit_seconds_bucket{le=\"+Inf\"}", 1.0),
        ("bulla_frames_in_total", 40.0),
        ("bulla_frames_out_total", 41.0),
        ("bulla_bytes_in_total", 42.0),
        ("bulla_bytes_out_total", 43.0),
        ("bulla_messages_dropped_total{reason=\"queue_full\"}", 44.0),
        ("bulla_refused_frames_total{reason=\"stranger\"}", 0.0),
    ] {
        assert_eq!(samples.get(series), Some(&value), "{series}");
    }
    assert!(!samples.contains_key("bulla_transactions_refused_total{code=\"BUL-0301\"}"), "one code per transaction");
}

#[test]
fn every_reason_to_refuse_a_peer_is_there_before_it_happens() {
    let samples = samples(&lively().text());
    for reason in RefusedPeer::ALL {
        assert!(samples.contains_key(&format!("bulla_refused_frames_total{{reason=\"{}\"}}", reason.name())));
    }
}

#[test]
fn before_there_is_a_network_the_rest_is_told() {
    let samples = samples(&Metrics::new().text());
    assert_eq!(samples.get("bulla_height"), Some(&0.0));
    assert!(!samples.contains_key("bulla_frames_in_total"));
}

#[test]
fn asking_twice_counts_nothing_twice() {
    let metrics = lively();
    assert_eq!(metrics.text(), metrics.text());
}

/// Prometheus' own judge, where it is installed; the parser above judges everywhere.
#[test]
fn promtool_has_nothing_to_say() {
    let promtool =
        Command::new("promtool").args(["check", "metrics"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Ok(mut promtool) = promtool else { return };
    promtool.stdin.take().unwrap().write_all(lively().text().as_bytes()).unwrap();
    let output = promtool.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

async fn asked(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

async fn served(metrics: Metrics, patience: Duration) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(endpoint::accept(listener, Arc::new(metrics), patience));
    address
}

#[tokio::test]
async fn the_endpoint_answers_get_metrics_with_the_text() {
    let metrics = lively();
    let text = metrics.text();
    let address = served(metrics, MINUTE).await;
    for target in ["/metrics", "/metrics?target=node-1"] {
        let request = format!("GET {target} HTTP/1.1\r\nHost: node\r\nAccept: */*\r\n\r\n");
        let answer = asked(address, request.as_bytes()).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert!(head.contains(&format!("Content-Length: {}", text.len())), "{head}");
        assert_eq!(body, text);
    }
}

#[tokio::test]
async fn whatever_else_is_asked_is_refused() {
    let address = served(Metrics::new(), MINUTE).await;
    for (request, status) in [
        ("GET / HTTP/1.1\r\n\r\n", "404"),
        ("GET /metrics/ HTTP/1.1\r\n\r\n", "404"),
        ("POST /metrics HTTP/1.1\r\n\r\n", "405"),
        ("GET /metrics\r\n\r\n", "400"),
        ("GET /metrics HTTP/1.1 more\r\n\r\n", "400"),
        ("GET http://elsewhere/metrics HTTP/1.1\r\n\r\n", "400"),
        ("\r\n\r\n", "400"),
    ] {
        let answer = asked(address, request.as_bytes()).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{request:?}: {answer}");
    }
    let endless = [b"GET /metrics HTTP/1.1\r\nX: ".as_slice(), &[b'x'; 4_096]].concat();
    assert!(asked(address, &endless).await.starts_with("HTTP/1.1 431 "));
}

/// More connections than are answered at once, none of which asks anything: the next one's turn comes when they are given up.
#[tokio::test]
async fn silent_connections_do_not_keep_others_out_for_ever() {
    let address = served(lively(), Duration::from_millis(100)).await;
    let mut silent = Vec::new();
    for _ in 0..40 {
        silent.push(TcpStream::connect(address).await.unwrap());
    }
    assert!(asked(address, b"GET /metrics HTTP/1.1\r\n\r\n").await.starts_with("HTTP/1.1 200 OK"));
}
