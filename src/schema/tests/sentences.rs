//! What a model is told, word for word.

use serde_json::{Value, json};

use super::found;

/// All that is said, as `path message`.
fn said(schema: &Value, instance: &Value) -> Vec<String> {
    found(schema, instance).iter().map(|violation| format!("{} {}", violation.path, violation.message)).collect()
}

fn check(table: &[(Value, Value, &str)]) {
    for (schema, instance, sentence) in table {
        assert_eq!(said(schema, instance), [*sentence], "{schema}");
    }
}

#[test]
fn says_what_a_value_should_be() {
    check(&[
        (json!({ "type": "string" }), json!(3), "$ must be a string, not 3"),
        (json!({ "type": "integer" }), json!(1.5), "$ must be a whole number, not 1.5"),
        (json!({ "type": ["string", "null"] }), json!([1]), "$ must be a string or null, not an array"),
        (json!({ "type": "boolean" }), json!("true"), r#"$ must be true or false, not "true""#),
        (json!({ "type": "array" }), json!({ "a": 1 }), "$ must be an array, not an object"),
        (json!({ "const": "yes" }), json!("no"), r#"$ must be "yes", not "no""#),
        (json!({ "const": { "a": [1] } }), json!({}), r#"$ must be {"a":[1]}, not an object"#),
        (json!({ "enum": ["easy", "hard"] }), json!("Easy"), r#"$ must be one of "easy", "hard", not "Easy""#),
        (json!({ "enum": [] }), json!(1), "$ must be one of no values, not 1"),
        (json!({ "minimum": 0 }), json!(-1), "$ must be at least 0, not -1"),
        (json!({ "maximum": 0.5 }), json!(1), "$ must be at most 0.5, not 1"),
        (json!({ "exclusiveMinimum": 0 }), json!(0), "$ must be above 0, not 0"),
        (json!({ "exclusiveMaximum": 0 }), json!(0.0), "$ must be below 0, not 0.0"),
        (json!({ "multipleOf": 0.01 }), json!(1.005), "$ must be a multiple of 0.01, not 1.005"),
        (json!({ "minLength": 2 }), json!("\u{1f600}"), "$ must have at least 2 characters, not 1"),
        (json!({ "maxLength": 1 }), json!("ab"), "$ must have at most 1 character, not 2"),
        (json!({ "pattern": "^[a-z]+$" }), json!("A"), r#"$ must match the pattern "^[a-z]+$", not "A""#),
        (json!({ "format": "date" }), json!("1 May"), r#"$ must be a date such as 2026-01-31, not "1 May""#),
        (json!(false), json!(1), "$ is not allowed"),
        (json!({ "not": { "type": "null" } }), json!(null), r#"$ must not match {"type":"null"}"#),
    ]);
}

#[test]
fn says_where_in_arrays_and_objects() {
    let people = json!({
        "properties": { "people": { "items": { "properties": { "name": { "type": "string" }, "main.py": false } } } },
    });
    check(&[
        (people.clone(), json!({ "people": [{}, { "name": 1 }] }), "$.people[1].name must be a string, not 1"),
        (people, json!({ "people": [{ "main.py": 1 }] }), r#"$.people[0]["main.py"] is not allowed"#),
        (json!({ "required": ["a"] }), json!({ "b": 1 }), r#"$ lacks the property "a""#),
        (
            json!({ "properties": { "name": true, "age": true }, "additionalProperties": false }),
            json!({ "nmae": 1 }),
            r#"$ has the property "nmae", but may have none besides "name", "age""#,
        ),
        (json!({ "additionalProperties": false }), json!({ "a": 1 }), "$.a is not allowed"),
        (json!({ "additionalProperties": { "type": "null" } }), json!({ "a": 1 }), "$.a must be null, not 1"),
        (json!({ "patternProperties": { "^a": { "type": "null" } } }), json!({ "ab": 1 }), "$.ab must be null, not 1"),
        (json!({ "unevaluatedProperties": false }), json!({ "a": 1 }), "$.a is not allowed"),
        (json!({ "minProperties": 1 }), json!({}), "$ must have at least 1 property, not 0"),
        (
            json!({ "propertyNames": { "maxLength": 2 } }),
            json!({ "abc": 1 }),
            r#"$ has the property name "abc", which must have at most 2 characters, not 3"#,
        ),
        (
            json!({ "dependentRequired": { "a": ["b"] } }),
            json!({ "a": 1 }),
            r#"$ lacks the property "b", which has to come with "a""#,
        ),
        (json!({ "minItems": 2 }), json!([1]), "$ must have at least 2 items, not 1"),
        (json!({ "maxItems": 1 }), json!([1, 2]), "$ must have at most 1 item, not 2"),
        (json!({ "uniqueItems": true }), json!([1, 2, 1.0]), "$ must not repeat an item, but 0 and 2 are equal"),
        (json!({ "prefixItems": [true], "items": false }), json!([1, 2]), "$[1] is not allowed"),
        (
            json!({ "contains": { "type": "null" } }),
            json!([1]),
            r#"$ must have at least 1 item matching {"type":"null"}, not 0"#,
        ),
        (
            json!({ "contains": { "type": "null" }, "maxContains": 1 }),
            json!([null, null]),
            r#"$ must have at most 1 item matching {"type":"null"}, not 2"#,
        ),
    ]);
}

#[test]
fn of_several_forms_the_closest_speaks() {
    let shapes = json!({ "oneOf": [
        { "properties": { "kind": { "const": "circle" }, "radius": { "minimum": 0 } }, "required": ["kind", "radius"] },
        {
            "properties": { "kind": { "const": "square" }, "side": { "minimum": 0 } },
            "required": ["kind", "side"],
            "additionalProperties": false,
        },
    ]});
    check(&[
        (shapes.clone(), json!({ "kind": "square", "side": -1 }), "$.side must be at least 0, not -1"),
        (shapes.clone(), json!({ "kind": "circle", "radius": -1, "side": 3 }), "$.radius must be at least 0, not -1"),
        (
            json!({ "anyOf": [{ "type": "string" }, { "type": "null" }] }),
            json!(1),
            "$ fits none of the allowed forms: must be a string, not 1; or must be null, not 1",
        ),
        (
            json!({ "anyOf": [{ "type": "null" }, { "items": { "type": "string" } }] }),
            json!(["a", 1]),
            "$[1] must be a string, not 1",
        ),
        (
            json!({ "anyOf": [{ "required": ["a"] }, { "required": ["b"] }] }),
            json!({}),
            r#"$ fits none of the allowed forms: lacks the property "a"; or lacks the property "b""#,
        ),
        (
            json!({ "oneOf": [true, { "type": "string" }] }),
            json!("a"),
            "$ fits more than one of the allowed forms, but must fit exactly one",
        ),
        (json!({ "anyOf": [{ "anyOf": [{ "type": "null" }] }] }), json!(1), "$ must be null, not 1"),
        (
            json!({ "if": { "required": ["a"] }, "then": { "required": ["b"] } }),
            json!({ "a": 1 }),
            r#"$ lacks the property "b""#,
        ),
    ]);
    // A kind that does not exist: both forms are as far away, and what each asks for is said.
    assert!(!said(&shapes, &json!({ "kind": "line" })).is_empty());
}

#[test]
fn names_every_problem_once_and_no_more_than_a_handful() {
    let schema = json!({
        "required": ["a", "b"],
        "allOf": [{ "required": ["a"] }],
        "properties": { "c": { "type": "string", "minLength": 1 }, "d": { "minimum": 5, "multipleOf": 2 } },
    });
    let expected = [
        r#"$ lacks the property "a""#,
        r#"$ lacks the property "b""#,
        "$.c must be a string, not 1",
        "$.d must be at least 5, not 3",
        "$.d must be a multiple of 2, not 3",
    ];
    assert_eq!(said(&schema, &json!({ "c": 1, "d": 3 })), expected);

    let many = said(&json!({ "items": { "type": "string" } }), &json!((0..100).collect::<Vec<_>>()));
    assert_eq!(many.len(), 8);
    assert_eq!(many[7], "$[7] must be a string, not 7");
    let forms = json!({ "items": { "anyOf": [{ "items": { "type": "string" } }, { "items": { "type": "null" } }] } });
    assert_eq!(said(&forms, &json!(vec![vec![1; 9]; 9])).len(), 8);
}

#[test]
fn what_a_failed_schema_would_have_allowed_is_not_called_forbidden() {
    let schema = json!({
        "allOf": [{ "properties": { "a": { "type": "string" } } }],
        "unevaluatedProperties": false,
    });
    assert_eq!(said(&schema, &json!({ "a": 1 })), ["$.a must be a string, not 1"]);
    assert_eq!(said(&schema, &json!({ "a": "1", "b": 1 })), ["$.b is not allowed"]);
    let schema = json!({ "properties": { "a": { "type": "string" } }, "unevaluatedProperties": false });
    assert_eq!(said(&schema, &json!({ "a": 1, "b": 1 })), ["$.a must be a string, not 1", "$.b is not allowed"]);
}

#[test]
fn quotes_only_as_much_as_can_be_read() {
    let long = "x\n".repeat(10_000);
    let names: Vec<String> = (0..5_000).map(|number| format!("value {number}")).collect();
    let schemas = [
        json!({ "const": long }),
        json!({ "enum": names }),
        json!({ "enum": [long, long] }),
        json!({ "pattern": long }),
        json!({ "type": "null" }),
        json!({ "not": { "minLength": 1, "default": long } }),
        json!({ "anyOf": [{ "const": long }, { "pattern": long }, { "enum": names }, { "type": "null" }] }),
    ];
    for schema in &schemas {
        let said = said(schema, &json!(long.clone() + "y"));
        assert!(said.iter().all(|sentence| sentence.len() < 1_200 && !sentence.contains('\n')), "{said:?}");
        assert!(!said.is_empty(), "{schema}");
    }
    let enumerated = said(&json!({ "enum": names }), &json!(1));
    assert!(enumerated[0].ends_with(" and 4975 more, not 1"), "{enumerated:?}");
    let path = said(&json!({ "properties": { &long: { "type": "null" } } }), &json!({ &long: 1 }));
    assert!(path[0].len() < 150, "{path:?}");
}
