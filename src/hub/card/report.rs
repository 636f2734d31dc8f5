//! The figures of a run that tell readers what to expect of its rows. What the run took is its maker's affair.

use serde_json::Value;

use super::Facts;
use crate::json::at;
use crate::prompts::fill;

const REPORT: &str = include_str!("report.md");

/// How a figure is written.
enum Form {
    /// As it is.
    Number,
    /// In per cent, from 0 to 1.
    Share,
}

/// Figures by their place in the report, with what they say.
const FIGURES: [(&str, &str, Form); 13] = [
    ("/asked", "samples asked for", Form::Number),
    ("/delivered", "samples delivered", Form::Number),
    ("/acceptanceRate", "replies that passed every check", Form::Share),
    ("/duplicateShare", "questions that repeated another one and were written anew", Form::Share),
    ("/texts/question/words/p50", "words of a question, half have no more", Form::Number),
    ("/texts/question/words/p90", "words of a question, nine in ten have no more", Form::Number),
    ("/texts/answer/words/p50", "words of an answer, half have no more", Form::Number),
    ("/texts/answer/words/p90", "words of an answer, nine in ten have no more", Form::Number),
    ("/texts/distinct/0", "different words among all words", Form::Share),
    ("/texts/distinct/1", "different pairs of words in a row", Form::Share),
    ("/texts/distinct/2", "different triples of words in a row", Form::Share),
    ("/texts/compressionRatio", "times smaller when compressed together; more means more repetition", Form::Number),
    ("/tools/callsPerSample", "calls of tools in a sample", Form::Number),
];

/// The section with the figures, empty where there are none. Only numbers are taken, so no text of a report gets in.
pub fn section(facts: &Facts<'_>) -> String {
    let report = facts.more.get("report").unwrap_or(&Value::Null);
    let mut rows = String::new();
    let mut row = |says: &str, figure: &str| rows.push_str(&format!("| {says} | {figure} |\n"));
    for (place, says, form) in FIGURES {
        if let Some(number) = at(report, place).and_then(Value::as_f64) {
            let figure = match form {
                Form::Number => rounded(number, 100.0),
                Form::Share => rounded(number * 100.0, 10.0) + " %",
            };
            row(says, &figure);
        }
    }
    if let Some(Value::Array(branches)) = report.get("coverage") {
        let count = |name: &str, branch: &Value| branch.get(name).and_then(Value::as_u64);
        let whole = branches.iter().filter(|branch| count("delivered", branch) >= count("asked", branch)).count();
        row("branches of topics with all their samples", &format!("{whole} of {}", branches.len()));
    }
    if rows.is_empty() { String::new() } else { fill(REPORT, &[("rows", &rows)]) }
}

/// A number to a fraction, such as a hundredth; without a point where it is whole.
fn rounded(number: f64, fraction: f64) -> String {
    let number = (number * fraction).round() / fraction;
    let text = serde_json::to_string(&number).unwrap_or_default();
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short() {
        for (number, fraction, expected) in [(12.0, 100.0, "12"), (0.125, 10.0, "0.1"), (3.456, 100.0, "3.46")] {
            assert_eq!(rounded(number, fraction), expected);
        }
    }
}
