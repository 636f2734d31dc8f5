//! The schema that a provider gets, made from the schema that the user wrote.
//!
//! Every provider constrains its model by another subset of JSON Schema and refuses the rest. [`project`] keeps what
//! the dialect can say and lists the rest for the prompt; the full schema stays the judge of the reply. What is sent
//! forbids no reply that the author can have meant: objects that don't say otherwise are closed, and what cannot be left
//! out without forbidding something makes the schema impossible for the dialect. [`restore`] takes back what the wire
//! schema made the model write.

mod definitions;
mod dialect;
mod own;
mod restore;
mod walk;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

pub use dialect::Dialect;
pub use restore::restore;

use walk::Walk;

/// JSON nested deeper than this is not walked: about twice the levels that a schema may have.
const MAX_NESTING: usize = 300;

/// A schema as a provider takes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    /// The wire schema, or `None` where the dialect cannot carry this schema at all.
    pub schema: Option<Value>,
    /// What the wire schema does not say any more, for the model: one line for each place, which is followed by the
    /// keywords that hold there, as JSON. Empty without a schema.
    pub dropped: Vec<String>,
}

/// Makes the wire schema of a dialect. The same schema always gives the same text, since providers cache by it.
pub fn project(schema: &Value, dialect: Dialect) -> Projection {
    let nothing = Projection { schema: None, dropped: Vec::new() };
    if is_deeper(schema, MAX_NESTING) {
        return nothing;
    }
    let Some(rules) = dialect.rules() else {
        let mut open = schema.clone();
        if let Some(keywords) = open.as_object_mut() {
            keywords.shift_remove("$schema");
        }
        return Projection { schema: Some(open), dropped: Vec::new() };
    };
    let mut walk = Walk::new(schema, rules);
    match walk.whole() {
        Some(wire) => Projection { schema: Some(wire), dropped: walk.dropped },
        None => nothing,
    }
}

/// Whether a value has more levels than are left.
fn is_deeper(value: &Value, left: usize) -> bool {
    match value {
        Value::Array(items) => left == 0 || items.iter().any(|item| is_deeper(item, left - 1)),
        Value::Object(members) => left == 0 || members.values().any(|member| is_deeper(member, left - 1)),
        _ => false,
    }
}

/// The schemas, by name, under a keyword such as `properties`.
fn members<'v>(schema: &'v Map<String, Value>, keyword: &str) -> Option<&'v Map<String, Value>> {
    schema.get(keyword).and_then(Value::as_object)
}

/// The items of a keyword such as `required`; none where there is no such list.
fn list<'v>(schema: &'v Map<String, Value>, keyword: &str) -> &'v [Value] {
    match schema.get(keyword) {
        Some(Value::Array(items)) => items,
        _ => &[],
    }
}

/// Whether a list such as `required` has a name.
fn has_name(names: &[Value], name: &str) -> bool {
    names.iter().any(|known| known.as_str() == Some(name))
}
