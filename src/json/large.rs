//! Large documents. They are read piece by piece: a list of a hundred thousand items is never in memory as a whole.

use serde::Serialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::error::Error;

/// Why a document was not read to its end.
pub(crate) enum Unread {
    /// It is no JSON.
    NotJson(serde_json::Error),
    /// What took the pieces refused one.
    Refused(Error),
}

/// What takes the pieces, each with its path: the keys that lead to it. An item of a list has the path of the list.
pub(crate) type Take<'a> = dyn FnMut(&[String], Value) -> Result<(), Error> + 'a;

/// Reads a document of which the parts at some paths `are_large`: their fields or items are handed over one after the other,
/// in their order, unless they are large themselves. The document itself, whose path is empty, always is.
///
/// # Errors
/// The text is no JSON, a large part is neither an object nor a list, or `take` refused a piece.
pub(crate) fn read(text: &str, are_large: fn(&[String]) -> bool, take: &mut Take<'_>) -> Result<(), Unread> {
    let mut reader = Reader { path: Vec::new(), are_large, take, refused: None };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let outcome = reader.deserialize(&mut deserializer).and_then(|()| deserializer.end());
    match reader.refused {
        Some(error) => Err(Unread::Refused(error)),
        None => outcome.map_err(Unread::NotJson),
    }
}

/// Writes a document of about so many bytes, for which memory is taken at once: a text that grows is copied again and again.
pub(crate) fn written(document: &impl Serialize, length: usize) -> String {
    let mut text = Vec::with_capacity(length);
    // Texts and numbers always serialise, and JSON is always text.
    match serde_json::to_writer(&mut text, document) {
        Ok(()) => String::from_utf8(text).unwrap_or_default(),
        Err(_) => String::new(),
    }
}

/// Where the reading has come to.
struct Reader<'a, 'b> {
    path: Vec<String>,
    are_large: fn(&[String]) -> bool,
    take: &'a mut Take<'b>,
    refused: Option<Error>,
}

impl Reader<'_, '_> {
    fn hand_over<E: serde::de::Error>(&mut self, piece: Value) -> Result<(), E> {
        (self.take)(&self.path, piece).map_err(|error| {
            self.refused = Some(error);
            E::custom("")
        })
    }
}

impl<'de> DeserializeSeed<'de> for &mut Reader<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Reader<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an object or a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        while let Some(key) = fields.next_key()? {
            self.path.push(key);
            match (self.are_large)(&self.path) {
                true => fields.next_value_seed(&mut *self)?,
                false => self.hand_over(fields.next_value()?)?,
            }
            self.path.pop();
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(piece) = items.next_element()? {
            self.hand_over(piece)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;
    use serde_json::json;

    fn pieces(text: &str) -> Result<Vec<(String, Value)>, Unread> {
        let mut pieces = Vec::new();
        let are_large = |path: &[String]| match path {
            [part] => part == "nodes" || part == "topics",
            [part, _] => part == "nodes",
            _ => false,
        };
        read(text, are_large, &mut |path, piece| {
            pieces.push((path.join("/"), piece));
            Ok(())
        })?;
        Ok(pieces)
    }

    #[test]
    fn hands_over_what_is_in_large_parts_piece_by_piece() {
        let text = r#"{"mode": "graph", "topics": [1, {"id": 2}], "nodes": {"0": {"id": 0, "in": {"a": 1}}, "1": {}}}"#;
        let expected = [
            ("mode", json!("graph")),
            ("topics", json!(1)),
            ("topics", json!({"id": 2})),
            ("nodes/0/id", json!(0)),
            ("nodes/0/in", json!({"a": 1})),
        ];
        let expected = expected.map(|(path, piece)| (path.to_owned(), piece));
        assert_eq!(pieces(text).ok().unwrap(), expected);
    }

    #[test]
    fn what_is_no_document_of_that_kind_is_refused() {
        for text in ["", "1", "{", r#"{"topics": 1}"#, r#"{"topics": []} {}"#, r#"{"nodes": {"0": {"id": 1}"#] {
            assert!(matches!(pieces(text), Err(Unread::NotJson(_))), "{text}");
        }
    }

    #[test]
    fn a_refusal_ends_the_reading() {
        let mut taken = 0;
        let outcome = read("[1, 2, 3]", |_| false, &mut |_, piece| {
            taken += 1;
            if piece == 2 { Err(Error::new(Code::Config, "no")) } else { Ok(()) }
        });
        assert!(matches!(outcome, Err(Unread::Refused(error)) if error.message() == "no"));
        assert_eq!(taken, 2);
    }
}
