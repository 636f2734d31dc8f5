//! Takes back what the strict wire schema made the model write, and what nobody asked for.

use serde_json::{Map, Value};

use super::dialect::{allows, type_of};
use super::walk::{carrier, types};
use super::{has_name, list, members};
use crate::json;

const MAX_DEPTH: usize = 128;
const MAX_STEPS: usize = 200_000;

/// Removes from a reply each property that is `null` only because the strict wire schema asks for every property:
/// the full schema lets it out and does not accept `null` there. Removes also the properties that the full schema does not
/// know and does not allow: no reason to have a reply written, and paid for, again.
pub fn restore(schema: &Value, reply: &mut Value) {
    Restorer { root: schema, steps: 0 }.restore(schema, reply, 0);
}

/// Follows a reply along its schema.
struct Restorer<'a> {
    root: &'a Value,
    steps: usize,
}

impl<'a> Restorer<'a> {
    fn restore(&mut self, schema: &'a Value, reply: &mut Value, depth: usize) {
        let Value::Object(schema) = schema else { return };
        if !self.may_go_on(depth) {
            return;
        }
        match carrier(schema, &types(schema)) {
            "" => {}
            "$ref" => {
                if let Some(target) = self.target(schema) {
                    self.restore(target, reply, depth + 1);
                }
                return;
            }
            keyword => {
                if let Some(branch) = self.chosen(list(schema, keyword), reply, depth) {
                    self.restore(branch, reply, depth + 1);
                }
                return;
            }
        }
        match reply {
            Value::Object(reply) => {
                if let Some(properties) = members(schema, "properties") {
                    let closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
                    if closed && !schema.contains_key("patternProperties") {
                        reply.retain(|name, _| properties.contains_key(name));
                    }
                    self.properties(properties, list(schema, "required"), reply, depth);
                }
            }
            Value::Array(reply) => {
                if let Some(items) = schema.get("items") {
                    for item in reply {
                        self.restore(items, item, depth + 1);
                    }
                }
            }
            _ => {}
        }
    }

    fn properties(
        &mut self,
        properties: &'a Map<String, Value>,
        required: &[Value],
        reply: &mut Map<String, Value>,
        depth: usize,
    ) {
        for (name, property) in properties {
            match reply.get_mut(name) {
                Some(value @ Value::Null) if !has_name(required, name) && !self.fits(property, value, false, depth) => {
                    reply.shift_remove(name);
                }
                Some(value) => self.restore(property, value, depth + 1),
                None => {}
            }
        }
    }

    /// The alternative that a reply took; none where one accepts it as it is.
    fn chosen(&mut self, branches: &'a [Value], reply: &Value, depth: usize) -> Option<&'a Value> {
        for tolerates in [false, true] {
            for branch in branches {
                if self.fits(branch, reply, tolerates, depth) {
                    return if tolerates { Some(branch) } else { None };
                }
            }
        }
        None
    }

    /// Whether a reply has the form of a schema with closed objects; bounds and patterns aside. `tolerates` takes `null`
    /// for what is optional.
    fn fits(&mut self, schema: &'a Value, reply: &Value, tolerates: bool, depth: usize) -> bool {
        let Value::Object(schema) = schema else { return *schema == Value::Bool(true) };
        if !self.may_go_on(depth) {
            return false;
        }
        let types = types(schema);
        let carrier = carrier(schema, &types);
        // What the wire leaves out tells no forms apart, but it can speak against `null`.
        if let Some(target) = self.target(schema)
            && (carrier == "$ref" || reply.is_null())
            && !self.fits(target, reply, tolerates, depth + 1)
        {
            return false;
        }
        for keyword in ["anyOf", "oneOf", "allOf"] {
            let branches = list(schema, keyword);
            if branches.is_empty() || (carrier != keyword && !reply.is_null()) {
                continue;
            }
            let mut fitting = 0;
            for branch in branches {
                fitting += usize::from(self.fits(branch, reply, tolerates, depth + 1));
            }
            let fits = match keyword {
                "allOf" => fitting == branches.len(),
                // Forms that overlap may differ in bounds; in `null` there is nothing to differ.
                "oneOf" if reply.is_null() => fitting == 1,
                _ => fitting > 0,
            };
            if !fits {
                return false;
            }
        }
        if !(types.is_empty() || allows(&types, type_of(reply)))
            || schema.get("const").is_some_and(|only| only != reply)
            || matches!(schema.get("enum"), Some(Value::Array(listed)) if !listed.contains(reply))
        {
            return false;
        }
        match reply {
            Value::Object(reply) => {
                let required = list(schema, "required");
                for name in required {
                    if !reply.contains_key(name.as_str().unwrap_or_default()) {
                        return false;
                    }
                }
                let Some(properties) = members(schema, "properties") else { return true };
                for (name, value) in reply {
                    let Some(property) = properties.get(name) else { return false };
                    let is_excused = tolerates && value.is_null() && !has_name(required, name);
                    if !is_excused && !self.fits(property, value, tolerates, depth + 1) {
                        return false;
                    }
                }
            }
            Value::Array(reply) => {
                if let Some(items) = schema.get("items") {
                    for item in reply {
                        if !self.fits(items, item, tolerates, depth + 1) {
                            return false;
                        }
                    }
                }
            }
            _ => {}
        }
        true
    }

    fn may_go_on(&mut self, depth: usize) -> bool {
        self.steps += 1;
        depth < MAX_DEPTH && self.steps < MAX_STEPS
    }

    /// The schema that a schema refers to.
    fn target(&self, schema: &Map<String, Value>) -> Option<&'a Value> {
        let reference = schema.get("$ref")?.as_str()?;
        json::at(self.root, reference.strip_prefix('#')?)
    }
}
