//! The way to one model at one address: everything that all requests to it share in a run.

use std::cell::Cell;
use std::rc::Rc;

use super::fitting::Fitting;
use super::limiter::{Connections, Limiter, Limits};
use super::providers::{self, KeySource, Provider};
use crate::config::{Config, LlmConfig, RateLimitConfig};
use crate::host::Host;

/// One provider, what it was found to take, and how fast it may be asked.
pub struct Lane {
    /// Who answers.
    pub provider: Rc<dyn Provider>,
    /// What it takes.
    pub fitting: Fitting,
    /// How fast it is asked.
    pub limiter: Rc<Limiter>,
    /// Whether it has ever answered.
    pub was_reached: Cell<bool>,
}

/// The lanes of a run. Sections of the configuration that name the same model share one, and with it the limits of that
/// model.
pub struct Lanes {
    /// For growing topics.
    pub topics: Rc<Lane>,
    /// For writing samples.
    pub samples: Rc<Lane>,
}

impl Lanes {
    /// The lanes that a configuration needs. `model` answers in place of all providers, where it is given.
    pub fn new(
        config: &Config,
        model: Option<Rc<dyn Provider>>,
        host: &Rc<dyn Host>,
        keys: &Rc<dyn KeySource>,
    ) -> Self {
        let connections = Connections::new(host.most_connections());
        let open = |llm: &LlmConfig, limits: &[&RateLimitConfig]| {
            let provider = model.clone().unwrap_or_else(|| providers::connect(llm, Rc::clone(host), Rc::clone(keys)));
            let limiter = Limiter::new(&strictest(limits), Rc::clone(host), Rc::clone(&connections));
            let fitting = Fitting::new(provider.modes());
            Rc::new(Lane { provider, fitting, limiter, was_reached: Cell::new(false) })
        };
        let Config { topics, generation, .. } = config;
        if is_same(&topics.llm, &generation.llm) {
            let lane = open(&topics.llm, &[&topics.rate_limit, &generation.rate_limit]);
            return Self { topics: Rc::clone(&lane), samples: lane };
        }
        Self {
            topics: open(&topics.llm, &[&topics.rate_limit]),
            samples: open(&generation.llm, &[&generation.rate_limit]),
        }
    }
}

fn is_same(one: &LlmConfig, other: &LlmConfig) -> bool {
    (one.provider, &one.model, &one.base_url) == (other.provider, &other.model, &other.base_url)
}

/// The limits that satisfy all of these.
fn strictest(sections: &[&RateLimitConfig]) -> Limits {
    let least = |of: fn(&RateLimitConfig) -> Option<u32>| sections.iter().filter_map(|limits| of(limits)).min();
    let thresholds = sections.iter().filter(|limits| limits.preemptive_backoff);
    Limits {
        requests_per_minute: least(|limits| limits.requests_per_minute),
        tokens_per_minute: least(|limits| limits.tokens_per_minute),
        input_tokens_per_minute: least(|limits| limits.input_tokens_per_minute),
        output_tokens_per_minute: least(|limits| limits.output_tokens_per_minute),
        gradual_rampup: sections.iter().any(|limits| limits.gradual_rampup),
        preemptive_threshold: thresholds.map(|limits| limits.preemptive_threshold).reduce(f64::max),
        most_at_once: None,
    }
}
