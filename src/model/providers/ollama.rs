//! Ollama, by its own protocol: the compatible one has no way to say how long a context has to be.

use std::cell::Cell;

use serde_json::Value;

use super::json::{self, count, messages, push_json, take_text};
use super::{Fault, Incoming, Protocol};
use crate::config::LlmConfig;
use crate::host::Secret;
use crate::model::StatusFailure;
use crate::model::Tokens;
use crate::model::call::{Call, Finish, Mode};
use crate::model::stream::Framing;
use crate::schema::Dialect;

const ADDRESS: &str = "http://localhost:11434";
/// Models of Ollama's cloud pass over the schema, so there has to be another way.
const MODES: &[Mode] = &[Mode::Schema, Mode::Tool, Mode::Json, Mode::Text];

/// Streams unless it is told not to. What does not fit is an error, and not forgotten: neither in the prompt nor while
/// the model writes.
const BODY: &str = r#"{
    "model": "$model", "messages": "$messages", "stream": "$streams", "truncate": false, "shift": false,
    "options": { "temperature": "$temperature", "num_predict": "$max_tokens", "num_ctx": "$context" }
}"#;
const TOOL: &str = r#"{
    "tools": [{
        "type": "function", "function": { "name": "$name", "description": "Gives the reply.", "parameters": "$schema" }
    }]
}"#;

/// What the server takes by itself on a machine without a large graphics card: less would save nothing.
const SHORTEST_CONTEXT: u32 = 4096;
/// As much as common models were trained for; the server takes less where a model knows less.
const LONGEST_CONTEXT: u32 = 131_072;

/// One model behind one address.
pub struct OllamaChat {
    url: String,
    model: String,
    /// The longest context so far. It never shrinks: the server loads the model anew whenever it changes.
    context: Cell<u32>,
}

impl OllamaChat {
    /// The model of a configuration, at its `base_url` or on this machine.
    pub fn new(llm: &LlmConfig, base_url: Option<&str>) -> Self {
        let base_url = base_url.unwrap_or(ADDRESS);
        let (base, query) = base_url.split_at(base_url.find('?').unwrap_or(base_url.len()));
        let base = base.trim_end_matches('/');
        let base = base.strip_suffix("/api/chat").or_else(|| base.strip_suffix("/api")).unwrap_or(base);
        Self { url: format!("{base}/api/chat{query}"), model: llm.model.clone(), context: Cell::new(SHORTEST_CONTEXT) }
    }

    /// The context that a request needs. Left to itself the server forgets the beginning of what is longer than its
    /// own idea. Three bytes a token is less than most texts have.
    fn context(&self, call: &Call<'_>) -> u32 {
        let tool = if call.mode == Mode::Tool { call.schema.text.len() } else { 0 };
        let bytes = call.messages.iter().map(|message| message.content.len()).sum::<usize>() + tool;
        let tokens = u32::try_from(bytes.div_ceil(3)).unwrap_or(u32::MAX).saturating_add(call.max_tokens);
        let needed = tokens.min(LONGEST_CONTEXT).next_power_of_two();
        self.context.set(self.context.get().max(needed));
        self.context.get()
    }
}

impl Protocol for OllamaChat {
    fn modes(&self) -> &'static [Mode] {
        MODES
    }

    fn dialect(&self) -> Dialect {
        Dialect::Open
    }

    fn url(&self, _: bool) -> String {
        self.url.clone()
    }

    /// Its list of headers that pages may send is short and fixed; this is on it.
    fn headers(&self, key: Option<&Secret>) -> Vec<(&'static str, Secret)> {
        key.map(|key| ("authorization", Secret::new(format!("Bearer {}", key.reveal())))).into_iter().collect()
    }

    fn body(&self, call: &Call<'_>) -> String {
        let hold = match call.mode {
            Mode::Schema => r#"{ "format": "$schema" }"#,
            Mode::Json => r#"{ "format": "json" }"#,
            Mode::Tool => TOOL,
            Mode::Text => "{}",
        };
        let values = &[
            ("messages", messages(call.messages, Some("system"))),
            ("streams", json::written(&call.stream.into())),
            ("context", json::written(&self.context(call).into())),
        ];
        json::request(call, &self.model, &[BODY, hold], values)
    }

    fn framing(&self) -> Framing {
        Framing::JsonLines
    }

    fn read(&self, answer: Value, incoming: &mut Incoming) -> Result<(), Fault> {
        let is_answer = answer.get("message").is_some_and(Value::is_object);
        self.read_event("", answer, incoming)?;
        incoming.complete = true;
        if is_answer { Ok(()) } else { Err(Fault::malformed("it holds no message")) }
    }

    fn read_event(&self, _: &str, mut event: Value, incoming: &mut Incoming) -> Result<(), Fault> {
        if json::tells_of_error(&event) {
            // In the middle of a stream the status is not said.
            let status = count(&event, "/StatusCode").and_then(|status| u16::try_from(status).ok());
            return Err(Fault::of(StatusFailure::inside(status.unwrap_or(500), &event)));
        }
        // What the model thinks is in a field of its own.
        push_json(&mut incoming.text, crate::json::at_mut(&mut event, "/message/content").map(Value::take));
        // A call comes whole. Of several the first counts.
        if incoming.arguments.is_empty() {
            let arguments =
                crate::json::at_mut(&mut event, "/message/tool_calls/0/function/arguments").map(Value::take);
            push_json(&mut incoming.arguments, arguments);
        }
        if event.get("done") == Some(&Value::Bool(true)) {
            let reason = take_text(&mut event, "done_reason");
            incoming.finish = Some(if reason.as_deref() == Some("length") { Finish::Length } else { Finish::Stop });
            incoming.tokens = tokens(&event);
            incoming.complete = true;
        }
        Ok(())
    }
}

/// A prompt that was still in the cache is left out of the count by older servers.
fn tokens(event: &Value) -> Option<Tokens> {
    let output = count(event, "/eval_count")?;
    Some(Tokens { input: count(event, "/prompt_eval_count").unwrap_or(0), output, ..Tokens::default() })
}

#[cfg(test)]
mod tests;
