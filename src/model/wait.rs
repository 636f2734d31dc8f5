//! stub
use serde_json::Value;
use std::time::Duration;
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {}
pub fn told_to_wait(_: &dyn Fn(&str) -> Option<String>, _: &Value, _: f64) -> Option<Duration> {
    None
}
pub fn allowance(_: &dyn Fn(&str) -> Option<String>) -> Option<Allowance> {
    None
}
