//! The walk over a schema that writes the wire schema, node by node.
//!
//! Each node has one part that carries it over: its own type, a reference, or its alternatives. Whatever else it says
//! is told to the model, since leaving a constraint out forbids nothing.

use serde_json::{Map, Value};

use super::definitions::Definitions;
use super::dialect::{Recursion, Rules, allows, type_of};
use super::{list, members};

const MAX_DEPTH: usize = 128;

/// What a provider counts.
#[derive(Default)]
pub(super) struct Size {
    pub properties: usize,
    pub optional: usize,
    pub unions: usize,
    pub listed: usize,
    pub characters: usize,
}

/// The state of one projection. After the first `None` it is of no use.
pub(super) struct Walk<'a> {
    pub root: &'a Value,
    pub rules: &'static Rules,
    pub dropped: Vec<String>,
    pub definitions: Definitions<'a>,
    pub size: Size,
    /// Objects and arrays around the node.
    pub level: usize,
    depth: usize,
    /// Whether coming back to the definition being walked would be recursion that the dialect refuses.
    pub is_bound: bool,
}

impl<'a> Walk<'a> {
    pub fn new(root: &'a Value, rules: &'static Rules) -> Self {
        Self {
            root,
            rules,
            dropped: Vec::new(),
            definitions: Definitions::new(root),
            size: Size::default(),
            level: 0,
            depth: 0,
            is_bound: true,
        }
    }

    /// The wire schema of the whole.
    pub fn whole(&mut self) -> Option<Value> {
        let mut wire = self.node(self.root, "$")?;
        let definitions = self.definitions()?;
        let (size, rules) = (&self.size, self.rules);
        if size.properties > rules.properties
            || size.optional > rules.optional
            || size.unions > rules.unions
            || size.listed > rules.listed
            || size.characters > rules.characters
        {
            return None;
        }
        let root = wire.as_object_mut()?;
        if rules.all_required && !matches!(root.get("type"), Some(Value::String(name)) if name == "object") {
            return None;
        }
        if !definitions.is_empty() {
            root.insert("$defs".to_owned(), Value::Object(definitions));
        }
        Some(wire)
    }

    pub fn start_definition(&mut self) {
        self.level = 0;
        // The root alone is at 0.
        self.depth = 1;
        self.is_bound = true;
    }

    /// The wire schema of a node.
    pub fn node(&mut self, schema: &'a Value, place: &str) -> Option<Value> {
        let schema = match schema {
            Value::Object(schema) => schema,
            Value::Bool(true) if !self.rules.closes_objects => return Some(Value::Object(Map::new())),
            _ => return None,
        };
        // With an address of its own, a reference inside would be read from there, not from the root.
        if self.depth > MAX_DEPTH || (self.depth > 0 && schema.contains_key("$id")) {
            return None;
        }
        self.depth += 1;
        let types = types(schema);
        let mut rest = Map::new();
        let carrier = carrier(schema, &types);
        let wire = if carrier.is_empty() {
            self.own(schema, types, place, &mut rest)?
        } else {
            self.carried(schema, carrier, place, &mut rest)?
        };
        self.depth -= 1;
        if !rest.is_empty() {
            let declared = if carrier.is_empty() { members(schema, "properties") } else { None };
            if self.leads_out(&rest, declared, true) {
                return None;
            }
            let rest = Value::Object(rest);
            self.dropped.push([&json(&Value::from(place)), ": ", &json(&rest)].concat());
        }
        Some(wire)
    }

    /// The wire schema of a node inside an object or array.
    pub fn child(&mut self, schema: &'a Value, place: &str, is_optional: bool) -> Option<Value> {
        let is_bound = self.is_bound;
        self.is_bound &= match self.rules.recursion {
            Recursion::Never => true,
            Recursion::ThroughOptional => !is_optional,
            Recursion::ThroughAny => false,
        };
        self.level += 1;
        let wire = self.node(schema, place);
        self.level -= 1;
        self.is_bound = is_bound;
        wire
    }

    /// A node that a reference or alternatives carry.
    fn carried(
        &mut self,
        schema: &'a Map<String, Value>,
        carrier: &str,
        place: &str,
        rest: &mut Map<String, Value>,
    ) -> Option<Value> {
        let mut wire = match schema.get(carrier)? {
            // A root that is elsewhere is written out.
            Value::String(reference) if self.definitions.is_at_root() && place == "$" => {
                let (_, target) = self.target(reference)?;
                self.node(target, place)?
            }
            Value::String(reference) => single("$ref", Value::from(self.refer(reference, place)?)),
            branches => self.alternatives(branches.as_array()?, place)?,
        };
        let keywords = wire.as_object_mut()?;
        for (keyword, value) in schema {
            if keyword == carrier {
                if keyword == "oneOf" && keywords.contains_key("anyOf") {
                    rest.insert(keyword.clone(), Value::from("exactly one alternative matches"));
                }
            } else if self.rules.keep(keyword, value, &["null"]) && !keywords.contains_key("$ref") {
                keywords.insert(keyword.clone(), value.clone());
            } else {
                tell(rest, keyword, value);
            }
        }
        Some(wire)
    }

    fn alternatives(&mut self, branches: &'a [Value], place: &str) -> Option<Value> {
        let mut wires = Vec::new();
        let mut distinct = 0;
        for branch in branches {
            if !matches!(branch.get("type"), Some(Value::String(name)) if name == "null") {
                distinct += 1;
            }
        }
        for branch in branches {
            if *branch == Value::Bool(false) {
                continue;
            }
            let wire = if distinct > 1 {
                let number = json(&Value::from(wires.len() + 1));
                self.node(branch, &[place, " (alternative ", &number, ")"].concat())?
            } else {
                self.node(branch, place)?
            };
            wires.push(wire);
        }
        if wires.len() < 2 {
            return wires.pop();
        }
        self.size.unions += 1;
        Some(single("anyOf", Value::Array(wires)))
    }

    /// Whether telling a schema is not enough: it refers to what the model cannot see, or names properties that a closed
    /// object can never have.
    fn leads_out(
        &self,
        schema: &Map<String, Value>,
        declared: Option<&Map<String, Value>>,
        is_outermost: bool,
    ) -> bool {
        let is_unknown = |name: &str| declared.is_none_or(|declared| !declared.contains_key(name));
        for (keyword, value) in schema {
            match (keyword.as_str(), value) {
                ("$ref" | "$dynamicRef" | "$recursiveRef", _) => return true,
                ("enum" | "const" | "default" | "examples", value) if is_outermost || !value.is_object() => {}
                ("required", Value::Array(names)) if self.rules.closes_objects => {
                    for name in names {
                        if name.as_str().is_none_or(is_unknown) {
                            return true;
                        }
                    }
                }
                (_, Value::Array(items)) => {
                    for item in items {
                        if let Value::Object(item) = item
                            && self.leads_out(item, declared, false)
                        {
                            return true;
                        }
                    }
                }
                (keyword, Value::Object(inner)) => {
                    if self.rules.closes_objects && matches!(keyword, "properties" | "patternProperties") {
                        for name in inner.keys() {
                            if is_unknown(name) {
                                return true;
                            }
                        }
                    }
                    if self.leads_out(inner, declared, false) {
                        return true;
                    }
                }
                _ => {}
            }
        }
        false
    }
}

/// The keyword that carries a node; empty where its own type does.
pub(super) fn carrier(schema: &Map<String, Value>, types: &[&str]) -> &'static str {
    let holds_more = types.is_empty() || allows(types, "object") || allows(types, "array");
    for own in ["properties", "items", "prefixItems", "enum", "const"] {
        if schema.contains_key(own) {
            return "";
        }
    }
    if holds_more && matches!(schema.get("$ref"), Some(Value::String(_))) {
        return "$ref";
    }
    for keyword in ["anyOf", "oneOf", "allOf"] {
        let branches = list(schema, keyword).len();
        if holds_more && (branches == 1 || (branches > 1 && keyword != "allOf")) {
            return keyword;
        }
    }
    ""
}

/// The types that a schema allows: those it names, or else the one that it describes, or else those of its values. Empty
/// for any type.
pub(super) fn types(schema: &Map<String, Value>) -> Vec<&str> {
    let mut types = Vec::new();
    let mut add = |name| {
        if !types.contains(&name) {
            types.push(name);
        }
    };
    match schema.get("type") {
        Some(Value::String(name)) => add(name.as_str()),
        Some(names) => {
            for name in names.as_array().map(Vec::as_slice).unwrap_or_default() {
                add(name.as_str().unwrap_or_default());
            }
        }
        None if schema.contains_key("properties") => add("object"),
        None if schema.contains_key("items") || schema.contains_key("prefixItems") => add("array"),
        None => match schema.get("const") {
            Some(only) => add(type_of(only)),
            None => {
                for value in list(schema, "enum") {
                    add(type_of(value));
                }
            }
        },
    }
    types
}

/// Keeps a keyword for the model, unless it says nothing about values.
pub(super) fn tell(rest: &mut Map<String, Value>, keyword: &str, value: &Value) {
    let is_silent = match keyword {
        "$ref" | "$dynamicRef" | "$recursiveRef" => false,
        "title" | "definitions" => true,
        "default" => value.is_null(),
        _ => keyword.starts_with('$') || keyword.starts_with("x-"),
    };
    if !is_silent {
        rest.insert(keyword.to_owned(), value.clone());
    }
}

pub(super) fn single(keyword: &str, value: Value) -> Value {
    let mut schema = Map::new();
    schema.insert(keyword.to_owned(), value);
    Value::Object(schema)
}

fn json(value: &Value) -> String {
    // Values always serialise.
    serde_json::to_string(value).unwrap_or_default()
}
