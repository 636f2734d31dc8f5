//! Question, reasoning as one text, and answer.

use serde_json::Value;

use super::{Content, Kind, Reasoning, Thoughts, checks};
use crate::model::Rejection;
use crate::prompts;

/// The reasoning stands before the answer: models write fields in this order, and an answer that comes first would
/// only be justified afterwards.
const SCHEMA: &str = include_str!("reasoning.schema.json");

pub(super) static KIND: Kind = Kind { prompt: prompts::SAMPLE_REASONING, schema: SCHEMA, read };

fn read(reply: &Value) -> Result<Content, Rejection> {
    Ok(Content {
        question: checks::text(reply, "question")?,
        reasoning: Some(Reasoning { style: "freetext", content: Thoughts::Text(checks::text(reply, "reasoning")?) }),
        answer: checks::answer(reply, "answer")?,
    })
}
