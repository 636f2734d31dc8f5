//! Whether and when a request that failed in transit is sent again: one pure function.

use std::time::Duration;

use super::error_body::Meaning;
use super::failure::{Deadline, Failure, StatusFailure};
use super::retry_budget::Cost;
use crate::config::{BackoffStrategy, RateLimitConfig, TransportException};
use crate::error::Code;

/// What the decision rests on besides the failure itself.
#[derive(Clone, Copy, Debug)]
pub struct Situation {
    /// How often this request has failed by now, at least 1.
    pub failed: u32,
    /// Whether this provider has answered in this run before.
    pub was_reached: bool,
    /// A random number, at least 0 and below 1.
    pub chance: f64,
}

/// Retries of a server that never answered in this run: most likely it isn't there, and waiting does not help.
const RETRIES_BEFORE_FIRST_ANSWER: u32 = 1;

/// Where nothing was told, a provider that asks for fewer requests is given this many times the usual delay.
const THROTTLED: f64 = 5.0;

/// The wait before the next attempt, or `None` when there is to be none.
///
/// A wait that the provider asks for is never shortened: chance only adds to it, up to a fifth. Otherwise the delay
/// grows as `backoff_strategy` says up to `max_delay`; jitter draws it from the whole range below ("full jitter"), so
/// that requests that failed together do not come back together. A provider that asks for no wait at all has not said
/// how long to wait.
pub fn delay(policy: &RateLimitConfig, failure: &Failure, situation: Situation) -> Option<Duration> {
    let allowed = match failure.code() {
        Code::Network if !situation.was_reached => policy.max_retries.min(RETRIES_BEFORE_FIRST_ANSWER),
        _ => policy.max_retries,
    };
    if situation.failed > allowed || !is_worth_repeating(policy, failure) {
        return None;
    }
    match failure.retry_after() {
        Some(told) if policy.respect_retry_after && !told.is_zero() => {
            return Some(told.mul_f64(1.0 + 0.2 * situation.chance));
        }
        _ => {}
    }
    let base = if failure.is_throttling() { THROTTLED * policy.base_delay } else { policy.base_delay };
    let growth = f64::from(situation.failed.saturating_sub(1));
    let full = match policy.backoff_strategy {
        BackoffStrategy::Exponential | BackoffStrategy::ExponentialJitter => {
            let mut delay = base;
            // Retries are few, and the power function is not small.
            for _ in 1..situation.failed {
                delay *= policy.exponential_base;
            }
            delay
        }
        BackoffStrategy::Linear => base * (growth + 1.0),
        BackoffStrategy::Constant => base,
    }
    .min(policy.max_delay);
    let spread = policy.jitter || policy.backoff_strategy == BackoffStrategy::ExponentialJitter;
    Some(Duration::from_secs_f64(if spread { full * situation.chance } else { full }))
}

/// What a retry after this failure costs the run.
pub fn cost(failure: &Failure) -> Cost {
    if failure.is_throttling() { Cost::Throttling } else { Cost::Failure }
}

fn is_worth_repeating(policy: &RateLimitConfig, failure: &Failure) -> bool {
    let allows = |exception| policy.retry_on_exceptions.contains(&exception);
    match failure {
        // Runtimes do not say whether there was no connection or whether it broke.
        Failure::Unreachable { .. } | Failure::BrokenOff { .. } => {
            allows(TransportException::Connection) || allows(TransportException::Network)
        }
        Failure::Timeout { what, .. } => *what != Deadline::Whole && allows(TransportException::Timeout),
        Failure::Callback { retryable, .. } => *retryable,
        Failure::Status(failure) => is_passing(policy, failure),
        _ => false,
    }
}

fn is_passing(policy: &RateLimitConfig, failure: &StatusFailure) -> bool {
    let code = failure.coded_meaning();
    if failure.should_retry == Some(false) || code == Some(Meaning::UnknownModel) {
        return false;
    }
    if let Some(Meaning::Auth | Meaning::Quota | Meaning::TooLong | Meaning::Refusal) = failure.meaning() {
        return false;
    }
    let listed = match failure.status {
        // These are for the configuration to decide.
        status @ (429 | 500 | 502..=504) => return says(policy, status) || failure.should_retry == Some(true),
        // 408 and 425 ask for a repetition; 409 is a lock; 498 is a full tier; the others are a proxy's or an overloaded
        // server's.
        408 | 409 | 425 | 498 | 520..=524 | 529 | 530 => true,
        status => says(policy, status),
    };
    let coded = match code {
        Some(Meaning::Misfit | Meaning::Overloaded | Meaning::Throttled) => true,
        // An error that came in place of a reply has no status of its own.
        Some(Meaning::Fault | Meaning::Timeout) => !(400..=599).contains(&failure.status),
        _ => false,
    };
    listed || coded || failure.should_retry == Some(true)
}

fn says(policy: &RateLimitConfig, status: u16) -> bool {
    policy.retry_on_status_codes.contains(&status)
}

#[cfg(test)]
mod tests;
