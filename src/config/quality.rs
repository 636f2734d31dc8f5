//! The section `generation.quality`: which samples are good enough.

use serde_json::Value;

use super::reader::Section;
use super::types::QualityConfig;

/// Four fifths of the word 5-grams, as those who clean datasets take it.
const DUPLICATE_THRESHOLD: f64 = 0.8;
/// Below this everything would count as a duplicate of everything.
const LEAST_THRESHOLD: f64 = 0.01;

/// Reads the section.
pub(super) fn read(section: &Section<'_>) -> QualityConfig {
    let [min_question_characters, max_question_characters] = length(section, "question");
    let [min_answer_characters, max_answer_characters] = length(section, "answer");
    QualityConfig {
        duplicate_threshold: duplicate_threshold(section),
        check_language: section.boolean("check_language").unwrap_or(true),
        min_question_characters,
        max_question_characters,
        min_answer_characters,
        max_answer_characters,
    }
}

/// False, and null too, which says that there is no threshold.
fn duplicate_threshold(section: &Section<'_>) -> Option<f64> {
    const KEY: &str = "duplicate_threshold";
    match section.value(KEY) {
        Some(Value::Null | Value::Bool(false)) => None,
        None => Some(DUPLICATE_THRESHOLD),
        Some(_) => section.number(KEY, LEAST_THRESHOLD, 1.0),
    }
}

/// The least and the most characters of a text.
fn length(section: &Section<'_>, text: &str) -> [Option<u32>; 2] {
    let keys = ["min", "max"].map(|end| format!("{end}_{text}_characters"));
    let bounds = [0, 1].map(|end| keys.get(end).and_then(|key| section.integer(key, 1, u32::MAX)));
    if let ([min, max], [Some(least), Some(most)]) = (&keys, bounds)
        && least > most
    {
        let message = format!("{min} ({least}) must not be greater than {max} ({most})");
        section.error(min, &message, Some(&format!("write `{max}: {least}` or more, or a smaller `{min}`")));
    }
    bounds
}
