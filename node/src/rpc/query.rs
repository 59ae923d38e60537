//! Records, proofs, histories and other lists, blocks: each read costs about the same whatever is asked, by the caps on pages.

use super::Rpc;
use bulla_ledger::Ledger;
use bulla_ledger::block::{CertifiedBlock, Leaf};
use bulla_ledger::query::Page;
use bulla_ledger::store::Fault;
use bulla_proto::answer::{Block, BlockTransaction, Found, Governed, History, Lines};
use bulla_proto::{MAX_BLOCK_PAGE, MAX_PAGE, MAX_PAGE_BYTES, v1};
use bulla_verify::canonical;
use bulla_verify::catalogue::LicenceType;
use bulla_verify::chain::Height;
use bulla_verify::identifiers::licence_id::{LicenceId, LicenceTypeCode};
use bulla_verify::identifiers::uscc::Uscc;
use bulla_verify::licence::Licence;
use bulla_verify::organisation::Organisation;
use bulla_verify::proof::{Claim, StatusProof};
use bulla_verify::record::{MAX_RECORD_BYTES, Record, list_head};
use bulla_verify::refusal::Outcome;
use bulla_verify::transaction::Envelope;
use bulla_verify::tree::StateKey;
use std::fmt::Display;
use std::str::FromStr;
use tonic::Status;

impl Rpc {
    pub(super) async fn licence(&self, message: v1::LicenceRequest) -> Result<v1::LicenceResponse, Status> {
        let id: LicenceId = parse(&message.identifier)?;
        let found: Found<Licence> = match message.with_proof {
            true => self.find_proved(Claim::Licence(id)).await?,
            false => self.find_plain(id.base()).await?,
        };
        Ok(found.into())
    }

    pub(super) async fn organisation(
        &self,
        message: v1::OrganisationRequest,
    ) -> Result<v1::OrganisationResponse, Status> {
        let uscc: Uscc = parse(&message.uscc)?;
        let found: Found<Organisation> = match message.with_proof {
            true => self.find_proved(Claim::Organisation(uscc)).await?,
            false => self.find_plain(uscc).await?,
        };
        Ok(found.into())
    }

    pub(super) async fn licence_type(
        &self,
        message: v1::LicenceTypeRequest,
    ) -> Result<v1::LicenceTypeResponse, Status> {
        let code: LicenceTypeCode = parse(&message.code)?;
        let found: Found<LicenceType> = match message.with_proof {
            true => self.find_proved(Claim::LicenceType(code)).await?,
            false => self.find_plain(code).await?,
        };
        Ok(found.into())
    }

    pub(super) async fn proof(&self, message: v1::ProofRequest) -> Result<v1::ProofResponse, Status> {
        let claim = match message.claim {
            Some(v1::proof_request::Claim::Licence(id)) => Claim::Licence(parse(&id)?),
            Some(v1::proof_request::Claim::Organisation(uscc)) => Claim::Organisation(parse(&uscc)?),
            Some(v1::proof_request::Claim::LicenceType(code)) => Claim::LicenceType(parse(&code)?),
            None => return Err(Status::invalid_argument("say what is to be proved")),
        };
        let proof = match message.height {
            None => self.prove(claim).await?,
            Some(height) => {
                let proof = self.read(move |ledger| ledger.prove_at(&claim, Height(height))).await?;
                proof.map_err(|reason| Status::not_found(reason.to_string()))?
            }
        };
        Ok(v1::ProofResponse { proof: proof.encode() })
    }

    pub(super) async fn licence_history(
        &self,
        message: v1::LicenceHistoryRequest,
    ) -> Result<v1::LicenceHistoryResponse, Status> {
        let base = parse::<LicenceId>(&message.identifier)?.base();
        let limit = page(message.limit);
        let (licence, acts) = self
            .read(move |ledger| {
                // The acts first: of those that the licence counts, later ones may be missing, but none is there that it
                // does not count.
                let acts = ledger.history(&base, message.first, limit)?;
                Ok((ledger.record::<Licence>(&base)?, acts.value.unwrap_or_default()))
            })
            .await?;
        let as_of = self.as_of(licence.height, licence.time);
        Ok(History { licence: licence.value, acts, as_of }.into())
    }

    pub(super) async fn record(&self, message: v1::RecordRequest) -> Result<v1::RecordResponse, Status> {
        let key = key(&message.key)?;
        let found = self.read(move |ledger| ledger.record_bytes(&key)).await?;
        let as_of = self.as_of(found.height, found.time);
        Ok(Found { record: found.value, as_of, proof: None }.into())
    }

    pub(super) async fn list(&self, message: v1::ListRequest) -> Result<v1::ListResponse, Status> {
        let v1::ListRequest { first, limit, .. } = message;
        let key = key(&message.key)?;
        let page = self.read(move |ledger| ledger.lines(&key, first, page(limit), MAX_PAGE_BYTES)).await?;
        let Page { record, head, lines } = page.value;
        if record.as_ref().is_some_and(|record| list_head(&key, record).is_none()) {
            return Err(Status::invalid_argument("records of this kind keep no list; ask for the record itself"));
        }
        Ok(Lines { record, head, lines, as_of: self.as_of(page.height, page.time) }.into())
    }

    pub(super) async fn block(&self, message: v1::BlockRequest) -> Result<v1::BlockResponse, Status> {
        let v1::BlockRequest { height, first, at_least: _ } = message;
        let block = self.read(move |ledger| block(ledger, Height(height), first)).await?;
        block.map(v1::BlockResponse::from).ok_or_else(|| {
            let tip = self.ledger.tip().height;
            Status::not_found(format!("there is no block {height} here; the last is {tip}"))
        })
    }

    pub(super) async fn header(&self, message: v1::HeaderRequest) -> Result<v1::HeaderResponse, Status> {
        let height = message.height.map(Height);
        let decided = self.read(move |ledger| ledger.prove_decided(height.unwrap_or(ledger.tip().height))).await?;
        let decided = decided.ok_or_else(|| {
            let tip = self.ledger.tip().height;
            Status::not_found(format!("the header asked for is not here; the last block is {tip}"))
        })?;
        Ok(v1::HeaderResponse { file: decided.encode() })
    }

    pub(super) async fn validators(&self, _: v1::ValidatorsRequest) -> Result<v1::ValidatorsResponse, Status> {
        let tip = self.read(|ledger| Ok(ledger.tip())).await?;
        let as_of = self.as_of(tip.height, tip.time);
        Ok(Governed { validators: tip.roll(), followers: tip.followers, as_of }.into())
    }

    async fn find_plain<R>(&self, name: R::Name) -> Result<Found<R>, Status>
    where
        R: Record + Send + 'static,
        R::Name: Send + 'static,
    {
        let found = self.read(move |ledger| ledger.record::<R>(&name)).await?;
        Ok(Found { record: found.value, as_of: self.as_of(found.height, found.time), proof: None })
    }

    async fn prove(&self, claim: Claim) -> Result<StatusProof, Status> {
        let proof = self.read(move |ledger| ledger.prove(&claim)).await?;
        proof.ok_or_else(|| Status::unavailable("there is no block yet, so nothing can be proved"))
    }

    /// The record out of the proof itself, so that the two are of one height.
    async fn find_proved<R: Record>(&self, claim: Claim) -> Result<Found<R>, Status> {
        let proof = self.prove(claim).await?;
        let StatusProof { record, stamp, .. } = &proof;
        let record = record.as_deref().map(|bytes| canonical::decode(bytes, MAX_RECORD_BYTES)).transpose();
        let record =
            record.map_err(|_| Status::internal("a record is of another kind than its key; run bullad fsck"))?;
        let as_of = self.as_of(stamp.height, stamp.time);
        Ok(Found { record, as_of, proof: Some(proof.encode()) })
    }
}

fn parse<T: FromStr<Err: Display>>(text: &str) -> Result<T, Status> {
    text.parse().map_err(|reason: T::Err| Status::invalid_argument(reason.to_string()))
}

fn key(bytes: &[u8]) -> Result<StateKey, Status> {
    let key = bytes.try_into().map(StateKey);
    key.map_err(|_| Status::invalid_argument("a record's key is 32 bytes: its area, and 31 of the hash of its name"))
}

/// How many are wanted, of as many as one answer may have.
fn page(limit: u32) -> u64 {
    match u64::from(limit) {
        0 => MAX_PAGE,
        limit => limit.min(MAX_PAGE),
    }
}

fn block(ledger: &Ledger, height: Height, first: u64) -> Result<Option<Block>, Fault> {
    let Some(CertifiedBlock { header, leaves, envelopes, certificate }) = ledger.block(height)? else {
        return Ok(None);
    };
    let validators = ledger.validators_at(height);
    let places = validators.as_ref().map_or(&[][..], |set| set.as_slice());
    let signers = certificate.signers.indexes().filter_map(|place| places.get(place)).map(|one| one.key).collect();
    let page = usize::try_from(MAX_BLOCK_PAGE).unwrap_or(usize::MAX);
    let transactions = envelopes.iter().zip(&leaves).skip(usize::try_from(first).unwrap_or(usize::MAX)).take(page);
    Ok(Some(Block {
        signers,
        validators: u32::try_from(places.len()).unwrap_or(u32::MAX),
        transaction_count: header.rest.leaves.len,
        transactions: transactions.map(|(envelope, leaf)| summary(envelope, leaf)).collect(),
        header,
        certificate,
    }))
}

fn summary(envelope: &Envelope, leaf: &Leaf) -> BlockTransaction {
    let (mut applied, mut refused, mut dropped) = (0, 0, 0);
    for outcome in &leaf.outcomes {
        match outcome {
            Outcome::Applied => applied += 1,
            Outcome::Refused(_) => refused += 1,
            Outcome::Dropped => dropped += 1,
        }
    }
    BlockTransaction { id: envelope.body.id(), envelope: leaf.envelope, applied, refused, dropped }
}
