//! Numbers by text: the line of a key, the place of a topic.

use serde_json::{Map, Value};

/// A map from texts to numbers. It is made of JSON's own map: another kind of map would be 2 KB more to download.
#[derive(Debug, Default)]
pub(crate) struct Numbers(Map<String, Value>);

impl Numbers {
    /// The number of a text.
    pub(crate) fn get(&self, text: &str) -> Option<usize> {
        self.0.get(text).and_then(as_number)
    }

    /// Sets the number of a text, and gives the one that it had.
    pub(crate) fn insert(&mut self, text: String, number: usize) -> Option<usize> {
        self.0.insert(text, number.into()).as_ref().and_then(as_number)
    }

    /// How many texts have a number.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

fn as_number(value: &Value) -> Option<usize> {
    value.as_u64().and_then(|number| usize::try_from(number).ok())
}
