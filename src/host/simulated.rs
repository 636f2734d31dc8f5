//! A world for tests: time is virtual, chance is seeded, and a script answers every request. A whole run that would
//! take minutes passes in an instant, the same way each time.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use serde_json::{Value, json};

use super::{
    Host, HttpBody, HttpContent, HttpRequest, HttpResponse, LocalFuture, Method, Patterns, Pieces, TransportFailure,
};

/// What a script makes of a request.
pub enum Answer {
    /// An answer, this long after the request.
    After(Duration, u16, String),
    /// The same with headers.
    WithHeaders(Duration, u16, Vec<(&'static str, String)>, String),
    /// Headers at once, then the body piece by piece, each so long after the one before.
    Pieces(Vec<(&'static str, String)>, Vec<Piece>),
    /// No connection.
    Unreachable,
    /// Nothing, ever.
    Hang,
}

/// A part of a body.
pub enum Piece {
    /// Bytes, so long after what came before.
    Bytes(Duration, Vec<u8>),
    /// The connection breaks.
    Reset,
    /// Nothing more, ever, and no end either.
    Hang,
}

/// One request as a script sees it.
pub struct Asked {
    /// Counts from 0 over the run.
    pub number: usize,
    /// When it was sent.
    pub at: Duration,
    /// What is asked of the server.
    pub method: Method,
    /// The address.
    pub url: String,
    /// The JSON body; null where there is none.
    pub body: Value,
    /// The headers as they would be sent.
    pub headers: Vec<(&'static str, String)>,
}

impl Asked {
    /// What the request is for: `topics` or `sample`, whichever mode it is in.
    pub fn purpose(&self) -> &str {
        let named = ["/response_format/json_schema/name", "/tools/0/function/name"];
        let named = named.iter().find_map(|place| self.body.pointer(place)?.as_str());
        let system = self.body["messages"][0]["content"].as_str().unwrap_or_default();
        named.unwrap_or(if system.starts_with("You divide a subject") { "topics" } else { "sample" })
    }

    /// How the model is asked to hold to the schema.
    pub fn mode(&self) -> &str {
        match (self.body["response_format"]["type"].as_str(), self.body["tools"].is_array()) {
            (Some("json_schema"), _) => "schema",
            (Some(_), _) => "json",
            (None, true) => "tool",
            (None, false) => "text",
        }
    }

    /// Subtopics asked for.
    pub fn count(&self) -> usize {
        let asked = self.first_ask().rsplit_once("Name ").unwrap().1;
        asked.split(' ').next().unwrap().parse().unwrap()
    }

    /// The first message of the user, whatever corrections follow.
    pub fn first_ask(&self) -> &str {
        let messages = self.body["messages"].as_array().unwrap();
        messages.iter().find(|message| message["role"] == "user").unwrap()["content"].as_str().unwrap()
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
    me: Weak<World>,
    now: Cell<Duration>,
    timers: RefCell<Vec<(Duration, u64, Waker)>>,
    next_timer: Cell<u64>,
    chance: Cell<u64>,
    script: Script,
    asked: Cell<usize>,
    under_way: Cell<usize>,
    most_under_way: Cell<usize>,
    most_connections: Cell<Option<usize>>,
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
        Rc::new_cyclic(|me| Self {
            me: Weak::clone(me),
            now: Cell::default(),
            timers: RefCell::default(),
            next_timer: Cell::default(),
            chance: Cell::new(0x9e37_79b9_7f4a_7c15),
            script: Box::new(script),
            asked: Cell::default(),
            under_way: Cell::default(),
            most_under_way: Cell::default(),
            most_connections: Cell::default(),
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

    /// Timers that are running.
    pub fn timers(&self) -> usize {
        self.timers.borrow().len()
    }

    /// From now on, requests beyond so many are held back, as on Cloudflare Workers.
    pub fn limit_connections(&self, most: usize) {
        self.most_connections.set(Some(most));
    }

    /// Runs a future to its end, passing over the time in which nothing happens.
    pub fn run<T>(&self, future: impl Future<Output = T>) -> T {
        self.run_at_most(usize::MAX, future).expect("the world does not move as often as that")
    }

    /// Runs a future until it ends or has moved so many times; then it is dropped, as if the process were killed.
    pub fn run_at_most<T>(&self, moves: usize, future: impl Future<Output = T>) -> Option<T> {
        let mut moved = 0;
        let mut future = pin!(future);
        let flag = Arc::new(Flag(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&flag));
        let mut context = Context::from_waker(&waker);
        loop {
            if flag.0.swap(false, Ordering::Relaxed) {
                if moved == moves {
                    return None;
                }
                moved += 1;
                if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                    return Some(output);
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

struct UnderWay(Rc<World>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.set(self.0.under_way.get() - 1);
    }
}

/// A body on its way.
struct Arriving {
    under_way: UnderWay,
    pieces: VecDeque<Piece>,
}

impl Pieces for Arriving {
    fn next(&mut self) -> LocalFuture<'_, Result<Option<Vec<u8>>, TransportFailure>> {
        Box::pin(async move {
            match self.pieces.pop_front() {
                Some(Piece::Bytes(after, bytes)) => {
                    self.under_way.0.wait(after).await;
                    Ok(Some(bytes))
                }
                Some(Piece::Reset) => Err(TransportFailure::Unreachable("connection reset".to_owned())),
                Some(Piece::Hang) => std::future::pending().await,
                None => Ok(None),
            }
        })
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
    fn send(&self, request: HttpRequest) -> LocalFuture<'_, Result<HttpResponse, TransportFailure>> {
        Box::pin(async move {
            let number = self.asked.replace(self.asked.get() + 1);
            self.under_way.set(self.under_way.get() + 1);
            self.most_under_way.set(self.most_under_way.get().max(self.under_way.get()));
            let under_way = UnderWay(self.me.upgrade().expect("the world is there while it is asked"));
            let headers = request.headers.iter().map(|(name, value)| (*name, value.reveal().to_owned())).collect();
            let body = match &request.body {
                HttpContent::Nothing => Value::Null,
                HttpContent::Text(text) => serde_json::from_str(text).expect("requests are JSON"),
            };
            let (method, at) = (request.method, self.now.get());
            let asked = Asked { number, at, method, url: request.url, body, headers };
            let whole = |body: String| vec![Piece::Bytes(Duration::ZERO, body.into_bytes())];
            let (after, status, headers, pieces) = match (self.script)(&asked) {
                Answer::After(after, status, body) => (after, status, Vec::new(), whole(body)),
                Answer::WithHeaders(after, status, headers, body) => (after, status, headers, whole(body)),
                Answer::Pieces(headers, pieces) => (Duration::ZERO, 200, headers, pieces),
                Answer::Unreachable => return Err(TransportFailure::Unreachable("connection refused".to_owned())),
                Answer::Hang => std::future::pending().await,
            };
            self.wait(after).await;
            let header = move |name: &str| headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone());
            let kind = header("content-type").unwrap_or_default();
            let streams = status == 200 && ["event-stream", "ndjson"].iter().any(|word| kind.contains(word));
            let mut arriving = Arriving { under_way, pieces: pieces.into() };
            let body = if streams {
                HttpBody::Stream(Box::new(arriving))
            } else {
                let mut bytes = Vec::new();
                while let Some(mut piece) = arriving.next().await? {
                    bytes.append(&mut piece);
                }
                HttpBody::Whole(String::from_utf8_lossy(&bytes).into_owned())
            };
            Ok(HttpResponse { status, header: Rc::new(header), body })
        })
    }

    fn may_reach(&self, _: &str) -> bool {
        true
    }
    fn clock(&self) -> f64 {
        0.0
    }
    fn may_add_key(&self) -> bool {
        false
    }

    fn sleep(&self, duration: Duration) -> LocalFuture<'_, ()> {
        Box::pin(self.wait(duration))
    }

    fn now(&self) -> Duration {
        self.now.get()
    }

    fn most_connections(&self) -> Option<usize> {
        self.most_connections.get()
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

    /// As far as tests need it: numbers in odd spellings are left as they are.
    fn host_of(&self, url: &str) -> Option<String> {
        let (_, rest) = url.split_once("://")?;
        let authority = rest.split(['/', '\\', '?', '#']).next()?;
        let place = authority.rsplit('@').next()?;
        let host = match place.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => host,
            _ => place,
        };
        (!host.is_empty()).then(|| host.to_ascii_lowercase())
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
    let first_line = asked.first_ask().lines().next().unwrap();
    match asked.purpose() {
        "topics" => {
            let topic = first_line.rsplit(" -> ").next().unwrap().trim_start_matches("Path: ").trim_matches('"');
            let linked = asked.first_ask().contains("connections");
            let subtopics: Vec<Value> = (1..=asked.count())
                .map(|number| format!("{topic}.{number}"))
                .map(|topic| if linked { json!({ "topic": topic, "connections": [1, 2, 99] }) } else { json!(topic) })
                .collect();
            json!({ "subtopics": subtopics }).to_string()
        }
        _ => {
            let about = asked.first_ask().replace('\n', " ");
            let reasons = asked.body.to_string().contains("the thoughts that lead to the answer");
            let mut sample = json!({ "question": format!("What about {about}?") });
            if reasons {
                sample["reasoning"] = json!(format!("Let me think about {about}."));
            }
            sample["answer"] = json!(format!("This is about {about}."));
            sample.to_string()
        }
    }
}
