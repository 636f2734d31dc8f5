//! Holds a value against a schema: the walk itself, and the keywords that combine schemas or judge single values.
//!
//! A check is either heard, then it leaves findings, or quiet, then only its verdict counts (`not`, `if`, `contains`).
//! What it costs is counted, so that a schema which branches without end comes to an end here.

use std::fmt;

use serde_json::{Map, Number, Value};

use super::keywords::{self, Place, Word};
use super::references::References;
use super::sentences::{Excerpt, Found, OneOf, Quoted, Things};
use super::{MOST_VIOLATIONS, Violation, formats, numbers, sentences, values};
use crate::host::Patterns;
use crate::search;

/// What one call may spend: under a second, during which a page stands still. A list may have four thousand items that are
/// all different.
const WORK: u32 = 10_000_000;
/// What the check of one value against one schema costs, where a comparison costs 1.
const CHECK: u32 = 20;
/// What a finding costs, with its path and its sentence.
const FINDING: u32 = 200;
/// Most schemas that may be under way inside each other: references make it more than the levels of the value.
const MOST_LEVELS: usize = 300;
/// Texts with more bytes than this are not held against patterns but refused. JavaScript's expressions can be made to
/// take time that grows with a power of the text's length, and nothing else can stop them. A pattern that is
/// exponential hurts on short texts too, but it is the user's own.
const LONGEST_MATCHED: usize = 16_384;
/// Most forms that a sentence lists.
const MOST_FORMS: usize = 3;

/// One validation under way.
pub(super) struct Validator<'s> {
    pub(super) references: &'s References<'s>,
    patterns: &'s dyn Patterns,
    /// The resources that the walk is in, the outermost first: against the last one, references are read.
    scope: Vec<usize>,
    path: String,
    depth: usize,
    level: usize,
    pub(super) findings: Vec<Violation>,
    /// Where the findings of the form begin that is being tried.
    start: usize,
    /// How many findings there may be.
    room: usize,
    quiet: bool,
    /// What is left to spend.
    work: u32,
    /// Why the value cannot be judged. Then nothing is, whatever else was found: within `not`, what merely failed would
    /// count as valid.
    refusal: Option<Violation>,
}

impl<'s> Validator<'s> {
    /// A validation that has not begun.
    pub(super) fn new(references: &'s References<'s>, patterns: &'s dyn Patterns) -> Self {
        Self {
            references,
            patterns,
            scope: vec![0],
            path: "$".to_owned(),
            depth: 0,
            level: 0,
            findings: Vec::new(),
            start: 0,
            room: MOST_VIOLATIONS,
            quiet: false,
            work: WORK,
            refusal: None,
        }
    }

    /// Everything that was found, or the one reason for which the value cannot be judged.
    pub(super) fn run(mut self, schema: &'s Value, instance: &Value) -> Vec<Violation> {
        self.check(schema, instance, &mut []);
        match self.refusal {
            Some(refusal) => vec![refusal],
            None if self.work == 0 => vec![Violation::of_all("cannot be checked: it takes too much work")],
            None => self.findings,
        }
    }

    /// Whether a value satisfies a schema. `seen` are the members or items of the value that some schema has looked at;
    /// if the value satisfies this schema, it adds those that it has looked at itself.
    pub(super) fn check(&mut self, schema: &'s Value, instance: &Value, seen: &mut [bool]) -> bool {
        let Value::Object(keywords) = schema else {
            return !matches!(schema, Value::Bool(false)) || self.fail(format_args!("is not allowed"));
        };
        self.spend(CHECK);
        if self.level >= MOST_LEVELS {
            self.work = 0;
        }
        self.level += 1;
        let entered = self.references.resource_of(schema);
        self.scope.extend(entered);

        let elements = match instance {
            Value::Array(items) if self.references.has_unevaluated => items.len(),
            Value::Object(members) if self.references.has_unevaluated => members.len(),
            _ => 0,
        };
        let mut own = vec![false; elements];
        let (mut valid, mut settled) = (true, true);
        for (name, value) in keywords {
            let Some(keyword) = keywords::find(name) else { continue };
            // Once the verdict is all that counts, it is known at the first failure.
            if self.work == 0 || self.quiet && !valid {
                break;
            }
            let holds = self.apply(keywords, keyword.word, value, instance, &mut own);
            valid &= holds;
            settled &= holds || !keyword.in_place;
        }
        // A schema that failed does not tell what it would have looked at.
        if settled && self.references.has_unevaluated {
            valid &= self.unevaluated(keywords, instance, &mut own);
        }
        if valid {
            for (seen, own) in seen.iter_mut().zip(own) {
                *seen |= own;
            }
        }
        if entered.is_some() {
            self.scope.pop();
        }
        self.level -= 1;
        valid && self.work > 0
    }

    /// One keyword. What it does not know, or what is meant for values of another type, holds.
    fn apply(
        &mut self,
        keywords: &'s Map<String, Value>,
        word: Word,
        value: &'s Value,
        instance: &Value,
        seen: &mut [bool],
    ) -> bool {
        match (word, value, instance) {
            (Word::Ref | Word::DynamicRef, Value::String(reference), _) => self.follow(word, reference, instance, seen),
            (Word::AllOf, Value::Array(schemas), _) => {
                let mut valid = true;
                for schema in schemas {
                    valid &= self.check(schema, instance, seen);
                }
                valid
            }
            (Word::AnyOf | Word::OneOf, Value::Array(forms), _) => {
                self.forms(forms, word == Word::OneOf, instance, seen)
            }
            (Word::Not, _, _) => {
                !self.holds(value, instance, &mut []) || self.fail(format_args!("must not match {}", Excerpt(value)))
            }
            (Word::If, _, _) => {
                let branch = if self.holds(value, instance, seen) { "then" } else { "else" };
                keywords.get(branch).is_none_or(|schema| self.check(schema, instance, seen))
            }
            (Word::Type, _, _) => self.of_type(value, instance),
            (Word::Enum, Value::Array(allowed), _) => self.among(allowed, instance),
            (Word::Const, _, _) => self.among(std::slice::from_ref(value), instance),
            (Word::Minimum, Value::Number(limit), Value::Number(number)) => {
                numbers::compare(number, limit).is_ge() || self.exceeded("at least", value, instance)
            }
            (Word::Maximum, Value::Number(limit), Value::Number(number)) => {
                numbers::compare(number, limit).is_le() || self.exceeded("at most", value, instance)
            }
            (Word::ExclusiveMinimum, Value::Number(limit), Value::Number(number)) => {
                numbers::compare(number, limit).is_gt() || self.exceeded("above", value, instance)
            }
            (Word::ExclusiveMaximum, Value::Number(limit), Value::Number(number)) => {
                numbers::compare(number, limit).is_lt() || self.exceeded("below", value, instance)
            }
            (Word::MultipleOf, Value::Number(divisor), Value::Number(number)) => {
                numbers::is_multiple(number, divisor) || self.exceeded("a multiple of", value, instance)
            }
            (Word::MinLength | Word::MaxLength, _, Value::String(text)) => {
                self.count(word, value, text.chars().count(), ["character", "characters"], format_args!(""))
            }
            (Word::Pattern, Value::String(pattern), Value::String(text)) => self.pattern(pattern, text),
            (Word::Format, Value::String(format), Value::String(text)) => match formats::find(format) {
                Some((expression, phrase)) => {
                    self.test(&expression, text) || self.fail(format_args!("must be {phrase}, not {}", Quoted(text)))
                }
                None => true,
            },
            (_, _, Value::Array(_)) => self.apply_to_array(keywords, word, value, instance, seen),
            (_, _, Value::Object(_)) => self.apply_to_object(keywords, word, value, instance, seen),
            _ => true,
        }
    }

    /// A check that leaves no findings.
    pub(super) fn holds(&mut self, schema: &'s Value, instance: &Value, seen: &mut [bool]) -> bool {
        let heard = std::mem::replace(&mut self.quiet, true);
        let holds = self.check(schema, instance, seen);
        self.quiet = heard;
        holds
    }

    /// A check of a member or an item.
    pub(super) fn check_at(&mut self, place: &Place<'_>, schema: &'s Value, instance: &Value) -> bool {
        let length = self.path.len();
        sentences::extend(&mut self.path, place);
        self.depth += 1;
        let valid = self.check(schema, instance, &mut []);
        self.depth -= 1;
        self.path.truncate(length);
        valid
    }

    fn follow(&mut self, word: Word, reference: &str, instance: &Value, seen: &mut [bool]) -> bool {
        let base = self.scope.last().copied().unwrap_or_default();
        let Some(mut target) = self.references.resolve(base, reference) else {
            return self.refuse(format_args!("cannot be checked: its schema refers to {}", Quoted(reference)));
        };
        if let Some(name) = target.dynamic.filter(|_| word == Word::DynamicRef) {
            let mut scope = self.scope.iter();
            let outermost = scope.find_map(|resource| Some((*resource, self.references.dynamic(*resource, name)?)));
            if let Some((resource, schema)) = outermost {
                (target.resource, target.schema) = (resource, schema);
            }
        }
        self.scope.push(target.resource);
        let valid = self.check(target.schema, instance, seen);
        self.scope.pop();
        valid
    }

    /// Whether a value takes one of several forms, or exactly one. If it takes none, the findings are those of the form
    /// that it comes closest to; or what each form asks for, if the closest gets no further than the value as a whole.
    fn forms(&mut self, forms: &'s [Value], exactly_one: bool, instance: &Value, seen: &mut [bool]) -> bool {
        let outside = (self.start, self.room);
        let start = self.findings.len();
        self.start = start;
        if !self.is_unheard() {
            self.room = start + MOST_VIOLATIONS;
        }
        let (mut fitting, mut least, mut asked, mut asking) = (0, usize::MAX, String::new(), 0);
        let mut closest: Vec<Violation> = Vec::new();
        for form in forms {
            if self.check(form, instance, seen) {
                fitting += 1;
                self.findings.truncate(start);
                if !exactly_one && !self.references.has_unevaluated {
                    break;
                }
                continue;
            }
            let missing = self.findings.split_off(start);
            let mut distance = missing.len();
            for finding in &missing {
                distance += if finding.doubts <= self.depth { MOST_VIOLATIONS } else { 0 };
            }
            if let Some(first) = missing.first().filter(|_| is_shallow(&missing, self.depth) && asking < MOST_FORMS)
                && !search::contains(&asked, &first.message)
            {
                asked.push_str(if asking == 0 { "" } else { "; or " });
                asked.push_str(&first.message);
                asking += 1;
            }
            if distance < least {
                (least, closest) = (distance, missing);
            }
        }
        (self.start, self.room) = outside;
        if fitting > 0 {
            let fits = fitting == 1 || !exactly_one;
            return fits
                || self.fail(format_args!("fits more than one of the allowed forms, but must fit exactly one"));
        }
        if asking > 1 && is_shallow(&closest, self.depth) {
            let doubts = closest.iter().map(|finding| finding.doubts).min().unwrap_or(usize::MAX);
            return self.report(format_args!("fits none of the allowed forms: {asked}"), doubts);
        }
        self.findings.append(&mut closest);
        self.findings.truncate(self.room);
        false
    }

    fn of_type(&mut self, allowed: &Value, instance: &Value) -> bool {
        let names = match allowed {
            Value::Array(names) => names,
            _ => std::slice::from_ref(allowed),
        };
        let is_of = |name: &Value| match (name.as_str(), instance) {
            (Some("null"), Value::Null)
            | (Some("boolean"), Value::Bool(_))
            | (Some("number"), Value::Number(_))
            | (Some("string"), Value::String(_))
            | (Some("array"), Value::Array(_))
            | (Some("object"), Value::Object(_)) => true,
            (Some("integer"), Value::Number(number)) => numbers::is_whole(number),
            _ => false,
        };
        if names.iter().any(is_of) {
            return true;
        }
        if self.is_unheard() {
            return false;
        }
        let mut phrases = String::new();
        for name in names {
            phrases.push_str(if phrases.is_empty() { "" } else { " or " });
            phrases.push_str(name.as_str().and_then(sentences::type_phrase).unwrap_or_default());
        }
        self.report(format_args!("must be {phrases}, not {}", Found(instance)), self.depth)
    }

    fn among(&mut self, allowed: &[Value], instance: &Value) -> bool {
        let work = &mut self.work;
        if allowed.iter().any(|value| *work > 0 && values::equal(value, instance, work)) {
            return true;
        }
        // It may be the mark that tells the forms of the object around it apart.
        let doubts = self.depth.saturating_sub(1);
        self.report(format_args!("must be {}, not {}", OneOf(allowed), Found(instance)), doubts)
    }

    fn exceeded(&mut self, relation: &str, limit: &Value, instance: &Value) -> bool {
        self.fail(format_args!("must be {relation} {}, not {}", Excerpt(limit), Excerpt(instance)))
    }

    /// A limit to how many there are of something.
    pub(super) fn count(
        &mut self,
        word: Word,
        limit: &Value,
        count: usize,
        [one, many]: [&'static str; 2],
        which: fmt::Arguments<'_>,
    ) -> bool {
        let Value::Number(number) = limit else { return true };
        let order = numbers::compare(&Number::from(count), number);
        let is_least = matches!(word, Word::MinLength | Word::MinItems | Word::MinContains | Word::MinProperties);
        let (holds, relation) = if is_least { (order.is_ge(), "at least") } else { (order.is_le(), "at most") };
        holds || self.fail(format_args!("must have {relation} {}{which}, not {count}", Things(limit, one, many)))
    }

    fn pattern(&mut self, pattern: &str, text: &str) -> bool {
        self.matches(pattern, text, "is")
            || self.fail(format_args!("must match the pattern {}, not {}", Quoted(pattern), Quoted(text)))
    }

    /// Whether a text matches a pattern of the schema.
    pub(super) fn matches(&mut self, pattern: &str, text: &str, subject: &str) -> bool {
        if text.len() > LONGEST_MATCHED {
            return self.refuse(format_args!("{subject} too long to be held against a pattern"));
        }
        self.test(pattern, text)
    }

    fn test(&mut self, pattern: &str, text: &str) -> bool {
        self.spend(CHECK + u32::try_from(text.len()).unwrap_or(u32::MAX));
        let matches = self.patterns.matches(pattern, text);
        matches.unwrap_or_else(|| {
            self.refuse(format_args!("cannot be checked: the pattern {} cannot be read", Quoted(pattern)))
        })
    }

    fn spend(&mut self, work: u32) {
        self.work = self.work.saturating_sub(work);
    }

    /// Whether two values are equal.
    pub(super) fn equal(&mut self, one: &Value, other: &Value) -> bool {
        values::equal(one, other, &mut self.work)
    }

    /// Whether the work is used up.
    pub(super) fn is_exhausted(&self) -> bool {
        self.work == 0
    }

    /// Whether another finding would be lost.
    pub(super) fn is_unheard(&self) -> bool {
        self.quiet || self.findings.len() >= self.room
    }

    /// Notes what is wrong here, and is false.
    pub(super) fn fail(&mut self, message: fmt::Arguments<'_>) -> bool {
        self.report(message, usize::MAX)
    }

    /// Gives the whole value up, and is false.
    fn refuse(&mut self, message: fmt::Arguments<'_>) -> bool {
        if self.work > 0 {
            let (path, message) = (self.path.clone(), message.to_string());
            self.refusal = Some(Violation { path, message, depth: 0, doubts: usize::MAX });
            self.work = 0;
        }
        false
    }

    fn report(&mut self, message: fmt::Arguments<'_>, doubts: usize) -> bool {
        if !self.is_unheard() {
            self.spend(FINDING);
            let (path, message) = (self.path.clone(), message.to_string());
            let mut others = self.findings.iter().skip(self.start);
            if !others.any(|other| other.path == path && other.message == message) {
                self.findings.push(Violation { path, message, depth: self.depth, doubts });
            }
        }
        false
    }
}

/// Whether all that was found concerns the value at this depth as a whole.
fn is_shallow(findings: &[Violation], depth: usize) -> bool {
    findings.iter().all(|finding| finding.depth == depth)
}
