//! The tools of one configuration, and who executes each.

use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;

use super::files::{self, Files};
use super::gathering::{self, Gathered, gather};
use super::mocks::Mock;
use super::{CallersTools, Session, Simulator, Tool, arguments};
use crate::error::{Code, Error, Result};
use crate::host::Host;
use crate::json;
use crate::schema;
use crate::search;

/// Most characters of one result, where the configuration does not say.
const LONGEST_RESULT: usize = 16_000;
/// How many seconds a tool may take, where the configuration does not say: as DeepFabric waits for its service.
const TIMEOUT: u64 = 30;
/// Tools that a note names.
const MOST_NAMED: usize = 5;

/// Who may execute tools besides this room itself.
#[derive(Clone)]
pub struct Executors {
    /// The outside world.
    pub host: Rc<dyn Host>,
    /// The caller's functions.
    pub callers: Option<Rc<dyn CallersTools>>,
}

impl Executors {
    /// Whether the caller's functions are for tools of a configuration, as far as that can be told before any server is
    /// asked: a mistake should be known before anything is paid for.
    ///
    /// # Errors
    /// Code `config` for functions that belong to no tool.
    pub fn check(&self, config: &Value) -> Result<()> {
        let has_servers = config.get("mcp").is_some();
        let names = gathering::names(config);
        if has_servers { Ok(()) } else { self.check_names(&names) }
    }

    fn check_names(&self, tools: &[&str]) -> Result<()> {
        let own = self.callers.as_ref().map(|callers| callers.names()).unwrap_or_default();
        let Some(stranger) = own.iter().find(|name| !tools.contains(&name.as_str())) else { return Ok(()) };
        Err(invalid(format_args!(
            "the option tools has a function for {stranger}, which is no tool of the configuration; define it in \
             generation.tools.custom, so that models know what it takes"
        )))
    }
}

/// The tools of one configuration and who executes each. Cheap to clone.
#[derive(Clone)]
pub struct Toolbox {
    shared: Rc<Shared>,
}

pub(super) struct Shared {
    pub(super) gathered: Gathered,
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
    /// A function of the caller's.
    Caller,
    /// What is written down; for calls that it has no answer to, another one.
    Mock(Mock, Box<Executor>),
    /// The tool service.
    Spin,
    /// The MCP server at this place.
    Mcp(usize),
    /// The virtual file system.
    Files,
    /// A model.
    Simulated,
}

impl Executor {
    /// The one that comes last, behind what is written down.
    pub(super) fn last(&self) -> &Self {
        match self {
            Executor::Mock(_, otherwise) => otherwise.last(),
            executor => executor,
        }
    }
}

impl Shared {
    pub(super) fn find(&self, name: &str) -> Option<(&Tool, &Executor)> {
        let tools = &self.gathered.tools;
        let place = tools.iter().position(|tool| tool.name == name)?;
        Some((tools.get(place)?, self.executors.get(place)?))
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
        let number = |key: &str| config.get(key).and_then(Value::as_u64);
        let timeout = Duration::from_secs(number("timeout").unwrap_or(TIMEOUT));
        let mut gathered = gather(config, &*executors.host, timeout).await?;
        for tool in &gathered.tools {
            if let Err(reason) = schema::check_schema(&tool.parameters, &*executors.host) {
                return Err(invalid(format_args!("the tool {} cannot be used: {reason}", tool.name)));
            }
        }
        executors.check_names(&gathered.tools.iter().map(|tool| tool.name.as_str()).collect::<Vec<_>>())?;
        let Executors { host, callers } = executors;
        let own = callers.as_ref().map(|callers| callers.names()).unwrap_or_default();
        let mock = config.get("mock").unwrap_or(&Value::Null);
        let servers = gathered.servers_of_tools.iter();
        let chosen = gathered.tools.iter().zip(servers).map(|(tool, server)| {
            let executor = match server {
                Some(place) => Executor::Mcp(*place),
                None if gathered.spin.is_some() => Executor::Spin,
                None if files::can_execute(tool) => Executor::Files,
                None => Executor::Simulated,
            };
            match Mock::of(tool, mock) {
                _ if own.contains(&tool.name) => Executor::Caller,
                Some(mock) => Executor::Mock(mock, Box::new(executor)),
                None => executor,
            }
        });
        let executors: Vec<Executor> = chosen.collect();
        gathered.notes.extend(note_of_simulated(&gathered.tools, &executors));
        let seed = json::at(config, "/scenario_seed/files").and_then(Value::as_object);
        let longest_result = number("max_result_length").and_then(|length| usize::try_from(length).ok());
        Ok(Self {
            shared: Rc::new(Shared {
                executors,
                gathered,
                host,
                callers,
                seed: seed.map(Files::of).unwrap_or_default(),
                longest_result: longest_result.unwrap_or(LONGEST_RESULT),
                timeout,
            }),
        })
    }

    /// Every tool, in the order of the configuration.
    pub fn tools(&self) -> &[Tool] {
        &self.shared.gathered.tools
    }

    /// What the user should know: which executors stand in for services that do not answer, and which tools a model plays.
    pub fn notes(&self) -> &[String] {
        &self.shared.gathered.notes
    }

    /// Whether a call may be made as it is.
    ///
    /// # Errors
    /// A sentence for the model, that names what is wrong with which argument.
    pub fn check(&self, name: &str, arguments: &Value) -> std::result::Result<(), String> {
        match self.shared.find(name) {
            Some((tool, _)) => arguments::check(tool, arguments, &*self.shared.host),
            None => {
                let names: Vec<&str> = self.tools().iter().map(|tool| tool.name.as_str()).collect();
                let name: String = name.chars().take(60).collect();
                Err(format!("There is no tool \"{name}\"; the tools are: {}.", search::join(&names, ", ")))
            }
        }
    }

    /// Begins a conversation. Its name is told to tools outside, so that they can keep its state apart: no two samples
    /// may have the same. The simulator plays the tools that nothing else executes.
    pub fn session<'m>(&self, id: String, simulator: Option<&'m dyn Simulator>) -> Session<'m> {
        Session::new(Rc::clone(&self.shared), id, simulator)
    }
}

/// Which tools a model plays: what they answer is made up, and costs requests.
fn note_of_simulated(tools: &[Tool], executors: &[Executor]) -> Option<String> {
    let is_played = |executor: &Executor| matches!(executor, Executor::Simulated);
    let played = tools.iter().zip(executors).filter(|(_, executor)| is_played(executor));
    let played: Vec<&str> = played.map(|(tool, _)| tool.name.as_str()).collect();
    if played.is_empty() {
        return None;
    }
    let named = search::join(played.get(..MOST_NAMED).unwrap_or(&played), ", ");
    let others = match played.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        others => format!(" and {others} more"),
    };
    Some(format!("nothing executes {named}{others}, so the model plays them and makes up what they answer"))
}

/// The configuration cannot work.
pub(super) fn invalid(message: impl std::fmt::Display) -> Error {
    Error::new(Code::Config, message).for_run()
}
