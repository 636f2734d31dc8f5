//! Small helpers for the JSON of providers.

use serde_json::{Map, Value};

use crate::model::{Message, Role};

/// An object of these fields, without those that are null.
pub fn object(fields: Vec<(&str, Value)>) -> Value {
    let fields = fields.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(fields.map(|(name, value)| (name.to_owned(), value)).collect::<Map<String, Value>>())
}

/// The conversation in the form that most providers take: a list of roles and contents.
pub fn messages<'a>(messages: impl Iterator<Item = &'a Message>, system_role: &str) -> Value {
    let form = |message: &Message| {
        let role = match message.role {
            Role::System => system_role,
            Role::User => "user",
            Role::Assistant => "assistant",
        };
        object(vec![("role", role.into()), ("content", message.content.as_str().into())])
    };
    messages.map(form).collect()
}

/// Everything that the system messages say; null where there are none.
pub fn system_text(messages: &[Message]) -> Value {
    let texts = messages.iter().filter(|message| message.role == Role::System);
    let texts: Vec<&str> = texts.map(|message| message.content.as_str()).collect();
    if texts.is_empty() { Value::Null } else { texts.join("\n\n").into() }
}

/// The conversation without its system messages, in the same form as [`messages`].
pub fn dialogue(conversation: &[Message]) -> Value {
    messages(conversation.iter().filter(|message| message.role != Role::System), "")
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

/// The status that an error under status 200 would have had: its code, where that is one.
pub fn status_inside(body: &Value, otherwise: u16) -> u16 {
    let code = count(body, "/error/code").or_else(|| count(body, "/code"));
    let status = code.and_then(|code| u16::try_from(code).ok());
    status.filter(|status| (400..600).contains(status)).unwrap_or(otherwise)
}
