//! Something that is made once, by whoever needs it first, while the others wait.

use std::cell::RefCell;
use std::future::poll_fn;
use std::task::{Poll, Waker};

use crate::error::Result;
use crate::host::LocalFuture;

/// What is made once for many.
pub struct Opening<T>(RefCell<State<T>>);

enum State<T> {
    /// Nobody has begun, or whoever did was stopped.
    Closed,
    /// Somebody is at it; these wait.
    Busy(Vec<Waker>),
    /// It is there, or cannot be.
    Done(Result<T>),
}

impl<T: Clone> Opening<T> {
    /// Nothing is made yet.
    pub fn new() -> Self {
        Self(RefCell::new(State::Closed))
    }

    /// What there is; made now if there is nothing. What could not be made is not tried again.
    ///
    /// # Errors
    /// Why it could not be made.
    pub async fn get<'a>(&'a self, make: &dyn Fn() -> LocalFuture<'a, Result<T>>) -> Result<T> {
        let ready = poll_fn(|context| match &mut *self.0.borrow_mut() {
            State::Done(made) => Poll::Ready(Some(made.clone())),
            State::Closed => Poll::Ready(None),
            State::Busy(waiting) => {
                waiting.push(context.waker().clone());
                Poll::Pending
            }
        });
        if let Some(made) = ready.await {
            return made;
        }
        self.0.replace(State::Busy(Vec::new()));
        let turn = Busy(self);
        let made = make().await;
        turn.end(State::Done(made.clone()));
        made
    }
}

/// Somebody at work. Stopped, it leaves the work to the next.
struct Busy<'a, T>(&'a Opening<T>);

impl<T> Busy<'_, T> {
    fn end(&self, state: State<T>) {
        if let State::Busy(waiting) = self.0.0.replace(state) {
            waiting.into_iter().for_each(Waker::wake);
        }
    }
}

impl<T> Drop for Busy<'_, T> {
    fn drop(&mut self) {
        if matches!(&*self.0.0.borrow(), State::Busy(_)) {
            self.end(State::Closed);
        }
    }
}
