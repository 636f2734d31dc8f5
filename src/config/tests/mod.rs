//! What a configuration promises to its author.

mod definitions;
mod documentation;
mod hostile;
mod inheritance;
mod legacy;
mod money;
mod published;
mod quality;
mod round_trip;
mod rules;
mod secrecy;
mod timeouts;
mod values;
mod yaml;

use serde_json::{Map, Value, json};

use super::{check_value, parse_value};
use crate::config::Config;
use crate::error::{Issue, Severity};

/// The least that works.
fn minimal() -> Value {
    json!({
        "topics": {"prompt": "Rivers of Europe"},
        "generation": {"system_prompt": "Write about geography"},
        "output": {"num_samples": 3}
    })
}

/// The least that works, with tools.
fn agentic() -> Value {
    set(
        minimal(),
        &[
            ("generation.conversation", json!({"type": "cot", "reasoning_style": "agent"})),
            ("generation.tools", json!({"components": {"builtin": ["read_file"]}})),
        ],
    )
}

/// Writes keys into a configuration.
fn set(mut config: Value, keys: &[(&str, Value)]) -> Value {
    for (path, value) in keys {
        let mut place = &mut config;
        for key in path.split('.') {
            if place.is_null() {
                *place = Value::Object(Map::new());
            }
            place = place.as_object_mut().unwrap().entry(key).or_insert(Value::Null);
        }
        *place = value.clone();
    }
    config
}

/// The least that works, with some keys more.
fn with(keys: &[(&str, Value)]) -> Value {
    set(minimal(), keys)
}

#[track_caller]
fn read(value: &Value) -> Config {
    parse_value(value).unwrap_or_else(|error| panic!("{error}\n{value:#}"))
}

fn errors(value: &Value) -> Vec<Issue> {
    check_value(value).into_iter().filter(|issue| issue.severity == Severity::Error).collect()
}

fn warnings(value: &Value) -> Vec<Issue> {
    check_value(value).into_iter().filter(|issue| issue.severity == Severity::Warning).collect()
}

/// Everything that an issue says.
fn words(issue: &Issue) -> String {
    format!("{}: {} ({})", issue.path, issue.message, issue.suggestion.as_deref().unwrap_or(""))
}
