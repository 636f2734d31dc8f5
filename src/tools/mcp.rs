//! MCP servers, over Streamable HTTP: their definitions, and calls of their tools.

use std::time::Duration;

use serde_json::{Value, json};

use super::Observation;
use super::remote::{self, Failure};
use crate::host::{Host, Method, Secret};
use crate::json;

/// The version of the protocol that is spoken; an older one is taken if the server knows no other.
const VERSION: &str = "2025-11-25";
/// Most pages of a list of tools, and most tools of one server.
const MOST_PAGES: usize = 100;
const MOST_TOOLS: usize = 2_000;

/// A server.
pub(super) struct Server {
    /// What the configuration calls it.
    pub(super) name: String,
    url: String,
    /// The tools that are wanted; all where this is nothing.
    wanted: Option<Vec<String>>,
}

/// A session with a server: what it keeps for one client.
#[derive(Clone, Debug, Default)]
pub(super) struct Connection {
    /// The version of the protocol that both agreed on.
    version: Option<String>,
    /// The server's name for the session; `None` where it keeps nothing.
    session: Option<String>,
}

impl Connection {
    /// Whether the server tells clients apart.
    pub(super) fn is_stateful(&self) -> bool {
        self.session.is_some()
    }
}

impl Server {
    /// The servers that a configuration names.
    pub(super) fn all(config: &Value) -> Vec<Self> {
        let servers = config.get("mcp").and_then(Value::as_object);
        let server = |(name, settings): (&String, &Value)| {
            let names = settings.get("tools").and_then(Value::as_array);
            let wanted = names.map(|names| names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect());
            let url = settings.get("url").and_then(Value::as_str).unwrap_or_default().to_owned();
            Self { name: name.clone(), url, wanted }
        };
        servers.into_iter().flatten().map(server).collect()
    }

    /// Begins a session.
    pub(super) async fn connect(&self, host: &dyn Host, timeout: Duration) -> Result<Connection, Failure> {
        let client = json!({ "name": "dataweft", "version": env!("CARGO_PKG_VERSION") });
        let parameters = json!({ "protocolVersion": VERSION, "capabilities": {}, "clientInfo": client });
        let (result, session) = self.request(host, timeout, &Connection::default(), "initialize", parameters).await?;
        let version = result.get("protocolVersion").and_then(Value::as_str).map(str::to_owned);
        let connection = Connection { version, session };
        let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        let ready = remote::post(self.url.clone(), headers(&connection), &ready);
        remote::ask(host, ready, timeout, &|_| true).await?;
        Ok(connection)
    }

    /// The definitions of the tools that are wanted.
    pub(super) async fn definitions(
        &self,
        host: &dyn Host,
        timeout: Duration,
        connection: &Connection,
    ) -> Result<Vec<Value>, Failure> {
        let mut all = Vec::new();
        let mut parameters = json!({});
        for _ in 0..MOST_PAGES {
            let (mut page, _) = self.request(host, timeout, connection, "tools/list", parameters).await?;
            match json::at_mut(&mut page, "/tools") {
                Some(Value::Array(tools)) => all.append(tools),
                _ => return Err(Failure::Malformed("it lists no tools".to_owned())),
            }
            match page.get("nextCursor") {
                Some(Value::String(cursor)) if all.len() < MOST_TOOLS => parameters = json!({ "cursor": cursor }),
                Some(Value::String(_)) => return Err(Failure::Malformed("it lists tools without an end".to_owned())),
                _ => return self.select(all),
            }
        }
        Err(Failure::Malformed("it lists tools without an end".to_owned()))
    }

    fn select(&self, all: Vec<Value>) -> Result<Vec<Value>, Failure> {
        let Some(wanted) = &self.wanted else { return Ok(all) };
        let mut selected = Vec::new();
        for name in wanted {
            match all.iter().find(|tool| tool.get("name").and_then(Value::as_str) == Some(name)) {
                Some(tool) => selected.push(tool.clone()),
                None => return Err(Failure::Malformed(format!("it has no tool {name}"))),
            }
        }
        Ok(selected)
    }

    /// Executes a call. A server that has forgotten the session is connected to once more.
    pub(super) async fn call(
        &self,
        host: &dyn Host,
        timeout: Duration,
        connection: &mut Connection,
        name: &str,
        arguments: &Value,
    ) -> Observation {
        let parameters = json!({ "name": name, "arguments": arguments });
        let mut outcome = self.request(host, timeout, connection, "tools/call", parameters.clone()).await;
        if let Err(Failure::Status(404, _)) = outcome
            && connection.is_stateful()
        {
            match self.connect(host, timeout).await {
                Ok(new) => *connection = new,
                Err(failure) => return failure.into(),
            }
            outcome = self.request(host, timeout, connection, "tools/call", parameters).await;
        }
        match outcome {
            Ok((result, _)) => read_result(&result),
            Err(failure) => failure.into(),
        }
    }

    /// Ends a session. Nothing depends on it.
    pub(super) async fn disconnect(&self, host: &dyn Host, timeout: Duration, connection: &Connection) {
        if connection.is_stateful() {
            let request = remote::plain(Method::Delete, self.url.clone(), headers(connection));
            let _ = remote::ask(host, request, timeout, &|_| true).await;
        }
    }

    /// One request and its result, with the server's name for the session where it gives one. What the server refuses is a
    /// result with `isError`, as tools give it themselves.
    async fn request(
        &self,
        host: &dyn Host,
        timeout: Duration,
        connection: &Connection,
        method: &str,
        parameters: Value,
    ) -> Result<(Value, Option<String>), Failure> {
        // Each request has an exchange of its own, so one number is enough to know its answer by.
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": parameters });
        let request = remote::post(self.url.clone(), headers(connection), &body);
        let answer = remote::ask(host, request, timeout, &|text| response_in(text).is_some()).await?;
        let session = (answer.header)("mcp-session-id");
        let Some(mut response) = response_in(&answer.text) else {
            return Err(Failure::Malformed("there is no response in it".to_owned()));
        };
        if let Some(error) = response.get("error").filter(|error| !error.is_null()) {
            let message = error.get("message").and_then(Value::as_str).unwrap_or("no reason given");
            return match method {
                "tools/call" => {
                    Ok((json!({ "content": [{ "type": "text", "text": message }], "isError": true }), session))
                }
                _ => Err(Failure::Malformed(format!("it refuses {method}: {message}"))),
            };
        }
        match json::at_mut(&mut response, "/result") {
            Some(result) => Ok((result.take(), session)),
            None => Err(Failure::Malformed("there is no result in it".to_owned())),
        }
    }
}

fn headers(connection: &Connection) -> Vec<(&'static str, Secret)> {
    let mut headers = vec![("accept", Secret::new("application/json, text/event-stream"))];
    if let Some(version) = &connection.version {
        headers.push(("mcp-protocol-version", Secret::new(version.as_str())));
    }
    if let Some(session) = &connection.session {
        headers.push(("mcp-session-id", Secret::new(session.as_str())));
    }
    headers
}

/// The response in an answer: JSON, a list of it, or events of which one is the response.
fn response_in(text: &str) -> Option<Value> {
    let is_response = |message: &Value| {
        let answers = message.get("result").is_some() || message.get("error").is_some();
        answers && message.get("id").and_then(Value::as_u64) == Some(1)
    };
    if text.trim_start().starts_with(['{', '[']) {
        return match text.parse().ok()? {
            Value::Array(messages) => messages.into_iter().find(is_response),
            message => Some(message).filter(is_response),
        };
    }
    let mut data = String::new();
    for line in text.lines().chain([""]) {
        if let Some(rest) = line.strip_prefix("data:") {
            data.push_str(rest.strip_prefix(' ').unwrap_or(rest));
            data.push('\n');
        } else if line.is_empty() {
            let message: Option<Value> = std::mem::take(&mut data).parse().ok();
            if let Some(message) = message.filter(is_response) {
                return Some(message);
            }
        }
    }
    None
}

/// What a tool said: its texts, and a mark for what is no text.
fn read_result(result: &Value) -> Observation {
    let mut said = String::new();
    for block in result.get("content").and_then(Value::as_array).into_iter().flatten() {
        let text = |pointer: &str| json::at(block, pointer).and_then(Value::as_str);
        if !said.is_empty() {
            said.push('\n');
        }
        match (text("/type"), text("/text"), text("/resource/text")) {
            (Some("text"), Some(text), _) | (Some("resource"), _, Some(text)) => said.push_str(text),
            (Some("resource_link"), ..) => said.push_str(text("/uri").unwrap_or_default()),
            (kind, ..) => {
                let mime = text("/mimeType").or(text("/resource/mimeType")).unwrap_or("unknown");
                said.push_str(&format!("[{}: {mime}]", kind.unwrap_or("content")));
            }
        }
    }
    if said.is_empty()
        && let Some(structured) = result.get("structuredContent")
    {
        said = serde_json::to_string(structured).unwrap_or_default();
    }
    match result.get("isError").and_then(Value::as_bool) {
        Some(true) => Observation::failure("ToolError", said),
        _ => Observation::success(said),
    }
}
