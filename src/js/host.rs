//! The runtime's fetch, timers, clock and chance.

use std::rc::Rc;
use std::time::Duration;

use gloo_net::http::Response;
use js_sys::{Date, Function, JsString, Object, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::abort::{AbortGuard, Controllers};
use super::{convert, error, timer};
use crate::host::{Host, HttpBody, HttpRequest, HttpResponse, LocalFuture, Patterns, TransportFailure, address};

#[wasm_bindgen]
extern "C" {
    // Called as a plain function: fetch refuses any other `this`.
    #[wasm_bindgen(catch, js_name = fetch)]
    fn global_fetch(url: &str, init: &JsValue) -> Result<Promise, JsValue>;

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

/// Cloudflare Workers: requests that may wait for their headers at once.
const WORKERS_CONNECTIONS: usize = 6;

/// The runtime that the library was called in.
pub struct Runtime {
    /// The caller's fetch, where the global one is not to be used.
    fetch: Option<Function>,
    /// Whether private addresses may be reached, where the caller says.
    allow_private_network: Option<bool>,
    controllers: Rc<Controllers>,
}

impl Runtime {
    /// The runtime, with the caller's fetch if there is one.
    pub fn new(fetch: Option<Function>, allow_private_network: Option<bool>) -> Self {
        Self { fetch, allow_private_network, controllers: Rc::default() }
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportFailure> {
        let guard = match &self.fetch {
            Some(_) => AbortGuard::new(),
            None => self.controllers.guard(),
        };
        let init = Object::new();
        let headers = Object::new();
        convert::set(&headers, "content-type", &"application/json".into());
        for (name, value) in &request.headers {
            let value = value.reveal();
            // fetch would refuse it with a message that quotes it.
            if !value.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
                let reason =
                    format!("the header {name} holds a character that headers cannot hold; is the key complete?");
                return Err(TransportFailure::Unsendable(reason));
            }
            convert::set(&headers, name, &value.into());
        }
        convert::set(&init, "method", &"POST".into());
        convert::set(&init, "headers", &headers);
        convert::set(&init, "body", &request.body.into());
        // Not "error", which workerd does not know: the answer to a redirect is judged by its status.
        convert::set(&init, "redirect", &"manual".into());
        if let Some(signal) = guard.signal() {
            convert::set(&init, "signal", &signal);
        }
        let sent = match &self.fetch {
            Some(fetch) => {
                fetch.call2(&JsValue::UNDEFINED, &request.url.into(), &init).map(|answer| Promise::resolve(&answer))
            }
            None => global_fetch(&request.url, &init),
        };
        let answer = JsFuture::from(sent.map_err(unreachable)?).await.map_err(unreachable)?;
        let raw = as_response(answer)?;
        let response = Response::from(Clone::clone(&raw));
        Ok(HttpResponse {
            status: response.status(),
            header: Rc::new(move |name| response.headers().get(name)),
            body: Box::new(Arriving { response: raw, reader: None, guard: Some(guard) }),
        })
    }
}

/// A body on its way. Dropped before its end, it ends the request.
struct Arriving {
    response: web_sys::Response,
    reader: Option<Reader>,
    guard: Option<AbortGuard>,
}

#[wasm_bindgen]
extern "C" {
    /// A reader of a stream of bytes, whoever made the stream.
    type Reader;

    #[wasm_bindgen(catch, method)]
    fn read(this: &Reader) -> Result<Promise, JsValue>;

    #[wasm_bindgen(extends = js_sys::Object)]
    type Stream;

    #[wasm_bindgen(catch, method, js_name = getReader)]
    fn get_reader(this: &Stream) -> Result<Reader, JsValue>;
}

impl Arriving {
    /// There is nothing left to give up.
    fn ended(&mut self) {
        if let Some(guard) = self.guard.take() {
            guard.finished();
        }
    }

    async fn read_all(&mut self) -> Result<String, TransportFailure> {
        let text = self.response.text().map_err(unreachable)?;
        let text = JsFuture::from(text).await.map_err(unreachable)?;
        self.ended();
        Ok(text.as_string().unwrap_or_default())
    }

    async fn read_chunk(&mut self) -> Result<Option<Vec<u8>>, TransportFailure> {
        let reader = match &self.reader {
            Some(reader) => reader,
            None => {
                let stream = convert::get(&self.response, "body");
                if !stream.is_object() {
                    // Some polyfills and empty answers have no stream.
                    let text = if self.guard.is_some() { self.read_all().await? } else { String::new() };
                    return Ok(Some(text.into_bytes()).filter(|bytes| !bytes.is_empty()));
                }
                self.reader.insert(stream.unchecked_into::<Stream>().get_reader().map_err(unreachable)?)
            }
        };
        let read = JsFuture::from(reader.read().map_err(unreachable)?).await.map_err(unreachable)?;
        if convert::get(&read, "done").is_truthy() {
            self.ended();
            return Ok(None);
        }
        Ok(Some(Uint8Array::new(&convert::get(&read, "value")).to_vec()))
    }
}

impl HttpBody for Arriving {
    fn text(&mut self) -> LocalFuture<'_, Result<String, TransportFailure>> {
        Box::pin(self.read_all())
    }

    fn chunk(&mut self) -> LocalFuture<'_, Result<Option<Vec<u8>>, TransportFailure>> {
        Box::pin(self.read_chunk())
    }
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

/// Takes anything that answers like a Response: other realms and polyfills have their own class.
fn as_response(answer: JsValue) -> Result<web_sys::Response, TransportFailure> {
    let has = |object: &JsValue, method: &str| convert::get(object, method).is_function();
    let is_response = answer.is_object()
        && convert::get(&answer, "status").as_f64().is_some()
        && has(&answer, "text")
        && has(&convert::get(&answer, "headers"), "get");
    match is_response {
        true => Ok(answer.unchecked_into()),
        false => Err(TransportFailure::Unsendable("the option fetch did not give a Response".to_owned())),
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
        // Timers take milliseconds as a signed 32-bit number: at most 24 days.
        let milliseconds = duration.saturating_add(Duration::from_nanos(999_999)).as_millis();
        Box::pin(timer::sleep(i32::try_from(milliseconds).unwrap_or(i32::MAX)))
    }

    fn now(&self) -> Duration {
        let milliseconds = performance_now().unwrap_or_else(|_| Date::now());
        Duration::try_from_secs_f64(milliseconds / 1000.0).unwrap_or_default()
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
