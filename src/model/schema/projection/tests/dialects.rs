//! What becomes of each form in each dialect.

use serde_json::{Value, json};

use super::{SUBSETS, holding, projected, wire};
use crate::model::schema::projection::{Dialect, project};

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
        (json!({"type": ["integer", "string"]}), json!({"type": ["integer", "string", "null"]})),
        (json!({"type": ["string", "null"]}), json!({"type": ["string", "null"]})),
        (json!({"type": "string", "enum": ["a"]}), json!({"type": ["string", "null"], "enum": ["a", null]})),
        (json!({"enum": ["a", null]}), json!({"type": ["string", "null"], "enum": ["a", null]})),
        (json!({"const": "a"}), json!({"anyOf": [{"type": "string", "const": "a"}, {"type": "null"}]})),
        (
            json!({"type": "array", "items": {"type": "string"}}),
            json!({"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}]}),
        ),
        (
            json!({"anyOf": [{"type": "string"}, {"type": "null"}], "title": "t"}),
            json!({"title": "t", "anyOf": [{"type": "string"}, {"type": "null"}]}),
        ),
        (
            json!({"anyOf": [{"type": "string"}, {"const": 1}]}),
            json!({"anyOf": [{"type": "string"}, {"type": "integer", "const": 1}, {"type": "null"}]}),
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
fn says_in_words_what_a_dialect_cannot_say() {
    use Dialect::{Anthropic, Gemini, Strict};
    let text = |keyword: &str, value: Value| json!({"type": "string", keyword: value});
    let number = |keyword: &str, value: Value| json!({"type": "number", keyword: value});
    let array = |keyword: &str, value: Value| json!({"type": "array", "items": {"type": "string"}, keyword: value});
    let object = |keyword: &str, value: Value| json!({"type": "object", "properties": {"a": {"type": "string"}}, keyword: value});
    // Each with the dialects that have to be told.
    let table: [(Value, &[Dialect], &str); 30] = [
        (text("minLength", json!(2)), &SUBSETS, r#""x" has at least 2 character(s)"#),
        (text("maxLength", json!(2)), &SUBSETS, r#""x" has at most 2 character(s)"#),
        (text("pattern", json!("^\\d+$")), &[Gemini], r#""x" matches the regular expression ^\d+$"#),
        (text("pattern", json!("^(?!a)")), &SUBSETS, r#""x" matches the regular expression ^(?!a)"#),
        (text("pattern", json!("\\bword")), &[Anthropic, Gemini], r#""x" matches the regular expression \bword"#),
        (text("pattern", json!("(a)\\1")), &[Anthropic, Gemini], r#""x" matches the regular expression (a)\1"#),
        (text("pattern", json!("a{1000}")), &[Anthropic, Gemini], r#""x" matches the regular expression a{1000}"#),
        (text("format", json!("email")), &[Gemini], r#""x" is in the format email"#),
        (text("format", json!("uri")), &[Strict, Gemini], r#""x" is in the format uri"#),
        (text("format", json!("date")), &[], ""),
        (text("contentEncoding", json!("base64")), &SUBSETS, r#""x" is encoded as base64"#),
        (text("default", json!("d")), &SUBSETS, r#""x" is "d" by default"#),
        (text("default", json!(null)), &[], ""),
        (text("examples", json!(["d"])), &SUBSETS, r#""x" is, for example, one of ["d"]"#),
        (number("minimum", json!(18)), &[Anthropic], r#""x" is at least 18"#),
        (number("maximum", json!(2.5)), &[Anthropic], r#""x" is at most 2.5"#),
        (number("exclusiveMinimum", json!(0)), &[Anthropic, Gemini], r#""x" is more than 0"#),
        (number("exclusiveMaximum", json!(9)), &[Anthropic, Gemini], r#""x" is less than 9"#),
        (number("multipleOf", json!(3)), &[Anthropic, Gemini], r#""x" is a multiple of 3"#),
        (array("minItems", json!(1)), &[], ""),
        (array("minItems", json!(3)), &[Anthropic], r#""x" has at least 3 item(s)"#),
        (array("maxItems", json!(3)), &[Anthropic], r#""x" has at most 3 item(s)"#),
        (array("uniqueItems", json!(true)), &SUBSETS, r#""x" has no two equal items"#),
        (
            array("contains", json!({"const": "a"})),
            &SUBSETS,
            r#""x" has at least 1 item(s) that match the JSON Schema {"const":"a"}"#,
        ),
        (object("minProperties", json!(1)), &SUBSETS, r#""x" has a property count of at least 1"#),
        (
            object("not", json!({"required": ["a"]})),
            &SUBSETS,
            r#""x" does not match the JSON Schema {"required":["a"]}"#,
        ),
        (object("dependentRequired", json!({"a": ["a"]})), &SUBSETS, r#""x" has ["a"] whenever it has "a""#),
        (
            object("if", json!({"required": ["a"]})),
            &SUBSETS,
            r#""x" matches the JSON Schema true if it matches {"required":["a"]}"#,
        ),
        (
            object("patternProperties", json!({"^y": {"type": "string"}})),
            &SUBSETS,
            r#""x" has properties with a name like ^y only if they match the JSON Schema {"type":"string"}"#,
        ),
        (
            object("propertyNames", json!({"maxLength": 9})),
            &SUBSETS,
            r#""x" has only property names that match the JSON Schema {"maxLength":9}"#,
        ),
    ];
    for (schema, told, sentence) in table {
        for dialect in SUBSETS {
            let expected: &[&str] = if told.contains(&dialect) { &[sentence] } else { &[] };
            assert_eq!(dropped(schema.clone(), dialect), expected, "{dialect:?} {schema}");
        }
    }
}

#[test]
fn sentences_name_the_place() {
    let short = json!({"type": "string", "maxLength": 1});
    let table = [
        (json!({"type": "object", "properties": {"b": short}}), r#""x.b" has at most 1 character(s)"#),
        (json!({"type": "array", "items": short}), r#"each item of "x" has at most 1 character(s)"#),
        (
            json!({"type": "array", "items": {"type": "object", "properties": {"b": short}}}),
            r#""x[].b" has at most 1 character(s)"#,
        ),
        (json!({"anyOf": [{"type": "integer"}, short]}), r#""x" has at most 1 character(s) (alternative 2 of "x")"#),
        (json!({"anyOf": [short, {"type": "null"}]}), r#""x" has at most 1 character(s)"#),
        (json!({"$ref": "#/$defs/short"}), r#""x" has at most 1 character(s) (also wherever short is used)"#),
    ];
    for (schema, sentence) in table {
        let mut schema = holding(schema);
        schema["$defs"] = json!({"short": short});
        assert_eq!(projected(&schema, Dialect::Strict).dropped, [sentence]);
    }
    let whole = json!({"type": "object", "properties": {}, "maxProperties": 3});
    assert_eq!(projected(&whole, Dialect::Strict).dropped, ["the reply has a property count of at most 3"]);
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
        let expected = [format!(r#""x" is {looks} by default"#)];
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
    assert_eq!(dropped(json!({"const": true}), Dialect::Gemini), [r#""x" is true"#]);
    assert_eq!(property(json!({"enum": ["a", null]}), Dialect::Gemini), json!({"type": ["string", "null"]}));
    assert_eq!(dropped(json!({"enum": ["a", null]}), Dialect::Gemini), [r#""x" is one of ["a",null]"#]);
    for dialect in [Dialect::Strict, Dialect::Anthropic] {
        assert_eq!(property(json!({"const": true}), dialect), json!({"type": "boolean", "const": true}));
    }
}

#[test]
fn gemini_keeps_maps_and_tuples() {
    let map = json!({"type": "object", "additionalProperties": {"type": "integer", "multipleOf": 2}});
    assert_eq!(
        property(map.clone(), Dialect::Gemini),
        json!({"type": "object", "additionalProperties": {"type": "integer"}})
    );
    assert_eq!(dropped(map, Dialect::Gemini), [r#""x.*" is a multiple of 2"#]);
    let tuple = json!({"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": false});
    assert_eq!(
        property(tuple.clone(), Dialect::Gemini),
        json!({"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "maxItems": 2})
    );
    assert_eq!(
        property(tuple.clone(), Dialect::Strict),
        json!({"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]}, "maxItems": 2})
    );
    let mut shorter = tuple.clone();
    shorter["maxItems"] = json!(1);
    for dialect in [Dialect::Strict, Dialect::Gemini] {
        assert_eq!(property(shorter.clone(), dialect)["maxItems"], 1);
    }
    let older = json!({"type": "array", "items": [{"type": "string"}, {"type": "integer"}], "additionalItems": false});
    for dialect in SUBSETS {
        assert_eq!(property(older.clone(), dialect), property(tuple.clone(), dialect));
    }
}

#[test]
fn all_parts_become_one_object() {
    let schema = json!({
        "allOf": [{"$ref": "#/definitions/named"}, {"required": ["age"]}],
        "properties": {"age": {"type": "integer", "minimum": 1}, "name": {"maxLength": 9}},
        "description": "a person",
        "definitions": {"named": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"],
            "description": "something with a name"}},
    });
    let projection = projected(&schema, Dialect::Strict);
    let expected = json!({"description": "a person", "type": "object", "properties": {"name": {"type": "string"},
        "age": {"type": "integer", "minimum": 1}}, "required": ["name", "age"], "additionalProperties": false});
    assert_eq!(projection.schema.unwrap(), expected);
    assert_eq!(projection.dropped, [r#""name" has at most 9 character(s)"#]);
}

#[test]
fn what_cannot_be_merged_is_told_or_refused() {
    let told = json!({"allOf": [{"type": "string", "pattern": "^a"}, {"pattern": "z$"}]});
    assert_eq!(property(told.clone(), Dialect::Strict), json!({"type": "string", "pattern": "^a"}));
    assert_eq!(dropped(told, Dialect::Strict), [r#""x" matches the regular expression z$"#]);
    let part =
        |name: &str| json!({"type": "object", "properties": {name: {"type": "string"}}, "additionalProperties": false});
    let mut blind = part("a");
    blind["unevaluatedProperties"] = blind.as_object_mut().unwrap().shift_remove("additionalProperties").unwrap();
    for dialect in SUBSETS {
        let open = json!({"type": "object", "properties": {"b": {"type": "string"}}});
        for parts in [[part("a"), part("b")], [part("a"), open.clone()], [blind.clone(), open]] {
            let schema = holding(json!({"allOf": parts}));
            assert_eq!(projected(&schema, dialect).schema, None);
        }
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
        assert_eq!(projected(&schema, dialect).dropped, [r#""shape" matches exactly one of its alternatives"#]);
    }
}

#[test]
fn conditions_beside_properties_become_alternatives() {
    let schema = holding(json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
        "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}));
    let branches = wire(&schema, Dialect::Anthropic)["properties"]["x"]["anyOf"].clone();
    assert_eq!(branches[0]["required"], json!(["a"]));
    assert_eq!(branches[1]["required"], json!(["b"]));
    assert_eq!(branches[1]["properties"].as_object().unwrap().len(), 2);
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
    assert_eq!(projection.dropped, [r#""next.next" means: what follows (also wherever node is used)"#]);
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
        holding(json!({"enum": []})),
        holding(json!({"type": "string", "const": 1})),
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
fn a_property_that_may_never_be_given_is_not_offered() {
    let schema = json!({"type": "object", "properties": {"a": {"type": "string"}, "b": false}, "required": ["a"]});
    for dialect in SUBSETS {
        assert!(wire(&schema, dialect)["properties"].get("b").is_none());
    }
    assert_eq!(projected(&schema, Dialect::Gemini).dropped, [r#""b" is not given"#]);

    let half =
        json!({"type": "object", "properties": {"c": {"$ref": "#/$defs/text"}, "d": false}, "required": ["c", "d"]});
    let schema = json!({"type": "object", "properties": {"a": {"type": "string"}, "b": half}, "required": ["a"],
        "additionalProperties": false, "$defs": {"text": {"type": "string", "maxLength": 1}}});
    for dialect in SUBSETS {
        assert!(wire(&schema, dialect).get("$defs").is_none());
        assert_eq!(projected(&schema, dialect).dropped, Vec::<String>::new());
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
    let choices: Vec<Value> =
        (0..20).map(|number| json!({"anyOf": [{"minLength": number}, {"maxLength": number}]})).collect();
    let arrays = |levels: usize| {
        let array = |items| [("type".to_owned(), json!("array")), ("items".to_owned(), items)];
        let wrap = |schema, _| Value::Object(array(schema).into_iter().collect());
        (0..levels).fold(json!({"type": "string"}), wrap)
    };
    let deep = arrays(3_000);
    assert!(project(&arrays(120), Dialect::Anthropic).schema.is_some());
    assert_eq!(project(&deep, Dialect::Open).schema, None);
    let endless = json!({"type": "object", "properties": {"a": {"$ref": "#", "minProperties": 1}}});
    let ring = json!({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}});
    for schema in [doubling, holding(json!({"type": "string", "allOf": choices})), deep, endless, ring] {
        for dialect in SUBSETS {
            assert_eq!(project(&schema, dialect).schema, None);
        }
    }
}
