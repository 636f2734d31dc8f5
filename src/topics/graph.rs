//! A graph of topics: every node has a text, a stable id, and links that never lead back.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::Value;

use super::{Topic, ids};
use crate::error::{Code, Error, Result};

/// Bytes of a node in a document, without its topic: two identifiers, a hash, some links and the names of the fields.
const LENGTH_OF_NODE: usize = 260;

/// The nodes and how they hang together. Links run from the root outwards and make no circle.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    nodes: Vec<Node>,
    root: usize,
    metadata: Option<Value>,
}

/// One topic of a graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The number that the file knows the node by.
    pub id: u64,
    /// The text.
    pub topic: String,
    /// The stable id.
    pub uuid: String,
    /// Positions of the nodes below.
    pub children: Vec<usize>,
    /// Positions of the nodes above; the first is the one that the node was made for and that its path runs through.
    pub parents: Vec<usize>,
}

/// A node as the file has it: links by number, parents only for their order.
#[derive(Default)]
struct FileNode {
    /// What the file has it under.
    key: String,
    id: Option<u64>,
    topic: Option<String>,
    uuid: String,
    children: Vec<u64>,
    parents: Vec<u64>,
}

impl FileNode {
    /// Takes a field.
    fn take(&mut self, field: &str, value: &Value) -> Result<()> {
        let ids = || {
            let ids = value.as_array().and_then(|list| list.iter().map(Value::as_u64).collect::<Option<Vec<u64>>>());
            ids.ok_or_else(|| self.broken(format_args!("\"{field}\" is not a list of numbers")))
        };
        match field {
            "id" => self.id = value.as_u64(),
            "topic" => self.topic = value.as_str().map(str::to_owned),
            "children" => self.children = ids()?,
            "parents" => self.parents = ids()?,
            _ => {}
        }
        Ok(())
    }

    fn broken(&self, what: impl std::fmt::Display) -> Error {
        broken(format_args!("node \"{}\": {what}", self.key))
    }
}

impl Graph {
    /// A graph of nodes whose links are known to be sound: each node stands after all its parents, the root first.
    pub(super) fn grown(nodes: Vec<Node>, metadata: Value) -> Self {
        Self { nodes, root: 0, metadata: Some(metadata) }
    }

    /// The position of the root.
    pub fn root(&self) -> usize {
        self.root
    }

    /// About as many bytes as it has, written as JSON.
    pub(super) fn text_length(&self) -> usize {
        self.nodes.iter().map(|node| LENGTH_OF_NODE + node.topic.len()).sum()
    }

    /// All nodes, in the order in which they were made.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The topics of the nodes that `select` takes, depth first along the first parents.
    pub fn topics(&self, select: impl Fn(usize, &Node) -> bool) -> Vec<Topic> {
        let mut primary: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        let mut starts = Vec::new();
        for (index, node) in self.nodes.iter().enumerate() {
            match node.parents.first().and_then(|&parent| primary.get_mut(parent)) {
                Some(siblings) => siblings.push(index),
                None if index != self.root => starts.push(index),
                None => {}
            }
        }
        starts.push(self.root);
        let mut topics = Vec::new();
        let mut path: Vec<String> = Vec::new();
        let mut stack: Vec<(usize, usize)> = starts.into_iter().map(|start| (start, 0)).collect();
        while let Some((index, depth)) = stack.pop() {
            let Some(node) = self.nodes.get(index) else { continue };
            path.truncate(depth);
            path.push(node.topic.clone());
            if select(index, node) {
                topics.push(Topic { id: node.uuid.clone(), path: path.clone() });
            }
            let below = primary.get(index).into_iter().flatten();
            stack.extend(below.rev().map(|&child| (child, depth + 1)));
        }
        topics
    }

    /// The graph of a document's nodes. As in DeepFabric, `children` count and `parents` only give the order; links from a
    /// node to itself or back to a node above are left out.
    fn linked(mut read: Vec<FileNode>, root: Option<u64>, metadata: Option<Value>) -> Result<Self> {
        read.sort_by_key(|node| node.id);
        let mut ids: Vec<u64> = Vec::with_capacity(read.len());
        for node in &read {
            ids.push(node.id.ok_or_else(|| node.broken("\"id\" is not a number"))?);
        }
        let position = |id: u64| ids.binary_search(&id).ok();
        if ids.windows(2).any(|pair| pair.first() == pair.last()) {
            return Err(broken("two nodes have the same id"));
        }
        let root = root.and_then(position);
        let root = root.ok_or_else(|| broken("\"root_id\" names no node, so there is no root"))?;

        let mut links: Vec<Vec<usize>> = Vec::with_capacity(read.len());
        for node in &read {
            let mut children = Vec::with_capacity(node.children.len());
            for child in &node.children {
                let unknown = || node.broken(format_args!("it has the child {child}, which does not exist"));
                let index = position(*child).ok_or_else(unknown)?;
                if index != root && !children.contains(&index) {
                    children.push(index);
                }
            }
            links.push(children);
        }
        remove_circles(&mut links, root);

        let mut parents: Vec<Vec<usize>> = vec![Vec::new(); read.len()];
        for (index, children) in links.iter().enumerate() {
            for child in children {
                if let Some(parents) = parents.get_mut(*child) {
                    parents.push(index);
                }
            }
        }
        let mut nodes = Vec::with_capacity(read.len());
        for (((node, id), children), mut parents) in read.into_iter().zip(&ids).zip(links).zip(parents) {
            let Some(topic) = node.topic else { return Err(node.broken("\"topic\" is not a text")) };
            let place = |parent: &usize| node.parents.iter().position(|&id| position(id) == Some(*parent));
            parents.sort_by_key(|parent| place(parent).unwrap_or(usize::MAX));
            nodes.push(Node { id: *id, topic, uuid: node.uuid, children, parents });
        }
        if nodes.iter().any(|node| node.uuid.is_empty()) {
            let graph = Self { nodes: nodes.clone(), root, metadata: None };
            let nameless: Vec<usize> = (0..nodes.len()).collect();
            name_after_paths(&graph, &mut nodes, &nameless);
        }
        Ok(Self { nodes, root, metadata })
    }
}

/// DeepFabric's document while it is being read.
#[derive(Default)]
pub(super) struct Document {
    nodes: Vec<FileNode>,
    root: Option<u64>,
    metadata: Option<Value>,
}

impl Document {
    /// Whether a part of it is large: the nodes, which are read field by field.
    pub(super) fn is_large(path: &[String]) -> bool {
        let Some(("nodes", below)) = path.split_first().map(|(part, below)| (part.as_str(), below)) else {
            return false;
        };
        match below {
            [] | [_] => true,
            [_, field] => field == "metadata",
            _ => false,
        }
    }

    /// Takes a piece of the document.
    ///
    /// # Errors
    /// Code `config` for a node that is none.
    pub(super) fn take(&mut self, path: &[String], piece: Value) -> Result<()> {
        match path {
            [part] => match part.as_str() {
                "root_id" => self.root = piece.as_u64(),
                "metadata" => self.metadata = Some(piece),
                "nodes" => return Err(broken("\"nodes\" is not an object")),
                _ => {}
            },
            [_, key, rest @ ..] => {
                if self.nodes.last().is_none_or(|node| node.key != *key) {
                    self.nodes.push(FileNode { key: key.clone(), ..FileNode::default() });
                }
                let Some(node) = self.nodes.last_mut() else { return Ok(()) };
                match rest {
                    [] => return Err(node.broken("it is not an object")),
                    [field] => node.take(field, &piece)?,
                    [_, field] if field == "uuid" => node.uuid = piece.as_str().unwrap_or_default().to_owned(),
                    _ => {}
                }
            }
            [] => {}
        }
        Ok(())
    }

    /// Whether nothing of it is there.
    pub(super) fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.root.is_none()
    }

    /// What was read.
    ///
    /// # Errors
    /// Code `config` where the nodes do not fit together.
    pub(super) fn graph(self) -> Result<Graph> {
        Graph::linked(self.nodes, self.root, self.metadata)
    }
}

/// The error of a file that is no graph.
pub(super) fn broken(what: impl std::fmt::Display) -> Error {
    Error::new(Code::Config, format_args!("the file of the topic graph cannot be read: {what}"))
}

/// DeepFabric's document, written node by node.
impl Serialize for Graph {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let id = |index: &usize| self.nodes.get(*index).map(|node| node.id);
        let mut document = serializer.serialize_map(None)?;
        document.serialize_entry("nodes", &WrittenNodes(self))?;
        document.serialize_entry("root_id", &id(&self.root))?;
        if let Some(metadata) = &self.metadata {
            document.serialize_entry("metadata", metadata)?;
        }
        document.end()
    }
}

struct WrittenNodes<'a>(&'a Graph);

#[derive(Serialize)]
struct WrittenNode<'a> {
    id: u64,
    topic: &'a str,
    children: Vec<u64>,
    parents: Vec<u64>,
    metadata: WrittenMetadata<'a>,
}

#[derive(Serialize)]
struct WrittenMetadata<'a> {
    uuid: &'a str,
    topic_hash: String,
}

impl Serialize for WrittenNodes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ids = |indices: &[usize]| indices.iter().filter_map(|&index| Some(self.0.nodes.get(index)?.id)).collect();
        let mut nodes = serializer.serialize_map(None)?;
        for node in &self.0.nodes {
            let metadata = WrittenMetadata { uuid: &node.uuid, topic_hash: ids::hash_of_text(&node.topic) };
            let (children, parents) = (ids(&node.children), ids(&node.parents));
            let written = WrittenNode { id: node.id, topic: &node.topic, children, parents, metadata };
            nodes.serialize_entry(&node.id.to_string(), &written)?;
        }
        nodes.end()
    }
}

/// Gives nodes without an id one made from their path.
fn name_after_paths(graph: &Graph, nodes: &mut [Node], indices: &[usize]) {
    for &index in indices {
        let mut path = Vec::new();
        let mut at = Some(index);
        while let Some(node) = at.and_then(|index| graph.nodes.get(index)) {
            path.push(node.topic.clone());
            at = node.parents.first().copied();
        }
        path.reverse();
        if let Some(node) = nodes.get_mut(index).filter(|node| node.uuid.is_empty()) {
            node.uuid = ids::uuid_of_path(&path);
        }
    }
}

/// Removes the links that close a circle, found depth first from the root and then from every node not reached yet.
fn remove_circles(links: &mut [Vec<usize>], root: usize) {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let mut states = vec![State::New; links.len()];
    let set = |states: &mut Vec<State>, index: usize, state| {
        if let Some(place) = states.get_mut(index) {
            *place = state;
        }
    };
    for start in std::iter::once(root).chain(0..links.len()) {
        if states.get(start) != Some(&State::New) {
            continue;
        }
        set(&mut states, start, State::Open);
        let mut stack = vec![(start, 0)];
        while let Some((node, next)) = stack.pop() {
            let Some(&child) = links.get(node).and_then(|children| children.get(next)) else {
                set(&mut states, node, State::Done);
                continue;
            };
            match states.get(child) {
                Some(State::Open) => {
                    if let Some(children) = links.get_mut(node) {
                        children.remove(next);
                    }
                    stack.push((node, next));
                }
                Some(State::New) => {
                    set(&mut states, child, State::Open);
                    stack.push((node, next + 1));
                    stack.push((child, 0));
                }
                _ => stack.push((node, next + 1)),
            }
        }
    }
}
