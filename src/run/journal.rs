//! The journal of a run: what was paid for is written down as it arrives, so that a run that was stopped, in whatever way,
//! goes on where it was.
//!
//! The first entry says what was configured. Each other one holds one accepted reply under a key that says what was asked,
//! and what the run had used by then. Keys do not depend on the order of the run, so a changed number of samples or of
//! requests at once finds everything again. Entries that cannot be read (torn by a crash) are as if they were not there:
//! what they held is asked for again.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use serde_json::{Map, Value, json};

use super::progress::Progress;
use crate::config::Config;
use crate::error::{Code, Error, Result};
use crate::host::{LocalFuture, Store};
use crate::model::Ledger;
use crate::samples::Slot;
use crate::search;
use crate::seed;
use crate::topics::Memory;

/// The version of the entries.
const VERSION: u64 = 1;
/// Differences that a sentence names.
const NAMED: usize = 3;
/// Longer values are cut where a sentence repeats them.
const LONGEST_SHOWN: usize = 40;

/// The journal of one run.
pub struct Journal {
    store: Rc<dyn Store>,
    ledger: Ledger,
    progress: Rc<Progress>,
    /// What earlier runs have kept, until it is recalled: a list for each key, since topics may be given twice.
    before: RefCell<Map<String, Value>>,
    /// Entries that wait for those that are being written.
    queued: RefCell<Vec<String>>,
    /// Entries that were ever queued, and that are kept.
    counted: Cell<u64>,
    kept: Cell<u64>,
    is_writing: Cell<bool>,
    waiting: RefCell<Vec<Waker>>,
    failure: RefCell<Option<Error>>,
}

impl Journal {
    /// Reads what earlier runs have kept, and takes up their counts of what was used.
    ///
    /// # Errors
    /// Code `config` where the journal is of another configuration, with the differences named; `internal` where the store
    /// fails.
    pub async fn open(
        store: Rc<dyn Store>,
        config: &Config,
        ledger: Ledger,
        progress: Rc<Progress>,
    ) -> Result<Rc<Self>> {
        let journal = Self {
            store,
            ledger,
            progress,
            before: RefCell::default(),
            queued: RefCell::default(),
            counted: Cell::new(0),
            kept: Cell::new(0),
            is_writing: Cell::new(false),
            waiting: RefCell::default(),
            failure: RefCell::default(),
        };
        let entries = journal.store.read().await.map_err(|reason| failed("be read", &reason))?;
        let matters = what_matters(config);
        let (mut is_known, mut used) = (false, None);
        for entry in &entries {
            let Ok(Value::Object(mut entry)) = entry.parse::<Value>() else { continue };
            if let Some(header) = entry.remove("config") {
                check(entry.get("dataweft"), &header, &matters)?;
                is_known = true;
            } else if let (Some(Value::String(key)), Some(value)) = (entry.remove("key"), entry.remove("value")) {
                let mut before = journal.before.borrow_mut();
                match before.get_mut(&key) {
                    Some(Value::Array(list)) => list.push(value),
                    _ => drop(before.insert(key, Value::Array(vec![value]))),
                }
                used = entry.remove("used").or(used);
            }
        }
        if !is_known && !journal.before.borrow().is_empty() {
            let message =
                "the checkpoint holds entries, but not what they were made for; clear() it, or use another store";
            return Err(Error::new(Code::Config, message).for_run());
        }
        if let Some(used) = used {
            journal.ledger.restore(&used);
        }
        if !is_known {
            journal.append(vec![header(matters)]).await?;
        }
        Ok(Rc::new(journal))
    }

    /// Whether there is nothing of earlier runs, or all of it is recalled.
    pub fn is_empty(&self) -> bool {
        self.before.borrow().is_empty()
    }

    /// The record of a sample that an earlier run has made, as a line of JSON, and what the user asks for in it first.
    pub fn sample(&self, slot: &Slot) -> Option<(String, String)> {
        let record = self.recall(&key_of(slot))?;
        let mut messages = record.get("messages").and_then(Value::as_array).into_iter().flatten();
        let request = messages.find(|message| message.get("role").and_then(Value::as_str) == Some("user"));
        let request = request.and_then(|message| message.get("content")).and_then(Value::as_str).unwrap_or_default();
        Some((text(&record), request.to_owned()))
    }

    /// Keeps the record of a sample: a line of JSON. Done once it would survive a crash.
    pub async fn keep_sample(&self, slot: &Slot, line: &str) {
        self.keep_text(&key_of(slot), line).await;
    }

    /// Why something could not be kept, if so. Then the run should end: it would be paid for in vain.
    pub fn failure(&self) -> Option<Error> {
        self.failure.borrow().clone()
    }

    /// Done once what was being written is kept or not.
    pub async fn settled(&self) {
        self.store.settled().await;
    }

    async fn keep_text(&self, key: &str, value: &str) {
        let used = format!(r#","used":{}"#, self.ledger.used());
        self.queued.borrow_mut().push(entry(key, value, &used));
        self.counted.set(self.counted.get() + 1);
        let number = self.counted.get();
        while self.kept.get() < number && self.failure.borrow().is_none() {
            if self.is_writing.get() {
                self.somebody_wrote().await;
                continue;
            }
            // Whatever was queued in the meantime goes along: a store that is slow is asked less often.
            let entries = self.queued.take();
            let count = self.counted.get();
            let writing = Writing::begin(self);
            let outcome = self.append(entries).await;
            writing.ended(outcome, count);
        }
    }

    async fn append(&self, entries: Vec<String>) -> Result<()> {
        self.store.append(entries).await.map_err(|reason| failed("keep an entry", &reason))
    }

    async fn somebody_wrote(&self) {
        let mut is_first_poll = true;
        poll_fn(|context| {
            if !std::mem::take(&mut is_first_poll) {
                return Poll::Ready(());
            }
            self.waiting.borrow_mut().push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

impl Memory for Journal {
    fn recall(&self, key: &str) -> Option<Value> {
        let mut before = self.before.borrow_mut();
        let list = before.get_mut(key)?.as_array_mut().filter(|list| !list.is_empty())?;
        Some(list.remove(0))
    }

    fn keep<'a>(&'a self, key: &'a str, value: &'a Value) -> LocalFuture<'a, Result<()>> {
        Box::pin(async move {
            self.keep_text(key, &text(value)).await;
            self.failure().map_or(Ok(()), Err)
        })
    }
}

/// Entries being written. Where that is given up half way, nobody knows what of them is kept.
struct Writing<'a> {
    journal: &'a Journal,
    outcome: Result<()>,
}

impl<'a> Writing<'a> {
    fn begin(journal: &'a Journal) -> Self {
        journal.is_writing.set(true);
        Self { journal, outcome: Err(Error::aborted()) }
    }

    fn ended(mut self, outcome: Result<()>, kept: u64) {
        self.outcome = outcome;
        if self.outcome.is_ok() {
            self.journal.kept.set(kept);
            self.journal.progress.checkpoint_saved();
        }
    }
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        let Self { journal, outcome } = self;
        journal.is_writing.set(false);
        if let Err(error) = outcome {
            journal.failure.replace(Some(error.clone()));
        }
        journal.waiting.take().into_iter().for_each(Waker::wake);
    }
}

/// The entries of a journal in which these samples, each a line of JSON, were made by others: nothing is known of what they
/// took.
pub(super) fn entries_of<'a>(config: &Config, samples: impl Iterator<Item = (&'a Slot, &'a Value)>) -> Vec<String> {
    let samples = samples.map(|(slot, record)| entry(&key_of(slot), &text(record), ""));
    [header(what_matters(config))].into_iter().chain(samples).collect()
}

fn header(matters: Map<String, Value>) -> String {
    text(&json!({ "dataweft": VERSION, "config": Value::Object(matters) }))
}

fn entry(key: &str, value: &str, more: &str) -> String {
    format!(r#"{{"key":{},"value":{value}{more}}}"#, text(&key.into()))
}

/// By the path as well: ids may come from the caller, who may give several topics the same.
fn key_of(slot: &Slot) -> String {
    let Slot { topic, cycle, .. } = slot;
    let path = seed::number((*cycle).into(), &[&search::join(&topic.path, "\n")]);
    let again = match slot.repeated_times() {
        0 => String::new(),
        times => format!(" again {times}"),
    };
    format!("sample {} {cycle} {path:016x}{again}", topic.id)
}

fn text(value: &Value) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn failed(what: &str, reason: &str) -> Error {
    Error::new(Code::Internal, format_args!("the checkpoint store could not {what}: {reason}"))
        .retryable(true)
        .for_run()
}

/// What a run makes only more or less of, or how it gets there: it may change between two runs.
const MAY_CHANGE: [&str; 14] = [
    "base_url",
    "batch_size",
    "budget",
    "checkpoint",
    "huggingface",
    "max_concurrent",
    "max_retries",
    "num_samples",
    "price",
    "rate_limit",
    "sample_retries",
    "save_as",
    "stream",
    "timeout",
];

/// The values of a configuration that decide what is in a dataset, by path.
fn what_matters(config: &Config) -> Map<String, Value> {
    let mut matters = Map::new();
    // By way of its text, for which there is code already.
    let plain = serde_json::to_string(config).unwrap_or_default();
    add(&mut matters, String::new(), plain.parse().unwrap_or_default());
    matters
}

fn add(matters: &mut Map<String, Value>, path: String, value: Value) {
    match value {
        // What is below tools are the words of others.
        Value::Object(fields) if path != "generation.tools" => {
            for (name, field) in fields {
                if !MAY_CHANGE.contains(&name.as_str()) {
                    let dot = if path.is_empty() { "" } else { "." };
                    add(matters, format!("{path}{dot}{name}"), field);
                }
            }
        }
        value => {
            matters.insert(path, value);
        }
    }
}

/// Whether a journal is of this configuration.
fn check(version: Option<&Value>, header: &Value, matters: &Map<String, Value>) -> Result<()> {
    let refuse = |what: String| {
        let message = format!("the checkpoint cannot be used: {what}; clear() it, or use another store");
        Err(Error::new(Code::Config, message).for_run())
    };
    if version.and_then(Value::as_u64) != Some(VERSION) {
        return refuse("another version of dataweft has made it".to_owned());
    }
    let nothing = Map::new();
    let header = header.as_object().unwrap_or(&nothing);
    let mut differences = Vec::new();
    for path in header.keys().chain(matters.keys().filter(|path| !header.contains_key(*path))) {
        let (was, is) = (header.get(path), matters.get(path));
        if was != is {
            differences.push(format!("{path} was {} and is {}", shown(was), shown(is)));
        }
    }
    match differences.len() {
        0 => Ok(()),
        count => {
            let more = count.saturating_sub(NAMED);
            differences.truncate(NAMED);
            let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
            refuse(format!("it is of another configuration: {}{more}", search::join(&differences, ", ")))
        }
    }
}

fn shown(value: Option<&Value>) -> String {
    let Some(value) = value else { return "not set".to_owned() };
    let whole = text(value);
    match whole.char_indices().nth(LONGEST_SHOWN) {
        Some((end, _)) => format!("{}…", whole.get(..end).unwrap_or_default()),
        None => whole,
    }
}
