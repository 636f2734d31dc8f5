//! Why a reply was not accepted: said to the model, and counted for the report.

use crate::error::Code;

/// Why a reply was not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// How the failure is counted, should no better reply come.
    pub code: Code,
    /// What kind of fault it is.
    pub cause: Cause,
    /// What is wrong with the reply, addressed to the model.
    pub reason: String,
}

/// What kind of fault a reply has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// No JSON in it.
    NotJson,
    /// JSON that is not what was asked for.
    Schema,
    /// Cut off at the limit of tokens.
    Truncated,
    /// The model, or a filter of its provider, declines.
    Refusal,
    /// A text without a word.
    Empty,
    /// A text that stands for a text to come.
    Placeholder,
    /// An answer that says nothing but its question.
    Echo,
    /// Another language than was asked for.
    Language,
    /// A text with fewer characters than configured.
    TooShort,
    /// A text with more characters than configured.
    TooLong,
    /// The words in which the sample was asked for.
    LeakedPrompt,
    /// A question that was asked before, word for word.
    Duplicate,
    /// A question that was asked before in nearly the same words.
    NearDuplicate,
}

impl Cause {
    /// Every cause, in the order of a report.
    pub const ALL: [Cause; 13] = [
        Cause::NotJson,
        Cause::Schema,
        Cause::Truncated,
        Cause::Refusal,
        Cause::Empty,
        Cause::Placeholder,
        Cause::Echo,
        Cause::Language,
        Cause::TooShort,
        Cause::TooLong,
        Cause::LeakedPrompt,
        Cause::Duplicate,
        Cause::NearDuplicate,
    ];

    /// Its name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Cause::NotJson => "not_json",
            Cause::Schema => "schema",
            Cause::Truncated => "truncated",
            Cause::Refusal => "refusal",
            Cause::Empty => "empty",
            Cause::Placeholder => "placeholder",
            Cause::Echo => "echo",
            Cause::Language => "language",
            Cause::TooShort => "too_short",
            Cause::TooLong => "too_long",
            Cause::LeakedPrompt => "leaked_prompt",
            Cause::Duplicate => "duplicate",
            Cause::NearDuplicate => "near_duplicate",
        }
    }
}

impl Rejection {
    /// The reply is not what was asked for.
    pub fn invalid(reason: impl Into<String>) -> Self {
        Self { code: Code::InvalidOutput, cause: Cause::Schema, reason: reason.into() }
    }

    /// The reply declines to answer.
    pub fn refusal(reason: impl Into<String>) -> Self {
        Self { code: Code::Refusal, cause: Cause::Refusal, reason: reason.into() }
    }

    /// The same with the cause named, where it is no fault of the form.
    pub fn because(self, cause: Cause) -> Self {
        Self { cause, ..self }
    }
}
