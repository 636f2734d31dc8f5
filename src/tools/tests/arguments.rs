//! Arguments are right, or the call does not happen.

use super::*;

fn weather() -> Value {
    json!({ "custom": [
        {
            "name": "forecast",
            "parameters": {
                "type": "object",
                "properties": {
                    "city": { "type": "string", "minLength": 1 },
                    "days": { "type": "integer", "minimum": 1, "maximum": 10 },
                    "unit": { "enum": ["c", "f"] },
                    "area": { "type": ["string", "null"] },
                    "when": { "type": "string", "format": "date" },
                    "filters": {
                        "type": "array",
                        "items": { "type": "object", "properties": { "key": { "type": "string" } }, "required": ["key"] }
                    }
                },
                "required": ["city"]
            }
        },
        { "name": "now" },
        { "name": "open", "parameters": { "type": "object", "properties": { "a": {} }, "additionalProperties": true } },
        { "name": "either", "parameters": { "type": "object", "properties": {}, "anyOf": [{ "properties": { "b": {} } }] } }
    ] })
}

#[test]
fn the_sentence_names_the_argument_and_what_is_wrong_with_it() {
    let world = lonely();
    let toolbox = open(&weather(), &world);
    for (name, arguments, sentence) in [
        ("forecast", json!({}), "forecast was not called: the call lacks the argument \"city\"."),
        ("forecast", json!({ "city": 3 }), "forecast was not called: the argument city must be a string, not 3."),
        (
            "forecast",
            json!({ "city": "Oslo", "days": 11, "unit": "kelvin" }),
            "forecast was not called: the argument days must be at most 10, not 11; the argument unit must be one of \"c\", \"f\", not \"kelvin\".",
        ),
        (
            "forecast",
            json!({ "city": "Oslo", "filters": [{ "key": "a" }, {}] }),
            "forecast was not called: the argument filters[1] lacks the property \"key\".",
        ),
        (
            "forecast",
            json!({ "city": "Oslo", "town": "Oslo" }),
            "forecast was not called: there is no argument \"town\", the arguments are: city, days, unit, area, when, filters.",
        ),
        (
            "now",
            json!({ "zone": "UTC" }),
            "now was not called: there is no argument \"zone\", the arguments are: none.",
        ),
        ("now", json!([]), "The arguments of now must be a JSON object, with a member for each argument."),
        (
            "forecast",
            json!("Oslo"),
            "The arguments of forecast must be a JSON object, with a member for each argument.",
        ),
        ("forcast", json!({}), "There is no tool \"forcast\"; the tools are: forecast, now, open, either."),
    ] {
        assert_eq!(toolbox.check(name, &arguments), Err(sentence.to_owned()));
    }
}

#[test]
fn null_and_empty_texts_are_what_the_schema_says_they_are() {
    let world = lonely();
    let toolbox = open(&weather(), &world);
    for (arguments, holds) in [
        (json!({ "city": "Oslo" }), true),
        (json!({ "city": "" }), false),
        (json!({ "city": null }), false),
        (json!({ "city": "Oslo", "days": null }), false),
        (json!({ "city": "Oslo", "area": null }), true),
        (json!({ "city": "Oslo", "area": "" }), true),
        (json!({ "city": "Oslo", "days": 2.0 }), true),
        (json!({ "city": "Oslo", "days": 2.5 }), false),
        (json!({ "city": "Oslo", "days": "2" }), false),
        (json!({ "city": "Oslo", "when": "2026-02-30" }), false),
        (json!({ "city": "Oslo", "when": "2026-02-28" }), true),
    ] {
        assert_eq!(toolbox.check("forecast", &arguments).is_ok(), holds, "{arguments}");
    }
    for (name, arguments) in [("open", json!({ "b": 1 })), ("either", json!({ "b": 1 })), ("now", json!({}))] {
        assert_eq!(toolbox.check(name, &arguments), Ok(()), "{name}");
    }
}

#[test]
fn a_call_that_does_not_hold_is_not_made() {
    let world = lonely();
    let toolbox = open(&with_files(json!({})), &world);
    let mut session = toolbox.session("s".to_owned(), None);
    let refused = call(&world, &mut session, "write_file", json!({ "file_path": "a" }));
    assert_eq!(
        refused,
        "Error (InvalidArguments): write_file was not called: the call lacks the argument \"content\"."
    );
    let unknown = call(&world, &mut session, "rm", json!({}));
    assert_eq!(unknown, "Error: Tool 'rm' not found in registry");
    assert_eq!(session.state()["files"], json!({}));
}

#[test]
fn hostile_arguments_get_a_short_sentence() {
    let world = lonely();
    let toolbox = open(&weather(), &world);
    let mut many = serde_json::Map::new();
    (0..1000).for_each(|number| drop(many.insert(format!("{number}{}", "x".repeat(1000)), json!(1))));
    let mut deep = json!(1);
    (0..120).for_each(|_| deep = json!([deep]));
    for arguments in [
        Value::Object(many),
        json!({ "city": "x", "filters": deep }),
        json!({ "__proto__": { "city": "x" } }),
        json!({ "city": { "x": "y".repeat(100_000) } }),
    ] {
        let sentence = toolbox.check("forecast", &arguments).unwrap_err();
        assert!(sentence.chars().count() < 3_000, "{}", sentence.len());
    }
    let name = toolbox.check(&"x".repeat(100_000), &json!({})).unwrap_err();
    assert!(name.len() < 200);
}

#[test]
fn a_definition_that_cannot_be_checked_is_refused_at_the_beginning() {
    let pattern =
        json!({ "custom": [{ "name": "x", "parameters": [{ "name": "a", "type": "str", "pattern": "(" }] }] });
    let error = try_open(&pattern, &lonely()).err().unwrap();
    assert_eq!(error.code(), Code::Config);
    assert!(error.message().starts_with("the tool x cannot be used: $.properties.a.pattern"), "{error}");
}
