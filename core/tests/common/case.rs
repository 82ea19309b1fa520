//! A valid resource, and what becomes of it when it is changed.

#![allow(dead_code, unreachable_pub, reason = "each test binary compiles this for itself and uses a part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot read its material has to fail")]

use fhir_solicit::{
    fhir::outcome::Severity,
    pack::Pack,
    validate::{Issue, Report},
};
use serde_json::{Value, json};

use super::guides;

pub const CDEX: &str = "http://hl7.org/fhir/us/davinci-cdex";
pub const HREX: &str = "http://hl7.org/fhir/us/davinci-hrex";

/// What takes an element away.
pub const GONE: Value = Value::Null;

/// A resource that keeps a profile, and the pack that says so.
pub struct Case {
    pub pack: Pack,
    pub profile: String,
    pub valid: Value,
}

/// A change: a JSON Pointer, which may end with `-` for a new item, and the value there; nothing takes it away.
pub type Change<'c> = (&'c str, Value);

impl Case {
    #[track_caller]
    pub fn new(pack: &str, profile: &str, valid: &str) -> Self {
        let guide = if profile.starts_with("hrex") { HREX } else { CDEX };
        let profile = format!("{guide}/StructureDefinition/{profile}");
        let case = Self { pack: guides::ours(pack), profile, valid: serde_json::from_str(valid).unwrap() };
        assert!(case.pack.profile(&case.profile).is_some(), "{pack} has no {}", case.profile);
        case.fits(&[]);
        case
    }

    pub fn report(&self, changes: &[Change<'_>]) -> Report {
        let mut value = self.valid.clone();
        for (pointer, new) in changes {
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            match value.pointer_mut(parent).unwrap() {
                Value::Array(items) if key == "-" => items.push(new.clone()),
                Value::Array(items) if new.is_null() => drop(items.remove(key.parse().unwrap())),
                Value::Object(members) if new.is_null() => drop(members.remove(key).unwrap()),
                Value::Array(items) => items[key.parse::<usize>().unwrap()] = new.clone(),
                other => other[key] = new.clone(),
            }
        }
        guides::check(&self.pack, &value.to_string(), &[&self.profile])
    }

    /// What is found at least so bad, as `rule expression`, with the key of a constraint.
    pub fn found(&self, changes: &[Change<'_>], severities: &[Severity]) -> Vec<String> {
        let report = self.report(changes);
        let issues = report.issues.iter().filter(|issue| severities.contains(&issue.severity));
        let line = |issue: &Issue| {
            let key = issue.message.strip_prefix("constraint ").and_then(|rest| rest.split(' ').next());
            format!("{} {}", key.unwrap_or(&issue.rule), issue.expression)
        };
        issues.map(line).collect()
    }

    #[track_caller]
    pub fn fits(&self, changes: &[Change<'_>]) {
        assert_eq!(self.found(changes, &[Severity::Error, Severity::Fatal]), [""; 0]);
        // R4 itself warns of much, as of what has no narrative.
        let mut warnings = self.found(changes, &[Severity::Warning]);
        warnings.retain(|line| ["cdex-", "lint-", "profile-"].iter().any(|start| line.starts_with(start)));
        assert_eq!(warnings, [""; 0]);
    }

    /// The changes break this rule, here.
    #[track_caller]
    pub fn breaks(&self, changes: &[Change<'_>], expected: &str) {
        let found = self.found(changes, &[Severity::Error]);
        assert!(found.iter().any(|line| line == expected), "expected {expected}, found {found:?}");
    }

    /// The changes are warned of so, and the resource stays valid.
    #[track_caller]
    pub fn warns(&self, changes: &[Change<'_>], expected: &str) {
        assert_eq!(self.found(changes, &[Severity::Error]), [""; 0]);
        let found = self.found(changes, &[Severity::Warning]);
        assert!(found.iter().any(|line| line == expected), "expected {expected}, found {found:?}");
    }
}

pub fn code(system: &str, code: &str) -> Value {
    json!({ "coding": [{ "system": system, "code": code }] })
}

pub fn cdex_code(name: &str) -> Value {
    code(&format!("{CDEX}/CodeSystem/cdex-temp"), name)
}

pub fn hrex_code(name: &str) -> Value {
    code(&format!("{HREX}/CodeSystem/hrex-temp"), name)
}
