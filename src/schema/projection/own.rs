//! Nodes that their own type carries: objects, arrays and scalars.

use serde_json::{Map, Value};

use super::walk::{Walk, single, tell};
use super::{has_name, list, members};

impl<'a> Walk<'a> {
    pub fn own(
        &mut self,
        schema: &'a Map<String, Value>,
        mut types: Vec<&'a str>,
        place: &str,
        rest: &mut Map<String, Value>,
    ) -> Option<Value> {
        let rules = self.rules;
        let is_object = types.contains(&"object");
        let is_array = types.contains(&"array");
        let is_nullable = (is_object || is_array) && types.len() == 2 && types.contains(&"null");
        if is_nullable {
            types = vec![if is_object { "object" } else { "array" }];
        }
        if is_object || is_array {
            // No dialect surely takes these among other types.
            if types.len() > 1 || self.level >= rules.levels {
                return None;
            }
        } else if types.is_empty() && rules.closes_objects {
            return None;
        }
        if types.len() > 1 || is_nullable {
            self.size.unions += 1;
        }

        let declared = members(schema, "properties").filter(|_| is_object);
        let mut wire = Map::new();
        if !schema.contains_key("type") {
            set_types(&mut wire, &types);
        }
        for (keyword, value) in schema {
            match keyword.as_str() {
                "type" => set_types(&mut wire, &types),
                "const" | "enum" => {
                    self.list_values(&mut wire, schema, keyword, &types, rest)?;
                }
                "properties" if is_object => {
                    let properties = self.properties(schema, declared?, place)?;
                    wire.insert(keyword.clone(), properties);
                }
                "required" if is_object => {
                    let mut are_declared = true;
                    for name in list(schema, keyword) {
                        let name = name.as_str().unwrap_or_default();
                        are_declared = are_declared && declared.is_some_and(|declared| declared.contains_key(name));
                    }
                    if !are_declared {
                        // Where objects are closed, telling this makes the schema impossible.
                        tell(rest, keyword, value);
                    } else if rules.all_required {
                        wire.insert(keyword.clone(), names(declared));
                    } else {
                        wire.insert(keyword.clone(), value.clone());
                    }
                }
                "additionalProperties" | "unevaluatedProperties" if is_object && rules.closes_objects => {
                    if *value != Value::Bool(false) {
                        return None;
                    }
                    wire.insert("additionalProperties".to_owned(), Value::Bool(false));
                }
                // Without `patternProperties`, more properties would be additional.
                "additionalProperties" if is_object && !schema.contains_key("patternProperties") => {
                    let wire_value = match value {
                        Value::Bool(_) => value.clone(),
                        _ => self.child(value, &[place, ".*"].concat(), true)?,
                    };
                    wire.insert(keyword.clone(), wire_value);
                }
                // Without `prefixItems`, the items after them would be all items.
                "items" if is_array && !value.is_array() && !schema.contains_key("prefixItems") => {
                    let items = self.child(value, &[place, "[]"].concat(), false)?;
                    wire.insert(keyword.clone(), items);
                }
                "propertyOrdering" if is_object && rules.property_ordering => {}
                _ if rules.keep(keyword, value, &types) => {
                    wire.insert(keyword.clone(), value.clone());
                }
                _ => tell(rest, keyword, value),
            }
        }
        if is_object && rules.closes_objects {
            // Whoever neither closes an object nor names a property wants any.
            if declared.is_none() {
                if !wire.contains_key("additionalProperties") {
                    return None;
                }
                wire.insert("properties".to_owned(), Value::Object(Map::new()));
            }
            if rules.all_required && !wire.contains_key("required") {
                wire.insert("required".to_owned(), names(declared));
            }
            wire.insert("additionalProperties".to_owned(), Value::Bool(false));
        }
        if is_object && rules.property_ordering && declared.is_some_and(|declared| !declared.is_empty()) {
            wire.insert("propertyOrdering".to_owned(), names(declared));
        }
        if is_array && rules.closes_objects && !wire.contains_key("items") {
            return None;
        }
        let wire = Value::Object(wire);
        Some(if is_nullable { nullable(wire) } else { wire })
    }

    fn properties(
        &mut self,
        schema: &'a Map<String, Value>,
        declared: &'a Map<String, Value>,
        place: &str,
    ) -> Option<Value> {
        let required = list(schema, "required");
        let mut properties = Map::new();
        for (name, property) in declared {
            let is_optional = !has_name(required, name);
            let mut wire = self.child(property, &[place, ".", name].concat(), is_optional)?;
            if is_optional {
                self.size.optional += 1;
                if self.rules.all_required {
                    wire = nullable(wire);
                }
            }
            self.size.properties += 1;
            self.size.characters += name.len();
            properties.insert(name.clone(), wire);
        }
        Some(Value::Object(properties))
    }

    /// Puts the values allowed on the wire where the dialect takes each of them.
    fn list_values(
        &mut self,
        wire: &mut Map<String, Value>,
        schema: &Map<String, Value>,
        keyword: &str,
        types: &[&str],
        rest: &mut Map<String, Value>,
    ) -> Option<()> {
        let value = schema.get(keyword)?;
        let is_const = keyword == "const";
        let listed = if is_const { std::slice::from_ref(value) } else { list(schema, keyword) };
        let mut is_listed = !listed.is_empty() && (is_const || !schema.contains_key("const"));
        let mut characters = 0;
        for value in listed {
            is_listed = is_listed && self.rules.lists(value, types);
            characters += value.as_str().unwrap_or_default().len();
        }
        if !is_listed {
            tell(rest, keyword, value);
            return Some(());
        }
        if listed.len() > 250 && characters > self.rules.list_characters {
            return None;
        }
        self.size.characters += characters;
        if is_const && self.rules.const_to_enum {
            wire.insert("enum".to_owned(), Value::Array(vec![value.clone()]));
            return Some(());
        }
        if !is_const {
            self.size.listed += listed.len();
        }
        wire.insert(keyword.to_owned(), value.clone());
        Some(())
    }
}

fn set_types(wire: &mut Map<String, Value>, types: &[&str]) {
    let value = match types {
        [] => return,
        [only] => Value::from(*only),
        several => {
            let mut names = Vec::new();
            for name in several {
                names.push(Value::from(*name));
            }
            Value::Array(names)
        }
    };
    wire.insert("type".to_owned(), value);
}

fn names(declared: Option<&Map<String, Value>>) -> Value {
    let mut names = Vec::new();
    if let Some(declared) = declared {
        for name in declared.keys() {
            names.push(Value::from(name.as_str()));
        }
    }
    Value::Array(names)
}

/// A wire schema that accepts `null` besides what it accepts.
fn nullable(mut wire: Value) -> Value {
    let null = Value::from("null");
    let Value::Object(schema) = &mut wire else { return wire };
    if let Some(Value::Array(branches)) = schema.get_mut("anyOf") {
        let null = single("type", null);
        if !branches.contains(&null) {
            branches.push(null);
        }
        return wire;
    }
    let is_listed = schema.contains_key("enum") || schema.contains_key("const");
    match schema.get_mut("type") {
        Some(Value::Array(names)) if !is_listed && names.contains(&null) => return wire,
        Some(name @ Value::String(_)) if *name == null => return wire,
        Some(name @ Value::String(_)) if !is_listed && *name != "object" && *name != "array" => {
            *name = Value::Array(vec![name.take(), null]);
            return wire;
        }
        _ => {}
    }
    single("anyOf", Value::Array(vec![wire, single("type", null)]))
}
