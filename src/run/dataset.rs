//! The whole way: topics, then exactly the samples asked for, then lines in plan order.

use serde::Serialize;

use super::samples::{Delivery, Finished};
use super::{Report, Run, Scheduler};
use crate::error::{Error, Result};
use crate::model::Usage;
use crate::topics::TopicSet;

/// Takes the lines of a dataset, each without its end, in plan order.
pub trait LineSink {
    /// The next line.
    fn line(&self, line: String);
}

/// A dataset apart from its lines, which went to the sink.
#[derive(Debug)]
pub struct Dataset {
    /// Samples delivered.
    pub samples: usize,
    /// What they are about.
    pub topics: TopicSet,
    /// Samples asked for and not delivered.
    pub failures: Vec<Failure>,
    /// What it took.
    pub usage: Usage,
    /// What it came to.
    pub report: Report,
}

/// A sample that was asked for and not delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// The topic's id.
    pub topic_id: String,
    /// From the root to the topic.
    pub path: Vec<String>,
    /// How often the topic had its turn before.
    pub cycle: u32,
    /// The kind of failure.
    pub code: &'static str,
    /// What happened.
    pub message: String,
    /// Requests spent on it.
    pub attempts: u32,
    /// The last reply, where there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
}

/// A run that ended early, and what it had made by then.
#[derive(Debug)]
pub struct Stopped {
    /// Why.
    pub error: Error,
    /// What there is.
    pub partial: Dataset,
}

impl Run {
    /// Makes a dataset. Lines reach the sink in plan order, whatever the order of replies; when the run ends early,
    /// those that were waiting for their turn follow at the end.
    ///
    /// # Errors
    /// What ended the run, with everything made by then.
    pub async fn dataset(&self, topics: Option<TopicSet>, sink: &dyn LineSink) -> Result<Dataset, Box<Stopped>> {
        let mut made = Made { sink, samples: 0, failures: Vec::new() };
        let (outcome, topics) = match topics {
            Some(topics) => (self.write(self.samples_for(&topics, Delivery::Planned), &mut made).await.0, topics),
            None => {
                let (outcome, grown) = self.write(self.grow_and_write().await, &mut made).await;
                (outcome, grown.unwrap_or_else(TopicSet::none))
            }
        };
        let Made { samples, failures, .. } = made;
        let report = self.progress.report(&self.usage()).await;
        let dataset = Dataset { samples, topics, failures, usage: self.usage(), report };
        match outcome {
            Ok(()) => {
                self.progress.run_done(self.usage(), &dataset.report);
                Ok(dataset)
            }
            Err(error) => Err(Box::new(Stopped { error, partial: dataset })),
        }
    }

    /// Tells that all samples were written, where they were taken one by one.
    pub async fn done(&self) {
        let report = self.progress.report(&self.usage()).await;
        self.progress.run_done(self.usage(), &report);
    }

    async fn write(&self, work: Result<Scheduler>, made: &mut Made<'_>) -> (Result<()>, Option<TopicSet>) {
        let mut work = match work {
            Ok(work) => work,
            Err(error) => return (Err(error), None),
        };
        let outcome = loop {
            match work.next().await {
                Ok(Some(finished)) => made.take(finished),
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        (outcome, work.into_topics())
    }
}

/// What a dataset has so far.
struct Made<'a> {
    sink: &'a dyn LineSink,
    samples: usize,
    failures: Vec<Failure>,
}

impl Made<'_> {
    fn take(&mut self, Finished { slot, result }: Finished) {
        match result {
            Ok(line) => {
                self.samples += 1;
                self.sink.line(line);
            }
            Err(error) => self.failures.push(Failure {
                topic_id: slot.topic.id.clone(),
                path: slot.topic.path.clone(),
                cycle: slot.cycle,
                code: error.code().as_str(),
                message: error.message().to_owned(),
                attempts: error.attempts(),
                raw: error.raw().map(str::to_owned),
            }),
        }
    }
}
