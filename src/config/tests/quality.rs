//! Which samples are good enough.

use serde_json::{Value, json};

use super::{errors, read, with, words};
use crate::config::QualityConfig;

fn quality(value: Value) -> QualityConfig {
    read(&with(&[("generation.quality", value)])).generation.quality
}

#[test]
fn has_a_threshold_of_four_fifths_and_no_bounds_unless_written() {
    let defaults = QualityConfig {
        duplicate_threshold: Some(0.8),
        check_language: true,
        min_question_characters: None,
        max_question_characters: None,
        min_answer_characters: None,
        max_answer_characters: None,
    };
    assert_eq!(quality(json!(null)), defaults);
    assert_eq!(quality(json!({})), defaults);
    let written = json!({
        "duplicate_threshold": "0.9", "check_language": "off",
        "min_question_characters": 10, "max_question_characters": 500, "max_answer_characters": 4e3
    });
    let expected = QualityConfig {
        duplicate_threshold: Some(0.9),
        check_language: false,
        min_question_characters: Some(10),
        max_question_characters: Some(500),
        min_answer_characters: None,
        max_answer_characters: Some(4000),
    };
    assert_eq!(quality(written), expected);
}

#[test]
fn near_duplicates_can_be_allowed() {
    for off in [json!(false), json!(null)] {
        assert_eq!(quality(json!({"duplicate_threshold": off})).duplicate_threshold, None);
    }
    assert_eq!(quality(json!({"duplicate_threshold": 1})).duplicate_threshold, Some(1.0));
}

#[test]
fn keeps_thresholds_and_bounds_within_reason() {
    for (value, part) in [
        (json!({"duplicate_threshold": 0}), "must be a number from 0.01 to 1, not 0"),
        (json!({"duplicate_threshold": 80}), "must be a number from 0.01 to 1, not 80"),
        (json!({"duplicate_threshold": true}), "must be a number"),
        (json!({"check_language": "maybe"}), "must be true or false"),
        (json!({"min_answer_characters": 0}), "of at least 1"),
        (json!({"min_question_characters": 9, "max_question_characters": 8}), "(9) must not be greater than"),
        (json!({"duplicates": 0.8}), "unknown key"),
    ] {
        let found = errors(&with(&[("generation.quality", value.clone())]));
        assert_eq!(found.len(), 1, "{value}: {found:#?}");
        assert!(words(&found[0]).contains(part), "{}", words(&found[0]));
    }
}
