//! One queue over topics and samples: a slot that is free takes the next request there is, of either kind. Samples begin
//! as soon as the topics are there that the plan is sure to hold, while other branches still grow.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};

use super::duplicates;
use super::journal::Journal;
use super::plan::Slots;
use super::samples::{Assignment, Finished, SampleQueue, Ticket, Written};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::host::{Host, Stop, Tasks};
use crate::model::Model;
use crate::samples::Writer;
use crate::topics::{Grower, Growth, Proposal, Sender, TopicSet};

/// How long requests that are under way are waited for when the run ends early: they are paid for.
const GRACE: Duration = Duration::from_secs(30);
/// How long a store may take for what it is writing when the run ends.
const MOMENT: Duration = Duration::from_millis(80);
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

/// Who grows topics, and what has grown.
pub struct Growing {
    /// Who asks for subtopics.
    pub grower: Rc<Grower>,
    /// What there is.
    pub growth: Growth,
}

/// Who writes samples, and which.
pub struct Writing {
    /// Who writes them.
    pub writer: Rc<Writer>,
    /// Who is asked.
    pub model: Rc<Model>,
    /// Which.
    pub queue: SampleQueue,
}

/// What a task brought.
enum Arrival {
    Subtopics(Sender, Result<Vec<Proposal>>),
    Sample(Rc<Cell<Ticket>>, Result<Box<Written>>),
}

/// The work of a run. Nothing is begun but while [`Scheduler::next`] is awaited: who takes samples slowly is not run over.
pub struct Scheduler {
    config: Rc<Config>,
    ending: Ending,
    journal: Option<Rc<Journal>>,
    growing: Option<Growing>,
    writing: Option<Writing>,
    /// The topics, once they are complete.
    topics: Option<TopicSet>,
    tasks: Tasks<'static>,
    arrived: Rc<RefCell<VecDeque<Arrival>>>,
    questions_under_way: usize,
    samples_under_way: usize,
    ended: Option<Error>,
}

impl Scheduler {
    /// Work on topics, samples or both. Where topics are given, the samples have their plan already.
    pub fn new(
        config: Rc<Config>,
        ending: Ending,
        journal: Option<Rc<Journal>>,
        growing: Option<Growing>,
        writing: Option<Writing>,
    ) -> Self {
        Self {
            config,
            ending,
            journal,
            growing,
            writing,
            topics: None,
            tasks: Tasks::new(),
            arrived: Rc::default(),
            questions_under_way: 0,
            samples_under_way: 0,
            ended: None,
        }
    }

    /// The next sample, written or given up; `None` when all work is done.
    ///
    /// # Errors
    /// What ends the run: a wish to stop, a failure that all other requests would meet too, no topics, or nothing but
    /// failures. By then nothing is under way any more, and everything that had finished was handed out, as was what
    /// finished within [`GRACE`] of such a failure.
    pub async fn next(&mut self) -> Result<Option<Finished>> {
        loop {
            self.begin();
            if let Some(finished) = self.next_finished() {
                return Ok(Some(finished));
            }
            if let Some(error) = self.ended.clone() {
                self.settle_journal().await;
                return Err(error);
            }
            if self.is_over() {
                match self.hopeless() {
                    Some(error) => self.end(error),
                    None => return Ok(None),
                }
                continue;
            }
            if let Err(error) = self.ending.stop.race(self.tasks.next()).await {
                self.end(error);
            }
            self.take_arrivals().await;
            if let Some(failure) = self.journal.as_ref().and_then(|journal| journal.failure()) {
                self.end(failure);
            }
        }
    }

    /// Samples that may be under way at once.
    pub fn most_samples(&self) -> u32 {
        self.config.output.batch_size
    }

    /// The topics: all, or as far as they have grown.
    pub fn into_topics(self) -> Option<TopicSet> {
        self.topics.or_else(|| self.growing.map(|growing| growing.growth.finish()))
    }

    /// Begins as much as there is room for.
    fn begin(&mut self) {
        self.complete_topics();
        loop {
            let half = self.slots() / 2;
            // Topics first, so that slots never run out of samples, but not all of them, so that samples are not kept
            // waiting.
            let began = match self.questions_under_way < half {
                true => self.begin_question() || self.begin_sample(),
                false => self.begin_sample() || self.begin_question(),
            };
            if !began {
                return;
            }
        }
    }

    fn slots(&self) -> usize {
        let samples = self.writing.as_ref().map_or(0, |_| self.config.output.batch_size);
        let questions = self.growing.as_ref().map_or(0, |_| self.config.topics.max_concurrent);
        samples.max(questions) as usize
    }

    fn has_room(&self, under_way: usize, most: u32) -> bool {
        let total = self.questions_under_way + self.samples_under_way;
        self.ended.is_none() && under_way < most as usize && total < self.slots()
    }

    fn begin_question(&mut self) -> bool {
        if !self.has_room(self.questions_under_way, self.config.topics.max_concurrent) {
            return false;
        }
        let Some(growing) = &mut self.growing else { return false };
        let Some(question) = growing.growth.next_question() else { return false };
        let (grower, arrived) = (Rc::clone(&growing.grower), Rc::clone(&self.arrived));
        self.questions_under_way += 1;
        self.tasks.push(Box::pin(async move {
            let reply = grower.ask(&question.expansion).await;
            arrived.borrow_mut().push_back(Arrival::Subtopics(question.sender(), reply));
            0
        }));
        true
    }

    fn begin_sample(&mut self) -> bool {
        if !self.has_room(self.samples_under_way, self.config.output.batch_size) {
            return false;
        }
        let Some(writing) = &mut self.writing else { return false };
        let next = match &mut self.growing {
            Some(growing) => writing.queue.next_early(&mut growing.growth),
            None => writing.queue.next(),
        };
        let Some(Assignment { slot, ticket }) = next else { return false };
        let (writer, model, arrived) =
            (Rc::clone(&writing.writer), Rc::clone(&writing.model), Rc::clone(&self.arrived));
        let (journal, host) = (self.journal.clone(), Rc::clone(&self.ending.host));
        self.samples_under_way += 1;
        self.tasks.push(Box::pin(async move {
            let kept = journal.as_ref().and_then(|journal| journal.sample(&slot));
            let result = match kept {
                Some(kept) => Ok(kept),
                None => match writer.write(&slot, &model).await {
                    Ok(record) => {
                        let written = (record.to_line(), record.request().to_owned());
                        if let Some(journal) = &journal {
                            journal.keep_sample(&slot, &written.0).await;
                        }
                        Ok(written)
                    }
                    Err(error) => Err(error),
                },
            };
            let result = result.map(|(line, question)| {
                let fingerprint = duplicates::signature(&host.fold(&question));
                Box::new(Written { line, question: question.into(), fingerprint })
            });
            arrived.borrow_mut().push_back(Arrival::Sample(ticket, result));
            0
        }));
        true
    }

    /// Plans the samples once no topic is to come any more.
    fn complete_topics(&mut self) {
        let Some(growing) = self.growing.take_if(|growing| growing.growth.is_complete()) else { return };
        let topics = growing.growth.finish();
        if let Some(writing) = &mut self.writing {
            match Slots::new(&self.config, &topics) {
                Ok(slots) => writing.queue.plan(slots),
                Err(error) => self.ended = Some(error),
            }
        }
        self.topics = Some(topics);
    }

    async fn take_arrivals(&mut self) {
        while let Some(arrival) = self.next_arrival() {
            let fatal = match arrival {
                Arrival::Subtopics(sender, reply) => {
                    self.questions_under_way = self.questions_under_way.saturating_sub(1);
                    self.growing.as_mut().and_then(|growing| growing.growth.answer(sender, reply).err())
                }
                Arrival::Sample(ticket, result) => {
                    self.samples_under_way = self.samples_under_way.saturating_sub(1);
                    // A failure that ends the run is its error, not a sample's.
                    let fatal = result.as_ref().err().filter(|error| error.ends_run()).cloned();
                    if let (None, Some(writing)) = (&fatal, &mut self.writing) {
                        writing.queue.take(ticket.get(), result);
                    }
                    fatal
                }
            };
            if let Some(error) = fatal {
                self.wind_down(error).await;
            }
        }
        if let Some(error) = self.hopeless() {
            self.end(error);
        }
    }

    /// Begins nothing more, and waits for what is under way: a reply that comes now is one sample more.
    async fn wind_down(&mut self, error: Error) {
        if self.ended.is_some() {
            return;
        }
        self.ended = Some(error);
        self.ending.closed.request();
        let host = Rc::clone(&self.ending.host);
        self.tasks.push(Box::pin(async move {
            host.sleep(GRACE).await;
            PATIENCE_IS_OVER
        }));
        while self.tasks.len() > 1 {
            match self.ending.stop.race(self.tasks.next()).await {
                Ok(Some(PATIENCE_IS_OVER)) | Err(_) => break,
                Ok(_) => {}
            }
        }
        self.finish();
    }

    /// Begins nothing more. What has finished already is kept, it is paid for; the rest is dropped, which ends it.
    fn end(&mut self, error: Error) {
        if self.ended.is_none() {
            self.ended = Some(error);
            while let Some(Some(_)) = self.tasks.next().now_or_never() {}
            self.finish();
        }
    }

    /// Waits for what the journal is writing, for a moment: the next run should find it, and nothing come after it.
    async fn settle_journal(&mut self) {
        let Some(journal) = self.journal.take() else { return };
        let host = Rc::clone(&self.ending.host);
        self.tasks.push(Box::pin(async move {
            journal.settled().await;
            0
        }));
        self.tasks.push(Box::pin(async move {
            host.sleep(MOMENT).await;
            0
        }));
        self.tasks.next().await;
        self.tasks = Tasks::new();
    }

    /// Takes what has arrived, and drops the rest.
    fn finish(&mut self) {
        self.tasks = Tasks::new();
        while let Some(arrival) = self.next_arrival() {
            match (arrival, &mut self.growing, &mut self.writing) {
                (Arrival::Subtopics(sender, reply), Some(growing), _) => {
                    // The run has its error; what grows on this one stays.
                    let _ = growing.growth.answer(sender, reply);
                }
                // What was given up because of the end is no failure of its own.
                (Arrival::Sample(ticket, result), _, Some(writing)) if !result.as_ref().is_err_and(Error::ends_run) => {
                    writing.queue.take(ticket.get(), result);
                }
                _ => {}
            }
        }
        if let Some(writing) = &mut self.writing {
            writing.queue.end();
        }
    }

    fn is_over(&self) -> bool {
        self.growing.is_none() && self.writing.as_ref().is_none_or(|writing| writing.queue.is_over())
    }

    fn hopeless(&self) -> Option<Error> {
        self.writing.as_ref().and_then(|writing| writing.queue.hopeless())
    }

    fn next_arrival(&self) -> Option<Arrival> {
        self.arrived.borrow_mut().pop_front()
    }

    fn next_finished(&mut self) -> Option<Finished> {
        let queue = &mut self.writing.as_mut()?.queue;
        queue.judge_all();
        queue.next_finished()
    }
}
