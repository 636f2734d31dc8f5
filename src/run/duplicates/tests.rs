//! What is found and what is not, held against the exact similarity of word 5-grams.

use std::collections::HashSet;

use super::*;

/// Chance that can be repeated.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(1);
        usize::try_from(fingerprint::mixed(self.0) >> 33).unwrap() % end
    }

    fn words(&mut self, count: usize) -> Vec<String> {
        (0..count).map(|_| format!("word{}", self.below(2000))).collect()
    }

    /// The words with some of them changed: replaced in a row, left out, or put at the end.
    fn changed(&mut self, words: &[String]) -> Vec<String> {
        let mut words = words.to_vec();
        let count = self.below(words.len() / 2);
        match self.below(3) {
            0 => {
                let start = self.below(words.len() - count);
                let other = self.words(count);
                words.splice(start..start + count, other);
            }
            1 => words.truncate(words.len() - count),
            _ => words.extend(self.words(count)),
        }
        words
    }
}

/// The share of word 5-grams that two texts have in common.
fn similarity(one: &[String], other: &[String]) -> f64 {
    let shingles = |words: &[String]| words.windows(5).map(<[String]>::to_vec).collect::<HashSet<_>>();
    let (one, other) = (shingles(one), shingles(other));
    one.intersection(&other).count() as f64 / one.union(&other).count() as f64
}

fn judged(threshold: f64, one: &str, other: &str) -> Option<Duplicate> {
    let mut duplicates = Duplicates::new(Some(threshold));
    assert_eq!(duplicates.judge(7, &signature(&one.to_lowercase())), None);
    duplicates.judge(8, &signature(&other.to_lowercase()))
}

#[test]
fn finds_what_is_similar_and_leaves_what_is_not() {
    for threshold in [0.5, 0.8, 0.9] {
        let mut chance = Chance(1);
        let (mut above, mut found, mut below, mut mistaken) = (0, 0, 0, 0);
        for _ in 0..6000 {
            let length = 15 + chance.below(60);
            let one = chance.words(length);
            let other = chance.changed(&one);
            let exact = similarity(&one, &other);
            let is_found = judged(threshold, &one.join(" "), &other.join(" ")).is_some();
            // As far from the threshold as two standard deviations of 128 minima.
            let margin = 2.0 * (threshold * (1.0 - threshold) / 128.0).sqrt() + 0.02;
            if exact >= (threshold + margin).min(0.97) {
                above += 1;
                found += usize::from(is_found);
            } else if exact <= threshold - margin {
                below += 1;
                mistaken += usize::from(is_found);
            }
        }
        assert!(above > 300 && below > 300, "{threshold}: {above} {below}");
        assert!(found * 100 >= above * 97, "{threshold}: {found} of {above} found");
        assert!(mistaken * 100 <= below, "{threshold}: {mistaken} of {below} mistaken");
    }
}

#[test]
fn takes_no_question_of_twenty_thousand_for_another() {
    let mut chance = Chance(2);
    let mut duplicates = Duplicates::new(Some(0.8));
    for number in 0..20_000 {
        let length = 5 + chance.below(40);
        let question = chance.words(length).join(" ");
        assert_eq!(duplicates.judge(number, &signature(&question)), None, "{question}");
    }
}

#[test]
fn finds_every_question_again_word_for_word_however_many_there_are() {
    for threshold in [None, Some(0.9)] {
        let mut duplicates = Duplicates::new(threshold);
        // All alike but for a number: the same bands over and over.
        let question = |number: usize| signature(&format!("what is the capital of the country number {number}?"));
        let mut kept = Vec::new();
        for number in 0..10_000 {
            if duplicates.judge(number, &question(number)).is_none() {
                kept.push(number);
            }
        }
        assert!(kept.len() > 9000, "{threshold:?}: {}", kept.len());
        for number in kept {
            let found = duplicates.judge(1_000_000, &question(number));
            assert_eq!(found, Some(Duplicate { of: number, is_exact: true }), "{threshold:?}");
        }
    }
}

#[test]
fn case_space_and_punctuation_make_no_other_question() {
    let exact = Some(Duplicate { of: 7, is_exact: true });
    assert_eq!(judged(0.8, "How long is the Rhine?", "how long is  the RHINE"), exact);
    assert_eq!(judged(0.8, "Why?", "why"), exact);
    assert_eq!(judged(0.8, "What is C++?", "What is C?"), None);
    assert_eq!(judged(0.8, "What is 2 + 2?", "What is 2 + 3?"), None);
}

#[test]
fn finds_near_duplicates_in_scripts_without_spaces() {
    let long = "请用简单的语言解释一下为什么莱茵河在中世纪对欧洲的贸易和城市发展非常重要";
    assert_eq!(judged(0.8, long, &format!("{long}吗")), Some(Duplicate { of: 7, is_exact: false }));
    assert_eq!(judged(0.8, long, "请用简单的语言解释一下多瑙河流经哪些国家以及它们的首都分别是什么"), None);
}

#[test]
fn without_a_threshold_only_equal_questions_count() {
    let long = "explain in simple words why the river rhine was so important for trade in the middle ages";
    let mut duplicates = Duplicates::new(None);
    assert_eq!(duplicates.judge(0, &signature(long)), None);
    assert_eq!(duplicates.judge(1, &signature(&format!("{long} please"))), None);
    assert_eq!(duplicates.judge(2, &signature(long)), Some(Duplicate { of: 0, is_exact: true }));
    assert!(judged(0.8, long, &format!("{long} please")).is_some());
}

#[test]
fn a_duplicate_is_of_the_most_similar_question_and_is_not_added() {
    let words = Chance(3).words(60);
    // Similar to the question by 0.79 and 0.86, and to each other by 0.56.
    let [near, nearer, question] = [0..48, 9..60, 0..60].map(|part| signature(&words[part].join(" ")));
    let mut duplicates = Duplicates::new(Some(0.72));
    assert_eq!(duplicates.judge(0, &near), None);
    assert_eq!(duplicates.judge(1, &nearer), None);
    let found = Some(Duplicate { of: 1, is_exact: false });
    assert_eq!(duplicates.judge(2, &question), found);
    assert_eq!(duplicates.judge(3, &question), found);
}

#[test]
fn a_hundred_thousand_questions_fit_fourteen_million_bytes() {
    let mut duplicates = Duplicates::new(Some(0.8));
    let mut question = signature("a question");
    for number in 0..100_000u32 {
        let spread = fingerprint::mixed(number.into());
        question.text = spread;
        for (place, minimum) in (0..).zip(&mut question.minima) {
            *minimum = (spread >> (place % 32)) as u32 ^ place;
        }
        assert_eq!(duplicates.judge(number as usize, &question), None);
    }
    let bytes = duplicates.table.bytes();
    assert!(bytes < 14_000_000, "{bytes}");
}
