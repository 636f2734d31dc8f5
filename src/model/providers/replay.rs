//! For the tests of protocols: configurations and calls in short, and answers as servers send them, read back.

use serde_json::Value;

use super::{Incoming, Protocol, recorded};
use crate::config::{LlmConfig, ProviderName, TimeoutConfig};
use crate::model::call::{Call, Mode, Purpose, Wire};
use crate::model::{Message, StatusFailure};

/// A model at an address.
pub fn llm(provider: ProviderName, model: &str, base_url: Option<&str>) -> LlmConfig {
    LlmConfig {
        provider,
        model: model.to_owned(),
        temperature: 0.7,
        base_url: base_url.map(str::to_owned),
        price: None,
        stream: false,
        timeout: TimeoutConfig::default(),
    }
}

/// A request for one sample.
pub fn call<'a>(mode: Mode, messages: &'a [Message], schema: &'a Wire) -> Call<'a> {
    Call { purpose: Purpose::Sample, messages, mode, schema, temperature: Some(1.5), max_tokens: 2000, stream: false }
}

/// The failure that a recorded error answer is read as. The fixture holds answers by name: `{status, headers, body}`.
pub fn error(fixture: &str, name: &str) -> StatusFailure {
    let fixture: Value = serde_json::from_str(fixture).unwrap();
    let Value::Object(answer) = &fixture[name] else { panic!("there is no {name}") };
    let header = |name: &str| answer["headers"].get(name).and_then(Value::as_str).map(str::to_owned);
    StatusFailure::read(answer["status"].as_u64().unwrap().try_into().unwrap(), &header, &answer["body"], NOW)
}

/// 2026-11-22T10:00:00Z.
const NOW: f64 = 1_795_341_600_000.0;

/// Reads a whole answer and a stream again and again, each time with another of their values replaced by nonsense.
pub fn read_nonsense(protocol: &dyn Protocol, answer: &str, recording: &str) {
    let nonsense = [Value::Null, "\u{1f4a9}".into(), u64::MAX.into(), (-1.5).into(), Value::Array(vec![Value::Null])];
    for replacement in &nonsense {
        for place in 0.. {
            let mut answer = serde_json::from_str(answer).unwrap();
            if !replace(&mut answer, &mut { place }, replacement) {
                break;
            }
            let _ = protocol.read(answer, &mut Incoming::default());
        }
        let events = recorded::events(protocol.framing(), recording).into_iter().filter(|(_, data)| !data.is_empty());
        let events: Vec<_> = events.map(|(name, data)| (name, serde_json::from_str::<Value>(&data).unwrap())).collect();
        for place in 0.. {
            let mut events = events.clone();
            let mut left = place;
            if !events.iter_mut().any(|(_, event)| replace(event, &mut left, replacement)) {
                break;
            }
            let mut incoming = Incoming::default();
            for (name, event) in events {
                let _ = protocol.read_event(&name, event, &mut incoming);
            }
        }
    }
}

/// Replaces the value at a place, counted from the outside in; false where there are fewer.
fn replace(value: &mut Value, left: &mut usize, replacement: &Value) -> bool {
    if *left == 0 {
        *value = replacement.clone();
        return true;
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter_mut().any(|item| replace(item, left, replacement)),
        Value::Object(fields) => fields.values_mut().any(|field| replace(field, left, replacement)),
        _ => false,
    }
}
