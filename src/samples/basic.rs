//! Question and answer.

use serde_json::Value;

use super::{Content, Kind, checks};
use crate::model::Rejection;
use crate::prompts;

const SCHEMA: &str = include_str!("basic.schema.json");

pub(super) static KIND: Kind = Kind { prompt: prompts::SAMPLE_BASIC, schema: SCHEMA, read };

fn read(reply: &Value) -> Result<Content, Rejection> {
    Ok(Content {
        question: checks::text(reply, "question")?,
        reasoning: None,
        answer: checks::answer(reply, "answer")?,
    })
}
