//! A required code is one of its value set.

use alloc::{borrow::Cow, format, string::String};

use super::{Rule, alternatives, suggestion};
use crate::{
    json::Value,
    pack::{Binding, Codes, ElementRow, MemberRow, Role, Strength, StructureRow},
    validate::{formats::is_media_type, nearest::nearest, path::Place, walk::Walk},
};

pub(super) const RULE: Rule = Rule::error("required-binding", "code-invalid", "R4 terminologies, strength");

/// Up to so many codes a message lists them all.
const FEW: usize = 16;

/// Checks a code, or a text or URI that is bound like one.
pub(in crate::validate) fn check_primitive(
    walk: &mut Walk<'_>,
    value: Value<'_>,
    element: &ElementRow,
    place: Place<'_>,
) {
    let Some(codes) = required(walk, element) else { return };
    let Some(code) = value.as_str() else { return };
    let is_in = match codes.kind() {
        Binding::Codes => codes.contains(&code, None),
        Binding::MediaType => is_media_type(&code),
        Binding::Open => true,
    };
    if !is_in {
        walk.report(&RULE, place, |walk| expected(codes, &code) + &walk.found(value));
    }
}

/// Checks a Coding, CodeableConcept or Quantity.
pub(in crate::validate) fn check_object(
    walk: &mut Walk<'_>,
    value: Value<'_>,
    structure: &StructureRow,
    member: &MemberRow,
    place: Place<'_>,
) {
    if structure.role == Role::Other {
        return;
    }
    let Some(codes) = required(walk, walk.pack.element(member)) else { return };
    if codes.kind() != Binding::Codes {
        return;
    }
    let is_in = |coding: Value<'_>| match (coding.string("code"), coding.string("system")) {
        (Some(code), Some(system)) => codes.contains(&code, Some(&system)),
        _ => false,
    };
    let is_bound = match structure.role {
        Role::Coding | Role::Quantity => value.get("code").is_none() || is_in(value),
        // One of several codings is enough; a concept that is only an extension says why.
        Role::CodeableConcept => {
            value.list("coding").any(is_in) || (value.get("coding").is_none() && value.get("text").is_none())
        }
        _ => true,
    };
    if !is_bound {
        walk.report(&RULE, place, |_| expected(codes, ""));
    }
}

fn required<'a>(walk: &Walk<'a>, element: &ElementRow) -> Option<Codes<'a>> {
    if element.strength != Some(Strength::Required) {
        return None;
    }
    walk.pack.binding(element).map(|(_, codes)| codes)
}

fn expected(codes: Codes<'_>, found: &str) -> String {
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
