//! What became of a transaction, and what it would meet.

use super::{NotUnderstood, hash, required};
use crate::answer::{Checked, Final, Progress, Refusal, Stage, Submitted};
use crate::v1;
use bulla_verify::chain::{Height, TxId};
use bulla_verify::refusal::Outcome;
use v1::submit_response::Stage as WireStage;
use v1::transaction_response::Stage as WireProgress;

impl From<Final> for v1::Final {
    fn from(last: Final) -> Self {
        let outcomes = last.outcomes.iter().map(v1::Outcome::from).collect();
        v1::Final { height: last.height.0, index: last.index, outcomes }
    }
}

impl TryFrom<v1::Final> for Final {
    type Error = NotUnderstood;

    fn try_from(message: v1::Final) -> Result<Self, NotUnderstood> {
        let outcomes = message.outcomes.iter().map(Outcome::try_from).collect::<Result<_, _>>()?;
        Ok(Final { height: Height(message.height), index: message.index, outcomes })
    }
}

impl From<Submitted> for v1::SubmitResponse {
    fn from(submitted: Submitted) -> Self {
        let stage = match submitted.stage {
            Stage::Admitted => WireStage::Admitted(v1::Admitted {}),
            Stage::Waiting => WireStage::Waiting(v1::Waiting {}),
            Stage::Final(last) => WireStage::Final(last.into()),
        };
        v1::SubmitResponse { transaction_id: submitted.id.0.0.to_vec(), stage: Some(stage) }
    }
}

impl v1::SubmitResponse {
    /// That a transaction is refused; without an id, if it is malformed.
    pub fn refusing(id: Option<TxId>, refusal: Refusal) -> Self {
        let transaction_id = id.map_or_else(Vec::new, |id| id.0.0.to_vec());
        v1::SubmitResponse { transaction_id, stage: Some(WireStage::Refused(refusal.into())) }
    }

    /// What was taken in, or why it was not.
    pub fn read(self) -> Result<Result<Submitted, Refusal>, NotUnderstood> {
        let stage = match required("stage", self.stage)? {
            WireStage::Admitted(_) => Stage::Admitted,
            WireStage::Waiting(_) => Stage::Waiting,
            WireStage::Final(last) => Stage::Final(last.try_into()?),
            WireStage::Refused(refusal) => return Ok(Err(refusal.try_into()?)),
        };
        Ok(Ok(Submitted { id: TxId(hash("transaction id", &self.transaction_id)?), stage }))
    }
}

impl From<Progress> for v1::TransactionResponse {
    fn from(progress: Progress) -> Self {
        let stage = match progress {
            Progress::Unknown => WireProgress::Unknown(v1::Unknown {}),
            Progress::Waiting => WireProgress::Waiting(v1::Waiting {}),
            Progress::Final(last) => WireProgress::Final(last.into()),
            Progress::Refused(refusal) => WireProgress::Refused(refusal.into()),
        };
        v1::TransactionResponse { stage: Some(stage) }
    }
}

impl TryFrom<v1::TransactionResponse> for Progress {
    type Error = NotUnderstood;

    fn try_from(message: v1::TransactionResponse) -> Result<Self, NotUnderstood> {
        Ok(match required("stage", message.stage)? {
            WireProgress::Unknown(_) => Progress::Unknown,
            WireProgress::Waiting(_) => Progress::Waiting,
            WireProgress::Final(last) => Progress::Final(last.try_into()?),
            WireProgress::Refused(refusal) => Progress::Refused(refusal.try_into()?),
        })
    }
}

impl From<Checked> for v1::CheckResponse {
    fn from(checked: Checked) -> Self {
        let refusals = checked.refusals.into_iter().map(v1::Refusal::from).collect();
        v1::CheckResponse { refusals, as_of: Some(checked.as_of.into()) }
    }
}

impl TryFrom<v1::CheckResponse> for Checked {
    type Error = NotUnderstood;

    fn try_from(message: v1::CheckResponse) -> Result<Self, NotUnderstood> {
        let refusals = message.refusals.into_iter().map(Refusal::try_from).collect::<Result<_, _>>()?;
        Ok(Checked { refusals, as_of: required("as_of", message.as_of)?.into() })
    }
}
