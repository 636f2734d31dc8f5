//! A world for tests: time is virtual, chance is seeded, and a script answers every request. A whole run that would
//! take minutes passes in an instant, the same way each time.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use serde_json::{Value, json};

use super::{Host, HttpRequest, HttpResponse, LocalFuture, Patterns, TransportFailure};

/// What a script makes of a request.
pub enum Answer {
    /// An answer, this long after the request.
    After(Duration, u16, String),
    /// The same with headers.
    WithHeaders(Duration, u16, Vec<(&'static str, String)>, String),
    /// No connection.
    Unreachable,
    /// Nothing, ever.
    Hang,
}

/// One request as a script sees it.
pub struct Asked {
    /// Counts from 0 over the run.
    pub number: usize,
    /// The JSON body.
    pub body: Value,
    /// The headers as they would be sent.
    pub headers: Vec<(&'static str, String)>,
}

impl Asked {
    /// What the request is for: `topics` or `sample`.
    pub fn purpose(&self) -> &str {
        self.body["response_format"]["json_schema"]["name"].as_str().unwrap()
    }

    /// The text of the last message.
    pub fn prompt(&self) -> &str {
        let messages = self.body["messages"].as_array().unwrap();
        messages.last().unwrap()["content"].as_str().unwrap()
    }
}

type Script = Box<dyn Fn(&Asked) -> Answer>;

/// The world.
pub struct World {
    now: Cell<Duration>,
    timers: RefCell<Vec<(Duration, u64, Waker)>>,
    next_timer: Cell<u64>,
    chance: Cell<u64>,
    script: Script,
    asked: Cell<usize>,
    under_way: Cell<usize>,
    most_under_way: Cell<usize>,
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl World {
    /// A world whose servers follow a script.
    pub fn new(script: impl Fn(&Asked) -> Answer + 'static) -> Rc<Self> {
        Rc::new(Self {
            now: Cell::default(),
            timers: RefCell::default(),
            next_timer: Cell::default(),
            chance: Cell::new(0x9e37_79b9_7f4a_7c15),
            script: Box::new(script),
            asked: Cell::default(),
            under_way: Cell::default(),
            most_under_way: Cell::default(),
        })
    }

    /// Time since the world began.
    pub fn now(&self) -> Duration {
        self.now.get()
    }

    /// Requests so far.
    pub fn requests(&self) -> usize {
        self.asked.get()
    }

    /// Most requests that were ever under way at once.
    pub fn most_under_way(&self) -> usize {
        self.most_under_way.get()
    }

    /// Requests under way now.
    pub fn under_way(&self) -> usize {
        self.under_way.get()
    }

    /// Runs a future to its end, passing over the time in which nothing happens.
    pub fn run<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        let flag = Arc::new(Flag(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&flag));
        let mut context = Context::from_waker(&waker);
        loop {
            if flag.0.swap(false, Ordering::Relaxed) {
                if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                    return output;
                }
                continue;
            }
            let next = self.timers.borrow().iter().map(|(at, id, _)| (*at, *id)).min();
            let (at, id) = next.expect("the future waits for something that never happens");
            self.now.set(at.max(self.now.get()));
            let due = self.timers.borrow().iter().position(|(_, other, _)| *other == id).unwrap();
            let (_, _, waker) = self.timers.borrow_mut().remove(due);
            waker.wake();
        }
    }

    fn wait(&self, duration: Duration) -> impl Future<Output = ()> {
        let deadline = self.now.get() + duration;
        let mut timer = Timer { world: self, id: None };
        poll_fn(move |context| {
            if self.now.get() >= deadline {
                return Poll::Ready(());
            }
            timer.set(deadline, context.waker().clone());
            Poll::Pending
        })
    }
}

/// A timer that is gone when nobody waits for it any more.
struct Timer<'a> {
    world: &'a World,
    id: Option<u64>,
}

impl Timer<'_> {
    fn set(&mut self, deadline: Duration, waker: Waker) {
        self.clear();
        let id = self.world.next_timer.get();
        self.world.next_timer.set(id + 1);
        self.world.timers.borrow_mut().push((deadline, id, waker));
        self.id = Some(id);
    }

    fn clear(&mut self) {
        if let Some(id) = self.id.take() {
            self.world.timers.borrow_mut().retain(|(_, other, _)| *other != id);
        }
    }
}

impl Drop for Timer<'_> {
    fn drop(&mut self) {
        self.clear();
    }
}

struct UnderWay<'a>(&'a World);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.under_way.set(self.0.under_way.get() - 1);
    }
}

/// The regular expressions of JavaScript, without JavaScript.
pub struct Expressions;

impl Patterns for Expressions {
    fn matches(&self, pattern: &str, text: &str) -> Option<bool> {
        let read = regress::Regex::with_flags(pattern, "u").or_else(|_| regress::Regex::new(pattern));
        Some(read.ok()?.find(text).is_some())
    }
}

impl Patterns for World {
    fn matches(&self, pattern: &str, text: &str) -> Option<bool> {
        Expressions.matches(pattern, text)
    }
}

impl Host for World {
    fn post(&self, request: HttpRequest) -> LocalFuture<'_, Result<HttpResponse, TransportFailure>> {
        Box::pin(async move {
            let number = self.asked.replace(self.asked.get() + 1);
            self.under_way.set(self.under_way.get() + 1);
            self.most_under_way.set(self.most_under_way.get().max(self.under_way.get()));
            let _under_way = UnderWay(self);
            let headers = request.headers.iter().map(|(name, value)| (*name, value.reveal().to_owned())).collect();
            let body = serde_json::from_str(&request.body).expect("requests are JSON");
            let (after, status, headers, body) = match (self.script)(&Asked { number, body, headers }) {
                Answer::After(after, status, body) => (after, status, Vec::new(), body),
                Answer::WithHeaders(after, status, headers, body) => (after, status, headers, body),
                Answer::Unreachable => return Err(TransportFailure::Unreachable("connection refused".to_owned())),
                Answer::Hang => std::future::pending().await,
            };
            self.wait(after).await;
            let header = move |name: &str| headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone());
            Ok(HttpResponse { status, header: Rc::new(header), body })
        })
    }

    fn may_add_key(&self) -> bool {
        false
    }

    fn sleep(&self, duration: Duration) -> LocalFuture<'_, ()> {
        Box::pin(self.wait(duration))
    }

    fn timestamp(&self) -> String {
        "2026-01-01T00:00:00.000Z".to_owned()
    }

    fn fold(&self, text: &str) -> String {
        text.to_lowercase()
    }

    /// SplitMix64.
    fn random(&self) -> f64 {
        self.chance.set(self.chance.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
        let mut bits = self.chance.get();
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// The body of a completion that holds this text.
pub fn completion(text: &str) -> String {
    json!({
        "choices": [{ "message": { "role": "assistant", "content": text }, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 100, "completion_tokens": 10 },
    })
    .to_string()
}

/// What an obliging model would say: new subtopics for each path, a sample for each topic and cycle.
pub fn obliging(asked: &Asked) -> String {
    let first_line = asked.prompt().lines().next().unwrap();
    match asked.purpose() {
        "topics" => {
            let count = asked.body["response_format"]["json_schema"]["schema"]["properties"]["subtopics"]["minItems"]
                .as_u64()
                .unwrap();
            let topic = first_line.rsplit(" -> ").next().unwrap().trim_start_matches("Path: ").trim_matches('"');
            let linked = asked.prompt().contains("connections");
            let subtopics: Vec<Value> = (1..=count)
                .map(|number| format!("{topic}.{number}"))
                .map(|topic| if linked { json!({ "topic": topic, "connections": [1, 2, 99] }) } else { json!(topic) })
                .collect();
            json!({ "subtopics": subtopics }).to_string()
        }
        _ => {
            let about = asked.prompt().replace('\n', " ");
            json!({
                "question": format!("What about {about}?"),
                "reasoning": format!("Let me think about {about}."),
                "answer": format!("This is about {about}."),
            })
            .to_string()
        }
    }
}
