//! One schema out of several that all apply: `allOf`, and `$ref` with keywords beside it.
//!
//! The result means exactly the same. What cannot be said in one schema is kept as a remainder under `allOf`, to be
//! described; it only ever constrains, so that leaving it out forbids nothing.

use serde_json::{Map, Value};

use super::value::{constrains, includes, members, type_names};
use super::walk::{Obstacle, Walk};

/// Keywords that explain and do not constrain.
pub(super) const ANNOTATIONS: [&str; 4] = ["title", "description", "default", "examples"];

const MAX_COMBINATIONS: usize = 256;

impl Walk<'_> {
    /// The schema without `$ref` and forms of older drafts, with `allOf` for remainders only and with `oneOf` only as a
    /// note on `anyOf`.
    pub(super) fn flatten(
        &mut self,
        schema: &Map<String, Value>,
        depth: usize,
    ) -> Result<Map<String, Value>, Obstacle> {
        self.step(depth)?;
        let mut own = Map::new();
        let mut parts: Vec<&Value> = Vec::new();
        let mut remainders: Vec<Value> = Vec::new();
        for (keyword, value) in schema {
            match (keyword.as_str(), value) {
                ("$ref", Value::String(reference)) => parts.push(self.target(reference)?.1),
                ("$ref" | "$dynamicRef" | "$recursiveRef", _) => return Err(Obstacle::Unsupported),
                // References inside would be read from there, not from the root.
                ("$id", Value::String(_)) if depth > 0 => return Err(Obstacle::Unsupported),
                ("allOf", Value::Array(all)) => parts.extend(all),
                ("anyOf" | "oneOf", Value::Array(any)) => {
                    let possible: Vec<&Value> = any.iter().filter(|branch| **branch != Value::Bool(false)).collect();
                    match possible.as_slice() {
                        [] => return Err(Obstacle::Impossible),
                        [only] => parts.push(only),
                        _ => {
                            if keyword == "oneOf" {
                                own.insert(keyword.clone(), Value::Bool(true));
                            }
                            choose(&mut own, possible.into_iter().cloned().collect())?;
                        }
                    }
                }
                ("if", _) => remainders.push(pick(schema, &["if", "then", "else"])),
                ("contains", _) => remainders.push(pick(schema, &["contains", "minContains", "maxContains"])),
                ("items", Value::Array(_)) => {
                    own.insert("prefixItems".to_owned(), value.clone());
                    if let Some(others) = schema.get("additionalItems") {
                        own.insert("items".to_owned(), others.clone());
                    }
                }
                ("allOf" | "anyOf" | "oneOf" | "then" | "else", _) => {}
                (known, _) if constrains(known) || ANNOTATIONS.contains(&known) => {
                    own.insert(keyword.clone(), value.clone());
                }
                _ => {}
            }
        }
        if !remainders.is_empty() {
            own.insert("allOf".to_owned(), Value::Array(remainders));
        }
        if parts.is_empty() {
            return Ok(own);
        }
        // A schema's own annotations speak louder than those it refers to; its own properties come after them.
        let mut merged = pick_map(&own, &ANNOTATIONS);
        for part in parts {
            match part {
                Value::Object(part) => {
                    let mut part = self.flatten(part, depth + 1)?;
                    settle_unevaluated(&mut part)?;
                    self.merge(&mut merged, part)?;
                }
                Value::Bool(false) => return Err(Obstacle::Impossible),
                _ => {}
            }
        }
        self.merge(&mut merged, own)?;
        Ok(merged)
    }

    fn merge(&mut self, into: &mut Map<String, Value>, from: Map<String, Value>) -> Result<(), Obstacle> {
        let are_tuples = [&*into, &from].map(|schema| schema.contains_key("prefixItems"));
        let have_items = [&*into, &from].map(|schema| schema.contains_key("items"));
        let is_mixed = are_tuples.contains(&true) && (are_tuples == [true, true] || have_items == [true, true]);
        if is_mixed || !is_closed_over(into, &from) || !is_closed_over(&from, into) {
            return Err(Obstacle::Unsupported);
        }
        for (keyword, value) in from {
            self.step(0)?;
            let Some(known) = into.get_mut(&keyword) else {
                into.insert(keyword, value);
                continue;
            };
            match (keyword.as_str(), &mut *known, value) {
                (_, known, value) if *known == value => {}
                (annotation, ..) if ANNOTATIONS.contains(&annotation) => {}
                ("type", known, value) => *known = common_types(known, &value)?,
                ("required" | "allOf", Value::Array(known), Value::Array(value)) => known.extend(value),
                ("items" | "additionalProperties", known, value) => *known = both(known.take(), value),
                ("anyOf", _, Value::Array(branches)) => choose(into, branches)?,
                ("properties", Value::Object(known), Value::Object(value)) => {
                    for (name, schema) in value {
                        self.step(0)?;
                        let first = known.get_mut(&name).map_or(Value::Bool(true), Value::take);
                        known.insert(name, both(first, schema));
                    }
                }
                (_, _, value) => match into.entry("allOf").or_insert_with(|| Value::Array(Vec::new())) {
                    Value::Array(remainders) => remainders.push(single(&keyword, value)),
                    _ => return Err(Obstacle::Unsupported),
                },
            }
        }
        Ok(())
    }
}

/// `unevaluatedProperties` of a schema that is only a part of one: it does not see the other parts.
fn settle_unevaluated(part: &mut Map<String, Value>) -> Result<(), Obstacle> {
    let Some(extra) = part.shift_remove("unevaluatedProperties") else { return Ok(()) };
    // These see properties, too, that their schema does not name itself.
    if ["anyOf", "allOf", "dependentSchemas"].iter().any(|keyword| part.contains_key(*keyword)) {
        return Err(Obstacle::Unsupported);
    }
    part.entry("additionalProperties").or_insert(extra);
    Ok(())
}

/// A schema for what matches both.
pub(super) fn both(one: Value, other: Value) -> Value {
    match (one, other) {
        (Value::Bool(true), schema) | (schema, Value::Bool(true)) => schema,
        (one, other) if one == other => one,
        (one, other) => single("allOf", Value::Array(vec![one, other])),
    }
}

/// A schema of one keyword.
pub(super) fn single(keyword: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(keyword.to_owned(), value)]))
}

/// Adds a choice: one of these branches, and, where there was a choice before, one of those too.
pub(super) fn choose(schema: &mut Map<String, Value>, branches: Vec<Value>) -> Result<(), Obstacle> {
    let branches = match schema.get("anyOf").and_then(Value::as_array) {
        None => branches,
        Some(known) if known.len().saturating_mul(branches.len()) > MAX_COMBINATIONS => {
            return Err(Obstacle::Unsupported);
        }
        Some(known) => {
            known.iter().flat_map(|one| branches.iter().map(|other| both(one.clone(), other.clone()))).collect()
        }
    };
    schema.insert("anyOf".to_owned(), Value::Array(branches));
    Ok(())
}

/// Whether a schema that closes its objects knows all properties of the other, so that the two can be one.
fn is_closed_over(closed: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    let is_open = matches!(closed.get("additionalProperties"), None | Some(Value::Bool(true)));
    let has = |name: &String| members(closed, "properties").is_some_and(|known| known.contains_key(name));
    let patterns = [closed, other].map(|schema| schema.contains_key("patternProperties"));
    is_open || (patterns == [false, false] && members(other, "properties").is_none_or(|names| names.keys().all(has)))
}

/// The types that both values of `type` allow.
fn common_types(one: &Value, other: &Value) -> Result<Value, Obstacle> {
    let mut common: Vec<&str> = Vec::new();
    for a in type_names(one) {
        for b in type_names(other) {
            let narrower = if includes(a, b) { b } else { a };
            if (includes(a, b) || includes(b, a)) && !common.contains(&narrower) {
                common.push(narrower);
            }
        }
    }
    match common.as_slice() {
        [] => Err(Obstacle::Impossible),
        [only] => Ok(Value::from(*only)),
        _ => Ok(Value::from(common)),
    }
}

fn pick(schema: &Map<String, Value>, keywords: &[&str]) -> Value {
    Value::Object(pick_map(schema, keywords))
}

fn pick_map(schema: &Map<String, Value>, keywords: &[&str]) -> Map<String, Value> {
    let picked = keywords.iter().filter_map(|keyword| schema.get_key_value(*keyword));
    picked.map(|(keyword, value)| (keyword.clone(), value.clone())).collect()
}
