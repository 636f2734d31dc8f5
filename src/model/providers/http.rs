//! Asking a server: the one way in which every protocol's requests are sent, waited for and read.

use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use super::watchdog::{Patience, Watchdog};
use super::{Fault, Incoming, KeySource, Protocol, Provider, name};
use crate::config::LlmConfig;
use crate::host::{Host, HttpBody, HttpRequest, HttpResponse, LocalFuture, Pieces, Secret, TransportFailure, address};
use crate::model::call::{Call, Finish, Mode, Reply};
use crate::model::failure::{Failure, StatusFailure};
use crate::model::stream::{Decoder, Event, TooLong, Watch};
use crate::model::wait::{self, Allowance};
use crate::schema::Dialect;
use futures_util::future::{Either, select};
use serde_json::Value;

/// Answers without limits in their headers, after which the rest are not looked at.
const ANSWERS_TO_LOOK_AT: u32 = 3;
/// More text than any token limit allows: whoever sends it is no model.
const LONGEST_REPLY: usize = 16 << 20;

/// Cloudflare's gateway answers equal prompts with equal completions unless it is told not to: a dataset of repetitions.
const GATEWAY: &str = "https://gateway.ai.cloudflare.com/";

/// A server and the protocol that it speaks.
pub struct Server {
    name: &'static str,
    protocol: Box<dyn Protocol>,
    needs_key: bool,
    /// The server's host, where requests must not go there.
    out_of_bounds: Option<String>,
    patience: Patience,
    /// Answers so far that said nothing of limits.
    without_limits: Cell<u32>,
    host: Rc<dyn Host>,
    keys: Rc<dyn KeySource>,
}

impl Server {
    /// Gets ready to ask; sends nothing.
    pub fn new(
        llm: &LlmConfig,
        protocol: Box<dyn Protocol>,
        needs_key: bool,
        host: Rc<dyn Host>,
        keys: Rc<dyn KeySource>,
    ) -> Self {
        let server = host.host_of(&protocol.url(false));
        let patience = patience(llm, server.as_deref().is_none_or(address::is_private));
        let out_of_bounds = server.filter(|server| !host.may_reach(server));
        let without_limits = Cell::new(0);
        Self { name: name(llm.provider), protocol, needs_key, out_of_bounds, patience, without_limits, host, keys }
    }

    async fn ask(&self, call: &Call<'_>) -> Result<Reply, Failure> {
        let url = self.protocol.url(call.stream);
        if let Some(host) = &self.out_of_bounds {
            let reason = format!(
                "{host} is a private address, and this is a server; pass the option allowPrivateNetwork if that is meant"
            );
            return Err(Failure::Unsendable(reason));
        }
        let key = self.keys.key(self.name).await.map_err(Failure::KeySource)?;
        if key.is_none() && self.needs_key {
            return Err(Failure::NoKey);
        }
        let mut headers = self.protocol.headers(key.as_ref());
        if url.starts_with(GATEWAY) {
            headers.push(("cf-aig-skip-cache", Secret::new("true")));
        }
        let body = self.protocol.body(call);
        let watchdog = Watchdog::new(Rc::clone(&self.host), self.patience_for(call));
        let exchange = self.exchange(HttpRequest::json(url.clone(), headers, body), call, &watchdog);
        let outcome = match select(pin!(exchange), pin!(watchdog.expired())).await {
            Either::Left((outcome, _)) => outcome,
            Either::Right(((what, after), _)) => Err(Failure::Timeout { url: url.clone(), what, after }),
        };
        outcome.map_err(|failure| failure.presentable(key.as_ref()))
    }

    /// Nobody can tell a slow whole answer from none, so only streams are held to more than the total.
    fn patience_for(&self, call: &Call<'_>) -> Patience {
        match call.stream {
            true => self.patience,
            false => Patience { first_answer: self.patience.total, silence: self.patience.total, ..self.patience },
        }
    }

    async fn exchange(&self, request: HttpRequest, call: &Call<'_>, watchdog: &Watchdog) -> Result<Reply, Failure> {
        let url = request.url.clone();
        let broken = |failure| match failure {
            TransportFailure::Unsendable(reason) => Failure::Unsendable(reason),
            TransportFailure::Unreachable(reason) => Failure::Unreachable { url: url.clone(), reason },
        };
        let mut response = self.host.send(request).await.map_err(broken)?;
        if !(200..=299).contains(&response.status) {
            let body = match &response.body {
                HttpBody::Whole(text) => text.parse().unwrap_or_default(),
                HttpBody::Stream(_) => Value::Null,
            };
            let mut failure = StatusFailure::read(response.status, &*response.header, &body, self.host.clock());
            self.protocol.explain(&mut failure);
            return Err(Failure::Status(failure));
        }
        let mut incoming = Incoming::default();
        let read = match &mut response.body {
            HttpBody::Whole(text) => self.read_whole(text, call, &mut incoming),
            HttpBody::Stream(pieces) => self.read_stream(&mut **pieces, call, watchdog, &mut incoming).await,
        };
        match read {
            Ok(()) => {}
            Err(Stop::Early(reason)) => {
                return Err(Failure::BrokenOff { url, reason, received: incoming.content().len() });
            }
            Err(Stop::Malformed(reason)) => return Err(Failure::Unintelligible { url, reason }),
            Err(Stop::Status(mut failure)) => {
                if failure.request_id.is_none() {
                    failure.request_id = request_id(&response);
                }
                failure.in_part = !incoming.content().is_empty();
                return Err(Failure::Status(*failure));
            }
            Err(Stop::CutOff(reason)) => {
                // What the provider had counted by then is not all.
                incoming.tokens = None;
                incoming.finish = Some(Finish::CutOff(reason));
            }
        }
        Ok(Reply { allowance: self.allowance(&response), ..incoming.into_reply() })
    }

    /// What the headers say of limits. Looking costs time, and a server that was silent about them stays so.
    fn allowance(&self, response: &HttpResponse) -> Option<Allowance> {
        if self.without_limits.get() >= ANSWERS_TO_LOOK_AT {
            return None;
        }
        let allowance = wait::allowance(&*response.header, self.host.clock());
        self.without_limits.set(if allowance.is_some() { 0 } else { self.without_limits.get() + 1 });
        allowance
    }

    fn read_whole(&self, text: &str, call: &Call<'_>, incoming: &mut Incoming) -> Result<(), Stop> {
        match text.parse::<Value>() {
            Ok(answer) => Ok(self.protocol.read(answer, incoming)?),
            // A stream whose headers do not say so.
            Err(_) if call.stream && !text.trim_start().starts_with('<') => {
                let mut reading = Reading::new(self, call);
                reading.push(text.as_bytes(), incoming)?;
                match reading.any {
                    true => reading.finish(incoming),
                    false => Err(Stop::Malformed("it is neither JSON nor a stream".to_owned())),
                }
            }
            Err(error) => Err(Stop::Malformed(error.to_string())),
        }
    }

    async fn read_stream(
        &self,
        pieces: &mut dyn Pieces,
        call: &Call<'_>,
        watchdog: &Watchdog,
        incoming: &mut Incoming,
    ) -> Result<(), Stop> {
        let mut reading = Reading::new(self, call);
        watchdog.sign();
        while let Some(bytes) = pieces.next().await.map_err(broken_off)? {
            watchdog.sign();
            reading.push(&bytes, incoming)?;
        }
        reading.finish(incoming)
    }
}

impl Provider for Server {
    fn name(&self) -> &str {
        self.name
    }

    fn modes(&self) -> &'static [Mode] {
        self.protocol.modes()
    }

    fn dialect(&self) -> Dialect {
        self.protocol.dialect()
    }

    fn complete<'a>(&'a self, call: &'a Call<'a>) -> LocalFuture<'a, Result<Reply, Failure>> {
        Box::pin(self.ask(call))
    }
}

/// Why reading an answer stopped before its end.
enum Stop {
    /// The connection broke, or the model was not done.
    Early(String),
    Malformed(String),
    Status(Box<StatusFailure>),
    CutOff(String),
}

impl From<TooLong> for Stop {
    fn from(too_long: TooLong) -> Self {
        Stop::Malformed(too_long.to_string())
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Malformed(reason) => Stop::Malformed(reason),
            Fault::Status(failure) => Stop::Status(failure),
        }
    }
}

fn broken_off(failure: TransportFailure) -> Stop {
    let (TransportFailure::Unsendable(reason) | TransportFailure::Unreachable(reason)) = failure;
    Stop::Early(reason)
}

/// A streamed answer being read.
struct Reading<'a> {
    server: &'a Server,
    decoder: Decoder,
    events: Vec<Event>,
    any: bool,
    watch: Option<Watch<'a>>,
    watched: usize,
    is_tool: bool,
}

impl<'a> Reading<'a> {
    fn new(server: &'a Server, call: &'a Call<'_>) -> Self {
        let watch = (call.mode != Mode::Text).then(|| Watch::new(&call.schema.value));
        let decoder = Decoder::new(server.protocol.framing());
        let is_tool = call.mode == Mode::Tool;
        Self { server, decoder, events: Vec::new(), any: false, watch, watched: 0, is_tool }
    }

    fn push(&mut self, bytes: &[u8], incoming: &mut Incoming) -> Result<(), Stop> {
        self.decoder.push(bytes, &mut self.events)?;
        self.take(incoming)
    }

    fn finish(mut self, incoming: &mut Incoming) -> Result<(), Stop> {
        self.decoder.finish(&mut self.events)?;
        self.take(incoming)?;
        match incoming.complete {
            true => Ok(()),
            false => Err(Stop::Early("it ended before the model was done".to_owned())),
        }
    }

    fn take(&mut self, incoming: &mut Incoming) -> Result<(), Stop> {
        for Event { name, data } in self.events.drain(..) {
            self.any = true;
            match data.as_str() {
                "" => {}
                "[DONE]" => incoming.complete = true,
                data => {
                    let event = data.parse::<Value>().map_err(|error| Stop::Malformed(error.to_string()))?;
                    self.server.protocol.read_event(&name, event, incoming)?;
                }
            }
        }
        if incoming.content().len() > LONGEST_REPLY {
            return Err(Stop::CutOff("it is far longer than the limit of its length".to_owned()));
        }
        // What a model says beside a tool call is not part of it.
        let content = if self.is_tool { &incoming.arguments } else { &incoming.text };
        let arrived = content.get(self.watched..).unwrap_or_default();
        self.watched += arrived.len();
        match &mut self.watch {
            Some(watch) if !arrived.is_empty() => watch.push(arrived).map_err(Stop::CutOff),
            _ => Ok(()),
        }
    }
}

fn request_id(response: &HttpResponse) -> Option<String> {
    let header = |name: &str| (response.header)(name);
    header("x-request-id").or_else(|| header("request-id"))
}

/// A model on the same machine or in the same house may have to be loaded first, and reads a prompt slowly.
fn patience(llm: &LlmConfig, is_near: bool) -> Patience {
    let written = llm.timeout;
    let of = |seconds: Option<f64>, default: f64| Duration::from_secs_f64(seconds.unwrap_or(default));
    Patience {
        first_answer: of(written.first_answer, if is_near { 600.0 } else { 120.0 }),
        silence: of(written.silence, if is_near { 120.0 } else { 60.0 }),
        total: of(written.total, if is_near { 1800.0 } else { 600.0 }),
    }
}
