//! JSON Schema: whether a schema can be used, and what is wrong with a value that should satisfy it.
//!
//! Draft 2020-12, with the spellings of draft 7 (`definitions`, `dependencies`, `items` as a list). Providers enforce
//! parts of a schema; this room holds a reply against all of it. Nothing is ever fetched: a `$ref` that leaves the
//! document makes a schema unusable. The formats in [`formats`] are asserted, others are notes.

mod collections;
mod formats;
mod keywords;
mod numbers;
mod projection;
mod references;
mod review;
mod sentences;
#[cfg(test)]
mod tests;
mod validator;
mod values;

use serde_json::Value;

use crate::host::Patterns;
pub use projection::{Dialect, project, restore};
use references::References;
use validator::Validator;

/// Schemas and values that are nested more deeply than this are refused: what walks through them is recursive, and its
/// stack is small.
const DEEPEST: usize = 128;

/// Most violations that are worth naming at once.
const MOST_VIOLATIONS: usize = 8;

/// One thing that is wrong with a value.
#[derive(Clone, Debug)]
pub struct Violation {
    /// Where, such as `$.items[2].name`.
    pub path: String,
    /// What, such as `must be a string, not 3`: together with the path a sentence for the model.
    pub message: String,
    /// How deep in the value.
    depth: usize,
    /// From this depth on, the form that was tried may be the wrong one: the value is of another kind, or marked as another.
    doubts: usize,
}

impl Violation {
    /// One that concerns the value as a whole.
    fn of_all(message: &str) -> Self {
        Self { path: "$".to_owned(), message: message.to_owned(), depth: 0, doubts: usize::MAX }
    }
}

/// Everything that is wrong with a value, the first [`MOST_VIOLATIONS`] of it. Of several forms that a value may take,
/// the one that it comes closest to speaks.
///
/// Hostile input is answered with a violation too: what cannot be checked never counts as valid.
pub fn violations(schema: &Value, instance: &Value, patterns: &dyn Patterns) -> Vec<Violation> {
    if !values::nested_within(schema, DEEPEST) {
        return vec![Violation::of_all("cannot be checked: its schema is nested too deeply")];
    }
    if !values::nested_within(instance, DEEPEST) {
        return vec![Violation::of_all("is nested too deeply")];
    }
    let references = References::new(schema);
    Validator::new(&references, patterns).run(schema, instance)
}

/// Finds what is wrong with a schema itself, before anything is paid for.
///
/// # Errors
/// A sentence that names the place: a keyword of the wrong type, a `$ref` that leads nowhere or out of the document or
/// back to itself, a pattern that is no regular expression.
pub fn check_schema(schema: &Value, patterns: &dyn Patterns) -> Result<(), String> {
    review::review(schema, patterns)
}
