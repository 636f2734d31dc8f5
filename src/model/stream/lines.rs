//! The lines in bytes that are split anywhere.

use super::{LONGEST, TooLong};

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Collects bytes until a line ends. Each byte is looked at and copied once, however small the pieces are.
pub(super) struct Lines {
    line: Vec<u8>,
    /// A carriage return ends a line also without a line feed, as in event streams; in JSON it is whitespace.
    returns_end_lines: bool,
    /// The last line ended with a carriage return: a line feed that follows belongs to it.
    returned: bool,
    is_first: bool,
}

impl Lines {
    pub(super) fn new(returns_end_lines: bool) -> Self {
        Self { line: Vec::new(), returns_end_lines, returned: false, is_first: true }
    }

    /// Reads up to the end of the next line and takes from `bytes` what it read; nothing means that they are used up.
    pub(super) fn next(&mut self, bytes: &mut &[u8]) -> Result<Option<String>, TooLong> {
        if let Some((first, rest)) = bytes.split_first()
            && std::mem::take(&mut self.returned)
            && *first == b'\n'
        {
            *bytes = rest;
        }
        let ends_line = |byte: &u8| *byte == b'\n' || (self.returns_end_lines && *byte == b'\r');
        let length = bytes.iter().position(ends_line).unwrap_or(bytes.len());
        let (piece, rest) = bytes.split_at_checked(length).unwrap_or_default();
        if self.line.len() + piece.len() > LONGEST {
            return Err(TooLong);
        }
        self.line.extend_from_slice(piece);
        let Some((end, rest)) = rest.split_first() else {
            *bytes = rest;
            return Ok(None);
        };
        *bytes = rest;
        self.returned = *end == b'\r';
        Ok(Some(self.take()))
    }

    /// What is left when the bytes end without ending their last line.
    pub(super) fn last(&mut self) -> Option<String> {
        (!self.line.is_empty()).then(|| self.take())
    }

    /// The line as text. Bytes that are no UTF-8 become replacement characters; they never touch the end of a line.
    fn take(&mut self) -> String {
        let line = std::mem::take(&mut self.line);
        let marked = std::mem::take(&mut self.is_first).then(|| line.strip_prefix(BYTE_ORDER_MARK)).flatten();
        String::from_utf8_lossy(marked.unwrap_or(&line)).into_owned()
    }
}
