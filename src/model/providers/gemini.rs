//! Google's Gemini, by its own protocol: `generateContent`.

use serde_json::{Map, Value};

use super::json::{self, count, push_json, quoted, take_text};
use super::{Fault, Incoming, Protocol};
use crate::config::LlmConfig;
use crate::host::Secret;
use crate::model::call::{Call, Finish, Mode};
use crate::model::{Role, Tokens};
use crate::schema::Dialect;

const ADDRESS: &str = "https://generativelanguage.googleapis.com";
/// Answers beside the newer `v1`, and knows the fields that are still called previews.
const VERSION: &str = "/v1beta";
const MODES: &[Mode] = &[Mode::Schema, Mode::Tool, Mode::Json, Mode::Text];

const BODY: &str = r#"{
    "systemInstruction": "$system", "contents": "$contents",
    "generationConfig": {
        "temperature": "$temperature", "maxOutputTokens": "$max_tokens", "responseMimeType": "$type",
        "responseJsonSchema": "$held_to"
    }
}"#;
const TOOL: &str = r#"{
    "tools": [{
        "functionDeclarations": [
            { "name": "$name", "description": "Gives the reply.", "parametersJsonSchema": "$schema" }
        ]
    }],
    "toolConfig": { "functionCallingConfig": { "mode": "ANY", "allowedFunctionNames": ["$name"] } }
}"#;

/// One model behind one address.
pub struct GenerateContent {
    /// Up to the model.
    path: String,
    query: String,
}

impl GenerateContent {
    /// The model of a configuration, at its `base_url` or Google's own address.
    pub fn new(llm: &LlmConfig, base_url: Option<&str>) -> Self {
        let base_url = base_url.unwrap_or(ADDRESS);
        let (base, query) = base_url.split_once('?').unwrap_or((base_url, ""));
        let base = base.trim_end_matches('/');
        let version = if names_version(base) { "" } else { VERSION };
        let model = llm.model.strip_prefix("models/").unwrap_or(&llm.model);
        Self { path: format!("{base}{version}/models/{}", encoded(model)), query: query.to_owned() }
    }
}

/// Whether an address ends in a version, or in Vertex's name for Google's models, which stands behind one.
fn names_version(base: &str) -> bool {
    let last = base.rsplit('/').next().unwrap_or_default();
    let number = last.strip_prefix('v').unwrap_or_default();
    number.starts_with(|first: char| first.is_ascii_digit()) || base.ends_with("/publishers/google")
}

/// A name as one step of a path, whatever characters it has.
fn encoded(name: &str) -> String {
    let mut step = String::new();
    for byte in name.bytes() {
        match byte {
            b'-' | b'.' | b'_' | b'~' => step.push(byte.into()),
            _ if byte.is_ascii_alphanumeric() => step.push(byte.into()),
            _ => {
                step.push('%');
                step.extend([byte >> 4, byte & 15].iter().filter_map(|digit| char::from_digit((*digit).into(), 16)));
            }
        }
    }
    step
}

impl Protocol for GenerateContent {
    fn modes(&self) -> &'static [Mode] {
        MODES
    }

    fn dialect(&self) -> Dialect {
        Dialect::Gemini
    }

    fn url(&self, stream: bool) -> String {
        let Self { path, query } = self;
        match (stream, query.is_empty()) {
            (true, true) => format!("{path}:streamGenerateContent?alt=sse"),
            (true, false) => format!("{path}:streamGenerateContent?alt=sse&{query}"),
            (false, true) => format!("{path}:generateContent"),
            (false, false) => format!("{path}:generateContent?{query}"),
        }
    }

    fn headers(&self, key: Option<&Secret>) -> Vec<(&'static str, Secret)> {
        key.map(|key| ("x-goog-api-key", key.clone())).into_iter().collect()
    }

    fn body(&self, call: &Call<'_>) -> String {
        let (mut system, mut contents) = (String::new(), String::new());
        for message in call.messages {
            let text = quoted(&message.content);
            let (list, piece) = match message.role {
                Role::System => (&mut system, format!(r#"{{"text":{text}}}"#)),
                Role::User | Role::Tool => (&mut contents, format!(r#"{{"role":"user","parts":[{{"text":{text}}}]}}"#)),
                Role::Assistant => (&mut contents, format!(r#"{{"role":"model","parts":[{{"text":{text}}}]}}"#)),
            };
            json::push_item(list, &piece);
        }
        let is_json = matches!(call.mode, Mode::Schema | Mode::Json);
        let hold = if call.mode == Mode::Tool { TOOL } else { "{}" };
        let values = &[
            ("system", if system.is_empty() { system } else { format!(r#"{{"parts":[{system}]}}"#) }),
            ("contents", format!("[{contents}]")),
            ("type", if is_json { quoted("application/json") } else { String::new() }),
            ("held_to", if call.mode == Mode::Schema { call.schema.text.clone() } else { String::new() }),
        ];
        json::request(call, "", &[BODY, hold], values)
    }

    fn read(&self, answer: Value, incoming: &mut Incoming) -> Result<(), Fault> {
        match self.take(answer, incoming)? {
            true => {
                incoming.complete = true;
                Ok(())
            }
            false => Err(Fault::malformed("it holds no candidates")),
        }
    }

    /// Each event is an answer of its own, with what is new in it. The one that says why the model stopped is the last.
    fn read_event(&self, _: &str, event: Value, incoming: &mut Incoming) -> Result<(), Fault> {
        self.take(event, incoming).map(|_| ())
    }
}

impl GenerateContent {
    /// Takes what an answer holds. Whether it was one: with a candidate, or with the reason why there is none.
    fn take(&self, mut answer: Value, incoming: &mut Incoming) -> Result<bool, Fault> {
        if json::tells_of_error(&answer) {
            return Err(json::failure_inside(&answer, 500));
        }
        incoming.tokens = tokens(&answer).or(incoming.tokens);
        if crate::json::at(&answer, "/promptFeedback/blockReason").is_some_and(Value::is_string) {
            incoming.finish = Some(Finish::Filtered);
            incoming.complete = true;
            return Ok(true);
        }
        let Some(candidate) = crate::json::at_mut(&mut answer, "/candidates/0") else { return Ok(false) };
        let parts =
            crate::json::at_mut(candidate, "/content/parts").and_then(Value::as_array_mut).into_iter().flatten();
        for part in parts.filter(|part| part.get("thought") != Some(&Value::Bool(true))) {
            push_json(&mut incoming.text, part.get_mut("text").map(Value::take));
            // A call comes whole, and without arguments where it needs none. Of several the first counts.
            if let Some(call) = part.get_mut("functionCall").filter(|_| incoming.arguments.is_empty()) {
                let arguments = call.get_mut("args").map_or_else(|| Value::Object(Map::new()), Value::take);
                push_json(&mut incoming.arguments, Some(arguments));
            }
        }
        if let Some(reason) = take_text(candidate, "finishReason") {
            finish(&reason, incoming)?;
        }
        Ok(true)
    }
}

fn finish(reason: &str, incoming: &mut Incoming) -> Result<(), Fault> {
    let finish = match reason {
        "FINISH_REASON_UNSPECIFIED" => return Ok(()),
        "MAX_TOKENS" => Finish::Length,
        "SAFETY" | "RECITATION" | "LANGUAGE" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" => Finish::Filtered,
        // Google could not read what the model wrote.
        "MALFORMED_FUNCTION_CALL" | "MALFORMED_RESPONSE" | "UNEXPECTED_TOOL_CALL" | "TOO_MANY_TOOL_CALLS" => {
            Finish::CutOff(format!("it was not in the form that was asked for ({reason})"))
        }
        // The server broke off. A long reply could be continued with a token; ours are short enough to be asked for anew.
        "CONTINUATION" | "OTHER" => {
            return Err(Fault::told(503, format!("the model stopped with {reason}")));
        }
        _ => Finish::Stop,
    };
    incoming.finish = Some(finish);
    incoming.complete = true;
    Ok(())
}

/// Thoughts are counted beside the reply; what was cached, within the prompt.
fn tokens(answer: &Value) -> Option<Tokens> {
    let usage = answer.get("usageMetadata")?;
    count(usage, "/promptTokenCount")?;
    let places = ["/promptTokenCount", "/cachedContentTokenCount", "/candidatesTokenCount", "/thoughtsTokenCount"];
    let mut tokens = json::tokens(usage, places);
    tokens.output += tokens.reasoning;
    Some(tokens)
}

#[cfg(test)]
mod tests;
