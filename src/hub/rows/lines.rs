//! The lines of a content, read a part at a time.

use std::rc::Rc;

use crate::error::{Code, Error, Result};
use crate::host::Content;

/// Bytes that are read at once.
const PART: u64 = 1 << 20;

/// The longest line, in bytes. A viewer shows no row of this size, and it has to fit into memory several times.
const LONGEST: usize = 16 << 20;

/// Reads lines, and knows where they stand.
pub struct Lines {
    content: Rc<dyn Content>,
    /// Where in the content `buffer` begins.
    start: u64,
    /// Where reading ends.
    end: u64,
    buffer: Vec<u8>,
    /// What of `buffer` was handed out.
    taken: usize,
    /// The number of the last line, from 1 where the content begins.
    number: u64,
}

impl Lines {
    /// The lines between two places of a content, both of which begin one.
    pub fn between(content: Rc<dyn Content>, start: u64, end: u64) -> Self {
        Self { content, start, end, buffer: Vec::new(), taken: 0, number: 0 }
    }

    /// All lines of a content.
    pub fn of(content: &Rc<dyn Content>) -> Self {
        Self::between(Rc::clone(content), 0, content.size())
    }

    /// The number of the last line, from 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Where the next line begins.
    pub fn position(&self) -> u64 {
        self.start + self.taken as u64
    }

    /// The next line that is not blank, without its end; where it begins is given too. `None` after the last.
    ///
    /// # Errors
    /// Code `config` where the content cannot be read or a line is too long.
    pub async fn next(&mut self) -> Result<Option<(u64, Vec<u8>)>> {
        loop {
            let begin = self.position();
            let Some(mut line) = self.next_raw().await? else { return Ok(None) };
            self.number += 1;
            if begin == 0 && line.starts_with("\u{feff}".as_bytes()) {
                line.drain(..3);
            }
            if !line.trim_ascii().is_empty() {
                return Ok(Some((begin, line)));
            }
        }
    }

    async fn next_raw(&mut self) -> Result<Option<Vec<u8>>> {
        let mut searched = self.taken;
        loop {
            let unsearched = self.buffer.get(searched..).unwrap_or_default();
            if let Some(length) = unsearched.iter().position(|byte| *byte == b'\n') {
                let end = searched + length;
                let line = self.buffer.get(self.taken..end).unwrap_or_default().to_vec();
                self.taken = end + 1;
                return Ok(Some(line));
            }
            searched = self.buffer.len() - self.taken;
            if searched > LONGEST {
                let number = self.number + 1;
                return Err(Error::new(
                    Code::Config,
                    format_args!("line {number} of the dataset is longer than 16 MB"),
                ));
            }
            if !self.read_on().await? {
                let rest = std::mem::take(&mut self.buffer);
                self.start += rest.len() as u64;
                return Ok((!rest.is_empty()).then_some(rest));
            }
        }
    }

    /// Reads the next part behind what is left of the last one. Whether there was more.
    async fn read_on(&mut self) -> Result<bool> {
        self.buffer.drain(..self.taken);
        self.start += self.taken as u64;
        self.taken = 0;
        let begin = self.start + self.buffer.len() as u64;
        let end = self.end.min(begin + PART);
        if begin >= end {
            return Ok(false);
        }
        let mut part = self.content.read(begin, end).await.map_err(unreadable)?;
        if part.len() as u64 != end - begin {
            return Err(unreadable("it is not as long as it said".to_owned()));
        }
        self.buffer.append(&mut part);
        Ok(true)
    }
}

fn unreadable(reason: String) -> Error {
    Error::new(Code::Config, format_args!("the dataset cannot be read: {reason}"))
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn lines(text: &str) -> Vec<(u64, String)> {
        let content: Rc<dyn Content> = Rc::new(text.as_bytes().to_vec());
        let mut lines = Lines::of(&content);
        let mut read = Vec::new();
        while let Some((at, line)) = lines.next().now_or_never().unwrap().unwrap() {
            read.push((at, String::from_utf8(line).unwrap()));
        }
        read
    }

    #[test]
    fn lines_are_found_wherever_parts_are_divided() {
        let long = "x".repeat(PART as usize - 3);
        let text = format!("\u{feff}a\n\n \r\n{long}\n{long}{long}\nend");
        let found = lines(&text);
        let expected = ["a".to_owned(), long.clone(), format!("{long}{long}"), "end".to_owned()];
        assert!(found.iter().map(|(_, line)| line).eq(expected.iter()));
        for (at, line) in found.iter().skip(1) {
            assert!(text[*at as usize..].starts_with(line.as_str()));
        }
        assert!(lines("").is_empty());
        assert!(lines("\n\n").is_empty());
    }
}
