//! The configurations that DeepFabric publishes work as they are.

use std::path::{Path, PathBuf};

use crate::config::{Config, check, parse};
use crate::error::Severity;

/// Their names and texts; none where the inputs are not beside the repository.
pub(super) fn texts() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = ["../shared/inputs/configs", "../../shared/inputs/configs"].map(|folder| root.join(folder));
    let Some(folder) = folder.iter().find(|folder| folder.is_dir()) else {
        println!("skipped: the published configurations are not beside the repository");
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    assert!(!files.is_empty());
    let name = |file: &Path| file.file_name().unwrap().to_string_lossy().into_owned();
    files.iter().map(|file| (name(file), std::fs::read_to_string(file).unwrap())).collect()
}

fn find(name: &str) -> Option<Config> {
    texts().iter().find(|(file, _)| file == name).map(|(_, text)| parse(text).unwrap())
}

#[test]
fn reads_every_published_configuration_without_an_error() {
    for (name, text) in texts() {
        let found: Vec<_> = check(&text).into_iter().filter(|issue| issue.severity == Severity::Error).collect();
        assert_eq!(found, [], "{name}");
        parse(&text).unwrap();
    }
}

#[test]
fn warns_only_about_keys_without_effect() {
    for (name, text) in texts() {
        let found: Vec<String> = check(&text).into_iter().map(|issue| issue.path).collect();
        let expected: &[&str] = match name.as_str() {
            "agent-tools.yaml" => &["generation.scenario_seed"],
            "complete.yaml" => &["generation.save_as", "output.formatters"],
            _ => &[],
        };
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn reads_what_the_authors_wrote() {
    if let Some(config) = find("spin-blender.yaml") {
        assert_eq!((config.topics.depth, config.topics.degree, config.topics.max_concurrent), (5, 5, 3));
        assert_eq!((config.topics.rate_limit.max_retries, config.topics.rate_limit.max_delay), (7, 180.0));
        assert_eq!(config.generation.llm.model, "gpt-4.1-2025-04-14");
        let tools = config.generation.tools.unwrap();
        assert_eq!(tools["tool_execute_path"], "/mock/execute");
        assert_eq!(tools["components"]["mock"].as_array().unwrap().len(), 21);
    }
    if let Some(config) = find("complete.yaml") {
        assert_eq!((config.generation.llm.model.as_str(), config.generation.llm.temperature), ("gemma3:4b", 0.3));
        assert_eq!(config.huggingface.unwrap().tags.len(), 4);
    }
    if let Some(config) = find("agent-tools.yaml") {
        let tools = config.generation.tools.unwrap();
        let files = tools["scenario_seed"]["files"].as_object().unwrap();
        assert_eq!(files.keys().collect::<Vec<_>>(), ["Dockerfile", "main.py", "config.json"]);
        assert!(files["main.py"].as_str().unwrap().starts_with("def greet(name):\n    return f\""));
    }
}
