//! The dataset card: what readers need to load the rows (front matter) and what people need to judge them (text).
//!
//! Everything that a person or a model wrote is escaped, for YAML in [`yaml`] and for Markdown in [`markdown`].

mod features;
mod made;
mod markdown;
mod published;
mod report;
mod terms;
#[cfg(test)]
mod tests;
mod yaml;

use serde_json::{Map, Value, json};

use super::options::Options;
use super::rows::{Fields, Shard, Split};
use crate::config::{Config, TopicMode};
use crate::prompts::fill;
use crate::search;
use crate::topics::TopicSet;
use markdown::escape;
pub use published::published_config;

const CARD: &str = include_str!("card.md");
const LIMIT_OF_TOOLS: &str = include_str!("limit_tools.md");

/// The name of the configuration in the repository.
pub const CONFIG_FILE: &str = "config.json";

/// The name of the topics in the repository, by what DeepFabric calls them.
pub fn topics_file(topics: &TopicSet) -> &'static str {
    if topics.mode == TopicMode::Graph { "topics.json" } else { "topics.jsonl" }
}

/// What a card is made of.
pub struct Facts<'a> {
    /// What the caller wants said.
    pub options: &'a Options,
    /// The columns.
    pub columns: &'a Fields,
    /// The files.
    pub shards: &'a [Shard],
    /// The models that the rows name.
    pub models: &'a [String],
    /// Whether the text is certainly English.
    pub is_english: bool,
    /// How it was made.
    pub config: Option<&'a Config>,
    /// What it is about.
    pub topics: Option<&'a TopicSet>,
    /// `failures`, `report`.
    pub more: &'a Value,
}

impl Facts<'_> {
    fn splits(&self) -> Vec<Split> {
        let is_there = |split: &Split| self.shards.iter().any(|shard| shard.split == *split);
        [Split::Train, Split::Test].into_iter().filter(is_there).collect()
    }

    fn sum(&self, split: Option<Split>, of: fn(&Shard) -> u64) -> u64 {
        self.shards.iter().filter(|shard| split.is_none_or(|split| shard.split == split)).map(of).sum()
    }

    fn rows(&self, split: Option<Split>) -> u64 {
        self.sum(split, |shard| shard.rows)
    }

    fn bytes(&self, split: Option<Split>) -> u64 {
        self.sum(split, |shard| shard.size)
    }

    fn has(&self, column: &str) -> bool {
        self.columns.get(column).is_some()
    }
}

/// The whole card.
pub fn write(facts: &Facts<'_>) -> String {
    let (_, name) = facts.options.owner_and_name();
    let splits: Vec<String> = facts
        .splits()
        .iter()
        .map(|split| format!("{} in `{}`", made::counted(facts.rows(Some(*split)), "row"), split.as_str()))
        .collect();
    let split = facts.splits().first().map_or("train", |split| split.as_str());
    let body = fill(
        CARD,
        &[
            ("title", &escape(name)),
            ("splits", &search::join(&splits, " and ")),
            ("repository", &facts.options.repository),
            ("split", split),
            ("made", &made::story(facts)),
            ("columns", &features::table(facts.columns)),
            ("report", &report::section(facts)),
            ("limit_of_tools", if facts.has("tools") { LIMIT_OF_TOOLS } else { "" }),
            ("terms", &terms::of(facts)),
        ],
    );
    format!("---\n{}---\n\n{body}\n", yaml::write(&front_matter(facts)))
}

fn front_matter(facts: &Facts<'_>) -> Value {
    let mut front = Map::new();
    let mut set = |key: &str, value: Value| {
        front.insert(key.to_owned(), value);
    };
    let Options { license, language, .. } = facts.options;
    let (_, name) = facts.options.owner_and_name();
    set("pretty_name", name.into());
    if let Some(license) = license {
        set("license", license.as_str().into());
    }
    if !language.is_empty() {
        set("language", language.as_slice().into());
    } else if facts.is_english {
        set("language", json!(["en"]));
    }
    set("task_categories", task_categories(facts).into());
    set("tags", tags(facts).into());
    set("size_categories", json!([size_category(facts.rows(None))]));
    let mut files = Vec::new();
    let mut splits = Vec::new();
    for split in facts.splits() {
        let name = split.as_str();
        files.push(json!({ "split": name, "path": format!("data/{name}-*.jsonl") }));
        let (rows, bytes) = (facts.rows(Some(split)), facts.bytes(Some(split)));
        splits.push(json!({ "name": name, "num_bytes": bytes, "num_examples": rows }));
    }
    set("configs", json!([{ "config_name": "default", "data_files": files }]));
    let bytes = facts.bytes(None);
    let features = features::of(facts.columns);
    set(
        "dataset_info",
        json!({ "features": features, "splits": splits, "download_size": bytes, "dataset_size": bytes }),
    );
    Value::Object(front)
}

fn task_categories(facts: &Facts<'_>) -> Vec<Value> {
    let mut categories = vec!["text-generation".into()];
    if facts.has("question") && facts.has("final_answer") {
        categories.push("question-answering".into());
    }
    categories
}

/// DeepFabric's tags, those that the columns ask for, and the caller's.
fn tags(facts: &Facts<'_>) -> Vec<Value> {
    let mut tags: Vec<&str> = vec!["synthetic", "dataweft"];
    for (tag, column) in
        [("deepfabric", "metadata"), ("conversational", "messages"), ("reasoning", "reasoning"), ("tool-use", "tools")]
    {
        if facts.has(column) {
            tags.push(tag);
        }
    }
    let configured = facts.config.and_then(|config| config.huggingface.as_ref());
    let own = facts.options.tags.iter().chain(configured.iter().flat_map(|section| &section.tags));
    tags.extend(own.map(|tag| tag.trim()).filter(|tag| !tag.is_empty()));
    let mut each: Vec<Value> = Vec::new();
    for tag in tags {
        if !each.iter().any(|known| known == tag) {
            each.push(tag.into());
        }
    }
    each
}

/// The Hub's names for sizes.
fn size_category(rows: u64) -> &'static str {
    match rows {
        0..1_000 => "n<1K",
        1_000..10_000 => "1K<n<10K",
        10_000..100_000 => "10K<n<100K",
        100_000..1_000_000 => "100K<n<1M",
        1_000_000..10_000_000 => "1M<n<10M",
        _ => "10M<n<100M",
    }
}
