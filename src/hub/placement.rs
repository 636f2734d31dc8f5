//! Where files belong, by the server's choice, and which of them are there already.

use std::rc::Rc;

use base64ct::{Base64, Encoding};
use serde_json::{Value, json};

use super::client::Call;
use super::failure::{into_error, status};
use super::file::File;
use super::repository::{Repository, text};
use crate::error::{Code, Error, Result};
use crate::json::at;

/// Files that are asked about at once.
const AT_ONCE: usize = 100;

/// A file, and what has to be done about it.
pub struct Placed {
    /// The file.
    pub file: Rc<File>,
    /// Whether it goes to the storage of large files rather than into the commit.
    pub is_large: bool,
    /// Whether the revision has exactly this already.
    pub is_there: bool,
}

/// What a commit would change.
pub struct Placement {
    /// Every file.
    pub files: Vec<Placed>,
    /// Files of an earlier upload that have no place in this one.
    pub stale: Vec<String>,
    /// The newest commit, where the server says.
    pub head: Option<String>,
}

impl Placement {
    /// Whether there is nothing to commit.
    pub fn is_done(&self) -> bool {
        self.stale.is_empty() && self.files.iter().all(|placed| placed.is_there)
    }

    /// Asks the server. A branch that is not there is made.
    ///
    /// # Errors
    /// What the requests failed with; code `hub` where the repository refuses to hold a file.
    pub async fn ask(repository: &Repository<'_>, files: &[Rc<File>], revision: &str) -> Result<Self> {
        let mut placement = Self { files: Vec::new(), stale: Vec::new(), head: None };
        for files in files.chunks(AT_ONCE) {
            let answer = placement_of(repository, files, revision).await?;
            placement.head = at(&answer, "/commitOid").and_then(Value::as_str).map(str::to_owned).or(placement.head);
            for file in files {
                placement.files.push(placed(repository, file, &answer).await?);
            }
        }
        for path in repository.data_files(revision).await? {
            if is_shard(&path) && !files.iter().any(|file| file.path == path) {
                placement.stale.push(path);
            }
        }
        Ok(placement)
    }
}

async fn placement_of(repository: &Repository<'_>, files: &[Rc<File>], revision: &str) -> Result<Value> {
    let doing = "asking where the files go";
    let described = files
        .iter()
        .map(|file| json!({ "path": file.path, "size": file.size, "sample": Base64::encode_string(&file.sample) }));
    let body = json!({ "files": described.collect::<Vec<Value>>() });
    let path = repository.api_of("preupload", revision, "");
    let call = || Call::post(path.clone(), &body);
    let ask = || repository.client.ask_about(doing, &[404], &call);
    let mut answer = ask().await?;
    if answer.as_ref().is_err_and(|failure| status(failure) == Some(404)) && Repository::may_be_made(revision) {
        repository.ensure_branch(revision).await?;
        answer = ask().await?;
    }
    answer.map(|answer| answer.body).map_err(|failure| into_error(&failure, doing))
}

async fn placed(repository: &Repository<'_>, file: &Rc<File>, answer: &Value) -> Result<Placed> {
    let answers = at(answer, "/files").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let about = answers.iter().find(|answer| text(answer, "/path") == file.path);
    let about = about.ok_or_else(|| repository.unintelligible("asking where the files go", "it left out a file"))?;
    if about.get("shouldIgnore") == Some(&Value::Bool(true)) {
        let message = format_args!("the file .gitignore of the repository leaves out {}: remove that line", file.path);
        return Err(Error::new(Code::Hub, message).from_provider("huggingface", None, None));
    }
    let is_large = text(about, "/uploadMode") == "lfs";
    let there = text(about, "/oid");
    let is_there = match (there.is_empty(), is_large) {
        (true, _) => false,
        (false, true) => there == file.sha256,
        (false, false) => there == file.git_name().await?,
    };
    Ok(Placed { file: Rc::clone(file), is_large, is_there })
}

/// Whether a path is one that an upload of this library makes: `data/train-00000-of-00003.jsonl`.
fn is_shard(path: &str) -> bool {
    let name = path.strip_prefix("data/").and_then(|name| name.strip_suffix(".jsonl"));
    let Some((split, numbers)) = name.and_then(|name| name.split_once('-')) else { return false };
    let is_number = |text: &str| text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    let are_numbers =
        crate::search::split_once(numbers, "-of-").is_some_and(|(one, all)| is_number(one) && is_number(all));
    ["train", "test"].contains(&split) && are_numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_earlier_uploads_are_taken_away() {
        assert!(is_shard("data/train-00000-of-00003.jsonl"));
        assert!(is_shard("data/test-00012-of-00013.jsonl"));
        for path in [
            "data/train.jsonl",
            "data/train-00000-of-00003.parquet",
            "data/validation-00000-of-00003.jsonl",
            "data/train-0-of-3.jsonl",
            "train-00000-of-00003.jsonl",
            "README.md",
        ] {
            assert!(!is_shard(path), "{path}");
        }
    }
}
