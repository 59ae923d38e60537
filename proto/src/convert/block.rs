//! Blocks: header, certificate, and what they hold.

use super::{NotUnderstood, agreed, bytes, hash, parse, required};
use crate::answer::{Block, BlockTransaction};
use crate::v1;
use bulla_verify::canonical;
use bulla_verify::certificate::Certificate;
use bulla_verify::chain::{EnvelopeHash, TxId};
use bulla_verify::header::Header;

/// A header has 270 bytes.
const MAX_HEADER_BYTES: usize = 512;
/// A certificate has 53 bytes and 64 for each of at most 64 signers.
const MAX_CERTIFICATE_BYTES: usize = 8_192;

impl From<&Header> for v1::Header {
    fn from(header: &Header) -> Self {
        let Header { light, rest } = header;
        v1::Header {
            hash: bytes(&header.hash().0),
            version: light.version.into(),
            height: light.height.0,
            time_ms: light.time.0,
            state_root: bytes(&light.state_root),
            chain: bytes(&rest.chain.0),
            parent: bytes(&rest.parent.0),
            proposer: rest.proposer.to_string(),
            leaves: Some((&rest.leaves).into()),
            history: Some((&rest.history).into()),
            next_validators: bytes(&rest.next_validators),
            canonical: canonical::encode(header),
        }
    }
}

impl TryFrom<&v1::Header> for Header {
    type Error = NotUnderstood;

    fn try_from(message: &v1::Header) -> Result<Self, NotUnderstood> {
        agreed("header", message, canonical::decode(&message.canonical, MAX_HEADER_BYTES))
    }
}

impl From<Block> for v1::BlockResponse {
    fn from(block: Block) -> Self {
        let certificate = v1::Certificate {
            round: block.certificate.round.0,
            signers: block.signers.iter().map(ToString::to_string).collect(),
            validators: block.validators,
            canonical: canonical::encode(&block.certificate),
        };
        v1::BlockResponse {
            header: Some((&block.header).into()),
            certificate: Some(certificate),
            transaction_count: block.transaction_count,
            transactions: block.transactions.iter().map(v1::BlockTransaction::from).collect(),
        }
    }
}

impl TryFrom<v1::BlockResponse> for Block {
    type Error = NotUnderstood;

    fn try_from(message: v1::BlockResponse) -> Result<Self, NotUnderstood> {
        let contradiction = NotUnderstood::Contradiction { field: "certificate" };
        let header = Header::try_from(&required("header", message.header)?)?;
        let told = required("certificate", message.certificate)?;
        let certificate: Certificate = canonical::decode(&told.canonical, MAX_CERTIFICATE_BYTES)
            .map_err(|_| NotUnderstood::Malformed { field: "certificate" })?;
        let is_of_block = certificate.value == header.hash() && certificate.height == header.height();
        if !is_of_block || certificate.round.0 != told.round || certificate.signers.count() != told.signers.len() {
            return Err(contradiction);
        }
        Ok(Block {
            header,
            certificate,
            signers: told.signers.iter().map(|key| parse("signer", key)).collect::<Result<_, _>>()?,
            validators: told.validators,
            transaction_count: message.transaction_count,
            transactions: message.transactions.iter().map(BlockTransaction::try_from).collect::<Result<_, _>>()?,
        })
    }
}

impl From<&BlockTransaction> for v1::BlockTransaction {
    fn from(transaction: &BlockTransaction) -> Self {
        let BlockTransaction { id, envelope, applied, refused, dropped } = *transaction;
        v1::BlockTransaction {
            transaction_id: bytes(&id.0),
            envelope_hash: bytes(&envelope.0),
            applied,
            refused,
            dropped,
        }
    }
}

impl TryFrom<&v1::BlockTransaction> for BlockTransaction {
    type Error = NotUnderstood;

    fn try_from(message: &v1::BlockTransaction) -> Result<Self, NotUnderstood> {
        let v1::BlockTransaction { transaction_id, envelope_hash, applied, refused, dropped } = message;
        Ok(BlockTransaction {
            id: TxId(hash("transaction id", transaction_id)?),
            envelope: EnvelopeHash(hash("envelope hash", envelope_hash)?),
            applied: *applied,
            refused: *refused,
            dropped: *dropped,
        })
    }
}
