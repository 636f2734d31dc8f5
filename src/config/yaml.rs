//! YAML text to a JSON value, and the line of each key.
//!
//! The parser gives events; the value is built here without recursion, so that no document can exhaust the stack.
//! Anchors, aliases and merge keys work as PyYAML has them. Unlike there, a key that is written twice is an error: it is
//! a slip every time, and nothing says which of the two was meant.

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};
use serde_json::{Map, Value};

use super::lines::{Lines, push_index, push_key};
use super::scalar;
use super::source::{Document, MAX_DEPTH, MINIMUM, Problem};
use super::yaml_errors::{problem, translate};
use crate::numbers::Numbers;

/// How much memory aliases may ask for. A prompt of ten kilobytes can be used eight hundred times.
const COPY_BUDGET: usize = 8 << 20;
/// What a value takes beside its text, roughly.
const NODE_COST: usize = 32;

/// Reads one document.
pub(super) fn read(text: &str) -> Result<Document, Problem> {
    refuse_control_characters(text)?;
    let mut parser = Parser::new_from_str(text);
    let mut builder = Builder::default();
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| translate(&error))?;
        builder.take(event, &span.start)?;
    }
    match builder.root {
        Some(value) => Ok(Document { value, lines: builder.lines }),
        None => Err(Problem::new("the configuration is empty", MINIMUM)),
    }
}

/// A collection that is not closed yet.
struct Frame {
    node: Node,
    anchor: usize,
    /// Where the path of this collection ends.
    path_len: usize,
}

enum Node {
    List(Vec<Value>),
    Mapping(Mapping),
}

#[derive(Default)]
struct Mapping {
    entries: Map<String, Value>,
    key_lines: Numbers,
    /// What `<<` brings in; own entries win.
    merged: Vec<Map<String, Value>>,
    pending: Pending,
}

/// What the next value of a mapping belongs to.
#[derive(Default)]
enum Pending {
    #[default]
    Key,
    Value(String),
    Merge {
        line: usize,
    },
}

/// A finished node that aliases can refer to.
struct Anchored {
    value: Value,
    height: usize,
    cost: usize,
}

#[derive(Default)]
struct Builder {
    lines: Lines,
    path: String,
    frames: Vec<Frame>,
    /// By the parser's numbers, which count up from 1; `None` for those that are not finished.
    anchors: Vec<Option<Anchored>>,
    copied: usize,
    root: Option<Value>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, at: &Marker) -> Result<(), Problem> {
        match event {
            Event::DocumentStart(_) if self.root.is_some() => {
                return Err(problem(
                    at,
                    "a second document begins",
                    "keep one document and remove the `---` before it",
                ));
            }
            Event::Alias(id) => {
                let value = self.expand(id, at)?;
                self.attach(value, 0, at)?;
            }
            Event::Scalar(text, style, anchor, tag) => {
                let merges = tag.is_none() && style == ScalarStyle::Plain && text == "<<";
                if merges && self.begin_merge(at)? {
                    return Ok(());
                }
                let value = scalar_value(&text, style, tag.as_deref(), at)?;
                self.attach(value, anchor, at)?;
            }
            Event::SequenceStart(anchor, tag) => {
                refuse_foreign_tag(tag.as_deref(), "seq", at)?;
                self.open(Node::List(Vec::new()), anchor, at)?;
            }
            Event::MappingStart(anchor, tag) => {
                refuse_foreign_tag(tag.as_deref(), "map", at)?;
                self.open(Node::Mapping(Mapping::default()), anchor, at)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(at)?,
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn open(&mut self, node: Node, anchor: usize, at: &Marker) -> Result<(), Problem> {
        if self.frames.len() >= MAX_DEPTH {
            return Err(too_deep(at));
        }
        match self.frames.last().map(|frame| &frame.node) {
            Some(Node::Mapping(Mapping { pending: Pending::Key, .. })) => return Err(key_is_no_text(at)),
            Some(Node::List(items)) => {
                let index = items.len();
                self.begin_item(index, at);
            }
            _ => {}
        }
        self.frames.push(Frame { node, anchor, path_len: self.path.len() });
        Ok(())
    }

    fn close(&mut self, at: &Marker) -> Result<(), Problem> {
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        self.path.truncate(frame.path_len);
        let value = match frame.node {
            Node::List(items) => Value::Array(items),
            Node::Mapping(mapping) => Value::Object(mapping.finish()),
        };
        self.place(value, frame.anchor, at)
    }

    /// Puts a scalar or an alias in its place: as a key, or as a value.
    fn attach(&mut self, value: Value, anchor: usize, at: &Marker) -> Result<(), Problem> {
        match self.frames.last().map(|frame| &frame.node) {
            Some(Node::Mapping(Mapping { pending: Pending::Key, .. })) => {
                let Value::String(key) = value else { return Err(key_is_no_text(at)) };
                if anchor != 0 {
                    self.keep(anchor, &Value::String(key.clone()), at)?;
                }
                self.begin_entry(key, at)
            }
            Some(Node::List(items)) => {
                let index = items.len();
                self.begin_item(index, at);
                self.place(value, anchor, at)
            }
            _ => self.place(value, anchor, at),
        }
    }

    /// Puts a finished value where its path already leads.
    fn place(&mut self, value: Value, anchor: usize, at: &Marker) -> Result<(), Problem> {
        if anchor != 0 {
            self.keep(anchor, &value, at)?;
        }
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(value);
            return Ok(());
        };
        self.path.truncate(frame.path_len);
        match &mut frame.node {
            Node::List(items) => items.push(value),
            Node::Mapping(mapping) => match std::mem::take(&mut mapping.pending) {
                Pending::Value(key) => {
                    mapping.entries.insert(key, value);
                }
                Pending::Merge { line } => {
                    let Some(sources) = merge_sources(value) else {
                        return Err(problem(
                            at,
                            "`<<` needs a mapping to merge",
                            "write an alias of a mapping: `<<: *name`",
                        ));
                    };
                    for key in sources.iter().flat_map(Map::keys) {
                        push_key(&mut self.path, key);
                        self.lines.record_inherited(&self.path, line);
                        self.path.truncate(frame.path_len);
                    }
                    mapping.merged = sources;
                }
                Pending::Key => {}
            },
        }
        Ok(())
    }

    fn begin_entry(&mut self, key: String, at: &Marker) -> Result<(), Problem> {
        let Some(Frame { node: Node::Mapping(mapping), .. }) = self.frames.last_mut() else { return Ok(()) };
        push_key(&mut self.path, &key);
        if let Some(first) = mapping.key_lines.insert(key.clone(), at.line()) {
            let what = format!("the key is written twice, first on line {first}");
            return Err(problem(at, &what, "keep one of the two").at(&self.path));
        }
        self.lines.record(&self.path, at.line());
        mapping.pending = Pending::Value(key);
        Ok(())
    }

    fn begin_item(&mut self, index: usize, at: &Marker) {
        push_index(&mut self.path, index);
        self.lines.record(&self.path, at.line());
    }

    /// Notes that the next value is merged, if a key is due here.
    fn begin_merge(&mut self, at: &Marker) -> Result<bool, Problem> {
        let Some(Frame { node: Node::Mapping(mapping), .. }) = self.frames.last_mut() else { return Ok(false) };
        if !matches!(mapping.pending, Pending::Key) {
            return Ok(false);
        }
        if !mapping.merged.is_empty() {
            return Err(problem(at, "`<<` is written twice in one mapping", "merge both at once: `<<: [*one, *two]`"));
        }
        mapping.pending = Pending::Merge { line: at.line() };
        Ok(true)
    }

    fn expand(&mut self, id: usize, at: &Marker) -> Result<Value, Problem> {
        let Some(Some(anchored)) = self.anchors.get(id) else {
            return Err(problem(at, "the alias stands inside the value that it names", "write the value out here"));
        };
        if self.frames.len() + anchored.height > MAX_DEPTH {
            return Err(too_deep(at));
        }
        self.copied += anchored.cost;
        if self.copied > COPY_BUDGET {
            return Err(too_much(at));
        }
        Ok(anchored.value.clone())
    }

    fn keep(&mut self, anchor: usize, value: &Value, at: &Marker) -> Result<(), Problem> {
        let (height, cost) = measure(value);
        self.copied += cost;
        if self.copied > COPY_BUDGET {
            return Err(too_much(at));
        }
        if self.anchors.len() <= anchor {
            self.anchors.resize_with(anchor + 1, || None);
        }
        if let Some(place) = self.anchors.get_mut(anchor) {
            *place = Some(Anchored { value: value.clone(), height, cost });
        }
        Ok(())
    }
}

impl Mapping {
    fn finish(self) -> Map<String, Value> {
        if self.merged.is_empty() {
            return self.entries;
        }
        let mut entries = Map::new();
        for source in self.merged {
            for (key, value) in source {
                entries.entry(key).or_insert(value);
            }
        }
        entries.extend(self.entries);
        entries
    }
}

fn merge_sources(value: Value) -> Option<Vec<Map<String, Value>>> {
    match value {
        Value::Object(map) => Some(vec![map]),
        Value::Array(items) => items
            .into_iter()
            .map(|item| match item {
                Value::Object(map) => Some(map),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}

/// The levels of a value and what a copy of it takes. Values here are at most [`MAX_DEPTH`] deep.
fn measure(value: &Value) -> (usize, usize) {
    match value {
        Value::String(text) => (0, NODE_COST + text.len()),
        Value::Array(items) => measure_all(&mut items.iter().map(|item| (0, item))),
        Value::Object(entries) => measure_all(&mut entries.iter().map(|(key, item)| (key.len(), item))),
        _ => (0, NODE_COST),
    }
}

fn measure_all(children: &mut dyn Iterator<Item = (usize, &Value)>) -> (usize, usize) {
    children.fold((1, NODE_COST), |(height, cost), (key, child)| {
        let (child_height, child_cost) = measure(child);
        (height.max(child_height + 1), cost + key + child_cost)
    })
}

fn scalar_value(text: &str, style: ScalarStyle, tag: Option<&Tag>, at: &Marker) -> Result<Value, Problem> {
    const QUOTE: &str = "put it in quotes if it is text";
    match tag {
        None if style == ScalarStyle::Plain => scalar::resolve(text).map_err(|reason| problem(at, reason, QUOTE)),
        None => Ok(Value::String(text.to_owned())),
        // The tag `!` alone says: text.
        Some(tag) if tag.handle.is_empty() && tag.suffix == "!" => Ok(Value::String(text.to_owned())),
        Some(tag) => {
            let name = core_name(tag).filter(|name| matches!(*name, "str" | "int" | "float" | "bool" | "null"));
            let name = name.ok_or_else(|| foreign_tag(at))?;
            let value = scalar::resolve_as(name, text).map_err(|reason| problem(at, reason, QUOTE))?;
            value.ok_or_else(|| problem(at, "the value does not fit its tag", "remove the tag, or correct the value"))
        }
    }
}

/// The name of a tag of YAML's own, written as `!!str` or in full.
fn core_name(tag: &Tag) -> Option<&str> {
    const PREFIX: &str = "tag:yaml.org,2002:";
    match tag.handle.as_str() {
        PREFIX => Some(&tag.suffix),
        "" => tag.suffix.strip_prefix(PREFIX),
        _ => None,
    }
}

fn refuse_foreign_tag(tag: Option<&Tag>, own: &str, at: &Marker) -> Result<(), Problem> {
    match tag {
        Some(tag) if core_name(tag) != Some(own) => Err(foreign_tag(at)),
        _ => Ok(()),
    }
}

fn foreign_tag(at: &Marker) -> Problem {
    problem(
        at,
        "a tag stands here that has no meaning in a configuration",
        "remove the word that begins with `!`, or quote it",
    )
}

fn key_is_no_text(at: &Marker) -> Problem {
    problem(at, "a key must be text", "put the key in quotes")
}

fn too_deep(at: &Marker) -> Problem {
    problem(at, &format!("the nesting is deeper than {MAX_DEPTH} levels"), "flatten the document")
}

fn too_much(at: &Marker) -> Problem {
    problem(at, "the aliases up to here ask for more than 8 MB", "repeat less, or write the values out")
}

/// The parser would take some of these for the end of the text.
fn refuse_control_characters(text: &str) -> Result<(), Problem> {
    let (mut line, mut column) = (1, 1);
    for character in text.chars() {
        match character {
            '\n' => (line, column) = (line + 1, 0),
            '\t' | '\r' | '\u{85}' => {}
            _ if character.is_control() => {
                let code = u32::from(character);
                let what =
                    format!("a control character (U+{code:04X}) stands in the text (line {line}, column {column})");
                return Err(Problem::new(
                    &what,
                    &format!("remove it, or write it as \"\\u{code:04x}\" in double quotes"),
                ));
            }
            _ => {}
        }
        column += 1;
    }
    Ok(())
}
