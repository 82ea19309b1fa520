//! What a validation finds, as it finds it: the texts of all issues in one, so that none has to be asked for memory.
//!
//! It is told as a [`Report`], whose issues have texts of their own, or straight away as rows.

use alloc::{
    borrow::{Cow, ToOwned},
    string::String,
    vec::Vec,
};

use super::{Issue, Report, Rule, Unchecked, tally::Count, write::Rows};
use crate::{
    fhir::outcome::Severity,
    json::{Locator, Position},
    order::sort,
};

/// About what the texts of a few issues take.
const USUAL: usize = 512;

/// About what rows take beside the texts of issues: in all, for each issue, and for what was not decided.
const USUAL_ROWS: [usize; 3] = [96, 32, 96];

/// What was found up to now.
#[derive(Default)]
pub(super) struct Findings<'a> {
    /// The type of the resource.
    pub(super) resource_type: Option<&'a str>,
    /// How many issues there were beyond those kept, and of all the errors and warnings.
    pub(super) omitted: usize,
    pub(super) errors: usize,
    pub(super) warnings: usize,
    pub(super) unchecked: Vec<Count<'a>>,
    issues: Vec<Finding>,
    texts: String,
}

/// An issue whose texts are elsewhere.
struct Finding {
    rule: &'static Rule,
    severity: Severity,
    /// Where its texts begin, and how far from there its expression, its pointer and its message end.
    start: usize,
    ends: [usize; 3],
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
        let middle = texts.len() - start;
        pointer(texts);
        let behind = texts.len() - start;
        for part in message {
            texts.push_str(part);
        }
        let ends = [middle, behind, texts.len() - start];
        let position = Position { line: 1, column: 1 };
        self.issues.push(Finding { rule, severity, start, ends, offset, position });
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

    /// As [`super::validate_to_rows`] says.
    pub(super) fn to_rows(&self) -> String {
        let Self { resource_type, omitted, errors, warnings, unchecked, issues, texts } = self;
        let [all, each, open] = USUAL_ROWS;
        let size = all + texts.len() + each * issues.len() + open * unchecked.len();
        let mut rows = Rows::with_capacity(size);
        rows.text(resource_type.unwrap_or_default());
        for number in [*omitted, *errors, *warnings, issues.len()] {
            rows.number(number);
        }
        let mut before: Option<(&Rule, Severity)> = None;
        for issue @ Finding { rule, severity, ends, position, .. } in issues {
            let is_alike = before.is_some_and(|(of, how)| core::ptr::eq(of, *rule) && how == *severity);
            rows.number(usize::from(!is_alike));
            if !is_alike {
                for text in [severity.code(), rule.code, rule.name] {
                    rows.text(text);
                }
                before = Some((rule, *severity));
            }
            rows.number(position.line as usize);
            rows.number(position.column as usize);
            rows.parts(self.text(issue), ends);
        }
        rows.number(unchecked.len());
        for (kind, name, count) in unchecked {
            rows.text(kind.name());
            rows.text(name);
            rows.number(*count as usize);
        }
        rows.into_text()
    }

    /// The same with texts for each issue.
    pub(super) fn into_report(self) -> Report {
        let issue = |issue: &Finding| {
            let (text, [middle, behind, end]) = (self.text(issue), issue.ends);
            let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default().to_owned();
            Issue {
                severity: issue.severity,
                code: Cow::Borrowed(issue.rule.code),
                rule: Cow::Borrowed(issue.rule.name),
                expression: part(0, middle),
                pointer: part(middle, behind),
                position: issue.position,
                message: part(behind, end),
            }
        };
        let unchecked = |(kind, name, count): Count<'_>| Unchecked { kind, name: name.into_owned(), count };
        Report {
            resource_type: self.resource_type.map(ToOwned::to_owned),
            issues: self.issues.iter().map(issue).collect(),
            omitted: self.omitted,
            errors: self.errors,
            warnings: self.warnings,
            unchecked: self.unchecked.into_iter().map(unchecked).collect(),
        }
    }

    /// The expression, the pointer and the message of an issue.
    fn text(&self, &Finding { start, ends: [.., end], .. }: &Finding) -> &str {
        self.texts.get(start..start + end).unwrap_or_default()
    }
}
