//! Whether models may be trained on what a model wrote: its maker decides, and most say something about it.

use super::Facts;
use super::markdown::{escape, shortened};
use crate::config::{LlmConfig, ProviderName};
use crate::prompts::fill;
use crate::search;

const UNKNOWN: &str = include_str!("terms_unknown.md");
const OPENAI: &str = include_str!("terms_openai.md");
const ANTHROPIC: &str = include_str!("terms_anthropic.md");
const GEMINI: &str = include_str!("terms_gemini.md");
const OPENROUTER: &str = include_str!("terms_openrouter.md");
const OPEN_WEIGHTS: &str = include_str!("terms_open_weights.md");

/// What is to be known about each model that wrote for the dataset.
pub fn of(facts: &Facts<'_>) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut add = |template: &str, model: &str| {
        let part = fill(template, &[("model", &escape(&shortened(model, 100)))]);
        if !parts.contains(&part) {
            parts.push(part);
        }
    };
    if let Some(config) = facts.config {
        for llm in [&config.generation.llm, &config.topics.llm] {
            add(template(llm), &llm.model);
        }
    } else {
        facts.models.iter().for_each(|model| add(UNKNOWN, model));
    }
    if parts.is_empty() { fill(UNKNOWN, &[("model", "the model")]) } else { search::join(&parts, "\n\n") }
}

/// An address of one's own may lead anywhere.
fn template(llm: &LlmConfig) -> &'static str {
    match llm.provider {
        ProviderName::Ollama => OPEN_WEIGHTS,
        _ if llm.base_url.is_some() => UNKNOWN,
        ProviderName::OpenAi => OPENAI,
        ProviderName::Anthropic => ANTHROPIC,
        ProviderName::Gemini => GEMINI,
        ProviderName::OpenRouter => OPENROUTER,
    }
}
