//! The net under everything: a panic rejects one promise, and the next call works.
//!
//! Nothing here should panic, and clippy sees to it. Should it happen all the same, the module traps, which JavaScript
//! sees as an exception. So every call is polled through JavaScript, which catches whatever comes out: traps, and also
//! exceptions that pass through code which did not expect any. Unwinding would do less, for a seventh of the module's
//! size.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use super::JsResult;

#[wasm_bindgen(raw_module = "./guard.js")]
extern "C" {
    /// Calls `poll`, and does nothing else.
    #[wasm_bindgen(catch, js_name = runGuarded)]
    fn run_guarded(poll: &mut dyn FnMut()) -> Result<(), JsValue>;
}

/// Work whose faults are caught. `None` once there was one.
struct Guarded(Option<Pin<Box<dyn Future<Output = JsResult>>>>);

impl Future for Guarded {
    type Output = JsResult;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<JsResult> {
        let Some(work) = &mut self.0 else { return Poll::Pending };
        let mut outcome = Poll::Pending;
        match run_guarded(&mut || outcome = work.as_mut().poll(context)) {
            Ok(()) => outcome,
            Err(fault) => {
                // It was left in the middle of a step: dropping it could use what is half gone.
                std::mem::forget(self.0.take());
                Poll::Ready(Err(fault))
            }
        }
    }
}

/// Runs one call. Each has its own state, so a fault in one leaves nothing broken for the others.
pub fn call(work: impl Future<Output = JsResult> + 'static) -> Promise {
    future_to_promise(Guarded(Some(Box::pin(work))))
}
