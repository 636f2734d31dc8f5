//! Chat Completions, the protocol that OpenAI began and most servers speak.

use serde_json::Value;

use super::json::{self, count, messages, push_json, quoted, take_text};
use super::quirks::{self, Quirks};
use super::{Fault, Incoming, Protocol};
use crate::config::{LlmConfig, ProviderName};
use crate::host::Secret;
use crate::model::call::{Call, Finish, Mode};
use crate::model::{StatusFailure, Tokens};
use crate::schema::Dialect;
use crate::search;

const ENDPOINT: &str = "/chat/completions";

const BODY: &str = r#"{
    "model": "$model", "messages": "$messages", "temperature": "$temperature", "stream": "$stream"
}"#;
const USAGE: &str = r#"{ "stream_options": { "include_usage": true } }"#;
const SCHEMA: &str = r#"{
    "response_format": {
        "type": "json_schema", "json_schema": { "name": "$name", "strict": true, "schema": "$schema" }
    }
}"#;
const TOOL: &str = r#"{
    "tools": [{
        "type": "function", "function": { "name": "$name", "description": "Gives the reply.", "parameters": "$schema" }
    }],
    "tool_choice": "$tool_choice"
}"#;
const JSON: &str = r#"{ "response_format": { "type": "json_object" } }"#;

/// The last version of Azure's older addresses that is not a preview.
const AZURE_VERSION: &str = "api-version=2024-10-21";

/// Whether an address is one at which this protocol is spoken, whatever the provider speaks elsewhere: it names the
/// endpoint, Cloudflare's gateway to it, or has the ending that the provider gives to its compatible addresses.
pub fn is_address(base_url: Option<&str>, ending: &str) -> bool {
    let path = base_url.and_then(|url| url.split('?').next()).unwrap_or_default().trim_end_matches('/');
    [ENDPOINT, "/compat", ending].iter().any(|ending| path.ends_with(ending))
}

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
        let quirks = quirks::of(llm.provider, base_url);
        Self { url: endpoint(base_url, &quirks), model: llm.model.clone(), quirks }
    }
}

/// Where requests go. What stands behind a question mark stays at the end.
fn endpoint(base_url: &str, quirks: &Quirks) -> String {
    let (path, mut query) = base_url.split_once('?').unwrap_or((base_url, ""));
    let path = path.trim_end_matches('/');
    let path = path.strip_suffix(ENDPOINT).unwrap_or(path);
    let mut url = path.to_owned();
    if quirks::is_azure_deployment(path) {
        // Without a version they answer 404.
        if !search::contains(query, "api-version=") {
            query = AZURE_VERSION;
        }
    } else if quirks.is_azure() && path.ends_with(".azure.com") {
        // The address as Azure's portal shows it.
        url.push_str("/openai/v1");
    }
    url.push_str(ENDPOINT);
    if !query.is_empty() {
        url.push('?');
        url.push_str(query);
    }
    url
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
            // A token of Entra is a JWT, and goes where tokens go.
            Some(name) if !key.reveal().starts_with("eyJ") => (name, key.clone()),
            _ => ("authorization", Secret::new(format!("Bearer {}", key.reveal()))),
        };
        key.map(header).into_iter().collect()
    }

    fn body(&self, call: &Call<'_>) -> String {
        let Quirks { system_role, token_limit, tool_choice, .. } = self.quirks;
        let hold = match call.mode {
            Mode::Schema => SCHEMA,
            Mode::Tool => TOOL,
            Mode::Json => JSON,
            Mode::Text => "{}",
        };
        let extra = if call.mode == Mode::Text { "{}" } else { self.quirks.extra };
        let usage = if call.stream && self.quirks.asks_for_usage { USAGE } else { "{}" };
        let values = &[("messages", messages(call.messages, Some(system_role))), ("tool_choice", quoted(tool_choice))];
        json::request(call, &self.model, &[BODY, token_limit, usage, hold, extra], values)
    }

    fn read(&self, mut answer: Value, incoming: &mut Incoming) -> Result<(), Fault> {
        look_for_error(&answer)?;
        incoming.tokens = tokens(&answer);
        let choice = crate::json::at_mut(&mut answer, "/choices/0");
        let choice = choice.ok_or_else(|| Fault::malformed("it holds no choices"))?;
        look_for_error(choice)?;
        let reason = take_text(choice, "finish_reason");
        let message = choice.get_mut("message").filter(|message| message.is_object());
        let message = message.ok_or_else(|| Fault::malformed("its choice holds no message"))?;
        take_content(message, incoming);
        incoming.complete = true;
        finish(reason.as_deref().unwrap_or("stop"), incoming)
    }

    fn read_event(&self, _: &str, mut event: Value, incoming: &mut Incoming) -> Result<(), Fault> {
        look_for_error(&event)?;
        incoming.tokens = tokens(&event).or(incoming.tokens);
        // Groq tells here why it stops early.
        if let Some(message) = crate::json::at(&event, "/x_groq/error").and_then(Value::as_str) {
            return Err(Fault::told(503, message.to_owned()));
        }
        // The last event holds the usage and no choices; Azure's first one neither.
        let Some(choice) = crate::json::at_mut(&mut event, "/choices/0") else { return Ok(()) };
        look_for_error(choice)?;
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

    fn explain(&self, failure: &mut StatusFailure) {
        // OpenRouter: none of the model's providers takes all that was asked for. Most often it is the temperature,
        // which reasoning models do not have. (A model that does not exist is a 400 there.)
        if self.quirks.routes_by_parameters && failure.status == 404 {
            failure.code.get_or_insert_with(|| "unsupported_parameter".to_owned());
            failure.param.get_or_insert_with(|| "temperature".to_owned());
        }
    }
}

/// An error under status 200, as routers send it when the provider behind them fails. A choice may hold one too.
fn look_for_error(answer: &Value) -> Result<(), Fault> {
    match json::tells_of_error(answer) {
        true => Err(json::failure_inside(answer, 502)),
        false => Ok(()),
    }
}

fn finish(reason: &str, incoming: &mut Incoming) -> Result<(), Fault> {
    incoming.finish = Some(match reason {
        "length" | "model_length" => Finish::Length,
        // Google adds its own reason behind a colon.
        _ if reason.starts_with("content_filter") => Finish::Filtered,
        // The provider behind a router broke off, DeepSeek has no room, vLLM gave up: another attempt may do better.
        "error" | "insufficient_system_resource" | "abort" => {
            return Err(Fault::told(503, format!("the model stopped with \"{reason}\"")));
        }
        // Together's "eos", "eos_token", and whatever else means that the model was done.
        _ => Finish::Stop,
    });
    Ok(())
}

/// Adds what a message or a part of one holds. Its reasoning has fields of its own, which nobody reads.
fn take_content(message: &mut Value, incoming: &mut Incoming) {
    match message.get_mut("content").map(Value::take) {
        // Mistral's reasoning models: parts, of which only the text is the answer.
        Some(Value::Array(parts)) => {
            let is_text = |part: &Value| part.get("type").is_none_or(|kind| kind == "text");
            for mut part in parts.into_iter().filter(is_text) {
                push_json(&mut incoming.text, part.get_mut("text").map(Value::take));
            }
        }
        // Workers AI sends an object where it was held to a schema.
        content => push_json(&mut incoming.text, content),
    }
    if let Some(refusal) = take_text(message, "refusal") {
        incoming.refusal.push_str(&refusal);
    }
    // One tool and one call were asked for; of several calls the first counts.
    let calls = message.get_mut("tool_calls").and_then(Value::as_array_mut).into_iter().flatten();
    for call in calls.filter(|call| call.get("index").and_then(Value::as_u64).unwrap_or(0) == 0).take(1) {
        push_json(&mut incoming.arguments, crate::json::at_mut(call, "/function/arguments").map(Value::take));
    }
}

fn tokens(answer: &Value) -> Option<Tokens> {
    let usage =
        answer.get("usage").filter(|usage| usage.is_object()).or_else(|| crate::json::at(answer, "/x_groq/usage"))?;
    let input = count(usage, "/prompt_tokens")?;
    let output = count(usage, "/completion_tokens").unwrap_or(0);
    // xAI and Google leave hidden reasoning out of the completion, and in the total.
    let all_output = count(usage, "/total_tokens").unwrap_or(0).saturating_sub(input);
    let cached = count(usage, "/prompt_tokens_details/cached_tokens")
        // DeepSeek; Together.
        .or_else(|| count(usage, "/prompt_cache_hit_tokens"))
        .or_else(|| count(usage, "/cached_tokens"));
    Some(Tokens {
        input,
        cached_input: cached.unwrap_or(0),
        output: output.max(all_output),
        reasoning: count(usage, "/completion_tokens_details/reasoning_tokens").unwrap_or(0),
    })
}

#[cfg(test)]
mod tests;
