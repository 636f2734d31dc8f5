//! Question, reasoning in steps, and answer: the reasoning of agents without tools.

use serde_json::Value;

use super::record::{ReasoningStep, Thoughts};
use super::{Content, Kind, Reasoning, checks};
use crate::model::Rejection;
use crate::prompts;

const SCHEMA: &str = include_str!("steps.schema.json");

pub(super) static KIND: Kind = Kind { prompt: prompts::SAMPLE_STEPS, schema: SCHEMA, read };

fn read(reply: &Value) -> Result<Content, Rejection> {
    let question = checks::text(reply, "question")?;
    let mut steps = Vec::new();
    for step in reply.get("steps").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default() {
        let step_number = steps.len() + 1;
        let (thought, action) = (checks::text(step, "thought")?, checks::text(step, "action")?);
        steps.push(ReasoningStep { step_number, thought, action: Some(action) });
    }
    if steps.is_empty() {
        return Err(Rejection::invalid("it has no steps"));
    }
    let reasoning = Some(Reasoning { style: "agent", content: Thoughts::Steps(steps) });
    Ok(Content { question, reasoning, answer: checks::answer(reply, "answer")? })
}
