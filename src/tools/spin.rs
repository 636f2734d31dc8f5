//! DeepFabric's tool service, a Spin application, for those who run one. It keeps the state of each conversation under the
//! conversation's name.

use std::time::Duration;

use serde_json::{Value, json};

use super::remote::{self, Failure};
use super::{Observation, Tool};
use crate::host::{Host, Method};

/// How long a service may take to say that it is there.
const GREETING: Duration = Duration::from_secs(10);

/// The service.
pub(super) struct Spin {
    /// Without a slash at its end.
    endpoint: String,
    /// Where all calls go, in the form of MCP, in place of the components' own paths.
    execute_path: Option<String>,
}

impl Spin {
    /// The service that a configuration names.
    pub(super) fn of(config: &Value) -> Option<Self> {
        let text = |key: &str| config.get(key).and_then(Value::as_str);
        let endpoint = text("spin_endpoint")?.trim_end_matches('/').to_owned();
        Some(Self { endpoint, execute_path: text("tool_execute_path").map(str::to_owned) })
    }

    /// Whether anyone is there. On this machine a configuration may name a service that was never started: the published
    /// ones all do.
    ///
    /// # Errors
    /// A service elsewhere does not answer.
    pub(super) async fn is_there(&self, host: &dyn Host) -> Result<bool, String> {
        let health = remote::plain(Method::Get, format!("{}/vfs/health", self.endpoint), Vec::new());
        let answer = remote::ask(host, health, GREETING, &|_| false).await;
        let is_spin = answer.as_ref().is_ok_and(|answer| answer.json().is_ok_and(|json| json.get("status").is_some()));
        match answer {
            Err(failure @ (Failure::Unreachable(_) | Failure::Timeout)) => {
                let away = format!("generation.tools.spin_endpoint ({}) is of no use: {failure}", self.endpoint);
                if remote::is_nearby(host, &self.endpoint) { Ok(false) } else { Err(away) }
            }
            // Something else may listen at a port of this machine.
            _ => Ok(is_spin || self.execute_path.is_some() || !remote::is_nearby(host, &self.endpoint)),
        }
    }

    /// Executes a call.
    pub(super) async fn call(
        &self,
        host: &dyn Host,
        timeout: Duration,
        session: &str,
        tool: &Tool,
        arguments: &Value,
    ) -> Observation {
        let component = match tool.component.as_deref() {
            Some("builtin") => Some("vfs"),
            component => component,
        };
        self.execute(host, timeout, session, component, &tool.name, arguments).await
    }

    /// Writes a file that a conversation begins with.
    pub(super) async fn seed(
        &self,
        host: &dyn Host,
        timeout: Duration,
        session: &str,
        file: (&str, &str),
    ) -> Observation {
        let arguments = json!({ "file_path": file.0, "content": file.1 });
        self.execute(host, timeout, session, Some("vfs"), "write_file", &arguments).await
    }

    /// Has what is kept of a conversation removed. Nothing depends on it.
    pub(super) async fn forget(&self, host: &dyn Host, session: &str) {
        let url = format!("{}/session/{}", self.endpoint, in_address(session));
        let _ = remote::ask(host, remote::plain(Method::Delete, url, Vec::new()), GREETING, &|_| false).await;
    }

    async fn execute(
        &self,
        host: &dyn Host,
        timeout: Duration,
        session: &str,
        component: Option<&str>,
        tool: &str,
        arguments: &Value,
    ) -> Observation {
        let own = json!({ "session_id": session, "tool": tool, "args": arguments });
        let (path, body) = match (&self.execute_path, component) {
            (Some(path), _) => (path.clone(), json!({ "name": tool, "arguments": arguments })),
            (None, Some(component)) => (format!("/{component}/execute"), own),
            (None, None) => ("/execute".to_owned(), own),
        };
        let request = remote::post([self.endpoint.as_str(), &path].concat(), Vec::new(), &body);
        let answer = match remote::ask(host, request, timeout, &|_| false).await {
            Ok(answer) => answer.json(),
            Err(failure) => Err(failure),
        };
        match answer {
            Ok(answer) => self.read(&answer),
            Err(failure) => failure.into(),
        }
    }

    fn read(&self, answer: &Value) -> Observation {
        let text = match answer.get("result") {
            Some(Value::String(text)) => text.clone(),
            Some(value) => serde_json::to_string(value).unwrap_or_default(),
            None if self.execute_path.is_some() => serde_json::to_string(answer).unwrap_or_default(),
            None => String::new(),
        };
        let succeeded = answer.get("success").and_then(Value::as_bool);
        match (succeeded, &self.execute_path) {
            (Some(true), _) | (None, Some(_)) => Observation::success(text),
            (Some(false), _) => {
                Observation::failure(answer.get("error_type").and_then(Value::as_str).unwrap_or_default(), text)
            }
            (None, None) => Failure::Malformed("it does not say whether the call succeeded".to_owned()).into(),
        }
    }
}

/// A text as a part of a path.
fn in_address(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_conversation_cannot_lead_elsewhere() {
        assert_eq!(in_address("a-1_b~"), "a-1_b~");
        assert_eq!(in_address("../x?y#z/\u{e9}"), "%2E%2E%2Fx%3Fy%23z%2F%C3%A9");
    }
}
