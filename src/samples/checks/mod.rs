//! What makes a sample unusable, whatever the schema says of it.
//!
//! Whatever is refused here is paid for and asked for again, so each check lets a sample pass when it is not sure.

mod echo;
mod language;
mod leak;
mod phrases;
mod stop_words;

use serde_json::Value;

use crate::config::{Config, QualityConfig};
use crate::model::{Cause, Rejection};
use crate::prompts;
use language::Languages;
use leak::Leaks;

/// A text field of a reply that satisfies its schema.
///
/// # Errors
/// A rejection where the field is empty or only holds the place of a text.
pub fn text(reply: &Value, field: &str) -> Result<String, Rejection> {
    let text = reply.get(field).and_then(Value::as_str).unwrap_or_default().trim();
    if text.is_empty() {
        return Err(fault(field, "is empty", Cause::Empty));
    }
    if phrases::is_placeholder(text) {
        return Err(fault(field, "is a placeholder, not a text", Cause::Placeholder));
    }
    Ok(text.to_owned())
}

/// A text field in which the model speaks as the assistant.
///
/// # Errors
/// As for [`text`], and where the text declines to answer.
pub fn answer(reply: &Value, field: &str) -> Result<String, Rejection> {
    let text = text(reply, field)?;
    match phrases::is_refusal(&text) {
        true => Err(Rejection::refusal(format!("its field \"{field}\" declines to answer"))),
        false => Ok(text),
    }
}

fn fault(what: &str, is: &str, cause: Cause) -> Rejection {
    Rejection::invalid(format!("its field \"{what}\" {is}")).because(cause)
}

/// What samples are written with, and what agents and their users are told.
const SAMPLE_PROMPTS: [&str; 5] = [
    prompts::SAMPLE_BASIC,
    prompts::SAMPLE_REASONING,
    prompts::REPLY_SCHEMA,
    prompts::REPLY_RULES,
    prompts::CORRECTION,
];
const AGENT_PROMPTS: [&str; 6] = [
    prompts::AGENT_ASSISTANT,
    prompts::AGENT_USER,
    prompts::AGENT_SIMULATED_USER,
    prompts::REPLY_SCHEMA,
    prompts::REPLY_RULES,
    prompts::CORRECTION,
];

/// What a sample comes down to, whatever its type.
#[derive(Clone, Copy)]
pub struct Exchange<'a> {
    /// From the root to the topic that the sample is about.
    pub path: &'a [String],
    /// What the user asked first.
    pub question: &'a str,
    /// What the assistant answered in the end.
    pub answer: &'a str,
}

/// The checks of one configuration.
pub struct Checks {
    quality: QualityConfig,
    leaks: Leaks,
    /// Where languages are checked.
    languages: Option<Languages>,
}

/// The prompts of the library whose sentences no sample has a reason to repeat.
fn own_prompts(config: &Config) -> &'static [&'static str] {
    match config.generation.tools {
        Some(_) => &AGENT_PROMPTS,
        None => &SAMPLE_PROMPTS,
    }
}

impl Checks {
    /// Gets ready.
    pub fn new(config: &Config) -> Self {
        let quality = config.generation.quality;
        let words = [&*config.generation.system_prompt, &*config.generation.instructions];
        let languages = quality.check_language.then(|| Languages::new(&words));
        Self { quality, leaks: Leaks::new(own_prompts(config), &words), languages }
    }

    /// Whether a sample is good enough.
    ///
    /// # Errors
    /// A rejection that names what is wrong.
    pub fn judge(&self, exchange: Exchange<'_>) -> Result<(), Rejection> {
        self.judge_question_length("question", exchange.question)?;
        self.judge_answer_length(exchange.answer)?;
        self.judge_texts(exchange)
    }

    /// Whether what is said is good enough, however long it is: one turn of several.
    ///
    /// # Errors
    /// As for [`Checks::judge`].
    pub fn judge_texts(&self, exchange: Exchange<'_>) -> Result<(), Rejection> {
        if echo::is_echo(exchange.question, exchange.answer) {
            return Err(fault("answer", "only repeats the question", Cause::Echo));
        }
        self.judge_words(exchange)
    }

    /// Whether a question is good enough that has no answer yet.
    ///
    /// # Errors
    /// As for [`Checks::judge`].
    pub fn judge_question(&self, path: &[String], question: &str) -> Result<(), Rejection> {
        self.judge_words(Exchange { path, question, answer: "" })
    }

    /// Whether the question of a sample, which the reply holds in this field, has the length that is wanted.
    ///
    /// # Errors
    /// A rejection that names both lengths.
    pub fn judge_question_length(&self, field: &str, question: &str) -> Result<(), Rejection> {
        let QualityConfig { min_question_characters, max_question_characters, .. } = self.quality;
        in_bounds(field, question, min_question_characters, max_question_characters)
    }

    /// Whether the answer of a sample has the length that is wanted.
    ///
    /// # Errors
    /// A rejection that names both lengths.
    pub fn judge_answer_length(&self, answer: &str) -> Result<(), Rejection> {
        let QualityConfig { min_answer_characters, max_answer_characters, .. } = self.quality;
        in_bounds("answer", answer, min_answer_characters, max_answer_characters)
    }

    fn judge_words(&self, exchange: Exchange<'_>) -> Result<(), Rejection> {
        self.leaks.check(exchange)?;
        self.languages.as_ref().map_or(Ok(()), |languages| languages.check(exchange))
    }
}

fn in_bounds(field: &str, text: &str, least: Option<u32>, most: Option<u32>) -> Result<(), Rejection> {
    if least.is_none() && most.is_none() {
        return Ok(());
    }
    let length = text.chars().count() as u64;
    if let Some(least) = least.filter(|least| length < (*least).into()) {
        return Err(fault(field, &format!("has {length} characters, and {least} are the least"), Cause::TooShort));
    }
    if let Some(most) = most.filter(|most| length > (*most).into()) {
        return Err(fault(field, &format!("has {length} characters, and {most} are the most"), Cause::TooLong));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::parse_value;

    fn checks(quality: Value) -> Checks {
        let config = json!({
            "topics": {"prompt": "Rivers of Europe"},
            "generation": {"system_prompt": "Write about rivers.", "quality": quality},
            "output": {"num_samples": 1}
        });
        Checks::new(&parse_value(&config).unwrap())
    }

    fn cause(checks: &Checks, question: &str, answer: &str) -> Option<Cause> {
        let path = ["Rivers of Europe".to_owned()];
        checks.judge(Exchange { path: &path, question, answer }).err().map(|rejection| rejection.cause)
    }

    #[test]
    fn empty_fields_placeholders_and_refusals_have_their_causes() {
        for (value, expected) in [
            (json!("  "), Cause::Empty),
            (json!(null), Cause::Empty),
            (json!("TODO"), Cause::Placeholder),
            (json!("I'm sorry, but I can't assist with that."), Cause::Refusal),
        ] {
            let found = answer(&json!({"answer": value}), "answer").unwrap_err();
            assert_eq!(found.cause, expected, "{value}");
        }
    }

    #[test]
    fn texts_keep_to_the_configured_characters() {
        let bounds = json!({
            "min_question_characters": 5, "max_question_characters": 20,
            "min_answer_characters": 3, "max_answer_characters": 6
        });
        let bounded = checks(bounds);
        for (question, answer, expected) in [
            ("Why", "1815", Some(Cause::TooShort)),
            ("Since when, and why, is it so?", "1815", Some(Cause::TooLong)),
            ("Since when?", "No", Some(Cause::TooShort)),
            ("Since when?", "Since 1815.", Some(Cause::TooLong)),
            ("Since when?", "äöüßéñ", None),
            ("Since when?", "1815", None),
        ] {
            assert_eq!(cause(&bounded, question, answer), expected, "{question} {answer}");
            assert_eq!(cause(&checks(json!(null)), question, answer), None, "{question} {answer}");
        }
    }

    #[test]
    fn a_rejection_says_what_to_do_better() {
        let path = [];
        let found = checks(json!({"min_answer_characters": 30}))
            .judge(Exchange { path: &path, question: "How long is the Rhine?", answer: "Long." })
            .unwrap_err();
        assert_eq!(found.reason, "its field \"answer\" has 5 characters, and 30 are the least");
    }
}
