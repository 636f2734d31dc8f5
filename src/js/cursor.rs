//! Samples one by one, as the package's stream pulls them.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::convert;
use super::guard::call;
use super::options::Options;
use crate::error::{Code, Error};
use crate::run::{Run, Scheduler};

/// Hands out samples as they finish. One call of `next` at a time.
#[wasm_bindgen]
pub struct SampleCursor {
    /// A panic in one call leaves `samples` empty, which the next call reports.
    inner: Rc<Inner>,
}

struct Inner {
    /// Empty while `next` is at work, and after `cancel`.
    samples: RefCell<Option<Scheduler>>,
    /// Until it is done.
    run: RefCell<Option<Run>>,
    options: Options,
}

#[wasm_bindgen]
impl SampleCursor {
    pub(super) fn new(samples: Scheduler, run: Run, options: Options) -> Self {
        let (samples, run) = (RefCell::new(Some(samples)), RefCell::new(Some(run)));
        Self { inner: Rc::new(Inner { samples, run, options }) }
    }

    /// How many records may be made before somebody asks for them, so that slots stay busy while the reader is not.
    #[wasm_bindgen(getter)]
    pub fn ahead(&self) -> u32 {
        self.inner.samples.borrow().as_ref().map_or(0, Scheduler::most_samples)
    }

    /// The next record; `undefined` after the last.
    pub fn next(&self) -> Promise {
        let inner = Rc::clone(&self.inner);
        call(async move {
            let taken = inner.samples.take();
            let Some(mut samples) = taken else {
                return Err(inner.options.failed(&Error::new(Code::Internal, "samples are being read already")));
            };
            let line = loop {
                match samples.next().await {
                    Ok(None) => break Ok(None),
                    // Samples that were given up are told of by events.
                    Ok(Some(finished)) => {
                        if let Ok(line) = finished.result {
                            break Ok(Some(line));
                        }
                    }
                    Err(error) => break Err(error),
                }
            };
            inner.samples.replace(Some(samples));
            match line {
                Ok(Some(line)) => convert::parse_json(&line),
                Ok(None) => {
                    let run = inner.run.take();
                    if let Some(run) = run {
                        run.done().await;
                    }
                    Ok(JsValue::UNDEFINED)
                }
                Err(error) => Err(inner.options.failed(&error)),
            }
        })
    }

    /// Ends everything that is under way.
    pub fn cancel(&self) {
        self.inner.options.stop();
        drop(self.inner.samples.take());
    }
}
