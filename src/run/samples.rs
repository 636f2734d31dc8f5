//! Samples under way: as many at once as the configuration allows, the next begun as soon as one is done.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};

use super::journal::Journal;
use super::progress::Progress;
use crate::error::{Code, Error, Result};
use crate::host::{Host, Stop, Tasks};
use crate::model::Model;
use crate::samples::{Slot, Writer};

/// Failures in a row, with no sample before them, after which the run gives up instead of paying for the rest.
const HOPELESS: usize = 10;

/// How long requests that are under way are waited for when the run ends early: they are paid for.
const GRACE: Duration = Duration::from_secs(30);

/// What the task answers that waits for it.
const PATIENCE_IS_OVER: usize = usize::MAX;

/// What a run that ends early has to do with.
pub struct Ending {
    /// Tells the time.
    pub host: Rc<dyn Host>,
    /// Set when nothing more may be sent.
    pub closed: Rc<Stop>,
    /// The caller's wish to stop.
    pub stop: Rc<Stop>,
}

/// A sample that was written or given up.
pub struct Finished {
    /// Its place in the plan, from 0.
    pub position: usize,
    /// What was to be written.
    pub slot: Slot,
    /// The record as a line of JSON without the line's end, or why there is none.
    pub result: Result<String>,
}

/// The samples of a plan, in the order in which they finish. Nothing is begun before it is asked for: who takes them
/// slowly is not run over.
pub struct SampleRun {
    waiting: VecDeque<(usize, Slot)>,
    under_way: Tasks<'static>,
    /// What has finished and was not handed out yet.
    finished: Rc<RefCell<VecDeque<Finished>>>,
    ended: Option<Error>,
    writer: Rc<Writer>,
    model: Rc<Model>,
    at_once: usize,
    ending: Ending,
    progress: Rc<Progress>,
    journal: Option<Rc<Journal>>,
    written: usize,
    failed: usize,
    /// Requests spent on each sample when it was given up for the first time.
    spent: Vec<u32>,
}

impl SampleRun {
    pub(super) fn new(
        slots: Vec<Slot>,
        writer: Rc<Writer>,
        model: Rc<Model>,
        at_once: usize,
        ending: Ending,
        progress: Rc<Progress>,
        journal: Option<Rc<Journal>>,
    ) -> Self {
        progress.begin_samples();
        Self {
            spent: vec![0; slots.len()],
            waiting: slots.into_iter().enumerate().collect(),
            under_way: Tasks::new(),
            finished: Rc::default(),
            ended: None,
            writer,
            model,
            at_once,
            ending,
            progress,
            journal,
            written: 0,
            failed: 0,
        }
    }

    /// The next sample to finish, written or given up; `None` after the last.
    ///
    /// # Errors
    /// What ends the run: a wish to stop, a failure that every other sample would meet too, or nothing but failures.
    /// By then nothing is under way any more, and everything that had finished was handed out, as was what finished
    /// within [`GRACE`] of such a failure.
    pub async fn next(&mut self) -> Result<Option<Finished>> {
        loop {
            self.begin_waiting();
            if self.ended.is_none() {
                match self.ending.stop.race(self.under_way.next()).await {
                    Ok(_) => {}
                    Err(error) => self.end(error),
                }
            }
            if let Some(failure) = self.journal.as_ref().and_then(|journal| journal.failure()) {
                self.end(failure);
            }
            // A failure that ends the run is its error, not a sample's.
            while let Some(mut finished) = self.next_finished() {
                if let Some(error) = finished.result.as_ref().err().filter(|error| error.ends_run()) {
                    self.wind_down(error.clone()).await;
                } else if !self.tries_again(&mut finished) {
                    self.count(&finished);
                    return Ok(Some(finished));
                }
            }
            match &self.ended {
                Some(error) => return Err(error.clone()),
                None if self.waiting.is_empty() && self.under_way.is_empty() => return Ok(None),
                None => {}
            }
        }
    }

    /// Whether a sample that failed gets its turn once more, behind all others: what did not work a few times in a row may
    /// work later, as long as the model works at all.
    fn tries_again(&mut self, finished: &mut Finished) -> bool {
        let Err(error) = &finished.result else { return false };
        let Some(spent) = self.spent.get_mut(finished.position) else { return false };
        if *spent > 0 {
            finished.result = Err(error.clone().after(*spent + error.attempts()));
            return false;
        }
        let may_pass = error.is_retryable() || matches!(error.code(), Code::InvalidOutput | Code::Truncated);
        let tries = may_pass && self.written > 0 && self.ended.is_none();
        if tries {
            *spent = error.attempts();
            self.waiting.push_back((finished.position, finished.slot.clone()));
        }
        tries
    }

    fn begin_waiting(&mut self) {
        while self.under_way.len() < self.at_once && self.ended.is_none() {
            let Some((position, slot)) = self.waiting.pop_front() else { break };
            self.progress.sample_started(&slot);
            let (writer, model, journal) = (Rc::clone(&self.writer), Rc::clone(&self.model), self.journal.clone());
            let done = Rc::clone(&self.finished);
            self.under_way.push(Box::pin(async move {
                let kept = journal.as_ref().and_then(|journal| journal.sample(&slot));
                let is_new = kept.is_none();
                let result = match kept {
                    Some(line) => Ok(line),
                    None => writer.write(&slot, &model).await.map(|record| record.to_line()),
                };
                if let (true, Some(journal), Ok(line)) = (is_new, journal, &result) {
                    journal.keep_sample(&slot, line).await;
                }
                done.borrow_mut().push_back(Finished { position, slot, result });
                position
            }));
        }
    }

    fn count(&mut self, finished: &Finished) {
        match &finished.result {
            Ok(line) => {
                self.written += 1;
                self.progress.sample_done(&finished.slot, line);
            }
            Err(error) => {
                self.failed += 1;
                self.progress.sample_failed(&finished.slot, error);
                let over = self.waiting.is_empty() && self.under_way.is_empty();
                if self.written == 0 && (over || self.failed >= HOPELESS) {
                    let doing = format_args!("no sample could be written ({} failed)", self.failed).to_string();
                    self.end(error.clone().context(doing).for_run());
                }
            }
        }
    }

    /// Begins nothing more, and waits for what is under way: a reply that comes now is one sample more.
    async fn wind_down(&mut self, error: Error) {
        if self.ended.is_some() {
            return;
        }
        self.ended = Some(error);
        self.waiting.clear();
        self.ending.closed.request();
        let host = Rc::clone(&self.ending.host);
        self.under_way.push(Box::pin(async move {
            host.sleep(GRACE).await;
            PATIENCE_IS_OVER
        }));
        while self.under_way.len() > 1 {
            match self.ending.stop.race(self.under_way.next()).await {
                Ok(Some(PATIENCE_IS_OVER)) | Err(_) => break,
                Ok(_) => {}
            }
        }
        // What was given up because of this is no failure of its own.
        self.finished.borrow_mut().retain(|finished| !finished.result.as_ref().is_err_and(Error::ends_run));
        self.under_way = Tasks::new();
    }

    /// Begins nothing more. What has finished already is kept, it is paid for; the rest is dropped, which ends it.
    fn end(&mut self, error: Error) {
        self.ended.get_or_insert(error);
        self.waiting.clear();
        while let Some(Some(_)) = self.under_way.next().now_or_never() {}
        self.under_way = Tasks::new();
    }

    fn next_finished(&self) -> Option<Finished> {
        self.finished.borrow_mut().pop_front()
    }
}
