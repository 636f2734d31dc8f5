//! What a server turned out to take: learned from its first answers, remembered for the run.
//!
//! Providers differ in how they hold a model to a schema, and servers that call themselves compatible differ in what they
//! really do. So each request starts with the strictest mode that has not failed yet. A mode fails when the server
//! refuses it, or when it answers as if it had not been told.

use std::cell::Cell;

use super::call::Mode;
use super::failure::StatusFailure;

/// Replies in a row that break what a mode promises, after which it is given up although it has worked before.
const FAULTS_IN_A_ROW: u32 = 3;

/// The form of requests that a server takes.
pub struct Fitting {
    modes: &'static [Mode],
    current: Cell<usize>,
    worked: Cell<bool>,
    faults: Cell<u32>,
    without_temperature: Cell<bool>,
}

impl Fitting {
    /// Knows nothing yet. The modes are the provider's, the strictest first.
    pub fn new(modes: &'static [Mode]) -> Self {
        Self {
            modes,
            current: Cell::new(0),
            worked: Cell::new(false),
            faults: Cell::new(0),
            without_temperature: Cell::new(false),
        }
    }

    /// The mode for the next request: the strictest that works and for which `fits` holds.
    pub fn mode(&self, fits: impl Fn(Mode) -> bool) -> Mode {
        let mut rest = self.modes.iter().skip(self.current.get());
        rest.find(|mode| fits(**mode)).copied().unwrap_or(Mode::Text)
    }

    /// Whether requests may carry a temperature.
    pub fn takes_temperature(&self) -> bool {
        !self.without_temperature.get()
    }

    /// The server answered as the mode promises.
    pub fn worked(&self, mode: Mode) {
        if self.is_current(mode) {
            self.worked.set(true);
            self.faults.set(0);
        }
    }

    /// The server answered as if it had not been told the mode. Whether the next request will use another one.
    pub fn ignored(&self, mode: Mode) -> bool {
        if !self.is_current(mode) {
            return self.is_behind(mode);
        }
        self.faults.set(self.faults.get() + 1);
        (!self.worked.get() || self.faults.get() >= FAULTS_IN_A_ROW) && self.step()
    }

    /// The server refused the request. Whether there is a plainer form of it to try; one that has worked before is not
    /// given up.
    pub fn refused(&self, mode: Mode, had_temperature: bool, failure: &StatusFailure) -> bool {
        if !failure.may_be_unsupported() {
            return false;
        }
        if had_temperature && failure.param.as_deref() == Some("temperature") {
            self.without_temperature.set(true);
            return true;
        }
        if !self.is_current(mode) {
            return self.is_behind(mode);
        }
        if self.worked.get() {
            return false;
        }
        if self.step() {
            return true;
        }
        // The last thing that a server might not take.
        let temperature_goes = had_temperature && self.takes_temperature();
        self.without_temperature.set(self.without_temperature.get() || temperature_goes);
        temperature_goes
    }

    fn is_current(&self, mode: Mode) -> bool {
        self.modes.get(self.current.get()) == Some(&mode)
    }

    /// Whether another request has learned already that this mode does not work.
    fn is_behind(&self, mode: Mode) -> bool {
        self.modes.iter().take(self.current.get()).any(|left| *left == mode)
    }

    fn step(&self) -> bool {
        let next = self.current.get() + 1;
        if next >= self.modes.len() {
            return false;
        }
        self.current.set(next);
        self.worked.set(false);
        self.faults.set(0);
        true
    }
}
