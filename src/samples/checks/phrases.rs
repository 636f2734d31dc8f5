//! Phrases that stand for a text, or with which a model declines.

use crate::search;

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

pub(super) fn is_placeholder(text: &str) -> bool {
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

pub(super) fn is_refusal(text: &str) -> bool {
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
