//! The parts of `generation.tools` that say where tools are executed: `mock` and `mcp`.

use serde_json::{Map, Value, json};

use super::keys;
use super::lines::{push_index, push_key};
use super::llm::read_url;
use super::reader::Section;
use super::report::shown;

/// The mock data: a file of DeepFabric's, as it is.
pub(super) fn mock(tools: &Section<'_>) -> Option<Value> {
    let mock = tools.section("mock", keys::MOCK);
    if !mock.exists() {
        return None;
    }
    for tool in mock.mapping("mockResponses").into_iter().flatten() {
        let (name, response) = tool;
        if response.get("defaultResponse").is_none() {
            let mut path = mock.path_of("mockResponses");
            push_key(&mut path, name);
            mock.error_at(&path, "must be a mapping with a `defaultResponse`", None);
        }
    }
    for (name, fixtures) in mock.mapping("fixtures").into_iter().flatten() {
        let mut path = mock.path_of("fixtures");
        push_key(&mut path, name);
        check_fixtures(tools, fixtures, &path);
    }
    tools.value("mock").cloned()
}

/// The answers to certain arguments: of a tool in the mock data, or in the definition of a tool itself.
pub(super) fn check_fixtures(section: &Section<'_>, fixtures: &Value, path: &str) {
    let Some(fixtures) = fixtures.as_array() else {
        let message = format!("must be a list of answers, each with `match` and `response`, not {}", shown(fixtures));
        section.error_at(path, &message, None);
        return;
    };
    for (index, fixture) in fixtures.iter().enumerate() {
        let matches = fixture.get("match").is_some_and(Value::is_object);
        if !matches || fixture.get("response").is_none() {
            let mut path = path.to_owned();
            push_index(&mut path, index);
            let message = "must be a mapping with `match`, arguments by name, and `response`";
            section.error_at(&path, message, None);
        }
    }
}

/// The MCP servers by name.
pub(super) fn mcp(tools: &Section<'_>) -> Map<String, Value> {
    let mut servers = Map::new();
    let written = tools.section("mcp", keys::ANY);
    for name in written.own_keys() {
        let server = written.section(name, keys::MCP_SERVER);
        if !server.exists() {
            continue;
        }
        if !server.is_written("url") {
            server.missing("url", "write the address of the server, such as https://example.com/mcp");
        }
        let url = read_url(&server, "url").unwrap_or_default();
        let mut settings = json!({ "url": url });
        if let Some(names) = server.texts("tools")
            && let Some(settings) = settings.as_object_mut()
        {
            if names.is_empty() {
                server.error("tools", "must name at least one tool", Some("remove it to have all tools of the server"));
            }
            settings.insert("tools".to_owned(), Value::from(names));
        }
        servers.insert(name.clone(), settings);
    }
    servers
}
