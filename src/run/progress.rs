//! Counts what is done and tells the listener, if there is one.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use super::events::{Event, Listener};
use super::forecast::{self, Stage};
use super::report::{Report, ReportBuilder};
use crate::error::{Code, Error};
use crate::host::Host;
use crate::model::{Cause, Observer, Purpose, Usage};
use crate::samples::{Slot, ToolObserver};
use crate::topics::GrowthObserver;

/// The counts of one run.
pub struct Progress {
    listener: Option<Listener>,
    host: Rc<dyn Host>,
    /// When the run began, and the requests that were answered since.
    began: Duration,
    answers: Cell<u64>,
    report: RefCell<ReportBuilder>,
    stage: Cell<&'static str>,
    done: Cell<usize>,
    topics_expected: Cell<usize>,
    samples_expected: Cell<usize>,
    topics_done: Cell<usize>,
    /// Samples that were counted and then taken back: those that come in their place count no more.
    taken_back: Cell<usize>,
}

impl Progress {
    /// Begins to count, for a run that has so many requests under way at once.
    pub fn new(listener: Option<Listener>, host: Rc<dyn Host>, slots: usize) -> Self {
        let began = host.now();
        Self {
            listener,
            began,
            host,
            answers: Cell::new(0),
            report: RefCell::new(ReportBuilder::new(slots, began)),
            stage: Cell::new("topics"),
            done: Cell::new(0),
            topics_expected: Cell::new(0),
            samples_expected: Cell::new(0),
            topics_done: Cell::new(0),
            taken_back: Cell::new(0),
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
        self.count_sample();
        self.tell(|| Event { record: Some(record.to_owned()), ..self.about(slot, "sample_done") });
    }

    /// A sample is in the plan.
    pub fn sample_planned(&self, slot: &Slot) {
        self.report.borrow_mut().planned(&slot.topic.path);
    }

    /// A sample is accepted, at this position of the sequence.
    pub fn sample_accepted(&self, position: usize, slot: &Slot, record: &str) {
        self.report.borrow_mut().delivered(position, &slot.topic.path, record);
    }

    /// A sample repeats another.
    pub fn sample_repeats(&self, is_exact: bool) {
        let cause = if is_exact { Cause::Duplicate } else { Cause::NearDuplicate };
        self.rejected(Purpose::Sample, cause);
    }

    /// What the run came to.
    pub async fn report(&self, usage: &Usage) -> Report {
        // Nothing counts any more: the run is over.
        let report = self.report.replace(ReportBuilder::new(0, self.began));
        report.finish(usage, self.samples_expected.get(), &*self.host).await
    }

    pub fn sample_failed(&self, slot: &Slot, error: &Error) {
        self.report.borrow_mut().failed(error.code());
        self.count_sample();
        self.tell(|| failed(self.about(slot, "sample_failed"), error));
    }

    /// A sample is not accepted, and another is written in its place.
    pub fn sample_replaced(&self, slot: &Slot, error: &Error) {
        self.tell(|| failed(self.about(slot, "retry"), error));
    }

    /// A sample that was told of turned out to repeat one before it in the plan.
    pub fn sample_taken_back(&self) {
        self.taken_back.set(self.taken_back.get() + 1);
    }

    fn count_sample(&self) {
        match self.taken_back.get() {
            0 => self.done.set(self.done.get() + 1),
            some => self.taken_back.set(some - 1),
        }
    }

    pub fn checkpoint_saved(&self) {
        self.tell(|| self.event("checkpoint_saved"));
    }

    pub fn run_done(&self, usage: Usage, report: &Report) {
        self.tell(|| Event { usage: Some(usage), report: Some(report.clone()), ..self.event("run_done") });
    }

    fn forecast(&self, usage: &Usage) -> Option<forecast::Forecast> {
        let done = self.topics_done.get();
        let topics = Stage { done, total: self.topics_expected.get().max(done) };
        let samples = Stage { done: self.done.get().saturating_sub(done), total: self.samples_expected.get() };
        let elapsed = self.host.now().saturating_sub(self.began);
        forecast::forecast(usage, topics, samples, self.answers.get(), elapsed)
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
        self.answers.set(self.answers.get() + 1);
        self.tell(|| Event { usage: Some(*total), forecast: self.forecast(total), ..self.event("usage") });
    }

    fn took(&self, purpose: Purpose, latency: Duration, is_answered: bool) {
        self.report.borrow_mut().took(purpose, latency, is_answered);
    }

    fn rejected(&self, purpose: Purpose, cause: Cause) {
        self.report.borrow_mut().rejected(purpose, cause);
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

    fn tools_noted(&self, note: &str) {
        self.report.borrow_mut().warned(note);
        self.tell(|| Event { message: Some(note.to_owned()), ..self.event("warning") });
    }
}
