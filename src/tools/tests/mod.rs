//! What tools promise to agents and to those who pay for them.

mod arguments;
mod callers;
mod mcp;
mod published;
mod selection;
mod sessions;
mod spin;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::error::{Code, Error, Result};
use crate::host::simulated::{Answer, Asked, World};

const SECOND: Duration = Duration::from_secs(1);

/// A world without servers.
fn lonely() -> Rc<World> {
    World::new(|_| Answer::Unreachable)
}

fn answer(body: Value) -> Answer {
    Answer::After(Duration::from_millis(10), 200, body.to_string())
}

fn refuse(status: u16, text: &str) -> Answer {
    Answer::After(Duration::from_millis(10), status, text.to_owned())
}

fn executors(world: &Rc<World>) -> Executors {
    Executors { host: Rc::clone(world) as _, callers: None }
}

/// Opens the tools of a configuration.
fn open(config: &Value, world: &Rc<World>) -> Toolbox {
    try_open(config, world).unwrap_or_else(|error| panic!("{error}"))
}

fn try_open(config: &Value, world: &Rc<World>) -> Result<Toolbox> {
    world.run(Toolbox::open(config, executors(world)))
}

/// The virtual file system, with files.
fn with_files(files: Value) -> Value {
    let all = ["read_file", "write_file", "list_files", "delete_file"];
    json!({ "components": { "builtin": all }, "scenario_seed": { "files": files } })
}

fn call(world: &World, session: &mut Session<'_>, name: &str, arguments: Value) -> String {
    world.run(session.call(name, &arguments)).message()
}

/// A model that plays tools: answers what it is told to, and remembers what it was asked.
#[derive(Default)]
struct Player {
    answers: RefCell<Vec<Result<Value>>>,
    asked: RefCell<Vec<Simulation>>,
}

impl Player {
    fn with(answers: impl IntoIterator<Item = Result<Value>>) -> Self {
        let mut answers: Vec<Result<Value>> = answers.into_iter().collect();
        answers.reverse();
        Self { answers: RefCell::new(answers), asked: RefCell::default() }
    }
}

impl Simulator for Player {
    fn simulate<'a>(&'a self, request: &'a Simulation) -> LocalFuture<'a, Result<Value>> {
        self.asked.borrow_mut().push(request.clone());
        let answer = self.answers.borrow_mut().pop();
        let usual = || Ok(json!({ "result": "done", "error_type": "", "change": "" }));
        Box::pin(std::future::ready(answer.unwrap_or_else(usual)))
    }
}
