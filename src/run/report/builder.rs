//! Counts while a run goes on.

use std::time::Duration;

use serde_json::{Map, Value};

use super::latency::Histogram;
use super::texts::{count_one, look_at};
use super::{Branch, PerSample, Report, summary};
use crate::error::Code;
use crate::host::Host;
use crate::model::{Cause, Purpose, Usage};
use crate::numbers::Numbers;

/// Records whose texts are looked at, at the most.
const MOST_RECORDS: usize = 500;
/// Branches that are named.
const MOST_BRANCHES: usize = 100;

/// Counts while a run goes on. Its memory does not grow with the run.
pub struct ReportBuilder {
    slots: usize,
    begun: Duration,
    branches: Vec<Branch>,
    places: Numbers,
    delivered: usize,
    failures: Map<String, Value>,
    warnings: Vec<String>,
    rejections: [u64; Cause::ALL.len()],
    /// Replies with samples.
    replies: u64,
    latencies: Histogram,
    busy: Duration,
    /// Records at every so many places of the plan.
    every: usize,
    records: Vec<(usize, String)>,
}

impl ReportBuilder {
    /// Begins to count: so many requests may be under way at once, and this is the host's time now.
    pub fn new(slots: usize, now: Duration) -> Self {
        Self {
            slots,
            begun: now,
            branches: Vec::new(),
            places: Numbers::default(),
            delivered: 0,
            failures: Map::new(),
            warnings: Vec::new(),
            rejections: [0; _],
            replies: 0,
            latencies: Histogram::default(),
            busy: Duration::ZERO,
            every: 1,
            records: Vec::new(),
        }
    }

    /// A sample is in the plan, about the topic with this path.
    pub fn planned(&mut self, path: &[String]) {
        if let Some(branch) = self.branch(path) {
            branch.asked += 1;
        }
    }

    /// A sample was delivered: its place in the plan, the path of its topic, and the line of its record.
    pub fn delivered(&mut self, position: usize, path: &[String], line: &str) {
        self.delivered += 1;
        if let Some(branch) = self.branch(path) {
            branch.delivered += 1;
        }
        if position.is_multiple_of(self.every) {
            // In the order of the plan, whatever the order of replies: the words that are looked at depend on it.
            let before = self.records.iter().rposition(|(other, _)| *other < position);
            self.records.insert(before.map_or(0, |before| before + 1), (position, line.to_owned()));
        }
        while self.records.len() > MOST_RECORDS {
            self.every *= 2;
            self.records.retain(|(position, _)| position.is_multiple_of(self.every));
        }
    }

    /// A sample was given up.
    pub fn failed(&mut self, code: Code) {
        count_one(&mut self.failures, code.as_str());
    }

    /// Something was found that the user should know.
    pub fn warned(&mut self, warning: &str) {
        self.warnings.push(warning.to_owned());
    }

    /// A request is over, after so long.
    pub fn took(&mut self, purpose: Purpose, latency: Duration, is_answered: bool) {
        self.busy += latency;
        if is_answered {
            self.latencies.add(latency);
            self.replies += u64::from(!matches!(purpose, Purpose::Topics));
        }
    }

    /// A reply was not accepted, or an accepted one turned out to repeat another sample.
    pub fn rejected(&mut self, purpose: Purpose, cause: Cause) {
        if let Some(count) = self.rejections.get_mut(cause as usize).filter(|_| !matches!(purpose, Purpose::Topics)) {
            *count += 1;
        }
    }

    /// The report, after so many samples were asked for.
    pub async fn finish(&self, usage: &Usage, asked: usize, host: &dyn Host) -> Report {
        let now = host.now();
        let lines: Vec<&str> = self.records.iter().map(|(_, line)| line.as_str()).collect();
        let (texts, tools) = look_at(&lines, host).await;
        let count = |cause: Cause| self.rejections.get(cause as usize).copied().unwrap_or_default();
        let rejected: u64 = self.rejections.iter().sum();
        let repeats = count(Cause::Duplicate) + count(Cause::NearDuplicate);
        let mut report = Report {
            asked,
            delivered: self.delivered,
            acceptance_rate: (self.replies > 0).then(|| 1.0 - share(rejected as f64, self.replies as f64)),
            warnings: self.warnings.clone(),
            rejections: Cause::ALL
                .into_iter()
                .filter(|cause| count(*cause) > 0)
                .map(|cause| (cause.as_str().to_owned(), count(cause).into()))
                .collect(),
            failures: self.failures.clone(),
            coverage: self.branches.clone(),
            duplicate_share: share(repeats as f64, self.delivered as f64 + repeats as f64),
            texts,
            tools,
            per_sample: (self.delivered > 0).then(|| per_sample(usage, self.delivered)),
            latency: self.latencies.latency(),
            slot_utilization: self.utilization(now),
            text: String::new(),
        };
        report.text = summary::text(&report);
        report
    }

    fn utilization(&self, now: Duration) -> Option<f64> {
        let available = now.saturating_sub(self.begun).as_secs_f64() * self.slots as f64;
        (available > 0.0 && self.latencies.total() > 0).then(|| share(self.busy.as_secs_f64(), available))
    }

    /// The branch below the root that a path is in; the root is its own.
    fn branch(&mut self, path: &[String]) -> Option<&mut Branch> {
        let topic = path.get(1).or(path.first())?;
        let place = match self.places.get(topic) {
            Some(place) => place,
            None if self.branches.len() >= MOST_BRANCHES => MOST_BRANCHES,
            None => {
                self.places.insert(topic.clone(), self.branches.len());
                self.branches.len()
            }
        };
        if place == self.branches.len() {
            let topic = if place == MOST_BRANCHES { "others" } else { topic.as_str() };
            self.branches.push(Branch { topic: topic.to_owned(), ..Branch::default() });
        }
        self.branches.get_mut(place)
    }
}

fn per_sample(usage: &Usage, delivered: usize) -> PerSample {
    let each = |sum: u64| sum as f64 / delivered as f64;
    PerSample {
        requests: each(usage.total.requests),
        input_tokens: each(usage.total.input_tokens),
        output_tokens: each(usage.total.output_tokens),
        cost: usage.total.cost.map(|cost| cost / delivered as f64),
    }
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { (part / whole).clamp(0.0, 1.0) } else { 0.0 }
}
