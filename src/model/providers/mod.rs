//! The providers, and how a configuration chooses one. A provider is one file with its [`Protocol`] and one line in
//! [`protocol`].

mod anthropic;
mod gemini;
mod http;
mod json;
mod ollama;
mod openai_chat;
mod openai_responses;
mod quirks;
#[cfg(test)]
mod recorded;
#[cfg(test)]
mod replay;
mod watchdog;

use std::rc::Rc;

use serde_json::Value;

use super::call::{Call, Finish, Mode, Reply};
use super::failure::{Failure, StatusFailure};
use super::stream::Framing;
use super::usage::Tokens;
use crate::config::{LlmConfig, ProviderName};
use crate::host::{Host, LocalFuture, Secret};
use crate::schema::Dialect;

/// Someone who answers requests: a server, or a model in the same process.
pub trait Provider {
    /// The provider's name, for messages and for choosing a key.
    fn name(&self) -> &str;

    /// How this provider can hold a model to a schema, the strictest way first.
    fn modes(&self) -> &'static [Mode];

    /// The form of schemas that it takes.
    fn dialect(&self) -> Dialect;

    /// Answers one request. Dropping the future gives the request up.
    fn complete<'a>(&'a self, call: &'a Call<'a>) -> LocalFuture<'a, Result<Reply, Failure>>;
}

/// What a server and this library say to each other: pure functions between our requests and replies and a provider's
/// JSON. Sending, waiting and reading streams is the same for all of them and done in one place.
pub trait Protocol {
    /// See [`Provider::modes`].
    fn modes(&self) -> &'static [Mode];

    /// See [`Provider::dialect`].
    fn dialect(&self) -> Dialect;

    /// Where a request goes.
    fn url(&self, stream: bool) -> String;

    /// Headers besides `content-type`.
    fn headers(&self, key: Option<&Secret>) -> Vec<(&'static str, Secret)>;

    /// The JSON text of a request.
    fn body(&self, call: &Call<'_>) -> String;

    /// How a streamed answer is divided.
    fn framing(&self) -> Framing {
        Framing::EventStream
    }

    /// Reads a whole answer.
    ///
    /// # Errors
    /// That it is none, or that it tells of a failure.
    fn read(&self, answer: Value, incoming: &mut Incoming) -> Result<(), Fault>;

    /// Reads one event of a streamed answer; `name` is empty where the stream names none.
    ///
    /// # Errors
    /// As for [`Protocol::read`].
    fn read_event(&self, name: &str, event: Value, incoming: &mut Incoming) -> Result<(), Fault>;

    /// Adds to an error answer what only this server means by it.
    fn explain(&self, _: &mut StatusFailure) {}
}

/// An answer as far as it has arrived.
#[derive(Debug, Default)]
pub struct Incoming {
    /// The model's text.
    pub text: String,
    /// The arguments of the tool call that stands for the reply.
    pub arguments: String,
    /// What the model says instead, when it declines.
    pub refusal: String,
    /// Why it stopped, once it has.
    pub finish: Option<Finish>,
    /// What it cost, once that is known.
    pub tokens: Option<Tokens>,
    /// Whether the answer said that it is over.
    pub complete: bool,
    /// The number of a part that does not belong to the reply, such as a remark on the way to it; its pieces are left
    /// out.
    pub aside: Option<u64>,
}

/// Why an answer brings no reply.
#[derive(Debug)]
pub enum Fault {
    /// It is no answer of this protocol.
    Malformed(String),
    /// It tells of a failure.
    Status(Box<StatusFailure>),
}

impl Fault {
    /// It tells of this failure.
    pub fn of(failure: StatusFailure) -> Self {
        Self::Status(Box::new(failure))
    }

    /// It tells of a failure in words of its own, for which there is a status.
    pub fn told(status: u16, message: String) -> Self {
        Self::of(StatusFailure { status, message, ..StatusFailure::default() })
    }

    /// It is no answer of this protocol.
    pub fn malformed(reason: &str) -> Self {
        Self::Malformed(reason.to_owned())
    }
}

impl Incoming {
    /// What should be the JSON: the arguments of the tool call, or else the text.
    pub fn content(&self) -> &str {
        if self.arguments.is_empty() { &self.text } else { &self.arguments }
    }

    /// The reply, with the refusal as its text where there is one.
    pub fn into_reply(self) -> Reply {
        let declined = !self.refusal.is_empty();
        let finish = if declined { Finish::Refusal } else { self.finish.unwrap_or(Finish::Stop) };
        let text = match declined {
            true => self.refusal,
            false if self.arguments.is_empty() => self.text,
            false => self.arguments,
        };
        Reply { text, finish, tokens: self.tokens, allowance: None }
    }
}

/// Where keys come from. Asked once for each request, so that short-lived keys work; nothing is kept.
pub trait KeySource {
    /// The key for a provider, or `None` where there is none.
    ///
    /// # Errors
    /// What the caller's own function said.
    fn key<'a>(&'a self, provider: &'a str) -> LocalFuture<'a, Result<Option<Secret>, String>>;
}

/// The name of a provider, as in the configuration and in the keys of the option `apiKey`.
pub fn name(provider: ProviderName) -> &'static str {
    match provider {
        ProviderName::OpenAi => "openai",
        ProviderName::Anthropic => "anthropic",
        ProviderName::Gemini => "gemini",
        ProviderName::Ollama => "ollama",
        ProviderName::OpenRouter => "openrouter",
    }
}

/// Connects to the server that a configuration names; sends nothing.
pub fn connect(llm: &LlmConfig, host: Rc<dyn Host>, keys: Rc<dyn KeySource>) -> Rc<dyn Provider> {
    let needs_key = llm.provider != ProviderName::Ollama && llm.base_url.is_none() && !host.may_add_key();
    Rc::new(http::Server::new(llm, protocol(llm), needs_key, host, keys))
}

/// The protocol of a provider: its own, unless `base_url` names an address at which another one is spoken.
fn protocol(llm: &LlmConfig) -> Box<dyn Protocol> {
    let base_url = llm.base_url.as_deref().map(|url| url.trim_end_matches('/'));
    match llm.provider {
        ProviderName::OpenAi if openai_responses::is_spoken_at(base_url) => {
            Box::new(openai_responses::Responses::new(llm, base_url))
        }
        ProviderName::Anthropic => Box::new(anthropic::Messages::new(llm, base_url)),
        // Google's and Ollama's compatible addresses; at the latter's, others answer too.
        ProviderName::Gemini if !openai_chat::is_address(base_url, "/openai") => {
            Box::new(gemini::GenerateContent::new(llm, base_url))
        }
        ProviderName::Ollama if !openai_chat::is_address(base_url, "/v1") => {
            Box::new(ollama::OllamaChat::new(llm, base_url))
        }
        _ => Box::new(openai_chat::ChatCompletions::new(llm, base_url)),
    }
}
