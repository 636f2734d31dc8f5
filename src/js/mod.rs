//! The JavaScript door: every function that the package's entry points call.
//!
//! An export converts, calls the core, and converts back; decisions are made behind it. Nothing here is kept between
//! calls, nothing happens at import, and no borrow lasts across an await or a call into JavaScript.

mod abort;
mod blob;
mod compress;
mod convert;
mod cursor;
mod error;
mod guard;
mod host;
mod http;
mod keys;
mod model;
mod options;
mod store;
mod timer;
mod tools;
mod upload;

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use crate::config;
use crate::run::{self, Run};
use crate::samples::replay;
use crate::tools::Executors;
use crate::topics;
use convert::{Needed, read_config, read_topic, read_topics, text_argument, to_plain};
use guard::call;
use options::Options;

pub use cursor::SampleCursor;

/// Half the code of the standard allocator.
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

type JsResult = Result<JsValue, JsValue>;

/// A run that has taken up what earlier ones kept.
async fn begin(source: &JsValue, options: &Options) -> Result<Run, JsValue> {
    let run = Run::new(read_config(source)?, options.surroundings());
    run.resume().await.map_err(|error| options.failed(&error))?;
    Ok(run)
}

/// `parseConfig(source)`: the validated configuration.
#[wasm_bindgen(js_name = parseConfig)]
pub fn parse_config(source: JsValue) -> Promise {
    call(async move { to_plain(&read_config(&source)?) })
}

/// `checkConfig(source)`: all findings, without an error.
#[wasm_bindgen(js_name = checkConfig)]
pub fn check_config(source: JsValue) -> Promise {
    call(async move {
        let issues = match convert::config_source(&source)? {
            convert::ConfigSource::Text(text) => config::check(&text),
            convert::ConfigSource::Value(value) => config::check_value(&value),
        };
        to_plain(&issues)
    })
}

/// `planRun(source, topics?)`: what a run will do.
#[wasm_bindgen(js_name = planRun)]
pub fn plan_run(source: JsValue, topics: JsValue) -> Promise {
    call(async move {
        let config = read_config(&source)?;
        let needed = Needed::Sampled(config.topics.sample_nodes);
        let topics = convert::optional(&topics).map(|topics| read_topics(topics, needed)).transpose()?;
        to_plain(&run::plan(&config, topics.as_ref()).map_err(error::to_js)?)
    })
}

/// `readDeepFabricCheckpoint(source, topics, files)`: the entries of a checkpoint store.
#[wasm_bindgen(js_name = readDeepFabricCheckpoint)]
pub fn read_deepfabric_checkpoint(source: JsValue, topics: JsValue, files: JsValue) -> Promise {
    call(async move {
        let config = read_config(&source)?;
        let topics = read_topics(&topics, Needed::Sampled(config.topics.sample_nodes))?;
        let text = |field: &str| {
            let needs = "readDeepFabricCheckpoint needs {metadata, samples}, the texts of the two files";
            convert::get(&files, field).as_string().ok_or_else(|| convert::invalid(needs))
        };
        let entries = run::deepfabric_checkpoint::entries(&config, &topics, &text("metadata")?, &text("samples")?);
        convert::to_list(&entries.map_err(error::to_js)?)
    })
}

/// `generateTopics(source, options?)`: topics grown from the prompt.
#[wasm_bindgen(js_name = generateTopics)]
pub fn generate_topics(source: JsValue, options: JsValue) -> Promise {
    call(async move {
        let options = Options::read(&options)?;
        let run = begin(&source, &options).await?;
        match run.topics().await {
            Ok(topics) => convert::parse_json(&topics.to_json()),
            Err((error, topics)) => Err(options.ended(&error, blob::empty_dataset(topics, run.usage())?)),
        }
    })
}

/// `parseTopics(text)`: topics from a file.
#[wasm_bindgen(js_name = parseTopics)]
pub fn parse_topics(text: JsValue) -> Promise {
    call(async move {
        let text = text_argument(&text, "parseTopics")?;
        convert::reserve_memory_for_topics(&text);
        let topics = topics::parse(&text).map_err(error::to_js)?;
        convert::parse_json(&topics.to_json())
    })
}

/// `serializeTopics(topics)`: the text of a file.
#[wasm_bindgen(js_name = serializeTopics)]
pub fn serialize_topics(topics: JsValue) -> Promise {
    call(async move { Ok(topics::serialize(&read_topics(&topics, Needed::File)?).into()) })
}

/// `generateSample(source, topic, options?)`: one record.
#[wasm_bindgen(js_name = generateSample)]
pub fn generate_sample(source: JsValue, topic: JsValue, options: JsValue) -> Promise {
    call(async move {
        let options = Options::read(&options)?;
        let run = begin(&source, &options).await?;
        let line = run.sample(read_topic(&topic)?).await;
        convert::parse_json(&line.map_err(|error| options.failed(&error))?)
    })
}

/// `openSamples(source, topics, options?)`: a cursor, which the package's `generateSamples` wraps as a stream.
#[wasm_bindgen(js_name = openSamples)]
pub fn open_samples(source: JsValue, topics: JsValue, options: JsValue) -> Promise {
    call(async move {
        let options = Options::read(&options)?;
        let run = begin(&source, &options).await?;
        let topics = read_topics(&topics, Needed::Sampled(run.config().topics.sample_nodes))?;
        let samples = run.samples_for(&topics, options.delivery()).map_err(error::to_js)?;
        Ok(SampleCursor::new(samples, run, options).into())
    })
}

/// `generateDataset(source, options?)`: topics, samples and the JSONL.
#[wasm_bindgen(js_name = generateDataset)]
pub fn generate_dataset(source: JsValue, options: JsValue) -> Promise {
    call(async move {
        let options = Options::read(&options)?;
        let run = begin(&source, &options).await?;
        let parts = blob::Parts::default();
        match run.dataset(options.topics()?, &parts).await {
            Ok(dataset) => blob::dataset(dataset, parts),
            Err(stopped) => Err(options.ended(&stopped.error, blob::dataset(stopped.partial, parts)?)),
        }
    })
}

/// `checkSample(source, sample, options?)`: what is wrong with an agent's record.
#[wasm_bindgen(js_name = checkSample)]
pub fn check_sample(source: JsValue, sample: JsValue, options: JsValue) -> Promise {
    call(async move {
        let surroundings = Options::read(&options)?.surroundings();
        let record = convert::plain_value(&sample, "the sample")?;
        let executors = Executors { host: surroundings.host, callers: surroundings.tools };
        let issues = replay::check(&read_config(&source)?, &record, executors).await;
        to_plain(&issues.map_err(error::to_js)?)
    })
}

/// `uploadDataset(dataset, options)`: a dataset on the Hugging Face Hub.
#[wasm_bindgen(js_name = uploadDataset)]
pub fn upload_dataset(dataset: JsValue, options: JsValue) -> Promise {
    call(async move {
        let upload = upload::Upload::read(&dataset, &options)?;
        upload.carry_out().await
    })
}

/// Panics, so that the tests can see what a panic does.
#[cfg(feature = "panic-test")]
#[wasm_bindgen(js_name = panicForTest)]
#[allow(clippy::panic)]
pub fn panic_for_test() -> Promise {
    call(async move { panic!("a deliberate panic") })
}
