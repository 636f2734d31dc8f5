//! Lengths of time as headers write them, in seconds.

use std::time::Duration;

use serde_json::Value;

use super::dates;

/// A day is longer than any provider means; larger numbers are dates or mistakes.
pub const LONGEST: f64 = 86_400.0;

/// Longer texts are no numbers.
const LONGEST_NUMBER: usize = 40;

/// Looks a header up by its lower-case name. A lookup may cross into JavaScript, so none is made without need.
pub type Header<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What an instant in a header is compared with.
#[derive(Clone, Copy)]
pub struct Clock<'a> {
    /// Where the server says what time it has.
    pub header: Header<'a>,
    /// What time it is here, for servers that don't say.
    pub now_ms: f64,
}

impl Clock<'_> {
    /// Seconds until an HTTP date.
    pub fn until_http_date(&self, text: &str) -> Option<f64> {
        let here = self.now_ms as i64;
        dates::http_date(text, here).map(|instant| self.until(instant))
    }

    /// Seconds until something begins again, which is written as a Go duration, as seconds, as seconds or milliseconds
    /// since 1970, or as a date of RFC 3339. What lies in the past is negative.
    pub fn until_reset(&self, text: &str) -> Option<f64> {
        match number(text) {
            Some(milliseconds) if milliseconds >= 1e11 => Some(self.until(milliseconds as i64)),
            Some(seconds) if seconds >= 1e9 => Some(self.until((seconds * 1000.0) as i64)),
            Some(seconds) => Some(seconds),
            None => go_duration(text).or_else(|| dates::rfc3339(text.trim()).map(|instant| self.until(instant))),
        }
    }

    /// Measured by the server's own clock where it is known, so that a wrong clock here does no harm.
    fn until(&self, instant: i64) -> f64 {
        let here = self.now_ms as i64;
        let now = (self.header)("date").and_then(|date| dates::http_date(&date, here)).unwrap_or(here);
        instant.saturating_sub(now) as f64 / 1000.0
    }
}

/// A length of time, if it is one that a provider can mean.
pub fn span(seconds: f64) -> Option<Duration> {
    (0.0..=LONGEST).contains(&seconds).then(|| Duration::from_secs_f64(seconds))
}

/// A decimal number. (serde_json reads numbers already; the parser of std would come on top, with ten kilobytes.)
pub fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    if text.len() > LONGEST_NUMBER {
        return None;
    }
    text.parse::<Value>().ok()?.as_f64()
}

/// Seconds of a duration as Go writes it: `12ms`, `1s`, `6m0s`, `1h2m3.5s`.
pub fn go_duration(text: &str) -> Option<f64> {
    let mut rest = text.trim();
    let mut seconds = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (digits, after) = rest.split_at_checked(rest.find(|c: char| !c.is_ascii_digit() && c != '.')?)?;
        let end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(end)?;
        let unit = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" | "μs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        seconds += number(digits)? * unit;
        rest = after;
    }
    Some(seconds)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_mean_what_go_means() {
        for (text, milliseconds) in [
            ("12ms", 12.0),
            ("1s", 1000.0),
            ("6m0s", 360_000.0),
            ("1m30.5s", 90_500.0),
            ("2h59m56s", 10_796_000.0),
            ("7.66s", 7660.0),
            ("250µs", 0.25),
            ("0s", 0.0),
            ("100ns", 0.0001),
        ] {
            let ours = go_duration(text).unwrap() * 1000.0;
            assert!((ours - milliseconds).abs() < 1e-6, "{text}: {ours}");
        }
        for text in ["", "s", "5", "5x", "1m-3s", "-1s", "1 s", "1.2.3s", "m5", "1e3s", "∞s"] {
            assert_eq!(go_duration(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_duration_is_read_back(hours in 0_u32..24, minutes in 0_u32..60, milliseconds in 0_u32..60_000) {
            let (whole, part) = (milliseconds / 1000, milliseconds % 1000);
            let text = format!("{hours}h{minutes}m{whole}.{part:03}s");
            let expected = f64::from(hours * 3600 + minutes * 60) + f64::from(milliseconds) / 1000.0;
            prop_assert!((go_duration(&text).unwrap() - expected).abs() < 1e-9, "{}", text);
        }
    }

    #[test]
    fn only_a_span_that_a_provider_can_mean_is_one() {
        for seconds in [f64::NAN, f64::INFINITY, -0.001, 86_400.001] {
            assert_eq!(span(seconds), None, "{seconds}");
        }
        assert_eq!(span(0.0), Some(Duration::ZERO));
        assert_eq!(span(86_400.0), Some(Duration::from_secs(86_400)));
    }
}
