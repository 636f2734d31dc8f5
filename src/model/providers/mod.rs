//! The providers, and how a configuration chooses one.

mod openai_chat;

use std::rc::Rc;

use super::Provider;
use crate::config::{LlmConfig, ProviderName};
use crate::host::{Host, LocalFuture, Secret};

/// Where keys come from. Asked once for each request, so that short-lived keys work; nothing is kept.
pub trait KeySource {
    /// The key for a provider, or `None` where there is none.
    ///
    /// # Errors
    /// What the caller's own function said.
    fn key<'a>(&'a self, provider: &'a str) -> LocalFuture<'a, Result<Option<Secret>, String>>;
}

/// The name of a provider, as in the configuration and in the keys of the option `apiKey`.
pub fn name(provider: ProviderName) -> &'static str {
    match provider {
        ProviderName::OpenAi => "openai",
        ProviderName::Anthropic => "anthropic",
        ProviderName::Gemini => "gemini",
        ProviderName::Ollama => "ollama",
        ProviderName::OpenRouter => "openrouter",
    }
}

/// Connects to the server that a configuration names. Every provider of the configuration speaks Chat Completions.
pub fn connect(llm: &LlmConfig, host: Rc<dyn Host>, keys: Rc<dyn KeySource>) -> Rc<dyn Provider> {
    let mut server = openai_chat::Server {
        name: name(llm.provider),
        base_url: match llm.provider {
            ProviderName::OpenAi => "https://api.openai.com/v1",
            ProviderName::Anthropic => "https://api.anthropic.com/v1",
            ProviderName::Gemini => "https://generativelanguage.googleapis.com/v1beta/openai",
            ProviderName::Ollama => "http://localhost:11434/v1",
            ProviderName::OpenRouter => "https://openrouter.ai/api/v1",
        }
        .to_owned(),
        // OpenAI's newer models refuse the old name, most other servers do not know the new one.
        token_limit: match llm.provider {
            ProviderName::OpenAi => openai_chat::TokenLimit::MaxCompletionTokens,
            _ => openai_chat::TokenLimit::MaxTokens,
        },
        needs_key: llm.provider != ProviderName::Ollama && !host.may_add_key(),
    };
    if let Some(base_url) = &llm.base_url {
        server.base_url.clone_from(base_url);
        server.token_limit = openai_chat::TokenLimit::MaxTokens;
        server.needs_key = false;
    }
    Rc::new(openai_chat::OpenAiChat::new(server, &llm.model, host, keys))
}
