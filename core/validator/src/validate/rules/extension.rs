//! An extension says what it is, and is what its definition says.
//!
//! A known extension is walked as its definition, so that types, cardinalities, bindings and
//! constraints come from there; here is what else a definition says. An unknown one is listed as
//! unchecked: R4 lets anybody extend anything.

use alloc::{format, vec::Vec};

use super::{Rule, alternatives, suggestion};
use crate::{
    fhir::outcome::Severity,
    json::Value,
    pack::{ElementRow, Kind, Pack, StructureRow},
    validate::{
        formats::is_absolute,
        nearest::nearest,
        path::Place,
        walk::{Frame, Walk},
    },
};

pub(super) const RULE: Rule = Rule::error("extension", "extension", "R4 extensibility, Extension.url");

pub(super) const MODIFIER: Rule = Rule {
    severity: Severity::Warning,
    ..Rule::error("modifier-extension", "extension", "R4 extensibility, modifierExtension")
};

/// The structure to walk the extension `value` as: its definition, where the pack has it.
pub(in crate::validate) fn resolve<'a>(
    walk: &mut Walk<'a>,
    value: Value<'a>,
    general: &'a StructureRow,
) -> &'a StructureRow {
    let pack = walk.pack;
    let Some(url) = value.string("url") else { return general };
    let place = walk.here(value);
    if let Some(nested) = walk.frame().and_then(|frame| nested(pack, frame.structure)) {
        if let Some(member) = pack.member(nested, &url) {
            return pack.structure_at(member.structure);
        }
        if !is_absolute(&url) {
            walk.report(&RULE, place, |_| {
                let names = || pack.elements(nested).iter().map(|element| pack.text(element.name));
                let (known, meant) = (alternatives(names()), nearest(&url, names()));
                format!("expected a nested extension called {known}, found another{}", suggestion(meant))
            });
            return general;
        }
    }
    let is_modifier = place.step.is_some_and(|step| step.key.is("modifierExtension"));
    let definition = pack.structure(&url).filter(|row| is_definition(row));
    let is_nested = walk.frame().is_some_and(|frame| is_extension(pack, frame.structure));
    let Some(definition) = definition else {
        if !is_nested {
            unknown(walk, &url, is_modifier, place);
        }
        return general;
    };
    if is_modifier != (definition.kind == Kind::ModifierExtension) {
        walk.report(&RULE, place, |_| {
            let [right, wrong] = ["modifierExtension", "extension"];
            let (right, wrong) = if is_modifier { (wrong, right) } else { (right, wrong) };
            format!("{} stands in {right}, not in {wrong}", pack.text(definition.name))
        });
    }
    check_context(walk, definition, place);
    definition
}

fn unknown<'a>(walk: &mut Walk<'a>, url: &str, is_modifier: bool, place: Place<'a>) {
    if !is_absolute(url) {
        walk.report(&RULE, place, |_| {
            "expected an absolute url that tells what the extension is, found a relative one".into()
        });
    } else if is_modifier {
        walk.report(&MODIFIER, place, |_| {
            "the definition of this modifier extension is not known here; what it stands in must not be \
             used by whoever does not know it"
                .into()
        });
    }
    walk.tally.extension(url);
}

/// An extension stands where its definition allows.
fn check_context<'a>(walk: &mut Walk<'a>, definition: &StructureRow, place: Place<'a>) {
    let pack = walk.pack;
    let Some(contexts) = narrowed(pack, definition, "url") else { return };
    let is_here = |context: &ElementRow| {
        let mut rest = pack.text(context.name);
        if rest == "Element" {
            return true;
        }
        for frame in walk.frames() {
            if is_a(pack, frame, rest) {
                return true;
            }
            let element = frame.member.map(|member| pack.element(member));
            let above = element.and_then(|element| rest.strip_suffix(pack.text(element.name)));
            let Some(above) = above.and_then(|rest| rest.strip_suffix('.')) else { return false };
            rest = above;
        }
        false
    };
    if !pack.elements(contexts).iter().any(is_here) {
        walk.report(&RULE, place, |_| {
            let contexts = alternatives(pack.elements(contexts).iter().map(|one| pack.text(one.name)));
            format!("{} is defined for {contexts}, not for this", pack.text(definition.name))
        });
    }
}

fn is_a(pack: &Pack, frame: &Frame<'_>, name: &str) -> bool {
    let structure = frame.structure;
    match name {
        "Resource" => structure.kind == Kind::Resource,
        "DomainResource" => structure.kind == Kind::Resource && pack.member(structure, "contained").is_some(),
        "BackboneElement" => structure.kind == Kind::Backbone,
        "Extension" => is_extension(pack, structure),
        name => pack.text(structure.name) == name,
    }
}

/// Of the innermost object, a known extension, the extensions it is made of: as many as there must
/// be, no more than there may be.
pub(in crate::validate) fn check_nested(walk: &mut Walk<'_>) {
    let Some(frame) = walk.frame() else { return };
    let (pack, value) = (walk.pack, frame.value);
    let Some(nested) = nested(pack, frame.structure) else { return };
    let elements = pack.elements(nested);
    let mut counts: Vec<u32> = alloc::vec![0; elements.len()];
    for url in value.list("extension").filter_map(|one| one.string("url")) {
        if let Some(member) = pack.member(nested, &url) {
            counts[(member.element - nested.elements.start) as usize] += 1;
        }
    }
    for (element, count) in elements.iter().zip(counts) {
        if !(element.min..=element.max).contains(&count) {
            let place = Place { step: None, missing: None, offset: value.offset() };
            walk.report(&RULE, place, |_| {
                let (bound, limit) =
                    if count < element.min { ("least", element.min) } else { ("most", element.max) };
                let name = pack.text(element.name);
                format!("expected at {bound} {limit} of the nested extension {name}, found {count}")
            });
        }
    }
}

fn is_definition(structure: &StructureRow) -> bool {
    matches!(structure.kind, Kind::Extension | Kind::ModifierExtension)
}

fn is_extension(pack: &Pack, structure: &StructureRow) -> bool {
    is_definition(structure) || pack.text(structure.name) == "Extension"
}

/// What the extension `structure` is made of, where it is known.
fn nested<'p>(pack: &'p Pack, structure: &StructureRow) -> Option<&'p StructureRow> {
    if is_definition(structure) { narrowed(pack, structure, "extension") } else { None }
}

/// What a definition says beyond the type of its element `name`.
fn narrowed<'p>(pack: &'p Pack, definition: &StructureRow, name: &str) -> Option<&'p StructureRow> {
    pack.targets(pack.member(definition, name)?).next()
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String};

    use super::super::tests::{expect, r4_issues, report};
    use crate::validate::{Unchecked, UncheckedKind};

    const BASE: &str = "http://hl7.org/fhir/StructureDefinition";

    /// The rules and places broken by a Patient with these members.
    fn patient(members: &str) -> String {
        let found = r4_issues(&format!(r#"{{"resourceType":"Patient",{members}}}"#));
        found.iter().flat_map(|(rule, place, _)| [rule, " ", place, ";"]).collect()
    }

    #[test]
    fn urls_are_absolute_and_unknown_ones_are_listed() {
        let owner = |url: &str| {
            format!(r#""owner":{{"display":"x","extension":[{{"url":"{url}","valueCode":"a"}}]}}"#)
        };
        expect(&owner("race"), &[("extension", "Task.owner.extension[0]")]);
        expect(&owner("urn:oid:1.2"), &[]);
        let report = report(&super::super::tests::task(&owner("http://example.org/x")));
        let name = "http://example.org/x".into();
        assert!(report.unchecked.contains(&Unchecked { kind: UncheckedKind::Extension, name, count: 1 }));
        let modifier = r#""modifierExtension":[{"url":"http://x.org","valueCode":"a"}]"#;
        expect(modifier, &[("modifier-extension", "Task.modifierExtension[0]")]);
    }

    #[test]
    fn known_ones_are_what_their_definition_says() {
        let extended =
            |url: &str, rest: &str| patient(&format!(r#""extension":[{{"url":"{BASE}/{url}",{rest}}}]"#));
        assert_eq!(extended("patient-mothersMaidenName", r#""valueString":"x""#), "");
        assert_eq!(
            extended("patient-mothersMaidenName", r#""valueCode":"x""#),
            "cardinality Patient.extension[0].value;choice-type Patient.extension[0].value;"
        );
        assert_eq!(
            extended("humanname-mothers-family", r#""valueString":"x""#),
            "extension Patient.extension[0];"
        );
        let code = r#"{"url":"code","valueCodeableConcept":{"text":"x"}}"#;
        assert_eq!(extended("patient-nationality", &format!(r#""extension":[{code}]"#)), "");
        assert_eq!(
            extended("patient-nationality", &format!(r#""extension":[{code},{code}]"#)),
            "extension Patient.extension[0];"
        );
        assert_eq!(
            extended("patient-nationality", r#""extension":[{"url":"cod","valueCode":"x"}]"#),
            "extension Patient.extension[0].extension[0];"
        );
        assert_eq!(
            extended("patient-nationality", r#""valueCode":"x""#),
            "unknown-element Patient.extension[0].valueCode;"
        );
    }

    #[test]
    fn contexts_go_by_path_and_by_type() {
        let name = |url: &str, at: &str| {
            patient(&format!(
                r#""name":[{{"family":"x",{at}:{{"extension":[{{"url":"{BASE}/{url}","valueString":"x"}}]}}}}]"#
            ))
        };
        assert_eq!(name("humanname-own-name", r#""_family""#), "");
        assert_eq!(name("humanname-own-name", r#""_text""#), "extension Patient.name[0].text.extension[0];");
    }

    #[test]
    fn a_modifier_stands_with_the_modifiers() {
        let modifier = |member: &str| {
            let url = "http://hl7.org/fhir/StructureDefinition/condition-assertedDate";
            r4_issues(&format!(
                r#"{{"resourceType":"Condition","subject":{{"display":"x"}},"{member}":[{{"url":"{url}","valueDateTime":"2024"}}]}}"#
            ))
        };
        assert_eq!(modifier("extension"), []);
        assert_eq!(modifier("modifierExtension")[0].0, "extension");
    }
}
