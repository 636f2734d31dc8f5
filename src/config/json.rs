//! JSON text to a value, and the line of each key.
//!
//! `serde_json` reads the value. It keeps the last of two equal keys and no positions, so a second walk over the text,
//! which is known to be well formed by then, finds both.

use serde_json::Value;

use super::lines::{Lines, push_index, push_key};
use super::source::{Document, Problem};
use crate::json::{Event, Scanner};
use crate::search;

/// Reads one document.
pub(super) fn read(text: &str) -> Result<Document, Problem> {
    match text.parse::<Value>() {
        Ok(value) => Ok(Document { value, lines: walk(text)? }),
        Err(error) => {
            let message = error.to_string();
            let what = search::split_once(&message, " at line ").map_or(message.as_str(), |(what, _)| what);
            let what = format!("this is not valid JSON: {what} (line {}, column {})", error.line(), error.column());
            Err(Problem::new(&what, "check the quotes and commas in this line and the one before it"))
        }
    }
}

/// A collection that is not closed yet: where its path ends, and the items so far if it is an array.
struct Frame {
    path_len: usize,
    items: Option<usize>,
}

fn walk(text: &str) -> Result<Lines, Problem> {
    let mut lines = Lines::default();
    let mut path = String::new();
    let mut frames: Vec<Frame> = Vec::new();
    let mut scanner = Scanner::new(usize::MAX);
    let mut rest = text.as_bytes();

    while let Ok(Some(event)) = scanner.next(&mut rest) {
        let line = scanner.line();
        if event == Event::End {
            frames.pop();
            continue;
        }
        if let Some(frame) = frames.last_mut()
            && let Some(items) = &mut frame.items
        {
            path.truncate(frame.path_len);
            push_index(&mut path, *items);
            lines.record_inherited(&path, line);
            *items += 1;
        }
        match event {
            Event::Key { name, earlier } => {
                path.truncate(frames.last().map_or(0, |frame| frame.path_len));
                push_key(&mut path, &name);
                lines.record(&path, line);
                if let Some(earlier) = earlier {
                    let what = format!("the key is written twice, first on line {earlier} (line {line})");
                    return Err(Problem::new(&what, "keep one of the two").at(&path));
                }
            }
            Event::Object => frames.push(Frame { path_len: path.len(), items: None }),
            Event::Array => frames.push(Frame { path_len: path.len(), items: Some(0) }),
            _ => {}
        }
    }
    Ok(lines)
}
