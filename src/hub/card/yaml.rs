//! Values as YAML, in block form as people write it. Whatever could be read as something else is quoted.

use serde_json::Value;

/// An object as the lines of a document.
pub fn write(value: &Value) -> String {
    let mut lines = String::new();
    block(value, 0, &mut lines);
    lines
}

fn block(value: &Value, indent: usize, lines: &mut String) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                pad(indent, lines);
                lines.push_str(&scalar(key));
                lines.push(':');
                entry(value, indent, lines);
            }
        }
        Value::Array(items) => {
            for item in items {
                if is_block(item) {
                    let mut inner = String::new();
                    block(item, indent + 2, &mut inner);
                    pad(indent, lines);
                    lines.push_str("- ");
                    lines.push_str(inner.get(indent + 2..).unwrap_or_default());
                } else {
                    pad(indent, lines);
                    lines.push('-');
                    entry(item, indent, lines);
                }
            }
        }
        _ => {}
    }
}

/// What follows a key or a dash.
fn entry(value: &Value, indent: usize, lines: &mut String) {
    if is_block(value) {
        lines.push('\n');
        // A list may stand below its key without going in.
        block(value, if value.is_array() { indent } else { indent + 2 }, lines);
        return;
    }
    lines.push(' ');
    match value {
        Value::String(text) => lines.push_str(&scalar(text)),
        // Numbers, words and empty collections are the same in JSON.
        other => lines.push_str(&json(other)),
    }
    lines.push('\n');
}

fn is_block(value: &Value) -> bool {
    match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    }
}

fn pad(indent: usize, lines: &mut String) {
    (0..indent).for_each(|_| lines.push(' '));
}

fn json(value: &Value) -> String {
    // Values always serialise.
    serde_json::to_string(value).unwrap_or_default()
}

/// Words that are no texts in one version of YAML or another.
const WORDS: [&str; 10] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan"];

/// A text as it is, if it can only be read as that, or else in double quotes.
fn scalar(text: &str) -> String {
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-./*".contains(&byte))
        && !WORDS.iter().any(|word| word.eq_ignore_ascii_case(text));
    if is_plain { text.to_owned() } else { quoted(text) }
}

/// JSON's quotes are YAML's too, but YAML wants more characters escaped.
fn quoted(text: &str) -> String {
    let mut quoted = String::new();
    for c in json(&text.into()).chars() {
        let number = u32::from(c);
        match number {
            0x7f..=0xa0 | 0x2028..=0x202f | 0x2066..=0x2069 | 0xfeff | 0xfffe | 0xffff => {
                quoted.push_str(&format!("\\u{number:04x}"));
            }
            _ => quoted.push(c),
        }
    }
    quoted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_looks_as_people_write_it() {
        let value = json!({
            "tags": ["synthetic", "no", "a: b"],
            "configs": [{ "config_name": "default", "data_files": [{ "split": "train", "path": "data/train-*.jsonl" }] }],
            "nested": { "list": [{ "name": "x", "list": "string" }], "empty": [], "size": 12 },
        });
        let expected = r#"tags:
- synthetic
- "no"
- "a: b"
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*.jsonl
nested:
  list:
  - name: x
    list: string
  empty: []
  size: 12
"#;
        assert_eq!(write(&value), expected);
    }

    #[test]
    fn nothing_in_a_text_is_read_as_yaml() {
        for text in [
            "",
            "#",
            "- a",
            "a: b",
            "1e3",
            "~",
            "x\n---\ny",
            "\u{85}",
            "\u{2028}",
            "\u{feff}a",
            "'\"",
            "*a",
            "&a",
            "!a",
            "null",
        ] {
            let written = write(&json!({ "key": text }));
            assert_eq!(written.lines().count(), 1, "{written}");
            assert_eq!(crate::config::parse_yaml(&written).unwrap(), json!({ "key": text }), "{written}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(texts in prop::collection::vec("\\PC{0,12}|[a-z0-9:#\\-\n\t ]{0,6}", 1..5)) {
            let value = json!({ "list": texts, "inner": [{ "first": texts[0], "second": [texts[0]] }] });
            prop_assert_eq!(crate::config::parse_yaml(&write(&value)).unwrap(), value);
        }
    }
}
