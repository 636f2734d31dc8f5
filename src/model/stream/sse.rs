//! The fields of server-sent events, line by line, as the HTML standard has them.
//!
//! Two things are as in OpenAI's client instead: the last event counts without the blank line after it, and so does an
//! event that has a name and no data.

use super::{Event, LONGEST, TooLong};

/// The fields of one event so far.
#[derive(Default)]
pub(super) struct Fields {
    name: String,
    data: Option<String>,
}

impl Fields {
    /// Reads one line that is not blank.
    pub(super) fn read(&mut self, line: &str) -> Result<(), TooLong> {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match (field, &mut self.data) {
            ("event", _) => value.clone_into(&mut self.name),
            ("data", None) => self.data = Some(value.to_owned()),
            ("data", Some(data)) => {
                if data.len() + value.len() >= LONGEST {
                    return Err(TooLong);
                }
                data.push('\n');
                data.push_str(value);
            }
            // Comments have no field name; `id` and `retry` are for resuming, which replies cannot.
            _ => {}
        }
        Ok(())
    }

    /// The event that ends here, if there is one.
    pub(super) fn end(&mut self) -> Option<Event> {
        let Self { name, data } = std::mem::take(self);
        (!name.is_empty() || data.is_some()).then(|| Event { name, data: data.unwrap_or_default() })
    }
}
