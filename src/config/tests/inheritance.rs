//! Which model answers and how it is treated: what a section says, what it inherits, what the provider decides.

use serde_json::{Value, json};

use super::{errors, read, warnings, with, words};
use crate::config::{BackoffStrategy, LlmConfig, ProviderName, RateLimitConfig, TransportException};

fn topics_llm(keys: &[(&str, Value)]) -> LlmConfig {
    read(&with(keys)).topics.llm
}

fn topics_limits(keys: &[(&str, Value)]) -> RateLimitConfig {
    read(&with(keys)).topics.rate_limit
}

#[test]
fn inherits_field_by_field() {
    let shared =
        json!({"provider": "ollama", "model": "gemma3:4b", "temperature": 0.7, "base_url": "http://gpu:11434/v1"});
    let llm = topics_llm(&[("llm", shared.clone()), ("topics.llm", json!({"temperature": 0.9}))]);
    assert_eq!((llm.provider, llm.model.as_str(), llm.temperature), (ProviderName::Ollama, "gemma3:4b", 0.9));
    assert_eq!(llm.base_url.as_deref(), Some("http://gpu:11434/v1"));

    let llm = topics_llm(&[("llm", shared), ("topics.llm", json!({"provider": "ollama", "model": "qwen3:14b"}))]);
    assert_eq!((llm.model.as_str(), llm.temperature), ("qwen3:14b", 0.7));
    assert_eq!(llm.base_url.as_deref(), Some("http://gpu:11434/v1"));
}

#[test]
fn inherits_a_model_only_from_the_same_provider() {
    let llm = topics_llm(&[("llm", json!({"model": "gpt-4o-mini"})), ("topics.llm", json!({"provider": "openai"}))]);
    assert_eq!(llm.model, "gpt-4o-mini");

    let foreign = json!({"provider": "ollama", "model": "gemma3:4b"});
    let config = with(&[("llm", foreign.clone()), ("topics.llm", json!({"provider": "openai"}))]);
    assert_eq!(read(&config).topics.llm.model, "gpt-4o");
    let said: Vec<String> = warnings(&config).iter().map(words).collect();
    assert!(said[0].contains("`llm.model` is not used here"), "{said:?}");

    let config = with(&[("llm", foreign), ("topics.llm", json!({"provider": "anthropic"}))]);
    let found = errors(&config);
    assert_eq!((found.len(), found[0].path.as_str()), (1, "topics.llm.model"));
    assert!(found[0].message.contains("no model is named for the provider \"anthropic\""));
}

#[test]
fn wants_a_model_for_every_provider_but_openai() {
    for provider in ["anthropic", "gemini", "ollama", "openrouter"] {
        let found = errors(&with(&[("llm", json!({"provider": provider}))]));
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(found[0].path, "llm.model");
    }
    let half = with(&[("llm", json!({"provider": "gemini"})), ("topics.llm", json!({"model": "gemini-2.5-flash"}))]);
    assert_eq!(errors(&half).len(), 1);
}

#[test]
fn sends_no_key_to_the_server_of_another_provider() {
    let shared = json!({"provider": "openai", "base_url": "http://localhost:8000/v1", "model": "local"});
    let config =
        with(&[("llm", shared), ("topics.llm", json!({"provider": "anthropic", "model": "claude-sonnet-4-5"}))]);
    assert_eq!(read(&config).topics.llm.base_url, None);
    assert_eq!(read(&config).generation.llm.base_url.as_deref(), Some("http://localhost:8000/v1"));
    assert!(warnings(&config).iter().any(|issue| issue.message.contains("`llm.base_url` is not used here")));
}

#[test]
fn names_the_provider_that_was_meant() {
    for (written, part) in [
        ("OpenAI", "did you mean \"openai\"?"),
        ("openia", "did you mean \"openai\"?"),
        ("google", "did you mean \"gemini\"?"),
        ("Claude", "did you mean \"anthropic\"?"),
        ("lmstudio", "any OpenAI-compatible server works with `provider: openai` and `base_url`"),
        ("", "any OpenAI-compatible server"),
    ] {
        let found = errors(&with(&[("llm.provider", json!(written))]));
        assert_eq!(found.len(), 1, "{written}: {found:#?}");
        assert_eq!(found[0].path, "llm.provider");
        assert!(words(&found[0]).contains(part), "{}", words(&found[0]));
    }
}

#[test]
fn says_a_mistake_in_the_shared_section_once() {
    let found = errors(&with(&[("llm", json!({"temperature": 9, "rate_limit": {"jitter": "perhaps"}}))]));
    assert_eq!(found.len(), 2, "{found:#?}");
    let overridden = with(&[
        ("llm.temperature", json!(9)),
        ("llm.rate_limit", json!({"max_delay": 700})),
        ("topics.llm.temperature", json!(1)),
        ("generation.llm.temperature", json!(1)),
        ("topics.rate_limit.max_delay", json!(10)),
        ("generation.rate_limit.max_delay", json!(10)),
    ]);
    assert_eq!(errors(&overridden).len(), 2);
}

#[test]
fn gives_each_provider_its_own_patience() {
    let limits = |provider: &str| topics_limits(&[("llm", json!({"provider": provider, "model": "m"}))]);
    let common = limits("openai");
    assert_eq!((common.max_retries, common.base_delay, common.max_delay), (5, 1.0, 60.0));
    assert_eq!((common.backoff_strategy, common.exponential_base), (BackoffStrategy::ExponentialJitter, 2.0));
    assert!(common.jitter && common.respect_retry_after);
    assert_eq!(common.retry_on_status_codes, [429, 500, 502, 503, 504]);
    assert_eq!(
        common.retry_on_exceptions,
        [TransportException::Timeout, TransportException::Connection, TransportException::Network]
    );
    assert!(common.check_headers && common.parse_quota_details && common.daily_quota_aware);
    assert!(!common.gradual_rampup && !common.preemptive_backoff);
    assert_eq!(common.preemptive_threshold, 0.1);
    assert_eq!(limits("anthropic"), RateLimitConfig { gradual_rampup: true, ..common.clone() });
    // 402 says that the account is out of credit: no retry helps.
    assert_eq!(limits("openrouter"), common);

    let gemini = limits("gemini");
    assert_eq!((gemini.max_retries, gemini.base_delay, gemini.max_delay), (5, 2.0, 120.0));
    assert!(gemini.parse_quota_details && gemini.daily_quota_aware && !gemini.check_headers);
    let ollama = limits("ollama");
    assert_eq!((ollama.max_retries, ollama.base_delay, ollama.max_delay), (2, 0.5, 5.0));
    assert_eq!(ollama.retry_on_status_codes, [500, 502, 503, 504]);
}

#[test]
fn takes_limits_from_the_section_then_from_the_shared_one() {
    let keys = [
        ("llm.rate_limit", json!({"base_delay": 3, "max_retries": 8, "requests_per_minute": 60})),
        ("topics.rate_limit", json!({"max_retries": 1, "tokens_per_minute": 1000, "backoff_strategy": "linear"})),
    ];
    let limits = topics_limits(&keys);
    assert_eq!((limits.max_retries, limits.base_delay, limits.max_delay), (1, 3.0, 60.0));
    assert_eq!((limits.requests_per_minute, limits.tokens_per_minute), (Some(60), Some(1000)));
    assert_eq!(limits.backoff_strategy, BackoffStrategy::Linear);
    let limits = read(&with(&keys)).generation.rate_limit;
    assert_eq!((limits.max_retries, limits.tokens_per_minute), (8, None));
}

#[test]
fn what_is_known_of_a_provider_can_be_said_otherwise() {
    let written = json!({
        "retry_on_exceptions": ["network", "timeout", "network"],
        "check_headers": false,
        "preemptive_backoff": true,
        "preemptive_threshold": "0.25",
        "gradual_rampup": "off",
        "parse_quota_details": false,
        "daily_quota_aware": false,
    });
    let shared = json!({"provider": "anthropic", "model": "m", "rate_limit": written});
    let limits = topics_limits(&[("llm", shared), ("topics.rate_limit", json!({"check_headers": true}))]);
    assert_eq!(limits.retry_on_exceptions, [TransportException::Network, TransportException::Timeout]);
    assert!(limits.check_headers && limits.preemptive_backoff);
    assert_eq!(limits.preemptive_threshold, 0.25);
    assert!(!limits.gradual_rampup && !limits.parse_quota_details && !limits.daily_quota_aware);
    assert_eq!(topics_limits(&[("llm.rate_limit", json!({"retry_on_exceptions": []}))]).retry_on_exceptions, []);
}

#[test]
fn counts_retries_from_the_nearest_key_that_says_so() {
    let retries = |keys: &[(&str, Value)]| read(&with(keys)).generation.rate_limit.max_retries;
    let ollama = ("generation.llm", json!({"provider": "ollama", "model": "m"}));
    let written = ("generation.max_retries", json!(4));
    let shared = ("llm.rate_limit", json!({"max_retries": 7}));
    let own = ("generation.rate_limit", json!({"max_retries": 9}));
    assert_eq!(retries(&[]), 5);
    assert_eq!(retries(&[("generation.rate_limit", json!({"base_delay": 2}))]), 5);
    assert_eq!(retries(std::slice::from_ref(&ollama)), 2);
    assert_eq!(retries(std::slice::from_ref(&written)), 4);
    assert_eq!(retries(&[written.clone(), ollama]), 4);
    assert_eq!(retries(&[written.clone(), shared.clone()]), 7);
    assert_eq!(retries(&[written.clone(), shared, own]), 9);
    assert_eq!(read(&with(&[written])).topics.rate_limit.max_retries, 5);
    assert_eq!(retries(&[("generation.max_retries", json!(0))]), 0);
}

#[test]
fn keeps_limits_within_reason() {
    for (key, wrong, part) in [
        ("max_retries", json!(21), "from 0 to 20"),
        ("base_delay", json!(0), "from 0.1 to 60"),
        ("max_delay", json!(0.5), "from 1 to 600"),
        ("max_delay", json!(301), "from 1 to 300 but for Gemini"),
        ("backoff_strategy", json!("fibonacci"), "\"linear\" or \"constant\""),
        ("exponential_base", json!(1), "from 1.1 to 10"),
        ("jitter", json!("some"), "true or false"),
        ("retry_on_status_codes", json!(429), "list of HTTP statuses"),
        ("retry_on_status_codes", json!([200]), "from 400 to 599"),
        ("retry_on_exceptions", json!("timeout"), "must be a list of timeout, connection or network"),
        ("retry_on_exceptions", json!(["timeuot"]), "must be timeout, connection or network, not \"timeuot\""),
        ("retry_on_exceptions", json!([429]), "must be timeout, connection or network, not 429"),
        ("check_headers", json!("sometimes"), "true or false"),
        ("preemptive_backoff", json!(1), "true or false"),
        ("preemptive_threshold", json!(1.5), "from 0 to 1"),
        ("preemptive_threshold", json!(-0.1), "from 0 to 1"),
        ("gradual_rampup", json!([]), "true or false"),
        ("parse_quota_details", json!("maybe"), "true or false"),
        ("daily_quota_aware", json!(0), "true or false"),
        ("requests_per_minute", json!(0), "of at least 1"),
        ("tokens_per_minute", json!("many"), "of at least 1"),
        ("input_tokens_per_minute", json!(0.5), "of at least 1"),
        ("output_tokens_per_minute", json!(-1), "of at least 1"),
    ] {
        let found = errors(&with(&[(&format!("generation.rate_limit.{key}"), wrong)]));
        assert_eq!(found.len(), 1, "{key}: {found:#?}");
        assert!(found[0].message.contains(part), "{key}: {}", found[0].message);
    }
    let gemini = json!({"provider": "gemini", "model": "m"});
    assert_eq!(topics_limits(&[("llm", gemini), ("topics.rate_limit.max_delay", json!(600))]).max_delay, 600.0);
}

#[test]
fn refuses_a_first_delay_beyond_the_greatest() {
    let found = errors(&with(&[("topics.rate_limit", json!({"base_delay": 30, "max_delay": 10}))]));
    assert_eq!((found.len(), found[0].path.as_str()), (1, "topics.rate_limit.base_delay"));
    assert!(words(&found[0]).contains("(30) must not be greater than max_delay (10) (write `max_delay: 30` or more)"));

    // The greatest delay comes from the provider here, and only one of the two sections has it.
    let ollama = ("topics.llm", json!({"provider": "ollama", "model": "m"}));
    let found = errors(&with(&[ollama, ("llm.rate_limit", json!({"base_delay": 10}))]));
    assert_eq!((found.len(), found[0].path.as_str()), (1, "llm.rate_limit.base_delay"));
}

#[test]
fn reads_addresses_of_servers_only() {
    for wrong in
        ["localhost", "ftp://x", "https://user:pass@x.example", "https://x.example/v1?key=abc", "https://x.example/#a"]
    {
        let found = errors(&with(&[("llm.base_url", json!(wrong))]));
        assert_eq!((found.len(), found[0].path.as_str()), (1, "llm.base_url"), "{wrong}");
        assert!(!words(&found[0]).contains("x.example"));
    }
}
