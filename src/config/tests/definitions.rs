//! Tools in every form in which they are written down.

use std::path::Path;

use super::*;
use crate::config::Tool;

fn tool(definition: Value) -> Tool {
    Tool::read(&definition, "").unwrap_or_else(|faults| panic!("{definition}: {faults:?}"))
}

/// A schema of which everything has to survive.
fn rich() -> Value {
    json!({
        "type": "object",
        "properties": {
            "city": { "type": "string", "minLength": 1, "description": "Where" },
            "unit": { "enum": ["c", "f"], "default": "c" },
            "days": { "type": ["integer", "null"], "minimum": 1 },
            "when": { "type": "string", "format": "date-time" },
            "filters": {
                "type": "array",
                "items": { "type": "object", "properties": { "key": { "type": "string" } }, "required": ["key"] }
            },
            "area": { "$ref": "#/$defs/area" }
        },
        "required": ["city"],
        "additionalProperties": false,
        "$defs": { "area": { "anyOf": [{ "type": "string" }, { "type": "null" }] } }
    })
}

#[test]
fn every_form_of_a_definition_says_the_same() {
    let (name, description) = ("weather", "Tells the weather");
    let function = json!({ "name": name, "description": description, "parameters": rich() });
    let mut itself = rich();
    itself["title"] = json!(name);
    itself["description"] = json!(description);
    let expected = json!({ "type": "function", "function": function });
    for definition in [
        function.clone(),
        expected.clone(),
        json!({ "type": "function", "name": name, "description": description, "parameters": rich() }),
        json!({ "name": name, "description": description, "inputSchema": rich(), "annotations": { "readOnlyHint": true } }),
        json!({ "name": name, "description": description, "input_schema": rich() }),
        itself,
    ] {
        let tool = tool(definition.clone());
        assert_eq!(tool.to_openai(), expected, "{definition}");
        assert_eq!(*tool.definition, definition, "nothing that was written is lost");
    }
}

#[test]
fn properties_keep_the_order_of_their_author() {
    let tool = tool(json!({ "name": "x", "inputSchema": rich() }));
    let names: Vec<&String> = tool.parameters["properties"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["city", "unit", "days", "when", "filters", "area"]);
}

#[test]
fn listed_parameters_become_one_schema() {
    let definition = json!({
        "name": "book", "description": "Books", "returns": "A number", "component": "travel", "category": "general",
        "parameters": [
            { "name": "a", "type": "str", "description": "A" },
            { "name": "b", "type": "int", "required": false, "default": "100" },
            { "name": "c", "type": "float", "required": false, "default": "0.5" },
            { "name": "d", "type": "bool", "required": false, "default": "True" },
            { "name": "e", "type": "list", "required": false, "items": { "type": "string" }, "default": "[\"x\"]" },
            { "name": "f", "type": "dict", "required": false, "default": "" },
            { "name": "g", "type": "string", "enum": ["x", "y"], "required": false, "default": null },
            { "name": "h", "type": ["str", "null"], "required": false, "default": "x" },
        ]
    });
    let tool = tool(definition);
    assert_eq!((tool.returns.as_str(), tool.component.as_deref()), ("A number", Some("travel")));
    let expected = json!({
        "type": "object",
        "properties": {
            "a": { "type": "string", "description": "A" },
            "b": { "type": "integer", "default": 100 },
            "c": { "type": "number", "default": 0.5 },
            "d": { "type": "boolean", "default": true },
            "e": { "type": "array", "items": { "type": "string" }, "default": ["x"] },
            "f": { "type": "object" },
            "g": { "type": "string", "enum": ["x", "y"] },
            "h": { "type": ["string", "null"], "default": "x" }
        },
        "required": ["a"]
    });
    assert_eq!(*tool.parameters, expected);
}

#[test]
fn a_tool_without_parameters_takes_none() {
    let none = json!({ "type": "object", "properties": {}, "required": [] });
    for parameters in [json!(null), json!([]), json!({})] {
        assert_eq!(*tool(json!({ "name": "now", "parameters": parameters })).parameters, none, "{parameters}");
    }
    assert_eq!(*tool(json!({ "name": "now" })).parameters, none);
    assert_eq!(tool(json!({ "name": "now" })).to_openai()["function"]["description"], "");
}

#[test]
fn strictness_is_kept_in_the_form_that_has_it() {
    let strict = json!({ "name": "x", "strict": true, "parameters": { "type": "object", "properties": {} } });
    assert_eq!(tool(strict.clone()).to_openai()["function"]["strict"], true);
    assert_eq!(tool(json!({ "type": "function", "function": strict })).to_openai()["function"]["strict"], true);
    assert!(tool(json!({ "name": "x" })).to_openai()["function"].get("strict").is_none());
}

#[test]
fn says_what_is_wrong_with_a_definition_and_where() {
    let with = |parameter: Value| json!({ "name": "x", "parameters": [{ "name": "a", "type": "str" }, parameter] });
    let schema = |schema: Value| json!({ "name": "x", "parameters": schema });
    for (definition, path, words) in [
        (json!("x"), "t", "must be a mapping that defines a tool, not \"x\""),
        (json!({ "type": "function", "function": 3 }), "t.function", "must be a mapping"),
        (json!({ "description": "x" }), "t", "needs a name"),
        (json!({ "name": "" }), "t", "needs a name"),
        (json!({ "name": 3 }), "t.name", "not 3"),
        (json!({ "name": "get weather" }), "t.name", "letters, digits"),
        (json!({ "name": "x".repeat(129) }), "t.name", "at most 128"),
        (json!({ "name": "x", "description": 3 }), "t.description", "must be text, not 3"),
        (
            json!({ "type": "function", "function": { "name": "x", "description": [] } }),
            "t.function.description",
            "text",
        ),
        (json!({ "name": "x", "parameters": "q" }), "t.parameters", "a list of parameters or a JSON Schema"),
        (with(json!("b")), "t.parameters[1]", "with a name and a type"),
        (with(json!({ "type": "str" })), "t.parameters[1]", "needs a name"),
        (with(json!({ "name": "b" })), "t.parameters[1]", "needs a type: str, int, float, bool, list, dict"),
        (with(json!({ "name": "b", "type": "strng" })), "t.parameters[1].type", "not \"strng\""),
        (with(json!({ "name": "b", "type": {} })), "t.parameters[1].type", "the name of a type"),
        (with(json!({ "name": "b", "type": "str", "required": "no" })), "t.parameters[1].required", "true or false"),
        (with(json!({ "name": "b", "type": "str", "description": 1 })), "t.parameters[1].description", "text"),
        (with(json!({ "name": "a", "type": "str" })), "t.parameters[1].name", "already"),
        (with(json!({ "name": "b", "type": ["str", "sky"] })), "t", "$.properties.b.type in the schema must be"),
        (with(json!({ "name": "b", "type": "str", "minLength": -1 })), "t", "$.properties.b.minLength"),
        (schema(json!({ "type": "array" })), "t.parameters", "a JSON Schema of an object"),
        (schema(json!({ "q": { "type": "string" } })), "t.parameters", "a JSON Schema of an object"),
        (schema(json!({ "type": "object", "properties": { "q": 3 } })), "t", "$.properties.q in the schema"),
        (schema(json!({ "properties": { "q": { "$ref": "https://x.example" } } })), "t", "only references within"),
    ] {
        let faults = Tool::read(&definition, "t").expect_err(&definition.to_string());
        let found = faults.iter().any(|fault| fault.path == path && fault.message.contains(words));
        assert!(found, "{definition}: {faults:?}");
    }
}

#[test]
fn wrong_definitions_come_to_light_when_the_configuration_is_read() {
    let custom = json!([
        { "name": "a", "parameters": [{ "name": "q", "type": "strng" }] },
        { "name": "b" },
        { "name": "b" },
        { "name": "c", "mockFixtures": [{ "match": {} }] }
    ]);
    let found: Vec<String> =
        errors(&set(agentic(), &[("generation.tools.custom", custom)])).iter().map(words).collect();
    for (path, message) in [
        ("generation.tools.custom[0].parameters[0].type", "did you mean \"string\"?"),
        ("generation.tools.custom[2]", "there is a tool \"b\" already"),
        ("generation.tools.custom[3].mockFixtures[0]", "`response`"),
    ] {
        assert!(found.iter().any(|issue| issue.starts_with(path) && issue.contains(message)), "{path}: {found:?}");
    }
    assert_eq!(found.len(), 3, "{found:?}");
}

#[test]
fn checks_where_tools_are_executed() {
    let with = |key: &str, value: Value| set(agentic(), &[(&format!("generation.tools.{key}"), value)]);
    for (config, path, message) in [
        (with("mock", json!([])), "generation.tools.mock", "mapping"),
        (with("mock", json!({ "mockResponse": {} })), "generation.tools.mock.mockResponse", "mockResponses"),
        (
            with("mock", json!({ "mockResponses": { "a": 1 } })),
            "generation.tools.mock.mockResponses.a",
            "defaultResponse",
        ),
        (with("mock", json!({ "fixtures": { "a": {} } })), "generation.tools.mock.fixtures.a", "list of answers"),
        (
            with("mock", json!({ "fixtures": { "a": [{ "match": 1, "response": 1 }] } })),
            "generation.tools.mock.fixtures.a[0]",
            "`match`",
        ),
        (with("mcp", json!({ "docs": {} })), "generation.tools.mcp.docs.url", "required"),
        (with("mcp", json!({ "docs": "https://x.example" })), "generation.tools.mcp.docs", "mapping"),
        (with("mcp", json!({ "docs": { "url": "x.example" } })), "generation.tools.mcp.docs.url", "http://"),
        (with("mcp", json!({ "docs": { "url": "https://u:p@x.example" } })), "generation.tools.mcp.docs.url", ""),
        (
            with("mcp", json!({ "docs": { "url": "https://x.example", "tools": [] } })),
            "generation.tools.mcp.docs.tools",
            "at least one",
        ),
        (
            with("mcp", json!({ "docs": { "url": "https://x.example", "token": "t" } })),
            "generation.tools.mcp.docs.token",
            "",
        ),
        (
            with("mcp", json!({ "builtin": { "url": "https://x.example" } })),
            "generation.tools.mcp.builtin",
            "component",
        ),
        (with("mcp", json!({ "a b": { "url": "https://x.example" } })), "generation.tools.mcp[\"a b\"]", "letters"),
        (with("timeout", json!(0)), "generation.tools.timeout", "from 1 to 600"),
        (with("max_result_length", json!(99)), "generation.tools.max_result_length", "from 100 to 1000000"),
        (with("components", json!({ "mock": ["a"] })), "generation.tools.components.mock", "nothing defines \"a\""),
    ] {
        let found: Vec<String> = errors(&config).iter().map(words).collect();
        assert!(
            found.iter().any(|issue| issue.starts_with(&format!("{path}: ")) && issue.contains(message)),
            "{path}: {found:?}"
        );
    }
}

#[test]
fn components_take_definitions_from_the_configuration_itself() {
    let components = json!({ "mock": ["a", "b", "c"] });
    let custom = json!([{ "name": "a" }]);
    let mock = json!({ "mockResponses": { "b": { "defaultResponse": 1 } }, "fixtures": { "c": [] } });
    let config = set(
        agentic(),
        &[
            ("generation.tools.components", components),
            ("generation.tools.custom", custom),
            ("generation.tools.mock", mock.clone()),
            ("generation.tools.mcp", json!({ "docs": { "url": "https://x.example/mcp" } })),
        ],
    );
    let tools = read(&config).generation.tools.unwrap();
    assert_eq!((&tools["mock"], &tools["mcp"]["docs"]["url"]), (&mock, &json!("https://x.example/mcp")));
    let again = read(&set(agentic(), &[("generation.tools", tools.clone())])).generation.tools.unwrap();
    assert_eq!(again, tools);
}

#[test]
fn the_published_definitions_are_read() {
    let input = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/inputs").join(name);
        std::fs::read_to_string(path).ok()
    };
    let (Some(custom), Some(kubernetes)) = (input("custom-tools.yaml"), input("kubernetes-mcp-tools.json")) else {
        eprintln!("skipped: the published definitions are not there");
        return;
    };
    let indented: String = custom.lines().map(|line| format!("      {line}\n")).collect();
    let text = format!(
        "topics: {{prompt: x}}\noutput: {{num_samples: 1}}\ngeneration:\n  system_prompt: x\n  conversation: {{type: cot, reasoning_style: agent}}\n  tools:\n    custom:\n{indented}"
    );
    assert_eq!(crate::config::check(&text), []);
    let kubernetes: Value = serde_json::from_str(&kubernetes).unwrap();
    let tools: Vec<Tool> = kubernetes["tools"].as_array().unwrap().iter().cloned().map(tool).collect();
    assert!(tools.len() > 20);
    let top = tools.iter().find(|tool| tool.name == "pods_top").unwrap();
    assert_eq!(top.parameters["properties"]["all_namespaces"]["type"], "boolean");
    assert_eq!(top.parameters["required"], json!([]));
}
