//! Every form in which a provider says how long to wait and how much it still allows, as pure functions.
//!
//! [`told_to_wait`] reads the headers of an error answer, [`QuotaDetails`] its body, [`allowance`] the headers of any
//! answer. In a browser, servers have to expose headers for them to be seen, and few expose these.

mod allowance;
mod dates;
mod fields;
mod quota;
mod spans;

use std::time::Duration;

pub use allowance::{Allowance, Left, allowance};
pub use quota::QuotaDetails;

use spans::{Clock, Header, number, span};

/// The status of an answer that asks for fewer requests.
const TOO_MANY_REQUESTS: u16 = 429;

/// How long the headers of an error answer ask to wait: what the first of these says that can be understood.
///
/// 1. `retry-after-ms`
/// 2. `retry-after`, in seconds or as a date
/// 3. Under 429 only, when a limit begins anew: `RateLimit`, `ratelimit-reset`, `x-ratelimit-reset`, then
///    `x-ratelimit-reset-{requests,tokens}`, then `anthropic-ratelimit-*-reset`. Other failures carry these headers
///    too, where they ask for nothing.
///
/// Of several limits the one counts that is used up, and if none says so, the one that lasts longest (for Anthropic:
/// none). A date is compared with the `date` header, so that a wrong clock here does no harm, and with `now_ms` where
/// there is none. From nothing to a day; a date in the past says nothing, because the rest of the answer does not
/// suggest to come back at once.
pub fn told_to_wait(status: u16, header: Header<'_>, now_ms: f64) -> Option<Duration> {
    let clock = Clock { header, now_ms };
    let plainly = || span(number(&header("retry-after-ms")?)? / 1000.0);
    let retry_after = || {
        let text = header("retry-after")?;
        span(number(&text).or_else(|| clock.until_http_date(&text))?)
    };
    plainly().or_else(retry_after).or_else(|| {
        if status != TOO_MANY_REQUESTS {
            return None;
        }
        standard(clock).or_else(|| by_kind(clock)).or_else(|| anthropic(clock))
    })
}

/// A limit as far as waiting is concerned: what is left of it, and the seconds until it begins anew.
type Limit = (Option<f64>, Option<f64>);

fn standard(clock: Clock<'_>) -> Option<Duration> {
    let field = (clock.header)("ratelimit").unwrap_or_default();
    let limits: Vec<Limit> = fields::windows(&field).iter().map(|window| (window.remaining, window.reset)).collect();
    // One limit each; whether it is used up makes no difference.
    let alone = |name: &str| Some(vec![(None, clock.until_reset(&(clock.header)(name)?))]);
    decisive(&limits)
        .or_else(|| decisive(&alone("ratelimit-reset")?))
        .or_else(|| decisive(&alone("x-ratelimit-reset")?))
}

fn by_kind(clock: Clock<'_>) -> Option<Duration> {
    let limits = ["requests", "tokens"].map(|kind| {
        let reset = (clock.header)(&format!("x-ratelimit-reset-{kind}")).and_then(|text| clock.until_reset(&text));
        let remaining = reset.and_then(|_| number(&(clock.header)(&format!("x-ratelimit-remaining-{kind}"))?));
        (remaining, reset)
    });
    decisive(&limits)
}

fn anthropic(clock: Clock<'_>) -> Option<Duration> {
    let limits = ["requests", "tokens", "input-tokens", "output-tokens"].map(|kind| {
        let remaining = (clock.header)(&format!("anthropic-ratelimit-{kind}-remaining"));
        if remaining.and_then(|text| number(&text)) != Some(0.0) {
            return (None, None);
        }
        let reset = (clock.header)(&format!("anthropic-ratelimit-{kind}-reset"));
        (Some(0.0), reset.and_then(|text| clock.until_reset(&text)))
    });
    decisive(&limits)
}

fn decisive(limits: &[Limit]) -> Option<Duration> {
    let longest = |only_used_up: bool| {
        let counts = |limit: &&Limit| !only_used_up || limit.0 == Some(0.0);
        limits.iter().filter(counts).filter_map(|(_, reset)| span((*reset)?)).max()
    };
    longest(true).or_else(|| longest(false))
}

#[cfg(test)]
mod tests;
