//! The documentation tells of every key, and its example works.

use crate::config::{check, keys, parse};

const DOCUMENT: &str = include_str!("../../../docs/configuration.md");

/// The blocks of YAML in the document.
fn examples() -> Vec<String> {
    let block = |part: &str| part.split_once("\n```").map(|(text, _)| text.to_owned());
    DOCUMENT.split("```yaml\n").skip(1).filter_map(block).collect()
}

#[test]
fn the_example_of_the_documentation_works() {
    let examples = examples();
    assert!(!examples.is_empty());
    for example in examples {
        assert_eq!(check(&example), [], "{example}");
        parse(&example).unwrap();
    }
}

#[test]
fn every_key_is_documented() {
    for (section, keys) in keys::SECTIONS {
        for key in *keys {
            let key = keys::name(key);
            assert!(DOCUMENT.contains(&format!("`{key}`")), "{key} of {section} is not in docs/configuration.md");
        }
    }
}
