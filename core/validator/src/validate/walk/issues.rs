//! What the walk keeps of all that the rules find.

use alloc::{borrow::Cow, format, string::String};

use super::Walk;
use crate::{
    fhir::outcome::Severity,
    json::{Locator, Position, Value},
    order::sort,
    validate::{
        Issue, Report, Rule,
        path::{self, Place},
    },
};

/// How much of a value a message quotes, where it may.
const LONGEST_QUOTE: usize = 80;

impl Walk<'_> {
    /// Notes that `rule` is broken at `place`. The message is made only if it is to be kept.
    pub(in crate::validate) fn report(
        &mut self,
        rule: &'static Rule,
        place: Place<'_>,
        message: impl FnOnce(&Self) -> String,
    ) {
        self.report_as(rule, rule.severity, place, message);
    }

    /// As [`Walk::report`], with a severity that is not always the rule's own.
    pub(in crate::validate) fn report_as(
        &mut self,
        rule: &'static Rule,
        severity: Severity,
        place: Place<'_>,
        message: impl FnOnce(&Self) -> String,
    ) {
        if self.counts(rule, severity) {
            let message = message(self);
            self.keep(rule, severity, place, message);
        }
    }

    /// Counts a breach; whether there is room to describe it.
    ///
    /// This and [`Walk::keep`] are what all reports share: the rest is made anew for each message.
    #[cold]
    #[inline(never)]
    fn counts(&mut self, rule: &Rule, severity: Severity) -> bool {
        match severity {
            Severity::Fatal | Severity::Error => {
                self.report.errors += 1;
                if let Some(frame) = self.stack.last_mut() {
                    frame.has_faults = true;
                }
            }
            Severity::Warning => self.report.warnings += 1,
            Severity::Information => {}
        }
        // Advice takes half of the list at most, so that errors find room.
        let is_advice = !matches!(rule.severity, Severity::Fatal | Severity::Error);
        let is_full =
            self.is_full() || (is_advice && self.issues.len() >= self.options.max_issues.div_ceil(2));
        self.report.omitted += usize::from(is_full);
        !is_full
    }

    #[cold]
    #[inline(never)]
    fn keep(&mut self, rule: &'static Rule, severity: Severity, place: Place<'_>, message: String) {
        let issue = Issue {
            severity,
            code: Cow::Borrowed(rule.code),
            rule: Cow::Borrowed(rule.name),
            expression: path::expression(self.pack, &self.stack, place),
            pointer: path::pointer(&self.stack, place),
            position: Position { line: 1, column: 1 },
            message,
        };
        self.issues.push((place.offset, issue));
    }

    /// As [`Walk::report_as`], for a place inside the innermost object that the walk has left already.
    pub(in crate::validate) fn report_inside(
        &mut self,
        rule: &'static Rule,
        severity: Severity,
        way: path::Way<'_, '_>,
        offset: usize,
        message: impl FnOnce(&Self) -> String,
    ) {
        let (before, place) = (self.issues.len(), Place { step: None, missing: None, offset });
        self.report_as(rule, severity, place, message);
        if let Some((_, issue)) = self.issues.get_mut(before) {
            path::append(&mut issue.expression, &mut issue.pointer, way);
        }
    }

    /// Whether no more issues are kept.
    pub(in crate::validate) fn is_full(&self) -> bool {
        self.issues.len() >= self.options.max_issues
    }

    /// `; found …` where messages may quote values, else nothing.
    pub(in crate::validate) fn found(&self, value: Value<'_>) -> String {
        if !self.options.show_values {
            return String::new();
        }
        let raw = value.raw();
        match raw.char_indices().nth(LONGEST_QUOTE) {
            Some((end, _)) => format!("; found {}…", &raw[..end]),
            None => format!("; found {raw}"),
        }
    }

    pub(super) fn finish(self) -> Report {
        let unchecked = self.tally.unchecked(self.pack, &self.invariants.undecided);
        let mut issues = self.issues;
        // What is missing from an object is known at its end and belongs to its beginning.
        sort(&mut issues, |(left, _), (right, _)| left.cmp(right));
        let mut locator = Locator::new(self.document.text().as_bytes());
        let issues =
            issues.into_iter().map(|(offset, issue)| Issue { position: locator.position(offset), ..issue });
        Report { issues: issues.collect(), unchecked, ..self.report }
    }
}
