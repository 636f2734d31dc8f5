//! One line of the input: a JSON object, read with what can be repaired repaired.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// Reads a line. Bytes that are no UTF-8, and halves of surrogate pairs, become U+FFFD: no reader of JSON takes them.
///
/// # Errors
/// What is wrong with it.
pub fn parse(line: &[u8]) -> Result<Map<String, Value>, String> {
    let text = String::from_utf8_lossy(line);
    let value = match text.parse::<Value>() {
        Ok(value) => Ok(value),
        Err(error) => match with_whole_pairs(&text) {
            Cow::Borrowed(_) => Err(error),
            Cow::Owned(repaired) => repaired.parse(),
        },
    };
    match value {
        Ok(Value::Object(row)) => Ok(row),
        Ok(_) => Err("it is not an object in braces".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// The text with the escapes of lone halves of surrogate pairs replaced.
fn with_whole_pairs(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut whole = String::new();
    let (mut at, mut kept) = (0, 0);
    while let Some(&byte) = bytes.get(at) {
        let unit = if byte == b'\\' { unit_at(bytes, at) } else { None };
        let length = match unit {
            Some(0xd800..0xdc00) if matches!(unit_at(bytes, at + 6), Some(0xdc00..0xe000)) => 12,
            Some(0xd800..0xe000) => {
                whole.push_str(text.get(kept..at).unwrap_or_default());
                whole.push_str("\\ufffd");
                kept = at + 6;
                6
            }
            // The character behind a backslash does not begin an escape.
            _ if byte == b'\\' => 2,
            _ => 1,
        };
        at += length;
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    whole.push_str(text.get(kept..).unwrap_or_default());
    Cow::Owned(whole)
}

/// The number of an escape such as `\ud83d`, if one begins here.
fn unit_at(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_reader_takes_is_replaced() {
        for (line, expected) in [
            (r#"{"a":"\ud800"}"#, "\u{fffd}"),
            (r#"{"a":"x\udc00y"}"#, "x\u{fffd}y"),
            (r#"{"a":"\ud800\ud83d\ude00"}"#, "\u{fffd}😀"),
            (r#"{"a":"\ud83d\ude00 é"}"#, "😀 é"),
            (r#"{"a":"\\ud800 \ud800"}"#, "\\ud800 \u{fffd}"),
            (r#"{"a":"1","a":"2"}"#, "2"),
        ] {
            assert_eq!(parse(line.as_bytes()).unwrap()["a"], expected, "{line}");
        }
        assert_eq!(parse(b"{\"a\":\"\xff\"}").unwrap()["a"], "\u{fffd}");
    }

    #[test]
    fn what_is_no_row_is_said() {
        for (line, part) in [("[1]", "object"), ("hello", "expected"), (r#"{"a":1"#, "EOF"), (r#"{"a":"\ud800"#, "EOF")]
        {
            assert!(parse(line.as_bytes()).unwrap_err().contains(part), "{line}");
        }
    }
}
