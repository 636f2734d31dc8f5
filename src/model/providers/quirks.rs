//! What differs between servers that speak Chat Completions, told by their address.

use serde_json::Value;

use crate::config::{LlmConfig, ProviderName};
use crate::model::call::Mode;
use crate::model::schema::Dialect;

/// The peculiarities of one server.
#[derive(Clone, Copy, Debug)]
pub struct Quirks {
    /// A host, or the end of one that begins with a dot.
    host: &'static str,
    /// What the token limit is called.
    pub token_limit: &'static str,
    /// The role of messages that set the scene.
    pub system_role: &'static str,
    /// How the model can be held to a schema.
    pub modes: &'static [Mode],
    /// The form of schemas.
    pub dialect: Dialect,
    /// Whether a stream tells its tokens only when it is asked to.
    pub asks_for_usage: bool,
    /// Whether one tool can be asked for by name; otherwise any call is asked for with this word.
    pub tool_choice: ToolChoice,
    /// The header for the key, where it is not `authorization`.
    pub key_header: Option<&'static str>,
    /// Further fields of every request, as JSON.
    extra: &'static str,
}

/// How a call of the one tool is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToolChoice {
    /// By its name.
    Named,
    /// With a word that stands for any call.
    Word(&'static str),
    /// Not at all.
    None,
}

const ALL: &[Mode] = &[Mode::Schema, Mode::Tool, Mode::Json, Mode::Text];
const WITHOUT_JSON: &[Mode] = &[Mode::Schema, Mode::Tool, Mode::Text];

/// A server that nothing particular is known of: vLLM, llama.cpp, SGLang and others take all of this.
const ANY: Quirks = Quirks {
    host: "",
    token_limit: "max_tokens",
    system_role: "system",
    modes: ALL,
    dialect: Dialect::Strict,
    asks_for_usage: true,
    tool_choice: ToolChoice::Named,
    key_header: None,
    extra: "{}",
};

const TABLE: &[Quirks] = &[
    // Newer models refuse `max_tokens`.
    Quirks { host: "api.openai.com", token_limit: "max_completion_tokens", system_role: "developer", ..ANY },
    Quirks { host: ".openai.azure.com", token_limit: "max_completion_tokens", key_header: Some("api-key"), ..ANY },
    // Without this a provider that does not know the schema may be chosen.
    Quirks { host: "openrouter.ai", extra: r#"{"provider":{"require_parameters":true}}"#, ..ANY },
    Quirks { host: "api.groq.com", token_limit: "max_completion_tokens", ..ANY },
    // Refuses fields that it does not know; tells its tokens unasked.
    Quirks { host: "api.mistral.ai", asks_for_usage: false, tool_choice: ToolChoice::Word("any"), ..ANY },
    Quirks { host: "api.deepseek.com", dialect: Dialect::Open, ..ANY },
    Quirks { host: "api.together.xyz", dialect: Dialect::Open, ..ANY },
    Quirks { host: "router.huggingface.co", ..ANY },
    Quirks { host: "gateway.ai.cloudflare.com", ..ANY },
    Quirks { host: "generativelanguage.googleapis.com", dialect: Dialect::Gemini, ..ANY },
    Quirks { host: "api.anthropic.com", dialect: Dialect::Anthropic, modes: &[Mode::Tool, Mode::Text], ..ANY },
];

/// Servers on the usual ports of this machine.
const LOCAL: &[(&str, Quirks)] = &[
    // LM Studio knows no plain JSON mode.
    (":1234", Quirks { modes: WITHOUT_JSON, dialect: Dialect::Open, ..ANY }),
    // Ollama cannot be told which tool to call.
    (":11434", Quirks { dialect: Dialect::Open, tool_choice: ToolChoice::None, ..ANY }),
];

/// The peculiarities of the server at an address.
pub fn of(llm: &LlmConfig, host_and_port: &str) -> Quirks {
    let host = host_and_port.split(':').next().unwrap_or_default();
    let is_host = |quirks: &&Quirks| match quirks.host.strip_prefix('.') {
        Some(_) => host.ends_with(quirks.host),
        None => host == quirks.host,
    };
    let local = LOCAL.iter().find(|(port, _)| host_and_port.ends_with(port)).map(|(_, quirks)| quirks);
    let known = TABLE.iter().find(is_host).or(local).copied().unwrap_or(ANY);
    match llm.provider {
        ProviderName::Ollama if known.host.is_empty() => Quirks { dialect: Dialect::Open, ..known },
        _ => known,
    }
}

impl Quirks {
    /// Further fields of every request.
    pub fn extra(&self) -> Value {
        // A test reads all of them.
        serde_json::from_str(self.extra).unwrap_or_default()
    }
}
