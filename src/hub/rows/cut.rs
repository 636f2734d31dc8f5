//! Cuts the rows into files of a size that can be sent again when a connection breaks, and writes a file's rows whenever
//! they are needed.

use std::rc::Rc;

use sha2::{Digest, Sha256};

use super::lines::Lines;
use super::split::Split;
use super::{Table, line, write};
use crate::error::{Code, Error, Result};
use crate::host::{LocalFuture, Pieces, TransportFailure};
use crate::hub::file::SAMPLE;

/// Bytes from which a file is full, where the input is not large. The Hub takes text above 10 MiB into its storage; what is
/// smaller has to go into the commit, all of it in one request. And a browser whose developer tools listen keeps every body
/// of up to 20 MB.
const SHARD: u64 = 20 << 20;
/// Above this many files, they become larger: the Hub likes fewer than 256 in a commit.
const MOST_SHARDS: u64 = 200;
/// Bytes that are handed on at once.
const PIECE: usize = 256 << 10;

/// One file of rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Shard {
    /// What its rows are for.
    pub split: Split,
    /// How many there are.
    pub rows: u64,
    /// Bytes.
    pub size: u64,
    /// The SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
    /// How it begins.
    pub sample: Vec<u8>,
    /// The number of its first row.
    first: u64,
    /// Where in the input its rows begin and end. Rows of the other split may be among them.
    begin: u64,
    end: u64,
}

/// Reads all rows, writes them as they will be sent, and remembers where to cut. `advance` hears of the bytes that were
/// read.
///
/// # Errors
/// Code `config` where the input cannot be read, or is not what it was.
pub async fn cut(table: &Table, advance: &dyn Fn(u64)) -> Result<Vec<Shard>> {
    cut_at(table, SHARD.max(table.content.size() / MOST_SHARDS), advance).await
}

async fn cut_at(table: &Table, full: u64, advance: &dyn Fn(u64)) -> Result<Vec<Shard>> {
    let mut shards = Vec::new();
    let mut open: [Option<Open>; 2] = [None, None];
    let mut lines = Lines::of(&table.content);
    let mut number = 0;
    while let Some((begin, text)) = lines.next().await? {
        let row = line::parse(&text).map_err(|_| changed())?;
        let written = write::row(&table.columns, &row);
        let split = table.test_rows.split_of(number);
        let [train, test] = &mut open;
        let place = if split == Split::Train { train } else { test };
        if place.as_ref().is_some_and(|open| open.shard.size >= full) {
            shards.extend(place.take().map(Open::close));
        }
        place.get_or_insert_with(|| Open::new(split, number, begin)).add(&written, lines.position());
        number += 1;
        advance(lines.position() - begin);
    }
    shards.extend(open.into_iter().flatten().map(Open::close));
    Ok(shards)
}

fn changed() -> Error {
    Error::new(Code::Config, "the dataset changed while it was read")
}

/// A file that rows are added to.
struct Open {
    shard: Shard,
    hash: Sha256,
}

impl Open {
    fn new(split: Split, first: u64, begin: u64) -> Self {
        let (sha256, sample) = Default::default();
        let shard = Shard { split, rows: 0, size: 0, sha256, sample, first, begin, end: begin };
        Self { shard, hash: Sha256::new() }
    }

    fn add(&mut self, line: &str, end: u64) {
        for bytes in [line.as_bytes(), b"\n"] {
            self.hash.update(bytes);
            self.shard.size += bytes.len() as u64;
            let missing = SAMPLE.saturating_sub(self.shard.sample.len());
            self.shard.sample.extend(bytes.iter().take(missing));
        }
        self.shard.rows += 1;
        self.shard.end = end;
    }

    fn close(mut self) -> Shard {
        self.shard.sha256 = crate::hash::hexadecimal(&self.hash.finalize());
        self.shard
    }
}

/// The bytes of a file from one place to another, made while they are asked for.
pub struct ShardRows {
    table: Rc<Table>,
    lines: Lines,
    split: Split,
    number: u64,
    /// Bytes that are before the place.
    skip: usize,
    /// Bytes that are still wanted.
    wanted: usize,
}

impl ShardRows {
    /// Gets ready to write.
    pub fn new(table: Rc<Table>, shard: &Shard, start: u64, end: u64) -> Self {
        let lines = Lines::between(Rc::clone(&table.content), shard.begin, shard.end);
        let size = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
        Self {
            table,
            lines,
            split: shard.split,
            number: shard.first,
            skip: size(start),
            wanted: size(end.saturating_sub(start)),
        }
    }

    async fn piece(&mut self) -> Result<Option<Vec<u8>>> {
        let mut piece: Vec<u8> = Vec::new();
        while piece.len() < PIECE.min(self.wanted) {
            let Some((_, text)) = self.lines.next().await? else { break };
            let split = self.table.test_rows.split_of(self.number);
            self.number += 1;
            if split != self.split {
                continue;
            }
            let row = line::parse(&text).map_err(|_| changed())?;
            let mut written = write::row(&self.table.columns, &row);
            written.push('\n');
            let skipped = self.skip.min(written.len());
            self.skip -= skipped;
            piece.extend_from_slice(written.as_bytes().get(skipped..).unwrap_or_default());
        }
        piece.truncate(self.wanted);
        self.wanted -= piece.len();
        Ok((!piece.is_empty()).then_some(piece))
    }
}

impl Pieces for ShardRows {
    fn next(&mut self) -> LocalFuture<'_, Result<Option<Vec<u8>>, TransportFailure>> {
        Box::pin(
            async move { self.piece().await.map_err(|error| TransportFailure::Unsendable(error.message().to_owned())) },
        )
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use serde_json::json;

    use super::super::{TestRows, TestShare, scan};
    use super::*;
    use crate::host::Content;

    fn table(rows: u64, share: Option<TestShare>) -> Rc<Table> {
        let text: String = (0..rows)
            .map(|number| json!({ "number": number, "text": "x".repeat(number as usize % 50) }).to_string() + "\n")
            .collect();
        let content: Rc<dyn Content> = Rc::new(text.into_bytes());
        let scanned = scan(&content, &|_| {}).now_or_never().unwrap().unwrap();
        let test_rows = share.map_or_else(TestRows::default, |share| TestRows::choose(rows, share, 7).unwrap());
        Rc::new(Table { content, columns: scanned.columns, test_rows })
    }

    fn bytes(table: &Rc<Table>, shard: &Shard, start: u64, end: u64) -> Vec<u8> {
        let mut rows = ShardRows::new(Rc::clone(table), shard, start, end);
        let mut bytes = Vec::new();
        while let Some(piece) = rows.next().now_or_never().unwrap().unwrap() {
            bytes.extend(piece);
        }
        bytes
    }

    #[test]
    fn a_file_is_written_the_same_each_time_and_from_any_place() {
        for share in [None, Some(TestShare::Share(0.3))] {
            let table = table(500, share);
            let shards = cut_at(&table, 3000, &|_| {}).now_or_never().unwrap().unwrap();
            assert!(shards.len() > 5);
            assert!(shards.iter().filter(|shard| shard.size < 3000).count() <= 2, "only the last of a split is small");
            let mut numbers = Vec::new();
            for shard in &shards {
                let whole = bytes(&table, shard, 0, shard.size);
                assert_eq!(whole.len() as u64, shard.size);
                assert_eq!(crate::hash::hexadecimal(&Sha256::digest(&whole)), shard.sha256);
                assert_eq!(whole[..whole.len().min(SAMPLE)], shard.sample);
                let end = whole.len().min(700);
                assert_eq!(bytes(&table, shard, 100, end as u64), whole[100..end]);
                let text = String::from_utf8(whole).unwrap();
                let rows: Vec<serde_json::Value> = text.lines().map(|line| line.parse().unwrap()).collect();
                assert_eq!(rows.len() as u64, shard.rows);
                numbers.extend(rows.iter().map(|row| row["number"].as_u64().unwrap()));
            }
            numbers.sort_unstable();
            assert!(numbers.into_iter().eq(0..500), "every row is in one file");
        }
    }

    #[test]
    fn a_file_for_tests_holds_the_rows_for_tests() {
        let table = table(100, Some(TestShare::Rows(7)));
        let shards = cut(&table, &|_| {}).now_or_never().unwrap().unwrap();
        let rows: Vec<_> = shards.iter().map(|shard| (shard.split, shard.rows)).collect();
        assert_eq!(rows, [(Split::Train, 93), (Split::Test, 7)]);
    }
}
