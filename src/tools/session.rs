//! One conversation: it calls tools, and what they change is its own.

use std::pin::pin;
use std::rc::Rc;

use futures_util::future::{Either, select};
use serde_json::{Value, json};

use super::files::Files;
use super::mcp::Connection;
use super::simulation::{self, Simulation, Simulator};
use super::toolbox::{Executor, Shared};
use super::{Observation, Tool, arguments, canonical, observation};
use crate::error::{Code, Error};

/// Most characters of a result that later simulated calls are shown.
const MOST_OF_A_RESULT: usize = 2_000;

/// The state of one conversation. A clone is a fork: both go on from here, neither sees what the other does.
#[derive(Clone)]
pub struct Session<'m> {
    shared: Rc<Shared>,
    id: String,
    simulator: Option<&'m dyn Simulator>,
    state: State,
    /// What servers outside keep for this conversation. Going back does not change it.
    outside: Outside,
}

/// What a conversation has begun outside of the library.
#[derive(Clone, Default)]
struct Outside {
    /// How often it was begun anew.
    times: usize,
    /// Whether the tool service has the files that the conversation begins with.
    seeded: bool,
    /// The sessions with MCP servers, at their places.
    connections: Vec<Option<Connection>>,
}

/// A state to come back to. Taking one costs nothing: states share what they have in common.
#[derive(Clone, Debug)]
pub struct Snapshot(State);

#[derive(Clone, Debug)]
struct State {
    files: Files,
    past: Rc<Vec<Rc<Past>>>,
}

/// A call that was answered.
#[derive(Debug)]
pub(super) struct Past {
    tool: String,
    arguments: Value,
    result: String,
    /// What it changed in the simulated world; empty where it changed nothing, or where the world is not simulated.
    change: String,
    /// Whether it was answered outside of the library.
    is_outside: bool,
}

impl Past {
    /// The call as a model that plays a tool sees it.
    pub(super) fn to_value(&self) -> Value {
        let mut value = json!({ "tool": self.tool, "arguments": self.arguments, "result": self.result });
        if !self.change.is_empty()
            && let Some(members) = value.as_object_mut()
        {
            members.insert("change".to_owned(), Value::from(self.change.as_str()));
        }
        value
    }
}

impl<'m> Session<'m> {
    pub(super) fn new(shared: Rc<Shared>, id: String, simulator: Option<&'m dyn Simulator>) -> Self {
        let state = State { files: shared.seed.clone(), past: Rc::default() };
        Self { shared, id, simulator, state, outside: Outside::default() }
    }

    /// Another conversation with the same tools, from the beginning.
    pub fn another(&self, name: &str) -> Self {
        Self::new(Rc::clone(&self.shared), format!("{}-{name}", self.id), self.simulator)
    }

    /// The name of the conversation, as tools outside see it.
    fn outside_name(&self) -> String {
        match self.outside.times {
            0 => self.id.clone(),
            times => format!("{}-{times}", self.id),
        }
    }

    /// Calls a tool, if the call is one that the tool can take. It never fails: whatever goes wrong is what the caller
    /// observes.
    pub async fn call(&mut self, name: &str, arguments: &Value) -> Observation {
        let shared = Rc::clone(&self.shared);
        let Some((tool, executor)) = shared.find(name) else {
            return Observation::failure("", format!("Tool '{name}' not found in registry"))
                .tidied(shared.longest_result);
        };
        if let Err(reason) = arguments::check(tool, arguments, &*shared.host) {
            return Observation::failure("InvalidArguments", reason);
        }
        let (executor, mocked) = match executor {
            Executor::Mock(mock, otherwise) => (&**otherwise, mock.answer(tool, arguments)),
            executor => (executor, None),
        };
        let (mut change, mut is_outside) = (String::new(), false);
        let observation = match (mocked, executor) {
            (Some(text), _) => Observation::success(text),
            (None, Executor::Files) => self.state.files.call(name, arguments),
            (None, Executor::Mock(..) | Executor::Simulated) => {
                let request = Simulation::new(tool, arguments, &self.state.files, &self.state.past);
                let (observation, changed) = self.simulate(&request).await;
                change = changed;
                observation
            }
            (None, executor) => {
                is_outside = true;
                let observation = self.call_outside(tool, executor, arguments).await;
                // The service's files are kept in step here, so that states can be compared.
                if matches!(executor, Executor::Spin) && tool.component.as_deref() == Some("builtin") {
                    self.state.files.call(name, arguments);
                }
                observation
            }
        };
        let observation = observation.tidied(shared.longest_result);
        if observation.fault.is_none() {
            let result = observation::tidy(observation.message(), MOST_OF_A_RESULT);
            let past = Past { tool: name.to_owned(), arguments: arguments.clone(), result, change, is_outside };
            Rc::make_mut(&mut self.state.past).push(Rc::new(past));
        }
        observation
    }

    async fn call_outside(&mut self, tool: &Tool, executor: &Executor, arguments: &Value) -> Observation {
        match executor {
            Executor::Caller => self.call_callers(&tool.name, arguments).await,
            Executor::Spin => self.call_spin(tool, arguments).await,
            Executor::Mcp(place) => self.call_mcp(*place, &tool.name, arguments).await,
            Executor::Mock(..) | Executor::Files | Executor::Simulated => unknown(&tool.name),
        }
    }

    /// The state as it is now.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot(self.state.clone())
    }

    /// Goes back to a state: what happened since then never did. Where tools outside of this library were called since
    /// then (functions of the caller's, services), what they keep for this conversation cannot be taken back. So it goes
    /// on under another name, under which the calls that still count are made again.
    pub async fn restore(&mut self, snapshot: &Snapshot) {
        let undone = self.state.past.iter().skip(snapshot.0.past.len());
        let went_outside = undone.into_iter().any(|past| past.is_outside);
        self.state = snapshot.0.clone();
        if went_outside {
            self.close().await;
            self.outside = Outside { times: self.outside.times + 1, ..Outside::default() };
            let (shared, past) = (Rc::clone(&self.shared), Rc::clone(&self.state.past));
            for past in past.iter().filter(|past| past.is_outside) {
                if let Some((tool, executor)) = shared.find(&past.tool) {
                    self.call_outside(tool, executor.last(), &past.arguments).await;
                }
            }
        }
    }

    /// What the conversation has made of its world, to be compared: the files, and the calls that changed something in a
    /// simulated world. Equal states are equal values, in one order.
    pub fn state(&self) -> Value {
        let changes = self.state.past.iter().filter(|past| !past.change.is_empty());
        let changes: Vec<Value> =
            changes.map(|past| json!({ "tool": past.tool, "arguments": past.arguments })).collect();
        json!({ "changes": canonical::by_text(&changes), "files": self.state.files.to_value() })
    }

    async fn call_callers(&self, name: &str, arguments: &Value) -> Observation {
        let Some(callers) = &self.shared.callers else { return unknown(name) };
        let session = self.outside_name();
        let call = callers.call(name, arguments, &session);
        match select(pin!(call), pin!(self.shared.host.sleep(self.shared.timeout))).await {
            Either::Left((Ok(text), _)) => Observation::success(text),
            Either::Left((Err(thrown), _)) => Observation::failure("ToolError", thrown),
            Either::Right(_) => Observation::failure("Timeout", "Tool execution timed out"),
        }
    }

    async fn call_spin(&mut self, tool: &Tool, arguments: &Value) -> Observation {
        let session = self.outside_name();
        let Shared { host, timeout, seed, gathered, .. } = &*self.shared;
        let Some(spin) = &gathered.spin else { return unknown(&tool.name) };
        if !self.outside.seeded {
            for file in seed.iter() {
                let written = spin.seed(&**host, *timeout, &session, file).await;
                if written.is_error() {
                    return written;
                }
            }
            self.outside.seeded = true;
        }
        spin.call(&**host, *timeout, &session, tool, arguments).await
    }

    /// A server that tells clients apart keeps a state for each, so each conversation is a client of its own.
    async fn call_mcp(&mut self, place: usize, name: &str, arguments: &Value) -> Observation {
        let Shared { host, timeout, gathered, .. } = &*self.shared;
        let (Some(server), Some(common)) = (gathered.servers.get(place), gathered.connections.get(place)) else {
            return unknown(name);
        };
        let connections = &mut self.outside.connections;
        connections.resize(gathered.servers.len(), None);
        let Some(connection) = connections.get_mut(place) else { return unknown(name) };
        let mut own = match connection.take() {
            Some(connection) => connection,
            None if common.is_stateful() => match server.connect(&**host, *timeout).await {
                Ok(connection) => connection,
                Err(failure) => return failure.into(),
            },
            None => common.clone(),
        };
        let observation = server.call(&**host, *timeout, &mut own, name, arguments).await;
        *connection = Some(own);
        observation
    }

    /// Ends the conversation: servers outside are told that they may forget it. Dropping the session does everything
    /// else.
    pub async fn close(&self) {
        let Shared { host, timeout, gathered, .. } = &*self.shared;
        if let Some(spin) = gathered.spin.as_ref().filter(|_| self.outside.seeded) {
            spin.forget(&**host, &self.outside_name()).await;
        }
        for (server, connection) in gathered.servers.iter().zip(&self.outside.connections) {
            if let Some(connection) = connection {
                server.disconnect(&**host, *timeout, connection).await;
            }
        }
    }

    async fn simulate(&self, request: &Simulation) -> (Observation, String) {
        let Some(simulator) = self.simulator else {
            let error = Error::new(Code::Internal, "a tool is to be played by a model, and there is none");
            return (Observation::fault(error), String::new());
        };
        match simulator.simulate(request).await {
            Ok(answer) => simulation::read(&answer),
            Err(error) => (Observation::fault(error), String::new()),
        }
    }
}

fn unknown(name: &str) -> Observation {
    Observation::failure("UnknownTool", format!("Unknown tool: {name}"))
}
