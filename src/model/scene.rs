//! What tests of the limiter and the budget have in common: seeded chance, late timers, callers, and strict servers.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use crate::host::simulated::{Answer, World};
use crate::host::{Host, HttpRequest, HttpResponse, LocalFuture, Patterns, TransportFailure};

/// SplitMix64.
pub struct Chance(Cell<u64>);

impl Chance {
    pub fn new(seed: u64) -> Rc<Self> {
        let chance = Rc::new(Self(Cell::new(seed)));
        // Neighbouring seeds give neighbouring first numbers.
        chance.number();
        chance
    }

    fn number(&self) -> u64 {
        self.0.set(self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
        let mut bits = self.0.get();
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// From `least` up to but not including `beyond`.
    pub fn from(&self, least: u64, beyond: u64) -> u64 {
        least + self.number() % (beyond - least)
    }

    pub fn millis(&self, least: u64, beyond: u64) -> Duration {
        Duration::from_micros(self.from(least * 1000, beyond * 1000))
    }

    pub fn happens(&self, share: f64) -> bool {
        (self.number() >> 11) as f64 / ((1u64 << 53) as f64) < share
    }
}

/// The simulated world with timers that are late, as all real ones are.
pub struct Late {
    pub world: Rc<World>,
    chance: Rc<Chance>,
    most: u64,
    timers: Cell<usize>,
    most_timers: Cell<usize>,
}

struct Running<'a>(&'a Late);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.timers.set(self.0.timers.get() - 1);
    }
}

impl Late {
    /// Timers are late by up to `most` milliseconds.
    pub fn new(seed: u64, most: u64) -> Rc<Self> {
        let (timers, most_timers) = Default::default();
        Rc::new(Self { world: World::new(|_| Answer::Hang), chance: Chance::new(!seed), most, timers, most_timers })
    }

    /// Timers that run for the limiter; callers use those of the world.
    pub fn timers(&self) -> usize {
        self.timers.get()
    }

    /// The most of them that ever ran at once.
    pub fn most_timers(&self) -> usize {
        self.most_timers.get()
    }
}

impl Patterns for Late {
    fn matches(&self, pattern: &str, text: &str) -> Option<bool> {
        self.world.matches(pattern, text)
    }
}

impl Host for Late {
    fn send(&self, request: HttpRequest) -> LocalFuture<'_, Result<HttpResponse, TransportFailure>> {
        self.world.send(request)
    }

    fn may_add_key(&self) -> bool {
        self.world.may_add_key()
    }

    fn sleep(&self, duration: Duration) -> LocalFuture<'_, ()> {
        self.timers.set(self.timers.get() + 1);
        self.most_timers.set(self.most_timers.get().max(self.timers.get()));
        let running = Running(self);
        Box::pin(async move {
            let late = if self.most > 0 { self.chance.millis(0, self.most) } else { Duration::ZERO };
            self.world.sleep(duration + late).await;
            drop(running);
        })
    }

    fn now(&self) -> Duration {
        self.world.now()
    }

    fn most_connections(&self) -> Option<usize> {
        self.world.most_connections()
    }

    fn timestamp(&self) -> String {
        self.world.timestamp()
    }

    fn fold(&self, text: &str) -> String {
        self.world.fold(text)
    }

    fn random(&self) -> f64 {
        self.world.random()
    }

    fn host_of(&self, url: &str) -> Option<String> {
        self.world.host_of(url)
    }

    fn may_reach(&self, host: &str) -> bool {
        self.world.may_reach(host)
    }

    fn clock(&self) -> f64 {
        self.world.clock()
    }
}

/// Callers who ask `count` times, so many at once.
pub async fn crowd<F: Future<Output = ()>>(count: usize, at_once: usize, ask: impl Fn(usize) -> F) {
    let mut under_way = FuturesUnordered::new();
    for number in 0..count {
        if under_way.len() == at_once {
            under_way.next().await;
        }
        under_way.push(ask(number));
    }
    while under_way.next().await.is_some() {}
}

/// How a server enforces a limit per minute.
#[derive(Clone, Copy, Debug)]
pub enum Enforcement {
    /// Over the last 60 seconds.
    Sliding,
    /// By the minute of its own clock.
    Minutes,
    /// A bucket that holds this share of the limit and is refilled all the time.
    Bucket(f64),
    /// A bucket that holds a second's worth and this much more, and is refilled once a second.
    Seconds(f64),
}

/// A server that counts what arrives.
pub struct Strict {
    limit: f64,
    pub enforcement: Enforcement,
    phase: f64,
    log: RefCell<VecDeque<(f64, f64)>>,
    level: Cell<f64>,
    last: Cell<f64>,
}

impl Strict {
    pub fn new(limit: f64, enforcement: Enforcement, chance: &Chance) -> Rc<Self> {
        let level = match enforcement {
            Enforcement::Bucket(share) => limit * share,
            Enforcement::Seconds(more) => limit / 60.0 + more,
            _ => limit,
        };
        Rc::new(Self {
            limit,
            enforcement,
            phase: chance.millis(0, 60_000).as_secs_f64(),
            log: RefCell::default(),
            level: Cell::new(level),
            last: Cell::new(0.0),
        })
    }

    /// Whether what arrives now is within the limit. What is refused is not counted.
    pub fn takes(&self, now: Duration, cost: f64) -> bool {
        let now = now.as_secs_f64() + self.phase;
        let last = self.last.replace(now);
        let room = match self.enforcement {
            Enforcement::Sliding => {
                let mut log = self.log.borrow_mut();
                while let Some((_, cost)) = log.pop_front_if(|(at, _)| *at <= now - 60.0) {
                    self.level.set(self.level.get() + cost);
                }
                self.level.get()
            }
            Enforcement::Minutes => {
                if (now / 60.0).floor() > (last / 60.0).floor() {
                    self.level.set(self.limit);
                }
                self.level.get()
            }
            Enforcement::Bucket(share) => {
                self.level.set((self.level.get() + (now - last) * self.limit / 60.0).min(self.limit * share));
                self.level.get()
            }
            Enforcement::Seconds(more) => {
                let ticks = now.floor() - last.floor();
                let second = self.limit / 60.0;
                self.level.set((self.level.get() + ticks * second).min(second + more));
                self.level.get()
            }
        };
        if cost > room + 1e-9 {
            return false;
        }
        self.level.set(self.level.get() - cost);
        self.log.borrow_mut().push_back((now, cost));
        true
    }
}
