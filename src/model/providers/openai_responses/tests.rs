use std::time::Duration;

use serde_json::json;

use super::super::recorded::{sent, streamed as stream, whole};
use super::super::replay::{call, error, llm, read_nonsense};
use super::*;
use crate::config::ProviderName;
use crate::model::Message;

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../fixtures/openai_responses/", $name))
    };
}

fn responses() -> Responses {
    Responses::new(&llm(ProviderName::OpenAi, "gpt-6-sol", None), None)
}

fn conversation() -> Vec<Message> {
    vec![Message::system("You write samples."), Message::user("About the sky."), Message::assistant("{}")]
}

fn tokens(input: u64, output: u64) -> Option<Tokens> {
    Some(Tokens { input, output, ..Tokens::default() })
}

#[test]
fn is_spoken_with_openai_and_wherever_an_address_says_so() {
    let table = [
        (None, true),
        (Some("https://api.openai.com/v1"), true),
        (Some("https://eu.api.openai.com/v1"), true),
        (Some("https://api.openai.com/v1/chat/completions"), false),
        (Some("https://api.openai.com.example/v1"), false),
        (Some("http://localhost:8000/v1"), false),
        (Some("http://localhost:8000/v1/responses"), true),
        (Some("https://a.openai.azure.com/openai/v1/responses?api-version=preview"), true),
        (Some("https://example.com/v1?next=/responses"), false),
    ];
    for (base_url, expected) in table {
        assert_eq!(is_spoken_at(base_url), expected, "{base_url:?}");
    }
}

#[test]
fn requests_go_to_the_path_of_the_protocol() {
    let table = [
        (None, "https://api.openai.com/v1/responses"),
        (Some("https://api.openai.com/v1"), "https://api.openai.com/v1/responses"),
        (Some("http://localhost:8000/v1/responses"), "http://localhost:8000/v1/responses"),
    ];
    for (base_url, expected) in table {
        let responses = Responses::new(&llm(ProviderName::OpenAi, "m", base_url), base_url);
        assert_eq!(responses.url(true), expected);
    }
}

#[test]
fn a_request_asks_for_the_schema() {
    let schema = json!({ "type": "object" }).into();
    let messages = conversation();
    let call = Call { stream: true, ..call(Mode::Schema, &messages, &schema) };
    let expected = json!({
        "model": "gpt-6-sol",
        "instructions": "You write samples.",
        "input": [{ "role": "user", "content": "About the sky." }, { "role": "assistant", "content": "{}" }],
        "temperature": 1.5,
        "max_output_tokens": 2000,
        "text": { "format": { "type": "json_schema", "name": "sample", "strict": true, "schema": { "type": "object" } } },
        "store": false,
        "stream": true,
    });
    assert_eq!(sent(&responses(), &call), expected);
}

#[test]
fn a_request_asks_for_the_one_tool() {
    let schema = json!({ "type": "object" }).into();
    let body = sent(&responses(), &call(Mode::Tool, &conversation(), &schema));
    let tool = json!({
        "type": "function", "name": "sample", "description": "Gives the reply.", "parameters": { "type": "object" }, "strict": false,
    });
    assert_eq!(body["tools"], json!([tool]));
    assert_eq!(body["tool_choice"], json!({ "type": "function", "name": "sample" }));
    assert_eq!((body.get("text"), body.get("stream")), (None, None));
}

#[test]
fn json_mode_finds_the_word_json_in_the_input() {
    let messages = [Message::system("Answer in JSON."), Message::user("About the sky.")];
    let body = sent(&responses(), &call(Mode::Json, &messages, &json!({}).into()));
    assert_eq!(body["input"][0], json!({ "role": "developer", "content": "Answer in JSON." }));
    assert_eq!(body["text"], json!({ "format": { "type": "json_object" } }));
    assert_eq!(body.get("instructions"), None);
}

#[test]
fn a_model_that_refuses_a_temperature_gets_none() {
    let (messages, schema) = (conversation(), json!({}).into());
    let call = Call { temperature: None, ..call(Mode::Text, &messages, &schema) };
    let body = sent(&responses(), &call);
    assert_eq!((body.get("temperature"), body.get("text"), body.get("tools")), (None, None, None));
}

#[test]
fn the_key_is_sent_as_the_address_wants_it() {
    let key = Secret::new("sk-test");
    let bearer = responses().headers(Some(&key));
    assert_eq!((bearer[0].0, bearer[0].1.reveal()), ("authorization", "Bearer sk-test"));
    let url = "https://a.openai.azure.com/openai/v1/responses";
    let azure = Responses::new(&llm(ProviderName::OpenAi, "m", Some(url)), Some(url)).headers(Some(&key));
    assert_eq!((azure[0].0, azure[0].1.reveal()), ("api-key", "sk-test"));
    assert!(responses().headers(None).is_empty());
}

#[test]
fn whole_answers_are_read_for_what_they_are() {
    let counted = Some(Tokens { input: 1280, cached_input: 1024, output: 96, reasoning: 64 });
    let truncated = Some(Tokens { input: 10, output: 2000, reasoning: 1990, ..Tokens::default() });
    let sample = r#"{"question":"Why is the sky blue?","answer":"Rayleigh scattering."}"#;
    let table = [
        (fixture!("success.json"), sample, Finish::Stop, counted),
        (fixture!("phases.json"), r#"{"a":1}"#, Finish::Stop, None),
        (fixture!("tool_call.json"), r#"{"a":1}"#, Finish::Stop, tokens(10, 5)),
        (fixture!("truncated.json"), r#"{"question":"Why is"#, Finish::Length, truncated),
        (fixture!("refusal.json"), "I'm sorry, I can't assist with that.", Finish::Refusal, tokens(10, 11)),
        (fixture!("filtered.json"), "", Finish::Filtered, tokens(10, 0)),
        (fixture!("chat_completion.json"), r#"{"a":1}"#, Finish::Stop, tokens(10, 5)),
    ];
    for (answer, text, finish, tokens) in table {
        let incoming = whole(&responses(), answer).unwrap();
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
        (fixture!("stream_refusal.sse"), "I'm sorry, I can't.", Finish::Refusal, tokens(10, 5)),
        (fixture!("stream_whole_at_end.sse"), r#"{"a":1}"#, Finish::Stop, tokens(10, 5)),
        (fixture!("stream_chat_completion.sse"), r#"{"a":1}"#, Finish::Stop, tokens(10, 5)),
    ];
    for (recorded, text, finish, tokens) in table {
        let incoming = stream(&responses(), recorded).unwrap();
        assert!(incoming.complete, "{recorded}");
        let reply = incoming.into_reply();
        assert_eq!((reply.text.as_str(), reply.finish, reply.tokens), (text, finish, tokens), "{recorded}");
    }
}

#[test]
fn an_answer_is_over_only_when_it_says_so() {
    let incoming = stream(&responses(), fixture!("stream_ended_early.sse")).unwrap();
    assert_eq!((incoming.text.as_str(), incoming.complete), (r#"{"a":1}"#, false));
}

#[test]
fn a_failure_inside_a_success_has_the_status_it_should_have_had() {
    let read = |answer: &str| whole(&responses(), answer);
    let table = [
        (read(fixture!("failed.json")), 500, Some("server_error")),
        (read(fixture!("failed_rate_limit.json")), 429, Some("rate_limit_exceeded")),
        (read(fixture!("flagged.json")), 400, Some("invalid_prompt")),
        (read(fixture!("cancelled.json")), 500, None),
        (read(r#"{"error":{"message":"upstream","code":502}}"#), 502, None),
        (read(r#"{"error":{"message":"upstream","code":"404"}}"#), 404, Some("404")),
        (stream(&responses(), fixture!("stream_error.sse")), 500, Some("server_error")),
        (stream(&responses(), fixture!("stream_error_nested.sse")), 429, Some("too_many_requests")),
        (stream(&responses(), fixture!("stream_failed.sse")), 429, Some("insufficient_quota")),
    ];
    for (read, status, code) in table {
        let Err(Fault::Status(failure)) = read else { panic!("{read:?}") };
        assert_eq!((failure.status, failure.code.as_deref()), (status, code));
        assert!(!failure.message.is_empty());
    }
}

#[test]
fn error_answers_are_told_apart() {
    let table = [
        ("wrong key", 401, Some("invalid_api_key"), None),
        ("no quota", 429, Some("insufficient_quota"), None),
        ("country", 403, Some("unsupported_country_region_territory"), None),
        ("no such model", 404, Some("model_not_found"), None),
        ("temperature", 400, Some("invalid_request_error"), Some("temperature")),
        ("schema", 400, Some("invalid_json_schema"), Some("text.format.schema")),
        ("context length", 400, Some("context_length_exceeded"), Some("input")),
        ("too large", 413, None, None),
        ("not processable", 422, None, None),
        ("too fast", 429, Some("rate_limit_exceeded"), None),
        ("broken", 500, Some("server_error"), None),
        ("overloaded", 503, Some("server_is_overloaded"), None),
    ];
    for (name, status, code, param) in table {
        let failure = error(fixture!("errors.json"), name);
        let StatusFailure { code: found, param: about, .. } = &failure;
        assert_eq!((failure.status, found.as_deref(), about.as_deref()), (status, code, param), "{name}");
        assert_eq!(failure.message.is_empty(), name == "too large", "{name}");
    }
}

#[test]
fn a_wait_that_is_asked_for_is_heard() {
    let failure = error(fixture!("errors.json"), "too fast");
    assert_eq!(failure.retry_after, Some(Duration::from_millis(1837)));
}

#[test]
fn what_is_no_answer_is_not_taken_for_one() {
    for answer in ["{}", "[]", "null", r#"{"message":"Welcome"}"#] {
        assert!(matches!(whole(&responses(), answer), Err(Fault::Malformed(_))), "{answer}");
    }
}

#[test]
fn nonsense_is_survived() {
    read_nonsense(&responses(), fixture!("success.json"), fixture!("stream.sse"));
    read_nonsense(&responses(), fixture!("failed.json"), fixture!("stream_tool_call.sse"));
    read_nonsense(&responses(), fixture!("tool_call.json"), fixture!("stream_failed.sse"));
}
