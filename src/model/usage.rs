//! What requests cost, summed over a run and for each of its stages. Failed and repeated requests count too: they are
//! paid for.

use std::cell::Cell;

use serde::ser::{Serialize, SerializeStruct, Serializer};
use serde_json::Value;

use super::call::Purpose;
use crate::config::PriceConfig;

/// The tokens of one reply, as its provider counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Tokens sent, cached ones included.
    pub input: u64,
    /// Tokens sent that the provider had in its cache.
    pub cached_input: u64,
    /// Tokens received, hidden reasoning included.
    pub output: u64,
    /// Tokens received that are hidden reasoning.
    pub reasoning: u64,
}

/// What a run, or one stage of it, has used so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Used {
    /// Requests sent, repeated ones included.
    pub requests: u64,
    /// Tokens sent, cached ones included.
    pub input_tokens: u64,
    /// Tokens received, hidden reasoning included.
    pub output_tokens: u64,
    /// Tokens sent that the provider had in its cache.
    pub cached_input_tokens: u64,
    /// Tokens received that are hidden reasoning.
    pub reasoning_tokens: u64,
    /// Requests that repeat another, after a failure in transit or an unusable reply.
    pub retries: u64,
    /// In US dollars; only where the configuration gives prices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
}

/// What a run has used so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// The whole run.
    pub total: Used,
    /// Its parts.
    pub stages: Stages,
}

/// The fields of the whole, and `stages` beside them.
impl Serialize for Usage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Used { requests, input_tokens, output_tokens, cached_input_tokens, reasoning_tokens, retries, cost } =
            &self.total;
        let mut usage = serializer.serialize_struct("Usage", 8)?;
        usage.serialize_field("requests", requests)?;
        usage.serialize_field("inputTokens", input_tokens)?;
        usage.serialize_field("outputTokens", output_tokens)?;
        usage.serialize_field("cachedInputTokens", cached_input_tokens)?;
        usage.serialize_field("reasoningTokens", reasoning_tokens)?;
        usage.serialize_field("retries", retries)?;
        if cost.is_some() {
            usage.serialize_field("cost", cost)?;
        }
        usage.serialize_field("stages", &self.stages)?;
        usage.end()
    }
}

/// The stages of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct Stages {
    /// Growing topics.
    pub topics: Used,
    /// Writing samples.
    pub samples: Used,
}

/// Counts usage while a run goes on.
#[derive(Debug, Default)]
pub struct UsageMeter(Cell<Stages>);

impl UsageMeter {
    /// What was used so far.
    pub fn total(&self) -> Usage {
        let stages = self.0.get();
        Usage { total: stages.topics.with(&stages.samples), stages }
    }

    /// Goes on from what an earlier run has used.
    pub fn restore(&self, plain: &Value) {
        let stage = |name: &str| plain.get(name).map(Used::from_plain).unwrap_or_default();
        self.0.set(Stages { topics: stage("topics"), samples: stage("samples") });
    }

    pub(super) fn count_request(&self, purpose: Purpose) {
        self.change(purpose, |used| used.requests += 1);
    }

    pub(super) fn count_retry(&self, purpose: Purpose) {
        self.change(purpose, |used| used.retries += 1);
    }

    pub(super) fn add(&self, purpose: Purpose, tokens: &Tokens, price: Option<&PriceConfig>) {
        self.change(purpose, |used| {
            used.input_tokens += tokens.input;
            used.cached_input_tokens += tokens.cached_input;
            used.output_tokens += tokens.output;
            used.reasoning_tokens += tokens.reasoning;
            if let Some(price) = price {
                used.cost =
                    Some(used.cost.unwrap_or(0.0) + price.cost(tokens.input, tokens.cached_input, tokens.output));
            }
        });
    }

    fn change(&self, purpose: Purpose, change: impl FnOnce(&mut Used)) {
        let mut stages = self.0.get();
        change(match purpose {
            Purpose::Topics => &mut stages.topics,
            _ => &mut stages.samples,
        });
        self.0.set(stages);
    }
}

impl Used {
    /// Reads what was written as JSON.
    fn from_plain(plain: &Value) -> Self {
        let count = |name: &str| plain.get(name).and_then(Value::as_u64).unwrap_or(0);
        Self {
            requests: count("requests"),
            input_tokens: count("inputTokens"),
            output_tokens: count("outputTokens"),
            cached_input_tokens: count("cachedInputTokens"),
            reasoning_tokens: count("reasoningTokens"),
            retries: count("retries"),
            cost: plain.get("cost").and_then(Value::as_f64),
        }
    }

    fn with(&self, other: &Used) -> Used {
        let cost = match (self.cost, other.cost) {
            (None, None) => None,
            (one, two) => Some(one.unwrap_or(0.0) + two.unwrap_or(0.0)),
        };
        Used {
            requests: self.requests + other.requests,
            input_tokens: self.input_tokens + other.input_tokens,
            output_tokens: self.output_tokens + other.output_tokens,
            cached_input_tokens: self.cached_input_tokens + other.cached_input_tokens,
            reasoning_tokens: self.reasoning_tokens + other.reasoning_tokens,
            retries: self.retries + other.retries,
            cost,
        }
    }
}
