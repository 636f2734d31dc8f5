//! The keywords for arrays and objects.

use serde_json::{Map, Value};

use super::keywords::{Place, Word};
use super::sentences::{Excerpt, Names, Quoted};
use super::validator::Validator;

type Members = Map<String, Value>;

/// Gives the schema that an element is held against, if there is one: by its index, its name, and whether another schema
/// has looked at it.
type Choose<'c, 's> = &'c mut dyn FnMut(&mut Validator<'s>, usize, &str, bool) -> Option<&'s Value>;

/// Who a sentence about a name is about.
const LONG_NAME: &str = "has a property whose name is";

impl<'s> Validator<'s> {
    /// One keyword, applied to an array.
    pub(super) fn apply_to_array(
        &mut self,
        keywords: &'s Members,
        word: Word,
        value: &'s Value,
        instance: &Value,
        seen: &mut [bool],
    ) -> bool {
        let Value::Array(items) = instance else { return true };
        // As a list, `items` is how draft 7 writes `prefixItems`, and `additionalItems` is its `items`.
        let start = match (word, value) {
            (Word::PrefixItems | Word::Items, Value::Array(schemas)) => {
                return self.elements(instance, seen, &mut |_, index, _, _| schemas.get(index));
            }
            (Word::Items, _) => length(keywords.get("prefixItems")).unwrap_or_default(),
            (Word::AdditionalItems, _) => length(keywords.get("items")).unwrap_or(usize::MAX),
            (Word::Contains, _) => return self.contains(keywords, value, items, seen),
            (Word::MinItems | Word::MaxItems, _) => {
                return self.count(word, value, items.len(), ["item", "items"], format_args!(""));
            }
            (Word::UniqueItems, Value::Bool(true)) => return self.unique(items),
            _ => return true,
        };
        self.elements(instance, seen, &mut |_, index, _, _| (index >= start).then_some(value))
    }

    /// One keyword, applied to an object.
    pub(super) fn apply_to_object(
        &mut self,
        keywords: &'s Members,
        word: Word,
        value: &'s Value,
        instance: &Value,
        seen: &mut [bool],
    ) -> bool {
        let Value::Object(members) = instance else { return true };
        match (word, value) {
            (Word::Properties, Value::Object(schemas)) => {
                self.elements(instance, seen, &mut |_, _, name, _| schemas.get(name))
            }
            (Word::PatternProperties, Value::Object(schemas)) => {
                let mut valid = true;
                for (pattern, schema) in schemas {
                    valid &= self.elements(instance, seen, &mut |validator, _, name, _| {
                        validator.matches(pattern, name, LONG_NAME).then_some(schema)
                    });
                }
                valid
            }
            (Word::AdditionalProperties, _) => {
                let object = |keyword: &str| keywords.get(keyword).and_then(Value::as_object);
                let (named, patterns) = (object("properties"), object("patternProperties"));
                if let (Value::Bool(false), Some(named), None) = (value, named, patterns) {
                    return self.only(named, members, seen);
                }
                self.elements(instance, seen, &mut |validator, _, name, _| {
                    let mut others = patterns.into_iter().flat_map(Members::keys);
                    let is_known = named.is_some_and(|named| named.contains_key(name))
                        || others.any(|pattern| validator.matches(pattern, name, LONG_NAME));
                    (!is_known).then_some(value)
                })
            }
            (Word::PropertyNames, _) => self.property_names(value, members),
            (Word::MinProperties | Word::MaxProperties, _) => {
                self.count(word, value, members.len(), ["property", "properties"], format_args!(""))
            }
            (Word::Required, Value::Array(names)) => self.required(names, members, None),
            (Word::DependentRequired | Word::DependentSchemas | Word::Dependencies, Value::Object(dependents)) => {
                self.dependents(dependents, instance, members, seen)
            }
            _ => true,
        }
    }

    /// The keywords for whatever no other has looked at.
    pub(super) fn unevaluated(&mut self, keywords: &'s Members, instance: &Value, seen: &mut [bool]) -> bool {
        let keyword = if instance.is_array() { "unevaluatedItems" } else { "unevaluatedProperties" };
        let schema = keywords.get(keyword);
        self.elements(instance, seen, &mut |_, _, _, was_seen| schema.filter(|_| !was_seen))
    }

    /// Holds each item or member against the schema that is chosen for it.
    fn elements(&mut self, instance: &Value, seen: &mut [bool], choose: Choose<'_, 's>) -> bool {
        let mut valid = true;
        match instance {
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    valid &= self.element(index, None, item, seen, choose);
                }
            }
            Value::Object(members) => {
                for (index, (name, member)) in members.iter().enumerate() {
                    valid &= self.element(index, Some(name), member, seen, choose);
                }
            }
            _ => {}
        }
        valid
    }

    fn element(
        &mut self,
        index: usize,
        name: Option<&str>,
        element: &Value,
        seen: &mut [bool],
        choose: Choose<'_, 's>,
    ) -> bool {
        let was_seen = seen.get(index).copied().unwrap_or_default();
        let Some(schema) = choose(self, index, name.unwrap_or_default(), was_seen) else { return true };
        mark(seen, index);
        self.check_at(&name.map_or(Place::Index(index), Place::Name), schema, element)
    }

    fn contains(&mut self, keywords: &'s Members, schema: &'s Value, items: &[Value], seen: &mut [bool]) -> bool {
        let mut count = 0;
        for (index, item) in items.iter().enumerate() {
            if self.holds(schema, item, &mut []) {
                count += 1;
                mark(seen, index);
            }
        }
        let one = Value::from(1);
        let least = keywords.get("minContains").unwrap_or(&one);
        let mut valid = true;
        for (word, limit) in [(Word::MinContains, Some(least)), (Word::MaxContains, keywords.get("maxContains"))] {
            let matching = format_args!(" matching {}", Excerpt(schema));
            valid &= limit.is_none_or(|limit| self.count(word, limit, count, ["item", "items"], matching));
        }
        valid
    }

    fn unique(&mut self, items: &[Value]) -> bool {
        for (index, item) in items.iter().enumerate() {
            for (earlier, other) in items.iter().enumerate().take(index) {
                if self.is_exhausted() {
                    return false;
                }
                if self.equal(item, other) {
                    return self.fail(format_args!("must not repeat an item, but {earlier} and {index} are equal"));
                }
            }
        }
        true
    }

    /// Whether no other members are there than these.
    fn only(&mut self, allowed: &Members, members: &Members, seen: &mut [bool]) -> bool {
        let mut valid = true;
        for (index, name) in members.keys().enumerate() {
            if !allowed.contains_key(name) {
                let (name, allowed) = (Quoted(name), Names(allowed));
                valid = self.fail(format_args!("has the property {name}, but may have none besides {allowed}"));
                mark(seen, index);
            }
        }
        valid
    }

    fn required(&mut self, names: &[Value], members: &Members, because: Option<&str>) -> bool {
        let mut valid = true;
        for name in names.iter().filter_map(Value::as_str) {
            if !members.contains_key(name) {
                let name = Quoted(name);
                valid = match because {
                    None => self.fail(format_args!("lacks the property {name}")),
                    Some(other) => {
                        let other = Quoted(other);
                        self.fail(format_args!("lacks the property {name}, which has to come with {other}"))
                    }
                };
            }
        }
        valid
    }

    /// What has to hold because a property is there: that others are too, or a schema.
    fn dependents(&mut self, dependents: &'s Members, instance: &Value, members: &Members, seen: &mut [bool]) -> bool {
        let mut valid = true;
        for (name, dependent) in dependents {
            if members.contains_key(name) {
                valid &= match dependent {
                    Value::Array(names) => self.required(names, members, Some(name)),
                    schema => self.check(schema, instance, seen),
                };
            }
        }
        valid
    }

    fn property_names(&mut self, schema: &'s Value, members: &Members) -> bool {
        let mut valid = true;
        for name in members.keys() {
            let start = self.findings.len();
            valid &= self.check(schema, &Value::String(name.clone()), &mut []);
            for finding in self.findings.iter_mut().skip(start) {
                finding.message = format!("has the property name {}, which {}", Quoted(name), finding.message);
            }
        }
        valid
    }
}

/// The length of a list, if it is one.
fn length(list: Option<&Value>) -> Option<usize> {
    list.and_then(Value::as_array).map(Vec::len)
}

/// Notes that a member or item was looked at.
fn mark(seen: &mut [bool], index: usize) {
    if let Some(seen) = seen.get_mut(index) {
        *seen = true;
    }
}
