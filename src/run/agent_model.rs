//! A scripted model for the tests of agents: it plays users, agents and planners in a small world of files and orders,
//! and errs as often as it is told to, in every way in which models err.

use serde_json::{Value, json};

use crate::host::simulated::Asked;
use crate::seed;

/// Files that exist when a conversation begins.
pub const FILES: [&str; 3] = ["rivers.md", "notes.txt", "plan.txt"];
/// An order that exists.
pub const ORDER: &str = "ORD-10482";

/// The model.
pub struct Script {
    pub seed: u64,
    /// How many replies in a hundred are wrong.
    pub errors: u64,
}

/// What a model does wrong.
#[derive(Clone, Copy)]
enum Slip {
    UnknownTool,
    WrongArguments,
    Duplicate,
    EarlyFinish,
    InventedIdentifier,
    WrongFile,
}

type Call = (&'static str, Value);

impl Script {
    /// The reply to a request.
    pub fn reply(&self, asked: &Asked) -> String {
        let system = asked.body["messages"][0]["content"].as_str().unwrap_or_default();
        let prompt = asked.first_ask();
        let chance = |what: &str, of: u64| seed::number(self.seed, &[what, &asked.number.to_string()]) % of;
        let slips = chance("slips", 100) < self.errors;
        if system.starts_with("You plan conversations") {
            return plan(prompt, slips.then(|| chance("kind", 3))).to_string();
        }
        if system.starts_with("You play a user who talks") {
            let wish = prompt.rsplit_once("the user wants: ").unwrap().1;
            let said = if slips { "Please go on." } else { wish.split("\n\n").next().unwrap() };
            return json!({ "request": said }).to_string();
        }
        if system.starts_with("You play a user of") {
            return json!({ "request": request(prompt), "reply": format!("It is order {ORDER}.") }).to_string();
        }
        let slip = slips.then(|| match chance("kind", 6) {
            0 => Slip::UnknownTool,
            1 => Slip::WrongArguments,
            2 => Slip::Duplicate,
            3 => Slip::EarlyFinish,
            4 => Slip::InventedIdentifier,
            _ => Slip::WrongFile,
        });
        step(asked, slip).to_string()
    }
}

/// Words in front of a request, so that no two samples ask the same.
fn case(prompt: &str) -> String {
    let digits = seed::number(2, &[prompt]).to_string();
    let words: Vec<&str> = (0..6).filter_map(|word| digits.get(word * 3..word * 3 + 3)).collect();
    format!("This is about {}.", words.join(" "))
}

/// What a user asks for, by the topic and the situation.
fn request(prompt: &str) -> String {
    format!("{} {}", case(prompt), wish(prompt))
}

fn wish(prompt: &str) -> String {
    if prompt.contains("that none of the tools can do") {
        return "Please send a fax for my aunt.".to_owned();
    }
    if prompt.contains("leaves out one value") {
        return "Please look up my order.".to_owned();
    }
    if prompt.contains("do not depend on each other") {
        return "Please read rivers.md and read notes.txt.".to_owned();
    }
    let number = prompt.len() as u64 + seed::number(1, &[prompt.lines().next().unwrap()]);
    match number % 10 {
        0..4 => format!("Please read {}.", FILES[number as usize % 3]),
        4..7 => format!("Please look up order {ORDER}."),
        7..9 => "Please read rivers.md and read plan.txt.".to_owned(),
        _ => "Please copy notes.txt to copy.txt.".to_owned(),
    }
}

/// The calls that a request takes, step by step.
fn needed(request: &str) -> Vec<Vec<Call>> {
    let words: Vec<&str> = request.split_whitespace().map(|word| word.trim_end_matches(['.', ','])).collect();
    let mut reads = Vec::new();
    let mut steps = Vec::new();
    for pair in words.windows(2) {
        match pair {
            ["read", file] => reads.push(("read_file", json!({ "file_path": file }))),
            ["order", id] if id.starts_with("ORD-") => reads.push(("get_order", json!({ "order_id": id }))),
            ["copy", file] => steps.push(vec![("read_file", json!({ "file_path": file }))]),
            ["to", file] => {
                steps.push(vec![("write_file", json!({ "file_path": file, "content": "what the notes say" }))]);
            }
            ["write", file] => {
                let content = format!("a few words for {file}, written anew");
                steps.push(vec![("write_file", json!({ "file_path": file, "content": content }))]);
            }
            _ => {}
        }
    }
    if !reads.is_empty() {
        steps.insert(0, reads);
    }
    steps
}

fn step(asked: &Asked, slip: Option<Slip>) -> Value {
    let messages = asked.body["messages"].as_array().unwrap();
    let text = |at: usize| messages.get(at).and_then(|message| message["content"].as_str()).unwrap_or_default();
    let is_results = |at: usize| text(at).starts_with("What came of your calls");
    let is_said =
        |at: usize| messages[at]["role"] == "user" && !is_results(at) && !text(at).starts_with("Your previous");
    let said = (0..messages.len()).rev().find(|at| is_said(*at)).unwrap();
    let needed = needed(text(said).split("\n\n").next().unwrap());
    let done = (said..messages.len()).filter(|at| is_results(*at) && !text(*at).contains("\nError (Timeout)")).count();
    let made = (said..messages.len()).rev().find(|at| is_results(*at)).map(|at| text(at - 1).parse::<Value>().unwrap());
    let is_over = text(messages.len() - 1).contains("no more calls");
    let reply =
        |calls: Vec<Value>, answer: &str| json!({ "thought": "I know what to do.", "calls": calls, "answer": answer });
    let call = |tool: &str, arguments: &Value| json!({ "tool": tool, "arguments": arguments });
    // Only what failed for a reason that passes is called again.
    let results: Vec<&str> = match (said..messages.len()).rev().find(|at| is_results(*at)) {
        Some(at) if text(at).contains("\nError (Timeout)") => text(at).split("</data-").collect(),
        _ => Vec::new(),
    };
    let failed = |at: usize| results.is_empty() || results[at].contains("\nError (Timeout)");
    let next: Option<Vec<&Call>> = needed
        .get(done)
        .filter(|_| !is_over)
        .map(|calls| calls.iter().enumerate().filter(|(at, _)| failed(*at)).map(|(_, call)| call).collect());
    match (slip, &next) {
        (Some(Slip::UnknownTool), _) => return reply(vec![call("fetch_page", &json!({ "url": "x" }))], ""),
        (Some(Slip::WrongArguments), _) => return reply(vec![call("read_file", &json!({ "path": 5 }))], ""),
        (Some(Slip::EarlyFinish), Some(_)) => return reply(vec![], "That is done."),
        (Some(Slip::InventedIdentifier), Some(_)) => {
            return reply(vec![call("get_order", &json!({ "order_id": "ORD-77777" }))], "");
        }
        (Some(Slip::InventedIdentifier), None) => return reply(vec![], "It is all in ORD-77777."),
        (Some(Slip::WrongFile), Some(_)) if asked.body.to_string().contains("written anew") => {
            return reply(vec![call("delete_file", &json!({ "file_path": "plan.txt" }))], "");
        }
        (Some(_), _) => match made {
            Some(made) => return reply(made["calls"].as_array().unwrap().clone(), ""),
            None if next.is_some() => {
                let same = call("list_files", &json!({}));
                return reply(vec![same.clone(), same], "");
            }
            None => return json!({ "thought": "Hm.", "answer": "" }),
        },
        (None, _) => {}
    }
    match next {
        Some(calls) => reply(calls.iter().map(|(tool, arguments)| call(tool, arguments)).collect(), ""),
        None if needed.is_empty() => reply(vec![], "I cannot do that with what I have. Which order do you mean?"),
        None => reply(vec![], "This is what I found and did for you."),
    }
}

/// A plan: the first turn reads, the others write.
fn plan(prompt: &str, slip: Option<u64>) -> Value {
    let count = prompt.split("Plan exactly ").nth(1).unwrap().split(' ').next().unwrap().parse::<usize>().unwrap();
    let asks_first = prompt.contains("In the first turn, the user leaves out");
    let refuses_last = prompt.contains("In the last turn, the user wants something");
    let turn = |number: usize| {
        let wish = match number {
            0 if asks_first => format!("{} Please look up my order.", case(prompt)),
            _ if number + 1 == count && refuses_last => "Please send a fax.".to_owned(),
            0 => format!("{} Please read rivers.md and read notes.txt.", case(prompt)),
            1 if asks_first => format!("It is order {ORDER}, and read plan.txt too."),
            _ => format!("Please write turn-{number}.txt for me."),
        };
        let calls: Vec<Value> = needed(&wish)
            .concat()
            .iter()
            .map(|(tool, arguments)| json!({ "tool": tool, "arguments": arguments }))
            .collect();
        json!({ "wish": wish, "calls": calls })
    };
    let mut turns: Vec<Value> = (0..count).map(turn).collect();
    match slip {
        Some(0) => drop(turns.pop()),
        Some(1) => turns[0]["calls"] = json!([{ "tool": "read_file", "arguments": { "file_path": "missing.txt" } }]),
        Some(_) => turns[0]["calls"] = json!([{ "tool": "get_order", "arguments": { "order_id": "ORD-77777" } }]),
        None => {}
    }
    json!({ "goal": "The user wants to know and keep something.", "turns": turns })
}
