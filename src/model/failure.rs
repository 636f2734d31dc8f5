//! Why a provider gave no reply: told apart by type and status, never by searching the text of a message.

use std::fmt;
use std::time::Duration;

use crate::error::{Code, Error};

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
    /// The server answered with an error.
    Status(StatusFailure),
    /// The server answered with something that is no answer of this protocol.
    Unintelligible {
        /// From where.
        url: String,
        /// What is wrong with it.
        reason: String,
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
    /// The answer did not come in time.
    Timeout { url: String, waited: Waited, after: Duration },
    /// The caller's own model failed.
    Callback {
        /// What it said.
        message: String,
        /// Whether it says that another attempt may help.
        retryable: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    FirstAnswer,
    Silence,
    Whole,
}
/// An error answer of a server.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StatusFailure {
    /// The HTTP status; 0 for a redirect that the runtime hides.
    pub status: u16,
    /// The provider's own code for the error, such as `insufficient_quota`.
    pub code: Option<String>,
    /// The provider's sentence, without the key.
    pub message: String,
    pub param: Option<String>,
    pub should_retry: Option<bool>,
    /// The provider's name for the request.
    pub request_id: Option<String>,
    /// How long the provider asks to wait.
    pub retry_after: Option<Duration>,
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
            Failure::Unintelligible { .. }
            | Failure::Callback { .. }
            | Failure::BrokenOff { .. }
            | Failure::Timeout { .. } => false,
            Failure::Status(failure) => {
                matches!(failure.error_code(), Code::Auth | Code::Quota)
                    || matches!(failure.status, 0 | 300..=399 | 404)
            }
        }
    }

    pub fn without(self, key: &crate::host::Secret) -> Self {
        let _ = key;
        self
    }
    pub fn is_certain(&self) -> bool {
        true
    }
    pub fn is_throttling(&self) -> bool {
        false
    }
    pub fn is_transient(&self, _: &crate::config::RateLimitConfig) -> bool {
        false
    }
    /// How long the provider asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Failure::Status(failure) => failure.retry_after,
            _ => None,
        }
    }

    /// The failure as the caller meets it.
    pub fn into_error(self, provider: &str) -> Error {
        let (status, request_id) = match &self {
            Failure::Status(failure) => (Some(failure.status), failure.request_id.clone()),
            _ => (None, None),
        };
        let sentence = Sentence { provider, failure: &self };
        let error = Error::new(self.code(), sentence).from_provider(provider, status, request_id);
        let error = error.retryable(
            matches!(self.code(), Code::Network | Code::RateLimit | Code::Timeout)
                || matches!(&self, Failure::Status(failure) if failure.status >= 500)
                || matches!(&self, Failure::Callback { retryable: true, .. }),
        );
        if self.ends_run() { error.for_run() } else { error }
    }
}

impl StatusFailure {
    pub fn may_be_unsupported(&self) -> bool {
        matches!(self.status, 400 | 422)
    }
    fn error_code(&self) -> Code {
        match self.status {
            401 | 403 => Code::Auth,
            402 => Code::Quota,
            408 | 504 => Code::Timeout,
            // A 429 means "slower" or "pay first"; only the provider's code tells which.
            429 if matches!(
                self.code.as_deref(),
                Some("insufficient_quota" | "billing_error" | "billing_not_active")
            ) =>
            {
                Code::Quota
            }
            429 => Code::RateLimit,
            _ => Code::Provider,
        }
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
            Failure::Unintelligible { url, reason } => {
                write!(f, "{url} did not answer as {provider} does: {reason} (is base_url right?)")
            }
            Failure::BrokenOff { .. } | Failure::Timeout { .. } => Ok(()),
            Failure::Callback { message, .. } => write!(f, "the model function failed: {message}"),
            Failure::Status(failure) => {
                match failure.status {
                    0 | 300..=399 => {
                        return write!(f, "{provider} redirects to another address: set base_url to that address");
                    }
                    status => write!(f, "{provider} answered with status {status}")?,
                }
                if !failure.message.is_empty() {
                    write!(f, ": {}", failure.message)?;
                }
                match (failure.error_code(), failure.status) {
                    (Code::Auth, _) => f.write_str(" (check the option apiKey)"),
                    (Code::Quota, _) => f.write_str(" (the account has no credit or quota left)"),
                    (_, 404) => f.write_str(" (check model and base_url in the llm section)"),
                    _ => Ok(()),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(status: u16, code: Option<&str>) -> Error {
        Failure::Status(StatusFailure { status, code: code.map(str::to_owned), ..StatusFailure::default() })
            .into_error("openai")
    }

    #[test]
    fn failures_are_told_apart_by_status_and_code() {
        let table = [
            (401, None, Code::Auth, false, true),
            (402, None, Code::Quota, false, true),
            (404, None, Code::Provider, false, true),
            (400, None, Code::Provider, false, false),
            (429, None, Code::RateLimit, true, false),
            (429, Some("insufficient_quota"), Code::Quota, false, true),
            (500, None, Code::Provider, true, false),
            (503, None, Code::Provider, true, false),
            (504, None, Code::Timeout, true, false),
        ];
        for (http, code, expected, retryable, ends_run) in table {
            let error = status(http, code);
            assert_eq!(
                (error.code(), error.is_retryable(), error.ends_run()),
                (expected, retryable, ends_run),
                "{http}"
            );
        }
    }

    #[test]
    fn what_a_server_says_never_changes_how_its_failure_is_treated() {
        let failure = StatusFailure {
            status: 500,
            message: "401 invalid api key, insufficient_quota, timeout".to_owned(),
            ..StatusFailure::default()
        };
        let error = Failure::Status(failure).into_error("openai");
        assert_eq!((error.code(), error.ends_run()), (Code::Provider, false));
    }

    #[test]
    fn a_refused_key_says_what_to_check() {
        assert_eq!(status(401, None).message(), "openai answered with status 401 (check the option apiKey)");
    }
}
