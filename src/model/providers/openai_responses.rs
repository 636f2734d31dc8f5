//! Responses, the protocol that OpenAI prefers: its newest models take tools while they reason only here.

use serde_json::Value;

use super::json::{self, count, has, messages, system_text, take_text, text};
use super::openai_chat::ChatCompletions;
use super::{Fault, Incoming, Protocol};
use crate::config::LlmConfig;
use crate::host::Secret;
use crate::model::call::{Call, Finish, Mode};
use crate::model::error_body::Meaning;
use crate::model::{StatusFailure, Tokens};
use crate::schema::Dialect;
use crate::search;

const PATH: &str = "/responses";

/// Requests are kept for thirty days unless they say otherwise.
const BODY: &str = r#"{
    "model": "$model", "instructions": "$instructions", "input": "$input", "temperature": "$temperature",
    "max_output_tokens": "$max_tokens", "store": false, "stream": "$stream"
}"#;
const SCHEMA: &str = r#"{
    "text": { "format": { "type": "json_schema", "name": "$name", "strict": true, "schema": "$schema" } }
}"#;
/// A tool is strict unless it says otherwise, and a schema gets here that was refused as a strict one.
const TOOL: &str = r#"{
    "tools": [{
        "type": "function", "name": "$name", "description": "Gives the reply.", "parameters": "$schema", "strict": false
    }],
    "tool_choice": { "type": "function", "name": "$name" }, "parallel_tool_calls": false
}"#;
const JSON: &str = r#"{ "text": { "format": { "type": "json_object" } } }"#;

/// Whether this protocol is spoken at an address: OpenAI's own, or one that ends with its path.
pub fn is_spoken_at(base_url: Option<&str>) -> bool {
    let Some(base_url) = base_url else { return true };
    let address = search::split_once(base_url, "://").map_or(base_url, |(_, address)| address);
    let path = address.split('?').next().unwrap_or_default();
    let host = path.split(['/', ':']).next().unwrap_or_default();
    // Its regions have names of their own: eu.api.openai.com.
    let is_openai = host == "api.openai.com" || host.ends_with(".api.openai.com");
    path.ends_with(PATH) || (is_openai && !path.ends_with("/chat/completions"))
}

/// One model behind one address.
pub struct Responses {
    url: String,
    model: String,
    /// Reads answers of proxies that take this protocol and answer in the older one.
    chat: ChatCompletions,
}

impl Responses {
    /// The model of a configuration, at its `base_url` or OpenAI's own address.
    pub fn new(llm: &LlmConfig, base_url: Option<&str>) -> Self {
        let base_url = base_url.unwrap_or("https://api.openai.com/v1");
        let url = match base_url.split('?').next().is_some_and(|address| address.ends_with(PATH)) {
            true => base_url.to_owned(),
            false => format!("{base_url}{PATH}"),
        };
        Self { url, model: llm.model.clone(), chat: ChatCompletions::new(llm, Some(base_url)) }
    }
}

impl Protocol for Responses {
    fn modes(&self) -> &'static [Mode] {
        &[Mode::Schema, Mode::Tool, Mode::Json, Mode::Text]
    }

    fn dialect(&self) -> Dialect {
        Dialect::Strict
    }

    fn url(&self, _: bool) -> String {
        self.url.clone()
    }

    fn headers(&self, key: Option<&Secret>) -> Vec<(&'static str, Secret)> {
        self.chat.headers(key)
    }

    fn body(&self, call: &Call<'_>) -> String {
        // JSON mode wants the word JSON in the input, and the instructions are not searched for it.
        let (instructions, input) = match call.mode {
            Mode::Json => (String::new(), messages(call.messages, Some("developer"))),
            _ => (system_text(call.messages), messages(call.messages, None)),
        };
        let hold = match call.mode {
            Mode::Schema => SCHEMA,
            Mode::Tool => TOOL,
            Mode::Json => JSON,
            Mode::Text => "{}",
        };
        let values = &[("instructions", instructions), ("input", input)];
        json::request(call, &self.model, &[BODY, hold], values)
    }

    fn read(&self, answer: Value, incoming: &mut Incoming) -> Result<(), Fault> {
        if has(&answer, "choices") {
            return self.chat.read(answer, incoming);
        }
        if !has(&answer, "output") && !has(&answer, "error") {
            return Err(Fault::malformed("it holds no output"));
        }
        take_output(&answer, incoming);
        conclude(&answer, "completed", incoming)
    }

    fn read_event(&self, name: &str, mut event: Value, incoming: &mut Incoming) -> Result<(), Fault> {
        if has(&event, "choices") {
            return self.chat.read_event(name, event, incoming);
        }
        let kind = take_text(&mut event, "type").unwrap_or_else(|| name.to_owned());
        let index = count(&event, "/output_index");
        let is_aside = index.is_some() && index == incoming.aside;
        match kind.as_str() {
            "response.output_item.added" if event.get("item").is_some_and(|item| is_beside(item, incoming)) => {
                incoming.aside = index;
            }
            "response.output_text.delta" if !is_aside => incoming.text.push_str(text(&event, "delta")),
            "response.refusal.delta" if !is_aside => incoming.refusal.push_str(text(&event, "delta")),
            "response.function_call_arguments.delta" if !is_aside => incoming.arguments.push_str(text(&event, "delta")),
            "response.completed" | "response.incomplete" | "response.failed" => {
                let response = event.get("response").unwrap_or(&Value::Null);
                // Some servers send no pieces, only the whole at the end.
                if incoming.content().is_empty() && incoming.refusal.is_empty() {
                    take_output(response, incoming);
                }
                return conclude(response, kind.strip_prefix("response.").unwrap_or_default(), incoming);
            }
            // OpenAI documents `{type, code, message}` and sends `{type, error: {code, message}}` as well.
            kind if kind == "error" || has(&event, "error") => return Err(failure_inside(&event)),
            _ => {}
        }
        Ok(())
    }
}

/// What an answer says of its own end. A 200 may tell of a failure.
fn conclude(response: &Value, default_status: &str, incoming: &mut Incoming) -> Result<(), Fault> {
    incoming.tokens = tokens(response).or(incoming.tokens);
    if has(response, "error") {
        return Err(failure_inside(response));
    }
    let status = Some(text(response, "status")).filter(|status| !status.is_empty()).unwrap_or(default_status);
    let reason = crate::json::at(response, "/incomplete_details/reason").and_then(Value::as_str).unwrap_or_default();
    incoming.finish = Some(match (status, reason) {
        ("completed", _) => Finish::Stop,
        ("incomplete", "max_output_tokens") => Finish::Length,
        ("incomplete", "content_filter") => Finish::Filtered,
        // Failed without a reason, cancelled, or stopped by something that was not asked for.
        _ => {
            let message = format!("the response ended early: {status} {reason}").trim_end().to_owned();
            return Err(Fault::told(500, message));
        }
    });
    incoming.complete = true;
    Ok(())
}

/// Whether an item of the output is no part of the reply: a remark on the way to it, or another call of the one tool.
fn is_beside(item: &Value, incoming: &Incoming) -> bool {
    match text(item, "type") {
        "message" => has(item, "phase") && text(item, "phase") != "final_answer",
        "function_call" => !incoming.arguments.is_empty(),
        _ => false,
    }
}

/// Adds what the items of a whole output hold. Reasoning is an item of its own.
fn take_output(response: &Value, incoming: &mut Incoming) {
    let items = response.get("output").and_then(Value::as_array).into_iter().flatten();
    for item in items {
        if is_beside(item, incoming) {
            continue;
        }
        match text(item, "type") {
            "function_call" => incoming.arguments.push_str(text(item, "arguments")),
            "message" => {
                for part in item.get("content").and_then(Value::as_array).into_iter().flatten() {
                    match text(part, "type") {
                        "output_text" => incoming.text.push_str(text(part, "text")),
                        "refusal" => incoming.refusal.push_str(text(part, "refusal")),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
}

/// A failure inside a 200, which has a code and no status.
fn failure_inside(told: &Value) -> Fault {
    let mut failure = StatusFailure::inside(500, told);
    failure.status = match failure.coded_meaning() {
        Some(Meaning::Quota | Meaning::Throttled) => 429,
        Some(Meaning::Auth) => 401,
        Some(Meaning::UnknownModel) => 404,
        Some(Meaning::TooLong | Meaning::Refusal) => 400,
        Some(Meaning::Overloaded) => 503,
        Some(Meaning::Timeout) => 504,
        Some(Meaning::Fault | Meaning::Misfit) => failure.status,
        // Compatible servers put the status there, as a number or as text.
        None => {
            let number = count(told, "/error/code").and_then(|number| u16::try_from(number).ok());
            let number = number.or_else(|| failure.code.as_deref()?.parse().ok());
            number.filter(|status| (400..600).contains(status)).unwrap_or(failure.status)
        }
    };
    Fault::of(failure)
}

fn tokens(response: &Value) -> Option<Tokens> {
    let usage = response.get("usage").filter(|usage| usage.is_object())?;
    Some(json::tokens(
        usage,
        [
            "/input_tokens",
            "/input_tokens_details/cached_tokens",
            "/output_tokens",
            "/output_tokens_details/reasoning_tokens",
        ],
    ))
}

#[cfg(test)]
mod tests;
