//! Where `$ref` leads, within one document.

use serde_json::{Map, Value};

use super::value::constrains;
use super::walk::{Obstacle, Walk};

const MAX_HOPS: usize = 128;

impl<'a> Walk<'a> {
    /// The pointer and the schema that a reference means in the end, past references that say nothing themselves.
    pub(super) fn target(&self, reference: &str) -> Result<(String, &'a Value), Obstacle> {
        let mut reference = reference;
        for _ in 0..MAX_HOPS {
            // Addresses of other documents, anchors and percent-encoding are not followed.
            let pointer = reference.strip_prefix('#').filter(|pointer| !pointer.contains('%'));
            let found = pointer.and_then(|pointer| Some((pointer, self.root.pointer(pointer)?)));
            let Some((pointer, schema)) = found else { break };
            match schema.as_object().and_then(sole_reference) {
                Some(next) => reference = next,
                None => return Ok((pointer.to_owned(), schema)),
            }
        }
        Err(Obstacle::Unsupported)
    }
}

/// The reference of a schema that says nothing else, save for annotations.
pub(super) fn sole_reference(mut schema: &Map<String, Value>) -> Option<&str> {
    loop {
        // An address of its own changes what the reference means.
        let mut constraints = schema.iter().filter(|(keyword, _)| constrains(keyword) || *keyword == "$id");
        match (constraints.next()?, constraints.next()) {
            ((keyword, Value::String(reference)), None) if keyword == "$ref" => return Some(reference),
            ((keyword, Value::Array(branches)), None) if matches!(keyword.as_str(), "allOf" | "anyOf" | "oneOf") => {
                let [Value::Object(only)] = branches.as_slice() else { return None };
                schema = only;
            }
            _ => return None,
        }
    }
}
