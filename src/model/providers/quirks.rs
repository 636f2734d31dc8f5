//! What differs between servers that speak Chat Completions, told by their address.

use crate::config::ProviderName;
use crate::host::address::is_private;
use crate::model::call::Mode;
use crate::schema::Dialect;
use crate::search;

/// The peculiarities of one server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quirks {
    /// A domain; the hosts within it belong to it.
    host: &'static str,
    /// The field of the token limit, as JSON.
    pub token_limit: &'static str,
    /// The role of messages that set the scene.
    pub system_role: &'static str,
    /// How the model can be held to a schema.
    pub modes: &'static [Mode],
    /// The form of schemas.
    pub dialect: Dialect,
    /// Whether a stream tells its tokens only when it is asked to.
    pub asks_for_usage: bool,
    /// The word that asks for a call of any tool. There is one tool, so it need not be named; LM Studio refuses names,
    /// llama.cpp passes over them.
    pub tool_choice: &'static str,
    /// The header for the key, where it is not `authorization`.
    pub key_header: Option<&'static str>,
    /// Whether a request for which no provider has everything is answered with 404.
    pub routes_by_parameters: bool,
    /// Further fields of requests that hold the model to something, as JSON.
    pub extra: &'static str,
}

const MAX_COMPLETION_TOKENS: &str = r#"{ "max_completion_tokens": "$max_tokens" }"#;
const ALL: &[Mode] = &[Mode::Schema, Mode::Tool, Mode::Json, Mode::Text];
const WITHOUT_JSON: &[Mode] = &[Mode::Schema, Mode::Tool, Mode::Text];

/// A server that nothing particular is known of: DeepSeek, the Hugging Face router, Cloudflare, xAI, Fireworks and
/// others take all of this.
const ANY: Quirks = Quirks {
    host: "",
    token_limit: r#"{ "max_tokens": "$max_tokens" }"#,
    system_role: "system",
    modes: ALL,
    dialect: Dialect::Strict,
    asks_for_usage: true,
    tool_choice: "required",
    key_header: None,
    routes_by_parameters: false,
    extra: "{}",
};

/// A server on this machine or in its network: vLLM, SGLang, llama.cpp and Ollama make a grammar of any schema.
const LOCAL: Quirks = Quirks { dialect: Dialect::Open, ..ANY };
/// LM Studio, told by its port. It answers `json_object` with 400: "must be 'json_schema' or 'text'" (0.4.20).
const LM_STUDIO: Quirks = Quirks { modes: WITHOUT_JSON, ..LOCAL };
const LM_STUDIO_PORT: &str = "1234";

/// Azure takes keys in a header of its own. Its reasoning models refuse `max_tokens`.
const AZURE: Quirks =
    Quirks { host: "openai.azure.com", token_limit: MAX_COMPLETION_TOKENS, key_header: Some("api-key"), ..ANY };

const TABLE: &[Quirks] = &[
    // Reasoning models refuse `max_tokens`, and call the system message the developer's.
    Quirks { host: "api.openai.com", token_limit: MAX_COMPLETION_TOKENS, system_role: "developer", ..ANY },
    AZURE,
    Quirks { host: "cognitiveservices.azure.com", ..AZURE },
    Quirks { host: "services.ai.azure.com", ..AZURE },
    // Without this a provider that passes over the schema may be chosen.
    Quirks {
        host: "openrouter.ai",
        routes_by_parameters: true,
        extra: r#"{"provider":{"require_parameters":true}}"#,
        ..ANY
    },
    // Its documentation calls `max_tokens` deprecated.
    Quirks { host: "api.groq.com", token_limit: MAX_COMPLETION_TOKENS, ..ANY },
    // Answers `stream_options` with 422 and tells its tokens unasked; its word for a call is its own.
    Quirks { host: "api.mistral.ai", dialect: Dialect::Open, asks_for_usage: false, tool_choice: "any", ..ANY },
    Quirks { host: "api.together.xyz", dialect: Dialect::Open, ..ANY },
    Quirks { host: "generativelanguage.googleapis.com", dialect: Dialect::Gemini, ..ANY },
    // Answers `json_object` with 400: "input should be 'json_schema'" (2026-07).
    Quirks { host: "api.anthropic.com", dialect: Dialect::Anthropic, modes: WITHOUT_JSON, ..ANY },
];

const GATEWAY: &str = "gateway.ai.cloudflare.com";

/// Whom Cloudflare's gateway passes requests to, by the third step of the path behind its version.
const BEHIND_GATEWAY: &[(&str, &str)] = &[
    ("openai", "api.openai.com"),
    ("azure-openai", "openai.azure.com"),
    ("openrouter", "openrouter.ai"),
    ("groq", "api.groq.com"),
    ("mistral", "api.mistral.ai"),
];

/// The peculiarities of the server at an address.
pub fn of(provider: ProviderName, url: &str) -> Quirks {
    let address = search::split_once(url, "://").map_or(url, |(_, address)| address).to_ascii_lowercase();
    let (place, path) = address.split_at(address.find(['/', '?']).unwrap_or(address.len()));
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (place, ""),
    };
    let host = match host {
        // Also where another host stands in front of it.
        _ if is_azure_deployment(path) => AZURE.host,
        GATEWAY => behind_gateway(path).unwrap_or(host),
        _ => host,
    };
    let is_within = |domain: &str| host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    match TABLE.iter().find(|quirks| is_within(quirks.host)) {
        Some(known) => *known,
        None if !is_private(host) && provider != ProviderName::Ollama => ANY,
        None if port == LM_STUDIO_PORT => LM_STUDIO,
        None => LOCAL,
    }
}

fn behind_gateway(path: &str) -> Option<&'static str> {
    // /v1/account/gateway/provider
    let slug = path.split('/').nth(4)?;
    BEHIND_GATEWAY.iter().find(|(name, _)| *name == slug).map(|(_, host)| *host)
}

/// Whether a path is one of Azure's older form, which names the model and wants a version.
pub fn is_azure_deployment(path: &str) -> bool {
    search::contains(path, "/openai/deployments/")
}

impl Quirks {
    /// Whether it is Azure.
    pub fn is_azure(&self) -> bool {
        self.key_header.is_some()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn of(url: &str) -> Quirks {
        super::of(ProviderName::OpenAi, url)
    }

    #[test]
    fn every_further_field_is_json() {
        for quirks in TABLE.iter().chain(&[ANY, LOCAL, LM_STUDIO]) {
            for fields in [quirks.extra, quirks.token_limit] {
                let fields: Result<Value, _> = serde_json::from_str(fields);
                assert!(fields.is_ok_and(|fields| fields.is_object()), "{}", quirks.host);
            }
        }
    }

    #[test]
    fn servers_are_known_by_their_host() {
        for (url, host) in [
            ("https://api.openai.com/v1", "api.openai.com"),
            ("https://eu.api.openai.com/v1", "api.openai.com"),
            ("https://API.OpenAI.com/v1", "api.openai.com"),
            ("https://api.openai.com:443/v1", "api.openai.com"),
            ("https://openrouter.ai/api/v1", "openrouter.ai"),
            ("https://api.groq.com/openai/v1", "api.groq.com"),
            ("https://api.mistral.ai/v1", "api.mistral.ai"),
            ("https://api.together.xyz/v1", "api.together.xyz"),
            ("https://generativelanguage.googleapis.com/v1beta/openai", "generativelanguage.googleapis.com"),
            ("https://api.anthropic.com/v1", "api.anthropic.com"),
            ("https://mine.openai.azure.com/openai/v1", "openai.azure.com"),
            ("https://mine.openai.azure.com?api-version=preview", "openai.azure.com"),
            ("https://eastus.cognitiveservices.azure.com/openai/deployments/d", "openai.azure.com"),
            ("https://eastus.cognitiveservices.azure.com/openai/v1", "cognitiveservices.azure.com"),
            ("https://mine.services.ai.azure.com/openai/v1", "services.ai.azure.com"),
            ("https://ai.example.com/openai/deployments/d?api-version=2024-10-21", "openai.azure.com"),
            ("https://gateway.ai.cloudflare.com/v1/account/gateway/mistral/v1", "api.mistral.ai"),
            ("https://gateway.ai.cloudflare.com/v1/account/gateway/openai", "api.openai.com"),
            ("https://gateway.ai.cloudflare.com/v1/account/gateway/azure-openai/r/d", "openai.azure.com"),
            ("https://gateway.ai.cloudflare.com/v1/account/gateway/compat", ""),
            ("https://gateway.ai.cloudflare.com/v1", ""),
            ("https://api.deepseek.com", ""),
            ("https://router.huggingface.co/v1", ""),
            ("https://api.cloudflare.com/client/v4/accounts/a/ai/v1", ""),
            ("https://notopenrouter.ai/v1", ""),
            ("https://openrouter.ai.example.com/v1", ""),
            ("https://example.com/api.openai.com", ""),
            ("", ""),
        ] {
            assert_eq!(of(url).host, host, "{url}");
        }
    }

    #[test]
    fn servers_nearby_get_the_whole_schema_and_unknown_ones_far_away_the_strict_form() {
        for (url, dialect) in [
            ("http://localhost:8000/v1", Dialect::Open),
            ("http://127.0.0.1:8080/v1", Dialect::Open),
            ("http://[::1]:8080/v1", Dialect::Open),
            ("http://192.168.1.7/v1", Dialect::Open),
            ("http://vllm.internal:8000/v1", Dialect::Open),
            ("https://api.x.ai/v1", Dialect::Strict),
            ("https://api.deepseek.com", Dialect::Strict),
            ("https://8.8.8.8/v1", Dialect::Strict),
        ] {
            assert_eq!(of(url).dialect, dialect, "{url}");
        }
        // Whoever says ollama has a server of this kind, wherever it is.
        let remote = super::of(ProviderName::Ollama, "https://vllm.example.com/v1");
        assert_eq!(remote.dialect, Dialect::Open);
    }

    #[test]
    fn lm_studio_is_never_asked_for_plain_json() {
        assert!(!of("http://localhost:1234/v1").modes.contains(&Mode::Json));
        assert!(!super::of(ProviderName::Ollama, "http://127.0.0.1:1234/v1").modes.contains(&Mode::Json));
        assert!(of("http://localhost:12345/v1").modes.contains(&Mode::Json));
    }

    #[test]
    fn every_server_has_text_as_its_last_resort() {
        for quirks in TABLE.iter().chain(&[ANY, LOCAL, LM_STUDIO]) {
            assert_eq!(quirks.modes.last(), Some(&Mode::Text), "{}", quirks.host);
        }
    }
}
