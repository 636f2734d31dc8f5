//! What is too large to be held: files and Blobs, read in parts.

use super::LocalFuture;

/// Bytes that stay where they are and do not change. Errors are sentences of whoever keeps them.
pub trait Content {
    /// How many there are.
    fn size(&self) -> u64;

    /// Those from `start` up to but not including `end`, which is not beyond the end.
    fn read(&self, start: u64, end: u64) -> LocalFuture<'_, Result<Vec<u8>, String>>;
}
