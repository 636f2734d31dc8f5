//! A request with a schema in, an accepted reply out.
//!
//! Samples, topics and tools call [`Model::ask`] and know nothing of providers, retries or the shape of replies. A
//! provider is one file in `providers/` and one line in [`providers::connect`].

mod decode;
mod failure;
mod message;
pub mod providers;
mod retry;
// Wired in with the ladder.
#[allow(dead_code)]
mod schema;
mod usage;

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;

pub use failure::{Failure, StatusFailure};
pub use message::{Message, Role};
pub use usage::{Tokens, Usage, UsageMeter};

use crate::config::RateLimitConfig;
use crate::error::{Code, Error, Result};
use crate::host::{Host, LocalFuture};
use crate::prompts;

/// What a request is for; providers and tests can tell requests apart by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Subtopics of one topic.
    Topics,
    /// One sample.
    Sample,
}

impl Purpose {
    /// The purpose as the `model` callback sees it.
    pub fn as_str(self) -> &'static str {
        match self {
            Purpose::Topics => "topics",
            Purpose::Sample => "sample",
        }
    }
}

/// One request, before any provider's own form. The parts that repeat come first, so that providers can cache them.
#[derive(Clone, Debug)]
pub struct Request {
    /// What it is for.
    pub purpose: Purpose,
    /// The conversation so far.
    pub messages: Vec<Message>,
    /// The JSON Schema that the reply has to satisfy, in the strict subset: every property required, no others allowed.
    pub schema: Rc<Value>,
    /// Sampling temperature.
    pub temperature: f64,
    /// Token limit of the reply.
    pub max_tokens: u32,
}

impl Request {
    /// The schema as JSON text.
    pub fn schema_text(&self) -> String {
        // Values always serialise.
        serde_json::to_string(&*self.schema).unwrap_or_default()
    }
}

/// One reply, as the provider gave it.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The text, which should be JSON.
    pub text: String,
    /// Why the model stopped.
    pub finish: Finish,
    /// What it cost.
    pub tokens: Tokens,
}

/// Why a model stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// It was done.
    Stop,
    /// It met the token limit.
    Length,
    /// It declined.
    Refusal,
    /// The provider's filter took the reply away.
    Filtered,
}

/// Someone who answers requests: a server, or a model in the same process.
pub trait Provider {
    /// Answers one request. Dropping the future gives the request up.
    fn complete<'a>(&'a self, request: &'a Request) -> LocalFuture<'a, Result<Reply, Failure>>;

    /// The provider's name, for messages and for choosing a key.
    fn name(&self) -> &str;
}

/// Hears what happens between a request and its accepted reply.
pub trait Observer {
    /// A request failed in transit, or a reply was not accepted, and it is asked for again after `delay`.
    fn retrying(&self, error: &Error, attempt: u32, delay: Duration);

    /// A request was answered.
    fn answered(&self, total: &Usage);
}

/// Why a reply was not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// How the failure is counted, should no better reply come.
    pub code: Code,
    /// What is wrong with the reply, addressed to the model.
    pub reason: String,
}

impl Rejection {
    /// The reply is not what was asked for.
    pub fn invalid(reason: impl Into<String>) -> Self {
        Self { code: Code::InvalidOutput, reason: reason.into() }
    }

    /// The reply declines to answer.
    pub fn refusal(reason: impl Into<String>) -> Self {
        Self { code: Code::Refusal, reason: reason.into() }
    }
}

/// A model that is ready to be asked: a provider with its settings, retries and accounting.
pub struct Model {
    provider: Rc<dyn Provider>,
    host: Rc<dyn Host>,
    rate_limit: RateLimitConfig,
    meter: Rc<UsageMeter>,
    observer: Rc<dyn Observer>,
    was_reached: Cell<bool>,
}

impl Model {
    /// Puts a provider to use.
    pub fn new(
        provider: Rc<dyn Provider>,
        host: Rc<dyn Host>,
        rate_limit: RateLimitConfig,
        meter: Rc<UsageMeter>,
        observer: Rc<dyn Observer>,
    ) -> Self {
        Self { provider, host, rate_limit, meter, observer, was_reached: Cell::new(false) }
    }

    /// Asks until `accept` takes a reply, at most `attempts` times. A reply that is cut off, is not JSON or is not
    /// accepted is asked for again with the reason named; a request that fails in transit is repeated as
    /// `rate_limit` says and costs no attempt.
    ///
    /// # Errors
    /// The provider's failure once retries are used up; `refusal` at once when the model or a filter declines;
    /// `truncated`, `invalid_output` or the rejection's own code, with the last reply, when attempts are used up.
    pub async fn ask(
        &self,
        request: &Request,
        attempts: u32,
        accept: &mut dyn FnMut(Value) -> Result<(), Rejection>,
    ) -> Result<u32> {
        let mut attempt = 1;
        let mut corrected: Option<Request> = None;
        loop {
            let reply = self.complete(corrected.as_ref().unwrap_or(request)).await?;
            let rejection = match judge(&reply, request.max_tokens) {
                Ok(value) => match accept(value) {
                    Ok(()) => return Ok(attempt),
                    Err(rejection) => rejection,
                },
                Err(rejection) => rejection,
            };
            let error =
                Error::new(rejection.code, format_args!("the model's reply was not usable: {}", rejection.reason))
                    .from_provider(self.provider.name(), None, None)
                    .with_raw(reply.text)
                    .after(attempt);
            if attempt >= attempts || matches!(reply.finish, Finish::Refusal | Finish::Filtered) {
                return Err(error);
            }
            self.observer.retrying(&error, attempt, Duration::ZERO);
            self.meter.count_retry();
            corrected = Some(correct(request, &rejection));
            attempt += 1;
        }
    }

    /// One answered request, repeated as long as it fails in transit and `rate_limit` allows.
    async fn complete(&self, request: &Request) -> Result<Reply> {
        let mut failed = 0;
        loop {
            self.meter.count_request();
            let failure = match self.provider.complete(request).await {
                Ok(reply) => {
                    self.was_reached.set(true);
                    self.meter.add(&reply.tokens);
                    self.observer.answered(&self.meter.total());
                    return Ok(reply);
                }
                Err(failure) => failure,
            };
            failed += 1;
            let situation =
                retry::Situation { failed, was_reached: self.was_reached.get(), chance: self.host.random() };
            let delay = retry::delay(&self.rate_limit, &failure, situation);
            let error = failure.into_error(self.provider.name()).after(failed);
            let Some(delay) = delay else { return Err(error) };
            self.observer.retrying(&error, failed, delay);
            self.meter.count_retry();
            self.host.sleep(delay).await;
        }
    }
}

/// The JSON in a reply, unless the reply says of itself that it is incomplete or none.
fn judge(reply: &Reply, max_tokens: u32) -> Result<Value, Rejection> {
    match reply.finish {
        Finish::Refusal => Err(Rejection::refusal("the model declined to answer")),
        Finish::Filtered => Err(Rejection::refusal("the provider's content filter withheld the answer")),
        Finish::Length => Err(Rejection {
            code: Code::Truncated,
            reason: format!("it was cut off at the limit of {max_tokens} tokens (max_tokens)"),
        }),
        Finish::Stop => decode::json(&reply.text).map_err(Rejection::invalid),
    }
}

/// The same request with the reason for asking again at its end, where it does not disturb a provider's cache.
fn correct(request: &Request, rejection: &Rejection) -> Request {
    let mut corrected = request.clone();
    let correction = prompts::fill(prompts::CORRECTION, &[("reason", &rejection.reason)]);
    match corrected.messages.last_mut() {
        Some(last) if last.role == Role::User => last.append(&correction),
        _ => corrected.messages.push(Message::user(correction)),
    }
    corrected
}
