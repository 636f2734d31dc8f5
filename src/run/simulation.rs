//! Whole runs against a provider that fails in every way known here, over many seeds. Each seed is one world: time is
//! virtual, so a run of minutes takes milliseconds, and a seed that fails can be run again alone.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};

use super::tests::{Collected, config, run};
use super::*;
use crate::error::Code;
use crate::host::simulated::{Answer, Asked, Piece, World, completion, obliging};

/// A small generator for the choices of a world: SplitMix64.
struct Chance(Cell<u64>);

impl Chance {
    fn new(seed: u64) -> Self {
        Self(Cell::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x632b_e59b_d9b4_e019)))
    }

    fn next(&self) -> u64 {
        self.0.set(self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
        let mut bits = self.0.get();
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    fn below(&self, end: u64) -> u64 {
        self.next() % end
    }

    fn milliseconds(&self, from: u64, to: u64) -> Duration {
        Duration::from_millis(from + self.below(to - from))
    }
}

/// How an answer goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    ThrottledInSeconds,
    ThrottledInMilliseconds,
    ThrottledUntilDate,
    ThrottledUntilReset,
    ThrottledInWords,
    ServerError,
    Overloaded,
    NoConnection,
    NoAnswer,
    Silence,
    BrokenOff,
    EndedEarly,
    ErrorInStream,
    Truncated,
    Babble,
    BrokenJson,
    OtherSchema,
    EmptyText,
    Page,
    Refusal,
    Filtered,
}

/// After each of these the same request may succeed.
const PASSING: &[Fault] = &[
    Fault::ThrottledInSeconds,
    Fault::ThrottledInMilliseconds,
    Fault::ThrottledUntilDate,
    Fault::ThrottledUntilReset,
    Fault::ThrottledInWords,
    Fault::ServerError,
    Fault::Overloaded,
    Fault::NoConnection,
    Fault::NoAnswer,
    Fault::Silence,
    Fault::BrokenOff,
    Fault::EndedEarly,
    Fault::ErrorInStream,
    Fault::Truncated,
    Fault::Babble,
    Fault::BrokenJson,
    Fault::OtherSchema,
    Fault::EmptyText,
];

/// Nothing comes after these.
const FINAL: &[Fault] = &[Fault::Page, Fault::Refusal, Fault::Filtered];

const KEY: &str = "sk-secret";
/// 1 January 2026, 00:00:00 UTC: what the simulated clock says when a world begins.
const BEGINNING: &str = "Thu, 01 Jan 2026 00:00:00 GMT";

/// A provider with moods, and what it saw.
struct Moody {
    chance: Chance,
    /// Faults in a thousand answers.
    rate: u64,
    faults: Vec<Fault>,
    /// From when until when no request may come: a wait counts from the answer that asks for it.
    told: RefCell<Vec<(Duration, Duration)>>,
    told_too_early: Cell<usize>,
    hit: RefCell<Vec<Fault>>,
    tokens: Cell<u64>,
    input: u64,
    output: u64,
}

impl Moody {
    fn new(seed: u64, rate: u64, faults: &[&[Fault]]) -> Rc<Self> {
        let chance = Chance::new(seed);
        let (input, output) = (50 + chance.below(300), 5 + chance.below(200));
        Rc::new(Self {
            chance,
            rate,
            faults: faults.concat(),
            told: RefCell::default(),
            told_too_early: Cell::default(),
            hit: RefCell::default(),
            tokens: Cell::default(),
            input,
            output,
        })
    }

    fn world(self: &Rc<Self>) -> Rc<World> {
        let moody = Rc::clone(self);
        World::new(move |asked| moody.answer(asked))
    }

    fn answer(&self, asked: &Asked) -> Answer {
        if self.told.borrow().iter().any(|(from, until)| *from < asked.at && asked.at < *until) {
            self.told_too_early.set(self.told_too_early.get() + 1);
        }
        let fault = (self.chance.below(1000) < self.rate)
            .then(|| self.faults[self.chance.below(self.faults.len() as u64) as usize]);
        let Some(fault) = fault else { return self.well(asked) };
        self.hit.borrow_mut().push(fault);
        let soon = self.chance.milliseconds(20, 900);
        let told = Duration::from_secs(1 + self.chance.below(20));
        let throttled = |header: &'static str, value: String| {
            self.told.borrow_mut().push((asked.at + soon, asked.at + soon + told));
            Answer::WithHeaders(soon, 429, vec![("date", http_date(asked.at + soon)), (header, value)], "{}".to_owned())
        };
        match fault {
            Fault::ThrottledInSeconds => throttled("retry-after", told.as_secs().to_string()),
            Fault::ThrottledInMilliseconds => throttled("retry-after-ms", told.as_millis().to_string()),
            // Dates have whole seconds, and so has the server's own clock.
            Fault::ThrottledUntilDate => throttled("retry-after", http_date(asked.at + soon + told)),
            Fault::ThrottledUntilReset => throttled("x-ratelimit-reset-requests", format!("{}s", told.as_secs())),
            Fault::ThrottledInWords => Answer::After(soon, 429, r#"{"error":{"message":"slow down"}}"#.to_owned()),
            Fault::ServerError => {
                Answer::After(soon, [500, 502, 503, 504][self.chance.below(4) as usize], format!("oops {KEY}"))
            }
            Fault::Overloaded => Answer::After(soon, 529, r#"{"error":{"type":"overloaded_error"}}"#.to_owned()),
            Fault::NoConnection => Answer::Unreachable,
            Fault::NoAnswer => Answer::Hang,
            Fault::Page => Answer::After(soon, 200, "<html>Welcome</html>".to_owned()),
            Fault::Silence => self.in_part(asked, Piece::Hang),
            Fault::BrokenOff => self.in_part(asked, Piece::Reset),
            Fault::EndedEarly => self.in_part(asked, Piece::Bytes(Duration::ZERO, Vec::new())),
            Fault::ErrorInStream => {
                let error = "data: {\"error\":{\"message\":\"try later\",\"type\":\"server_error\"}}\n\n";
                self.in_part(asked, Piece::Bytes(Duration::ZERO, error.as_bytes().to_vec()))
            }
            Fault::Truncated => self.other(asked, &obliging(asked)[..20], "length"),
            Fault::Babble => self.other(asked, "Certainly! A connection timeout, status 500, you say?", "stop"),
            Fault::BrokenJson => self.other(asked, &obliging(asked)[..20], "stop"),
            Fault::OtherSchema => self.other(asked, r#"{"result":{"value":401}}"#, "stop"),
            Fault::EmptyText => self.other(asked, "", "stop"),
            Fault::Refusal => {
                let choice = json!({ "message": { "content": null, "refusal": "No." }, "finish_reason": "stop" });
                Answer::After(soon, 200, json!({ "choices": [choice] }).to_string())
            }
            Fault::Filtered => self.other(asked, "", "content_filter"),
        }
    }

    fn well(&self, asked: &Asked) -> Answer {
        self.other(asked, &obliging(asked), "stop")
    }

    /// A whole answer or a stream of it, as the mood is.
    fn other(&self, asked: &Asked, text: &str, finish: &str) -> Answer {
        self.tokens.set(self.tokens.get() + self.input + self.output);
        let usage = json!({ "prompt_tokens": self.input, "completion_tokens": self.output });
        if asked.body["stream"] != json!(true) || self.chance.below(2) == 0 {
            let choice = json!({ "message": { "content": text }, "finish_reason": finish });
            let body = json!({ "choices": [choice], "usage": usage }).to_string();
            return Answer::After(self.chance.milliseconds(200, 1000), 200, body);
        }
        let mut stream = deltas(text);
        stream.push_str(&event(&json!({ "choices": [{ "delta": {}, "finish_reason": finish }] })));
        stream.push_str(&event(&json!({ "choices": [], "usage": usage })));
        stream.push_str("data: [DONE]\n\n");
        Answer::Pieces(stream_headers(), self.pieces(stream.as_bytes()))
    }

    /// The beginning of a stream, and then something else.
    fn in_part(&self, asked: &Asked, then: Piece) -> Answer {
        self.tokens.set(self.tokens.get() + self.input + self.output);
        let stream = deltas(&obliging(asked));
        let end = self.chance.below(stream.len() as u64) as usize;
        // Whole events, so that what follows is the fault and not a torn event.
        let end = stream[..end].rfind("\n\n").map_or(0, |end| end + 2);
        let mut pieces = self.pieces(&stream.as_bytes()[..end]);
        pieces.push(then);
        Answer::Pieces(stream_headers(), pieces)
    }

    /// Bytes split anywhere, also inside characters and line ends.
    fn pieces(&self, bytes: &[u8]) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            let (piece, after) = rest.split_at((1 + self.chance.below(400) as usize).min(rest.len()));
            pieces.push(Piece::Bytes(self.chance.milliseconds(1, 80), piece.to_vec()));
            rest = after;
        }
        pieces
    }
}

fn stream_headers() -> Vec<(&'static str, String)> {
    vec![("content-type", "text/event-stream; charset=utf-8".to_owned())]
}

fn event(data: &Value) -> String {
    format!("data: {data}\r\n\r\n").replace("\r\n\r\n", "\n\n")
}

fn deltas(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let parts = characters.chunks(7).map(|part| part.iter().collect::<String>());
    parts.map(|part| event(&json!({ "choices": [{ "delta": { "content": part }, "finish_reason": null }] }))).collect()
}

/// A moment of the world as servers write it.
fn http_date(at: Duration) -> String {
    let seconds = at.as_secs();
    assert!(seconds < 86_400, "{BEGINNING} plus {seconds} s is another day");
    format!("Thu, 01 Jan 2026 {:02}:{:02}:{:02} GMT", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// What came of a run.
struct Outcome {
    samples: usize,
    failures: Vec<Failure>,
    usage: Usage,
    error: Option<crate::Error>,
    records: Vec<Value>,
}

/// Runs a configuration in a provider's world and checks what must hold whatever happens.
fn simulate(seed: u64, moody: &Rc<Moody>, configuration: Config) -> (Outcome, Rc<World>) {
    let world = moody.world();
    let at_once = configuration.output.batch_size.max(configuration.topics.max_concurrent) as usize;
    let (run, events, _) = run(configuration, &world);
    let lines = Collected::default();
    let (dataset, error) = match world.run(run.dataset(None, &lines)) {
        Ok(dataset) => (dataset, None),
        Err(stopped) => (stopped.partial, Some(stopped.error)),
    };
    let records = lines.records();
    assert_eq!(dataset.samples, records.len(), "seed {seed}");
    let distinct: HashSet<String> = records.iter().map(|record| record["metadata"].to_string()).collect();
    assert_eq!(distinct.len(), records.len(), "seed {seed}: a sample was delivered twice");
    for record in &records {
        let (question, answer) = (record["question"].as_str().unwrap(), record["final_answer"].as_str().unwrap());
        assert!(question.starts_with("What about Topic:") && answer.starts_with("This is about"), "seed {seed}");
    }
    assert!(world.most_under_way() <= at_once, "seed {seed}: {} at once", world.most_under_way());
    assert_eq!(world.under_way(), 0, "seed {seed}: a request outlived the run");
    assert_eq!(moody.told_too_early.get(), 0, "seed {seed}: a request came before the wait was over");
    assert_eq!(dataset.usage.total.requests, world.requests() as u64, "seed {seed}");
    let told = format!("{:?} {error:?} {:?}", events.borrow(), dataset.failures);
    assert!(
        !told.contains(KEY) && !lines.0.borrow().iter().any(|line| line.contains(KEY)),
        "seed {seed}: the key leaks"
    );
    let outcome =
        Outcome { samples: dataset.samples, failures: dataset.failures, usage: dataset.usage, error, records };
    (outcome, world)
}

fn faulty_config(seed: u64, changes: Value) -> Config {
    let mut base = json!({
        "llm": { "provider": "openai", "model": "m", "base_url": "https://models.example.com/v1",
                 "timeout": { "first_answer": 5, "silence": 3, "total": 60 } },
        "topics": { "depth": 2, "degree": 3, "max_concurrent": 1 + seed % 6 },
        "generation": { "rate_limit": { "max_retries": 20 } },
        "output": { "num_samples": 14, "batch_size": 1 + seed % 9 },
    });
    super::tests::merge(&mut base, changes);
    config(base)
}

#[test]
fn every_sample_is_delivered_or_accounted_for_over_two_thousand_worlds() {
    let mut delivered = 0;
    for seed in 0..2000 {
        let moody = Moody::new(seed, 50 + seed % 400, &[PASSING, FINAL]);
        let (outcome, _) = simulate(seed, &moody, faulty_config(seed, json!({})));
        match &outcome.error {
            None => assert_eq!(outcome.samples + outcome.failures.len(), 14, "seed {seed}"),
            // No topics, or a provider that is down for good.
            Some(error) => assert!(outcome.samples <= 14 && error.code() != Code::Internal, "seed {seed}: {error}"),
        }
        delivered += outcome.samples;
    }
    assert!(delivered > 20_000, "{delivered} of 28,000");
}

#[test]
fn one_fault_in_five_costs_no_sample_and_few_requests() {
    for seed in 0..20 {
        let moody = Moody::new(seed, 200, &[PASSING]);
        let changes = json!({
            "topics": { "depth": 2, "degree": 5, "max_concurrent": 8 },
            "output": { "num_samples": 200, "batch_size": 8 },
        });
        let (outcome, _) = simulate(seed, &moody, faulty_config(seed, changes));
        assert!(outcome.error.is_none(), "seed {seed}: {:?}", outcome.error);
        assert_eq!((outcome.samples, outcome.failures.len()), (200, 0), "seed {seed}: {:?}", outcome.failures);
        let without_faults = 6 + 200;
        let overhead = outcome.usage.total.requests as f64 / f64::from(without_faults);
        assert!(overhead < 1.35, "seed {seed}: {overhead}");
        let kinds: HashSet<String> = moody.hit.borrow().iter().map(|fault| format!("{fault:?}")).collect();
        assert!(kinds.len() > PASSING.len() / 2, "seed {seed}: only {kinds:?}");
    }
}

#[test]
fn a_budget_is_never_overshot_and_ends_the_run_with_everything_kept() {
    let mut ended = 0;
    for seed in 0..600 {
        let moody = Moody::new(seed, 150, &[PASSING]);
        let limit = 20 + seed % 30;
        let budget = match seed % 3 {
            0 => json!({ "max_requests": limit }),
            1 => json!({ "max_tokens": limit * 700 }),
            _ => json!({ "max_cost": limit as f64 * 0.0007 }),
        };
        let price = json!({ "input": 1, "output": 1 });
        let changes = json!({ "budget": budget, "llm": { "price": price }, "generation": { "max_tokens": 300 },
                              "topics": { "max_tokens": 300 }, "output": { "num_samples": 60 } });
        let (outcome, world) = simulate(seed, &moody, faulty_config(seed, changes));
        match seed % 3 {
            0 => assert!(world.requests() as u64 <= limit, "seed {seed}: {} of {limit} requests", world.requests()),
            _ => assert!(
                moody.tokens.get() <= limit * 700,
                "seed {seed}: {} of {} tokens",
                moody.tokens.get(),
                limit * 700
            ),
        }
        if let Some(error) = &outcome.error {
            assert_eq!(error.code(), Code::Budget, "seed {seed}: {error}");
            ended += 1;
        }
    }
    assert!(ended > 300, "{ended} runs met their budget");
}

#[test]
fn an_outage_is_not_amplified_and_what_is_made_is_kept() {
    for seed in 0..100 {
        let chance = Chance::new(seed);
        let down_from = 20 + chance.below(20) as usize;
        let world = World::new(move |asked| match asked.number < down_from {
            true => Answer::After(Duration::from_millis(500), 200, completion(&obliging(asked))),
            false => Answer::After(Duration::from_millis(100), 503, String::new()),
        });
        let changes = json!({ "output": { "num_samples": 500, "batch_size": 32 }, "generation": { "rate_limit": { "max_retries": 5 } } });
        let (run, ..) = run(faulty_config(seed, changes), &world);
        let lines = Collected::default();
        let stopped = world.run(run.dataset(None, &lines)).unwrap_err();
        let after = world.requests() - down_from;
        assert!(after <= 32 + 60, "seed {seed}: {after} requests to a server that is down");
        assert_eq!(stopped.partial.samples, down_from - 4, "seed {seed}");
        assert!(stopped.error.is_retryable(), "seed {seed}: {}", stopped.error);
    }
}

#[test]
fn one_seed_is_one_run() {
    let once = |seed: u64| {
        let moody = Moody::new(seed, 300, &[PASSING, FINAL]);
        let (outcome, world) = simulate(seed, &moody, faulty_config(seed, json!({})));
        (outcome.records, world.requests(), world.now())
    };
    for seed in [3, 77, 1234] {
        assert_eq!(once(seed), once(seed));
    }
}
