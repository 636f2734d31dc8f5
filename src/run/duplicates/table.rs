//! The questions of a run and the hash tables that find them.
//!
//! Nothing is ever copied when it grows: questions lie in blocks, and a segment of tables that is full is followed by
//! another one instead of being replaced. A table has a byte for each slot beside the place of the question: nearly all
//! questions that were not asked before are told from those that were without a look at one.

use super::bands::BANDS;
use super::fingerprint::{BITS, PERMUTATIONS};

/// Words of 32 bits for the last bits of all minima.
pub(super) const WORDS: usize = PERMUTATIONS * BITS / 32;
/// Questions in one block.
const BLOCK: usize = 1024;
/// Questions of the first segment, and of the largest: each has twice as many as the one before. Places within a segment
/// fit 16 bits.
const FIRST_SEGMENT: usize = 1024;
const LARGEST_SEGMENT: usize = 16_384;
/// Slots in a bucket.
const SLOTS: usize = 8;

/// The keys of a question's bands; `None` where it is not found by similarity.
pub(super) type Keys = [Option<u32>; BANDS];

#[derive(Default)]
pub(super) struct Table {
    blocks: Vec<Vec<Question>>,
    segments: Vec<Segment>,
    len: usize,
}

/// In pieces of 32 bits, so that nothing is lost between two of them.
struct Question {
    text: [u32; 2],
    words: [u32; WORDS],
    number: u32,
}

struct Segment {
    /// The place of its first question.
    first: usize,
    capacity: usize,
    /// One table for the words of a question, then one for each band. They are made when they are needed.
    ways: Vec<Way>,
}

/// Buckets of eight slots, with a quarter more slots than questions: a question lies in the bucket of its key, or in the
/// next one that has room.
struct Way {
    /// For each slot a byte of the key, or 0 where it is free: a bucket in one number.
    tags: Vec<u64>,
    /// For each slot the place of the question within the segment.
    places: Vec<u16>,
}

impl Way {
    fn new(capacity: usize) -> Self {
        let slots = capacity + capacity / 4;
        Self { tags: vec![0; slots / SLOTS], places: vec![0; slots] }
    }

    fn bucket(&self, key: u32) -> usize {
        ((u64::from(key) * self.tags.len() as u64) >> 32) as usize
    }

    /// Places of questions that probably have this key.
    fn places(&self, key: u32) -> impl Iterator<Item = usize> {
        let wanted = tag(key);
        let (mut bucket, mut found, mut is_last) = (self.bucket(key), 0, false);
        let mut first_slot = 0;
        std::iter::from_fn(move || {
            while found == 0 {
                if is_last {
                    return None;
                }
                let tags = *self.tags.get(bucket)?;
                (found, is_last) = (equal_bytes(tags, wanted), equal_bytes(tags, 0) != 0);
                first_slot = bucket * SLOTS;
                bucket = self.after(bucket);
            }
            let slot = first_slot + (found.trailing_zeros() / 8) as usize;
            found &= found - 1;
            self.places.get(slot).copied().map(usize::from)
        })
    }

    /// There is room: a segment takes no more questions than its capacity.
    fn add(&mut self, key: u32, place: usize) {
        let mut bucket = self.bucket(key);
        while let Some(tags) = self.tags.get_mut(bucket) {
            let free = equal_bytes(*tags, 0);
            if free != 0 {
                let slot = free.trailing_zeros() / 8;
                *tags |= u64::from(tag(key)) << (8 * slot);
                if let Some(at) = self.places.get_mut(bucket * SLOTS + slot as usize) {
                    *at = u16::try_from(place).unwrap_or_default();
                }
                return;
            }
            bucket = self.after(bucket);
        }
    }

    fn after(&self, bucket: usize) -> usize {
        if bucket + 1 < self.tags.len() { bucket + 1 } else { 0 }
    }
}

/// The highest bit of each byte that is equal to this one; perhaps of bytes above the first such, too.
fn equal_bytes(bytes: u64, byte: u8) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let different = bytes ^ (ONES * u64::from(byte));
    different.wrapping_sub(ONES) & !different & (ONES << 7)
}

impl Table {
    /// The number of the question with these words.
    pub(super) fn number_of(&self, text: u64) -> Option<usize> {
        let text = halves(text);
        let same = |question: &&Question| question.text == text;
        let mut found = self.segments.iter().flat_map(|segment| self.found(segment, 0, text_key(text)));
        found.find(same).map(|question| question.number as usize)
    }

    /// Of the questions that share a band, at most so many of them, the one with most minima in common, and how many those
    /// are.
    pub(super) fn most_similar(&self, keys: &Keys, words: &[u32; WORDS], most: usize) -> Option<(usize, u32)> {
        let mut best: Option<(usize, u32)> = None;
        let candidates = self.segments.iter().flat_map(|segment| {
            let bands = (1..).zip(keys).filter_map(|(way, key)| Some((way, (*key)?)));
            bands.flat_map(move |(way, key)| self.found(segment, way, key))
        });
        for question in candidates.take(most) {
            let (number, equal) = (question.number as usize, equal_minima(&question.words, words));
            if best.is_none_or(|(first, most)| equal > most || (equal == most && number < first)) {
                best = Some((number, equal));
            }
        }
        best
    }

    /// Adds a question.
    pub(super) fn add(&mut self, number: usize, text: u64, words: [u32; WORDS], keys: &Keys) {
        if self.segments.last().is_none_or(|last| self.len - last.first == last.capacity) {
            let capacity = self.segments.last().map_or(FIRST_SEGMENT, |last| last.capacity * 2).min(LARGEST_SEGMENT);
            self.segments.push(Segment { first: self.len, capacity, ways: Vec::new() });
        }
        let text = halves(text);
        if let Some(Segment { first, capacity, ways }) = self.segments.last_mut() {
            let keys = [Some(text_key(text))].into_iter().chain(keys.iter().copied());
            for (way, key) in keys.flatten().enumerate() {
                if ways.len() == way {
                    ways.push(Way::new(*capacity));
                }
                if let Some(way) = ways.get_mut(way) {
                    way.add(key, self.len - *first);
                }
            }
        }
        if self.len.is_multiple_of(BLOCK) {
            self.blocks.push(Vec::with_capacity(BLOCK));
        }
        if let Some(block) = self.blocks.last_mut() {
            block.push(Question { text, words, number: u32::try_from(number).unwrap_or(u32::MAX) });
        }
        self.len += 1;
    }

    /// The questions of a segment that probably have this key.
    fn found<'a>(&'a self, segment: &'a Segment, way: usize, key: u32) -> impl Iterator<Item = &'a Question> {
        segment.ways.get(way).into_iter().flat_map(move |way| way.places(key)).filter_map(|place| {
            let place = segment.first + place;
            self.blocks.get(place / BLOCK)?.get(place % BLOCK)
        })
    }

    /// The bytes that it takes.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        let questions: usize = self.blocks.iter().map(|block| block.capacity() * size_of::<Question>()).sum();
        questions
            + self.segments.iter().flat_map(|segment| &segment.ways).map(|way| way.places.len() * 3).sum::<usize>()
    }
}

/// Never 0. The bucket comes from the other end of the key.
fn tag(key: u32) -> u8 {
    (key as u8).max(1)
}

fn halves(text: u64) -> [u32; 2] {
    [(text >> 32) as u32, text as u32]
}

fn text_key([half, _]: [u32; 2]) -> u32 {
    half
}

/// How many of all minima are equal in their last four bits.
fn equal_minima(one: &[u32; WORDS], other: &[u32; WORDS]) -> u32 {
    let different: u32 = one.iter().zip(other).map(|(one, other)| different_nibbles(one ^ other)).sum();
    PERMUTATIONS as u32 - different
}

fn different_nibbles(bits: u32) -> u32 {
    let bits = bits | (bits >> 1);
    let bits = bits | (bits >> 2);
    (bits & 0x1111_1111).count_ones()
}
