//! The runtime as the core sees it: its requests, timers, clock and chance.

use std::rc::Rc;
use std::time::Duration;

use js_sys::{Date, Function, JsString};
use wasm_bindgen::prelude::*;

use super::convert;
use super::http::Requests;
use super::timer::Alarms;
use crate::host::{Host, HttpRequest, HttpResponse, LocalFuture, Patterns, TransportFailure, address};

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

/// Cloudflare Workers: requests that may wait for their headers at once.
const WORKERS_CONNECTIONS: usize = 6;

/// The runtime that the library was called in.
pub struct Runtime {
    requests: Rc<Requests>,
    /// Whether private addresses may be reached, where the caller says.
    allow_private_network: Option<bool>,
    alarms: Rc<Alarms>,
}

impl Runtime {
    /// The runtime, with the caller's fetch if there is one.
    pub fn new(fetch: Option<Function>, allow_private_network: Option<bool>) -> Self {
        Self { requests: Requests::new(fetch), allow_private_network, alarms: Alarms::new() }
    }
}

/// The time since some moment of the past.
pub fn now() -> Duration {
    let milliseconds = performance_now().unwrap_or_else(|_| Date::now());
    Duration::try_from_secs_f64(milliseconds / 1000.0).unwrap_or_default()
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
    fn send(&self, request: HttpRequest) -> LocalFuture<'_, Result<HttpResponse, TransportFailure>> {
        Box::pin(self.requests.send(request))
    }

    fn may_add_key(&self) -> bool {
        self.requests.have_own_fetch()
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
            None if self.requests.have_own_fetch() || user_agent().starts_with("Mozilla/") => true,
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
