//! What is checked: one rule, one file.
//!
//! A rule is a [`Rule`] and the functions that the walk calls where it could be broken. They are
//! called on what is valid too, so they find out first and put words together later. A function
//! called `check` that gives a `bool` says whether it makes sense to look further.

use alloc::{format, string::String, vec::Vec};

use crate::fhir::outcome::Severity;

pub(super) mod array;
pub(super) mod attachment;
pub(super) mod binding;
pub(super) mod bundle;
pub(super) mod cardinality;
pub(super) mod choice;
pub(super) mod coding;
pub(super) mod contained;
pub(super) mod duplicate_key;
pub(super) mod empty;
pub(super) mod extension;
pub(super) mod format;
pub(super) mod invariant;
pub(super) mod json;
pub(super) mod json_type;
pub(super) mod narrative;
pub(super) mod narrative_target;
pub(super) mod primitive_sibling;
pub(super) mod profile;
pub(super) mod questionnaire;
pub(super) mod reference_target;
pub(super) mod resource_type;
pub(super) mod search_parameter;
pub(super) mod unknown_element;

/// A rule that a resource can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name, which never changes: `unknown-element`.
    pub name: &'static str,
    /// How bad it is to break it.
    pub severity: Severity,
    /// The FHIR code for its issues (value set issue-type).
    pub code: &'static str,
    /// Where the specification says so.
    pub source: &'static str,
}

/// Every rule, sorted by name.
pub const RULES: &[&Rule] = &[
    &array::RULE,
    &attachment::RULE,
    &bundle::RULE,
    &bundle::FULL_URL,
    &bundle::UNRESOLVED,
    &cardinality::RULE,
    &choice::RULE,
    &coding::RULE,
    &contained::RULE,
    &duplicate_key::RULE,
    &empty::RULE,
    &binding::EXTENSIBLE,
    &extension::RULE,
    &invariant::RULE,
    &json::RULE,
    &json_type::RULE,
    &extension::MODIFIER,
    &narrative::RULE,
    &narrative::LINK,
    &narrative_target::RULE,
    &binding::PREFERRED,
    &format::RULE,
    &primitive_sibling::RULE,
    &profile::CARDINALITY,
    &profile::EXTENSIBLE,
    &profile::FIXED,
    &profile::INVARIANT,
    &profile::LENGTH,
    &profile::PATTERN,
    &profile::PREFERRED,
    &profile::RANGE,
    &profile::REQUIRED,
    &profile::SLICE,
    &profile::SUPPORT,
    &profile::TARGET,
    &profile::TYPE,
    &questionnaire::RULE,
    &reference_target::RULE,
    &binding::RULE,
    &resource_type::RULE,
    &search_parameter::RULE,
    &unknown_element::RULE,
];

impl Rule {
    /// A rule whose breach is an error.
    const fn error(name: &'static str, code: &'static str, source: &'static str) -> Self {
        Self { name, severity: Severity::Error, code, source }
    }
}

/// `a`, `a or b`, `a, b or c`.
pub(super) fn alternatives<'t>(names: impl Iterator<Item = &'t str>) -> String {
    let names: Vec<&str> = names.collect();
    match names.split_last() {
        Some((last, [])) => (*last).into(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// `; did you mean x?` where there is an `x` that was probably meant.
fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean {name}?"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        pack::Pack,
        validate::{Options, Report, validate_bytes},
    };

    /// Validates and gives the rule, place and message of each issue, invariants aside: few of the
    /// cases have the narrative that `dom-6` recommends, or care to refer to what they contain.
    pub(super) fn issues(text: &str) -> Vec<(String, String, String)> {
        listed(&report(text))
    }

    fn listed(report: &Report) -> Vec<(String, String, String)> {
        let issue = |issue: &crate::validate::Issue| {
            (issue.rule.clone().into_owned(), issue.expression.clone(), issue.message.clone())
        };
        report.issues.iter().filter(|issue| issue.rule != invariant::RULE.name).map(issue).collect()
    }

    /// The same with all of R4.
    pub(super) fn r4_issues(text: &str) -> Vec<(String, String, String)> {
        let r4 = Pack::read(&include_bytes!("../../../packs/r4.pack")[..]).unwrap();
        listed(&validate_bytes(text, &r4, &Options::default()))
    }

    pub(super) fn report(text: &str) -> Report {
        validate_bytes(text, Pack::exchange(), &Options::default())
    }

    /// A Task that is valid but for `members`.
    pub(super) fn task(members: &str) -> String {
        format!(r#"{{"resourceType":"Task","status":"requested","intent":"order",{members}}}"#)
    }

    /// Holds what a Task with these members is reported for to `expected`: rule and expression.
    #[track_caller]
    pub(super) fn expect(members: &str, expected: &[(&str, &str)]) {
        let found = issues(&task(members));
        let found: Vec<_> = found.iter().map(|(rule, place, _)| (rule.as_str(), place.as_str())).collect();
        assert_eq!(found, expected, "{members}");
    }

    #[test]
    fn rules_are_sorted_and_named_once() {
        assert!(RULES.windows(2).all(|pair| pair[0].name < pair[1].name));
    }

    #[test]
    fn alternatives_read_well() {
        assert_eq!(alternatives(["a"].into_iter()), "a");
        assert_eq!(alternatives(["a", "b", "c"].into_iter()), "a, b or c");
    }
}
