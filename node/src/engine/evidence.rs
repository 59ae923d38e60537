//! Evidence: a validator that was seen to sign two different things is reported to the ledger, by everyone who saw it.
//!
//! What is reported stands here until the ledger shows the mark, in memory alone: whoever else saw it reports it too. The
//! transaction is signed with this validator's own consensus key, and the same again if it comes to the same: nonce and expiry
//! follow from the evidence and the chain's time.

use super::{Action, Effects, Engine};
use crate::wire::PeerMessage;
use bulla_consensus::Equivocation;
use bulla_verify::chain::TxId;
use bulla_verify::governance::{Act, Evidence};
use bulla_verify::hash::{Context, Hash};
use bulla_verify::keys::PublicKey;
use bulla_verify::operation::Operation;
use bulla_verify::time::Millis;
use bulla_verify::transaction::{Body, Mode};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is to be reported, one piece for each offender: there are at most as many as validators.
#[derive(Default)]
pub(super) struct Reports(BTreeMap<PublicKey, Pending>);

/// Evidence that the ledger does not show yet.
struct Pending {
    evidence: Evidence,
    /// The transaction that waits, and when it expires.
    sent: Option<(TxId, Millis)>,
}

impl Engine {
    /// Keeps evidence of consensus until the height that it comes with is committed.
    pub(super) fn accuse(&mut self, equivocation: Equivocation) {
        let evidence = match equivocation {
            Equivocation::Votes(one, other) => Evidence::Votes(one, other),
            Equivocation::Proposals(one, other) => Evidence::Proposals(one, other),
        };
        self.reports.0.entry(evidence.accused()).or_insert(Pending { evidence, sent: None });
    }

    /// Reports whom the ledger does not show as marked; anew, if the last report expired.
    pub(super) fn report_offenders(&mut self, out: &mut Effects) {
        let (tip, own) = (&self.tip, self.own);
        let votes = tip.validators.find(&own).is_some();
        let settled = |key: &PublicKey| {
            let marked = tip.offenders.iter().any(|offender| offender.key == *key);
            !votes || marked || tip.validators.find(key).is_none()
        };
        let (done, open): (BTreeMap<_, _>, _) =
            std::mem::take(&mut self.reports.0).into_iter().partition(|(key, _)| settled(key));
        self.reports.0 = open;
        done.values().filter_map(|pending| pending.sent).for_each(|(id, _)| self.pool.remove(&id));
        for pending in self.reports.0.values_mut() {
            if pending.sent.is_some_and(|(_, expires_at)| expires_at > tip.time) {
                continue;
            }
            let expires_at = tip.time.plus(i64::from(tip.parameters.replay_window_ms) / 2);
            let Hash(derived) = Context::EvidenceNonce.hash_of(&(&pending.evidence, own, expires_at));
            let act = Act::ReportEquivocation(Box::new(pending.evidence.clone()));
            let envelope = self.signing.sign_body(Body {
                chain: tip.chain,
                nonce: *derived.first_chunk().expect("a hash has 32 bytes"),
                expires_at,
                signers: Vec::new(),
                mode: Mode::AllOrNothing,
                operations: vec![Operation::Governance(act)],
            });
            let Ok(report) = envelope.clone().check(tip.chain) else { continue };
            let id = report.id();
            if self.pool.insert(Arc::new(report)).is_ok() {
                pending.sent = Some((id, expires_at));
                out.then.push(Action::SendAll(Arc::new(PeerMessage::Transaction(envelope))));
            }
        }
    }
}
