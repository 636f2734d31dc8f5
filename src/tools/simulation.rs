//! A tool that a model plays: for tools that nothing else executes.
//!
//! The model sees the definition, the files and every earlier call of the conversation with its result, so that the world
//! it makes up stays one world. Who asks the model is given from outside: this room knows none.

use std::rc::Rc;

use serde_json::Value;

use super::files::Files;
use super::session::Past;
use super::{Observation, Tool};
use crate::error::Result;
use crate::host::LocalFuture;
use crate::prompts;

/// Asks a model to play a tool.
pub trait Simulator {
    /// Has a call answered: gives a value that satisfies the schema of the request.
    ///
    /// # Errors
    /// There is no answer; the conversation ends with this.
    fn simulate<'a>(&'a self, request: &'a Simulation) -> LocalFuture<'a, Result<Value>>;
}

/// What the model is asked.
#[derive(Clone, Debug)]
pub struct Simulation {
    /// Its task and the tool's definition: the same for every call of the tool.
    pub system: String,
    /// The state of the world and the call.
    pub ask: String,
    /// The JSON Schema of the answer.
    pub schema: Rc<Value>,
}

/// The schema of an answer.
const ANSWER: &str = include_str!("simulation.schema.json");

impl Simulation {
    /// The request for one call.
    pub(super) fn new(tool: &Tool, arguments: &Value, files: &Files, past: &[Rc<Past>]) -> Self {
        let json = |value: &Value| serde_json::to_string(value).unwrap_or_default();
        let system = prompts::fill(
            prompts::TOOL_SIMULATION,
            &[
                ("name", tool.name.as_str()),
                ("description", tool.description.as_str()),
                ("parameters", &json(&tool.parameters)),
                ("returns", if tool.returns.is_empty() { "not said" } else { &tool.returns }),
            ],
        );
        let mut world = String::new();
        for (path, content) in files.iter() {
            let content: String = content.chars().take(MOST_OF_A_FILE).collect();
            world.push_str(&json(&serde_json::json!({ "file": path, "content": content })));
            world.push('\n');
        }
        for past in past {
            world.push_str(&json(&past.to_value()));
            world.push('\n');
        }
        let values = [("state", world.as_str()), ("name", tool.name.as_str()), ("arguments", &json(arguments))];
        let ask = prompts::fill(prompts::TOOL_SIMULATION_CALL, &values);
        Self { system, ask, schema: Rc::new(ANSWER.parse().unwrap_or_default()) }
    }
}

/// Most characters of a file that the model is shown.
const MOST_OF_A_FILE: usize = 4_000;

/// What an answer says, and what the call changed in the world; empty where it changed nothing.
pub(super) fn read(answer: &Value) -> (Observation, String) {
    let text = |key: &str| answer.get(key).and_then(Value::as_str).unwrap_or_default();
    let result = match answer.get("result") {
        Some(Value::String(text)) => text.clone(),
        Some(value) => serde_json::to_string(value).unwrap_or_default(),
        None => String::new(),
    };
    let observation = match text("error_type") {
        "" => Observation::success(result),
        error_type => Observation::failure(error_type, result),
    };
    (observation, text("change").to_owned())
}
