//! Runs that are stopped anywhere and go on from their journal, in the simulated world.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};

use super::tests::{Collected, config, run_with_store};
use super::*;
use crate::error::Code;
use crate::host::simulated::{Answer, Asked, World, completion, obliging};
use crate::host::{LocalFuture, Store};

/// A store that takes its time, and that a crash leaves with half an entry.
struct Shelf {
    world: Rc<World>,
    entries: RefCell<Vec<String>>,
    fails: bool,
}

impl Shelf {
    fn new(world: &Rc<World>) -> Rc<Self> {
        Self::with(world, Vec::new())
    }

    fn with(world: &Rc<World>, entries: Vec<String>) -> Rc<Self> {
        Rc::new(Self { world: Rc::clone(world), entries: RefCell::new(entries), fails: false })
    }

    fn values(&self) -> Vec<Value> {
        self.entries.borrow().iter().filter_map(|entry| entry.parse().ok()).collect()
    }

    /// The replies that are kept.
    fn kept(&self) -> usize {
        self.values().iter().filter(|entry| entry.get("key").is_some()).count()
    }
}

impl Store for Shelf {
    fn read(&self) -> LocalFuture<'_, Result<Vec<String>, String>> {
        Box::pin(async move { Ok(self.entries.borrow().clone()) })
    }

    fn append(&self, entries: Vec<String>) -> LocalFuture<'_, Result<(), String>> {
        Box::pin(async move {
            if self.fails && self.entries.borrow().len() > 5 {
                return Err("the disk is full".to_owned());
            }
            for entry in entries {
                let half = entry.len() / 2;
                self.entries.borrow_mut().push(entry[..half].to_owned());
                self.world.sleep(Duration::from_millis(3)).await;
                self.entries.borrow_mut().pop();
                self.entries.borrow_mut().push(entry);
            }
            Ok(())
        })
    }
}

/// Latencies that shuffle the order of replies.
fn answers() -> Rc<World> {
    World::new(|asked: &Asked| {
        let latency = Duration::from_millis((asked.prompt().len() as u64 * 7919) % 997);
        Answer::After(latency, 200, completion(&obliging(asked)))
    })
}

/// As above, but one sample in three asks what another asks too.
fn answers_that_repeat() -> Rc<World> {
    World::new(|asked: &Asked| {
        let latency = Duration::from_millis((asked.prompt().len() as u64 * 7919) % 997);
        let reply = match (asked.purpose(), crate::seed::number(3, &[asked.first_ask()]) % 3) {
            ("sample", 0) => json!({ "question": "Why is that so?", "answer": asked.first_ask() }).to_string(),
            _ => obliging(asked),
        };
        Answer::After(latency, 200, completion(&reply))
    })
}

fn changes(mode: &str) -> Value {
    json!({ "topics": { "mode": mode }, "output": { "num_samples": 14, "batch_size": 5 } })
}

/// Runs to the end over a store, or until the world has moved so many times.
fn attempt(changes: Value, world: &Rc<World>, shelf: &Rc<Shelf>, moves: usize) -> Option<(Dataset, Vec<String>)> {
    let run = run_with_store(config(changes), world, Rc::clone(shelf) as _);
    let lines = Collected::default();
    let dataset = world.run_at_most(moves, async {
        run.resume().await.unwrap();
        run.dataset(None, &lines).await.unwrap()
    })?;
    Some((dataset, lines.0.take()))
}

#[test]
fn a_run_that_is_killed_anywhere_goes_on_without_paying_twice_and_makes_the_same_bytes() {
    for (mode, answers) in [("tree", answers as fn() -> Rc<World>), ("graph", answers), ("tree", answers_that_repeat)] {
        let world = answers();
        let (dataset, lines) = attempt(changes(mode), &world, &Shelf::new(&world), usize::MAX).unwrap();
        let (whole, topics) = (world.requests(), crate::topics::serialize(&dataset.topics));
        assert_eq!(lines.len(), 14);
        let mut survived = 0;
        for moves in 0.. {
            let world = answers();
            let shelf = Shelf::new(&world);
            if attempt(changes(mode), &world, &shelf, moves).is_some() {
                break;
            }
            let kept = shelf.kept();
            let world = answers();
            let shelf = Shelf::with(&world, shelf.entries.take());
            let (again, bytes) = attempt(changes(mode), &world, &shelf, usize::MAX).unwrap();
            assert_eq!(bytes, lines, "{mode}, killed after {moves} moves");
            assert_eq!(crate::topics::serialize(&again.topics), topics);
            assert_eq!(world.requests(), whole - kept, "{mode}, killed after {moves} moves: what is kept is not asked");
            assert!(again.usage.total.requests as usize >= whole, "what was used before counts too");
            survived += 1;
        }
        assert!(survived > 40, "{survived}");
    }
}

#[test]
fn a_run_that_is_killed_again_and_again_gets_to_its_end() {
    // `DATAWEFT_KILLED_RUNS` says how many, for a longer search.
    let runs = std::env::var("DATAWEFT_KILLED_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(300);
    for seed in 0..runs {
        let answers = if seed % 2 == 0 { answers } else { answers_that_repeat };
        let world = answers();
        let (_, lines) = attempt(changes("tree"), &world, &Shelf::new(&world), usize::MAX).unwrap();
        let replies = world.requests();
        let mut entries = Vec::new();
        let mut paid = 0;
        let mut lives = 0;
        let made = loop {
            let world = answers();
            let shelf = Shelf::with(&world, entries);
            lives += 1;
            assert!(lives < 1000, "the run gets nowhere");
            let moves = crate::seed::number(seed, &[&lives.to_string()]) as usize % 40;
            let before = shelf.kept();
            let outcome = attempt(changes("tree"), &world, &shelf, moves);
            paid += shelf.kept() - before;
            match outcome {
                Some((_, made)) => break made,
                None => entries = shelf.entries.take(),
            }
        };
        assert_eq!(made, lines);
        assert_eq!(paid, replies, "each reply is kept once");
    }
}

#[test]
fn a_finished_run_is_made_again_for_nothing_and_more_samples_cost_only_themselves() {
    let world = answers();
    let shelf = Shelf::new(&world);
    let (first, lines) = attempt(changes("tree"), &world, &shelf, usize::MAX).unwrap();
    let requests = world.requests();
    let (second, again) = attempt(changes("tree"), &world, &shelf, usize::MAX).unwrap();
    assert_eq!((&again, world.requests()), (&lines, requests));
    assert_eq!(second.usage, first.usage);
    let more = json!({ "output": { "num_samples": 18, "batch_size": 2 }, "generation": { "sample_retries": 4 } });
    let (third, _) = attempt(more, &world, &shelf, usize::MAX).unwrap();
    assert_eq!(third.samples, 18);
    // Of the second round over the nine topics, five were there.
    assert_eq!(world.requests(), requests + 4);
}

#[test]
fn topics_that_are_given_twice_or_with_the_same_id_are_told_apart() {
    let world = answers();
    let shelf = Shelf::new(&world);
    let topics = r#"{"mode":"tree","topics":[
        {"id":"x","path":["R","a"]},{"id":"x","path":["R","b"]},{"id":"y","path":["R","c"]},{"id":"y","path":["R","c"]}]}"#;
    let attempt = || {
        let run = run_with_store(config(json!({})), &world, Rc::clone(&shelf) as _);
        let lines = Collected::default();
        world.run(async {
            run.resume().await.unwrap();
            run.dataset(Some(TopicSet::from_json(topics).unwrap()), &lines).await.unwrap()
        });
        lines.0.take()
    };
    let first = attempt();
    // Twice the same request brings the same question, so that one is asked once more.
    assert_eq!((first.len(), world.requests()), (4, 5));
    assert_eq!((attempt(), world.requests()), (first, 5), "nothing is asked again, and each stands in its place");
}

#[test]
fn a_journal_of_another_configuration_is_refused_with_what_differs() {
    let world = answers();
    let shelf = Shelf::new(&world);
    attempt(changes("tree"), &world, &shelf, usize::MAX).unwrap();
    let entries = shelf.entries.borrow().len();
    let other = json!({ "topics": { "prompt": "Other" }, "generation": { "llm": { "temperature": 0.25 } } });
    let run = run_with_store(config(other), &world, Rc::clone(&shelf) as _);
    let error = world.run(run.resume()).unwrap_err();
    assert_eq!(error.code(), Code::Config);
    assert!(error.message().contains(r#"topics.prompt was "Root" and is "Other""#), "{}", error.message());
    assert!(error.message().contains("generation.llm.temperature"), "{}", error.message());
    assert_eq!(shelf.entries.borrow().len(), entries, "and is left as it was");
}

#[test]
fn entries_that_no_run_has_made_are_refused() {
    let world = answers();
    for entries in [vec![r#"{"key":"sample x 0","value":{},"used":null}"#], vec![r#"{"dataweft":2,"config":{}}"#]] {
        let shelf = Shelf::with(&world, entries.into_iter().map(str::to_owned).collect());
        let run = run_with_store(config(json!({})), &world, shelf as _);
        assert_eq!(world.run(run.resume()).unwrap_err().code(), Code::Config);
    }
}

#[test]
fn a_store_that_fails_ends_the_run_before_more_is_paid_for() {
    let world = answers();
    let shelf = Rc::new(Shelf { world: Rc::clone(&world), entries: RefCell::default(), fails: true });
    let run = run_with_store(config(changes("tree")), &world, shelf as _);
    let lines = Collected::default();
    let stopped = world
        .run(async {
            run.resume().await.unwrap();
            run.dataset(None, &lines).await
        })
        .unwrap_err();
    assert!(stopped.error.message().contains("the disk is full"), "{}", stopped.error.message());
    assert!(stopped.error.is_retryable() && stopped.partial.samples > 0);
    assert_eq!(stopped.partial.samples, lines.0.borrow().len(), "the samples that could not be kept are handed out");
    assert!(world.requests() < 4 + 14);
}

#[test]
fn a_budget_holds_over_all_runs_together() {
    let world = answers();
    let shelf = Shelf::new(&world);
    let limited = json!({ "output": { "num_samples": 14 }, "budget": { "max_requests": 11 } });
    for _ in 0..2 {
        let run = run_with_store(config(limited.clone()), &world, Rc::clone(&shelf) as _);
        let lines = Collected::default();
        let stopped = world.run(async {
            run.resume().await.unwrap();
            run.dataset(None, &lines).await.unwrap_err()
        });
        assert_eq!((stopped.error.code(), stopped.partial.samples, world.requests()), (Code::Budget, 7, 11));
    }
    let (dataset, _) = attempt(json!({ "output": { "num_samples": 14 } }), &world, &shelf, usize::MAX).unwrap();
    assert_eq!((dataset.samples, world.requests()), (14, 4 + 14), "a larger budget goes on from there");
}

#[test]
fn agents_go_on_where_they_were_and_make_the_same_bytes() {
    let agents = |more: Value| {
        let mut changes = json!({
            "generation": {
                "conversation": { "type": "cot", "reasoning_style": "agent", "agent_mode": "multi_turn" },
                "tools": {
                    "components": { "builtin": ["read_file", "write_file", "list_files", "delete_file"] },
                    "custom": [{ "name": "get_order", "parameters": [{ "name": "order_id", "type": "str" }] }],
                    "scenario_seed": { "files": { "rivers.md": "R", "notes.txt": "N", "plan.txt": "P" } },
                },
            },
            "output": { "num_samples": 12 },
        });
        super::tests::merge(&mut changes, more);
        changes
    };
    let model = || {
        World::new(|asked: &Asked| {
            let latency = Duration::from_millis((asked.prompt().len() as u64 * 7919) % 997);
            let reply = match asked.purpose() {
                "topics" => obliging(asked),
                _ => super::agent_model::Script { seed: 1, errors: 0 }.reply(asked),
            };
            Answer::After(latency, 200, completion(&reply))
        })
    };
    let world = model();
    let (_, whole) = attempt(agents(json!({})), &world, &Shelf::new(&world), usize::MAX).unwrap();
    assert_eq!(whole.len(), 12);
    let needed = world.requests();

    let mut killed = 0;
    for moves in [20, 50, 80, 110, 140] {
        let world = model();
        let shelf = Shelf::new(&world);
        killed += usize::from(attempt(agents(json!({})), &world, &shelf, moves).is_none());
        let (before, kept) = (world.requests(), shelf.kept());
        let (_, lines) = attempt(agents(json!({})), &world, &shelf, usize::MAX).unwrap();
        assert_eq!(lines, whole, "killed after {moves} moves");
        assert!(world.requests() - before <= needed - kept, "what is kept is not asked for again");
    }
    assert!(killed >= 3, "{killed}");
}
