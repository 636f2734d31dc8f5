//! Schemas that people use.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::instances::{accepts, completed};
use super::{SUBSETS, projected, wire};
use crate::schema::projection::{Dialect, project, restore};

/// A file of the inputs; `None` where they are not beside the repository.
fn input(name: &str) -> Option<Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let paths = ["../shared/inputs", "../../shared/inputs"].map(|folder| root.join(folder).join(name));
    let Some(path) = paths.iter().find(|path| path.is_file()) else {
        println!("skipped: {name} is not beside the repository");
        return None;
    };
    Some(serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
}

#[test]
fn our_own_schemas_are_carried_whole_by_everyone() {
    let own = [
        include_str!("../../../samples/basic.schema.json"),
        include_str!("../../../samples/reasoning.schema.json"),
        include_str!("../../../topics/linked.schema.json"),
        include_str!("../../../topics/plain.schema.json"),
    ];
    for text in own {
        let schema: Value = serde_json::from_str(text).unwrap();
        for dialect in SUBSETS {
            let projection = projected(&schema, dialect);
            let mut wire = projection.schema.unwrap();
            assert_eq!(projection.dropped, Vec::<String>::new());
            if dialect != Dialect::Gemini {
                assert_eq!(wire.to_string(), schema.to_string());
            }
            wire.as_object_mut().unwrap().shift_remove("propertyOrdering");
            assert_eq!(wire["required"], schema["required"]);
        }
    }
}

/// The parameters of a tool in DeepFabric's form as a JSON Schema.
fn parameters(tool: &Value) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for parameter in tool["parameters"].as_array().unwrap() {
        let kind = match parameter["type"].as_str().unwrap() {
            "str" => "string",
            "int" => "integer",
            "float" => "number",
            "bool" => "boolean",
            "list" => "array",
            _ => "object",
        };
        let name = parameter["name"].as_str().unwrap();
        properties.insert(name.to_owned(), json!({"type": kind, "description": parameter["description"]}));
        if parameter["required"] == true {
            required.push(name);
        }
    }
    json!({"type": "object", "properties": properties, "required": required})
}

#[test]
fn real_tools_are_carried_unless_they_take_anything() {
    let Some(tools) = input("kubernetes-mcp-tools.json") else { return };
    let mut refused = Vec::new();
    for tool in tools["tools"].as_array().unwrap() {
        let schema = parameters(tool);
        let kinds: Vec<&Value> = schema["properties"].as_object().unwrap().values().map(|p| &p["type"]).collect();
        let takes_anything = kinds.iter().any(|kind| **kind == "object" || **kind == "array");
        for dialect in [Dialect::Strict, Dialect::Anthropic] {
            assert_eq!(projected(&schema, dialect).schema.is_none(), takes_anything, "{}", tool["name"]);
        }
        assert_eq!(projected(&schema, Dialect::Gemini).dropped, Vec::<String>::new());
        assert!(projected(&schema, Dialect::Gemini).schema.is_some());
        if takes_anything {
            refused.push(tool["name"].as_str().unwrap());
            continue;
        }
        let least: Map<String, Value> = schema["required"]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| {
                let kind = &schema["properties"][name.as_str().unwrap()]["type"];
                (name.as_str().unwrap().to_owned(), if kind == "string" { json!("x") } else { json!(1) })
            })
            .collect();
        let wire = wire(&schema, Dialect::Strict);
        let mut reply = completed(&wire, &wire, &Value::Object(least.clone()));
        assert_eq!(reply.as_object().unwrap().len(), schema["properties"].as_object().unwrap().len());
        restore(&schema, &mut reply);
        assert_eq!(reply, Value::Object(least));
    }
    assert!(refused.len() > 1 && refused.len() < 10, "{refused:?}");
}

/// As pydantic writes them.
#[test]
fn a_model_with_definitions_and_optional_fields_comes_through() {
    let schema = json!({
        "$defs": {
            "Address": {"properties": {"street": {"title": "Street", "type": "string"},
                "zip": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": null, "title": "Zip"}},
                "required": ["street"], "title": "Address", "type": "object"},
            "Level": {"enum": ["low", "high"], "title": "Level", "type": "string"},
        },
        "properties": {
            "name": {"maxLength": 50, "title": "Name", "type": "string"},
            "level": {"$ref": "#/$defs/Level", "default": "low", "description": "how hard it is"},
            "home": {"anyOf": [{"$ref": "#/$defs/Address"}, {"type": "null"}], "default": null},
            "tags": {"items": {"type": "string"}, "title": "Tags", "type": "array", "uniqueItems": true},
        },
        "required": ["name", "tags"],
        "title": "Person",
        "type": "object",
    });
    let projection = projected(&schema, Dialect::Strict);
    let wire = projection.schema.unwrap();
    assert_eq!(wire["properties"]["level"], json!({"anyOf": [{"$ref": "#/$defs/Level"}, {"type": "null"}]}));
    assert_eq!(wire["properties"]["home"], json!({"anyOf": [{"$ref": "#/$defs/Address"}, {"type": "null"}]}));
    assert_eq!(wire["$defs"]["Address"]["required"], json!(["street", "zip"]));
    assert_eq!(wire["required"], json!(["name", "level", "home", "tags"]));
    assert_eq!(
        projection.dropped,
        [
            r#""$.name": {"maxLength":50}"#,
            r#""$.level": {"default":"low","description":"how hard it is"}"#,
            r#""$.tags": {"uniqueItems":true}"#,
        ]
    );
    let mut reply = json!({"name": "n", "level": null, "home": {"street": "s", "zip": null}, "tags": []});
    restore(&schema, &mut reply);
    assert_eq!(reply, json!({"name": "n", "home": {"street": "s", "zip": null}, "tags": []}));
}

/// The official test cases hold every form that the standard knows, alone and in odd company.
#[test]
fn every_form_of_the_standard_is_carried_or_refused() {
    let names = [
        "additionalProperties",
        "allOf",
        "anchor",
        "anyOf",
        "boolean_schema",
        "const",
        "contains",
        "content",
        "default",
        "defs",
        "dependentRequired",
        "dependentSchemas",
        "dynamicRef",
        "enum",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "format",
        "if-then-else",
        "infinite-loop-detection",
        "items",
        "maxContains",
        "maxItems",
        "maxLength",
        "maxProperties",
        "maximum",
        "minContains",
        "minItems",
        "minLength",
        "minProperties",
        "minimum",
        "multipleOf",
        "not",
        "oneOf",
        "pattern",
        "patternProperties",
        "prefixItems",
        "properties",
        "propertyNames",
        "ref",
        "required",
        "type",
        "unevaluatedItems",
        "unevaluatedProperties",
        "uniqueItems",
        "vocabulary",
    ];
    let mut carried = 0;
    for name in names {
        let Some(cases) = input(&format!("json-schema-test-suite/tests/draft2020-12/{name}.json")) else { return };
        for case in cases.as_array().unwrap() {
            for schema in [case["schema"].clone(), super::holding(case["schema"].clone())] {
                for dialect in SUBSETS {
                    let projection = projected(&schema, dialect);
                    let Some(wire) = projection.schema else { continue };
                    carried += 1;
                    assert_eq!(
                        project(&wire, dialect).schema.as_ref(),
                        Some(&wire),
                        "{dialect:?} {}",
                        case["description"]
                    );
                    // Gemini's schemas stay open, so they forbid nothing at all.
                    for test in case["tests"].as_array().unwrap() {
                        if dialect == Dialect::Gemini
                            && test["valid"] == true
                            && schema == case["schema"]
                            && has_type(&schema)
                        {
                            assert!(
                                accepts(&wire, &test["data"]),
                                "{} {}\n{wire}",
                                case["description"],
                                test["description"]
                            );
                        }
                    }
                }
            }
        }
    }
    assert!(carried > 300, "{carried}");
}

/// Whether the author says what type of value is meant; otherwise it is taken from the other keywords.
fn has_type(schema: &Value) -> bool {
    schema.get("type").is_some()
}
