//! What becomes of each form in each dialect.

use serde_json::{Value, json};

use super::{SUBSETS, holding, projected, wire};
use crate::schema::projection::{Dialect, project};

/// What becomes of a required property.
fn property(schema: Value, dialect: Dialect) -> Value {
    wire(&holding(schema), dialect)["properties"]["x"].clone()
}

fn dropped(schema: Value, dialect: Dialect) -> Vec<String> {
    projected(&holding(schema), dialect).dropped
}

#[test]
fn an_open_server_gets_the_schema_as_it_is() {
    let schema = json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "minProperties": 2,
        "properties": {"$schema": {"default": 1, "$schema": "kept"}}, "x-own": [1]});
    let projection = project(&schema, Dialect::Open);
    let expected = json!({"type": "object", "minProperties": 2, "properties": {"$schema": {"default": 1, "$schema": "kept"}},
        "x-own": [1]});
    assert_eq!(projection.schema.unwrap().to_string(), expected.to_string());
    assert_eq!(projection.dropped, Vec::<String>::new());
}

#[test]
fn a_strict_schema_has_null_for_what_may_be_left_out() {
    let table = [
        (json!({"type": "string"}), json!({"type": ["string", "null"]})),
        (json!({"type": "null"}), json!({"type": "null"})),
        (json!({"type": ["integer", "string"]}), json!({"anyOf": [{"type": ["integer", "string"]}, {"type": "null"}]})),
        (json!({"type": ["string", "null"]}), json!({"type": ["string", "null"]})),
        (
            json!({"type": "string", "enum": ["a"]}),
            json!({"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "null"}]}),
        ),
        (
            json!({"type": ["object", "null"], "properties": {}}),
            json!({"anyOf": [{"type": "object", "properties": {},
            "required": [], "additionalProperties": false}, {"type": "null"}]}),
        ),
        (json!({"const": "a"}), json!({"anyOf": [{"type": "string", "const": "a"}, {"type": "null"}]})),
        (
            json!({"type": "array", "items": {"type": "string"}}),
            json!({"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}]}),
        ),
        (
            json!({"anyOf": [{"type": "string"}, {"type": "null"}], "title": "t"}),
            json!({"anyOf": [{"type": "string"}, {"type": "null"}], "title": "t"}),
        ),
        (
            json!({"anyOf": [{"type": "string"}, {"const": 1}]}),
            json!({"anyOf": [{"type": "string"}, {"type": "number", "const": 1}, {"type": "null"}]}),
        ),
    ];
    for (optional, expected) in table {
        let schema = json!({"type": "object", "properties": {"x": optional}});
        let wire = wire(&schema, Dialect::Strict);
        assert_eq!(wire["properties"]["x"].to_string(), expected.to_string());
        assert_eq!(wire["required"], json!(["x"]));
    }
}

#[test]
fn other_dialects_leave_out_what_may_be_left_out() {
    let schema =
        json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "required": ["b"]});
    let anthropic = json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
        "required": ["b"], "additionalProperties": false});
    assert_eq!(wire(&schema, Dialect::Anthropic).to_string(), anthropic.to_string());
    let gemini = json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
        "required": ["b"], "propertyOrdering": ["a", "b"]});
    assert_eq!(wire(&schema, Dialect::Gemini).to_string(), gemini.to_string());
}

#[test]
fn tells_what_a_dialect_cannot_say() {
    use Dialect::{Anthropic, Gemini, Strict};
    let text = json!({"type": "string"});
    let number = json!({"type": "number"});
    let array = json!({"type": "array", "items": {"type": "string"}});
    let object = json!({"type": "object", "properties": {"a": {"type": "string"}}});
    // Each with the dialects that have to be told.
    let table: [(&Value, &str, Value, &[Dialect]); 32] = [
        (&text, "minLength", json!(2), &SUBSETS),
        (&text, "maxLength", json!(2), &SUBSETS),
        (&text, "pattern", json!("^\\d+$"), &[Gemini]),
        (&text, "pattern", json!("^(?:a|b)$"), &[Anthropic, Gemini]),
        (&text, "pattern", json!("^(?!a)"), &SUBSETS),
        (&text, "pattern", json!("\\bword"), &[Anthropic, Gemini]),
        (&text, "pattern", json!("(a)\\1"), &[Anthropic, Gemini]),
        (&text, "pattern", json!("a{1000}"), &[Anthropic, Gemini]),
        (&text, "format", json!("email"), &[Gemini]),
        (&text, "format", json!("uri"), &[Strict, Gemini]),
        (&text, "format", json!("date"), &[]),
        (&text, "contentEncoding", json!("base64"), &SUBSETS),
        (&text, "default", json!("d"), &SUBSETS),
        (&text, "default", json!(null), &[]),
        (&text, "examples", json!(["d"]), &SUBSETS),
        (&text, "unheard-of", json!(1), &SUBSETS),
        (&text, "x-own", json!(1), &[]),
        (&text, "minimum", json!(1), &SUBSETS),
        (&number, "minimum", json!(18), &[Anthropic]),
        (&number, "maximum", json!(2.5), &[Anthropic]),
        (&number, "exclusiveMinimum", json!(0), &[Anthropic, Gemini]),
        (&number, "exclusiveMaximum", json!(9), &[Anthropic, Gemini]),
        (&number, "multipleOf", json!(3), &[Anthropic, Gemini]),
        (&array, "minItems", json!(1), &[]),
        (&array, "minItems", json!(3), &[Anthropic]),
        (&array, "maxItems", json!(3), &[Anthropic]),
        (&array, "uniqueItems", json!(true), &SUBSETS),
        (&array, "contains", json!({"const": "a"}), &SUBSETS),
        (&object, "minProperties", json!(1), &SUBSETS),
        (&object, "not", json!({"required": ["a"]}), &SUBSETS),
        (&object, "dependentRequired", json!({"a": ["a"]}), &SUBSETS),
        (&object, "if", json!({"properties": {"a": {"const": "b"}}, "required": ["a"]}), &SUBSETS),
    ];
    for (schema, keyword, value, told) in table {
        let mut schema = schema.clone();
        schema[keyword] = value.clone();
        for dialect in SUBSETS {
            let line = format!(r#""$.x": {}"#, json!({ keyword: value }));
            let expected: &[String] = if told.contains(&dialect) { &[line] } else { &[] };
            assert_eq!(dropped(schema.clone(), dialect), expected, "{dialect:?} {schema}");
        }
    }
    let both = json!({"type": "string", "minLength": 1, "maxLength": 20});
    assert_eq!(dropped(both, Strict), [r#""$.x": {"minLength":1,"maxLength":20}"#]);
}

#[test]
fn what_is_told_has_its_place() {
    let short = json!({"type": "string", "maxLength": 1});
    let table = [
        (json!({"type": "object", "properties": {"b": short}}), r#""$.x.b": {"maxLength":1}"#),
        (json!({"type": "array", "items": short}), r#""$.x[]": {"maxLength":1}"#),
        (
            json!({"type": "array", "items": {"type": "object", "properties": {"b": short}}}),
            r#""$.x[].b": {"maxLength":1}"#,
        ),
        (json!({"anyOf": [{"type": "integer"}, short]}), r#""$.x (alternative 2)": {"maxLength":1}"#),
        (json!({"anyOf": [short, {"type": "null"}]}), r#""$.x": {"maxLength":1}"#),
        (json!({"$ref": "#/$defs/short"}), r#""$.x (every short)": {"maxLength":1}"#),
        (json!({"type": "object", "properties": {"\"b": short}}), r#""$.x.\"b": {"maxLength":1}"#),
    ];
    for (schema, line) in table {
        let mut schema = holding(schema);
        schema["$defs"] = json!({"short": short});
        assert_eq!(projected(&schema, Dialect::Strict).dropped, [line]);
    }
    let whole = json!({"type": "object", "properties": {}, "maxProperties": 3});
    assert_eq!(projected(&whole, Dialect::Strict).dropped, [r#""$": {"maxProperties":3}"#]);
}

#[test]
fn keeps_what_explains_and_the_order_of_keys() {
    let schema = json!({"description": "d", "title": "t", "type": "object", "required": ["z"], "x-own": 1, "properties": {
        "z": {"title": "Z", "type": "string", "description": "last letter first"}, "a": {"type": "integer"}}});
    let strict = wire(&schema, Dialect::Strict);
    assert_eq!(
        strict.to_string(),
        r#"{"description":"d","title":"t","type":"object","required":["z","a"],"properties":{"z":{"title":"Z","type":"string","description":"last letter first"},"a":{"type":["integer","null"]}},"additionalProperties":false}"#
    );
}

#[test]
fn values_that_look_like_schemas_stay_values() {
    let looks = json!({"type": "object", "minLength": 1, "$ref": "#/nowhere", "allOf": [false]});
    for dialect in SUBSETS {
        let expected = [format!(r#""$.x": {{"default":{looks}}}"#)];
        assert_eq!(dropped(json!({"type": "string", "default": looks}), dialect), expected);
        assert_eq!(property(json!({"enum": ["minLength", "$ref"]}), dialect)["enum"], json!(["minLength", "$ref"]));
        let schema = json!({"type": "object", "properties": {"enum": {"type": "string"}, "const": {"type": "string"},
            "__proto__": {"type": "string"}}, "required": ["__proto__"], "additionalProperties": false});
        let names: Vec<String> = wire(&schema, dialect)["properties"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(names, ["enum", "const", "__proto__"]);
    }
    assert_eq!(dropped(json!({"type": "string", "not": {"enum": [looks]}}), Dialect::Strict).len(), 1);
}

#[test]
fn gemini_lists_texts_and_numbers_only() {
    assert_eq!(property(json!({"const": "a"}), Dialect::Gemini), json!({"type": "string", "enum": ["a"]}));
    assert_eq!(property(json!({"const": true}), Dialect::Gemini), json!({"type": "boolean"}));
    assert_eq!(dropped(json!({"const": true}), Dialect::Gemini), [r#""$.x": {"const":true}"#]);
    assert_eq!(property(json!({"enum": ["a", null]}), Dialect::Gemini), json!({"type": ["string", "null"]}));
    assert_eq!(dropped(json!({"enum": ["a", null]}), Dialect::Gemini), [r#""$.x": {"enum":["a",null]}"#]);
    for dialect in [Dialect::Strict, Dialect::Anthropic] {
        assert_eq!(property(json!({"const": true}), dialect), json!({"type": "boolean", "const": true}));
    }
}

#[test]
fn values_of_other_types_than_the_schema_are_told() {
    for dialect in SUBSETS {
        for listing in [json!({"enum": ["a", 1]}), json!({"enum": []}), json!({"const": {"a": 1}})] {
            let (keyword, value) = listing.as_object().unwrap().iter().next().unwrap();
            let schema = json!({"type": "string", keyword: value});
            assert_eq!(property(schema.clone(), dialect), json!({"type": "string"}));
            assert_eq!(dropped(schema, dialect), [format!(r#""$.x": {listing}"#)]);
        }
    }
}

#[test]
fn maps_and_tuples_are_for_gemini_alone() {
    let map = json!({"type": "object", "additionalProperties": {"type": "integer", "multipleOf": 2}});
    assert_eq!(
        property(map.clone(), Dialect::Gemini),
        json!({"type": "object", "additionalProperties": {"type": "integer"}})
    );
    assert_eq!(dropped(map.clone(), Dialect::Gemini), [r#""$.x.*": {"multipleOf":2}"#]);
    let tuple =
        json!({"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": {"type": "null"}});
    let older = json!({"type": "array", "items": [{"type": "string"}, {"type": "integer"}], "additionalItems": false});
    for tuple in [tuple, older] {
        assert_eq!(property(tuple.clone(), Dialect::Gemini), json!({"type": "array"}));
        let mut told = tuple.clone();
        told.as_object_mut().unwrap().shift_remove("type");
        assert_eq!(dropped(tuple.clone(), Dialect::Gemini), [format!(r#""$.x": {told}"#)]);
        for dialect in [Dialect::Strict, Dialect::Anthropic] {
            assert_eq!(projected(&holding(tuple.clone()), dialect).schema, None);
            assert_eq!(projected(&holding(map.clone()), dialect).schema, None);
        }
    }
}

#[test]
fn parts_are_told_unless_they_name_what_a_closed_object_cannot_have() {
    let told = json!({"type": "string", "allOf": [{"pattern": "^a"}, {"pattern": "z$"}]});
    let object = json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}});
    let mut conditions = object.clone();
    conditions["anyOf"] = json!([{"required": ["a"]}, {"required": ["b"]}]);
    for dialect in SUBSETS {
        assert_eq!(property(told.clone(), dialect), json!({"type": "string"}));
        assert_eq!(dropped(told.clone(), dialect), [r#""$.x": {"allOf":[{"pattern":"^a"},{"pattern":"z$"}]}"#]);
        assert_eq!(property(conditions.clone(), dialect), property(object.clone(), dialect));
        assert_eq!(
            dropped(conditions.clone(), dialect),
            [r#""$.x": {"anyOf":[{"required":["a"]},{"required":["b"]}]}"#]
        );
    }
    for keyword in ["allOf", "anyOf", "oneOf"] {
        let mut more = object.clone();
        more[keyword] = json!([{"properties": {"c": {"type": "string"}}}, {"required": ["a"]}]);
        assert_eq!(projected(&holding(more.clone()), Dialect::Strict).schema, None);
        assert_eq!(projected(&holding(more.clone()), Dialect::Anthropic).schema, None);
        assert_eq!(
            dropped(more.clone(), Dialect::Gemini),
            [format!(r#""$.x": {}"#, json!({ keyword: more[keyword] }))]
        );
    }
    // Nobody could look up what is told by its address.
    let mut elsewhere = holding(object);
    elsewhere["allOf"] = json!([{"required": ["x"]}, {"not": {"$ref": "#/properties/x"}}]);
    for dialect in SUBSETS {
        assert_eq!(projected(&elsewhere, dialect).schema, None);
    }
}

#[test]
fn alternatives_are_told_apart_and_stay_references() {
    let schema = json!({
        "type": "object",
        "properties": {"shape": {"oneOf": [{"$ref": "#/$defs/circle"}, {"$ref": "#/$defs/square"}], "type": "object"}},
        "required": ["shape"],
        "$defs": {
            "circle": {"type": "object", "properties": {"kind": {"const": "circle"}, "radius": {"type": "number"}},
                "required": ["kind", "radius"]},
            "square": {"type": "object", "properties": {"kind": {"const": "square"}, "side": {"type": "number"}},
                "required": ["kind", "side"]},
        },
    });
    for dialect in SUBSETS {
        let wire = wire(&schema, dialect);
        let branches = json!({"anyOf": [{"$ref": "#/$defs/circle"}, {"$ref": "#/$defs/square"}]});
        assert_eq!(wire["properties"]["shape"], branches);
        let told = r#""$.shape": {"oneOf":"exactly one alternative matches","type":"object"}"#;
        assert_eq!(projected(&schema, dialect).dropped, [told]);
    }
}

#[test]
fn a_root_is_brought_into_form_where_that_is_possible() {
    let object = json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": false});
    for root in [
        json!({"$ref": "#/$defs/it", "$defs": {"it": object}}),
        json!({"anyOf": [{"$ref": "#/$defs/it"}], "$defs": {"it": object}}),
        json!({"allOf": [{"$ref": "#/definitions/other"}], "definitions": {"it": object, "other": {"$ref": "#/definitions/it"}}}),
        json!({"oneOf": [object, false]}),
    ] {
        assert_eq!(wire(&root, Dialect::Strict), object, "{root}");
    }
    let choice = json!({"anyOf": [object, {"type": "object", "properties": {}}]});
    assert_eq!(projected(&choice, Dialect::Strict).schema, None);
    assert!(projected(&choice, Dialect::Anthropic).schema.is_some());
}

#[test]
fn recursion_is_kept_where_the_provider_takes_it() {
    let tree = |required: Value| {
        json!({"type": "object", "properties": {"name": {"type": "string"},
        "children": {"type": "array", "items": {"$ref": "#"}}}, "required": required})
    };
    let carried = |schema: &Value| SUBSETS.map(|dialect| projected(schema, dialect).schema.is_some());
    assert_eq!(carried(&tree(json!(["name"]))), [true, false, true]);
    assert_eq!(carried(&tree(json!(["name", "children"]))), [true, false, false]);
    let described = json!({"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}, "$defs": {
        "node": {"type": "object", "properties": {"next": {"allOf": [{"$ref": "#/$defs/node"}], "description": "what follows"}}}}});
    let projection = projected(&described, Dialect::Strict);
    assert_eq!(projection.dropped, [r#""$.next (every node).next": {"description":"what follows"}"#]);
    let consumes_nothing = json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/a"}}, "$defs": {
        "a": {"anyOf": [{"$ref": "#/$defs/a"}, {"type": "null"}]}}});
    assert_eq!(carried(&consumes_nothing), [false; 3]);
}

#[test]
fn refuses_what_a_dialect_cannot_carry() {
    let refused = [
        json!(true),
        json!({}),
        json!({"type": "object"}),
        json!({"type": "object", "properties": {"a": {}}}),
        json!({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": true}),
        holding(json!({"type": "object", "additionalProperties": {"type": "string"}})),
        holding(
            json!({"type": "object", "patternProperties": {"^a": {"type": "string"}}, "additionalProperties": false}),
        ),
        holding(json!({"type": "array"})),
        holding(json!({"type": "array", "items": true})),
        json!({"type": "object", "properties": {}, "required": ["undeclared"]}),
        json!({"type": "object", "properties": {"a": {"type": "string"}}, "if": {"required": ["a"]},
            "then": {"properties": {"b": {"type": "string"}}, "required": ["b"]}}),
        json!({"type": "object", "properties": {"a": {"type": "string"}}, "if": {"required": ["a"]},
            "then": {"properties": {"b": {"type": "string"}}}}),
        holding(
            json!({"type": "object", "properties": {"a": {"type": "string"}}, "patternProperties": {"^x": {"type": "string"}}}),
        ),
    ];
    for schema in refused {
        for dialect in [Dialect::Strict, Dialect::Anthropic] {
            assert_eq!(projected(&schema, dialect).schema, None, "{dialect:?} {schema}");
        }
        assert!(projected(&schema, Dialect::Gemini).schema.is_some(), "{schema}");
    }
    let refused_by_all = [
        json!(false),
        json!("object"),
        holding(json!(false)),
        holding(json!({"type": "object", "properties": {"never": false}})),
        holding(json!({"anyOf": [false, false]})),
        holding(json!({"$ref": "https://example.com/elsewhere"})),
        holding(json!({"$ref": "#/$defs/missing"})),
        holding(json!({"$ref": "#/properties/x"})),
        holding(json!({"$dynamicRef": "#node"})),
        json!({"type": "object", "properties": {"y": {"type": "string"},
            "x": {"$id": "https://example.com/inner", "$ref": "#/properties/y"}}}),
        json!({"$ref": "#"}),
    ];
    for schema in refused_by_all {
        for dialect in SUBSETS {
            assert_eq!(projected(&schema, dialect).schema, None, "{dialect:?} {schema}");
        }
    }
}

#[test]
fn keeps_within_the_limits_of_each_provider() {
    let nested = |levels: usize| (1..levels).fold(holding(json!({"type": "string"})), |schema, _| holding(schema));
    assert!(projected(&nested(10), Dialect::Strict).schema.is_some());
    assert_eq!(projected(&nested(11), Dialect::Strict).schema, None);
    assert!(projected(&nested(11), Dialect::Anthropic).schema.is_some());

    let optional = |count: usize| {
        let properties: serde_json::Map<String, Value> =
            (0..count).map(|number| (format!("p{number}"), json!({"type": "string"}))).collect();
        json!({"type": "object", "properties": properties})
    };
    assert!(projected(&optional(24), Dialect::Anthropic).schema.is_some());
    assert_eq!(projected(&optional(25), Dialect::Anthropic).schema, None);
    assert!(projected(&optional(5_000), Dialect::Strict).schema.is_some());
    assert_eq!(projected(&optional(5_001), Dialect::Strict).schema, None);

    let unions = |count: usize| {
        let mut schema = optional(count);
        schema["required"] = schema["properties"].as_object().unwrap().keys().cloned().collect();
        for property in schema["properties"].as_object_mut().unwrap().values_mut() {
            *property = json!({"type": ["string", "null"]});
        }
        schema
    };
    assert!(projected(&unions(16), Dialect::Anthropic).schema.is_some());
    assert_eq!(projected(&unions(17), Dialect::Anthropic).schema, None);

    let listed = |count: usize, length: usize| {
        let values: Vec<String> = (0..count).map(|number| format!("{number:0length$}")).collect();
        holding(json!({"type": "string", "enum": values}))
    };
    assert!(projected(&listed(1_000, 15), Dialect::Strict).schema.is_some());
    assert_eq!(projected(&listed(1_001, 4), Dialect::Strict).schema, None);
    assert!(projected(&listed(250, 100), Dialect::Strict).schema.is_some());
    assert_eq!(projected(&listed(251, 100), Dialect::Strict).schema, None);
    assert_eq!(projected(&listed(200, 601), Dialect::Strict).schema, None);
}

#[test]
fn hostile_schemas_end() {
    let doubling: serde_json::Map<String, Value> = (0..60)
        .map(|number| {
            let next = json!({"$ref": format!("#/$defs/d{}", number + 1), "minLength": number});
            (format!("d{number}"), json!({"allOf": [next, next], "anyOf": [next, next]}))
        })
        .collect();
    let doubling = json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/d0"}}, "$defs": doubling});
    let arrays = |levels: usize| {
        let array = |items| [("type".to_owned(), json!("array")), ("items".to_owned(), items)];
        let wrap = |schema, _| Value::Object(array(schema).into_iter().collect());
        (0..levels).fold(json!({"type": "string"}), wrap)
    };
    let deep = arrays(3_000);
    assert!(project(&arrays(120), Dialect::Anthropic).schema.is_some());
    assert_eq!(project(&deep, Dialect::Open).schema, None);
    let endless = json!({"type": "object", "properties": {"a": {"$ref": "#", "minProperties": 1}}});
    assert_eq!(projected(&endless, Dialect::Strict).dropped, [r#""$.a": {"minProperties":1}"#]);
    assert_eq!(projected(&endless, Dialect::Anthropic).schema, None);
    let ring = json!({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}});
    for schema in [doubling, deep, ring] {
        for dialect in SUBSETS {
            assert_eq!(project(&schema, dialect).schema, None);
        }
    }
}
