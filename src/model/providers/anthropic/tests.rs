use std::time::Duration;

use serde_json::json;

use super::super::recorded::{sent, streamed as stream, whole};
use super::super::replay::{call, error, llm, read_nonsense};
use super::*;
use crate::config::ProviderName;
use crate::model::Message;

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../fixtures/anthropic/", $name))
    };
}

fn claude(model: &str) -> Messages {
    Messages::new(&llm(ProviderName::Anthropic, model, None), None)
}

fn conversation() -> Vec<Message> {
    vec![Message::system("You write samples."), Message::user("About the sky."), Message::assistant("{}")]
}

fn tokens(input: u64, output: u64) -> Option<Tokens> {
    Some(Tokens { input, output, ..Tokens::default() })
}

#[test]
fn only_models_known_to_take_a_temperature_get_one() {
    let table = [
        ("claude-3-opus-20240229", true),
        ("claude-3-5-haiku-latest", true),
        ("claude-sonnet-4-20250514", true),
        ("claude-opus-4-1-20250805", true),
        ("claude-sonnet-4-5", true),
        ("claude-haiku-4-5@20251001", true),
        ("anthropic/claude-sonnet-4.6", true),
        ("anthropic.claude-3-haiku-20240307-v1:0", true),
        ("claude-opus-4-6", true),
        ("claude-opus-4-7", false),
        ("claude-opus-4-8-20260601", false),
        ("claude-opus-4-10", false),
        ("claude-sonnet-5", false),
        ("claude-haiku-5-5", false),
        ("claude-fable-5-2", false),
        ("claude-mythos-preview", false),
        ("claude-", false),
        ("gemma3:4b", false),
        ("", false),
    ];
    for (model, expected) in table {
        assert_eq!(takes_temperature(model), expected, "{model}");
    }
}

#[test]
fn a_temperature_goes_with_the_version_that_takes_it() {
    let (messages, schema) = (conversation(), json!({}).into());
    for (model, version, temperature) in [
        ("claude-sonnet-4-5", VERSION_WITH_SAMPLING, Some(1.0)),
        ("claude-sonnet-5-5", VERSION, None),
        ("claude-unheard-of", VERSION, None),
    ] {
        let body = sent(&claude(model), &call(Mode::Text, &messages, &schema));
        assert_eq!(body.get("temperature").and_then(Value::as_f64), temperature, "{model}");
        let headers = claude(model).headers(None);
        assert_eq!((headers[0].0, headers[0].1.reveal()), ("anthropic-version", version), "{model}");
    }
    let call = Call { temperature: Some(0.3), ..call(Mode::Text, &messages, &schema) };
    assert_eq!(sent(&claude("claude-sonnet-4-5"), &call)["temperature"], 0.3);
}

#[test]
fn requests_go_to_the_path_of_the_protocol() {
    let gateway = "https://gateway.ai.cloudflare.com/v1/account/gateway/anthropic";
    let at_gateway = "https://gateway.ai.cloudflare.com/v1/account/gateway/anthropic/v1/messages";
    let table = [
        (None, "https://api.anthropic.com/v1/messages"),
        (Some("https://api.anthropic.com"), "https://api.anthropic.com/v1/messages"),
        (Some("https://api.anthropic.com/v1"), "https://api.anthropic.com/v1/messages"),
        (Some("https://api.anthropic.com/v1/messages"), "https://api.anthropic.com/v1/messages"),
        (Some("http://localhost:11434"), "http://localhost:11434/v1/messages"),
        (Some(gateway), at_gateway),
    ];
    for (base_url, expected) in table {
        let claude = Messages::new(&llm(ProviderName::Anthropic, "claude-sonnet-5", base_url), base_url);
        assert_eq!(claude.url(true), expected);
    }
}

#[test]
fn a_page_may_ask_too() {
    let key = Secret::new("sk-ant-test");
    let headers = claude("claude-sonnet-5").headers(Some(&key));
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.reveal())).collect();
    let expected = [
        ("anthropic-version", "2026-10-21"),
        ("anthropic-dangerous-direct-browser-access", "true"),
        ("x-api-key", "sk-ant-test"),
    ];
    assert_eq!(headers, expected);
}

#[test]
fn a_request_asks_for_the_schema() {
    let schema = json!({ "type": "object" }).into();
    let messages = conversation();
    let call = Call { stream: true, ..call(Mode::Schema, &messages, &schema) };
    let expected = json!({
        "model": "claude-sonnet-5",
        "max_tokens": 2000,
        "system": "You write samples.",
        "messages": [{ "role": "user", "content": "About the sky." }, { "role": "assistant", "content": "{}" }],
        "stream": true,
        "output_config": { "format": { "type": "json_schema", "schema": { "type": "object" } } },
    });
    assert_eq!(sent(&claude("claude-sonnet-5"), &call), expected);
}

#[test]
fn a_request_offers_the_one_tool_and_forces_nothing() {
    let schema = json!({ "type": "object" }).into();
    let body = sent(&claude("claude-sonnet-5"), &call(Mode::Tool, &conversation(), &schema));
    assert_eq!(
        body["tools"],
        json!([{ "name": "sample", "description": "Gives the reply.", "input_schema": { "type": "object" } }])
    );
    assert_eq!(body["tool_choice"]["type"], "auto");
    assert_eq!((body.get("output_config"), body.get("stream")), (None, None));
}

#[test]
fn a_long_beginning_is_kept_by_the_provider() {
    let cached = |system: usize, schema: usize, mode: Mode| {
        let messages = [Message::system("s".repeat(system)), Message::user("About the sky.")];
        let schema = json!({ "description": "d".repeat(schema) }).into();
        let body = sent(&claude("claude-sonnet-5"), &call(mode, &messages, &schema));
        body.pointer("/system/0/cache_control") == Some(&json!({ "type": "ephemeral" }))
    };
    assert!(cached(5000, 0, Mode::Text));
    assert!(cached(3000, 2000, Mode::Schema));
    assert!(cached(3000, 2000, Mode::Tool));
    assert!(!cached(3000, 2000, Mode::Text), "the schema is not sent beside the text");
    assert!(!cached(1000, 1000, Mode::Schema));
}

#[test]
fn whole_answers_are_read_for_what_they_are() {
    let counted = Some(Tokens { input: 1280, cached_input: 1024, output: 96, reasoning: 64 });
    let sample = r#"{"question":"Why is the sky blue?","answer":"Rayleigh scattering."}"#;
    let refusal = "frontier_llm: The request could assist the development of competing AI models.";
    let cut = r#"{"question":"Why is"#;
    let table = [
        (fixture!("success.json"), sample, Finish::Stop, counted),
        (fixture!("tool_call.json"), r#"{"b":2,"a":1}"#, Finish::Stop, tokens(10, 5)),
        (fixture!("truncated.json"), cut, Finish::Length, tokens(10, 2000)),
        (fixture!("context_window.json"), cut, Finish::Length, tokens(199_990, 10)),
        (fixture!("refusal.json"), refusal, Finish::Refusal, tokens(10, 5)),
        (fixture!("refusal_unexplained.json"), "", Finish::Refusal, tokens(10, 0)),
    ];
    for (answer, text, finish, tokens) in table {
        let incoming = whole(&claude("claude-sonnet-5"), answer).unwrap();
        assert!(incoming.complete, "{answer}");
        let reply = incoming.into_reply();
        assert_eq!((reply.text.as_str(), reply.finish, reply.tokens), (text, finish, tokens), "{answer}");
    }
}

#[test]
fn streams_are_read_for_what_they_are() {
    let counted = Some(Tokens { input: 1280, cached_input: 1024, output: 96, reasoning: 64 });
    let table = [
        (fixture!("stream.sse"), r#"{"a":1}"#, Finish::Stop, counted),
        (fixture!("stream_tool_call.sse"), r#"{"a":1}"#, Finish::Stop, tokens(10, 5)),
        (fixture!("stream_truncated.sse"), r#"{"a":"#, Finish::Length, tokens(10, 2000)),
        (fixture!("stream_refusal.sse"), "reasoning_extraction", Finish::Refusal, tokens(0, 5)),
    ];
    for (recorded, text, finish, tokens) in table {
        let incoming = stream(&claude("claude-sonnet-5"), recorded).unwrap();
        assert!(incoming.complete, "{recorded}");
        let reply = incoming.into_reply();
        assert_eq!((reply.text.as_str(), reply.finish, reply.tokens), (text, finish, tokens), "{recorded}");
    }
}

#[test]
fn an_answer_is_over_only_when_it_says_so() {
    let incoming = stream(&claude("claude-sonnet-5"), fixture!("stream_ended_early.sse")).unwrap();
    assert_eq!((incoming.text.as_str(), incoming.complete), (r#"{"a":1}"#, false));
}

#[test]
fn a_failure_inside_a_success_has_the_status_it_should_have_had() {
    let claude = claude("claude-sonnet-5");
    let Err(Fault::Status(failure)) = stream(&claude, fixture!("stream_error.sse")) else { panic!() };
    assert_eq!((failure.status, failure.message.as_str()), (529, "Overloaded"));
    let Err(Fault::Status(paused)) = whole(&claude, fixture!("paused.json")) else { panic!() };
    assert_eq!(paused.status, 503);
    // Each error type stands for the status that it comes with.
    let errors: Value = serde_json::from_str(fixture!("errors.json")).unwrap();
    for (name, error) in errors.as_object().unwrap() {
        let event = serde_json::to_string(&error["body"]).unwrap();
        let read = stream(&claude, &format!("event: error\ndata: {event}\n"));
        let Err(Fault::Status(failure)) = read else { panic!("{name}") };
        assert_eq!(u64::from(failure.status), error["status"], "{name}");
    }
}

#[test]
fn error_answers_are_told_apart() {
    let table = [
        ("wrong key", 401, "authentication_error"),
        ("no credit", 402, "billing_error"),
        ("not allowed", 403, "permission_error"),
        ("no such model", 404, "not_found_error"),
        ("locked", 409, "conflict_error"),
        ("temperature", 400, "invalid_request_error"),
        ("schema", 400, "invalid_request_error"),
        ("context length", 400, "invalid_request_error"),
        ("too large", 413, "request_too_large"),
        ("too fast", 429, "rate_limit_error"),
        ("broken", 500, "api_error"),
        ("slow", 504, "timeout_error"),
        ("overloaded", 529, "overloaded_error"),
    ];
    for (name, status, code) in table {
        let failure = error(fixture!("errors.json"), name);
        assert_eq!((failure.status, failure.code.as_deref()), (status, Some(code)), "{name}");
        assert!(!failure.message.is_empty(), "{name}");
        assert_eq!(failure.request_id, Some(format!("req_{status}")), "{name}");
    }
}

#[test]
fn a_wait_that_is_asked_for_is_heard() {
    let failure = error(fixture!("errors.json"), "too fast");
    assert_eq!(failure.retry_after, Some(Duration::from_millis(12000)));
}

#[test]
fn what_is_no_answer_is_not_taken_for_one() {
    for answer in ["{}", "[]", "null", r#"{"content":"Welcome"}"#] {
        assert!(matches!(whole(&claude(""), answer), Err(Fault::Malformed(_))), "{answer}");
    }
}

#[test]
fn nonsense_is_survived() {
    let claude = claude("claude-sonnet-5");
    read_nonsense(&claude, fixture!("success.json"), fixture!("stream.sse"));
    read_nonsense(&claude, fixture!("tool_call.json"), fixture!("stream_tool_call.sse"));
    read_nonsense(&claude, fixture!("refusal.json"), fixture!("stream_error.sse"));
}
