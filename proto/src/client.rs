//! Speaks to one node over gRPC, in plain text: TLS comes with the read-only listener. Answers are `bulla-verify`'s values;
//! what the ledger refuses, what a node cannot do, and a node that is not there, are three different errors.

mod error;

pub use error::ClientError;

use crate::answer::{AsOf, Block, Checked, Found, Governed, History, Lines, NodeStatus, Progress, Submitted};
use crate::convert::NotUnderstood;
use crate::v1::ledger_client::LedgerClient;
use crate::v1::node_client::NodeClient;
use crate::{MAX_ANSWER_BYTES, MAX_REQUEST_BYTES, MAX_WAIT, v1};
use borsh::BorshDeserialize;
use bulla_verify::canonical::{self, DecodeError};
use bulla_verify::catalogue::LicenceType;
use bulla_verify::chain::{Height, TxId};
use bulla_verify::identifiers::licence_id::{LicenceId, LicenceTypeCode};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::licence::Licence;
use bulla_verify::list::{Head, leaf_hash};
use bulla_verify::organisation::Organisation;
use bulla_verify::proof::Claim;
use bulla_verify::record::{MAX_RECORD_BYTES, Record};
use bulla_verify::transaction::Envelope;
use bulla_verify::tree::StateKey;
use std::time::Duration;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Response, Status};

/// How often a connection that is in use asks whether the other side is still there.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// How long to be patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection.
    pub connect: Duration,
    /// For an answer, beside the time that a call asks the node to wait.
    pub answer: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts { connect: Duration::from_secs(3), answer: Duration::from_secs(10) }
    }
}

/// A connection to one node. Clones share it; it is made again after it was lost.
#[derive(Clone, Debug)]
pub struct Client {
    ledger: LedgerClient<Channel>,
    node: NodeClient<Channel>,
    endpoint: String,
    answer_timeout: Duration,
    at_least: Option<Height>,
}

impl Client {
    /// Connects to a node: `http://127.0.0.1:7400`, or without `http://`.
    pub async fn connect(endpoint: &str, timeouts: Timeouts) -> Result<Client, ClientError> {
        let endpoint = if endpoint.contains("://") { endpoint.to_owned() } else { format!("http://{endpoint}") };
        let channel = Endpoint::from_shared(endpoint.clone())
            .map_err(|_| ClientError::Endpoint { endpoint: endpoint.clone() })?
            .connect_timeout(timeouts.connect)
            .http2_keep_alive_interval(KEEP_ALIVE)
            .connect()
            .await
            .map_err(|reason| ClientError::unreachable(&endpoint, &reason))?;
        let ledger = LedgerClient::new(channel.clone())
            .max_encoding_message_size(MAX_REQUEST_BYTES)
            .max_decoding_message_size(MAX_ANSWER_BYTES);
        let node = NodeClient::new(channel).max_decoding_message_size(MAX_ANSWER_BYTES);
        Ok(Client { ledger, node, endpoint, answer_timeout: timeouts.answer, at_least: None })
    }

    /// The same connection, whose answers about the ledger are of no older state than after a block: that in which the caller was
    /// told, by any node, that something is final. A node that does not have the block in time refuses with
    /// [`ClientError::Behind`]. How a node is ([`Client::status`]) is told in any case.
    pub fn at_least(&self, height: Height) -> Client {
        Client { at_least: self.at_least.max(Some(height)), ..self.clone() }
    }

    /// Sends a transaction; then waits, at most [`MAX_WAIT`], until it is final and durable at the node. Sending it again is
    /// safe. After any other error than a refusal it may or may not have been taken in.
    pub async fn submit(&self, envelope: &Envelope, wait: Duration) -> Result<Submitted, ClientError> {
        let (mut ledger, wait) = (self.ledger.clone(), wait.min(MAX_WAIT));
        let message = v1::SubmitRequest { envelope: canonical::encode(envelope), wait_ms: millis(wait) };
        let answer = self.call(message, wait, async |request| ledger.submit(request).await).await?;
        answer.read()?.map_err(ClientError::Refused)
    }

    /// Asks for every refusal that a transaction would meet now. Nothing is applied.
    pub async fn check(&self, envelope: &Envelope) -> Result<Checked, ClientError> {
        let mut ledger = self.ledger.clone();
        let message = v1::CheckRequest { envelope: canonical::encode(envelope), at_least: self.floor() };
        let answer = self.ask(message, async |request| ledger.check(request).await).await?;
        self.reached(answer, |answer| answer.as_of)
    }

    /// Asks what became of a transaction; waits until it is final, at most [`MAX_WAIT`].
    pub async fn transaction(&self, id: TxId, wait: Duration) -> Result<Progress, ClientError> {
        let (mut ledger, wait) = (self.ledger.clone(), wait.min(MAX_WAIT));
        let message =
            v1::TransactionRequest { transaction_id: id.0.0.to_vec(), wait_ms: millis(wait), at_least: self.floor() };
        let answer = self.call(message, wait, async |request| ledger.transaction(request).await).await?;
        Ok(answer.try_into()?)
    }

    /// Asks for the licence of which this is a version, with a proof file if wanted.
    pub async fn licence(&self, id: &LicenceId, with_proof: bool) -> Result<Found<Licence>, ClientError> {
        let mut ledger = self.ledger.clone();
        let message = v1::LicenceRequest { identifier: id.to_string(), with_proof, at_least: self.floor() };
        let answer = self.ask(message, async |request| ledger.licence(request).await).await?;
        self.reached(answer, |answer| answer.as_of)
    }

    /// Asks for acts on a licence, oldest first, from the place `first` on: at most [`crate::MAX_PAGE`].
    pub async fn licence_history(&self, id: &LicenceId, first: u64) -> Result<History, ClientError> {
        let mut ledger = self.ledger.clone();
        let message = v1::LicenceHistoryRequest { identifier: id.to_string(), first, limit: 0, at_least: self.floor() };
        let answer = self.ask(message, async |request| ledger.licence_history(request).await).await?;
        self.reached(answer, |answer| answer.as_of)
    }

    /// Asks for an organisation, with a proof file if wanted.
    pub async fn organisation(&self, uscc: &Uscc, with_proof: bool) -> Result<Found<Organisation>, ClientError> {
        let mut ledger = self.ledger.clone();
        let message = v1::OrganisationRequest { uscc: uscc.to_string(), with_proof, at_least: self.floor() };
        let answer = self.ask(message, async |request| ledger.organisation(request).await).await?;
        self.reached(answer, |answer| answer.as_of)
    }

    /// Asks for a licence type, with a proof file if wanted.
    pub async fn licence_type(
        &self,
        code: &LicenceTypeCode,
        with_proof: bool,
    ) -> Result<Found<LicenceType>, ClientError> {
        let mut ledger = self.ledger.clone();
        let message = v1::LicenceTypeRequest { code: code.to_string(), with_proof, at_least: self.floor() };
        let answer = self.ask(message, async |request| ledger.licence_type(request).await).await?;
        self.reached(answer, |answer| answer.as_of)
    }

    /// Asks for any record of the state by its name.
    pub async fn record<R: Record>(&self, name: &R::Name) -> Result<Found<R>, ClientError> {
        let found = self.record_bytes(&R::key(name)).await?;
        let record = found.record.map(|bytes| canonical::decode(&bytes, MAX_RECORD_BYTES)).transpose();
        let record = record.map_err(|_| NotUnderstood::Malformed { field: "record" })?;
        Ok(Found { record, as_of: found.as_of, proof: None })
    }

    /// Asks for the canonical bytes of the record under a key.
    pub async fn record_bytes(&self, key: &StateKey) -> Result<Found<Vec<u8>>, ClientError> {
        let mut ledger = self.ledger.clone();
        let message = v1::RecordRequest { key: key.0.to_vec(), at_least: self.floor() };
        let answer = self.ask(message, async |request| ledger.record(request).await).await?;
        self.reached(answer, |answer: &Found<Vec<u8>>| answer.as_of)
    }

    /// Asks for lines of the list that a record keeps, oldest first, from the place `first` on: at most [`crate::MAX_PAGE`].
    pub async fn list(&self, key: &StateKey, first: u64) -> Result<Lines, ClientError> {
        let mut ledger = self.ledger.clone();
        let message = v1::ListRequest { key: key.0.to_vec(), first, limit: 0, at_least: self.floor() };
        let answer = self.ask(message, async |request| ledger.list(request).await).await?;
        self.reached(answer, |answer: &Lines| answer.as_of)
    }

    /// All lines that the list had when it was first asked for. Refused if they are others than its root stands for.
    pub async fn whole_list<T: BorshDeserialize>(&self, key: &StateKey) -> Result<(Lines, Vec<T>), ClientError> {
        let mut all = self.list(key, 0).await?;
        let len = |lines: &[Vec<u8>]| u64::try_from(lines.len()).unwrap_or(u64::MAX);
        while len(&all.lines) < all.head.len {
            let page = self.list(key, len(&all.lines)).await?;
            if page.lines.is_empty() {
                break;
            }
            all.lines.extend(page.lines);
        }
        all.lines.truncate(usize::try_from(all.head.len).unwrap_or(usize::MAX));
        let leaves: Vec<_> = all.lines.iter().map(|line| leaf_hash(line)).collect();
        if Head::of(&leaves) != all.head {
            return Err(NotUnderstood::Contradiction { field: "lines of the list" }.into());
        }
        let decode = |line: &Vec<u8>| canonical::decode(line, MAX_ANSWER_BYTES);
        let decoded: Result<Vec<T>, DecodeError> = all.lines.iter().map(decode).collect();
        Ok((all, decoded.map_err(|_| NotUnderstood::Malformed { field: "lines" })?))
    }

    /// Asks for a proof file: as of one of the last blocks, or as of the last.
    pub async fn proof(&self, claim: &Claim, height: Option<Height>) -> Result<Vec<u8>, ClientError> {
        let mut ledger = self.ledger.clone();
        let claim = match claim {
            Claim::Licence(id) => v1::proof_request::Claim::Licence(id.to_string()),
            Claim::Organisation(uscc) => v1::proof_request::Claim::Organisation(uscc.to_string()),
            Claim::LicenceType(code) => v1::proof_request::Claim::LicenceType(code.to_string()),
        };
        let height = height.map(|height| height.0);
        let message = v1::ProofRequest { claim: Some(claim), height, at_least: self.floor() };
        let answer = self.call(message, Duration::ZERO, async |request| ledger.proof(request).await).await?;
        Ok(answer.proof)
    }

    /// Asks for a block with at most [`crate::MAX_BLOCK_PAGE`] of its transactions, from the place `first` on; none if the
    /// height is not decided yet.
    pub async fn block(&self, height: Height, first: u64) -> Result<Option<Block>, ClientError> {
        let mut ledger = self.ledger.clone();
        let message = v1::BlockRequest { height: height.0, first, at_least: self.floor() };
        match self.ask(message, async |request| ledger.block(request).await).await {
            Ok(block) => Ok(Some(block)),
            Err(ClientError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Asks for the file of a block's certified header: of the last, if no height is given.
    pub async fn header(&self, height: Option<Height>) -> Result<Vec<u8>, ClientError> {
        let mut ledger = self.ledger.clone();
        let message = v1::HeaderRequest { height: height.map(|height| height.0), at_least: self.floor() };
        let answer = self.call(message, Duration::ZERO, async |request| ledger.header(request).await).await?;
        Ok(answer.file)
    }

    /// Asks who decides blocks, and who only follows.
    pub async fn validators(&self) -> Result<Governed, ClientError> {
        let mut ledger = self.ledger.clone();
        let message = v1::ValidatorsRequest { at_least: self.floor() };
        let answer = self.ask(message, async |request| ledger.validators(request).await).await?;
        self.reached(answer, |answer| answer.as_of)
    }

    /// Asks how the node is.
    pub async fn status(&self) -> Result<NodeStatus, ClientError> {
        let mut node = self.node.clone();
        self.ask(v1::NodeStatusRequest {}, async |request| node.status(request).await).await
    }

    /// The node that is spoken to.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    fn floor(&self) -> Option<u64> {
        self.at_least.map(|height| height.0)
    }

    /// A node of a version that knows nothing of `at_least` answers at once.
    fn reached<A>(&self, answer: A, as_of: impl Fn(&A) -> AsOf) -> Result<A, ClientError> {
        let height = as_of(&answer).height;
        match self.at_least.filter(|at_least| height < *at_least) {
            None => Ok(answer),
            Some(at_least) => Err(ClientError::Behind { endpoint: self.endpoint.clone(), height, at_least }),
        }
    }

    async fn ask<M, W, A>(
        &self,
        message: M,
        send: impl AsyncFnOnce(Request<M>) -> Result<Response<W>, Status>,
    ) -> Result<A, ClientError>
    where
        A: TryFrom<W, Error = NotUnderstood>,
    {
        Ok(self.call(message, Duration::ZERO, send).await?.try_into()?)
    }

    async fn call<M, W>(
        &self,
        message: M,
        wait: Duration,
        send: impl AsyncFnOnce(Request<M>) -> Result<Response<W>, Status>,
    ) -> Result<W, ClientError> {
        let patience = self.answer_timeout.saturating_add(wait);
        let mut request = Request::new(message);
        request.set_timeout(patience);
        let answer = send(request).await;
        answer.map(Response::into_inner).map_err(|status| ClientError::of(status, &self.endpoint, patience))
    }
}

fn millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}
