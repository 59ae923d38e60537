//! What a run has shown, and the assertions that hold at every moment of it.

use bulla_consensus::Message;
use bulla_verify::canonical;
use bulla_verify::certificate::Certificate;
use bulla_verify::chain::{HeaderHash, Height, Round};
use bulla_verify::vote::VoteKind;
use std::collections::BTreeMap;

#[derive(Default)]
pub(crate) struct Record {
    pub(crate) seed: u64,
    /// Of all that was delivered, said and decided, and when.
    pub(crate) digest: u64,
    pub(crate) crashes: u64,
    /// Entries read back after crashes.
    pub(crate) replayed: u64,
    pub rounds_beyond_0: u64,
    pub(crate) certified: u64,
    pub(crate) proposed_again: u64,
    pub(crate) equivocations: u64,
    pub(crate) withheld: u64,
    decided: BTreeMap<Height, HeaderHash>,
    said: BTreeMap<(usize, Height, Round, Option<VoteKind>), Vec<u8>>,
}

impl Record {
    pub(crate) fn new(seed: u64) -> Self {
        Record { seed, ..Record::default() }
    }

    pub(crate) fn note(&mut self, now_ms: u64, bytes: &[u8]) {
        for byte in now_ms.to_le_bytes().iter().chain(bytes) {
            self.digest = (self.digest ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3);
        }
    }

    pub(crate) fn decided(&mut self, certificate: &Certificate) {
        let first = *self.decided.entry(certificate.height).or_insert(certificate.value);
        assert_eq!(first, certificate.value, "seed {}: two blocks decided at {}", self.seed, certificate.height);
        self.rounds_beyond_0 += u64::from(certificate.round.0 > 0);
    }

    /// An honest validator said something.
    pub(crate) fn said(&mut self, speaker: usize, message: &Message) {
        let (place, content) = match message {
            Message::Vote(vote) => {
                let vote = &vote.statement;
                ((vote.height, vote.round, Some(vote.kind)), canonical::encode(vote))
            }
            Message::Proposal(proposal) => {
                let proposal = &proposal.statement;
                self.proposed_again += u64::from(proposal.valid_round.is_some());
                ((proposal.height, proposal.round, None), canonical::encode(proposal))
            }
            Message::Polka(_) | Message::RoundChange(..) => return,
        };
        let (height, round, kind) = place;
        let first = self.said.entry((speaker, height, round, kind)).or_insert_with(|| content.clone());
        assert!(*first == content, "seed {}: {speaker} said two different things at {height}/{round}", self.seed);
    }
}
