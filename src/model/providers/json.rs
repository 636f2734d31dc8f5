//! Small helpers for the JSON of providers.

use serde_json::{Map, Value};

use super::Fault;
use crate::model::call::Call;
use crate::model::{Message, Role, StatusFailure, Tokens};

/// The JSON of a request: the fields of all `templates`, where each text `$name` stands for the value of that name, without
/// those that are null then. Protocols bring what is theirs as `values`; the names that all have in common are known
/// here. (One reader of templates is much smaller than code that builds each object.)
pub fn request(call: &Call<'_>, model: &str, templates: &[&str], values: &mut [(&str, Value)]) -> Value {
    let mut value_of = |name: &str| match values.iter_mut().find(|(own, _)| *own == name) {
        Some((_, value)) => value.take(),
        None => common(call, model, name),
    };
    let mut request = Map::new();
    for template in templates {
        // The tests of the protocols read all of them.
        if let Value::Object(fields) = fill(serde_json::from_str(template).unwrap_or_default(), &mut value_of) {
            for (name, value) in fields {
                request.insert(name, value);
            }
        }
    }
    Value::Object(request)
}

fn common(call: &Call<'_>, model: &str, name: &str) -> Value {
    match name {
        "model" => model.into(),
        "name" => call.schema_name().into(),
        "schema" => call.schema.clone(),
        "max_tokens" => call.max_tokens.into(),
        "temperature" => call.temperature.into(),
        "stream" if call.stream => Value::Bool(true),
        _ => Value::Null,
    }
}

/// Templates are ours and flat, so this does not go deep.
fn fill(template: Value, value_of: &mut dyn FnMut(&str) -> Value) -> Value {
    match template {
        Value::Object(fields) => {
            let mut filled = Map::new();
            for (name, field) in fields {
                let value = fill(field, value_of);
                if !value.is_null() {
                    filled.insert(name, value);
                }
            }
            Value::Object(filled)
        }
        Value::Array(mut items) => {
            for item in &mut items {
                *item = fill(item.take(), value_of);
            }
            Value::Array(items)
        }
        Value::String(text) => match text.strip_prefix('$') {
            Some(name) => value_of(name),
            None => Value::String(text),
        },
        other => other,
    }
}

/// The conversation in the form that most providers take: a list of roles and contents; without its system messages where
/// there is no role for them.
pub fn messages(messages: &[Message], system_role: Option<&str>) -> Value {
    let mut list = Vec::new();
    for message in messages {
        let role = match (message.role, system_role) {
            (Role::System, None) => continue,
            (Role::System, Some(role)) => role,
            (Role::User, _) => "user",
            (Role::Assistant, _) => "assistant",
        };
        let mut form = Map::new();
        form.insert("role".to_owned(), role.into());
        form.insert("content".to_owned(), message.content.as_str().into());
        list.push(Value::Object(form));
    }
    Value::Array(list)
}

/// Everything that the system messages say; null where there are none.
pub fn system_text(messages: &[Message]) -> Value {
    let mut text = String::new();
    for message in messages {
        if message.role == Role::System {
            if !text.is_empty() {
                text.push_str("\n\n");
            }
            text.push_str(&message.content);
        }
    }
    if text.is_empty() { Value::Null } else { Value::String(text) }
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
    value.pointer(pointer).and_then(Value::as_u64).map(|count| count.min(1 << 40))
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
    use crate::model::call::{Mode, Purpose};

    #[test]
    fn what_is_sent_is_never_read_as_a_template() {
        let schema = json!({ "const": "$model", "default": null });
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
        let template = r#"{ "a": "$schema", "b": ["$own"], "c": "$temperature", "d": { "e": "$stream" } }"#;
        let values = &mut [("own", super::messages(&messages, None))];
        let said = json!([[{ "role": "user", "content": "$name" }]]);
        assert_eq!(request(&call, "m", &[template], values), json!({ "a": schema, "b": said, "d": {} }));
    }
}
