//! A reference leads to a resource of an allowed type, as far as its text tells.

use alloc::format;

use super::{Rule, alternatives, bundle, contained};
use crate::{
    fhir::Target,
    json::Value,
    pack::{Kind, MemberRow, Pack, Role, StructureRow},
    validate::walk::Walk,
};

pub(super) const RULE: Rule =
    Rule::error("reference-target", "value", "R4 references, Reference(type) and Reference.type");

/// Checks a Reference; whether it leads somewhere, if it is one into the resource around it (constraint ref-1).
pub(in crate::validate) fn check<'a>(
    walk: &mut Walk<'a>,
    value: Value<'a>,
    structure: &StructureRow,
    member: &MemberRow,
) -> bool {
    if structure.role != Role::Reference {
        return true;
    }
    let pack = walk.pack;
    let [text, declared] = value.get_each([b"reference", b"type"]);
    let text = text.and_then(Value::as_str);
    let target = text.as_deref().map(Target::parse);
    let mut leads_somewhere = true;
    let named_type = match target {
        Some(Target::Literal(literal)) => resource(pack, literal.resource_type),
        _ => None,
    };
    if let Some(Target::Literal(literal)) = target
        && literal.base.is_none()
        && named_type.is_none()
    {
        walk.report(&RULE, walk.here(value), |_| {
            "the reference names a resource type that FHIR R4 does not have".into()
        });
        return true;
    }
    let pointed = target.and_then(|target| match target {
        Target::Literal(literal) => {
            bundle::check_version(walk, literal, value);
            named_type
        }
        Target::Contained("") => walk.container().and_then(|container| named(pack, container.value?)),
        Target::Contained(id) => {
            let found = contained::look_up(walk, id);
            leads_somewhere = found.is_some();
            found.and_then(|one| one.of.or_else(|| named(pack, one.resource)))
        }
        // A conditional reference, as transactions have: `Patient?identifier=…`.
        Target::Other(text) => text.split_once('?').and_then(|(name, _)| resource(pack, name)),
        Target::Urn(urn) => bundle::resolve_urn(walk, urn, value),
    });
    let declared = declared.and_then(Value::as_str).and_then(|name| resource(pack, &name));
    if let (Some(pointed), Some(declared)) = (pointed, declared)
        && pointed.id != declared.id
    {
        walk.report(&RULE, walk.here(value), |_| {
            let [pointed, declared] = [pointed, declared].map(|row| pack.text(row.name));
            format!("Reference.type says {declared}, the reference leads to {pointed}")
        });
    }
    if let Some(found) = pointed.or(declared)
        && !member.targets.is_empty()
        && pack.targets(member).all(|target| target.id != found.id)
    {
        walk.report(&RULE, walk.here(value), |_| {
            let allowed = alternatives(pack.targets(member).map(|target| pack.text(target.name)));
            format!("expected a reference to {allowed}, found one to {}", pack.text(found.name))
        });
    }
    leads_somewhere
}

fn resource<'p>(pack: &'p Pack, name: &str) -> Option<&'p StructureRow> {
    pack.structure(name).filter(|row| matches!(row.kind, Kind::Resource | Kind::NamedResource))
}

fn named<'p>(pack: &'p Pack, value: Value<'_>) -> Option<&'p StructureRow> {
    resource(pack, &value.string("resourceType")?)
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String};

    use super::super::tests::{expect, issues, task};

    const FOR: [(&str, &str); 1] = [("reference-target", "Task.owner")];

    fn owner(reference: &str) -> String {
        format!(r#""owner":{{"reference":"{reference}"}}"#)
    }

    #[test]
    fn targets_by_what_the_text_says() {
        for good in [
            "Organization/1",
            "https://h/fhir/Patient/1/_history/2",
            "urn:uuid:x",
            "http://h/x",
            "Organization?name=x",
            "http://h/Foo/1",
        ] {
            expect(&owner(good), &[]);
        }
        for bad in ["Task/1", "https://h/fhir/Task/1/_history/2", "Task?status=draft", "#", "Foo/1"] {
            expect(&owner(bad), &FOR);
        }
        expect(r#""focus":{"reference":"Claim/1"}"#, &[]);
        expect(r#""owner":{"type":"Claim","display":"x"}"#, &FOR);
    }

    #[test]
    fn contained_targets_have_a_type_too() {
        let contained = r##","contained":[{"resourceType":"Organization","id":"o","name":"x"},
            {"resourceType":"Binary","id":"b","contentType":"a/b"}],
            "focus":{"reference":"#o"},"for":{"reference":"#b"}"##;
        expect(&(owner("#o") + contained), &[]);
        expect(&(owner("#b") + contained), &FOR);
        // In an entry of a Bundle the entry's resource is the container.
        let bundle = |id: &str| {
            let task = task(&(owner(id) + contained));
            format!(r#"{{"resourceType":"Bundle","type":"collection","entry":[{{"resource":{task}}}]}}"#)
        };
        assert_eq!(issues(&bundle("#o")), []);
        assert_eq!(issues(&bundle("#b"))[0].1, "Bundle.entry[0].resource.owner");
    }

    #[test]
    fn the_declared_type_agrees() {
        let typed = |name: &str| format!(r#""owner":{{"reference":"Patient/1","type":"{name}"}}"#);
        expect(&typed("Patient"), &[]);
        expect(&typed("Organization"), &FOR);
        expect(&typed("http://example.org/x"), &[("extensible-binding", "Task.owner.type")]);
    }
}
