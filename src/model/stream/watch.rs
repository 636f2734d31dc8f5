//! Watches a reply while it is written, so that one that cannot be used is not paid for to its end.
//!
//! It says only what is certain: every complaint is one that the complete text would meet as well. What it cannot be
//! certain of (alternatives, conditions, formats, what is missing) is left to the validation of the complete text.

use serde_json::{Map, Value};

use crate::config::{push_index, push_key};
use crate::json::{Event, Fault, Scanner, at};
use crate::model::decode;
use crate::search;

/// No model has a use for more whitespace in a row. Those that are kept from writing anything else, and do not know how
/// to go on, write whitespace up to the token limit.
const MOST_WHITESPACE: usize = 1000;
/// A reference leads to a schema, or around in circles.
const MOST_REFERENCES: usize = 16;

/// Reads a reply that should be nothing but JSON of a schema.
///
/// A reply that begins with something else (a code fence, reasoning, prose) is not watched; a reply that is allowed to
/// end with something else should not be.
pub struct Watch<'a> {
    schema: &'a Value,
    scanner: Scanner,
    open: Vec<Collection<'a>>,
    /// A complaint about the first bracket. It waits for what follows: the bracket may begin a word of prose.
    waiting: Option<String>,
    is_json: bool,
    is_over: bool,
}

/// An object or array that has not ended.
struct Collection<'a> {
    schema: Option<&'a Map<String, Value>>,
    position: Position<'a>,
}

enum Position<'a> {
    /// The last key, and the schema of its value.
    Key(String, Option<&'a Value>),
    /// The number of items so far.
    Items(usize),
}

impl<'a> Watch<'a> {
    /// Watches one reply.
    pub fn new(schema: &'a Value) -> Self {
        let scanner = Scanner::new(MOST_WHITESPACE);
        Self { schema, scanner, open: Vec::new(), waiting: None, is_json: false, is_over: false }
    }

    /// Reads the next piece of the text.
    ///
    /// # Errors
    /// A sentence for the model that says why the text cannot be used, whatever follows. It is said once.
    pub fn push(&mut self, text: &str) -> Result<(), String> {
        let mut rest = text.as_bytes();
        while !self.is_over {
            let outcome = match self.scanner.next(&mut rest) {
                Ok(None) => break,
                Ok(Some(event)) => self.read(event),
                Err(Fault::Syntax(_)) if !self.is_json => {
                    self.is_over = true;
                    Ok(())
                }
                Err(fault) => Err(decode::not_json(&fault, &self.scanner)),
            };
            if outcome.is_err() {
                self.is_over = true;
                return outcome;
            }
        }
        Ok(())
    }

    fn read(&mut self, event: Event) -> Result<(), String> {
        if self.open.is_empty() {
            match event {
                Event::Object | Event::Array => self.waiting = self.read_value(event).err(),
                _ => self.is_over = true,
            }
            return Ok(());
        }
        self.is_json = true;
        if let Some(complaint) = self.waiting.take().or_else(|| decode::objection(&event)) {
            return Err(complaint);
        }
        match event {
            Event::End => {
                self.open.pop();
                Ok(())
            }
            Event::Key { name, .. } => {
                self.read_key(name);
                Ok(())
            }
            value => self.read_value(value),
        }
    }

    /// A property too many can be left out, so no key is a reason to give up.
    fn read_key(&mut self, name: String) {
        let Some(object) = self.open.last_mut() else { return };
        let schema = object.schema;
        let member = |keyword: &str| schema.and_then(|schema| schema.get(keyword));
        let known = member("properties").and_then(|properties| properties.get(&name));
        let others = member("additionalProperties").filter(|_| member("patternProperties").is_none());
        object.position = Position::Key(name, known.or(others.filter(|others| others.is_object())));
    }

    fn read_value(&mut self, event: Event) -> Result<(), String> {
        let schema = match self.open.last_mut() {
            None => Some(self.schema),
            Some(Collection { position: Position::Key(_, schema), .. }) => *schema,
            Some(Collection { schema, position: Position::Items(items) }) => {
                *items += 1;
                let (schema, items) = (*schema, *items);
                let most = schema.and_then(|schema| schema.get("maxItems")).and_then(Value::as_u64);
                if most.is_some_and(|most| items as u64 > most) {
                    return Err(format!("{} is one item more than the schema allows", self.path()));
                }
                // Where the first items have schemas of their own, `items` is about the others or has another form.
                schema.filter(|schema| !schema.contains_key("prefixItems")).and_then(|schema| schema.get("items"))
            }
        };
        let schema = schema.and_then(|schema| self.resolve(schema));
        let outcome = schema.map_or(Ok(()), |schema| self.check_type(schema, &event));
        let position = match event {
            Event::Object => Position::Key(String::new(), None),
            Event::Array => Position::Items(0),
            _ => return outcome,
        };
        self.open.push(Collection { schema, position });
        outcome
    }

    /// Follows references within the schema. Nothing means that the schema is not understood, or says nothing.
    fn resolve(&self, schema: &'a Value) -> Option<&'a Map<String, Value>> {
        let mut schema = schema;
        for _ in 0..MOST_REFERENCES {
            let keywords = schema.as_object()?;
            // An identifier makes references relative to another place.
            if keywords.contains_key("$id") && !std::ptr::eq(schema, self.schema) {
                return None;
            }
            let Some(reference) = keywords.get("$ref") else { return Some(keywords) };
            let pointer = reference.as_str()?.strip_prefix('#')?;
            schema = at(self.schema, pointer).filter(|_| !pointer.contains('%'))?;
        }
        None
    }

    fn check_type(&self, schema: &Map<String, Value>, event: &Event) -> Result<(), String> {
        let types = match schema.get("type") {
            Some(Value::Array(types)) => types.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => return Ok(()),
        };
        if types.iter().any(|name| name.as_str().is_none_or(|name| allows(name, event))) {
            return Ok(());
        }
        let types: Vec<&str> = types.iter().filter_map(Value::as_str).collect();
        let path = self.path();
        let place = if path.is_empty() { "the reply" } else { &path };
        Err(format!("{place} has the type {} where the schema has {}", type_of(event), search::join(&types, " or ")))
    }

    /// Where the text is.
    fn path(&self) -> String {
        let mut path = String::new();
        for collection in &self.open {
            match &collection.position {
                Position::Key(name, _) => push_key(&mut path, name),
                Position::Items(items) => push_index(&mut path, items.saturating_sub(1)),
            }
        }
        path
    }
}

/// Whether a type of the schema admits a value that begins so. Unknown types are not understood and admit anything.
fn allows(name: &str, event: &Event) -> bool {
    match (name, event) {
        ("object", event) => *event == Event::Object,
        ("array", event) => *event == Event::Array,
        ("string", event) => *event == Event::Text,
        ("boolean", event) => *event == Event::Boolean,
        ("null", event) => *event == Event::Null,
        ("integer", Event::Number(number)) => is_integer(number),
        ("number", Event::Number(_)) => true,
        ("integer" | "number", _) => false,
        _ => true,
    }
}

fn type_of(event: &Event) -> &'static str {
    match event {
        Event::Object => "object",
        Event::Array => "array",
        Event::Boolean => "boolean",
        Event::Null => "null",
        Event::Number(_) => "number",
        _ => "string",
    }
}

/// Whether a number has no fraction; `1.0` and `1e3` have none.
fn is_integer(number: &str) -> bool {
    let value = number.parse::<Value>().ok().and_then(|value| value.as_f64());
    value.is_none_or(|value| value.fract() == 0.0)
}

#[cfg(test)]
mod tests;
