//! The configurations of agents that DeepFabric publishes, run as they are: every tool finds somebody who executes it
//! although no service is running, and every record holds what happened.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde_json::{Map, Value, json};

use super::tests::{Collected, run};
use super::*;
use crate::host::LocalFuture;
use crate::host::simulated::{Answer, World};
use crate::model::{Call, Dialect, Failure, Finish, Mode, Purpose, Reply};
use crate::samples::replay;
use crate::seed;

/// Where the published configurations lie, if they do.
fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/inputs/configs");
    if !folder.is_dir() {
        println!("skipped: the published configurations are not beside the repository");
        return None;
    }
    Some(folder)
}

/// A model that knows nothing of the tools but what it is told: its users want one of them, its agents call that one.
struct Obliging;

impl Provider for Obliging {
    fn complete<'a>(&'a self, call: &'a Call<'a>) -> LocalFuture<'a, Result<Reply, Failure>> {
        let reply = Reply { text: reply(call).to_string(), finish: Finish::Stop, tokens: None, allowance: None };
        Box::pin(std::future::ready(Ok(reply)))
    }

    fn modes(&self) -> &'static [Mode] {
        &[Mode::Schema]
    }

    fn dialect(&self) -> Dialect {
        Dialect::Open
    }

    fn name(&self) -> &str {
        "obliging"
    }
}

fn reply(call: &Call<'_>) -> Value {
    let system = call.messages[0].content.as_str();
    let ask = call.messages[1].content.as_str();
    let number = |name: &str| seed::number(7, &[name, ask]);
    match call.purpose {
        Purpose::Topics => {
            let count: u64 = ask.rsplit_once("Name ").unwrap().1.split(' ').next().unwrap().parse().unwrap();
            let topic = |place: u64| format!("Topic {} {place}", words(number("topic")));
            let is_plain = call.schema.value["properties"]["subtopics"]["items"]["type"] == "string";
            let subtopic = |place: u64| match is_plain {
                true => json!(topic(place)),
                false => json!({ "topic": topic(place), "connections": [] }),
            };
            json!({ "subtopics": (0..count).map(subtopic).collect::<Vec<_>>() })
        }
        Purpose::User => {
            let tools = tools(system);
            let task = number("task") as usize % tools.len();
            let values = arguments(&tools[task].1).to_string();
            json!({ "request": format!("Please do task {task} about {} with {values}.", words(number("words"))) })
        }
        Purpose::Step => {
            let is_answer = call.messages.last().unwrap().content.starts_with("What came of your calls");
            let task = ask.split("task ").nth(1).unwrap().split(' ').next().unwrap().parse::<usize>().unwrap();
            let (name, parameters) = &tools(system)[task];
            let calls = json!([{ "tool": name, "arguments": written(call, name, arguments(parameters)) }]);
            json!({
                "thought": "It is clear what to do.",
                "calls": if is_answer { json!([]) } else { calls },
                "answer": if is_answer { "This is done, and the result is there." } else { "" },
            })
        }
        Purpose::Tool => json!({ "result": "All is well.", "error_type": "", "change": "" }),
        Purpose::Plan | Purpose::Sample => panic!("nobody plans here"),
    }
}

/// Some words that stand for a number, so that no two requests are alike.
fn words(number: u64) -> String {
    let digits = format!("{number:020}");
    (0..6).map(|word| &digits[word * 3..word * 3 + 3]).collect::<Vec<_>>().join(" ")
}

/// The tools that a system message lists, with the schemas of their arguments.
fn tools(system: &str) -> Vec<(String, Value)> {
    let listed = system.lines().filter_map(|line| {
        let (before, parameters) = line.strip_prefix("- ")?.rsplit_once(" Arguments: ")?;
        Some((before.split(':').next()?.to_owned(), parameters.parse().ok()?))
    });
    listed.collect()
}

/// Every argument that a tool takes.
fn arguments(parameters: &Value) -> Value {
    let properties = parameters["properties"].as_object().cloned().unwrap_or_default();
    let value = |name: &str, schema: &Value| match schema["type"].as_str() {
        Some("integer" | "number") => json!(7),
        Some("boolean") => json!(true),
        Some("array") => json!([]),
        Some("object") => json!({}),
        _ => json!(if name == "file_path" { "main.py" } else { "something" }),
    };
    properties.iter().map(|(name, schema)| (name.clone(), value(name, schema))).collect::<Map<_, _>>().into()
}

/// Arguments in the form in which the schema wants those of a tool.
fn written(call: &Call<'_>, name: &str, arguments: Value) -> Value {
    let items = &call.schema.value["properties"]["calls"]["items"];
    let alternatives = items["anyOf"].as_array().cloned().unwrap_or_else(|| vec![items.clone()]);
    let names = |form: &Value| form["properties"]["tool"]["enum"].as_array().unwrap().iter().any(|known| known == name);
    let form = alternatives.iter().find(|form| names(form)).unwrap();
    if form["properties"]["arguments"]["type"] == "string" { json!(arguments.to_string()) } else { arguments }
}

#[test]
fn published_configurations_of_agents_run_unchanged_without_a_service() {
    let Some(folder) = folder() else { return };
    for (name, simulates) in [
        ("agent-tools", false),
        ("complete", false),
        ("spin-vfs-tools", false),
        ("spin-kubernetes", true),
        ("spin-blender", true),
        ("spin-github-tools", true),
    ] {
        let text = std::fs::read_to_string(folder.join(name).with_extension("yaml")).unwrap();
        let config = crate::config::parse(&text).unwrap();
        // Nobody is at the address of the tool service, nor anywhere else.
        let world = World::new(|_| Answer::Unreachable);
        let (Run { surroundings, .. }, events, _) = run(config.clone(), &world);
        let run = Run::new(config.clone(), Surroundings { model: Some(Rc::new(Obliging)), ..surroundings });
        let lines = Collected::default();
        let dataset = world.run(run.dataset(None, &lines)).map_err(|stopped| stopped.error).unwrap();
        let records = lines.records();
        let crate::config::SampleCount::Exactly(asked) = config.output.num_samples else { panic!("{name}") };
        assert_eq!((records.len(), dataset.failures.len()), (asked as usize, 0), "{name}: {:?}", dataset.failures);
        for record in &records {
            let executors = Executors { host: Rc::clone(&world) as _, callers: None };
            assert_eq!(world.run(replay::check(&config, record, executors)).unwrap(), [], "{name}: {record:#}");
        }
        let warnings: Vec<String> = events
            .borrow()
            .iter()
            .filter(|event| event.kind == "warning")
            .filter_map(|event| event.message.clone())
            .collect();
        assert_eq!(warnings, dataset.report.warnings);
        assert!(warnings[0].starts_with("no tool service answers at generation.tools.spin_endpoint"), "{warnings:?}");
        assert_eq!(warnings.iter().any(|warning| warning.contains("the model plays them")), simulates, "{warnings:?}");
        assert!(dataset.report.text.contains("warning: no tool service answers"));
    }
}
