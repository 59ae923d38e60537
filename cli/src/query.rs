//! `bulla query`: what a node says about a block, a transaction or a record.

use crate::answer::{Answer, Exit, Told, refusal_json, to_json};
use crate::connection::Reading;
use crate::record::Named;
use crate::{licence, licence_type, org, submit};
use anyhow::Result;
use bulla_proto::answer::{Block, Progress};
use bulla_verify::chain::{Height, TxId};
use bulla_verify::hash::Hash;
use serde_json::json;
use std::fmt::Write;
use std::time::Duration;

#[derive(clap::Subcommand)]
pub(crate) enum Query {
    /// A block and its transactions.
    Block {
        /// Its height, from 1.
        height: u64,
        #[command(flatten)]
        node: Reading,
    },
    /// What became of a transaction.
    Transaction {
        /// Its id, 64 hexadecimal digits.
        #[arg(value_parser = transaction_id)]
        id: TxId,
        /// Wait until it is final, for so many seconds at most.
        #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "30", require_equals = true)]
        wait: Option<u32>,
        #[command(flatten)]
        node: Reading,
    },
    /// Any record, by its kind and name.
    Record(Named),
    /// The lines of the list that a record keeps: a history, a list of a subject, the duties of a day.
    List(Named),
    /// An organisation; the same as `bulla org show`.
    Org(org::Show),
    /// A licence type; the same as `bulla type show`.
    Type(licence_type::Show),
    /// A licence; the same as `bulla licence show`.
    Licence(licence::Show),
}

impl Query {
    pub(crate) async fn run(self) -> Result<Answer> {
        match self {
            Query::Block { height, node } => block(&node, Height(height)).await,
            Query::Transaction { id, wait, node } => transaction(&node, id, wait).await,
            Query::Record(named) => named.show().await,
            Query::List(named) => named.lines().await,
            Query::Org(show) => show.run().await,
            Query::Type(show) => show.run().await,
            Query::Licence(show) => show.run().await,
        }
    }
}

async fn transaction(node: &Reading, id: TxId, wait: Option<u32>) -> Result<Answer> {
    let wait = Duration::from_secs(wait.unwrap_or(0).into());
    Ok(match node.connect().await?.transaction(id, wait).await? {
        Progress::Unknown => {
            let text = format!(
                "This node does not know transaction {id}; it may wait at another.\nWhat to do: ask the node that it was sent to, or again later."
            );
            Answer::done(text, json!({ "transaction": id, "stage": "unknown" })).exit(Exit::CannotTell)
        }
        Progress::Waiting => submit::waiting(id),
        Progress::Final(place) => submit::recorded(id, &place, &[]),
        Progress::Refused(refusal) => {
            let json = json!({ "transaction": id, "stage": "refused", "refusal": refusal_json(&refusal) });
            let text = format!("Transaction {id} is in no block, and never will be.\n{}", Told(&refusal));
            Answer::done(text, json).exit(Exit::Refused)
        }
    })
}

async fn block(node: &Reading, height: Height) -> Result<Answer> {
    let client = node.connect().await?;
    let Some(mut block) = client.block(height, 0).await? else {
        let text = format!("Block {height} is not decided yet.");
        return Ok(Answer::done(text, json!({ "height": height, "block": null })).exit(Exit::CannotTell));
    };
    loop {
        let have = u64::try_from(block.transactions.len()).unwrap_or(u64::MAX);
        if have >= block.transaction_count {
            break;
        }
        match client.block(height, have).await? {
            Some(page) if !page.transactions.is_empty() => block.transactions.extend(page.transactions),
            Some(_) | None => break,
        }
    }
    Ok(shown(&block))
}

fn shown(block: &Block) -> Answer {
    let (light, rest) = (&block.header.light, &block.header.rest);
    let mut text = format!(
        "Block {}, {}\n  hash {}\n  proposed by {}; decided in round {} by {} of {} validators\n  state root {}\n  {} transactions",
        light.height,
        light.time,
        block.header.hash(),
        rest.proposer,
        block.certificate.round,
        block.signers.len(),
        block.validators,
        light.state_root,
        block.transaction_count
    );
    for transaction in &block.transactions {
        let _ = write!(
            text,
            "\n    {}: {} applied, {} refused, {} dropped",
            transaction.id, transaction.applied, transaction.refused, transaction.dropped
        );
    }
    let transactions: Vec<_> = block
        .transactions
        .iter()
        .map(|it| {
            json!({
                "transaction": it.id, "envelope": it.envelope,
                "applied": it.applied, "refused": it.refused, "dropped": it.dropped,
            })
        })
        .collect();
    let json = json!({
        "height": light.height,
        "time_ms": light.time,
        "hash": block.header.hash(),
        "parent": rest.parent,
        "state_root": light.state_root,
        "proposer": rest.proposer,
        "round": block.certificate.round,
        "signers": to_json(&block.signers),
        "validators": block.validators,
        "transaction_count": block.transaction_count,
        "transactions": transactions,
    });
    Answer::done(text, json)
}

fn transaction_id(text: &str) -> Result<TxId, String> {
    let id: Result<Hash, _> = text.parse();
    id.map(TxId).map_err(|_| "a transaction's id is 64 hexadecimal digits, as `bulla` printed it".into())
}
