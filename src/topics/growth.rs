//! Growing topics from the root, without waiting for anything but the replies themselves.
//!
//! What a set of topics becomes is defined in one order: level by level, and within a level in the order of the topics
//! above. A topic that repeats one before it in that order is a duplicate. Replies arrive in any order, so growth goes
//! ahead on what is known: should a reply bring a topic that one further back has too, the one further back is taken
//! out, with all below it, and its parent is asked for another. So the same replies give the same topics at any
//! concurrency, and no topic waits for its neighbours.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::rc::Rc;

use serde_json::json;

use super::expansion::{self, Expansion, Proposal};
use super::{FailedTopic, Graph, Node, Topic, TopicSet, ids, text};
use crate::config::{SampleNodes, TopicMode, TopicsConfig};
use crate::error::{Code, Error, Result};
use crate::host::Host;
use crate::numbers::Numbers;
use crate::search;

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

/// What has grown so far. It outlives the work on it, so that a run that is stopped keeps its topics.
pub struct Growth {
    host: Rc<dyn Host>,
    config: Rc<TopicsConfig>,
    observer: Rc<dyn GrowthObserver>,
    nodes: Vec<Growing>,
    /// What is a topic already, without regard to case and marks, and its node.
    known: Numbers,
    /// What was asked about each topic, whether or not it still is one, and its place by path.
    asked: Vec<Asked>,
    places: Numbers,
    /// Topics to ask about, for each level.
    waiting: Vec<Queue>,
    /// Topics that can have samples and were not handed out yet.
    ready: Queue,
    /// Topics that can have samples.
    sampled: usize,
    /// Topics that lack a reply.
    open: usize,
    turns: usize,
    failed: Vec<FailedTopic>,
    /// Whether a topic turned up that one further back has too.
    contested: bool,
}

/// Nodes by their place in the fair order, the first of them first.
type Queue = BinaryHeap<Reverse<(u64, usize)>>;

struct Growing {
    text: String,
    parent: Option<usize>,
    /// Its number among its parent's children.
    digit: usize,
    level: u32,
    /// Its place in an order in which branches take turns, were all of them complete.
    fair: u64,
    links: Vec<usize>,
    children: Vec<usize>,
    /// Proposals that were turned down as duplicates.
    duplicates: Vec<String>,
    rounds: usize,
    /// The reply that it waits for.
    awaits: Option<usize>,
    /// Whether asking again is pointless.
    closed: bool,
    begun: bool,
    failure: Option<Error>,
}

/// What was asked about one topic.
#[derive(Default)]
struct Asked {
    node: Option<usize>,
    requests: Vec<Asking>,
    told: bool,
}

/// One request: what the model was told is taken decides all of it.
struct Asking {
    taken: Vec<String>,
    reply: Option<Result<Vec<Proposal>>>,
}

/// Something to ask the model, and where the reply belongs.
pub struct Question {
    /// What to ask.
    pub expansion: Expansion,
    place: usize,
    number: usize,
}

impl Question {
    /// Where the reply belongs.
    pub fn sender(&self) -> Sender {
        Sender { place: self.place, number: self.number }
    }
}

/// Where a reply belongs.
#[derive(Clone, Copy)]
pub struct Sender {
    place: usize,
    number: usize,
}

impl Growth {
    /// Just the root.
    pub fn new(config: Rc<TopicsConfig>, host: Rc<dyn Host>, observer: Rc<dyn GrowthObserver>) -> Self {
        let mut growth = Self {
            host,
            observer,
            nodes: Vec::new(),
            known: Numbers::default(),
            asked: Vec::new(),
            places: Numbers::default(),
            waiting: (0..config.depth).map(|_| Queue::new()).collect(),
            ready: Queue::new(),
            sampled: 0,
            open: 0,
            turns: 0,
            failed: Vec::new(),
            contested: false,
            config,
        };
        growth.grow_again();
        growth
    }

    /// Whether nothing is left to be asked.
    pub fn is_complete(&self) -> bool {
        self.open == 0
    }

    /// Topics that can have samples, as far as they are known.
    pub fn sampled(&self) -> usize {
        self.sampled
    }

    /// The next topic that can have a sample, if it is sure to be among the first `count` of the plan, however the rest
    /// grows. A topic comes once, but may come again after a duplicate was taken out elsewhere.
    pub fn next_sampled(&mut self, count: usize) -> Option<Topic> {
        let Reverse((fair, index)) = *self.ready.peek()?;
        if fair >= count as u64 {
            return None;
        }
        self.ready.pop();
        Some(self.topic(index))
    }

    /// The next question. Every second goes to the deepest topics, so that samples can begin, and every other to the
    /// highest, so that all branches grow.
    pub fn next_question(&mut self) -> Option<Question> {
        let is_open = |queue: &&mut Queue| !queue.is_empty();
        self.turns += 1;
        let mut levels = self.waiting.iter_mut();
        let queue = if self.turns % 2 == 1 { levels.rfind(is_open) } else { levels.find(is_open) };
        let Reverse((_, index)) = queue?.pop()?;
        let expansion = self.expansion(index);
        let place = self.place(index);
        let asked = self.asked.get_mut(place)?;
        let number = asked.requests.len();
        asked.requests.push(Asking { taken: expansion.taken.clone(), reply: None });
        if let Some(node) = self.nodes.get_mut(index) {
            node.awaits = Some(number);
        }
        self.observer.expanding(&expansion.path);
        Some(Question { expansion, place, number })
    }

    /// Takes a reply.
    ///
    /// # Errors
    /// A failure that ends the run, or any failure of the root.
    pub fn answer(&mut self, to: Sender, reply: Result<Vec<Proposal>>) -> Result<()> {
        if let Some(error) = reply.as_ref().err().filter(|error| error.ends_run()) {
            return Err(error.clone());
        }
        let Some(asked) = self.asked.get_mut(to.place) else { return Ok(()) };
        if let Some(asking) = asked.requests.get_mut(to.number) {
            asking.reply = Some(reply);
        }
        let Some(index) = asked.node else { return Ok(()) };
        match self.nodes.get_mut(index) {
            Some(node) if node.awaits == Some(to.number) => node.awaits = None,
            // It is another topic by now, or was asked something else.
            _ => return Ok(()),
        }
        self.open -= 1;
        self.carry_on(index);
        if self.contested {
            self.grow_again();
        }
        match self.nodes.first() {
            Some(root) if root.children.is_empty() && root.awaits.is_none() && self.open == 0 => Err(no_topics(root)),
            _ => Ok(()),
        }
    }

    /// Carries a topic on as far as the replies go that are there, and those that have come below it.
    fn carry_on(&mut self, index: usize) {
        let mut next = vec![index];
        while let Some(index) = next.pop() {
            self.settle(index);
            let children = self.nodes.get(index).into_iter().flat_map(|node| node.children.iter().rev());
            next.extend(children.filter(|&&child| self.may_begin(child)));
        }
    }

    /// Whether a topic's turn has come. Topics that are offered for links have to be known before.
    fn may_begin(&self, index: usize) -> bool {
        let Some(node) = self.nodes.get(index).filter(|node| !node.begun) else { return false };
        let parent_is_done = || node.parent.is_none_or(|parent| !self.is_open(parent));
        !expansion::asks_for_links(&self.config) || parent_is_done()
    }

    /// Grows everything again from the replies that are there, in the order that defines what is a duplicate.
    fn grow_again(&mut self) {
        self.nodes = vec![Growing::new(self.config.prompt.trim().to_owned(), None, 0, 0, 0)];
        self.known = Numbers::default();
        self.known.insert(self.normalized(self.config.prompt.trim()), 0);
        self.asked.iter_mut().for_each(|asked| asked.node = None);
        self.waiting.iter_mut().for_each(Queue::clear);
        self.ready.clear();
        self.failed.clear();
        (self.sampled, self.open, self.contested) = (0, 0, false);
        let mut index = 0;
        while index < self.nodes.len() {
            if self.may_begin(index) {
                self.settle(index);
            }
            index += 1;
        }
    }

    /// Takes the replies to a topic that are there, and has the next asked for if more are needed.
    fn settle(&mut self, index: usize) {
        if let Some(node) = self.nodes.get_mut(index).filter(|node| !node.begun) {
            node.begun = true;
            if index > 0 && self.config.sample_nodes == SampleNodes::All {
                self.offer_for_samples(index);
            }
        }
        let is_expanded = self.nodes.get(index).is_some_and(|node| node.level < self.config.depth);
        if !is_expanded {
            return self.has_grown(index);
        }
        let place = self.place(index);
        while self.is_open(index) {
            let taken = self.taken(index);
            let Some(asked) = self.asked.get_mut(place) else { return };
            asked.node = Some(index);
            let number = asked.requests.iter().position(|asking| asking.taken == taken);
            let Some(number) = number else {
                self.open += 1;
                let Some(node) = self.nodes.get(index) else { return };
                let turn = Reverse((node.fair, index));
                let queue = usize::try_from(node.level).ok().and_then(|level| self.waiting.get_mut(level));
                return queue.into_iter().for_each(|queue| queue.push(turn));
            };
            match asked.requests.get(number).and_then(|asking| asking.reply.clone()) {
                Some(reply) => self.take(index, reply),
                None => {
                    self.open += 1;
                    return self.nodes.get_mut(index).into_iter().for_each(|node| node.awaits = Some(number));
                }
            }
        }
        self.has_grown(index);
    }

    /// Nothing more comes below a topic.
    fn has_grown(&mut self, index: usize) {
        let Some(node) = self.nodes.get(index) else { return };
        // A topic that could not be expanded is no leaf should subtopics of others be linked to it.
        let may_get_links = node.level < self.config.depth && expansion::asks_for_links(&self.config);
        if node.children.is_empty() && self.config.sample_nodes == SampleNodes::Leaves && !may_get_links {
            self.offer_for_samples(index);
        }
        let Some(node) = self.nodes.get(index).filter(|node| node.level < self.config.depth) else { return };
        let failure = node.children.is_empty().then(|| no_subtopics(node));
        let (path, children) = (self.path(index), self.children(index));
        let place = self.place(index);
        let told = self.asked.get_mut(place).is_none_or(|asked| std::mem::replace(&mut asked.told, true));
        match failure {
            Some(error) => {
                if !told {
                    self.observer.failed(&path, &error);
                }
                let (code, message) = (error.code().to_string(), error.message().to_owned());
                self.failed.push(FailedTopic { path, code, message });
            }
            None if !told => self.observer.expanded(&path, &children),
            None => {}
        }
    }

    fn offer_for_samples(&mut self, index: usize) {
        let Some(node) = self.nodes.get(index) else { return };
        self.sampled += 1;
        // A topic that is not a leaf comes after all below it.
        let is_inner = self.config.sample_nodes == SampleNodes::All && node.level < self.config.depth;
        let own = if is_inner { self.weight(node.level).saturating_mul(self.config.degree.into()) } else { 0 };
        self.ready.push(Reverse((node.fair.saturating_add(own), index)));
    }

    /// What a step in a level counts in the fair order: the first level changes fastest.
    fn weight(&self, level: u32) -> u64 {
        let inner = u64::from(self.config.sample_nodes == SampleNodes::All);
        (u64::from(self.config.degree) + inner).saturating_pow(level)
    }

    /// The topics. Where some are still being expanded, they are leaves.
    pub fn finish(mut self) -> TopicSet {
        self.grow_again();
        let config = Rc::clone(&self.config);
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

    fn path(&self, index: usize) -> Vec<String> {
        let mut path: Vec<String> = self.line(index).map(|node| node.text.clone()).collect();
        path.reverse();
        path
    }

    fn topic(&self, index: usize) -> Topic {
        let path = self.path(index);
        let id = match self.config.mode {
            TopicMode::Tree => ids::of_path(&path),
            TopicMode::Graph => ids::uuid_of_path(&path),
        };
        Topic { id, path }
    }

    /// Where it stands what was asked about a topic.
    fn place(&mut self, index: usize) -> usize {
        let path = search::join(&self.path(index), "\n");
        if let Some(place) = self.places.get(&path) {
            return place;
        }
        self.places.insert(path, self.asked.len());
        self.asked.push(Asked::default());
        self.asked.len() - 1
    }

    /// How many subtopics are still to be asked for.
    fn lacks(&self, index: usize) -> usize {
        let open = self.nodes.get(index).filter(|node| !node.closed);
        open.map_or(0, |node| (self.config.degree as usize).saturating_sub(node.children.len()))
    }

    fn is_open(&self, index: usize) -> bool {
        self.lacks(index) > 0 && self.nodes.get(index).is_some_and(|node| node.rounds < ROUNDS)
    }

    /// What the model has to hear of, so that it names something else.
    fn taken(&self, index: usize) -> Vec<String> {
        let duplicates = self.nodes.get(index).into_iter().flat_map(|node| node.duplicates.iter().cloned());
        self.children(index).into_iter().chain(duplicates).collect()
    }

    fn expansion(&self, index: usize) -> Expansion {
        let linkable = self.linkable(index).into_iter();
        let text = |other: usize| self.nodes.get(other).map(|node| node.text.clone()).unwrap_or_default();
        Expansion {
            path: self.path(index),
            count: self.lacks(index),
            taken: self.taken(index),
            linkable: linkable.enumerate().map(|(number, other)| (number + 1, text(other))).collect(),
        }
    }

    /// Topics that may be linked to subtopics of this one: those that stand beside it or beside one above it. They are
    /// of its own level or a higher one, which is why links cannot make a circle, and they are known before it is
    /// asked about. Where there are many, an even choice of them.
    fn linkable(&self, index: usize) -> Vec<usize> {
        if !expansion::asks_for_links(&self.config) {
            return Vec::new();
        }
        let mut others = Vec::new();
        let mut below = index;
        while let Some(parent) = self.nodes.get(below).and_then(|node| node.parent) {
            let beside = self.nodes.get(parent).into_iter().flat_map(|node| &node.children);
            others.extend(beside.copied().filter(|&other| other != below));
            below = parent;
        }
        let step = others.len().div_ceil(LINKABLE).max(1);
        others.into_iter().step_by(step).collect()
    }

    /// Turns a reply into subtopics, as many as are lacking, without duplicates in the whole set.
    fn take(&mut self, index: usize, reply: Result<Vec<Proposal>>) {
        let (lacking, offered) = (self.lacks(index), self.linkable(index));
        let (proposals, failure) = match reply {
            Ok(proposals) => (proposals, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        let first_child = self.nodes.len();
        let mut duplicates = Vec::new();
        for Proposal { text, connections } in proposals {
            if self.nodes.len() - first_child == lacking {
                break;
            }
            let normalized = self.normalized(&text);
            match self.known.get(&normalized) {
                Some(other) if self.is_before_children_of(other, index) => {
                    duplicates.push(text);
                    continue;
                }
                Some(_) => self.contested = true,
                None => {}
            }
            self.known.insert(normalized, self.nodes.len());
            let Some(parent) = self.nodes.get(index) else { return };
            let digit = parent.children.len() + self.nodes.len() - first_child;
            let fair = parent.fair.saturating_add((digit as u64).saturating_mul(self.weight(parent.level)));
            let mut child = Growing::new(text, Some(index), digit, parent.level + 1, fair);
            let linked = connections.into_iter().filter_map(|number| offered.get(number.checked_sub(1)?));
            child.links.extend(linked);
            child.links.sort_unstable();
            child.links.dedup();
            self.nodes.push(child);
        }
        let children = first_child..self.nodes.len();
        let Some(node) = self.nodes.get_mut(index) else { return };
        node.rounds += 1;
        node.closed = children.is_empty();
        node.children.extend(children);
        node.duplicates.append(&mut duplicates);
        node.failure = failure;
    }

    fn normalized(&self, text: &str) -> String {
        text::normalized(&self.host.fold(text))
    }

    /// Whether a topic stands before the children of another in the order that defines what is a duplicate.
    fn is_before_children_of(&self, index: usize, parent: usize) -> bool {
        let level = |index: usize| self.nodes.get(index).map_or(0, |node| node.level);
        let own_parent = self.nodes.get(index).and_then(|node| node.parent);
        match level(index).cmp(&(level(parent) + 1)) {
            std::cmp::Ordering::Equal => own_parent == Some(parent) || self.digits(index) < self.digits(parent),
            order => order.is_lt(),
        }
    }

    fn digits(&self, index: usize) -> Vec<usize> {
        let mut digits: Vec<usize> = self.line(index).map(|node| node.digit).collect();
        digits.reverse();
        digits
    }

    /// A topic and those above it, the root last.
    fn line(&self, index: usize) -> impl Iterator<Item = &Growing> {
        std::iter::successors(self.nodes.get(index), |node| self.nodes.get(node.parent?))
    }

    fn children(&self, index: usize) -> Vec<String> {
        let children = self.nodes.get(index).into_iter().flat_map(|node| &node.children);
        children.filter_map(|&child| self.nodes.get(child)).map(|child| child.text.clone()).collect()
    }
}

impl Growing {
    fn new(text: String, parent: Option<usize>, digit: usize, level: u32, fair: u64) -> Self {
        Self {
            text,
            parent,
            digit,
            level,
            fair,
            links: Vec::new(),
            children: Vec::new(),
            duplicates: Vec::new(),
            rounds: 0,
            awaits: None,
            closed: false,
            begun: false,
            failure: None,
        }
    }
}

fn no_subtopics(node: &Growing) -> Error {
    let nothing_new = || Error::new(Code::InvalidOutput, "the model named no subtopic that is new");
    node.failure.clone().unwrap_or_else(nothing_new)
}

fn no_topics(root: &Growing) -> Error {
    no_subtopics(root).context("the root topic could not be expanded")
}
