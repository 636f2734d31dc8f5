//! Parameters as DeepFabric lists them, turned into the JSON Schema of all arguments.

use serde_json::{Map, Value, json};

use super::lines::push_index;
use super::report::shown;
use super::scalar::decimal;
use super::suggest::did_you_mean;
use super::tool::{Fault, complain, within};
use crate::search;

/// DeepFabric's types and those of JSON Schema, whose names are accepted too.
const TYPES: [(&str, &str); 6] = [
    ("str", "string"),
    ("int", "integer"),
    ("float", "number"),
    ("bool", "boolean"),
    ("list", "array"),
    ("dict", "object"),
];

/// What the list says of a parameter in its own words; every other key is JSON Schema's and kept as it is.
const OWN_KEYS: [&str; 5] = ["name", "type", "description", "required", "default"];

/// The schema of a tool without parameters.
pub(super) fn none() -> Value {
    json!({ "type": "object", "properties": {}, "required": [] })
}

/// Reads a list of parameters; `path` is where it stands.
pub(super) fn read(parameters: &[Value], path: &str, faults: &mut Vec<Fault>) -> Option<Value> {
    let before = faults.len();
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (index, parameter) in parameters.iter().enumerate() {
        let mut path = path.to_owned();
        push_index(&mut path, index);
        let Some(members) = parameter.as_object() else {
            complain(
                faults,
                &path,
                format!("must be a mapping with a name and a type, not {}", shown(parameter)),
                None,
            );
            continue;
        };
        let Some(name) = members.get("name").and_then(Value::as_str).filter(|name| !name.is_empty()) else {
            complain(faults, &path, "a parameter needs a name".to_owned(), Some("write `name: ...`"));
            continue;
        };
        let is_required = match members.get("required") {
            None | Some(Value::Null) => true,
            Some(Value::Bool(required)) => *required,
            Some(value) => {
                complain(
                    faults,
                    &within(&path, "required"),
                    format!("must be true or false, not {}", shown(value)),
                    None,
                );
                continue;
            }
        };
        if properties.contains_key(name) {
            let message = format!("there is a parameter {} already", shown(&Value::from(name)));
            complain(faults, &within(&path, "name"), message, None);
        }
        let Some(schema) = property(members, is_required, &path, faults) else { continue };
        properties.insert(name.to_owned(), schema);
        if is_required {
            required.push(Value::from(name));
        }
    }
    let schema = json!({ "type": "object", "properties": properties, "required": required });
    (faults.len() == before).then_some(schema)
}

fn property(members: &Map<String, Value>, is_required: bool, path: &str, faults: &mut Vec<Fault>) -> Option<Value> {
    let kind = match members.get("type") {
        None | Some(Value::Null) => {
            let known = search::join(&TYPES.map(|(name, _)| name), ", ");
            complain(faults, path, format!("a parameter needs a type: {known}"), Some("write `type: str`"));
            return None;
        }
        Some(kind) => kind,
    };
    let schema_type = match kind {
        Value::String(name) => match schema_type(name) {
            Some(schema_type) => Value::from(schema_type),
            None => {
                let known = TYPES.map(|(name, _)| name);
                let message = format!("must be one of {}, not {}", search::join(&known, ", "), shown(kind));
                complain(faults, &within(path, "type"), message, did_you_mean(name, &known).as_deref());
                return None;
            }
        },
        // A list of types of JSON Schema's, as in `[string, "null"]`; the review of the whole judges it.
        Value::Array(names) => names.iter().map(|name| Value::from(name.as_str().and_then(schema_type))).collect(),
        value => {
            complain(faults, &within(path, "type"), format!("must be the name of a type, not {}", shown(value)), None);
            return None;
        }
    };
    let mut schema = Map::new();
    schema.insert("type".to_owned(), schema_type);
    match members.get("description") {
        None | Some(Value::Null) => {}
        Some(text @ Value::String(_)) => {
            schema.insert("description".to_owned(), text.clone());
        }
        Some(value) => {
            complain(faults, &within(path, "description"), format!("must be text, not {}", shown(value)), None);
        }
    }
    for (key, value) in members {
        if !OWN_KEYS.contains(&key.as_str()) {
            schema.insert(key.clone(), value.clone());
        }
    }
    if !is_required && let Some(default) = members.get("default").and_then(|default| default_value(default, &schema)) {
        schema.insert("default".to_owned(), default);
    }
    Some(Value::Object(schema))
}

fn schema_type(name: &str) -> Option<&'static str> {
    if name == "null" {
        return Some("null");
    }
    TYPES.iter().find(|(own, schema)| name == *own || name == *schema).map(|(_, schema)| *schema)
}

/// A default, which DeepFabric writes as a text: `"True"`, `"100"`. An empty text says that there is none.
fn default_value(default: &Value, schema: &Map<String, Value>) -> Option<Value> {
    let Value::String(text) = default else { return Some(default.clone()).filter(|default| !default.is_null()) };
    if text.is_empty() {
        return None;
    }
    let meant = match schema.get("type").and_then(Value::as_str) {
        Some("boolean") => match text.as_str() {
            "True" | "true" => Some(Value::Bool(true)),
            "False" | "false" => Some(Value::Bool(false)),
            _ => None,
        },
        Some("integer" | "number") => decimal(text).map(Value::Number),
        Some("array" | "object") => text.parse().ok(),
        _ => None,
    };
    Some(meant.unwrap_or_else(|| default.clone()))
}
