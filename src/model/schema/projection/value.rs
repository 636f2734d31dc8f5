//! Types and equality of values, as JSON Schema has them.

use serde_json::{Map, Value};

/// JSON nested deeper than this is not walked: about twice the levels that a schema may have.
const MAX_NESTING: usize = 300;

/// Whether a value is nested so deeply that walking it could exhaust the stack.
pub(super) fn is_too_deep(value: &Value) -> bool {
    let mut open = vec![(value, 0)];
    while let Some((value, depth)) = open.pop() {
        if depth > MAX_NESTING {
            return true;
        }
        match value {
            Value::Array(items) => open.extend(items.iter().map(|item| (item, depth + 1))),
            Value::Object(members) => open.extend(members.values().map(|member| (member, depth + 1))),
            _ => {}
        }
    }
    false
}

/// The type whose values a keyword is about; keywords about any value have none.
pub(super) fn type_of_keyword(keyword: &str) -> Option<&'static str> {
    Some(match keyword {
        "minLength" | "maxLength" | "pattern" | "format" | "contentEncoding" | "contentMediaType" => "string",
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" => "number",
        "items" | "prefixItems" | "minItems" | "maxItems" | "uniqueItems" | "contains" | "unevaluatedItems" => "array",
        "properties"
        | "required"
        | "additionalProperties"
        | "patternProperties"
        | "propertyNames"
        | "minProperties"
        | "maxProperties"
        | "dependentRequired"
        | "dependentSchemas"
        | "dependencies"
        | "unevaluatedProperties" => "object",
        _ => return None,
    })
}

/// Whether a keyword constrains values at all; the others annotate, define or are unknown.
pub(super) fn constrains(keyword: &str) -> bool {
    matches!(keyword, "$ref" | "$dynamicRef" | "$recursiveRef" | "type" | "enum" | "const")
        || matches!(keyword, "allOf" | "anyOf" | "oneOf" | "not" | "if" | "then" | "else")
        || type_of_keyword(keyword).is_some()
}

/// The types that a value of `type` names.
pub(super) fn type_names(value: &Value) -> Vec<&str> {
    match value {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The types that a schema allows: those it names, or else those of its values, or else those that its keywords are
/// about, since whoever writes `properties` means an object. Empty for any type.
pub(super) fn types(schema: &Map<String, Value>) -> Vec<&str> {
    let mut found = schema.get("type").map(type_names).unwrap_or_default();
    let values = listed_values(schema);
    if found.is_empty() {
        found = match &values {
            Some(values) => values.iter().map(|value| type_of(value)).collect(),
            None => schema.keys().filter_map(|keyword| type_of_keyword(keyword)).collect(),
        };
    }
    let mut types: Vec<&str> = Vec::new();
    for name in &found {
        if !(types.contains(name) || *name == "integer" && found.contains(&"number")) {
            types.push(name);
        }
    }
    types
}

/// The narrowest type of a value.
pub(super) fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() && number.as_f64().is_some_and(|n| n.fract() != 0.0) => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Whether everything of the narrower type is of the wider one.
pub(super) fn includes(wider: &str, narrower: &str) -> bool {
    wider == narrower || (wider == "number" && narrower == "integer")
}

/// Equality in which 1 and 1.0 are the same number.
pub(super) fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) if a.is_f64() != b.is_f64() => a.as_f64() == b.as_f64(),
        _ => left == right,
    }
}

/// The values that `const` and `enum` leave, where there are such keywords.
pub(super) fn listed_values(schema: &Map<String, Value>) -> Option<Vec<&Value>> {
    match (schema.get("const"), schema.get("enum").and_then(Value::as_array)) {
        (Some(only), None) => Some(vec![only]),
        (only, Some(listed)) => Some(listed.iter().filter(|value| only.is_none_or(|only| same(value, only))).collect()),
        (None, None) => None,
    }
}

/// The schemas, by name, under a keyword such as `properties`.
pub(super) fn members<'v>(schema: &'v Map<String, Value>, keyword: &str) -> Option<&'v Map<String, Value>> {
    schema.get(keyword).and_then(Value::as_object)
}

/// The items of a keyword such as `required`; none where there is no such list.
pub(super) fn list<'v>(schema: &'v Map<String, Value>, keyword: &str) -> &'v [Value] {
    schema.get(keyword).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}
