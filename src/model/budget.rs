//! stub
use super::usage::Tokens;
use crate::config::PriceConfig;
#[derive(Default)]
pub struct Budget;
pub struct Exhausted {
    pub what: &'static str,
}
pub struct Reservation;
impl Budget {
    pub async fn reserve(&self, _: &Tokens, _: Option<&PriceConfig>) -> Result<Reservation, Exhausted> {
        Ok(Reservation)
    }
}
impl Reservation {
    pub fn settle(self, _: &Tokens) {}
    pub fn uncertain(self) {}
}
