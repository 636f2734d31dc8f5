//! The connections that the runtime allows at once, shared by every limiter of a run. Where a runtime queues what is too
//! much, requests would wait there, paced and counted as if they had been sent.

use std::cell::Cell;
use std::rc::Rc;

use super::super::queue::{Place, Queue};

/// All of them.
pub struct Connections {
    free: Cell<usize>,
    queue: Rc<Queue>,
}

/// One that is in use until it is dropped.
pub struct Connection(Rc<Connections>);

impl Connections {
    /// So many, or as many as are asked for.
    pub fn new(most: Option<usize>) -> Rc<Self> {
        let free = most.map_or(usize::MAX, |most| most.max(1));
        Rc::new(Self { free: Cell::new(free), queue: Rc::default() })
    }

    /// Queues for one.
    pub fn join(&self) -> Place {
        self.queue.join()
    }

    /// Takes one, if one is free and it is this place's turn.
    pub fn take(self: &Rc<Self>, place: &Place) -> Option<Connection> {
        if !place.is_first() {
            return None;
        }
        self.free.set(self.free.get().checked_sub(1)?);
        Some(Connection(Rc::clone(self)))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.free.set(self.0.free.get() + 1);
        self.0.queue.call_first();
    }
}
