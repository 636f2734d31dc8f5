use serde_json::json;

use super::super::recorded::{self, failure, llm, schema, streamed, survives_anything, whole};
use super::*;
use crate::config::ProviderName;

macro_rules! recording {
    ($name:literal) => {
        include_str!(concat!("../fixtures/gemini/", $name))
    };
}

const GOOD: &str = r#"{"subtopics":["a"]}"#;

fn gemini(base_url: Option<&str>) -> GenerateContent {
    GenerateContent::new(&llm(ProviderName::Gemini, "gemini-3.8-flash"), base_url)
}

fn body(mode: Mode) -> Value {
    recorded::body(&gemini(None), mode, false)
}

#[test]
fn requests_go_to_the_model_whether_or_not_base_url_names_a_version() {
    let google = "https://generativelanguage.googleapis.com/v1beta/models/gemini-3.8-flash";
    for (base_url, expected) in [
        (None, google.to_owned()),
        (Some("https://generativelanguage.googleapis.com"), google.to_owned()),
        (Some("https://generativelanguage.googleapis.com/v1beta"), google.to_owned()),
        (Some("https://proxy.example/google/v1"), "https://proxy.example/google/v1/models/gemini-3.8-flash".to_owned()),
        (Some("https://proxy.example/video"), "https://proxy.example/video/v1beta/models/gemini-3.8-flash".to_owned()),
        (
            Some("https://gateway.ai.cloudflare.com/v1/account/gateway/google-ai-studio"),
            "https://gateway.ai.cloudflare.com/v1/account/gateway/google-ai-studio/v1beta/models/gemini-3.8-flash"
                .to_owned(),
        ),
        (
            Some("https://aiplatform.googleapis.com/v1/publishers/google"),
            "https://aiplatform.googleapis.com/v1/publishers/google/models/gemini-3.8-flash".to_owned(),
        ),
    ] {
        let gemini = gemini(base_url);
        assert_eq!(gemini.url(false), format!("{expected}:generateContent"));
        assert_eq!(gemini.url(true), format!("{expected}:streamGenerateContent?alt=sse"));
    }
    let with_query = gemini(Some("https://proxy.example/v1?tenant=a"));
    assert_eq!(with_query.url(false), "https://proxy.example/v1/models/gemini-3.8-flash:generateContent?tenant=a");
    assert!(with_query.url(true).ends_with(":streamGenerateContent?alt=sse&tenant=a"));
}

#[test]
fn the_name_of_a_model_cannot_change_where_a_request_goes() {
    for (model, step) in [
        ("models/gemini-x", "gemini-x"),
        ("gemini-2.5-flash_preview~1", "gemini-2.5-flash_preview~1"),
        ("../../v1/tunedModels/x", "..%2f..%2fv1%2ftunedModels%2fx"),
        ("..", ".."),
        ("a?key=b", "a%3fkey%3db"),
        ("a#b", "a%23b"),
        ("a:countTokens", "a%3acountTokens"),
        ("%2e%2e", "%252e%252e"),
        ("ä b\\\n", "%c3%a4%20b%5c%0a"),
    ] {
        let url = GenerateContent::new(&llm(ProviderName::Gemini, model), Some("https://g.example/v1")).url(false);
        assert_eq!(url, format!("https://g.example/v1/models/{step}:generateContent"));
    }
}

#[test]
fn the_key_goes_into_googles_own_header() {
    let headers = gemini(None).headers(Some(&Secret::new("AIza")));
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.reveal())).collect();
    assert_eq!(headers, [("x-goog-api-key", "AIza")]);
    assert!(gemini(None).headers(None).is_empty());
}

#[test]
fn each_mode_holds_the_model_in_its_own_way() {
    let config = json!({ "temperature": 0.5, "maxOutputTokens": 1000 });
    let with = |field: &str, value: Value| {
        let mut config = config.clone();
        config["responseMimeType"] = json!("application/json");
        if !value.is_null() {
            config[field] = value;
        }
        config
    };
    assert_eq!(body(Mode::Schema)["generationConfig"], with("responseJsonSchema", schema()));
    assert_eq!(body(Mode::Json)["generationConfig"], with("", Value::Null));
    assert_eq!(body(Mode::Text)["generationConfig"], config);
    let tool = body(Mode::Tool);
    assert_eq!(tool["generationConfig"], config);
    assert_eq!(
        tool["tools"],
        json!([{ "functionDeclarations": [
            { "name": "topics", "description": "Gives the reply.", "parametersJsonSchema": schema() },
        ] }])
    );
    assert_eq!(
        tool["toolConfig"],
        json!({ "functionCallingConfig": { "mode": "ANY", "allowedFunctionNames": ["topics"] } })
    );
    for mode in [Mode::Schema, Mode::Json, Mode::Text] {
        assert!(body(mode).get("tools").is_none() && body(mode).get("toolConfig").is_none());
    }
}

#[test]
fn the_setting_is_kept_apart_and_the_assistant_is_called_model() {
    let body = body(Mode::Schema);
    assert_eq!(body["systemInstruction"], json!({ "parts": [{ "text": "Be brief." }] }));
    assert_eq!(
        body["contents"],
        json!([
            { "role": "user", "parts": [{ "text": "Go." }] },
            { "role": "model", "parts": [{ "text": "{}" }] },
            { "role": "user", "parts": [{ "text": "Again." }] },
        ])
    );
}

#[test]
fn replies_are_read_without_the_models_thoughts() {
    let tokens = Tokens { input: 120, cached_input: 100, output: 230, reasoning: 200 };
    for incoming in [
        whole(&gemini(None), recording!("success.json")).unwrap(),
        streamed(&gemini(None), recording!("stream.sse")).unwrap(),
    ] {
        assert_eq!((incoming.text.as_str(), incoming.finish, incoming.complete), (GOOD, Some(Finish::Stop), true));
        assert_eq!(incoming.tokens, Some(tokens));
    }
    for incoming in [
        whole(&gemini(None), recording!("tool_call.json")).unwrap(),
        streamed(&gemini(None), recording!("stream_tool_call.sse")).unwrap(),
    ] {
        assert_eq!((incoming.arguments.as_str(), incoming.text.as_str()), (GOOD, ""));
        assert!(incoming.complete);
    }
}

#[test]
fn what_is_cut_off_or_withheld_says_so() {
    for (recording, finish) in [
        (recording!("truncation.json"), Finish::Length),
        (recording!("safety.json"), Finish::Filtered),
        (recording!("blocked_prompt.json"), Finish::Filtered),
    ] {
        assert_eq!(whole(&gemini(None), recording).unwrap().finish, Some(finish));
    }
    let incoming = streamed(&gemini(None), recording!("stream_blocked.sse")).unwrap();
    assert_eq!((incoming.finish, incoming.complete), (Some(Finish::Filtered), true));
    let malformed = whole(&gemini(None), recording!("malformed_function_call.json")).unwrap();
    assert!(matches!(malformed.finish, Some(Finish::CutOff(reason)) if reason.contains("MALFORMED_FUNCTION_CALL")));
}

#[test]
fn every_reason_to_stop_has_its_meaning() {
    let read = |reason: &str| {
        let answer = json!({ "candidates": [{ "content": { "parts": [{ "text": "{}" }] }, "finishReason": reason }] });
        whole(&gemini(None), &answer.to_string())
    };
    for (reason, finish) in [
        ("STOP", Finish::Stop),
        ("SOMETHING_NEW", Finish::Stop),
        ("MAX_TOKENS", Finish::Length),
        ("SAFETY", Finish::Filtered),
        ("RECITATION", Finish::Filtered),
        ("LANGUAGE", Finish::Filtered),
        ("BLOCKLIST", Finish::Filtered),
        ("PROHIBITED_CONTENT", Finish::Filtered),
        ("SPII", Finish::Filtered),
    ] {
        assert_eq!(read(reason).unwrap().finish, Some(finish), "{reason}");
    }
    for reason in ["MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS"] {
        assert!(matches!(read(reason).unwrap().finish, Some(Finish::CutOff(_))), "{reason}");
    }
    for reason in ["OTHER", "CONTINUATION"] {
        assert_eq!(failure(read(reason)).status, 503, "{reason}");
    }
}

#[test]
fn a_reply_that_the_server_broke_off_is_asked_for_again() {
    assert_eq!(failure(whole(&gemini(None), recording!("continuation.json"))).status, 503);
    let told = failure(streamed(&gemini(None), recording!("stream_error.sse")));
    assert_eq!((told.status, told.code.as_deref()), (503, Some("UNAVAILABLE")));
    assert!(!streamed(&gemini(None), recording!("stream_ended_early.sse")).unwrap().complete);
}

#[test]
fn an_answer_of_another_kind_is_none() {
    for text in ["{}", "[]", r#"{"candidates":[]}"#, r#"{"choices":[]}"#, "null", "3"] {
        assert!(matches!(whole(&gemini(None), text), Err(Fault::Malformed(_))), "{text}");
    }
}

#[test]
fn errors_keep_googles_words_and_status() {
    for (status, recording, code, says) in [
        (400, recording!("error_400_key.json"), "API_KEY_INVALID", "API key not valid"),
        (400, recording!("error_400_argument.json"), "INVALID_ARGUMENT", "Unknown name"),
        (400, recording!("error_400_too_long.json"), "INVALID_ARGUMENT", "exceeds the maximum number of tokens"),
        (403, recording!("error_403.json"), "PERMISSION_DENIED", "is disabled"),
        (404, recording!("error_404.json"), "NOT_FOUND", "is not found for API version"),
        (429, recording!("error_429_minute.json"), "RESOURCE_EXHAUSTED", "exceeded your current quota"),
        (429, recording!("error_429_day.json"), "RESOURCE_EXHAUSTED", "exceeded your current quota"),
        (500, recording!("error_500.json"), "INTERNAL", "internal error"),
        (503, recording!("error_503.json"), "UNAVAILABLE", "overloaded"),
        (504, recording!("error_504.json"), "DEADLINE_EXCEEDED", "Deadline expired"),
    ] {
        let failure = recorded::read_error(&gemini(None), status, &serde_json::from_str(recording).unwrap());
        assert_eq!((failure.status, failure.code.as_deref()), (status, Some(code)), "{says}");
        assert!(failure.message.contains(says), "{}", failure.message);
    }
}

#[test]
fn nothing_that_a_server_sends_is_the_end() {
    survives_anything(
        &gemini(None),
        &[recording!("success.json"), recording!("tool_call.json"), recording!("error_400_key.json")],
    );
}
