//! What requests cost, summed over a run. Failed and repeated requests count too: they are paid for.

use std::cell::Cell;

use serde::Serialize;

/// The tokens of one reply, as its provider counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Tokens sent, cached ones included.
    pub input: u64,
    /// Tokens sent that the provider had in its cache.
    pub cached_input: u64,
    /// Tokens received, hidden reasoning included.
    pub output: u64,
}

/// What a run has used so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// Requests sent, repeated ones included.
    pub requests: u64,
    /// Tokens sent, cached ones included.
    pub input_tokens: u64,
    /// Tokens received, hidden reasoning included.
    pub output_tokens: u64,
    /// Tokens sent that the provider had in its cache.
    pub cached_input_tokens: u64,
    /// Requests that repeat another, after a failure in transit or an unusable reply.
    pub retries: u64,
}

/// Counts usage while a run goes on.
#[derive(Debug, Default)]
pub struct UsageMeter(Cell<Usage>);

impl UsageMeter {
    /// What was used so far.
    pub fn total(&self) -> Usage {
        self.0.get()
    }

    pub(super) fn count_request(&self) {
        self.0.set(Usage { requests: self.0.get().requests + 1, ..self.0.get() });
    }

    pub(super) fn count_retry(&self) {
        self.0.set(Usage { retries: self.0.get().retries + 1, ..self.0.get() });
    }

    pub(super) fn add(&self, tokens: &Tokens) {
        let total = self.0.get();
        self.0.set(Usage {
            input_tokens: total.input_tokens + tokens.input,
            cached_input_tokens: total.cached_input_tokens + tokens.cached_input,
            output_tokens: total.output_tokens + tokens.output,
            ..total
        });
    }
}
