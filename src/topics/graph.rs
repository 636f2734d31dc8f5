//! A graph of topics: every node has a text, a stable id, and links that never lead back.

use serde_json::{Map, Value, json};

use super::{Topic, ids};
use crate::error::{Code, Error, Result};

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
struct FileNode {
    id: u64,
    topic: String,
    uuid: String,
    children: Vec<u64>,
    parents: Vec<u64>,
}

impl FileNode {
    fn read(node: &Value) -> Result<Self, &'static str> {
        let ids = |field: &str| match node.get(field) {
            None => Some(Vec::new()),
            Some(list) => list.as_array()?.iter().map(Value::as_u64).collect(),
        };
        let uuid = crate::json::at(node, "/metadata/uuid").and_then(Value::as_str);
        Ok(Self {
            id: node.get("id").and_then(Value::as_u64).ok_or("\"id\" is not a number")?,
            topic: node.get("topic").and_then(Value::as_str).ok_or("\"topic\" is not a text")?.to_owned(),
            uuid: uuid.unwrap_or_default().to_owned(),
            children: ids("children").ok_or("\"children\" is not a list of numbers")?,
            parents: ids("parents").ok_or("\"parents\" is not a list of numbers")?,
        })
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

    /// Reads DeepFabric's document. As there, `children` count and `parents` only give the order; links from a node
    /// to itself or back to a node above are left out.
    ///
    /// # Errors
    /// Code `config` where the document is not of that form.
    pub fn from_json(document: &Value) -> Result<Self> {
        let broken =
            |what: String| Error::new(Code::Config, format_args!("the file of the topic graph cannot be read: {what}"));
        let nodes = document.get("nodes").and_then(Value::as_object);
        let nodes = nodes.ok_or_else(|| broken("\"nodes\" is not an object".to_owned()))?;
        let mut read = Vec::with_capacity(nodes.len());
        for (key, value) in nodes {
            read.push(FileNode::read(value).map_err(|what| broken(format!("node \"{key}\": {what}")))?);
        }
        read.sort_by_key(|node| node.id);
        let ids: Vec<u64> = read.iter().map(|node| node.id).collect();
        let position = |id: u64| ids.binary_search(&id).ok();
        if ids.windows(2).any(|pair| pair.first() == pair.last()) {
            return Err(broken("two nodes have the same id".to_owned()));
        }
        let root = document.get("root_id").and_then(Value::as_u64).and_then(position);
        let root = root.ok_or_else(|| broken("\"root_id\" names no node, so there is no root".to_owned()))?;

        let mut links: Vec<Vec<usize>> = Vec::with_capacity(read.len());
        for node in &read {
            let mut children = Vec::with_capacity(node.children.len());
            for child in &node.children {
                let unknown = || broken(format!("node {} has the child {child}, which does not exist", node.id));
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
        let nodes = read.into_iter().zip(links).zip(parents);
        let mut nodes: Vec<Node> = nodes
            .map(|((node, children), mut parents)| {
                let place = |parent: &usize| node.parents.iter().position(|&id| position(id) == Some(*parent));
                parents.sort_by_key(|parent| place(parent).unwrap_or(usize::MAX));
                Node { id: node.id, topic: node.topic, uuid: node.uuid, children, parents }
            })
            .collect();
        if nodes.iter().any(|node| node.uuid.is_empty()) {
            let graph = Self { nodes: nodes.clone(), root, metadata: None };
            let nameless: Vec<usize> = (0..nodes.len()).collect();
            name_after_paths(&graph, &mut nodes, &nameless);
        }
        Ok(Self { nodes, root, metadata: document.get("metadata").cloned() })
    }

    /// Writes DeepFabric's document.
    pub fn to_json(&self) -> Value {
        let id = |index: &usize| self.nodes.get(*index).map_or(Value::Null, |node| node.id.into());
        let ids = |indices: &[usize]| indices.iter().map(id).collect::<Vec<Value>>();
        let nodes: Map<String, Value> = self
            .nodes
            .iter()
            .map(|node| {
                let value = json!({
                    "id": node.id,
                    "topic": node.topic,
                    "children": ids(&node.children),
                    "parents": ids(&node.parents),
                    "metadata": { "uuid": node.uuid, "topic_hash": ids::hash_of_text(&node.topic) },
                });
                (node.id.to_string(), value)
            })
            .collect();
        let mut document = json!({ "nodes": nodes, "root_id": id(&self.root) });
        if let (Some(metadata), Some(fields)) = (&self.metadata, document.as_object_mut()) {
            fields.insert("metadata".to_owned(), metadata.clone());
        }
        document
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
