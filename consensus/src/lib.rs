//! In what order: one pure step over Malachite's core.
//!
//! [`Consensus`] is one validator's part in deciding one height after another, or a follower's, whose key is in no set. An
//! [`Input`] goes in, [`Effects`] come out, and nothing else happens: no clock, no runtime, no randomness, no disk and no
//! network is reached from here (the core reads the clock once a height for a target time that is never set). The same
//! inputs give the same effects, so one seed replays a network: `tests/network` does.
//!
//! | file | what it does |
//! |---|---|
//! | `step` | [`Consensus`]: the input to the core, what came of it out, what is past dropped |
//! | `input` | what can happen, and the wire's [`Message`], which becomes an input only by its check |
//! | `effect` | what the host owes, and what it must make durable first |
//! | `entry`, `replay` | what is logged, and how a height starts again from it |
//! | `quorum` | the bundles of votes that prove a polka, a change of round, a decision |
//! | `filter` | one slot per validator, height, round and step for what comes too early |
//! | `proposer` | whose turn it is |
//! | `timer` | how long to wait |
//! | `signer` | who signs, and may refuse |
//! | `wake` | when an idle chain starts its next height |
//! | `answer`, `context` | Malachite's questions answered, Malachite's type parameters filled in: private |
//!
//! # What the host owes
//! 1. **Log before all else.** [`Effects::log`] is appended, in order, to a log of the height that loses at most its tail. If
//!    [`Effects::sync`] says so, it is durable before anything in [`Effects::then`] is done: a message of one's own is in
//!    it. Otherwise it may wait for the next sync.
//! 2. **Then [`Effects::then`], in order.** A decision comes last, after all that is to be said and all timers' end.
//! 3. **After a crash**, a new [`Consensus`] gets [`StartHeight`] with the height's log, once. It derives what it derived
//!    before, says again what it had said, and signs nothing that conflicts with it.
//! 4. **One [`StartHeight`] per height**, when the last is committed and [`wake()`] says so.
//! 5. **Certificates for those behind.** Who has decided a height says no more votes of it: a peer whose tip is lower must get
//!    the certificate and the block, or it may wait for ever.
//! 6. **A judgement only after the block was executed** and its bodies are durable (design D3, D4).
//!
//! # What was found in the core (0.8.2), and what is made of it
//! - *A value judged invalid* is prevoted nil, and stays undecided here even if a quorum precommits it. The core never tells
//!   of such a quorum: [`Effect::Quorum`] does. Judged again as valid, all proposals of it that are held are applied anew: a
//!   polka in the current round leads to a precommit if none was cast in it, precommits by a quorum lead to the decision. A
//!   prevote once cast stands. From valid to invalid the core does not go back. So a doubt about time (design D8) is fed as
//!   invalid, and as valid when the quorum is reported; the proof-of-lock always comes before its re-proposal, so the
//!   re-proposal is prevoted.
//! - *A certified value* does not pass through the core, which would first enter the certificate's round, and there propose
//!   and vote, from a certificate that it never logs. A checked certificate is a decision: [`Input::Certified`] ends the
//!   height, and nothing is signed on the way.
//! - *A refused signature*: the core insists on a signed message. It gets one whose seal is empty, which counts nowhere,
//!   is not logged and not said. If a proposal is refused, the propose timer, which the core has cancelled, is set again.
//! - *Replay*: the core's own index of the log reuses a recorded signature wherever it derives the message, and asks the
//!   signer where there is none; after a refusal both count a vote where it had not counted, and lead away from the log. Our
//!   `replay` goes by the place in the log instead, and signs only at its end.
//! - *A timeout names no height* in the core; here it does, or one of the last height would fire in this.
//! - *The core's queue* for later heights (500, then it rejects) is never used: the filter holds those.
#![deny(clippy::arithmetic_side_effects, clippy::float_arithmetic)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects, clippy::wildcard_enum_match_arm))]

mod answer;
mod context;
mod effect;
mod entry;
mod filter;
mod input;
mod proposer;
mod quorum;
mod replay;
mod signer;
mod step;
#[cfg(test)]
mod testing;
mod timer;
mod wake;

pub use effect::{Effect, Effects, Equivocation, Unsigned};
pub use entry::Entry;
pub use filter::{HEIGHTS_AHEAD, MAX_HELD, ROUNDS_AHEAD};
pub use input::{Input, Judgement, MAX_MESSAGE_BYTES, Message, Refused, StartHeight};
pub use proposer::{Missed, proposer};
pub use quorum::{ChangeKind, Decision, NoQuorum, Polka, RoundChange};
pub use signer::{SignRefused, Signer};
pub use step::{Consensus, Fault};
pub use timer::{Timeouts, Timer, TimerKind};
pub use wake::{Idle, Wake, wake};
