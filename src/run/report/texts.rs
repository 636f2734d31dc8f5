//! What the texts of records are like: their lengths, how varied their words are, which tools were called.

use serde_json::{Map, Value};

use super::{Lengths, Spread, Texts, ToolUse};
use crate::host::Host;
use crate::json;
use crate::run::duplicates;

/// Words that are looked at for their variety.
const MOST_WORDS: usize = 100_000;
/// Bytes that are compressed: several times what the method looks back.
const MOST_COMPRESSED: usize = 256 * 1024;

/// Looks at lines of records.
pub(super) async fn look_at(lines: &[&str], host: &dyn Host) -> (Option<Texts>, Option<ToolUse>) {
    let mut questions = Measured::default();
    let mut answers = Measured::default();
    let mut all = Vec::new();
    let mut text = String::new();
    let mut calls = Map::new();
    let (mut count, mut is_agents) = (0, false);
    for line in lines {
        let Ok(record) = line.parse::<Value>() else { continue };
        for (measured, place) in [(&mut questions, "/question"), (&mut answers, "/final_answer")] {
            let part = json::at(&record, place).and_then(Value::as_str).unwrap_or_default();
            let words = duplicates::words(&part.to_ascii_lowercase());
            measured.add(&words, part);
            if all.len() < MOST_WORDS {
                all.extend(words);
            }
            if text.len() < MOST_COMPRESSED {
                text.push_str(part);
                text.push('\n');
            }
        }
        let executions = json::at(&record, "/tool_context/executions").and_then(Value::as_array);
        is_agents |= executions.is_some();
        for name in executions.into_iter().flatten().filter_map(|execution| execution.get("function_name")?.as_str()) {
            count += 1;
            count_one(&mut calls, name);
        }
    }
    if questions.words.is_empty() {
        return (None, None);
    }
    let records = questions.words.len();
    let compressed = host.compressed_size(&text).await.filter(|size| *size > 0);
    let texts = Texts {
        records,
        question: questions.lengths(),
        answer: answers.lengths(),
        distinct: [1, 2, 3].map(|length| distinct(&all, length)),
        compression_ratio: compressed.map(|size| text.len() as f64 / size as f64),
    };
    let tools = is_agents.then(|| ToolUse { calls_per_sample: f64::from(count) / records as f64, calls });
    (Some(texts), tools)
}

/// Counts something by its name.
pub(super) fn count_one(counts: &mut Map<String, Value>, name: &str) {
    let count = counts.get(name).and_then(Value::as_u64).unwrap_or_default();
    counts.insert(name.to_owned(), (count + 1).into());
}

/// The lengths of texts of one kind.
#[derive(Default)]
struct Measured {
    words: Vec<u32>,
    characters: Vec<u32>,
}

impl Measured {
    fn add(&mut self, words: &[u64], text: &str) {
        self.words.push(u32::try_from(words.len()).unwrap_or(u32::MAX));
        self.characters.push(u32::try_from(text.chars().count()).unwrap_or(u32::MAX));
    }

    fn lengths(&self) -> Lengths {
        Lengths { words: spread(&self.words), characters: spread(&self.characters) }
    }
}

fn spread(numbers: &[u32]) -> Spread {
    let (min, max) = numbers.iter().fold((u32::MAX, 0), |(min, max), number| (min.min(*number), max.max(*number)));
    let sum: u64 = numbers.iter().map(|number| u64::from(*number)).sum();
    Spread {
        min: min.min(max),
        p50: percentile(numbers, 50, max),
        p90: percentile(numbers, 90, max),
        max,
        mean: sum as f64 / numbers.len().max(1) as f64,
    }
}

/// The least number that is not exceeded by so many of a hundred: found by halves, which needs no sorting.
fn percentile(numbers: &[u32], percent: usize, max: u32) -> u32 {
    let rank = (numbers.len() * percent).div_ceil(100);
    let (mut below, mut least) = (0, max);
    while below < least {
        let middle = below + (least - below) / 2;
        match numbers.iter().filter(|number| **number <= middle).count() >= rank {
            true => least = middle,
            false => below = middle + 1,
        }
    }
    least
}

/// Different runs of so many words, as a share of all.
fn distinct(words: &[u64], length: usize) -> f64 {
    let all = words.windows(length).count();
    let slots = (2 * all).next_power_of_two();
    let mut seen = vec![0u32; slots];
    let mut different = 0usize;
    for run in words.windows(length) {
        // Of 100,000 runs one is taken for another by chance.
        let name = (duplicates::combined(run) as u32).max(1);
        let mut slot = name as usize % slots;
        while let Some(other) = seen.get_mut(slot) {
            if *other == 0 {
                *other = name;
                different += 1;
            }
            if *other == name {
                break;
            }
            slot = (slot + 1) % slots;
        }
    }
    different as f64 / all.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_has_the_ranks_of_its_numbers() {
        let spread = spread(&[9, 1, 5, 3, 7, 2, 8, 4, 6, 100]);
        assert_eq!(spread, Spread { min: 1, p50: 5, p90: 9, max: 100, mean: 14.5 });
        assert_eq!(super::spread(&[4]), Spread { min: 4, p50: 4, p90: 4, max: 4, mean: 4.0 });
        assert_eq!(super::spread(&[]), Spread::default());
    }

    #[test]
    fn distinct_counts_runs_of_words() {
        let words = duplicates::words("a rose is a rose is a rose");
        let found = [1, 2, 3].map(|length| distinct(&words, length));
        assert_eq!(found, [3.0 / 8.0, 3.0 / 7.0, 3.0 / 6.0]);
        assert_eq!(distinct(&[], 1), 0.0);
    }
}
