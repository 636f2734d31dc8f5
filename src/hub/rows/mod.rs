//! The rows of a dataset in a form that every reader takes: the same keys and the same types in each of them.
//!
//! Readers of JSONL look at the beginning of a file and expect the rest to be like it. So the input is read twice before
//! anything is sent, a part at a time: once to learn what its columns hold ([`scan`]), once to write the rows as they will
//! be and to cut them into files ([`cut`]). What is sent is written anew each time it is needed, and never kept.

mod cut;
mod kind;
mod line;
mod lines;
mod scan;
mod split;
mod write;

pub use cut::{Shard, ShardRows, cut};
pub use kind::{Fields, Kind};
pub use scan::scan;
pub use split::{Split, TestRows, TestShare};

use std::rc::Rc;

use crate::host::Content;

/// Everything that decides what the rows will be.
pub struct Table {
    /// The input, JSONL.
    pub content: Rc<dyn Content>,
    /// The columns, in the order in which they were met first.
    pub columns: Fields,
    /// Which rows are for tests.
    pub test_rows: TestRows,
}
