//! Where a run keeps its progress.

use super::LocalFuture;

/// An append-only list of entries that outlives the run: a file, a database, anything that can append and read back.
/// Errors are sentences of whoever made the store.
pub trait Store {
    /// The entries so far, in order. After a crash the last ones may be torn.
    fn read(&self) -> LocalFuture<'_, Result<Vec<String>, String>>;

    /// Adds entries; done once they would survive a crash.
    fn append(&self, entries: Vec<String>) -> LocalFuture<'_, Result<(), String>>;

    /// Done once what was being added is kept or not: an entry of a run that was stopped must not come after those of the
    /// next.
    fn settled(&self) -> LocalFuture<'_, ()> {
        Box::pin(async {})
    }
}
