use serde_json::json;

use super::super::recorded::{self, failure, llm, schema, streamed, survives_anything, whole};
use super::*;

macro_rules! recording {
    ($name:literal) => {
        include_str!(concat!("../fixtures/chat/", $name))
    };
}

const GOOD: &str = r#"{"subtopics":["a"]}"#;

fn chat(base_url: &str) -> ChatCompletions {
    ChatCompletions::new(&llm(ProviderName::OpenAi, "m"), Some(base_url))
}

fn any() -> ChatCompletions {
    chat("https://api.example.com/v1")
}

fn openrouter() -> ChatCompletions {
    ChatCompletions::new(&llm(ProviderName::OpenRouter, "m"), None)
}

fn body(base_url: &str, mode: Mode, stream: bool) -> Value {
    recorded::body(&chat(base_url), mode, stream)
}

fn header(base_url: &str, key: &str) -> Vec<(&'static str, String)> {
    let headers = chat(base_url).headers(Some(&Secret::new(key)));
    headers.iter().map(|(name, value)| (*name, value.reveal().to_owned())).collect()
}

#[test]
fn requests_go_to_the_endpoint_behind_base_url_with_its_query_at_the_end() {
    for (base_url, expected) in [
        ("https://api.openai.com/v1", "https://api.openai.com/v1/chat/completions"),
        ("https://api.deepseek.com", "https://api.deepseek.com/chat/completions"),
        ("http://[::1]:8080/v1/chat/completions", "http://[::1]:8080/v1/chat/completions"),
        ("https://x.example/v1/?tenant=a", "https://x.example/v1/chat/completions?tenant=a"),
        ("https://x.example/v1/chat/completions/?tenant=a", "https://x.example/v1/chat/completions?tenant=a"),
        ("https://r.openai.azure.com", "https://r.openai.azure.com/openai/v1/chat/completions"),
        ("https://r.openai.azure.com/openai/v1", "https://r.openai.azure.com/openai/v1/chat/completions"),
        (
            "https://r.openai.azure.com/openai/v1?api-version=preview",
            "https://r.openai.azure.com/openai/v1/chat/completions?api-version=preview",
        ),
        (
            "https://r.openai.azure.com/openai/deployments/d?api-version=2025-01-01-preview",
            "https://r.openai.azure.com/openai/deployments/d/chat/completions?api-version=2025-01-01-preview",
        ),
        (
            "https://r.openai.azure.com/openai/deployments/d/chat/completions",
            "https://r.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21",
        ),
        (
            "https://api.cloudflare.com/client/v4/accounts/a/ai/v1",
            "https://api.cloudflare.com/client/v4/accounts/a/ai/v1/chat/completions",
        ),
        (
            "https://gateway.ai.cloudflare.com/v1/a/g/compat",
            "https://gateway.ai.cloudflare.com/v1/a/g/compat/chat/completions",
        ),
    ] {
        assert_eq!(chat(base_url).url(true), expected);
    }
    assert_eq!(openrouter().url(false), "https://openrouter.ai/api/v1/chat/completions");
}

#[test]
fn compatible_addresses_are_told_by_their_end() {
    for base_url in [
        "https://x.example/v1/chat/completions",
        "https://x.example/v1/chat/completions?a=b",
        "https://generativelanguage.googleapis.com/v1beta/openai",
        "https://gateway.ai.cloudflare.com/v1/a/g/compat",
    ] {
        assert!(is_address(Some(base_url), "/openai"), "{base_url}");
    }
    for base_url in
        [None, Some("https://generativelanguage.googleapis.com/v1beta"), Some("https://x.example/openai/v1")]
    {
        assert!(!is_address(base_url, "/openai"), "{base_url:?}");
    }
    assert!(is_address(Some("http://localhost:8000/v1"), "/v1"));
    assert!(!is_address(Some("http://localhost:11434"), "/v1"));
}

#[test]
fn an_address_decides_which_protocol_is_spoken() {
    for (provider, base_url, expected) in [
        (ProviderName::Gemini, None, ":generateContent"),
        (ProviderName::Gemini, Some("https://g.example/v1beta"), ":generateContent"),
        (ProviderName::Gemini, Some("https://g.example/v1beta/openai/"), "/v1beta/openai/chat/completions"),
        (ProviderName::Ollama, None, "http://localhost:11434/api/chat"),
        (ProviderName::Ollama, Some("http://localhost:11434/"), "http://localhost:11434/api/chat"),
        // Where vLLM and LM Studio answer.
        (ProviderName::Ollama, Some("http://localhost:8000/v1/"), "http://localhost:8000/v1/chat/completions"),
        (ProviderName::Ollama, Some("http://gpu:8000/chat/completions"), "http://gpu:8000/chat/completions"),
        (ProviderName::OpenRouter, None, "https://openrouter.ai/api/v1/chat/completions"),
    ] {
        let llm = LlmConfig { base_url: base_url.map(str::to_owned), ..llm(provider, "m") };
        let url = super::super::protocol(&llm).url(false);
        assert!(url.ends_with(expected), "{url}");
    }
}

#[test]
fn the_key_goes_where_the_server_looks_for_it() {
    let bearer = |key: &str| vec![("authorization", format!("Bearer {key}"))];
    assert_eq!(header("https://api.openai.com/v1", "sk"), bearer("sk"));
    assert_eq!(header("https://openrouter.ai/api/v1", "sk-or"), bearer("sk-or"));
    for azure in ["https://r.openai.azure.com/openai/v1", "https://proxy.example/openai/deployments/d"] {
        assert_eq!(header(azure, "0123abcd"), [("api-key", "0123abcd".to_owned())]);
        assert_eq!(header(azure, "eyJhbGciOi.e30.x"), bearer("eyJhbGciOi.e30.x"));
    }
    assert!(any().headers(None).is_empty());
}

#[test]
fn each_mode_holds_the_model_in_its_own_way() {
    let url = "https://api.example.com/v1";
    assert_eq!(
        body(url, Mode::Schema, false)["response_format"],
        json!({ "type": "json_schema", "json_schema": { "name": "topics", "strict": true, "schema": schema() } })
    );
    assert_eq!(body(url, Mode::Json, false)["response_format"], json!({ "type": "json_object" }));
    let tool = body(url, Mode::Tool, false);
    assert_eq!(
        tool["tools"],
        json!([{ "type": "function", "function": {
            "name": "topics", "description": "Gives the reply.", "parameters": schema(),
        } }])
    );
    assert_eq!(tool["tool_choice"], "required");
    assert!(tool.get("response_format").is_none());
    assert_eq!(
        body(url, Mode::Text, false),
        json!({
            "model": "m",
            "messages": [
                { "role": "system", "content": "Be brief." },
                { "role": "user", "content": "Go." },
                { "role": "assistant", "content": "{}" },
                { "role": "user", "content": "Again." },
            ],
            "temperature": 0.5,
            "max_tokens": 1000,
        })
    );
}

#[test]
fn each_server_gets_the_fields_that_it_knows() {
    let openai = body("https://api.openai.com/v1", Mode::Schema, true);
    assert_eq!(openai["messages"][0]["role"], "developer");
    assert_eq!((&openai["max_completion_tokens"], openai.get("max_tokens")), (&json!(1000), None));
    assert_eq!((&openai["stream"], &openai["stream_options"]), (&json!(true), &json!({ "include_usage": true })));

    // It answers fields that it does not know with 422.
    let mistral = body("https://api.mistral.ai/v1", Mode::Tool, true);
    assert_eq!((mistral.get("stream_options"), &mistral["tool_choice"]), (None, &json!("any")));
    assert_eq!(mistral["max_tokens"], 1000);

    for mode in [Mode::Schema, Mode::Tool, Mode::Json] {
        let routed = recorded::body(&openrouter(), mode, false);
        assert_eq!(routed["provider"], json!({ "require_parameters": true }));
    }
    assert!(recorded::body(&openrouter(), Mode::Text, false).get("provider").is_none());
    assert!(body("https://api.groq.com/openai/v1", Mode::Text, true).get("max_completion_tokens").is_some());
    assert!(body("http://localhost:8000/v1", Mode::Text, false).get("stream").is_none());
}

#[test]
fn reads_text_finish_and_tokens() {
    let incoming = whole(&any(), recording!("success.json")).unwrap();
    assert_eq!((incoming.text.as_str(), incoming.finish, incoming.complete), (GOOD, Some(Finish::Stop), true));
    assert_eq!(incoming.tokens, Some(Tokens { input: 120, cached_input: 100, output: 230, reasoning: 200 }));
    let incoming = streamed(&any(), recording!("stream.sse")).unwrap();
    assert_eq!((incoming.text.as_str(), incoming.finish, incoming.complete), (GOOD, Some(Finish::Stop), true));
    assert_eq!(incoming.tokens, Some(Tokens { input: 120, output: 30, ..Tokens::default() }));
}

#[test]
fn the_first_call_of_a_tool_is_the_reply() {
    for incoming in [
        whole(&any(), recording!("tool_call.json")).unwrap(),
        whole(&any(), recording!("object_arguments.json")).unwrap(),
        streamed(&any(), recording!("stream_tool_call.sse")).unwrap(),
    ] {
        assert_eq!((incoming.arguments.as_str(), incoming.text.as_str(), incoming.complete), (GOOD, "", true));
    }
}

#[test]
fn refusal_truncation_and_filtering_are_recognised() {
    for read in [
        whole(&any(), recording!("refusal.json")).unwrap(),
        streamed(&any(), recording!("stream_refusal.sse")).unwrap(),
    ] {
        let reply = read.into_reply();
        assert_eq!((reply.finish, reply.text.as_str()), (Finish::Refusal, "I'm sorry, I can't help with that."));
    }
    for (recording, finish) in [
        (recording!("truncation.json"), Finish::Length),
        (recording!("mistral_model_length.json"), Finish::Length),
        (recording!("filtered.json"), Finish::Filtered),
        (recording!("google_filtered.json"), Finish::Filtered),
        (recording!("together.json"), Finish::Stop),
        (recording!("huggingface.json"), Finish::Stop),
    ] {
        assert_eq!(whole(&any(), recording).unwrap().finish, Some(finish));
    }
    assert_eq!(whole(&any(), r#"{"choices":[{"message":{"content":"{}"}}]}"#).unwrap().finish, Some(Finish::Stop));
    let azure = streamed(&any(), recording!("azure_stream_filtered.sse")).unwrap();
    assert_eq!((azure.finish, azure.complete), (Some(Finish::Filtered), true));
}

#[test]
fn reasoning_never_becomes_part_of_a_reply() {
    for (server, recording) in [
        ("deepseek", recording!("deepseek.json")),
        ("groq", recording!("groq.json")),
        ("mistral", recording!("mistral_parts.json")),
        ("openrouter", recording!("openrouter.json")),
        ("vllm", recording!("vllm.json")),
        ("llama.cpp", recording!("llama_cpp.json")),
        ("lm studio", recording!("lm_studio.json")),
        ("together", recording!("together.json")),
        ("xai", recording!("xai.json")),
        ("workers ai", recording!("workers_ai.json")),
    ] {
        assert_eq!(whole(&any(), recording).unwrap().text, GOOD, "{server}");
    }
    for (server, recording) in [
        ("deepseek", recording!("deepseek_stream.sse")),
        ("groq", recording!("groq_stream.sse")),
        ("mistral", recording!("mistral_stream.sse")),
        ("openrouter", recording!("openrouter_stream.sse")),
        ("azure", recording!("azure_stream.sse")),
    ] {
        let incoming = streamed(&any(), recording).unwrap();
        assert_eq!((incoming.text.as_str(), incoming.complete), (GOOD, true), "{server}");
        assert_eq!(incoming.tokens.map(|tokens| (tokens.input, tokens.output)), Some((120, 30)), "{server}");
    }
}

#[test]
fn tokens_are_counted_alike_wherever_they_are_told() {
    let tokens = |input, cached_input, output, reasoning| Some(Tokens { input, cached_input, output, reasoning });
    for (server, recording, expected) in [
        ("deepseek", recording!("deepseek.json"), tokens(120, 64, 230, 200)),
        ("deepseek, older", recording!("deepseek_cache_only.json"), tokens(120, 64, 30, 0)),
        ("together", recording!("together.json"), tokens(120, 64, 30, 0)),
        ("openrouter", recording!("openrouter.json"), tokens(120, 0, 30, 20)),
        ("vllm", recording!("vllm.json"), tokens(120, 0, 30, 0)),
        // Its completion_tokens leave the reasoning out.
        ("xai", recording!("xai.json"), tokens(120, 0, 230, 200)),
    ] {
        assert_eq!(whole(&any(), recording).unwrap().tokens, expected, "{server}");
    }
    for usage in [r#"null"#, "{}", r#"{"prompt_tokens":null}"#, "[]"] {
        let answer = format!(r#"{{"choices":[{{"message":{{"content":""}}}}],"usage":{usage}}}"#);
        assert_eq!(whole(&any(), &answer).unwrap().tokens, None, "{usage}");
    }
}

#[test]
fn a_failure_under_status_200_is_a_failure() {
    for (recording, status, code) in [
        (recording!("openrouter_error_under_200.json"), 502, Some("provider_unavailable")),
        (recording!("openrouter_choice_error.json"), 429, Some("rate_limit_exceeded")),
        (recording!("deepseek_no_room.json"), 503, None),
    ] {
        let failure = failure(whole(&openrouter(), recording));
        assert_eq!((failure.status, failure.code.as_deref()), (status, code));
    }
    for (recording, status, says) in [
        (recording!("openrouter_stream_error.sse"), 502, "Provider disconnected"),
        (recording!("groq_stream_error.sse"), 503, "over_capacity"),
        (recording!("vllm_stream_error.sse"), 500, "EngineCore"),
        (recording!("vllm_stream_error_nested.sse"), 500, "Internal server error"),
        (recording!("lm_studio_stream_error.sse"), 502, "has crashed"),
    ] {
        let failure = failure(streamed(&any(), recording));
        assert_eq!(failure.status, status, "{says}");
        assert!(failure.message.contains(says), "{}", failure.message);
    }
    for reason in ["error", "abort", "insufficient_system_resource"] {
        let answer = json!({ "choices": [{ "message": { "content": "{}" }, "finish_reason": reason }] });
        assert_eq!(failure(whole(&any(), &answer.to_string())).status, 503, "{reason}");
    }
}

#[test]
fn a_stream_that_ends_early_is_not_complete() {
    assert!(!streamed(&any(), recording!("stream_ended_early.sse")).unwrap().complete);
}

#[test]
fn an_answer_of_another_kind_is_none() {
    for text in ["{}", "[]", r#"{"choices":[]}"#, r#"{"choices":[{}]}"#, r#"{"choices":[{"message":"hi"}]}"#, "null"] {
        assert!(matches!(whole(&any(), text), Err(Fault::Malformed(_))), "{text}");
    }
}

fn told(server: &ChatCompletions, status: u16, recording: &str) -> StatusFailure {
    recorded::read_error(server, status, &serde_json::from_str(recording).unwrap())
}

#[test]
fn errors_keep_the_servers_words_and_code() {
    for (status, recording, code, says) in [
        (401, recording!("error_openai_401.json"), "invalid_api_key", "Incorrect API key"),
        (403, recording!("error_openai_403.json"), "unsupported_country_region_territory", "not supported"),
        (404, recording!("error_openai_404.json"), "model_not_found", "`gpt-0`"),
        (400, recording!("error_openai_400_schema.json"), "invalid_json_schema", "Invalid schema"),
        (400, recording!("error_openai_400_context.json"), "context_length_exceeded", "maximum context length"),
        (429, recording!("error_openai_429_rate.json"), "rate_limit_exceeded", "Rate limit reached"),
        (429, recording!("error_openai_429_quota.json"), "insufficient_quota", "exceeded your current quota"),
        (500, recording!("error_openai_500.json"), "server_error", "had an error"),
        (503, recording!("error_openai_503.json"), "server_error", "overloaded"),
        (400, recording!("error_openrouter_400_context.json"), "context_length_exceeded", "8192"),
        (503, recording!("error_openrouter_503.json"), "provider_overloaded", "No available model provider"),
        (400, recording!("error_groq_400_misfit.json"), "json_validate_failed", "Failed to generate JSON"),
        (413, recording!("error_groq_413.json"), "rate_limit_exceeded", "Request too large"),
        (400, recording!("error_mistral_400_model.json"), "invalid_model", "mistral-0"),
        (400, recording!("error_azure_400_filter.json"), "content_filter", "was filtered"),
        (404, recording!("error_azure_404.json"), "DeploymentNotFound", "does not exist"),
        (400, recording!("error_vllm_400.json"), "BadRequestError", "4096"),
        (404, recording!("error_vllm_404.json"), "NotFoundError", "does not exist"),
        (503, recording!("error_llama_cpp_503.json"), "unavailable_error", "Loading model"),
        (400, recording!("error_llama_cpp_400_context.json"), "exceed_context_size_error", "context size"),
        (400, recording!("error_google_400.json"), "API_KEY_INVALID", "API key not valid"),
        (404, recording!("error_ollama_404.json"), "not_found_error", "'llama9'"),
    ] {
        let failure = told(&any(), status, recording);
        assert_eq!((failure.status, failure.code.as_deref()), (status, Some(code)), "{says}");
        assert!(failure.message.contains(says), "{}", failure.message);
    }
}

#[test]
fn errors_without_a_code_keep_the_servers_words() {
    for (status, recording, says) in [
        (402, recording!("error_openrouter_402.json"), "requires more credits"),
        (402, recording!("error_huggingface_402.json"), "depleted your monthly"),
        (402, recording!("error_deepseek_402.json"), "Insufficient Balance"),
        (403, recording!("error_openrouter_403_moderation.json"), "requires moderation"),
        (401, recording!("error_mistral_401.json"), "Unauthorized"),
        (429, recording!("error_mistral_429.json"), "Rate limit exceeded"),
        (401, recording!("error_azure_401.json"), "invalid subscription key"),
        (400, recording!("error_lm_studio_400.json"), "must be 'json_schema' or 'text'"),
        (400, recording!("error_cloudflare_400.json"), "Could not route"),
    ] {
        let failure = told(&any(), status, recording);
        assert_eq!(failure.status, status);
        assert!(failure.message.contains(says), "{}", failure.message);
    }
    let page = recorded::read_error(&any(), 502, &Value::Null);
    assert_eq!((page.status, page.message.as_str()), (502, ""));
}

#[test]
fn the_field_that_a_server_does_not_take_is_named() {
    for (status, recording, param, message) in [
        (400, recording!("error_openai_400_temperature.json"), "temperature", "Unsupported value: 'temperature'"),
        (400, recording!("error_openai_400_schema.json"), "response_format", "Invalid schema"),
        (422, recording!("error_mistral_422.json"), "stream_options", "stream_options: Extra inputs are not permitted"),
        (
            422,
            recording!("error_mistral_422_wrapped.json"),
            "temperature",
            "temperature: Input should be less than or equal to 1.5",
        ),
        // The answer of the provider behind the router.
        (400, recording!("error_openrouter_400_upstream.json"), "temperature", "Unsupported parameter: 'temperature'"),
        // None of the providers takes everything that was asked for.
        (404, recording!("error_openrouter_404.json"), "temperature", "No endpoints found"),
    ] {
        let failure = told(&openrouter(), status, recording);
        assert_eq!(failure.param.as_deref(), Some(param), "{message}");
        assert!(failure.message.starts_with(message), "{}", failure.message);
    }
    assert_eq!(
        told(&openrouter(), 404, recording!("error_openrouter_404.json")).code.as_deref(),
        Some("unsupported_parameter")
    );
    assert_eq!(told(&any(), 404, recording!("error_openrouter_404.json")).param, None);
}

#[test]
fn what_a_model_wrote_in_vain_is_not_repeated_in_a_message() {
    let failure = told(&any(), 400, recording!("error_groq_400_misfit.json"));
    assert!(!failure.message.contains("secret words"), "{}", failure.message);
}

#[test]
fn nothing_that_a_server_sends_is_the_end() {
    survives_anything(
        &openrouter(),
        &[
            recording!("success.json"),
            recording!("tool_call.json"),
            recording!("mistral_parts.json"),
            recording!("groq_stream_error.sse"),
            recording!("stream_tool_call.sse"),
            recording!("error_mistral_422_wrapped.json"),
            recording!("error_openrouter_400_upstream.json"),
        ],
    );
}
