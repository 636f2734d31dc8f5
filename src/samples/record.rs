//! One line of a dataset, in DeepFabric's record shape: field names, nesting and key order are its.

use serde::{Serialize, Serializer};
use serde_json::Value;

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
    /// What an agent called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_context: Option<ToolContext>,
    /// The tools that an agent had, in OpenAI's form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tools: Option<Vec<Value>>,
    /// In which setting an agent acted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_context: Option<AgentContext>,
    /// What the user asked.
    pub question: String,
    /// What the assistant answered in the end.
    pub final_answer: String,
}

/// Where a record came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Metadata {
    /// `cot`, in the records of agents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation_type: Option<&'static str>,
    /// The number of steps, in the records of agents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub react_steps: Option<usize>,
    /// The topic's id.
    pub topic_id: String,
    /// From the root to the topic.
    pub path: Vec<String>,
    /// How often the topic had its turn before.
    pub cycle: u32,
    /// The model, as the configuration names it.
    pub model: String,
    /// What the agent met, in the records of agents: `ordinary`, or one of the situations of the configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub situation: Option<&'static str>,
    /// Arguments of calls that appear nowhere before the call, as `tool.argument`, in the records of agents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ungrounded: Option<Vec<String>>,
}

/// How an answer was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reasoning {
    /// The form: `freetext` or `agent`.
    pub style: &'static str,
    /// The thoughts.
    pub content: Thoughts,
}

/// The thoughts that lead to an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thoughts {
    /// One text.
    Text(String),
    /// One step after the other.
    Steps(Vec<ReasoningStep>),
}

impl Serialize for Thoughts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Thoughts::Text(text) => serializer.serialize_str(text),
            Thoughts::Steps(steps) => serializer.collect_seq(steps),
        }
    }
}

/// One step of reasoning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReasoningStep {
    /// Counts from 1 over the whole record.
    pub step_number: usize,
    /// What was thought.
    pub thought: String,
    /// What was done: calls as `name(arguments)`, joined with `; `, or in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
}

/// What was called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ToolContext {
    /// In the order of the calls.
    pub executions: Vec<Execution>,
}

/// One call with its result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Execution {
    /// The tool.
    pub function_name: String,
    /// Its arguments, as JSON text.
    pub arguments: String,
    /// Why it was called.
    pub reasoning: String,
    /// What came of it.
    pub result: String,
}

/// In which setting an agent acted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AgentContext {
    /// `single_turn` or `multi_turn`.
    pub mode: &'static str,
    /// What a conversation was planned to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planning_trace: Option<String>,
    /// What became of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_summary: Option<String>,
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
