//! Waiting, with the runtime's own timers: one for all that waits in a run, since each is a call into JavaScript and most
//! are given up before they elapse.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::host::now;

#[wasm_bindgen]
extern "C" {
    // A number in browsers, an object in Node.
    #[wasm_bindgen(catch, js_name = setTimeout)]
    fn set_timeout(callback: &Function, milliseconds: i32) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);
}

/// Everything that waits in one run.
pub struct Alarms {
    waiting: RefCell<Vec<Rc<Alarm>>>,
    /// The timer that is set, and for when.
    timer: RefCell<Option<(Duration, JsValue)>>,
    elapsed: Closure<dyn Fn()>,
}

struct Alarm {
    deadline: Duration,
    has_rung: Cell<bool>,
    waker: Cell<Option<Waker>>,
}

impl Alarms {
    /// Nobody waits yet.
    pub fn new() -> Rc<Self> {
        Rc::new_cyclic(|alarms: &Weak<Self>| {
            let alarms = alarms.clone();
            let elapsed = Closure::new(move || {
                if let Some(alarms) = alarms.upgrade() {
                    alarms.ring();
                }
            });
            Self { waiting: RefCell::default(), timer: RefCell::default(), elapsed }
        })
    }

    /// Waits until a moment.
    pub fn sleep(self: &Rc<Self>, deadline: Duration) -> Sleep {
        let alarm = Rc::new(Alarm { deadline, has_rung: Cell::new(false), waker: Cell::default() });
        self.waiting.borrow_mut().push(Rc::clone(&alarm));
        self.set(deadline);
        Sleep { alarms: Rc::clone(self), alarm }
    }

    /// Sees to it that the timer elapses no later than this. Earlier is no harm, and cheaper than setting it anew.
    fn set(&self, deadline: Duration) {
        if self.timer.borrow().as_ref().is_some_and(|(set, _)| *set <= deadline) {
            return;
        }
        self.clear();
        let left = deadline.saturating_sub(now()).saturating_add(Duration::from_nanos(999_999));
        // Timers take milliseconds as a signed 32-bit number: at most 24 days.
        let milliseconds = i32::try_from(left.as_millis()).unwrap_or(i32::MAX);
        let timer = set_timeout(self.elapsed.as_ref().unchecked_ref(), milliseconds).ok();
        self.timer.replace(timer.map(|timer| (deadline, timer)));
    }

    fn clear(&self) {
        let timer = self.timer.take();
        timer.into_iter().for_each(|(_, timer)| clear_timeout(&timer));
    }

    fn ring(&self) {
        self.timer.take();
        let now = now();
        let mut next: Option<Duration> = None;
        self.waiting.borrow_mut().retain(|alarm| {
            let is_due = alarm.deadline <= now;
            if is_due {
                alarm.has_rung.set(true);
                // Whoever is woken runs later, never in here.
                alarm.waker.take().into_iter().for_each(Waker::wake);
            } else {
                next = Some(next.map_or(alarm.deadline, |next| next.min(alarm.deadline)));
            }
            !is_due
        });
        next.into_iter().for_each(|next| self.set(next));
    }
}

impl Drop for Alarms {
    fn drop(&mut self) {
        self.clear();
    }
}

/// A wait, given up when it is dropped.
pub struct Sleep {
    alarms: Rc<Alarms>,
    alarm: Rc<Alarm>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.alarm.has_rung.get() {
            return Poll::Ready(());
        }
        self.alarm.waker.set(Some(context.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let mut waiting = self.alarms.waiting.borrow_mut();
        waiting.retain(|alarm| !Rc::ptr_eq(alarm, &self.alarm));
        // A timer that nobody waits for would keep a process alive.
        if waiting.is_empty() {
            self.alarms.clear();
        }
    }
}
