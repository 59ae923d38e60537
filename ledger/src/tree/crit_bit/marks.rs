//! A set of nodes, as one bit for each slot that there is.

use super::arena::Link;

/// Nodes that are marked.
#[derive(Default)]
pub(super) struct Marks(Vec<u64>);

impl Marks {
    pub(super) fn contains(&self, link: Link) -> bool {
        let (word, bit) = place(link);
        self.0.get(word).is_some_and(|marked| marked & bit != 0)
    }

    pub(super) fn insert(&mut self, link: Link) {
        let (word, bit) = place(link);
        if word >= self.0.len() {
            self.0.resize(word.saturating_add(1), 0);
        }
        *self.0.get_mut(word).expect("there is room now") |= bit;
    }

    /// Whether it was marked before.
    pub(super) fn remove(&mut self, link: Link) -> bool {
        let (word, bit) = place(link);
        let Some(marked) = self.0.get_mut(word) else { return false };
        let was = *marked & bit != 0;
        *marked &= !bit;
        was
    }

    /// What is marked, in the order of its slots.
    pub(super) fn links(&self) -> impl Iterator<Item = Link> {
        let words = (0u32..).step_by(64).zip(&self.0).filter(|(_, marked)| **marked != 0);
        words.flat_map(|(first, marked)| {
            (0..64).filter(move |bit| marked >> bit & 1 == 1).map(move |bit| Link::numbered(first | bit))
        })
    }

    pub(super) fn bytes(&self) -> usize {
        self.0.capacity().saturating_mul(size_of::<u64>())
    }
}

impl FromIterator<Link> for Marks {
    fn from_iter<I: IntoIterator<Item = Link>>(links: I) -> Marks {
        let mut marks = Marks::default();
        for link in links {
            marks.insert(link);
        }
        marks
    }
}

/// The word of a node, and its bit there.
fn place(link: Link) -> (usize, u64) {
    let number = link.number();
    (super::arena::index(number >> 6), 1u64.wrapping_shl(number & 63))
}
