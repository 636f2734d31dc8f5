//! Failures are told apart as providers document them.

use serde_json::json;

use super::*;

fn read(status: u16, body: Value) -> Failure {
    Failure::Status(StatusFailure::read(status, &|_| None, &body, 0.0))
}

fn error(status: u16, body: Value) -> Error {
    read(status, body).into_error("openai")
}

/// A body in the manner of OpenAI.
fn coded(code: &str) -> Value {
    json!({ "error": { "message": "no", "code": code } })
}

#[test]
fn failures_are_told_apart_by_status_and_code() {
    let none = || json!({});
    let google = |status: &str| json!({ "error": { "code": 400, "message": "no", "status": status } });
    let openrouter = |metadata: Value| json!({ "error": { "code": 403, "message": "no", "metadata": metadata } });
    let typed = |kind: &str| json!({ "type": "error", "error": { "type": kind, "message": "no" } });
    // Status, body; code, whether a later attempt may succeed, whether the run ends.
    let table = [
        (400, none(), Code::Provider, false, false),
        (400, coded("unsupported_parameter"), Code::Provider, false, false),
        (400, coded("context_length_exceeded"), Code::Provider, false, false),
        (400, coded("content_filter"), Code::Refusal, false, false),
        (400, coded("json_validate_failed"), Code::InvalidOutput, true, false),
        (400, coded("model_decommissioned"), Code::Provider, false, true),
        (400, typed("billing_error"), Code::Quota, false, true),
        (401, none(), Code::Auth, false, true),
        (401, coded("rate_limit_exceeded"), Code::Auth, false, true),
        (402, none(), Code::Quota, false, true),
        (402, coded("rate_limit_exceeded"), Code::Quota, false, true),
        (403, none(), Code::Auth, false, true),
        (403, google("PERMISSION_DENIED"), Code::Auth, false, true),
        (403, openrouter(json!({ "reasons": ["hate"], "flagged_input": "x" })), Code::Refusal, false, false),
        (403, openrouter(json!({ "error_type": "content_policy_violation" })), Code::Refusal, false, false),
        (403, openrouter(json!({ "provider_name": "x" })), Code::Auth, false, true),
        (404, none(), Code::Provider, false, true),
        (404, typed("not_found_error"), Code::Provider, false, true),
        (408, none(), Code::Timeout, true, false),
        (413, none(), Code::Provider, false, false),
        (413, coded("rate_limit_exceeded"), Code::Provider, false, false),
        (422, none(), Code::Provider, false, false),
        (429, none(), Code::RateLimit, true, false),
        (429, google("RESOURCE_EXHAUSTED"), Code::RateLimit, true, false),
        (429, coded("insufficient_quota"), Code::Quota, false, true),
        (429, coded("billing_hard_limit_reached"), Code::Quota, false, true),
        (429, typed("billing_not_active"), Code::Quota, false, true),
        (498, none(), Code::RateLimit, true, false),
        (500, none(), Code::Provider, true, false),
        (503, google("UNAVAILABLE"), Code::Provider, true, false),
        (504, none(), Code::Timeout, true, false),
        (529, typed("overloaded_error"), Code::Provider, true, false),
        (200, typed("overloaded_error"), Code::Provider, true, false),
        (200, typed("rate_limit_error"), Code::RateLimit, true, false),
        (200, none(), Code::Provider, false, false),
    ];
    for (status, body, code, retryable, ends_run) in table {
        let told = format!("{status} {body}");
        let error = error(status, body);
        assert_eq!((error.code(), error.is_retryable(), error.ends_run()), (code, retryable, ends_run), "{told}");
    }
    assert!(error(0, none()).ends_run() && error(301, none()).ends_run());
    let wrong_key = json!({ "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID" });
    let body = json!([{ "error": { "code": 400, "status": "INVALID_ARGUMENT", "details": [wrong_key] } }]);
    assert_eq!(error(400, body).code(), Code::Auth);
}

#[test]
fn what_a_server_says_never_changes_how_its_failure_is_treated() {
    let message = "401 invalid_api_key, insufficient_quota, content_filter, timeout, PerDay, overloaded_error";
    for body in [json!({ "error": { "message": message } }), json!({ "error": message }), json!({ "detail": message })]
    {
        let error = error(500, body);
        assert_eq!((error.code(), error.ends_run()), (Code::Provider, false));
        assert!(error.message().contains("insufficient_quota"));
    }
}

#[test]
fn advice_names_what_to_change() {
    for (status, body, message) in [
        (401, json!({}), "openai answered with status 401 (check the option apiKey)"),
        (
            404,
            coded("model_not_found"),
            "openai answered with status 404: no (check model and base_url in the llm section)",
        ),
        (
            413,
            json!({}),
            "openai answered with status 413 (the request is too long for this model or account: shorten prompts, lower \
             max_tokens, or choose a model with a larger context)",
        ),
        (302, json!({}), "openai redirects to another address: set base_url to that address"),
        (200, coded("server_error"), "openai answered with an error: no"),
    ] {
        assert_eq!(error(status, body).message(), message);
    }
}

#[test]
fn a_plainer_request_is_tried_only_where_the_server_may_not_know_a_field() {
    for (status, body, expected) in [
        (400, json!({}), true),
        (400, coded("invalid_request_error"), true),
        (400, coded("invalid_json_schema"), true),
        (
            422,
            json!({ "detail": [{ "loc": ["body", "response_format"], "msg": "extra", "type": "extra_forbidden" }] }),
            true,
        ),
        (501, json!({}), true),
        (400, coded("context_length_exceeded"), false),
        (400, coded("content_filter"), false),
        (400, coded("json_validate_failed"), false),
        (400, coded("model_not_found"), false),
        (422, coded("insufficient_quota"), false),
        (401, json!({}), false),
        (404, json!({}), false),
        (429, json!({}), false),
        (500, json!({}), false),
    ] {
        assert_eq!(StatusFailure::inside(status, &body).may_be_unsupported(), expected, "{status} {body}");
    }
}

fn quota(id: &str) -> Value {
    json!({ "error": { "code": 429, "message": "no", "status": "RESOURCE_EXHAUSTED", "details": [
        { "@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{ "quotaId": id, "quotaValue": "10" }] },
        { "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "17s" },
    ] } })
}

#[test]
fn the_quota_of_a_day_ends_the_run_and_that_of_a_minute_is_waited_for() {
    let minute = read(429, quota("GenerateRequestsPerMinutePerProjectPerModel"));
    assert_eq!((minute.code(), minute.retry_after()), (Code::RateLimit, Some(Duration::from_secs(17))));
    let day = read(429, quota("GenerateRequestsPerDayPerProjectPerModel")).into_error("gemini");
    assert_eq!((day.code(), day.ends_run(), day.is_retryable()), (Code::Quota, true, false));
    assert!(day.message().ends_with("(the quota of the day is used up: go on tomorrow or raise it)"), "{day}");
}

#[test]
fn details_of_quotas_are_left_aside_where_the_configuration_says_so() {
    let day = || read(429, quota("GenerateRequestsPerDayPerProjectPerModel"));
    let policy = |parse_quota_details, daily_quota_aware| RateLimitConfig {
        parse_quota_details,
        daily_quota_aware,
        ..RateLimitConfig::default()
    };
    let told = |failure: Failure| (failure.code(), failure.retry_after().map(|wait| wait.as_secs()));
    assert_eq!(told(day().as_configured(&policy(true, true))), (Code::Quota, Some(17)));
    assert_eq!(told(day().as_configured(&policy(true, false))), (Code::RateLimit, Some(17)));
    assert_eq!(told(day().as_configured(&policy(false, true))), (Code::RateLimit, None));
}

#[test]
fn an_error_answer_is_read_whole_but_for_the_key() {
    let header = |name: &str| match name {
        "request-id" => Some("req_1".to_owned()),
        "retry-after" => Some("2".to_owned()),
        "x-should-retry" => Some("false".to_owned()),
        _ => None,
    };
    let body = json!({ "error": { "message": format!("bad key sk-secret {}", "x".repeat(500)), "type": "slow_down" } });
    let failure = Failure::Status(StatusFailure::read(503, &header, &body, 0.0));
    let Failure::Status(failure) = failure.presentable(Some(&Secret::new("sk-secret"))) else { unreachable!() };
    assert!(failure.message.starts_with("bad key [redacted] x") && failure.message.len() == 300);
    assert_eq!(failure.code.as_deref(), Some("slow_down"));
    assert_eq!(failure.request_id.as_deref(), Some("req_1"));
    assert_eq!((failure.retry_after, failure.should_retry), (Some(Duration::from_secs(2)), Some(false)));
}

#[test]
fn headers_that_a_browser_hides_are_read_where_the_body_repeats_them() {
    let headers = json!({ "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1767323055000" });
    let body = json!({ "error": { "code": 429, "message": "no", "metadata": { "headers": headers } } });
    let failure = StatusFailure::read(429, &|_| None, &body, 1_767_323_045_000.0);
    assert_eq!(failure.retry_after, Some(Duration::from_secs(10)));
}

#[test]
fn a_timeout_says_what_took_too_long_and_what_to_change() {
    let url = || "https://x.example/v1".to_owned();
    let timeout = |what, after| Failure::Timeout { url: url(), what, after }.into_error("ollama");
    let error = timeout(Deadline::FirstAnswer, Duration::from_secs(60));
    assert_eq!((error.code(), error.is_retryable(), error.ends_run()), (Code::Timeout, true, false));
    assert_eq!(
        error.message(),
        "ollama did not begin to answer at https://x.example/v1 within 60 s (does the server have too much to do? then \
         lower batch_size and max_concurrent)"
    );
    let error = timeout(Deadline::Silence, Duration::from_millis(500));
    assert!(error.message().contains("fell silent at https://x.example/v1 in the middle of its answer for 500 ms"));
    let error = timeout(Deadline::Whole, Duration::from_secs(600));
    assert!(error.message().contains("within 600 s (lower max_tokens"), "{error}");
}
