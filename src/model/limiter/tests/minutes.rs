//! Limits per minute.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use super::super::{Connections, Estimate, Limiter, Limits};
use crate::host::Host;
use crate::model::Tokens;
use crate::model::scene::{Chance, Enforcement, Late, Strict, crowd};

/// Sends requests to servers that each see all of them, and returns the share of the limit that was used.
fn share_of_requests_used(seed: u64, rpm: u32, count: usize, at_once: usize, servers: &[Rc<Strict>]) -> f64 {
    let (chance, host) = (Chance::new(seed), Late::new(seed, 20));
    let limits = Limits { requests_per_minute: Some(rpm), ..Limits::default() };
    let limiter = Limiter::new(&limits, host.clone(), Connections::new(None));
    let last = Cell::new(Duration::ZERO);
    host.world.run(crowd(count, at_once, |_| async {
        let permit = limiter.permit(Estimate::default()).await;
        last.set(host.now());
        host.world.sleep(chance.millis(0, 250)).await;
        for server in servers {
            assert!(
                server.takes(host.now(), 1.0),
                "{:?} at {:?}, seed {seed}, {rpm} a minute",
                server.enforcement,
                host.now()
            );
        }
        host.world.sleep(chance.millis(200, 1000)).await;
        permit.answered(&Tokens::default(), None);
    }));
    (count - 1) as f64 * 60.0 / last.get().as_secs_f64() / f64::from(rpm)
}

#[test]
fn a_configured_rate_is_used_in_full_and_no_strict_server_refuses_anything() {
    for seed in 0..10 {
        let chance = Chance::new(seed);
        let servers = [
            Enforcement::Sliding,
            Enforcement::Minutes,
            // Seven requests, and five beyond a second's worth: jitter alone takes three.
            Enforcement::Bucket(7.0 / 600.0),
            Enforcement::Seconds(5.0),
        ]
        .map(|enforcement| Strict::new(600.0, enforcement, &chance));
        let used = share_of_requests_used(seed, 600, 1000, 32, &servers);
        assert!(used > 0.975, "{used} of the limit, seed {seed}");
    }
}

#[test]
fn every_rate_is_kept_in_every_minute() {
    for seed in 0..150 {
        let chance = Chance::new(seed);
        let rpm = if chance.happens(0.5) { chance.from(1, 30) } else { chance.from(30, 3000) } as u32;
        let servers = [Enforcement::Sliding, Enforcement::Minutes]
            .map(|enforcement| Strict::new(f64::from(rpm), enforcement, &chance));
        let used = share_of_requests_used(seed, rpm, 80, 64, &servers);
        assert!(used > 0.95 || rpm > 2000, "{used} of {rpm} a minute, seed {seed}");
    }
}

/// When requests go that are all wanted at once after a rest of 100 seconds, counted from then.
async fn sent_after_a_rest(host: &Rc<Late>, limiter: &Rc<Limiter>, count: usize) -> Vec<f64> {
    host.world.sleep(Duration::from_secs(100)).await;
    let began = host.now();
    let sent = RefCell::new(Vec::new());
    crowd(count, count, |_| async {
        let _permit = limiter.permit(Estimate::default()).await;
        sent.borrow_mut().push((host.now() - began).as_secs_f64());
    })
    .await;
    sent.into_inner()
}

#[test]
fn nothing_is_sent_in_a_burst_at_the_start_and_no_more_than_a_few_after_a_rest() {
    for rpm in [60, 600] {
        let host = Late::new(1, 0);
        let limits = Limits { requests_per_minute: Some(rpm), ..Limits::default() };
        let limiter = Limiter::new(&limits, host.clone(), Connections::new(None));
        host.world.run(async {
            let interval = 60.0 / f64::from(rpm);
            let sent = sent_after_a_rest(&host, &limiter, 20).await;
            let even = sent.iter().zip(0..).all(|(at, number)| *at >= interval * f64::from(number));
            assert!(even, "{rpm} a minute: {sent:?}");
            let sent = sent_after_a_rest(&host, &limiter, 20).await;
            assert!(sent[0] == 0.0 && sent[4] >= interval, "{rpm} a minute: {sent:?}");
            assert!(rpm > 60 || sent[1] >= 0.4 * interval, "{rpm} a minute: {sent:?}");
        });
    }
}

#[test]
fn the_lateness_of_timers_does_not_add_up() {
    // At 100 a second every timer is late by several intervals, and no answer comes that would wake anyone earlier.
    let host = Late::new(7, 80);
    let limits = Limits { requests_per_minute: Some(6000), ..Limits::default() };
    let limiter = Limiter::new(&limits, host.clone(), Connections::new(None));
    let last = Cell::new(Duration::ZERO);
    host.world.run(crowd(2000, 2000, |_| async {
        let _permit = limiter.permit(Estimate::default()).await;
        last.set(host.now());
        host.world.sleep(Duration::from_secs(3600)).await;
    }));
    let used = 1999.0 / last.get().as_secs_f64() / 100.0;
    assert!(used > 0.97, "{used}");
}

/// How long the next request has to wait after one that was expected to take `expected` tokens and took `real`.
fn wait_after(limit: u32, expected: u64, real: u64, next: u64) -> f64 {
    let host = Late::new(1, 0);
    let limits = Limits { input_tokens_per_minute: Some(limit), ..Limits::default() };
    let limiter = Limiter::new(&limits, host.clone(), Connections::new(None));
    host.world.run(async {
        let tokens = Tokens { input: real, ..Tokens::default() };
        limiter.permit(Estimate { input: expected, output: 0 }).await.answered(&tokens, None);
        limiter.permit(Estimate { input: next, output: 0 }).await;
        let waited = host.now();
        // A minute later all of it is forgotten.
        host.world.sleep(Duration::from_secs(100)).await;
        limiter.permit(Estimate { input: u64::from(limit), output: 0 }).await;
        assert_eq!(host.now() - waited, Duration::from_secs(100));
        waited.as_secs_f64()
    })
}

#[test]
fn real_usage_takes_the_place_of_estimates() {
    let table = [
        // 60,000 a minute are a thousand a second.
        (60_000, 1000, 1000, 1000, 1.0),
        (60_000, 1000, 5000, 1000, 5.0),
        (60_000, 5000, 1000, 1000, 1.0),
        // In the minute there is room for the second, or not.
        (60_000, 50_000, 6000, 54_000, 6.0),
        (60_000, 6000, 30_000, 50_000, 59.5),
    ];
    for (limit, expected, real, next, seconds) in table {
        let waited = wait_after(limit, expected, real, next);
        assert!((seconds..seconds * 1.03).contains(&waited), "{waited} after {real} in place of {expected}");
    }
}

/// Limits of tokens, and the servers that enforce them: all together, sent, received.
fn token_limits(chance: &Chance, least: u64) -> (Limits, [Rc<Strict>; 6]) {
    let [all, input, output] = [0; 3].map(|_| chance.from(least, least * 4) as u32);
    let limits = Limits {
        tokens_per_minute: Some(all),
        input_tokens_per_minute: Some(input),
        output_tokens_per_minute: Some(output),
        ..Limits::default()
    };
    let servers = [all, input, output].map(f64::from);
    let strict = |limit, enforcement| Strict::new(limit, enforcement, chance);
    let [all, input, output] =
        servers.map(|limit| [strict(limit, Enforcement::Sliding), strict(limit, Enforcement::Minutes)]);
    let [[a, b], [c, d], [e, f]] = [all, input, output];
    (limits, [a, b, c, d, e, f])
}

#[test]
fn limits_of_tokens_are_kept_in_every_minute_where_estimates_hold() {
    for seed in 0..150 {
        let chance = Chance::new(seed);
        let host = Late::new(seed, 20);
        let (limits, servers) = token_limits(&chance, 20_000);
        let limiter = Limiter::new(&limits, host.clone(), Connections::new(None));
        host.world.run(crowd(60, 16, |_| async {
            // Up to 45 % of a limit each. Replies of one length: what they will be is known then.
            let tokens = Tokens { input: chance.from(100, 9000), output: 700, ..Tokens::default() };
            let permit = limiter.permit(Estimate { input: tokens.input, output: tokens.output }).await;
            host.world.sleep(chance.millis(0, 250)).await;
            let (input, output) = (tokens.input as f64, tokens.output as f64);
            let costs = [input + output, input + output, input, input, output, output];
            for (server, cost) in servers.iter().zip(costs) {
                assert!(server.takes(host.now(), cost), "{:?} at {:?}, seed {seed}", server.enforcement, host.now());
            }
            host.world.sleep(chance.millis(200, 1000)).await;
            permit.answered(&tokens, None);
        }));
    }
}

#[test]
fn limits_of_tokens_are_used_well_whatever_the_estimates() {
    // Estimates of four times too much, right, and half, for replies that vary by a factor of five.
    for (estimate, seed) in [(8000, 1), (2000, 2), (1000, 3)] {
        let (chance, host) = (Chance::new(seed), Late::new(seed, 20));
        let limits = Limits { output_tokens_per_minute: Some(100_000), ..Limits::default() };
        let limiter = Limiter::new(&limits, host.clone(), Connections::new(None));
        let received = Cell::new(0);
        let most_in_a_minute = Cell::new(0.0_f64);
        let log = RefCell::new(Vec::new());
        host.world.run(crowd(1000, 32, |_| async {
            let permit = limiter.permit(Estimate { input: 1, output: estimate }).await;
            let sent = host.now();
            let tokens = Tokens { input: 1, output: chance.from(700, 3300), ..Tokens::default() };
            log.borrow_mut().push((sent, tokens.output));
            let minute = log
                .borrow()
                .iter()
                .rev()
                .take_while(|(at, _)| *at + Duration::from_secs(60) > sent)
                .map(|(_, cost)| *cost)
                .sum::<u64>();
            most_in_a_minute.set(most_in_a_minute.get().max(minute as f64 / 100_000.0));
            received.set(received.get() + tokens.output);
            host.world.sleep(chance.millis(200, 1000)).await;
            permit.answered(&tokens, None);
        }));
        let used = received.get() as f64 / host.now().as_secs_f64() * 60.0 / 100_000.0;
        assert!((0.94..1.0).contains(&used), "{used} with estimates of {estimate}");
        // What is under way is not known yet, so that a minute can be off by as much.
        assert!(most_in_a_minute.get() < 1.1, "{} with estimates of {estimate}", most_in_a_minute.get());
    }
}

#[test]
fn a_request_larger_than_the_whole_limit_goes_through_alone() {
    let host = Late::new(1, 0);
    let limits = Limits { tokens_per_minute: Some(1000), ..Limits::default() };
    let limiter = Limiter::new(&limits, host.clone(), Connections::new(None));
    let sent = RefCell::new(Vec::new());
    host.world.run(crowd(5, 5, |number| {
        let input = if number == 2 { 5000 } else { 300 };
        let (limiter, host, sent) = (&limiter, &host, &sent);
        async move {
            let permit = limiter.permit(Estimate { input, output: 0 }).await;
            sent.borrow_mut().push(host.now().as_secs());
            permit.answered(&Tokens { input, output: 0, ..Tokens::default() }, None);
        }
    }));
    let sent = sent.into_inner();
    assert!(sent[2] - sent[1] >= 60 && sent[3] - sent[2] >= 60, "{sent:?}");
    assert!(sent[4] < 500, "{sent:?}");
}

#[test]
fn no_number_that_a_server_claims_holds_a_run_up_for_ever() {
    let host = Late::new(1, 0);
    let limits = Limits { tokens_per_minute: Some(1), output_tokens_per_minute: Some(1), ..Limits::default() };
    let limiter = Limiter::new(&limits, host.clone(), Connections::new(None));
    let claimed = Tokens { input: u64::MAX, output: u64::MAX, cached_input: u64::MAX, ..Tokens::default() };
    host.world.run(crowd(3, 1, |_| async {
        let estimate = Estimate { input: u64::MAX, output: u64::MAX };
        limiter.permit(estimate).await.answered(&claimed, None);
    }));
    assert!(host.now() < Duration::from_secs(3600), "{:?}", host.now());
}
