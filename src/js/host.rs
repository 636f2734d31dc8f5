//! The runtime's fetch, timers, clock and chance.

use std::rc::Rc;
use std::time::Duration;

use gloo_net::http::Response;
use js_sys::{Date, Function, JsString, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::abort::{AbortGuard, Controllers};
use super::timer::Alarms;
use super::{convert, error};
use crate::host::{
    Host, HttpBody, HttpRequest, HttpResponse, LocalFuture, Patterns, Pieces, TransportFailure, address,
};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = performance, js_name = now)]
    fn performance_now() -> Result<f64, JsValue>;

    // The constructor in js-sys lets the exception through that a pattern with a mistake throws.
    #[wasm_bindgen(js_name = RegExp)]
    type Expression;
    #[wasm_bindgen(catch, constructor, js_class = "RegExp")]
    fn new(pattern: &str, flags: &str) -> Result<Expression, JsValue>;
    #[wasm_bindgen(catch, method)]
    fn test(this: &Expression, text: &str) -> Result<bool, JsValue>;
}

#[wasm_bindgen(raw_module = "./http.js")]
extern "C" {
    fn send(own: &JsValue, url: &str, headers: &str, body: &str, signal: &JsValue) -> Promise;

    /// An answer, whole or the beginning of a stream.
    type Answer;

    #[wasm_bindgen(method, getter)]
    fn response(this: &Answer) -> web_sys::Response;

    /// All of it, unless it is a stream.
    #[wasm_bindgen(method, getter)]
    fn text(this: &Answer) -> Option<String>;

    /// The next piece of a stream.
    #[wasm_bindgen(method)]
    fn next(this: &Answer) -> Promise;
}

/// Cloudflare Workers: requests that may wait for their headers at once.
const WORKERS_CONNECTIONS: usize = 6;

/// The runtime that the library was called in.
pub struct Runtime {
    /// The caller's fetch, where the global one is not to be used.
    fetch: Option<Function>,
    /// Whether private addresses may be reached, where the caller says.
    allow_private_network: Option<bool>,
    controllers: Rc<Controllers>,
    alarms: Rc<Alarms>,
}

impl Runtime {
    /// The runtime, with the caller's fetch if there is one.
    pub fn new(fetch: Option<Function>, allow_private_network: Option<bool>) -> Self {
        Self { fetch, allow_private_network, controllers: Rc::default(), alarms: Alarms::new() }
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportFailure> {
        let guard = match &self.fetch {
            Some(_) => AbortGuard::new(),
            None => self.controllers.guard(),
        };
        let mut headers = String::new();
        for (name, value) in &request.headers {
            let value = value.reveal();
            // fetch would refuse it with a message that quotes it.
            if !value.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
                let reason =
                    format!("the header {name} holds a character that headers cannot hold; is the key complete?");
                return Err(TransportFailure::Unsendable(reason));
            }
            [name, "\n", value, "\n"].iter().for_each(|part| headers.push_str(part));
        }
        let own = self.fetch.as_ref().map_or(JsValue::UNDEFINED, JsValue::from);
        let signal = guard.signal().map_or(JsValue::UNDEFINED, JsValue::from);
        let sent = send(&own, &request.url, &headers, &request.body, &signal);
        let answer = JsFuture::from(sent).await.map_err(unreachable)?;
        if answer.is_undefined() {
            return Err(TransportFailure::Unsendable("the option fetch did not give a Response".to_owned()));
        }
        let answer: Answer = answer.unchecked_into();
        let response = Response::from(answer.response());
        let status = response.status();
        let body = match answer.text() {
            Some(text) => {
                guard.finished();
                HttpBody::Whole(text)
            }
            None => HttpBody::Stream(Box::new(Arriving { answer, guard: Some(guard) })),
        };
        Ok(HttpResponse { status, header: Rc::new(move |name| response.headers().get(name)), body })
    }
}

/// A stream on its way. Dropped before its end, it ends the request.
struct Arriving {
    answer: Answer,
    guard: Option<AbortGuard>,
}

impl Pieces for Arriving {
    fn next(&mut self) -> LocalFuture<'_, Result<Option<Vec<u8>>, TransportFailure>> {
        Box::pin(async move {
            let piece = JsFuture::from(self.answer.next()).await.map_err(unreachable)?;
            if piece.is_undefined() {
                // There is nothing left to give up.
                self.guard.take().into_iter().for_each(AbortGuard::finished);
                return Ok(None);
            }
            Ok(Some(Uint8Array::new(&piece).to_vec()))
        })
    }
}

/// The time since some moment of the past.
pub fn now() -> Duration {
    let milliseconds = performance_now().unwrap_or_else(|_| Date::now());
    Duration::try_from_secs_f64(milliseconds / 1000.0).unwrap_or_default()
}

fn unreachable(thrown: JsValue) -> TransportFailure {
    TransportFailure::Unreachable(error::describe(&thrown))
}

/// What the runtime calls itself: browsers begin with `Mozilla/`, others with their own name or not at all.
fn user_agent() -> String {
    let navigator = convert::get(&js_sys::global(), "navigator");
    match navigator.is_object() {
        true => convert::get(&navigator, "userAgent").as_string().unwrap_or_default(),
        false => String::new(),
    }
}

impl Patterns for Runtime {
    fn matches(&self, pattern: &str, text: &str) -> Option<bool> {
        // As JSON Schema asks, by code points. What only the older syntax allows, such as `\-`, is read as that.
        let expression = Expression::new(pattern, "u").or_else(|_| Expression::new(pattern, "")).ok()?;
        expression.test(text).ok()
    }
}

impl Host for Runtime {
    fn post(&self, request: HttpRequest) -> LocalFuture<'_, Result<HttpResponse, TransportFailure>> {
        Box::pin(self.send(request))
    }

    fn may_add_key(&self) -> bool {
        self.fetch.is_some()
    }

    fn sleep(&self, duration: Duration) -> LocalFuture<'_, ()> {
        Box::pin(self.alarms.sleep(now().saturating_add(duration)))
    }

    fn now(&self) -> Duration {
        now()
    }

    fn most_connections(&self) -> Option<usize> {
        (user_agent() == "Cloudflare-Workers").then_some(WORKERS_CONNECTIONS)
    }

    fn timestamp(&self) -> String {
        Date::new_0().to_iso_string().into()
    }

    fn fold(&self, text: &str) -> String {
        JsString::from(text).normalize("NFKC").to_lower_case().into()
    }

    fn may_reach(&self, host: &str) -> bool {
        match self.allow_private_network {
            Some(true) => true,
            Some(false) => !address::is_private(host),
            // The caller's own fetch goes where the caller lets it; a page has the network of the person before it.
            None if self.fetch.is_some() || user_agent().starts_with("Mozilla/") => true,
            // Models on the same machine are the usual case in development.
            None => address::is_loopback(host) || !address::is_private(host),
        }
    }

    fn clock(&self) -> f64 {
        Date::now()
    }

    fn random(&self) -> f64 {
        js_sys::Math::random()
    }

    fn host_of(&self, url: &str) -> Option<String> {
        Some(web_sys::Url::new(url).ok()?.hostname())
    }
}
