use serde_json::json;

use super::super::recorded::{self, failure, llm, schema, streamed, survives_anything, whole};
use super::*;
use crate::config::ProviderName;
use crate::model::Message;
use crate::model::call::Purpose;

macro_rules! recording {
    ($name:literal) => {
        include_str!(concat!("../fixtures/ollama/", $name))
    };
}

const GOOD: &str = r#"{"subtopics":["a"]}"#;

fn ollama(base_url: Option<&str>) -> OllamaChat {
    OllamaChat::new(&llm(ProviderName::Ollama, "llama3.2"), base_url)
}

fn body(mode: Mode, stream: bool) -> Value {
    recorded::body(&ollama(None), mode, stream)
}

#[test]
fn requests_go_to_the_native_endpoint() {
    for (base_url, expected) in [
        (None, "http://localhost:11434/api/chat"),
        (Some("http://192.168.1.7:11434"), "http://192.168.1.7:11434/api/chat"),
        (Some("https://ollama.com/api"), "https://ollama.com/api/chat"),
        (Some("https://proxy.example/ollama/api/chat"), "https://proxy.example/ollama/api/chat"),
        (Some("https://proxy.example/chat?tenant=a"), "https://proxy.example/chat/api/chat?tenant=a"),
    ] {
        assert_eq!(ollama(base_url).url(true), expected);
    }
}

#[test]
fn a_page_sends_no_header_that_the_server_refuses() {
    let headers = ollama(None).headers(Some(&Secret::new("key")));
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.reveal())).collect();
    assert_eq!(headers, [("authorization", "Bearer key")]);
    assert!(ollama(None).headers(None).is_empty());
}

#[test]
fn each_mode_holds_the_model_in_its_own_way() {
    assert_eq!(body(Mode::Schema, false)["format"], schema());
    assert_eq!(body(Mode::Json, false)["format"], "json");
    for mode in [Mode::Tool, Mode::Text] {
        assert!(body(mode, false).get("format").is_none());
    }
    assert_eq!(
        body(Mode::Tool, false)["tools"],
        json!([{ "type": "function", "function": {
            "name": "topics", "description": "Gives the reply.", "parameters": schema(),
        } }])
    );
    for mode in [Mode::Schema, Mode::Json, Mode::Text] {
        assert!(body(mode, false).get("tools").is_none());
    }
}

#[test]
fn streaming_is_always_said_and_nothing_may_be_forgotten() {
    for stream in [true, false] {
        let body = body(Mode::Schema, stream);
        assert_eq!(body["stream"], stream);
        assert_eq!((&body["truncate"], &body["shift"]), (&json!(false), &json!(false)));
        assert_eq!(body["options"], json!({ "temperature": 0.5, "num_predict": 1000, "num_ctx": 4096 }));
        assert_eq!(body["messages"][0], json!({ "role": "system", "content": "Be brief." }));
    }
}

fn context(ollama: &OllamaChat, mode: Mode, bytes: usize, max_tokens: u32) -> u64 {
    let (messages, schema) = ([Message::user("x".repeat(bytes))], json!({ "enum": ["y".repeat(30_000)] }).into());
    let call = Call {
        purpose: Purpose::Sample,
        messages: &messages,
        mode,
        schema: &schema,
        temperature: None,
        max_tokens,
        stream: true,
    };
    recorded::sent(ollama, &call)["options"]["num_ctx"].as_u64().unwrap()
}

#[test]
fn the_context_holds_the_prompt_and_the_reply() {
    for (bytes, max_tokens, expected) in [
        (0, 1, 4096),
        (3 * 3096, 1000, 4096),
        (3 * 3096 + 1, 1000, 8192),
        (30_000, 2000, 16_384),
        (3 * 131_072, 0, 131_072),
        (3_000_000, 2000, 131_072),
        (10, u32::MAX, 131_072),
    ] {
        assert_eq!(context(&ollama(None), Mode::Schema, bytes, max_tokens), expected, "{bytes} + {max_tokens}");
    }
    // The parameters of a tool are part of the prompt.
    assert_eq!(context(&ollama(None), Mode::Tool, 0, 1000), 16_384);
}

#[test]
fn the_context_never_shrinks_because_the_server_would_load_the_model_anew() {
    let ollama = ollama(None);
    let contexts = [10, 30_000, 10].map(|bytes| context(&ollama, Mode::Schema, bytes, 1000));
    assert_eq!(contexts, [4096, 16_384, 16_384]);
}

#[test]
fn replies_are_read_without_what_the_model_thinks() {
    let tokens = Tokens { input: 120, output: 30, ..Tokens::default() };
    for incoming in [
        whole(&ollama(None), recording!("success.json")).unwrap(),
        streamed(&ollama(None), recording!("stream.ndjson")).unwrap(),
    ] {
        assert_eq!((incoming.text.as_str(), incoming.finish, incoming.complete), (GOOD, Some(Finish::Stop), true));
        assert_eq!(incoming.tokens, Some(tokens));
    }
    for incoming in [
        whole(&ollama(None), recording!("tool_call.json")).unwrap(),
        streamed(&ollama(None), recording!("stream_tool_call.ndjson")).unwrap(),
    ] {
        assert_eq!((incoming.arguments.as_str(), incoming.text.as_str()), (GOOD, ""));
        assert!(incoming.complete);
    }
    let cached = whole(&ollama(None), recording!("cached_prompt.json")).unwrap();
    assert_eq!(cached.tokens, Some(Tokens { input: 0, ..tokens }));
}

#[test]
fn what_is_cut_off_says_so() {
    assert_eq!(whole(&ollama(None), recording!("truncation.json")).unwrap().finish, Some(Finish::Length));
    let incoming = streamed(&ollama(None), recording!("stream_truncation.ndjson")).unwrap();
    assert_eq!((incoming.finish, incoming.complete), (Some(Finish::Length), true));
    assert!(!streamed(&ollama(None), recording!("stream_ended_early.ndjson")).unwrap().complete);
}

#[test]
fn an_error_in_the_middle_of_a_stream_is_the_servers_fault() {
    let told = failure(streamed(&ollama(None), recording!("stream_error.ndjson")));
    assert_eq!(told.status, 500);
    assert!(told.message.contains("out of memory"));
    assert_eq!(failure(whole(&ollama(None), recording!("error_429_cloud.json"))).status, 429);
}

#[test]
fn an_answer_of_another_kind_is_none() {
    for text in ["{}", "[]", r#"{"message":"hi"}"#, r#"{"choices":[]}"#, "null", "3"] {
        assert!(matches!(whole(&ollama(None), text), Err(Fault::Malformed(_))), "{text}");
    }
}

#[test]
fn errors_keep_the_servers_words() {
    for (status, recording, says) in [
        (400, recording!("error_400_no_tools.json"), "does not support tools"),
        (400, recording!("error_400_too_long.json"), "longer than the context length"),
        (401, recording!("error_401.json"), "unauthorized"),
        (403, recording!("error_403_cloud_disabled.json"), "cloud is disabled"),
        (404, recording!("error_404.json"), "'llama9' not found"),
        (429, recording!("error_429_cloud.json"), "usage limit"),
        (500, recording!("error_500.json"), "has terminated"),
        (502, recording!("error_502_cloud.json"), "upstream error"),
        (503, recording!("error_503.json"), "server busy"),
    ] {
        let failure = recorded::read_error(&ollama(None), status, &serde_json::from_str(recording).unwrap());
        assert_eq!((failure.status, failure.code), (status, None), "{says}");
        assert!(failure.message.contains(says), "{}", failure.message);
    }
}

#[test]
fn nothing_that_a_server_sends_is_the_end() {
    survives_anything(&ollama(None), &[recording!("success.json"), recording!("tool_call.json")]);
}
