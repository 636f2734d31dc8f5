//! Question, reasoning as one text, and answer.

use serde_json::{Value, json};

use super::{Content, Kind, Reasoning, checks};
use crate::model::Rejection;
use crate::prompts;

pub(super) static KIND: Kind = Kind { prompt: prompts::SAMPLE_REASONING, schema, read };

/// The reasoning stands before the answer: models write fields in this order, and an answer that comes first would
/// only be justified afterwards.
fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "question": { "type": "string", "description": "what the user asks" },
            "reasoning": { "type": "string", "description": "the thoughts that lead to the answer" },
            "answer": { "type": "string", "description": "what the assistant answers" },
        },
        "required": ["question", "reasoning", "answer"],
        "additionalProperties": false,
    })
}

fn read(reply: &Value) -> Result<Content, Rejection> {
    Ok(Content {
        question: checks::text(reply, "question")?,
        reasoning: Some(Reasoning { style: "freetext", content: checks::text(reply, "reasoning")? }),
        answer: checks::answer(reply, "answer")?,
    })
}
