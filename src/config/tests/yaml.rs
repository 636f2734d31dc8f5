//! The YAML reader gives what PyYAML gives, where configurations rely on it.

use serde_json::{Value, json};

use crate::config::yaml;

#[track_caller]
fn value(text: &str) -> Value {
    match yaml::read(text) {
        Ok(document) => document.value,
        Err(problem) => panic!("{text:?}: {problem:?}"),
    }
}

#[test]
fn reads_scalars_of_every_style() {
    for (text, expected) in [
        ("a: plain text # comment", json!("plain text")),
        ("a: it's", json!("it's")),
        ("a: b#c", json!("b#c")),
        ("a: http://localhost:3000/v1", json!("http://localhost:3000/v1")),
        ("a: qwen3:14b", json!("qwen3:14b")),
        ("a: nvidia/nemotron-3-nano-30b-a3b:free", json!("nvidia/nemotron-3-nano-30b-a3b:free")),
        ("a: 'it''s # 1'", json!("it's # 1")),
        ("a: '12'", json!("12")),
        ("a: \"true\"", json!("true")),
        ("a: \"\\u00e9\\x41\\n\\t\\\\ \\U0001F600\"", json!("\u{e9}A\n\t\\ \u{1F600}")),
        ("a: \"one\n  two\n\n  three\"", json!("one two\nthree")),
        ("a: one\n  two", json!("one two")),
        ("a: |\n  one\n   two\n\n  three\n\n", json!("one\n two\n\nthree\n")),
        ("a: |-\n  one\n  two\n", json!("one\ntwo")),
        ("a: |+\n  one\n\n", json!("one\n\n")),
        ("a: |2\n   one\n", json!(" one\n")),
        ("a: >\n  one\n  two\n\n  three\n", json!("one two\nthree\n")),
        ("a: >-\n  one\n  two\n", json!("one two")),
        ("a: |\n  # no comment\n", json!("# no comment\n")),
        ("a:", json!(null)),
        ("a: ~", json!(null)),
        ("a: \"\"", json!("")),
        ("a: yes", json!("yes")),
        ("a: Off", json!("Off")),
        ("a: 0.2", json!(0.2)),
        ("a: 0o14", json!(12)),
        ("a: 0xff", json!(255)),
        ("a: 1_000", json!("1_000")),
        ("a: 2026-01-31", json!("2026-01-31")),
        ("a: 50%", json!("50%")),
        ("a: !!str 12", json!("12")),
        ("a: ! 12", json!("12")),
        ("a: !!int '12'", json!(12)),
        ("a: !!float 3", json!(3)),
        ("a: !!null ''", json!(null)),
        ("a: !!map {b: 1}", json!({"b": 1})),
        ("a: !!seq [b]", json!(["b"])),
        ("a: !<tag:yaml.org,2002:str> 12", json!("12")),
    ] {
        assert_eq!(value(text), json!({ "a": expected }), "{text:?}");
    }
}

#[test]
fn reads_collections_of_every_style() {
    for (text, expected) in [
        ("a:\n- 1\n- 2", json!({"a": [1, 2]})),
        ("a:\n  - b: 1\n    c: 2\n  - d", json!({"a": [{"b": 1, "c": 2}, "d"]})),
        ("a: [1, b, {c: d}]", json!({"a": [1, "b", {"c": "d"}]})),
        ("{a: 1, b: , c}", json!({"a": 1, "b": null, "c": null})),
        ("a: [b: 1]", json!({"a": [{"b": 1}]})),
        ("a: []\nb: {}", json!({"a": [], "b": {}})),
        ("? a\n: b", json!({"a": "b"})),
        ("\"a b\": 1\n'c': 2", json!({"a b": 1, "c": 2})),
        ("a:\n  - - 1\n    - 2\n  - []", json!({"a": [[1, 2], []]})),
        ("a:\n  # comment\n\n  b: 1\n", json!({"a": {"b": 1}})),
        ("---\na: 1\n...\n", json!({"a": 1})),
        ("%YAML 1.2\n---\na: 1\n", json!({"a": 1})),
        ("a: 1\r\nb: |\r\n  x\r\n  y\r\n", json!({"a": 1, "b": "x\ny\n"})),
        ("a: x\ty", json!({"a": "x\ty"})),
        ("z: 1\na: 2\nm: 3", json!({"z": 1, "a": 2, "m": 3})),
    ] {
        assert_eq!(value(text), expected, "{text:?}");
    }
    let keys: Vec<String> = value("z: 1\na: 2\nm: 3").as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["z", "a", "m"], "the order of the author");
}

#[test]
fn resolves_anchors_aliases_and_merge_keys() {
    for (text, expected) in [
        ("a: &x 1\nb: *x", json!({"a": 1, "b": 1})),
        ("a: &x [1, 2]\nb: [*x, *x]", json!({"a": [1, 2], "b": [[1, 2], [1, 2]]})),
        ("a: &x {b: 1}\nc: {<<: *x, d: 2}", json!({"a": {"b": 1}, "c": {"b": 1, "d": 2}})),
        ("a: &x {b: 1, c: 1}\nd: {b: 2, <<: *x}", json!({"a": {"b": 1, "c": 1}, "d": {"b": 2, "c": 1}})),
        (
            "a: &x {k: 1}\nb: &y {k: 2, l: 2}\nc: {<<: [*x, *y], m: 3}",
            json!({"a": {"k": 1}, "b": {"k": 2, "l": 2}, "c": {"k": 1, "l": 2, "m": 3}}),
        ),
        ("a: &x 1\nb: &x 2\nc: *x", json!({"a": 1, "b": 2, "c": 2})),
        ("&k a: 1\nb: *k", json!({"a": 1, "b": "a"})),
        ("a: &x\nb: *x", json!({"a": null, "b": null})),
        ("a: {<<: {b: 1}}", json!({"a": {"b": 1}})),
        ("a: {'<<': 1}", json!({"a": {"<<": 1}})),
        ("a: <<", json!({"a": "<<"})),
        ("a: &x {b: &y {c: 1}}\nd: *y\ne: *x", json!({"a": {"b": {"c": 1}}, "d": {"c": 1}, "e": {"b": {"c": 1}}})),
    ] {
        assert_eq!(value(text), expected, "{text:?}");
    }
}

#[test]
fn knows_the_line_of_every_key() {
    let text = "a: 1\nb:\n  - x\n  - c: 2\n    d: 3\n\ne: {f: 4,\n  g: 5}\nh: &h {i: 6}\nj:\n  <<: *h\n  k: 7\n";
    let lines = yaml::read(text).unwrap_or_else(|problem| panic!("{problem:?}")).lines;
    for (path, line) in [
        ("a", 1),
        ("b", 2),
        ("b[0]", 3),
        ("b[1]", 4),
        ("b[1].c", 4),
        ("b[1].d", 5),
        ("e.f", 7),
        ("e.g", 8),
        ("h.i", 9),
        ("j", 10),
        ("j.i", 11),
        ("j.k", 12),
        ("j.missing", 10),
    ] {
        assert_eq!(lines.of(path), Some(line), "{path}");
    }
}
