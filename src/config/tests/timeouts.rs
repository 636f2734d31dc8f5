//! How long a request may take, and whether its reply is read while it is written.

use serde_json::{Value, json};

use super::{errors, read, with, words};
use crate::config::{LlmConfig, TimeoutConfig};

fn topics_llm(keys: &[(&str, Value)]) -> LlmConfig {
    read(&with(keys)).topics.llm
}

#[test]
fn takes_each_timeout_from_the_section_then_from_the_shared_one() {
    let shared = json!({"first_answer": 20, "silence": "7.5", "total": 120});
    let config = read(&with(&[("llm.timeout", shared), ("topics.llm.timeout", json!({"total": 60}))]));
    let expected = TimeoutConfig { first_answer: Some(20.0), silence: Some(7.5), total: Some(60.0) };
    assert_eq!(config.topics.llm.timeout, expected);
    assert_eq!(config.generation.llm.timeout, TimeoutConfig { total: Some(120.0), ..expected });
    // A timeout belongs to no provider.
    let other = json!({"provider": "ollama", "model": "m"});
    let llm = topics_llm(&[("llm.timeout.total", json!(9)), ("topics.llm", other)]);
    assert_eq!(llm.timeout, TimeoutConfig { total: Some(9.0), ..TimeoutConfig::default() });
}

#[test]
fn keeps_timeouts_within_reason() {
    for (key, wrong, part) in [
        ("first_answer", json!(0), "from 0.1 to 3600, not 0"),
        ("silence", json!(-1), "from 0.1 to 3600"),
        ("total", json!(3601), "from 0.1 to 3600"),
        ("total", json!("1m"), "must be a number"),
        ("fist_answer", json!(1), "did you mean \"first_answer\"?"),
    ] {
        for section in ["llm", "topics.llm", "generation.llm"] {
            let found = errors(&with(&[(&format!("{section}.timeout.{key}"), wrong.clone())]));
            assert_eq!(found.len(), 1, "{key} {wrong}: {found:#?}");
            assert!(words(&found[0]).contains(part), "{}", words(&found[0]));
        }
    }
    assert_eq!(errors(&with(&[("llm.timeout", json!(30))])).len(), 1);
}

#[test]
fn refuses_a_part_that_outlasts_the_whole() {
    for key in ["first_answer", "silence"] {
        let found = errors(&with(&[("llm.timeout", json!({key: 30, "total": 20}))]));
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(found[0].path, format!("llm.timeout.{key}"));
        let part = format!("{key} (30) must not be greater than total (20) (write `total: 30` or more");
        assert!(words(&found[0]).contains(&part), "{}", words(&found[0]));
    }
    let found = errors(&with(&[("llm.timeout.total", json!(20)), ("generation.llm.timeout.first_answer", json!(30))]));
    assert_eq!((found.len(), found[0].path.as_str()), (1, "generation.llm.timeout.first_answer"));
}

#[test]
fn reads_replies_as_streams_unless_told_otherwise() {
    assert!(topics_llm(&[]).stream);
    assert!(!topics_llm(&[("llm.stream", json!(false))]).stream);
    assert!(!topics_llm(&[("topics.llm.stream", json!("off"))]).stream);
    assert!(topics_llm(&[("llm.stream", json!(false)), ("topics.llm.stream", json!(true))]).stream);
    for wrong in [json!(null), json!("sometimes"), json!(1)] {
        assert_eq!(errors(&with(&[("llm.stream", wrong)])).len(), 1);
    }
}
