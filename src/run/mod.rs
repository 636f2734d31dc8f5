//! The engine: turns a configuration into topics, samples and a dataset, keeps count, tells of progress, and stops when
//! it is asked to with everything kept that was made.

#[cfg(test)]
mod agent_model;
#[cfg(test)]
mod agents;
mod dataset;
pub mod deepfabric_checkpoint;
mod duplicates;
mod events;
mod forecast;
mod journal;
mod plan;
mod progress;
#[cfg(test)]
mod published;
mod report;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod resume;
mod samples;
mod scheduler;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::rc::Rc;

pub use dataset::{Dataset, Failure, LineSink, Stopped};
pub use events::{Event, Listener};
pub use forecast::Forecast;
use plan::Slots;
pub use plan::{RunPlan, plan};
pub use report::Report;
use samples::SampleQueue;
pub use samples::{Delivery, Finished};
pub use scheduler::Scheduler;
use scheduler::{Ending, Growing, Writing};

use crate::config::{Config, LlmConfig, RateLimitConfig};
use crate::error::{Code, Error, Result};
use crate::host::{Host, Stop, Store};
use crate::model::providers::KeySource;
use crate::model::{Budget, Exchange, Lane, Lanes, Ledger, Model, Provider, RetryBudget, Terms, Usage};
use crate::samples::{ToolAccess, Writer};
use crate::tools::{CallersTools, Executors};
use crate::topics::{Grower, Growth, Memory, Topic, TopicSet};
use journal::Journal;
use progress::Progress;

/// How a run reaches the outside world.
#[derive(Clone)]
pub struct Surroundings {
    /// Requests, time and chance.
    pub host: Rc<dyn Host>,
    /// The caller's keys.
    pub keys: Rc<dyn KeySource>,
    /// Answers every request in place of the configured providers, where it is given.
    pub model: Option<Rc<dyn Provider>>,
    /// Hears of progress, where someone listens.
    pub listener: Option<Listener>,
    /// The caller's wish to stop.
    pub stop: Rc<Stop>,
    /// The caller's functions for tools, where there are some.
    pub tools: Option<Rc<dyn CallersTools>>,
    /// Where progress is kept, if it is.
    pub store: Option<Rc<dyn Store>>,
}

/// One run: a configuration and everything that belongs to this carrying out of it.
pub struct Run {
    config: Rc<Config>,
    surroundings: Surroundings,
    progress: Rc<Progress>,
    lanes: Lanes,
    ledger: Ledger,
    journal: RefCell<Option<Rc<Journal>>>,
}

impl Run {
    /// What it was told to do.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Gets ready; sends nothing.
    pub fn new(config: Config, surroundings: Surroundings) -> Self {
        let slots = config.output.batch_size as usize;
        let progress = Rc::new(Progress::new(surroundings.listener.clone(), Rc::clone(&surroundings.host), slots));
        let lanes = Lanes::new(&config, surroundings.model.clone(), &surroundings.host, &surroundings.keys);
        let ledger = Ledger {
            meter: Rc::default(),
            budget: Budget::new(config.budget.unwrap_or_default()),
            retries: Rc::new(RetryBudget::default()),
            observer: Rc::clone(&progress) as _,
            closed: Rc::default(),
        };
        Self { config: Rc::new(config), surroundings, progress, lanes, ledger, journal: RefCell::default() }
    }

    /// Takes up what earlier runs have kept. Where progress is kept, this comes before anything else.
    ///
    /// # Errors
    /// See [`Journal::open`].
    pub async fn resume(&self) -> Result<()> {
        if let Some(store) = &self.surroundings.store {
            let store = Rc::clone(store);
            let journal = Journal::open(store, &self.config, self.ledger.clone(), Rc::clone(&self.progress)).await?;
            self.journal.replace(Some(journal));
        }
        Ok(())
    }

    /// What was used so far.
    pub fn usage(&self) -> Usage {
        self.ledger.meter.total()
    }

    /// Grows topics.
    ///
    /// # Errors
    /// What ended the growth, with the topics that there are.
    pub async fn topics(&self) -> Result<TopicSet, (Error, TopicSet)> {
        let mut work = self.schedule(Some(self.growing()), None);
        let grown = work.next().await;
        let topics = work.into_topics().unwrap_or_else(TopicSet::none);
        match grown {
            Ok(_) => Ok(topics),
            Err(error) => Err((error, topics)),
        }
    }

    /// Writes one sample: the line of its record.
    ///
    /// # Errors
    /// Why it could not be written.
    pub async fn sample(&self, topic: Topic) -> Result<String> {
        let mut writing = self.writing(Delivery::AsFinished)?;
        writing.queue.plan_one(topic);
        match self.schedule(None, Some(writing)).next().await? {
            Some(finished) => finished.result,
            None => Err(Error::new(Code::Internal, "a sample was planned but not written")),
        }
    }

    /// The samples that the configuration asks for over these topics.
    ///
    /// # Errors
    /// Code `config` for what cannot be written, or where there are no topics.
    pub fn samples_for(&self, topics: &TopicSet, delivery: Delivery) -> Result<Scheduler> {
        let slots = Slots::new(&self.config, topics)?;
        let mut writing = self.writing(delivery)?;
        writing.queue.plan(slots);
        Ok(self.schedule(None, Some(writing)))
    }

    /// Topics, and the samples that the configuration asks for over them. What samples need is made ready first, but for
    /// a run that goes on: it may need nothing any more.
    async fn grow_and_write(&self) -> Result<Scheduler> {
        self.progress.expect_samples(plan::expected(&self.config));
        let writing = self.writing(Delivery::Planned)?;
        if self.journal.borrow().as_ref().is_none_or(|journal| journal.is_empty()) {
            self.surroundings.stop.race(writing.writer.get_ready(&writing.model)).await??;
        }
        Ok(self.schedule(Some(self.growing()), Some(writing)))
    }

    fn growing(&self) -> Growing {
        let config = Rc::new(self.config.topics.clone());
        self.progress.expect_topics(plan::expansions(&config));
        let model = Rc::new(self.model(&self.lanes.topics, &config.llm, &config.rate_limit));
        let memory = self.journal.borrow().clone().map(|journal| journal as Rc<dyn Memory>);
        let host = Rc::clone(&self.surroundings.host);
        let growth = Growth::new(Rc::clone(&config), host, Rc::clone(&self.progress) as _);
        Growing { grower: Rc::new(Grower { config, model, memory }), growth }
    }

    fn writing(&self, delivery: Delivery) -> Result<Writing> {
        let generation = &self.config.generation;
        let executors =
            Executors { host: Rc::clone(&self.surroundings.host), callers: self.surroundings.tools.clone() };
        let access = ToolAccess { executors, observer: Rc::clone(&self.progress) as _ };
        Ok(Writing {
            writer: Rc::new(Writer::new(Rc::clone(&self.config))?.with_tools(access)?),
            model: Rc::new(self.model(&self.lanes.samples, &generation.llm, &generation.rate_limit)),
            queue: SampleQueue::new(Rc::clone(&self.config), Rc::clone(&self.progress), delivery),
        })
    }

    fn schedule(&self, growing: Option<Growing>, writing: Option<Writing>) -> Scheduler {
        let ending = Ending {
            host: Rc::clone(&self.surroundings.host),
            closed: Rc::clone(&self.ledger.closed),
            stop: Rc::clone(&self.surroundings.stop),
        };
        Scheduler::new(Rc::clone(&self.config), ending, self.journal.borrow().clone(), growing, writing)
    }

    fn model(&self, lane: &Rc<Lane>, llm: &LlmConfig, rate_limit: &RateLimitConfig) -> Model {
        let terms = Terms { rate_limit: rate_limit.clone(), price: llm.price, stream: llm.stream };
        let host = &self.surroundings.host;
        let exchange = Exchange::new(Rc::clone(lane), Rc::clone(host), terms, self.ledger.clone());
        Model::new(exchange, Rc::clone(host))
    }
}
