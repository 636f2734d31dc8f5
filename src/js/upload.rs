//! An upload as JavaScript asks for it: a dataset or a Blob, and options.

use std::rc::Rc;

use js_sys::{Array, Function, Object, Promise, Uint8Array};
use serde_json::{Map, Value, json};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::abort::SignalWatch;
use super::host::Runtime;
use super::keys::Keys;
use super::options::{self, flag, function};
use super::{convert, error};
use crate::error::Code;
use crate::host::{Content, LocalFuture, Stop};
use crate::hub::{self, Dataset, Listener, Options, Surroundings};

/// Options that are plain data, which the core reads.
const PLAIN: [&str; 10] =
    ["repository", "private", "revision", "createPr", "message", "tags", "license", "language", "split", "hubUrl"];
const NAMES: [&str; 16] = [
    "repository",
    "token",
    "private",
    "revision",
    "createPr",
    "message",
    "tags",
    "license",
    "language",
    "split",
    "config",
    "hubUrl",
    "fetch",
    "signal",
    "onEvent",
    "allowPrivateNetwork",
];

/// What the caller passed, checked. Dropping it ends the watch on the caller's signal.
pub struct Upload {
    dataset: Dataset,
    options: Options,
    surroundings: Surroundings,
    signal: Option<SignalWatch>,
}

impl Upload {
    /// Reads both arguments.
    pub fn read(dataset: &JsValue, options: &JsValue) -> Result<Self, JsValue> {
        let object = options::object(options, &NAMES)?;
        let plain = Object::new();
        PLAIN.iter().for_each(|name| convert::set(&plain, name, &convert::get(&object, name)));
        let options = Options::read(&convert::plain_value(&plain, "the options")?).map_err(error::to_js)?;
        let stop: Rc<Stop> = Rc::default();
        let signal = convert::get(&object, "signal");
        let signal = convert::optional(&signal).map(|signal| SignalWatch::new(signal, Rc::clone(&stop))).transpose()?;
        let mut dataset = read_dataset(dataset)?;
        let config = convert::get(&object, "config");
        dataset.config = convert::optional(&config).map(convert::read_config).transpose()?;
        let surroundings = Surroundings {
            host: Rc::new(Runtime::new(function(&object, "fetch")?, flag(&object, "allowPrivateNetwork")?)),
            keys: Rc::new(Keys::read("token", &convert::get(&object, "token"))?),
            listener: function(&object, "onEvent")?.map(listener),
            stop,
        };
        Ok(Self { dataset, options, surroundings, signal })
    }

    /// Uploads, and gives `{url, commit, files}`.
    pub async fn carry_out(&self) -> Result<JsValue, JsValue> {
        match hub::upload(&self.dataset, &self.options, self.surroundings.clone()).await {
            Ok(uploaded) => {
                let hub::Uploaded { url, commit, files } = uploaded;
                convert::to_plain(&json!({ "url": url, "commit": commit, "files": files }))
            }
            Err(failed) => {
                let reason = self.signal.as_ref().filter(|_| failed.code() == Code::Aborted).map(SignalWatch::reason);
                Err(error::to_js_with(&failed, &reason.iter().map(|reason| ("cause", reason)).collect::<Vec<_>>()))
            }
        }
    }
}

/// A dataset of `generateDataset`, or a Blob of JSONL by itself.
fn read_dataset(dataset: &JsValue) -> Result<Dataset, JsValue> {
    let refuse =
        || convert::invalid("uploadDataset takes a dataset as generateDataset gives it, or a Blob with its JSONL");
    if !dataset.is_object() {
        return Err(refuse());
    }
    if let Some(content) = BlobContent::read(dataset) {
        return Ok(Dataset { content: Rc::new(content), topics: None, config: None, facts: Value::Null });
    }
    let content = BlobContent::read(&convert::get(dataset, "jsonl")).ok_or_else(refuse)?;
    let topics = convert::get(dataset, "topics");
    let mut facts = Map::new();
    let failures = convert::get(dataset, "failures");
    if let Some(failures) = failures.dyn_ref::<Array>() {
        facts.insert("failures".to_owned(), failures.length().into());
    }
    let report = convert::get(dataset, "report");
    if convert::optional(&report).is_some() {
        facts.insert("report".to_owned(), convert::plain_value(&report, "the dataset's report")?);
    }
    Ok(Dataset {
        content: Rc::new(content),
        topics: convert::optional(&topics)
            .map(|topics| convert::read_topics(topics, convert::Needed::All))
            .transpose()?,
        config: None,
        facts: Value::Object(facts),
    })
}

#[wasm_bindgen(raw_module = "./blob-reader.js")]
extern "C" {
    /// Reads a Blob part after part.
    type BlobReader;

    #[wasm_bindgen(constructor)]
    fn new(blob: &JsValue) -> BlobReader;

    /// The bytes as a Uint8Array.
    #[wasm_bindgen(method)]
    fn read(this: &BlobReader, start: f64, end: f64) -> Promise;
}

/// A Blob, or a File, which is a Blob in a folder.
struct BlobContent {
    reader: BlobReader,
    size: u64,
}

impl BlobContent {
    /// By its looks: it may come from another realm.
    fn read(value: &JsValue) -> Option<Self> {
        let is_blob =
            value.is_object() && ["slice", "arrayBuffer"].iter().all(|name| convert::get(value, name).is_function());
        let size = is_blob.then(|| convert::get(value, "size").as_f64()).flatten()?;
        Some(Self { reader: BlobReader::new(value), size: size as u64 })
    }
}

impl Content for BlobContent {
    fn size(&self) -> u64 {
        self.size
    }

    fn read(&self, start: u64, end: u64) -> LocalFuture<'_, Result<Vec<u8>, String>> {
        Box::pin(async move {
            let read = JsFuture::from(self.reader.read(start as f64, end as f64)).await;
            let bytes = read.map_err(|thrown| error::describe(&thrown))?;
            Ok(bytes.unchecked_into::<Uint8Array>().to_vec())
        })
    }
}

/// Calls the caller's function. What it throws is its own affair.
fn listener(on_event: Function) -> Listener {
    Rc::new(move |event: &Value| {
        if let Ok(event) = convert::to_plain(event) {
            let _ = on_event.call1(&JsValue::UNDEFINED, &event);
        }
    })
}
