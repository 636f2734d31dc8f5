//! Names for topics that stay the same wherever and whenever they are computed.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::hash::hexadecimal;

/// DeepFabric's id of a tree topic: the first 16 hexadecimal digits of the SHA-256 of the path as Python's
/// `json.dumps` writes it, with `", "` between items and everything beyond ASCII escaped.
pub fn of_path(path: &[String]) -> String {
    hexadecimal(Sha256::digest(python_json(path)).get(..8).unwrap_or_default())
}

/// A node's `uuid`: version 8 (RFC 9562, "custom"), made from the path so that the same growth gives the same ids.
pub fn uuid_of_path(path: &[String]) -> String {
    let mut bytes: Vec<u8> = Sha256::digest(python_json(path)).iter().copied().take(16).collect();
    for (position, byte) in bytes.iter_mut().enumerate() {
        match position {
            6 => *byte = (*byte & 0x0f) | 0x80,
            8 => *byte = (*byte & 0x3f) | 0x80,
            _ => {}
        }
    }
    let mut uuid = hexadecimal(&bytes);
    for position in [20, 16, 12, 8] {
        uuid.insert(position, '-');
    }
    uuid
}

/// DeepFabric's `topic_hash`: the SHA-256 of the text.
pub fn hash_of_text(text: &str) -> String {
    hexadecimal(&Sha256::digest(text))
}

fn python_json(path: &[String]) -> String {
    let mut json = String::from("[");
    for (position, item) in path.iter().enumerate() {
        json.push_str(if position == 0 { "\"" } else { ", \"" });
        for character in item.chars() {
            match character {
                '"' => json.push_str("\\\""),
                '\\' => json.push_str("\\\\"),
                '\n' => json.push_str("\\n"),
                '\r' => json.push_str("\\r"),
                '\t' => json.push_str("\\t"),
                '\u{8}' => json.push_str("\\b"),
                '\u{c}' => json.push_str("\\f"),
                ' '..='~' => json.push(character),
                other => {
                    for unit in other.encode_utf16(&mut [0; 2]) {
                        // Writing to a string cannot fail.
                        let _ = write!(json, "\\u{unit:04x}");
                    }
                }
            }
        }
        json.push('"');
    }
    json.push(']');
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(items: &[&str]) -> Vec<String> {
        items.iter().map(|&item| item.to_owned()).collect()
    }

    /// The expected values come from Python: `hashlib.sha256(json.dumps(path).encode()).hexdigest()[:16]`.
    #[test]
    fn tree_ids_are_those_of_deepfabric() {
        let table = [
            (path(&["Root topic", "Child A", "Leaf 1"]), "28e19a75e5e2efcb"),
            (path(&["café ☕ 😀 \u{7f}", "a\"b\\c\n\t\u{8}\u{c}\u{1}"]), "2aaf9d0cd9dfd05c"),
        ];
        for (path, id) in table {
            assert_eq!(of_path(&path), id, "{path:?}");
        }
    }

    #[test]
    fn uuids_have_the_form_of_one() {
        let uuid = uuid_of_path(&path(&["a"]));
        let parts: Vec<&str> = uuid.split('-').collect();
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert!(parts[2].starts_with('8') && "89ab".contains(&parts[3][..1]), "{uuid}");
    }
}
