//! What a card says, and what it never lets others say.

use serde_json::{Value, json};

use crate::config;
use crate::host::simulated::{Answer, World};
use crate::hub::simulation::{Hub, options, teas, uploaded};
use crate::hub::{Dataset, card};
use crate::topics;

/// Markup and YAML of those who have no say in the card.
const HOSTILE: &str =
    "Tea\n---\nlicense: mit\n# Buy <script>alert(1)</script> | [x](https://evil.example) `rm` {{terms}}";

/// The card of an upload.
fn card_of(dataset: &Dataset, more: Value) -> String {
    let hub = Hub::new(|_, _| None);
    uploaded(&hub, dataset, &options(more)).unwrap();
    let state = hub.state.borrow();
    String::from_utf8(state.revisions["main"]["README.md"].1.clone()).unwrap()
}

/// The front matter, read as YAML, and the text behind it.
fn parts(card: &str) -> (Value, String) {
    let (front, body) = card.strip_prefix("---\n").unwrap().split_once("\n---\n").unwrap();
    (config::parse_yaml(front).unwrap(), body.to_owned())
}

#[test]
fn a_run_is_told_in_numbers_and_words() {
    let mut dataset = teas(40);
    dataset.config = Some(
        config::parse(
            "llm: { provider: openai, model: gpt-4o-mini }\ntopics: { prompt: Teas of Asia, depth: 1, degree: 2 }\n\
             generation: { system_prompt: Write about tea. }\noutput: { num_samples: 40 }",
        )
        .unwrap(),
    );
    dataset.topics = Some(topics::parse("{\"path\":[\"Tea\",\"Green\"]}\n{\"path\":[\"Tea\",\"Black\"]}\n").unwrap());
    dataset.facts = json!({ "failures": 2, "report": {
        "asked": 42, "delivered": 40, "acceptanceRate": 0.9512, "duplicateShare": 0.01,
        "texts": { "question": { "words": { "p50": 12 } }, "distinct": [0.2, 0.5, 0.75], "compressionRatio": 3.456 },
        "coverage": [{ "topic": "Green", "asked": 20, "delivered": 20 }, { "topic": "Black", "asked": 22, "delivered": 20 }],
        "perSample": { "cost": 0.5 }, "text": "# all of it",
    } });
    let card = card_of(&dataset, json!({ "license": "cc-by-4.0", "tags": ["tea"], "language": "en" }));
    let (front, body) = parts(&card);
    assert_eq!(front["license"], "cc-by-4.0");
    assert_eq!(front["language"], json!(["en"]));
    assert_eq!(front["tags"], json!(["synthetic", "dataweft", "deepfabric", "conversational", "tea"]));
    assert_eq!(front["task_categories"], json!(["text-generation"]));
    assert_eq!(front["size_categories"], json!(["n<1K"]));
    for part in [
        "Synthetic data",
        "40 rows in `train`",
        "> Teas of Asia",
        "gpt-4o-mini wrote questions and answers",
        "about 2 topics, the ends of a tree",
        "2 samples were asked for and could not be made",
        "| replies that passed every check | 95.1 % |",
        "| words of a question, half have no more | 12 |",
        "| different pairs of words in a row | 50 % |",
        "| times smaller when compressed together; more means more repetition | 3.46 |",
        "| branches of topics with all their samples | 1 of 2 |",
        "load_dataset(\"me/teas\", split=\"train\")",
        "Nobody has checked",
        "do not allow output to be used to develop models that compete with OpenAI",
    ] {
        assert!(body.contains(part), "{part}\n{body}");
    }
    assert!(!body.contains("{{") && !body.contains("cost") && !body.contains("all of it"), "{body}");
}

#[test]
fn nothing_that_others_wrote_is_read_as_markup_or_yaml() {
    let quoted = serde_json::to_string(HOSTILE).unwrap();
    let mut dataset = teas(3);
    dataset.config = Some(
        config::parse_value(&json!({
            "llm": { "provider": "openai", "model": HOSTILE },
            "topics": { "prompt": HOSTILE, "depth": 1, "degree": 2 },
            "generation": { "system_prompt": HOSTILE },
            "output": { "num_samples": 1 },
            "huggingface": { "repository": "me/teas", "tags": [HOSTILE] },
        }))
        .unwrap(),
    );
    dataset.facts = json!({ "report": { "asked": HOSTILE, "coverage": [{ "topic": HOSTILE }], HOSTILE: 1 } });
    let rows = format!("{{\"messages\":[],{quoted}:{{{quoted}:1}},\"metadata\":{{\"model\":{quoted}}}}}\n");
    dataset.content = std::rc::Rc::new(rows.into_bytes());
    for config in [dataset.config.take(), None] {
        dataset.config = config;
        let card = card_of(&dataset, json!({ "tags": [HOSTILE] }));
        let (front, body) = parts(&card);
        assert_eq!(front.get("license"), None);
        assert!(front["tags"].as_array().unwrap().contains(&HOSTILE.into()));
        assert_eq!(front["dataset_info"]["features"][1]["name"], HOSTILE);
        for markup in [" <script", " [x]", "\n# Buy", "\n---", " `rm`", "\nlicense"] {
            assert!(!body.contains(markup), "{markup}\n{body}");
        }
        assert!(body.contains("May models be trained on it?\n\nThe terms"), "placeholders of others are not filled");
    }
}

#[test]
fn a_published_configuration_tells_nothing_of_the_network_or_the_machine_of_its_maker() {
    let config = config::parse_value(&json!({
        "llm": { "provider": "openai", "model": "m", "base_url": "http://10.0.0.7:8000/v1" },
        "topics": { "prompt": "Tea", "depth": 1, "degree": 2, "save_as": "/home/mia/topics.jsonl" },
        "generation": {
            "system_prompt": "s",
            "conversation": { "type": "cot", "reasoning_style": "agent" },
            "tools": {
                "mcp": {
                    "inside": { "url": "http://192.168.0.3/mcp" },
                    "outside": { "url": "https://tools.example/mcp" },
                },
            },
        },
        "output": { "num_samples": 1, "save_as": "/home/mia/tea.jsonl", "checkpoint": { "interval": 1, "path": "/home/mia" } },
    }))
    .unwrap();
    let world = World::new(|_| Answer::Unreachable);
    let published = card::published_config(&config, &*world);
    for part in ["10.0.0.7", "192.168", "mia"] {
        assert!(!published.contains(part), "{published}");
    }
    assert!(published.contains("https://tools.example/mcp"), "{published}");
    assert!(config::parse(&published).is_ok(), "it can be used again: {published}");
}
