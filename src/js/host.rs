//! The runtime's fetch, timers, clock and chance.

use std::rc::Rc;
use std::time::Duration;

use gloo_net::http::Response;
use js_sys::{Date, Function, JsString, Object, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::abort::{AbortGuard, Controllers};
use super::{convert, error, timer};
use crate::host::{Host, HttpRequest, HttpResponse, LocalFuture, Patterns, TransportFailure};

#[wasm_bindgen]
extern "C" {
    // Called as a plain function: fetch refuses any other `this`.
    #[wasm_bindgen(catch, js_name = fetch)]
    fn global_fetch(url: &str, init: &JsValue) -> Result<Promise, JsValue>;

    // The constructor in js-sys lets the exception through that a pattern with a mistake throws.
    #[wasm_bindgen(js_name = RegExp)]
    type Expression;
    #[wasm_bindgen(catch, constructor, js_class = "RegExp")]
    fn new(pattern: &str, flags: &str) -> Result<Expression, JsValue>;
    #[wasm_bindgen(catch, method)]
    fn test(this: &Expression, text: &str) -> Result<bool, JsValue>;
}

/// The runtime that the library was called in.
pub struct Runtime {
    /// The caller's fetch, where the global one is not to be used.
    fetch: Option<Function>,
    controllers: Rc<Controllers>,
}

impl Runtime {
    /// The runtime, with the caller's fetch if there is one.
    pub fn new(fetch: Option<Function>) -> Self {
        Self { fetch, controllers: Rc::default() }
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
        let unreachable = |thrown: JsValue| TransportFailure::Unreachable(error::describe(&thrown));
        let answer = JsFuture::from(sent.map_err(unreachable)?).await.map_err(unreachable)?;
        let response = as_response(answer)?;
        let text = JsFuture::from(response.text().map_err(unreachable)?).await.map_err(unreachable)?;
        guard.finished();
        let response = Response::from(response);
        Ok(HttpResponse {
            status: response.status(),
            body: text.as_string().unwrap_or_default(),
            header: Rc::new(move |name| response.headers().get(name)),
        })
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
        Box::pin(timer::sleep(i32::try_from(duration.as_millis()).unwrap_or(i32::MAX)))
    }

    fn timestamp(&self) -> String {
        Date::new_0().to_iso_string().into()
    }

    fn fold(&self, text: &str) -> String {
        JsString::from(text).normalize("NFKC").to_lower_case().into()
    }

    fn random(&self) -> f64 {
        js_sys::Math::random()
    }
}
