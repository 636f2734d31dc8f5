//! What the headers of an answer tell of a provider's limits.

use std::time::Duration;

use super::fields;
use super::spans::{Clock, Header, LONGEST, number};

/// What a provider still allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowance {
    /// Requests.
    pub requests: Option<Left>,
    /// Tokens, sent and received.
    pub tokens: Option<Left>,
}

/// What is left of one limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// The whole of it.
    pub limit: Option<u64>,
    /// What is left.
    pub remaining: u64,
    /// When the whole of it is there again: a minute where the provider doesn't say, at most a day.
    pub reset: Duration,
}

/// The names of the headers for one limit.
struct Names {
    remaining: &'static str,
    limit: &'static str,
    reset: &'static str,
}

/// How a group of providers tells its limits.
struct Family {
    requests: Names,
    tokens: Option<Names>,
}

const FAMILIES: [Family; 4] = [
    Family {
        requests: Names {
            remaining: "x-ratelimit-remaining-requests",
            limit: "x-ratelimit-limit-requests",
            reset: "x-ratelimit-reset-requests",
        },
        tokens: Some(Names {
            remaining: "x-ratelimit-remaining-tokens",
            limit: "x-ratelimit-limit-tokens",
            reset: "x-ratelimit-reset-tokens",
        }),
    },
    Family {
        requests: Names {
            remaining: "anthropic-ratelimit-requests-remaining",
            limit: "anthropic-ratelimit-requests-limit",
            reset: "anthropic-ratelimit-requests-reset",
        },
        // Of its limits for tokens, Anthropic puts the one here that is nearest.
        tokens: Some(Names {
            remaining: "anthropic-ratelimit-tokens-remaining",
            limit: "anthropic-ratelimit-tokens-limit",
            reset: "anthropic-ratelimit-tokens-reset",
        }),
    },
    Family {
        requests: Names { remaining: "ratelimit-remaining", limit: "ratelimit-limit", reset: "ratelimit-reset" },
        tokens: None,
    },
    Family {
        requests: Names { remaining: "x-ratelimit-remaining", limit: "x-ratelimit-limit", reset: "x-ratelimit-reset" },
        tokens: None,
    },
];

/// Most limits are by the minute.
const USUAL_RESET: f64 = 60.0;

/// What an answer, good or bad, tells of its provider's limits. An answer that tells nothing costs one lookup for each
/// form that there is; `now_ms` stands in where dates are told without a `date` header.
pub fn allowance(header: Header<'_>, now_ms: f64) -> Option<Allowance> {
    let clock = Clock { header, now_ms };
    for family in &FAMILIES {
        let Some(remaining) = header(family.requests.remaining) else { continue };
        let tokens = family.tokens.as_ref().and_then(|names| left(clock, &header(names.remaining)?, names));
        return some(Allowance { requests: left(clock, &remaining, &family.requests), tokens });
    }
    standard(header)
}

fn some(allowance: Allowance) -> Option<Allowance> {
    (allowance != Allowance::default()).then_some(allowance)
}

fn left(clock: Clock<'_>, remaining: &str, names: &Names) -> Option<Left> {
    let remaining = number(remaining)?;
    // `100, 100;w=60` in an early draft.
    let limit = (clock.header)(names.limit).and_then(|text| number(text.split([',', ';']).next()?));
    let reset = (clock.header)(names.reset).and_then(|text| clock.until_reset(&text));
    sensible(limit, remaining, reset)
}

/// The headers `RateLimit` and `RateLimit-Policy`: of several limits, the one of which the least is left.
fn standard(header: Header<'_>) -> Option<Allowance> {
    let windows = fields::windows(&header("ratelimit")?);
    let policies = fields::windows(&header("ratelimit-policy").unwrap_or_default());
    let requests = windows.iter().filter_map(|window| {
        let policy = policies.iter().find(|policy| policy.name == window.name);
        let unit = window.unit.as_deref().or_else(|| policy?.unit.as_deref());
        let limit = window.limit.or_else(|| policy?.limit);
        let counts = unit.is_none_or(|unit| unit == "requests");
        if counts { sensible(limit, window.remaining?, window.reset) } else { None }
    });
    some(Allowance { requests: requests.min_by_key(|left| left.remaining), tokens: None })
}

/// Some servers write -1 or 0 of 0 where they have no limit.
fn sensible(limit: Option<f64>, remaining: f64, reset: Option<f64>) -> Option<Left> {
    if remaining < 0.0 || limit.is_some_and(|limit| limit < 1.0) {
        return None;
    }
    let reset = Duration::from_secs_f64(reset.unwrap_or(USUAL_RESET).clamp(0.0, LONGEST));
    Some(Left { limit: limit.map(|limit| limit as u64), remaining: remaining as u64, reset })
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use proptest::prelude::*;

    use super::*;

    /// 2026-01-02T03:04:05Z
    const NOW: f64 = 1_767_323_045_000.0;

    fn read(headers: &[(&str, &str)]) -> Option<Allowance> {
        let header = |asked: &str| headers.iter().find(|(name, _)| *name == asked).map(|(_, text)| (*text).to_owned());
        allowance(&header, NOW)
    }

    fn left(limit: Option<u64>, remaining: u64, milliseconds: u64) -> Option<Left> {
        Some(Left { limit, remaining, reset: Duration::from_millis(milliseconds) })
    }

    #[test]
    fn every_providers_limits_are_learned() {
        let openai = read(&[
            ("x-ratelimit-limit-requests", "500"),
            ("x-ratelimit-limit-tokens", "30000"),
            ("x-ratelimit-remaining-requests", "499"),
            ("x-ratelimit-remaining-tokens", "29996"),
            ("x-ratelimit-reset-requests", "120ms"),
            ("x-ratelimit-reset-tokens", "6m0s"),
        ]);
        let (requests, tokens) = (left(Some(500), 499, 120), left(Some(30_000), 29_996, 360_000));
        assert_eq!(openai, Some(Allowance { requests, tokens }));

        let anthropic = read(&[
            ("anthropic-ratelimit-requests-limit", "50"),
            ("anthropic-ratelimit-requests-remaining", "0"),
            ("anthropic-ratelimit-requests-reset", "2026-01-02T03:04:35Z"),
            ("anthropic-ratelimit-tokens-limit", "40000"),
            ("anthropic-ratelimit-tokens-remaining", "39000"),
            ("anthropic-ratelimit-tokens-reset", "2026-01-02T03:04:04Z"),
        ]);
        let (requests, tokens) = (left(Some(50), 0, 30_000), left(Some(40_000), 39_000, 0));
        assert_eq!(anthropic, Some(Allowance { requests, tokens }));

        let standard = read(&[
            ("ratelimit", r#""day";r=900;t=3600, "minute";r=5;t=30"#),
            ("ratelimit-policy", r#""minute";q=100;w=60, "day";q=1000;w=86400"#),
        ]);
        assert_eq!(standard, Some(Allowance { requests: left(Some(100), 5, 30_000), tokens: None }));

        let plain = [("ratelimit-limit", "100, 100;w=60"), ("ratelimit-remaining", "7"), ("ratelimit-reset", "30")];
        assert_eq!(read(&plain), Some(Allowance { requests: left(Some(100), 7, 30_000), tokens: None }));

        let openrouter = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1767323055000")];
        assert_eq!(read(&openrouter), Some(Allowance { requests: left(None, 0, 10_000), tokens: None }));
    }

    #[test]
    fn what_makes_no_sense_is_ignored() {
        for headers in [
            [("x-ratelimit-remaining-requests", "-1"), ("x-ratelimit-remaining-tokens", "-1")],
            [("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-limit-requests", "0")],
            [("x-ratelimit-remaining-requests", "many"), ("x-ratelimit-remaining-tokens", "NaN")],
            [("ratelimit", r#""disk";r=5;t=1"#), ("ratelimit-policy", r#""disk";q=9;qu="content-bytes""#)],
            [("ratelimit", "none"), ("retry-after", "5")],
        ] {
            assert_eq!(read(&headers), None, "{headers:?}");
        }
        let tokens_only = [("x-ratelimit-remaining-requests", "-1"), ("x-ratelimit-remaining-tokens", "10")];
        assert_eq!(read(&tokens_only), Some(Allowance { requests: None, tokens: left(None, 10, 60_000) }));
    }

    #[test]
    fn an_answer_that_tells_nothing_costs_one_lookup_for_each_form() {
        let asked = RefCell::new(Vec::new());
        let header = |name: &str| {
            asked.borrow_mut().push(name.to_owned());
            None
        };
        assert_eq!(allowance(&header, NOW), None);
        assert_eq!(asked.borrow().len(), FAMILIES.len() + 1, "{asked:?}");
    }

    proptest! {
        #[test]
        fn nothing_that_a_server_writes_is_an_obstacle(
            texts in prop::collection::vec(r#"-?[0-9]{1,20}(\.[0-9])?|[0-9]{1,4}[smh]|"[a-z]";r=[0-9];t=[0-9e]{1,9}|.{0,20}"#, 12),
            present in any::<u16>(),
        ) {
            let names = FAMILIES.iter().flat_map(|family| [Some(&family.requests), family.tokens.as_ref()]).flatten();
            let names = names.flat_map(|names| [names.remaining, names.limit, names.reset]);
            let names: Vec<&str> = names.chain(["ratelimit", "ratelimit-policy", "date"]).collect();
            let header = |asked: &str| {
                let at = names.iter().position(|name| *name == asked)? % texts.len();
                (present >> at & 1 == 1).then(|| texts[at].clone())
            };
            if let Some(allowance) = allowance(&header, NOW) {
                for left in [allowance.requests, allowance.tokens].into_iter().flatten() {
                    prop_assert!(left.reset <= Duration::from_secs(86_400) && left.limit != Some(0));
                }
            }
        }
    }
}
