//! Why a provider gave no reply: told apart by type, status and code, never by searching the text of a message.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

use super::error_body::{self, Meaning};
use super::wait::{self, QuotaDetails};
use crate::config::RateLimitConfig;
use crate::error::{Code, Error};
use crate::host::Secret;

/// A request that brought no reply.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// A key is needed and there is none.
    NoKey,
    /// The caller's function that gives keys failed.
    KeySource(String),
    /// The request cannot be sent as it is.
    Unsendable(String),
    /// No connection, or it broke.
    Unreachable {
        /// Where to.
        url: String,
        /// What the runtime says.
        reason: String,
    },
    /// The server took longer than it is given.
    Timeout {
        /// Where to.
        url: String,
        /// What took too long.
        what: Deadline,
        /// How long it was waited for.
        after: Duration,
    },
    /// The answer broke off, or ended before the model was done.
    BrokenOff {
        /// From where.
        url: String,
        /// What happened.
        reason: String,
        /// Bytes of the reply that had arrived, which are paid for.
        received: usize,
    },
    /// The server answered with an error.
    Status(StatusFailure),
    /// The server answered with something that is no answer of this protocol.
    Unintelligible {
        /// From where.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The caller's own model failed.
    Callback {
        /// What it said.
        message: String,
        /// Whether it says that another attempt may help.
        retryable: bool,
    },
}

/// What a server is given time for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deadline {
    /// The beginning of its answer.
    FirstAnswer,
    /// The next part of its answer.
    Silence,
    /// Its whole answer. Another attempt would take as long.
    Whole,
}

/// An error answer of a server.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StatusFailure {
    /// The HTTP status; 0 for a redirect that the runtime hides, 200 for an error that comes in place of a reply.
    pub status: u16,
    /// The provider's own code for the error, such as `insufficient_quota`.
    pub code: Option<String>,
    /// The field of the request that the provider names as the cause.
    pub param: Option<String>,
    /// The provider's sentence, without the key.
    pub message: String,
    /// The provider's name for the request.
    pub request_id: Option<String>,
    /// How long the provider's headers ask to wait.
    pub retry_after: Option<Duration>,
    /// What the details of the body say of quotas.
    pub quota: QuotaDetails,
    /// Whether a part of a reply had arrived before, which is paid for.
    pub in_part: bool,
    /// Whether the provider says that another attempt makes sense: the header `x-should-retry`.
    pub should_retry: Option<bool>,
}

impl Failure {
    /// The kind of failure.
    pub fn code(&self) -> Code {
        match self {
            Failure::NoKey | Failure::KeySource(_) => Code::Auth,
            Failure::Unsendable(_) => Code::Config,
            Failure::Unreachable { .. } | Failure::BrokenOff { .. } => Code::Network,
            Failure::Timeout { .. } => Code::Timeout,
            Failure::Unintelligible { .. } | Failure::Callback { .. } => Code::Provider,
            Failure::Status(failure) => failure.error_code(),
        }
    }

    /// Whether every further request would fail the same way.
    fn ends_run(&self) -> bool {
        match self {
            Failure::NoKey | Failure::KeySource(_) | Failure::Unsendable(_) => true,
            // Retries were used up before anyone asks this.
            Failure::Unreachable { .. } => true,
            Failure::Timeout { .. }
            | Failure::BrokenOff { .. }
            | Failure::Unintelligible { .. }
            | Failure::Callback { .. } => false,
            Failure::Status(failure) => {
                let everywhere = [Meaning::Auth, Meaning::Quota, Meaning::UnknownModel].map(Some);
                everywhere.contains(&failure.meaning()) || failure.is_redirect()
            }
        }
    }

    /// Whether a later attempt may succeed.
    pub fn is_passing(&self) -> bool {
        match self {
            Failure::Unreachable { .. } | Failure::BrokenOff { .. } | Failure::Timeout { .. } => true,
            Failure::Callback { retryable, .. } => *retryable,
            Failure::Status(failure) => {
                use Meaning::{Fault, Misfit, Overloaded, Throttled, Timeout};
                matches!(failure.meaning(), Some(Fault | Misfit | Overloaded | Throttled | Timeout))
            }
            _ => false,
        }
    }

    /// How long the provider asks to wait: the headers come before the body.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Failure::Status(failure) => failure.retry_after.or(failure.quota.retry_delay),
            _ => None,
        }
    }

    /// Whether the provider works and asks for fewer requests.
    pub fn is_throttling(&self) -> bool {
        let asked = [Meaning::Throttled, Meaning::Overloaded].map(Some);
        matches!(self, Failure::Status(failure) if asked.contains(&failure.meaning()))
    }

    /// Whether the provider certainly charges nothing for it.
    pub fn is_free(&self) -> bool {
        match self {
            Failure::BrokenOff { .. } | Failure::Timeout { .. } | Failure::Callback { .. } => false,
            Failure::Status(failure) => !failure.in_part,
            _ => true,
        }
    }

    /// The failure as it may be shown: without the key, which servers like to quote, and not longer than a sentence. The
    /// key goes first, so that no part of it is left at the end.
    pub fn presentable(mut self, key: Option<&Secret>) -> Self {
        let text = match &mut self {
            Failure::NoKey | Failure::Timeout { .. } => return self,
            Failure::KeySource(text) | Failure::Unsendable(text) => text,
            Failure::Unreachable { reason, .. }
            | Failure::BrokenOff { reason, .. }
            | Failure::Unintelligible { reason, .. } => reason,
            Failure::Status(failure) => &mut failure.message,
            Failure::Callback { message, .. } => message,
        };
        let shown = key.map_or_else(|| text.clone(), |key| key.redact(text));
        *text = shown.chars().take(LONGEST_MESSAGE).collect();
        self
    }

    /// The failure as a configuration wants it read: without the details that it leaves aside.
    pub fn as_configured(mut self, policy: &RateLimitConfig) -> Self {
        if let Failure::Status(failure) = &mut self {
            if !policy.parse_quota_details {
                failure.quota = QuotaDetails::default();
            }
            failure.quota.is_daily &= policy.daily_quota_aware;
        }
        self
    }

    /// The failure as the caller meets it.
    pub fn into_error(self, provider: &str) -> Error {
        let (status, request_id) = match &self {
            Failure::Status(failure) => (Some(failure.status), failure.request_id.clone()),
            _ => (None, None),
        };
        let sentence = Sentence { provider, failure: &self };
        let error = Error::new(self.code(), sentence).from_provider(provider, status, request_id);
        let error = error.retryable(self.is_passing());
        if self.ends_run() { error.for_run() } else { error }
    }
}

/// The longest part of a server's sentence that is repeated.
const LONGEST_MESSAGE: usize = 300;

impl StatusFailure {
    /// Reads an error answer. `now_ms` is the time here, for servers that don't say what time they have.
    pub fn read(status: u16, header: &dyn Fn(&str) -> Option<String>, body: &Value, now_ms: f64) -> Self {
        let error = error_body::error_of(body);
        let any_header = |name: &str| header(name).or_else(|| error_body::repeated_header(error, name));
        // The quote of a quote doubles its backslashes, so this ends soon.
        let inner = error_body::quoted(error).map(|quoted| Self::inside(status, &quoted)).unwrap_or_default();
        let outer = error_body::code(error);
        let message = Some(inner.message).filter(|message| !message.is_empty());
        Self {
            status,
            code: match outer.as_deref().and_then(error_body::meaning) {
                None => inner.code.or(outer),
                Some(_) => outer,
            },
            param: error_body::param(error).or(inner.param),
            message: message.unwrap_or_else(|| error_body::message(error)),
            request_id: header("x-request-id").or_else(|| header("request-id")),
            retry_after: wait::told_to_wait(status, &any_header, now_ms),
            quota: QuotaDetails::read(error),
            in_part: false,
            should_retry: match header("x-should-retry").as_deref() {
                Some("true") => Some(true),
                Some("false") => Some(false),
                _ => None,
            },
        }
    }

    /// An error that comes in place of a reply, or in the middle of one.
    pub fn inside(status: u16, body: &Value) -> Self {
        Self::read(status, &|_| None, body, 0.0)
    }

    /// Whether the server may not know a field of the request, so that a plainer request is worth trying.
    pub fn may_be_unsupported(&self) -> bool {
        let unexplained =
            matches!(self.status, 400 | 422 | 501) && matches!(self.meaning(), None | Some(Meaning::Fault));
        unexplained || self.code.as_deref() == Some("unsupported_parameter")
    }

    /// What the failure is about: by the statuses that leave no doubt, then by the code, then by the other statuses.
    pub fn meaning(&self) -> Option<Meaning> {
        match self.status {
            401 => return Some(Meaning::Auth),
            402 => return Some(Meaning::Quota),
            // Groq's code says that the rate is exceeded, where the request alone is more than a minute allows.
            413 => return Some(Meaning::TooLong),
            _ if self.quota.is_daily => return Some(Meaning::Quota),
            _ => {}
        }
        self.coded_meaning().or(match self.status {
            403 => Some(Meaning::Auth),
            404 => Some(Meaning::UnknownModel),
            408 | 504 => Some(Meaning::Timeout),
            // 498 is what Groq's flexible tier says when it is full.
            429 | 498 => Some(Meaning::Throttled),
            529 => Some(Meaning::Overloaded),
            500..=599 => Some(Meaning::Fault),
            _ => None,
        })
    }

    /// What the provider's own code means.
    pub fn coded_meaning(&self) -> Option<Meaning> {
        self.code.as_deref().and_then(error_body::meaning)
    }

    fn is_redirect(&self) -> bool {
        matches!(self.status, 0 | 300..=399)
    }

    fn error_code(&self) -> Code {
        match self.meaning() {
            Some(Meaning::Quota) => Code::Quota,
            Some(Meaning::Auth) => Code::Auth,
            Some(Meaning::Refusal) => Code::Refusal,
            Some(Meaning::Throttled) => Code::RateLimit,
            Some(Meaning::Timeout) => Code::Timeout,
            Some(Meaning::Misfit) => Code::InvalidOutput,
            Some(Meaning::UnknownModel | Meaning::TooLong | Meaning::Overloaded | Meaning::Fault) | None => {
                Code::Provider
            }
        }
    }

    /// What to do about it.
    fn advice(&self) -> Option<&'static str> {
        Some(match self.meaning()? {
            Meaning::Auth => "check the option apiKey",
            Meaning::Quota if self.quota.is_daily => "the quota of the day is used up: go on tomorrow or raise it",
            Meaning::Quota => "the account has no credit or quota left",
            Meaning::UnknownModel => "check model and base_url in the llm section",
            Meaning::TooLong => {
                "the request is too long for this model or account: shorten prompts, lower max_tokens, or choose a \
                 model with a larger context"
            }
            Meaning::Refusal => "the provider does not allow what this request is about",
            _ => return None,
        })
    }
}

struct Sentence<'a> {
    provider: &'a str,
    failure: &'a Failure,
}

impl fmt::Display for Sentence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let provider = self.provider;
        match self.failure {
            Failure::NoKey => write!(f, "{provider} needs an API key: pass it as the option apiKey"),
            Failure::KeySource(reason) => write!(f, "the function apiKey gave no key for {provider}: {reason}"),
            Failure::Unsendable(reason) => write!(f, "the request to {provider} cannot be sent: {reason}"),
            Failure::Unreachable { url, reason } => write!(
                f,
                "{provider} cannot be reached at {url}: {reason} (is the server running, is base_url right, and does it \
                 allow requests from this page?)"
            ),
            Failure::BrokenOff { url, reason, .. } => {
                write!(f, "the answer of {provider} at {url} broke off: {reason}")
            }
            Failure::Timeout { url, what, after } => {
                match what {
                    Deadline::FirstAnswer => write!(f, "{provider} did not begin to answer at {url} within ")?,
                    Deadline::Silence => write!(f, "{provider} fell silent at {url} in the middle of its answer for ")?,
                    Deadline::Whole => write!(f, "{provider} was not done with its answer at {url} within ")?,
                }
                match after.as_secs() {
                    0 => write!(f, "{} ms", after.subsec_millis())?,
                    seconds => write!(f, "{seconds} s")?,
                }
                f.write_str(match what {
                    Deadline::Whole => " (lower max_tokens, or choose a model that is faster)",
                    _ => " (does the server have too much to do? then lower batch_size and max_concurrent)",
                })
            }
            Failure::Unintelligible { url, reason } => {
                write!(f, "{url} did not answer as {provider} does: {reason} (is base_url right?)")
            }
            Failure::Callback { message, .. } => write!(f, "the model function failed: {message}"),
            Failure::Status(failure) if failure.is_redirect() => {
                write!(f, "{provider} redirects to another address: set base_url to that address")
            }
            Failure::Status(failure) => {
                match failure.status {
                    200..=299 => write!(f, "{provider} answered with an error")?,
                    status => write!(f, "{provider} answered with status {status}")?,
                }
                if !failure.message.is_empty() {
                    write!(f, ": {}", failure.message)?;
                }
                match failure.advice() {
                    Some(advice) => write!(f, " ({advice})"),
                    None => Ok(()),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
