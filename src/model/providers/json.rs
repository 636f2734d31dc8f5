//! Small helpers for the JSON of providers.

use std::borrow::Cow;

use serde_json::Value;

use super::Fault;
use crate::json;
use crate::model::call::Call;
use crate::model::{Message, Role, StatusFailure, Tokens};
use crate::search;

/// The JSON of a request: the fields of all `templates`, where each text `$name` stands for the value of that name, without
/// those that have none. Protocols bring what is theirs as `values`, in JSON; the names that all have in common are known
/// here. The first field of a request has a value always. (One filler of templates is much smaller than code that builds
/// each object, and writing the text at once much faster.)
pub fn request(call: &Call<'_>, model: &str, templates: &[&str], values: &[(&str, String)]) -> String {
    let mut text = "{".to_owned();
    for template in templates {
        let fields = template.trim_start_matches('{').trim_end().strip_suffix('}').unwrap_or_default();
        if fields.trim_start().is_empty() {
            continue;
        }
        push_template(&mut text, ",");
        let mut rest = fields;
        while let Some((before, named)) = search::split_once(rest, "\"$") {
            push_template(&mut text, before);
            let (name, after) = named.split_once('"').unwrap_or_default();
            rest = after;
            match values.iter().find(|(own, _)| *own == name) {
                Some((_, value)) => push_value(&mut text, value),
                None => push_value(&mut text, &common(call, model, name)),
            }
        }
        push_template(&mut text, rest);
    }
    text.push('}');
    text
}

/// Adds a part of a template. A comma goes between fields only, of which the one before may have been left out.
fn push_template(text: &mut String, part: &str) {
    let part = part.trim();
    text.push_str(if text.ends_with('{') { part.trim_start_matches([',', ' ']) } else { part });
}

/// Adds a value, or takes back the name that stands before it where there is none.
fn push_value(text: &mut String, value: &str) {
    text.push_str(value);
    if value.is_empty() {
        let before = text.rfind([',', '{']).unwrap_or_default();
        text.truncate(if text.get(before..).is_some_and(|rest| rest.starts_with('{')) { before + 1 } else { before });
    }
}

fn common<'a>(call: &Call<'a>, model: &str, name: &str) -> Cow<'a, str> {
    let value = match name {
        // Often longer than the rest, and written already.
        "schema" => return Cow::Borrowed(&call.schema.text),
        "model" => quoted(model),
        "name" => quoted(call.schema_name()),
        "max_tokens" => written(&call.max_tokens.into()),
        "temperature" => number(call.temperature),
        "stream" if call.stream => "true".to_owned(),
        _ => String::new(),
    };
    Cow::Owned(value)
}

/// Bytes that surround the content of a message.
const MOST_AROUND_CONTENT: usize = 64;

/// A value as JSON.
pub fn written(value: &Value) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// A number as JSON, or nothing.
pub fn number(number: Option<f64>) -> String {
    number.map_or_else(String::new, |number| written(&number.into()))
}

/// A text as JSON.
pub fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// Adds an item to those of a list.
pub fn push_item(items: &mut String, item: &str) {
    if !items.is_empty() {
        items.push(',');
    }
    items.push_str(item);
}

/// The conversation in the form that most providers take: a list of roles and contents; without its system messages where
/// there is no role for them.
pub fn messages(messages: &[Message], system_role: Option<&str>) -> String {
    let mut list = "[".to_owned();
    for message in messages {
        let role = match (message.role, system_role) {
            (Role::System, None) => continue,
            (Role::System, Some(role)) => role,
            // What tools give reaches models as a text of the user.
            (Role::User | Role::Tool, _) => "user",
            (Role::Assistant, _) => "assistant",
        };
        let content = quoted(&message.content);
        list.reserve(content.len() + MOST_AROUND_CONTENT);
        list.push_str(if list.len() > 1 { r#",{"role":""# } else { r#"{"role":""# });
        for part in [role, r#"","content":"#, &content, "}"] {
            list.push_str(part);
        }
    }
    list.push(']');
    list
}

/// Everything that the system messages say, in JSON; nothing where there are none.
pub fn system_text(messages: &[Message]) -> String {
    let mut text = String::new();
    for message in messages {
        if message.role == Role::System {
            if !text.is_empty() {
                text.push_str("\n\n");
            }
            text.push_str(&message.content);
        }
    }
    if text.is_empty() { text } else { quoted(&text) }
}

/// Whether a field is there and not null.
pub fn has(object: &Value, field: &str) -> bool {
    object.get(field).is_some_and(|value| !value.is_null())
}

/// A text in a field, empty where there is none.
pub fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// Takes a text out of an object.
pub fn take_text(object: &mut Value, field: &str) -> Option<String> {
    match object.get_mut(field).map(Value::take) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// A count somewhere inside. Larger ones than any server can mean would not add up.
pub fn count(value: &Value, pointer: &str) -> Option<u64> {
    json::at(value, pointer).and_then(Value::as_u64).map(|count| count.min(1 << 40))
}

/// A piece of JSON that a field brings, as text: most servers send it so already, some the value itself.
pub fn push_json(text: &mut String, value: Option<Value>) {
    match value {
        Some(Value::String(piece)) => text.push_str(&piece),
        Some(value @ Value::Object(_)) => text.push_str(&serde_json::to_string(&value).unwrap_or_default()),
        _ => {}
    }
}

/// Whether an answer tells of an error: `{"error": ...}`, or `{"object": "error", ...}` as older vLLM and Mistral write it.
pub fn tells_of_error(answer: &Value) -> bool {
    has(answer, "error") || answer.get("object").and_then(Value::as_str) == Some("error")
}

/// The error under status 200, with the status that it would have had: its code, where that is one.
pub fn failure_inside(body: &Value, otherwise: u16) -> Fault {
    let code = count(body, "/error/code").or_else(|| count(body, "/code"));
    let status = code.and_then(|code| u16::try_from(code).ok());
    let status = status.filter(|status| (400..600).contains(status)).unwrap_or(otherwise);
    Fault::of(StatusFailure::inside(status, body))
}

/// The tokens of a reply, counted at these places: input, cached input, output, reasoning. What is not there is nothing.
pub fn tokens(usage: &Value, places: [&str; 4]) -> Tokens {
    let [input, cached_input, output, reasoning] = places.map(|place| count(usage, place).unwrap_or(0));
    Tokens { input, cached_input, output, reasoning }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::call::{Mode, Purpose, Wire};

    #[test]
    fn what_is_sent_is_never_read_as_a_template() {
        let schema = Wire::from(json!({ "const": "$model", "default": null }));
        let messages = [Message::user("$name")];
        let (purpose, mode) = (Purpose::Topics, Mode::Schema);
        let call = Call {
            purpose,
            mode,
            messages: &messages,
            schema: &schema,
            temperature: None,
            max_tokens: 5,
            stream: false,
        };
        let template = r#"{ "a": "$schema", "b": ["$own"], "c": "$temperature", "d": { "e": "$stream", "f": 1 } }"#;
        let values = &[("own", super::messages(&messages, None))];
        let body: Value =
            serde_json::from_str(&request(&call, "m", &[template, "{}", r#"{ "g": "$none" }"#], values)).unwrap();
        let said = json!([[{ "role": "user", "content": "$name" }]]);
        assert_eq!(body, json!({ "a": *schema.value, "b": said, "d": { "f": 1 } }));
    }
}
