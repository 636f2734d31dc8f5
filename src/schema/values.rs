//! Values as JSON Schema compares them.

use serde_json::Value;

use super::numbers;

/// Whether a value has at most this many levels.
pub(super) fn nested_within(value: &Value, levels: usize) -> bool {
    let Some(below) = levels.checked_sub(1) else { return false };
    match value {
        Value::Array(items) => items.iter().all(|item| nested_within(item, below)),
        Value::Object(members) => members.iter().all(|(_, member)| nested_within(member, below)),
        _ => true,
    }
}

/// Whether two values are equal: numbers by their worth, members in any order. Takes away from `work` what it costs.
pub(super) fn equal(one: &Value, other: &Value, work: &mut u32) -> bool {
    *work = work.saturating_sub(1);
    match (one, other) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(one), Value::Bool(other)) => one == other,
        (Value::Number(one), Value::Number(other)) => numbers::compare(one, other).is_eq(),
        (Value::String(one), Value::String(other)) => one == other,
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other, work))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, member)| other.get(name).is_some_and(|other| equal(member, other, work)))
        }
        _ => false,
    }
}
