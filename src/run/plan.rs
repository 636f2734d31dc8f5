//! Which samples a run writes, and what it will take, before anything is sent.

use std::rc::Rc;

use serde::Serialize;

use crate::config::{Config, PriceConfig, SampleCount, TopicsConfig};
use crate::error::{Code, Error, Result};
use crate::model::Request;
use crate::samples::{Slot, Writer};
use crate::topics::{self, Topic, TopicSet};

/// What a run will do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunPlan {
    /// Growing topics.
    pub topics: TopicsPlan,
    /// Writing samples.
    pub samples: SamplesPlan,
    /// Estimates.
    pub tokens: TokensPlan,
    /// An estimate, where every model that is asked has a price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
}

/// What growing topics will take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TopicsPlan {
    /// Expansions, if each succeeds at once.
    pub requests: usize,
    /// Topics that samples can be written for, at the most.
    pub max: usize,
}

/// What writing samples will take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SamplesPlan {
    /// Samples.
    pub count: usize,
    /// Requests.
    pub requests: RequestRange,
    /// Times that topics have their turn, a last partial one included.
    pub cycles: usize,
}

/// Fewest and most requests, repetitions after failures in transit apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RequestRange {
    /// If every reply can be used.
    pub min: usize,
    /// If only the last attempt at each sample succeeds.
    pub max: usize,
}

/// Estimated tokens of the requests that are needed if every reply can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TokensPlan {
    /// Sent: four characters a token over the prompts and schemas themselves.
    pub input: usize,
    /// Received: a rough guess of a typical reply, within `max_tokens`.
    pub output: usize,
}

/// An amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Cost {
    /// How much.
    pub amount: f64,
    /// Of what.
    pub currency: &'static str,
}

/// Typical lengths of replies in tokens, for estimates.
const TOKENS_OF_A_SUBTOPIC: usize = 12;
const TOKENS_OF_A_SAMPLE: usize = 350;

/// Plans a run: over these topics where they are given, or else over those that would be grown.
///
/// # Errors
/// Code `config` for samples that cannot be written.
pub fn plan(config: &Config, topics: Option<&TopicSet>) -> Result<RunPlan> {
    let sampled = topics.map(|topics| topics.sampled(config.topics.sample_nodes));
    let topics_plan = match &sampled {
        Some(sampled) => TopicsPlan { requests: 0, max: sampled.len() },
        None => TopicsPlan { requests: expansions(&config.topics), max: most_topics(&config.topics) },
    };
    let count = resolve(config.output.num_samples, topics_plan.max);
    let writer = Writer::new(Rc::new(config.clone()))?;
    let topic = sampled.as_ref().and_then(|sampled| sampled.first().cloned()).unwrap_or_else(|| Topic {
        id: String::new(),
        path: vec![config.topics.prompt.clone(); config.topics.depth as usize + 1],
    });
    let sample = tokens(&writer.request(&Slot::new(Rc::new(topic), 0)));
    let expansion = topics::sample_request(&config.topics);
    let limit = |typical: usize, max_tokens: u32| typical.min(max_tokens as usize);
    let subtopics = limit(config.topics.degree as usize * TOKENS_OF_A_SUBTOPIC, config.topics.max_tokens);
    let record = limit(TOKENS_OF_A_SAMPLE, config.generation.max_tokens);
    let growing = times(topics_plan.requests, tokens(&expansion), subtopics);
    let (fewest, most) = writer.requests_per_sample();
    let writing = times(count.saturating_mul(fewest), sample, record);
    Ok(RunPlan {
        topics: topics_plan,
        samples: SamplesPlan {
            count,
            requests: RequestRange { min: count.saturating_mul(fewest), max: count.saturating_mul(most) },
            cycles: count.div_ceil(topics_plan.max.max(1)),
        },
        tokens: TokensPlan { input: growing.input + writing.input, output: growing.output + writing.output },
        cost: cost(config, &growing, &writing),
    })
}

fn times(requests: usize, input: usize, output: usize) -> TokensPlan {
    TokensPlan { input: requests * input, output: requests * output }
}

/// What both stages cost together. Topics that are given cost nothing, whatever the price.
fn cost(config: &Config, growing: &TokensPlan, writing: &TokensPlan) -> Option<Cost> {
    let of = |price: Option<PriceConfig>, tokens: &TokensPlan| {
        price.map(|price| price.cost(tokens.input as u64, 0, tokens.output as u64))
    };
    let growing = if growing.input == 0 { 0.0 } else { of(config.topics.llm.price, growing)? };
    Some(Cost { amount: growing + of(config.generation.llm.price, writing)?, currency: "USD" })
}

fn tokens(request: &Request) -> usize {
    let text: usize = request.messages.iter().map(|message| message.content.chars().count()).sum();
    (text + serde_json::to_string(&*request.schema).map_or(0, |schema| schema.len())).div_ceil(4)
}

/// Expansions of a whole set: one for every topic above the last level.
pub fn expansions(config: &TopicsConfig) -> usize {
    let degree = config.degree as usize;
    (0..config.depth).fold(0, |sum: usize, level| sum.saturating_add(degree.saturating_pow(level)))
}

/// Topics that samples can be written for, if every expansion succeeds.
fn most_topics(config: &TopicsConfig) -> usize {
    let degree = config.degree as usize;
    match config.sample_nodes {
        crate::config::SampleNodes::Leaves => degree.saturating_pow(config.depth),
        crate::config::SampleNodes::All => expansions(config).saturating_mul(degree),
    }
}

/// How many samples that is, over so many topics.
pub fn resolve(count: SampleCount, topics: usize) -> usize {
    match count {
        SampleCount::Exactly(count) => count as usize,
        SampleCount::Auto => topics,
        // At least one, as long as there is something to write about.
        SampleCount::Percent(share) => ((topics as f64 * share / 100.0).floor() as usize).max(topics.min(1)),
    }
}

/// How many samples that is at least, when so many topics are known and more may come.
pub fn surely(count: SampleCount, known: usize) -> usize {
    match count {
        SampleCount::Auto => usize::MAX,
        count => resolve(count, known),
    }
}

/// The number of samples to expect before there are topics.
pub fn expected(config: &Config) -> usize {
    resolve(config.output.num_samples, most_topics(&config.topics))
}

/// Which samples a run writes, position by position and without end: every topic has its turn, cycle after cycle. What a
/// position holds does not depend on how many samples are asked for.
pub struct Slots {
    topics: Vec<Rc<Topic>>,
}

impl Slots {
    /// Puts the topics into the order in which branches take turns.
    ///
    /// # Errors
    /// Code `config` where there are no topics.
    pub fn new(config: &Config, topics: &TopicSet) -> Result<Self> {
        let topics = topics.sampled(config.topics.sample_nodes);
        if topics.is_empty() {
            return Err(Error::new(Code::Config, "there are no topics to write samples for").for_run());
        }
        let order = topics::take_turns(&topics);
        let topics: Vec<Rc<Topic>> = topics.into_owned().into_iter().map(Rc::new).collect();
        Ok(Self { topics: order.into_iter().filter_map(|index| topics.get(index)).map(Rc::clone).collect() })
    }

    /// One topic, for which one sample is written.
    pub fn of_one(topic: Topic) -> Self {
        Self { topics: vec![Rc::new(topic)] }
    }

    /// How many topics there are.
    pub fn topics(&self) -> usize {
        self.topics.len()
    }

    /// What is written at a position.
    pub fn at(&self, position: usize) -> Option<Slot> {
        let topic = self.topics.get(position.checked_rem(self.topics.len())?)?;
        let cycle = u32::try_from(position / self.topics.len()).unwrap_or(u32::MAX);
        Some(Slot::new(Rc::clone(topic), cycle))
    }
}
