//! Where a dataset goes: the section `huggingface`, and the sections that are read elsewhere.

use super::keys;
use super::reader::Section;
use super::types::HuggingFaceConfig;
use crate::search;

/// Reads the section `huggingface`.
pub(super) fn read(root: &Section<'_>) -> Option<HuggingFaceConfig> {
    let section = root.section("huggingface", keys::HUGGINGFACE);
    if !section.exists() {
        return None;
    }
    let repository = section.required_text("repository", "write `repository: user/name`");
    if !repository.is_empty() && !is_repository(&repository) {
        let message = "must be `user/name`: letters, digits, `-`, `_` and `.`, at most 96 characters";
        section.error("repository", message, Some("write only `user/name`, without an address"));
    }
    Some(HuggingFaceConfig { repository, tags: section.texts("tags").unwrap_or_default() })
}

/// Whether a text is `user/name` as the Hub allows it. The name becomes part of an address.
pub(crate) fn is_repository(name: &str) -> bool {
    let is_part = |part: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let edge = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        part.bytes().all(allowed)
            && edge(part.bytes().next())
            && edge(part.bytes().last())
            && !search::contains(part, "..")
    };
    name.len() <= 96 && name.split_once('/').is_some_and(|(user, name)| is_part(user) && is_part(name))
}

/// Warns about the sections that DeepFabric knows and nothing here reads.
pub(super) fn warn_about_foreign_sections(root: &Section<'_>) {
    for (key, why) in [
        ("evaluation", "models are not evaluated"),
        ("kaggle", "datasets are published to the Hugging Face Hub"),
        ("deepfabric_cloud", "datasets are published to the Hugging Face Hub"),
    ] {
        if root.mapping(key).is_some() {
            root.no_effect(key, why);
        }
    }
}
