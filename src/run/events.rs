//! What a run tells of itself while it goes on.

use std::rc::Rc;

use serde::Serialize;

use super::forecast::Forecast;
use super::report::Report;
use crate::model::Usage;

/// Hears of progress. It must not fail, and may ask for the run to stop.
pub type Listener = Rc<dyn Fn(&Event)>;

/// One event. Which fields it has follows from its type; `done` and `total` count expansions and samples over the whole
/// run, never go back, and meet at the end.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// What happened: `topic_started`, `topic_done`, `topic_failed`, `sample_started`, `sample_done`, `sample_failed`,
    /// `tool_called`, `retry`, `rate_limited`, `warning`, `usage`, `checkpoint_saved` or `run_done`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Finished expansions and samples.
    pub done: usize,
    /// Expected expansions and samples.
    pub total: usize,
    /// What the run is at: `topics` or `samples`.
    pub stage: &'static str,
    /// The topic of a sample.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic_id: Option<String>,
    /// From the root to the topic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<Vec<String>>,
    /// The subtopics of a topic that was expanded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub children: Option<Vec<String>>,
    /// The cycle of a sample.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cycle: Option<u32>,
    /// The tool that was called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// Whether the call failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<bool>,
    /// The code of a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// The sentence of a failure or a warning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Which attempt failed, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// Milliseconds until the next attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u32>,
    /// What the run has used so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// What the run is expected to take in all, once there is something to go by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forecast: Option<Forecast>,
    /// What the run came to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<Report>,
    /// The finished sample as a line of JSON; JavaScript gets it as the object `sample`.
    #[serde(skip)]
    pub record: Option<String>,
}
