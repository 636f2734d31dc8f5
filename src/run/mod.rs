//! The engine: turns a configuration into topics, samples and a dataset, keeps count, tells of progress, and stops when
//! it is asked to with everything kept that was made.

mod dataset;
mod events;
mod journal;
mod plan;
mod progress;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod resume;
mod samples;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::rc::Rc;

pub use dataset::{Dataset, Failure, LineSink, Stopped};
pub use events::{Event, Listener};
pub use plan::{RunPlan, plan};
use samples::Ending;
pub use samples::{Finished, SampleRun};

use crate::config::{Config, LlmConfig, RateLimitConfig};
use crate::error::Result;
use crate::host::{Host, Stop, Store};
use crate::model::providers::KeySource;
use crate::model::{Budget, Exchange, Lane, Lanes, Ledger, Model, Provider, RetryBudget, Terms, Usage};
use crate::samples::{Slot, ToolAccess, Writer};
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
    /// Gets ready; sends nothing.
    pub fn new(config: Config, surroundings: Surroundings) -> Self {
        let progress = Rc::new(Progress::new(surroundings.listener.clone()));
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
    pub async fn topics(&self) -> Result<TopicSet, (crate::Error, TopicSet)> {
        let config = Rc::new(self.config.topics.clone());
        self.progress.expect_topics(plan::expansions(&config));
        let model = Rc::new(self.model(&self.lanes.topics, &config.llm, &config.rate_limit));
        let memory = self.journal.borrow().clone().map(|journal| journal as Rc<dyn Memory>);
        let grower = Grower { config: Rc::clone(&config), model, observer: Rc::clone(&self.progress) as _, memory };
        let mut growth = Growth::new(&config, Rc::clone(&self.surroundings.host));
        let grown = self.surroundings.stop.race(grower.grow(&mut growth)).await.and_then(|grown| grown);
        let topics = growth.finish(&config);
        match grown {
            Ok(()) => Ok(topics),
            Err(error) => Err((error, topics)),
        }
    }

    /// Writes one sample: the line of its record.
    ///
    /// # Errors
    /// Why it could not be written.
    pub async fn sample(&self, topic: Topic) -> Result<String> {
        self.progress.expect_samples(1);
        let slot = Slot { topic: Rc::new(topic), cycle: 0 };
        let mut samples = self.samples(vec![slot])?;
        match samples.next().await {
            Ok(Some(finished)) => finished.result,
            Ok(None) => Err(crate::Error::new(crate::Code::Internal, "a sample was planned but not written")),
            Err(error) => Err(error),
        }
    }

    /// The samples that the configuration asks for over these topics, as they finish.
    ///
    /// # Errors
    /// Code `config` for what cannot be written, or where there are no topics.
    pub fn samples_for(&self, topics: &TopicSet) -> Result<SampleRun> {
        let slots = plan::slots(&self.config, topics)?;
        self.progress.expect_samples(slots.len());
        self.samples(slots)
    }

    fn samples(&self, slots: Vec<Slot>) -> Result<SampleRun> {
        let generation = &self.config.generation;
        let model = Rc::new(self.model(&self.lanes.samples, &generation.llm, &generation.rate_limit));
        let executors = Executors { host: Rc::clone(&self.surroundings.host), callers: self.surroundings.tools.clone() };
        let access = ToolAccess { executors, observer: Rc::clone(&self.progress) as _ };
        let writer = Rc::new(Writer::new(Rc::clone(&self.config))?.with_tools(access));
        let at_once = self.config.output.batch_size as usize;
        let stop = Rc::clone(&self.surroundings.stop);
        let ending = Ending { host: Rc::clone(&self.surroundings.host), closed: Rc::clone(&self.ledger.closed), stop };
        let journal = self.journal.borrow().clone();
        Ok(SampleRun::new(slots, writer, model, at_once, ending, Rc::clone(&self.progress), journal))
    }

    fn model(&self, lane: &Rc<Lane>, llm: &LlmConfig, rate_limit: &RateLimitConfig) -> Model {
        let terms = Terms { rate_limit: rate_limit.clone(), price: llm.price, stream: llm.stream };
        let host = &self.surroundings.host;
        let exchange = Exchange::new(Rc::clone(lane), Rc::clone(host), terms, self.ledger.clone());
        Model::new(exchange, Rc::clone(host))
    }
}
