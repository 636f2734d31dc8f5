//! Messages, the protocol of Anthropic.

use serde_json::Value;

use super::json::{self, count, has, messages, system_text, take_text, text};
use super::{Fault, Incoming, Protocol};
use crate::config::LlmConfig;
use crate::host::Secret;
use crate::model::call::{Call, Finish, Mode};
use crate::model::{StatusFailure, Tokens};
use crate::schema::Dialect;
use crate::search;

/// The version of the protocol that refuses sampling parameters, and the one before it.
const VERSION: &str = "2026-10-21";
const VERSION_WITH_SAMPLING: &str = "2023-06-01";

const BODY: &str = r#"{
    "model": "$model", "max_tokens": "$max_tokens", "messages": "$messages", "temperature": "$temperature",
    "stream": "$stream"
}"#;
const SYSTEM: &str = r#"{ "system": "$system" }"#;
const CACHED_SYSTEM: &str = r#"{
    "system": [{ "type": "text", "text": "$system", "cache_control": { "type": "ephemeral" } }]
}"#;
const SCHEMA: &str = r#"{ "output_config": { "format": { "type": "json_schema", "schema": "$schema" } } }"#;
/// Not strict: a schema gets here that was too much for a grammar. Not forced: models that always think refuse that, and
/// the prompt asks for the call.
const TOOL: &str = r#"{
    "tools": [{ "name": "$name", "description": "Gives the reply.", "input_schema": "$schema" }],
    "tool_choice": { "type": "auto", "disable_parallel_tool_use": true }
}"#;

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

    /// The place for what the model is told of its task, with the wish to keep it in the cache where that pays.
    fn place_of(system: &str, call: &Call<'_>) -> &'static str {
        // The schema comes before the system text, and is kept with it.
        let schema = match call.mode {
            Mode::Schema | Mode::Tool => call.schema.text.len(),
            Mode::Json | Mode::Text => 0,
        };
        if !system.is_empty() && system.len() + schema >= WORTH_CACHING { CACHED_SYSTEM } else { SYSTEM }
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

    fn body(&self, call: &Call<'_>) -> String {
        let system = system_text(call.messages);
        let temperature = call.temperature.filter(|_| self.takes_temperature);
        let hold = match call.mode {
            Mode::Schema => SCHEMA,
            Mode::Tool => TOOL,
            Mode::Json | Mode::Text => "{}",
        };
        let templates = [BODY, Self::place_of(&system, call), hold];
        let values = &[
            ("system", system),
            ("messages", messages(call.messages, None)),
            // Ends at 1 here, at 2 elsewhere.
            ("temperature", json::number(temperature.map(|temperature| temperature.clamp(0.0, 1.0)))),
        ];
        json::request(call, &self.model, &templates, values)
    }

    fn read(&self, answer: Value, incoming: &mut Incoming) -> Result<(), Fault> {
        if has(&answer, "error") {
            return Err(failure_inside(&answer));
        }
        let Some(blocks) = answer.get("content").and_then(Value::as_array) else {
            return Err(Fault::malformed("it holds no content"));
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
            "message_start" => add_tokens(crate::json::at(&event, "/message/usage"), incoming),
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
    let Some((_, rest)) = search::split_once(model, "claude-") else { return false };
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
            incoming.refusal = search::join(&told, ": ").trim_matches([':', ' ']).to_owned();
            Finish::Refusal
        }
        // Only for the provider's own tools, which are never used here: it could be continued, but not as one reply.
        "pause_turn" => {
            return Err(Fault::told(503, "the model paused before it was done".to_owned()));
        }
        _ => Finish::Stop,
    });
    Ok(())
}

/// A failure in a stream, which has a type and no status: the table of the protocol's documentation, read backwards.
fn failure_inside(told: &Value) -> Fault {
    let mut failure = StatusFailure::inside(500, told);
    failure.status = match failure.code.as_deref().unwrap_or_default() {
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
    Fault::of(failure)
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
mod tests;
