//! Requests to the Hub and to its storage: how they are sent, how long they may take, and when they are sent again.

use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::{Either, select};
use serde_json::Value;

use super::failure::into_error;
use super::progress::Progress;
use crate::config::RateLimitConfig;
use crate::error::Result;
use crate::host::{HeaderLookup, Host, HttpBody, HttpContent, HttpRequest, Method, Secret, TransportFailure};
use crate::model::providers::KeySource;
use crate::model::{Deadline, Failure, StatusFailure, retry};

/// The name under which the token is asked for.
const KEY: &str = "huggingface";
/// The Hub gives up on a request of its own after a minute; a commit in a large repository may wait for another.
const PATIENCE: Duration = Duration::from_secs(150);
/// Bytes a second that a connection carries at the least, or else it counts as broken.
const SLOWEST: u64 = 20_000;

/// A request as it can be made any number of times.
pub struct Call {
    /// What is asked of the server.
    pub method: Method,
    /// A path of the Hub, or an address of its storage.
    pub place: Place,
    /// Headers besides the token's.
    pub headers: Vec<(&'static str, Secret)>,
    /// What is sent along.
    pub body: HttpContent,
    /// How many bytes that is, where it is many.
    pub bytes: u64,
}

/// Where a request goes.
pub enum Place {
    /// To the Hub, with the token: the path.
    Hub(String),
    /// To an address that the Hub gave and signed: without the token.
    Signed(String),
}

/// An answer that is no failure.
pub struct Answer {
    /// Its headers.
    pub header: HeaderLookup,
    /// Its body; null where it is no JSON.
    pub body: Value,
}

impl Call {
    /// A question.
    pub fn get(path: String) -> Self {
        Self { method: Method::Get, place: Place::Hub(path), headers: Vec::new(), body: HttpContent::Nothing, bytes: 0 }
    }

    /// Something to be done, described in JSON.
    pub fn post(path: String, body: &Value) -> Self {
        // Values always serialise.
        let body = HttpContent::Text(serde_json::to_string(body).unwrap_or_default());
        Self { method: Method::Post, place: Place::Hub(path), headers: Vec::new(), body, bytes: 0 }
    }

    /// The same with another type of content.
    pub fn with_type(mut self, kind: &str) -> Self {
        self.headers.push(("content-type", Secret::new(kind)));
        self
    }
}

/// Sends requests.
pub struct Client {
    host: Rc<dyn Host>,
    keys: Rc<dyn KeySource>,
    hub: String,
    policy: RateLimitConfig,
    was_reached: Cell<bool>,
    /// Hears of failures that are not the end.
    pub progress: Rc<Progress>,
}

impl Client {
    /// Gets ready; sends nothing. `hub` is the address of the Hub.
    pub fn new(host: Rc<dyn Host>, keys: Rc<dyn KeySource>, hub: String, progress: Rc<Progress>) -> Self {
        Self { host, keys, hub, policy: RateLimitConfig::default(), was_reached: Cell::new(false), progress }
    }

    /// The address of the Hub.
    pub fn hub(&self) -> &str {
        &self.hub
    }

    /// The path of an address, if it is one of the Hub's own.
    pub fn path_of<'a>(&self, url: &'a str) -> Option<&'a str> {
        url.strip_prefix(self.hub.as_str()).filter(|path| path.starts_with('/'))
    }

    /// Sends a request until it is answered.
    ///
    /// # Errors
    /// The last failure, once no repetition is likely to help. `doing` says in it what the request was for.
    pub async fn ask(&self, doing: &str, call: &dyn Fn() -> Call) -> Result<Answer> {
        let answer = self.ask_about(doing, &[], call).await?;
        answer.map_err(|failure| into_error(&failure, doing))
    }

    /// The same, where some statuses are an answer too.
    pub async fn ask_about(
        &self,
        doing: &str,
        answers: &[u16],
        call: &dyn Fn() -> Call,
    ) -> Result<Result<Answer, Failure>> {
        let mut attempts = Attempts::new(self, doing);
        loop {
            match self.send(call()).await {
                Ok(answer) => return Ok(Ok(answer)),
                Err(Failure::Status(failure)) if answers.contains(&failure.status) => {
                    return Ok(Err(Failure::Status(failure)));
                }
                Err(failure) => attempts.wait_after(&failure).await?,
            }
        }
    }

    /// Sends a request once.
    pub async fn send(&self, call: Call) -> Result<Answer, Failure> {
        let Call { method, place, mut headers, body, bytes } = call;
        let (url, key) = match place {
            Place::Hub(path) => {
                let key = self.keys.key(KEY).await.map_err(Failure::KeySource)?.ok_or(Failure::NoKey)?;
                (self.hub.clone() + &path, Some(key))
            }
            Place::Signed(url) => (url, None),
        };
        // Of a signed address only this much may be shown.
        let server = self.host.host_of(&url).unwrap_or_default();
        if server.is_empty() || !self.host.may_reach(&server) {
            let reason = format!(
                "{server} is a private address, and this is a server; pass the option allowPrivateNetwork if that is meant"
            );
            return Err(Failure::Unsendable(reason));
        }
        headers.extend(key.iter().map(|key| ("authorization", Secret::new("Bearer ".to_owned() + key.reveal()))));
        let patience = PATIENCE + Duration::from_secs(bytes / SLOWEST);
        let sent = self.exchange(HttpRequest { method, url, headers, body }, &server);
        let outcome = match select(pin!(sent), pin!(self.host.sleep(patience))).await {
            Either::Left((outcome, _)) => outcome,
            Either::Right(_) => {
                Err(Failure::Timeout { url: server.clone(), what: Deadline::FirstAnswer, after: patience })
            }
        };
        if matches!(outcome, Ok(_) | Err(Failure::Status(_))) {
            self.was_reached.set(true);
        }
        outcome.map_err(|failure| failure.presentable(key.as_ref()))
    }

    async fn exchange(&self, request: HttpRequest, server: &str) -> Result<Answer, Failure> {
        let response = self.host.send(request).await.map_err(|failure| match failure {
            TransportFailure::Unsendable(reason) => Failure::Unsendable(reason),
            TransportFailure::Unreachable(reason) => Failure::Unreachable { url: server.to_owned(), reason },
        })?;
        let body = match &response.body {
            HttpBody::Whole(text) => text.parse().unwrap_or_default(),
            HttpBody::Stream(_) => Value::Null,
        };
        let header = response.header;
        if (200..=299).contains(&response.status) {
            return Ok(Answer { header, body });
        }
        let mut failure = StatusFailure::read(response.status, &*header, &body, self.host.clock());
        if failure.message.is_empty() {
            failure.message = header("x-error-message").unwrap_or_default();
        }
        Err(Failure::Status(failure))
    }
}

/// The attempts at one thing, which may take several requests.
pub struct Attempts<'a> {
    client: &'a Client,
    doing: &'a str,
    failed: u32,
}

impl<'a> Attempts<'a> {
    /// None has failed yet.
    pub fn new(client: &'a Client, doing: &'a str) -> Self {
        Self { client, doing, failed: 0 }
    }

    /// Waits after a failure until it makes sense to try again.
    ///
    /// # Errors
    /// The failure, where that makes no sense.
    pub async fn wait_after(&mut self, failure: &Failure) -> Result<()> {
        self.failed += 1;
        let client = self.client;
        let situation = retry::Situation {
            failed: self.failed,
            was_reached: client.was_reached.get(),
            chance: client.host.random(),
        };
        let error = into_error(failure, self.doing).after(self.failed);
        let Some(delay) = retry::delay(&client.policy, failure, situation) else { return Err(error) };
        client.progress.retrying(&error, self.failed, delay);
        client.host.sleep(delay).await;
        Ok(())
    }
}
