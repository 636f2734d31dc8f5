//! The report as a few lines of text.

use serde_json::{Map, Value};

use super::{Report, Spread};
use crate::search;

/// Branches, tools and causes that a line names.
const MOST_NAMED: usize = 8;

/// One line for each part of the report that says something.
pub(super) fn text(report: &Report) -> String {
    let mut lines = vec![format!("{} of {} samples", report.delivered, report.asked)];
    lines.extend(report.warnings.iter().map(|warning| format!("warning: {warning}")));
    if let Some(rate) = report.acceptance_rate {
        let rejections = counts(&report.rejections);
        let because = if rejections.is_empty() { String::new() } else { format!("; rejected: {rejections}") };
        lines.push(format!("accepted: {} of all replies{because}", percent(rate)));
    }
    if !report.failures.is_empty() {
        lines.push(format!("given up: {}", counts(&report.failures)));
    }
    if report.duplicate_share > 0.0 {
        lines.push(format!("written anew because they repeated others: {}", percent(report.duplicate_share)));
    }
    lines.extend(coverage(report));
    if let Some(texts) = &report.texts {
        let [one, two, three] = texts.distinct.map(|share| decimal(share, 3));
        let ratio = texts.compression_ratio.map(|ratio| format!(", compression {}", decimal(ratio, 2)));
        lines.push(format!("distinct-1/2/3: {one}/{two}/{three}{}", ratio.unwrap_or_default()));
        lines.push(format!("words of questions: {}", spread(&texts.question.words)));
        lines.push(format!("words of answers: {}", spread(&texts.answer.words)));
    }
    if let Some(tools) = &report.tools {
        lines.push(format!("tool calls per sample: {} ({})", decimal(tools.calls_per_sample, 1), counts(&tools.calls)));
    }
    if let Some(each) = &report.per_sample {
        let cost = each.cost.map(|cost| format!(", {} USD", decimal(cost, 6))).unwrap_or_default();
        let [requests, input, output] = [(each.requests, 2), (each.input_tokens, 0), (each.output_tokens, 0)]
            .map(|(number, digits)| decimal(number, digits));
        lines.push(format!("per sample: {requests} requests, {input} tokens sent, {output} received{cost}"));
    }
    if let Some(latency) = &report.latency {
        let [p50, p90, p99] = [latency.p50, latency.p90, latency.p99].map(|latency| decimal(latency, 0));
        let used = report.slot_utilization.map(|share| format!("; slots in use: {}", percent(share)));
        lines.push(format!("latency p50/p90/p99: {p50}/{p90}/{p99} ms{}", used.unwrap_or_default()));
    }
    search::join(&lines, "\n")
}

/// Only branches that did not get what they were asked for are named.
fn coverage(report: &Report) -> Option<String> {
    let short: Vec<_> = report.coverage.iter().filter(|branch| branch.delivered < branch.asked).collect();
    let count = report.coverage.len();
    let complete = count - short.len();
    let named: Vec<String> = short
        .iter()
        .take(MOST_NAMED)
        .map(|branch| format!("{} {} of {}", branch.topic, branch.delivered, branch.asked))
        .collect();
    let named = if named.is_empty() { String::new() } else { format!("; {}", search::join(&named, ", ")) };
    (count > 0).then(|| format!("branches: {complete} of {count} complete{named}"))
}

fn counts(counts: &Map<String, Value>) -> String {
    let named: Vec<String> =
        counts.iter().take(MOST_NAMED).map(|(name, count)| format!("{name} {}", count.as_u64().unwrap_or(0))).collect();
    search::join(&named, ", ")
}

fn spread(Spread { min, p50, p90, max, .. }: &Spread) -> String {
    format!("{min} to {max}, p50 {p50}, p90 {p90}")
}

fn percent(share: f64) -> String {
    format!("{}%", decimal(share * 100.0, 1))
}

/// A number that is not negative, with so many digits after the point.
fn decimal(number: f64, digits: u32) -> String {
    let scale = 10u64.pow(digits);
    let scaled = (number * scale as f64 + 0.5) as u64;
    if digits == 0 {
        return format!("{scaled}");
    }
    let mut fraction = format!("{}", scaled % scale);
    while fraction.len() < digits as usize {
        fraction.insert(0, '0');
    }
    format!("{}.{fraction}", scaled / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_to_their_digits() {
        for (number, digits, text) in
            [(0.0, 0, "0"), (12.5, 0, "13"), (0.05, 1, "0.1"), (2.999, 2, "3.00"), (0.000_012, 6, "0.000012")]
        {
            assert_eq!(decimal(number, digits), text);
        }
        assert_eq!(percent(0.9345), "93.5%");
    }
}
