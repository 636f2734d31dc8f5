//! How the dataset was made, as far as it is known.

use serde_json::Value;

use super::markdown::{escape, shortened};
use super::{CONFIG_FILE, Facts, topics_file};
use crate::config::{AgentMode, ConversationConfig, LlmConfig, ReasoningStyle, TopicMode};
use crate::json::at;
use crate::prompts::fill;
use crate::search;

const WITH_CONFIG: &str = include_str!("made_with_config.md");
const WITHOUT_CONFIG: &str = include_str!("made_without_config.md");
const TOPICS: &str = include_str!("made_topics.md");
const FAILURES: &str = include_str!("made_failures.md");
const FILES: &str = include_str!("made_files.md");

/// As much of a prompt as a card shows.
const LONGEST_PROMPT: usize = 500;

/// The section on how it was made.
pub fn story(facts: &Facts<'_>) -> String {
    let mut parts = Vec::new();
    match facts.config {
        Some(config) => {
            let values = [
                ("prompt", &*quote(&config.topics.prompt)),
                ("task", &*quote(&config.generation.system_prompt)),
                ("topics_model", &*model(&config.topics.llm)),
                ("samples_model", &*model(&config.generation.llm)),
                ("kind", kind(&config.generation.conversation)),
            ];
            parts.push(fill(WITH_CONFIG, &values));
        }
        None => {
            let models: Vec<String> = facts.models.iter().map(|model| escape(&shortened(model, 100))).collect();
            let models = if models.is_empty() { "a language model".to_owned() } else { search::join(&models, ", ") };
            parts.push(fill(WITHOUT_CONFIG, &[("models", &models)]));
        }
    }
    let mut files = Vec::new();
    if let Some(topics) = facts.topics {
        let shape = if topics.mode == TopicMode::Graph { "graph" } else { "tree" };
        let count = counted(topics.leaves.len() as u64, "topic");
        parts.push(fill(TOPICS, &[("count", &count), ("shape", shape)]));
        files.push(format!("`{}`", topics_file(topics)));
    }
    if facts.config.is_some() {
        files.push(format!("`{CONFIG_FILE}`"));
    }
    if let Some(failures) = at(facts.more, "/failures").and_then(Value::as_u64).filter(|failures| *failures > 0) {
        parts.push(fill(FAILURES, &[("count", &counted(failures, "sample"))]));
    }
    if !files.is_empty() {
        parts.push(fill(FILES, &[("files", &search::join(&files, " and "))]));
    }
    search::join(&parts, "\n\n")
}

/// What was written about each topic.
fn kind(conversation: &ConversationConfig) -> &'static str {
    match (conversation.agent_mode, conversation.reasoning_style) {
        (Some(AgentMode::MultiTurn), _) => "a conversation of several turns with an agent that calls tools",
        (Some(AgentMode::SingleTurn), _) => "a request to an agent that calls tools, and what it did",
        (None, Some(ReasoningStyle::Agent)) => "questions and answers with reasoning in steps",
        (None, Some(ReasoningStyle::Freetext)) => "questions and answers with reasoning",
        (None, None) => "questions and answers",
    }
}

/// `1 row`, `2 rows`.
pub fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// A text of the configuration as a quotation.
fn quote(text: &str) -> String {
    format!("> {}", escape(&shortened(text, LONGEST_PROMPT)))
}

fn model(llm: &LlmConfig) -> String {
    escape(&shortened(&llm.model, 100))
}
