//! stub
use super::usage::Tokens;
use super::wait::Allowance;
use crate::config::RateLimitConfig;
use crate::host::Host;
use std::rc::Rc;
use std::time::Duration;
pub struct Connections;
impl Connections {
    pub fn new(_: Option<usize>) -> Self {
        Self
    }
}
pub struct Limits;
pub struct Limiter;
impl Limiter {
    pub fn new(_: Limits, _: Rc<dyn Host>, _: Rc<Connections>) -> Rc<Self> {
        Rc::new(Self)
    }
    pub async fn permit(self: &Rc<Self>, _: Estimate) -> Permit {
        Permit
    }
}
#[derive(Clone, Copy)]
pub struct Estimate;
impl Estimate {
    pub fn of(_: usize, _: u32) -> Self {
        Self
    }
}
pub struct Permit;
impl Permit {
    pub fn answered(self, _: &Tokens, _: Option<&Allowance>) {}
    pub fn throttled(self, _: Option<Duration>) {}
    pub fn failed(self) {}
}
pub fn strictest(_: &[&RateLimitConfig]) -> Limits {
    Limits
}
