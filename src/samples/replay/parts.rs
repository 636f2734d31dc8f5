//! Whether the other parts of a record say the same as its messages.

use serde_json::Value;

use super::calls::Call;
use super::complain;
use crate::error::Issue;
use crate::json::at;

/// Holds the executions, the steps, the question and the answer against the messages.
pub fn check(record: &Value, calls: &[Call], issues: &mut Vec<Issue>) {
    executions(record, calls, issues);
    steps(record, issues);
    let messages = at(record, "/messages").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let is_of = |role: &str, message: &&Value| message.get("role").and_then(Value::as_str) == Some(role);
    let first = messages.iter().find(|message| is_of("user", message)).and_then(|message| message.get("content"));
    if at(record, "/question") != first {
        complain(issues, "question".to_owned(), "this is not what the user says first".to_owned());
    }
    if at(record, "/final_answer") != messages.last().and_then(|message| message.get("content")) {
        complain(issues, "final_answer".to_owned(), "this is not what the last message says".to_owned());
    }
    let mode = at(record, "/agent_context/mode").and_then(Value::as_str).unwrap_or_default();
    if !matches!(mode, "single_turn" | "multi_turn") {
        complain(issues, "agent_context.mode".to_owned(), "this has to be single_turn or multi_turn".to_owned());
    }
}

fn executions(record: &Value, calls: &[Call], issues: &mut Vec<Issue>) {
    let executions = at(record, "/tool_context/executions").and_then(Value::as_array);
    let executions = executions.map(Vec::as_slice).unwrap_or_default();
    if executions.len() != calls.len() {
        let (told, made) = (executions.len(), calls.len());
        complain(issues, "tool_context.executions".to_owned(), format!("there are {told} for {made} calls"));
    }
    for (number, (execution, call)) in executions.iter().zip(calls).enumerate() {
        let text = |field: &str| execution.get(field).and_then(Value::as_str).unwrap_or_default();
        let arguments: Value = text("arguments").parse().unwrap_or_default();
        if text("function_name") != call.name || arguments != call.arguments || text("result") != call.result {
            let path = format!("tool_context.executions[{number}]");
            complain(issues, path, format!("this is not the call at {}", call.path));
        }
    }
}

fn steps(record: &Value, issues: &mut Vec<Issue>) {
    let steps = at(record, "/reasoning/content").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if steps.is_empty() {
        complain(issues, "reasoning.content".to_owned(), "there are no steps".to_owned());
    }
    for (number, step) in steps.iter().enumerate() {
        if step.get("step_number").and_then(Value::as_u64) != Some(number as u64 + 1) {
            let path = format!("reasoning.content[{number}].step_number");
            complain(issues, path, "steps are numbered from 1 over the whole record".to_owned());
        }
    }
    if at(record, "/metadata/react_steps").and_then(Value::as_u64) != Some(steps.len() as u64) {
        complain(issues, "metadata.react_steps".to_owned(), "this is not the number of steps".to_owned());
    }
}
