//! Replies made from schemas: what a model could write.

use serde_json::{Map, Value, json};

/// A small source of decisions, so that a failing case can be repeated.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides.max(1)
    }
}

/// An instance that probably matches, with declared properties only. `None` where the schema does not end.
pub(super) fn sample(schema: &Value, root: &Value, dice: &mut Dice, depth: usize) -> Option<Value> {
    let schema = match schema {
        Value::Object(schema) if depth < 12 => schema,
        Value::Bool(true) => return Some(json!("anything")),
        _ => return None,
    };
    let mut sampled: Option<Value> = None;
    let mut add = |part: Value| match (&mut sampled, part) {
        (Some(Value::Object(known)), Value::Object(part)) => known.extend(part),
        (_, part) => sampled = Some(part),
    };
    let reference = schema.get("$ref").and_then(Value::as_str);
    if let Some(target) = reference.and_then(|reference| root.pointer(&reference[1..])) {
        add(sample(target, root, dice, depth + 1)?);
    }
    for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        add(sample(part, root, dice, depth + 1)?);
    }
    if let Some(value) = schema.get("const") {
        add(value.clone());
    } else if let Some(values) = schema.get("enum").and_then(Value::as_array).filter(|values| !values.is_empty()) {
        add(values[dice.roll(values.len())].clone());
    } else {
        let name = match schema.get("type") {
            Some(Value::String(name)) => Some(name.as_str()),
            Some(Value::Array(names)) => names.get(dice.roll(names.len()))?.as_str(),
            _ if schema.contains_key("properties") => Some("object"),
            _ => None,
        };
        if let Some(name) = name {
            add(typed(name, schema, root, dice, depth)?);
        }
    }
    for keyword in ["anyOf", "oneOf"] {
        if let Some(branches) = schema.get(keyword).and_then(Value::as_array) {
            add(sample(branches.get(dice.roll(branches.len()))?, root, dice, depth + 1)?);
        }
    }
    Some(sampled.unwrap_or(Value::Null))
}

fn typed(name: &str, schema: &Map<String, Value>, root: &Value, dice: &mut Dice, depth: usize) -> Option<Value> {
    Some(match name {
        "null" => Value::Null,
        "boolean" => json!(dice.roll(2) == 0),
        "integer" => json!(dice.roll(9)),
        "number" => json!(dice.roll(18) as f64 / 2.0),
        "string" => json!("abcdefgh"[..dice.roll(7)]),
        "array" => {
            let prefix = schema.get("prefixItems").and_then(Value::as_array).cloned().unwrap_or_default();
            let items = schema.get("items").cloned().unwrap_or(json!(true));
            let length = if prefix.is_empty() { dice.roll(4) } else { prefix.len() };
            let items = (0..length).map(|index| sample(prefix.get(index).unwrap_or(&items), root, dice, depth + 1));
            Value::Array(items.collect::<Option<_>>().or_else(|| Some(Vec::new()))?)
        }
        _ => {
            let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
            let mut object = Map::new();
            for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
                let is_required = required.iter().any(|known| known == name);
                if !is_required && dice.roll(2) == 0 {
                    continue;
                }
                match sample(property, root, dice, depth + 1) {
                    Some(value) => {
                        object.insert(name.clone(), value);
                    }
                    None if is_required => return None,
                    None => {}
                }
            }
            Value::Object(object)
        }
    })
}

/// The schema with every object closed, after all that applies to it has been looked at.
pub(super) fn closed(schema: &Value, is_whole: bool) -> Value {
    let Value::Object(schema) = schema else { return schema.clone() };
    let mut closing: Map<String, Value> = schema
        .iter()
        .map(|(keyword, value)| {
            let each = |is_whole: bool| match value {
                Value::Array(list) => list.iter().map(|schema| closed(schema, is_whole)).collect(),
                Value::Object(map) => {
                    map.iter().map(|(name, schema)| (name.clone(), closed(schema, is_whole))).collect()
                }
                other => other.clone(),
            };
            let value = match keyword.as_str() {
                "properties" | "prefixItems" => each(true),
                "allOf" | "anyOf" | "oneOf" | "$defs" => each(false),
                "items" | "additionalProperties" => closed(value, true),
                _ => value.clone(),
            };
            (keyword.clone(), value)
        })
        .collect();
    if is_whole && !closing.contains_key("additionalProperties") {
        closing.insert("unevaluatedProperties".to_owned(), json!(false));
    }
    Value::Object(closing)
}

pub(super) fn accepts(schema: &Value, instance: &Value) -> bool {
    jsonschema::validator_for(schema).unwrap().is_valid(instance)
}

/// Those instances that a schema accepts.
pub(super) fn accepted(schema: &Value, instances: Vec<Value>) -> Vec<Value> {
    if instances.is_empty() {
        return instances;
    }
    let validator = jsonschema::validator_for(schema).unwrap();
    instances.into_iter().filter(|instance| validator.is_valid(instance)).collect()
}

/// The instance as a model has to write it under a strict schema: `null` for every property that is left out.
pub(super) fn completed(wire: &Value, root: &Value, instance: &Value) -> Value {
    if let Some(reference) = wire.get("$ref").and_then(Value::as_str) {
        return completed(root.pointer(&reference[1..]).unwrap(), root, instance);
    }
    if let Some(branches) = wire.get("anyOf").and_then(Value::as_array) {
        let completions = branches.iter().map(|branch| (branch, completed(branch, root, instance)));
        let fitting = completions.into_iter().find(|(branch, completion)| accepts(&alone(branch, root), completion));
        return fitting.map_or_else(|| instance.clone(), |(_, completion)| completion);
    }
    match instance {
        Value::Object(instance) => {
            let properties = wire.get("properties").and_then(Value::as_object);
            let mut whole = Map::new();
            for (name, property) in properties.into_iter().flatten() {
                let value = instance.get(name).map_or(Value::Null, |value| completed(property, root, value));
                whole.insert(name.clone(), value);
            }
            for (name, value) in instance {
                whole.entry(name.clone()).or_insert_with(|| value.clone());
            }
            Value::Object(whole)
        }
        Value::Array(items) => match wire.get("items") {
            Some(inner) => items.iter().map(|item| completed(inner, root, item)).collect(),
            None => instance.clone(),
        },
        _ => instance.clone(),
    }
}

/// A part of a schema as a schema of its own.
fn alone(part: &Value, root: &Value) -> Value {
    let whole = json!({"anyOf": [part], "$defs": root.get("$defs").cloned().unwrap_or(json!({}))});
    let mut whole: Value =
        serde_json::from_str(&whole.to_string().replace(r##""$ref":"#""##, r##""$ref":"#/$defs/whole_root""##))
            .unwrap();
    let mut root = root.clone();
    root.as_object_mut().unwrap().remove("$defs");
    let root = root.to_string().replace(r##""$ref":"#""##, r##""$ref":"#/$defs/whole_root""##);
    whole["$defs"]["whole_root"] = serde_json::from_str(&root).unwrap();
    whole
}

/// The value without properties that are `null`.
pub(super) fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.iter().filter(|(_, value)| !value.is_null());
            kept.map(|(name, value)| (name.clone(), without_nulls(value))).collect()
        }
        Value::Array(items) => items.iter().map(without_nulls).collect(),
        other => other.clone(),
    }
}
