//! Samples: what one is made from, and the record that it becomes. One file for each type that takes one reply, and the
//! room [`agent`] for those that take a conversation with tools.

mod agent;
mod basic;
mod checks;
mod reasoning;
mod record;
pub mod replay;
mod steps;
mod variation;

use std::rc::Rc;

use serde_json::Value;

pub use agent::{ToolAccess, ToolObserver};
pub use record::{Metadata, Reasoning, ReasoningStep, Record, Thoughts};

use checks::{Checks, Exchange};

use crate::config::{Config, ConversationType, ReasoningStyle};
use crate::error::{Code, Error, Result};
use crate::model::{Message, Model, Purpose, Rejection, Request};
use crate::prompts;
use crate::search;
use crate::topics::Topic;
use agent::Agent;

/// One place in the plan of a dataset: a topic, and how often it had its turn before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The topic to write about.
    pub topic: Rc<Topic>,
    /// Counts from 0.
    pub cycle: u32,
    /// The question of a sample that was written for this place before and repeats another, and how often that happened.
    pub repeated: Option<Repeated>,
}

/// What was written for a place before, and turned out to repeat another sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeated {
    /// What it asked.
    pub question: Rc<str>,
    /// How often it happened.
    pub times: u32,
}

impl Slot {
    /// A place that nothing was written for yet.
    pub fn new(topic: Rc<Topic>, cycle: u32) -> Self {
        Self { topic, cycle, repeated: None }
    }

    /// The same place, after what was written for it turned out to repeat another sample.
    pub fn again(&self, question: &str) -> Self {
        let times = self.repeated_times() + 1;
        let repeated = Some(Repeated { question: question.into(), times });
        Self { topic: Rc::clone(&self.topic), cycle: self.cycle, repeated }
    }

    /// How often what was written for it repeated another sample.
    pub fn repeated_times(&self) -> u32 {
        self.repeated.as_ref().map_or(0, |repeated| repeated.times)
    }
}

/// Writes the samples of one configuration.
pub struct Writer {
    config: Rc<Config>,
    way: Way,
}

/// How a sample comes about.
enum Way {
    /// In one reply.
    Reply { kind: &'static Kind, checks: Box<Checks>, system: String, schema: Rc<Value> },
    /// Step by step.
    Agent(Box<Agent>),
}

/// What makes one type of sample different from the others.
struct Kind {
    /// The task, as the model reads it.
    prompt: &'static str,
    /// The least that a reply has to hold, as JSON Schema.
    schema: &'static str,
    /// Reads a reply; enforces what the type promises.
    read: fn(&Value) -> Result<Content, Rejection>,
}

/// What a reply contributes to a record.
struct Content {
    question: String,
    reasoning: Option<Reasoning>,
    answer: String,
}

impl Writer {
    /// Gets ready to write.
    ///
    /// # Errors
    /// Code `config` for types of samples that this version cannot write.
    pub fn new(config: Rc<Config>) -> Result<Self> {
        if let Some(tools) = &config.generation.tools {
            let agent = Agent::new(&config, tools)?;
            return Ok(Self { config, way: Way::Agent(Box::new(agent)) });
        }
        let kind = kind(&config)?;
        let values = [
            ("system_prompt", config.generation.system_prompt.trim()),
            ("instructions", config.generation.instructions.trim()),
        ];
        let system = prompts::fill(kind.prompt, &values);
        let schema = kind.schema.parse().map_err(|error: serde_json::Error| Error::new(Code::Internal, error))?;
        let checks = Box::new(Checks::new(&config));
        Ok(Self { config, way: Way::Reply { kind, checks, system, schema: Rc::new(schema) } })
    }

    /// The same with a way to the tools, without which the samples of agents can only be planned.
    ///
    /// # Errors
    /// Code `config` for functions of the caller's that belong to no tool.
    pub fn with_tools(mut self, access: ToolAccess) -> Result<Self> {
        match &mut self.way {
            Way::Agent(agent) => agent.set_access(access)?,
            Way::Reply { .. } => access.executors.check(&Value::Null)?,
        }
        Ok(self)
    }

    /// Makes ready what samples need besides a model. Each sample would do it too; done before anything else, what cannot
    /// work ends the run before it costs anything.
    ///
    /// # Errors
    /// Code `config` for tools that cannot be used, code `tool` for servers of tools that do not answer.
    pub async fn get_ready(&self, model: &Model) -> Result<()> {
        match &self.way {
            Way::Reply { .. } => Ok(()),
            Way::Agent(agent) => agent.get_ready(model).await,
        }
    }

    /// Fewest and most requests for one sample, repetitions after failures in transit apart.
    pub fn requests_per_sample(&self) -> (usize, usize) {
        match &self.way {
            Way::Reply { .. } => (1, self.config.generation.sample_retries as usize + 1),
            Way::Agent(agent) => agent.requests_per_sample(),
        }
    }

    /// A request for one sample; for agents, one that stands for the several that a sample takes. The system message is
    /// the same for all samples.
    pub fn request(&self, slot: &Slot) -> Request {
        let (system, schema) = match &self.way {
            Way::Reply { system, schema, .. } => (system, schema),
            Way::Agent(agent) => return agent.typical_request(slot),
        };
        let generation = &self.config.generation;
        let mut ask =
            Message::user(prompts::fill(prompts::SAMPLE_TOPIC, &[("path", &search::join(&slot.topic.path, " -> "))]));
        if let Some(variation) = variation::variation(&self.config, slot) {
            ask.append(&variation);
        }
        Request {
            purpose: Purpose::Sample,
            messages: vec![Message::system(system.as_str()), ask],
            schema: Rc::clone(schema),
            lenient: false,
            temperature: generation.llm.temperature,
            max_tokens: generation.max_tokens,
        }
    }

    /// Has one sample written.
    ///
    /// # Errors
    /// See [`Model::ask`]; for agents, code `invalid_output` also where a conversation does not come to what was planned.
    pub async fn write(&self, slot: &Slot, model: &Model) -> Result<Record> {
        let (kind, checks) = match &self.way {
            Way::Reply { kind, checks, .. } => (kind, checks),
            Way::Agent(agent) => return agent.write(slot, model).await,
        };
        let request = self.request(slot);
        let mut content = None;
        let mut accept = |reply: Value| {
            let read = (kind.read)(&reply)?;
            let (question, answer) = (read.question.as_str(), read.answer.as_str());
            checks.judge(Exchange { path: &slot.topic.path, question, answer })?;
            content = Some(read);
            Ok(())
        };
        model.ask(&request, self.config.generation.sample_retries + 1, &mut accept).await?;
        let content = content.ok_or_else(|| Error::new(Code::Internal, "a reply was accepted but not read"))?;
        Ok(self.record(slot, content))
    }

    fn record(&self, slot: &Slot, content: Content) -> Record {
        let output = &self.config.output;
        let system = output.include_system_message.then(|| Message::system(output.system_prompt.trim_end()));
        let exchange = [Message::user(content.question.as_str()), Message::assistant(content.answer.as_str())];
        Record {
            messages: system.into_iter().chain(exchange).collect(),
            metadata: Metadata {
                conversation_type: None,
                react_steps: None,
                topic_id: slot.topic.id.clone(),
                path: slot.topic.path.clone(),
                cycle: slot.cycle,
                model: self.config.generation.llm.model.clone(),
                situation: None,
                ungrounded: None,
            },
            reasoning: content.reasoning,
            tool_context: None,
            tools: None,
            agent_context: None,
            question: content.question,
            final_answer: content.answer,
        }
    }
}

fn kind(config: &Config) -> Result<&'static Kind> {
    let generation = &config.generation;
    if generation.output_schema.is_some() {
        let missing = "records of your own schema (generation.output_schema) cannot be written by this version";
        return Err(Error::new(Code::Config, missing).for_run());
    }
    Ok(match (generation.conversation.kind, generation.conversation.reasoning_style) {
        (ConversationType::Basic, _) => &basic::KIND,
        (ConversationType::Cot, Some(ReasoningStyle::Agent)) => &steps::KIND,
        (ConversationType::Cot, _) => &reasoning::KIND,
    })
}
