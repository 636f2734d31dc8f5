//! What the body of an error answer says of quotas: the structured details of Google's APIs.

use std::time::Duration;

use serde_json::Value;

use super::spans::{go_duration, span};
use crate::search;

/// What the details of an error answer say of quotas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QuotaDetails {
    /// How long to wait.
    pub retry_delay: Option<Duration>,
    /// Whether the quota of a whole day is used up, or there is none at all: nothing that a wait would mend.
    pub is_daily: bool,
}

impl QuotaDetails {
    /// Reads the details in the `error` of a body: the type and the fields of each, never the text of a message.
    pub fn read(error: &Value) -> Self {
        let mut read = Self::default();
        for detail in list(error, "details") {
            let kind = detail.get("@type").and_then(Value::as_str).unwrap_or_default();
            if kind.ends_with("RetryInfo") {
                let delay = detail.get("retryDelay").and_then(Value::as_str);
                read.retry_delay = delay.and_then(go_duration).and_then(span);
            } else if kind.ends_with("QuotaFailure") {
                read.is_daily |= list(detail, "violations").iter().any(is_daily);
            }
        }
        read
    }
}

/// `quotaId` is like `GenerateRequestsPerDayPerProjectPerModel-FreeTier`, `quotaMetric` like
/// `generativelanguage.googleapis.com/generate_requests_per_model_per_day`.
fn is_daily(violation: &Value) -> bool {
    let text = |field: &str| violation.get(field).and_then(Value::as_str).unwrap_or_default();
    let by_day = |name: &str| search::contains(name, "PerDay") || search::contains(name, "per_day");
    by_day(text("quotaId")) || by_day(text("quotaMetric")) || text("quotaValue") == "0"
}

fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn retry(delay: Value) -> QuotaDetails {
        let kind = "type.googleapis.com/google.rpc.RetryInfo";
        QuotaDetails::read(&json!({ "details": [{ "@type": kind, "retryDelay": delay }] }))
    }

    fn violation(violation: Value) -> bool {
        let kind = "type.googleapis.com/google.rpc.QuotaFailure";
        QuotaDetails::read(&json!({ "details": [{ "@type": kind, "violations": [violation] }] })).is_daily
    }

    #[test]
    fn the_delay_is_read_to_the_millisecond() {
        for (delay, seconds) in [
            (json!("17s"), Some(17.0)),
            (json!("1.5s"), Some(1.5)),
            (json!("0s"), Some(0.0)),
            (json!("0.25s"), Some(0.25)),
        ] {
            assert_eq!(retry(delay.clone()).retry_delay.map(|delay| delay.as_secs_f64()), seconds, "{delay}");
        }
        for delay in [json!("-1s"), json!("soon"), json!("100000s"), json!(17), json!(null), json!({ "seconds": 17 })] {
            assert_eq!(retry(delay.clone()).retry_delay, None, "{delay}");
        }
    }

    #[test]
    fn the_quota_of_a_day_is_told_from_that_of_a_minute_by_its_name() {
        let metric = "generativelanguage.googleapis.com/generate_content_free_tier_requests";
        for (id, metric, value, daily) in [
            ("GenerateRequestsPerDayPerProjectPerModel-FreeTier", metric, "250", true),
            ("GenerateRequestsPerMinutePerProjectPerModel-FreeTier", metric, "15", false),
            ("GenerateContentInputTokensPerModelPerMinute-FreeTier", metric, "0", true),
            ("", "generativelanguage.googleapis.com/generate_requests_per_model_per_day", "", true),
            ("", "", "", false),
        ] {
            let found = violation(json!({ "quotaId": id, "quotaMetric": metric, "quotaValue": value }));
            assert_eq!(found, daily, "{id} {metric} {value}");
        }
    }

    #[test]
    fn what_has_another_shape_says_nothing() {
        for error in [
            json!(null),
            json!("quota per_day PerDay"),
            json!({ "details": "PerDay" }),
            json!({ "details": [null, 1, [], { "@type": 5 }, { "@type": "x/QuotaFailure", "violations": [1, "PerDay"] }] }),
            json!({ "message": "PerDay", "details": [{ "@type": "x/Help", "retryDelay": "1s", "violations": [{ "quotaId": "PerDay" }] }] }),
        ] {
            assert_eq!(QuotaDetails::read(&error), QuotaDetails::default(), "{error}");
        }
    }
}
