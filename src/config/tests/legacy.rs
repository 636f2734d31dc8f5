//! Older layouts still work, and every move is said.

use serde_json::{Value, json};

use super::{errors, read, warnings, with, words};
use crate::config::{AgentMode, ConversationType, ProviderName, ReasoningStyle, SampleCount, TopicMode, check, parse};
use crate::error::Severity;

fn old_layout() -> Value {
    json!({
        "dataset_system_prompt": "You help",
        "topic_tree": {
            "topic_prompt": "Rivers",
            "topic_system_prompt": "Be broad",
            "provider": "gemini",
            "model": "gemini-2.5-flash",
            "temperature": 0.6,
            "degree": 4,
            "depth": 3,
            "base_url": null,
            "save_as": "topics.jsonl"
        },
        "data_engine": {
            "generation_system_prompt": "Write about rivers",
            "instructions": "Be brief",
            "provider": "openai",
            "model": "gpt-4o-mini",
            "temperature": 0.3,
            "max_retries": 4,
            "conversation_type": "chain_of_thought",
            "reasoning_style": "structured",
            "agent_mode": "multi_turn",
            "available_tools": ["read_file"],
            "custom_tools": [],
            "max_tools_per_query": 2,
            "max_tools_strict": false,
            "save_as": "raw.jsonl"
        },
        "dataset": {
            "creation": {"num_steps": 5, "batch_size": 1, "sys_msg": false},
            "save_as": "final.jsonl",
            "formatters": []
        }
    })
}

#[test]
fn migrates_the_layout_before_version_4() {
    let config = read(&old_layout());
    let topics = &config.topics;
    assert_eq!(
        (topics.mode, topics.prompt.as_str(), topics.system_prompt.as_str()),
        (TopicMode::Tree, "Rivers", "Be broad")
    );
    assert_eq!((topics.degree, topics.depth, topics.save_as.as_deref()), (4, 3, Some("topics.jsonl")));
    assert_eq!((topics.llm.provider, topics.llm.temperature), (ProviderName::Gemini, 0.6));
    let generation = &config.generation;
    assert_eq!(
        (generation.system_prompt.as_str(), generation.instructions.as_str()),
        ("Write about rivers", "Be brief")
    );
    assert_eq!((generation.llm.model.as_str(), generation.rate_limit.max_retries), ("gpt-4o-mini", 4));
    let conversation = &generation.conversation;
    assert_eq!((conversation.kind, conversation.reasoning_style), (ConversationType::Cot, Some(ReasoningStyle::Agent)));
    assert_eq!(conversation.agent_mode, Some(AgentMode::MultiTurn));
    let tools = generation.tools.as_ref().unwrap();
    assert_eq!((&tools["components"], &tools["strict"]), (&json!({"builtin": ["read_file"]}), &json!(false)));
    assert_eq!(tools["max_per_query"], json!(2));
    let output = &config.output;
    assert_eq!((output.system_prompt.as_str(), output.include_system_message), ("You help", false));
    assert_eq!((output.num_samples, output.save_as.as_str()), (SampleCount::Exactly(5), "final.jsonl"));
}

#[test]
fn names_the_replacement_of_every_moved_key() {
    let said: Vec<String> = warnings(&old_layout()).iter().map(words).collect();
    for (old, new) in [
        ("dataset_system_prompt", "output.system_prompt"),
        ("topic_tree.topic_prompt", "topics.prompt"),
        ("topic_tree.model", "topics.llm.model"),
        ("data_engine.generation_system_prompt", "generation.system_prompt"),
        ("data_engine.conversation_type", "generation.conversation.type"),
        ("data_engine.max_tools_per_query", "generation.tools.max_per_query"),
        ("dataset.creation.num_steps", "output.num_samples"),
        ("dataset.creation.sys_msg", "output.include_system_message"),
        ("dataset.save_as", "output.save_as"),
    ] {
        let sentence = format!("{old}: this key is now `{new}` (write `{new}`)");
        assert_eq!(said.iter().filter(|words| **words == sentence).count(), 1, "{sentence}\n{said:#?}");
    }
    assert!(said.contains(&"topic_tree: this section is now `topics` (write `topics` with `mode: tree`)".to_owned()));
    assert!(said.iter().any(|words| words.starts_with("data_engine.save_as: this key has no effect")));
    assert!(said.iter().any(|words| words.starts_with("dataset.formatters: this key has no effect")));
}

#[test]
fn finds_mistakes_where_they_are_written() {
    let text = "topic_graph:\n  topic_prompt: x\n  depth: 9\n  dgeree: 2\ndata_engine:\n  generation_system_prompt: y\n  rate_limit:\n    jitter: perhaps\ndataset:\n  creation:\n    num_steps: 2\n";
    let found: Vec<String> = check(text)
        .iter()
        .filter(|issue| issue.severity == Severity::Error)
        .map(|issue| format!("{} {}", issue.path, issue.message))
        .collect();
    assert_eq!(found.len(), 3, "{found:#?}");
    assert!(
        found[0].starts_with("topic_graph.depth must be from 1 to 5 for a graph, not 9")
            && found[0].ends_with("(line 3)")
    );
    assert!(found[1].starts_with("topic_graph.dgeree unknown key") && found[1].ends_with("(line 4)"));
    assert!(
        found[2].starts_with("data_engine.rate_limit.jitter must be true or false") && found[2].ends_with("(line 8)")
    );
}

#[test]
fn refuses_old_and_new_keys_that_disagree() {
    let config = |depth: u32| with(&[("topic_graph", json!({"depth": depth})), ("topics.depth", json!(2))]);
    let found = errors(&config(3));
    assert_eq!((found.len(), found[0].path.as_str()), (1, "topic_graph.depth"));
    assert!(found[0].message.contains("`topics.depth` is written too and says something else"));
    assert_eq!(read(&config(2)).topics.depth, 2);

    let found = errors(&with(&[("topic_tree", json!({})), ("topics.mode", json!("graph"))]));
    assert_eq!((found.len(), found[0].path.as_str()), (1, "topic_tree"));

    let mut both = old_layout();
    both["dataset"]["creation"]["provider"] = json!("anthropic");
    let found = errors(&both);
    assert_eq!((found.len(), found[0].path.as_str()), (1, "dataset.creation.provider"));
    assert!(found[0].message.contains("`data_engine.provider` is written too"));
}

#[test]
fn explains_what_steps_were() {
    let config = with(&[("output", json!({})), ("dataset", json!({"creation": {"num_steps": 12, "batch_size": 2}}))]);
    assert_eq!(read(&config).output.num_samples, SampleCount::Exactly(12));
    let said: Vec<String> = warnings(&config).iter().map(words).collect();
    assert!(said.iter().any(|words| words.contains("write `output.num_samples: 24`")), "{said:#?}");
}

#[test]
fn moves_the_seed_files_that_an_example_misplaced() {
    let seed = json!({"files": {"main.py": "print(1)"}});
    let mut config = super::agentic();
    config["generation"]["scenario_seed"] = seed.clone();
    assert_eq!(read(&config).generation.tools.unwrap()["scenario_seed"], seed);
    assert_eq!(
        words(&warnings(&config)[0]),
        "generation.scenario_seed: this key is now `generation.tools.scenario_seed` (write `generation.tools.scenario_seed`)"
    );
    config["generation"]["tools"]["scenario_seed"] = json!({"files": {}});
    assert_eq!(errors(&config).len(), 1);
}

#[test]
fn survives_old_sections_of_the_wrong_shape() {
    for wrong in [json!(null), json!(3), json!("x"), json!([1])] {
        for section in ["topic_tree", "topic_graph", "data_engine", "dataset", "dataset_system_prompt"] {
            let found = errors(&with(&[(section, wrong.clone())]));
            assert_eq!(
                found.len(),
                usize::from(!wrong.is_null() && (section != "dataset_system_prompt" || !wrong.is_string())),
                "{section} {found:?}"
            );
        }
    }
    assert!(parse("topics: x\ntopic_tree: {topic_prompt: y}\n").is_err());
}
