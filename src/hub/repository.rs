//! The repository: who asks, whether it is there, its branches and pull requests, and the files that it has already.

use serde_json::{Value, json};

use super::client::{Attempts, Call, Client};
use super::failure::{into_error, may_have_happened, status};
use super::options::{MAIN, Options, is_pull_request};
use crate::error::{Code, Error, Result};
use crate::json::at;
use crate::model::Failure;
use crate::search;

/// How often a repository that is being made by someone else is asked about.
const LOOKS: u32 = 3;

/// One dataset's repository on the Hub.
pub struct Repository<'a> {
    /// Sends its requests.
    pub client: &'a Client,
    /// What the caller wants.
    pub options: &'a Options,
}

impl Repository<'_> {
    /// The path of the repository's API, with what follows.
    pub fn api(&self, rest: &str) -> String {
        format!("/api/datasets/{}{rest}", self.options.repository)
    }

    /// The path of something of one revision.
    pub fn api_of(&self, what: &str, revision: &str, rest: &str) -> String {
        // Names of branches hold nothing else that would have to be escaped.
        self.api(&format!("/{what}/{}{rest}", search::replace(revision, "/", "%2F")))
    }

    /// The name of whoever the token belongs to. Asked once: the Hub is sparing with the answer.
    ///
    /// # Errors
    /// Code `auth` for a token that is refused, or that may only read.
    pub async fn who_am_i(&self) -> Result<String> {
        let doing = "checking the token";
        let answer = self.client.ask_about(doing, &[404], &|| Call::get("/api/whoami-v2".to_owned())).await?;
        // A mirror may not know the question. Whether the token is good, it will say later.
        let Ok(answer) = answer else { return Ok(String::new()) };
        if at(&answer.body, "/auth/accessToken/role").and_then(Value::as_str) == Some("read") {
            let message =
                "checking the token: it may only read; make one that may write, at huggingface.co/settings/tokens";
            return Err(Error::new(Code::Auth, message).from_provider("huggingface", None, None));
        }
        Ok(text(&answer.body, "/name"))
    }

    /// Sees to it that the repository is there, and no more public than it should be.
    ///
    /// # Errors
    /// Code `hub` where it is public although the caller wants it private.
    pub async fn ensure(&self) -> Result<()> {
        let Options { repository, private, .. } = self.options;
        let doing = format!("creating {repository}");
        let mut attempts = Attempts::new(self.client, &doing);
        for look in 0.. {
            if self.is_there().await? {
                return Ok(());
            }
            let (organization, name) = self.options.owner_and_name();
            let visibility = if *private { "private" } else { "public" };
            let body =
                json!({ "type": "dataset", "name": name, "organization": organization, "visibility": visibility });
            match self.client.send(Call::post("/api/repos/create".to_owned(), &body)).await {
                Ok(_) => return Ok(()),
                // It is there, or is being made at this moment. Where that cannot be seen, the next request will tell.
                Err(failure) if status(&failure) == Some(409) && look >= LOOKS && !private => return Ok(()),
                Err(failure) => attempts.wait_after(&failure).await?,
            }
        }
        Ok(())
    }

    async fn is_there(&self) -> Result<bool> {
        let Options { repository, private, .. } = self.options;
        let doing = format!("looking for {repository}");
        // Repositories that a token may not see are said not to be there, in one of two ways.
        let found = self.client.ask_about(&doing, &[401, 403, 404], &|| Call::get(self.api(""))).await?;
        let Ok(found) = found else { return Ok(false) };
        if *private && at(&found.body, "/private").and_then(Value::as_bool) == Some(false) {
            let message = format_args!(
                "{repository} is there already and public, but the option private is set: make it private on the Hub, or \
                 choose another name"
            );
            return Err(Error::new(Code::Hub, message).from_provider("huggingface", None, None));
        }
        Ok(true)
    }

    /// Makes the branch of the options, unless it is there.
    pub async fn ensure_branch(&self, branch: &str) -> Result<()> {
        let doing = format!("creating the branch {branch}");
        let call = &|| Call::post(self.api_of("branch", branch, ""), &json!({}));
        self.client.ask_about(&doing, &[409], call).await?.map(|_| ()).or(Ok(()))
    }

    /// Whether a revision that is not there may be made.
    pub fn may_be_made(revision: &str) -> bool {
        revision != MAIN && !is_pull_request(revision)
    }

    /// The number of the pull request of this name that is still to be merged: one that an earlier attempt left, or else a
    /// new one.
    pub async fn pull_request(&self, me: &str) -> Result<u64> {
        let doing = "opening a pull request";
        let (title, description) = &self.options.message;
        let mut attempts = Attempts::new(self.client, doing);
        loop {
            if let Some(number) = self.open_pull_request(me).await? {
                return Ok(number);
            }
            let body = json!({ "title": title, "description": description, "pullRequest": true });
            match self.client.send(Call::post(self.api("/discussions"), &body)).await {
                Ok(answer) => {
                    let number = at(&answer.body, "/num").and_then(Value::as_u64);
                    return number.ok_or_else(|| self.unintelligible(doing, "the pull request has no number"));
                }
                // It may be open now, which the next look tells.
                Err(failure) => attempts.wait_after(&failure).await?,
            }
        }
    }

    async fn open_pull_request(&self, me: &str) -> Result<Option<u64>> {
        let call = &|| Call::get(self.api("/discussions?type=pull_request&status=all"));
        let Ok(answer) = self.client.ask_about("looking for pull requests", &[404], call).await? else {
            return Ok(None);
        };
        let Some(Value::Array(discussions)) = at(&answer.body, "/discussions") else { return Ok(None) };
        for found in discussions {
            let is_open = ["open", "draft"].contains(&text(found, "/status").as_str());
            let is_ours = text(found, "/title") == self.options.message.0 && text(found, "/author/name") == me;
            if is_open && is_ours && at(found, "/isPullRequest") == Some(&Value::Bool(true)) {
                return Ok(at(found, "/num").and_then(Value::as_u64));
            }
        }
        Ok(None)
    }

    /// The paths in the folder of the data.
    pub async fn data_files(&self, revision: &str) -> Result<Vec<String>> {
        let path = self.api_of("tree", revision, "/data");
        let answer = self.client.ask_about("listing the files", &[404], &|| Call::get(path.clone())).await?;
        let Ok(answer) = answer else { return Ok(Vec::new()) };
        let entries = answer.body.as_array().map(Vec::as_slice).unwrap_or_default();
        Ok(entries.iter().filter(|entry| text(entry, "/type") == "file").map(|entry| text(entry, "/path")).collect())
    }

    /// The newest commit of a revision. The Hub may lag behind with it.
    pub async fn head(&self, revision: &str) -> Result<String> {
        let path = self.api_of("revision", revision, "");
        let answer = self.client.ask_about("asking for the newest commit", &[404], &|| Call::get(path.clone())).await?;
        Ok(answer.map(|answer| text(&answer.body, "/sha")).unwrap_or_default())
    }

    /// The error of an answer that is none.
    pub fn unintelligible(&self, doing: &str, reason: &str) -> Error {
        let failure = Failure::Unintelligible { url: self.client.hub().to_owned(), reason: reason.to_owned() };
        into_error(&failure, doing).retryable(may_have_happened(&failure))
    }
}

/// A text somewhere in an answer, empty where there is none.
pub fn text(value: &Value, pointer: &str) -> String {
    at(value, pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}
