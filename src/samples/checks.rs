//! What makes a text unusable, whatever the schema says of it.

use serde_json::Value;

use crate::model::Rejection;
use crate::search;

/// A text field of a reply that satisfies its schema.
///
/// # Errors
/// A rejection where the field is empty or only holds the place of a text.
pub fn text(reply: &Value, field: &str) -> Result<String, Rejection> {
    let text = reply.get(field).and_then(Value::as_str).unwrap_or_default().trim();
    if text.is_empty() {
        return Err(Rejection::invalid(format!("its field \"{field}\" is empty")));
    }
    if is_placeholder(text) {
        return Err(Rejection::invalid(format!("its field \"{field}\" is a placeholder, not a text")));
    }
    Ok(text.to_owned())
}

/// A text field in which the model speaks as the assistant.
///
/// # Errors
/// As for [`text`], and where the text declines to answer.
pub fn answer(reply: &Value, field: &str) -> Result<String, Rejection> {
    let text = text(reply, field)?;
    match is_refusal(&text) {
        true => Err(Rejection::refusal(format!("its field \"{field}\" declines to answer"))),
        false => Ok(text),
    }
}

/// Whole texts that stand for a text to come.
const PLACEHOLDERS: [&str; 12] = [
    "...",
    "…",
    "todo",
    "tbd",
    "n/a",
    "null",
    "none",
    "undefined",
    "placeholder",
    "lorem ipsum",
    "your answer here",
    "your question here",
];

fn is_placeholder(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let bare = lower.trim_matches(|c: char| matches!(c, '[' | ']' | '<' | '>' | '{' | '}' | '"' | '\'' | ' '));
    let marked = matches!(text.chars().next(), Some('[' | '<' | '{'))
        && ["insert ", "your ", "answer", "question", "placeholder", "todo"]
            .iter()
            .any(|start| bare.starts_with(start))
        && !bare.contains(['[', ']', '<', '>', '{', '}'])
        && matches!(text.chars().last(), Some(']' | '>' | '}'));
    marked || PLACEHOLDERS.contains(&bare) || bare.starts_with("lorem ipsum dolor")
}

/// How a sentence begins in which a model, and hardly anyone else, declines.
const DECLINING: [&str; 12] = [
    "i can't assist",
    "i can't help with",
    "i can't comply",
    "i can't provide",
    "i cannot assist",
    "i cannot help with",
    "i cannot comply",
    "i cannot provide",
    "i'm unable to",
    "i am unable to",
    "i won't be able to",
    "i must decline",
];

/// What models put in front of it.
const OPENINGS: [&str; 8] = [
    "i'm sorry, but ",
    "i'm sorry, ",
    "i am sorry, but ",
    "i am sorry, ",
    "sorry, but ",
    "sorry, ",
    "as an ai language model, ",
    "as an ai, ",
];

fn is_refusal(text: &str) -> bool {
    let end = text.char_indices().nth(120).map_or(text.len(), |(end, _)| end);
    let start = search::replace(&text.get(..end).unwrap_or_default().to_ascii_lowercase(), "’", "'");
    let mut rest = start.as_str();
    while let Some(after) = OPENINGS.iter().find_map(|opening| rest.strip_prefix(opening)) {
        rest = after;
    }
    DECLINING.iter().any(|phrase| rest.starts_with(phrase))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_recognised_and_texts_are_not() {
        for text in
            ["...", "TODO", "[insert answer here]", "<answer>", "{your question here}", "N/A", "Lorem ipsum dolor sit"]
        {
            assert!(is_placeholder(text), "{text}");
        }
        for text in [
            "None of them.",
            "[1, 2, 3]",
            "{\"a\": 1}",
            "<b>bold</b>",
            "42",
            "Yes.",
            "[answers] = f(x) [y]",
            "A to-do list",
        ] {
            assert!(!is_placeholder(text), "{text}");
        }
    }

    #[test]
    fn refusals_are_recognised_and_apologies_are_not() {
        for text in [
            "I'm sorry, but I can't assist with that.",
            "I’m sorry, I cannot help with this request.",
            "As an AI language model, I cannot provide",
            "I must decline.",
        ] {
            assert!(is_refusal(text), "{text}");
        }
        for text in [
            "I'm sorry to hear that! Restart the router.",
            "I can't believe how often this comes up.",
            "You can't assist a process that has exited.",
            "Sorry, this syntax is from Python 2.",
        ] {
            assert!(!is_refusal(text), "{text}");
        }
    }
}
