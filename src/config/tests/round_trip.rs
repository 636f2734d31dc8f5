//! A configuration that was read and written out is the same configuration, and a tidy one.

use serde_json::{Value, json};

use super::{agentic, minimal, published, set};
use crate::config::{Config, check_value, parse, parse_value};

#[track_caller]
fn survives(config: &Config) {
    let written = serde_json::to_value(config).unwrap();
    assert_eq!(check_value(&written), [], "{written:#}");
    assert_eq!(parse_value(&written).unwrap(), *config, "{written:#}");
    assert_eq!(parse(&serde_json::to_string_pretty(&written).unwrap()).unwrap(), *config);
}

#[test]
fn published_configurations_survive() {
    for (_, text) in published::texts() {
        survives(&parse(&text).unwrap());
    }
}

/// Values for keys, from which configurations are thrown together; some are wrong, and many do not go together.
fn choices() -> Vec<(&'static str, Vec<Value>)> {
    vec![
        ("seed", vec![json!(0), json!(42), json!(9_007_199_254_740_991u64)]),
        ("budget", vec![json!(null), json!({"max_requests": 5}), json!({"max_tokens": 1e6, "max_cost": "0.5"})]),
        ("llm.price", vec![json!(null), json!({"input": 2.5, "output": 10}), json!({"input": 0, "output": "1e-1"})]),
        ("llm.stream", vec![json!(true), json!("no")]),
        ("llm.timeout", vec![json!(null), json!({"first_answer": 5, "total": 0.5e2}), json!({"silence": 30})]),
        (
            "llm",
            vec![
                json!(null),
                json!({"provider": "gemini", "model": "g"}),
                json!({"provider": "anthropic", "model": "c"}),
                json!({"model": "shared", "temperature": 0}),
            ],
        ),
        (
            "llm.rate_limit",
            vec![json!(null), json!({"max_retries": 9, "requests_per_minute": 60}), json!({"base_delay": 4})],
        ),
        ("topics.mode", vec![json!("tree"), json!("graph")]),
        ("topics.depth", vec![json!(1), json!("5"), json!(9.0)]),
        ("topics.degree", vec![json!(1), json!(10), json!(50)]),
        ("topics.prompt_style", vec![json!("default"), json!("isolated"), json!("anchored")]),
        ("topics.sample_nodes", vec![json!("leaves"), json!("all")]),
        ("topics.save_as", vec![json!(null), json!("topics.jsonl")]),
        ("topics.llm", vec![json!(null), json!({"provider": "openai"}), json!({"provider": "ollama", "model": "m"})]),
        ("topics.llm.price", vec![json!(null), json!({"input": 3, "output": 15, "cached_input": 0.3})]),
        ("topics.llm.stream", vec![json!(true), json!(false)]),
        ("topics.llm.timeout", vec![json!(null), json!({"total": 60})]),
        (
            "topics.rate_limit",
            vec![
                json!(null),
                json!({"check_headers": true, "jitter": "no"}),
                json!({"max_delay": 400}),
                json!({"gradual_rampup": false, "parse_quota_details": "off", "daily_quota_aware": false}),
                json!({"preemptive_backoff": true, "preemptive_threshold": 0.3, "retry_on_exceptions": ["timeout"]}),
                json!({"token_bucket_aware": true, "check_credits": false, "retry_on_exceptions": []}),
            ],
        ),
        ("generation.conversation.type", vec![json!("basic"), json!("cot"), json!("chain_of_thought")]),
        ("generation.conversation.reasoning_style", vec![json!(null), json!("freetext"), json!("hybrid")]),
        ("generation.conversation.agent_mode", vec![json!(null), json!("single_turn"), json!("multi_turn")]),
        ("generation.conversation.max_turns", vec![json!(2), json!(10)]),
        (
            "generation.tools",
            vec![
                json!(null),
                json!({"spin_endpoint": "http://localhost:3000"}),
                json!({"components": {"builtin": ["read_file"]}, "strict": "off", "scenario_seed": {"files": {"a": "b"}}}),
                json!({"custom": [{"name": "x", "deep": {"y": [1, null]}}], "tool_inclusion": "all"}),
                json!({"available": ["read_file", "list_files"]}),
                json!({"components": {"mock": ["a", "b"]}, "tools_endpoint": "http://x/y?v=1", "tool_execute_path": "/mock/execute"}),
            ],
        ),
        (
            "generation.output_schema",
            vec![json!(null), json!(null), json!({"type": "object", "properties": {"b": {}, "a": {}}})],
        ),
        (
            "generation.quality",
            vec![
                json!(null),
                json!({"duplicate_threshold": false, "check_language": "no"}),
                json!({"duplicate_threshold": 0.95, "min_answer_characters": 20, "max_answer_characters": 1e4}),
            ],
        ),
        ("generation.max_retries", vec![json!(0), json!(10)]),
        ("generation.save_as", vec![json!(null), json!("x")]),
        ("generation.rate_limit", vec![json!(null), json!({"retry_on_status_codes": [402, 429, 429]})]),
        (
            "output.num_samples",
            vec![json!("auto"), json!("12.3456789%"), json!("0.000001%"), json!(5), json!("99999.999999%")],
        ),
        ("output.system_prompt", vec![json!(null), json!(""), json!("  own \n")]),
        ("output.format", vec![json!("messages"), json!("custom")]),
        ("output.checkpoint", vec![json!(null), json!({"interval": 5, "path": "here", "retry_failed": true})]),
        ("output.formatters", vec![json!(null), json!([])]),
        ("huggingface", vec![json!(null), json!({"repository": "user/name-1.0", "tags": ["a"]})]),
        ("kaggle", vec![json!(null), json!({"handle": "a/b"})]),
    ]
}

#[test]
fn configurations_thrown_together_survive_if_they_work() {
    let choices = choices();
    let mut state = 1u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let mut survivors = 0;
    for _ in 0..4000 {
        let mut config = if random(3) == 0 { agentic() } else { minimal() };
        for _ in 0..random(8) {
            let (path, values) = &choices[random(choices.len())];
            config = set(config, &[(path, values[random(values.len())].clone())]);
        }
        if let Ok(config) = parse_value(&config) {
            survives(&config);
            survivors += 1;
        }
    }
    assert!(survivors > 1000, "only {survivors} of the configurations worked");
}

#[test]
fn every_choice_works_somewhere() {
    let base = || agentic();
    for (path, values) in choices() {
        for value in values {
            let alone = set(minimal(), &[(path, value.clone())]);
            let with_tools = set(base(), &[(path, value.clone())]);
            let in_tree = set(alone.clone(), &[("topics.mode", json!("tree"))]);
            let reasoning = set(alone.clone(), &[("generation.conversation.type", json!("cot"))]);
            let styled = set(alone.clone(), &[("generation.conversation.reasoning_style", json!("freetext"))]);
            let schema =
                set(alone.clone(), &[("generation.output_schema", json!({})), ("output.format", json!("custom"))]);
            let gemini = set(alone.clone(), &[("topics.llm", json!({"provider": "gemini", "model": "g"}))]);
            let priced = set(alone.clone(), &[("llm", json!({"price": {"input": 1, "output": 2}}))]);
            let candidates = [alone, with_tools, in_tree, reasoning, styled, schema, gemini, priced];
            let works = candidates.iter().any(|config| parse_value(config).is_ok());
            assert!(works, "{path}: {value}");
        }
    }
}
