//! The scene's motions: what validators move, and the votes that carry it.

use super::{Scene, consensus_key};
use bulla_verify::chain::Height;
use bulla_verify::governance::Act;
use bulla_verify::governance::motion::{DELAY, Fate, Motion, MotionId, Question, Terms};
use bulla_verify::governance::schedule::{Parameter, Setting};
use bulla_verify::keys::SigningKey;
use bulla_verify::operation::Operation;
use bulla_verify::time::{DAY_MS, Millis};

impl Scene {
    /// What a validator would move: from the least height on, open for a day.
    pub(crate) fn terms(&self, by: u8, question: Question) -> Terms {
        let from = Height(self.height.0 + DELAY);
        Terms { by: consensus_key(by).public(), question, from, until: self.time.plus(DAY_MS) }
    }

    /// Validators move something together, which is carried where they are enough.
    pub(crate) fn move_as(&mut self, numbers: &[u8], question: Question) -> MotionId {
        let terms = self.terms(numbers[0], question);
        let id = terms.id();
        self.accept_of(numbers, moved(terms));
        id
    }

    pub(crate) fn accept_of(&mut self, numbers: &[u8], operation: Operation) {
        let keys: Vec<SigningKey> = numbers.iter().map(|number| consensus_key(*number)).collect();
        self.accept(&keys.iter().collect::<Vec<_>>(), operation);
    }

    pub(crate) fn motion(&self, id: &MotionId) -> Motion {
        crate::read(&self.state, id).expect("it was moved")
    }

    /// The first height that a motion governs that was carried.
    pub(crate) fn carried_from(&self, id: &MotionId) -> Height {
        let fate = self.motion(id).fate;
        let Some(Fate::Carried { from, .. }) = fate else { panic!("it is {fate:?}") };
        from
    }

    /// As after so many blocks in which nothing happened.
    pub(crate) fn pass_to(&mut self, height: Height) {
        assert!(height >= self.height);
        let blocks = i64::try_from(height.0 - self.height.0).unwrap();
        (self.height, self.time) = (height, self.time.plus(blocks * 1_000));
    }
}

pub(crate) fn moved(terms: Terms) -> Operation {
    Operation::Governance(Act::Move(Box::new(terms)))
}

pub(crate) fn voted(id: MotionId) -> Operation {
    Operation::Governance(Act::Vote(id))
}

pub(crate) fn withdrawn(id: MotionId) -> Operation {
    Operation::Governance(Act::WithdrawMotion(id))
}

pub(crate) fn setting(parameter: Parameter, value: u32) -> Question {
    Question::Set(vec![Setting { parameter, value }])
}

/// Just before the last instant at which a motion can be voted for.
pub(crate) fn last_instant(motion: &Motion) -> Millis {
    motion.terms.until.plus(-1)
}
