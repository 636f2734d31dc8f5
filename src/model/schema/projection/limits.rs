//! Bounds that a wire schema has to keep as a whole.

use serde_json::{Map, Value};

use super::dialect::Dialect;
use super::value::{list, members};

/// Whether the provider takes a schema of this size and shape.
pub(super) fn hold(dialect: Dialect, wire: &Value) -> bool {
    let Value::Object(root) = wire else { return false };
    let mut size = Size::default();
    size.add(root, 1);
    for (name, definition) in members(root, "$defs").into_iter().flatten() {
        size.characters += name.len();
        size.add(definition.as_object().unwrap_or(root), 1);
    }
    let fits = match dialect {
        Dialect::Open | Dialect::Gemini => true,
        Dialect::Strict => {
            root.get("type").is_some_and(|name| name == "object")
                && size.levels <= 10
                && size.properties <= 5_000
                && size.characters <= 120_000
                && size.listed <= 1_000
                && !size.has_long_list
        }
        Dialect::Anthropic => size.optional <= 24 && size.unions <= 16,
    };
    fits && !is_cyclic(dialect, root)
}

#[derive(Default)]
struct Size {
    levels: usize,
    properties: usize,
    optional: usize,
    unions: usize,
    listed: usize,
    characters: usize,
    has_long_list: bool,
}

impl Size {
    /// `level` is 1 for the outermost object or array.
    fn add(&mut self, schema: &Map<String, Value>, level: usize) {
        if schema.contains_key("anyOf") || schema.get("type").is_some_and(Value::is_array) {
            self.unions += 1;
        }
        if schema.get("type").is_some_and(|name| name == "object" || name == "array") {
            self.levels = self.levels.max(level);
        }
        let listed = list(schema, "enum");
        let length: usize = listed.iter().chain(schema.get("const")).filter_map(Value::as_str).map(str::len).sum();
        self.listed += listed.len();
        self.has_long_list |= listed.len() > 250 && length > 15_000;
        self.characters += length;
        if let Some(properties) = members(schema, "properties") {
            self.properties += properties.len();
            self.optional += properties.len() - list(schema, "required").len().min(properties.len());
            self.characters += properties.keys().map(String::len).sum::<usize>();
        }
        each_child(schema, &mut |step, child| self.add(child, if step == Step::Branch { level } else { level + 1 }));
    }
}

/// How one gets from a wire schema to one inside it.
#[derive(Clone, Copy, PartialEq)]
enum Step {
    Branch,
    Needed,
    Optional,
}

fn each_child(schema: &Map<String, Value>, visit: &mut dyn FnMut(Step, &Map<String, Value>)) {
    let items = list(schema, "prefixItems").iter().chain(schema.get("items")).map(|item| (Step::Needed, item));
    let extra = schema.get("additionalProperties").map(|extra| (Step::Optional, extra));
    let required = list(schema, "required");
    let properties = members(schema, "properties").into_iter().flatten().map(|(name, property)| {
        (if required.iter().any(|known| known == name) { Step::Needed } else { Step::Optional }, property)
    });
    let branches = list(schema, "anyOf").iter().map(|branch| (Step::Branch, branch));
    for (step, child) in branches.chain(items).chain(extra).chain(properties) {
        if let Value::Object(child) = child {
            visit(step, child);
        }
    }
}

/// Whether definitions lead back to themselves in a way that the dialect refuses: Anthropic any, Gemini one without
/// an optional property on the way, and nobody takes one that consumes nothing of the reply.
fn is_cyclic(dialect: Dialect, root: &Map<String, Value>) -> bool {
    let breaks = |step: Step| match dialect {
        Dialect::Anthropic => false,
        Dialect::Gemini => step == Step::Optional,
        Dialect::Open | Dialect::Strict => step != Step::Branch,
    };
    let mut names = vec!["#".to_owned()];
    let mut leads_to = vec![references(root, &breaks)];
    for (name, definition) in members(root, "$defs").into_iter().flatten() {
        names.push(["#/$defs/", name].concat());
        leads_to.push(references(definition.as_object().unwrap_or(root), &breaks));
    }
    // What leads nowhere is on no cycle; what remains in the end leads to one. Definitions lead to later ones mostly.
    let mut remains = vec![true; names.len()];
    loop {
        let before = remains.iter().filter(|remains| **remains).count();
        for (index, references) in leads_to.iter().enumerate().rev() {
            let leads_on = references
                .iter()
                .any(|reference| names.iter().zip(&remains).any(|(name, remains)| *remains && name == reference));
            if let Some(remains) = remains.get_mut(index) {
                *remains &= leads_on;
            }
        }
        if remains.iter().filter(|remains| **remains).count() == before {
            return before > 0;
        }
    }
}

fn references(schema: &Map<String, Value>, breaks: &dyn Fn(Step) -> bool) -> Vec<String> {
    let mut found: Vec<String> = schema.get("$ref").and_then(Value::as_str).map(str::to_owned).into_iter().collect();
    each_child(schema, &mut |step, child| {
        if !breaks(step) {
            found.extend(references(child, breaks));
        }
    });
    found
}
