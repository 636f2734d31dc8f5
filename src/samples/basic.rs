//! Question and answer.

use serde_json::{Value, json};

use super::{Content, Kind, checks};
use crate::model::Rejection;
use crate::prompts;

pub(super) static KIND: Kind = Kind { prompt: prompts::SAMPLE_BASIC, schema, read };

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "question": { "type": "string", "description": "what the user asks" },
            "answer": { "type": "string", "description": "what the assistant answers" },
        },
        "required": ["question", "answer"],
        "additionalProperties": false,
    })
}

fn read(reply: &Value) -> Result<Content, Rejection> {
    Ok(Content {
        question: checks::text(reply, "question")?,
        reasoning: None,
        answer: checks::answer(reply, "answer")?,
    })
}
