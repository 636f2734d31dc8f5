//! What an upload promises, at a Hub that fails in every way.

use std::collections::BTreeSet;
use std::rc::Rc;

use serde_json::{Value, json};

use super::simulation::{Fault, Hub, options, surroundings, teas, uploaded};
use super::upload;
use crate::error::Code;

/// The rows that a revision holds.
fn rows(hub: &Hub, revision: &str) -> Vec<Value> {
    let state = hub.state.borrow();
    let files = state.revisions[revision].iter().filter(|(path, _)| path.starts_with("data/"));
    let lines = files.map(|(_, (_, content))| String::from_utf8(content.clone()).unwrap());
    lines.flat_map(|text| text.lines().map(|line| line.parse().unwrap()).collect::<Vec<Value>>()).collect()
}

/// One commit holds everything, and nothing was sent twice.
fn assert_complete(hub: &Hub, count: usize, what: &str) {
    let state = hub.state.borrow();
    assert_eq!(state.commits, 1, "{what}: {:?}", state.log);
    let distinct: BTreeSet<&String> = state.stored.iter().collect();
    assert_eq!(distinct.len(), state.stored.len(), "{what}: nothing is sent twice");
    assert_eq!(state.tokens_astray, 0, "{what}: the token goes to the Hub, and nowhere else");
    drop(state);
    assert_eq!(rows(hub, "main").len(), count, "{what}");
}

#[test]
fn data_and_card_are_one_commit_in_a_repository_of_the_right_kind() {
    for private in [false, true] {
        let hub = Hub::new(|_, _| None);
        let done =
            uploaded(&hub, &teas(100), &options(json!({ "private": private, "split": { "test": 0.1 } }))).unwrap();
        assert_eq!(done.files, ["README.md", "data/train-00000-of-00001.jsonl", "data/test-00000-of-00001.jsonl"]);
        assert_eq!((done.url.as_str(), done.commit.as_str()), ("https://hub.example/datasets/me/teas", "1"));
        assert_eq!(hub.state.borrow().is_public, !private);
        assert_complete(&hub, 100, "plainly");
    }
}

#[test]
fn a_second_upload_of_the_same_makes_no_commit() {
    for (threshold, parts) in [(0, None), (3000, Some(2000)), (u64::MAX, None)] {
        let hub = Hub::new(|_, _| None);
        hub.threshold.set(threshold);
        hub.parts.set(parts);
        let first = uploaded(&hub, &teas(100), &options(json!({}))).unwrap();
        let second = uploaded(&hub, &teas(100), &options(json!({}))).unwrap();
        assert_eq!(first, second);
        assert_complete(&hub, 100, "twice");
    }
}

#[test]
fn a_fault_in_passing_at_any_step_is_repeated_and_ends_in_one_commit() {
    for step in ["whoami", "info", "create", "preupload", "tree", "batch", "put", "complete", "verify", "commit"] {
        let faults: [fn() -> Fault; 8] = [
            || Fault::Refuse(503, ""),
            || Fault::Refuse(500, "<html>"),
            || Fault::RefuseWith(429, "ratelimit", "\"api\";r=0;t=55"),
            || Fault::Refuse(429, ""),
            || Fault::DropBefore,
            || Fault::DropAfter,
            || Fault::FailAfter(500),
            || Fault::FailAfter(504),
        ];
        for (number, fault) in faults.into_iter().enumerate() {
            for times in [1, 3] {
                let hub = Hub::new(move |at, count| (at == step && count < times).then(fault));
                hub.parts.set((step == "complete").then_some(5000));
                // A server that was never reached is given up soon.
                let was_reached = step != "whoami" || times == 1;
                let done = uploaded(&hub, &teas(100), &options(json!({})));
                let what = format!("fault {number} at {step}, {times} times");
                if was_reached || !matches!(fault(), Fault::DropBefore | Fault::DropAfter) {
                    assert_eq!(done.unwrap().commit, "1", "{what}");
                    assert_complete(&hub, 100, &what);
                }
            }
        }
    }
}

#[test]
fn an_upload_killed_at_any_moment_is_made_again_with_one_commit() {
    for parts in [None, Some(5000)] {
        let mut moves = 0;
        loop {
            let hub = Hub::new(|_, _| None);
            hub.parts.set(parts);
            let (dataset, options) = (teas(100), options(json!({})));
            let world = hub.world();
            let ended = world.run_at_most(moves, upload(&dataset, &options, surroundings(&world)));
            assert_eq!(world.under_way(), 0, "nothing is left behind");
            uploaded(&hub, &dataset, &options).unwrap();
            assert_complete(&hub, 100, &format!("killed after {moves} moves"));
            if ended.is_some() {
                break;
            }
            moves += 1;
        }
        assert!(moves >= 9, "it was killed at every step: {moves}");
    }
}

#[test]
fn addresses_that_expired_are_renewed() {
    for parts in [None, Some(5000)] {
        let hub = Hub::new(|step, count| (step == "put" && count < 2).then_some(Fault::Refuse(403, "expired")));
        hub.parts.set(parts);
        uploaded(&hub, &teas(100), &options(json!({}))).unwrap();
        assert_complete(&hub, 100, "expired");
    }
}

#[test]
fn a_lock_is_waited_for() {
    let hub = Hub::new(|step, count| {
        let locked = r#"{"error":"Another commit operation is in progress for this repository"}"#;
        (["commit", "create"].contains(&step) && count < 3).then_some(Fault::Refuse(409, locked))
    });
    uploaded(&hub, &teas(100), &options(json!({}))).unwrap();
    assert_complete(&hub, 100, "locked");
}

#[test]
fn a_commit_of_someone_else_in_between_is_a_conflict_and_not_overwritten() {
    let hub = Hub::new(|step, _| (step == "commit").then_some(Fault::Overtaken));
    let error = uploaded(&hub, &teas(100), &options(json!({}))).unwrap_err();
    assert_eq!((error.code(), error.status(), error.is_retryable()), (Code::Hub, Some(412), true));
    assert!(error.message().contains("moved on"), "{error}");
    assert!(hub.state.borrow().revisions["main"].is_empty());
}

#[test]
fn what_cannot_pass_ends_the_upload_with_its_code_and_says_what_to_do() {
    for (step, status, code, part) in [
        ("whoami", 401, Code::Auth, "option token"),
        ("create", 403, Code::Auth, "right to write"),
        ("preupload", 402, Code::Quota, "402"),
        ("commit", 422, Code::Hub, "422"),
        ("commit", 429, Code::RateLimit, "later"),
        ("commit", 503, Code::Hub, "not sent again"),
        ("put", 400, Code::Hub, "sending data/train-00000-of-00001.jsonl"),
        ("batch", 302, Code::Hub, "renamed"),
    ] {
        let hub =
            Hub::new(move |at, _| (at == step).then_some(Fault::Refuse(status, r#"{"error":"about hf_secret"}"#)));
        let error = uploaded(&hub, &teas(100), &options(json!({}))).unwrap_err();
        assert_eq!((error.code(), error.status()), (code, Some(status)), "{step}: {error}");
        assert!(error.message().contains(part), "{step}: {error}");
        // The storage never saw the token.
        assert!(step == "put" || !error.message().contains("hf_secret"), "{error}");
        assert_eq!(hub.state.borrow().commits, 0);
    }
}

#[test]
fn a_wait_that_the_hub_asks_for_is_kept() {
    let hub = Hub::new(|step, count| {
        (step == "commit" && count == 0).then_some(Fault::RefuseWith(429, "ratelimit", "\"api\";r=0;t=55"))
    });
    let world = hub.world();
    let (dataset, options) = (teas(10), options(json!({})));
    world.run(upload(&dataset, &options, surroundings(&world))).unwrap();
    assert!((55..70).contains(&world.now().as_secs()), "{:?}", world.now());
}

#[test]
fn a_server_that_never_answers_is_not_waited_for_without_end() {
    let hub = Hub::new(|_, _| None);
    let world = crate::host::simulated::World::new(|_| crate::host::simulated::Answer::Hang);
    let (dataset, options) = (teas(10), options(json!({})));
    let error = world.run(upload(&dataset, &options, surroundings(&world))).unwrap_err();
    assert_eq!(error.code(), Code::Timeout);
    assert_eq!(world.under_way(), 0);
    drop(hub);
}

#[test]
fn files_of_a_larger_upload_before_do_not_stay() {
    let hub = Hub::new(|_, _| None);
    uploaded(&hub, &teas(100), &options(json!({ "split": { "test": 0.2 } }))).unwrap();
    uploaded(&hub, &teas(50), &options(json!({}))).unwrap();
    assert_eq!(rows(&hub, "main").len(), 50);
    assert_eq!(hub.state.borrow().commits, 2);
}

#[test]
fn a_public_repository_is_not_taken_for_a_private_dataset() {
    let hub = Hub::new(|_, _| None);
    uploaded(&hub, &teas(10), &options(json!({}))).unwrap();
    let error = uploaded(&hub, &teas(20), &options(json!({ "private": true }))).unwrap_err();
    assert_eq!(error.code(), Code::Hub);
    assert!(error.message().contains("public"), "{error}");
    assert_eq!(hub.state.borrow().commits, 1);
}

#[test]
fn a_branch_is_made_where_it_is_missing() {
    let hub = Hub::new(|_, _| None);
    let done = uploaded(&hub, &teas(10), &options(json!({ "revision": "more/tea" }))).unwrap();
    assert!(done.url.ends_with("/tree/more/tea"), "{}", done.url);
    assert_eq!(rows(&hub, "more/tea").len(), 10);
    assert!(rows(&hub, "main").is_empty());
}

#[test]
fn a_pull_request_is_opened_once_whatever_fails() {
    for fault in [|| Fault::DropAfter, || Fault::FailAfter(500), || Fault::Refuse(503, "")] {
        for step in ["discussions", "commit"] {
            let hub =
                Hub::new(move |at, count| (at == step && count == usize::from(step == "discussions")).then(fault));
            let options = options(json!({ "createPr": true, "message": "More tea" }));
            let first = uploaded(&hub, &teas(10), &options).unwrap();
            let second = uploaded(&hub, &teas(10), &options).unwrap();
            assert_eq!(first, second);
            assert!(first.url.ends_with("/discussions/1"), "{}", first.url);
            assert_eq!(hub.state.borrow().pull_requests, ["More tea"]);
            assert_eq!(hub.state.borrow().commits, 1);
            assert_eq!(rows(&hub, "refs/pr/1").len(), 10);
            assert!(rows(&hub, "main").is_empty());
        }
    }
}

#[test]
fn a_stop_ends_everything_at_once() {
    let hub = Hub::new(|_, _| None);
    let world = hub.world();
    let surroundings = surroundings(&world);
    let stop = Rc::clone(&surroundings.stop);
    let (dataset, options) = (teas(100), options(json!({})));
    let listening = super::Surroundings {
        listener: Some(Rc::new(move |event| {
            if event["stage"] == "sending" {
                stop.request();
            }
        })),
        ..surroundings
    };
    let error = world.run(upload(&dataset, &options, listening)).unwrap_err();
    assert_eq!(error.code(), Code::Aborted);
    assert_eq!((world.under_way(), world.timers()), (0, 0));
    assert_eq!(hub.state.borrow().commits, 0);
}

#[test]
fn progress_never_goes_back_and_meets_its_end() {
    let hub = Hub::new(|step, count| (step == "put" && count == 0).then_some(Fault::DropBefore));
    hub.parts.set(Some(5000));
    let world = hub.world();
    let events: Rc<std::cell::RefCell<Vec<Value>>> = Rc::default();
    let kept = Rc::clone(&events);
    let (dataset, options) = (teas(100), options(json!({})));
    let listening = super::Surroundings {
        listener: Some(Rc::new(move |event| kept.borrow_mut().push(event.clone()))),
        ..surroundings(&world)
    };
    world.run(upload(&dataset, &options, listening)).unwrap();
    let events = events.take();
    let done: Vec<u64> = events.iter().map(|event| event["done"].as_u64().unwrap()).collect();
    assert!(done.is_sorted(), "{done:?}");
    let last = events.last().unwrap();
    assert_eq!(last["type"], "upload_done");
    assert_eq!(last["done"], last["total"]);
    assert!(events.iter().all(|event| event["done"].as_u64() <= event["total"].as_u64()));
    assert!(events.iter().any(|event| event["type"] == "retry"));
    assert!(events.iter().any(|event| event["type"] == "file_done" && event["sent"] == true));
}
