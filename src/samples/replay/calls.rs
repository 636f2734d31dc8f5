//! The calls of a record with their results, read from its messages.

use serde_json::Value;

use super::complain;
use crate::error::Issue;

/// The length of the ids of calls.
const LENGTH_OF_ID: usize = 9;

/// One call and its result.
pub struct Call {
    /// Where it stands in the record.
    pub path: String,
    /// The tool.
    pub name: String,
    /// The arguments, in whichever form they were written.
    pub arguments: Value,
    /// What the tool's message says.
    pub result: String,
}

/// Reads the messages in order. What is out of order is an issue.
pub fn read(record: &Value, issues: &mut Vec<Issue>) -> Vec<Call> {
    let messages = record.get("messages").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut calls: Vec<Call> = Vec::new();
    let mut ids: Vec<&str> = Vec::new();
    // Ids that wait for their results, and where the first of them stands among the calls.
    let mut waiting: Vec<&str> = Vec::new();
    let mut before = "";
    for (number, message) in messages.iter().enumerate() {
        let path = format!("messages[{number}]");
        let role = message.get("role").and_then(Value::as_str).unwrap_or_default();
        let content = message.get("content").and_then(Value::as_str);
        let tool_calls = message.get("tool_calls").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if role != "tool" && !waiting.is_empty() {
            complain(issues, path.clone(), format!("{} calls have no result", waiting.len()));
            waiting.clear();
        }
        let follows = match role {
            "system" => number == 0,
            "user" => matches!(before, "" | "system" | "assistant"),
            "assistant" => matches!(before, "user" | "tool"),
            "tool" => true,
            _ => false,
        };
        if !follows {
            complain(issues, path.clone(), format!("a message of {role} cannot follow one of {before}"));
        }
        if role == "tool" {
            let id = message.get("tool_call_id").and_then(Value::as_str).unwrap_or_default();
            if waiting.first() != Some(&id) {
                complain(issues, path, format!("the result of {id} does not follow its own call"));
                continue;
            }
            let place = calls.len().saturating_sub(waiting.len());
            waiting.remove(0);
            match (content, calls.get_mut(place)) {
                (Some(content), Some(call)) if !content.is_empty() => call.result = content.to_owned(),
                _ => complain(issues, path, "a result has to say something".to_owned()),
            }
        } else if tool_calls.is_empty() {
            if content.is_none_or(|content| content.trim().is_empty()) {
                complain(issues, path.clone(), "a message has to say something or call something".to_owned());
            }
            if message.get("tool_calls").is_some() {
                complain(issues, path, "a list of calls has to have one".to_owned());
            }
        } else if role != "assistant" {
            complain(issues, path, "only the assistant calls tools".to_owned());
        } else {
            for (number, call) in tool_calls.iter().enumerate() {
                let path = format!("{path}.tool_calls[{number}]");
                let id = call.get("id").and_then(Value::as_str).unwrap_or_default();
                if id.len() != LENGTH_OF_ID || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                    complain(issues, path.clone(), format!("the id \"{id}\" is not 9 letters and digits"));
                }
                if ids.contains(&id) {
                    complain(issues, path.clone(), format!("the id {id} is not unique"));
                }
                ids.push(id);
                waiting.push(id);
                calls.push(read_call(call, path, issues));
            }
        }
        before = if role == "assistant" && !tool_calls.is_empty() { "calls" } else { role };
    }
    if !waiting.is_empty() {
        complain(issues, "messages".to_owned(), format!("{} calls have no result", waiting.len()));
    }
    if before != "assistant" {
        complain(issues, "messages".to_owned(), "the last message has to be an answer".to_owned());
    }
    calls
}

fn read_call(call: &Value, path: String, issues: &mut Vec<Issue>) -> Call {
    let function = call.get("function").unwrap_or(&Value::Null);
    if call.get("type").and_then(Value::as_str) != Some("function") {
        complain(issues, path.clone(), "a call has to be of type function".to_owned());
    }
    let name = function.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let arguments = match function.get("arguments") {
        Some(Value::String(text)) => text.parse().unwrap_or(Value::Null),
        Some(arguments) => arguments.clone(),
        None => Value::Null,
    };
    if !arguments.is_object() {
        complain(issues, path.clone(), format!("the arguments of {name} are no JSON object"));
    }
    Call { path, name, arguments, result: String::new() }
}
