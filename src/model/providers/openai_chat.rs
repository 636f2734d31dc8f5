//! Chat Completions, the protocol that OpenAI began and most servers speak.

use serde_json::{Value, json};

use super::json::{count, messages, object, take_text};
use super::quirks::{self, Quirks, ToolChoice};
use super::{Fault, Incoming, Protocol};
use crate::config::{LlmConfig, ProviderName};
use crate::host::Secret;
use crate::model::call::{Call, Finish, Mode};
use crate::model::schema::Dialect;
use crate::model::{StatusFailure, Tokens};

/// One model behind one address.
pub struct ChatCompletions {
    url: String,
    model: String,
    quirks: Quirks,
}

impl ChatCompletions {
    /// The model of a configuration, at its `base_url` or the provider's own address.
    pub fn new(llm: &LlmConfig, base_url: Option<&str>) -> Self {
        let base_url = base_url.unwrap_or(match llm.provider {
            ProviderName::OpenRouter => "https://openrouter.ai/api/v1",
            ProviderName::Ollama => "http://localhost:11434/v1",
            ProviderName::OpenAi | ProviderName::Anthropic | ProviderName::Gemini => "https://api.openai.com/v1",
        });
        let address = base_url.split_once("://").map_or(base_url, |(_, address)| address);
        let host_and_port = address.split(['/', '?']).next().unwrap_or_default();
        let url = match base_url.split('?').next().is_some_and(|path| path.ends_with("/chat/completions")) {
            true => base_url.to_owned(),
            false => format!("{base_url}/chat/completions"),
        };
        Self { url, model: llm.model.clone(), quirks: quirks::of(llm, host_and_port) }
    }

    fn tool_choice(&self, name: &str) -> Value {
        match self.quirks.tool_choice {
            ToolChoice::Named => json!({ "type": "function", "function": { "name": name } }),
            ToolChoice::Word(word) => word.into(),
            ToolChoice::None => Value::Null,
        }
    }
}

impl Protocol for ChatCompletions {
    fn modes(&self) -> &'static [Mode] {
        self.quirks.modes
    }

    fn dialect(&self) -> Dialect {
        self.quirks.dialect
    }

    fn url(&self, _: bool) -> String {
        self.url.clone()
    }

    fn headers(&self, key: Option<&Secret>) -> Vec<(&'static str, Secret)> {
        let header = |key: &Secret| match self.quirks.key_header {
            Some(name) => (name, key.clone()),
            None => ("authorization", Secret::new(format!("Bearer {}", key.reveal()))),
        };
        key.map(header).into_iter().collect()
    }

    fn body(&self, call: &Call<'_>) -> Value {
        let name = call.schema_name();
        let usage = call.stream && self.quirks.asks_for_usage;
        let mut fields = vec![
            ("model", self.model.as_str().into()),
            ("messages", messages(call.messages.iter(), self.quirks.system_role)),
            ("temperature", call.temperature.into()),
            (self.quirks.token_limit, call.max_tokens.into()),
            ("stream", if call.stream { true.into() } else { Value::Null }),
            ("stream_options", if usage { json!({ "include_usage": true }) } else { Value::Null }),
        ];
        match call.mode {
            Mode::Schema => fields.push((
                "response_format",
                json!({
                    "type": "json_schema",
                    "json_schema": { "name": name, "strict": true, "schema": call.schema },
                }),
            )),
            Mode::Tool => {
                let function = json!({ "name": name, "description": TOOL, "parameters": call.schema });
                fields.push(("tools", json!([{ "type": "function", "function": function }])));
                fields.push(("tool_choice", self.tool_choice(name)));
            }
            Mode::Json => fields.push(("response_format", json!({ "type": "json_object" }))),
            Mode::Text => {}
        }
        let mut body = object(fields);
        if let (Value::Object(body), Value::Object(extra)) = (&mut body, self.quirks.extra()) {
            body.extend(extra);
        }
        body
    }

    fn read(&self, mut answer: Value, incoming: &mut Incoming) -> Result<(), Fault> {
        incoming.tokens = tokens(&answer);
        if answer.get("error").is_some_and(|error| !error.is_null()) {
            return Err(Fault::Status(error_inside(&answer)));
        }
        let choice = answer.pointer_mut("/choices/0");
        let choice = choice.ok_or_else(|| Fault::Malformed("it holds no choices".to_owned()))?;
        let reason = take_text(choice, "finish_reason");
        let message = choice.get_mut("message").filter(|message| message.is_object());
        let message = message.ok_or_else(|| Fault::Malformed("its choice holds no message".to_owned()))?;
        take_content(message, incoming);
        incoming.complete = true;
        finish(reason.as_deref().unwrap_or("stop"), incoming)
    }

    fn read_event(&self, _: &str, mut event: Value, incoming: &mut Incoming) -> Result<(), Fault> {
        if event.get("error").is_some_and(|error| !error.is_null()) {
            return Err(Fault::Status(error_inside(&event)));
        }
        incoming.tokens = tokens(&event).or(incoming.tokens);
        // The last event holds the usage and no choices; Azure's first one neither.
        let Some(choice) = event.pointer_mut("/choices/0") else { return Ok(()) };
        // Servers that do not stream send the whole message in one event.
        for field in ["delta", "message"] {
            if let Some(delta) = choice.get_mut(field) {
                take_content(delta, incoming);
            }
        }
        match take_text(choice, "finish_reason") {
            Some(reason) if !reason.is_empty() => {
                incoming.complete = true;
                finish(&reason, incoming)
            }
            _ => Ok(()),
        }
    }
}

fn finish(reason: &str, incoming: &mut Incoming) -> Result<(), Fault> {
    incoming.finish = Some(match reason {
        "length" | "model_length" => Finish::Length,
        "content_filter" => Finish::Filtered,
        // The provider behind a router broke off, or DeepSeek has no room: another attempt may find some.
        "error" | "insufficient_system_resource" => {
            return Err(Fault::Status(StatusFailure {
                status: 503,
                message: "the model stopped with an error".to_owned(),
                ..StatusFailure::default()
            }));
        }
        _ => Finish::Stop,
    });
    Ok(())
}

/// An error under status 200, as routers send it when the provider behind them fails.
fn error_inside(body: &Value) -> StatusFailure {
    let status = count(body, "/error/code").and_then(|code| u16::try_from(code).ok());
    StatusFailure::inside(status.filter(|status| (400..600).contains(status)).unwrap_or(502), body)
}

/// What the tool that stands for the reply is for.
pub(super) const TOOL: &str = "Gives the reply.";

/// Adds what a message or a part of one holds.
fn take_content(message: &mut Value, incoming: &mut Incoming) {
    match message.get_mut("content").map(Value::take) {
        Some(Value::String(text)) => incoming.text.push_str(&text),
        // Mistral's reasoning models: parts, of which only the text is the answer.
        Some(Value::Array(parts)) => {
            for mut part in parts {
                if let Some(text) = take_text(&mut part, "text") {
                    incoming.text.push_str(&text);
                }
            }
        }
        _ => {}
    }
    if let Some(refusal) = take_text(message, "refusal") {
        incoming.refusal.push_str(&refusal);
    }
    // One tool and one call were asked for; of several calls the first counts.
    let calls = message.get_mut("tool_calls").and_then(Value::as_array_mut).into_iter().flatten();
    for call in calls.filter(|call| call.get("index").and_then(Value::as_u64).unwrap_or(0) == 0).take(1) {
        match call.pointer_mut("/function/arguments").map(Value::take) {
            Some(Value::String(arguments)) => incoming.arguments.push_str(&arguments),
            // Some servers send the object itself.
            Some(arguments @ Value::Object(_)) => {
                incoming.arguments.push_str(&serde_json::to_string(&arguments).unwrap_or_default());
            }
            _ => {}
        }
    }
}

fn tokens(answer: &Value) -> Option<Tokens> {
    let usage = answer.get("usage").filter(|usage| usage.is_object())?;
    let cached = count(usage, "/prompt_tokens_details/cached_tokens")
        // DeepSeek; Together.
        .or_else(|| count(usage, "/prompt_cache_hit_tokens"))
        .or_else(|| count(usage, "/cached_tokens"));
    Some(Tokens {
        input: count(usage, "/prompt_tokens").unwrap_or(0),
        cached_input: cached.unwrap_or(0),
        output: count(usage, "/completion_tokens").unwrap_or(0),
        reasoning: count(usage, "/completion_tokens_details/reasoning_tokens").unwrap_or(0),
    })
}
