//! Gives up on an answer that does not come: none at all, silence in its middle, or no end.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use crate::host::Host;
use crate::model::failure::Deadline;

/// How long an answer may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Until the first sign of it.
    pub first_answer: Duration,
    /// Between two pieces of it.
    pub silence: Duration,
    /// Until its end.
    pub total: Duration,
}

/// Watches one request. It keeps one timer, however many pieces arrive.
pub struct Watchdog {
    host: Rc<dyn Host>,
    patience: Patience,
    began: Duration,
    last_sign: Cell<Option<Duration>>,
}

impl Watchdog {
    /// Begins to watch.
    pub fn new(host: Rc<dyn Host>, patience: Patience) -> Self {
        let began = host.now();
        Self { host, patience, began, last_sign: Cell::new(None) }
    }

    /// Something arrived.
    pub fn sign(&self) {
        self.last_sign.set(Some(self.host.now()));
    }

    /// Waits until patience is at its end, and says what for.
    pub async fn expired(&self) -> (Deadline, Duration) {
        loop {
            let whole = (Deadline::Whole, self.began + self.patience.total, self.patience.total);
            let next = match self.last_sign.get() {
                None => (Deadline::FirstAnswer, self.began + self.patience.first_answer, self.patience.first_answer),
                Some(sign) => (Deadline::Silence, sign + self.patience.silence, self.patience.silence),
            };
            let (what, deadline, limit) = if next.1 < whole.1 { next } else { whole };
            let now = self.host.now();
            if now >= deadline {
                return (what, limit);
            }
            self.host.sleep(deadline - now).await;
        }
    }
}
