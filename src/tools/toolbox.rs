//! The tools of one configuration, and who executes each.

use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;

use super::files::{self, Files};
use super::{CallersTools, Session, Simulator, Tool, arguments};
use crate::error::{Code, Error, Result};
use crate::host::Host;
use crate::json;
use crate::schema;

/// Most characters of one result, where the configuration does not say.
const LONGEST_RESULT: usize = 16_000;
/// How long a tool may take, where the configuration does not say: as DeepFabric waits for its service.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The definitions of the virtual file system.
const BUILTIN: &str = include_str!("builtin.json");

/// Who may execute tools besides this room itself.
#[derive(Clone)]
pub struct Executors {
    /// The outside world.
    pub host: Rc<dyn Host>,
    /// The caller's functions.
    pub callers: Option<Rc<dyn CallersTools>>,
}

/// The tools of one configuration and who executes each. Cheap to clone.
#[derive(Clone)]
pub struct Toolbox {
    shared: Rc<Shared>,
}

pub(super) struct Shared {
    tools: Vec<Tool>,
    /// Who executes the tool at the same place.
    executors: Vec<Executor>,
    pub(super) host: Rc<dyn Host>,
    pub(super) callers: Option<Rc<dyn CallersTools>>,
    /// What every conversation begins with.
    pub(super) seed: Files,
    pub(super) longest_result: usize,
    pub(super) timeout: Duration,
}

/// Who executes a tool.
pub(super) enum Executor {
    Caller,
    Files,
    Simulated,
}

impl Shared {
    pub(super) fn find(&self, name: &str) -> Option<(&Tool, &Executor)> {
        let place = self.tools.iter().position(|tool| tool.name == name)?;
        Some((self.tools.get(place)?, self.executors.get(place)?))
    }
}

impl Toolbox {
    /// Gathers the tools that a configuration names (`generation.tools`, as parsing it gives it), asking servers for
    /// definitions where it names some.
    ///
    /// # Errors
    /// Code `config` for tools that cannot be used as they are defined, and for functions of the caller's that belong to no
    /// tool; code `tool` for definitions that a server does not give.
    pub async fn open(config: &Value, executors: Executors) -> Result<Self> {
        let mut tools = Vec::new();
        let named = json::at(config, "/components/builtin").and_then(Value::as_array);
        let builtin = read_all(&BUILTIN.parse().unwrap_or_default(), "builtin")?;
        for tool in builtin {
            if named.is_some_and(|named| named.iter().any(|name| name == tool.name.as_str())) {
                tools.push(tool);
            }
        }
        tools.extend(read_all(config.get("custom").unwrap_or(&Value::Null), "generation.tools.custom")?);
        for tool in &tools {
            if let Err(reason) = schema::check_schema(&tool.parameters, &*executors.host) {
                return Err(invalid(format_args!("the tool {} cannot be used: {reason}", tool.name)));
            }
        }
        let callers = executors.callers.as_ref().map(|callers| callers.names()).unwrap_or_default();
        if let Some(stranger) = callers.iter().find(|name| tools.iter().all(|tool| tool.name != **name)) {
            return Err(invalid(format_args!(
                "the option tools has a function for {stranger}, which is no tool of the configuration"
            )));
        }
        let executor = |tool: &Tool| match tool.name.as_str() {
            name if callers.iter().any(|known| known == name) => Executor::Caller,
            name if files::TOOLS.contains(&name) => Executor::Files,
            _ => Executor::Simulated,
        };
        let seed = json::at(config, "/scenario_seed/files").and_then(Value::as_object);
        Ok(Self {
            shared: Rc::new(Shared {
                executors: tools.iter().map(executor).collect(),
                tools,
                host: executors.host,
                callers: executors.callers,
                seed: seed.map(Files::of).unwrap_or_default(),
                longest_result: LONGEST_RESULT,
                timeout: TIMEOUT,
            }),
        })
    }

    /// Every tool, in the order of the configuration.
    pub fn tools(&self) -> &[Tool] {
        &self.shared.tools
    }

    /// Whether a call may be made as it is.
    ///
    /// # Errors
    /// A sentence for the model, that names what is wrong with which argument.
    pub fn check(&self, name: &str, arguments: &Value) -> std::result::Result<(), String> {
        match self.shared.find(name) {
            Some((tool, _)) => arguments::check(tool, arguments, &*self.shared.host),
            None => {
                let names: Vec<&str> = self.shared.tools.iter().map(|tool| tool.name.as_str()).collect();
                let name: String = name.chars().take(60).collect();
                Err(format!("There is no tool \"{name}\"; the tools are: {}.", crate::search::join(&names, ", ")))
            }
        }
    }

    /// Begins a conversation. Its name is told to tools outside, so that they can keep its state apart: no two samples
    /// may have the same. The simulator plays the tools that nothing else executes.
    pub fn session<'m>(&self, id: String, simulator: Option<&'m dyn Simulator>) -> Session<'m> {
        Session::new(Rc::clone(&self.shared), id, simulator)
    }
}

/// Reads definitions; the first that is wrong speaks.
fn read_all(definitions: &Value, path: &str) -> Result<Vec<Tool>> {
    let mut tools = Vec::new();
    for (index, definition) in definitions.as_array().into_iter().flatten().enumerate() {
        let tool = Tool::read(definition, &format!("{path}[{index}]"));
        tools.push(tool.map_err(|faults| match faults.first() {
            Some(fault) => invalid(format_args!("{}: {}", fault.path, fault.message)),
            None => invalid("a tool cannot be read"),
        })?);
    }
    Ok(tools)
}

fn invalid(message: impl std::fmt::Display) -> Error {
    Error::new(Code::Config, message).for_run()
}
