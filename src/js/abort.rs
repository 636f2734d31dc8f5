//! The two directions of giving up: the caller's signal stops a run, and what a run drops is told to stop.

use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, AbortSignal};

use super::convert;
use crate::host::Stop;

#[wasm_bindgen]
extern "C" {
    /// Any object with an abort event, whichever realm or polyfill it comes from.
    #[wasm_bindgen(extends = js_sys::Object)]
    type SignalLike;

    #[wasm_bindgen(method, catch, js_name = addEventListener)]
    fn add_event_listener(this: &SignalLike, event: &str, listener: &Function) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = removeEventListener)]
    fn remove_event_listener(this: &SignalLike, event: &str, listener: &Function) -> Result<(), JsValue>;
}

/// Passes the caller's signal on to a run, for as long as it lives.
pub struct SignalWatch {
    signal: SignalLike,
    listener: Closure<dyn Fn()>,
}

impl SignalWatch {
    /// Begins to watch; fails with what is wrong with the signal.
    pub fn new(signal: &JsValue, stop: Rc<Stop>) -> Result<Self, JsValue> {
        let refuse = |_| convert::invalid("the option signal has to be an AbortSignal");
        let aborted = convert::get(signal, "aborted").as_bool().ok_or(()).map_err(refuse)?;
        if aborted {
            stop.request();
        }
        let listener = Closure::<dyn Fn()>::new(move || stop.request());
        let signal: SignalLike = signal.clone().unchecked_into();
        signal.add_event_listener("abort", listener.as_ref().unchecked_ref()).map_err(|_| refuse(()))?;
        Ok(Self { signal, listener })
    }

    /// The reason that the caller gave.
    pub fn reason(&self) -> JsValue {
        convert::get(&self.signal, "reason")
    }
}

impl Drop for SignalWatch {
    fn drop(&mut self) {
        let _ = self.signal.remove_event_listener("abort", self.listener.as_ref().unchecked_ref());
    }
}

/// Aborts what was begun with its signal when it is dropped before [`AbortGuard::finished`].
pub struct AbortGuard(Option<AbortController>);

impl AbortGuard {
    /// A guard with its signal; without both in a runtime that has no `AbortController`.
    pub fn new() -> Self {
        Self(AbortController::new().ok())
    }

    /// The signal to hand on.
    pub fn signal(&self) -> Option<AbortSignal> {
        self.0.as_ref().map(AbortController::signal)
    }

    /// There is nothing left to abort.
    pub fn finished(mut self) {
        self.0 = None;
    }
}

impl Drop for AbortGuard {
    fn drop(&mut self) {
        if let Some(controller) = &self.0 {
            controller.abort();
        }
    }
}
