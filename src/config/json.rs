//! JSON text to a value, and the line of each key.
//!
//! `serde_json` reads the value. It keeps the last of two equal keys and no positions, so a second walk over the text,
//! which is known to be well formed by then, finds both.

use std::collections::HashMap;

use serde_json::Value;

use super::lines::{Lines, push_index, push_key};
use super::source::{Document, Problem};

/// Reads one document.
pub(super) fn read(text: &str) -> Result<Document, Problem> {
    match serde_json::from_str(text) {
        Ok(value) => Ok(Document { value, lines: walk(text)? }),
        Err(error) => {
            let message = error.to_string();
            let what = message.split_once(" at line ").map_or(message.as_str(), |(what, _)| what);
            let what = format!("this is not valid JSON: {what} (line {}, column {})", error.line(), error.column());
            Err(Problem::new(&what, "check the quotes and commas in this line and the one before it"))
        }
    }
}

/// A collection that is not closed yet, and where its path ends.
struct Frame {
    path_len: usize,
    kind: Kind,
}

enum Kind {
    /// The lines of the keys so far, and whether a key is due.
    Object { keys: HashMap<String, usize>, key_due: bool },
    /// The items so far.
    Array { items: usize },
}

fn walk(text: &str) -> Result<Lines, Problem> {
    let mut lines = Lines::default();
    let mut path = String::new();
    let mut frames: Vec<Frame> = Vec::new();
    let mut line = 1;
    let mut rest = text;

    while let Some(first) = rest.chars().next() {
        let length = if first == '"' { string_length(rest) } else { first.len_utf8() };
        let Some((token, after)) = rest.split_at_checked(length) else { break };
        rest = after;
        match first {
            '\n' => line += 1,
            '}' | ']' => {
                frames.pop();
            }
            ',' => match frames.last_mut().map(|frame| &mut frame.kind) {
                Some(Kind::Object { key_due, .. }) => *key_due = true,
                Some(Kind::Array { items }) => *items += 1,
                None => {}
            },
            ' ' | '\t' | '\r' | ':' => {}
            _ => {
                if let Some(Frame { path_len, kind }) = frames.last_mut() {
                    match kind {
                        Kind::Object { keys, key_due } if *key_due => {
                            *key_due = false;
                            let Ok(Value::String(key)) = serde_json::from_str(token) else { continue };
                            path.truncate(*path_len);
                            push_key(&mut path, &key);
                            lines.record(&path, line);
                            if let Some(earlier) = keys.insert(key, line) {
                                let what = format!("the key is written twice, first on line {earlier} (line {line})");
                                return Err(Problem::new(&what, "keep one of the two").at(&path));
                            }
                        }
                        Kind::Object { .. } => {}
                        Kind::Array { items } => {
                            path.truncate(*path_len);
                            push_index(&mut path, *items);
                            lines.record_inherited(&path, line);
                        }
                    }
                }
                match first {
                    '{' => {
                        let kind = Kind::Object { keys: HashMap::new(), key_due: true };
                        frames.push(Frame { path_len: path.len(), kind });
                    }
                    '[' => frames.push(Frame { path_len: path.len(), kind: Kind::Array { items: 0 } }),
                    _ => {}
                }
            }
        }
    }
    Ok(lines)
}

/// The bytes of the string that begins here, with both quotes.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (index, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return index + 1,
            _ => {}
        }
    }
    text.len()
}
