//! Growing topics, level by level from the root.
//!
//! Replies arrive in any order but are taken in the order of the topics that they expand, and no request depends on a
//! reply of its own level. So the same replies give the same topics at any concurrency.

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::StreamExt;
use serde_json::{Value, json};

use super::expansion::{self, Expansion, Proposal};
use super::{FailedTopic, Graph, Node, TopicSet, ids, text};
use crate::config::{TopicMode, TopicsConfig};
use crate::error::{Code, Error, Result};
use crate::host::{Host, LocalFuture, Tasks};
use crate::model::{Model, Request};
use crate::numbers::Numbers;
use crate::seed;

/// Replies asked for until one can be used.
const ATTEMPTS: u32 = 3;
/// Times that a topic is asked for subtopics: at first, and again for those that were missing or duplicates.
const ROUNDS: usize = 3;
/// Topics offered for links at the most: enough to choose from, few enough to be read.
const LINKABLE: usize = 40;

/// Hears how topics grow.
pub trait GrowthObserver {
    /// A topic is being expanded.
    fn expanding(&self, path: &[String]);
    /// A topic has subtopics.
    fn expanded(&self, path: &[String], children: &[String]);
    /// A topic could not be expanded and stays a leaf.
    fn failed(&self, path: &[String], error: &Error);
}

/// Remembers replies beyond the run that asked for them.
pub trait Memory {
    /// What was kept under a key by an earlier run, once.
    fn recall(&self, key: &str) -> Option<Value>;

    /// Keeps a reply that was accepted.
    ///
    /// # Errors
    /// It cannot be kept, and the run should end.
    fn keep<'a>(&'a self, key: &'a str, value: &'a Value) -> LocalFuture<'a, Result<()>>;
}

/// What has grown so far. It outlives the work on it, so that a run that is stopped keeps its topics.
pub struct Growth {
    host: Rc<dyn Host>,
    degree: usize,
    nodes: Vec<Growing>,
    /// What is a topic already, without regard to case and marks, and its node.
    known: Numbers,
    failed: Vec<FailedTopic>,
}

struct Growing {
    text: String,
    parent: Option<usize>,
    links: Vec<usize>,
    children: Vec<usize>,
    level: u32,
    /// Topics that were offered for links when this one was asked about.
    offered: Vec<usize>,
    /// What a reply proposed for this topic and has not been taken yet.
    reply: Option<Result<Vec<Proposal>>>,
    /// Proposals that were turned down as duplicates.
    duplicates: Vec<String>,
    /// Whether asking again is pointless.
    closed: bool,
}

/// Who grows topics: the configuration, the model to ask and who hears of it.
pub struct Grower {
    /// How topics are grown.
    pub config: Rc<TopicsConfig>,
    /// Who is asked.
    pub model: Rc<Model>,
    /// Who hears of it.
    pub observer: Rc<dyn GrowthObserver>,
    /// What earlier runs have grown, where it is kept.
    pub memory: Option<Rc<dyn Memory>>,
}

impl Grower {
    /// Grows to the configured depth.
    ///
    /// # Errors
    /// A failure that ends the run, or any failure of the root. What has grown stays in `growth`.
    pub async fn grow(&self, growth: &mut Growth) -> Result<()> {
        for level in 0..self.config.depth {
            let frontier = growth.at_level(level);
            for round in 1..=ROUNDS {
                self.expand(growth, &frontier, round == ROUNDS).await?;
            }
            if let (0, Some(failed)) = (level, growth.failed.first()) {
                return Err(Error::new(Code::InvalidOutput, format_args!("no topics: {}", failed.message)));
            }
        }
        Ok(())
    }

    /// One round: asks for the subtopics that topics of a level lack, all at once up to the limit.
    async fn expand(&self, growth: &mut Growth, frontier: &[usize], last_round: bool) -> Result<()> {
        let lacking: Vec<usize> = frontier.iter().copied().filter(|&index| growth.lacks(index) > 0).collect();
        let expansions: Vec<Expansion> = lacking.iter().map(|&index| growth.expansion(index, &self.config)).collect();
        for (&index, expansion) in lacking.iter().zip(&expansions) {
            growth.remember_offer(index, expansion);
        }
        let mut waiting = lacking.iter().copied().zip(expansions);
        let replies = RefCell::new(Vec::new());
        let mut asked = Tasks::new();
        let mut to_take = lacking.iter().copied().peekable();
        loop {
            while asked.len() < self.config.max_concurrent as usize {
                let Some((index, expansion)) = waiting.next() else { break };
                self.observer.expanding(&expansion.path);
                let replies = &replies;
                asked.push(Box::pin(async move {
                    let reply = self.ask(&expansion).await;
                    replies.borrow_mut().push(reply);
                    index
                }));
            }
            let Some(index) = asked.next().await else { return Ok(()) };
            let Some(reply) = replies.borrow_mut().pop() else { continue };
            if let Err(error) = &reply {
                if error.ends_run() {
                    return Err(error.clone());
                }
                if index == 0 {
                    return Err(error.clone().context("the root topic could not be expanded"));
                }
            }
            growth.keep(index, reply);
            while let Some(index) = to_take.next_if(|&index| growth.has_reply(index)) {
                growth.take(index, last_round, &*self.observer);
            }
        }
    }

    async fn ask(&self, expansion: &Expansion) -> Result<Vec<Proposal>> {
        let request = expansion::request(&self.config, expansion);
        let Some(memory) = &self.memory else { return Ok(self.ask_model(&request).await?.0) };
        // Only the very same question has the same answer.
        let asked = request.messages.last().map_or("", |message| message.content.as_str());
        let key = format!("topics {:016x}", seed::number(0, &[asked]));
        if let Some(Ok(proposed)) = memory.recall(&key).map(|reply| expansion::proposals(&reply)) {
            return Ok(proposed);
        }
        let (proposed, reply) = self.ask_model(&request).await?;
        memory.keep(&key, &reply).await?;
        Ok(proposed)
    }

    async fn ask_model(&self, request: &Request) -> Result<(Vec<Proposal>, Value)> {
        let mut accepted = (Vec::new(), Value::Null);
        let mut accept = |reply: Value| {
            accepted = (expansion::proposals(&reply)?, reply);
            Ok(())
        };
        self.model.ask(request, ATTEMPTS, &mut accept).await?;
        Ok(accepted)
    }
}

impl Growth {
    /// Just the root.
    pub fn new(config: &TopicsConfig, host: Rc<dyn Host>) -> Self {
        let root = Growing::new(config.prompt.trim().to_owned(), None, 0);
        let mut known = Numbers::default();
        known.insert(text::normalized(&host.fold(&root.text)), 0);
        Self { host, known, degree: config.degree as usize, nodes: vec![root], failed: Vec::new() }
    }

    /// The topics, replies included that had arrived but not had their turn.
    pub fn finish(mut self, config: &TopicsConfig) -> TopicSet {
        struct Unheard;
        impl GrowthObserver for Unheard {
            fn expanding(&self, _: &[String]) {}
            fn expanded(&self, _: &[String], _: &[String]) {}
            fn failed(&self, _: &[String], _: &Error) {}
        }
        for index in 0..self.nodes.len() {
            self.take(index, true, &Unheard);
        }
        let failed = std::mem::take(&mut self.failed);
        let metadata = json!({
            "provider": crate::model::providers::name(config.llm.provider),
            "model": config.llm.model,
            "temperature": config.llm.temperature,
            "created_at": self.host.timestamp(),
        });
        let topics = TopicSet::from(Graph::grown(self.into_nodes(), metadata));
        match config.mode {
            TopicMode::Graph => TopicSet { failed, ..topics },
            TopicMode::Tree => {
                TopicSet { failed, ..TopicSet::from_paths(topics.leaves.into_iter().map(|topic| topic.path)) }
            }
        }
    }

    fn into_nodes(self) -> Vec<Node> {
        let paths: Vec<Vec<String>> = (0..self.nodes.len()).map(|index| self.path(index)).collect();
        let mut nodes: Vec<Node> = Vec::with_capacity(self.nodes.len());
        for ((index, node), path) in self.nodes.into_iter().enumerate().zip(paths) {
            let parents: Vec<usize> = node.parent.into_iter().chain(node.links).collect();
            for parent in parents.iter().skip(1) {
                if let Some(parent) = nodes.get_mut(*parent) {
                    parent.children.push(index);
                }
            }
            let uuid = ids::uuid_of_path(&path);
            nodes.push(Node { id: index as u64, topic: node.text, uuid, children: node.children, parents });
        }
        nodes
    }

    fn at_level(&self, level: u32) -> Vec<usize> {
        let nodes = self.nodes.iter().enumerate();
        nodes.filter(|(_, node)| node.level == level).map(|(index, _)| index).collect()
    }

    fn path(&self, index: usize) -> Vec<String> {
        let ancestors = std::iter::successors(self.nodes.get(index), |node| self.nodes.get(node.parent?));
        let mut path: Vec<String> = ancestors.map(|node| node.text.clone()).collect();
        path.reverse();
        path
    }

    /// How many subtopics are still to be asked for.
    fn lacks(&self, index: usize) -> usize {
        let open = self.nodes.get(index).filter(|node| !node.closed);
        open.map_or(0, |node| self.degree.saturating_sub(node.children.len()))
    }

    fn expansion(&self, index: usize, config: &TopicsConfig) -> Expansion {
        let duplicates = self.nodes.get(index).into_iter().flat_map(|node| node.duplicates.iter().cloned());
        Expansion {
            path: self.path(index),
            count: self.lacks(index),
            taken: self.children(index).into_iter().chain(duplicates).collect(),
            linkable: if expansion::asks_for_links(config) { self.linkable(index) } else { Vec::new() },
        }
    }

    /// Topics that may be linked to subtopics of this one: any of this level or above, which is why links cannot make
    /// a circle, but not the topic itself nor those above it. Where there are many, an even choice of them.
    fn linkable(&self, index: usize) -> Vec<(usize, String)> {
        let own: Vec<usize> =
            std::iter::successors(Some(index), |&index| self.nodes.get(index)?.parent).chain([0]).collect();
        let level = self.nodes.get(index).map_or(0, |node| node.level);
        let nodes = self.nodes.iter().enumerate();
        let others: Vec<_> = nodes.filter(|(other, node)| node.level <= level && !own.contains(other)).collect();
        let step = others.len().div_ceil(LINKABLE).max(1);
        others.into_iter().step_by(step).map(|(other, node)| (other, node.text.clone())).collect()
    }

    fn remember_offer(&mut self, index: usize, expansion: &Expansion) {
        if let Some(node) = self.nodes.get_mut(index) {
            node.offered = expansion.linkable.iter().map(|(number, _)| *number).collect();
        }
    }

    fn keep(&mut self, index: usize, reply: Result<Vec<Proposal>>) {
        if let Some(node) = self.nodes.get_mut(index) {
            node.reply = Some(reply);
        }
    }

    fn has_reply(&self, index: usize) -> bool {
        self.nodes.get(index).is_some_and(|node| node.reply.is_some())
    }

    /// Turns a topic's reply into subtopics, as many as are lacking, without duplicates in the whole set. Tells the
    /// observer once nothing more is to come.
    fn take(&mut self, index: usize, last_round: bool, observer: &dyn GrowthObserver) {
        let lacking = self.lacks(index);
        let Some(node) = self.nodes.get_mut(index) else { return };
        let Some(reply) = node.reply.take() else { return };
        let level = node.level + 1;
        let offered = std::mem::take(&mut node.offered);
        let (proposals, mut failure) = match reply {
            Ok(proposals) => (proposals, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        let first_child = self.nodes.len();
        let mut duplicates = Vec::new();
        for Proposal { text, connections } in proposals {
            if self.nodes.len() - first_child == lacking {
                break;
            }
            let normalized = text::normalized(&self.host.fold(&text));
            if self.known.get(&normalized).is_some() {
                duplicates.push(text);
                continue;
            }
            self.known.insert(normalized, self.nodes.len());
            let mut child = Growing::new(text, Some(index), level);
            child.links = connections.into_iter().filter(|number| offered.contains(number)).collect();
            child.links.sort_unstable();
            child.links.dedup();
            self.nodes.push(child);
        }
        let children = first_child..self.nodes.len();
        let Some(node) = self.nodes.get_mut(index) else { return };
        node.closed = children.is_empty();
        node.children.extend(children);
        node.duplicates.append(&mut duplicates);
        if node.closed && node.children.is_empty() {
            let nothing_new = || Error::new(Code::InvalidOutput, "the model named no subtopic that is new");
            let error = failure.take().unwrap_or_else(nothing_new);
            let path = self.path(index);
            observer.failed(&path, &error);
            let (code, message) = (error.code().to_string(), error.message().to_owned());
            self.failed.push(FailedTopic { path, code, message });
        } else if last_round || self.lacks(index) == 0 {
            observer.expanded(&self.path(index), &self.children(index));
        }
    }

    fn children(&self, index: usize) -> Vec<String> {
        let children = self.nodes.get(index).into_iter().flat_map(|node| &node.children);
        children.filter_map(|&child| self.nodes.get(child)).map(|child| child.text.clone()).collect()
    }
}

impl Growing {
    fn new(text: String, parent: Option<usize>, level: u32) -> Self {
        Self {
            text,
            parent,
            links: Vec::new(),
            children: Vec::new(),
            level,
            offered: Vec::new(),
            reply: None,
            duplicates: Vec::new(),
            closed: false,
        }
    }
}
