//! A resource says of which type it is, and the type is one of FHIR's.

use alloc::{format, string::String};

use super::{Rule, suggestion};
use crate::{
    json::Value,
    pack::{Kind, Pack, StructureRow},
    validate::{nearest::nearest, path::Place, walk::Walk},
};

pub(super) const RULE: Rule = Rule::error("resource-type", "structure", "R4 JSON, resourceType");

/// The structure of the resource `value`; reports and gives none where there is none.
pub(in crate::validate) fn check<'a>(walk: &mut Walk<'a>, value: Value<'a>) -> Option<&'a StructureRow> {
    let pack = walk.pack;
    let named = value.get("resourceType");
    let name = named.and_then(Value::as_str);
    let structure = name.as_deref().and_then(|name| pack.structure(name));
    if let Some(found) = structure.filter(|row| matches!(row.kind, Kind::Resource | Kind::NamedResource)) {
        return Some(found);
    }
    let place = Place { offset: named.unwrap_or(value).offset(), ..walk.here(value) };
    walk.report(&RULE, place, |walk| {
        let message = match (named, name.as_deref(), structure.map(|row| row.kind)) {
            (None, ..) => "resourceType is missing: a resource names its type there".into(),
            (Some(named), None, _) => format!("resourceType: expected a string, found {}", named.kind()),
            (.., Some(Kind::AbstractResource)) => {
                "resourceType: expected a type that has instances, found an abstract one".into()
            }
            (.., Some(Kind::DataType | Kind::Primitive)) => {
                "resourceType: expected a resource type, found a data type".into()
            }
            (_, Some(name), _) => unknown(pack, name),
        };
        named.map_or(message.clone(), |named| message + &walk.found(named))
    });
    None
}

fn unknown(pack: &Pack, name: &str) -> String {
    let resources =
        pack.structures().iter().filter(|row| matches!(row.kind, Kind::Resource | Kind::NamedResource));
    let meant = nearest(name, resources.map(|row| pack.text(row.name)));
    format!("resourceType: expected a resource type of FHIR R4{}", suggestion(meant))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{expect, issues, report};
    use crate::validate::{Unchecked, UncheckedKind};

    #[test]
    fn only_types_of_fhir() {
        for (text, message) in [
            (r#"{"id":"x"}"#, "is missing"),
            (r#"{"resourceType":1}"#, "found number"),
            (r#"{"resourceType":"task"}"#, "did you mean Task?"),
            (r#"{"resourceType":"DomainResource"}"#, "abstract"),
            (r#"{"resourceType":"HumanName"}"#, "data type"),
            (r#"{"resourceType":"Task.output"}"#, "expected a resource type"),
            (r#"{"resourceType":"constructor"}"#, "expected a resource type"),
            (r#"{"resourceType":"__proto__"}"#, "expected a resource type"),
            (r#"{"resourceType":"toString"}"#, "expected a resource type"),
            (
                r#"{"resourceType":"http://hl7.org/fhir/StructureDefinition/data-absent-reason"}"#,
                "expected a",
            ),
        ] {
            let found = issues(text);
            assert_eq!(
                (found.len(), found[0].0.as_str(), found[0].1.as_str()),
                (1, "resource-type", "$this")
            );
            assert!(found[0].2.contains(message), "{found:?}");
        }
        assert_eq!(issues("null")[0].0, "json-type");
        expect(r#""contained":[{"id":"x"}]"#, &[("resource-type", "Task.contained[0]")]);
    }

    #[test]
    fn a_type_of_another_pack_is_listed_as_unchecked() {
        let report = report(r#"{"resourceType":"Claim","nonsense":1}"#);
        assert!(report.is_valid());
        assert_eq!(report.resource_type.as_deref(), Some("Claim"));
        let expected = Unchecked { kind: UncheckedKind::ResourceType, name: "Claim".into(), count: 1 };
        assert_eq!(report.unchecked, [expected]);
    }
}
