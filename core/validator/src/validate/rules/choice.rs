//! Of a choice there is one type, and it is one of those allowed.

use alloc::format;

use super::{Rule, alternatives, duplicate_key};
use crate::{
    json::Key,
    pack::MemberRow,
    validate::{
        path::{Place, Step, stem},
        walk::Walk,
    },
};

pub(super) const RULE: Rule = Rule::error("choice-type", "structure", "R4 formats, choice of data types");

/// Looks into a member whose element was seen before in its object: a choice with two types, a
/// name that occurs twice, or only a primitive with its `_name`.
pub(in crate::validate) fn check_doubled<'a>(
    walk: &mut Walk<'a>,
    key: Key<'a>,
    member: &'a MemberRow,
    is_again: bool,
) {
    let Some(frame) = walk.frame() else { return };
    let (element, step) = (walk.pack.element(member), Step { key, member: Some(member), index: None });
    if frame.doubled & element.bit != 0 || (!is_again && element.members.len() == 1) {
        return;
    }
    let mut earlier =
        frame.value.members().map(|(other, _)| other).take_while(|other| other.offset() < key.offset());
    let other = earlier.find_map(|other| {
        let name = other.as_str();
        let other = walk.pack.member(frame.structure, name.strip_prefix('_').unwrap_or(&name))?;
        (other.element == member.element && other.name != member.name).then_some(other)
    });
    if other.is_none() && !is_again {
        return;
    }
    if let Some(frame) = walk.frame_mut() {
        frame.doubled |= element.bit;
    }
    let Some(other) = other else { return duplicate_key::report(walk, step) };
    let place = Place { step: Some(step), missing: None, offset: step.key.offset() };
    walk.report(&RULE, place, |walk| {
        let [first, second] = [other, member].map(|member| walk.pack.text(member.name));
        format!("expected one type of {}, found both {first} and {second}", walk.pack.text(element.name))
    });
}

/// Whether `name` is meant for a choice but is none of its types; if so, reports it.
pub(super) fn is_wrong_type<'a>(walk: &mut Walk<'a>, key: Key<'a>, name: &str) -> bool {
    let pack = walk.pack;
    let meant = walk.elements_here().iter().find(|element| {
        let choice = pack.text(element.name);
        let rest = choice.strip_suffix("[x]").and_then(|stem| name.strip_prefix(stem));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(|first: char| first.is_ascii_uppercase()))
    });
    let Some(element) = meant else { return false };
    let members = pack.members(element);
    let step = Step { key, member: members.first(), index: None };
    let place = Place { step: Some(step), missing: None, offset: key.offset() };
    walk.report(&RULE, place, |_| {
        let names = members.iter().map(|member| pack.text(member.name));
        format!("{} allows {}, not this", stem(pack.text(element.name)), alternatives(names))
    });
    true
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::super::tests::expect;

    #[test]
    fn one_type_of_a_choice() {
        let input = |value: &str| format!(r#""input":[{{"type":{{"text":"x"}},{value}}}]"#);
        let place = [("choice-type", "Task.input[0].value")];
        let extended = r#"{"extension":[{"url":"http://x","valueCode":"a"}]}"#;
        expect(&input(r#""valueString":"a","valueCode":"b""#), &place);
        expect(&input(&format!(r#""_valueCode":{extended},"valueString":"a""#)), &place);
        expect(&input(&format!(r#""_valueString":{extended},"valueString":"a""#)), &[]);
        expect(&input(&format!(r#""valueString":"a","_valueString":{extended}"#)), &[]);
        expect(&input(r#""valueString":"a","valueString":"b""#), &[("duplicate-key", "Task.input[0].value")]);
    }

    #[test]
    fn a_type_that_is_not_allowed() {
        let payload = |member: &str| {
            format!(
                r#""contained":[{{"resourceType":"Communication","status":"completed","payload":[{{"contentString":"x",{member}}}]}}]"#
            )
        };
        let place = [("choice-type", "Task.contained[0].payload[0].content")];
        expect(&payload(r#""contentCode":"x""#), &place);
        expect(&payload(r#""content":"x""#), &place);
        expect(
            &payload(r#""contents":"x""#),
            &[("unknown-element", "Task.contained[0].payload[0].contents")],
        );
    }
}
