//! Waiting, with the runtime's own timers.

use std::cell::Cell;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    // A number in browsers, an object in Node.
    #[wasm_bindgen(catch, js_name = setTimeout)]
    fn set_timeout(callback: &Function, milliseconds: i32) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);
}

/// A timer that is cleared when nobody waits for it any more.
struct Timer(JsValue);

impl Drop for Timer {
    fn drop(&mut self) {
        clear_timeout(&self.0);
    }
}

/// Waits for so many milliseconds.
pub async fn sleep(milliseconds: i32) {
    let timer = Cell::new(None);
    let elapsed = Promise::new(&mut |resolve, _| timer.set(set_timeout(&resolve, milliseconds).ok()));
    // A runtime without timers cannot wait: better too early than never.
    let Some(timer) = timer.take() else { return };
    let _timer = Timer(timer);
    let _ = JsFuture::from(elapsed).await;
}
