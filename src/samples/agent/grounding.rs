//! Whether what an agent says was said before: values that appear in no message, no result and nothing else that the
//! agent was given are its own invention.

use serde_json::Value;

use crate::search;

/// Longer texts are written, not looked up.
const LONGEST_VALUE: usize = 80;
/// Shorter numbers are counts and limits.
const SHORTEST_NUMBER: usize = 3;
/// Shorter words with digits are names such as `utf8` or `md5sum`.
const SHORTEST_IDENTIFIER: usize = 6;
const SHORTEST_IDENTIFIER_IN_PROSE: usize = 8;
/// Names such as `python3` have one or two digits.
const FEWEST_DIGITS: usize = 3;

/// What was said, in the form in which it is searched.
#[derive(Clone, Default)]
pub struct Heard(String);

impl Heard {
    /// Takes note of a text.
    pub fn add(&mut self, text: &str) {
        self.0.push_str(&text.to_ascii_lowercase());
        self.0.push('\n');
    }

    /// Whether a value was said.
    pub fn has(&self, value: &str) -> bool {
        search::contains(&self.0, &value.to_ascii_lowercase())
    }
}

/// A value of a call that was not said before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ungrounded {
    /// The argument.
    pub argument: String,
    /// The value as a text.
    pub value: String,
    /// Whether it names something that exists: nothing that one can make up.
    pub is_identifier: bool,
}

/// The values among arguments that were not said before.
pub fn ungrounded(arguments: &Value, is_said: &dyn Fn(&str) -> bool) -> Vec<Ungrounded> {
    let mut found = Vec::new();
    collect(arguments, "", is_said, &mut found);
    found
}

fn collect(value: &Value, argument: &str, is_said: &dyn Fn(&str) -> bool, found: &mut Vec<Ungrounded>) {
    let text = match value {
        Value::Object(members) => {
            for (name, member) in members {
                collect(member, name, is_said, found);
            }
            return;
        }
        Value::Array(items) => {
            for item in items {
                collect(item, argument, is_said, found);
            }
            return;
        }
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_u64() || number.is_i64() => number.to_string(),
        _ => return,
    };
    let is_looked_up = is_token(&text) && (value.is_string() || text.len() >= SHORTEST_NUMBER);
    let is_identifier = names_identifiers(argument) || looks_like_identifier(&text, SHORTEST_IDENTIFIER);
    if (is_looked_up || (is_identifier && is_token(&text))) && !is_said(&text) {
        found.push(Ungrounded { argument: argument.to_owned(), value: text, is_identifier });
    }
}

/// Whether a text is one word, name, path or number.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST_VALUE && !text.contains(|c: char| c.is_ascii_whitespace())
}

/// Whether the arguments of this name say which thing is meant.
fn names_identifiers(argument: &str) -> bool {
    let is_camel = argument.ends_with("Id") || argument.ends_with("ID");
    let lower = argument.to_ascii_lowercase();
    let last = lower.rsplit(['_', '-', '.']).next().unwrap_or_default();
    is_camel || matches!(last, "id" | "ids" | "uuid" | "guid" | "sha" | "iban" | "sku")
}

/// Whether a word is the kind that systems give out: letters and several digits.
fn looks_like_identifier(word: &str, shortest: usize) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let letters = word.bytes().filter(u8::is_ascii_alphabetic).count();
    let is_plain = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    is_plain && word.len() >= shortest && digits >= FEWEST_DIGITS && letters > 0
}

/// The first identifier in a text that was not said before.
pub fn invented<'a>(text: &'a str, is_said: &dyn Fn(&str) -> bool) -> Option<&'a str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_')
        .map(|word| word.trim_matches(['-', '_']))
        .find(|word| looks_like_identifier(word, SHORTEST_IDENTIFIER_IN_PROSE) && !is_said(word))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_that_were_not_said_are_found_and_identifiers_among_them_are_told_apart() {
        let mut heard = Heard::default();
        heard.add("Where is order A-10482 of Ada? It weighs 1250 g.");
        let found = |arguments: Value| -> Vec<(String, bool)> {
            let is_said = |value: &str| heard.has(value);
            ungrounded(&arguments, &is_said).into_iter().map(|found| (found.value, found.is_identifier)).collect()
        };
        assert_eq!(found(json!({ "order_id": "a-10482", "weight": 1250, "limit": 10, "exact": true })), []);
        assert_eq!(found(json!({ "order_id": "A-10483" })), [("A-10483".to_owned(), true)]);
        assert_eq!(found(json!({ "orderId": 7 })), [("7".to_owned(), true)]);
        assert_eq!(found(json!({ "which": ["ada", "c3f9a1e2"] })), [("c3f9a1e2".to_owned(), true)]);
        assert_eq!(found(json!({ "path": "notes/new.md" })), [("notes/new.md".to_owned(), false)]);
        assert_eq!(found(json!({ "content": "A text that someone writes in 2024." })), []);
        assert_eq!(found(json!({ "encoding": "utf-8", "n": 3 })), [("utf-8".to_owned(), false)]);
    }

    #[test]
    fn identifiers_in_an_answer_have_to_come_from_somewhere() {
        let is_said = |value: &str| value == "ORD-12345";
        assert_eq!(invented("Your order ORD-12345 is on its way (SHA256, 2026-01-01).", &is_said), None);
        assert_eq!(invented("Your order is ORD-99999.", &is_said), Some("ORD-99999"));
    }
}
