//! What a run came to: how much of it was accepted, how it is spread, what the texts are like, and what it took.
//!
//! While the run goes on a [`ReportBuilder`] only counts, and keeps a few hundred records; the texts are looked at in the
//! end.

mod builder;
mod latency;
mod summary;
#[cfg(test)]
mod tests;
mod texts;

use serde::Serialize;
use serde_json::{Map, Value};

pub use builder::ReportBuilder;

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Samples asked for.
    pub asked: usize,
    /// Samples delivered.
    pub delivered: usize,
    /// The share of replies with samples that were accepted, 0 to 1; none where there was no reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acceptance_rate: Option<f64>,
    /// What the user should know of how samples were made, such as who stood in for a service that did not answer.
    pub warnings: Vec<String>,
    /// Replies that were not accepted, by cause.
    pub rejections: Map<String, Value>,
    /// Samples that were given up, by code.
    pub failures: Map<String, Value>,
    /// The samples of each branch below the root, as far as there is room; `others` holds the rest.
    pub coverage: Vec<Branch>,
    /// The share of questions that repeated another one and were written anew, 0 to 1.
    pub duplicate_share: f64,
    /// What the texts are like; none where there are no records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub texts: Option<Texts>,
    /// What agents called; none where there are no agents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tools: Option<ToolUse>,
    /// What a delivered sample took, topics and rejected replies included; none where there are no samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_sample: Option<PerSample>,
    /// How long answers took; none where there were none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency: Option<Latency>,
    /// The share of the time of all slots in which a request was under way, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slot_utilization: Option<f64>,
    /// All this as a few lines of text.
    pub text: String,
}

/// The samples below one topic.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Branch {
    /// The topic.
    pub topic: String,
    /// Samples asked for.
    pub asked: usize,
    /// Samples delivered.
    pub delivered: usize,
}

/// What the texts of some records are like, chosen evenly over the plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Texts {
    /// Records that were looked at.
    pub records: usize,
    /// The lengths of questions.
    pub question: Lengths,
    /// The lengths of answers.
    pub answer: Lengths,
    /// Different words, pairs and triples of words in a row, each as a share of all, 0 to 1. The more records are looked at,
    /// the lower: compare runs of equal size.
    pub distinct: [f64; 3],
    /// How many times smaller the texts become when they are compressed together; the higher, the more repeats. None where
    /// the runtime cannot compress.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compression_ratio: Option<f64>,
}

/// How long texts are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Lengths {
    /// In words; in scripts without spaces each character counts as one.
    pub words: Spread,
    /// In characters.
    pub characters: Spread,
}

/// How numbers are spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Spread {
    /// The least.
    pub min: u32,
    /// Half are no greater.
    pub p50: u32,
    /// Nine in ten are no greater.
    pub p90: u32,
    /// The greatest.
    pub max: u32,
    /// The mean.
    pub mean: f64,
}

/// What agents called, in the records that were looked at.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolUse {
    /// Calls for each sample.
    pub calls_per_sample: f64,
    /// Calls of each tool.
    pub calls: Map<String, Value>,
}

/// What a delivered sample took.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PerSample {
    /// Requests, repeated ones included.
    pub requests: f64,
    /// Tokens sent.
    pub input_tokens: f64,
    /// Tokens received.
    pub output_tokens: f64,
    /// In US dollars; only where the configuration gives prices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
}

/// How long answers took, in milliseconds, to 3 per cent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Latency {
    /// Half took no longer.
    pub p50: f64,
    /// Nine in ten took no longer.
    pub p90: f64,
    /// Of a hundred one took longer.
    pub p99: f64,
}
