//! Messages, the protocol of Anthropic.

use serde_json::{Value, json};

use super::json::{count, dialogue, has, object, read_error, system_text, take_text, text};
use super::openai_chat::TOOL;
use super::{Fault, Incoming, Protocol};
use crate::config::LlmConfig;
use crate::host::Secret;
use crate::model::call::{Call, Finish, Mode};
use crate::model::schema::Dialect;
use crate::model::{StatusFailure, Tokens};

/// The version of the protocol that refuses sampling parameters, and the one before it.
const VERSION: &str = "2026-10-21";
const VERSION_WITH_SAMPLING: &str = "2023-06-01";

/// The least length of a beginning, in bytes, that is worth keeping in the provider's cache. Models keep none below
/// 1,024 tokens, some none below 4,096, and ignore the wish then. A run sends the same beginning for every request, so
/// that reading it at a tenth of the price soon pays for the quarter more that writing it costs.
const WORTH_CACHING: usize = 4 * 1024;

/// One model behind one address.
pub struct Messages {
    url: String,
    model: String,
    takes_temperature: bool,
}

impl Messages {
    /// The model of a configuration, at its `base_url` or Anthropic's own address.
    pub fn new(llm: &LlmConfig, base_url: Option<&str>) -> Self {
        let base_url = base_url.unwrap_or("https://api.anthropic.com");
        let address = base_url.split('?').next().unwrap_or_default();
        let rest = match address {
            address if address.ends_with("/messages") => "",
            address if address.ends_with("/v1") => "/messages",
            _ => "/v1/messages",
        };
        Self {
            url: format!("{base_url}{rest}"),
            model: llm.model.clone(),
            takes_temperature: takes_temperature(&llm.model),
        }
    }

    /// What the model is told of its task, with the wish to keep it in the cache where that pays.
    fn system(&self, call: &Call<'_>) -> Value {
        let system = system_text(call.messages);
        // The schema comes before the system text, and is kept with it.
        let schema = match call.mode {
            Mode::Schema | Mode::Tool => serde_json::to_string(call.schema).unwrap_or_default().len(),
            Mode::Json | Mode::Text => 0,
        };
        match system.as_str() {
            Some(text) if text.len() + schema >= WORTH_CACHING => {
                json!([{ "type": "text", "text": text, "cache_control": { "type": "ephemeral" } }])
            }
            _ => system,
        }
    }
}

impl Protocol for Messages {
    fn modes(&self) -> &'static [Mode] {
        &[Mode::Schema, Mode::Tool, Mode::Text]
    }

    fn dialect(&self) -> Dialect {
        Dialect::Anthropic
    }

    fn url(&self, _: bool) -> String {
        self.url.clone()
    }

    fn headers(&self, key: Option<&Secret>) -> Vec<(&'static str, Secret)> {
        let version = if self.takes_temperature { VERSION_WITH_SAMPLING } else { VERSION };
        let mut headers = vec![
            ("anthropic-version", Secret::new(version)),
            // Pages are refused without it; servers do not mind.
            ("anthropic-dangerous-direct-browser-access", Secret::new("true")),
        ];
        headers.extend(key.map(|key| ("x-api-key", key.clone())));
        headers
    }

    fn body(&self, call: &Call<'_>) -> Value {
        let temperature = call.temperature.filter(|_| self.takes_temperature);
        let mut fields = vec![
            ("model", self.model.as_str().into()),
            ("max_tokens", call.max_tokens.into()),
            ("system", self.system(call)),
            ("messages", dialogue(call.messages)),
            // Ends at 1 here, at 2 elsewhere.
            ("temperature", temperature.map(|temperature| temperature.clamp(0.0, 1.0)).into()),
            ("stream", if call.stream { true.into() } else { Value::Null }),
        ];
        match call.mode {
            Mode::Schema => {
                fields.push(("output_config", json!({ "format": { "type": "json_schema", "schema": call.schema } })));
            }
            Mode::Tool => {
                // Not strict: a schema gets here that was too much for a grammar. Not forced: models that always think
                // refuse that, and the prompt asks for the call.
                let tool = json!({ "name": call.schema_name(), "description": TOOL, "input_schema": call.schema });
                fields.push(("tools", json!([tool])));
                fields.push(("tool_choice", json!({ "type": "auto", "disable_parallel_tool_use": true })));
            }
            Mode::Json | Mode::Text => {}
        }
        object(fields)
    }

    fn read(&self, answer: Value, incoming: &mut Incoming) -> Result<(), Fault> {
        if has(&answer, "error") {
            return Err(failure_inside(&answer));
        }
        let Some(blocks) = answer.get("content").and_then(Value::as_array) else {
            return Err(Fault::Malformed("it holds no content".to_owned()));
        };
        for block in blocks {
            match text(block, "type") {
                "text" => incoming.text.push_str(text(block, "text")),
                // One call was asked for; of several the first counts.
                "tool_use" if incoming.arguments.is_empty() => {
                    let input = block.get("input").and_then(|input| serde_json::to_string(input).ok());
                    incoming.arguments = input.unwrap_or_default();
                }
                _ => {}
            }
        }
        add_tokens(answer.get("usage"), incoming);
        finish(&answer, incoming)?;
        incoming.complete = true;
        Ok(())
    }

    fn read_event(&self, name: &str, mut event: Value, incoming: &mut Incoming) -> Result<(), Fault> {
        let kind = take_text(&mut event, "type").unwrap_or_else(|| name.to_owned());
        let index = count(&event, "/index");
        let part = |field: &str| event.get(field).unwrap_or(&Value::Null);
        match kind.as_str() {
            "message_start" => add_tokens(event.pointer("/message/usage"), incoming),
            "content_block_start" => match text(part("content_block"), "type") {
                "text" => incoming.text.push_str(text(part("content_block"), "text")),
                "tool_use" if !incoming.arguments.is_empty() => incoming.aside = index,
                _ => {}
            },
            "content_block_delta" => match text(part("delta"), "type") {
                "text_delta" => incoming.text.push_str(text(part("delta"), "text")),
                "input_json_delta" if index.is_none() || index != incoming.aside => {
                    incoming.arguments.push_str(text(part("delta"), "partial_json"));
                }
                _ => {}
            },
            "message_delta" => {
                add_tokens(event.get("usage"), incoming);
                finish(part("delta"), incoming)?;
            }
            "message_stop" => incoming.complete = true,
            kind if kind == "error" || has(&event, "error") => return Err(failure_inside(&event)),
            _ => {}
        }
        Ok(())
    }
}

/// Whether a model is known to take a temperature: Claude up to 4.6. Those after it refuse one, and of a name that says
/// no version nothing is known.
fn takes_temperature(model: &str) -> bool {
    let Some((_, rest)) = model.split_once("claude-") else { return false };
    // claude-3-5-haiku-20241022, claude-opus-4-1, claude-sonnet-4.5, claude-sonnet-4@20250514: longer numbers are dates.
    let mut words = rest.split(['-', '.', '@', ':']).map(|word| word.parse::<u16>().ok().filter(|_| word.len() <= 2));
    let Some(major) = words.by_ref().flatten().next() else { return false };
    let minor = words.next().flatten().unwrap_or(0);
    (major, minor) <= (4, 6)
}

/// Why the model stopped, from an answer or from the change to one.
fn finish(told: &Value, incoming: &mut Incoming) -> Result<(), Fault> {
    incoming.finish = Some(match text(told, "stop_reason") {
        "max_tokens" | "model_context_window_exceeded" => Finish::Length,
        "refusal" => {
            let details = told.get("stop_details").unwrap_or(&Value::Null);
            let told: Vec<&str> = ["category", "explanation"].iter().map(|field| text(details, field)).collect();
            incoming.refusal = told.join(": ").trim_matches([':', ' ']).to_owned();
            Finish::Refusal
        }
        // Only for the provider's own tools, which are never used here: it could be continued, but not as one reply.
        "pause_turn" => {
            let message = "the model paused before it was done".to_owned();
            return Err(Fault::Status(StatusFailure { status: 503, message, ..StatusFailure::default() }));
        }
        _ => Finish::Stop,
    });
    Ok(())
}

/// A failure in a stream, which has a type and no status: the table of the protocol's documentation, read backwards.
fn failure_inside(told: &Value) -> Fault {
    let failure = read_error(500, told);
    let status = match failure.code.as_deref().unwrap_or_default() {
        "invalid_request_error" => 400,
        "authentication_error" => 401,
        "billing_error" => 402,
        "permission_error" => 403,
        "not_found_error" => 404,
        "conflict_error" => 409,
        "request_too_large" => 413,
        "rate_limit_error" => 429,
        "timeout_error" => 504,
        "overloaded_error" => 529,
        _ => failure.status,
    };
    Fault::Status(StatusFailure { status, ..failure })
}

/// Takes a count of tokens in. A stream tells them at its beginning and again at its end, where some may be missing;
/// they never shrink.
fn add_tokens(usage: Option<&Value>, incoming: &mut Incoming) {
    let Some(usage) = usage.filter(|usage| usage.is_object()) else { return };
    let of = |pointer: &str| count(usage, pointer).unwrap_or(0);
    let cached = of("/cache_read_input_tokens");
    let so_far = incoming.tokens.unwrap_or_default();
    incoming.tokens = Some(Tokens {
        // Counted apart: what was sent, what was put into the cache, and what was read from it.
        input: so_far
            .input
            .max(of("/input_tokens").saturating_add(of("/cache_creation_input_tokens")).saturating_add(cached)),
        cached_input: so_far.cached_input.max(cached),
        output: so_far.output.max(of("/output_tokens")),
        reasoning: so_far.reasoning.max(of("/output_tokens_details/thinking_tokens")),
    });
}

#[cfg(test)]
mod tests {
    use super::super::replay::{call, error, llm, read_nonsense, stream, whole};
    use super::*;
    use crate::config::ProviderName;
    use crate::model::Message;

    macro_rules! fixture {
        ($name:literal) => {
            include_str!(concat!("fixtures/anthropic/", $name))
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
        let (messages, schema) = (conversation(), json!({}));
        for (model, version, temperature) in [
            ("claude-sonnet-4-5", VERSION_WITH_SAMPLING, Some(1.0)),
            ("claude-sonnet-5-5", VERSION, None),
            ("claude-unheard-of", VERSION, None),
        ] {
            let body = claude(model).body(&call(Mode::Text, &messages, &schema));
            assert_eq!(body.get("temperature").and_then(Value::as_f64), temperature, "{model}");
            let headers = claude(model).headers(None);
            assert_eq!((headers[0].0, headers[0].1.reveal()), ("anthropic-version", version), "{model}");
        }
        let call = Call { temperature: Some(0.3), ..call(Mode::Text, &messages, &schema) };
        assert_eq!(claude("claude-sonnet-4-5").body(&call)["temperature"], 0.3);
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
        let schema = json!({ "type": "object" });
        let messages = conversation();
        let call = Call { stream: true, ..call(Mode::Schema, &messages, &schema) };
        let expected = json!({
            "model": "claude-sonnet-5",
            "max_tokens": 2000,
            "system": "You write samples.",
            "messages": [{ "role": "user", "content": "About the sky." }, { "role": "assistant", "content": "{}" }],
            "stream": true,
            "output_config": { "format": { "type": "json_schema", "schema": schema } },
        });
        assert_eq!(claude("claude-sonnet-5").body(&call), expected);
    }

    #[test]
    fn a_request_offers_the_one_tool_and_forces_nothing() {
        let schema = json!({ "type": "object" });
        let body = claude("claude-sonnet-5").body(&call(Mode::Tool, &conversation(), &schema));
        assert_eq!(body["tools"], json!([{ "name": "sample", "description": TOOL, "input_schema": schema }]));
        assert_eq!(body["tool_choice"]["type"], "auto");
        assert_eq!((body.get("output_config"), body.get("stream")), (None, None));
    }

    #[test]
    fn a_long_beginning_is_kept_by_the_provider() {
        let cached = |system: usize, schema: usize, mode: Mode| {
            let messages = [Message::system("s".repeat(system)), Message::user("About the sky.")];
            let schema = json!({ "description": "d".repeat(schema) });
            let body = claude("claude-sonnet-5").body(&call(mode, &messages, &schema));
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
        assert_eq!(failure.request_id.as_deref(), Some("req_529"));
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
            let failure = error(&claude("claude-sonnet-5"), fixture!("errors.json"), name);
            assert_eq!((failure.status, failure.code.as_deref()), (status, Some(code)), "{name}");
            assert!(!failure.message.is_empty(), "{name}");
            assert_eq!(failure.request_id, Some(format!("req_{status}")), "{name}");
        }
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
}
