//! Whether and when a request that failed in transit is sent again: one pure function.

use std::time::Duration;

use serde_json::Value;

use super::failure::Failure;
use crate::config::{BackoffStrategy, RateLimitConfig};
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

/// The wait before the next attempt, or `None` when there is to be none.
///
/// A wait that the provider asks for is never shortened. Otherwise the delay grows as `backoff_strategy` says up to
/// `max_delay`; jitter draws it from the whole range below ("full jitter"), so that requests that failed together do
/// not come back together.
pub fn delay(policy: &RateLimitConfig, failure: &Failure, situation: Situation) -> Option<Duration> {
    let allowed = match failure.code() {
        Code::Network if !situation.was_reached => policy.max_retries.min(RETRIES_BEFORE_FIRST_ANSWER),
        _ => policy.max_retries,
    };
    if situation.failed > allowed || !is_transient(policy, failure) {
        return None;
    }
    let growth = f64::from(situation.failed - 1);
    let full = match policy.backoff_strategy {
        BackoffStrategy::Exponential | BackoffStrategy::ExponentialJitter => {
            policy.base_delay * policy.exponential_base.powf(growth)
        }
        BackoffStrategy::Linear => policy.base_delay * (growth + 1.0),
        BackoffStrategy::Constant => policy.base_delay,
    }
    .min(policy.max_delay);
    let spread = policy.jitter || policy.backoff_strategy == BackoffStrategy::ExponentialJitter;
    let own = Duration::from_secs_f64(if spread { full * situation.chance } else { full });
    match failure.retry_after() {
        // A little later than told, and not all at once.
        Some(told) if policy.respect_retry_after => Some(told.mul_f64(1.0 + 0.2 * situation.chance)),
        _ => Some(own),
    }
}

pub fn cost(_: &Failure) -> super::retry_budget::Cost {
    super::retry_budget::Cost
}
fn is_transient(policy: &RateLimitConfig, failure: &Failure) -> bool {
    match failure {
        Failure::Unreachable { .. } => true,
        Failure::Callback { retryable, .. } => *retryable,
        Failure::Status(_) if matches!(failure.code(), Code::Auth | Code::Quota) => false,
        // 408 and 425 ask for a repetition; 409 is a lock; 52x, 529 and 530 are a proxy's or an overloaded server's.
        Failure::Status(status) => {
            policy.retry_on_status_codes.contains(&status.status)
                || matches!(status.status, 408 | 409 | 425 | 520..=524 | 529 | 530)
        }
        _ => false,
    }
}

/// Reads how long a provider asks to wait, from its headers: `retry-after-ms`, then `retry-after` in seconds.
pub fn told_to_wait(header: &dyn Fn(&str) -> Option<String>) -> Option<Duration> {
    let number = |name: &str, unit: f64| {
        // serde_json reads numbers already; the parser of std would come on top, with ten kilobytes of tables.
        let value = serde_json::from_str::<Value>(header(name)?.trim()).ok()?.as_f64()?;
        // A day is longer than any provider means; larger numbers are dates or mistakes.
        (0.0..=86_400.0).contains(&(value * unit)).then(|| Duration::from_secs_f64(value * unit))
    };
    number("retry-after-ms", 0.001).or_else(|| number("retry-after", 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::failure::StatusFailure;

    fn policy() -> RateLimitConfig {
        RateLimitConfig { jitter: false, backoff_strategy: BackoffStrategy::Exponential, ..RateLimitConfig::default() }
    }

    fn status(status: u16, retry_after: Option<f64>) -> Failure {
        let retry_after = retry_after.map(Duration::from_secs_f64);
        Failure::Status(StatusFailure { status, retry_after, ..StatusFailure::default() })
    }

    fn seconds(policy: &RateLimitConfig, failure: &Failure, failed: u32, chance: f64) -> Option<f64> {
        delay(policy, failure, Situation { failed, was_reached: true, chance }).map(|delay| delay.as_secs_f64())
    }

    #[test]
    fn delays_grow_as_the_strategy_says() {
        let table = [
            (BackoffStrategy::Exponential, [1.0, 2.0, 4.0, 8.0]),
            (BackoffStrategy::Linear, [1.0, 2.0, 3.0, 4.0]),
            (BackoffStrategy::Constant, [1.0, 1.0, 1.0, 1.0]),
        ];
        for (backoff_strategy, expected) in table {
            let policy = RateLimitConfig { backoff_strategy, ..policy() };
            for (failed, expected) in (1..).zip(expected) {
                assert_eq!(seconds(&policy, &status(503, None), failed, 0.5), Some(expected), "{backoff_strategy:?}");
            }
        }
    }

    #[test]
    fn retries_end_where_the_configuration_says() {
        let policy = RateLimitConfig { max_retries: 2, ..policy() };
        assert!(seconds(&policy, &status(500, None), 2, 0.0).is_some());
        assert_eq!(seconds(&policy, &status(500, None), 3, 0.0), None);
    }

    #[test]
    fn what_another_attempt_cannot_mend_is_not_repeated() {
        for http in [400, 401, 402, 403, 404, 422] {
            assert_eq!(seconds(&policy(), &status(http, None), 1, 0.0), None, "{http}");
        }
        let code = Some("insufficient_quota".to_owned());
        let quota = Failure::Status(StatusFailure { status: 429, code, ..StatusFailure::default() });
        assert_eq!(seconds(&policy(), &quota, 1, 0.0), None);
    }

    #[test]
    fn never_earlier_than_the_provider_tells() {
        for chance in [0.0, 0.5, 0.999] {
            let waited = seconds(&policy(), &status(429, Some(90.5)), 1, chance).unwrap();
            assert!((90.5..=108.6).contains(&waited), "{waited}");
        }
    }

    #[test]
    fn a_server_that_never_answered_is_tried_only_twice() {
        let failure = Failure::Unreachable { url: String::new(), reason: String::new() };
        let situation = |failed| Situation { failed, was_reached: false, chance: 0.0 };
        assert!(delay(&policy(), &failure, situation(1)).is_some());
        assert!(delay(&policy(), &failure, situation(2)).is_none());
    }

    #[test]
    fn reads_the_wait_from_headers() {
        let table = [
            ("retry-after-ms", "1500", Some(1.5)),
            ("retry-after", "2.5", Some(2.5)),
            ("retry-after", "-1", None),
            ("retry-after", "NaN", None),
            ("retry-after", "soon", None),
        ];
        for (name, value, expected) in table {
            let header = |asked: &str| (asked == name).then(|| value.to_owned());
            assert_eq!(told_to_wait(&header).map(|wait| wait.as_secs_f64()), expected, "{name}: {value}");
        }
    }
}
