//! Nothing that is passed in can bring the library down.

use super::published;
use crate::config::{check, parse};
use crate::error::Code;

const SAMPLE: &str = r#"# comment
x-base: &base {temperature: 0.5, model: "gpt\u00e9"}
topics:
  prompt: >-
    Rivers of
    Europe
  llm: {<<: *base, temperature: .7}
  save_as: 'it''s.jsonl'
generation:
  system_prompt: |+
    Write

  conversation: {type: cot, ? reasoning_style : agent}
  tools:
    components: {builtin: [read_file, "write_file"]}
output:
  num_samples: 50%
  include_system_message: !!bool true
"#;

/// One error, of the code for configurations.
#[track_caller]
fn refused(text: &str) -> String {
    let error = parse(text).unwrap_err();
    assert_eq!(error.code(), Code::Config);
    assert_eq!(error.issues().len(), 1, "{error}");
    error.message().to_owned()
}

#[test]
fn the_sample_works() {
    assert_eq!(check(SAMPLE), []);
}

#[test]
fn survives_truncation_at_every_byte() {
    let mut texts = vec![("sample".to_owned(), SAMPLE.to_owned())];
    texts.extend(published::texts().into_iter().filter(|(name, _)| name == "agent-tools.yaml"));
    texts.push(("json".to_owned(), super::agentic().to_string()));
    for (_, text) in texts {
        for (end, _) in text.char_indices() {
            let _ = parse(&text[..end]);
        }
    }
}

#[test]
fn survives_every_byte_being_replaced() {
    for (at, character) in SAMPLE.char_indices() {
        for other in [
            "", "\0", "\t", "\n", "\r", ":", "-", "?", "[", "]", "{", "}", "'", "\"", "\\", "&", "*", "!", "|", "%",
            "#", "\u{feff}", "\u{2028}",
        ] {
            let text = format!("{}{other}{}", &SAMPLE[..at], &SAMPLE[at + character.len_utf8()..]);
            let _ = check(&text);
        }
    }
}

#[test]
fn refuses_deep_nesting_without_a_stack() {
    let deep = 100_000;
    for text in [
        "[".repeat(deep),
        "{".repeat(deep),
        "{\"a\":".repeat(deep),
        format!("a: {}", "[".repeat(deep)),
        "- ".repeat(deep),
        "? ".repeat(deep),
        (0..300).map(|level| format!("{}a:\n", " ".repeat(level))).collect(),
        (0..300).map(|level| format!("{}- \n", " ".repeat(level))).collect(),
        format!("{}1{}", "{\"a\":".repeat(100), "}".repeat(100)),
    ] {
        let message = refused(&text);
        let said = ["deep", "recursion limit", "a key must be text"].iter().any(|part| message.contains(part));
        assert!(said, "{message}");
    }
}

#[test]
fn refuses_bombs_of_aliases() {
    let laughs: String =
        (1..40).map(|level| format!("a{level}: &a{level} [{}]\n", format!("*a{},", level - 1).repeat(9))).collect();
    assert!(refused(&format!("a0: &a0 [x, x, x]\n{laughs}")).contains("8 MB"));

    let chain: String = (1..500).map(|level| format!("a{level}: &a{level} [*a{}]\n", level - 1)).collect();
    assert!(refused(&format!("a0: &a0 [x]\n{chain}")).contains("64 levels"));

    let merges: String =
        (1..5000).map(|level| format!("a{level}: &a{level} {{<<: *a{}, k{level}: 1}}\n", level - 1)).collect();
    assert!(refused(&format!("a0: &a0 {{k: 1}}\n{merges}")).contains("8 MB"));

    let text = "z".repeat(10_000);
    let uses: String = (0..2000).map(|index| format!("x-{index}: *a\n")).collect();
    assert!(refused(&format!("x-a: &a {text}\n{uses}")).contains("8 MB"));

    assert!(refused("a: &a [1, *a]").contains("inside the value that it names"));
    assert!(refused("a: &a {b: *a}").contains("inside the value that it names"));
}

#[test]
fn takes_long_texts_as_they_are() {
    let long = "word ".repeat(200_000);
    let yaml =
        format!("topics: {{prompt: \"{long}\"}}\ngeneration: {{system_prompt: y}}\noutput: {{num_samples: 1}}\n");
    assert_eq!(parse(&yaml).unwrap().topics.prompt, long);
    let literal =
        format!("topics:\n  prompt: |\n    {long}\ngeneration: {{system_prompt: y}}\noutput: {{num_samples: 1}}\n");
    assert_eq!(parse(&literal).unwrap().topics.prompt, format!("{long}\n"));
}

#[test]
fn says_no_more_than_can_be_read() {
    let keys: String = (0..5000).map(|index| format!("k{index}: 1\n")).collect();
    let found = check(&keys);
    assert!(found.len() <= 200, "{}", found.len());
    let found = check(&format!("? {}\n: 1\n", "k".repeat(900)));
    assert!(found.iter().all(|issue| issue.path.len() < 100));
}

#[test]
fn refuses_what_is_not_one_mapping_and_says_what_to_do() {
    for (text, part) in [
        ("", "empty"),
        ("   \n\n", "empty"),
        ("# only a comment\n", "empty"),
        ("---\n...\n", "empty"),
        ("null", "empty"),
        ("- topics\n- output\n", "list"),
        ("[1]", "list"),
        ("topics", "single value"),
        ("42", "single value"),
        ("config.yaml", "pass the text of the file"),
        ("a: 1\n---\nb: 2\n", "a second document begins (line 2, column 1)"),
        ("---\na: 1\n...\n---\nb: 2\n", "a second document begins (line 4, column 1)"),
    ] {
        let message = refused(text);
        assert!(message.contains(part), "{text:?}: {message}");
    }
}

#[test]
fn says_where_the_text_is_broken_and_what_to_do() {
    for (text, place, part) in [
        ("topics:\n\tprompt: x\n", "line 2", "indent with spaces"),
        ("topics:\n  prompt: \"abc\n  depth: 2\n", "line 2, column 11", "add the closing quote"),
        ("topics:\n  prompt: 'abc\n", "line 2, column 11", "add the closing quote"),
        ("topics: {prompt: x\n", "line 2", "closing `}`"),
        ("tags: [a, b\n", "line 2", "closing `]`"),
        ("topics:\n  prompt: a: b\n", "line 2, column 12", "in quotes"),
        ("topics:\n  prompt: x\n depth: 2\n", "line 3, column 2", "indentation"),
        ("topics:\n  - a\n  prompt: x\n", "line 3, column 3", "indentation"),
        ("topics: *base\n", "line 1, column 9", "`&name`"),
        ("topics: @x\n", "line 1, column 9", "in quotes"),
        ("topics: \"\\d\"\n", "line 1", "write \\\\ for a backslash"),
        ("topics: \"a\" b\n", "line 1, column 13", "check the quotes"),
        ("topics: ]\n", "line 1, column 9", "in quotes"),
        ("topics: !include x\n", "line 1, column 9", "`!`"),
        ("1: x\n", "line 1, column 1", "put the key in quotes"),
        ("true: x\n", "line 1, column 1", "put the key in quotes"),
        ("? [a]\n: x\n", "line 1, column 3", "put the key in quotes"),
        ("a: .inf\n", "line 1, column 4", "put it in quotes"),
        ("a: .NaN\n", "line 1, column 4", "put it in quotes"),
        ("a: 1e999\n", "line 1, column 4", "too large"),
        ("a: b\u{0}c\n", "line 1, column 5", "U+0000"),
        ("a: 1\nb: \u{7}\n", "line 2, column 4", "U+0007"),
        ("a: 1\nb: 2\na: 3\n", "first on line 1 (line 3, column 1)", "keep one"),
        ("<<: {a: 1}\n<<: {b: 1}\n", "line 2", "<<: [*one, *two]"),
        ("<<: 3\n", "line 1", "<<: *name"),
        ("{\"a\": 1,\n \"b\": [1,, 2]}", "line 2, column 10", "commas"),
        ("{\"a\": 1,\n \"a\": 2}", "first on line 1 (line 2)", "keep one"),
    ] {
        let message = refused(text);
        assert!(message.contains(place) && message.contains(part), "{text:?}: {message}");
    }
}
