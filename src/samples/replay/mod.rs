//! Whether the record of an agent tells what happened: every call is one that its tool can take, every result follows
//! its own call, no request has more calls than are allowed, and the same calls, made again, come to the same results.

mod calls;
mod parts;

use serde_json::Value;

use super::agent::{self, Limits, Situation};
use crate::config::Config;
use crate::error::{Code, Error, Issue, Result, Severity};
use crate::tools::{Executors, Tool, Toolbox};
use calls::Call;

/// Checks one record of an agent, and makes its calls again where that can be done in this place: with the files of
/// `scenario_seed`, mock data and the functions that are given. Calls of services and of tools that a model plays are
/// not made again; they are held to their schemas.
///
/// # Errors
/// Code `config` for a configuration without tools; see [`Toolbox::open`] for the rest.
pub async fn check(config: &Config, record: &Value, executors: Executors) -> Result<Vec<Issue>> {
    let Some(tools) = &config.generation.tools else {
        let message = "the configuration has no tools (generation.tools), so there are no calls to check";
        return Err(Error::new(Code::Config, message).for_run());
    };
    let mut issues = Vec::new();
    let calls = calls::read(record, &mut issues);
    parts::check(record, &calls, &mut issues);
    keeps_limits(record, &Limits::read(tools), &mut issues);
    let toolbox = Toolbox::open(&in_this_place(tools), executors).await?;
    declared(record, &calls, &toolbox, &mut issues);
    replay(record, &calls, &toolbox, &mut issues).await;
    Ok(issues)
}

/// The tools without the services that execute them.
fn in_this_place(tools: &Value) -> Value {
    let mut tools = tools.clone();
    if let Some(section) = tools.as_object_mut() {
        for service in ["spin_endpoint", "tool_execute_path"] {
            section.remove(service);
        }
    }
    tools
}

/// Holds every call against the record's own list of tools, and against the configuration's.
fn declared(record: &Value, calls: &[Call], toolbox: &Toolbox, issues: &mut Vec<Issue>) {
    let mut listed: Vec<Tool> = Vec::new();
    let definitions = record.get("tools").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for (number, definition) in definitions.iter().enumerate() {
        let path = format!("tools[{number}]");
        match Tool::read(definition, &path) {
            Ok(tool) if listed.iter().any(|other| other.name == tool.name) => {
                complain(issues, path, format!("the tool {} is listed twice", tool.name));
            }
            Ok(tool) => listed.push(tool),
            Err(faults) => {
                for fault in faults {
                    complain(issues, fault.path, fault.message);
                }
            }
        }
    }
    for call in calls {
        if listed.iter().all(|tool| tool.name != call.name) {
            complain(issues, call.path.clone(), format!("the tool {} is not among the tools of the record", call.name));
        }
        if let Err(reason) = toolbox.check(&call.name, &call.arguments) {
            complain(issues, call.path.clone(), reason);
        }
    }
}

/// Holds the calls and steps of each turn to the limits of the configuration.
fn keeps_limits(record: &Value, limits: &Limits, issues: &mut Vec<Issue>) {
    let messages = record.get("messages").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let (mut calls, mut steps) = (0, 0);
    for (number, message) in messages.iter().enumerate() {
        if message.get("role").and_then(Value::as_str) == Some("user") {
            (calls, steps) = (0, 0);
        }
        let Some(called) = message.get("tool_calls").and_then(Value::as_array) else { continue };
        calls += called.len();
        steps += 1;
        let counts = [
            ("calls", calls, limits.calls, "max_per_query"),
            ("steps with calls", steps, limits.steps, "max_agent_steps"),
        ];
        for (what, count, most, key) in counts.into_iter().filter(|(_, count, most, _)| count > most) {
            let message = format!("this request has {count} {what}, and at most {most} are allowed ({key})");
            complain(issues, format!("messages[{number}]"), message);
        }
    }
}

/// Makes the calls again.
async fn replay(record: &Value, calls: &[Call], toolbox: &Toolbox, issues: &mut Vec<Issue>) {
    let mut session = toolbox.session("replay".to_owned(), None);
    let situation = record.get("metadata").and_then(|metadata| metadata.get("situation"));
    let mut fails = situation.is_some_and(|name| name == Situation::ToolFails.name());
    for call in calls {
        // Where a failure that passes was put in, the first call did not get as far as its tool.
        if std::mem::take(&mut fails) && call.result == agent::timed_out().message() {
            continue;
        }
        let observation = session.call(&call.name, &call.arguments).await;
        if observation.fault.is_some() {
            continue;
        }
        let result = agent::said(observation.message());
        if result != call.result {
            let shown: String = result.chars().take(120).collect();
            complain(issues, call.path.clone(), format!("{} comes to another result now: {shown}", call.name));
        }
    }
}

fn complain(issues: &mut Vec<Issue>, path: String, message: String) {
    issues.push(Issue { severity: Severity::Error, path, message, suggestion: None });
}
