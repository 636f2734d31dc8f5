//! A Hub for the simulated world: it keeps what it is given, counts what it does, and fails when a test wants it to.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use base64ct::{Base64, Encoding};
use futures_util::FutureExt;
use serde_json::{Value, json};

use super::file::File;
use super::{Dataset, Options, Surroundings, Uploaded, hash, upload};
use crate::error::{Error, Result};
use crate::host::simulated::{Answer, Asked, World};
use crate::host::{LocalFuture, Method, Secret, Stop};
use crate::model::providers::KeySource;

/// How a step goes wrong.
pub enum Fault {
    /// It is refused, with a body.
    Refuse(u16, &'static str),
    /// The same with a header.
    RefuseWith(u16, &'static str, &'static str),
    /// Nothing happens, and the connection breaks.
    DropBefore,
    /// It happens, and the connection breaks.
    DropAfter,
    /// It happens, and the answer is an error.
    FailAfter(u16),
    /// Someone else commits first.
    Overtaken,
}

/// Decides whether a request goes wrong: by its step, and how often that step was asked for before.
type Faults = Box<dyn Fn(&str, usize) -> Option<Fault>>;

/// The Hub.
pub struct Hub {
    faults: Faults,
    /// Files above this size go to the storage.
    pub threshold: Cell<u64>,
    /// The size of parts, where objects are stored in parts.
    pub parts: Cell<Option<u64>>,
    pub state: RefCell<State>,
}

/// What is there.
#[derive(Default)]
pub struct State {
    pub exists: bool,
    pub is_public: bool,
    /// By revision, then by path: name and content.
    pub revisions: BTreeMap<String, BTreeMap<String, (String, Vec<u8>)>>,
    pub pull_requests: Vec<String>,
    pub commits: usize,
    pub objects: BTreeMap<String, Vec<u8>>,
    /// The names of objects, as often as they were stored.
    pub stored: Vec<String>,
    parts: BTreeMap<String, BTreeMap<usize, Vec<u8>>>,
    steps: BTreeMap<String, usize>,
    pub log: Vec<String>,
    pub tokens_astray: usize,
}

pub struct Token;

impl KeySource for Token {
    fn key<'a>(&'a self, _: &'a str) -> LocalFuture<'a, Result<Option<Secret>, String>> {
        Box::pin(async { Ok(Some(Secret::new("hf_secret"))) })
    }
}

impl Hub {
    /// A Hub without repositories.
    pub fn new(faults: impl Fn(&str, usize) -> Option<Fault> + 'static) -> Rc<Self> {
        let (parts, state) = Default::default();
        Rc::new(Self { faults: Box::new(faults), threshold: Cell::new(3000), parts, state })
    }

    /// A world with this Hub in it.
    pub fn world(self: &Rc<Self>) -> Rc<World> {
        let hub = Rc::clone(self);
        World::new(move |asked| hub.answer(asked))
    }

    fn answer(&self, asked: &Asked) -> Answer {
        let step = step(asked);
        let mut state = self.state.borrow_mut();
        let count = state.steps.entry(step.to_owned()).or_default();
        let fault = (self.faults)(step, *count);
        *count += 1;
        state.log.push(step.to_owned());
        let has_token = asked.headers.iter().any(|(_, value)| value.contains("hf_secret"));
        if has_token != asked.url.starts_with("https://hub.example/") {
            state.tokens_astray += 1;
        }
        let soon = Duration::from_millis(10);
        match fault {
            Some(Fault::Refuse(status, body)) => return Answer::After(soon, status, body.to_owned()),
            Some(Fault::RefuseWith(status, name, value)) => {
                return Answer::WithHeaders(soon, status, vec![(name, value.to_owned())], String::new());
            }
            Some(Fault::DropBefore) => return Answer::Unreachable,
            Some(Fault::Overtaken) => state.commits += 1,
            _ => {}
        }
        let (status, body) = self.carry_out(step, asked, &mut state);
        match fault {
            Some(Fault::DropAfter) => Answer::Unreachable,
            Some(Fault::FailAfter(status)) => Answer::After(soon, status, String::new()),
            _ if step == "put" => {
                Answer::WithHeaders(soon, status, vec![("etag", "\"tag\"".to_owned())], String::new())
            }
            _ => Answer::After(soon, status, body.to_string()),
        }
    }

    fn carry_out(&self, step: &str, asked: &Asked, state: &mut State) -> (u16, Value) {
        let rest = asked.url.split("/api/datasets/me/teas/").nth(1).unwrap_or_default();
        let revision = rest.split('/').nth(1).unwrap_or_default().replace("%2F", "/");
        let known = state.revisions.contains_key(&revision);
        match step {
            "whoami" => (200, json!({ "name": "me", "auth": { "accessToken": { "role": "write" } } })),
            "info" if state.exists => (200, json!({ "id": "me/teas", "private": !state.is_public })),
            "create" if state.exists => (409, json!({ "error": "You already created this dataset repo" })),
            "create" => {
                state.exists = true;
                state.is_public = asked.body["visibility"] == "public";
                state.revisions.insert("main".to_owned(), BTreeMap::new());
                (200, json!({ "name": "me/teas" }))
            }
            "branch" => {
                let main = state.revisions["main"].clone();
                let branch = rest.split('/').nth(1).unwrap().replace("%2F", "/");
                state.revisions.entry(branch).or_insert(main);
                (200, json!({}))
            }
            "preupload" if known => {
                let files = &state.revisions[&revision];
                let about = |file: &Value| {
                    let path = file["path"].as_str().unwrap();
                    let mode = if file["size"].as_u64() > Some(self.threshold.get()) { "lfs" } else { "regular" };
                    json!({ "path": path, "uploadMode": mode, "oid": files.get(path).map(|(name, _)| name) })
                };
                let files: Vec<Value> = asked.body["files"].as_array().unwrap().iter().map(about).collect();
                (200, json!({ "files": files, "commitOid": state.commits.to_string() }))
            }
            "tree" if known => {
                let paths = state.revisions[&revision].keys().filter(|path| path.starts_with("data/"));
                (200, paths.map(|path| json!({ "type": "file", "path": path })).collect())
            }
            "batch" => {
                let object = |asked: &Value| {
                    let name = asked["oid"].as_str().unwrap();
                    let size = asked["size"].as_u64().unwrap();
                    if state.objects.contains_key(name) {
                        return json!({ "oid": name });
                    }
                    let mut header = json!({});
                    if let Some(part) = self.parts.get() {
                        header["chunk_size"] = part.to_string().into();
                        for number in 1..=size.div_ceil(part) {
                            header[format!("{number:05}")] =
                                format!("https://storage.example/{name}?part={number}").into();
                        }
                    }
                    let href = match self.parts.get() {
                        Some(_) => format!("https://storage.example/complete/{name}"),
                        None => format!("https://storage.example/{name}"),
                    };
                    let verify = json!({ "href": format!("https://hub.example/verify/{name}") });
                    json!({ "oid": name, "actions": { "upload": { "href": href, "header": header }, "verify": verify } })
                };
                let objects: Vec<Value> = asked.body["objects"].as_array().unwrap().iter().map(object).collect();
                (200, json!({ "objects": objects }))
            }
            "put" => {
                let place = asked.url.rsplit('/').next().unwrap();
                let (name, part) = place.split_once("?part=").unwrap_or((place, ""));
                match part.parse() {
                    Ok(number) => {
                        state.parts.entry(name.to_owned()).or_default().insert(number, asked.bytes.clone());
                    }
                    Err(_) => store(state, name, asked.bytes.clone()),
                }
                (200, json!({}))
            }
            "complete" => {
                let name = asked.body["oid"].as_str().unwrap();
                let parts = state.parts.remove(name).unwrap();
                assert_eq!(parts.len(), asked.body["parts"].as_array().unwrap().len());
                store(state, name, parts.into_values().flatten().collect());
                (200, json!({}))
            }
            "verify" => (200, json!({})),
            "discussions" if asked.method == Method::Post => {
                let title = asked.body["title"].as_str().unwrap().to_owned();
                state.pull_requests.push(title);
                let number = state.pull_requests.len();
                let main = state.revisions["main"].clone();
                state.revisions.insert(format!("refs/pr/{number}"), main);
                (200, json!({ "num": number }))
            }
            "discussions" => {
                let open = state.pull_requests.iter().zip(1..).map(|(title, number)| {
                    json!({
                        "num": number, "title": title, "status": "draft", "isPullRequest": true, "author": { "name": "me" },
                    })
                });
                (200, json!({ "discussions": open.collect::<Vec<Value>>() }))
            }
            "commit" if known => commit(state, &revision, &asked.bytes),
            "revision" if known => (200, json!({ "sha": state.commits.to_string() })),
            _ => (404, json!({ "error": "Repository not found" })),
        }
    }
}

fn step(asked: &Asked) -> &'static str {
    if asked.url.contains("storage.example/complete") {
        return "complete";
    }
    let steps = [
        ("/whoami-v2", "whoami"),
        ("/repos/create", "create"),
        ("/preupload/", "preupload"),
        ("/objects/batch", "batch"),
        ("storage.example", "put"),
        ("/verify/", "verify"),
        ("/commit/", "commit"),
        ("/tree/", "tree"),
        ("/branch/", "branch"),
        ("/discussions", "discussions"),
        ("/revision/", "revision"),
    ];
    steps.iter().find(|(part, _)| asked.url.contains(part)).map_or("info", |(_, step)| step)
}

fn store(state: &mut State, name: &str, bytes: Vec<u8>) {
    assert_eq!(hash::sha256(&bytes), name, "what arrives is what was announced");
    state.stored.push(name.to_owned());
    state.objects.insert(name.to_owned(), bytes);
}

fn commit(state: &mut State, revision: &str, lines: &[u8]) -> (u16, Value) {
    let lines: Vec<Value> = std::str::from_utf8(lines).unwrap().lines().map(|line| line.parse().unwrap()).collect();
    let parent = &lines[0]["value"]["parentCommit"];
    if parent.as_str() != Some(state.commits.to_string().as_str()) {
        return (412, json!({ "error": "A commit has happened since. Please refresh and try again." }));
    }
    let mut files = state.revisions[revision].clone();
    for line in &lines[1..] {
        let value = &line["value"];
        let path = value["path"].as_str().unwrap().to_owned();
        match line["key"].as_str().unwrap() {
            "file" => {
                let content = Base64::decode_vec(value["content"].as_str().unwrap()).unwrap();
                let file = File::text(&path, String::from_utf8(content.clone()).unwrap());
                let name = file.git_name().now_or_never().unwrap().unwrap();
                files.insert(path, (name, content));
            }
            "lfsFile" => {
                let name = value["oid"].as_str().unwrap().to_owned();
                let Some(content) = state.objects.get(&name) else {
                    return (400, json!({ "error": "no such object" }));
                };
                files.insert(path, (name, content.clone()));
            }
            _ => {
                files.remove(&path);
            }
        }
    }
    state.revisions.insert(revision.to_owned(), files);
    state.commits += 1;
    (200, json!({ "success": true, "commitOid": state.commits.to_string() }))
}

/// Tea after tea, as a dataset.
pub fn teas(rows: usize) -> Dataset {
    let row = |number: usize| {
        let message = |role: &str| json!({ "role": role, "content": format!("Tea {number} of {role}") });
        json!({ "messages": [message("user"), message("assistant")], "metadata": { "topic_id": number.to_string() } })
    };
    let text: String = (0..rows).map(|number| row(number).to_string() + "\n").collect();
    Dataset { content: Rc::new(text.into_bytes()), topics: None, config: None, facts: Value::Null }
}

/// Options for the repository `me/teas`, with some more.
pub fn options(more: Value) -> Options {
    let mut options = json!({ "repository": "me/teas", "hubUrl": "https://hub.example" });
    for (name, value) in more.as_object().unwrap() {
        options[name] = value.clone();
    }
    Options::read(&options).unwrap()
}

pub fn surroundings(world: &Rc<World>) -> Surroundings {
    Surroundings { host: Rc::clone(world) as _, keys: Rc::new(Token), listener: None, stop: Rc::new(Stop::default()) }
}

/// Uploads to its end.
pub fn uploaded(hub: &Rc<Hub>, dataset: &Dataset, options: &Options) -> Result<Uploaded, Error> {
    let world = hub.world();
    world.run(upload(dataset, options, surroundings(&world)))
}
