//! Gathers the tools that a configuration names: defined in it, by a service, by an MCP server, or known by name alone.

use std::time::Duration;

use serde_json::Value;

use super::Tool;
use super::mcp::{Connection, Server};
use super::mocks::Mock;
use super::remote::{self, Failure};
use super::spin::Spin;
use super::toolbox::invalid;
use crate::config::Fault;
use crate::error::{Code, Error, Result};
use crate::host::{Host, Method};
use crate::json;

/// The definitions of the virtual file system.
const BUILTIN: &str = include_str!("builtin.json");

/// What a configuration names.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) tools: Vec<Tool>,
    /// The place of the MCP server that the tool at the same place comes from.
    pub(super) servers_of_tools: Vec<Option<usize>>,
    pub(super) servers: Vec<Server>,
    /// The sessions in which the servers were asked for definitions.
    pub(super) connections: Vec<Connection>,
    /// The tool service, where there is one.
    pub(super) spin: Option<Spin>,
    /// What stands in for what.
    pub(super) notes: Vec<String>,
}

/// The tools that a configuration names itself.
pub(super) fn names(config: &Value) -> Vec<&str> {
    let components = config.get("components").and_then(Value::as_object);
    let listed = components.into_iter().flatten().filter_map(|(_, names)| names.as_array()).flatten();
    listed.filter_map(Value::as_str).chain(list(config, "/custom").iter().filter_map(name_of)).collect()
}

/// Gathers all tools.
pub(super) async fn gather(config: &Value, host: &dyn Host, timeout: Duration) -> Result<Gathered> {
    let mut gathered = Gathered::default();
    if let Some(spin) = Spin::of(config) {
        if spin.is_there(host).await.map_err(away)? {
            gathered.spin = Some(spin);
        } else {
            gathered.notes.push(
                "no tool service answers at generation.tools.spin_endpoint, so the tools run inside of the library"
                    .to_owned(),
            );
        }
    }
    let mut custom = Vec::new();
    for (index, definition) in list(config, "/custom").iter().enumerate() {
        custom.push(Tool::read(definition, &format!("generation.tools.custom[{index}]")).map_err(faulty)?);
    }
    gathered.components(config, &mut custom, host, timeout).await?;
    custom.into_iter().for_each(|tool| gathered.add(tool, None));
    gathered.servers(config, host, timeout).await?;
    gathered.refuse_equal_names()?;
    Ok(gathered)
}

impl Gathered {
    fn add(&mut self, tool: Tool, server: Option<usize>) {
        self.tools.push(tool);
        self.servers_of_tools.push(server);
    }

    /// The tools of the components, in their order. A definition in `custom` counts more than one from elsewhere.
    async fn components(
        &mut self,
        config: &Value,
        custom: &mut Vec<Tool>,
        host: &dyn Host,
        timeout: Duration,
    ) -> Result<()> {
        let components = config.get("components").and_then(Value::as_object);
        let foreign = components.is_some_and(|components| components.keys().any(|name| name != "builtin"));
        let service = match config.get("tools_endpoint").and_then(Value::as_str) {
            Some(endpoint) if foreign => self.ask_service(endpoint, host, timeout).await?,
            _ => None,
        };
        let builtin: Value = BUILTIN.parse().unwrap_or_default();
        for (component, names) in components.into_iter().flatten() {
            let names = names.as_array().into_iter().flatten().filter_map(Value::as_str);
            for name in names {
                let own = custom.iter().position(|tool| tool.name == name).map(|place| custom.remove(place));
                let defined = match component.as_str() {
                    "builtin" => find(&builtin, name),
                    _ => service.as_ref().and_then(|service| find(service, name)),
                };
                let mut tool = match (own, defined) {
                    (Some(tool), _) => tool,
                    (None, Some(definition)) => {
                        Tool::read(definition, &format!("the definition of {name}")).map_err(faulty)?
                    }
                    (None, None) => by_name(config, name, service.is_some())?,
                };
                tool.component = Some(component.clone());
                self.add(tool, None);
            }
        }
        Ok(())
    }

    /// The definitions of a service; `None` where nobody has started it on this machine.
    async fn ask_service(&mut self, endpoint: &str, host: &dyn Host, timeout: Duration) -> Result<Option<Value>> {
        let request = remote::plain(Method::Get, endpoint.to_owned(), Vec::new());
        let answer = match remote::ask(host, request, timeout, &|_| false).await {
            Ok(answer) => answer.json(),
            Err(failure) => Err(failure),
        };
        let listed = answer.and_then(|answer| {
            let places = ["", "/tools", "/result/tools"];
            let tools = places.iter().find_map(|place| json::at(&answer, place).filter(|tools| tools.is_array()));
            tools.cloned().ok_or_else(|| Failure::Malformed("it lists no tools".to_owned()))
        });
        match listed {
            Ok(tools) => Ok(Some(tools)),
            Err(_) if self.spin.is_none() && remote::is_nearby(host, endpoint) => {
                self.notes.push(
                    "no service answers at generation.tools.tools_endpoint, so its tools are known by their names alone; their definitions can be written into generation.tools.custom".to_owned(),
                );
                Ok(None)
            }
            Err(failure) => {
                Err(away(format!("generation.tools.tools_endpoint ({endpoint}) gives no definitions: {failure}")))
            }
        }
    }

    async fn servers(&mut self, config: &Value, host: &dyn Host, timeout: Duration) -> Result<()> {
        for (place, server) in Server::all(config).into_iter().enumerate() {
            let asked = async {
                let connection = server.connect(host, timeout).await?;
                let definitions = server.definitions(host, timeout, &connection).await?;
                Ok::<_, Failure>((connection, definitions))
            };
            let (connection, definitions) = asked.await.map_err(|failure| {
                away(format!("the MCP server generation.tools.mcp.{} is of no use: {failure}", server.name))
            })?;
            for definition in &definitions {
                let path = format!("generation.tools.mcp.{}: a definition", server.name);
                let mut tool = Tool::read(definition, &path).map_err(faulty)?;
                tool.component = Some(server.name.clone());
                self.add(tool, Some(place));
            }
            self.servers.push(server);
            self.connections.push(connection);
        }
        Ok(())
    }

    fn refuse_equal_names(&self) -> Result<()> {
        for (place, tool) in self.tools.iter().enumerate() {
            if self.tools.iter().take(place).any(|other| other.name == tool.name) {
                return Err(invalid(format_args!(
                    "two tools of generation.tools are called {}; give each a name of its own, or leave one out",
                    tool.name
                )));
            }
        }
        Ok(())
    }
}

/// A tool that nothing defines: mock data tell what arguments they know, anything else takes any.
fn by_name(config: &Value, name: &str, service_was_asked: bool) -> Result<Tool> {
    let mut tool = Tool::known_by_name(name);
    let mock = Mock::of(&tool, config.get("mock").unwrap_or(&Value::Null));
    match mock {
        Some(mock) => tool.parameters = mock.parameters().into(),
        None if service_was_asked => {
            return Err(invalid(format_args!(
                "generation.tools.tools_endpoint does not define {name}; remove it from generation.tools.components or define it in generation.tools.custom"
            )));
        }
        None => {}
    }
    Ok(tool)
}

fn find<'a>(definitions: &'a Value, name: &str) -> Option<&'a Value> {
    definitions.as_array()?.iter().find(|definition| name_of(definition) == Some(name))
}

/// The name that a definition gives its tool, in whichever form it is written.
fn name_of(definition: &Value) -> Option<&str> {
    let own = definition.get("name").or_else(|| definition.get("function")?.get("name"));
    own.or_else(|| definition.get("title"))?.as_str()
}

fn list<'a>(config: &'a Value, pointer: &str) -> &'a [Value] {
    json::at(config, pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The first thing that is wrong with a definition speaks.
fn faulty(faults: Vec<Fault>) -> Error {
    match faults.first() {
        Some(fault) => invalid(format_args!("{} {}", fault.path, fault.message)),
        None => invalid("a tool cannot be read"),
    }
}

fn away(message: String) -> Error {
    Error::new(Code::Tool, message).for_run()
}
