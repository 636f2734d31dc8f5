//! Small helpers for the JSON of providers.

use serde_json::{Map, Value};

use crate::model::failure::StatusFailure;
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
    let is_error = |error: &Value| !error.is_null();
    answer.get("error").is_some_and(is_error) || answer.get("object").and_then(Value::as_str) == Some("error")
}

/// The status that an error under status 200 would have had: its code, where that is one.
pub fn status_inside(body: &Value, otherwise: u16) -> u16 {
    let code = count(body, "/error/code").or_else(|| count(body, "/code"));
    let status = code.and_then(|code| u16::try_from(code).ok());
    status.filter(|status| (400..600).contains(status)).unwrap_or(otherwise)
}

/// What an error answer says. OpenAI and most others: `{"error": {message, type, code, param}}`; Ollama: `{"error": "..."}`;
/// Mistral: `{message, type, code}`; Google in the manner of OpenAI: `[{"error": {...}}]`; Cloudflare:
/// `{"errors": [{message}]}`; what is built on FastAPI: `{"detail": "..."}`, or a list of complaints.
pub fn read_error(status: u16, body: &Value) -> StatusFailure {
    let body = body.get(0).unwrap_or(body);
    let named = body.get("error").filter(|error| !error.is_null());
    let error = named.or_else(|| body.pointer("/errors/0")).unwrap_or(body);
    let text = |pointer: &str| error.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
    // OpenRouter says only that a provider failed, and quotes its answer. The quote of a quote doubles its backslashes,
    // so this ends soon.
    let quoted = text("/metadata/raw").and_then(|raw| serde_json::from_str::<Value>(raw).ok());
    let inner = quoted.map(|quoted| read_error(status, &quoted)).unwrap_or_default();
    let complaint = Complaint::of(error);
    let message = Some(inner.message.as_str()).filter(|message| !message.is_empty());
    let message = message.or_else(|| error.as_str()).or_else(|| text("/message")).or_else(|| text("/detail"));
    let code = text("/code").filter(|code| code.bytes().any(|byte| !byte.is_ascii_digit()));
    let code = code.or_else(|| text("/metadata/error_type")).or_else(|| key_trouble(error));
    let code = code.or_else(|| text("/type")).or_else(|| text("/status"));
    StatusFailure {
        status,
        code: code.map(str::to_owned).or(inner.code),
        param: text("/param").map(str::to_owned).or(inner.param).or_else(|| complaint.param()),
        message: complaint.message().unwrap_or_else(|| message.unwrap_or_default().to_owned()),
        request_id: body.get("request_id").and_then(Value::as_str).map(str::to_owned),
        ..StatusFailure::default()
    }
}

/// Gemini answers a wrong key like any bad request, and says what it is in the details alone.
fn key_trouble(error: &Value) -> Option<&str> {
    let details = error.get("details").and_then(Value::as_array).into_iter().flatten();
    let mut reasons = details.filter_map(|detail| detail.get("reason").and_then(Value::as_str));
    reasons.find(|reason| reason.starts_with("API_KEY_"))
}

/// What is wrong with one field of a request: `{"loc": ["body", "temperature"], "msg": "..."}`.
struct Complaint<'a>(Option<&'a Value>);

impl<'a> Complaint<'a> {
    fn of(error: &'a Value) -> Self {
        Self(error.pointer("/detail/0").or_else(|| error.pointer("/message/detail/0")))
    }

    fn param(&self) -> Option<String> {
        let steps = self.0?.get("loc")?.as_array()?.iter().filter_map(Value::as_str).skip_while(|step| *step == "body");
        let path: Vec<&str> = steps.collect();
        (!path.is_empty()).then(|| path.join("."))
    }

    fn message(&self) -> Option<String> {
        let message = self.0?.get("msg")?.as_str()?;
        Some(self.param().map_or_else(|| message.to_owned(), |param| format!("{param}: {message}")))
    }
}
