//! Text to a value: tells JSON from YAML and says where each key stands.

use serde_json::Value;

use super::lines::Lines;
use super::{json, yaml};
use crate::error::{Issue, Severity};

/// How deep a configuration may nest. Tool schemas are the deepest part of real ones, at about ten levels.
pub(super) const MAX_DEPTH: usize = 64;

/// What to write where there is nothing.
pub(super) const MINIMUM: &str = "write at least the sections `topics`, `generation` and `output`";

/// A value, and the line of each of its keys. An object from JavaScript has no lines.
pub(super) struct Document {
    pub(super) value: Value,
    pub(super) lines: Lines,
}

/// Why a text gives no value.
#[derive(Debug)]
pub(super) struct Problem {
    path: String,
    what: String,
    remedy: String,
}

impl Problem {
    pub(super) fn new(what: &str, remedy: &str) -> Self {
        Self { path: String::new(), what: what.to_owned(), remedy: remedy.to_owned() }
    }

    /// Says which key it is about.
    pub(super) fn at(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    pub(super) fn into_issue(self) -> Issue {
        Issue { severity: Severity::Error, path: self.path, message: self.what, suggestion: Some(self.remedy) }
    }
}

/// Reads YAML or JSON. JSON is read as JSON, because YAML lacks some of its escapes; what only looks like it is YAML.
pub(super) fn read(text: &str) -> Result<Document, Problem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let document = match text.trim_start().strip_prefix('{') {
        Some(rest) => match json::read(text) {
            Ok(document) => document,
            Err(json_problem) => yaml::read(text).map_err(|yaml_problem| {
                let like_json = rest.trim_start().starts_with(['"', '}']);
                if like_json { json_problem } else { yaml_problem }
            })?,
        },
        None => yaml::read(text)?,
    };
    check_shape(&document.value)?;
    Ok(document)
}

/// Whether a value can be a configuration at all.
pub(super) fn check_shape(value: &Value) -> Result<(), Problem> {
    match value {
        Value::Object(_) if deeper_than(value, MAX_DEPTH) => {
            Err(Problem::new(&format!("the nesting is deeper than {MAX_DEPTH} levels"), "flatten the configuration"))
        }
        Value::Object(_) => Ok(()),
        Value::Null => Err(Problem::new("the configuration is empty", MINIMUM)),
        Value::String(text) if is_file_name(text) => {
            Err(Problem::new("this is the name of a file, not a configuration", "pass the text of the file"))
        }
        Value::Array(_) => Err(Problem::new("the configuration is a list, not a mapping", MINIMUM)),
        _ => Err(Problem::new("the configuration is a single value, not a mapping", MINIMUM)),
    }
}

fn deeper_than(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(items) => levels == 0 || items.iter().any(|item| deeper_than(item, levels - 1)),
        Value::Object(entries) => levels == 0 || entries.values().any(|entry| deeper_than(entry, levels - 1)),
        _ => false,
    }
}

fn is_file_name(text: &str) -> bool {
    !text.contains('\n') && [".yaml", ".yml", ".json"].iter().any(|ending| text.ends_with(ending))
}
