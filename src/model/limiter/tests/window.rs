//! Requests at once: throttling, pauses, outages.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::join_all;

use super::super::{Connections, Estimate, Limiter, Limits, Permit};
use crate::host::Host;
use crate::model::Tokens;
use crate::model::scene::{Chance, Late, crowd};

fn limiter(host: &Rc<Late>, limits: Limits) -> Rc<Limiter> {
    Limiter::new(&limits, host.clone(), Connections::new(None))
}

/// As many permits as there are at once, up to `most`.
fn permits(host: &Late, limiter: &Rc<Limiter>, most: usize) -> Vec<Permit> {
    let count = (limiter.state.borrow().window.size() as usize).min(most);
    host.world.run(join_all((0..count).map(|_| limiter.permit(Estimate::default()))))
}

fn size(limiter: &Limiter) -> f64 {
    limiter.state.borrow().window.size()
}

fn answer(permit: Permit) {
    permit.answered(&Tokens::default(), None);
}

#[test]
fn as_many_go_at_once_as_are_asked_for_until_there_is_a_reason_to_hold_back() {
    let host = Late::new(1, 0);
    let limiter = limiter(&host, Limits::default());
    assert_eq!(permits(&host, &limiter, 500).len(), 500);
}

#[test]
fn a_configured_ceiling_holds_from_the_start() {
    let host = Late::new(1, 0);
    let limiter = limiter(&host, Limits { most_at_once: Some(3), ..Limits::default() });
    let (under_way, most) = (Cell::new(0), Cell::new(0));
    host.world.run(crowd(50, 20, |_| async {
        let permit = limiter.permit(Estimate::default()).await;
        under_way.set(under_way.get() + 1);
        most.set(most.get().max(under_way.get()));
        host.world.sleep(Duration::from_secs(1)).await;
        under_way.set(under_way.get() - 1);
        answer(permit);
    }));
    assert_eq!(most.get(), 3);
}

#[test]
fn requests_that_are_throttled_together_halve_the_window_once() {
    let host = Late::new(1, 0);
    let limiter = limiter(&host, Limits::default());
    for expected in [16.0, 8.0, 4.0, 2.0, 1.0, 1.0] {
        for permit in permits(&host, &limiter, 32) {
            permit.throttled(None);
        }
        assert_eq!(size(&limiter), expected);
    }
}

#[test]
fn after_a_decrease_the_window_grows_by_one_for_every_windowful() {
    let host = Late::new(1, 0);
    let limiter = limiter(&host, Limits::default());
    permits(&host, &limiter, 32).into_iter().for_each(|permit| permit.throttled(None));
    for windowfuls in 1..=8 {
        permits(&host, &limiter, 32).into_iter().for_each(answer);
        let grown = size(&limiter) - 16.0;
        assert!((f64::from(windowfuls) - 0.5..=f64::from(windowfuls)).contains(&grown), "{grown} after {windowfuls}");
    }
}

#[test]
fn a_window_far_beyond_what_callers_use_is_none() {
    let host = Late::new(1, 0);
    let limiter = limiter(&host, Limits::default());
    permits(&host, &limiter, 8).into_iter().for_each(|permit| permit.throttled(None));
    let mut answers = 0;
    while size(&limiter).is_finite() {
        answers += 1;
        permits(&host, &limiter, 8).into_iter().for_each(answer);
        assert!(answers < 1000);
    }
    assert!(answers > 8, "{answers}");
}

#[test]
fn a_gradual_start_begins_with_four_and_grows_with_every_answer_until_throttled() {
    let host = Late::new(1, 0);
    let limiter = limiter(&host, Limits { gradual_rampup: true, ..Limits::default() });
    // Few callers do not make room for many.
    for _ in 0..50 {
        permits(&host, &limiter, 2).into_iter().for_each(answer);
    }
    assert_eq!(size(&limiter), 5.0);
    for expected in [5, 10, 20, 40] {
        let permits = permits(&host, &limiter, 100);
        assert_eq!(permits.len(), expected);
        permits.into_iter().for_each(answer);
    }
    assert_eq!(size(&limiter), 80.0);
    permits(&host, &limiter, 64).into_iter().for_each(|permit| permit.throttled(None));
    permits(&host, &limiter, 64).into_iter().for_each(answer);
    assert_eq!(size(&limiter).round(), 33.0);
}

#[test]
fn one_failure_among_answers_changes_nothing() {
    let host = Late::new(1, 0);
    let limiter = limiter(&host, Limits::default());
    for _ in 0..50 {
        for (number, permit) in permits(&host, &limiter, 9).into_iter().enumerate() {
            if number % 3 < 2 { permit.failed() } else { answer(permit) }
        }
    }
    assert_eq!(size(&limiter), f64::INFINITY);
}

#[test]
fn an_outage_leaves_one_request_at_a_time_and_its_end_brings_the_others_back_quickly() {
    let host = Late::new(1, 0);
    let limiter = limiter(&host, Limits::default());
    let until = Duration::from_secs(60);
    let (under_way, late, most_late) = (Cell::new(0), Duration::from_secs(5), Cell::new(0));
    let recovered = Cell::new(Duration::ZERO);
    host.world.run(crowd(600, 32, |_| async {
        loop {
            let permit = limiter.permit(Estimate::default()).await;
            under_way.set(under_way.get() + 1);
            if (late..until).contains(&host.now()) {
                most_late.set(most_late.get().max(under_way.get()));
            }
            if under_way.get() == 32 && host.now() > until && recovered.get().is_zero() {
                recovered.set(host.now());
            }
            host.world.sleep(Duration::from_secs(1)).await;
            under_way.set(under_way.get() - 1);
            if host.now() > until {
                return answer(permit);
            }
            permit.failed();
            host.world.sleep(Duration::from_secs(1)).await;
        }
    }));
    assert_eq!(most_late.get(), 1);
    let recovered = recovered.get().as_secs_f64();
    assert!((61.0..70.0).contains(&recovered), "{recovered}");
}

#[test]
fn after_a_pause_requests_do_not_start_in_the_same_instant() {
    let host = Late::new(1, 0);
    let limiter = limiter(&host, Limits::default());
    let told = Duration::from_secs(30);
    permits(&host, &limiter, 64).into_iter().for_each(|permit| permit.throttled(Some(told)));
    assert_eq!(limiter.pause(), Some(told));
    let sent = RefCell::new(Vec::new());
    host.world.run(crowd(64, 64, |_| async {
        let permit = limiter.permit(Estimate::default()).await;
        sent.borrow_mut().push(host.now());
        host.world.sleep(Duration::from_secs(60)).await;
        answer(permit);
    }));
    assert_eq!(limiter.pause(), None);
    let sent = sent.into_inner();
    // The window is 32; the others follow as it is used.
    let first = &sent[..32];
    assert_eq!(first[0], told);
    assert!(first.windows(2).all(|pair| pair[1] - pair[0] >= Duration::from_millis(60)), "{first:?}");
    assert!(first[31] - first[0] <= Duration::from_secs(2), "{first:?}");
    assert!(sent[32] >= told + Duration::from_secs(60));
}

/// Answers of all kinds, at random: what must never happen doesn't.
#[test]
fn never_earlier_than_told_never_more_than_the_window_and_everyone_ends() {
    for seed in 0..500 {
        let (chance, host) = (Chance::new(seed), Late::new(seed, 10));
        let limits = Limits {
            gradual_rampup: chance.happens(0.3),
            requests_per_minute: chance.happens(0.3).then(|| chance.from(20, 2000) as u32),
            most_at_once: chance.happens(0.2).then(|| chance.from(1, 9) as usize),
            ..Limits::default()
        };
        let limiter = limiter(&host, limits);
        let not_before = Cell::new(Duration::ZERO);
        let (under_way, ended) = (Cell::new(0.0), Cell::new(0));
        host.world.run(crowd(40, chance.from(1, 30) as usize, |_| async {
            let permit = limiter.permit(Estimate::default()).await;
            under_way.set(under_way.get() + 1.0);
            assert!(host.now() >= not_before.get(), "seed {seed}: {:?} at {:?}", not_before.get(), host.now());
            assert!(under_way.get() <= size(&limiter), "seed {seed}");
            host.world.sleep(chance.millis(1, 2000)).await;
            under_way.set(under_way.get() - 1.0);
            match chance.from(0, 10) {
                0 => {
                    let told = chance.millis(0, 90_000);
                    not_before.set(not_before.get().max(host.now() + told));
                    permit.throttled(Some(told));
                }
                1 => permit.throttled(None),
                2..=4 => permit.failed(),
                5 => drop(permit),
                _ => answer(permit),
            }
            ended.set(ended.get() + 1);
        }));
        assert_eq!(ended.get(), 40, "seed {seed}");
        assert!(host.most_timers() <= 1 && host.timers() == 0, "seed {seed}");
    }
}
