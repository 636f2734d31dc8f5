//! Asking servers that define or execute tools: one way to send, with a limit in time and size.

use std::fmt;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use serde_json::Value;

use super::Observation;
use crate::host::{HeaderLookup, Host, HttpBody, HttpContent, HttpRequest, Method, Secret, TransportFailure, address};

/// More than any answer of use: the rest of a stream is not read.
const LONGEST_ANSWER: usize = 16 << 20;
/// Most characters of an error answer that are repeated.
const LONGEST_QUOTE: usize = 300;

/// Why a server's answer is of no use.
#[derive(Debug)]
pub(super) enum Failure {
    /// It took too long.
    Timeout,
    /// There is none, for this reason.
    Unreachable(String),
    /// It is an error, with this text.
    Status(u16, String),
    /// It is not what was expected.
    Malformed(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Timeout => f.write_str("it does not answer in time"),
            Failure::Unreachable(reason) => write!(f, "it cannot be reached: {reason}"),
            Failure::Status(status, text) => write!(f, "it answers with status {status}: {text}"),
            Failure::Malformed(reason) => write!(f, "its answer makes no sense: {reason}"),
        }
    }
}

impl From<Failure> for Observation {
    /// The kinds of errors are DeepFabric's.
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Timeout => Observation::failure("Timeout", "Tool execution timed out"),
            Failure::Unreachable(_) => Observation::failure("ConnectionError", "The tool service cannot be reached"),
            Failure::Status(status, text) if text.is_empty() => {
                Observation::failure("HTTPError", format!("HTTP {status}"))
            }
            Failure::Status(_, text) => Observation::failure("HTTPError", text),
            Failure::Malformed(_) => Observation::failure("InvalidResponse", "The tool service gave no valid answer"),
        }
    }
}

/// An answer with a status of success.
pub(super) struct Answer {
    pub(super) header: HeaderLookup,
    pub(super) text: String,
}

impl Answer {
    /// The answer as JSON.
    pub(super) fn json(&self) -> Result<Value, Failure> {
        self.text.parse().map_err(|error: serde_json::Error| Failure::Malformed(error.to_string()))
    }
}

/// Sends a request and reads its answer. Of a stream of events, no more is read than until `is_enough` says so of the last
/// ones.
pub(super) async fn ask(
    host: &dyn Host,
    request: HttpRequest,
    timeout: Duration,
    is_enough: &dyn Fn(&str) -> bool,
) -> Result<Answer, Failure> {
    if let Some(server) = host.host_of(&request.url).filter(|server| !host.may_reach(server)) {
        return Err(Failure::Unreachable(format!(
            "{server} is a private address, and this is a server; pass the option allowPrivateNetwork if that is meant"
        )));
    }
    let exchange = exchange(host, request, is_enough);
    match select(pin!(exchange), pin!(host.sleep(timeout))).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => Err(Failure::Timeout),
    }
}

async fn exchange(host: &dyn Host, request: HttpRequest, is_enough: &dyn Fn(&str) -> bool) -> Result<Answer, Failure> {
    let broken = |failure: TransportFailure| Failure::Unreachable(failure.to_string());
    let response = host.send(request).await.map_err(broken)?;
    let text = match response.body {
        HttpBody::Whole(text) => text,
        HttpBody::Stream(mut pieces) => {
            let (mut bytes, mut judged) = (Vec::new(), 0);
            while let Some(piece) = pieces.next().await.map_err(broken)? {
                bytes.extend_from_slice(&piece);
                if bytes.len() > LONGEST_ANSWER {
                    break;
                }
                if let Some(end) = end_of_events(&bytes).filter(|end| *end > judged) {
                    if is_enough(&String::from_utf8_lossy(bytes.get(judged..end).unwrap_or_default())) {
                        break;
                    }
                    judged = end;
                }
            }
            String::from_utf8_lossy(&bytes).into_owned()
        }
    };
    match response.status {
        200..=299 => Ok(Answer { header: response.header, text }),
        status => Err(Failure::Status(status, text.chars().take(LONGEST_QUOTE).collect())),
    }
}

/// Where the last whole event of a stream ends: events are divided by empty lines.
fn end_of_events(bytes: &[u8]) -> Option<usize> {
    let is_break = |line: &&[u8]| matches!(line, [b'\n', b'\n', _] | [b'\n', b'\r', b'\n']);
    let last = bytes.windows(3).rposition(|line| is_break(&line)).map(|start| start + 3);
    if bytes.ends_with(b"\n\n") { Some(bytes.len()) } else { last }
}

/// A request that posts JSON.
pub(super) fn post(url: String, headers: Vec<(&'static str, Secret)>, body: &Value) -> HttpRequest {
    HttpRequest::json(url, headers, serde_json::to_string(body).unwrap_or_default())
}

/// A request without a body.
pub(super) fn plain(method: Method, url: String, headers: Vec<(&'static str, Secret)>) -> HttpRequest {
    HttpRequest { method, url, headers, body: HttpContent::Nothing }
}

/// Whether an address leads to this machine: where nobody has started a service yet, most likely.
pub(super) fn is_nearby(host: &dyn Host, url: &str) -> bool {
    host.host_of(url).is_some_and(|server| address::is_loopback(&server))
}
