//! One line of a dataset, in DeepFabric's record shape: field names, nesting and key order are its.

use serde::Serialize;

use crate::model::{Message, Role};

/// A record. Fields that a type of sample does not have are left out, so all records of a type have the same keys.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Record {
    /// The conversation.
    pub messages: Vec<Message>,
    /// Where the record came from.
    pub metadata: Metadata,
    /// How the answer was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<Reasoning>,
    /// What the user asked.
    pub question: String,
    /// What the assistant answered in the end.
    pub final_answer: String,
}

/// Where a record came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Metadata {
    /// The topic's id.
    pub topic_id: String,
    /// From the root to the topic.
    pub path: Vec<String>,
    /// How often the topic had its turn before.
    pub cycle: u32,
    /// The model, as the configuration names it.
    pub model: String,
}

/// How an answer was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reasoning {
    /// The form: `freetext`.
    pub style: &'static str,
    /// The thoughts.
    pub content: String,
}

impl Record {
    /// What the user asks for first.
    pub fn request(&self) -> &str {
        let mut messages = self.messages.iter();
        messages.find(|message| message.role == Role::User).map_or("", |message| message.content.as_str())
    }

    /// The record as one line of JSONL, without the line's end.
    pub fn to_line(&self) -> String {
        // Strings and numbers always serialise.
        serde_json::to_string(self).unwrap_or_default()
    }
}
