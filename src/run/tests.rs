//! The promises of a run, in the simulated world.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::config;
use crate::error::{Code, Error};
use crate::host::simulated::{Answer, Asked, World, completion, obliging};
use crate::host::{LocalFuture, Secret};
use crate::topics;

const SECOND: Duration = Duration::from_secs(1);

struct OneKey;

impl KeySource for OneKey {
    fn key<'a>(&'a self, _: &'a str) -> LocalFuture<'a, Result<Option<Secret>, String>> {
        Box::pin(async { Ok(Some(Secret::new("sk-secret"))) })
    }
}

#[derive(Default)]
pub struct Collected(pub RefCell<Vec<String>>);

impl LineSink for Collected {
    fn line(&self, line: String) {
        self.0.borrow_mut().push(line);
    }
}

impl Collected {
    pub fn records(&self) -> Vec<Value> {
        self.0.borrow().iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// A configuration with some values of the basic one replaced.
pub fn config(changes: Value) -> Config {
    let mut config = json!({
        "llm": { "provider": "openai", "model": "gpt-4o", "base_url": "https://models.example.com/v1" },
        "topics": { "prompt": "Root", "mode": "tree", "depth": 2, "degree": 3 },
        "generation": { "system_prompt": "Write well.", "conversation": { "type": "basic" } },
        "output": { "system_prompt": "Be helpful.", "num_samples": "auto", "batch_size": 4, "save_as": "x.jsonl" },
    });
    merge(&mut config, changes);
    config::parse_value(&config).unwrap()
}

pub fn merge(target: &mut Value, changes: Value) {
    match (target, changes) {
        (Value::Object(target), Value::Object(changes)) => {
            changes.into_iter().for_each(|(key, value)| merge(target.entry(key).or_insert(Value::Null), value));
        }
        (target, changes) => *target = changes,
    }
}

/// A run that keeps its progress.
pub fn run_with_store(config: Config, world: &Rc<World>, store: Rc<dyn Store>) -> Run {
    let (Run { config, surroundings, .. }, ..) = run(config, world);
    Run::new((*config).clone(), Surroundings { store: Some(store), ..surroundings })
}

pub fn run(config: Config, world: &Rc<World>) -> (Run, Rc<RefCell<Vec<Event>>>, Rc<Stop>) {
    let events: Rc<RefCell<Vec<Event>>> = Rc::default();
    let heard = Rc::clone(&events);
    let stop: Rc<Stop> = Rc::default();
    let surroundings = Surroundings {
        host: Rc::clone(world) as _,
        keys: Rc::new(OneKey),
        model: None,
        listener: Some(Rc::new(move |event: &Event| heard.borrow_mut().push(event.clone()))),
        stop: Rc::clone(&stop),
        tools: None,
        store: None,
    };
    (Run::new(config, surroundings), events, stop)
}

/// The lines of a dataset that is made without trouble.
fn dataset(config: Config, world: &Rc<World>) -> (Dataset, Vec<Value>) {
    let (run, ..) = run(config, world);
    let lines = Collected::default();
    let dataset = world.run(run.dataset(None, &lines)).unwrap();
    (dataset, lines.records())
}

fn answers(script: impl Fn(&Asked) -> String + 'static) -> Rc<World> {
    World::new(move |asked| Answer::After(SECOND, 200, completion(&script(asked))))
}

#[test]
fn makes_a_record_for_every_leaf_in_the_shape_of_deepfabric() {
    let world = answers(obliging);
    let (dataset, records) = dataset(config(json!({})), &world);
    assert_eq!((dataset.samples, records.len(), dataset.failures.len()), (9, 9, 0));
    assert_eq!(world.requests(), 4 + 9);
    let first = &records[0];
    assert_eq!(first["metadata"]["path"], json!(["Root", "Root.1", "Root.1.1"]));
    assert_eq!(first["metadata"]["cycle"], 0);
    assert_eq!(first["metadata"]["model"], "gpt-4o");
    let roles: Vec<_> = first["messages"].as_array().unwrap().iter().map(|message| &message["role"]).collect();
    assert_eq!(roles, ["system", "user", "assistant"]);
    let keys: Vec<_> = first.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["messages", "metadata", "question", "final_answer"]);
}

#[test]
fn reasoning_records_carry_their_reasoning() {
    let conversation = json!({ "type": "cot", "reasoning_style": "freetext" });
    let config = config(json!({
        "generation": { "conversation": conversation }, "output": { "include_system_message": false },
    }));
    let (_, records) = dataset(config, &answers(obliging));
    for record in records {
        assert_eq!(record["reasoning"]["style"], "freetext");
        assert!(record["reasoning"]["content"].as_str().unwrap().starts_with("Let me think"));
        assert_eq!(record["messages"][0]["role"], "user");
        assert_eq!(record["question"], record["messages"][0]["content"]);
        assert_eq!(record["final_answer"], record["messages"][1]["content"]);
    }
}

#[test]
fn the_same_replies_give_the_same_bytes_at_any_concurrency() {
    for mode in ["tree", "graph"] {
        let bytes = |batch_size: u32, max_concurrent: u32| {
            // Latencies that shuffle the order of replies.
            let world = World::new(|asked| {
                let latency = Duration::from_millis((asked.prompt().len() as u64 * 7919) % 997);
                Answer::After(latency, 200, completion(&obliging(asked)))
            });
            let (run, ..) = run(
                config(json!({
                    "topics": { "mode": mode, "max_concurrent": max_concurrent },
                    "output": { "batch_size": batch_size, "num_samples": 22 },
                })),
                &world,
            );
            let lines = Collected::default();
            let dataset = world.run(run.dataset(None, &lines)).unwrap();
            (lines.0.take(), topics::serialize(&dataset.topics))
        };
        assert_eq!(bytes(1, 1), bytes(32, 20), "{mode}");
    }
}

#[test]
fn never_more_requests_at_once_than_the_configuration_allows() {
    let world = answers(obliging);
    dataset(config(json!({ "topics": { "depth": 3, "max_concurrent": 2 }, "output": { "batch_size": 5 } })), &world);
    assert_eq!(world.most_under_way(), 5);
    let world = answers(obliging);
    let (run, ..) = run(config(json!({ "topics": { "depth": 3, "degree": 5, "max_concurrent": 4 } })), &world);
    world.run(run.topics()).unwrap();
    assert_eq!(world.most_under_way(), 4);
}

#[test]
fn slots_are_refilled_as_soon_as_they_are_free() {
    let world = answers(obliging);
    dataset(config(json!({ "topics": { "depth": 1, "degree": 10 }, "output": { "batch_size": 5 } })), &world);
    assert_eq!(world.now(), SECOND * 3);
}

#[test]
fn exactly_as_many_samples_as_asked_for_spread_over_the_branches() {
    for (asked, expected) in
        [(json!(1), 1), (json!(4), 4), (json!(9), 9), (json!(20), 20), (json!("50%"), 4), (json!("1%"), 1)]
    {
        let (dataset, records) = dataset(config(json!({ "output": { "num_samples": asked } })), &answers(obliging));
        assert_eq!((dataset.samples, records.len()), (expected, expected));
        if expected >= 3 {
            let branches: HashSet<_> = records.iter().map(|record| record["metadata"]["path"][1].to_string()).collect();
            assert_eq!(branches.len(), 3);
        }
    }
}

#[test]
fn later_cycles_vary_the_request() {
    let prompts: Rc<RefCell<Vec<String>>> = Rc::default();
    let seen = Rc::clone(&prompts);
    let world = answers(move |asked| {
        if asked.purpose() == "sample" {
            seen.borrow_mut().push(asked.prompt().to_owned());
        }
        obliging(asked)
    });
    let (_, records) = dataset(config(json!({ "output": { "num_samples": 90 } })), &world);
    let prompts = prompts.borrow();
    assert_eq!(prompts.iter().collect::<HashSet<_>>().len(), 90);
    assert!(prompts[..9].iter().all(|prompt| prompt.starts_with("Topic: ") && !prompt.contains('\n')));
    assert_eq!(records[89]["metadata"]["cycle"], 9);
}

#[test]
fn the_seed_decides_how_later_cycles_vary() {
    let lines =
        |seed: u32| dataset(config(json!({ "seed": seed, "output": { "num_samples": 22 } })), &answers(obliging)).1;
    assert_eq!(lines(1), lines(1));
    assert_ne!(lines(1), lines(2));
}

#[test]
fn every_expansion_sees_the_whole_path_and_the_topic_system_prompt() {
    for (mode, style) in [("tree", "default"), ("graph", "default"), ("graph", "isolated"), ("graph", "anchored")] {
        let world = answers(|asked| {
            if asked.purpose() == "topics" {
                assert!(asked.body["messages"][0]["content"].as_str().unwrap().contains("Only for cooks."));
                assert!(asked.prompt().starts_with("Path: \"Root\""));
            }
            obliging(asked)
        });
        let topics = json!({ "mode": mode, "prompt_style": style, "system_prompt": "Only for cooks.", "depth": 3 });
        let (dataset, _) = dataset(config(json!({ "topics": topics })), &world);
        assert_eq!(dataset.topics.leaves.len(), 27, "{mode} {style}");
        assert_eq!(dataset.topics.graph.is_some(), mode == "graph");
    }
}

#[test]
fn links_never_lead_back_nor_stop_a_topic_from_growing() {
    let (dataset, _) = dataset(config(json!({ "topics": { "mode": "graph", "depth": 3 } })), &answers(obliging));
    let graph = dataset.topics.graph.unwrap();
    let nodes = graph.nodes();
    assert_eq!(nodes.len(), 1 + 3 + 9 + 27);
    assert!(nodes.iter().any(|node| node.parents.len() > 1), "some subtopics are linked");
    for (index, node) in nodes.iter().enumerate() {
        assert!(node.children.iter().all(|&child| child > index), "links lead outwards");
        assert!(node.parents.iter().all(|&parent| nodes[parent].children.contains(&index)));
    }
    let own_children = |index: usize| nodes.iter().filter(|node| node.parents.first() == Some(&index)).count();
    assert!((0..13).all(|index| own_children(index) == 3), "every topic has its own subtopics");
}

#[test]
fn all_nodes_of_a_graph_are_sampled_where_the_configuration_says_so() {
    let topics = json!({ "mode": "graph", "prompt_style": "isolated", "sample_nodes": "all" });
    let (_, records) = dataset(config(json!({ "topics": topics })), &answers(obliging));
    assert_eq!(records.len(), 3 + 9);
}

#[test]
fn duplicates_are_replaced_over_the_whole_set() {
    // Every second expansion repeats what another has said, in other letters.
    let world = answers(|asked| {
        match asked.purpose() {
        "topics" if !asked.prompt().contains("taken already") => {
            json!({ "subtopics": ["Shared topic", "SHARED-TOPIC", format!("own {}", asked.prompt().len() + asked.number)] }).to_string()
        }
        "topics" => {
            assert!(asked.prompt().contains("\"SHARED-TOPIC\"") || asked.prompt().contains("\"Shared topic\""));
            let count = asked.body["response_format"]["json_schema"]["schema"]["properties"]["subtopics"]["minItems"].as_u64();
            let subtopics: Vec<_> = (0..count.unwrap()).map(|n| format!("more {} {n}", asked.number)).collect();
            json!({ "subtopics": subtopics }).to_string()
        }
        _ => obliging(asked),
    }
    });
    let (dataset, _) = dataset(config(json!({})), &world);
    let names: HashSet<_> =
        dataset.topics.leaves.iter().map(|topic| topic.path.last().unwrap().to_lowercase()).collect();
    assert_eq!((dataset.topics.leaves.len(), names.len()), (9, 9));
}

#[test]
fn more_subtopics_than_asked_for_are_left_out() {
    let world = answers(|asked| match asked.purpose() {
        "topics" => {
            let subtopics: Vec<_> = (0..8).map(|n| format!("{} {n}", asked.number)).collect();
            json!({ "subtopics": subtopics }).to_string()
        }
        _ => obliging(asked),
    });
    assert_eq!(dataset(config(json!({})), &world).0.topics.leaves.len(), 9);
}

#[test]
fn a_topic_that_cannot_be_expanded_is_reported_and_stays_a_leaf() {
    let world = answers(|asked| match asked.first_ask().contains("\"Root.2\"") {
        true => "no idea".to_owned(),
        false => obliging(asked),
    });
    let (run, events, _) = run(config(json!({})), &world);
    let dataset = world.run(run.dataset(None, &Collected::default())).unwrap();
    assert_eq!(dataset.topics.leaves.len(), 7);
    assert_eq!(dataset.topics.failed[0].path, ["Root", "Root.2"]);
    assert_eq!(dataset.topics.failed[0].code, "invalid_output");
    let failed: Vec<_> = events.borrow().iter().filter(|event| event.kind == "topic_failed").cloned().collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].path.as_ref().unwrap(), &["Root", "Root.2"]);
}

#[test]
fn a_root_that_cannot_be_expanded_is_an_error() {
    for reply in ["nonsense", r#"{"subtopics":[]}"#, r#"{"subtopics":["Root","ROOT"]}"#] {
        let world = answers(move |_| reply.to_owned());
        let (run, ..) = run(config(json!({})), &world);
        let stopped = world.run(run.dataset(None, &Collected::default())).unwrap_err();
        assert_eq!(stopped.error.code(), Code::InvalidOutput, "{}", stopped.error);
        // Three attempts, and one for each form of request that the model might understand better.
        assert!(world.requests() <= 6);
    }
}

#[test]
fn an_unusable_reply_is_asked_for_again_with_the_reason() {
    let replies = [
        ("oops", "not valid JSON"),
        (r#"{"question":"Why?"}"#, "lacks the property \\\"answer\\\""),
        (r#"{"question":"Why?","answer":"  "}"#, "is empty"),
        (r#"{"question":"Why?","answer":"[insert answer here]"}"#, "placeholder"),
        (r#"{"question":"Why?","answer":"I'm sorry, but I can't assist with that."}"#, "declines"),
        (r#"{"question":7,"answer":"x"}"#, "must be a string"),
    ];
    for (reply, reason) in replies {
        let reason = reason.replace('\\', "");
        let world = answers(move |asked| match (asked.purpose(), asked.prompt().contains("not accepted")) {
            ("sample", false) => reply.to_owned(),
            ("sample", true) => {
                assert!(asked.prompt().contains(&reason), "{}", asked.prompt());
                obliging(asked)
            }
            _ => obliging(asked),
        });
        let (dataset, _) = dataset(config(json!({})), &world);
        assert_eq!((dataset.samples, dataset.usage.total.retries), (9, 9), "{reply}");
    }
}

#[test]
fn a_sample_that_fails_a_few_times_in_a_row_gets_its_turn_once_more_behind_all_others() {
    let failures = Cell::new(0);
    let world = answers(move |asked| match (asked.purpose(), asked.first_ask().contains("Root.2.1")) {
        ("sample", true) if failures.get() < 4 => {
            failures.set(failures.get() + 1);
            r#"{"question":"Why?"}"#.to_owned()
        }
        _ => obliging(asked),
    });
    let (dataset, records) = dataset(config(json!({})), &world);
    assert_eq!((dataset.samples, dataset.failures.len(), world.requests()), (9, 0, 4 + 9 + 4));
    assert_eq!(records[3]["metadata"]["path"][2], "Root.2.1", "it stands where it was planned");
}

#[test]
fn what_stays_unusable_is_counted_with_its_topic_and_text() {
    let world = answers(|asked| match (asked.purpose(), asked.first_ask().contains("Root.2.")) {
        ("sample", true) => r#"{"question":"Why?"}"#.to_owned(),
        _ => obliging(asked),
    });
    let (dataset, records) = dataset(config(json!({})), &world);
    assert_eq!((dataset.samples, records.len(), dataset.failures.len()), (6, 6, 3));
    let failure = &dataset.failures[0];
    // Three, and three more at the end.
    assert_eq!((failure.code, failure.attempts, failure.cycle), ("invalid_output", 6, 0));
    assert_eq!(failure.path, ["Root", "Root.2", "Root.2.1"]);
    assert_eq!(failure.raw.as_deref(), Some(r#"{"question":"Why?"}"#));
}

#[test]
fn a_refusal_is_recorded_and_not_asked_for_again() {
    let refusal = json!({ "choices": [{ "message": { "content": null, "refusal": "No." }, "finish_reason": "stop" }] });
    let world = World::new(move |asked| {
        let refused = asked.purpose() == "sample" && asked.prompt().contains("Root.1.1");
        Answer::After(SECOND, 200, if refused { refusal.to_string() } else { completion(&obliging(asked)) })
    });
    let (dataset, _) = dataset(config(json!({})), &world);
    assert_eq!((dataset.failures[0].code, dataset.failures[0].attempts), ("refusal", 1));
    assert_eq!((dataset.samples, dataset.usage.total.retries), (8, 0));
}

#[test]
fn a_reply_that_is_cut_off_never_becomes_a_record() {
    let world = World::new(|asked| {
        let mut body: Value = serde_json::from_str(&completion(&obliging(asked))).unwrap();
        if asked.purpose() == "sample" {
            body["choices"][0]["finish_reason"] = json!("length");
        }
        Answer::After(SECOND, 200, body.to_string())
    });
    let (run, ..) = run(config(json!({})), &world);
    let stopped = world.run(run.dataset(None, &Collected::default())).unwrap_err();
    assert_eq!((stopped.error.code(), stopped.partial.samples), (Code::Truncated, 0));
}

#[test]
fn a_refused_key_ends_the_run_at_once_and_keeps_what_there_is() {
    let world = World::new(|asked| match asked.number {
        0..8 => Answer::After(SECOND, 200, completion(&obliging(asked))),
        _ => Answer::After(SECOND, 401, r#"{"error":{"message":"Incorrect API key sk-secret"}}"#.to_owned()),
    });
    let (run, ..) = run(config(json!({})), &world);
    let lines = Collected::default();
    let stopped = world.run(run.dataset(None, &lines)).unwrap_err();
    assert_eq!((stopped.error.code(), stopped.error.status()), (Code::Auth, Some(401)));
    assert!(!stopped.error.message().contains("sk-secret"), "{}", stopped.error);
    assert_eq!((stopped.partial.samples, lines.0.borrow().len()), (4, 4));
    assert_eq!(stopped.partial.topics.leaves.len(), 9);
    assert!(world.requests() <= 12, "nothing new is begun");
}

#[test]
fn a_server_that_is_not_there_is_noticed_soon() {
    let world = World::new(|_| Answer::Unreachable);
    let (run, ..) = run(config(json!({})), &world);
    let stopped = world.run(run.dataset(None, &Collected::default())).unwrap_err();
    assert_eq!(stopped.error.code(), Code::Network);
    assert!(stopped.error.is_retryable());
    assert!(world.requests() <= 2 && world.now() <= SECOND);
}

#[test]
fn passing_faults_cost_time_and_nothing_else() {
    let world = World::new(|asked| match asked.number % 4 {
        1 => Answer::After(SECOND, 503, String::new()),
        2 => Answer::WithHeaders(SECOND, 429, vec![("retry-after", "7".to_owned())], "{}".to_owned()),
        3 if asked.number > 4 => Answer::Unreachable,
        _ => Answer::After(SECOND, 200, completion(&obliging(asked))),
    });
    let (run, events, _) = run(config(json!({ "generation": { "rate_limit": { "max_retries": 20 } } })), &world);
    let lines = Collected::default();
    let dataset = world.run(run.dataset(None, &lines)).unwrap();
    assert_eq!((dataset.samples, dataset.failures.len()), (9, 0));
    assert_eq!(dataset.usage.total.requests, world.requests() as u64);
    assert_eq!(dataset.usage.total.retries, dataset.usage.total.requests - 13);
    let events = events.borrow();
    let limited: Vec<_> = events.iter().filter(|event| event.kind == "rate_limited").collect();
    assert!(!limited.is_empty() && limited.iter().all(|event| event.delay_ms.unwrap() >= 7000));
}

#[test]
fn a_quota_that_is_used_up_for_the_day_ends_the_run_unless_it_is_to_be_waited_for() {
    let run_with = |rate_limit: Value| {
        let world = World::new(|asked| match asked.number {
            3 | 4 => {
                let violation = json!({ "quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier" });
                let details = json!([
                    { "@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation] },
                    { "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "17.5s" },
                ]);
                let error = json!({ "code": 429, "status": "RESOURCE_EXHAUSTED", "details": details });
                Answer::After(SECOND, 429, json!([{ "error": error }]).to_string())
            }
            _ => Answer::After(SECOND, 200, completion(&obliging(asked))),
        });
        let (run, ..) = run(config(json!({ "llm": { "rate_limit": rate_limit } })), &world);
        let result = world.run(run.dataset(None, &Collected::default()));
        (result, world.now())
    };
    let (stopped, _) = run_with(json!({}));
    assert_eq!(stopped.unwrap_err().error.code(), Code::Quota);
    let (dataset, took) = run_with(json!({ "daily_quota_aware": false }));
    assert_eq!(dataset.unwrap().failures.len(), 0);
    assert!(took >= Duration::from_millis(17_500), "{took:?}");
}

#[test]
fn a_run_of_nothing_but_failures_ends_before_it_has_cost_everything() {
    let world = answers(|asked| match asked.purpose() {
        "sample" => "no".to_owned(),
        _ => obliging(asked),
    });
    let (run, ..) = run(config(json!({ "output": { "num_samples": 500 } })), &world);
    let stopped = world.run(run.dataset(None, &Collected::default())).unwrap_err();
    assert_eq!(stopped.error.code(), Code::InvalidOutput);
    assert!(world.requests() < 60, "{}", world.requests());
    assert!(stopped.partial.failures.len() >= 10);
}

#[test]
fn stopping_ends_every_request_at_once_and_keeps_what_there_is() {
    let world = answers(obliging);
    let (run, _, stop) = run(config(json!({ "output": { "num_samples": 100 } })), &world);
    let lines = Collected::default();
    let stopped = world.run(async {
        let stopping = async {
            world.sleep(Duration::from_millis(5500)).await;
            stop.request();
        };
        futures_util::future::join(run.dataset(None, &lines), stopping).await.0.unwrap_err()
    });
    assert_eq!(stopped.error.code(), Code::Aborted);
    assert_eq!(world.now(), Duration::from_millis(5500));
    assert_eq!(world.under_way(), 0);
    // Two rounds of topics, then samples four at a time.
    assert_eq!((stopped.partial.samples, lines.0.borrow().len()), (12, 12));
    assert_eq!(stopped.partial.topics.leaves.len(), 9);
}

#[test]
fn stopping_while_topics_grow_keeps_the_topics() {
    let world = answers(obliging);
    let (run, _, stop) = run(config(json!({ "topics": { "depth": 3, "max_concurrent": 1 } })), &world);
    let (error, topics) = world.run(async {
        let stopping = async {
            world.sleep(Duration::from_millis(2500)).await;
            stop.request();
        };
        futures_util::future::join(run.topics(), stopping).await.0.unwrap_err()
    });
    assert_eq!(error.code(), Code::Aborted);
    assert_eq!(topics.leaves.len(), 3 + 2);
}

#[test]
fn a_run_that_never_gets_an_answer_can_be_stopped() {
    let world = World::new(|_| Answer::Hang);
    let (run, _, stop) = run(config(json!({})), &world);
    stop.request();
    let stopped = world.run(run.dataset(None, &Collected::default())).unwrap_err();
    assert_eq!(stopped.error.code(), Code::Aborted);
}

#[test]
fn progress_never_goes_back_and_ends_at_the_total() {
    // In the graph, subtopics of others are linked to the topic that fails, so it is no leaf.
    for (mode, expected) in [("tree", 6), ("graph", 5)] {
        let world =
            answers(|asked| match asked.first_ask().contains("\"Root.2\"") || asked.first_ask().contains("Root.1.1") {
                true => "no".to_owned(),
                false => obliging(asked),
            });
        let (run, events, _) = run(config(json!({ "topics": { "mode": mode } })), &world);
        world.run(run.dataset(None, &Collected::default())).unwrap();
        let events = events.borrow();
        assert!(events.windows(2).all(|pair| pair[0].done <= pair[1].done));
        assert!(events.iter().all(|event| event.done <= event.total));
        let last = events.last().unwrap();
        assert_eq!((last.kind, last.done), ("run_done", last.total));
        assert_eq!(events.iter().filter(|event| event.kind == "sample_done").count(), expected);
        assert!(events.iter().filter(|event| event.kind == "sample_done").all(|event| event.record.is_some()));
    }
}

#[test]
fn the_key_is_in_the_header_and_nowhere_else() {
    let world = World::new(|asked| {
        assert_eq!(asked.headers, [("authorization", "Bearer sk-secret".to_owned())]);
        assert!(!asked.body.to_string().contains("sk-secret"));
        Answer::After(SECOND, 500, r#"{"error":"sk-secret is not welcome"}"#.to_owned())
    });
    let (run, events, _) = run(config(json!({})), &world);
    let stopped = world.run(run.dataset(None, &Collected::default())).unwrap_err();
    assert!(!format!("{stopped:?} {:?}", events.borrow()).contains("sk-secret"));
}

#[test]
fn a_request_says_everything_once_and_the_topic_last() {
    let world = World::new(|asked| {
        if asked.purpose() == "sample" {
            let text = asked.body.to_string();
            assert_eq!(text.matches("Write well.").count(), 1);
            assert!(asked.prompt().ends_with(|c: char| c.is_ascii_digit()), "the topic is last: {}", asked.prompt());
            assert!(text.len() < 9_300 / 4, "{}", text.len());
        }
        let schema = &asked.body["response_format"]["json_schema"];
        assert_eq!((&schema["strict"], &schema["schema"]["additionalProperties"]), (&json!(true), &json!(false)));
        Answer::After(SECOND, 200, completion(&obliging(asked)))
    });
    dataset(config(json!({ "generation": { "instructions": "Be concrete." } })), &world);
}

#[test]
fn a_plan_says_what_the_run_then_takes() {
    for changes in [json!({}), json!({ "topics": { "depth": 3 }, "output": { "num_samples": 40 } })] {
        let world = answers(obliging);
        let planned = plan(&config(changes.clone()), None).unwrap();
        let (dataset, records) = dataset(config(changes), &world);
        assert_eq!(planned.samples.count, records.len());
        assert_eq!(planned.topics.max, dataset.topics.leaves.len());
        assert_eq!(planned.topics.requests + planned.samples.requests.min, world.requests());
    }
}

#[test]
fn a_plan_costs_each_stage_at_the_price_of_its_own_model() {
    let cost = |topics: Value, generation: Value| {
        let config = config(json!({ "topics": { "llm": topics }, "generation": { "llm": generation } }));
        plan(&config, None).unwrap().cost.map(|cost| cost.amount)
    };
    let free = json!({ "price": { "input": 0, "output": 0 } });
    let a_dollar_a_token_sent = json!({ "price": { "input": 1_000_000, "output": 0 } });
    let a_dollar_a_token_received = json!({ "price": { "input": 0, "output": 1_000_000 } });
    let tokens = plan(&config(json!({})), None).unwrap().tokens;

    let sent = [(&a_dollar_a_token_sent, &free), (&free, &a_dollar_a_token_sent)];
    let sent = sent.map(|(topics, generation)| cost(topics.clone(), generation.clone()).unwrap());
    assert!(sent[0] > 0.0 && sent[1] > sent[0], "{sent:?}");
    assert_eq!(sent[0] + sent[1], tokens.input as f64);
    let received = cost(a_dollar_a_token_received.clone(), a_dollar_a_token_received.clone());
    assert_eq!(received, Some(tokens.output as f64));
    assert_eq!(cost(free.clone(), free), Some(0.0));
}

#[test]
fn a_plan_names_no_cost_where_a_price_is_missing() {
    let price = json!({ "price": { "input": 2.5, "output": 10 } });
    assert_eq!(plan(&config(json!({})), None).unwrap().cost, None);
    assert_eq!(plan(&config(json!({ "topics": { "llm": price } })), None).unwrap().cost, None);
    let config = config(json!({ "generation": { "llm": price } }));
    assert_eq!(plan(&config, None).unwrap().cost, None);

    // Nobody is asked for topics that are there.
    let topics = topics::parse("{\"path\":[\"A\",\"B\"]}\n{\"path\":[\"A\",\"C\"]}").unwrap();
    let planned = plan(&config, Some(&topics)).unwrap();
    let cost = planned.cost.unwrap();
    let expected = (planned.tokens.input as f64 * 2.5 + planned.tokens.output as f64 * 10.0) / 1e6;
    assert!(expected > 0.0 && (cost.amount - expected).abs() < 1e-12, "{cost:?} {expected}");
    assert_eq!(serde_json::to_value(cost).unwrap()["currency"], "USD");
}

#[test]
fn one_sample_for_one_topic_is_the_record_of_the_whole_run() {
    let world = answers(obliging);
    let (dataset, records) = dataset(config(json!({})), &world);
    let (run, ..) = run(config(json!({})), &world);
    let line = world.run(run.sample(dataset.topics.leaves[4].clone())).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), records[4]);
}

#[test]
fn given_topics_are_used_and_none_are_grown() {
    let world = answers(obliging);
    let (run, ..) = run(config(json!({})), &world);
    let topics = topics::parse("{\"path\":[\"A\",\"B\"]}\n{\"path\":[\"A\",\"C\"]}").unwrap();
    let lines = Collected::default();
    let dataset = world.run(run.dataset(Some(topics), &lines)).unwrap();
    assert_eq!((dataset.samples, world.requests()), (2, 2));
    assert_eq!(lines.records()[1]["metadata"]["path"], json!(["A", "C"]));
}

#[test]
fn a_run_without_topics_is_refused() {
    let world = answers(obliging);
    let (run, ..) = run(config(json!({})), &world);
    let none = TopicSet { leaves: Vec::new(), ..topics::parse("{\"path\":[\"A\"]}").unwrap() };
    let stopped: Error = world.run(run.dataset(Some(none), &Collected::default())).unwrap_err().error;
    assert_eq!(stopped.code(), Code::Config);
}

#[test]
fn replies_that_are_on_their_way_when_the_run_has_to_end_are_kept() {
    let world = World::new(|asked| match asked.number {
        0..4 => Answer::After(SECOND, 200, completion(&obliging(asked))),
        8 => Answer::After(SECOND, 401, json!({ "error": { "message": "expired" } }).to_string()),
        // The sample that makes room for it, one that hangs, and those that take longer than the refusal.
        4 => Answer::After(SECOND, 200, completion(&obliging(asked))),
        5 => Answer::Hang,
        _ => Answer::After(SECOND * 9, 200, completion(&obliging(asked))),
    });
    let (run, ..) = run(config(json!({})), &world);
    let lines = Collected::default();
    let stopped = world.run(run.dataset(None, &lines)).unwrap_err();
    assert_eq!((stopped.error.code(), stopped.partial.samples, lines.0.borrow().len()), (Code::Auth, 3, 3));
    assert!(stopped.partial.failures.is_empty(), "{:?}", stopped.partial.failures);
    assert_eq!((world.requests(), world.under_way()), (9, 0), "nothing is sent after the refusal");
    assert_eq!(world.now(), SECOND * (2 + 2 + 30), "what hangs is not waited for for ever");
}

#[test]
fn nothing_waits_to_be_sent_any_more_when_the_run_has_to_end() {
    let world = World::new(|asked| match asked.number {
        0..4 => Answer::After(SECOND, 200, completion(&obliging(asked))),
        4 => Answer::After(SECOND, 200, completion(&obliging(asked))),
        8 => Answer::After(SECOND, 401, json!({ "error": { "message": "expired" } }).to_string()),
        _ => Answer::WithHeaders(SECOND, 503, vec![("retry-after", "60".to_owned())], "{}".to_owned()),
    });
    let (run, ..) = run(config(json!({})), &world);
    let stopped = world.run(run.dataset(None, &Collected::default())).unwrap_err();
    assert_eq!((stopped.error.code(), stopped.partial.samples, world.requests()), (Code::Auth, 1, 9));
    assert!(stopped.partial.failures.is_empty(), "{:?}", stopped.partial.failures);
    assert_eq!(world.now(), SECOND * (2 + 2), "what would only be sent in a minute is not waited for");
}
