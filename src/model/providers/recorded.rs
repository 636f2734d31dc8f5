//! What the tests of protocols have in common: requests to make, and recorded answers to read as a server sends them.

use serde_json::{Value, json};

use super::{Fault, Incoming, Protocol};
use crate::config::{LlmConfig, ProviderName, TimeoutConfig};
use crate::model::call::{Call, Mode, Purpose, Wire};
use crate::model::stream::Framing;
use crate::model::{Message, StatusFailure};

/// A configuration that names a model.
pub fn llm(provider: ProviderName, model: &str) -> LlmConfig {
    let timeout = TimeoutConfig::default();
    LlmConfig {
        provider,
        model: model.to_owned(),
        temperature: 0.5,
        base_url: None,
        price: None,
        stream: true,
        timeout,
    }
}

/// A conversation with every role in it.
pub fn conversation() -> Vec<Message> {
    vec![Message::system("Be brief."), Message::user("Go."), Message::assistant("{}"), Message::user("Again.")]
}

/// A schema.
pub fn schema() -> Value {
    json!({ "type": "object", "properties": { "subtopics": { "type": "array", "items": { "type": "string" } } } })
}

/// The JSON that is sent for a call.
pub fn sent(protocol: &dyn Protocol, call: &Call<'_>) -> Value {
    serde_json::from_str(&protocol.body(call)).unwrap()
}

/// The body of a request.
pub fn body(protocol: &dyn Protocol, mode: Mode, stream: bool) -> Value {
    let (messages, schema) = (conversation(), Wire::from(schema()));
    sent(
        protocol,
        &Call {
            purpose: Purpose::Topics,
            messages: &messages,
            mode,
            schema: &schema,
            temperature: Some(0.5),
            max_tokens: 1000,
            stream,
        },
    )
}

/// Reads a whole answer.
pub fn whole(protocol: &dyn Protocol, text: &str) -> Result<Incoming, Fault> {
    let mut incoming = Incoming::default();
    protocol.read(serde_json::from_str(text).unwrap(), &mut incoming).map(|()| incoming)
}

/// Reads a streamed answer as far as it goes.
pub fn streamed(protocol: &dyn Protocol, text: &str) -> Result<Incoming, Fault> {
    let mut incoming = Incoming::default();
    for (name, data) in events(protocol.framing(), text) {
        match data.as_str() {
            "" => {}
            "[DONE]" => incoming.complete = true,
            data => protocol.read_event(&name, serde_json::from_str(data).unwrap(), &mut incoming)?,
        }
    }
    Ok(incoming)
}

/// The failure that an answer tells of.
pub fn failure(read: Result<Incoming, Fault>) -> StatusFailure {
    match read {
        Err(Fault::Status(failure)) => *failure,
        other => panic!("no failure was told of: {other:?}"),
    }
}

/// Names and data of events, for recordings without odd line ends.
pub fn events(framing: Framing, text: &str) -> Vec<(String, String)> {
    match framing {
        Framing::JsonLines => text.lines().map(|line| (String::new(), line.to_owned())).collect(),
        Framing::EventStream => text.split("\n\n").map(event).collect(),
    }
}

fn event(block: &str) -> (String, String) {
    let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned();
    (field("event: "), field("data: "))
}

/// JSON of every kind where an answer is expected: no protocol may panic at it.
pub fn survives_anything(protocol: &dyn Protocol, recordings: &[&str]) {
    for text in recordings {
        let mut spoilt = Vec::new();
        for line in text.lines().map(|line| line.strip_prefix("data: ").unwrap_or(line)).chain([*text]) {
            if let Ok(value) = serde_json::from_str(line) {
                spoil(&value, &mut |value| spoilt.push(value));
            }
        }
        for value in spoilt {
            let _ = protocol.read(value.clone(), &mut Incoming::default());
            let _ = protocol.read_event("", value.clone(), &mut Incoming::default());
            let _ = read_error(protocol, 400, &value);
        }
    }
}

/// The value with each of its parts replaced in turn.
fn spoil(value: &Value, take: &mut dyn FnMut(Value)) {
    for other in
        [json!(null), json!(true), json!(-1.5), json!(u64::MAX), json!("x"), json!([]), json!([[{}]]), json!({})]
    {
        take(other);
    }
    match value {
        Value::Array(items) => {
            for at in 0..items.len() {
                spoil(&items[at], &mut |item| {
                    let mut items = items.clone();
                    items[at] = item;
                    take(Value::Array(items));
                });
            }
        }
        Value::Object(fields) => {
            for name in fields.keys() {
                spoil(&fields[name], &mut |field| {
                    let mut fields = fields.clone();
                    fields[name] = field;
                    take(Value::Object(fields));
                });
            }
        }
        _ => {}
    }
}

/// What an error answer comes to.
pub fn read_error(protocol: &dyn Protocol, status: u16, body: &Value) -> StatusFailure {
    let mut failure = StatusFailure::inside(status, body);
    protocol.explain(&mut failure);
    failure
}
