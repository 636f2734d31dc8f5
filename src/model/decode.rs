//! The JSON value in a model's text.
//!
//! A reply is taken as it is or not at all: what is cut off is not completed, and what two readers could understand
//! differently (a key that is written twice, an integer that loses digits) is refused.

use serde_json::Value;

use crate::json::{Event, Fault, Scanner};
use crate::search;

/// Integers up to here are the same number to every reader of JSON; JavaScript's numbers have no more digits.
const LARGEST_INTEGER: u64 = 1 << 53;
const DIGITS_OF_LARGEST: u32 = 16;
/// Longer keys and numbers are cut where a sentence repeats them.
const LONGEST_SHOWN: usize = 60;
/// A reply has one block of reasoning, sometimes two. The limit keeps hostile text from costing more than its length.
const MOST_THOUGHTS: usize = 8;

/// What models put around their reasoning; servers without a reasoning parser pass it on.
const THOUGHTS: &[(&str, &str)] =
    &[("<think>", "</think>"), ("<thinking>", "</thinking>"), ("<reasoning>", "</reasoning>"), ("[THINK]", "[/THINK]")];

/// Reads the JSON in a reply that should be nothing else. A code fence around it is no harm, nor are the model's
/// thoughts in front of it.
///
/// # Errors
/// A sentence for the model that says why its text is not usable.
pub fn json(text: &str) -> Result<Value, String> {
    read(without_fence(answer(text)?))
}

/// Finds the JSON in a reply that nothing kept from adding a few words: the first complete object or array, or rather
/// the first one that has a code fence of its own.
///
/// # Errors
/// A sentence for the model that says why its text is not usable.
pub fn json_in_prose(text: &str) -> Result<Value, String> {
    read(found(text)?)
}

/// Why a reader could misunderstand what was read, if so.
pub(super) fn objection(event: &Event) -> Option<String> {
    match event {
        Event::Key { name, earlier: Some(_) } => {
            let shown: String = name.chars().take(LONGEST_SHOWN).collect();
            let shown = serde_json::to_string(&shown).unwrap_or_default();
            Some(format!("the key {shown} is written twice in the same object"))
        }
        Event::Number(number) if loses_digits(number) => {
            let shown: String = number.chars().take(LONGEST_SHOWN).collect();
            Some(format!("the integer {shown} is beyond 2^53, where integers lose digits"))
        }
        _ => None,
    }
}

/// What is wrong with a text that is no JSON.
pub(super) fn not_json(fault: &Fault, scanner: &Scanner) -> String {
    let what = match fault {
        Fault::Syntax(what) => what,
        Fault::Depth => "it is nested too deeply",
        Fault::Whitespace => "there is too much whitespace in a row",
        Fault::Trailing => "there is more text after the end of the JSON",
    };
    format!("it is not valid JSON ({what} at line {} column {})", scanner.line(), scanner.column())
}

fn read(text: &str) -> Result<Value, String> {
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    match text.parse() {
        Ok(value) if needs_no_second_look(text, &value) => return Ok(value),
        _ => {}
    }
    let mut scanner = Scanner::new(usize::MAX);
    // The line break ends a number at the top.
    for mut piece in [text.as_bytes(), b"\n"] {
        while let Some(event) = scanner.next(&mut piece).map_err(|fault| not_json(&fault, &scanner))? {
            if let Some(objection) = objection(&event) {
                return Err(objection);
            }
        }
    }
    if !scanner.is_complete() {
        return Err(CUT_OFF.to_owned());
    }
    text.parse().map_err(|error: serde_json::Error| format!("it is not valid JSON ({error})"))
}

/// Whether no reader could misunderstand a text: it has as many keys as the value that was read from it, and no number
/// that is long. (Most replies are like that, and this costs a tenth of reading them closely.)
fn needs_no_second_look(text: &str, value: &Value) -> bool {
    let (mut keys, mut digits, mut is_text, mut is_escaped) = (0, 0, false, false);
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        rest = after;
        if is_text {
            is_text = *byte != b'"' || is_escaped;
            is_escaped = *byte == b'\\' && !is_escaped;
            continue;
        }
        is_text = *byte == b'"';
        keys += usize::from(*byte == b':');
        digits = if byte.is_ascii_digit() { digits + 1 } else { 0 };
        if digits >= DIGITS_OF_LARGEST {
            return false;
        }
    }
    keys == members(value)
}

fn members(value: &Value) -> usize {
    match value {
        Value::Object(fields) => fields.iter().map(|(_, field)| 1 + members(field)).sum(),
        Value::Array(items) => items.iter().map(members).sum(),
        _ => 0,
    }
}

const CUT_OFF: &str = "it is not valid JSON (it ends before the JSON does)";

fn loses_digits(number: &str) -> bool {
    let digits = number.strip_prefix('-').unwrap_or(number);
    // What has a fraction or an exponent claims no exactness.
    digits.bytes().all(|byte| byte.is_ascii_digit())
        && digits.parse::<u64>().map_or(true, |integer| integer > LARGEST_INTEGER)
}

/// What comes after the model's thoughts.
fn answer(text: &str) -> Result<&str, String> {
    let mut rest = text.trim();
    for _ in 0..MOST_THOUGHTS {
        match after_thought(rest) {
            Some("") => return Err("there is no answer after the reasoning".to_owned()),
            Some(after) => rest = after,
            None => break,
        }
    }
    Ok(rest)
}

/// What comes after the reasoning with which a text begins, if it does; nothing comes after reasoning without an end.
fn after_thought(text: &str) -> Option<&str> {
    for (open, close) in THOUGHTS {
        if let Some(thought) = text.strip_prefix(open) {
            return Some(search::split_once(thought, close).map_or("", |(_, after)| after.trim()));
        }
    }
    if text.starts_with("<|channel|>") || text.starts_with("<|start|>") {
        return Some(final_channel(text).unwrap_or_default());
    }
    after_unopened_thought(text)
}

/// What gpt-oss models say in the channel that is meant for the reader.
fn final_channel(text: &str) -> Option<&str> {
    let (_, message) = search::split_once(text, "<|channel|>final")?;
    let (_, answer) = search::split_once(message, "<|message|>")?;
    let answer = answer.trim_end();
    let end = ["<|return|>", "<|end|>"].iter().find_map(|end| answer.strip_suffix(end));
    Some(end.unwrap_or(answer).trim())
}

/// Some chat templates (DeepSeek's, Qwen's) end the prompt with the opening tag, so that a reply has the closing one
/// only. A tag within JSON is part of the data.
fn after_unopened_thought(text: &str) -> Option<&str> {
    // Searching for each of the tags takes longer than reading the reply.
    if !text.as_bytes().windows(2).any(|pair| matches!(pair, b"</" | b"[/")) {
        return None;
    }
    let mut from = 0;
    for _ in 0..MOST_THOUGHTS {
        let rest = text.get(from..)?;
        let ends =
            THOUGHTS.iter().filter_map(|(_, close)| search::find(rest, close).map(|at| (from + at, close.len())));
        let (at, length) = ends.min()?;
        match end_of_value_around(text, from, at) {
            Some(end) => from = end,
            None => return text.get(at + length..).map(str::trim),
        }
    }
    None
}

/// The end of the object or array that has the position `at` within it.
fn end_of_value_around(text: &str, mut from: usize, at: usize) -> Option<usize> {
    loop {
        let (start, attempt) = first_value(text.get(from..)?)?;
        let start = from + start;
        let end = match attempt {
            Attempt::Whole(length) => start + length,
            Attempt::CutOff => text.len(),
            Attempt::Broken(_) | Attempt::Prose(_) => return None,
        };
        if at < end {
            return (start <= at).then_some(end);
        }
        from = end;
    }
}

/// The content of a fenced code block, if the text is one.
fn without_fence(text: &str) -> &str {
    let Some(fenced) = text.strip_suffix("```").and_then(after_fence) else { return text };
    fenced.trim_end_matches('`').trim()
}

/// What comes after the opening of a fenced code block and its label.
fn after_fence(text: &str) -> Option<&str> {
    let fenced = text.strip_prefix("```")?.trim_start_matches('`');
    let label_end = fenced.find(|c: char| c.is_ascii_whitespace() || matches!(c, '{' | '[' | '"')).unwrap_or(0);
    fenced.get(label_end..).map(str::trim_start)
}

/// The part of a text that is its JSON.
fn found(text: &str) -> Result<&str, String> {
    let text = answer(text)?;
    let mut lines = text;
    while !lines.is_empty() {
        if let Some(fenced) = fenced_value(lines) {
            return Ok(fenced);
        }
        // A fence is at the beginning of a line, where none can be within JSON.
        lines = lines.split_once('\n').map_or("", |(_, lines)| lines);
    }
    match first_value(text) {
        Some((start, Attempt::Whole(length))) => Ok(text.get(start..start + length).unwrap_or_default()),
        Some((_, Attempt::CutOff)) => Err(CUT_OFF.to_owned()),
        Some((_, Attempt::Broken(reason))) => Err(reason),
        _ if text.is_empty() => Err("it is empty".to_owned()),
        _ => Err("it contains no JSON object or array".to_owned()),
    }
}

/// The object or array that is all there is in the code block with which a text begins. The end of the text may also
/// end the block: a server can be told to stop there.
fn fenced_value(text: &str) -> Option<&str> {
    let fenced = after_fence(text.trim_start_matches([' ', '\t']))?;
    let Attempt::Whole(end) = value_at(fenced) else { return None };
    let (value, after) = fenced.split_at_checked(end)?;
    let after = after.trim_start();
    (after.is_empty() || after.starts_with("```")).then_some(value)
}

/// What an attempt to read an object or array from the beginning of a text came to.
enum Attempt {
    /// It has this many bytes.
    Whole(usize),
    /// The text ends first.
    CutOff,
    /// It is not valid; the sentence says why.
    Broken(String),
    /// It is none, and none begins within this many bytes.
    Prose(usize),
}

/// The position of the first object or array, and how reading it went. A bracket that nothing like JSON follows belongs
/// to the prose; what begins like JSON and is broken ends the search, as what is found inside of it would be a fragment.
fn first_value(text: &str) -> Option<(usize, Attempt)> {
    let mut from = 0;
    loop {
        let start = from + text.get(from..)?.find(['{', '['])?;
        match value_at(text.get(start..)?) {
            Attempt::Prose(length) => from = start + length.max(1),
            attempt => return Some((start, attempt)),
        }
    }
}

fn value_at(text: &str) -> Attempt {
    if !text.starts_with(['{', '[']) {
        return Attempt::Prose(0);
    }
    let mut scanner = Scanner::new(usize::MAX);
    let mut rest = text.as_bytes();
    let mut is_like_json = false;
    loop {
        match scanner.next(&mut rest) {
            Ok(Some(Event::End)) if scanner.is_complete() => return Attempt::Whole(text.len() - rest.len()),
            Ok(Some(event)) => is_like_json |= matches!(event, Event::Key { .. } | Event::Text),
            Ok(None) => return Attempt::CutOff,
            Err(fault) if is_like_json || fault == Fault::Depth => {
                return Attempt::Broken(not_json(&fault, &scanner));
            }
            // The character that does not fit may itself begin a value.
            Err(_) => return Attempt::Prose(text.len() - rest.len() - 1),
        }
    }
}

#[cfg(test)]
mod tests;
