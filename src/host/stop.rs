//! The caller's wish to stop.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use crate::error::{Error, Result};

/// A switch that ends a run. Work raced against it is dropped at once, and dropping ends its requests and timers.
#[derive(Default)]
pub struct Stop {
    requested: Cell<bool>,
    waiting: RefCell<Vec<Waker>>,
}

impl Stop {
    /// Stops everything that is raced against this switch, now and later.
    pub fn request(&self) {
        self.requested.set(true);
        let waiting = self.waiting.take();
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Whether the run should stop.
    pub fn is_requested(&self) -> bool {
        self.requested.get()
    }

    /// Runs `work` until it is done or the switch is set; then it fails with code `aborted`.
    pub async fn race<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        let mut work = pin!(work);
        poll_fn(|context| match self.poll_requested(context) {
            Poll::Ready(error) => Poll::Ready(Err(error)),
            Poll::Pending => work.as_mut().poll(context).map(Ok),
        })
        .await
    }

    fn poll_requested(&self, context: &mut Context<'_>) -> Poll<Error> {
        if self.requested.get() {
            return Poll::Ready(Error::aborted());
        }
        let mut waiting = self.waiting.borrow_mut();
        if !waiting.iter().any(|waker| waker.will_wake(context.waker())) {
            waiting.push(context.waker().clone());
        }
        Poll::Pending
    }
}
