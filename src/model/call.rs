//! What goes to a model and what comes back, before any provider's own form.

use std::rc::Rc;

use serde_json::Value;

use super::message::Message;
use super::usage::Tokens;
use super::wait::Allowance;

/// What a request is for; providers and tests can tell requests apart by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Subtopics of one topic.
    Topics,
    /// One sample, in one reply.
    Sample,
    /// What the user of an agent says.
    User,
    /// One step of an agent.
    Step,
    /// The plan of a conversation with an agent.
    Plan,
    /// What a tool answers that a model plays.
    Tool,
}

impl Purpose {
    /// The purpose as the `model` callback sees it.
    pub fn as_str(self) -> &'static str {
        match self {
            Purpose::Topics => "topics",
            Purpose::Sample => "sample",
            Purpose::User => "user",
            Purpose::Step => "step",
            Purpose::Plan => "plan",
            Purpose::Tool => "tool",
        }
    }
}

/// One request, as topics and samples make it. The parts that repeat come first, so that providers can cache them.
#[derive(Clone, Debug)]
pub struct Request {
    /// What it is for.
    pub purpose: Purpose,
    /// The conversation so far. What is the same for many requests is the system message.
    pub messages: Vec<Message>,
    /// The JSON Schema that the reply has to satisfy. Requests that share it share the pointer too.
    pub schema: Rc<Value>,
    /// Whether a reply that the caller accepts is good enough although it breaks the schema in some place.
    pub lenient: bool,
    /// Sampling temperature.
    pub temperature: f64,
    /// Token limit of the reply.
    pub max_tokens: u32,
}

/// How a model is held to a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The provider constrains the model to the schema.
    Schema,
    /// The model calls a tool whose parameters are the schema.
    Tool,
    /// The provider constrains the model to JSON; the prompt shows the schema.
    Json,
    /// The prompt shows the schema, and that is all.
    Text,
}

/// A schema in the form in which it is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Wire {
    /// The schema.
    pub value: Rc<Value>,
    /// The same as JSON text.
    pub text: String,
}

impl Wire {
    /// Writes a schema down, once for many requests.
    pub fn new(value: Rc<Value>) -> Self {
        let text = serde_json::to_string(&*value).unwrap_or_default();
        Self { value, text }
    }
}

impl From<Value> for Wire {
    fn from(schema: Value) -> Self {
        Self::new(Rc::new(schema))
    }
}

/// One request, as a provider gets it: laid out for one mode.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// What it is for.
    pub purpose: Purpose,
    /// The conversation, with everything that the mode needs said in it.
    pub messages: &'a [Message],
    /// How the model is held to the schema.
    pub mode: Mode,
    /// The schema in the form that the provider takes.
    pub schema: &'a Wire,
    /// Sampling temperature; `None` for models that refuse to have one.
    pub temperature: Option<f64>,
    /// Token limit of the reply.
    pub max_tokens: u32,
    /// Whether the reply is wanted piece by piece.
    pub stream: bool,
}

impl Call<'_> {
    /// The name of the schema, and of the tool that stands for it.
    pub fn schema_name(&self) -> &'static str {
        self.purpose.as_str()
    }
}

/// One reply, as the provider gave it.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The text, which should be JSON.
    pub text: String,
    /// Why the model stopped.
    pub finish: Finish,
    /// What it cost; `None` where the provider does not say.
    pub tokens: Option<Tokens>,
    /// What the provider says about how much more it will take.
    pub allowance: Option<Allowance>,
}

/// Why a model stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finish {
    /// It was done.
    Stop,
    /// It met the token limit.
    Length,
    /// It declined.
    Refusal,
    /// The provider's filter took the reply away.
    Filtered,
    /// It was cut off here, because it could not become what was asked for any more; with the reason.
    CutOff(String),
}
