//! A configuration is stored, logged and shown: it holds no access key, and no message repeats one.

use serde_json::{Value, json};

use super::{with, words};
use crate::config::{check, check_value};
use crate::error::Severity;

const SECRET: &str = "s3cr3t-dont-tell";

#[track_caller]
fn keeps_quiet(config: &Value) -> Vec<String> {
    let mut said: Vec<String> = check_value(config).iter().map(words).collect();
    said.extend(check(&config.to_string()).iter().map(words));
    assert!(said.iter().all(|words| !words.contains(SECRET)), "{said:#?}");
    said
}

#[test]
fn refuses_access_keys_and_never_repeats_them() {
    for (path, place) in [
        ("api_key", "`apiKey` option"),
        ("apiKey", "`apiKey` option"),
        ("llm.api_key", "`apiKey` option"),
        ("llm.apiKey", "`apiKey` option"),
        ("llm.API-KEY", "`apiKey` option"),
        ("llm.token", "`apiKey` option"),
        ("llm.openai_api_key", "`apiKey` option"),
        ("topics.llm.key", "`apiKey` option"),
        ("generation.llm.access_token", "`apiKey` option"),
        ("generation.tools.auth_token", "`apiKey` option"),
        ("data_engine.api_key", "`apiKey` option"),
        ("huggingface.token", "`token` option of the upload"),
        ("huggingface.hf_token", "`token` option of the upload"),
    ] {
        let config = with(&[("huggingface.repository", json!("a/b")), (path, json!(SECRET))]);
        let said = keeps_quiet(&config);
        assert!(said.iter().any(|words| words.contains(place)), "{path}: {said:#?}");
        let found = check_value(&config);
        assert!(found.iter().any(|issue| issue.severity == Severity::Error && issue.path == path), "{found:#?}");
    }
}

#[test]
fn repeats_no_value_of_an_unknown_key() {
    for path in ["something", "topics.something", "llm.something", "output.checkpoint.something"] {
        assert!(!keeps_quiet(&with(&[(path, json!(SECRET))])).is_empty());
    }
    assert!(!keeps_quiet(&with(&[("something", json!({"nested": [SECRET]}))])).is_empty());
}

#[test]
fn repeats_no_address_that_holds_a_secret() {
    for url in [
        format!("https://user:{SECRET}@example.com/v1"),
        format!("https://example.com/v1?key={SECRET}"),
        format!("https://example.com/v1?a=b&api-key={SECRET}"),
        format!("https://example.com/v1#{SECRET}"),
        format!("wss://example.com/{SECRET}"),
        SECRET.to_owned(),
    ] {
        for path in ["llm.base_url", "generation.tools.spin_endpoint", "generation.tools.tools_endpoint"] {
            assert!(!keeps_quiet(&with(&[(path, json!(url))])).is_empty(), "{path}");
        }
    }
}

#[test]
fn repeats_nothing_that_looks_like_a_key_or_is_long() {
    let key = "sk-proj-0123456789abcdef";
    let long = "x".repeat(61);
    for value in [key, long.as_str()] {
        for path in ["llm.provider", "llm.temperature", "topics.mode", "topics.depth", "output.num_samples"] {
            let found = check_value(&with(&[(path, json!(value))]));
            assert_eq!(found.len(), 1);
            assert!(!words(&found[0]).contains(value), "{}", words(&found[0]));
        }
    }
}
