//! The ledger as a node shows it.

use super::drive::{Fault, Ledger, Progress};
use bulla_proto::answer::{self, Refusal, Stage};
use bulla_proto::{Client, ClientError};
use bulla_verify::chain::TxId;
use bulla_verify::time::Millis;
use bulla_verify::transaction::Envelope;
use std::time::Duration;

/// How long a node waits for a transaction to become final before it answers otherwise.
const WAIT: Duration = Duration::from_secs(10);
/// Between two attempts.
const PAUSE: Duration = Duration::from_secs(1);

impl Ledger for Client {
    async fn now(&self) -> Result<Millis, Fault> {
        Ok(self.status().await?.block_time)
    }

    fn clock(&self) -> Millis {
        crate::when::now()
    }

    async fn submit(&self, envelope: &Envelope) -> Result<Progress, Fault> {
        match Client::submit(self, envelope, WAIT).await {
            Ok(submitted) => Ok(match submitted.stage {
                Stage::Final(place) => Progress::Final(place.outcomes),
                Stage::Admitted | Stage::Waiting => Progress::Open,
            }),
            Err(ClientError::Refused(refusal)) => Ok(refused(&refusal)),
            Err(error) => Err(error.into()),
        }
    }

    async fn progress(&self, id: TxId) -> Result<Progress, Fault> {
        Ok(match self.transaction(id, Duration::ZERO).await? {
            answer::Progress::Final(place) => Progress::Final(place.outcomes),
            answer::Progress::Unknown | answer::Progress::Waiting => Progress::Open,
            answer::Progress::Refused(refusal) => refused(&refusal),
        })
    }

    async fn pause(&self) {
        tokio::time::sleep(PAUSE).await;
    }
}

fn refused(refusal: &Refusal) -> Progress {
    Progress::Refused { code: refusal.code, text: format!("{}; {}", refusal.text, refusal.advice) }
}

impl From<ClientError> for Fault {
    fn from(error: ClientError) -> Fault {
        match error {
            ClientError::Unreachable { .. }
            | ClientError::NoAnswer { .. }
            | ClientError::Behind { .. }
            | ClientError::Busy { .. } => Fault::Passing(error.into()),
            ClientError::Endpoint { .. }
            | ClientError::Refused(_)
            | ClientError::NotFound { .. }
            | ClientError::BadCall { .. }
            | ClientError::Failed { .. }
            | ClientError::NotUnderstood(_) => Fault::Lasting(error.into()),
        }
    }
}
