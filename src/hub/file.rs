//! A file to be uploaded: where it goes, what it is called by its content, and its bytes whenever they are needed.

use std::rc::Rc;

use super::hash;
use super::rows::{Shard, ShardRows, Table};
use crate::error::{Code, Error, Result};
use crate::host::{LocalFuture, Pieces, TransportFailure};

/// The server looks at so much of a file's beginning.
pub const SAMPLE: usize = 512;
/// Bytes of a text that are handed on at once: a multiple of three, which base64 likes.
const PIECE: usize = 192 << 10;

/// A file on its way into a repository.
pub struct File {
    /// Where it goes.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// The SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
    /// How it begins.
    pub sample: Vec<u8>,
    source: Source,
}

enum Source {
    Text(Rc<[u8]>),
    Rows(Rc<Table>, Shard),
}

impl File {
    /// A file with a text.
    pub fn text(path: &str, text: String) -> Self {
        let bytes: Rc<[u8]> = text.into_bytes().into();
        Self {
            path: path.to_owned(),
            size: bytes.len() as u64,
            sha256: hash::sha256(&bytes),
            sample: bytes.iter().take(SAMPLE).copied().collect(),
            source: Source::Text(bytes),
        }
    }

    /// A file with rows.
    pub fn rows(path: String, table: &Rc<Table>, shard: Shard) -> Self {
        Self {
            path,
            size: shard.size,
            sha256: shard.sha256.clone(),
            sample: shard.sample.clone(),
            source: Source::Rows(Rc::clone(table), shard),
        }
    }

    /// Its bytes from one place to another.
    pub fn pieces(&self, start: u64, end: u64) -> Box<dyn Pieces> {
        match &self.source {
            Source::Text(bytes) => {
                let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
                Box::new(Text { bytes: Rc::clone(bytes), at: place(start), end: place(end) })
            }
            Source::Rows(table, shard) => Box::new(ShardRows::new(Rc::clone(table), shard, start, end)),
        }
    }

    /// The name that git gives it.
    ///
    /// # Errors
    /// Code `config` where its bytes cannot be read.
    pub async fn git_name(&self) -> Result<String> {
        let named = hash::git(self.size, &mut *self.pieces(0, self.size)).await;
        named.map_err(|failure| Error::new(Code::Config, failure))
    }
}

struct Text {
    bytes: Rc<[u8]>,
    at: usize,
    end: usize,
}

impl Pieces for Text {
    fn next(&mut self) -> LocalFuture<'_, Result<Option<Vec<u8>>, TransportFailure>> {
        let end = self.end.min(self.at + PIECE);
        let piece = self.bytes.get(self.at..end).filter(|piece| !piece.is_empty()).map(<[u8]>::to_vec);
        self.at = end;
        Box::pin(std::future::ready(Ok(piece)))
    }
}
