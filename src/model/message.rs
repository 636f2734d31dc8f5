//! One message of a conversation, in the form that records and providers share. Providers are sent texts alone; what
//! an agent called, and what came of it, stands in records.

use serde::Serialize;
use serde_json::Value;

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The setting of the conversation.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
    /// A tool: what came of a call.
    Tool,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said. Empty where the model only calls tools.
    pub content: String,
    /// The tools that the model calls; `None` where it calls none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_calls: Option<Vec<ToolCall>>,
    /// The call that a tool answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
}

/// One call of a tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ToolCall {
    /// 9 letters and digits: the form that the strictest chat templates ask for.
    pub id: String,
    /// Always `function`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What is called.
    pub function: FunctionCall,
}

/// The function of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FunctionCall {
    /// The tool.
    pub name: String,
    /// Its arguments: JSON as a text, or the object itself.
    pub arguments: Value,
}

impl Message {
    /// A message that sets the scene.
    pub fn system(content: impl Into<String>) -> Self {
        Self::new(Role::System, content.into())
    }

    /// A message of the person.
    pub fn user(content: impl Into<String>) -> Self {
        Self::new(Role::User, content.into())
    }

    /// A message of the model.
    pub fn assistant(content: impl Into<String>) -> Self {
        Self::new(Role::Assistant, content.into())
    }

    /// A message in which the model calls tools.
    pub fn calls(tool_calls: Vec<ToolCall>) -> Self {
        Self { tool_calls: Some(tool_calls), ..Self::new(Role::Assistant, String::new()) }
    }

    /// What came of a call.
    pub fn tool(tool_call_id: impl Into<String>, content: impl Into<String>) -> Self {
        Self { tool_call_id: Some(tool_call_id.into()), ..Self::new(Role::Tool, content.into()) }
    }

    fn new(role: Role, content: String) -> Self {
        Self { role, content, tool_calls: None, tool_call_id: None }
    }

    /// Adds a paragraph.
    pub fn append(&mut self, paragraph: &str) {
        self.content.push_str("\n\n");
        self.content.push_str(paragraph);
    }
}
