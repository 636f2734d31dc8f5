//! Sequences of answers with the delays, the tokens that are left and the outcome that follow, and the rules behind.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::model::retry_budget::RetryBudget;

fn policy() -> RateLimitConfig {
    RateLimitConfig { jitter: false, backoff_strategy: BackoffStrategy::Exponential, ..RateLimitConfig::default() }
}

fn failure(status: u16, headers: &[(&str, &str)], code: Option<&str>) -> Failure {
    let header = |asked: &str| headers.iter().find(|(name, _)| *name == asked).map(|(_, text)| (*text).to_owned());
    let body = json!({ "error": { "message": "no", "code": code } });
    Failure::Status(StatusFailure::read(status, &header, &body, 0.0))
}

fn status(status: u16) -> Failure {
    failure(status, &[], None)
}

fn told(status: u16, seconds: &str) -> Failure {
    failure(status, &[("retry-after", seconds)], None)
}

fn coded(status: u16, code: &str) -> Failure {
    failure(status, &[], Some(code))
}

fn unreachable() -> Failure {
    Failure::Unreachable { url: String::new(), reason: String::new() }
}

fn timeout(what: Deadline) -> Failure {
    Failure::Timeout { url: String::new(), what, after: Duration::from_secs(60) }
}

fn seconds(policy: &RateLimitConfig, failure: &Failure, failed: u32, chance: f64) -> Option<f64> {
    delay(policy, failure, Situation { failed, was_reached: true, chance }).map(|delay| delay.as_secs_f64())
}

fn is_repeated(policy: &RateLimitConfig, failure: &Failure) -> bool {
    seconds(policy, failure, 1, 0.5).is_some()
}

/// What became of one request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    Answered,
    /// No further attempt would help, or there were enough.
    Failed,
    /// The run has no retries left.
    OverBudget,
}
use Outcome::{Answered, Failed, OverBudget};

/// Sends one request whose attempts fail like this and then succeed; gives the delays between them.
fn send(policy: &RateLimitConfig, budget: &RetryBudget, failures: &[Failure]) -> (Vec<f64>, Outcome) {
    let (mut delays, mut paid) = (Vec::new(), None);
    for (failure, failed) in failures.iter().zip(1..) {
        let Some(delay) = seconds(policy, failure, failed, 0.0) else { return (delays, Failed) };
        if !budget.take(cost(failure)) {
            return (delays, OverBudget);
        }
        paid = Some(cost(failure));
        delays.push(delay);
    }
    budget.succeeded(paid);
    (delays, Answered)
}

#[test]
fn sequences_of_answers_lead_to_these_delays_and_costs() {
    let times = |failure: Failure, count: usize| vec![failure; count];
    // What the attempts meet before one succeeds; the delays, the tokens left of 500, the outcome.
    let table = [
        ("nothing", vec![], vec![], 500, Answered),
        ("a fault", vec![status(500)], vec![1.0], 500, Answered),
        ("two faults", times(status(500), 2), vec![1.0, 2.0], 490, Answered),
        ("faults to the last retry", times(status(503), 5), vec![1.0, 2.0, 4.0, 8.0, 16.0], 460, Answered),
        ("one fault too many", times(status(502), 6), vec![1.0, 2.0, 4.0, 8.0, 16.0], 450, Failed),
        ("throttling", times(status(429), 5), vec![5.0, 10.0, 20.0, 40.0, 60.0], 480, Answered),
        ("overload", times(status(529), 2), vec![5.0, 10.0], 495, Answered),
        ("a told wait", vec![told(429, "7")], vec![7.0], 500, Answered),
        ("told beyond max_delay", vec![told(429, "90.5")], vec![90.5], 500, Answered),
        ("told, then not", vec![told(503, "7"), status(503)], vec![7.0, 2.0], 490, Answered),
        ("told nothing", vec![told(503, "0")], vec![1.0], 500, Answered),
        ("told nonsense", vec![told(429, "-1")], vec![5.0], 500, Answered),
        ("throttling, then a fault", vec![status(429), status(500)], vec![5.0, 2.0], 495, Answered),
        ("a broken connection", vec![unreachable(), status(500)], vec![1.0, 2.0], 490, Answered),
        ("silence", vec![timeout(Deadline::Silence), timeout(Deadline::FirstAnswer)], vec![1.0, 2.0], 490, Answered),
        ("not done in time", vec![timeout(Deadline::Whole)], vec![], 500, Failed),
        ("a resample", vec![coded(400, "json_validate_failed")], vec![1.0], 500, Answered),
        ("a wrong request", vec![status(400)], vec![], 500, Failed),
        ("no credit", vec![status(500), status(402)], vec![1.0], 490, Failed),
        ("no quota", vec![status(429), coded(429, "insufficient_quota")], vec![5.0], 495, Failed),
        ("a filter", vec![coded(400, "content_filter")], vec![], 500, Failed),
    ];
    for (name, failures, delays, left, outcome) in table {
        let budget = RetryBudget::new();
        assert_eq!(send(&policy(), &budget, &failures), (delays, outcome), "{name}");
        assert_eq!(budget.left(), left, "{name}");
    }
}

#[test]
fn an_outage_uses_up_the_budget_of_the_run_and_answers_refill_it() {
    let (policy, budget) = (policy(), RetryBudget::new());
    let outage = vec![status(503); 6];
    for lost in 1..=10 {
        assert_eq!(send(&policy, &budget, &outage).1, Failed);
        assert_eq!(budget.left(), 500 - lost * 50);
    }
    assert_eq!(send(&policy, &budget, &outage), (vec![], OverBudget));
    for _ in 0..9 {
        assert_eq!(send(&policy, &budget, &[]), (vec![], Answered));
    }
    assert_eq!(send(&policy, &budget, &outage), (vec![], OverBudget));
    assert_eq!(send(&policy, &budget, &[status(429)]), (vec![5.0], Answered));
    assert_eq!(send(&policy, &budget, &[]), (vec![], Answered));
    assert_eq!(send(&policy, &budget, &outage), (vec![1.0], OverBudget));
    assert_eq!(budget.left(), 0);
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
            assert_eq!(seconds(&policy, &status(503), failed, 0.5), Some(expected), "{backoff_strategy:?}");
            let throttled = seconds(&policy, &status(429), failed, 0.5);
            assert_eq!(throttled, Some(5.0 * expected), "{backoff_strategy:?}");
        }
    }
}

#[test]
fn retries_end_where_the_configuration_says() {
    let policy = RateLimitConfig { max_retries: 2, ..policy() };
    assert!(seconds(&policy, &status(500), 2, 0.0).is_some());
    assert_eq!(seconds(&policy, &status(500), 3, 0.0), None);
    assert_eq!(seconds(&policy, &failure(500, &[("x-should-retry", "true")], None), 3, 0.0), None);
}

#[test]
fn what_another_attempt_cannot_mend_is_not_repeated() {
    for http in [0, 200, 302, 400, 401, 402, 403, 404, 413, 422, 501] {
        assert!(!is_repeated(&policy(), &status(http)), "{http}");
    }
    for (http, code) in [
        (429, "insufficient_quota"),
        (429, "billing_not_active"),
        (500, "context_length_exceeded"),
        (503, "model_not_found"),
        (500, "content_policy_violation"),
        (413, "rate_limit_exceeded"),
        (400, "api_error"),
    ] {
        assert!(!is_repeated(&policy(), &coded(http, code)), "{http} {code}");
        let insisted = failure(http, &[("x-should-retry", "true")], Some(code));
        assert!(code == "api_error" || !is_repeated(&policy(), &insisted), "{http} {code}");
    }
}

#[test]
fn what_a_protocol_documents_as_passing_is_repeated() {
    for http in [408, 409, 425, 429, 498, 500, 502, 503, 504, 520, 524, 529, 530] {
        assert!(is_repeated(&policy(), &status(http)), "{http}");
    }
    for (http, code) in [
        (400, "json_validate_failed"),
        (200, "overloaded_error"),
        (200, "api_error"),
        (403, "rate_limit_exceeded"),
        (529, "overloaded_error"),
    ] {
        assert!(is_repeated(&policy(), &coded(http, code)), "{http} {code}");
    }
}

#[test]
fn the_configuration_decides_on_statuses() {
    let policy = RateLimitConfig { retry_on_status_codes: vec![404, 418, 503], ..policy() };
    for (http, expected) in
        [(404, true), (418, true), (503, true), (429, false), (500, false), (502, false), (529, true)]
    {
        assert_eq!(is_repeated(&policy, &status(http)), expected, "{http}");
    }
    assert!(!is_repeated(&policy, &coded(429, "rate_limit_exceeded")));
    assert!(!is_repeated(&policy, &coded(404, "model_not_found")));
}

#[test]
fn the_configuration_decides_on_failures_without_an_answer() {
    use TransportException::{Connection, Network, Timeout};
    for (retry_on_exceptions, connections, timeouts) in [
        (vec![Timeout, Connection, Network], true, true),
        (vec![Timeout], false, true),
        (vec![Connection], true, false),
        (vec![Network], true, false),
        (vec![], false, false),
    ] {
        let policy = RateLimitConfig { retry_on_exceptions, ..policy() };
        assert_eq!(is_repeated(&policy, &unreachable()), connections);
        assert_eq!(is_repeated(&policy, &timeout(Deadline::FirstAnswer)), timeouts);
        assert_eq!(is_repeated(&policy, &timeout(Deadline::Silence)), timeouts);
        assert!(!is_repeated(&policy, &timeout(Deadline::Whole)));
    }
}

#[test]
fn the_provider_has_the_last_word_on_what_it_knows_best() {
    let says = |http, word| failure(http, &[("x-should-retry", word)], None);
    for (http, word, expected) in
        [(500, "false", false), (429, "false", false), (400, "true", true), (409, "true", true), (500, "perhaps", true)]
    {
        assert_eq!(is_repeated(&policy(), &says(http, word)), expected, "{http} {word}");
    }
    assert!(!is_repeated(&policy(), &failure(400, &[("x-should-retry", "false")], Some("json_validate_failed"))));
}

#[test]
fn a_wait_that_was_told_is_left_aside_where_the_configuration_says_so() {
    let policy = RateLimitConfig { respect_retry_after: false, ..policy() };
    assert_eq!(seconds(&policy, &told(503, "40"), 1, 0.0), Some(1.0));
    assert_eq!(seconds(&policy, &told(429, "40"), 1, 0.0), Some(5.0));
}

#[test]
fn a_server_that_never_answered_is_tried_only_twice() {
    let situation = |failed| Situation { failed, was_reached: false, chance: 0.0 };
    assert!(delay(&policy(), &unreachable(), situation(1)).is_some());
    assert!(delay(&policy(), &unreachable(), situation(2)).is_none());
}

proptest! {
    #[test]
    fn never_earlier_than_told_and_never_much_later(told_ms in 1_u32..86_400_000, chance in 0.0..1.0, failed in 1_u32..6) {
        let told = f64::from(told_ms) / 1000.0;
        let failure = failure(429, &[("retry-after-ms", &told_ms.to_string())], None);
        let waited = seconds(&policy(), &failure, failed, chance).unwrap();
        prop_assert!(waited >= told - 1e-9 && waited <= told * 1.2 + 1e-6, "{} of {}", waited, told);
    }

    #[test]
    fn a_delay_of_our_own_is_within_its_bounds(
        failed in 1_u32..=20,
        chance in 0.0..1.0,
        base_delay in 0.1..60.0,
        exponential_base in 1.1..10.0,
        http in prop::sample::select(vec![429_u16, 500, 529]),
    ) {
        let policy = RateLimitConfig { max_retries: 20, base_delay, exponential_base, ..RateLimitConfig::default() };
        let waited = seconds(&policy, &status(http), failed, chance).unwrap();
        prop_assert!((0.0..=60.0).contains(&waited), "{}", waited);
    }
}
