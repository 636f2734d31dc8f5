//! Agents with tools: a user who wants something, an agent that works it out with tools that really run, and a record
//! that holds exactly what happened.
//!
//! A model plays the user and the agent, and asks for one step at a time ([`dialogue`]). Each step is held against the
//! tools, the limits and what was said before it is done ([`proposal`]); what is wrong is asked for again, and costs
//! that step alone. A single-turn sample is one request ([`single`]); a conversation is planned and tried first
//! ([`blueprint`]), and then has to reach the state that its plan reached ([`multi`]).

mod blueprint;
mod dialogue;
mod forms;
mod grounding;
mod history;
mod limits;
mod multi;
mod opening;
mod player;
mod proposal;
mod record;
mod single;
mod situations;
mod user;

use std::cell::OnceCell;
use std::rc::Rc;

use serde_json::Value;

use super::checks::Checks;
use super::{Record, Slot};
use crate::config::{AgentMode, Config};
use crate::error::{Code, Error, Result};
use crate::host::LocalFuture;
use crate::model::{Message, Model, Purpose, Request};
use crate::prompts;
use crate::tools::{Executors, Tool, Toolbox};
use dialogue::Dialogue;
use forms::Forms;
use grounding::Heard;
use history::Execution;
use opening::Opening;
use player::Player;

pub use dialogue::{said, timed_out};
pub use limits::Limits;
pub use situations::Situation;

/// Hears of the calls of agents.
pub trait ToolObserver {
    /// A tool was called for a sample, and answered or failed.
    fn tool_called(&self, slot: &Slot, tool: &str, failed: bool);

    /// Something about the tools that whoever pays should know.
    fn tools_noted(&self, note: &str);
}

/// How agents reach their tools.
#[derive(Clone)]
pub struct ToolAccess {
    /// Who executes them.
    pub executors: Executors,
    /// Hears of every call.
    pub observer: Rc<dyn ToolObserver>,
}

/// Writes the samples of agents.
pub struct Agent {
    config: Rc<Config>,
    checks: Checks,
    tools: Value,
    limits: Limits,
    access: Option<ToolAccess>,
    equipment: Opening<Rc<Equipment>>,
    request_schema: Rc<Value>,
    missing_schema: Rc<Value>,
    simulation_schema: OnceCell<Rc<Value>>,
}

/// The tools, and what follows from them for every sample.
pub struct Equipment {
    toolbox: Toolbox,
    forms: Forms,
    /// What every agent is given.
    known: Heard,
    /// The system messages of those who play a part.
    user: String,
    assistant: String,
    planner: String,
}

impl Agent {
    /// Gets ready to write, for a configuration with tools.
    ///
    /// # Errors
    /// Code `internal` for schemas of this library that cannot be read.
    pub fn new(config: &Rc<Config>, tools: &Value) -> Result<Self> {
        let schema = |text: &str| match text.parse() {
            Ok(schema) => Ok(Rc::new(schema)),
            Err(error) => Err(Error::new(Code::Internal, error)),
        };
        Ok(Self {
            config: Rc::clone(config),
            checks: Checks::new(config),
            tools: tools.clone(),
            limits: Limits::read(tools),
            access: None,
            equipment: Opening::new(),
            request_schema: schema(include_str!("request.schema.json"))?,
            missing_schema: schema(include_str!("request_missing.schema.json"))?,
            simulation_schema: OnceCell::new(),
        })
    }

    /// Says how tools are reached.
    ///
    /// # Errors
    /// Code `config` for functions of the caller's that belong to no tool.
    pub fn set_access(&mut self, access: ToolAccess) -> Result<()> {
        access.executors.check(&self.tools)?;
        self.access = Some(access);
        Ok(())
    }

    /// Has one sample written. Whatever comes of it, services outside are told that they may forget it.
    ///
    /// # Errors
    /// As for [`super::Writer::write`].
    pub async fn write(&self, slot: &Slot, model: &Model) -> Result<Record> {
        let equipment = self.equipment(model).await?;
        let situation = Situation::of(&self.config, slot);
        let player = Player { agent: self, model };
        let session = equipment.toolbox.session(self.session_name(), Some(&player));
        let mut dialogue = Dialogue::new(self, Rc::clone(&equipment), model, slot, situation, session);
        let written = match self.config.generation.conversation.agent_mode {
            Some(AgentMode::MultiTurn) => multi::write(&mut dialogue).await,
            _ => single::write(&mut dialogue).await,
        };
        dialogue.session.close().await;
        Ok(dialogue.into_record(written?))
    }

    /// Opens the tools, if nobody has yet.
    ///
    /// # Errors
    /// See [`Toolbox::open`].
    pub async fn get_ready(&self, model: &Model) -> Result<()> {
        self.equipment(model).await.map(drop)
    }

    async fn equipment(&self, model: &Model) -> Result<Rc<Equipment>> {
        self.equipment.get(&|| Box::pin(self.open(model)) as LocalFuture<'_, _>).await
    }

    async fn open(&self, model: &Model) -> Result<Rc<Equipment>> {
        let Some(access) = &self.access else {
            return Err(Error::new(Code::Internal, "there is no way to the tools").for_run());
        };
        let toolbox = Toolbox::open(&self.tools, access.executors.clone()).await?;
        toolbox.notes().iter().for_each(|note| access.observer.tools_noted(note));
        Ok(Rc::new(self.equip(toolbox, &|schema| model.can_hold_to(schema))))
    }

    fn equip(&self, toolbox: Toolbox, can_hold: &dyn Fn(&Value) -> bool) -> Equipment {
        let generation = &self.config.generation;
        let listing = list(toolbox.tools());
        let mut known = Heard::default();
        for text in [&listing, &generation.system_prompt, &generation.instructions, &self.config.output.system_prompt] {
            known.add(text);
        }
        let part = |prompt: &str| self.part(prompt, &listing);
        Equipment {
            forms: Forms::new(toolbox.tools(), can_hold),
            known,
            user: part(prompts::AGENT_USER),
            assistant: part(prompts::AGENT_ASSISTANT),
            planner: part(prompts::AGENT_PLAN),
            toolbox,
        }
    }

    /// The system message of a part: the same for all samples.
    fn part(&self, prompt: &str, listing: &str) -> String {
        let generation = &self.config.generation;
        let (calls, steps) = (format!("{}", self.limits.calls), format!("{}", self.limits.steps));
        let values = [
            ("tools", listing),
            ("system_prompt", generation.system_prompt.trim()),
            ("instructions", generation.instructions.trim()),
            ("most", &calls),
            ("calls", &calls),
            ("steps", &steps),
        ];
        prompts::fill(prompt, &values)
    }

    /// A request that stands for all those of a sample, for estimates before the tools are known.
    pub fn typical_request(&self, slot: &Slot) -> Request {
        let listing = serde_json::to_string(&self.tools).unwrap_or_default();
        let generation = &self.config.generation;
        Request {
            purpose: Purpose::Step,
            messages: vec![
                Message::system(self.part(prompts::AGENT_ASSISTANT, &listing)),
                Message::user(user::topic(slot)),
            ],
            schema: Rc::clone(&self.request_schema),
            lenient: true,
            temperature: generation.llm.temperature,
            max_tokens: generation.max_tokens,
        }
    }

    /// Fewest and most requests for one sample, tools that a model plays and repetitions in transit apart.
    pub fn requests_per_sample(&self) -> (usize, usize) {
        let conversation = &self.config.generation.conversation;
        let attempts = self.config.generation.sample_retries as usize + 1;
        // A step with calls and the answer.
        const FEWEST: usize = 2;
        let most = self.limits.steps + 1;
        match conversation.agent_mode {
            Some(AgentMode::MultiTurn) => {
                let (fewest_turns, most_turns) = (conversation.min_turns as usize, conversation.max_turns as usize);
                // Plans and turns are had again, and so is each of their replies.
                let max = (1 + most_turns * (1 + most)) * attempts * attempts;
                (1 + fewest_turns * (1 + FEWEST), max)
            }
            // A turn more where the agent has to ask.
            _ => (1 + FEWEST, (1 + 1 + most) * attempts),
        }
    }

    /// No two samples share one, nor two runs: services outside may keep what they are told.
    fn session_name(&self) -> String {
        let host = self.access.as_ref().map(|access| &access.executors.host);
        let digits = || host.map_or(0, |host| (host.random() * 1e15) as u64);
        format!("{:x}-{:x}", digits(), digits())
    }

    fn tell(&self, slot: &Slot, call: &Execution) {
        if let Some(access) = &self.access {
            access.observer.tool_called(slot, &call.name, call.failed);
        }
    }
}

/// The tools as a model reads them, one a line.
fn list(tools: &[Tool]) -> String {
    let mut listing = String::new();
    for tool in tools {
        let parameters = serde_json::to_string(&*tool.parameters).unwrap_or_default();
        let Tool { name, description, returns, .. } = tool;
        listing.push_str(&format!("- {name}: {description}"));
        if !returns.is_empty() {
            listing.push_str(&format!(" Returns: {returns}"));
        }
        listing.push_str(&format!(" Arguments: {parameters}\n"));
    }
    listing.truncate(listing.trim_end().len());
    listing
}
