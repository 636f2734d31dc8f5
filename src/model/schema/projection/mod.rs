//! The schema that a provider gets, made from the schema that the user wrote.
//!
//! Every provider constrains its model by another subset of JSON Schema and refuses the rest. [`project`] keeps what
//! the dialect can say and puts the rest into sentences for the prompt; the full schema stays the judge of the reply.
//! What is sent forbids no reply that the author can have meant: objects and tuples that don't say otherwise are closed,
//! and a schema without a type is of the type that its keywords are about. [`restore`] takes back what the wire schema
//! made the model write.

mod dialect;
mod limits;
mod merge;
mod object;
mod reference;
mod restore;
mod value;
mod walk;
mod words;

#[cfg(test)]
mod tests;

use serde_json::Value;

pub use dialect::Dialect;
pub use restore::restore;

use walk::Walk;

/// A schema as a provider takes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    /// The wire schema, or `None` where the dialect cannot carry this schema at all.
    pub schema: Option<Value>,
    /// What the wire schema does not say any more: one sentence each, addressed to the model. Empty without a schema.
    pub dropped: Vec<String>,
}

/// Makes the wire schema of a dialect. The same schema always gives the same text, since providers cache by it.
pub fn project(schema: &Value, dialect: Dialect) -> Projection {
    if dialect == Dialect::Open && !value::is_too_deep(schema) {
        let mut open = schema.clone();
        if let Some(keywords) = open.as_object_mut() {
            keywords.shift_remove("$schema");
        }
        return Projection { schema: Some(open), dropped: Vec::new() };
    }
    let mut walk = Walk::new(schema, dialect);
    match walk.whole() {
        Ok(wire) if limits::hold(dialect, &wire) => Projection { schema: Some(wire), dropped: walk.dropped },
        _ => Projection { schema: None, dropped: Vec::new() },
    }
}
