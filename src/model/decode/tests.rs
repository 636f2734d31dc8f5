use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::json::tests::values;

#[test]
fn finds_the_json_in_what_servers_send() {
    let table = [
        r#"{"a":1}"#,
        " \n{\"a\":1}\n",
        "```json\n{\"a\":1}\n```",
        "```\n{\"a\":1}```",
        "````json\n{\"a\":1}\n````",
        "```json{\"a\":1}```",
        "<think>hmm {\"a\":2}</think>\n{\"a\":1}",
        "<think></think>```json {\"a\":1} ```",
        "<think>\nfirst\n</think>\n\n<think>second</think>{\"a\":1}",
        "<thinking>is </think> a tag?</thinking>{\"a\":1}",
        "<reasoning>so</reasoning> {\"a\":1}",
        "[THINK]so[/THINK]{\"a\":1}",
        "Let me see, {\"a\":2} is wrong.\n</think>\n\n{\"a\":1}",
        "{x} and {\"a\":2} are wrong</think>{\"a\":1}",
        "[1] [2] [3] [4] [5] [6] [7] [8] [9] [10] agree.</think>{\"a\":1}",
        "I could say {\"a\":2}</think>```json\n{\"a\":1}\n```",
        "<|channel|>analysis<|message|>Is it {\"a\":2}?<|end|><|start|>assistant<|channel|>final<|message|>{\"a\":1}",
        "<|channel|>final <|constrain|>json<|message|>{\"a\":1}<|return|>",
        "<|start|>assistant<|channel|>final<|message|>```json\n{\"a\":1}\n```<|end|>",
    ];
    for text in table {
        assert_eq!(json(text), Ok(json!({"a": 1})), "{text}");
        assert_eq!(json_in_prose(text), Ok(json!({"a": 1})), "{text}");
    }
}

#[test]
fn never_guesses_at_what_is_missing() {
    for text in [
        "",
        "   ",
        "{\"a\":",
        "{\"a\":1",
        "[{\"a\":1},{\"a\":2}",
        "```json\n{\"a\":1",
        "```json\n[{\"a\":1},\n```",
        "Sure! Here it is.",
        "<think>{\"a\":1}",
        "[THINK]{\"a\":1}",
        "<|channel|>analysis<|message|>{\"a\":1}",
        "{\"a\":\"</think>{}",
        "\"\\ud800\"",
        "[\"\\udc00\\ud800\"]",
        "{\"a\":NaN}",
        "{\"a\":1,}",
        "{'a':1}",
        "{\"a\":1e999}",
    ] {
        assert!(json(text).is_err(), "{text}");
        assert!(json_in_prose(text).is_err(), "{text}");
    }
    assert!(json("{\"a\":1}{\"a\":2}").is_err());
    assert!(json("Sure! {\"a\":1}").is_err());
    assert!(json("{\"a\":1} I hope this helps").is_err());
}

#[test]
fn finds_json_in_prose() {
    let table = [
        "Sure! Here it is: {\"a\":1}\nI hope this helps {or not}.",
        "[Note] The set {x, y} in [0, 1) has {\"a\":1}",
        "Like {\"b\":2}, but:\n```json\n{\"a\":1}\n```\nDone.",
        "```python\nprint([x for x in y])\n```\nand\n  ```\n  {\"a\":1}\n  ```",
        "Here:\n```json\n{\"a\":1}",
        "Here: ```json {\"a\":1}``` it is",
        "A list [{\"a\" is no JSON yet</think>Here: {\"a\":1}.",
        "Two: {\"a\":1} and {\"a\":2}",
    ];
    for text in table {
        assert_eq!(json_in_prose(text), Ok(json!({"a": 1})), "{text}");
    }
    let tricky = json!({"a": "</think>\n```json\n{}\n```", "b": "[/THINK]"});
    let text = format!("See [1, 2] first? No.\n```json\n{tricky}\n```");
    assert_eq!(json_in_prose(&text), Ok(tricky.clone()));
    assert_eq!(json_in_prose(&format!("Here: {tricky}.")), Ok(tricky));
}

#[test]
fn a_fragment_of_broken_json_is_not_its_value() {
    for text in ["{\"a\": {\"b\": 1}, oops}", "Sure: [{\"b\": 1}, {\"b\": oops}, {\"b\": 2}]", "{\"a\" {\"b\": 1}}"] {
        assert!(json_in_prose(text).is_err(), "{text}");
    }
    let deep = format!("Sure: {}{}", "[".repeat(200), "]".repeat(200));
    assert!(json_in_prose(&deep).unwrap_err().contains("nested too deeply"));
}

#[test]
fn refuses_what_two_readers_could_understand_differently() {
    for (text, reason) in [
        ("{\"a\":1,\"a\":1}", "the key \"a\" is written twice in the same object"),
        ("[{\"b\":{\"a\":1,\"\\u0061\":2}}]", "the key \"a\" is written twice in the same object"),
        ("{\"a\":9007199254740993}", "the integer 9007199254740993 is beyond 2^53, where integers lose digits"),
        ("[-9007199254740993]", "the integer -9007199254740993 is beyond 2^53, where integers lose digits"),
        (
            "123456789012345678901234567890",
            "the integer 123456789012345678901234567890 is beyond 2^53, where integers lose digits",
        ),
    ] {
        assert_eq!(json(text), Err(reason.to_owned()));
    }
    for text in ["{\"a\":{\"a\":1},\"b\":{\"a\":1}}", "[9007199254740992]", "-9007199254740992", "[1e300, 0.1]"] {
        assert!(json(text).is_ok(), "{text}");
    }
    let long = format!("{{\"{0}\":1,\"{0}\":1}}", "k".repeat(5000));
    assert!(json(&long).unwrap_err().len() < 200);
}

#[test]
fn says_to_the_model_what_is_wrong() {
    for (text, reason) in [
        ("", "it is empty"),
        ("<think>Hm.</think> ", "there is no answer after the reasoning"),
        ("<think>Hm.", "there is no answer after the reasoning"),
        ("{\"a\": [1, 2", "it is not valid JSON (it ends before the JSON does)"),
        (
            "{\"a\": 1}\n{\"a\": 2}",
            "it is not valid JSON (there is more text after the end of the JSON at line 2 column 1)",
        ),
        ("{\"é\": 'b'}", "it is not valid JSON (a value is expected at line 1 column 7)"),
    ] {
        assert_eq!(json(text), Err(reason.to_owned()));
    }
    assert_eq!(json_in_prose("I cannot."), Err("it contains no JSON object or array".to_owned()));
    assert_eq!(json_in_prose("Ok: {\"a\": 1"), Err("it is not valid JSON (it ends before the JSON does)".to_owned()));
}

#[test]
fn reads_as_deep_as_the_limit_and_no_deeper() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(json(&nested(127)).is_ok());
    assert!(json(&nested(128)).unwrap_err().contains("nested too deeply"));
    assert!(json(&"[".repeat(1_000_000)).unwrap_err().contains("nested too deeply"));
}

#[test]
fn hostile_text_costs_no_more_than_its_length() {
    for part in ["</think>", "{", "[", "[1,", "{\"a\":\"</think>\"}", "```json\n[", "[0 </think>", "<think>", "```\n"] {
        let text = part.repeat(10_000);
        let _ = json(&text);
        let _ = json_in_prose(&text);
        let _ = json_in_prose(&format!("x{text}"));
    }
}

/// Objects and arrays, with strings that look like what is put around them.
fn answers() -> impl Strategy<Value = Value> {
    let tricky = prop::sample::select(vec![
        "</think>",
        "<think>",
        "[/THINK]",
        "```",
        "\n```json\n{}\n```\n",
        "{\"a\":1}",
        "\\",
        "<|channel|>final<|message|>",
        "<|end|>",
    ]);
    (values(), tricky, any::<bool>()).prop_map(|(value, tricky, in_array)| {
        if in_array { json!([tricky, value]) } else { json!({tricky: value, "b": [tricky]}) }
    })
}

/// Prose and pieces of markup, thrown together.
fn soup() -> impl Strategy<Value = String> {
    let parts = prop::sample::select(vec![
        "<think>",
        "</think>",
        "[THINK]",
        "[/THINK]",
        "```",
        "```json",
        "\n",
        " ",
        "{",
        "}",
        "[",
        "]",
        "\"",
        ":",
        ",",
        "1",
        "\"a\"",
        "{\"a\":1}",
        "[1,2]",
        "word",
        "é",
        "<|channel|>",
        "final",
        "<|message|>",
        "<|end|>",
        "\\",
        "\u{0}",
    ]);
    prop::collection::vec(parts, 0..20).prop_map(|parts| parts.concat())
}

fn written(value: &Value, pretty: bool) -> String {
    if pretty { serde_json::to_string_pretty(value).unwrap() } else { value.to_string() }
}

proptest! {
    #[test]
    fn an_answer_is_found_whatever_is_around_it(answer in answers(), pretty: bool, thought in "[a-z ,.\n]{0,30}") {
        let text = written(&answer, pretty);
        let fenced = format!("```json\n{text}\n```");
        for inner in [&text, &fenced] {
            for wrapped in [
                inner.clone(),
                format!("\n{inner} "),
                format!("<think>{thought}</think>{inner}"),
                format!("<thinking>{thought}\n</thinking>\n{inner}"),
                format!("<reasoning>{thought}</reasoning>\n\n{inner}"),
                format!("[THINK]{thought}[/THINK]{inner}"),
                format!("{thought}</think>\n{inner}"),
                format!("{thought}{{\"draft\": 1}} [1] {thought}</think>\n{inner}"),
                format!(
                    "<|channel|>analysis<|message|>{thought}<|end|><|start|>assistant<|channel|>final<|message|>{inner}"
                ),
                format!("<|channel|>final<|message|>{inner}<|return|>"),
            ] {
                prop_assert_eq!(json(&wrapped), Ok(answer.clone()), "{}", wrapped);
                prop_assert_eq!(json_in_prose(&wrapped), Ok(answer.clone()), "{}", wrapped);
            }
            for wrapped in [format!("{thought}\n{inner}\n{thought}"), format!("<think></think>{thought}\n{inner}")] {
                prop_assert_eq!(json_in_prose(&wrapped), Ok(answer.clone()), "{}", wrapped);
            }
        }
    }

    #[test]
    fn what_is_found_is_a_whole_value_of_the_text(text in soup()) {
        if let Ok(value) = json_in_prose(&text) {
            let found = found(&text).unwrap();
            prop_assert!(text.contains(found));
            prop_assert_eq!(serde_json::from_str::<Value>(found).unwrap(), value);
        }
        if let Ok(value) = json(&text) {
            let written = (0..text.len()).any(|start| {
                let mut values = serde_json::Deserializer::from_str(text.get(start..).unwrap_or_default()).into_iter();
                values.next().is_some_and(|read: serde_json::Result<Value>| read.is_ok_and(|read| read == value))
            });
            prop_assert!(written);
        }
    }

    #[test]
    fn a_part_of_an_answer_is_none(answer in answers(), pretty: bool, at: prop::sample::Index) {
        let text = written(&answer, pretty);
        let cut: String = text.chars().take(at.index(text.chars().count())).collect();
        prop_assert!(json(&cut).is_err());
        prop_assert!(json_in_prose(&cut).is_err());
    }

    #[test]
    fn arbitrary_text_is_no_danger(text: String, soup in soup()) {
        for text in [text, soup] {
            let _ = json(&text);
            let _ = json_in_prose(&text);
        }
    }
}
