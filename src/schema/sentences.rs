//! Pieces of sentences about values. They are displayed and not built, so that a check whose outcome nobody reads costs
//! no text; and they are bounded, because values come from models.

use std::fmt;

use serde_json::{Map, Value};

use super::keywords::Place;

/// Most characters of one excerpt.
const LONGEST_EXCERPT: usize = 80;
/// Longest name of a property in a path.
const LONGEST_NAME: usize = 60;

/// JSON text of a piece of a schema, cut where it gets long.
pub(super) struct Excerpt<'a>(pub(super) &'a Value);

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Value::String(text) = self.0 {
            return Quoted(text).fmt(f);
        }
        let json = serde_json::to_string(self.0).unwrap_or_default();
        match json.char_indices().nth(LONGEST_EXCERPT).and_then(|(end, _)| json.get(..end)) {
            Some(start) => write!(f, "{start}..."),
            None => f.write_str(&json),
        }
    }
}

/// A text in quotes, cut where it gets long.
pub(super) struct Quoted<'a>(pub(super) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&quoted(self.0, LONGEST_EXCERPT))
    }
}

fn quoted(text: &str, longest: usize) -> String {
    let (shown, more) = match text.char_indices().nth(longest).and_then(|(end, _)| text.get(..end)) {
        Some(start) => (start, "..."),
        None => (text, ""),
    };
    serde_json::to_string(&[shown, more].concat()).unwrap_or_default()
}

/// The value that is there, as the end of "must be a string, not": what it is, without what is in it.
pub(super) struct Found<'a>(pub(super) &'a Value);

impl fmt::Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Array(_) => f.write_str("an array"),
            Value::Object(_) => f.write_str("an object"),
            value => Excerpt(value).fmt(f),
        }
    }
}

/// Values of which one is meant, as many as there is room for.
pub(super) struct OneOf<'a>(pub(super) &'a [Value]);

impl fmt::Display for OneOf<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => f.write_str("one of no values")?,
            [_] => {}
            _ => f.write_str("one of ")?,
        }
        list(f, self.0.len(), &|index| self.0.get(index).map(|value| Excerpt(value).to_string()))
    }
}

/// The names of members, as many as there is room for.
pub(super) struct Names<'a>(pub(super) &'a Map<String, Value>);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(f, self.0.len(), &|index| self.0.keys().nth(index).map(|name| quoted(name, LONGEST_EXCERPT)))
    }
}

fn list(f: &mut fmt::Formatter<'_>, count: usize, item: &dyn Fn(usize) -> Option<String>) -> fmt::Result {
    let mut room = 3 * LONGEST_EXCERPT;
    for index in 0..count {
        let item = item(index).unwrap_or_default();
        if item.len() > room && index > 0 {
            return write!(f, " and {} more", count - index);
        }
        room = room.saturating_sub(item.len());
        f.write_str(if index == 0 { "" } else { ", " })?;
        f.write_str(&item)?;
    }
    Ok(())
}

/// A number of things: `1 item`, `2 items`.
pub(super) struct Things<'a>(pub(super) &'a Value, pub(super) &'static str, pub(super) &'static str);

impl fmt::Display for Things<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.0.as_u64() == Some(1) { self.1 } else { self.2 };
        write!(f, "{} {name}", Excerpt(self.0))
    }
}

/// What a type is called; none where JSON has no such type.
pub(super) fn type_phrase(name: &str) -> Option<&'static str> {
    Some(match name {
        "string" => "a string",
        "number" => "a number",
        "integer" => "a whole number",
        "boolean" => "true or false",
        "array" => "an array",
        "object" => "an object",
        "null" => "null",
        _ => return None,
    })
}

/// Extends a path: `$.topic`, `$["main.py"]` where the name is no plain word, `$[2]`.
pub(super) fn extend(path: &mut String, place: &Place<'_>) {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let step = match place {
        Place::Whole => return,
        Place::Name(name) if !name.is_empty() && name.len() <= LONGEST_NAME && name.chars().all(plain) => {
            path.push('.');
            path.push_str(name);
            return;
        }
        Place::Name(name) => quoted(name, LONGEST_NAME),
        Place::Index(index) => index.to_string(),
    };
    path.push('[');
    path.push_str(&step);
    path.push(']');
}
