//! Objects and arrays on the wire.

use serde_json::{Map, Value};

use super::dialect::Dialect;
use super::merge::single;
use super::value::{list, members, type_of_keyword};
use super::walk::{Obstacle, Walk, required};
use super::words::Place;

/// What stands for "may be left out" in a wire schema that is made for [`super::restore`].
pub(super) const OPTIONAL: &str = "optional";

impl Walk<'_> {
    pub(super) fn object(
        &mut self,
        schema: &Map<String, Value>,
        place: &Place,
        depth: usize,
    ) -> Result<Value, Obstacle> {
        let closes = self.dialect.closes_objects();
        let declared = members(schema, "properties");
        let is_closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
        if closes && is_open(schema, declared) {
            return Err(Obstacle::Unsupported);
        }
        let needed = required(schema);
        for name in &needed {
            if !declared.is_some_and(|declared| declared.contains_key(*name)) {
                if closes || is_closed {
                    return Err(Obstacle::Unsupported);
                }
                self.tell("is given", &place.property(name));
            }
        }

        let mut properties = Map::new();
        for (name, property) in declared.into_iter().flatten() {
            let is_optional = !needed.contains(&name.as_str());
            let before = self.mark();
            match self.node(property, &place.property(name), depth + 1) {
                Ok(wire) if is_optional && self.dialect == Dialect::Strict => {
                    properties.insert(name.clone(), self.optional(wire));
                }
                Ok(wire) => {
                    properties.insert(name.clone(), wire);
                }
                Err(Obstacle::Impossible) if is_optional => {
                    self.back_to(before);
                    if !closes && !is_closed {
                        self.tell("is not given", &place.property(name));
                    }
                }
                Err(obstacle) => return Err(obstacle),
            }
        }
        let names: Vec<&str> = properties.keys().map(String::as_str).collect();
        let ordering = (self.dialect == Dialect::Gemini && !names.is_empty()).then(|| Value::from(names.clone()));
        let is_kept = |name: &&str| properties.contains_key(*name);
        let needed = match self.dialect {
            Dialect::Strict => names,
            _ => needed.into_iter().filter(is_kept).collect(),
        };
        let needed = (self.dialect == Dialect::Strict || !needed.is_empty()).then(|| Value::from(needed));
        let properties = (closes || declared.is_some()).then_some(Value::Object(properties));
        let extra = if closes { Some(Value::Bool(false)) } else { self.extra(schema, place, depth)? };

        let forms = [
            ("type", Some(Value::from("object"))),
            ("properties", properties),
            ("required", needed),
            ("additionalProperties", extra),
            ("propertyOrdering", ordering),
        ];
        Ok(self.assemble(schema, forms, place))
    }

    /// What the wire says of properties that have no schema of their own, where it can say anything.
    fn extra(&mut self, schema: &Map<String, Value>, place: &Place, depth: usize) -> Result<Option<Value>, Obstacle> {
        match schema.get("additionalProperties") {
            Some(_) if schema.contains_key("patternProperties") => {
                self.describe("additionalProperties", schema, place);
                Ok(None)
            }
            Some(extra @ Value::Object(_)) => match self.node(extra, &place.property("*"), depth + 1) {
                Err(Obstacle::Impossible) => Ok(Some(Value::Bool(false))),
                wire => wire.map(Some),
            },
            other => Ok(other.filter(|extra| extra.is_boolean()).cloned()),
        }
    }

    pub(super) fn array(
        &mut self,
        schema: &Map<String, Value>,
        place: &Place,
        depth: usize,
    ) -> Result<Value, Obstacle> {
        let tuple = list(schema, "prefixItems");
        let mut most = schema.get("maxItems").cloned();
        let mut items = schema.get("items").cloned();
        let ends = match &items {
            None => self.dialect.closes_objects() && !tuple.is_empty(),
            Some(items) => items == &Value::Bool(false),
        };
        if ends {
            items = None;
            let length = tuple.len() as u64;
            most = Some(Value::from(most.and_then(|most| most.as_u64()).map_or(length, |most| most.min(length))));
        }
        let mut prefix = None;
        if self.dialect.closes_objects() {
            // Without a word for tuples, every item may be what any of them may be.
            if !tuple.is_empty() {
                self.describe("prefixItems", schema, place);
                let any: Vec<Value> = tuple.iter().cloned().chain(items.take()).collect();
                items = Some(single("anyOf", Value::Array(any)));
            }
            if items.is_none() {
                return Err(Obstacle::Unsupported);
            }
        } else if !tuple.is_empty() {
            let wires = tuple.iter().map(|item| self.node(item, &place.item(), depth + 1));
            prefix = Some(Value::Array(wires.collect::<Result<Vec<Value>, Obstacle>>()?));
        }
        let items = match items {
            Some(items) => match self.node(&items, &place.item(), depth + 1) {
                Ok(items) => Some(items),
                Err(_) => return Err(Obstacle::Unsupported),
            },
            None => None,
        };
        let mut bounds = schema.clone();
        if let Some(most) = most {
            bounds.insert("maxItems".to_owned(), most);
        }
        if self.dialect == Dialect::Anthropic && schema.get("minItems").and_then(Value::as_u64) > Some(1) {
            // The most that it can say of a length.
            self.describe("minItems", schema, place);
            bounds.insert("minItems".to_owned(), Value::from(1));
        }
        let forms = [("type", Some(Value::from("array"))), ("prefixItems", prefix), ("items", items)];
        Ok(self.assemble(&bounds, forms, place))
    }

    /// The wire schema of these forms and the other keywords, in the order of the schema that it is made from.
    fn assemble<const N: usize>(
        &mut self,
        schema: &Map<String, Value>,
        mut forms: [(&str, Option<Value>); N],
        place: &Place,
    ) -> Value {
        let own_type = forms.first().and_then(|(_, name)| name.as_ref()?.as_str().map(str::to_owned));
        let mut wire = Map::new();
        if !schema.contains_key("type") {
            wire.insert("type".to_owned(), own_type.as_deref().map(Value::from).unwrap_or_default());
        }
        for keyword in schema.keys() {
            match forms.iter_mut().find(|(form, _)| form == keyword) {
                Some((_, form)) => wire.extend(form.take().map(|form| (keyword.clone(), form))),
                None if type_of_keyword(keyword).is_none_or(|about| Some(about) == own_type.as_deref()) => {
                    self.pass_on(&mut wire, keyword, schema, place);
                }
                None => {}
            }
        }
        for (keyword, form) in forms {
            wire.extend(form.map(|form| (keyword.to_owned(), form)));
        }
        Value::Object(wire)
    }

    /// A property that the full schema lets out: the wire has `null` for that.
    fn optional(&self, wire: Value) -> Value {
        if self.marks_optional {
            let mark = [(OPTIONAL.to_owned(), Value::Bool(true)), ("anyOf".to_owned(), Value::Array(vec![wire]))];
            return Value::Object(Map::from_iter(mark));
        }
        nullable(wire)
    }
}

/// Whether the author of an object wants properties in it that have no name in the schema.
fn is_open(schema: &Map<String, Value>, declared: Option<&Map<String, Value>>) -> bool {
    let has_patterns = members(schema, "patternProperties").is_some_and(|patterns| !patterns.is_empty());
    match schema.get("additionalProperties") {
        None => declared.is_none(),
        Some(Value::Bool(false)) => has_patterns && declared.is_none_or(Map::is_empty),
        Some(_) => true,
    }
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
    let is_const = schema.contains_key("const");
    match schema.get_mut("type") {
        Some(name) if *name == null => return wire,
        Some(Value::Array(names)) if names.contains(&null) => {}
        Some(Value::Array(names)) if !is_const => names.push(null),
        Some(name) if !is_const && *name != "object" && *name != "array" => {
            *name = Value::Array(vec![name.take(), null]);
        }
        _ => return single("anyOf", Value::Array(vec![wire, single("type", null)])),
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
    wire
}

/// Whether a schema, or what it leads to under a condition, speaks of properties that are not among those known.
pub(super) fn names_more(schema: &Map<String, Value>, known: Option<&Map<String, Value>>) -> bool {
    let is_known = |name: &str| known.is_some_and(|known| known.contains_key(name));
    let mut open = vec![schema];
    while let Some(schema) = open.pop() {
        let mut names = members(schema, "properties").into_iter().flat_map(Map::keys).map(String::as_str);
        if !names.all(is_known) || !required(schema).into_iter().all(is_known) || schema.contains_key("$ref") {
            return true;
        }
        let branches = ["allOf", "anyOf", "oneOf"].into_iter().flat_map(|keyword| list(schema, keyword));
        let branches = branches.chain(schema.get("then")).chain(schema.get("else"));
        open.extend(branches.filter_map(Value::as_object));
    }
    false
}
