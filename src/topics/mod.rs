//! Topics: grown from one prompt as a tree or a graph, read from files and written to them.

mod expansion;
mod files;
mod graph;
mod growth;
mod ids;
mod spread;
mod text;

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use files::{parse, serialize};
pub use graph::{Graph, Node};
pub use growth::{Grower, Growth, GrowthObserver};
pub use spread::spread;

use crate::config::{SampleNodes, TopicMode, TopicsConfig};
use crate::error::{Code, Error, Result};
use crate::model::Request;

/// The request for the expansion of a topic at the last level but one, for estimates of what growing will take.
pub fn sample_request(config: &TopicsConfig) -> Request {
    let path = vec![config.prompt.clone(); config.depth as usize];
    let count = config.degree as usize;
    expansion::request(config, &expansion::Expansion { path, count, taken: Vec::new(), linkable: Vec::new() })
}

/// One topic that samples can be written for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topic {
    /// Stable and unique in its set. In a tree the first 16 hexadecimal digits of the SHA-256 of the path as JSON; in a
    /// graph the node's `uuid`.
    #[serde(default)]
    pub id: String,
    /// From the root to the topic.
    pub path: Vec<String>,
}

impl Topic {
    /// A topic from outside: one without an id gets the one of its path.
    ///
    /// # Errors
    /// Code `config` where it has no path.
    pub fn named(mut self) -> Result<Self> {
        if self.path.is_empty() {
            return Err(Error::new(Code::Config, "a topic has an empty path"));
        }
        if self.id.is_empty() {
            self.id = ids::of_path(&self.path);
        }
        Ok(self)
    }
}

/// A set of topics.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicSet {
    /// Its shape.
    pub mode: TopicMode,
    /// The leaves, in depth-first order.
    pub leaves: Vec<Topic>,
    /// All nodes with their links, where the set is a graph.
    pub graph: Option<Graph>,
    /// Topics that could not be expanded and so stayed leaves before their time.
    pub failed: Vec<FailedTopic>,
}

/// A topic that could not be expanded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedTopic {
    /// From the root to the topic.
    pub path: Vec<String>,
    /// The failure's code.
    pub code: String,
    /// The failure's sentence.
    pub message: String,
}

impl TopicSet {
    /// The topics that get samples.
    pub fn sampled(&self, nodes: SampleNodes) -> Vec<Topic> {
        match (&self.graph, nodes) {
            (Some(graph), SampleNodes::All) => graph.topics(|index, _| index != graph.root()),
            _ => self.leaves.clone(),
        }
    }
}

/// The plain form of a set, as JavaScript holds it and queues carry it.
#[derive(Serialize, Deserialize)]
struct PlainTopics {
    mode: TopicMode,
    topics: Vec<Topic>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    graph: Option<Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    failed: Vec<FailedTopic>,
}

impl TopicSet {
    /// The set as plain data: `{mode, topics, graph?, failed?}`, where `graph` is DeepFabric's document.
    pub fn to_json(&self) -> String {
        let plain = PlainTopics {
            mode: self.mode,
            topics: self.leaves.clone(),
            graph: self.graph.as_ref().map(Graph::to_json),
            failed: self.failed.clone(),
        };
        // Strings and numbers always serialise.
        serde_json::to_string(&plain).unwrap_or_default()
    }

    /// Reads what [`TopicSet::to_json`] wrote. `topics` counts, so a caller may leave some out; a topic without an id
    /// gets the one of its path.
    ///
    /// # Errors
    /// Code `config` where it is something else.
    pub fn from_json(json: &str) -> Result<Self> {
        let broken = |error: serde_json::Error| {
            let form = "expected what generateTopics or parseTopics gave";
            Error::new(Code::Config, format_args!("the topics cannot be read: {error}; {form}"))
        };
        let plain: PlainTopics = serde_json::from_str(json).map_err(broken)?;
        let leaves = plain.topics.into_iter().map(Topic::named).collect::<Result<_>>()?;
        let graph = plain.graph.as_ref().map(Graph::from_json).transpose()?;
        Ok(Self { mode: plain.mode, leaves, graph, failed: plain.failed })
    }
}

impl From<Graph> for TopicSet {
    fn from(graph: Graph) -> Self {
        let leaves = graph.topics(|_, node| node.children.is_empty());
        Self { mode: TopicMode::Graph, leaves, graph: Some(graph), failed: Vec::new() }
    }
}

impl TopicSet {
    /// A tree from its leaf paths; a path that is there twice counts once.
    pub fn from_paths(paths: impl IntoIterator<Item = Vec<String>>) -> Self {
        let mut seen = HashSet::new();
        let topics = paths.into_iter().map(|path| Topic { id: ids::of_path(&path), path });
        let leaves = topics.filter(|topic| seen.insert(topic.id.clone())).collect();
        Self { mode: TopicMode::Tree, leaves, graph: None, failed: Vec::new() }
    }
}
