//! What a validation finds, as it finds it: the texts of all issues in one, so that none has to be asked for memory.
//!
//! It is told as a [`Report`], whose issues have texts of their own, or straight away as rows.

use alloc::{
    borrow::{Cow, ToOwned},
    string::String,
    vec::Vec,
};

use super::{
    Issue, Report, Rule, Unchecked,
    write::{self, Row},
};
use crate::{
    fhir::outcome::Severity,
    json::{Locator, Position},
    order::sort,
};

/// About what the texts of a few issues take.
const USUAL: usize = 512;

/// What was found up to now.
#[derive(Default)]
pub(super) struct Findings<'a> {
    /// The type of the resource.
    pub(super) resource_type: Option<&'a str>,
    /// How many issues there were beyond those kept, and of all the errors and warnings.
    pub(super) omitted: usize,
    pub(super) errors: usize,
    pub(super) warnings: usize,
    pub(super) unchecked: Vec<Unchecked>,
    issues: Vec<Finding>,
    texts: String,
}

/// An issue whose texts are elsewhere.
struct Finding {
    rule: &'static Rule,
    severity: Severity,
    /// Where its expression begins, and where that, its pointer and its message end.
    ends: [usize; 4],
    offset: usize,
    /// Known once all were found.
    position: Position,
}

impl Findings<'_> {
    /// How many issues are kept.
    pub(super) fn len(&self) -> usize {
        self.issues.len()
    }

    /// Keeps an issue about what stands at `offset`. Each of the three adds its text to that of all.
    pub(super) fn keep(
        &mut self,
        (rule, severity, offset): (&'static Rule, Severity, usize),
        expression: impl FnOnce(&mut String),
        pointer: impl FnOnce(&mut String),
        message: &[&str],
    ) {
        let texts = &mut self.texts;
        if texts.is_empty() {
            texts.reserve(USUAL);
        }
        let start = texts.len();
        expression(texts);
        let middle = texts.len();
        pointer(texts);
        let behind = texts.len();
        for part in message {
            texts.push_str(part);
        }
        let ends = [start, middle, behind, texts.len()];
        let position = Position { line: 1, column: 1 };
        self.issues.push(Finding { rule, severity, ends, offset, position });
    }

    /// Puts the issues in the order of the document, and says in which lines of it they are.
    pub(super) fn locate(&mut self, text: &str) {
        // What is missing from an object is known at its end and belongs to its beginning.
        sort(&mut self.issues, |left, right| left.offset.cmp(&right.offset));
        let mut locator = Locator::new(text.as_bytes());
        for issue in &mut self.issues {
            issue.position = locator.position(issue.offset);
        }
    }

    /// Says where all issues are, for what has no lines to count.
    pub(super) fn at(mut self, position: Position) -> Self {
        self.issues.iter_mut().for_each(|issue| issue.position = position);
        self
    }

    /// As [`Report::to_rows`] of the report that it makes.
    pub(super) fn to_rows(&self) -> String {
        let counts = [self.omitted, self.errors, self.warnings];
        let issues = self.issues.iter().map(|issue| self.row(issue));
        write::to_rows(self.resource_type, counts, issues, &self.unchecked)
    }

    /// The same with texts for each issue.
    pub(super) fn into_report(self) -> Report {
        let issue = |issue: &Finding| {
            let row = self.row(issue);
            Issue {
                severity: issue.severity,
                code: Cow::Borrowed(issue.rule.code),
                rule: Cow::Borrowed(issue.rule.name),
                expression: row.expression.to_owned(),
                pointer: row.pointer.to_owned(),
                position: row.position,
                message: row.message.to_owned(),
            }
        };
        Report {
            resource_type: self.resource_type.map(ToOwned::to_owned),
            issues: self.issues.iter().map(issue).collect(),
            omitted: self.omitted,
            errors: self.errors,
            warnings: self.warnings,
            unchecked: self.unchecked,
        }
    }

    fn row(&self, &Finding { rule, severity, ends, position, .. }: &Finding) -> Row<'_> {
        let [start, middle, behind, end] = ends;
        let text = |from: usize, to: usize| self.texts.get(from..to).unwrap_or_default();
        Row {
            severity,
            code: rule.code,
            rule: rule.name,
            expression: text(start, middle),
            pointer: text(middle, behind),
            position,
            message: text(behind, end),
        }
    }
}
