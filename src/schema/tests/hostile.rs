//! Schemas and values that are made to do harm are answered, and soon.
//!
//! How soon cannot be asserted without a clock: without the limits, most of these would outlast every patience.

use std::cell::Cell;

use serde_json::{Value, json};

use super::{check_schema, found, reviewed, violations};
use crate::host::Patterns;

/// A value in so many arrays.
fn nested(levels: usize) -> Value {
    (1..levels).fold(json!([]), |inner, _| Value::Array(vec![inner]))
}

/// What is said of a value that is not looked into any further.
fn refusal(schema: &Value, instance: &Value) -> String {
    let found = found(schema, instance);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].path, "$");
    found[0].message.clone()
}

#[test]
fn references_without_an_end_come_to_one() {
    let loops = [
        json!({ "$ref": "#" }),
        json!({ "allOf": [{ "$ref": "#" }, { "$ref": "#" }] }),
        json!({ "not": { "$ref": "#" } }),
        json!({ "anyOf": [{ "$ref": "#" }, true] }),
        json!({ "if": { "$ref": "#" } }),
        json!({ "$defs": { "a": { "oneOf": [{ "$ref": "#/$defs/b" }, { "$ref": "#/$defs/b" }] }, "b": { "$ref": "#/$defs/a" } }, "$ref": "#/$defs/a" }),
        json!({ "$id": "x", "$dynamicAnchor": "n", "$dynamicRef": "#n" }),
    ];
    for schema in loops {
        assert_eq!(refusal(&schema, &json!({ "a": [1] })), "cannot be checked: it takes too much work", "{schema}");
    }
}

#[test]
fn branches_that_double_come_to_an_end() {
    let definitions = (0..64).map(|number| {
        let next = json!({ "$ref": format!("#/$defs/{}", (number + 1) % 64) });
        let both = json!({ "anyOf": [next, next, { "type": "null" }], "unevaluatedProperties": false });
        (number.to_string(), if number == 63 { json!({ "type": "string" }) } else { both })
    });
    let schema = json!({ "$ref": "#/$defs/0", "$defs": Value::Object(definitions.collect()) });
    assert_eq!(reviewed(&schema), Ok(()));
    assert_eq!(refusal(&schema, &json!({ "a": 1 })), "cannot be checked: it takes too much work");
}

#[test]
fn depth_is_limited_in_schemas_and_values() {
    let list = json!({ "items": { "$ref": "#" }, "type": "array" });
    assert!(found(&list, &nested(128)).is_empty());
    assert_eq!(refusal(&list, &nested(129)), "is nested too deeply");
    assert_eq!(
        refusal(&json!({ "const": nested(200) }), &json!(1)),
        "cannot be checked: its schema is nested too deeply"
    );
    assert!(reviewed(&json!({ "enum": [nested(200)] })).is_err_and(|reason| reason.contains("128 levels")));

    // A value as deep as is allowed, through references as crooked as anyone writes them.
    let tree = json!({
        "$ref": "#/$defs/node",
        "$defs": { "node": { "anyOf": [{ "$ref": "#/$defs/leaf" }, { "items": { "$ref": "#" } }] }, "leaf": { "type": "null" } },
    });
    assert!(found(&tree, &nested(50)).is_empty());
    assert!(found(&json!({ "uniqueItems": true }), &json!([nested(126), nested(125)])).is_empty());
}

#[test]
fn names_that_mean_something_elsewhere_are_names() {
    let schema: Value = serde_json::from_str(
        r#"{
            "properties": { "__proto__": { "type": "string" }, "constructor": { "type": "number" } },
            "required": ["__proto__", "toString"],
            "dependentRequired": { "constructor": ["hasOwnProperty"] }
        }"#,
    )
    .unwrap();
    let instance: Value = serde_json::from_str(r#"{ "__proto__": 1, "constructor": "x" }"#).unwrap();
    let said: Vec<String> = found(&schema, &instance).into_iter().map(|one| one.path + " " + &one.message).collect();
    let expected = [
        "$.__proto__ must be a string, not 1",
        "$.constructor must be a number, not \"x\"",
        "$ lacks the property \"toString\"",
        "$ lacks the property \"hasOwnProperty\", which has to come with \"constructor\"",
    ];
    assert_eq!(said, expected);
    assert_eq!(reviewed(&schema), Ok(()));
    let reference: Value =
        serde_json::from_str(r##"{ "$defs": { "__proto__": true }, "$ref": "#/$defs/__proto__" }"##).unwrap();
    assert_eq!(reviewed(&reference), Ok(()));
    assert!(reviewed(&json!({ "$ref": "#/__proto__" })).is_err());
}

#[test]
fn large_lists_are_checked_and_endless_ones_refused() {
    let names: Vec<String> = (0..100_000).map(|number| format!("name {number}")).collect();
    let schema = json!({ "enum": names });
    assert!(found(&schema, &json!("name 99999")).is_empty());
    assert_eq!(found(&schema, &json!("name")).len(), 1);

    let numbers: Vec<u32> = (0..4_000).collect();
    assert!(found(&json!({ "uniqueItems": true }), &json!(numbers)).is_empty());
    let numbers: Vec<u32> = (0..50_000).collect();
    let unique = json!({ "uniqueItems": true });
    assert_eq!(refusal(&unique, &json!(numbers)), "cannot be checked: it takes too much work");
}

/// Counts, and takes its time in texts.
#[derive(Default)]
struct Slow {
    longest: Cell<usize>,
}

impl Patterns for Slow {
    fn matches(&self, pattern: &str, text: &str) -> Option<bool> {
        self.longest.set(self.longest.get().max(text.len()));
        (pattern != "unreadable").then_some(true)
    }
}

#[test]
fn long_texts_are_never_held_against_a_pattern() {
    let patterns = Slow::default();
    let (limit, long) = ("x".repeat(16_384), "x".repeat(16_385));
    let schema = json!({ "pattern": "(x+)+$" });
    assert!(violations(&schema, &json!(limit), &patterns).is_empty());
    let found = violations(&schema, &json!(long), &patterns);
    assert_eq!(found[0].message, "is too long to be held against a pattern");
    let schema = json!({ "properties": { "a": { "not": { "pattern": "x" } } } });
    let found = violations(&schema, &json!({ "a": long }), &patterns);
    assert_eq!((found.len(), found[0].path.as_str()), (1, "$.a"));
    // Nor is a name.
    let schema = json!({ "patternProperties": { "x": true }, "additionalProperties": false });
    assert!(violations(&schema, &json!({ &limit: 1 }), &patterns).is_empty());
    assert_eq!(violations(&schema, &json!({ &long: 1 }), &patterns).len(), 1);
    assert_eq!(patterns.longest.get(), 16_384);
}

#[test]
fn what_cannot_be_checked_lets_nothing_through() {
    let table = [
        (json!({ "pattern": "unreadable" }), json!("x")),
        (json!({ "patternProperties": { "unreadable": true } }), json!({ "x": 1 })),
        (json!({ "$ref": "#nowhere" }), json!(1)),
    ];
    for (schema, instance) in table {
        assert!(check_schema(&schema, &Slow::default()).is_err());
        let around = [
            json!({ "not": schema }),
            json!({ "if": schema, "then": true }),
            json!({ "anyOf": [schema, true] }),
            json!({ "oneOf": [schema, true] }),
            schema,
        ];
        for schema in around {
            let found = violations(&schema, &instance, &Slow::default());
            assert!(found.len() == 1 && found[0].message.starts_with("cannot be checked: "), "{schema} {found:?}");
        }
    }
}

#[test]
fn schemas_that_are_none_are_answered_all_the_same() {
    let odd = [json!(null), json!(1), json!("x"), json!([]), json!({}), json!({ "a": -1.5 }), json!([[{}]])];
    let keywords = [
        "$id",
        "$anchor",
        "$dynamicAnchor",
        "$ref",
        "$dynamicRef",
        "$defs",
        "definitions",
        "allOf",
        "anyOf",
        "oneOf",
        "not",
        "if",
        "then",
        "else",
        "dependentSchemas",
        "dependencies",
        "properties",
        "patternProperties",
        "additionalProperties",
        "unevaluatedProperties",
        "propertyNames",
        "items",
        "prefixItems",
        "additionalItems",
        "unevaluatedItems",
        "contains",
        "contentSchema",
        "type",
        "enum",
        "const",
        "required",
        "dependentRequired",
        "pattern",
        "format",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minContains",
        "maxContains",
        "minProperties",
        "maxProperties",
        "uniqueItems",
    ];
    for value in &odd {
        for keyword in keywords {
            for instance in [json!("x"), json!(-1.5), json!([1, "x"]), json!({ "a": 1 })] {
                let schema = json!({ keyword: value });
                drop((found(&schema, &instance), reviewed(&schema)));
                let below = json!({ "items": schema, "additionalProperties": schema });
                drop((found(&below, &instance), reviewed(&below)));
            }
        }
    }
}
