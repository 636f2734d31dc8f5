//! Takes back what the strict wire schema made the model write.

use serde_json::{Map, Value};

use super::dialect::Dialect;
use super::object::OPTIONAL;
use super::value::{includes, members, same, type_names, type_of};
use super::walk::Walk;

const MAX_DEPTH: usize = 128;
const MAX_STEPS: usize = 1_000_000;

/// Removes from a reply each property that is `null` only because the strict wire schema asks for every property:
/// the full schema lets it out and does not accept `null` there.
pub fn restore(schema: &Value, reply: &mut Value) {
    let mut walk = Walk::new(schema, Dialect::Strict);
    walk.marks_optional = true;
    if let Ok(wire) = walk.whole() {
        Restorer { root: &wire, steps: 0 }.restore(&wire, reply, 0);
    }
}

/// Follows a reply along a wire schema in which optional properties are marked.
struct Restorer<'a> {
    root: &'a Value,
    steps: usize,
}

impl<'a> Restorer<'a> {
    fn restore(&mut self, wire: &'a Value, reply: &mut Value, depth: usize) {
        let Some(wire) = self.target(wire) else { return };
        if depth > MAX_DEPTH {
            return;
        }
        if let Some(Value::Array(branches)) = wire.get("anyOf") {
            // A branch that takes the reply as it is has nothing to take back.
            let chosen = match branches.as_slice() {
                [only] => Some(only),
                _ if branches.iter().any(|branch| self.fits(branch, reply, false, depth)) => None,
                _ => branches.iter().find(|branch| self.fits(branch, reply, true, depth)),
            };
            if let Some(branch) = chosen {
                self.restore(branch, reply, depth + 1);
            }
            return;
        }
        match reply {
            Value::Object(reply) => {
                let Some(properties) = members(wire, "properties") else { return };
                reply.retain(|name, value| match properties.get(name).and_then(optional) {
                    Some(inner) if value.is_null() => self.fits(inner, value, false, depth),
                    _ => true,
                });
                for (name, value) in reply.iter_mut() {
                    if let Some(property) = properties.get(name) {
                        self.restore(property, value, depth + 1);
                    }
                }
            }
            Value::Array(reply) => {
                if let Some(items) = wire.get("items") {
                    for item in reply {
                        self.restore(items, item, depth + 1);
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether a reply has the form of a wire schema; bounds and patterns aside. `tolerates` takes `null` for what is
    /// optional.
    fn fits(&mut self, wire: &'a Value, reply: &Value, tolerates: bool, depth: usize) -> bool {
        self.steps += 1;
        let Some(wire) = self.target(wire) else { return false };
        if depth > MAX_DEPTH || self.steps > MAX_STEPS {
            return false;
        }
        if let Some(Value::Array(branches)) = wire.get("anyOf") {
            return branches.iter().any(|branch| self.fits(branch, reply, tolerates, depth + 1));
        }
        let is_of_type = |name: &&str| includes(name, type_of(reply));
        if wire.get("type").is_some_and(|types| !type_names(types).iter().any(is_of_type))
            || wire.get("const").is_some_and(|only| !same(only, reply))
        {
            return false;
        }
        if let Some(Value::Array(listed)) = wire.get("enum") {
            return listed.iter().any(|value| same(value, reply));
        }
        match reply {
            Value::Object(reply) => {
                let Some(properties) = members(wire, "properties") else { return false };
                reply.keys().all(|name| properties.contains_key(name))
                    && properties.iter().all(|(name, property)| match reply.get(name) {
                        None => optional(property).is_some(),
                        Some(Value::Null) if tolerates && optional(property).is_some() => true,
                        Some(value) => self.fits(property, value, tolerates, depth + 1),
                    })
            }
            Value::Array(reply) => {
                let Some(items) = wire.get("items") else { return true };
                reply.iter().all(|item| self.fits(items, item, tolerates, depth + 1))
            }
            _ => true,
        }
    }

    /// The schema itself, or the one that it refers to; which is never a reference again.
    fn target(&self, wire: &'a Value) -> Option<&'a Map<String, Value>> {
        let wire = wire.as_object()?;
        match wire.get("$ref").and_then(Value::as_str) {
            Some(reference) => self.root.pointer(reference.strip_prefix('#')?)?.as_object(),
            None => Some(wire),
        }
    }
}

/// What is inside the mark of a property that may be left out.
fn optional(property: &Value) -> Option<&Value> {
    property.get(OPTIONAL)?;
    property.get("anyOf")?.get(0)
}
