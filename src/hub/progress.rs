//! What an upload tells of itself while it goes on.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::error::{Code, Error};

/// Hears of progress, as plain objects. It must not fail, and may ask for the upload to stop.
pub type Listener = Rc<dyn Fn(&Value)>;

/// Counts bytes: those that are read to learn, those that are read to write, and those that are sent. The number grows and
/// never shrinks, and meets the total at the end.
pub struct Progress {
    listener: Option<Listener>,
    stage: Cell<&'static str>,
    done: Cell<u64>,
    total: Cell<u64>,
    /// What was told last: not every line is news.
    told: Cell<u64>,
}

/// Bytes after which progress is told again.
const STEP: u64 = 1 << 20;

impl Progress {
    /// Nothing is done yet. `size` is that of the input.
    pub fn new(listener: Option<Listener>, size: u64) -> Self {
        let (done, told) = Default::default();
        // What is sent is about as much as what is read; the exact number is set once it is known.
        Self { listener, stage: Cell::new("reading"), done, total: Cell::new(3 * size), told }
    }

    /// From here on it is something else that is done.
    pub fn begin(&self, stage: &'static str) {
        self.stage.set(stage);
        self.tell(self.event("upload_progress"));
    }

    /// So much is still to be sent.
    pub fn expect(&self, bytes: u64) {
        self.total.set(self.done.get() + bytes);
    }

    /// So much more was done.
    pub fn advance(&self, bytes: u64) {
        self.done.set(self.done.get() + bytes);
        self.total.set(self.total.get().max(self.done.get()));
        if self.done.get() >= self.told.get() + STEP {
            self.tell(self.event("upload_progress"));
        }
    }

    /// A file is where it belongs; `sent` tells whether it had to be sent.
    pub fn file_done(&self, path: &str, sent: bool) {
        let mut event = self.event("file_done");
        event.insert("path".to_owned(), path.into());
        event.insert("sent".to_owned(), sent.into());
        self.tell(event);
    }

    /// A request failed and is sent again after `delay`.
    pub fn retrying(&self, error: &Error, attempt: u32, delay: Duration) {
        let kind = if error.code() == Code::RateLimit { "rate_limited" } else { "retry" };
        let mut event = self.event(kind);
        event.insert("code".to_owned(), error.code().as_str().into());
        event.insert("message".to_owned(), error.message().into());
        event.insert("attempt".to_owned(), attempt.into());
        let milliseconds = u32::try_from(delay.as_millis()).unwrap_or(u32::MAX);
        event.insert("delayMs".to_owned(), milliseconds.into());
        self.tell(event);
    }

    /// All is done.
    pub fn end(&self) {
        self.done.set(self.total.get());
        self.stage.set("done");
        self.tell(self.event("upload_done"));
    }

    fn event(&self, kind: &str) -> Map<String, Value> {
        let mut event = Map::new();
        event.insert("type".to_owned(), kind.into());
        event.insert("done".to_owned(), self.done.get().into());
        event.insert("total".to_owned(), self.total.get().into());
        event.insert("stage".to_owned(), self.stage.get().into());
        event
    }

    fn tell(&self, event: Map<String, Value>) {
        self.told.set(self.done.get());
        if let Some(listener) = &self.listener {
            listener(&Value::Object(event));
        }
    }
}
