//! Answers that say nothing but their question.

use crate::search;
use crate::topics::normalized;

/// Words that may stand around a repeated question without making an answer of it.
const MOST_AROUND: usize = 3;
/// A shorter question may well be part of an answer that asks back.
const SHORTEST_WITHIN: usize = 5;

/// Whether an answer is its question, or hardly more than it. Case, space and punctuation do not count.
pub(super) fn is_echo(question: &str, answer: &str) -> bool {
    // Nothing that is far longer is an echo, and most answers are.
    if answer.len() > question.len() + 60 {
        return false;
    }
    // Marks of emphasis around all of it, which `normalized` takes for parts of words.
    let answer = answer.trim_matches(['*', '#', '>', ' ', '\n']);
    let [question, words] = [question, answer].map(|text| normalized(&text.chars().map(plain).collect::<String>()));
    if question == words {
        return true;
    }
    let count = |text: &str| text.split(' ').count();
    let around = count(&words).saturating_sub(count(&question));
    answer.ends_with(['?', '？', '؟'])
        && count(&question) >= SHORTEST_WITHIN
        && around <= MOST_AROUND
        && search::contains(&words, &question)
}

/// A character as it is compared: in lower case, and of two widths the usual one.
fn plain(character: char) -> char {
    let usual = match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0),
        _ => None,
    };
    usual.unwrap_or(character).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_in_place_of_its_answer_is_an_echo() {
        for (question, answer) in [
            ("How long is the Rhine?", "How long is the Rhine?"),
            ("How long is the Rhine?", "how long is the rhine"),
            ("How long is the Rhine?", "  **How long is the Rhine?**\n"),
            ("How long is the Rhine?", "Question: How long is the Rhine?"),
            ("How long is the Rhine?", "You ask: \"How long is the Rhine\"?"),
            ("莱茵河有多长？", "莱茵河有多长"),
            ("Wie lang ist die Rhône?", "Wie lang ist die Rhône?"),
        ] {
            assert!(is_echo(question, answer), "{question} {answer}");
        }
    }

    #[test]
    fn answers_that_take_up_their_question_are_none() {
        for (question, answer) in [
            ("Is Paris the capital of France?", "Paris is the capital of France."),
            ("Is Paris the capital of France?", "Yes, Paris is the capital of France."),
            ("What is 2 + 2?", "What is 2 + 2? 4."),
            ("What is 2 + 2?", "4"),
            ("The capital of France is ___.", "The capital of France is Paris."),
            ("True or false: the Rhine ends in the sea", "True: the Rhine ends in the sea."),
            ("How long is it?", "Which river do you mean: how long is it?"),
            (
                "How long is the Rhine?",
                "How long is the Rhine, you ask? It is 1,233 km long from its source to the sea.",
            ),
            ("Correct this: he go to school", "He goes to school."),
            ("Write it in capitals: hello world", "HELLO WORLD"),
            ("Why?", "Because."),
            ("What is the first question of a good interview?", "\"How did you get here?\""),
            ("What is C?", "C"),
            ("Say x in C++", "say x in C"),
        ] {
            assert!(!is_echo(question, answer), "{question} {answer}");
        }
    }
}
