use super::*;
use bulla_verify::certificate::Signers;
use bulla_verify::chain::{ChainId, HeaderHash};
use bulla_verify::governance::Offender;
use bulla_verify::hash::Hash;
use bulla_verify::header::{Light, Rest};
use bulla_verify::keys::{PublicKey, SigningKey};
use bulla_verify::list::Head;
use bulla_verify::time::Millis;
use bulla_verify::validators::{Validator, ValidatorSet};

fn roll(first: u8, from: u64) -> Validators {
    let organisation = "11310000000000035N".parse().unwrap();
    let validator = |seed: u8| Validator { key: SigningKey::from_seed(&[seed; 32]).public(), organisation, power: 1 };
    let set = ValidatorSet::new((first..first + 4).map(validator).collect()).unwrap();
    Validators { set, from: Height(from), offenders: Vec::new() }
}

fn header(height: u64, proposer: PublicKey, parent_round: u32) -> Header {
    let hash = Hash([0; 32]);
    let light = Light { version: 1, height: Height(height), time: Millis(0), state_root: hash };
    let head = Head { len: 0, root: hash };
    let rest = Rest {
        chain: ChainId(hash),
        parent: HeaderHash(hash),
        proposer,
        leaves: head,
        history: head,
        next_validators: hash,
        parent_round: Round(parent_round),
        parent_signers: Signers(0),
    };
    Header { light, rest }
}

/// A chain in which the validator at a place never proposes, from a height on; `rolls` are those of each height.
fn chain(silent: usize, heights: std::ops::Range<u64>, roll_at: impl Fn(u64) -> Validators) -> (Turns, Vec<Header>) {
    let (mut turns, mut headers, mut parent_round) = (Turns::default(), Vec::new(), 0);
    for height in heights {
        let roll = roll_at(height);
        let passed_over = turns.passed_over(Height(height), &roll);
        let chosen = |round| proposer(&roll.set, Height(height), Round(round), &passed_over);
        let round = (0..4).find(|round| roll.set.index_of(&chosen(*round).key) != Some(silent)).unwrap();
        let header = header(height, chosen(round).key, parent_round);
        turns.follow(&header, &roll);
        headers.push(header);
        parent_round = round;
    }
    (turns, headers)
}

#[test]
fn who_is_silent_is_passed_over_until_the_epoch_ends() {
    let (turns, _) = chain(2, 1..20, |_| roll(1, 1));
    assert_eq!(turns.passed_over(Height(20), &roll(1, 1)).0, [2].into());
    assert_eq!(turns.passed_over(Height(256), &roll(1, 1)).0, [].into());
}

#[test]
fn a_mark_outlasts_epochs_and_begins_where_it_says() {
    let mut marked = roll(1, 1);
    let key = marked.set.at(3).unwrap().key;
    marked.offenders.push(Offender { key, from: Height(10) });
    let (turns, headers) = chain(2, 1..300, |_| marked.clone());
    assert_eq!(turns.passed_over(Height(300), &marked).0, [2, 3].into());
    assert_eq!(turns.passed_over(Height(512), &marked).0, [3].into(), "an epoch forgets what was missed alone");
    let proposers =
        |from: usize, to: usize| headers[from..to].iter().filter(|header| header.rest.proposer == key).count();
    assert!(proposers(0, 9) > 0 && proposers(9, 299) == 0);
}

#[test]
fn a_new_set_begins_with_all_turns_and_no_more_of_the_past_is_needed() {
    let roll_at = |height| if height < 40 { roll(1, 1) } else { roll(3, 40) };
    let (turns, headers) = chain(1, 1..60, roll_at);
    let (at_change, _) = chain(1, 1..40, roll_at);
    assert_eq!(at_change.passed_over(Height(40), &roll(3, 40)).0, [].into());
    let needed = headers.iter().filter(|header| header.height() >= Height(40));
    assert_eq!(Turns::of(needed, &roll(3, 40)), turns);
    assert_eq!(turns.passed_over(Height(60), &roll(3, 40)).0, [1].into());
}

/// Whoever restarts knows as much as whoever was there.
#[test]
fn the_headers_of_the_epoch_tell_all() {
    let mut marked = roll(1, 1);
    marked.offenders.push(Offender { key: marked.set.at(0).unwrap().key, from: Height(270) });
    let (turns, headers) = chain(2, 1..300, |_| marked.clone());
    let needed = headers.iter().filter(|header| header.height() >= Height(256));
    assert_eq!(Turns::of(needed, &marked), turns);
}
