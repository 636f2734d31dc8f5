//! Topics: grown from one prompt as a tree or a graph, read from files and written to them.

mod expansion;
mod files;
mod graph;
mod grower;
mod growth;
mod ids;
mod order;
mod text;

use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value;

pub use expansion::Proposal;
pub use files::{parse, serialize};
pub use graph::{Graph, Node};
pub use grower::{Grower, Memory};
pub use growth::{Growth, GrowthObserver, Sender};
pub use order::take_turns;
pub(crate) use text::normalized;

use graph::Document;

use crate::config::{SampleNodes, TopicMode, TopicsConfig};
use crate::error::{Code, Error, Result};
use crate::json::large::{self, Unread};
use crate::model::Request;
use crate::numbers::Numbers;

/// The request for the expansion of a topic at the last level but one, for estimates of what growing will take.
pub fn sample_request(config: &TopicsConfig) -> Request {
    let path = vec![config.prompt.clone(); config.depth as usize];
    let count = config.degree as usize;
    expansion::request(config, &expansion::Expansion { path, count, taken: Vec::new(), linkable: Vec::new() })
}

/// Bytes of a topic in JSON, without its path.
const LENGTH_OF_TOPIC: usize = 64;

/// One topic that samples can be written for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Topic {
    /// Stable and unique in its set. In a tree the first 16 hexadecimal digits of the SHA-256 of the path as JSON; in a
    /// graph the node's `uuid`.
    pub id: String,
    /// From the root to the topic.
    pub path: Vec<String>,
}

impl Topic {
    /// Reads `{id, path}`; a topic without an id gets the one of its path.
    ///
    /// # Errors
    /// Code `config` where there is no path of texts.
    pub fn from_json(topic: &Value) -> Result<Self> {
        let path = topic.get("path").and_then(path_from_json).filter(|path| !path.is_empty());
        let refuse = || Error::new(Code::Config, "a topic has to be an object {id, path} with a path of texts");
        let path = path.ok_or_else(refuse)?;
        let id = match topic.get("id").and_then(Value::as_str) {
            Some(id) if !id.is_empty() => id.to_owned(),
            _ => ids::of_path(&path),
        };
        Ok(Self { id, path })
    }
}

impl FailedTopic {
    fn from_json(failed: &Value) -> Option<Self> {
        let text = |field: &str| failed.get(field).and_then(Value::as_str).map(str::to_owned);
        Some(Self { path: path_from_json(failed.get("path")?)?, code: text("code")?, message: text("message")? })
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
    pub fn sampled(&self, nodes: SampleNodes) -> Cow<'_, [Topic]> {
        match (&self.graph, nodes) {
            (Some(graph), SampleNodes::All) => Cow::Owned(graph.topics(|index, _| index != graph.root())),
            _ => Cow::Borrowed(&self.leaves),
        }
    }
}

/// The plain form of a set, as JavaScript holds it and queues carry it.
#[derive(Serialize)]
struct PlainTopics<'a> {
    mode: TopicMode,
    topics: &'a [Topic],
    #[serde(skip_serializing_if = "Option::is_none")]
    graph: Option<&'a Graph>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    failed: &'a [FailedTopic],
}

impl TopicSet {
    /// The set as plain data: `{mode, topics, graph?, failed?}`, where `graph` is DeepFabric's document.
    pub fn to_json(&self) -> String {
        let graph = self.graph.as_ref();
        let plain = PlainTopics { mode: self.mode, topics: &self.leaves, graph, failed: &self.failed };
        large::written(&plain, self.text_length())
    }

    /// About as many bytes as its texts have, written as JSON.
    fn text_length(&self) -> usize {
        let of_path = |path: &[String]| path.iter().map(|topic| topic.len() + 3).sum::<usize>();
        let leaves: usize = self.leaves.iter().map(|topic| LENGTH_OF_TOPIC + of_path(&topic.path)).sum();
        leaves + self.graph.as_ref().map_or(0, Graph::text_length)
    }

    /// Reads what [`TopicSet::to_json`] wrote. `topics` counts, so a caller may leave some out; a topic without an id
    /// gets the one of its path.
    ///
    /// # Errors
    /// Code `config` where it is something else.
    pub fn from_json(json: &str) -> Result<Self> {
        let broken = |what: &str| {
            let form = "expected what generateTopics or parseTopics gave";
            Error::new(Code::Config, format_args!("the topics cannot be read: {what}; {form}"))
        };
        let (mut mode, mut leaves, mut failed) = (None, Vec::new(), Vec::new());
        let mut graph: Option<Document> = None;
        let are_large = |path: &[String]| match path {
            [part] => part == "topics" || part == "failed" || part == "graph",
            [part, below @ ..] => part == "graph" && Document::is_large(below),
            [] => true,
        };
        let read = large::read(json, are_large, &mut |path, piece| {
            let Some((part, below)) = path.split_first() else { return Ok(()) };
            match part.as_str() {
                "mode" => {
                    mode = match piece.as_str() {
                        Some("tree") => Some(TopicMode::Tree),
                        Some("graph") => Some(TopicMode::Graph),
                        _ => None,
                    }
                }
                "topics" => leaves.push(Topic::from_json(&piece)?),
                "failed" => failed.extend(FailedTopic::from_json(&piece)),
                "graph" => graph.get_or_insert_default().take(below, piece)?,
                _ => {}
            }
            Ok(())
        });
        match read {
            Err(Unread::Refused(error)) => return Err(error),
            Err(Unread::NotJson(error)) => return Err(broken(&error.to_string())),
            Ok(()) => {}
        }
        let mode = mode.ok_or_else(|| broken("\"mode\" is neither \"tree\" nor \"graph\""))?;
        let graph = graph.map(Document::graph).transpose()?;
        Ok(Self { mode, leaves, graph, failed })
    }
}

/// A path as JSON: a list of texts.
fn path_from_json(path: &Value) -> Option<Vec<String>> {
    path.as_array()?.iter().map(|topic| topic.as_str().map(str::to_owned)).collect()
}

impl From<Graph> for TopicSet {
    fn from(graph: Graph) -> Self {
        let leaves = graph.topics(|_, node| node.children.is_empty());
        Self { mode: TopicMode::Graph, leaves, graph: Some(graph), failed: Vec::new() }
    }
}

impl TopicSet {
    /// No topics at all.
    pub fn none() -> Self {
        Self::from_paths([])
    }

    /// A tree from its leaf paths; a path that is there twice counts once.
    pub fn from_paths(paths: impl IntoIterator<Item = Vec<String>>) -> Self {
        let mut seen = Numbers::default();
        let mut leaves = Vec::new();
        for path in paths {
            let topic = Topic { id: ids::of_path(&path), path };
            if seen.insert(topic.id.clone(), leaves.len()).is_none() {
                leaves.push(topic);
            }
        }
        Self { mode: TopicMode::Tree, leaves, graph: None, failed: Vec::new() }
    }
}
