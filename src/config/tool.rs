//! What the definition of a tool says, in any of the forms in which tools are written down.
//!
//! DeepFabric lists parameters one by one; OpenAI's and Anthropic's APIs, MCP's `tools/list` and plain JSON Schema hold
//! one schema for all arguments. Read here, they are the same, and nothing that their author wrote is lost.

use std::rc::Rc;

use serde_json::{Map, Value, json};

use super::lines::push_key;
use super::report::shown;
use super::tool_parameters;
use crate::host::Patterns;
use crate::schema;

/// Longest name of a tool, as MCP limits it.
const LONGEST_NAME: usize = 128;
/// The keys for parameters: DeepFabric's and OpenAI's, MCP's, Anthropic's.
const PARAMETERS: [&str; 3] = ["parameters", "inputSchema", "input_schema"];
/// Keywords by which a schema is known that does not name its type.
const SCHEMAS: [&str; 5] = ["properties", "$ref", "allOf", "anyOf", "oneOf"];

/// One thing that is wrong with a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where: the path of the definition and what leads on from there, such as `tools.custom[2].parameters[0].type`.
    pub path: String,
    /// What is wrong, in lower case and without a full stop.
    pub message: String,
    /// What to write instead, where that is known.
    pub suggestion: Option<String>,
}

/// One tool as its author defined it.
#[derive(Clone, Debug, PartialEq)]
pub struct Tool {
    /// What calls name it by: letters, digits, `_`, `-` and `.`.
    pub name: String,
    /// What it does.
    pub description: String,
    /// The JSON Schema of its arguments, an object, with everything that the definition says of them.
    pub parameters: Rc<Value>,
    /// What it gives back, in words; may be empty.
    pub returns: String,
    /// The component that executes it, where one was named.
    pub component: Option<String>,
    /// The definition as it was written.
    pub definition: Rc<Value>,
}

impl Tool {
    /// Reads a definition in whichever form it has; `path` is where it stands.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(definition: &Value, path: &str) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        match read(definition, path, &mut faults) {
            Some(tool) if faults.is_empty() => Ok(tool),
            _ => Err(faults),
        }
    }

    /// A tool of which only the name is known: it takes any arguments.
    pub fn known_by_name(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            description: String::new(),
            parameters: Rc::new(json!({ "type": "object" })),
            returns: String::new(),
            component: None,
            definition: Rc::new(json!({ "name": name })),
        }
    }

    /// The definition as records and chat templates hold it: a function of OpenAI's.
    pub fn to_openai(&self) -> Value {
        let mut function = Map::new();
        function.insert("name".to_owned(), Value::from(self.name.as_str()));
        function.insert("description".to_owned(), Value::from(self.description.as_str()));
        function.insert("parameters".to_owned(), Value::clone(&self.parameters));
        let written = self.definition.get("function").unwrap_or(&self.definition);
        if let Some(strict) = written.get("strict").filter(|strict| strict.is_boolean()) {
            function.insert("strict".to_owned(), strict.clone());
        }
        json!({ "type": "function", "function": function })
    }
}

fn read(definition: &Value, path: &str, faults: &mut Vec<Fault>) -> Option<Tool> {
    let wrapped = definition.get("function").filter(|_| definition.get("parameters").is_none());
    let (written, path) = match wrapped {
        Some(function) => (function, within(path, "function")),
        None => (definition, path.to_owned()),
    };
    let Some(members) = written.as_object() else {
        complain(faults, &path, format!("must be a mapping that defines a tool, not {}", shown(written)), None);
        return None;
    };
    let schema_itself = is_schema_itself(members);
    let name = read_name(members, schema_itself, &path, faults);
    let mut text = |key: &str| match members.get(key) {
        Some(Value::String(text)) => text.clone(),
        None | Some(Value::Null) => String::new(),
        Some(value) => {
            complain(faults, &within(&path, key), format!("must be text, not {}", shown(value)), None);
            String::new()
        }
    };
    let description = text("description");
    let returns = if schema_itself { String::new() } else { text("returns") };
    let component = if schema_itself { String::new() } else { text("component") };
    let parameters = match schema_itself {
        true => Some(without_name(members)),
        false => read_parameters(members, &path, faults),
    };
    let parameters = parameters?;
    if let Err(reason) = schema::check_schema(&parameters, &AnyPattern) {
        complain(faults, &path, reason, None);
    }
    Some(Tool {
        name: name?,
        description,
        parameters: Rc::new(parameters),
        returns,
        component: Some(component).filter(|component| !component.is_empty()),
        definition: Rc::new(definition.clone()),
    })
}

/// Whether a definition is the schema of the arguments itself, with the tool's name as its title.
fn is_schema_itself(members: &Map<String, Value>) -> bool {
    let is_schema = members.get("properties").is_some_and(Value::is_object);
    is_schema && !PARAMETERS.iter().any(|key| members.contains_key(*key))
}

fn without_name(members: &Map<String, Value>) -> Value {
    let named = ["name", "title", "description", "type"];
    let mut schema = Map::new();
    schema.insert("type".to_owned(), members.get("type").cloned().unwrap_or_else(|| Value::from("object")));
    for (key, value) in members {
        if !named.contains(&key.as_str()) {
            schema.insert(key.clone(), value.clone());
        }
    }
    Value::Object(schema)
}

fn read_name(members: &Map<String, Value>, schema_itself: bool, path: &str, faults: &mut Vec<Fault>) -> Option<String> {
    let title = members.get("title").filter(|_| schema_itself);
    match members.get("name").or(title) {
        Some(Value::String(name)) if is_name(name) => return Some(name.clone()),
        None | Some(Value::Null) => {
            complain(faults, path, "a tool needs a name".to_owned(), Some("write `name: ...`"));
        }
        Some(Value::String(name)) if name.is_empty() => {
            complain(faults, path, "a tool needs a name".to_owned(), Some("write `name: ...`"));
        }
        Some(value) => {
            let what = "the name of a tool is a text of letters, digits, `_`, `-` and `.`, at most 128 of them";
            complain(faults, &within(path, "name"), format!("{what}, not {}", shown(value)), None);
        }
    }
    None
}

/// Whether a tool may be called by a name.
pub(super) fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    !name.is_empty() && name.len() <= LONGEST_NAME && name.bytes().all(is_plain)
}

fn read_parameters(members: &Map<String, Value>, path: &str, faults: &mut Vec<Fault>) -> Option<Value> {
    let Some((key, written)) = PARAMETERS.iter().find_map(|key| Some((*key, members.get(*key)?))) else {
        return Some(tool_parameters::none());
    };
    let path = within(path, key);
    match written {
        Value::Null => Some(tool_parameters::none()),
        Value::Object(schema) if schema.is_empty() => Some(tool_parameters::none()),
        Value::Array(parameters) => tool_parameters::read(parameters, &path, faults),
        Value::Object(schema) => object_schema(schema, &path, faults),
        value => {
            let message = format!("must be a list of parameters or a JSON Schema, not {}", shown(value));
            complain(faults, &path, message, None);
            None
        }
    }
}

/// A schema of all arguments together.
fn object_schema(schema: &Map<String, Value>, path: &str, faults: &mut Vec<Fault>) -> Option<Value> {
    match schema.get("type") {
        Some(Value::String(kind)) if kind == "object" => Some(Value::Object(schema.clone())),
        None if SCHEMAS.iter().any(|key| schema.contains_key(*key)) => {
            let mut typed = Map::new();
            typed.insert("type".to_owned(), Value::from("object"));
            typed.extend(schema.iter().map(|(key, value)| (key.clone(), value.clone())));
            Some(Value::Object(typed))
        }
        _ => {
            let message = "must be a list of parameters, or a JSON Schema of an object".to_owned();
            complain(faults, path, message, Some("write `type: object` and `properties`"));
            None
        }
    }
}

pub(super) fn complain(faults: &mut Vec<Fault>, path: &str, message: String, suggestion: Option<&str>) {
    faults.push(Fault { path: path.to_owned(), message, suggestion: suggestion.map(str::to_owned) });
}

pub(super) fn within(path: &str, key: &str) -> String {
    let mut path = path.to_owned();
    push_key(&mut path, key);
    path
}

/// Where there is no runtime to ask, every pattern passes: they are tried once there is one.
struct AnyPattern;

impl Patterns for AnyPattern {
    fn matches(&self, _: &str, _: &str) -> Option<bool> {
        Some(true)
    }
}
