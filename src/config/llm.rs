//! The section `llm`: which model answers, and what the sections inherit from the shared one.

use super::keys;
use super::price;
use super::reader::Section;
use super::report::shown;
use super::secrets::check_url;
use super::suggest::did_you_mean;
use super::timeout;
use super::types::{LlmConfig, PriceConfig, ProviderName};
use crate::search;

const PROVIDERS: &[(&str, ProviderName)] = &[
    ("openai", ProviderName::OpenAi),
    ("anthropic", ProviderName::Anthropic),
    ("gemini", ProviderName::Gemini),
    ("ollama", ProviderName::Ollama),
    ("openrouter", ProviderName::OpenRouter),
];

/// Names that people use for a provider.
const ALIASES: &[(&str, &str)] = &[
    ("google", "gemini"),
    ("vertex", "gemini"),
    ("claude", "anthropic"),
    ("chatgpt", "openai"),
    ("gpt", "openai"),
    ("local", "ollama"),
];

const DEFAULT_PROVIDER: ProviderName = ProviderName::OpenAi;
const DEFAULT_MODEL: &str = "gpt-4o";
const DEFAULT_TEMPERATURE: f64 = 0.2;

/// What one `llm` section says for itself.
struct Written<'a> {
    provider: Option<ProviderName>,
    model: Option<&'a str>,
    temperature: Option<f64>,
    base_url: Option<&'a str>,
    price: Option<PriceConfig>,
    stream: Option<bool>,
}

/// Checks the shared section by itself, for the case that nothing of it is inherited.
pub(super) fn check(section: &Section<'_>) {
    read(section);
    timeout::read(&[&section.section("timeout", keys::TIMEOUT)]);
}

/// The model of a section: its own words, then those of the shared section, then the defaults.
///
/// A model and an address belong to a provider, so they are inherited only where the provider stays the same. An access
/// key must not reach the server of another provider.
pub(super) fn resolve(own: &Section<'_>, shared: &Section<'_>) -> LlmConfig {
    let (ours, theirs) = (read(own), read(shared));
    let provider = ours.provider.or(theirs.provider).unwrap_or(DEFAULT_PROVIDER);
    let name = provider_name(provider);
    let misread = ours.provider.is_none() && own.is_written("provider");
    let same_provider = misread
        || match (ours.provider, theirs.provider) {
            (Some(our), Some(their)) => our == their,
            _ => true,
        };

    let inherit = |key: &str, value: Option<&str>| -> Option<String> {
        let value = value?;
        if same_provider {
            return Some(value.to_owned());
        }
        let message =
            format!("the shared `llm.{key}` is not used here: it belongs to another provider than \"{name}\"");
        own.warning("provider", &message, Some(&format!("write `{key}` here too if it is needed")));
        None
    };
    let model = ours.model.map(str::to_owned).or_else(|| match own.is_written("model") {
        true => None,
        false => inherit("model", theirs.model),
    });
    let base_url = ours.base_url.map(str::to_owned).or_else(|| match own.is_written("base_url") {
        true => None,
        false => inherit("base_url", theirs.base_url),
    });

    let model_misread = (own.is_written("model") && ours.model.is_none())
        || (same_provider && shared.is_written("model") && theirs.model.is_none());
    let model = model.unwrap_or_else(|| {
        if provider != DEFAULT_PROVIDER && !model_misread && !misread {
            let place = if ours.provider.is_some() { own } else { shared };
            let message = format!("no model is named for the provider \"{name}\"");
            place.error("model", &message, Some("write `model` beside `provider`"));
        }
        DEFAULT_MODEL.to_owned()
    });
    let temperature = ours.temperature.or(theirs.temperature).unwrap_or(DEFAULT_TEMPERATURE);
    let price = ours.price.or_else(|| inherited_price(own, &ours, &theirs));
    let stream = ours.stream.or(theirs.stream).unwrap_or(true);
    let timeout = timeout::read(&[&own.section("timeout", keys::TIMEOUT), &shared.section("timeout", keys::TIMEOUT)]);
    LlmConfig { provider, model, temperature, base_url, price, stream, timeout }
}

/// The shared price, if it is for the same model at the same place: a budget must not be counted at another's price.
fn inherited_price(own: &Section<'_>, ours: &Written<'_>, theirs: &Written<'_>) -> Option<PriceConfig> {
    let price = theirs.price.filter(|_| !own.is_written("price"))?;
    let (key, other) = if ours.provider.is_some_and(|our| our != theirs.provider.unwrap_or(DEFAULT_PROVIDER)) {
        ("provider", "provider")
    } else if ours.model.is_some_and(|model| model != theirs.model.unwrap_or(DEFAULT_MODEL)) {
        ("model", "model")
    } else if ours.base_url.is_some() && ours.base_url != theirs.base_url {
        ("base_url", "address")
    } else {
        return Some(price);
    };
    let message = format!("the shared `llm.price` is not used here: it belongs to another {other}");
    own.warning(key, &message, Some("write `price` here too"));
    None
}

fn read<'a>(section: &Section<'a>) -> Written<'a> {
    Written {
        provider: read_provider(section),
        model: section.filled_text("model"),
        temperature: section.number("temperature", 0.0, 2.0),
        base_url: read_url(section, "base_url"),
        price: price::read(&section.section("price", keys::PRICE)),
        stream: section.boolean("stream"),
    }
}

fn read_provider(section: &Section<'_>) -> Option<ProviderName> {
    let value = section.value("provider")?;
    let word = value.as_str().unwrap_or_default();
    if let Some((_, provider)) = PROVIDERS.iter().find(|(name, _)| *name == word) {
        return Some(*provider);
    }
    const HINT: &str = "any OpenAI-compatible server works with `provider: openai` and `base_url`";
    let names: Vec<&str> = PROVIDERS.iter().map(|(name, _)| *name).collect();
    let lower = word.to_ascii_lowercase();
    let alias = ALIASES.iter().find(|(alias, _)| *alias == lower).map(|(_, name)| format!("did you mean \"{name}\"?"));
    let suggestion = match alias.or_else(|| did_you_mean(word, &names)) {
        Some(question) => format!("{question} {HINT}"),
        None => HINT.to_owned(),
    };
    let message = format!("must be one of {}, not {}", search::join(&names, ", "), shown(value));
    section.error("provider", &message, Some(&suggestion));
    None
}

fn provider_name(provider: ProviderName) -> &'static str {
    PROVIDERS.iter().find(|(_, candidate)| *candidate == provider).map_or("", |(name, _)| name)
}

/// The address of a server.
pub(super) fn read_url<'a>(section: &Section<'a>, key: &str) -> Option<&'a str> {
    let url = section.text(key)?;
    match check_url(url) {
        Ok(()) => Some(url),
        Err(reason) => {
            let remedy = match key {
                "base_url" => {
                    "write only the address, such as http://localhost:8000/v1, and pass the access key as the `apiKey` option of the call"
                }
                _ => "write only the address, such as http://localhost:3000",
            };
            section.error(key, reason, Some(remedy));
            None
        }
    }
}
