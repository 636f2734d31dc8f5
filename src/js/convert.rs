//! Values on their way in and out. Plain data crosses as JSON text, which keeps unusual keys such as `__proto__` plain;
//! our own small types cross directly.

use js_sys::{Array, JSON, JsString, Object};
use serde::Serialize;
use serde_json::Value;
use wasm_bindgen::prelude::*;

use super::error;
use crate::config::{self, Config, SampleNodes};
use crate::error::{Code, Error};
use crate::topics::{Topic, TopicSet};

/// A configuration before it was read.
pub enum ConfigSource {
    /// YAML or JSON.
    Text(String),
    /// An object.
    Value(Value),
}

#[inline(never)]
pub fn config_source(source: &JsValue) -> Result<ConfigSource, JsValue> {
    if let Some(text) = source.as_string() {
        return Ok(ConfigSource::Text(text));
    }
    if !source.is_object() || Array::is_array(source) {
        return Err(invalid("the configuration has to be YAML text, JSON text or an object"));
    }
    plain_value(source, "the configuration").map(ConfigSource::Value)
}

#[inline(never)]
pub fn read_config(source: &JsValue) -> Result<Config, JsValue> {
    match config_source(source)? {
        ConfigSource::Text(text) => config::parse(&text),
        ConfigSource::Value(value) => config::parse_value(&value),
    }
    .map_err(error::to_js)
}

/// What of a set of topics is read. Of a large graph that is most of the time that a call takes.
#[derive(Clone, Copy)]
pub enum Needed {
    /// All of it.
    All,
    /// What gets samples.
    Sampled(SampleNodes),
    /// What is in the file.
    File,
}

#[inline(never)]
pub fn read_topics(topics: &JsValue, needed: Needed) -> Result<TopicSet, JsValue> {
    let list = get(topics, "topics");
    if !topics.is_object() || !Array::is_array(&list) {
        return Err(invalid("topics have to be what generateTopics or parseTopics gave, {mode, topics, graph?}"));
    }
    let (mode, graph) = (get(topics, "mode"), get(topics, "graph"));
    let has_graph = graph.is_object() && mode == "graph";
    let read = Object::new();
    match needed {
        Needed::File if has_graph => set(&read, "graph", &graph),
        Needed::Sampled(SampleNodes::Leaves) | Needed::File => set(&read, "topics", &list),
        _ => drop(Object::assign(&read, topics.unchecked_ref())),
    }
    set(&read, "mode", &mode);
    let json = stringify(&read, "the topics")?;
    reserve_memory_for_topics(&json);
    TopicSet::from_json(&json).map_err(error::to_js)
}

/// Texts of fewer bytes are read without preparation.
const LARGE_TEXT: usize = 1 << 20;
/// What topics take in memory, as a multiple of their text.
const MEMORY_OF_TOPICS: usize = 4;

/// Has the memory for the topics in a text grow in one step. The allocator otherwise asks for 64 KB at a time, a thousand
/// times for a large graph, and the runtime takes longer to give them than it takes to fill them.
pub fn reserve_memory_for_topics(text: &str) {
    if text.len() > LARGE_TEXT {
        let mut memory = Vec::<u8>::new();
        // Without it, memory grows step by step.
        let _ = memory.try_reserve_exact(MEMORY_OF_TOPICS * text.len());
        std::hint::black_box(memory);
    }
}

#[inline(never)]
pub fn read_topic(topic: &JsValue) -> Result<Topic, JsValue> {
    let topic = plain_value(topic, "the topic")?;
    Topic::from_json(&topic).map_err(error::to_js)
}

pub fn text_argument(value: &JsValue, function: &str) -> Result<String, JsValue> {
    value.as_string().ok_or_else(|| invalid(format_args!("{function} takes a text")))
}

/// An argument that may be left out.
pub fn optional(value: &JsValue) -> Option<&JsValue> {
    (!value.is_undefined() && !value.is_null()).then_some(value)
}

pub fn invalid(message: impl std::fmt::Display) -> JsValue {
    error::to_js(Error::new(Code::Config, message))
}

/// A list of texts.
pub fn to_list(texts: &[String]) -> Result<JsValue, JsValue> {
    serde_wasm_bindgen::to_value(texts).map_err(JsValue::from)
}

/// Everything else, by way of its JSON: the core writes JSON anyway, and a second way of writing each type would be as
/// large again.
pub fn to_plain(value: &impl Serialize) -> Result<JsValue, JsValue> {
    let json = serde_json::to_string(value).map_err(|error| error::to_js(Error::new(Code::Internal, error)))?;
    parse_json(&json)
}

pub fn parse_json(json: &str) -> Result<JsValue, JsValue> {
    JSON::parse(json)
}

/// Plain data of a caller's.
#[inline(never)]
pub fn plain_value(value: &JsValue, what: &str) -> Result<Value, JsValue> {
    stringify(value, what)?.parse().map_err(|error: serde_json::Error| invalid(format_args!("{what}: {error}")))
}

#[inline(never)]
fn stringify(value: &JsValue, what: &str) -> Result<String, JsValue> {
    let refused = |reason: JsValue| {
        let reason = error::describe(&reason);
        invalid(format_args!("{what} has to be plain data that JSON can hold: {reason}"))
    };
    let text = JSON::stringify(value).map_err(refused)?;
    text.dyn_ref::<JsString>()
        .map(String::from)
        .ok_or_else(|| invalid(format_args!("{what} has to be plain data that JSON can hold")))
}

/// Sets a field of an object of our own.
pub fn set(object: &Object, field: &str, value: &JsValue) {
    // Fails only for frozen objects and setters; ours have neither.
    let _ = js_sys::Reflect::set(object, &field.into(), value);
}

/// A field of an object of others; `undefined` where reading it throws.
pub fn get(object: &JsValue, field: &str) -> JsValue {
    js_sys::Reflect::get(object, &field.into()).unwrap_or(JsValue::UNDEFINED)
}
