//! The forms in which a model writes calls: the schemas of its replies, made from the tools.
//!
//! Where the provider can hold the model to the schema of a tool's arguments, the arguments are an object of that schema:
//! then a model that is small or in a hurry cannot get them wrong. Where it cannot (free-form objects, references, more
//! properties than the provider takes), they are JSON in a text.

use std::rc::Rc;

use serde_json::{Map, Value, json};

use crate::tools::Tool;

/// The schemas of replies with calls.
pub struct Forms {
    /// One step.
    pub step: Rc<Value>,
    /// The plan of a conversation.
    pub plan: Rc<Value>,
    /// The tools whose arguments are written as a text.
    as_text: Vec<String>,
}

/// Keywords that say nothing about values; the prompt has them already.
const TOLD: [&str; 6] = ["description", "title", "default", "examples", "$schema", "$comment"];
/// Keywords whose members are schemas by name.
const NAMED: [&str; 4] = ["properties", "patternProperties", "$defs", "definitions"];
/// Keywords that hold values, not schemas.
const VALUES: [&str; 3] = ["enum", "const", "required"];

impl Forms {
    /// The forms for these tools. `can_hold` tells whether the model can be held to a schema.
    pub fn new(tools: &[Tool], can_hold: &dyn Fn(&Value) -> bool) -> Self {
        let is_typed = |tool: &&Tool| !refers(&tool.parameters) && can_hold(&typed(tool));
        let (typed_tools, others): (Vec<&Tool>, Vec<&Tool>) = tools.iter().partition(is_typed);
        let forms = Self::with(&typed_tools, &others);
        if can_hold(&forms.step) && can_hold(&forms.plan) {
            return forms;
        }
        Self::with(&[], &tools.iter().collect::<Vec<_>>())
    }

    fn with(typed_tools: &[&Tool], others: &[&Tool]) -> Self {
        let mut alternatives: Vec<Value> = typed_tools.iter().map(|tool| typed(tool)).collect();
        let as_text: Vec<String> = others.iter().map(|tool| tool.name.clone()).collect();
        if !as_text.is_empty() {
            alternatives.push(call(
                Value::from(as_text.clone()),
                json!({ "type": "string", "description": "the arguments: a JSON object, as text" }),
            ));
        }
        let one = match alternatives.len() {
            1 => alternatives.pop().unwrap_or_default(),
            _ => json!({ "anyOf": alternatives }),
        };
        let text = |meaning: &str| json!({ "type": "string", "description": meaning });
        let calls = |meaning: &str| json!({ "type": "array", "items": one.clone(), "description": meaning });
        let step = object([
            ("thought", text("what is known, what is missing, and why this comes next")),
            ("calls", calls("the calls of this step; empty with an answer")),
            ("answer", text("what the user reads; empty with calls")),
        ]);
        let turn = object([
            ("wish", text("what the user wants in this turn, with every value")),
            ("calls", calls("the calls that fulfil it, in order")),
        ]);
        let plan = object([
            ("goal", text("what the user wants in the end")),
            ("turns", json!({ "type": "array", "items": turn })),
        ]);
        Self { step: Rc::new(step), plan: Rc::new(plan), as_text }
    }

    /// A call as the model writes it.
    pub fn write(&self, name: &str, arguments: &Value) -> Value {
        let arguments = match self.as_text.iter().any(|tool| tool == name) {
            true => Value::from(serde_json::to_string(arguments).unwrap_or_default()),
            false => arguments.clone(),
        };
        json!({ "tool": name, "arguments": arguments })
    }
}

/// The call of a tool with arguments of its own schema.
fn typed(tool: &Tool) -> Value {
    call(json!([tool.name]), bare(&tool.parameters))
}

fn call(names: Value, arguments: Value) -> Value {
    object([("tool", json!({ "type": "string", "enum": names })), ("arguments", arguments)])
}

/// An object with exactly these properties.
fn object<const N: usize>(properties: [(&str, Value); N]) -> Value {
    let names: Vec<&str> = properties.iter().map(|(name, _)| *name).collect();
    let required = Value::from(names);
    let properties: Map<String, Value> =
        properties.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// A schema without what the prompt tells.
fn bare(schema: &Value) -> Value {
    let Value::Object(members) = schema else { return schema.clone() };
    let mut kept = Map::new();
    for (keyword, value) in members {
        let keyword = keyword.as_str();
        if TOLD.contains(&keyword) {
            continue;
        }
        let value = match value {
            value if VALUES.contains(&keyword) => value.clone(),
            Value::Object(named) if NAMED.contains(&keyword) => {
                Value::Object(named.iter().map(|(name, schema)| (name.clone(), bare(schema))).collect())
            }
            Value::Array(schemas) => Value::Array(schemas.iter().map(bare).collect()),
            value => bare(value),
        };
        kept.insert(keyword.to_owned(), value);
    }
    Value::Object(kept)
}

/// Whether a schema points somewhere: inside of another schema, that is another place.
fn refers(schema: &Value) -> bool {
    match schema {
        Value::Object(members) => members.iter().any(|(keyword, value)| {
            matches!(keyword.as_str(), "$ref" | "$dynamicRef" | "$recursiveRef" | "$id") || refers(value)
        }),
        Value::Array(items) => items.iter().any(refers),
        _ => false,
    }
}
