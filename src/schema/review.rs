//! Looks through a schema for what would keep it from being used.

use std::fmt;

use serde_json::{Number, Value};

use super::keywords::{self, Keyword, Place, Shape};
use super::references::References;
use super::sentences::{self, Excerpt, Quoted};
use super::{DEEPEST, numbers, values};
use crate::host::Patterns;

/// Reviews a document.
pub(super) fn review(document: &Value, patterns: &dyn Patterns) -> Result<(), String> {
    if !values::nested_within(document, DEEPEST) {
        return Err(format!("the schema is nested more than {DEEPEST} levels deep"));
    }
    let references = References::new(document);
    let mut review = Review { references: &references, patterns, path: "$".to_owned(), ending: Vec::new() };
    review.schema(document, 0)
}

struct Review<'s> {
    references: &'s References<'s>,
    patterns: &'s dyn Patterns,
    path: String,
    /// Targets of references that are known not to lead back.
    ending: Vec<&'s Value>,
}

impl<'s> Review<'s> {
    fn schema(&mut self, schema: &'s Value, resource: usize) -> Result<(), String> {
        let Value::Object(members) = schema else {
            let is_schema = schema.is_boolean();
            return if is_schema { Ok(()) } else { self.wrong("a schema: an object, true or false", schema) };
        };
        let resource = self.references.resource_of(schema).unwrap_or(resource);
        for (name, value) in members {
            let Some(&Keyword { shape, .. }) = keywords::find(name) else { continue };
            let length = self.path.len();
            sentences::extend(&mut self.path, &Place::Name(name));
            self.keyword(shape, value, resource)?;
            let mut outcome = Ok(());
            keywords::each_schema(shape, value, &mut |place, schema| {
                if outcome.is_err() {
                    return;
                }
                let length = self.path.len();
                sentences::extend(&mut self.path, &place);
                outcome = self.schema(schema, resource);
                self.path.truncate(length);
            });
            outcome?;
            self.path.truncate(length);
        }
        let refers = members.contains_key("$ref") || members.contains_key("$dynamicRef");
        if refers && self.never_ends(schema, resource, DEEPEST) {
            return self.complain(format_args!("leads back to itself without an end"));
        }
        Ok(())
    }

    /// What a keyword itself has to be; the schemas in it are looked at on their own.
    fn keyword(&self, shape: Shape, value: &Value, resource: usize) -> Result<(), String> {
        let is_text = |value: &Value| value.is_string();
        let texts = |value: &Value| value.as_array().is_some_and(|names| names.iter().all(Value::is_string));
        let least = |least: u32| {
            let least = Number::from(least);
            value.as_number().map(|number| numbers::compare(number, &least))
        };
        let (holds, expected) = match shape {
            Shape::Schema | Shape::Items | Shape::Value => (true, ""),
            Shape::Schemas => (value.as_array().is_some_and(|all| !all.is_empty()), "a list of at least one schema"),
            Shape::Named | Shape::Patterned | Shape::Dependents => (value.is_object(), "an object of schemas"),
            Shape::NamedLists => {
                let lists = value.as_object().is_some_and(|lists| lists.iter().all(|(_, list)| texts(list)));
                (lists, "an object of lists of property names")
            }
            Shape::Names => (texts(value), "a list of property names"),
            Shape::Values => (value.is_array(), "a list of values"),
            Shape::Types => {
                (is_types(value), "string, number, integer, boolean, array, object or null, or a list of them")
            }
            Shape::Text | Shape::Pattern | Shape::Reference => (is_text(value), "a string"),
            Shape::Number => (value.is_number(), "a number"),
            Shape::Positive => (least(0).is_some_and(|order| order.is_gt()), "a number above 0"),
            Shape::Count => {
                let whole = value.as_number().is_some_and(numbers::is_whole);
                (whole && least(0).is_some_and(|order| order.is_ge()), "a whole number, at least 0")
            }
            Shape::Flag => (value.is_boolean(), "true or false"),
        };
        if !holds {
            return self.wrong(expected, value);
        }
        match (shape, value) {
            (Shape::Pattern, Value::String(pattern)) => self.pattern(pattern),
            (Shape::Patterned, Value::Object(schemas)) => schemas.keys().try_for_each(|pattern| self.pattern(pattern)),
            (Shape::Reference, Value::String(reference)) if self.references.resolve(resource, reference).is_none() => {
                self.complain(format_args!(
                    "refers to {}, which is not in the schema (only references within it are followed)",
                    Quoted(reference)
                ))
            }
            // Lists of names here, what else there is has to be schemas.
            (Shape::Dependents, Value::Object(dependents)) => {
                let mut lists = dependents.values().filter(|dependent| dependent.is_array());
                match lists.find(|list| !texts(list)) {
                    Some(list) => self.wrong("lists of property names, or schemas", list),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    fn pattern(&self, pattern: &str) -> Result<(), String> {
        match self.patterns.matches(pattern, "") {
            Some(_) => Ok(()),
            None => {
                self.complain(format_args!("is no regular expression that JavaScript can read: {}", Quoted(pattern)))
            }
        }
    }

    /// Whether checking one value against a schema would come back to the schema.
    fn never_ends(&mut self, schema: &'s Value, resource: usize, levels: usize) -> bool {
        let Value::Object(members) = schema else { return false };
        let Some(below) = levels.checked_sub(1) else { return true };
        let resource = self.references.resource_of(schema).unwrap_or(resource);
        let mut never = false;
        for (name, value) in members {
            let Some(&Keyword { shape, in_place: true, .. }) = keywords::find(name) else { continue };
            if let (Shape::Reference, Value::String(reference)) = (shape, value)
                && let Some(target) = self.references.resolve(resource, reference)
                && !self.ending.iter().any(|ending| std::ptr::eq(*ending, target.schema))
            {
                never = never || self.never_ends(target.schema, target.resource, below);
                self.ending.push(target.schema);
            }
            keywords::each_schema(shape, value, &mut |_, schema| {
                never = never || self.never_ends(schema, resource, below);
            });
        }
        never
    }

    fn wrong(&self, expected: &str, value: &Value) -> Result<(), String> {
        self.complain(format_args!("must be {expected}, not {}", Excerpt(value)))
    }

    fn complain(&self, what: fmt::Arguments<'_>) -> Result<(), String> {
        Err(format!("{} in the schema {what}", self.path))
    }
}

fn is_types(value: &Value) -> bool {
    let is_type = |value: &Value| value.as_str().and_then(sentences::type_phrase).is_some();
    match value {
        Value::Array(names) => names.iter().all(is_type),
        _ => is_type(value),
    }
}
