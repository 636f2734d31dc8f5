//! A reply comes back as the full schema has it.

use serde_json::{Value, json};

use super::holding;
use crate::schema::projection::restore;

fn restored(schema: &Value, mut reply: Value) -> Value {
    restore(schema, &mut reply);
    reply
}

#[test]
fn removes_null_only_where_the_wire_asked_for_it() {
    let schema = json!({"type": "object", "properties": {
        "required": {"type": ["string", "null"]},
        "left out": {"type": "string"},
        "nullable": {"type": ["string", "null"]},
        "either": {"anyOf": [{"type": "integer"}, {"$ref": "#/$defs/nothing"}]},
        "listed": {"enum": ["a", null]},
        "no null listed": {"type": ["string", "null"], "enum": ["a"]},
        "given": {"type": "string"},
    }, "required": ["required"], "$defs": {"nothing": {"type": "null"}}});
    let reply = json!({"required": null, "left out": null, "nullable": null, "either": null, "listed": null,
        "no null listed": null, "given": "g", "unknown": null});
    let expected =
        json!({"required": null, "nullable": null, "either": null, "listed": null, "given": "g", "unknown": null});
    assert_eq!(restored(&schema, reply).to_string(), expected.to_string());
}

#[test]
fn finds_what_is_deep_inside() {
    let inner =
        json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}, "required": ["b"]});
    let table = [
        (inner.clone(), json!({"a": null, "b": 1}), json!({"b": 1})),
        (
            json!({"type": "array", "items": inner}),
            json!([{"a": null, "b": 1}, {"a": "x", "b": 2}]),
            json!([{"b": 1}, {"a": "x", "b": 2}]),
        ),
        (json!({"$ref": "#/$defs/inner"}), json!({"a": null, "b": 1}), json!({"b": 1})),
        (json!({"allOf": [inner]}), json!({"a": null, "b": 1}), json!({"b": 1})),
        (json!({"anyOf": [{"type": "string"}, inner]}), json!({"a": null, "b": 1}), json!({"b": 1})),
    ];
    for (property, reply, expected) in table {
        let mut schema = holding(property);
        schema["$defs"] = json!({"inner": inner});
        assert_eq!(restored(&schema, json!({"x": reply})), json!({"x": expected}), "{schema}");
    }
}

#[test]
fn follows_the_alternative_that_the_reply_took() {
    let schema = holding(json!({"oneOf": [
        {"type": "object", "properties": {"kind": {"const": "a"}, "note": {"type": "string"}}, "required": ["kind"]},
        {"type": "object", "properties": {"kind": {"const": "b"}, "note": {"type": "null"}}, "required": ["kind", "note"]},
        {"type": "object", "properties": {"kind": {"const": "c"}, "note": {"type": "string"}, "more": {"type": ["string", "null"]}},
            "required": ["kind"]},
    ]}));
    let table = [
        (json!({"kind": "a", "note": null}), json!({"kind": "a"})),
        (json!({"kind": "b", "note": null}), json!({"kind": "b", "note": null})),
        (json!({"kind": "c", "note": null, "more": null}), json!({"kind": "c", "more": null})),
        (json!({"kind": "d", "note": null}), json!({"kind": "d", "note": null})),
    ];
    for (reply, expected) in table {
        assert_eq!(restored(&schema, json!({"x": reply})), json!({"x": expected}));
    }
}

#[test]
fn a_null_that_two_alternatives_accept_where_one_may_is_taken_back() {
    let schema = json!({ "properties": { "a": { "oneOf": [{ "type": "null" }, { "type": "null" }] } } });
    assert_eq!(restored(&schema, json!({ "a": null })), json!({}));
}

#[test]
fn a_null_that_an_alternative_accepts_is_left() {
    let note = |schema: Value, required: Value| json!({"type": "object", "properties": {"note": schema}, "required": required});
    let optional = note(json!({"type": "string"}), json!([]));
    let schema = holding(json!({"anyOf": [optional, note(json!({"type": "null"}), json!(["note"]))]}));
    assert_eq!(restored(&schema, json!({"x": {"note": null}})), json!({"x": {"note": null}}));
    let schema = holding(json!({"anyOf": [optional, note(json!({"type": "integer"}), json!(["note"]))]}));
    assert_eq!(restored(&schema, json!({"x": {"note": null}})), json!({"x": {}}));
}

#[test]
fn recursive_replies_are_followed_to_their_end() {
    let schema = json!({"type": "object", "properties": {"name": {"type": "string"}, "next": {"$ref": "#"}}, "required": ["name"]});
    let reply = json!({"name": "a", "next": {"name": "b", "next": {"name": "c", "next": null}}});
    assert_eq!(restored(&schema, reply), json!({"name": "a", "next": {"name": "b", "next": {"name": "c"}}}));
}

#[test]
fn leaves_what_no_schema_is_about() {
    let schema = json!({"type": "object", "properties": {"a": {"$ref": "#/nowhere"}, "map": {"type": "object"}}});
    let reply = json!({"map": {"b": null}, "other": null});
    assert_eq!(restored(&schema, reply.clone()), reply);
}
