//! The section `generation.tools`: which tools agents may call and within which limits.
//!
//! The result is a mapping in DeepFabric's form with every documented key checked and filled in. The definitions in it are
//! kept as they were written: [`Tool`] reads them, here to find what is wrong, and again where they are used.

use serde_json::{Map, Value, json};

use super::keys;
use super::llm::read_url;
use super::reader::Section;
use super::report::shown;
use super::suggest::did_you_mean;
use super::tool::Tool;
use super::tool_sources::{check_fixtures, mcp, mock};
use crate::search;

/// The tools of the component `builtin`: a file system that lives and dies with the sample.
const BUILTIN_TOOLS: &[&str] = &["read_file", "write_file", "list_files", "delete_file"];

const INCLUSION: &[(&str, &str)] = &[("used_only", "used_only"), ("all", "all")];

/// What is done about arguments that appear nowhere before: identifiers are asked for again, or nothing is.
const GROUNDING: &[(&str, &str)] = &[("identifiers", "identifiers"), ("flag", "flag")];

/// Reads the section; `None` where it names no tool.
pub(super) fn read(section: &Section<'_>) -> Option<Value> {
    if !section.exists() {
        return None;
    }
    let custom = custom(section);
    let mock = mock(section);
    let mut components = components(section, &Known { custom: &custom, mock: mock.as_ref() });
    let servers = mcp(section);
    move_available(section, &mut components, &custom);
    refuse_registry(section);

    let mut tools = Map::new();
    let mut set = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            tools.insert(key.to_owned(), value);
        }
    };
    let named = !components.is_empty() || !custom.is_empty() || !servers.is_empty();
    set("spin_endpoint", read_url(section, "spin_endpoint").map(Value::from));
    set("components", Some(Value::Object(components)));
    set("tools_endpoint", read_url(section, "tools_endpoint").map(Value::from));
    set("custom", Some(Value::Array(custom)));
    set("mcp", Some(Value::Object(servers)).filter(|servers| servers.as_object().is_some_and(|all| !all.is_empty())));
    set("mock", mock);
    set("max_per_query", Some(json!(section.integer("max_per_query", 1, 10).unwrap_or(3))));
    set("strict", Some(json!(section.boolean("strict").unwrap_or(true))));
    set("scenario_seed", scenario_seed(section));
    set("max_agent_steps", Some(json!(section.integer("max_agent_steps", 1, 10).unwrap_or(5))));
    set("tool_execute_path", execute_path(section).filter(|_| section.is_written("spin_endpoint")).map(Value::from));
    set("tool_inclusion_strategy", Some(json!(inclusion(section))));
    set("grounding", section.pick("grounding", GROUNDING).filter(|done| *done == "flag").map(Value::from));
    set("timeout", Some(json!(section.integer("timeout", 1, 600).unwrap_or(30))));
    set("max_result_length", Some(json!(section.integer("max_result_length", 100, 1_000_000).unwrap_or(16_000))));

    if section.is_written("tool_execute_path") && !section.is_written("spin_endpoint") {
        section.no_effect("tool_execute_path", "it is a path of the service at `spin_endpoint`, and there is none");
    }
    if !named && !is_unreadable(section) {
        section.warning_here(
            "this section names no tool, so it has no effect",
            Some("name tools in `components`, `custom` or `mcp`, or remove the section"),
        );
    }
    named.then_some(Value::Object(tools))
}

/// Whether tools are written, for the case that none could be read.
pub(super) fn is_unreadable(section: &Section<'_>) -> bool {
    let is_empty = |value: &Value| match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        _ => false,
    };
    let names_some = |key: &&str| section.value(key).is_some_and(|value| !is_empty(value));
    section.is_broken() || ["components", "custom", "mcp", "available", "registry_path"].iter().any(names_some)
}

/// What the configuration itself says of tools.
struct Known<'a> {
    custom: &'a [Value],
    mock: Option<&'a Value>,
}

impl Known<'_> {
    /// Whether a tool can be described without asking a server.
    fn describes(&self, name: &str) -> bool {
        let mocked = |part: &str| self.mock.and_then(|mock| mock.get(part)?.get(name)).is_some();
        self.custom.iter().any(|tool| tool_name(tool) == Some(name)) || mocked("mockResponses") || mocked("fixtures")
    }
}

fn components(section: &Section<'_>, known: &Known<'_>) -> Map<String, Value> {
    let mut components = Map::new();
    let written = section.section("components", keys::ANY);
    for name in written.own_keys() {
        if !is_component_name(name) {
            let message =
                "the name of a component becomes part of an address, so it is made of letters, digits, `_` and `-`";
            written.error(name, message, None);
            continue;
        }
        let Some(tools) = written.texts(name) else { continue };
        if name == "builtin" {
            check_builtin(&written, &tools);
        } else if !section.is_written("tools_endpoint")
            && let Some(unknown) = tools.iter().find(|tool| !known.describes(tool))
        {
            let message = format!(
                "nothing defines {}: there is no `tools_endpoint`, and neither `custom` nor `mock` knows it",
                shown(&Value::from(unknown.as_str()))
            );
            written.error(name, &message, Some("write `tools_endpoint`, or define the tools in `custom`"));
        }
        if written.value(name).and_then(Value::as_array).is_some_and(Vec::is_empty) {
            written.error(name, "must name at least one tool", Some("list the tools that agents may call"));
        }
        components.insert(name.clone(), Value::from(tools));
    }
    components
}

fn is_component_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

fn check_builtin(components: &Section<'_>, tools: &[String]) {
    for (index, tool) in tools.iter().enumerate() {
        if !BUILTIN_TOOLS.contains(&tool.as_str()) {
            let message = format!(
                "there is no builtin tool {}; there are {}",
                shown(&Value::from(tool.as_str())),
                search::join(BUILTIN_TOOLS, ", ")
            );
            let path = components.path_of_item("builtin", index);
            components.error_at(&path, &message, did_you_mean(tool, BUILTIN_TOOLS).as_deref());
        }
    }
}

fn custom(section: &Section<'_>) -> Vec<Value> {
    let Some(value) = section.value("custom") else { return Vec::new() };
    let Some(tools) = value.as_array() else {
        section.error("custom", &format!("must be a list of tool definitions, not {}", shown(value)), None);
        return Vec::new();
    };
    let mut names: Vec<String> = Vec::new();
    for (index, definition) in tools.iter().enumerate() {
        let path = section.path_of_item("custom", index);
        match Tool::read(definition, &path) {
            Ok(tool) if names.contains(&tool.name) => {
                let message = format!("there is a tool {} already", shown(&Value::from(tool.name)));
                section.error_at(&path, &message, Some("give each tool a name of its own"));
            }
            Ok(tool) => {
                names.push(tool.name);
                if let Some(fixtures) = definition.get("mockFixtures") {
                    check_fixtures(section, fixtures, &format!("{path}.mockFixtures"));
                }
            }
            Err(faults) => {
                for fault in faults {
                    section.error_at(&fault.path, &fault.message, fault.suggestion.as_deref());
                }
            }
        }
    }
    tools.clone()
}

/// The name of a definition, without reading all of it.
fn tool_name(tool: &Value) -> Option<&str> {
    tool.get("name").or_else(|| tool.get("function")?.get("name")).or_else(|| tool.get("title"))?.as_str()
}

/// Before components, tools were listed by name under `available`. Where the names say which component is meant, they
/// move there.
fn move_available(section: &Section<'_>, components: &mut Map<String, Value>, custom: &[Value]) {
    const KEY: &str = "available";
    let Some(names) = section.texts(KEY) else { return };
    let remedy = "list them by component: `components: {builtin: [read_file]}`";
    if section.is_written("components") {
        section.error(
            KEY,
            "`components` has taken the place of this key, and both are written",
            Some("remove `available`"),
        );
        return;
    }
    let is_custom = |name: &str| custom.iter().any(|tool| tool_name(tool) == Some(name));
    let (own, others): (Vec<&String>, Vec<&String>) = names.iter().partition(|name| is_custom(name));
    if let Some(foreign) = others.iter().find(|name| !BUILTIN_TOOLS.contains(&name.as_str())) {
        let message = format!(
            "this key is now `components`, and {} is neither a builtin tool nor one of `custom`",
            shown(&Value::from(foreign.as_str()))
        );
        section.error(KEY, &message, Some(remedy));
        return;
    }
    if own.len() < custom.len() && !names.is_empty() {
        let message = "this key is now `components`; every tool in `custom` is available, but not all are listed here";
        section.error(KEY, message, Some("remove `available`, and from `custom` what is not wanted"));
        return;
    }
    let replacement = if others.is_empty() {
        "remove it".to_owned()
    } else {
        let listed: Vec<&str> = others.iter().map(|name| name.as_str()).collect();
        let replacement = format!("write `components: {{builtin: [{}]}}`", search::join(&listed, ", "));
        components.insert("builtin".to_owned(), Value::from(listed));
        replacement
    };
    section.warning(KEY, "this key is now `generation.tools.components`", Some(&replacement));
}

fn refuse_registry(section: &Section<'_>) {
    if section.is_written("registry_path") {
        let message = "a file of tools cannot be read from here";
        section.error("registry_path", message, Some("put its definitions under `custom`"));
    }
}

fn scenario_seed(section: &Section<'_>) -> Option<Value> {
    let seed = section.section("scenario_seed", keys::SCENARIO_SEED);
    if !seed.exists() {
        return None;
    }
    let written = seed.section("files", keys::ANY);
    let mut files = Map::new();
    for name in written.own_keys() {
        if name.is_empty() {
            written.error(name, "a file needs a name", None);
        }
        let content = written.text(name).unwrap_or_default();
        files.insert(name.clone(), Value::from(content));
    }
    Some(json!({ "files": files }))
}

/// The path is put behind the address of the tool service, so anything but a path could lead to another server.
fn execute_path<'a>(section: &Section<'a>) -> Option<&'a str> {
    let path = section.filled_text("tool_execute_path")?;
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !['\\', '?', '#'].contains(&c);
    if path.starts_with('/') && !path.starts_with("//") && path.chars().all(plain) {
        return Some(path);
    }
    section.error("tool_execute_path", "must be a path that begins with one `/`, such as /mock/execute", None);
    None
}

fn inclusion<'a>(section: &Section<'a>) -> &'a str {
    let own = included(section, "tool_inclusion_strategy");
    let short = included(section, "tool_inclusion");
    match (own, short) {
        (Some(own), Some(short)) if own != short => {
            let message = "`tool_inclusion_strategy` is written too, and says something else";
            section.error("tool_inclusion", message, Some("keep `tool_inclusion_strategy`"));
            own
        }
        _ => own.or(short).unwrap_or("used_only"),
    }
}

/// One of the names, or `used_plus_` and a number.
fn included<'a>(section: &Section<'a>, key: &str) -> Option<&'a str> {
    let text = section.value(key).and_then(Value::as_str);
    let extra = text.and_then(|text| text.strip_prefix("used_plus_"));
    if extra.and_then(|extra| extra.parse::<u8>().ok()).is_some_and(|extra| extra > 0) {
        return text;
    }
    section.pick(key, INCLUSION)
}
