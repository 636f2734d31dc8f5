//! Promises of the budget, in virtual time.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::future::{Either, select};

use super::*;
use crate::host::Host;
use crate::model::scene::{Chance, Late, crowd};

const FREE: PriceConfig = PriceConfig { input: 0.0, output: 0.0, cached_input: None };

fn tokens(input: u64, output: u64) -> Tokens {
    Tokens { input, output, ..Tokens::default() }
}

fn of_tokens(max_tokens: u64) -> Rc<Budget> {
    Budget::new(BudgetConfig { max_tokens: Some(max_tokens), ..BudgetConfig::default() })
}

/// What `reserve` says without waiting.
fn try_reserve(budget: &Rc<Budget>, most: Tokens) -> Option<Result<Reservation, Exhausted>> {
    match pin!(budget.reserve(most, FREE)).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => Some(result),
        Poll::Pending => None,
    }
}

fn reserve(budget: &Rc<Budget>, most: Tokens) -> Reservation {
    try_reserve(budget, most).unwrap().unwrap_or_else(|exhausted| panic!("{exhausted}"))
}

#[test]
fn no_limit_is_no_limit() {
    let budget = Budget::new(BudgetConfig::default());
    for _ in 0..100 {
        reserve(&budget, tokens(u64::MAX, u64::MAX)).settle(tokens(u64::MAX, u64::MAX));
    }
}

#[test]
fn each_limit_ends_the_run_by_its_name() {
    let price = PriceConfig { input: 1.0, output: 10.0, cached_input: Some(0.1) };
    let table = [
        // A thousand sent and a hundred received cost 0.2 cents: five fit into a cent.
        (BudgetConfig { max_cost: Some(0.01), ..BudgetConfig::default() }, 5, "max_cost"),
        (BudgetConfig { max_tokens: Some(4400), ..BudgetConfig::default() }, 4, "max_tokens"),
        (BudgetConfig { max_requests: Some(3), ..BudgetConfig::default() }, 3, "max_requests"),
        (BudgetConfig { max_cost: Some(0.01), max_tokens: Some(2199), max_requests: Some(3) }, 1, "max_tokens"),
    ];
    for (config, fitting, what) in table {
        let budget = Budget::new(config);
        let world = Late::new(1, 0);
        for _ in 0..fitting {
            world.world.run(budget.reserve(tokens(1000, 100), price)).ok().unwrap().settle(tokens(1000, 100));
        }
        let exhausted = world.world.run(budget.reserve(tokens(1000, 100), price)).err().unwrap();
        assert_eq!(exhausted.what, what);
        assert!(exhausted.to_string().contains(what));
    }
}

#[test]
fn what_fits_only_if_others_turn_out_cheaper_waits_for_them() {
    let budget = of_tokens(1000);
    let first = reserve(&budget, tokens(300, 300));
    let mut waiting = pin!(budget.reserve(tokens(300, 300), FREE));
    let mut context = Context::from_waker(Waker::noop());
    assert!(waiting.as_mut().poll(&mut context).is_pending());
    // Smaller, and would fit: but it came later.
    assert!(try_reserve(&budget, tokens(1, 1)).is_none());
    first.settle(tokens(300, 100));
    let Poll::Ready(Ok(second)) = waiting.poll(&mut context) else { panic!("400 + 600 fit into 1000") };
    second.settle(tokens(300, 300));
    assert!(try_reserve(&budget, tokens(1, 0)).unwrap().is_err());
}

#[test]
fn a_budget_that_is_used_up_stays_so_and_everyone_who_waits_hears_of_it() {
    let budget = of_tokens(1000);
    let first = reserve(&budget, tokens(1000, 0));
    let world = Late::new(1, 0);
    let failed = Cell::new(0);
    world.world.run(async {
        let settling = async {
            world.world.sleep(Duration::from_secs(1)).await;
            first.settle(tokens(900, 0));
        };
        let waiting = crowd(20, 20, |_| async {
            assert!(budget.reserve(tokens(101, 0), FREE).await.is_err());
            failed.set(failed.get() + 1);
        });
        futures_util::future::join(settling, waiting).await;
    });
    assert_eq!(failed.get(), 20);
    // Also those who would have fitted.
    assert!(try_reserve(&budget, tokens(1, 0)).unwrap().is_err());
}

#[test]
fn what_was_not_sent_costs_nothing_and_what_is_not_known_costs_the_most() {
    let budget = Budget::new(BudgetConfig { max_requests: Some(2), max_tokens: Some(200), ..BudgetConfig::default() });
    for _ in 0..10 {
        drop(reserve(&budget, tokens(50, 50)));
    }
    reserve(&budget, tokens(50, 50)).uncertain();
    // Nothing counted is not known either.
    reserve(&budget, tokens(50, 50)).settle(Tokens::default());
    assert_eq!(try_reserve(&budget, tokens(0, 1)).unwrap().err().unwrap().what, "max_tokens");
}

#[test]
fn a_refused_request_counts_as_a_request_and_costs_nothing() {
    let budget = Budget::new(BudgetConfig { max_requests: Some(2), max_tokens: Some(100), ..BudgetConfig::default() });
    for _ in 0..2 {
        reserve(&budget, tokens(50, 50)).refused();
    }
    assert_eq!(try_reserve(&budget, tokens(50, 50)).unwrap().err().unwrap().what, "max_requests");
}

#[test]
fn bounds_that_a_server_exceeds_are_raised_by_as_much() {
    let budget = of_tokens(10_000);
    reserve(&budget, tokens(100, 100)).settle(tokens(300, 150));
    reserve(&budget, tokens(100, 100)).settle(tokens(100, 10));
    // 560 are charged. Three times the input and one and a half times the output: 4500 each.
    let open = [reserve(&budget, tokens(1000, 1000)), reserve(&budget, tokens(1000, 1000))];
    assert!(try_reserve(&budget, tokens(1, 0)).is_some());
    assert!(try_reserve(&budget, tokens(150, 0)).is_none());
    for reservation in open {
        reservation.uncertain();
    }
    assert!(try_reserve(&budget, tokens(147, 0)).unwrap().is_err());
}

#[test]
fn cached_tokens_are_reserved_at_the_full_price_and_charged_at_their_own() {
    let price = PriceConfig { input: 10.0, output: 0.0, cached_input: Some(1.0) };
    let budget = Budget::new(BudgetConfig { max_cost: Some(0.02), ..BudgetConfig::default() });
    let world = Late::new(1, 0);
    let mut answered = 0;
    while let Ok(reservation) = world.world.run(budget.reserve(tokens(1000, 0), price)) {
        reservation.settle(Tokens { input: 1000, cached_input: 1000, output: 0, ..Tokens::default() });
        answered += 1;
    }
    // A cent at first, a tenth of a cent after: until less than a cent is left.
    assert_eq!(answered, 11);
}

/// Callers, prices, bounds and ends of all kinds, at random.
#[test]
fn the_budget_is_never_overshot_and_nobody_waits_for_ever() {
    let mut used_up = 0;
    for seed in 0..1000 {
        let (chance, world) = (Chance::new(seed), Late::new(seed, 0));
        let config = BudgetConfig {
            max_cost: chance.happens(0.6).then(|| chance.from(1, 400) as f64 / 1000.0),
            max_tokens: chance.happens(0.6).then(|| chance.from(1, 100_000)),
            max_requests: chance.happens(0.6).then(|| chance.from(1, 60)),
        };
        let prices = [(); 2].map(|()| PriceConfig {
            input: chance.from(0, 500) as f64 / 100.0,
            output: chance.from(0, 2500) as f64 / 100.0,
            cached_input: chance.happens(0.5).then(|| chance.from(0, 500) as f64 / 100.0),
        });
        let budget = Budget::new(config);
        // Real usage: dollars, tokens, requests.
        let real = Cell::new((0.0, 0, 0));
        let (ended, came, served, ends_at) =
            (Cell::new(0), RefCell::new(Vec::new()), RefCell::new(Vec::new()), Cell::new(None));
        world.world.run(crowd(60, chance.from(1, 30) as usize, |number| {
            let (chance, world, budget, price) = (&chance, &world, &budget, prices[number % 2]);
            let (real, ended, came, served, ends_at) = (&real, &ended, &came, &served, &ends_at);
            async move {
                let most = tokens(chance.from(1, 3000), chance.from(1, 3000));
                let patience = if chance.happens(0.1) { chance.millis(0, 3000) } else { Duration::from_secs(3600) };
                came.borrow_mut().push(number);
                ended.set(ended.get() + 1);
                let waiting = pin!(budget.reserve(most, price));
                let reservation = match select(waiting, world.world.sleep(patience)).await {
                    Either::Left((Ok(reservation), _)) => reservation,
                    Either::Left((Err(_), _)) => {
                        ends_at.set(ends_at.get().or(Some(world.now())));
                        return;
                    }
                    Either::Right(_) => return,
                };
                assert_eq!(ends_at.get(), None, "seed {seed}");
                served.borrow_mut().push(number);
                if chance.happens(0.1) {
                    return;
                }
                world.world.sleep(chance.millis(10, 2000)).await;
                let (input, output) = (chance.from(1, most.input + 1), chance.from(1, most.output + 1));
                let used = Tokens { input, output, cached_input: chance.from(0, input + 1), ..Tokens::default() };
                let cached_price = price.cached_input.unwrap_or(price.input);
                let dollars = (used.input - used.cached_input) as f64 * price.input
                    + used.cached_input as f64 * cached_price
                    + used.output as f64 * price.output;
                let (cost, tokens, requests) = real.get();
                real.set((cost + dollars / 1e6, tokens + used.input + used.output, requests + 1));
                if chance.happens(0.1) { reservation.uncertain() } else { reservation.settle(used) }
            }
        }));
        let (cost, tokens, requests) = real.get();
        assert!(cost <= config.max_cost.unwrap_or(f64::MAX) + 1e-9, "seed {seed}: {cost}");
        assert!(tokens <= config.max_tokens.unwrap_or(u64::MAX), "seed {seed}: {tokens}");
        assert!(requests <= config.max_requests.unwrap_or(u64::MAX), "seed {seed}: {requests}");
        assert_eq!(ended.get(), 60, "seed {seed}");
        assert!(budget.open.borrow().is_empty() && budget.queue.len() == 0, "seed {seed}");
        let (came, served) = (came.into_inner(), served.into_inner());
        let in_order: Vec<_> = came.into_iter().filter(|number| served.contains(number)).collect();
        assert_eq!(served, in_order, "seed {seed}");
        used_up += usize::from(ends_at.get().is_some());
    }
    assert!((200..1900).contains(&used_up), "{used_up} of the budgets were used up");
}

#[test]
fn a_budget_is_not_given_up_while_the_next_request_would_fit() {
    for seed in 0..100 {
        let (chance, world) = (Chance::new(seed), Late::new(seed, 0));
        let max_tokens = chance.from(1000, 50_000);
        let budget = of_tokens(max_tokens);
        let used = Cell::new(0);
        world.world.run(crowd(200, chance.from(1, 30) as usize, |_| async {
            let Ok(reservation) = budget.reserve(tokens(500, 500), FREE).await else { return };
            world.world.sleep(chance.millis(10, 2000)).await;
            let real = tokens(chance.from(1, 501), chance.from(1, 501));
            used.set(used.get() + real.input + real.output);
            reservation.settle(real);
        }));
        assert!((max_tokens - 999..=max_tokens).contains(&used.get()), "seed {seed}: {} of {max_tokens}", used.get());
    }
}
