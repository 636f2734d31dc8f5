//! What stands for a question when it is compared: a number for its words in order, and the minima of its word 5-grams.

use crate::topics;

/// Permutations of which a question keeps the minimum.
pub(super) const PERMUTATIONS: usize = 128;
/// Bits of each minimum that are kept.
pub(super) const BITS: usize = 4;
/// Words in a shingle.
const SHINGLE: usize = 5;

/// A question, reduced to what is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// Equal exactly where all words are.
    pub(super) text: u64,
    /// For each permutation the least number that it gives to a shingle.
    pub(super) minima: [u32; PERMUTATIONS],
}

/// The fingerprint of a question that was folded by the host. Case, space and punctuation do not count.
///
/// A question of fewer than five words is one shingle: it is only ever equal to itself, since one word of so few makes
/// another question. In scripts without spaces between words each character counts as one.
pub fn signature(folded: &str) -> Fingerprint {
    let words = words(folded);
    let mut minima = [u32::MAX; PERMUTATIONS];
    let shingles: Vec<u64> = match words.len() < SHINGLE {
        true => vec![combined(&words)],
        false => words.windows(SHINGLE).map(combined).collect(),
    };
    // One multiplication makes two permutations, of the upper half and of the lower.
    for (number, pair) in (0..).zip(minima.chunks_exact_mut(2)) {
        let (factor, offset) = (mixed(2 * number) | 1, mixed(2 * number + 1));
        let (mut upper, mut lower) = (u32::MAX, u32::MAX);
        for shingle in &shingles {
            let permuted = shingle.wrapping_mul(factor).wrapping_add(offset);
            upper = upper.min((permuted >> 32) as u32);
            lower = lower.min(permuted as u32);
        }
        pair.copy_from_slice(&[upper, lower]);
    }
    Fingerprint { text: combined(&words), minima }
}

/// A number for each word of a folded text.
pub(in crate::run) fn words(folded: &str) -> Vec<u64> {
    let text = topics::normalized(folded);
    let mut words = Vec::with_capacity(text.len() / 4);
    let mut open = None;
    for character in text.chars() {
        let alone = is_word(character);
        if alone || character == ' ' {
            words.extend(open.take().map(mixed));
        }
        if alone {
            words.push(mixed(character.into()));
        } else if character != ' ' {
            open = Some(step(open.unwrap_or_default(), character.into()));
        }
    }
    words.extend(open.map(mixed));
    words
}

/// Whether a character is of a script that puts no space between words: Thai, Lao, Burmese, Khmer, Japanese, Chinese.
fn is_word(character: char) -> bool {
    matches!(
        character,
        '\u{e00}'..='\u{eff}'
            | '\u{1000}'..='\u{109f}'
            | '\u{1780}'..='\u{17ff}'
            | '\u{3040}'..='\u{30ff}'
            | '\u{3400}'..='\u{9fff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{3ffff}'
    )
}

/// A number for words in a row.
pub(in crate::run) fn combined(words: &[u64]) -> u64 {
    mixed(words.iter().fold(0, |sum, word| step(sum, *word)))
}

fn step(sum: u64, next: u64) -> u64 {
    (sum.rotate_left(5) ^ next).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Spreads a number over all bits: the last step of SplitMix64.
pub(super) fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_and_their_order_count() {
        let text = |question: &str| signature(&question.to_lowercase()).text;
        assert_eq!(text("What is the Seine?"), text("  what is…  \"the seine\""));
        assert_eq!(text("循环、函数"), text("循环 函数?"));
        for (one, other) in [("What is C?", "What is C++?"), ("ab c", "a bc"), ("a b", "b a"), ("a", "a a"), ("", "a")]
        {
            assert_ne!(text(one), text(other), "{one} {other}");
        }
    }

    #[test]
    fn a_character_is_a_word_where_words_have_no_spaces() {
        assert_eq!(words("如何循环").len(), 4);
        assert_eq!(words("python 如何循环 list").len(), 6);
        assert_eq!(words("네 번째 질문").len(), 3);
    }
}
