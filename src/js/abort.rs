//! The two directions of giving up: the caller's signal stops a run, and what a run drops is told to stop.

use std::cell::RefCell;
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

/// Controllers whose requests are done, kept for the next ones of the same run: making one is among the dearest things
/// that a request costs in Node.
#[derive(Default)]
pub struct Controllers(RefCell<Vec<AbortController>>);

impl Controllers {
    /// A guard for one request.
    pub fn guard(self: &Rc<Self>) -> AbortGuard {
        let controller = self.0.borrow_mut().pop();
        AbortGuard { controller: controller.or_else(|| AbortController::new().ok()), home: Some(Rc::clone(self)) }
    }
}

/// Aborts what was begun with its signal when it is dropped before [`AbortGuard::finished`].
pub struct AbortGuard {
    /// `None` in a runtime that has no `AbortController`.
    controller: Option<AbortController>,
    home: Option<Rc<Controllers>>,
}

impl AbortGuard {
    /// A guard with a signal of its own, for code that may keep hold of it.
    pub fn new() -> Self {
        Self { controller: AbortController::new().ok(), home: None }
    }

    /// The signal to hand on.
    pub fn signal(&self) -> Option<AbortSignal> {
        self.controller.as_ref().map(AbortController::signal)
    }

    /// There is nothing left to abort.
    pub fn finished(mut self) {
        if let (Some(controller), Some(home)) = (self.controller.take(), &self.home) {
            home.0.borrow_mut().push(controller);
        }
    }
}

impl Drop for AbortGuard {
    fn drop(&mut self) {
        if let Some(controller) = &self.controller {
            controller.abort();
        }
    }
}
