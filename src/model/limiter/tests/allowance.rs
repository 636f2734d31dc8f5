//! What the provider says is left.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use super::super::{Connections, Estimate, Limiter, Limits};
use crate::host::Host;
use crate::model::Tokens;
use crate::model::scene::{Chance, Late, crowd};
use crate::model::wait::{Allowance, Left};

fn limiter(host: &Rc<Late>) -> Rc<Limiter> {
    Limiter::new(&Limits::default(), host.clone(), Connections::new(None))
}

fn left(limit: u64, remaining: u64, seconds: u64) -> Option<Left> {
    Some(Left { limit: Some(limit), remaining, reset: Duration::from_secs(seconds) })
}

/// When four requests go, one after the other, after an answer that said this.
fn sent_after(allowance: Allowance) -> Vec<f64> {
    let host = Late::new(1, 0);
    let limiter = limiter(&host);
    let sent = RefCell::new(Vec::new());
    host.world.run(async {
        limiter.permit(Estimate::default()).await.answered(&Tokens::default(), Some(&allowance));
        crowd(4, 4, |_| async {
            let _permit = limiter.permit(Estimate { input: 80, output: 20 }).await;
            sent.borrow_mut().push(host.now().as_secs_f64());
        })
        .await;
    });
    sent.into_inner()
}

#[test]
fn what_is_left_decides_when_the_next_requests_go() {
    let requests = |left| sent_after(Allowance { requests: left, tokens: None });
    let tokens = |left| sent_after(Allowance { requests: None, tokens: left });
    // Plenty; exactly a tenth; a tenth of that; nothing; nothing, whatever the whole is.
    assert_eq!(requests(left(100, 50, 60)), [0.0; 4]);
    assert_eq!(requests(left(100, 10, 60)), [0.0; 4]);
    assert_eq!(requests(left(1000, 10, 60)), [6.0, 12.0, 18.0, 24.0]);
    assert_eq!(requests(left(100, 0, 60)), [60.0; 4]);
    assert_eq!(requests(Some(Left { limit: None, remaining: 0, reset: Duration::from_secs(9) })), [9.0; 4]);
    // Two are left, and two have to wait.
    assert_eq!(requests(left(2, 2, 60)), [0.0, 0.0, 60.0, 60.0]);
    // The same with tokens, of which each takes a hundred; the first took none.
    assert_eq!(tokens(left(10_000, 5000, 60)), [0.0; 4]);
    assert_eq!(tokens(left(10_000, 600, 60)), [0.0, 10.0, 20.0, 30.0]);
    assert_eq!(tokens(left(10_000, 250, 60)), [0.0, 24.0, 60.0, 60.0]);
    assert_eq!(tokens(left(10_000, 0, 60)), [60.0; 4]);
    // More than there ever is: when there is most.
    assert_eq!(tokens(left(50, 50, 60)), [60.0; 4]);
}

#[test]
fn a_later_answer_that_promises_more_is_believed() {
    let host = Late::new(1, 0);
    let limiter = limiter(&host);
    host.world.run(async {
        for (remaining, seconds) in [(5, 0), (50, 12), (50, 12)] {
            let permit = limiter.permit(Estimate::default()).await;
            assert_eq!(host.now(), Duration::from_secs(seconds));
            let told = Allowance { requests: left(100, remaining, 60), tokens: None };
            permit.answered(&Tokens::default(), Some(&told));
        }
    });
}

#[test]
fn the_threshold_can_be_set() {
    for (threshold, expected) in [(0.0, 0.0), (0.5, 1.5)] {
        let host = Late::new(1, 0);
        let limits = Limits { preemptive_threshold: Some(threshold), ..Limits::default() };
        let limiter = Limiter::new(&limits, host.clone(), Connections::new(None));
        host.world.run(async {
            let told = Allowance { requests: left(100, 40, 60), tokens: None };
            limiter.permit(Estimate::default()).await.answered(&Tokens::default(), Some(&told));
            limiter.permit(Estimate::default()).await;
        });
        assert_eq!(host.now().as_secs_f64(), expected);
    }
}

/// A server whose limit nobody was told, and that tells it in its answers.
struct Announcing {
    limit: u64,
    period: u64,
    counts: RefCell<Vec<u64>>,
}

impl Announcing {
    /// Counts a request; what is left then, or when to come again.
    fn count(&self, now: Duration) -> Result<Left, Duration> {
        let period = now.as_secs() / self.period;
        let mut counts = self.counts.borrow_mut();
        counts.resize(period as usize + 1, 0);
        let count = counts.last_mut().unwrap();
        let reset = Duration::from_secs((period + 1) * self.period) - now;
        if *count == self.limit {
            return Err(reset);
        }
        *count += 1;
        Ok(Left { limit: Some(self.limit), remaining: self.limit - *count, reset })
    }
}

#[test]
fn an_announced_allowance_is_never_overdrawn_and_is_used() {
    let (mut offered, mut used) = (0, 0);
    for seed in 0..80 {
        let (chance, host) = (Chance::new(seed), Late::new(seed, 10));
        let limiter = limiter(&host);
        let (limit, period) = (chance.from(40, 120), chance.from(5, 60));
        let server = Announcing { limit, period, counts: RefCell::default() };
        host.world.run(crowd(300, chance.from(1, 32) as usize, |_| async {
            let permit = limiter.permit(Estimate::default()).await;
            host.world.sleep(chance.millis(0, 100)).await;
            let told =
                server.count(host.now()).unwrap_or_else(|_| panic!("overdrawn at {:?}, seed {seed}", host.now()));
            // Answers overtake each other.
            host.world.sleep(chance.millis(50, 150)).await;
            permit.answered(&Tokens::default(), Some(&Allowance { requests: Some(told), tokens: None }));
        }));
        let counts = server.counts.into_inner();
        let full = &counts[..counts.len() - 1];
        offered += limit * full.len() as u64;
        used += full.iter().sum::<u64>();
    }
    let share = used as f64 / offered as f64;
    assert!(share > 0.95, "{share}");
}

#[test]
fn requests_that_fail_without_a_word_cost_few_refusals() {
    let (mut sent, refused) = (0, Cell::new(0));
    for seed in 0..20 {
        let (chance, host) = (Chance::new(seed), Late::new(seed, 10));
        let limiter = limiter(&host);
        let server = Announcing { limit: 80, period: 30, counts: RefCell::default() };
        host.world.run(crowd(300, 32, |_| async {
            let permit = limiter.permit(Estimate::default()).await;
            host.world.sleep(chance.millis(0, 100)).await;
            let told = server.count(host.now());
            host.world.sleep(chance.millis(50, 150)).await;
            match told {
                Ok(_) if chance.happens(0.2) => permit.failed(),
                Ok(told) => {
                    permit.answered(&Tokens::default(), Some(&Allowance { requests: Some(told), tokens: None }));
                }
                Err(reset) => {
                    refused.set(refused.get() + 1);
                    permit.throttled(Some(reset));
                }
            }
        }));
        sent += 300;
    }
    let share = f64::from(refused.get()) / f64::from(sent);
    assert!(share < 0.01, "{share}");
}

#[test]
fn requests_that_bring_no_word_hold_nobody_up_until_the_reset() {
    let host = Late::new(1, 0);
    let limiter = limiter(&host);
    host.world.run(async {
        let [a, b, c] = [
            limiter.permit(Estimate::default()).await,
            limiter.permit(Estimate::default()).await,
            limiter.permit(Estimate::default()).await,
        ];
        // Two are left for this day, and two are under way.
        let told = Allowance { requests: left(2, 2, 86_400), tokens: None };
        a.answered(&Tokens::default(), Some(&told));
        b.failed();
        drop(c);
        limiter.permit(Estimate::default()).await;
        limiter.permit(Estimate::default()).await;
        assert_eq!(host.now(), Duration::ZERO);
        limiter.permit(Estimate::default()).await;
        assert_eq!(host.now(), Duration::from_secs(86_400));
    });
}

#[test]
fn an_allowance_of_absurd_numbers_does_no_harm() {
    let most = Some(Left { limit: Some(u64::MAX), remaining: u64::MAX, reset: Duration::MAX });
    let none = Some(Left { limit: Some(0), remaining: 0, reset: Duration::ZERO });
    let host = Late::new(1, 0);
    let limiter = limiter(&host);
    let ended = Cell::new(0);
    host.world.run(crowd(20, 5, |number| {
        let (limiter, ended) = (&limiter, &ended);
        async move {
            let left = if number % 2 == 0 { most } else { none };
            let allowance = Allowance { requests: left, tokens: left };
            limiter.permit(Estimate { input: 5, output: 5 }).await.answered(&Tokens::default(), Some(&allowance));
            ended.set(ended.get() + 1);
        }
    }));
    assert_eq!(ended.get(), 20);
}
