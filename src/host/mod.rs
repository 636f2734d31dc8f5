//! The outside world, as the core sees it: requests over HTTP, time, chance, and whoever asked for the run to stop.
//!
//! The JavaScript room implements [`Host`] with the runtime's own fetch and timers; tests implement it with a world in
//! which time is virtual and servers follow a script. Everything is single-threaded: futures are local, and dropping
//! one ends what it was doing.

pub mod address;
mod secret;
#[cfg(test)]
pub mod simulated;
mod stop;
mod store;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use futures_util::stream::FuturesUnordered;

pub use secret::Secret;
pub use stop::Stop;
pub use store::Store;

/// A future that stays on its thread.
pub type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Work under way, of which each tells its number when it is done; what came of it, it leaves where its owner looks. (One
/// kind for all: each further kind would be 3 KB of code.)
pub type Tasks<'a> = FuturesUnordered<LocalFuture<'a, usize>>;

/// Regular expressions as JavaScript has them. Every runtime brings them along; in the module they would weigh more than
/// everything that asks for them.
pub trait Patterns {
    /// Whether a text matches a pattern somewhere. None where the pattern cannot be read.
    fn matches(&self, pattern: &str, text: &str) -> Option<bool>;
}

/// What the core needs from the place where it runs.
pub trait Host: Patterns {
    /// Sends a request. Redirects are not followed: they would carry the key to another server.
    fn send(&self, request: HttpRequest) -> LocalFuture<'_, Result<HttpResponse, TransportFailure>>;

    /// Whether requests may get their key on the way, from a proxy or a service binding, so that one without a key is
    /// worth sending.
    fn may_add_key(&self) -> bool;

    /// Waits, not less than this long.
    fn sleep(&self, duration: Duration) -> LocalFuture<'_, ()>;

    /// The time since some moment of the past. It never runs backwards.
    fn now(&self) -> Duration;

    /// How many requests the runtime lets wait for an answer at once, where it holds back those beyond.
    fn most_connections(&self) -> Option<usize>;

    /// The date and time in ISO 8601, UTC.
    fn timestamp(&self) -> String;

    /// A text as it is compared with others: in lower case, and with one form for what Unicode can write in several.
    /// Every runtime has the tables for this; in the module they would weigh as much as the rest of a room.
    fn fold(&self, text: &str) -> String;

    /// Whether requests may go to a host. On a server, private addresses are out of bounds unless the caller allows them:
    /// whoever writes a configuration should not get to see the network behind it.
    fn may_reach(&self, host: &str) -> bool;

    /// The date and time in milliseconds since 1970, UTC.
    fn clock(&self) -> f64;

    /// A random number, at least 0 and below 1. Spreads retries; never decides what is in a dataset.
    fn random(&self) -> f64;

    /// The host of an absolute URL, as the URL standard writes it: `http://0x7f.1/x` has `127.0.0.1`. See [`address`].
    /// `None` for what is no URL; empty for a URL without a host.
    fn host_of(&self, url: &str) -> Option<String>;
}

/// A request.
pub struct HttpRequest {
    /// What is asked of the server.
    pub method: Method,
    /// The address.
    pub url: String,
    /// Headers by their lower-case names. A text goes as `application/json`.
    pub headers: Vec<(&'static str, Secret)>,
    /// What is sent along.
    pub body: HttpContent,
}

impl HttpRequest {
    /// A POST request with a JSON text.
    pub fn json(url: String, headers: Vec<(&'static str, Secret)>, body: String) -> Self {
        Self { method: Method::Post, url, headers, body: HttpContent::Text(body) }
    }
}

/// The methods of HTTP that are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Asks for something.
    Get,
    /// Has something done.
    Post,
    /// Removes something.
    Delete,
}

impl Method {
    /// The method as HTTP writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Delete => "DELETE",
        }
    }
}

/// The body of a request.
pub enum HttpContent {
    /// Nothing.
    Nothing,
    /// A text.
    Text(String),
}

/// Looks a header up by its lower-case name.
pub type HeaderLookup = Rc<dyn Fn(&str) -> Option<String>>;

/// An answer, whatever its status: all of it, unless it comes piece by piece. Dropping it ends the request.
pub struct HttpResponse {
    /// The status; 0 for a redirect that the runtime hides.
    pub status: u16,
    /// The headers. Browsers show only those that the server exposes.
    pub header: HeaderLookup,
    /// What follows the headers.
    pub body: HttpBody,
}

/// The body of an answer.
pub enum HttpBody {
    /// All of it.
    Whole(String),
    /// Its beginning: the answer is a success and says that it is a stream, of events or of lines of JSON.
    Stream(Box<dyn Pieces>),
}

/// A body as it arrives.
pub trait Pieces {
    /// The next piece, split anywhere; `None` at the end.
    fn next(&mut self) -> LocalFuture<'_, Result<Option<Vec<u8>>, TransportFailure>>;
}

/// Why there was no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransportFailure {
    /// The request cannot be sent as it is, such as a key with a line break in it.
    Unsendable(String),
    /// No connection, or it broke. Browsers say no more, also where the server forbids the page to ask.
    Unreachable(String),
}

impl fmt::Display for TransportFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TransportFailure::Unsendable(reason) | TransportFailure::Unreachable(reason) => f.write_str(reason),
        }
    }
}
