//! A small run whose numbers are known.

use futures_util::FutureExt;
use serde_json::json;

use super::*;
use crate::error::Code;
use crate::host::simulated::World;
use crate::model::{Cause, Purpose, Usage};
use std::time::Duration;

fn path(branch: &str) -> Vec<String> {
    ["Rivers", branch, "Length"].map(str::to_owned).to_vec()
}

fn line(question: &str, answer: &str, tools: &[&str]) -> String {
    let mut record = json!({ "question": question, "final_answer": answer });
    if !tools.is_empty() {
        let executions: Vec<Value> = tools.iter().map(|tool| json!({ "function_name": tool })).collect();
        record["tool_context"] = json!({ "executions": executions });
    }
    record.to_string()
}

fn finished(builder: &ReportBuilder, usage: &Usage, asked: usize) -> Report {
    let world = World::new(|_| unreachable!("a report asks nothing"));
    builder.finish(usage, asked, &*world).now_or_never().unwrap()
}

#[test]
fn a_report_says_what_a_run_came_to() {
    let mut builder = ReportBuilder::new(2, Duration::ZERO);
    for branch in ["Rhine", "Rhine", "Danube", "Elbe"] {
        builder.planned(&path(branch));
    }
    for (number, latency) in [100, 200, 300, 400, 500, 600, 700, 800].into_iter().enumerate() {
        let purpose = if number == 0 { Purpose::Topics } else { Purpose::Sample };
        builder.took(purpose, Duration::from_millis(latency), number != 7);
    }
    builder.rejected(Purpose::Topics, Cause::Schema);
    for cause in [Cause::Empty, Cause::NearDuplicate, Cause::Empty] {
        builder.rejected(Purpose::Sample, cause);
    }
    builder.delivered(2, &path("Danube"), &line("How long is the Danube?", "It is long.", &["search"]));
    builder.delivered(0, &path("Rhine"), &line("How long is the Rhine?", "It is 1,233 km long.", &["search", "read"]));
    builder.delivered(1, &path("Rhine"), &line("Why?", "Rain", &["read"]));
    builder.failed(Code::Truncated);
    let mut usage = Usage::default();
    (usage.total.requests, usage.total.input_tokens, usage.total.output_tokens) = (9, 3000, 600);
    usage.total.cost = Some(0.75);

    let report = finished(&builder, &usage, 4);
    let spread = |min, p50, max, mean| Spread { min, p50, p90: max, max, mean };
    // Folded words: 5 + 6, 1 + 1, 5 + 3; "1,233" is two of them.
    let texts = Texts {
        records: 3,
        question: Lengths { words: spread(1, 5, 5, 11.0 / 3.0), characters: spread(4, 22, 23, 49.0 / 3.0) },
        answer: Lengths { words: spread(1, 3, 6, 10.0 / 3.0), characters: spread(4, 11, 20, 35.0 / 3.0) },
        distinct: [12.0 / 21.0, 16.0 / 20.0, 17.0 / 19.0],
        compression_ratio: None,
    };
    assert_eq!(report.texts, Some(texts));
    assert_eq!((report.asked, report.delivered), (4, 3));
    // Six replies with samples, of which three were not accepted.
    assert_eq!(report.acceptance_rate, Some(0.5));
    assert_eq!(Value::Object(report.rejections.clone()), json!({ "empty": 2, "near_duplicate": 1 }));
    assert_eq!(Value::Object(report.failures.clone()), json!({ "truncated": 1 }));
    let branch = |topic: &str, asked, delivered| Branch { topic: topic.to_owned(), asked, delivered };
    assert_eq!(report.coverage, [branch("Rhine", 2, 2), branch("Danube", 1, 1), branch("Elbe", 1, 0)]);
    assert_eq!(report.duplicate_share, 0.25);
    let tools = report.tools.clone().unwrap();
    assert_eq!((tools.calls_per_sample, Value::Object(tools.calls)), (4.0 / 3.0, json!({ "search": 2, "read": 2 })));
    let each = PerSample { requests: 3.0, input_tokens: 1000.0, output_tokens: 200.0, cost: Some(0.25) };
    assert_eq!(report.per_sample, Some(each));
    let Latency { p50, p90, p99 } = report.latency.unwrap();
    assert_eq!([p50, p90, p99].map(|latency| (latency / 25.0).round() * 25.0), [400.0, 700.0, 700.0]);
    let expected = "3 of 4 samples\n\
        accepted: 50.0% of all replies; rejected: empty 2, near_duplicate 1\n\
        given up: truncated 1\n\
        written anew because they repeated others: 25.0%\n\
        branches: 2 of 3 complete; Elbe 0 of 1\n\
        distinct-1/2/3: 0.571/0.800/0.895\n\
        words of questions: 1 to 5, p50 5, p90 5\n\
        words of answers: 1 to 6, p50 3, p90 6\n\
        tool calls per sample: 1.3 (search 2, read 2)\n\
        per sample: 3.00 requests, 1000 tokens sent, 200 received, 0.250000 USD\n";
    assert!(report.text.starts_with(expected), "{}", report.text);
}

#[test]
fn slots_in_use_are_a_share_of_the_time_of_all_slots() {
    let world = World::new(|_| unreachable!("a report asks nothing"));
    let mut builder = ReportBuilder::new(4, Duration::ZERO);
    world.run(async {
        use crate::host::Host;
        world.sleep(Duration::from_secs(10)).await;
    });
    for _ in 0..3 {
        builder.took(Purpose::Sample, Duration::from_secs(10), true);
    }
    let report = builder.finish(&Usage::default(), 0, &*world).now_or_never().unwrap();
    assert_eq!(report.slot_utilization, Some(0.75));
}

#[test]
fn a_run_that_made_nothing_has_a_report() {
    let report = finished(&ReportBuilder::new(1, Duration::ZERO), &Usage::default(), 3);
    assert_eq!(report, Report { asked: 3, text: "0 of 3 samples".to_owned(), ..Report::default() });
    let plain = serde_json::to_value(&report).unwrap();
    let keys: Vec<&String> = plain.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        ["asked", "delivered", "warnings", "rejections", "failures", "coverage", "duplicateShare", "text"]
    );
}

#[test]
fn the_records_that_are_looked_at_are_the_same_in_any_order() {
    let report = |positions: &mut dyn Iterator<Item = usize>| {
        let mut builder = ReportBuilder::new(1, Duration::ZERO);
        for position in positions {
            let question = format!("question {}", position * position);
            builder.delivered(position, &path("Rhine"), &line(&question, "yes", &[]));
        }
        finished(&builder, &Usage::default(), 3000)
    };
    let forwards = report(&mut (0..3000));
    assert_eq!(forwards.texts.as_ref().unwrap().records, 375);
    assert_eq!(report(&mut (0..3000).rev()), forwards);
    assert_eq!(report(&mut (0..3000).map(|position| position * 1009 % 3000)), forwards);
}

#[test]
fn branches_beyond_a_hundred_count_together() {
    let mut builder = ReportBuilder::new(1, Duration::ZERO);
    for number in 0..250 {
        builder.planned(&path(&format!("River {}", number % 125)));
    }
    let report = finished(&builder, &Usage::default(), 250);
    assert_eq!(report.coverage.len(), 101);
    let others = report.coverage.last().unwrap();
    assert_eq!((others.topic.as_str(), others.asked), ("others", 50));
    assert_eq!(report.coverage.iter().map(|branch| branch.asked).sum::<usize>(), 250);
}
