//! Every form of "wait this long" is understood, and nothing else is.

use proptest::prelude::*;

use super::*;

/// Fri, 02 Jan 2026 03:04:05 GMT
const NOW: f64 = 1_767_323_045_000.0;

/// What is read from headers, written as lines.
fn wait(status: u16, headers: &str) -> Option<f64> {
    let header = |asked: &str| {
        let of = |line: &str| {
            line.trim().split_once(": ").filter(|(name, _)| *name == asked).map(|(_, text)| text.to_owned())
        };
        headers.lines().find_map(of)
    };
    told_to_wait(status, &header, NOW).map(|wait| (wait.as_secs_f64() * 1e6).round() / 1e6)
}

#[test]
fn every_form_is_understood() {
    for (headers, seconds) in [
        ("retry-after-ms: 1500", 1.5),
        ("retry-after-ms: 0.5", 0.0005),
        ("retry-after: 2", 2.0),
        ("retry-after: 2.5", 2.5),
        ("retry-after:  7 ", 7.0),
        ("retry-after: 0", 0.0),
        ("retry-after: 86400", 86_400.0),
        ("retry-after: Fri, 02 Jan 2026 03:04:35 GMT", 30.0),
        ("retry-after: Friday, 02-Jan-26 03:04:35 GMT", 30.0),
        ("retry-after: Fri Jan  2 03:04:35 2026", 30.0),
        (r#"ratelimit: "default";r=0;t=30"#, 30.0),
        (r#"ratelimit: "day";r=9;t=3600, "minute";r=0;t=30"#, 30.0),
        (r#"ratelimit: "day";r=9;t=3600, "minute";r=1;t=30"#, 3600.0),
        ("ratelimit: limit=10, remaining=0, reset=5", 5.0),
        ("ratelimit-reset: 30", 30.0),
        ("x-ratelimit-reset: 1767323055", 10.0),
        ("x-ratelimit-reset: 1767323055500", 10.5),
        ("x-ratelimit-reset-requests: 12ms", 0.012),
        ("x-ratelimit-reset-requests: 1s", 1.0),
        ("x-ratelimit-reset-tokens: 6m0s", 360.0),
        ("x-ratelimit-reset-tokens: 1m30.5s", 90.5),
        ("x-ratelimit-reset-tokens: 45", 45.0),
        ("x-ratelimit-reset-requests: 9s\nx-ratelimit-reset-tokens: 4s", 9.0),
        (
            "x-ratelimit-reset-requests: 9s\nx-ratelimit-remaining-requests: 5\n\
             x-ratelimit-reset-tokens: 4s\nx-ratelimit-remaining-tokens: 0",
            4.0,
        ),
        (
            "anthropic-ratelimit-requests-remaining: 3\nanthropic-ratelimit-requests-reset: 2026-01-02T04:04:05Z\n\
             anthropic-ratelimit-input-tokens-remaining: 0\nanthropic-ratelimit-input-tokens-reset: 2026-01-02T03:04:25Z",
            20.0,
        ),
        (
            "anthropic-ratelimit-tokens-remaining: 0\nanthropic-ratelimit-tokens-reset: 2026-01-02T04:04:15+01:00\n\
             anthropic-ratelimit-output-tokens-remaining: 0\nanthropic-ratelimit-output-tokens-reset: 2026-01-02T03:04:07Z",
            10.0,
        ),
    ] {
        assert_eq!(wait(429, headers), Some(seconds), "{headers}");
    }
}

#[test]
fn what_is_no_wait_is_none() {
    for headers in [
        "",
        "retry-after: -1",
        "retry-after: NaN",
        "retry-after: Infinity",
        "retry-after: 1e999",
        "retry-after: soon",
        "retry-after: 86401",
        "retry-after: \"5\"",
        "retry-after: [5]",
        "retry-after: 5, 7",
        "retry-after: Fri, 02 Jan 2026 03:04:04 GMT",
        "retry-after: Mon, 02 Feb 2026 03:04:05 GMT",
        "retry-after-ms: -5",
        "ratelimit-reset: -3",
        "x-ratelimit-reset-requests: -1s",
        "x-ratelimit-reset-requests: 25h0m0s",
        "anthropic-ratelimit-requests-remaining: 0\nanthropic-ratelimit-requests-reset: 2026-01-02T03:04:04Z",
        "anthropic-ratelimit-requests-remaining: 1\nanthropic-ratelimit-requests-reset: 2026-01-02T03:04:09Z",
    ] {
        assert_eq!(wait(429, headers), None, "{headers}");
    }
}

#[test]
fn the_plainest_word_counts_and_the_next_where_it_is_garbled() {
    let all = [
        "retry-after-ms: 1000",
        "retry-after: 2",
        "ratelimit: \"x\";r=0;t=3",
        "ratelimit-reset: 4",
        "x-ratelimit-reset: 5",
        "x-ratelimit-reset-tokens: 6s",
        "anthropic-ratelimit-tokens-remaining: 0\nanthropic-ratelimit-tokens-reset: 2026-01-02T03:04:12Z",
    ];
    for (first, seconds) in (0..all.len()).zip(1..) {
        let garbled: Vec<String> =
            all[..first].iter().map(|line| format!("{}: ?", line.split(':').next().unwrap())).collect();
        let headers = format!("{}\n{}", garbled.join("\n"), all[first..].join("\n"));
        assert_eq!(wait(429, &headers), Some(f64::from(seconds)), "{headers}");
    }
}

#[test]
fn a_wrong_clock_here_does_no_harm() {
    for date in ["Thu, 01 Jan 1998 00:00:00 GMT", "Tue, 01 Jan 2036 00:00:00 GMT"] {
        let then = date.replace("00:00:00", "00:00:30");
        assert_eq!(wait(503, &format!("date: {date}\nretry-after: {then}")), Some(30.0), "{date}");
        let limits = "anthropic-ratelimit-tokens-remaining: 0\nanthropic-ratelimit-tokens-reset";
        let year = &date[12..16];
        assert_eq!(wait(429, &format!("date: {date}\n{limits}: {year}-01-01T00:00:15Z")), Some(15.0), "{date}");
    }
}

#[test]
fn limits_ask_for_nothing_when_it_was_not_they_that_failed() {
    let limits = "x-ratelimit-remaining-requests: 900\nx-ratelimit-reset-requests: 1m26.4s\nratelimit-reset: 30";
    for status in [400, 500, 503, 529] {
        assert_eq!(wait(status, limits), None, "{status}");
        assert_eq!(wait(status, &format!("retry-after: 3\n{limits}")), Some(3.0), "{status}");
    }
}

/// Names that are read, and texts like those that servers write in them.
fn headers() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let names = [
        "retry-after-ms",
        "retry-after",
        "date",
        "ratelimit",
        "ratelimit-reset",
        "x-ratelimit-reset",
        "x-ratelimit-reset-requests",
        "x-ratelimit-remaining-requests",
        "x-ratelimit-reset-tokens",
        "anthropic-ratelimit-requests-remaining",
        "anthropic-ratelimit-requests-reset",
    ];
    let text = prop_oneof![
        ".{0,40}",
        "-?[0-9]{1,25}(\\.[0-9]{1,9})?(e[+-]?[0-9]{1,4})?",
        "([0-9]{1,12}(\\.[0-9]{1,4})?(h|m|s|ms|us|ns|µs)){1,4}",
        "(Sun|Sunday)[, ]{1,2}[0-9]{2}[ -](Jan|Feb|Dec)[ -][0-9]{2,4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT",
        "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9](\\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})",
        "\"[a-z\"\\\\,;]{0,5}\";r=[0-9]{1,3};t=[0-9.e-]{1,8}(, \"b\";r=0;t=9)?",
        Just("0".to_owned()),
    ];
    prop::collection::vec((prop::sample::select(names.to_vec()), text), 0..6)
}

proptest! {
    #[test]
    fn nothing_that_a_server_writes_is_an_obstacle(
        headers in headers(),
        status in prop::sample::select(vec![429_u16, 503]),
        now in prop_oneof![Just(NOW), any::<f64>()],
    ) {
        let header = |asked: &str| headers.iter().find(|(name, _)| *name == asked).map(|(_, text)| text.clone());
        if let Some(wait) = told_to_wait(status, &header, now) {
            prop_assert!(wait <= Duration::from_secs(86_400), "{:?}", wait);
        }
    }
}
