//! What each provider's subset of JSON Schema accepts. Facts, no logic.

use serde_json::Value;

/// A provider's subset of JSON Schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// No subset: the schema as it is.
    Open,
    /// OpenAI's strict mode, which Groq and Azure share.
    Strict,
    /// Anthropic's structured output.
    Anthropic,
    /// Gemini's `responseJsonSchema`.
    Gemini,
}

impl Dialect {
    /// Whether every object has to be closed. Then nothing can be left without a type either.
    pub(super) fn closes_objects(self) -> bool {
        self != Dialect::Gemini
    }

    /// Whether it takes a keyword that constrains strings, numbers or arrays, with this value.
    pub(super) fn keeps(self, keyword: &str, value: &Value) -> bool {
        match (self, keyword, value) {
            (Dialect::Strict | Dialect::Gemini, "minimum" | "maximum", Value::Number(_)) => true,
            (Dialect::Strict | Dialect::Gemini, "minItems" | "maxItems", value) => value.is_u64(),
            (Dialect::Strict, "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf", Value::Number(_)) => true,
            (Dialect::Strict, "pattern", Value::String(pattern)) => !looks_around(pattern),
            (Dialect::Anthropic, "pattern", Value::String(pattern)) => is_plain(pattern),
            (Dialect::Anthropic, "minItems", value) => matches!(value.as_u64(), Some(0 | 1)),
            (_, "format", Value::String(format)) => match format.as_str() {
                "date-time" | "time" | "date" => true,
                "duration" | "email" | "hostname" | "ipv4" | "ipv6" | "uuid" => self != Dialect::Gemini,
                "uri" => self == Dialect::Anthropic,
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether it takes a value in `enum`; arrays and objects are taken by none.
    pub(super) fn lists(self, value: &Value) -> bool {
        match value {
            Value::Array(_) | Value::Object(_) => false,
            Value::Null | Value::Bool(_) => self != Dialect::Gemini,
            Value::Number(_) | Value::String(_) => true,
        }
    }
}

/// Whether a pattern might use look-around. A false alarm costs a sentence in the prompt, a miss costs the request.
fn looks_around(pattern: &str) -> bool {
    ["(?=", "(?!", "(?<"].iter().any(|start| pattern.contains(start))
}

/// Whether a pattern surely has nothing that Anthropic refuses: look-around, back-references, `\b`, large repetitions.
fn is_plain(pattern: &str) -> bool {
    let is_known = |escaped: &str| escaped.starts_with(|c: char| "dDwWsSnrt".contains(c) || c.is_ascii_punctuation());
    !pattern.contains("(?")
        && pattern.split('\\').skip(1).all(is_known)
        && !pattern.as_bytes().windows(3).any(|three| three.iter().all(u8::is_ascii_digit))
}
