//! What the caller wants: where the dataset goes, and what is said about it.

use serde_json::Value;

use super::rows::TestShare;
use crate::config::{check_url, is_repository};
use crate::error::{Code, Error, Result};
use crate::search;

/// The Hub itself.
const HUB: &str = "https://huggingface.co";
/// The branch that a repository begins with.
pub const MAIN: &str = "main";
/// Where the heads of pull requests are.
const PULL_REQUESTS: &str = "refs/pr/";
/// A title of a commit or a pull request.
const LONGEST_SUMMARY: usize = 200;

/// Everything that decides about an upload besides the dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// `user/name`.
    pub repository: String,
    /// Whether only its owner may see a repository that is made for this.
    pub private: bool,
    /// The branch.
    pub revision: String,
    /// Whether the commit goes into a pull request.
    pub create_pr: bool,
    /// The first line of the commit's message, and the rest.
    pub message: (String, String),
    /// Tags of the card.
    pub tags: Vec<String>,
    /// The licence, by the Hub's name for it.
    pub license: Option<String>,
    /// Languages, by their codes.
    pub language: Vec<String>,
    /// How many rows are for tests.
    pub test: Option<TestShare>,
    /// Decides which rows are for tests.
    pub seed: u64,
    /// The Hub's address, without a slash at its end.
    pub hub: String,
}

impl Options {
    /// Reads plain options.
    ///
    /// # Errors
    /// Code `config` with what is wrong.
    pub fn read(options: &Value) -> Result<Self> {
        let text = |name| text(options, name);
        let repository = text("repository")?.unwrap_or_default();
        if !is_repository(&repository) {
            return Err(invalid(
                "repository",
                "has to be `user/name`: letters, digits, `-`, `_` and `.`, without an address",
            ));
        }
        let hub = text("hubUrl")?.unwrap_or_else(|| HUB.to_owned());
        check_url(&hub).map_err(|problem| invalid("hubUrl", problem))?;
        if search::contains(&hub, "?") {
            return Err(invalid("hubUrl", "must be an address without a query (`?...`)"));
        }
        let revision = text("revision")?.unwrap_or_else(|| MAIN.to_owned());
        if !is_revision(&revision) {
            return Err(invalid("revision", "has to be the name of a branch, such as main"));
        }
        let create_pr = flag(options, "createPr")?;
        if create_pr && revision != MAIN {
            return Err(invalid("createPr", "opens a pull request for main: leave out the option revision"));
        }
        let license = text("license")?.map(|license| license.to_ascii_lowercase());
        let is_name = |text: &str| {
            !text.is_empty()
                && text.len() <= 60
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._+".contains(&byte))
        };
        if license.as_deref().is_some_and(|license| !is_name(license)) {
            return Err(invalid("license", "has to be the Hub's name of a licence, such as apache-2.0 or cc-by-4.0"));
        }
        let language = texts(options, "language")?;
        if !language.iter().all(|language| is_name(language)) {
            return Err(invalid("language", "has to be a code such as en, or a list of them"));
        }
        let (test, seed) = split(at(options, "split"))?;
        Ok(Self {
            private: flag(options, "private")?,
            message: message(&text("message")?.unwrap_or_default()),
            tags: texts(options, "tags")?,
            hub: hub.trim_end_matches('/').to_owned(),
            repository,
            revision,
            create_pr,
            license,
            language,
            test,
            seed,
        })
    }

    /// Who the repository belongs to, and its name.
    pub fn owner_and_name(&self) -> (&str, &str) {
        self.repository.split_once('/').unwrap_or_default()
    }
}

/// Whether a revision is the head of a pull request.
pub fn is_pull_request(revision: &str) -> bool {
    revision.starts_with(PULL_REQUESTS)
}

/// The head of a pull request.
pub fn pull_request(number: u64) -> String {
    format!("{PULL_REQUESTS}{number}")
}

fn at<'a>(options: &'a Value, name: &str) -> Option<&'a Value> {
    options.get(name).filter(|value| !value.is_null())
}

fn invalid(name: &str, problem: &str) -> Error {
    Error::new(Code::Config, format_args!("the option {name} {problem}"))
}

fn text(options: &Value, name: &str) -> Result<Option<String>> {
    let Some(value) = at(options, name) else { return Ok(None) };
    let text = value.as_str().map(|text| text.trim().to_owned());
    text.map(Some).ok_or_else(|| invalid(name, "has to be a text"))
}

fn flag(options: &Value, name: &str) -> Result<bool> {
    let Some(value) = at(options, name) else { return Ok(false) };
    value.as_bool().ok_or_else(|| invalid(name, "has to be true or false"))
}

fn texts(options: &Value, name: &str) -> Result<Vec<String>> {
    let refuse = || invalid(name, "has to be a list of texts");
    match at(options, name) {
        None => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(vec![text.clone()]),
        Some(Value::Array(items)) => {
            items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(refuse)).collect()
        }
        Some(_) => Err(refuse()),
    }
}

fn split(split: Option<&Value>) -> Result<(Option<TestShare>, u64)> {
    let Some(split) = split else { return Ok((None, 0)) };
    let Value::Object(fields) = split else { return Err(invalid("split", "has to be an object {test, seed}")) };
    if fields.keys().any(|key| key != "test" && key != "seed") {
        return Err(invalid("split", "has to be an object {test, seed} and nothing else"));
    }
    let share = match at(split, "test") {
        None => None,
        Some(test) => {
            let share = match (test.as_u64(), test.as_f64()) {
                (Some(rows), _) if rows > 0 => Some(TestShare::Rows(rows)),
                (None, Some(share)) if share > 0.0 && share < 1.0 => Some(TestShare::Share(share)),
                _ => None,
            };
            Some(share.ok_or_else(|| {
                invalid("split.test", "has to be a share above 0 and below 1, or a whole number of rows")
            })?)
        }
    };
    let seed = match at(split, "seed") {
        None => 0,
        Some(seed) => seed.as_u64().ok_or_else(|| invalid("split.seed", "has to be a whole number of at least 0"))?,
    };
    Ok((share, seed))
}

/// The first line, and what follows.
fn message(text: &str) -> (String, String) {
    let (first, rest) = search::split_once(text, "\n").unwrap_or((text, ""));
    let summary: String = first.trim().chars().take(LONGEST_SUMMARY).collect();
    let summary = if summary.is_empty() { "Upload dataset with dataweft".to_owned() } else { summary };
    (summary, rest.trim().to_owned())
}

/// The name becomes part of an address.
fn is_revision(name: &str) -> bool {
    let is_part = |part: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        !part.is_empty() && part.bytes().all(allowed) && !part.starts_with(['.', '-']) && !part.ends_with(".lock")
    };
    name.len() <= 200 && name.split('/').all(is_part) && !search::contains(name, "..") && !name.ends_with('.')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_left_out_has_a_default() {
        let options = Options::read(&json!({ "repository": "me/teas", "private": null })).unwrap();
        assert_eq!((options.hub.as_str(), options.revision.as_str()), ("https://huggingface.co", "main"));
        assert_eq!(options.message.0, "Upload dataset with dataweft");
        assert_eq!((options.private, options.test), (false, None));
    }

    #[test]
    fn what_is_given_is_taken() {
        let options = Options::read(&json!({
            "repository": "me/teas", "private": true, "revision": "more/tea", "message": "Add tea\n\nGreen.\n",
            "tags": ["tea"], "license": "CC-BY-4.0", "language": "en", "split": { "test": 0.1, "seed": 7 },
            "hubUrl": "https://hub.example/",
        }))
        .unwrap();
        assert_eq!(options.message, ("Add tea".to_owned(), "Green.".to_owned()));
        assert_eq!((options.test, options.seed), (Some(TestShare::Share(0.1)), 7));
        assert_eq!((options.license.as_deref(), options.hub.as_str()), (Some("cc-by-4.0"), "https://hub.example"));
        let rows = Options::read(&json!({ "repository": "me/teas", "split": { "test": 5 } })).unwrap();
        assert_eq!(rows.test, Some(TestShare::Rows(5)));
    }

    #[test]
    fn what_cannot_work_is_named() {
        for (option, value) in [
            ("repository", json!("teas")),
            ("repository", json!("https://huggingface.co/me/teas")),
            ("repository", json!("me/../you")),
            ("repository", json!(1)),
            ("private", json!("yes")),
            ("revision", json!("../main")),
            ("revision", json!("a b")),
            ("revision", json!("a/")),
            ("tags", json!([1])),
            ("license", json!("my own: licence")),
            ("language", json!("en\nlicense: mit")),
            ("split", json!(0.1)),
            ("split", json!({ "train": 1 })),
            ("split.test", json!({ "test": 0 })),
            ("split.test", json!({ "test": 1.5 })),
            ("split.seed", json!({ "test": 0.5, "seed": -1 })),
            ("hubUrl", json!("huggingface.co")),
            ("hubUrl", json!("https://user:pass@huggingface.co")),
            ("hubUrl", json!("https://huggingface.co/?a=b")),
        ] {
            let mut options = json!({ "repository": "me/teas" });
            options[option.split('.').next().unwrap()] = value.clone();
            let error = Options::read(&options).unwrap_err();
            assert!(error.message().contains(option), "{value}: {error}");
            assert_eq!(error.code(), Code::Config);
        }
        let both = json!({ "repository": "me/teas", "revision": "next", "createPr": true });
        assert!(Options::read(&both).unwrap_err().message().contains("createPr"));
    }
}
