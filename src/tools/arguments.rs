//! The check that comes before every call: arguments hold to the schema of their tool, or the call is not made.

use serde_json::{Map, Value};

use super::Tool;
use crate::host::Patterns;
use crate::schema;
use crate::search;

/// Most arguments that are named for not being declared, and the longest name that is repeated.
const MOST_NAMED: usize = 4;
const LONGEST_NAME: usize = 60;

/// Keywords through which a schema may know more properties than it lists.
const OPENING: [&str; 12] = [
    "additionalProperties",
    "unevaluatedProperties",
    "patternProperties",
    "$ref",
    "$dynamicRef",
    "allOf",
    "anyOf",
    "oneOf",
    "if",
    "not",
    "dependentSchemas",
    "dependencies",
];

/// Holds arguments against a tool.
///
/// # Errors
/// A sentence for the model: which argument is wrong, and how.
pub(super) fn check(tool: &Tool, arguments: &Value, patterns: &dyn Patterns) -> Result<(), String> {
    let Some(given) = arguments.as_object() else {
        return Err(format!("The arguments of {} must be a JSON object, with a member for each argument.", tool.name));
    };
    let mut wrong: Vec<String> = undeclared(tool, given);
    for violation in schema::violations(&tool.parameters, arguments, patterns) {
        let mut sentence = match violation.path.strip_prefix("$.") {
            Some(argument) => format!("the argument {argument} "),
            None if violation.path == "$" => "the call ".to_owned(),
            None => format!("the argument {} ", violation.path.get(1..).unwrap_or_default()),
        };
        sentence.push_str(&match violation.message.strip_prefix("lacks the property ") {
            Some(name) if violation.path == "$" => format!("lacks the argument {name}"),
            _ => violation.message,
        });
        wrong.push(sentence);
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!("{} was not called: {}.", tool.name, search::join(&wrong, "; ")))
}

/// What a tool that lists its arguments does not list. In JSON Schema, what is not mentioned is allowed; in a call it is
/// invented.
fn undeclared(tool: &Tool, given: &Map<String, Value>) -> Vec<String> {
    let Some(schema) = tool.parameters.as_object() else { return Vec::new() };
    let Some(listed) = schema.get("properties").and_then(Value::as_object) else { return Vec::new() };
    if OPENING.iter().any(|keyword| schema.contains_key(*keyword)) {
        return Vec::new();
    }
    let mut sentences = Vec::new();
    for name in given.keys().filter(|name| !listed.contains_key(*name)) {
        let known: Vec<&String> = listed.keys().collect();
        let known = if known.is_empty() { "none".to_owned() } else { search::join(&known, ", ") };
        let name: String = name.chars().take(LONGEST_NAME).collect();
        let name = serde_json::to_string(&name).unwrap_or_default();
        sentences.push(format!("there is no argument {name}, the arguments are: {known}"));
        if sentences.len() == MOST_NAMED {
            break;
        }
    }
    sentences
}
