//! The walk over a schema that writes the wire schema, node by node.

use serde_json::{Map, Value};

use super::dialect::Dialect;
use super::merge::{ANNOTATIONS, both, choose, single};
use super::object::names_more;
use super::reference::sole_reference;
use super::value::{constrains, includes, is_too_deep, list, listed_values, members, type_of, type_of_keyword, types};
use super::words::{Place, predicate};

const MAX_DEPTH: usize = 128;
const MAX_STEPS: usize = 50_000;
const MAX_DEFINITIONS: usize = 500;

/// Why a schema has no wire form.
pub(super) enum Obstacle {
    /// Nothing can match it.
    Impossible,
    /// The dialect cannot say it, and leaving it out would forbid what the schema accepts.
    Unsupported,
}

/// A definition that the wire schema refers to.
struct Definition {
    pointer: String,
    name: String,
    place: Place,
}

/// The state of one projection.
pub(super) struct Walk<'a> {
    pub(super) root: &'a Value,
    pub(super) dialect: Dialect,
    /// Marks the properties that only the wire schema requires, instead of making them nullable.
    pub(super) marks_optional: bool,
    pub(super) dropped: Vec<String>,
    definitions: Vec<Definition>,
    steps: usize,
}

impl<'a> Walk<'a> {
    pub(super) fn new(root: &'a Value, dialect: Dialect) -> Self {
        Self { root, dialect, marks_optional: false, dropped: Vec::new(), definitions: Vec::new(), steps: 0 }
    }

    /// The wire schema of the whole.
    pub(super) fn whole(&mut self) -> Result<Value, Obstacle> {
        if self.dialect == Dialect::Open || is_too_deep(self.root) {
            return Err(Obstacle::Unsupported);
        }
        let mut wire = self.node(self.root, &Place::default(), 0)?;
        let mut definitions = Map::new();
        while let Some(definition) = self.definitions.get(definitions.len()) {
            let (name, place) = (definition.name.clone(), definition.place.in_definition(&definition.name));
            let schema = self.root.pointer(&definition.pointer).ok_or(Obstacle::Unsupported)?;
            definitions.insert(name, self.node(schema, &place, 1)?);
        }
        if let (Value::Object(wire), false) = (&mut wire, definitions.is_empty()) {
            wire.insert("$defs".to_owned(), Value::Object(definitions));
        }
        Ok(wire)
    }

    /// Counts work, so that a hostile schema ends.
    pub(super) fn step(&mut self, depth: usize) -> Result<(), Obstacle> {
        self.steps += 1;
        if depth > MAX_DEPTH || self.steps > MAX_STEPS { Err(Obstacle::Unsupported) } else { Ok(()) }
    }

    /// The wire schema of one node. Only the root has depth 0.
    pub(super) fn node(&mut self, schema: &Value, place: &Place, depth: usize) -> Result<Value, Obstacle> {
        self.step(depth)?;
        let schema = match schema {
            Value::Object(schema) => schema,
            Value::Bool(true) => &Map::new(),
            Value::Bool(false) => return Err(Obstacle::Impossible),
            _ => return Err(Obstacle::Unsupported),
        };
        if let Some(reference) = sole_reference(schema) {
            let (pointer, target) = self.target(reference)?;
            if depth == 0 {
                return self.node(target, place, 1);
            }
            for annotation in ["description", "default", "examples"] {
                self.describe(annotation, schema, place);
            }
            return Ok(single("$ref", Value::from(self.definition(pointer, place)?)));
        }
        let mut schema = self.flatten(schema, depth)?;
        let extra =
            if schema.contains_key("additionalProperties") { None } else { schema.get("unevaluatedProperties") };
        match extra {
            Some(Value::Object(_)) if self.dialect.closes_objects() => return Err(Obstacle::Unsupported),
            Some(_) if !self.dialect.closes_objects() => self.describe("unevaluatedProperties", &schema, place),
            _ => {}
        }
        schema.shift_remove("unevaluatedProperties");
        let types = types(&schema);
        if types.len() > 1 && (types.contains(&"object") || types.contains(&"array")) {
            let branches = types.iter().map(|name| single("type", Value::from(*name))).collect();
            schema.shift_remove("type");
            choose(&mut schema, branches)?;
        }
        match schema.shift_remove("anyOf") {
            Some(Value::Array(branches)) => self.choice(schema, branches, place, depth),
            _ => self.plain(schema, place, depth),
        }
    }

    /// One of several schemas, each combined with what stands beside them.
    fn choice(
        &mut self,
        mut base: Map<String, Value>,
        branches: Vec<Value>,
        place: &Place,
        depth: usize,
    ) -> Result<Value, Obstacle> {
        let mut annotations = Map::new();
        for annotation in ANNOTATIONS {
            self.pass_on(&mut annotations, annotation, &base, place);
            base.shift_remove(annotation);
        }
        if base.shift_remove("oneOf").is_some() {
            self.tell("matches exactly one of its alternatives", place);
        }
        if base.len() == 1 && branches.iter().all(|branch| self.is_within(branch, &types(&base))) {
            base.shift_remove("type");
        }
        let is_null = |branch: &Value| branch.get("type").is_some_and(|name| name == "null");
        let is_told_apart = branches.iter().filter(|branch| !is_null(branch)).count() > 1;
        let mut wires: Vec<Value> = Vec::new();
        for (index, branch) in branches.into_iter().enumerate() {
            let combined = if base.is_empty() { branch } else { both(Value::Object(base.clone()), branch) };
            let branch_place = if is_told_apart { place.alternative(index + 1) } else { place.clone() };
            let before = self.mark();
            match self.node(&combined, &branch_place, depth + 1) {
                Ok(wire) if wires.contains(&wire) => {}
                Ok(wire) => wires.push(wire),
                Err(Obstacle::Impossible) => self.back_to(before),
                Err(obstacle) => return Err(obstacle),
            }
        }
        match wires.as_mut_slice() {
            [] => return Err(Obstacle::Impossible),
            [Value::Object(only)] if only.contains_key("$ref") => self.describe("description", &annotations, place),
            [Value::Object(only)] => only.extend(annotations),
            _ => {
                annotations.insert("anyOf".to_owned(), Value::Array(wires));
                return Ok(Value::Object(annotations));
            }
        }
        Ok(wires.swap_remove(0))
    }

    /// Whether all values that a schema accepts are of these types.
    fn is_within(&self, schema: &Value, allowed: &[&str]) -> bool {
        let target = schema.as_object().and_then(sole_reference).and_then(|reference| self.target(reference).ok());
        let own = target.map_or(schema, |(_, target)| target).as_object().map(types).unwrap_or_default();
        !own.is_empty() && own.iter().all(|own| allowed.iter().any(|allowed| includes(allowed, own)))
    }

    /// A node without applicators that are not about its own type.
    fn plain(&mut self, mut schema: Map<String, Value>, place: &Place, depth: usize) -> Result<Value, Obstacle> {
        self.describe_remainders(&mut schema, place)?;
        let names: Vec<String> = types(&schema).into_iter().map(str::to_owned).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        self.settle_values(&mut schema, &names, place)?;
        match names.as_slice() {
            ["object"] => self.object(&schema, place, depth),
            ["array"] => self.array(&schema, place, depth),
            [] if self.dialect.closes_objects() => Err(Obstacle::Unsupported),
            _ => Ok(self.scalar(&schema, &names, place)),
        }
    }

    /// Leaves one keyword that lists the values allowed, in the form of the dialect, or none.
    fn settle_values(
        &mut self,
        schema: &mut Map<String, Value>,
        names: &[&str],
        place: &Place,
    ) -> Result<(), Obstacle> {
        let Some(listed) = listed_values(schema) else { return Ok(()) };
        let is_allowed = |value: &&Value| names.is_empty() || names.iter().any(|name| includes(name, type_of(value)));
        let values: Vec<Value> = listed.into_iter().filter(is_allowed).cloned().collect();
        let keyword = if schema.contains_key("const") { "const" } else { "enum" };
        let kept = match values.first() {
            None => return Err(Obstacle::Impossible),
            _ if !values.iter().all(|value| self.dialect.lists(value)) => None,
            Some(first) if keyword == "const" && self.dialect != Dialect::Gemini => Some(first.clone()),
            _ => Some(Value::Array(values)),
        };
        if kept.is_none() {
            self.describe(keyword, schema, place);
        }
        schema.retain(|other, _| !matches!(other.as_str(), "const" | "enum") || (other == keyword && kept.is_some()));
        if let (Some(slot), Some(kept)) = (schema.get_mut(keyword), kept) {
            *slot = kept;
        }
        Ok(())
    }

    /// A node of scalar types, or of any type.
    fn scalar(&mut self, schema: &Map<String, Value>, names: &[&str], place: &Place) -> Value {
        let name = match names {
            [] => None,
            [only] => Some(Value::from(*only)),
            several => Some(Value::from(several)),
        };
        let mut wire = Map::new();
        if let (Some(name), false) = (&name, schema.contains_key("type")) {
            wire.insert("type".to_owned(), name.clone());
        }
        for (keyword, value) in schema {
            let is_about = |about| names.is_empty() || names.iter().any(|name| includes(about, name));
            match (keyword.as_str(), &name) {
                ("type", Some(name)) => {
                    wire.insert("type".to_owned(), name.clone());
                }
                ("const", _) if self.dialect == Dialect::Gemini => {
                    wire.insert("enum".to_owned(), value.clone());
                }
                ("const" | "enum", _) => {
                    wire.insert(keyword.clone(), value.clone());
                }
                (other, _) if type_of_keyword(other).is_none_or(is_about) => {
                    self.pass_on(&mut wire, other, schema, place);
                }
                _ => {}
            }
        }
        Value::Object(wire)
    }

    /// Describes what applies beside the other keywords and cannot be said by any of them.
    fn describe_remainders(&mut self, schema: &mut Map<String, Value>, place: &Place) -> Result<(), Obstacle> {
        let remainders = schema.shift_remove("allOf").unwrap_or_default();
        let remainders: Vec<&Map<String, Value>> =
            remainders.as_array().into_iter().flatten().filter_map(Value::as_object).collect();
        let known = members(schema, "properties");
        let dependent = ["dependentSchemas", "dependencies"].map(|keyword| members(schema, keyword));
        let mut conditional = dependent.into_iter().flatten().flat_map(Map::values).filter_map(Value::as_object);
        // A closed object could never have the properties that only a condition names.
        if self.dialect.closes_objects()
            && (conditional.any(|schema| names_more(schema, known))
                || remainders.iter().any(|remainder| names_more(remainder, known)))
        {
            return Err(Obstacle::Unsupported);
        }
        for remainder in remainders {
            if let Some(keyword) = remainder.keys().next() {
                self.describe(keyword, remainder, place);
            }
        }
        Ok(())
    }

    /// Puts a keyword that needs no form of its own on the wire where the dialect takes it, and into a sentence where
    /// not. Servers of every dialect are known to refuse defaults and examples, so these are told.
    pub(super) fn pass_on(
        &mut self,
        wire: &mut Map<String, Value>,
        keyword: &str,
        schema: &Map<String, Value>,
        place: &Place,
    ) {
        let Some(value) = schema.get(keyword) else { return };
        match keyword {
            "title" | "description" if value.is_string() => {
                wire.insert(keyword.to_owned(), value.clone());
            }
            "title" | "description" => {}
            _ if self.dialect.keeps(keyword, value) => {
                wire.insert(keyword.to_owned(), value.clone());
            }
            _ if constrains(keyword) || ANNOTATIONS.contains(&keyword) => self.describe(keyword, schema, place),
            _ => {}
        }
    }

    pub(super) fn describe(&mut self, keyword: &str, schema: &Map<String, Value>, place: &Place) {
        if let Some(predicate) = predicate(keyword, schema) {
            self.tell(&predicate, place);
        }
    }

    pub(super) fn tell(&mut self, predicate: &str, place: &Place) {
        let sentence = place.sentence(predicate);
        if !self.dropped.contains(&sentence) {
            self.dropped.push(sentence);
        }
    }

    /// Where the walk is, for [`Self::back_to`].
    pub(super) fn mark(&self) -> (usize, usize) {
        (self.dropped.len(), self.definitions.len())
    }

    /// Forgets what was said and referred to since, on a way that turned out impossible.
    pub(super) fn back_to(&mut self, (dropped, definitions): (usize, usize)) {
        self.dropped.truncate(dropped);
        self.definitions.truncate(definitions);
    }

    /// The reference to a definition, which is written once the rest is.
    fn definition(&mut self, pointer: String, place: &Place) -> Result<String, Obstacle> {
        if pointer.is_empty() {
            return Ok("#".to_owned());
        }
        let to = |name: &str| ["#/$defs/", name].concat();
        if let Some(known) = self.definitions.iter().find(|known| known.pointer == pointer) {
            return Ok(to(&known.name));
        }
        if self.definitions.len() >= MAX_DEFINITIONS {
            return Err(Obstacle::Unsupported);
        }
        let plain = |c: char| if c.is_ascii_alphanumeric() || "_-.".contains(c) { c } else { '_' };
        let base: String = pointer.rsplit('/').next().unwrap_or_default().chars().map(plain).collect();
        let mut name = base.clone();
        let mut number = 1;
        while self.definitions.iter().any(|known| known.name == name) {
            number += 1;
            name = format!("{base}_{number}");
        }
        let reference = to(&name);
        self.definitions.push(Definition { pointer, name, place: place.clone() });
        Ok(reference)
    }
}

/// The required properties of an object schema, each once.
pub(super) fn required(schema: &Map<String, Value>) -> Vec<&str> {
    let mut names = Vec::new();
    for name in list(schema, "required").iter().filter_map(Value::as_str) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}
