//! DeepFabric's files of topics: a tree is JSONL with one leaf path a line, a graph is one JSON document.

use serde::Serialize;
use serde_json::{Map, Value};

use super::graph::{self, Document};
use super::{TopicSet, path_from_json};
use crate::config::TopicMode;
use crate::error::{Code, Error, Result};
use crate::json::large::{self, Unread};

/// Reads either file; the content tells which it is.
///
/// # Errors
/// Code `config` with the line, and what a line or the document should look like.
pub fn parse(text: &str) -> Result<TopicSet> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(Error::new(Code::Config, "the file of topics is empty"));
    }
    let mut document = Document::default();
    match large::read(text, Document::is_large, &mut |path, piece| document.take(path, piece)) {
        Err(Unread::Refused(error)) => Err(error),
        _ if document.is_empty() => parse_tree(text),
        Err(Unread::NotJson(error)) => Err(graph::broken(error)),
        Ok(()) => document.graph().map(TopicSet::from),
    }
}

/// Writes the file that DeepFabric would.
pub fn serialize(topics: &TopicSet) -> String {
    match (&topics.graph, topics.mode) {
        (Some(graph), TopicMode::Graph) => large::written(graph, graph.text_length()) + "\n",
        _ => {
            let path = |path: &[String]| Value::Array(path.iter().map(|topic| topic.as_str().into()).collect());
            let line = |path| json_line(&Value::Object(Map::from_iter([("path".to_owned(), path)])));
            topics.leaves.iter().map(|topic| line(path(&topic.path))).collect()
        }
    }
}

fn json_line(value: &impl Serialize) -> String {
    // Texts and numbers always serialise.
    serde_json::to_string(value).unwrap_or_default() + "\n"
}

fn parse_tree(text: &str) -> Result<TopicSet> {
    let mut paths = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        let expected = r#"expected {"path": ["root", ..., "leaf"]} on each line, or one JSON document with "nodes""#;
        let broken = |what: &str| {
            Error::new(
                Code::Config,
                format_args!("line {number} of the file of topics cannot be read: {what}; {expected}"),
            )
        };
        let line: Value = line.parse().map_err(|error: serde_json::Error| broken(&error.to_string()))?;
        let path = line.get("path").and_then(path_from_json).ok_or_else(|| broken("it has no path of texts"))?;
        if path.is_empty() {
            return Err(Error::new(
                Code::Config,
                format_args!("line {number} of the file of topics has an empty path"),
            ));
        }
        paths.push(path);
    }
    Ok(TopicSet::from_paths(paths))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const GRAPH: &str = r#"{
      "nodes": {
        "0": {"id": 0, "topic": "Root", "children": [1, 2], "parents": [], "metadata": {"uuid": "u0", "topic_hash": "h"}},
        "1": {"id": 1, "topic": "A", "children": [3], "parents": [0], "metadata": {"uuid": "u1"}},
        "2": {"id": 2, "topic": "B", "children": [2, 3], "parents": [0, 2], "metadata": {}},
        "3": {"id": 3, "topic": "C", "children": [1], "parents": [2, 1]}
      },
      "root_id": 0,
      "metadata": {"provider": "openai", "model": "gpt-4o"}
    }"#;

    #[test]
    fn a_tree_file_survives_a_round_trip() {
        let text = "{\"path\": [\"Root\", \"A\"]}\n\n{\"path\":[\"Root\",\"B\"],\"leaf_uuid\":\"x\"}\r\n{\"path\":[\"Root\",\"A\"]}";
        let topics = parse(text).unwrap();
        assert_eq!(topics.leaves.len(), 2);
        assert_eq!(serialize(&topics), "{\"path\":[\"Root\",\"A\"]}\n{\"path\":[\"Root\",\"B\"]}\n");
        assert_eq!(parse(&serialize(&topics)).unwrap(), topics);
    }

    #[test]
    fn a_graph_file_survives_a_round_trip_without_its_loops() {
        let topics = parse(GRAPH).unwrap();
        let leaves: Vec<_> = topics.leaves.iter().map(|topic| topic.path.join("/")).collect();
        assert_eq!(leaves, ["Root/B/C"]);
        assert_eq!(parse(&serialize(&topics)).unwrap(), topics);
        let written: Value = serde_json::from_str(&serialize(&topics)).unwrap();
        assert_eq!(written["nodes"]["2"]["children"], json!([3]));
        assert_eq!(written["metadata"]["model"], "gpt-4o");
        assert_eq!(written["nodes"]["1"]["metadata"]["uuid"], "u1");
    }

    #[test]
    fn a_file_that_is_something_else_is_explained() {
        for (text, part) in [
            ("", "empty"),
            ("hello", "line 1"),
            ("{\"path\":[\"a\"]}\n{\"path\":\"b\"}", "line 2"),
            ("{\"path\":[]}", "empty path"),
            (r#"{"nodes":{},"root_id":0}"#, "root"),
            (r#"{"nodes":{"0":{"id":0,"topic":"a","children":[7]}},"root_id":0}"#, "7"),
            (r#"{"nodes":[1],"root_id":0}"#, "nodes"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.message().contains(part), "{text}: {error}");
            assert_eq!(error.code(), Code::Config);
        }
    }
}
