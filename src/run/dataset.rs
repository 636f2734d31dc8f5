//! The whole way: topics, then exactly the samples asked for, then lines in plan order.

use std::collections::VecDeque;

use serde::Serialize;

use super::samples::Finished;
use super::{Run, plan};
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
        self.progress.expect_samples(plan::expected(&self.config));
        let topics = match topics {
            Some(topics) => topics,
            None => match self.topics().await {
                Ok(topics) => topics,
                Err((error, topics)) => return Err(self.stopped(error, topics, Lines::new(sink))),
            },
        };
        let mut lines = Lines::new(sink);
        match self.write_samples(&topics, &mut lines).await {
            Ok(()) => {
                self.progress.run_done(self.usage());
                let Lines { written: samples, failures, .. } = lines;
                Ok(Dataset { samples, topics, failures, usage: self.usage() })
            }
            Err(error) => Err(self.stopped(error, topics, lines)),
        }
    }

    async fn write_samples(&self, topics: &TopicSet, lines: &mut Lines<'_>) -> Result<()> {
        let mut samples = self.samples_for(topics)?;
        while let Some(finished) = samples.next().await? {
            lines.take(finished);
        }
        Ok(())
    }

    fn stopped(&self, error: Error, topics: TopicSet, mut lines: Lines<'_>) -> Box<Stopped> {
        lines.flush();
        let Lines { written: samples, failures, .. } = lines;
        Box::new(Stopped { error, partial: Dataset { samples, topics, failures, usage: self.usage() } })
    }
}

/// Puts finished samples back into plan order.
struct Lines<'a> {
    sink: &'a dyn LineSink,
    /// Position of the first of `early`.
    next: usize,
    /// Samples that finished before their turn, with gaps for those still to come.
    early: VecDeque<Option<Finished>>,
    written: usize,
    failures: Vec<Failure>,
}

impl<'a> Lines<'a> {
    fn new(sink: &'a dyn LineSink) -> Self {
        Self { sink, next: 0, early: VecDeque::new(), written: 0, failures: Vec::new() }
    }

    fn take(&mut self, finished: Finished) {
        let place = finished.position.saturating_sub(self.next);
        while self.early.len() <= place {
            self.early.push_back(None);
        }
        if let Some(gap) = self.early.get_mut(place) {
            *gap = Some(finished);
        }
        while let Some(finished) = self.early.front_mut().and_then(Option::take) {
            self.early.pop_front();
            self.next += 1;
            self.write(finished);
        }
    }

    /// The run is over: what was waiting for its turn has it now.
    fn flush(&mut self) {
        for finished in std::mem::take(&mut self.early).into_iter().flatten() {
            self.write(finished);
        }
    }

    fn write(&mut self, finished: Finished) {
        match finished.result {
            Ok(line) => {
                self.written += 1;
                self.sink.line(line);
            }
            Err(error) => self.failures.push(Failure {
                topic_id: finished.slot.topic.id.clone(),
                path: finished.slot.topic.path.clone(),
                cycle: finished.slot.cycle,
                code: error.code().as_str(),
                message: error.message().to_owned(),
                attempts: error.attempts(),
                raw: error.raw().map(str::to_owned),
            }),
        }
    }
}
