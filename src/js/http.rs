//! Requests, with the runtime's fetch or the caller's.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::{Rc, Weak};
use std::task::{Poll, Waker};

use gloo_net::http::Response;
use js_sys::{Function, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::abort::{AbortGuard, Controllers};
use super::error;
use crate::host::{HttpBody, HttpContent, HttpRequest, HttpResponse, LocalFuture, Pieces, TransportFailure};

#[wasm_bindgen(raw_module = "./http.js")]
extern "C" {
    #[allow(clippy::too_many_arguments, reason = "one call in place of several is the point of it")]
    fn send(
        settle: &Settle,
        id: u32,
        own: &JsValue,
        method: &str,
        url: &str,
        headers: &str,
        body: &JsValue,
        signal: &JsValue,
    );

    /// An answer, whole or the beginning of a stream.
    type Answer;

    #[wasm_bindgen(method, getter)]
    fn response(this: &Answer) -> web_sys::Response;

    /// The next piece of a stream.
    #[wasm_bindgen(method)]
    fn next(this: &Answer) -> Promise;
}

#[wasm_bindgen(raw_module = "./request-bodies.js")]
extern "C" {
    /// Makes bodies of requests, one after the other.
    type RequestBodies;

    #[wasm_bindgen(constructor)]
    fn new() -> RequestBodies;

    /// Settles when there is room for the next body.
    #[wasm_bindgen(method)]
    fn begin(this: &RequestBodies) -> Promise;

    #[wasm_bindgen(method)]
    fn add(this: &RequestBodies, piece: &[u8]);

    #[wasm_bindgen(catch, method)]
    fn finish(this: &RequestBodies) -> Result<JsValue, JsValue>;
}

/// Takes answers: the number of the request, the status, the text, and the answer or what was thrown.
type Settle = Closure<dyn Fn(u32, i32, Option<String>, JsValue)>;

/// The status of what is no answer.
const NONE: i32 = -1;

/// The requests of one run that are under way. All of them are answered through one function: a promise for each, with
/// functions of its own, would cost more than the rest of what is done here.
pub struct Requests {
    /// The caller's fetch, where the global one is not to be used.
    own: Option<Function>,
    controllers: Rc<Controllers>,
    under_way: RefCell<Vec<Rc<UnderWay>>>,
    next: Cell<u32>,
    /// What the next body is made with, unless one is being made.
    bodies: RefCell<Option<RequestBodies>>,
    settle: Settle,
}

struct UnderWay {
    id: u32,
    settled: Cell<Option<Settled>>,
    waker: Cell<Option<Waker>>,
}

struct Settled {
    status: i32,
    text: Option<String>,
    answer: JsValue,
}

/// A request that is forgotten when nobody waits for its answer any more.
struct Waiting<'a> {
    requests: &'a Requests,
    request: Rc<UnderWay>,
}

impl Requests {
    /// Nothing is under way.
    pub fn new(own: Option<Function>) -> Rc<Self> {
        Rc::new_cyclic(|requests: &Weak<Self>| {
            let requests = requests.clone();
            let settle = Closure::new(move |id, status, text, answer| {
                if let Some(requests) = requests.upgrade() {
                    requests.settled(id, Settled { status, text, answer });
                }
            });
            let (controllers, under_way, next, bodies) = Default::default();
            Self { own, controllers, under_way, next, bodies, settle }
        })
    }

    /// Whether the caller brought a fetch.
    pub fn have_own_fetch(&self) -> bool {
        self.own.is_some()
    }

    /// Gathers a body outside of the library's memory, which never shrinks.
    async fn gather(&self, mut pieces: Box<dyn Pieces>) -> Result<JsValue, TransportFailure> {
        let bodies = self.bodies.take().unwrap_or_else(RequestBodies::new);
        JsFuture::from(bodies.begin()).await.map_err(unreachable)?;
        while let Some(piece) = pieces.next().await? {
            bodies.add(&piece);
        }
        let body = bodies.finish().map_err(|thrown| TransportFailure::Unsendable(error::describe(&thrown)));
        self.bodies.replace(Some(bodies));
        body
    }

    fn settled(&self, id: u32, settled: Settled) {
        let request = self.under_way.borrow().iter().find(|request| request.id == id).cloned();
        if let Some(request) = request {
            request.settled.set(Some(settled));
            request.waker.take().into_iter().for_each(Waker::wake);
        }
    }

    /// Sends a request and waits for its answer, or for the beginning of one that is a stream.
    pub async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportFailure> {
        let guard = match &self.own {
            Some(_) => AbortGuard::new(),
            None => self.controllers.guard(),
        };
        let mut headers = String::new();
        for (name, value) in &request.headers {
            let value = value.reveal();
            // fetch would refuse it with a message that quotes it.
            if !value.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
                let reason =
                    format!("the header {name} holds a character that headers cannot hold; is the key complete?");
                return Err(TransportFailure::Unsendable(reason));
            }
            [name, "\n", value, "\n"].iter().for_each(|part| headers.push_str(part));
        }
        let body = match request.body {
            HttpContent::Nothing => JsValue::UNDEFINED,
            HttpContent::Text(text) => text.into(),
            HttpContent::Pieces(pieces) => self.gather(pieces).await?,
        };
        let id = self.next.replace(self.next.get().wrapping_add(1));
        let under_way = Rc::new(UnderWay { id, settled: Cell::default(), waker: Cell::default() });
        self.under_way.borrow_mut().push(Rc::clone(&under_way));
        let waiting = Waiting { requests: self, request: under_way };
        let own = self.own.as_ref().map_or(JsValue::UNDEFINED, JsValue::from);
        let signal = guard.signal().map_or(JsValue::UNDEFINED, JsValue::from);
        send(&self.settle, id, &own, request.method.as_str(), &request.url, &headers, &body, &signal);
        let Settled { status, text, answer } = waiting.settled().await;
        if status == NONE {
            return Err(match text {
                None => unreachable(answer),
                Some(_) => TransportFailure::Unsendable("the option fetch did not give a Response".to_owned()),
            });
        }
        let answer = Rc::new(answer.unchecked_into::<Answer>());
        let of_headers = Rc::clone(&answer);
        let body = match text {
            Some(text) => {
                guard.finished();
                HttpBody::Whole(text)
            }
            None => HttpBody::Stream(Box::new(Arriving { answer, guard: Some(guard) })),
        };
        let header = move |name: &str| Response::from(of_headers.response()).headers().get(name);
        Ok(HttpResponse { status: u16::try_from(status).unwrap_or_default(), header: Rc::new(header), body })
    }
}

impl Waiting<'_> {
    async fn settled(&self) -> Settled {
        poll_fn(|context| match self.request.settled.take() {
            Some(settled) => Poll::Ready(settled),
            None => {
                self.request.waker.set(Some(context.waker().clone()));
                Poll::Pending
            }
        })
        .await
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.requests.under_way.borrow_mut().retain(|request| request.id != self.request.id);
    }
}

/// A stream on its way. Dropped before its end, it ends the request.
struct Arriving {
    answer: Rc<Answer>,
    guard: Option<AbortGuard>,
}

impl Pieces for Arriving {
    fn next(&mut self) -> LocalFuture<'_, Result<Option<Vec<u8>>, TransportFailure>> {
        Box::pin(async move {
            let piece = JsFuture::from(self.answer.next()).await.map_err(unreachable)?;
            if piece.is_undefined() {
                // There is nothing left to give up.
                self.guard.take().into_iter().for_each(AbortGuard::finished);
                return Ok(None);
            }
            Ok(Some(Uint8Array::new(&piece).to_vec()))
        })
    }
}

fn unreachable(thrown: JsValue) -> TransportFailure {
    TransportFailure::Unreachable(error::describe(&thrown))
}
