//! The Hugging Face Hub: a dataset becomes a repository there, in one commit with its card, or not at all.
//!
//! The way of an upload: [`rows`] learns what the rows hold and cuts them into files, [`card`] describes them, and then
//! the server is asked step by step: [`repository`] whether there is one, [`placement`] where each file goes and which are
//! there already, [`lfs`] takes the large ones, [`commit`] makes it one. Each step looks before it acts, so an upload that
//! was stopped anywhere can simply be made again. Another way to store large files (Xet) would stand beside [`lfs`].

mod card;
mod client;
mod commit;
mod failure;
mod file;
mod hash;
mod lfs;
mod options;
mod placement;
mod progress;
mod repository;
mod rows;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;

use std::rc::Rc;

use serde_json::Value;

pub use options::Options;
pub use progress::Listener;

use crate::config::Config;
use crate::error::Result;
use crate::host::{Content, Host, Stop};
use crate::model::providers::KeySource;
use crate::topics::{self, TopicSet};
use client::Client;
use file::File;
use placement::Placement;
use progress::Progress;
use repository::Repository;
use rows::{Split, Table, TestRows};

/// What is uploaded.
pub struct Dataset {
    /// JSONL.
    pub content: Rc<dyn Content>,
    /// What its samples are about.
    pub topics: Option<TopicSet>,
    /// How it was made.
    pub config: Option<Config>,
    /// What else is known of it, for the card: `failures` (how many), `usage` and `report`.
    pub facts: Value,
}

/// How an upload reaches the outside world.
#[derive(Clone)]
pub struct Surroundings {
    /// Requests, time and chance.
    pub host: Rc<dyn Host>,
    /// The caller's token.
    pub keys: Rc<dyn KeySource>,
    /// Hears of progress, where someone listens.
    pub listener: Option<Listener>,
    /// The caller's wish to stop.
    pub stop: Rc<Stop>,
}

/// Where a dataset is now.
#[derive(Debug, PartialEq)]
pub struct Uploaded {
    /// Its page.
    pub url: String,
    /// The commit that holds it.
    pub commit: String,
    /// Its files.
    pub files: Vec<String>,
}

/// Uploads a dataset: data, card, topics and configuration in one commit. What is there already is not sent again, and
/// where everything is there, no commit is made.
///
/// # Errors
/// Code `config` for rows or options that cannot work, `aborted` once the caller stops it, and what the Hub's requests
/// failed with: `auth`, `quota`, `rate_limit`, `network`, `timeout` or `hub`.
pub async fn upload(dataset: &Dataset, options: &Options, surroundings: Surroundings) -> Result<Uploaded> {
    let Surroundings { host, keys, listener, stop } = surroundings;
    let progress = Rc::new(Progress::new(listener, dataset.content.size()));
    let client = Client::new(Rc::clone(&host), keys, options.hub.clone(), progress);
    let repository = Repository { client: &client, options };
    stop.race(carry_out(dataset, &repository, &*host)).await?
}

async fn carry_out(dataset: &Dataset, repository: &Repository<'_>, host: &dyn Host) -> Result<Uploaded> {
    let Repository { client, options } = repository;
    let me = repository.who_am_i().await?;
    let files = files(dataset, options, host, &client.progress).await?;
    client.progress.begin("looking");
    repository.ensure().await?;
    let mut revision = options.revision.clone();
    let mut url = format!("{}/datasets/{}", options.hub, options.repository);
    let mut placement = Placement::ask(repository, &files, &revision).await?;
    if options.create_pr && !placement.is_done() {
        let number = repository.pull_request(&me).await?;
        revision = options::pull_request(number);
        url.push_str(&format!("/discussions/{number}"));
        placement = Placement::ask(repository, &files, &revision).await?;
    } else if revision != options::MAIN {
        url.push_str(&format!("/tree/{revision}"));
    }
    let commit = if placement.is_done() {
        commit::newest(repository, &placement, &revision).await?
    } else {
        let large = placement.files.iter().filter(|placed| placed.is_large && !placed.is_there);
        let large: Vec<Rc<File>> = large.map(|placed| Rc::clone(&placed.file)).collect();
        client.progress.expect(large.iter().map(|file| file.size).sum());
        client.progress.begin("sending");
        lfs::store(repository, &large, &revision).await?;
        client.progress.begin("committing");
        commit::commit(repository, placement, &files, &revision).await?
    };
    client.progress.end();
    let files = files.iter().map(|file| file.path.clone()).collect();
    Ok(Uploaded { url, commit, files })
}

/// Everything that goes into the repository.
async fn files(dataset: &Dataset, options: &Options, host: &dyn Host, progress: &Progress) -> Result<Vec<Rc<File>>> {
    let advance = |bytes| progress.advance(bytes);
    progress.begin("reading");
    let scanned = rows::scan(&dataset.content, &advance).await?;
    let test_rows = match options.test {
        Some(share) => TestRows::choose(scanned.rows, share, options.seed)?,
        None => TestRows::default(),
    };
    let content = Rc::clone(&dataset.content);
    let (columns, models, is_english) = (scanned.columns, scanned.models, scanned.is_english);
    let table = Rc::new(Table { content, columns, test_rows });
    progress.begin("writing");
    let shards = rows::cut(&table, &advance).await?;

    let facts = card::Facts {
        options,
        columns: &table.columns,
        shards: &shards,
        models: &models,
        is_english,
        config: dataset.config.as_ref(),
        topics: dataset.topics.as_ref(),
        more: &dataset.facts,
    };
    let mut files = vec![Rc::new(File::text("README.md", card::write(&facts)))];
    if let Some(config) = &dataset.config {
        files.push(Rc::new(File::text(card::CONFIG_FILE, card::published_config(config, host))));
    }
    if let Some(topics) = &dataset.topics {
        files.push(Rc::new(File::text(card::topics_file(topics), topics::serialize(topics))));
    }
    for split in [Split::Train, Split::Test] {
        let count = shards.iter().filter(|shard| shard.split == split).count();
        for (number, shard) in shards.iter().filter(|shard| shard.split == split).enumerate() {
            let path = format!("data/{}-{number:05}-of-{count:05}.jsonl", split.as_str());
            files.push(Rc::new(File::rows(path, &table, shard.clone())));
        }
    }
    Ok(files)
}
