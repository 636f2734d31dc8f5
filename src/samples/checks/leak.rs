//! Samples that repeat the words in which they were asked for, or tell of the form of the reply.

use serde_json::Value;

use super::{Exchange, fault};
use crate::model::{Cause, Rejection};
use crate::search;

/// Shorter sentences may come about by chance. In bytes.
const SHORTEST_OWN: usize = 40;
/// The same for the words of the configuration: they are about the subject, as the sample is.
const SHORTEST_CONFIGURED: usize = 60;
/// What a sentence speaks of that tells a writer what to do. Others may be facts that belong into an answer.
const TASK: [&str; 9] =
    ["question", "answer", "example", "dataset", "sample", "you are", "you will", "you write", "your task"];

/// How a model begins that speaks of the form of its reply; each with the word that makes it honest in a question.
const BEGINNINGS: [(&str, &str); 12] = [
    ("here is the json", "json"),
    ("here's the json", "json"),
    ("here is the requested json", "json"),
    ("here's the requested json", "json"),
    ("here is a json", "json"),
    ("here's a json", "json"),
    ("here is the training example", "example"),
    ("here's the training example", "example"),
    ("here is one training example", "example"),
    ("here's one training example", "example"),
    ("here is a training example", "example"),
    ("here's a training example", "example"),
];
/// What models put in front of that.
const OPENINGS: [&str; 6] =
    ["sure, ", "sure! ", "certainly! ", "of course! ", "as a language model, ", "as an ai language model, "];

/// Marks of chat templates, which servers strip: at an end of a text they were left over.
const MARKS: [&str; 11] = [
    "<|im_start|>",
    "<|im_end|>",
    "<|endoftext|>",
    "<|eot_id|>",
    "<|end|>",
    "<|user|>",
    "<|assistant|>",
    "<start_of_turn>",
    "<end_of_turn>",
    "[inst]",
    "[/inst]",
];
/// Where a question or a topic speaks of these, an answer may show such marks.
const ABOUT_MARKS: [&str; 8] = ["token", "template", "prompt", "model", "llm", "chat", "tag", "html"];

/// Descriptions of fields in the library's own schemas.
const SCHEMA_TEXTS: [&str; 2] = ["\"what the user asks\"", "\"what the assistant answers\""];

/// What must not show in samples.
pub(super) struct Leaks {
    /// In lower case.
    sentences: Vec<String>,
}

impl Leaks {
    /// Takes up what the model is told: by the library, and by the configuration.
    pub(super) fn new(own: &[&str], configured: &[&str]) -> Self {
        let mut leaks = Self { sentences: Vec::new() };
        for prompt in own {
            leaks.add(prompt, |sentence| sentence.len() >= SHORTEST_OWN);
        }
        for prompt in configured {
            leaks.add(prompt, |sentence| {
                sentence.len() >= SHORTEST_CONFIGURED && TASK.iter().any(|word| search::contains(sentence, word))
            });
        }
        leaks
    }

    fn add(&mut self, prompt: &str, matters: impl Fn(&str) -> bool) {
        for line in prompt.lines() {
            let mut rest = line.trim_start_matches(['-', '*', ' ']);
            loop {
                let (sentence, after) = search::split_once(rest, ". ").unwrap_or((rest, ""));
                let sentence = sentence.trim().trim_end_matches('.').to_ascii_lowercase();
                if !search::contains(&sentence, "{{") && matters(&sentence) {
                    self.sentences.push(sentence);
                }
                if after.is_empty() {
                    break;
                }
                rest = after;
            }
        }
    }

    /// Refuses samples that tell how they were asked for.
    pub(super) fn check(&self, exchange: Exchange<'_>) -> Result<(), Rejection> {
        for (field, text) in [("question", exchange.question), ("answer", exchange.answer)] {
            let leak = |is: &str| Err(fault(field, is, Cause::LeakedPrompt));
            if self.has_sentence(text) {
                return leak("repeats the instructions of this task");
            }
            if begins_with_form(text, exchange.question) {
                return leak("speaks of the form of the reply");
            }
            if has_mark(text, exchange) {
                return leak("has a mark of a chat template in it");
            }
            if text.contains('{') && SCHEMA_TEXTS.iter().any(|part| search::contains(text, part)) {
                return leak("repeats the schema");
            }
            if is_whole_reply(text) {
                return Err(fault(field, "holds a whole reply as JSON", Cause::Schema));
            }
        }
        Ok(())
    }

    /// Sentences begin where a text or a line does, or after another sentence or a mark.
    fn has_sentence(&self, text: &str) -> bool {
        let mut may_begin = true;
        let mut rest = text.as_bytes();
        while let [byte, after @ ..] = rest {
            let is_mark = matches!(byte, b'\n' | b'.' | b'!' | b'?' | b':' | b'"' | b'\'' | b'*' | b'-' | b'(' | b'>');
            if may_begin
                && byte.is_ascii_alphanumeric()
                && self.sentences.iter().any(|sentence| begins(rest, sentence.as_bytes()))
            {
                return true;
            }
            may_begin = is_mark || (may_begin && *byte == b' ');
            rest = after;
        }
        false
    }
}

/// Whether a text begins with another that is in lower case.
fn begins(text: &[u8], lower: &[u8]) -> bool {
    let Some(start) = text.get(..lower.len()) else { return false };
    // Nearly always decided here.
    start.first().map(u8::to_ascii_lowercase).as_ref() == lower.first() && start.eq_ignore_ascii_case(lower)
}

fn begins_with_form(text: &str, question: &str) -> bool {
    let mut rest = text.as_bytes();
    while let Some(opening) = OPENINGS.iter().find(|opening| begins(rest, opening.as_bytes())) {
        rest = rest.get(opening.len()..).unwrap_or_default();
    }
    let beginning = BEGINNINGS.iter().find(|(beginning, _)| begins(rest, beginning.as_bytes()));
    beginning.is_some_and(|(_, word)| !search::contains(&question.to_ascii_lowercase(), word))
}

fn has_mark(text: &str, Exchange { path, question, .. }: Exchange<'_>) -> bool {
    if !text.ends_with(['>', ']']) && !text.starts_with(['<', '[']) {
        return false;
    }
    let text = text.to_ascii_lowercase();
    let Some(mark) = MARKS.iter().find(|mark| text.ends_with(**mark) || text.starts_with(**mark)) else {
        return false;
    };
    let about = format!("{question}\n{}", search::join(path, "\n")).to_ascii_lowercase();
    !ABOUT_MARKS.iter().chain([mark]).any(|word| search::contains(&about, word))
}

/// Whether a text is an object of the form that was asked for.
fn is_whole_reply(text: &str) -> bool {
    if !text.starts_with('{') || !text.ends_with('}') || !search::contains(text, "\"answer\"") {
        return false;
    }
    let value: Value = text.parse().unwrap_or_default();
    ["question", "answer"].iter().all(|field| value.get(field).is_some_and(Value::is_string))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYSTEM: &str = "You are an expert of geography who writes questions for learners of all ages and levels.\n\
        Use this: the Rhine has its source in the Swiss Alps and flows into the North Sea near Rotterdam.\n\
        Be brief.";

    fn cause(question: &str, answer: &str) -> Option<Cause> {
        let path = ["Rivers of Europe".to_owned()];
        let own = &super::super::SAMPLE_PROMPTS;
        Leaks::new(own, &[SYSTEM, ""]).check(Exchange { path: &path, question, answer }).err().map(|found| found.cause)
    }

    #[test]
    fn words_of_the_task_are_recognised() {
        for (question, answer) in [
            ("Why?", "You are an expert of geography who writes questions for learners of all ages and levels."),
            ("Why?", "OK. you are an expert of geography who writes questions for learners of all ages and levels"),
            (
                "Write one training example: a question that a user would really ask about the topic given below, and the \
              answer that an excellent assistant would give.",
                "It rains.",
            ),
            ("Why?", "Rain.\n- It says what it means, without placeholders and without referring to this task."),
            (
                "Why?",
                "Your reply: Reply with one JSON object and nothing else: no code fence, no comment, no text \
              around it.",
            ),
            ("Why?", "As a language model, here's the JSON you need: it rains."),
            ("Why?", "Sure! Here is one training example about rivers."),
            ("Why?", "Because it rains.<|im_end|>"),
            ("Why?", "[INST] Because it rains."),
            ("Why?", "{\"properties\": {\"question\": {\"description\": \"what the user asks\"}}}"),
        ] {
            assert_eq!(cause(question, answer), Some(Cause::LeakedPrompt), "{question} {answer}");
        }
        let nested = "{\"question\": \"Why?\", \"answer\": \"Because.\"}";
        assert_eq!(cause("Why?", nested), Some(Cause::Schema));
    }

    #[test]
    fn honest_texts_pass() {
        for (question, answer) in [
            // A fact that the instructions give belongs into an answer.
            ("Where?", "The Rhine has its source in the Swiss Alps and flows into the North Sea near Rotterdam."),
            ("How should I answer?", "Be brief."),
            ("Give me the data as JSON.", "Here is the JSON: {\"river\": \"Rhine\", \"km\": 1233}"),
            ("Show me an example for a training set.", "Here is one training example: cat, dog."),
            ("Which token ends a text of GPT-2?", "It is <|endoftext|>"),
            ("How does a chat template mark the user?", "[INST]"),
            ("How do I strike a word through?", "Write <s>word</s>"),
            ("Write a list in Python.", "[1, 2, 3]"),
            ("Write a vector.", "std::vector<int>"),
            ("What is a question?", "A question is a sentence that asks, and an answer is what comes back."),
            ("What does this return: f()?", "{\"answer\": 42}"),
            ("Describe a schema.", "{\"description\": \"what the customer asks\"}"),
            ("As what?", "As a language model sees it, words are numbers."),
            ("Here?", "Here is the river."),
            ("Who?", "You are an expert of geography, I take it."),
        ] {
            assert_eq!(cause(question, answer), None, "{question} {answer}");
        }
    }
}
