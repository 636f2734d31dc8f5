//! Counts what is done and tells the listener, if there is one.

use std::cell::Cell;
use std::time::Duration;

use super::events::{Event, Listener};
use crate::error::{Code, Error};
use crate::model::{Observer, Usage};
use crate::samples::{Slot, ToolObserver};
use crate::topics::GrowthObserver;

/// The counts of one run.
pub struct Progress {
    listener: Option<Listener>,
    stage: Cell<&'static str>,
    done: Cell<usize>,
    topics_expected: Cell<usize>,
    samples_expected: Cell<usize>,
    topics_done: Cell<usize>,
}

impl Progress {
    pub fn new(listener: Option<Listener>) -> Self {
        Self {
            listener,
            stage: Cell::new("topics"),
            done: Cell::new(0),
            topics_expected: Cell::new(0),
            samples_expected: Cell::new(0),
            topics_done: Cell::new(0),
        }
    }

    /// Expansions to come, at the most.
    pub fn expect_topics(&self, count: usize) {
        self.topics_expected.set(count);
    }

    /// Samples to come. While topics grow this may be an estimate.
    pub fn expect_samples(&self, count: usize) {
        self.samples_expected.set(count);
    }

    /// From here on there are samples; expansions that never came no longer count.
    pub fn begin_samples(&self) {
        self.stage.set("samples");
        self.topics_expected.set(self.topics_done.get());
    }

    pub fn sample_started(&self, slot: &Slot) {
        self.tell(|| self.about(slot, "sample_started"));
    }

    pub fn sample_done(&self, slot: &Slot, record: &str) {
        self.done.set(self.done.get() + 1);
        self.tell(|| Event { record: Some(record.to_owned()), ..self.about(slot, "sample_done") });
    }

    pub fn sample_failed(&self, slot: &Slot, error: &Error) {
        self.done.set(self.done.get() + 1);
        self.tell(|| failed(self.about(slot, "sample_failed"), error));
    }

    pub fn checkpoint_saved(&self) {
        self.tell(|| self.event("checkpoint_saved"));
    }

    pub fn run_done(&self, usage: Usage) {
        self.tell(|| Event { usage: Some(usage), ..self.event("run_done") });
    }

    fn topic_finished(&self) {
        self.topics_done.set(self.topics_done.get() + 1);
        self.done.set(self.done.get() + 1);
    }

    /// The event is only made where someone listens.
    fn tell(&self, event: impl FnOnce() -> Event) {
        if let Some(listener) = &self.listener {
            listener(&event());
        }
    }

    fn event(&self, kind: &'static str) -> Event {
        let total = self.topics_expected.get().max(self.topics_done.get()) + self.samples_expected.get();
        Event { kind, done: self.done.get(), total, stage: self.stage.get(), ..Event::default() }
    }

    fn about(&self, slot: &Slot, kind: &'static str) -> Event {
        Event {
            topic_id: Some(slot.topic.id.clone()),
            path: Some(slot.topic.path.clone()),
            cycle: Some(slot.cycle),
            ..self.event(kind)
        }
    }
}

fn failed(event: Event, error: &Error) -> Event {
    Event { code: Some(error.code().as_str()), message: Some(error.message().to_owned()), ..event }
}

impl Observer for Progress {
    fn retrying(&self, error: &Error, attempt: u32, delay: Duration) {
        let delay_ms = Some(u32::try_from(delay.as_millis()).unwrap_or(u32::MAX));
        let kind = if error.code() == Code::RateLimit { "rate_limited" } else { "retry" };
        self.tell(|| Event { attempt: Some(attempt), delay_ms, ..failed(self.event(kind), error) });
    }

    fn answered(&self, total: &Usage) {
        self.tell(|| Event { usage: Some(*total), ..self.event("usage") });
    }
}

impl GrowthObserver for Progress {
    fn expanding(&self, path: &[String]) {
        self.tell(|| Event { path: Some(path.to_vec()), ..self.event("topic_started") });
    }

    fn expanded(&self, path: &[String], children: &[String]) {
        self.topic_finished();
        self.tell(|| Event {
            path: Some(path.to_vec()),
            children: Some(children.to_vec()),
            ..self.event("topic_done")
        });
    }

    fn failed(&self, path: &[String], error: &Error) {
        self.topic_finished();
        self.tell(|| failed(Event { path: Some(path.to_vec()), ..self.event("topic_failed") }, error));
    }
}

impl ToolObserver for Progress {
    fn tool_called(&self, slot: &Slot, tool: &str, failed: bool) {
        self.tell(|| Event { tool: Some(tool.to_owned()), failed: Some(failed), ..self.about(slot, "tool_called") });
    }
}
