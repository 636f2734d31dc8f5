//! Which sample is written next, and what becomes of those that were.
//!
//! Samples are begun in the order of the plan. Each that fails, or repeats one before it, is replaced by another at the
//! end: the same place once more where that may help, or else the next place of the plan. So the dataset is the first so
//! many usable samples of one sequence, whatever the order in which replies come. To judge in that order, samples that
//! finish early wait for those before them; how many may wait is bounded.

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;

use super::duplicates::{Duplicates, Fingerprint};
use super::plan::{self, Slots};
use super::progress::Progress;
use crate::config::Config;
use crate::error::{Code, Error, Result};
use crate::numbers::Numbers;
use crate::samples::Slot;
use crate::topics::{Growth, Topic};

/// Samples that may have been begun beyond the first that is not judged yet.
const WINDOW: usize = 8192;
/// Failures before any sample, after which the run gives up instead of paying for the rest.
const HOPELESS: usize = 10;
/// Times that a place is written again because its sample repeats another.
const REPETITIONS: u32 = 2;

/// The order in which samples are judged and handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// That of the plan: the same replies give the same samples in the same order.
    Planned,
    /// That in which they finish: nothing waits for what stands before it in the plan.
    AsFinished,
}

/// A sample that was written or given up.
pub struct Finished {
    /// What was to be written.
    pub slot: Slot,
    /// The record as a line of JSON without the line's end, or why there is none.
    pub result: Result<String>,
}

/// A sample that was written.
pub struct Written {
    /// The record as a line of JSON without the line's end.
    pub line: String,
    /// What it asks.
    pub question: Rc<str>,
    /// What other questions are compared with.
    pub fingerprint: Fingerprint,
}

/// Something to write, and where it belongs.
pub struct Assignment {
    /// What to write.
    pub slot: Slot,
    /// Where it belongs.
    pub ticket: Rc<Cell<Ticket>>,
}

/// Where a sample belongs.
#[derive(Clone, Copy)]
pub enum Ticket {
    /// It was begun before the plan was known.
    Early(usize),
    /// At a position of the sequence.
    At(usize),
}

/// The samples of a run.
pub struct SampleQueue {
    config: Rc<Config>,
    progress: Rc<Progress>,
    delivery: Delivery,
    /// Whether what fails is replaced.
    replaces: bool,
    plan: Option<Slots>,
    /// Samples asked for.
    count: usize,
    /// Positions of the sequence that were begun.
    begun: usize,
    /// Positions of the plan that replace others.
    spare: usize,
    /// What was begun and is not judged, from position `first` on.
    places: VecDeque<Place>,
    first: usize,
    /// Positions that finished since the last judgement.
    news: Vec<usize>,
    replacements: VecDeque<(Slot, Debt)>,
    early: Vec<Early>,
    early_by_topic: Numbers,
    duplicates: Duplicates,
    accepted: usize,
    /// Samples that were not accepted since one was.
    rejected_in_a_row: usize,
    failed: usize,
    written: usize,
    hopeless: Option<Error>,
    out: VecDeque<Finished>,
}

/// A position that was begun.
struct Place {
    slot: Slot,
    debt: Option<Debt>,
    result: Option<Result<Box<Written>>>,
    is_judged: bool,
    /// Whether the listener heard of it.
    is_announced: bool,
}

/// A sample that is owed: what was asked for first, and why it was not delivered.
struct Debt {
    slot: Slot,
    error: Error,
    attempts: u32,
    /// Whether the place had its turn once more.
    was_tried_again: bool,
}

/// A sample that was begun before the plan was known.
struct Early {
    slot: Slot,
    ticket: Rc<Cell<Ticket>>,
    result: Option<Result<Box<Written>>>,
    /// Its position, once the plan is known and has it.
    position: Option<usize>,
}

impl SampleQueue {
    pub fn new(config: Rc<Config>, progress: Rc<Progress>, delivery: Delivery) -> Self {
        let duplicates = Duplicates::new(config.generation.quality.duplicate_threshold);
        Self {
            config,
            progress,
            delivery,
            replaces: true,
            plan: None,
            count: 0,
            begun: 0,
            spare: 0,
            places: VecDeque::new(),
            first: 0,
            news: Vec::new(),
            replacements: VecDeque::new(),
            early: Vec::new(),
            early_by_topic: Numbers::default(),
            duplicates,
            accepted: 0,
            rejected_in_a_row: 0,
            failed: 0,
            written: 0,
            hopeless: None,
            out: VecDeque::new(),
        }
    }

    /// Plans all samples over topics that are complete.
    pub fn plan(&mut self, slots: Slots) {
        self.count = plan::resolve(self.config.output.num_samples, slots.topics());
        self.begin_plan(slots);
    }

    /// Plans a single sample, which is not replaced should it fail.
    pub fn plan_one(&mut self, topic: Topic) {
        (self.count, self.replaces) = (1, false);
        self.begin_plan(Slots::of_one(topic));
    }

    fn begin_plan(&mut self, slots: Slots) {
        self.progress.expect_samples(self.count);
        self.progress.begin_samples();
        for position in 0..self.count.min(slots.topics()) {
            let topic = slots.at(position).filter(|_| !self.early.is_empty()).map(|slot| slot.topic.id.clone());
            let number = topic.and_then(|id| self.early_by_topic.get(&id));
            if let Some(early) = number.and_then(|number| self.early.get_mut(number)) {
                early.position = Some(position);
            }
        }
        for position in 0..self.count {
            slots.at(position).iter().for_each(|slot| self.progress.sample_planned(slot));
        }
        // Topics that were taken out, as duplicates of others, leave their samples behind.
        for early in self.early.iter().filter(|early| early.position.is_none()) {
            if let Some(Ok(_)) = early.result {
                self.progress.sample_taken_back();
            }
        }
        self.plan = Some(slots);
    }

    /// What to write next, while topics still grow: samples that the plan is sure to hold.
    pub fn next_early(&mut self, growth: &mut Growth) -> Option<Assignment> {
        let sure = plan::surely(self.config.output.num_samples, growth.sampled());
        while self.early.len() < WINDOW {
            let topic = growth.next_sampled(sure)?;
            if self.early_by_topic.get(&topic.id).is_some() {
                continue;
            }
            let number = self.early.len();
            self.early_by_topic.insert(topic.id.clone(), number);
            let slot = Slot::new(Rc::new(topic), 0);
            let ticket = Rc::new(Cell::new(Ticket::Early(number)));
            self.progress.sample_started(&slot);
            self.early.push(Early { slot: slot.clone(), ticket: Rc::clone(&ticket), result: None, position: None });
            return Some(Assignment { slot, ticket });
        }
        None
    }

    /// What to write next.
    pub fn next(&mut self) -> Option<Assignment> {
        while self.begun - self.first < WINDOW {
            let position = self.begun;
            let (slot, debt) = if position < self.count {
                (self.plan.as_ref()?.at(position)?, None)
            } else if self.accepted > 0 {
                let (slot, debt) = self.replacements.pop_front()?;
                (slot, Some(debt))
            } else {
                return None;
            };
            self.begun += 1;
            let early = self.early_at(position, &slot);
            let (result, is_new) = match early {
                Some(early) => {
                    early.ticket.set(Ticket::At(position));
                    (early.result.take(), false)
                }
                None => (None, true),
            };
            // The listener has heard of an early sample already.
            let is_announced = result.is_some();
            let is_finished = result.is_some();
            self.places.push_back(Place { slot: slot.clone(), debt, result, is_judged: false, is_announced });
            if is_finished {
                self.news.push(position);
            }
            if is_new {
                self.progress.sample_started(&slot);
                return Some(Assignment { slot, ticket: Rc::new(Cell::new(Ticket::At(position))) });
            }
        }
        None
    }

    fn early_at(&mut self, position: usize, slot: &Slot) -> Option<&mut Early> {
        let number = self.early_by_topic.get(&slot.topic.id)?;
        self.early.get_mut(number).filter(|early| early.position == Some(position))
    }

    /// Takes what became of a sample.
    pub fn take(&mut self, ticket: Ticket, result: Result<Box<Written>>) {
        match &result {
            Ok(_) => self.written += 1,
            Err(error) => {
                self.failed += 1;
                if self.written == 0 && self.failed >= HOPELESS {
                    self.hopeless.get_or_insert_with(|| error.clone());
                }
            }
        }
        match ticket {
            Ticket::At(position) => {
                if let Some(place) = self.places.get_mut(position.saturating_sub(self.first)) {
                    place.result = Some(result);
                    self.news.push(position);
                }
            }
            Ticket::Early(number) => {
                let is_planned = self.plan.is_some();
                if let Some(early) = self.early.get_mut(number).filter(|early| early.position.is_some() || !is_planned)
                {
                    if let Ok(written) = &result {
                        self.progress.sample_done(&early.slot, &written.line);
                    }
                    early.result = Some(result);
                }
            }
        }
        self.judge_all();
    }

    /// Judges whatever can be judged by now.
    pub fn judge_all(&mut self) {
        match self.delivery {
            Delivery::Planned => {
                while let Some(result) = self.places.front_mut().and_then(|place| place.result.take()) {
                    self.judge(self.first, result);
                    self.forget_judged();
                }
            }
            Delivery::AsFinished => {
                for position in std::mem::take(&mut self.news) {
                    let place = self.places.get_mut(position.saturating_sub(self.first));
                    if let Some(result) = place.and_then(|place| place.result.take()) {
                        self.judge(position, result);
                    }
                }
                self.forget_judged();
            }
        }
        for position in std::mem::take(&mut self.news) {
            let place = position.checked_sub(self.first).and_then(|place| self.places.get_mut(place));
            let Some(place) = place.filter(|place| !place.is_announced) else { continue };
            if let Some(Ok(written)) = &place.result {
                place.is_announced = true;
                self.progress.sample_done(&place.slot, &written.line);
            }
        }
    }

    fn forget_judged(&mut self) {
        while self.places.front().is_some_and(|place| place.is_judged) {
            self.places.pop_front();
            self.first += 1;
        }
    }

    fn judge(&mut self, position: usize, result: Result<Box<Written>>) {
        let Some(place) = self.places.get_mut(position.saturating_sub(self.first)) else { return };
        place.is_judged = true;
        let (slot, debt) = (place.slot.clone(), place.debt.take());
        let is_announced = place.is_announced;
        match result {
            Ok(written) => match self.duplicates.judge(position, &written.fingerprint) {
                None => {
                    self.accepted += 1;
                    self.rejected_in_a_row = 0;
                    if !is_announced {
                        self.progress.sample_done(&slot, &written.line);
                    }
                    self.progress.sample_accepted(position, &slot, &written.line);
                    self.out.push_back(Finished { slot, result: Ok(written.line) });
                }
                Some(duplicate) => {
                    self.progress.sample_repeats(duplicate.is_exact);
                    let error = repetition(duplicate.is_exact);
                    if is_announced {
                        self.progress.sample_taken_back();
                    }
                    let again = (slot.repeated_times() < REPETITIONS).then(|| slot.again(&written.question));
                    self.replace(slot, debt, error, again);
                }
            },
            Err(error) => {
                let may_pass = error.is_retryable() || matches!(error.code(), Code::InvalidOutput | Code::Truncated);
                let was_tried = debt.as_ref().is_some_and(|debt| debt.was_tried_again);
                let again = (may_pass && !was_tried).then(|| slot.clone());
                self.replace(slot, debt, error, again);
            }
        }
    }

    /// Has something else written in place of a sample that is not accepted: `again`, or else the next of the plan.
    /// After so many in a row that hardly anything new is to be expected, the sample is given up.
    fn replace(&mut self, slot: Slot, debt: Option<Debt>, error: Error, again: Option<Slot>) {
        self.rejected_in_a_row += 1;
        let mut debt = debt.unwrap_or(Debt { slot, error: error.clone(), attempts: 0, was_tried_again: false });
        debt.attempts += error.attempts();
        let patience = (HOPELESS + self.count / 4).min(50);
        if !self.replaces || self.rejected_in_a_row > patience {
            return self.give_up(debt);
        }
        debt.was_tried_again = again.is_some();
        let next = || self.plan.as_ref()?.at(self.count + self.spare);
        let Some(replacement) = again.or_else(next) else { return self.give_up(debt) };
        if !debt.was_tried_again {
            self.spare += 1;
        }
        self.progress.sample_replaced(&debt.slot, &error);
        self.replacements.push_back((replacement, debt));
    }

    fn give_up(&mut self, debt: Debt) {
        let error = debt.error.after(debt.attempts);
        self.progress.sample_failed(&debt.slot, &error);
        self.out.push_back(Finished { slot: debt.slot, result: Err(error) });
    }

    /// The next sample to hand out.
    pub fn next_finished(&mut self) -> Option<Finished> {
        self.out.pop_front()
    }

    /// Whether there is nothing left to do, once all topics are known.
    pub fn is_over(&self) -> bool {
        let nothing_left = self.replacements.is_empty() || self.accepted == 0;
        self.plan.is_some() && self.begun >= self.count && self.places.is_empty() && nothing_left
    }

    /// Why the run should end, if nothing but failures came of it.
    pub fn hopeless(&self) -> Option<Error> {
        let nothing_came = self.accepted == 0 && self.is_over();
        let last = self.replacements.back().filter(|_| nothing_came).map(|(_, debt)| &debt.error);
        let error = self.hopeless.as_ref().or(last)?;
        let doing = format_args!("no sample could be written ({} failed)", self.failed).to_string();
        Some(error.clone().context(doing).for_run())
    }

    /// Ends everything: what has finished is judged and handed out in the order of the plan, and what is owed is given
    /// up.
    pub fn end(&mut self) {
        self.replaces = false;
        for position in self.first..self.first + self.places.len() {
            let place = self.places.get_mut(position - self.first);
            let Some(place) = place.filter(|place| !place.is_judged) else { continue };
            match place.result.take() {
                Some(result) => self.judge(position, result),
                None => {
                    if let Some(debt) = place.debt.take() {
                        self.give_up(debt);
                    }
                }
            }
        }
        self.places.clear();
        for (_, debt) in std::mem::take(&mut self.replacements) {
            self.give_up(debt);
        }
        for early in std::mem::take(&mut self.early) {
            if let Some(result) = early.result {
                self.out.push_back(Finished { slot: early.slot, result: result.map(|written| written.line) });
            }
        }
    }
}

fn repetition(is_exact: bool) -> Error {
    let how = if is_exact { "the same question" } else { "nearly the same question" };
    Error::new(Code::InvalidOutput, format_args!("{how} is in the dataset already"))
}
