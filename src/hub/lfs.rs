//! The storage of large files, in git's protocol for it: ask where an object goes, send it there whole or in parts, say
//! that it is there.
//!
//! What is stored already has nowhere to go, so whatever failed, the next attempt begins with asking again: an address
//! that has expired is renewed by it, and an object that did arrive is not sent again.

use std::rc::Rc;

use serde_json::{Value, json};

use super::client::{Attempts, Call, Client, Place};
use super::failure::{into_error, status};
use super::file::File;
use super::options::is_pull_request;
use super::repository::{Repository, text};
use crate::error::{Code, Error, Result};
use crate::host::{HttpContent, Method};
use crate::json::at;
use crate::model::{Failure, StatusFailure};

const TYPE: &str = "application/vnd.git-lfs+json";
/// Objects that are asked about at once. Not more: addresses expire while others are used.
const AT_ONCE: usize = 20;
/// How often an object's addresses may expire.
const RENEWALS: u32 = 5;

/// Sends what the storage does not have.
///
/// # Errors
/// What could not be sent. What was sent by then is kept by the storage.
pub async fn store(repository: &Repository<'_>, files: &[Rc<File>], revision: &str) -> Result<()> {
    let storage = Storage { repository, client: repository.client, revision };
    for files in files.chunks(AT_ONCE) {
        let answer = storage.ask(files).await?;
        for file in files {
            storage.store(file, storage.actions(file, &answer)?).await?;
        }
    }
    Ok(())
}

struct Storage<'a> {
    repository: &'a Repository<'a>,
    client: &'a Client,
    revision: &'a str,
}

/// What has to be done to store an object.
struct Actions {
    upload: Value,
    verify: Option<Value>,
}

impl Storage<'_> {
    /// Asks where objects go.
    async fn ask(&self, files: &[Rc<File>]) -> Result<Value> {
        let objects: Vec<Value> = files.iter().map(|file| json!({ "oid": file.sha256, "size": file.size })).collect();
        let mut body = json!({
            "operation": "upload", "transfers": ["basic", "multipart"], "hash_algo": "sha256", "objects": objects,
        });
        if let Some(fields) = body.as_object_mut().filter(|_| !is_pull_request(self.revision)) {
            fields.insert("ref".to_owned(), json!({ "name": self.revision }));
        }
        let path = format!("/datasets/{}.git/info/lfs/objects/batch", self.repository.options.repository);
        let call = || {
            let mut call = Call::post(path.clone(), &body).with_type(TYPE);
            call.headers.push(("accept", crate::host::Secret::new(TYPE)));
            call
        };
        Ok(self.client.ask("asking where large files go", &call).await?.body)
    }

    /// What has to be done for one object; nothing where it is stored.
    fn actions(&self, file: &File, answer: &Value) -> Result<Option<Actions>> {
        let objects = at(answer, "/objects").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let object = objects.iter().find(|object| text(object, "/oid") == file.sha256);
        let doing = "asking where large files go";
        let object = object.ok_or_else(|| self.repository.unintelligible(doing, "it left out an object"))?;
        if let Some(error) = object.get("error").filter(|error| !error.is_null()) {
            let code = at(error, "/code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
            let failure =
                StatusFailure { status: code.unwrap_or(422), message: text(error, "/message"), ..Default::default() };
            return Err(into_error(&Failure::Status(failure), &format!("sending {}", file.path)));
        }
        let action = |name: &str| at(object, name).filter(|action| action.is_object()).cloned();
        Ok(action("/actions/upload").map(|upload| Actions { upload, verify: action("/actions/verify") }))
    }

    /// Sends one object, unless it is stored.
    async fn store(&self, file: &Rc<File>, mut actions: Option<Actions>) -> Result<()> {
        let doing = format!("sending {}", file.path);
        let mut attempts = Attempts::new(self.client, &doing);
        let mut told = 0;
        let mut sent = false;
        let mut renewals = 0;
        while let Some(wanted) = actions {
            let failure = match self.attempt(file, &wanted, &doing, &mut told).await? {
                Ok(()) => {
                    sent = true;
                    break;
                }
                Err(failure) => failure,
            };
            // An address that is not good any more is no fault of the storage.
            let has_expired = matches!(status(&failure), Some(400 | 401 | 403 | 404 | 410));
            renewals += u32::from(has_expired);
            if !has_expired || renewals > RENEWALS {
                attempts.wait_after(&failure).await?;
            }
            sent = true;
            actions = self.actions(file, &self.ask(std::slice::from_ref(file)).await?)?;
        }
        self.client.progress.advance(file.size - told);
        self.client.progress.file_done(&file.path, sent);
        Ok(())
    }

    async fn attempt(
        &self,
        file: &Rc<File>,
        Actions { upload, verify }: &Actions,
        doing: &str,
        told: &mut u64,
    ) -> Result<Result<(), Failure>> {
        let href = text(upload, "/href");
        let sent = match at(upload, "/header/chunk_size") {
            None => self.put(file, href, 0, file.size).await.map(|_| ()),
            Some(size) => self.send_parts(file, upload, size, doing, told).await?,
        };
        if let Err(failure) = sent {
            return Ok(Err(failure));
        }
        let Some(verify) = verify else { return Ok(Ok(())) };
        let href = text(verify, "/href");
        let mut call = Call::post(String::new(), &json!({ "oid": file.sha256, "size": file.size })).with_type(TYPE);
        // The token is for the Hub alone, whatever address it names.
        call.place = match self.client.path_of(&href) {
            Some(path) => Place::Hub(path.to_owned()),
            None => Place::Signed(href),
        };
        Ok(self.client.send(call).await.map(|_| ()))
    }

    /// Sends an object in the parts that the storage wants. A part that fails in passing is sent again by itself.
    async fn send_parts(
        &self,
        file: &Rc<File>,
        upload: &Value,
        size: &Value,
        doing: &str,
        told: &mut u64,
    ) -> Result<Result<(), Failure>> {
        let size = size.as_u64().or_else(|| size.as_str()?.parse().ok()).filter(|size| *size > 0);
        let size = size.ok_or_else(|| self.repository.unintelligible(doing, "the size of its parts is no number"))?;
        let addresses = addresses(upload);
        if addresses.len() as u64 != file.size.div_ceil(size) {
            return Err(self.repository.unintelligible(doing, "it has addresses for another number of parts"));
        }
        let mut parts = Vec::new();
        for (number, address) in (1u64..).zip(addresses) {
            let (start, end) = ((number - 1) * size, file.size.min(number * size));
            let mut attempts = Attempts::new(self.client, doing);
            let tag = loop {
                match self.put(file, address.clone(), start, end).await {
                    Ok(tag) => break tag,
                    Err(failure) if matches!(status(&failure), Some(400..=499)) => return Ok(Err(failure)),
                    Err(failure) => attempts.wait_after(&failure).await?,
                }
            };
            let tag = tag.ok_or_else(|| {
                let message = format!(
                    "{doing}: the storage does not show the header ETag, without which parts cannot be put together"
                );
                Error::new(Code::Hub, message).from_provider("huggingface", None, None)
            })?;
            parts.push(json!({ "partNumber": number, "etag": tag }));
            if end > *told {
                self.client.progress.advance(end - *told);
                *told = end;
            }
        }
        let mut call = Call::post(String::new(), &json!({ "oid": file.sha256, "parts": parts })).with_type(TYPE);
        call.headers.push(("accept", crate::host::Secret::new(TYPE)));
        call.place = Place::Signed(text(upload, "/href"));
        Ok(self.client.send(call).await.map(|_| ()))
    }

    /// Sends bytes to an address, and gives the tag that the storage gives them.
    async fn put(&self, file: &File, url: String, start: u64, end: u64) -> Result<Option<String>, Failure> {
        let body = HttpContent::Pieces(file.pieces(start, end));
        let call =
            Call { method: Method::Put, place: Place::Signed(url), headers: Vec::new(), body, bytes: end - start };
        let answer = self.client.send(call).await?;
        Ok((answer.header)("etag"))
    }
}

/// The addresses of parts, which stand among the headers under their numbers: `"00001"`.
fn addresses(upload: &Value) -> Vec<String> {
    let Some(Value::Object(fields)) = upload.get("header") else { return Vec::new() };
    let mut addresses: Vec<Option<String>> = Vec::new();
    for (key, address) in fields {
        let Some(place) = key.parse::<usize>().ok().and_then(|number| number.checked_sub(1)) else { continue };
        // The storage knows no object of more parts.
        if place < 10_000 {
            addresses.resize(addresses.len().max(place + 1), None);
            if let Some(slot) = addresses.get_mut(place) {
                *slot = address.as_str().map(str::to_owned);
            }
        }
    }
    let whole: Option<Vec<String>> = addresses.into_iter().collect();
    whole.unwrap_or_default()
}
