//! The promises about single requests, kept over whole runs in the simulated world: how the model is held to the schema,
//! what a server turns out to take, what is cut off, how fast requests go and what they cost.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};

use super::tests::{Collected, config, run};
use super::*;
use crate::error::Code;
use crate::host::simulated::{Answer, Asked, Piece, World, completion, obliging};

const SECOND: Duration = Duration::from_secs(1);
/// The run of the basic configuration: four expansions and nine samples.
const WITHOUT_FAULTS: usize = 4 + 9;

fn well(asked: &Asked) -> Answer {
    Answer::After(SECOND, 200, completion(&obliging(asked)))
}

fn refuse(status: u16, body: Value) -> Answer {
    Answer::After(SECOND, status, body.to_string())
}

/// Runs a configuration against a script: the dataset, and what was asked.
fn ask(changes: Value, script: impl Fn(&Asked) -> Answer + 'static) -> (Dataset, Rc<World>, Rc<RefCell<Vec<Value>>>) {
    let bodies: Rc<RefCell<Vec<Value>>> = Rc::default();
    let seen = Rc::clone(&bodies);
    let world = World::new(move |asked| {
        seen.borrow_mut().push(asked.body.clone());
        script(asked)
    });
    let (run, ..) = run(config(changes), &world);
    let dataset = world.run(run.dataset(None, &Collected::default())).unwrap();
    (dataset, world, bodies)
}

fn modes(bodies: &[Value]) -> Vec<&'static str> {
    let mode = |body: &Value| match (body["response_format"]["type"].as_str(), body["tools"].is_array()) {
        (Some("json_schema"), _) => "schema",
        (Some(_), _) => "json",
        (None, true) => "tool",
        (None, false) => "text",
    };
    bodies.iter().map(mode).collect()
}

/// A reply by the tool call that was asked for.
fn tool_call(text: &str) -> String {
    let call = json!({ "id": "call_1", "type": "function", "function": { "name": "sample", "arguments": text } });
    json!({
        "choices": [{ "message": { "content": null, "tool_calls": [call] }, "finish_reason": "tool_calls" }],
        "usage": { "prompt_tokens": 100, "completion_tokens": 10 },
    })
    .to_string()
}

#[test]
fn a_mode_that_the_server_refuses_is_refused_once_and_the_next_one_is_remembered() {
    for (status, works, expected) in [(400, "tool", 1), (422, "json", 2), (400, "text", 3), (501, "text", 3)] {
        let (dataset, world, bodies) = ask(json!({}), move |asked| match asked.mode() == works {
            true if works == "tool" => Answer::After(SECOND, 200, tool_call(&obliging(asked))),
            true => well(asked),
            false => refuse(status, json!({ "error": { "message": "response_format is not supported" } })),
        });
        assert_eq!((dataset.samples, dataset.failures.len()), (9, 0), "{works}");
        assert_eq!(world.requests(), WITHOUT_FAULTS + expected, "{works}: {:?}", modes(&bodies.borrow()));
        assert!(modes(&bodies.borrow())[expected..].iter().all(|mode| *mode == works), "{works}");
    }
}

#[test]
fn a_server_that_ignores_the_schema_is_noticed_at_its_first_reply() {
    let (dataset, world, bodies) = ask(json!({}), |asked| match asked.mode() {
        "text" => well(asked),
        _ => Answer::After(SECOND, 200, completion("Rivers are fascinating! What would you like to know?")),
    });
    assert_eq!((dataset.samples, dataset.failures.len()), (9, 0));
    let modes = modes(&bodies.borrow());
    assert_eq!(modes[..3], ["schema", "tool", "json"]);
    assert_eq!(modes[3..], ["text"; WITHOUT_FAULTS], "{modes:?}");
    assert_eq!(world.requests(), WITHOUT_FAULTS + 3);
    let system = bodies.borrow()[5]["messages"][0]["content"].as_str().unwrap().to_owned();
    assert!(
        system.contains("\"subtopics\"") || system.contains("\"question\""),
        "the prompt shows the schema: {system}"
    );
}

#[test]
fn json_with_prose_thoughts_or_fences_around_it_is_found() {
    type Wrapper = fn(String) -> String;
    let wrappers: [Wrapper; 4] = [
        |text| format!("```json\n{text}\n```"),
        |text| format!("<think>I could say {{\"no\":1}}.</think>\n{text}"),
        |text| format!("Here is the sample you asked for:\n\n{text}\n\nI hope it helps."),
        |text| format!("Sure!\n```\n{text}\n```\nAnything else?"),
    ];
    for (number, wrap) in wrappers.into_iter().enumerate() {
        let (dataset, world, _) =
            ask(json!({}), move |asked| Answer::After(SECOND, 200, completion(&wrap(obliging(asked)))));
        assert_eq!((dataset.samples, world.requests()), (9, WITHOUT_FAULTS), "wrapper {number}");
    }
}

#[test]
fn a_mode_that_works_is_not_given_up_for_a_single_bad_reply() {
    let (dataset, world, bodies) = ask(json!({}), |asked| match asked.number {
        6 | 9 => Answer::After(SECOND, 200, completion("I'd rather not use JSON.")),
        8 => refuse(400, json!({ "error": { "message": "something else" } })),
        _ => well(asked),
    });
    // The unexplained refusal costs its sample, which another replaces, and nothing else.
    assert_eq!((dataset.samples, dataset.failures.len()), (9, 0));
    assert_eq!(world.requests(), WITHOUT_FAULTS + 3);
    assert!(modes(&bodies.borrow()).iter().all(|mode| *mode == "schema"));
}

#[test]
fn a_temperature_that_the_model_does_not_take_is_left_out_from_then_on() {
    let (dataset, world, bodies) = ask(json!({}), |asked| match asked.body.get("temperature") {
        Some(_) => {
            refuse(400, json!({ "error": { "message": "no", "param": "temperature", "code": "unsupported_value" } }))
        }
        None => well(asked),
    });
    assert_eq!(dataset.samples, 9);
    assert_eq!(world.requests(), WITHOUT_FAULTS + 1);
    assert!(modes(&bodies.borrow()).iter().all(|mode| *mode == "schema"), "the mode was not the reason");
}

#[test]
fn a_correction_is_a_turn_that_shows_the_reply_and_names_what_is_wrong() {
    let (dataset, _, bodies) =
        ask(json!({}), |asked| match (asked.purpose(), asked.prompt().contains("not accepted")) {
            ("sample", false) => Answer::After(SECOND, 200, completion(r#"{"question":"Why?","answer":""}"#)),
            _ => well(asked),
        });
    assert_eq!((dataset.samples, dataset.usage.total.retries), (9, 9));
    let bodies = bodies.borrow();
    let corrected = bodies.iter().filter(|body| body["messages"].as_array().unwrap().len() == 4);
    let roles = |body: &Value| {
        let messages = body["messages"].as_array().unwrap().iter();
        messages.map(|message| message["role"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let mut count = 0;
    for body in corrected {
        assert_eq!(roles(body), ["system", "user", "assistant", "user"]);
        assert_eq!(body["messages"][2]["content"], r#"{"question":"Why?","answer":""}"#);
        assert!(body["messages"][3]["content"].as_str().unwrap().contains("\"answer\" is empty"));
        count += 1;
    }
    assert_eq!(count, 9);
}

#[test]
fn failures_that_no_other_form_of_the_request_can_help_are_not_asked_again() {
    for (status, code) in
        [(400, "context_length_exceeded"), (404, "model_not_found"), (401, "invalid_api_key"), (413, "too_large")]
    {
        let world = World::new(move |_| refuse(status, json!({ "error": { "message": "no", "code": code } })));
        let (run, ..) = run(config(json!({})), &world);
        let stopped = world.run(run.dataset(None, &Collected::default())).unwrap_err();
        assert_eq!(world.requests(), 1, "{code}: {}", stopped.error);
        assert!(!stopped.error.is_retryable());
    }
}

fn stream(pieces: Vec<Piece>) -> Answer {
    Answer::Pieces(vec![("content-type", "text/event-stream".to_owned())], pieces)
}

fn delta(text: &str) -> Piece {
    let event = json!({ "choices": [{ "delta": { "content": text }, "finish_reason": null }] });
    Piece::Bytes(SECOND, format!("data: {event}\n\n").into_bytes())
}

#[test]
fn a_streamed_reply_that_breaks_its_schema_is_cut_off_at_once() {
    // Each goes on for ever.
    for start in [r#"{"question": 5,"#, r#"{"question": "Why?", "answer": ["#, r#"{"question" "Why?""#] {
        let (dataset, world, _) = ask(json!({ "output": { "batch_size": 1 } }), move |asked| {
            match (asked.purpose(), asked.prompt().contains("not accepted")) {
                ("sample", false) => stream(vec![delta(start), Piece::Hang]),
                _ => well(asked),
            }
        });
        assert_eq!((dataset.samples, world.under_way()), (9, 0), "{start}");
        // Two rounds of topics; each sample a second until it is cut off and another for the second attempt.
        assert_eq!(world.now(), SECOND * (2 + 9 * 2), "{start}");
    }
}

#[test]
fn a_server_that_does_not_answer_or_falls_silent_is_given_up_and_asked_again() {
    let silent = |asked: &Asked| stream(vec![delta(&obliging(asked)[..9]), Piece::Hang]);
    let hanging = |_: &Asked| Answer::Hang;
    type Script = fn(&Asked) -> Answer;
    let scripts: [(Script, u64); 2] = [(silent, 1 + 20), (hanging, 30)];
    for (fault, seconds) in scripts {
        let (dataset, world, _) = ask(
            json!({ "llm": { "timeout": { "first_answer": 30, "silence": 20 } },
                    "generation": { "rate_limit": { "jitter": false, "backoff_strategy": "constant" } } }),
            move |asked| if asked.number == 7 { fault(asked) } else { well(asked) },
        );
        assert_eq!((dataset.samples, dataset.usage.total.retries), (9, 1));
        assert!(world.now() >= Duration::from_secs(2 + seconds + 1 + 1), "{:?}", world.now());
        assert!(world.now() <= Duration::from_secs(2 + seconds + 1 + 3), "{:?}", world.now());
    }
}

#[test]
fn a_stream_that_ends_before_the_model_is_done_is_not_taken_for_a_reply() {
    let (dataset, _, _) = ask(json!({}), |asked| match asked.number {
        5 => stream(vec![delta(&obliging(asked))]),
        _ => well(asked),
    });
    assert_eq!((dataset.samples, dataset.usage.total.retries), (9, 1));
}

#[test]
fn six_hundred_requests_a_minute_are_used_and_never_exceeded() {
    // Counts over the last sixty seconds, as strictly as can be; what comes too often is refused and remembered.
    let arrivals: RefCell<VecDeque<Duration>> = RefCell::default();
    let refused: Rc<Cell<usize>> = Rc::default();
    let count = Rc::clone(&refused);
    let world = World::new(move |asked| {
        let mut arrivals = arrivals.borrow_mut();
        while arrivals.front().is_some_and(|first| *first + SECOND * 60 <= asked.at) {
            arrivals.pop_front();
        }
        if arrivals.len() >= 600 {
            count.set(count.get() + 1);
            return refuse(429, json!({}));
        }
        arrivals.push_back(asked.at);
        let latency = Duration::from_millis(200 + (asked.number as u64 * 7919) % 800);
        Answer::After(latency, 200, completion(&obliging(asked)))
    });
    let changes = json!({
        "llm": { "rate_limit": { "requests_per_minute": 600 } },
        "topics": { "depth": 1, "degree": 10 },
        "output": { "num_samples": 1000, "batch_size": 32 },
    });
    let (run, ..) = run(config(changes), &world);
    let dataset = world.run(run.dataset(None, &Collected::default())).unwrap();
    assert_eq!((dataset.samples, refused.get()), (1000, 0));
    let per_minute = world.requests() as f64 / (world.now().as_secs_f64() / 60.0);
    assert!(per_minute >= 570.0, "{per_minute} a minute");
}

#[test]
fn topics_and_samples_of_one_model_share_one_limit() {
    let changes = json!({ "topics": { "rate_limit": { "requests_per_minute": 60 } } });
    let (_, world, _) = ask(changes, well);
    assert!(world.now() >= SECOND * (WITHOUT_FAULTS as u32 - 1), "{:?}", world.now());
    let (_, world, _) =
        ask(json!({ "topics": { "rate_limit": { "requests_per_minute": 60 }, "llm": { "model": "another" } } }), well);
    assert!(world.now() < SECOND * 9, "{:?}", world.now());
}

#[test]
fn a_wait_that_one_request_is_told_holds_for_all() {
    let asked_at: Rc<RefCell<Vec<Duration>>> = Rc::default();
    let seen = Rc::clone(&asked_at);
    let (dataset, _, _) = ask(json!({ "output": { "batch_size": 4 } }), move |asked| {
        seen.borrow_mut().push(asked.at);
        match asked.number {
            5 => Answer::WithHeaders(SECOND / 2, 429, vec![("retry-after", "30".to_owned())], "{}".to_owned()),
            _ => well(asked),
        }
    });
    assert_eq!(dataset.samples, 9);
    let told = asked_at.borrow()[5] + SECOND / 2;
    let between = asked_at.borrow().iter().filter(|at| **at > told && **at < told + SECOND * 30).count();
    assert_eq!(between, 0, "{:?}", asked_at.borrow());
}

#[test]
fn usage_is_summed_for_each_stage_with_failed_attempts_and_cost() {
    let changes = json!({ "llm": { "price": { "input": 1, "output": 10, "cached_input": 0.1 } } });
    let (dataset, _, _) = ask(changes, |asked| {
        let mut body: Value = serde_json::from_str(&completion(&obliging(asked))).unwrap();
        body["usage"]["prompt_tokens_details"] = json!({ "cached_tokens": 60 });
        body["usage"]["completion_tokens_details"] = json!({ "reasoning_tokens": 4 });
        if asked.number == 6 {
            body["choices"][0]["message"]["content"] = json!("{}");
        }
        Answer::After(SECOND, 200, body.to_string())
    });
    let Usage { total, stages } = dataset.usage;
    assert_eq!((stages.topics.requests, stages.samples.requests, total.requests), (4, 10, 14));
    assert_eq!((total.input_tokens, total.cached_input_tokens), (1400, 840));
    assert_eq!((total.output_tokens, total.reasoning_tokens), (140, 56));
    let expected = (560.0 + 84.0 + 1400.0) / 1e6;
    assert!((total.cost.unwrap() - expected).abs() < 1e-12, "{:?}", total.cost);
    assert!((stages.topics.cost.unwrap() + stages.samples.cost.unwrap() - expected).abs() < 1e-12);
}

#[test]
fn a_budget_of_requests_is_used_to_the_last_one() {
    let world = World::new(well);
    let (run, events, _) = run(config(json!({ "budget": { "max_requests": 10 } })), &world);
    let lines = Collected::default();
    let stopped = world.run(run.dataset(None, &lines)).unwrap_err();
    assert_eq!((stopped.error.code(), world.requests()), (Code::Budget, 10));
    assert_eq!((stopped.partial.samples, lines.records().len()), (6, 6));
    assert_eq!(stopped.partial.topics.leaves.len(), 9);
    assert!(events.borrow().iter().all(|event| event.kind != "run_done"));
}

#[test]
fn a_run_whose_retries_are_used_up_stops_instead_of_failing_sample_by_sample() {
    let world = World::new(|asked| if asked.number < 20 { well(asked) } else { refuse(503, json!({})) });
    let (run, ..) = run(config(json!({ "output": { "num_samples": 400, "batch_size": 16 } })), &world);
    let stopped = world.run(run.dataset(None, &Collected::default())).unwrap_err();
    assert_eq!((stopped.error.code(), stopped.error.status()), (Code::Provider, Some(503)));
    assert!(stopped.error.is_retryable() && stopped.error.message().contains("too many requests of this run failed"));
    assert_eq!(stopped.partial.samples, 16);
    assert!(world.requests() < 20 + 80, "{}", world.requests());
}

#[test]
fn a_property_too_many_is_left_out_and_costs_nothing() {
    for streamed in [false, true] {
        let (dataset, world, _) = ask(json!({}), move |asked| {
            let mut reply: Value = serde_json::from_str(&obliging(asked)).unwrap();
            reply["confidence"] = json!(0.9);
            let text = reply.to_string();
            if !streamed {
                return Answer::After(SECOND, 200, completion(&text));
            }
            let end = json!({ "choices": [{ "delta": {}, "finish_reason": "stop" }] });
            stream(vec![delta(&text), Piece::Bytes(SECOND, format!("data: {end}\n\ndata: [DONE]\n\n").into_bytes())])
        });
        assert_eq!((dataset.samples, world.requests()), (9, WITHOUT_FAULTS), "streamed: {streamed}");
    }
}

#[test]
fn a_reply_that_is_cut_off_is_counted_although_its_provider_had_not_finished_counting() {
    let (dataset, _, _) = ask(json!({}), |asked| match asked.number {
        6 => {
            let usage = json!({ "choices": [], "usage": { "prompt_tokens": 1, "completion_tokens": 1 } });
            let usage = Piece::Bytes(SECOND, format!("data: {usage}\n\n").into_bytes());
            stream(vec![usage, delta(&format!("{{\"question\":\"{}\",\"answer\":[", "x".repeat(4000))), Piece::Hang])
        }
        _ => well(asked),
    });
    let samples = dataset.usage.stages.samples;
    assert_eq!((dataset.samples, samples.requests), (9, 10));
    assert!(samples.output_tokens >= 9 * 10 + 1000, "{}", samples.output_tokens);
}
