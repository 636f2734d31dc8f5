//! Order, cancellation, wake-ups, connections.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures_util::future::{Either, select};

use super::super::{Connections, Estimate, Limiter, Limits};
use crate::host::Host;
use crate::model::Tokens;
use crate::model::scene::{Chance, Late, crowd};

fn of_three(host: &Rc<Late>) -> Rc<Limiter> {
    let limits = Limits { most_at_once: Some(3), ..Limits::default() };
    Limiter::new(&limits, host.clone(), Connections::new(None))
}

/// Callers who come and give up at random. The others go in the order in which they came, and all of them do.
#[test]
fn whoever_waits_goes_in_the_order_of_arrival_also_when_others_give_up() {
    for seed in 0..500 {
        let (chance, host) = (Chance::new(seed), Late::new(seed, 10));
        let limits = Limits {
            requests_per_minute: chance.happens(0.5).then(|| chance.from(60, 1200) as u32),
            most_at_once: chance.happens(0.8).then(|| chance.from(1, 5) as usize),
            ..Limits::default()
        };
        let connections = Connections::new(chance.happens(0.5).then(|| chance.from(1, 4) as usize));
        let limiter = Limiter::new(&limits, host.clone(), connections);
        let (arrived, went, gave_up) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()), Cell::new(0));
        host.world.run(crowd(40, 40, |number| {
            let (limiter, host, chance, arrived, went, gave_up) = (&limiter, &host, &chance, &arrived, &went, &gave_up);
            async move {
                host.world.sleep(chance.millis(0, 5000)).await;
                arrived.borrow_mut().push(number);
                let patience = if chance.happens(0.4) { chance.millis(0, 4000) } else { Duration::from_secs(36_000) };
                let permit = match select(pin!(limiter.permit(Estimate::default())), host.world.sleep(patience)).await {
                    Either::Left((permit, _)) => permit,
                    Either::Right(_) => return gave_up.set(gave_up.get() + 1),
                };
                went.borrow_mut().push(number);
                host.world.sleep(chance.millis(0, 300)).await;
                if chance.happens(0.2) { drop(permit) } else { permit.answered(&Tokens::default(), None) }
            }
        }));
        let (arrived, went) = (arrived.into_inner(), went.into_inner());
        let in_order: Vec<_> = arrived.iter().filter(|number| went.contains(number)).copied().collect();
        assert_eq!(went, in_order, "seed {seed}");
        assert_eq!(went.len() + gave_up.get(), 40, "seed {seed}");
        assert!(host.now() < Duration::from_secs(100), "seed {seed}");
        assert!(host.most_timers() <= 1 && host.timers() == 0, "seed {seed}");
        assert_eq!(limiter.queue.len(), 0, "seed {seed}");
    }
}

#[derive(Default)]
struct Counted(AtomicUsize);

impl Wake for Counted {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_place_in_the_queue_may_be_polled_by_one_task_after_another() {
    let host = Late::new(1, 0);
    let limiter = of_three(&host);
    let held: Vec<_> = (0..3).map(|_| host.world.run(limiter.permit(Estimate::default()))).collect();
    let (first, second) = (Arc::<Counted>::default(), Arc::<Counted>::default());
    let mut waiting = pin!(limiter.permit(Estimate::default()));
    for counted in [&first, &second] {
        let waker = Waker::from(Arc::clone(counted));
        assert!(waiting.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    drop(held);
    assert_eq!((first.0.load(Ordering::Relaxed), second.0.load(Ordering::Relaxed)), (0, 1));
    assert!(waiting.poll(&mut Context::from_waker(Waker::noop())).is_ready());
}

#[test]
fn a_call_to_someone_who_then_gives_up_reaches_the_next() {
    let host = Late::new(1, 0);
    let limiter = of_three(&host);
    let mut held: Vec<_> = (0..3).map(|_| host.world.run(limiter.permit(Estimate::default()))).collect();
    let mut gives_up = Box::pin(limiter.permit(Estimate::default()));
    let mut waits = pin!(limiter.permit(Estimate::default()));
    let counted = Arc::<Counted>::default();
    assert!(gives_up.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    assert!(waits.as_mut().poll(&mut Context::from_waker(&Waker::from(Arc::clone(&counted)))).is_pending());
    held.pop();
    assert_eq!(counted.0.load(Ordering::Relaxed), 0);
    drop(gives_up);
    assert_eq!(counted.0.load(Ordering::Relaxed), 1);
    assert!(waits.poll(&mut Context::from_waker(Waker::noop())).is_ready());
}

#[test]
fn only_the_first_in_the_queue_is_woken_when_one_ends() {
    let host = Late::new(1, 0);
    let limiter = of_three(&host);
    let mut held: Vec<_> = (0..3).map(|_| host.world.run(limiter.permit(Estimate::default()))).collect();
    let counted = Arc::<Counted>::default();
    let waker = Waker::from(Arc::clone(&counted));
    let mut waiting: Vec<_> = (0..100).map(|_| Box::pin(limiter.permit(Estimate::default()))).collect();
    for future in &mut waiting {
        assert!(future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    held.pop();
    assert_eq!(counted.0.load(Ordering::Relaxed), 1);
}

#[test]
fn connections_are_shared_by_all_limiters_of_a_run() {
    for seed in 0..100 {
        let (chance, host) = (Chance::new(seed), Late::new(seed, 10));
        host.world.limit_connections(6);
        let connections = Connections::new(host.most_connections());
        let limiters: Vec<_> = (0..3)
            .map(|_| {
                let limits = Limits {
                    requests_per_minute: chance.happens(0.3).then(|| chance.from(60, 600) as u32),
                    ..Limits::default()
                };
                Limiter::new(&limits, host.clone(), Rc::clone(&connections))
            })
            .collect();
        let (under_way, most, ended) = (Cell::new(0), Cell::new(0), Cell::new(0));
        host.world.run(crowd(90, 30, |number| {
            let (limiter, host, chance) = (&limiters[number % 3], &host, &chance);
            let (under_way, most, ended) = (&under_way, &most, &ended);
            async move {
                let patience = if chance.happens(0.2) { chance.millis(0, 2000) } else { Duration::from_secs(36_000) };
                let waiting = pin!(limiter.permit(Estimate::default()));
                ended.set(ended.get() + 1);
                let Either::Left((permit, _)) = select(waiting, host.world.sleep(patience)).await else { return };
                under_way.set(under_way.get() + 1);
                most.set(most.get().max(under_way.get()));
                host.world.sleep(chance.millis(10, 1000)).await;
                under_way.set(under_way.get() - 1);
                match chance.from(0, 20) {
                    0 => permit.throttled(Some(chance.millis(0, 3000))),
                    1 => permit.failed(),
                    _ => permit.answered(&Tokens::default(), None),
                }
            }
        }));
        assert_eq!((most.get(), ended.get()), (6, 90), "seed {seed}");
        assert!(host.now() < Duration::from_secs(200), "seed {seed}");
    }
}

#[test]
fn a_limiter_that_pauses_keeps_no_connection_from_the_others() {
    let host = Late::new(1, 0);
    let connections = Connections::new(Some(1));
    let limiters = [(); 2].map(|()| Limiter::new(&Limits::default(), host.clone(), Rc::clone(&connections)));
    host.world.run(async {
        let held = limiters[0].permit(Estimate::default()).await;
        let mut first = pin!(limiters[0].permit(Estimate::default()));
        let mut second = pin!(limiters[1].permit(Estimate::default()));
        // The first waits for the connection; then its provider asks for a pause.
        let poll = |future: std::pin::Pin<&mut _>| Future::poll(future, &mut Context::from_waker(Waker::noop()));
        assert!(poll(first.as_mut()).is_pending());
        assert!(matches!(poll(second.as_mut()), Poll::Pending));
        held.throttled(Some(Duration::from_secs(60)));
        assert!(poll(first.as_mut()).is_pending());
        drop(second.await);
        assert_eq!(host.now(), Duration::ZERO);
        first.await;
        assert_eq!(host.now(), Duration::from_secs(60));
    });
}
