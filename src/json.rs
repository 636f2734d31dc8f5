//! JSON text, read piece by piece: what stands where, and whether it can still become JSON.
//!
//! `serde_json` reads values. It keeps the last of two equal keys, tells integers by the value they became, and can say
//! nothing before the text is complete. Whoever needs to know more walks over the text with a [`Scanner`].

pub(crate) mod large;

use serde_json::Value;

use crate::numbers::Numbers;

/// How many collections may be open at once: as many as `serde_json` reads.
pub(crate) const DEEPEST: usize = 127;

/// What stands somewhere inside a value, by a JSON pointer. (`Value::pointer` spends most of its time on escapes that are
/// hardly ever there.)
pub(crate) fn at<'a>(value: &'a Value, pointer: &str) -> Option<&'a Value> {
    steps(pointer)?.try_fold(value, |value, step| match value {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        _ if step.contains('~') => value.get(without_tildes(step)),
        _ => value.get(step),
    })
}

/// The same, to take from; without escapes.
pub(crate) fn at_mut<'a>(value: &'a mut Value, pointer: &str) -> Option<&'a mut Value> {
    steps(pointer)?.try_fold(value, |value, step| match value {
        Value::Array(items) => items.get_mut(step.parse::<usize>().ok()?),
        _ => value.get_mut(step),
    })
}

fn steps(pointer: &str) -> Option<impl Iterator<Item = &str>> {
    (pointer.is_empty() || pointer.starts_with('/')).then(|| pointer.split('/').skip(1))
}

/// A step of a pointer with its `~0` and `~1` read as what they stand for.
pub(crate) fn without_tildes(step: &str) -> String {
    let mut escaped = false;
    let mut plain = String::with_capacity(step.len());
    for c in step.chars() {
        match (escaped, c) {
            (false, '~') => {}
            (true, '0') => plain.push('~'),
            (true, '1') => plain.push('/'),
            _ => plain.push(c),
        }
        escaped = !escaped && c == '~';
    }
    plain
}

/// Something that was read.
#[derive(Debug, PartialEq)]
pub(crate) enum Event {
    /// An object begins.
    Object,
    /// An array begins.
    Array,
    /// The innermost object or array ends.
    End,
    /// A key was read.
    Key {
        name: String,
        /// The line of the same key, if this object has it already.
        earlier: Option<usize>,
    },
    /// A string begins that is no key.
    Text,
    /// A number was read, as it is written.
    Number(String),
    /// `true` or `false` was read.
    Boolean,
    /// `null` was read.
    Null,
}

/// Why a text cannot become JSON, whatever follows.
#[derive(Debug, PartialEq)]
pub(crate) enum Fault {
    /// The grammar does not allow what comes; in words, what is wrong.
    Syntax(&'static str),
    /// More than [`DEEPEST`] collections are open.
    Depth,
    /// There is more whitespace in a row than the reader wants to see.
    Whitespace,
    /// More follows after the end of the value.
    Trailing,
}

/// What the grammar allows next.
#[derive(Clone, Copy)]
enum State {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    AfterValue,
    /// The rest of a string; after a backslash, the next character does not end it.
    Text {
        is_key: bool,
        escaped: bool,
    },
    /// The rest of a number or of `true`, `false` or `null`.
    Word,
}

/// Reads one JSON value from pieces of text. The text may be split anywhere, also within a character.
pub(crate) struct Scanner {
    /// The keys and their lines of each open object; nothing for an array.
    open: Vec<Option<Numbers>>,
    state: State,
    /// The key, string or word that is being read.
    token: Vec<u8>,
    whitespace: usize,
    most_whitespace: usize,
    line: usize,
    column: usize,
}

impl Scanner {
    /// A scanner that refuses more than `most_whitespace` whitespace characters in a row outside of strings.
    pub(crate) fn new(most_whitespace: usize) -> Self {
        let (open, token) = (Vec::new(), Vec::new());
        Self { open, state: State::Value, token, whitespace: 0, most_whitespace, line: 1, column: 0 }
    }

    /// The line of the last character that was read.
    pub(crate) fn line(&self) -> usize {
        self.line
    }

    /// The column of the last character that was read.
    pub(crate) fn column(&self) -> usize {
        self.column
    }

    /// Whether the value is complete. (A word at the top is not before something follows.)
    pub(crate) fn is_complete(&self) -> bool {
        self.open.is_empty() && matches!(self.state, State::AfterValue)
    }

    /// Reads up to the next event and takes from `input` what it read; nothing means that the piece is used up.
    pub(crate) fn next(&mut self, input: &mut &[u8]) -> Result<Option<Event>, Fault> {
        loop {
            if matches!(self.state, State::Text { escaped: false, .. }) {
                self.read_plain_text(input);
            }
            let Some((&byte, rest)) = input.split_first() else { return Ok(None) };
            if matches!(self.state, State::Word) && !is_of_word(byte) {
                self.state = State::AfterValue;
                return self.end_of_word().map(Some);
            }
            *input = rest;
            if byte == b'\n' {
                self.line += 1;
                self.column = 0;
            } else if byte & 0xC0 != 0x80 {
                self.column += 1;
            }
            if let Some(event) = self.read(byte)? {
                return Ok(Some(event));
            }
        }
    }

    /// Most of a reply is text in which nothing happens: it is taken in one go.
    fn read_plain_text(&mut self, input: &mut &[u8]) {
        let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..b' ');
        let length = input.iter().position(ends).unwrap_or(input.len());
        let Some((plain, rest)) = input.split_at_checked(length) else { return };
        self.token.extend_from_slice(plain);
        self.column += plain.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
        *input = rest;
    }

    fn read(&mut self, byte: u8) -> Result<Option<Event>, Fault> {
        match self.state {
            State::Text { is_key, escaped } => return self.read_text(byte, is_key, escaped),
            State::Word => {
                self.token.push(byte);
                return Ok(None);
            }
            _ => {}
        }
        if matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
            self.whitespace += 1;
            return if self.whitespace > self.most_whitespace { Err(Fault::Whitespace) } else { Ok(None) };
        }
        self.whitespace = 0;
        match (self.state, byte, self.open.last()) {
            (State::KeyOrEnd, b'}', _)
            | (State::ValueOrEnd, b']', _)
            | (State::AfterValue, b'}', Some(Some(_)))
            | (State::AfterValue, b']', Some(None)) => {
                self.open.pop();
                self.state = State::AfterValue;
                return Ok(Some(Event::End));
            }
            (State::Key | State::KeyOrEnd, b'"', _) => {
                self.begin_token(byte, State::Text { is_key: true, escaped: false })
            }
            (State::KeyOrEnd, ..) => {
                return Err(Fault::Syntax("a key in double quotes or a closing brace is expected"));
            }
            (State::Key, ..) => return Err(Fault::Syntax("a key in double quotes is expected")),
            (State::Colon, b':', _) => self.state = State::Value,
            (State::Colon, ..) => return Err(Fault::Syntax("a colon is expected")),
            (State::AfterValue, _, None) => return Err(Fault::Trailing),
            (State::AfterValue, b',', Some(Some(_))) => self.state = State::Key,
            (State::AfterValue, b',', Some(None)) => self.state = State::Value,
            (State::AfterValue, _, Some(Some(_))) => {
                return Err(Fault::Syntax("a comma or a closing brace is expected"));
            }
            (State::AfterValue, _, Some(None)) => {
                return Err(Fault::Syntax("a comma or a closing bracket is expected"));
            }
            (_, b'{', _) => return self.begin_collection(Some(Numbers::default()), State::KeyOrEnd, Event::Object),
            (_, b'[', _) => return self.begin_collection(None, State::ValueOrEnd, Event::Array),
            (_, b'"', _) => {
                self.begin_token(byte, State::Text { is_key: false, escaped: false });
                return Ok(Some(Event::Text));
            }
            _ if is_of_word(byte) => self.begin_token(byte, State::Word),
            _ => return Err(Fault::Syntax("a value is expected")),
        }
        Ok(None)
    }

    fn begin_collection(&mut self, keys: Option<Numbers>, state: State, event: Event) -> Result<Option<Event>, Fault> {
        if self.open.len() >= DEEPEST {
            return Err(Fault::Depth);
        }
        self.open.push(keys);
        self.state = state;
        Ok(Some(event))
    }

    fn begin_token(&mut self, byte: u8, state: State) {
        self.token.push(byte);
        self.state = state;
    }

    fn read_text(&mut self, byte: u8, is_key: bool, escaped: bool) -> Result<Option<Event>, Fault> {
        self.token.push(byte);
        self.state = State::Text { is_key, escaped: byte == b'\\' && !escaped };
        if byte < b' ' {
            return Err(Fault::Syntax("line breaks and other control characters in strings have to be escaped"));
        }
        if byte != b'"' || escaped {
            return Ok(None);
        }
        let text = String::from_utf8(std::mem::take(&mut self.token)).map(|text| text.parse());
        let Ok(Ok(Value::String(text))) = text else {
            return Err(Fault::Syntax(
                "a string has an escape sequence that there is not, or half of a surrogate pair",
            ));
        };
        self.state = if is_key { State::Colon } else { State::AfterValue };
        Ok(is_key.then(|| self.key(text)))
    }

    fn key(&mut self, name: String) -> Event {
        let line = self.line;
        let keys = self.open.last_mut().and_then(Option::as_mut);
        let earlier = keys.and_then(|keys| keys.insert(name.clone(), line));
        Event::Key { name, earlier }
    }

    fn end_of_word(&mut self) -> Result<Event, Fault> {
        let word = String::from_utf8(std::mem::take(&mut self.token)).unwrap_or_default();
        match word.parse() {
            Ok(Value::Null) => Ok(Event::Null),
            Ok(Value::Bool(_)) => Ok(Event::Boolean),
            Ok(Value::Number(_)) => Ok(Event::Number(word)),
            _ if word.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                Err(Fault::Syntax("words other than true, false and null have to be in double quotes"))
            }
            _ => Err(Fault::Syntax("a number is malformed or out of range")),
        }
    }
}

/// Whether a character may be part of a number, of `true`, `false` or `null`.
fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')
}

#[cfg(test)]
pub(crate) mod tests;
