//! The checkpoints of DeepFabric (version 4): what it had written when it stopped, as entries of a journal of ours.
//!
//! Of its files, `{stem}.checkpoint.json` says which samples are complete and `{stem}.checkpoint.jsonl` holds their records.
//! A record tells its topic but not its cycle, which is found by counting. What a crash left half written, DeepFabric takes
//! for no checkpoint at all and begins anew; here complete lines are kept, whatever the other file says of them.

use std::rc::Rc;

use serde_json::{Map, Value};

use super::journal;
use crate::config::{Config, ConversationType};
use crate::error::{Code, Error, Result};
use crate::numbers::Numbers;
use crate::samples::Slot;
use crate::topics::TopicSet;

/// The version that is known.
const VERSION: u64 = 4;

/// Reads a checkpoint: the text of its `.checkpoint.json` and of its `.checkpoint.jsonl`, for the topics of that run. The
/// entries belong into an empty store; a run over these topics then goes on where DeepFabric stopped.
///
/// # Errors
/// Code `config` for files of another kind or version, for another type of samples than the configuration's, and where a
/// sample is of none of the topics.
pub fn entries(config: &Config, topics: &TopicSet, metadata: &str, samples: &str) -> Result<Vec<String>> {
    let metadata: Value = metadata
        .parse()
        .map_err(|error: serde_json::Error| refused(format_args!("its metadata is no JSON ({error})")))?;
    match metadata.get("version").and_then(Value::as_u64) {
        Some(VERSION) => {}
        Some(version) => {
            return Err(refused(format_args!("it is of version {version}, and only {VERSION} can be read")));
        }
        None => return Err(refused("its metadata names no version; give the text of its .checkpoint.json")),
    }
    let text = |field: &str| metadata.get(field).and_then(Value::as_str);
    let is = match config.generation.conversation.kind {
        ConversationType::Basic => "basic",
        ConversationType::Cot => "cot",
    };
    let was = text("conversation_type").unwrap_or_default();
    if was != is {
        return Err(refused(format_args!(
            "its samples are of the type \"{was}\", and the configuration asks for \"{is}\""
        )));
    }

    let sampled = topics.sampled(config.topics.sample_nodes);
    let mut places = Numbers::default();
    for (place, topic) in sampled.iter().enumerate() {
        places.insert(topic.id.clone(), place);
    }
    let mut cycles = completed(&metadata, &places, sampled.len());
    let mut found = Vec::new();
    for line in samples.lines() {
        // Half a line is what a crash leaves.
        let Ok(Value::Object(mut record)) = line.parse::<Value>() else { continue };
        let id = record.get("metadata").and_then(|metadata| metadata.get("topic_id")).and_then(Value::as_str);
        let Some(id) = id else { return Err(refused("a record names no topic, as records of custom schemas do")) };
        let place = places.get(id);
        let (Some(topic), Some(cycles)) =
            (place.and_then(|place| sampled.get(place)), place.and_then(|place| cycles.get_mut(place)))
        else {
            let message =
                format_args!("a sample is of the topic \"{id}\", which is not among the topics; give those of its run");
            return Err(refused(message));
        };
        let slot = Slot::new(Rc::new(topic.clone()), cycles.next());
        describe(&mut record, &slot, text("model_name").unwrap_or_default());
        found.push((slot, Value::Object(record)));
    }
    Ok(journal::entries_of(config, found.iter().map(|(slot, record)| (slot, record))))
}

/// The cycles that samples of one topic are of, in the order in which they are in the file.
#[derive(Clone, Default)]
struct Cycles {
    /// The last comes first.
    listed: Vec<u32>,
    /// Follows all that are listed.
    next: u32,
}

impl Cycles {
    fn next(&mut self) -> u32 {
        self.listed.pop().unwrap_or_else(|| {
            self.next += 1;
            self.next - 1
        })
    }
}

/// What is complete, for each topic.
fn completed(metadata: &Value, places: &Numbers, topics: usize) -> Vec<Cycles> {
    let mut all = vec![Cycles::default(); topics];
    for entry in metadata.get("completed").and_then(Value::as_array).into_iter().flatten() {
        let id = entry.get(0).and_then(Value::as_str).unwrap_or_default();
        let cycle = entry.get(1).and_then(Value::as_u64).and_then(|cycle| u32::try_from(cycle).ok());
        let cycles = places.get(id).and_then(|place| all.get_mut(place));
        if let (Some(cycles), Some(cycle)) = (cycles, cycle) {
            cycles.listed.push(cycle);
        }
    }
    for cycles in &mut all {
        cycles.listed.sort_unstable_by(|one, other| other.cmp(one));
        cycles.next = cycles.listed.first().map_or(0, |last| last.saturating_add(1));
    }
    all
}

/// Gives a record what ours have: no empty fields, and in its metadata where it comes from.
fn describe(record: &mut Map<String, Value>, slot: &Slot, model: &str) {
    record.retain(|_, field| !field.is_null());
    if let Some(Value::Object(metadata)) = record.get_mut("metadata") {
        let path = slot.topic.path.iter().map(|topic| topic.as_str().into()).collect();
        metadata.insert("path".to_owned(), Value::Array(path));
        metadata.insert("cycle".to_owned(), slot.cycle.into());
        metadata.insert("model".to_owned(), model.into());
    }
}

fn refused(what: impl std::fmt::Display) -> Error {
    Error::new(Code::Config, format_args!("the DeepFabric checkpoint cannot be used: {what}"))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::host::simulated::{Answer, World, completion, obliging};
    use crate::host::{LocalFuture, Store};
    use crate::run::tests::{Collected, config as configured, run_with_store};

    struct Kept(RefCell<Vec<String>>);

    impl Store for Kept {
        fn read(&self) -> LocalFuture<'_, std::result::Result<Vec<String>, String>> {
            Box::pin(async { Ok(self.0.borrow().clone()) })
        }

        fn append(&self, entries: Vec<String>) -> LocalFuture<'_, std::result::Result<(), String>> {
            self.0.borrow_mut().extend(entries);
            Box::pin(async { Ok(()) })
        }
    }

    fn topics() -> TopicSet {
        TopicSet::from_paths(["Rhine", "Danube", "Elbe"].map(|name| vec!["Rivers".to_owned(), name.to_owned()]))
    }

    fn metadata(topics: &TopicSet, completed: &[(usize, u32)]) -> Value {
        let completed: Vec<Value> =
            completed.iter().map(|(topic, cycle)| json!([topics.leaves[*topic].id, cycle])).collect();
        json!({
            "version": 4, "created_at": "2026-01-01T00:00:00", "provider": "openai", "model_name": "gpt-4o",
            "conversation_type": "basic", "reasoning_style": null, "total_samples": completed.len(),
            "total_failures": 0, "completed": completed, "unique_topics": 0, "cycles_needed": 0,
            "checkpoint_interval": 4, "topics_file": "topics.jsonl"
        })
    }

    fn record(topics: &TopicSet, topic: usize, question: &str) -> String {
        let record = json!({
            "messages": [
                {"role": "user", "content": question},
                {"role": "assistant", "content": format!("An answer to: {question}")}
            ],
            "metadata": {"topic_id": topics.leaves[topic].id},
            "reasoning": null, "tool_context": null, "question": "", "final_answer": ""
        });
        record.to_string() + "\n"
    }

    #[test]
    fn a_run_goes_on_where_deepfabric_stopped() {
        let topics = topics();
        let metadata = metadata(&topics, &[(1, 0), (0, 0), (1, 1)]).to_string();
        let asked = ["Where does the Danube rise?", "How long is the Rhine?", "Which towns lie on the Danube?"];
        let lines = [(1, asked[0]), (0, asked[1]), (1, asked[2])].map(|(topic, text)| record(&topics, topic, text));
        // A sample that the other file does not know yet, and one that is half written.
        let unlisted = "Who was the first to sail all of the Elbe?";
        let samples = lines.concat() + &record(&topics, 2, unlisted) + &record(&topics, 2, "Is it")[..40];

        let config = configured(json!({"output": {"num_samples": 7}}));
        let entries = entries(&config, &topics, &metadata, &samples).unwrap();
        assert_eq!(entries.len(), 5);
        let world = World::new(|asked| Answer::After(Duration::from_millis(5), 200, completion(&obliging(asked))));
        let run = run_with_store(config, &world, Rc::new(Kept(RefCell::new(entries))));
        let lines = Collected::default();
        let dataset = world.run(async {
            run.resume().await.unwrap();
            run.dataset(Some(topics), &lines).await.unwrap()
        });
        assert_eq!((dataset.samples, world.requests()), (7, 3));
        let made: Vec<Value> = lines.0.take().iter().map(|line| line.parse().unwrap()).collect();
        for question in asked.iter().chain([&unlisted]) {
            let record = made.iter().find(|record| record["messages"][0]["content"] == **question).unwrap();
            assert_eq!(record["metadata"]["model"], "gpt-4o");
            assert_eq!(record["metadata"]["path"][0], "Rivers");
            assert!(record.get("reasoning").is_none());
        }
        let second = made.iter().find(|record| record["messages"][0]["content"] == asked[2]).unwrap();
        assert_eq!(second["metadata"]["cycle"], 1);
    }

    #[test]
    fn what_does_not_belong_to_the_run_is_refused_with_the_reason() {
        let (topics, config) = (topics(), configured(json!({})));
        let good = metadata(&topics, &[]);
        let with = |field: &str, value: Value| {
            let mut metadata = good.clone();
            metadata[field] = value;
            metadata.to_string()
        };
        let strange = r#"{"messages": [], "metadata": {"topic_id": "elsewhere"}}"#;
        let cases = [
            ("{".to_owned(), "", "no JSON"),
            ("{}".to_owned(), "", ".checkpoint.json"),
            (with("version", json!(3)), "", "version 3"),
            (with("conversation_type", json!("cot")), "", "\"cot\""),
            (good.to_string(), strange, "\"elsewhere\""),
            (good.to_string(), r#"{"any": 1}"#, "custom schemas"),
        ];
        for (metadata, samples, part) in cases {
            let error = entries(&config, &topics, &metadata, samples).unwrap_err();
            assert_eq!(error.code(), Code::Config);
            assert!(error.message().contains(part), "{part}: {error}");
        }
    }
}
