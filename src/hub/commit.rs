//! One commit for everything, or none.

use std::collections::VecDeque;
use std::rc::Rc;

use base64ct::{Base64, Encoding};
use serde_json::{Value, json};

use super::client::{Attempts, Call, Place};
use super::failure::{conflict, may_have_happened, status};
use super::file::File;
use super::placement::Placement;
use super::repository::{Repository, text};
use crate::error::Result;
use crate::host::{HttpContent, LocalFuture, Method, Pieces, Secret, TransportFailure};
use crate::model::Failure;

/// Commits what a placement would change, and gives the commit's name. Where it cannot be known whether a commit was
/// made, the revision is asked before anything is repeated.
///
/// # Errors
/// What the request failed with; code `hub` and status 412 where someone else committed in between.
pub async fn commit(
    repository: &Repository<'_>,
    mut placement: Placement,
    files: &[Rc<File>],
    revision: &str,
) -> Result<String> {
    let doing = "committing";
    let mut attempts = Attempts::new(repository.client, doing);
    // Whatever happens, the commit that was looked at stays the parent: no other is ever overwritten.
    let parent = placement.head.clone();
    loop {
        let call = Call {
            method: Method::Post,
            place: Place::Hub(repository.api_of("commit", revision, "")),
            headers: vec![("content-type", Secret::new("application/x-ndjson"))],
            body: HttpContent::Pieces(Box::new(body(repository, &placement, parent.as_deref()))),
            bytes: placement.files.iter().filter(|placed| !placed.is_large).map(|placed| placed.file.size).sum(),
        };
        let failure = match repository.client.send(call).await {
            Ok(answer) => {
                let name = text(&answer.body, "/commitOid");
                if !name.is_empty() {
                    return Ok(name);
                }
                let reason = "the answer names no commit".to_owned();
                Failure::Unintelligible { url: repository.client.hub().to_owned(), reason }
            }
            Err(failure) => failure,
        };
        let is_conflict = status(&failure) == Some(412);
        let waited = if is_conflict { Ok(()) } else { attempts.wait_after(&failure).await };
        if is_conflict || may_have_happened(&failure) {
            placement = Placement::ask(repository, files, revision).await?;
            if placement.is_done() {
                return newest(repository, &placement, revision).await;
            }
        }
        if is_conflict {
            return Err(conflict(&failure));
        }
        waited?;
    }
}

/// The name of the commit that a revision is at.
pub async fn newest(repository: &Repository<'_>, placement: &Placement, revision: &str) -> Result<String> {
    match &placement.head {
        Some(head) => Ok(head.clone()),
        None => repository.head(revision).await,
    }
}

/// The lines of a commit, small files in full.
fn body(repository: &Repository<'_>, placement: &Placement, parent: Option<&str>) -> Body {
    let (summary, description) = &repository.options.message;
    let mut header = json!({ "summary": summary, "description": description });
    if let (Some(parent), Some(fields)) = (parent, header.as_object_mut()) {
        fields.insert("parentCommit".to_owned(), parent.into());
    }
    let mut lines = VecDeque::from([Line::Whole("header", header)]);
    for placed in placement.files.iter().filter(|placed| !placed.is_there) {
        let File { path, sha256, size, .. } = &*placed.file;
        lines.push_back(match placed.is_large {
            true => Line::Whole("lfsFile", json!({ "path": path, "algo": "sha256", "oid": sha256, "size": size })),
            false => Line::File(Rc::clone(&placed.file)),
        });
    }
    for path in &placement.stale {
        lines.push_back(Line::Whole("deletedFile", json!({ "path": path })));
    }
    Body { lines, writing: None }
}

enum Line {
    Whole(&'static str, Value),
    File(Rc<File>),
}

/// A commit as it is sent.
struct Body {
    lines: VecDeque<Line>,
    writing: Option<Writing>,
}

/// The content of a file on its way into a line.
struct Writing {
    pieces: Box<dyn Pieces>,
    /// Bytes that do not fill a group of base64 yet.
    rest: Vec<u8>,
}

impl Body {
    async fn piece(&mut self) -> Result<Option<Vec<u8>>, TransportFailure> {
        if let Some(Writing { pieces, rest }) = &mut self.writing {
            let Some(mut piece) = pieces.next().await? else {
                let end = Base64::encode_string(rest) + "\"}}\n";
                self.writing = None;
                return Ok(Some(end.into_bytes()));
            };
            rest.append(&mut piece);
            let left = rest.split_off(rest.len() / 3 * 3);
            let whole = std::mem::replace(rest, left);
            return Ok(Some(Base64::encode_string(&whole).into_bytes()));
        }
        // Values always serialise.
        let json = |value: &Value| serde_json::to_string(value).unwrap_or_default();
        Ok(self.lines.pop_front().map(|line| {
            let text = match line {
                Line::Whole(key, value) => json(&json!({ "key": key, "value": value })) + "\n",
                Line::File(file) => {
                    self.writing = Some(Writing { pieces: file.pieces(0, file.size), rest: Vec::new() });
                    let path = json(&file.path.as_str().into());
                    format!(r#"{{"key":"file","value":{{"path":{path},"encoding":"base64","content":""#)
                }
            };
            text.into_bytes()
        }))
    }
}

impl Pieces for Body {
    fn next(&mut self) -> LocalFuture<'_, Result<Option<Vec<u8>>, TransportFailure>> {
        Box::pin(self.piece())
    }
}
