//! What the validator is held against: the official test suite, another implementation, sentences, and hostile input.

mod exceptions;
mod hostile;
mod oracle;
mod review;
mod sentences;
mod suite;

use serde_json::Value;

use super::{Violation, check_schema, violations};
use crate::host::simulated::Expressions;

fn found(schema: &Value, instance: &Value) -> Vec<Violation> {
    violations(schema, instance, &Expressions)
}

fn reviewed(schema: &Value) -> Result<(), String> {
    check_schema(schema, &Expressions)
}
