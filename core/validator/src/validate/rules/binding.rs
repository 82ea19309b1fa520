//! A code is one of its value set, as far as the binding binds.

use alloc::{borrow::Cow, format, string::String};

use super::{Rule, alternatives, suggestion};
use crate::{
    fhir::outcome::Severity,
    json::Value,
    pack::{Binding, Bound, Codes, ElementRow, MemberRow, Pack, Role, Strength, StructureRow},
    validate::{formats::is_media_type, nearest::nearest, walk::Walk},
};

pub(super) const RULE: Rule = Rule::error("required-binding", "code-invalid", "R4 terminologies, strength");

/// Another code is right where none of the value set fits, which only people can tell.
pub(super) const EXTENSIBLE: Rule = Rule {
    severity: Severity::Warning,
    ..Rule::error("extensible-binding", "code-invalid", "R4 terminologies, strength")
};

pub(super) const PREFERRED: Rule = Rule {
    severity: Severity::Information,
    ..Rule::error("preferred-binding", "code-invalid", "R4 terminologies, strength")
};

/// Up to so many codes a message lists them all.
const FEW: usize = 16;

/// Checks a code, or a text or URI that is bound like one.
pub(in crate::validate) fn check_primitive<'a>(walk: &mut Walk<'a>, value: Value<'a>, element: &ElementRow) {
    let Some((rule, codes)) = bound(walk.pack, element) else { return };
    let Some(code) = value.as_str() else { return };
    let is_in = match codes.kind() {
        Binding::Codes => codes.contains(&code, None),
        Binding::MediaType => is_media_type(&code) || is_short_format(walk, &code),
        Binding::Open => true,
    };
    if !is_in {
        walk.report(rule, walk.here(value), |walk| expected(codes, &code) + &walk.found(value));
    }
}

/// Checks a Coding, CodeableConcept or Quantity.
pub(in crate::validate) fn check_object<'a>(
    walk: &mut Walk<'a>,
    value: Value<'a>,
    structure: &StructureRow,
    member: &MemberRow,
) {
    if member.shape.bound != Bound::Known {
        return;
    }
    let Some((rule, codes)) = bound(walk.pack, walk.pack.element(member)) else { return };
    if is_outside(codes, value, structure, rule == &RULE) {
        walk.report(rule, walk.here(value), |_| expected(codes, ""));
    }
}

/// Whether `value`, a `structure`, has a code and none of it is one of `codes`.
pub(in crate::validate) fn is_outside(
    codes: Codes<'_>,
    value: Value<'_>,
    structure: &StructureRow,
    is_required: bool,
) -> bool {
    if let Some(code) = value.as_str() {
        return match codes.kind() {
            Binding::Codes => !codes.contains(&code, None),
            Binding::MediaType => !is_media_type(&code),
            Binding::Open => false,
        };
    }
    if codes.kind() != Binding::Codes {
        return false;
    }
    let is_in = |coding: Value<'_>| match (coding.string("code"), coding.string("system")) {
        (Some(code), Some(system)) => codes.contains(&code, Some(&system)),
        _ => false,
    };
    match structure.role {
        Role::Coding | Role::Quantity => value.get("code").is_some() && !is_in(value),
        // One of several codings is enough; a concept that is only an extension says why, and one
        // that is only text need not have a code unless the binding is required.
        Role::CodeableConcept => {
            let is_text = is_required && value.get("text").is_some();
            !value.list("coding").any(is_in) && (value.get("coding").is_some() || is_text)
        }
        _ => false,
    }
}

/// The value set that binds `element`, and the rule that another code breaks.
fn bound<'a>(pack: &'a Pack, element: &ElementRow) -> Option<(&'static Rule, Codes<'a>)> {
    let (strength, codes) = pack.binding(element)?;
    let rule = match strength {
        Strength::Required => &RULE,
        Strength::Extensible => &EXTENSIBLE,
        Strength::Preferred => &PREFERRED,
        Strength::Example => return None,
    };
    Some((rule, codes))
}

/// Whether `code` is a short form of RESTful FHIR (`_format`) where what a server speaks is meant:
/// R4 binds these elements to media types, and fills them with short forms in all its examples.
fn is_short_format(walk: &Walk<'_>, code: &str) -> bool {
    let structure = walk.frame().map_or("", |frame| walk.pack.text(frame.structure.name));
    matches!(code, "json" | "ttl" | "xml")
        && (structure == "CapabilityStatement" || structure.starts_with("TestScript."))
}

pub(in crate::validate) fn expected(codes: Codes<'_>, found: &str) -> String {
    if codes.kind() == Binding::MediaType {
        return "expected a media type such as application/pdf".into();
    }
    let all = codes.codes();
    let (count, url) = (all.len(), codes.url());
    let list: Cow<'_, str> = match count {
        1..=FEW => alternatives(codes.codes()).into(),
        _ => format!("one of {count} codes").into(),
    };
    format!("expected {list} (value set {url}){}", suggestion(nearest(found, all)))
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::super::tests::{expect, issues, task};

    #[test]
    fn required_codes_are_checked_and_suggested() {
        expect(r#""priority":"urgent","code":{"text":"any"}"#, &[]);
        let found = issues(&task(r#""priority":"urgnet""#));
        let [(rule, place, message)] = &found[..] else { panic!("{found:?}") };
        assert_eq!((rule.as_str(), place.as_str()), ("required-binding", "Task.priority"));
        assert!(message.contains("asap, routine, stat or urgent"), "{message}");
        assert!(message.ends_with("did you mean urgent?"), "{message}");
        assert!(!message.contains("urgnet"), "no values: {message}");
    }

    #[test]
    fn media_types_go_by_their_grammar() {
        let with = |kind| {
            format!(r#""input":[{{"type":{{"text":"x"}},"valueAttachment":{{"contentType":"{kind}"}}}}]"#)
        };
        expect(&with("application/pdf"), &[]);
        expect(&with("pdf"), &[("required-binding", "Task.input[0].value.contentType")]);
    }
}
