//! What a run will have taken when it is done, from what it has taken so far.

use std::time::Duration;

use serde::Serialize;

use crate::model::{Usage, Used};

/// What a run is expected to take in all, and how long it will go on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Forecast {
    /// Requests of the whole run.
    pub requests: u64,
    /// Tokens sent.
    pub input_tokens: u64,
    /// Tokens received.
    pub output_tokens: u64,
    /// In US dollars; only where the configuration gives prices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// Milliseconds until the end.
    pub remaining_ms: u64,
}

/// How far one stage of a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Expansions or samples that are finished.
    pub done: usize,
    /// Expansions or samples in all.
    pub total: usize,
}

/// Carries on as it went so far: `answers` requests were answered in `elapsed` by this run, while `usage` may count earlier
/// runs as well. `None` as long as a stage that has something to do has finished nothing.
pub fn forecast(usage: &Usage, topics: Stage, samples: Stage, answers: u64, elapsed: Duration) -> Option<Forecast> {
    let (grown, written) = (carried_on(&usage.stages.topics, topics)?, carried_on(&usage.stages.samples, samples)?);
    let requests = grown.requests + written.requests;
    let left = requests.saturating_sub(usage.total.requests);
    let cost = usage.total.cost.map(|_| grown.cost.unwrap_or(0.0) + written.cost.unwrap_or(0.0));
    Some(Forecast {
        requests,
        input_tokens: grown.input_tokens + written.input_tokens,
        output_tokens: grown.output_tokens + written.output_tokens,
        cost,
        remaining_ms: (elapsed.as_millis() as u64).saturating_mul(left).checked_div(answers)?,
    })
}

/// What a stage will have used when all of it is done.
fn carried_on(used: &Used, Stage { done, total }: Stage) -> Option<Used> {
    if total <= done {
        return Some(*used);
    }
    let times = |count: u64| count.saturating_mul(total as u64).checked_div(done as u64);
    Some(Used {
        requests: times(used.requests)?,
        input_tokens: times(used.input_tokens)?,
        output_tokens: times(used.output_tokens)?,
        cost: used.cost.map(|cost| cost * total as f64 / done as f64),
        ..*used
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Stages;

    fn used(requests: u64) -> Used {
        let cost = Some(requests as f64 / 100.0);
        Used { requests, input_tokens: requests * 100, output_tokens: requests * 10, cost, ..Used::default() }
    }

    fn usage(topics: u64, samples: u64) -> Usage {
        let (topics, samples) = (used(topics), used(samples));
        let total = Used { requests: topics.requests + samples.requests, ..used(topics.requests + samples.requests) };
        Usage { total, stages: Stages { topics, samples } }
    }

    #[test]
    fn a_run_is_expected_to_go_on_as_it_went() {
        let stage = |done, total| Stage { done, total };
        let seconds = Duration::from_secs;
        // 13 topics took 13 requests; 25 of 100 samples took 30 requests.
        let expected = forecast(&usage(13, 30), stage(13, 13), stage(25, 100), 43, seconds(43)).unwrap();
        assert_eq!((expected.requests, expected.remaining_ms), (13 + 120, 90_000));
        assert_eq!((expected.input_tokens, expected.output_tokens), (13_300, 1_330));
        assert!((expected.cost.unwrap() - 1.33).abs() < 1e-9);
        // Of those, an earlier run has made 40: this one knows its own speed.
        let resumed = forecast(&usage(13, 30), stage(13, 13), stage(25, 100), 3, seconds(6)).unwrap();
        assert_eq!((resumed.requests, resumed.remaining_ms), (133, 180_000));
        // Given topics take nothing.
        let given = forecast(&usage(0, 10), stage(0, 0), stage(10, 20), 10, seconds(5)).unwrap();
        assert_eq!((given.requests, given.remaining_ms), (20, 5_000));
        let over = forecast(&usage(4, 20), stage(4, 4), stage(20, 20), 24, seconds(5)).unwrap();
        assert_eq!((over.requests, over.remaining_ms), (24, 0));
    }

    #[test]
    fn nothing_is_foretold_from_nothing() {
        let stage = |done, total| Stage { done, total };
        assert_eq!(forecast(&usage(1, 0), stage(0, 13), stage(0, 10), 1, Duration::from_secs(1)), None);
        assert_eq!(forecast(&usage(13, 1), stage(13, 13), stage(0, 10), 14, Duration::from_secs(1)), None);
        assert_eq!(forecast(&usage(0, 0), stage(0, 0), stage(10, 20), 0, Duration::from_secs(1)), None);
    }
}
