//! What the walk keeps of all that the rules find.

use alloc::{format, string::String};

use super::Walk;
use crate::{
    fhir::outcome::Severity,
    json::Value,
    validate::{
        Rule,
        findings::Findings,
        path::{self, Place, Way},
    },
};

/// How much of a value a message quotes, where it may.
const LONGEST_QUOTE: usize = 80;

impl<'a> Walk<'a> {
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
            self.keep(rule, severity, place, Way::default(), &[&message]);
        }
    }

    /// As [`Walk::report_as`], with a message whose `parts` are at hand.
    pub(in crate::validate) fn report_parts(
        &mut self,
        rule: &'static Rule,
        severity: Severity,
        place: Place<'_>,
        parts: &[&str],
    ) {
        if self.counts(rule, severity) {
            self.keep(rule, severity, place, Way::default(), parts);
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
                self.found.errors += 1;
                if let Some(frame) = self.stack.last_mut() {
                    frame.has_faults = true;
                }
            }
            Severity::Warning => self.found.warnings += 1,
            Severity::Information => {}
        }
        // Advice takes half of the list at most, so that errors find room.
        let is_advice = !matches!(rule.severity, Severity::Fatal | Severity::Error);
        let is_full =
            self.is_full() || (is_advice && self.found.len() >= self.options.max_issues.div_ceil(2));
        self.found.omitted += usize::from(is_full);
        !is_full
    }

    #[cold]
    #[inline(never)]
    fn keep(
        &mut self,
        rule: &'static Rule,
        severity: Severity,
        place: Place<'_>,
        way: Way<'_, '_>,
        message: &[&str],
    ) {
        let (pack, stack) = (self.pack, &self.stack);
        let expression = |text: &mut String| {
            path::push_expression(text, pack, stack, place);
            path::append_expression(text, way);
        };
        let pointer = |text: &mut String| {
            path::push_pointer(text, stack, place);
            path::append_pointer(text, way);
        };
        self.found.keep((rule, severity, place.offset), expression, pointer, message);
    }

    /// As [`Walk::report_as`], for a place inside the innermost object that the walk has left already.
    pub(in crate::validate) fn report_inside(
        &mut self,
        rule: &'static Rule,
        severity: Severity,
        way: Way<'_, '_>,
        offset: usize,
        message: impl FnOnce(&Self) -> String,
    ) {
        if self.counts(rule, severity) {
            let message = message(self);
            self.keep(rule, severity, Place { step: None, missing: None, offset }, way, &[&message]);
        }
    }

    /// Whether no more issues are kept.
    pub(in crate::validate) fn is_full(&self) -> bool {
        self.found.len() >= self.options.max_issues
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

    pub(super) fn finish(self) -> Findings<'a> {
        let mut found = self.found;
        found.unchecked = self.tally.unchecked(self.pack, &self.invariants.undecided);
        found.locate(self.document.text());
        found
    }
}
