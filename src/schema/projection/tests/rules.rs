//! The providers' published rules, read off their documentation and not off the code under test.

use serde_json::{Map, Value};

use crate::schema::projection::Dialect;

type Broken = Result<(), String>;

/// Whether a provider would take the schema.
pub(super) fn check(dialect: Dialect, wire: &Value) -> Broken {
    let root = wire.as_object().ok_or("the root is no object")?;
    let mut seen = Seen { dialect, root: wire, properties: 0, optional: 0, unions: 0, listed: 0, characters: 0 };
    seen.node(root, "", 0)?;
    if let Some(definitions) = root.get("$defs") {
        for (name, definition) in definitions.as_object().ok_or("$defs is no object")? {
            seen.characters += name.len();
            seen.node(definition.as_object().ok_or("a definition is no object")?, name, 0)?;
        }
    }
    match dialect {
        Dialect::Open => {}
        Dialect::Strict => {
            demand(root.get("type") == Some(&"object".into()), "the root must be an object", "")?;
            demand(!root.contains_key("anyOf"), "the root must not be anyOf", "")?;
            demand(seen.properties <= 5_000, "too many properties", "")?;
            demand(seen.listed <= 1_000, "too many enum values", "")?;
            demand(seen.characters <= 120_000, "too many characters", "")?;
        }
        Dialect::Anthropic => {
            demand(seen.optional <= 24, "too many optional properties", "")?;
            demand(seen.unions <= 16, "too many unions", "")?;
            expand(wire, root, &mut Vec::new(), &|_| true)?;
        }
        Dialect::Gemini => expand(wire, root, &mut Vec::new(), &|is_required| is_required)?,
    }
    Ok(())
}

struct Seen<'a> {
    dialect: Dialect,
    root: &'a Value,
    properties: usize,
    optional: usize,
    unions: usize,
    listed: usize,
    characters: usize,
}

impl Seen<'_> {
    fn node(&mut self, schema: &Map<String, Value>, path: &str, level: usize) -> Broken {
        let allowed: &[&str] = match self.dialect {
            Dialect::Open => return Ok(()),
            Dialect::Strict => &[
                "type",
                "properties",
                "required",
                "additionalProperties",
                "items",
                "enum",
                "const",
                "anyOf",
                "$ref",
                "$defs",
                "title",
                "description",
                "pattern",
                "format",
                "minimum",
                "maximum",
                "exclusiveMinimum",
                "exclusiveMaximum",
                "multipleOf",
                "minItems",
                "maxItems",
            ],
            Dialect::Anthropic => &[
                "type",
                "properties",
                "required",
                "additionalProperties",
                "items",
                "enum",
                "const",
                "anyOf",
                "$ref",
                "$defs",
                "title",
                "description",
                "pattern",
                "format",
                "minItems",
            ],
            Dialect::Gemini => &[
                "type",
                "properties",
                "required",
                "additionalProperties",
                "propertyOrdering",
                "items",
                "prefixItems",
                "enum",
                "anyOf",
                "$ref",
                "$defs",
                "title",
                "description",
                "format",
                "minimum",
                "maximum",
                "minItems",
                "maxItems",
            ],
        };
        for keyword in schema.keys() {
            demand(allowed.contains(&keyword.as_str()), &format!("{keyword} is not supported"), path)?;
        }
        if let Some(reference) = schema.get("$ref") {
            demand(schema.len() == 1, "$ref has siblings", path)?;
            let pointer = reference.as_str().and_then(|reference| reference.strip_prefix('#')).ok_or("foreign $ref")?;
            demand(pointer.is_empty() || pointer.starts_with("/$defs/"), "$ref leaves $defs", path)?;
            return demand(self.root.pointer(pointer).is_some(), "$ref leads nowhere", path);
        }
        let types: Vec<&str> = match schema.get("type") {
            Some(Value::String(name)) => vec![name],
            Some(Value::Array(names)) => names.iter().map(|name| name.as_str().unwrap()).collect(),
            Some(_) => return Err(format!("type at {path:?}")),
            None => Vec::new(),
        };
        if types.len() > 1 || schema.contains_key("anyOf") {
            self.unions += 1;
        }
        if let Some(branches) = schema.get("anyOf") {
            let explained = |keyword: &String| ["anyOf", "title", "description", "$defs"].contains(&keyword.as_str());
            demand(schema.keys().all(explained), "anyOf has siblings", path)?;
            let branches = branches.as_array().ok_or("anyOf is no list")?;
            demand(!branches.is_empty(), "anyOf is empty", path)?;
            for branch in branches {
                self.node(branch.as_object().ok_or("a branch is no object")?, &format!("{path}|"), level)?;
            }
            return Ok(());
        }
        if self.dialect != Dialect::Gemini {
            demand(!types.is_empty(), "there is no type", path)?;
        }
        if let Some(format) = schema.get("format") {
            let common = ["date-time", "time", "date"];
            let more = ["duration", "email", "hostname", "ipv4", "ipv6", "uuid"];
            let format = format.as_str().ok_or("format is no text")?;
            let is_known = common.contains(&format)
                || (self.dialect != Dialect::Gemini && more.contains(&format))
                || (self.dialect == Dialect::Anthropic && format == "uri");
            demand(is_known, "unknown format", path)?;
        }
        if let Some(pattern) = schema.get("pattern").and_then(Value::as_str) {
            demand(
                !pattern.contains("(?=") && !pattern.contains("(?!") && !pattern.contains("(?<"),
                "look-around",
                path,
            )?;
            if self.dialect == Dialect::Anthropic {
                demand(!pattern.contains("\\b") && !pattern.contains("\\1"), "\\b or back-reference", path)?;
            }
        }
        if self.dialect == Dialect::Anthropic
            && let Some(least) = schema.get("minItems")
        {
            demand(least == 0 || least == 1, "minItems above 1", path)?;
        }
        self.values(schema, path)?;
        if types.contains(&"object") || schema.contains_key("properties") {
            self.object(schema, path, level + 1)?;
        }
        if types.contains(&"array") && self.dialect != Dialect::Gemini {
            demand(schema.contains_key("items"), "an array without items", path)?;
        }
        if types.contains(&"array") {
            demand(self.dialect != Dialect::Strict || level < 10, "too many levels", path)?;
        }
        let prefix = schema.get("prefixItems").and_then(Value::as_array);
        for item in schema.get("items").into_iter().chain(prefix.into_iter().flatten()) {
            self.node(item.as_object().ok_or("items is no schema")?, &format!("{path}[]"), level + 1)?;
        }
        Ok(())
    }

    fn values(&mut self, schema: &Map<String, Value>, path: &str) -> Broken {
        let listed = schema.get("enum").map(|values| values.as_array().ok_or("enum is no list")).transpose()?;
        demand(listed.is_none_or(|values| !values.is_empty()), "enum is empty", path)?;
        self.listed += listed.map_or(0, Vec::len);
        let texts: usize =
            listed.into_iter().flatten().chain(schema.get("const")).filter_map(Value::as_str).map(str::len).sum();
        self.characters += texts;
        demand(
            self.dialect != Dialect::Strict || listed.is_none_or(|l| l.len() <= 250) || texts <= 15_000,
            "long enum",
            path,
        )?;
        for value in listed.into_iter().flatten().chain(schema.get("const")) {
            let is_taken = match self.dialect {
                Dialect::Gemini => value.is_string() || value.is_number(),
                _ => !value.is_array() && !value.is_object(),
            };
            demand(is_taken, "a value that cannot be listed", path)?;
        }
        Ok(())
    }

    fn object(&mut self, schema: &Map<String, Value>, path: &str, level: usize) -> Broken {
        demand(schema.get("type") == Some(&"object".into()), "an object among other types", path)?;
        demand(self.dialect != Dialect::Strict || level <= 10, "too many levels", path)?;
        let empty = Map::new();
        let properties = schema.get("properties").map_or(&empty, |properties| properties.as_object().unwrap());
        let names: Vec<&str> = properties.keys().map(String::as_str).collect();
        let required: Vec<&str> = match schema.get("required") {
            Some(required) => required.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect(),
            None => Vec::new(),
        };
        demand(required.iter().all(|name| names.contains(name)), "a required property is not declared", path)?;
        let extra = schema.get("additionalProperties");
        if self.dialect == Dialect::Gemini {
            let ordering = schema.get("propertyOrdering").and_then(Value::as_array).cloned().unwrap_or_default();
            demand(ordering == names, "propertyOrdering is not the order of the properties", path)?;
            if let Some(Value::Object(extra)) = extra {
                self.node(extra, &format!("{path}.*"), level)?;
            }
        } else {
            demand(extra == Some(&Value::Bool(false)), "an open object", path)?;
        }
        if self.dialect == Dialect::Strict {
            demand(schema.contains_key("properties") && required == names, "a property is not required", path)?;
        }
        self.properties += names.len();
        self.optional += names.len() - required.len();
        self.characters += names.iter().map(|name| name.len()).sum::<usize>();
        for (name, property) in properties {
            self.node(property.as_object().ok_or("a property is no schema")?, &format!("{path}.{name}"), level)?;
        }
        Ok(())
    }
}

/// Writes every reference out, and fails where that never ends; `follows` says which properties count.
fn expand(
    root: &Value,
    schema: &Map<String, Value>,
    active: &mut Vec<String>,
    follows: &dyn Fn(bool) -> bool,
) -> Broken {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        demand(!active.iter().any(|known| known == reference) && reference != "#", "recursion", reference)?;
        active.push(reference.to_owned());
        expand(root, root.pointer(&reference[1..]).unwrap().as_object().unwrap(), active, follows)?;
        active.pop();
    }
    let required: Vec<&Value> = schema.get("required").and_then(Value::as_array).into_iter().flatten().collect();
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        if follows(required.iter().any(|known| *known == name)) {
            expand(root, property.as_object().unwrap(), active, follows)?;
        }
    }
    let lists = ["anyOf", "prefixItems"].into_iter().filter_map(|keyword| schema.get(keyword)?.as_array()).flatten();
    for child in lists.chain(schema.get("items")) {
        expand(root, child.as_object().unwrap(), active, follows)?;
    }
    Ok(())
}

fn demand(holds: bool, rule: &str, path: &str) -> Broken {
    if holds { Ok(()) } else { Err(format!("{rule} (at {path:?})")) }
}
