//! What a profile demands beyond the type; `validate/profile/` finds out.

use super::Rule;
use crate::fhir::outcome::Severity;

const SOURCE: &str = "R4 Profiling FHIR; ElementDefinition";

pub(in crate::validate) const AGGREGATION: Rule = Rule::error("profile-aggregation", "value", SOURCE);
pub(in crate::validate) const CARDINALITY: Rule = Rule::error("profile-cardinality", "structure", SOURCE);
pub(in crate::validate) const FIXED: Rule = Rule::error("profile-fixed", "value", SOURCE);
pub(in crate::validate) const INVARIANT: Rule = Rule::error("profile-invariant", "invariant", SOURCE);
pub(in crate::validate) const LENGTH: Rule = Rule::error("profile-length", "too-long", SOURCE);
pub(in crate::validate) const PATTERN: Rule = Rule::error("profile-pattern", "value", SOURCE);
pub(in crate::validate) const RANGE: Rule = Rule::error("profile-range", "value", SOURCE);
pub(in crate::validate) const REQUIRED: Rule =
    Rule::error("profile-required-binding", "code-invalid", SOURCE);
pub(in crate::validate) const SLICE: Rule = Rule::error("profile-slice", "structure", SOURCE);
pub(in crate::validate) const TARGET: Rule = Rule::error("profile-target", "value", SOURCE);
pub(in crate::validate) const TYPE: Rule = Rule::error("profile-type", "structure", SOURCE);
pub(in crate::validate) const VERSIONING: Rule = Rule::error("profile-versioning", "value", SOURCE);

pub(in crate::validate) const EXTENSIBLE: Rule =
    Rule { severity: Severity::Warning, ..Rule::error("profile-extensible-binding", "code-invalid", SOURCE) };

pub(in crate::validate) const PREFERRED: Rule = Rule {
    severity: Severity::Information,
    ..Rule::error("profile-preferred-binding", "code-invalid", SOURCE)
};

/// Told where the caller asks for it: what is missing may well be unknown.
pub(in crate::validate) const SUPPORT: Rule =
    Rule { severity: Severity::Information, ..Rule::error("profile-support", "informational", SOURCE) };
