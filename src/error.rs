//! What can go wrong, in one type: a code for programs, a sentence for people, and what the caller can do about it.
//!
//! Each room knows its own failures as a small enum and turns them into an [`Error`] where they leave the room. The
//! JavaScript door converts an [`Error`] once, into the package's `DataweftError`.

use std::fmt;

use serde::Serialize;

/// The kind of a failure: the values of `DataweftError.code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The configuration, or another argument of the call, cannot work.
    Config,
    /// The provider does not accept the key, or there is none.
    Auth,
    /// The account has no credit or no quota left.
    Quota,
    /// The provider asks for fewer requests.
    RateLimit,
    /// The provider could not be reached.
    Network,
    /// The provider did not answer in time.
    Timeout,
    /// The provider answered with an error of its own.
    Provider,
    /// The model declined to answer.
    Refusal,
    /// The reply was cut off at the token limit.
    Truncated,
    /// The reply is not what was asked for.
    InvalidOutput,
    /// A tool failed.
    Tool,
    /// The budget of the run is used up.
    Budget,
    /// The caller stopped the run.
    Aborted,
    /// The Hugging Face Hub refused.
    Hub,
    /// A fault of this library.
    Internal,
}

impl Code {
    /// The code as JavaScript sees it.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::Config => "config",
            Code::Auth => "auth",
            Code::Quota => "quota",
            Code::RateLimit => "rate_limit",
            Code::Network => "network",
            Code::Timeout => "timeout",
            Code::Provider => "provider",
            Code::Refusal => "refusal",
            Code::Truncated => "truncated",
            Code::InvalidOutput => "invalid_output",
            Code::Tool => "tool",
            Code::Budget => "budget",
            Code::Aborted => "aborted",
            Code::Hub => "hub",
            Code::Internal => "internal",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How much weight a finding about the configuration has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The configuration cannot be used.
    Error,
    /// The key is understood but has no effect here.
    Warning,
}

/// One finding about a configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Issue {
    /// Whether it stops the run.
    pub severity: Severity,
    /// Where: keys joined by dots and indices in brackets, such as `topics.llm.temperature` or `tools.custom[2].name`.
    /// Empty for the document as a whole.
    pub path: String,
    /// What is wrong, in lower case and without a full stop.
    pub message: String,
    /// What to write instead, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

/// What happened to how much of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// This request failed; others may succeed.
    Request,
    /// Every further request would fail the same way, so the run stops here and keeps what it has.
    Run,
}

/// A failure on its way to the caller. One pointer wide, so that results stay small.
#[derive(Clone, Debug)]
pub struct Error(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    code: Code,
    message: String,
    retryable: bool,
    scope: Scope,
    status: Option<u16>,
    provider: Option<String>,
    request_id: Option<String>,
    issues: Vec<Issue>,
    raw: Option<String>,
    attempts: u32,
}

impl Error {
    /// A failure with its sentence. It concerns one request and a retry would not help, unless said otherwise.
    pub fn new(code: Code, message: impl fmt::Display) -> Self {
        Self(Box::new(Inner {
            code,
            message: message.to_string(),
            retryable: false,
            scope: Scope::Request,
            status: None,
            provider: None,
            request_id: None,
            issues: Vec::new(),
            raw: None,
            attempts: 1,
        }))
    }

    /// The configuration cannot be used: all findings at once.
    pub fn config(issues: Vec<Issue>) -> Self {
        let errors: Vec<&Issue> = issues.iter().filter(|issue| issue.severity == Severity::Error).collect();
        let mut message = match errors.len() {
            1 => "the configuration has 1 error".to_owned(),
            n => format!("the configuration has {n} errors"),
        };
        for issue in errors {
            message.push_str("\n  ");
            if !issue.path.is_empty() {
                message.push_str(&issue.path);
                message.push_str(": ");
            }
            message.push_str(&issue.message);
            if let Some(suggestion) = &issue.suggestion {
                message.push_str(" (");
                message.push_str(suggestion);
                message.push(')');
            }
        }
        let mut error = Self::new(Code::Config, message);
        error.0.issues = issues;
        error.0.scope = Scope::Run;
        error
    }

    /// The caller stopped the run.
    pub fn aborted() -> Self {
        Self::new(Code::Aborted, "the run was aborted").for_run()
    }

    /// Marks a failure that a later attempt may not meet.
    pub fn retryable(mut self, retryable: bool) -> Self {
        self.0.retryable = retryable;
        self
    }

    /// Marks a failure that every further request would meet too.
    pub fn for_run(mut self) -> Self {
        self.0.scope = Scope::Run;
        self
    }

    /// Says which provider answered, and how.
    pub fn from_provider(mut self, provider: &str, status: Option<u16>, request_id: Option<String>) -> Self {
        self.0.provider = Some(provider.to_owned());
        self.0.status = status;
        self.0.request_id = request_id;
        self
    }

    /// Keeps the text that could not be used, for the report of failures.
    pub fn with_raw(mut self, raw: String) -> Self {
        self.0.raw = Some(raw);
        self
    }

    /// Says after how many attempts this was given up.
    pub fn after(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// Puts what was being done in front of the message.
    pub fn context(mut self, doing: impl fmt::Display) -> Self {
        self.0.message = format!("{doing}: {}", self.0.message);
        self
    }

    /// The kind of failure.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The sentence for people.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Whether a later attempt may succeed.
    pub fn is_retryable(&self) -> bool {
        self.0.retryable
    }

    /// Whether the run must stop.
    pub fn ends_run(&self) -> bool {
        self.0.scope == Scope::Run
    }

    /// The HTTP status, where there was one.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The provider that answered.
    pub fn provider(&self) -> Option<&str> {
        self.0.provider.as_deref()
    }

    /// The provider's name for the request, for its support.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The findings behind a configuration error.
    pub fn issues(&self) -> &[Issue] {
        &self.0.issues
    }

    /// The model's text that could not be used.
    pub fn raw(&self) -> Option<&str> {
        self.0.raw.as_deref()
    }

    /// How many requests were spent before giving up.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {}

/// The result of everything that can fail here.
pub type Result<T, E = Error> = std::result::Result<T, E>;
