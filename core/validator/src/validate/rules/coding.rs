//! A Coding names a code system, and names it so that everybody knows which.

use super::Rule;
use crate::{
    json::Value,
    validate::{formats::is_absolute, walk::Walk},
};

pub(super) const RULE: Rule =
    Rule::error("coding-system", "value", "R4 datatypes, Coding.system; R4 terminologies");

/// Where FHIR keeps its own value sets, which are never code systems.
const VALUE_SETS: [&str; 2] = ["http://hl7.org/fhir/ValueSet/", "http://terminology.hl7.org/ValueSet/"];

/// Checks the innermost object, a Coding.
pub(in crate::validate) fn check<'a>(walk: &mut Walk<'a>, value: Value<'a>) {
    let Some(system) = value.string("system").filter(|system| !system.is_empty()) else { return };
    // `#id` is a code system contained in the resource.
    let fault = match () {
        () if !is_absolute(&system) && !system.starts_with('#') => {
            "expected an absolute URI of a code system, found a relative one"
        }
        () if VALUE_SETS.iter().any(|base| system.starts_with(base)) => {
            "expected the URI of a code system, found that of a value set"
        }
        () => return,
    };
    walk.report(&RULE, walk.place("system"), |_| fault.into());
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::super::tests::expect;

    #[test]
    fn systems_are_absolute_and_no_value_sets() {
        let code = |system: &str| format!(r#""code":{{"coding":[{{"system":"{system}","code":"x"}}]}}"#);
        for good in ["http://loinc.org", "urn:oid:1.2", "http://example.org/ValueSet/x", "#own"] {
            expect(&code(good), &[]);
        }
        for bad in ["loinc", "/CodeSystem/x", "http://hl7.org/fhir/ValueSet/x"] {
            expect(&code(bad), &[("coding-system", "Task.code.coding[0].system")]);
        }
    }
}
