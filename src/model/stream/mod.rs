//! Replies that arrive piece by piece: the events in the bytes, and whether the text in them can still become what was
//! asked for.
//!
//! [`Decoder`] knows how events are written down and nothing of what they mean: that is the provider's. [`Watch`] reads
//! the text that a provider takes from them.

mod lines;
mod sse;
#[cfg(test)]
mod tests;
mod watch;

use std::fmt;

use lines::Lines;
use sse::Fields;
pub use watch::Watch;

/// The longest line or event that is kept: far more than a model says at once, and little enough for an edge runtime.
const LONGEST: usize = 8 * 1024 * 1024;

/// How a server separates events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Server-sent events (`text/event-stream`).
    EventStream,
    /// One JSON value per line.
    JsonLines,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What kind it is; empty if the server does not say so here.
    pub name: String,
    /// Its content.
    pub data: String,
}

/// A line or an event is longer than any that makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the server sent an event of more than 8 MiB")
    }
}

/// Finds the events in bytes that are split anywhere.
pub struct Decoder {
    lines: Lines,
    /// The event whose fields are being read, where an event has several lines.
    fields: Option<Fields>,
    failed: bool,
}

impl Decoder {
    /// A decoder for one response.
    pub fn new(framing: Framing) -> Self {
        let is_event_stream = framing == Framing::EventStream;
        Self { lines: Lines::new(is_event_stream), fields: is_event_stream.then(Fields::default), failed: false }
    }

    /// Adds to `events` what is complete now.
    ///
    /// # Errors
    /// [`TooLong`], from then on always; the events before it are there.
    pub fn push(&mut self, bytes: &[u8], events: &mut Vec<Event>) -> Result<(), TooLong> {
        self.guarded(|decoder| {
            let mut rest = bytes;
            while let Some(line) = decoder.lines.next(&mut rest)? {
                decoder.read(line, events)?;
            }
            Ok(())
        })
    }

    /// Adds the last event, if nothing but its end is missing.
    ///
    /// # Errors
    /// [`TooLong`], as from [`Decoder::push`].
    pub fn finish(&mut self, events: &mut Vec<Event>) -> Result<(), TooLong> {
        self.guarded(|decoder| {
            if let Some(line) = decoder.lines.last() {
                decoder.read(line, events)?;
            }
            events.extend(decoder.fields.as_mut().and_then(Fields::end));
            Ok(())
        })
    }

    fn guarded(&mut self, work: impl FnOnce(&mut Self) -> Result<(), TooLong>) -> Result<(), TooLong> {
        if self.failed {
            return Err(TooLong);
        }
        let outcome = work(self);
        self.failed = outcome.is_err();
        outcome
    }

    fn read(&mut self, line: String, events: &mut Vec<Event>) -> Result<(), TooLong> {
        match &mut self.fields {
            Some(fields) if line.is_empty() => events.extend(fields.end()),
            Some(fields) => fields.read(&line)?,
            None => {
                let data = line.trim_ascii();
                if !data.is_empty() {
                    events.push(Event { name: String::new(), data: data.to_owned() });
                }
            }
        }
        Ok(())
    }
}
