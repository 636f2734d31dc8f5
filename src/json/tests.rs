//! The scanner knows the same JSON as `serde_json`, and more about it.

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// The events of a text that arrives in pieces.
fn scan(pieces: &[&[u8]]) -> Result<(Vec<Event>, bool), Fault> {
    let mut scanner = Scanner::new(usize::MAX);
    let mut events = Vec::new();
    // The line break ends a number at the top.
    for piece in pieces.iter().copied().chain([b"\n".as_slice()]) {
        let mut rest = piece;
        while let Some(event) = scanner.next(&mut rest)? {
            events.push(event);
        }
        assert!(rest.is_empty());
    }
    Ok((events, scanner.is_complete()))
}

fn is_json(text: &str) -> bool {
    scan(&[text.as_bytes()]).is_ok_and(|(_, complete)| complete)
}

#[test]
fn pointers_lead_where_those_of_serde_json_lead() {
    let value = json!({ "a": [1, { "b~/c": 2, "": 3 }], "~1": 4, "x": null });
    for pointer in ["", "/a", "/a/0", "/a/1/b~0~1c", "/a/1/", "/~01", "/a/2", "/a/x", "/x", "/x/y", "a", "a/0", "/"] {
        assert_eq!(at(&value, pointer), value.pointer(pointer), "{pointer}");
        if !pointer.contains('~') {
            assert_eq!(at_mut(&mut value.clone(), pointer), value.clone().pointer_mut(pointer), "{pointer}");
        }
    }
}

#[test]
fn tells_what_is_read_in_order() {
    let key = |name: &str| Event::Key { name: name.to_owned(), earlier: None };
    let (events, complete) = scan(&[br#"{"a": [1.50, "x", true], "b\n": {"a": null}}"#]).unwrap();
    assert!(complete);
    let number = Event::Number("1.50".to_owned());
    let end = || Event::End;
    let inner = [Event::Array, number, Event::Text, Event::Boolean, end()];
    let mut expected = vec![Event::Object, key("a")];
    expected.extend(inner);
    expected.extend([key("b\n"), Event::Object, key("a"), Event::Null, end(), end()]);
    assert_eq!(events, expected);
}

#[test]
fn finds_keys_that_are_written_twice_however_they_are_written() {
    let (events, _) = scan(&[b"{\"a\": 1,\n\"b\": {\"a\": 2},\n\"\\u0061\": 3}"]).unwrap();
    let repeated: Vec<_> =
        events.iter().filter(|event| matches!(event, Event::Key { earlier: Some(1), name } if name == "a")).collect();
    assert_eq!(repeated.len(), 1);
}

#[test]
fn reads_as_deep_as_serde_json() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        for depth in [DEEPEST, DEEPEST + 1] {
            let text = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            assert_eq!(is_json(&text), depth <= DEEPEST);
            assert_eq!(serde_json::from_str::<Value>(&text).is_ok(), depth <= DEEPEST);
        }
    }
    assert_eq!(scan(&["[".repeat(500).as_bytes()]), Err(Fault::Depth));
}

#[test]
fn says_why_a_text_cannot_become_json() {
    for (text, reason) in [
        ("{'a': 1}", "a key in double quotes or a closing brace is expected"),
        ("{\"a\": 1,}", "a key in double quotes is expected"),
        ("{\"a\" 1}", "a colon is expected"),
        ("{\"a\": 1 \"b\"", "a comma or a closing brace is expected"),
        ("[1 2", "a comma or a closing bracket is expected"),
        ("[1, ]", "a value is expected"),
        ("[None,", "words other than true, false and null have to be in double quotes"),
        ("[_", "a value is expected"),
        ("[nul]", "words other than true, false and null have to be in double quotes"),
        ("[01,", "a number is malformed or out of range"),
        ("[1e999,", "a number is malformed or out of range"),
        ("[\"a\nb", "line breaks and other control characters in strings have to be escaped"),
    ] {
        assert_eq!(scan(&[text.as_bytes()]), Err(Fault::Syntax(reason)), "{text}");
    }
    for escape in ["\\x", "\\u12g", "\\ud83d", "\\ud83dx", "\\ud83d\\n", "\\ude00", "\\ud83d\\ud83d", "\\u+123"] {
        let reason = "a string has an escape sequence that there is not, or half of a surrogate pair";
        for text in [format!("[\"{escape}\""), format!("{{\"{escape}\"")] {
            assert_eq!(scan(&[text.as_bytes()]), Err(Fault::Syntax(reason)), "{text}");
        }
    }
    assert_eq!(scan(&[b"{} {"]), Err(Fault::Trailing));
}

#[test]
fn whitespace_is_counted_outside_of_strings_only() {
    let mut scanner = Scanner::new(3);
    let mut rest = b"[   1,   \"      \"   ,    ".as_slice();
    let mut read = || scanner.next(&mut rest);
    assert_eq!(read(), Ok(Some(Event::Array)));
    assert_eq!(read(), Ok(Some(Event::Number("1".to_owned()))));
    assert_eq!(read(), Ok(Some(Event::Text)));
    assert_eq!(read(), Err(Fault::Whitespace));
}

/// Text that is JSON, or nearly.
fn near_json() -> impl Strategy<Value = String> {
    let parts = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        " ",
        "\n",
        "\"",
        "\"a\"",
        "\"b\":",
        "\\",
        "\\u",
        "d83d",
        "\\ude00",
        "1",
        "-",
        "0.5",
        "e",
        "E+2",
        ".",
        "true",
        "false",
        "null",
        "nul",
        "é",
        "\u{1}",
        "{}",
        "[]",
        "{\"a\":1}",
        "[1,2]",
    ]);
    prop::collection::vec(parts, 0..12).prop_map(|parts| parts.concat())
}

/// Any value. Numbers are such that reading and writing keeps them.
pub(crate) fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..5)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn knows_the_same_json_as_serde_json(text in near_json()) {
        prop_assert_eq!(is_json(&text), serde_json::from_str::<Value>(&text).is_ok());
    }

    #[test]
    fn knows_as_well_as_serde_json_what_a_slip_does(value in values(), at: prop::sample::Index, slip in near_json()) {
        let mut text: Vec<char> = value.to_string().chars().collect();
        let at = at.index(text.len());
        text.splice(at..=at, slip.chars());
        let text: String = text.into_iter().collect();
        prop_assert_eq!(is_json(&text), serde_json::from_str::<Value>(&text).is_ok());
    }

    #[test]
    fn accepts_every_value(value in values(), pretty: bool) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        prop_assert!(is_json(&text.unwrap()));
    }

    #[test]
    fn never_takes_json_for_hopeless_before_it_ends(value in values(), at: prop::sample::Index) {
        let text = json!([value]).to_string();
        let (beginning, _) = text.as_bytes().split_at(at.index(text.len()));
        let mut scanner = Scanner::new(usize::MAX);
        let mut rest = beginning;
        while scanner.next(&mut rest).unwrap().is_some() {}
        prop_assert!(!scanner.is_complete());
    }

    #[test]
    fn reads_the_same_wherever_the_text_is_split(text in near_json(), at: prop::sample::Index) {
        let (first, second) = text.as_bytes().split_at(at.index(text.len() + 1));
        prop_assert_eq!(scan(&[first, second]), scan(&[text.as_bytes()]));
    }

    #[test]
    fn arbitrary_bytes_are_no_danger(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = scan(&[&bytes]);
    }
}
