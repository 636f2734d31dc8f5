//! Waiting in the order of arrival: for the limiter, its connections and the budget.
//!
//! Only the first in a queue looks at what it waits for. Whoever changes that calls the first; whoever leaves, served or
//! given up, calls the next. So nothing is woken in vain by the hundred, and no call is lost.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// Those who wait.
#[derive(Default)]
pub struct Queue(RefCell<VecDeque<Rc<Bell>>>);

/// A place in a queue. Dropping it leaves the queue.
pub struct Place {
    queue: Rc<Queue>,
    bell: Rc<Bell>,
}

/// Remembers a call until it is heard.
#[derive(Default)]
struct Bell {
    was_rung: Cell<bool>,
    waker: Cell<Option<Waker>>,
}

impl Queue {
    /// Takes the last place.
    pub fn join(self: &Rc<Self>) -> Place {
        let bell = Rc::<Bell>::default();
        self.0.borrow_mut().push_back(Rc::clone(&bell));
        Place { queue: Rc::clone(self), bell }
    }

    /// Lets the first look again.
    pub fn call_first(&self) {
        let first = self.0.borrow().front().cloned();
        if let Some(bell) = first {
            bell.was_rung.set(true);
            bell.waker.take().into_iter().for_each(Waker::wake);
        }
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.0.borrow().len()
    }
}

impl Place {
    /// Whether everyone who came before has left.
    pub fn is_first(&self) -> bool {
        self.queue.0.borrow().front().is_some_and(|first| Rc::ptr_eq(first, &self.bell))
    }

    /// Ready once for each call, also for one that came before.
    pub fn poll_called(&self, context: &Context<'_>) -> Poll<()> {
        if self.bell.was_rung.take() {
            return Poll::Ready(());
        }
        self.bell.waker.set(Some(context.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let was_first = self.is_first();
        self.queue.0.borrow_mut().retain(|bell| !Rc::ptr_eq(bell, &self.bell));
        if was_first {
            self.queue.call_first();
        }
    }
}
