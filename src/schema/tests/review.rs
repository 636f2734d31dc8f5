//! What people are told about a schema that cannot be used.

use serde_json::json;

use super::reviewed;

#[test]
fn names_the_place_and_what_belongs_there() {
    let table = [
        (json!(3), "$ in the schema must be a schema: an object, true or false, not 3"),
        (
            json!({ "properties": { "a": { "type": "strng" } } }),
            r#"$.properties.a.type in the schema must be string, number, integer, boolean, array, object or null, or a list of them, not "strng""#,
        ),
        (
            json!({ "properties": { "a": { "required": true } } }),
            "$.properties.a.required in the schema must be a list of property names, not true",
        ),
        (json!({ "properties": [] }), "$.properties in the schema must be an object of schemas, not []"),
        (
            json!({ "items": [{ "items": 1 }] }),
            "$.items[0].items in the schema must be a schema: an object, true or false, not 1",
        ),
        (json!({ "anyOf": [] }), "$.anyOf in the schema must be a list of at least one schema, not []"),
        (json!({ "minLength": -1 }), "$.minLength in the schema must be a whole number, at least 0, not -1"),
        (json!({ "maxItems": 1.5 }), "$.maxItems in the schema must be a whole number, at least 0, not 1.5"),
        (json!({ "exclusiveMinimum": true }), "$.exclusiveMinimum in the schema must be a number, not true"),
        (json!({ "multipleOf": 0 }), "$.multipleOf in the schema must be a number above 0, not 0"),
        (json!({ "enum": "a" }), r#"$.enum in the schema must be a list of values, not "a""#),
        (json!({ "uniqueItems": 1 }), "$.uniqueItems in the schema must be true or false, not 1"),
        (json!({ "format": 1 }), "$.format in the schema must be a string, not 1"),
        (
            json!({ "dependentRequired": { "a": "b" } }),
            r#"$.dependentRequired in the schema must be an object of lists of property names, not {"a":"b"}"#,
        ),
        (
            json!({ "dependencies": { "a": [1] } }),
            "$.dependencies in the schema must be lists of property names, or schemas, not [1]",
        ),
        (
            json!({ "$defs": { "a b": { "pattern": "(" } } }),
            r#"$.$defs["a b"].pattern in the schema is no regular expression that JavaScript can read: "(""#,
        ),
        (
            json!({ "patternProperties": { "[": true } }),
            r#"$.patternProperties in the schema is no regular expression that JavaScript can read: "[""#,
        ),
        (
            json!({ "allOf": [{ "$ref": "#/$defs/none" }] }),
            r##"$.allOf[0].$ref in the schema refers to "#/$defs/none", which is not in the schema (only references within it are followed)"##,
        ),
    ];
    for (schema, sentence) in table {
        assert_eq!(reviewed(&schema), Err(sentence.to_owned()), "{schema}");
    }
}

#[test]
fn refuses_references_that_leave_the_document_or_lead_nowhere() {
    for reference in [
        "https://json-schema.org/draft/2020-12/schema",
        "other.json",
        "other.json#/a",
        "#missing",
        "#/$defs/a/b",
        "#/lists/2",
        "#/lists/x",
        "#/%zz",
        "#/$defs/a~1b",
    ] {
        for keyword in ["$ref", "$dynamicRef"] {
            let schema =
                json!({ "$defs": { "a": true, "b": false }, "lists": [true], "items": { keyword: reference } });
            assert!(reviewed(&schema).is_err_and(|reason| reason.contains("is not in the schema")), "{reference}");
        }
    }
}

#[test]
fn refuses_references_that_never_end() {
    let table = [
        json!({ "$ref": "#" }),
        json!({ "anyOf": [{ "type": "string" }, { "$ref": "#" }] }),
        json!({ "$defs": { "a": { "$ref": "#/$defs/b" }, "b": { "not": { "$ref": "#/$defs/a" } } }, "items": { "$ref": "#/$defs/a" } }),
        json!({ "if": { "$ref": "#x" }, "$anchor": "x" }),
        json!({ "dependentSchemas": { "a": { "$ref": "#" } } }),
    ];
    for schema in table {
        assert!(reviewed(&schema).is_err_and(|reason| reason.ends_with("without an end")), "{schema}");
    }
}

#[test]
fn takes_what_people_write() {
    let table = [
        json!(true),
        json!({}),
        json!({ "$ref": "#/definitions/a", "definitions": { "a": { "type": ["string", "null"] } } }),
        json!({ "type": "object", "properties": { "child": { "$ref": "#" }, "$ref": { "type": "string" } } }),
        json!({ "properties": { "type": { "type": "string" }, "required": { "type": "boolean" } }, "required": [] }),
        json!({ "title": 1, "nullable": true, "x-order": [1], "default": { "$ref": "nowhere" }, "enum": [{ "$ref": "no" }] }),
        json!({ "pattern": "^[\\w\\-]+$" }),
        json!({ "minLength": 2.0, "const": null, "format": "phone" }),
        json!({ "$id": "https://example.com/a", "$defs": { "b": { "$id": "b" } }, "items": { "$ref": "b" } }),
        json!({ "$defs": { "n": { "$dynamicAnchor": "n", "items": { "$dynamicRef": "#n" } } }, "$ref": "#n" }),
        json!({ "definitions": { "n": { "$id": "#n" } }, "$ref": "#n" }),
    ];
    for schema in table {
        assert_eq!(reviewed(&schema), Ok(()), "{schema}");
    }
}
