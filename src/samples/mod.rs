//! Samples: what one is made from, and the record that it becomes. One file for each type.

mod basic;
mod checks;
mod reasoning;
mod record;

use std::rc::Rc;

use serde_json::Value;

pub use record::{Metadata, Reasoning, Record};

use checks::{Checks, Exchange};

use crate::config::{Config, ConversationType, ReasoningStyle};
use crate::error::{Code, Error, Result};
use crate::model::{Message, Model, Purpose, Rejection, Request};
use crate::search;
use crate::topics::Topic;
use crate::{prompts, seed};

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
    kind: &'static Kind,
    checks: Checks,
    system: String,
    schema: Rc<Value>,
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
        let kind = kind(&config)?;
        let values = [
            ("system_prompt", config.generation.system_prompt.trim()),
            ("instructions", config.generation.instructions.trim()),
        ];
        let system = prompts::fill(kind.prompt, &values);
        let schema = kind.schema.parse().map_err(|error: serde_json::Error| Error::new(Code::Internal, error))?;
        let checks = Checks::new(&config);
        Ok(Self { config, kind, checks, system, schema: Rc::new(schema) })
    }

    /// The request for one sample. The system message is the same for all of them.
    pub fn request(&self, slot: &Slot) -> Request {
        let generation = &self.config.generation;
        let mut ask =
            Message::user(prompts::fill(prompts::SAMPLE_TOPIC, &[("path", &search::join(&slot.topic.path, " -> "))]));
        if slot.cycle > 0 || slot.repeated.is_some() {
            ask.append(&self.variation(slot));
        }
        if let Some(Repeated { question, .. }) = &slot.repeated {
            ask.append(&prompts::fill(prompts::SAMPLE_REPEATED, &[("question", question)]));
        }
        Request {
            purpose: Purpose::Sample,
            messages: vec![Message::system(self.system.as_str()), ask],
            schema: Rc::clone(&self.schema),
            lenient: false,
            temperature: generation.llm.temperature,
            max_tokens: generation.max_tokens,
        }
    }

    /// Has one sample written.
    ///
    /// # Errors
    /// See [`Model::ask`].
    pub async fn write(&self, slot: &Slot, model: &Model) -> Result<Record> {
        let request = self.request(slot);
        let mut content = None;
        let mut accept = |reply: Value| {
            let read = (self.kind.read)(&reply)?;
            let (question, answer) = (read.question.as_str(), read.answer.as_str());
            self.checks.judge(Exchange { path: &slot.topic.path, question, answer })?;
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
                topic_id: slot.topic.id.clone(),
                path: slot.topic.path.clone(),
                cycle: slot.cycle,
                model: self.config.generation.llm.model.clone(),
            },
            reasoning: content.reasoning,
            question: content.question,
            final_answer: content.answer,
        }
    }

    /// What makes a later cycle's sample differ: who asks, how hard, in what form. The first choices walk through each
    /// list so that no combination comes back before it must; the seed and the topic decide where the walk begins.
    fn variation(&self, slot: &Slot) -> String {
        let times = slot.cycle + slot.repeated_times();
        let step = usize::try_from(times.saturating_sub(1)).unwrap_or_default();
        let pick = |name: &str, choices: Vec<&'static str>| {
            let start = seed::number(self.config.seed, &["variation", name, &slot.topic.id]);
            let start = usize::try_from(start % choices.len().max(1) as u64).unwrap_or_default();
            choices.get((start + step) % choices.len().max(1)).copied().unwrap_or_default()
        };
        let values = [
            ("persona", pick("persona", prompts::personas())),
            ("difficulty", pick("difficulty", prompts::difficulties())),
            ("form", pick("form", prompts::forms())),
        ];
        prompts::fill(prompts::SAMPLE_VARIATION, &values)
    }
}

fn kind(config: &Config) -> Result<&'static Kind> {
    let generation = &config.generation;
    let missing =
        |what: &str| Err(Error::new(Code::Config, format_args!("{what} cannot be written by this version")).for_run());
    if generation.tools.is_some() || generation.conversation.agent_mode.is_some() {
        return missing("samples with tools (generation.tools)");
    }
    if generation.output_schema.is_some() {
        return missing("records of your own schema (generation.output_schema)");
    }
    match (generation.conversation.kind, generation.conversation.reasoning_style) {
        (ConversationType::Basic, _) => Ok(&basic::KIND),
        (ConversationType::Cot, Some(ReasoningStyle::Agent)) => {
            missing("reasoning in steps (generation.conversation.reasoning_style: agent)")
        }
        (ConversationType::Cot, _) => Ok(&reasoning::KIND),
    }
}
