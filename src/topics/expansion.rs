//! One expansion: what a model is asked for, and what its reply proposes.

use std::rc::Rc;

use serde_json::Value;

use super::text;
use crate::config::{PromptStyle, TopicMode, TopicsConfig};
use crate::model::{Message, Purpose, Rejection, Request};
use crate::search;
use crate::{json, prompts};

/// What one expansion depends on. It holds nothing that depends on the order in which replies arrive.
pub struct Expansion {
    /// From the root to the topic that is expanded.
    pub path: Vec<String>,
    /// Subtopics wanted.
    pub count: usize,
    /// Topics that would be duplicates, as far as the model has to hear of them.
    pub taken: Vec<String>,
    /// Topics elsewhere that subtopics may be linked to, by number.
    pub linkable: Vec<(usize, String)>,
}

/// One subtopic that a reply proposes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The text, cleaned.
    pub text: String,
    /// Numbers of topics to link it to, as the model wrote them.
    pub connections: Vec<usize>,
}

/// Whether expansions ask for links to topics elsewhere.
pub fn asks_for_links(config: &TopicsConfig) -> bool {
    config.mode == TopicMode::Graph && config.prompt_style == PromptStyle::Default
}

/// The request for an expansion.
pub fn request(config: &TopicsConfig, expansion: &Expansion) -> Request {
    let mut guidance = config.system_prompt.trim().to_owned();
    if config.mode == TopicMode::Graph && config.prompt_style == PromptStyle::Anchored {
        if !guidance.is_empty() {
            guidance.push_str("\n\n");
        }
        guidance.push_str(prompts::TOPICS_ANCHORED);
    }
    let topic = expansion.path.last().map_or("", String::as_str);
    let path: Vec<String> = expansion.path.iter().map(|topic| format!("\"{topic}\"")).collect();
    let count = expansion.count.to_string();
    let values = [("path", search::join(&path, " -> ")), ("count", count), ("topic", topic.to_owned())];
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut ask = Message::user(prompts::fill(prompts::TOPICS_EXPAND, &values));
    if !expansion.taken.is_empty() {
        let taken: Vec<String> = expansion.taken.iter().map(|topic| format!("\"{topic}\"")).collect();
        ask.append(&prompts::fill(prompts::TOPICS_TAKEN, &[("taken", &search::join(&taken, ", "))]));
    }
    if !expansion.linkable.is_empty() {
        let lines: Vec<String> =
            expansion.linkable.iter().map(|(number, topic)| format!("{number}: {topic}")).collect();
        ask.append(&prompts::fill(prompts::TOPICS_LINKS, &[("topics", &search::join(&lines, "\n"))]));
    }
    Request {
        purpose: Purpose::Topics,
        messages: vec![Message::system(prompts::fill(prompts::TOPICS_SYSTEM, &[("guidance", &guidance)])), ask],
        schema: Rc::new(schema(expansion)),
        // Fewer subtopics than asked for are a beginning, and both forms of them say the same.
        lenient: true,
        temperature: config.llm.temperature,
        max_tokens: config.max_tokens,
    }
}

const PLAIN_SCHEMA: &str = include_str!("plain.schema.json");
const LINKED_SCHEMA: &str = include_str!("linked.schema.json");

fn schema(expansion: &Expansion) -> Value {
    let text = if expansion.linkable.is_empty() { PLAIN_SCHEMA } else { LINKED_SCHEMA };
    // A test reads both files.
    let mut schema: Value = text.parse().unwrap_or_default();
    if let Some(Value::Object(subtopics)) = json::at_mut(&mut schema, "/properties/subtopics") {
        for bound in ["minItems", "maxItems"] {
            subtopics.insert(bound.to_owned(), expansion.count.into());
        }
    }
    schema
}

/// Reads a reply. Subtopics may be texts or objects, whichever was asked for: models mix them up, and both say the same.
///
/// # Errors
/// A rejection where there is no subtopic at all; fewer than asked for are no error here.
pub fn proposals(reply: &Value) -> Result<Vec<Proposal>, Rejection> {
    let subtopics = reply.get("subtopics").and_then(Value::as_array);
    let subtopics = subtopics.ok_or_else(|| Rejection::invalid("it has no list \"subtopics\""))?;
    let read = |item: &Value| {
        let text = item.as_str().or_else(|| item.get("topic").and_then(Value::as_str))?;
        let connections = item.get("connections").and_then(Value::as_array).into_iter().flatten();
        let connections = connections.filter_map(|number| usize::try_from(number.as_u64()?).ok()).collect();
        Some(Proposal { text: text::clean(text), connections })
    };
    let proposals: Vec<Proposal> =
        subtopics.iter().filter_map(read).filter(|proposal| !proposal.text.is_empty()).collect();
    match proposals.is_empty() {
        true => Err(Rejection::invalid("its list \"subtopics\" has no text in it")),
        false => Ok(proposals),
    }
}
