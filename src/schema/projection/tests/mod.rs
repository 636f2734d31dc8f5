//! What is promised of wire schemas: the providers take them, they forbid nothing, and replies come back whole.

mod dialects;
mod instances;
mod published;
mod random;
mod restoring;
mod rules;

use serde_json::{Value, json};

use super::{Dialect, Projection, project};

const SUBSETS: [Dialect; 3] = [Dialect::Strict, Dialect::Anthropic, Dialect::Gemini];

/// Projects, and holds the result against the rules of the dialect.
fn projected(schema: &Value, dialect: Dialect) -> Projection {
    let projection = project(schema, dialect);
    if let Some(wire) = &projection.schema {
        if let Err(broken) = rules::check(dialect, wire) {
            panic!("{dialect:?}: {broken}\nfull: {schema:#}\nwire: {wire:#}");
        }
        assert!(jsonschema::meta::is_valid(wire), "{dialect:?} {wire:#}");
    } else {
        assert_eq!(projection.dropped, Vec::<String>::new());
    }
    projection
}

fn wire(schema: &Value, dialect: Dialect) -> Value {
    projected(schema, dialect).schema.unwrap_or_else(|| panic!("{dialect:?} cannot carry {schema:#}"))
}

/// An object schema with one required property.
fn holding(property: Value) -> Value {
    json!({"type": "object", "properties": {"x": property}, "required": ["x"], "additionalProperties": false})
}
