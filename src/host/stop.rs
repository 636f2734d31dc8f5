//! The caller's wish to stop.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Poll, Waker};

use crate::error::{Error, Result};

/// A switch that ends work. Work raced against it is dropped at once, and dropping ends its requests and timers.
#[derive(Default)]
pub struct Stop {
    requested: Cell<bool>,
    waiting: RefCell<Vec<(u64, Waker)>>,
    next: Cell<u64>,
}

/// A race that is going on. It leaves nothing behind when it is over: a run has as many as it has requests.
struct Race<'a> {
    stop: &'a Stop,
    number: u64,
}

impl Stop {
    /// Stops everything that is raced against this switch, now and later.
    pub fn request(&self) {
        self.requested.set(true);
        let waiting = self.waiting.take();
        waiting.into_iter().for_each(|(_, waker)| waker.wake());
    }

    /// Whether the run should stop.
    pub fn is_requested(&self) -> bool {
        self.requested.get()
    }

    /// Runs `work` until it is done or the switch is set; then it fails with code `aborted`.
    pub async fn race<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        let mut work = pin!(work);
        let race = Race { stop: self, number: self.next.replace(self.next.get() + 1) };
        poll_fn(|context| {
            if self.requested.get() {
                return Poll::Ready(Err(Error::aborted()));
            }
            let polled = work.as_mut().poll(context);
            if polled.is_pending() {
                race.leave();
                self.waiting.borrow_mut().push((race.number, context.waker().clone()));
            }
            polled.map(Ok)
        })
        .await
    }
}

impl Race<'_> {
    fn leave(&self) {
        self.stop.waiting.borrow_mut().retain(|(number, _)| *number != self.number);
    }
}

impl Drop for Race<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::task::Context;

    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn a_race_that_is_over_leaves_nothing_behind() {
        let stop = Stop::default();
        assert_eq!(stop.race(ready(1)).now_or_never().unwrap().unwrap(), 1);
        let mut context = Context::from_waker(Waker::noop());
        let mut racing = Box::pin(stop.race(pending::<()>()));
        for _ in 0..3 {
            assert!(racing.as_mut().poll(&mut context).is_pending());
            assert_eq!(stop.waiting.borrow().len(), 1);
        }
        drop(racing);
        assert!(stop.waiting.borrow().is_empty());
        stop.request();
        assert!(stop.race(ready(1)).now_or_never().unwrap().is_err(), "and once it is set, nothing is begun");
    }
}
