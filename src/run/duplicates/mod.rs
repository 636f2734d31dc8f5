//! Questions that were asked before, word for word or nearly so, found while a run goes on.
//!
//! The method is MinHash with locality-sensitive hashing, as the tools use it that clean datasets afterwards: a question is
//! the set of its word 5-grams, 128 minima stand for the set, and questions that share the minima of a whole band are
//! compared by the share of minima that they have in common. What is equal word for word is found without chance.
//!
//! A question takes 135 bytes of memory, whatever its length.

mod bands;
mod fingerprint;
mod table;
#[cfg(test)]
mod tests;

pub use fingerprint::{Fingerprint, signature};
pub(super) use fingerprint::{combined, words};

use bands::Bands;
use fingerprint::{BITS, PERMUTATIONS};
use table::{Keys, Table, WORDS};

/// So many candidates are compared with one question, the oldest first. Questions cut from one template can have thousands;
/// the limit keeps a run linear, and what it misses is never equal word for word.
const MOST_COMPARED: usize = 2000;

/// A question that was asked before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The number of the earlier question.
    pub of: usize,
    /// Whether the two are equal word for word; else they are nearly so.
    pub is_exact: bool,
}

/// The questions of a run so far.
pub struct Duplicates {
    near: Option<Near>,
    table: Table,
}

/// What near duplicates are.
struct Near {
    bands: Bands,
    /// Equal minima out of [`PERMUTATIONS`] from which two questions count as one.
    enough: u32,
}

impl Duplicates {
    /// No questions yet. Two count as one from this similarity on: the share that they have in common of all word 5-grams in
    /// either, above 0 and at most 1. Without one, only those that are equal word for word do.
    pub fn new(threshold: Option<f64>) -> Self {
        let near = threshold.map(|threshold| Near { bands: Bands::new(threshold), enough: enough(threshold) });
        Self { near, table: Table::default() }
    }

    /// The earlier question that this one repeats, the most similar of them; else it is one of the questions from here on,
    /// under its number.
    pub fn judge(&mut self, number: usize, question: &Fingerprint) -> Option<Duplicate> {
        if let Some(of) = self.table.number_of(question.text) {
            return Some(Duplicate { of, is_exact: true });
        }
        let words = packed(question);
        let mut keys: Keys = [None; _];
        if let Some(near) = &self.near {
            for (place, key) in keys.iter_mut().zip(near.bands.keys(&question.minima)) {
                *place = Some(key);
            }
            let found = self.table.most_similar(&keys, &words, MOST_COMPARED);
            if let Some((of, _)) = found.filter(|(_, equal)| *equal >= near.enough) {
                return Some(Duplicate { of, is_exact: false });
            }
        }
        self.table.add(number, question.text, words, &keys);
        None
    }
}

/// Of minima that differ, one in 16 is equal in the bits that are kept.
fn enough(threshold: f64) -> u32 {
    let by_chance = 1.0 / f64::from(1 << BITS);
    (PERMUTATIONS as f64 * (threshold * (1.0 - by_chance) + by_chance)).ceil() as u32
}

/// The last bits of all minima: to compare, they are as good as the whole with a few permutations fewer, and an eighth of
/// the size.
fn packed(question: &Fingerprint) -> [u32; WORDS] {
    let mut words = [0; WORDS];
    for (word, minima) in words.iter_mut().zip(question.minima.chunks(PERMUTATIONS / WORDS)) {
        for minimum in minima {
            *word = (*word << BITS) | (minimum & ((1 << BITS) - 1));
        }
    }
    words
}
