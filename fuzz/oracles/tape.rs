//! An input, read from its beginning: first a statement, then an encoding.
//!
//! The encoding is what stands there (form 0), or a true one, by its place, with edits. Edits are of bytes, so that every
//! kind of thing has the same; those that put in a whole hash come out of a pool.

use bulla_verify::hash::Hash;

/// Beyond these many edits nothing is left of the true encoding.
const MAX_EDITS: usize = 24;

/// What is left of an input. After its end it reads as zeros.
pub struct Tape<'a>(&'a [u8]);

impl<'a> Tape<'a> {
    pub fn new(input: &'a [u8]) -> Tape<'a> {
        Tape(input)
    }

    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    pub fn number<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.byte())
    }

    /// A number below a limit, which is at most 65,536 and not 0.
    pub fn below(&mut self, limit: usize) -> usize {
        usize::from(u16::from_le_bytes(self.number())) % limit
    }

    pub fn one_of<'b, T>(&mut self, all: &'b [T]) -> &'b T {
        &all[usize::from(self.byte()) % all.len()]
    }

    /// The encoding: as it stands, or one of these with edits.
    pub fn encoding(mut self, truths: &[Vec<u8>], pool: &[Hash]) -> Vec<u8> {
        let form = usize::from(self.byte());
        let Some(truth) = form.checked_sub(1).filter(|_| !truths.is_empty()) else { return self.0.to_vec() };
        let mut bytes = truths[truth % truths.len()].clone();
        for _ in 0..MAX_EDITS {
            if self.0.is_empty() {
                break;
            }
            self.edit(&mut bytes, truths, pool);
        }
        bytes
    }

    fn edit(&mut self, bytes: &mut Vec<u8>, truths: &[Vec<u8>], pool: &[Hash]) {
        let kind = self.byte() % 8;
        let at = self.below(bytes.len() + 1);
        let span = |length: usize| at..(at + length).min(bytes.len());
        match kind {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(span(1 + usize::from(self.byte())))),
            2 => drop(bytes.splice(at..at, self.number::<1>())),
            3 => drop(bytes.splice(span(1), self.number::<1>())),
            4 => drop(bytes.splice(at..at, self.one_of(pool).0)),
            5 => drop(bytes.splice(span(32), self.one_of(pool).0)),
            6 => {
                let donor = self.one_of(truths);
                let from = self.below(donor.len() + 1);
                let taken = &donor[from..(from + 1 + usize::from(self.byte())).min(donor.len())];
                drop(bytes.splice(span(taken.len()), taken.iter().copied()));
            }
            _ => {
                let mask = self.byte();
                bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= mask);
            }
        }
    }
}

/// An input that has this encoding after its statement, as it stands.
pub fn as_it_stands(statement: &[u8], encoding: &[u8]) -> Vec<u8> {
    [statement, &[0], encoding].concat()
}

/// An input that has the true encoding of this place after its statement.
pub fn to_be_edited(statement: &[u8], truth: u8) -> Vec<u8> {
    [statement, &[truth + 1]].concat()
}
