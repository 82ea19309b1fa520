//! HL7's own examples are valid: every resource of the package, of every type.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
};

use fhir_solicit::{
    fhir::outcome::Severity,
    validate::{Options, UncheckedKind, validate_bytes},
};

mod common;

/// Examples that are wrong themselves: the rule that finds it, why it is right to, and the files.
const WRONG: &[(&str, &str, &[&str])] = &[
    (
        "invariant",
        "bdl-7: de-Quantity.value and four others occur three times under one fullUrl",
        &["Bundle-dataelements.json"],
    ),
    (
        "invariant",
        "sdf-4: the logical models are neither abstract nor have a base",
        &[
            "StructureDefinition-Definition.json",
            "StructureDefinition-Event.json",
            "StructureDefinition-FiveWs.json",
            "StructureDefinition-Request.json",
        ],
    ),
    ("attachment", "Attachment.hash is no SHA-1 of Attachment.data", &["DiagnosticReport-example-pgx.json"]),
    (
        "cardinality",
        "the build's own description of the guide, without the name and status there must be",
        &["ImplementationGuide-fhir.json", "ig-r4.json"],
    ),
    ("cardinality", "Questionnaire.item.linkId is 1..1 (R4 Questionnaire)", &["Questionnaire-qs1.json"]),
    (
        "cardinality",
        "SearchParameter.base is 1..* (R4 SearchParameter)",
        &[
            "SearchParameter-codesystem-extensions-CodeSystem-author.json",
            "SearchParameter-codesystem-extensions-CodeSystem-effective.json",
            "SearchParameter-codesystem-extensions-CodeSystem-end.json",
            "SearchParameter-codesystem-extensions-CodeSystem-keyword.json",
            "SearchParameter-codesystem-extensions-CodeSystem-workflow.json",
            "SearchParameter-valueset-extensions-ValueSet-author.json",
            "SearchParameter-valueset-extensions-ValueSet-effective.json",
            "SearchParameter-valueset-extensions-ValueSet-end.json",
            "SearchParameter-valueset-extensions-ValueSet-keyword.json",
            "SearchParameter-valueset-extensions-ValueSet-workflow.json",
        ],
    ),
    ("extension", "the nested extension is called uri; its definition calls it url", &["Bundle-hla-1.json"]),
    (
        "extension",
        "translation is defined for string, code and markdown, not for ValueSet.expansion.contains",
        &["Bundle-valueset-expansions.json"],
    ),
    (
        "extension",
        "valueset-concept-comments is defined for ValueSet.compose.include.concept, not for CodeSystem.concept",
        &["Bundle-valuesets.json", "CodeSystem-dicom-dcim.json"],
    ),
    (
        "narrative-target",
        "links to codes that the narrative has no anchor for (HTML 4.01 section 12.2.4)",
        &[
            "Bundle-v3-valuesets.json",
            "CodeSystem-v3-ActCode.json",
            "CodeSystem-v3-ActReason.json",
            "CodeSystem-v3-ActRelationshipType.json",
            "CodeSystem-v3-CalendarCycle.json",
            "CodeSystem-v3-ContextControl.json",
            "CodeSystem-v3-EntityCode.json",
            "CodeSystem-v3-EntityNamePartQualifier.json",
            "CodeSystem-v3-NullFlavor.json",
            "CodeSystem-v3-ObservationInterpretation.json",
            "CodeSystem-v3-RoleCode.json",
            "CodeSystem-v3-RouteOfAdministration.json",
            "CodeSystem-v3-hl7Realm.json",
            "CodeSystem-v3-orderableDrugForm.json",
            "ValueSet-v3-ActCode.json",
            "ValueSet-v3-ActReason.json",
            "ValueSet-v3-ActRelationshipType.json",
            "ValueSet-v3-CalendarCycle.json",
            "ValueSet-v3-ContextControl.json",
            "ValueSet-v3-EntityCode.json",
            "ValueSet-v3-EntityNamePartQualifier.json",
            "ValueSet-v3-NullFlavor.json",
            "ValueSet-v3-ObservationInterpretation.json",
            "ValueSet-v3-RoleCode.json",
            "ValueSet-v3-RouteOfAdministration.json",
            "ValueSet-v3-hl7Realm.json",
            "ValueSet-v3-orderableDrugForm.json",
        ],
    ),
    (
        "narrative",
        "the div is empty (constraint txt-2)",
        &[
            "ActivityDefinition-blood-tubes-supply.json",
            "ActivityDefinition-heart-valve-replacement.json",
            "EventDefinition-example.json",
            "Questionnaire-zika-virus-exposure-assessment.json",
        ],
    ),
    (
        "primitive-format",
        "codes that end with a no-break space (R4 datatypes, code)",
        &["Bundle-v2-valuesets.json", "CodeSystem-v2-0550.json"],
    ),
    (
        "primitive-format",
        "an id of 67 characters (R4 datatypes, id: 64 at most)",
        &["SearchParameter-questionnaireresponse-extensions-QuestionnaireResponse-item-subject.json"],
    ),
    (
        "reference-target",
        "a reference to a type that the element does not allow",
        &[
            "DeviceMetric-example.json",
            "DeviceUseStatement-example.json",
            "MedicationRequest-medrx0301.json",
            "Observation-clinical-gender.json",
        ],
    ),
    (
        "search-parameter",
        "types other than the definitions give them (R4 CapabilityStatement.rest.resource.searchParam.type)",
        &[
            "CapabilityStatement-knowledge-repository.json",
            "CapabilityStatement-measure-processor.json",
            "CapabilityStatement-terminology-server.json",
        ],
    ),
];

#[test]
fn every_example_is_valid() {
    let Some(folder) = common::definitions() else { return };
    let pack = common::r4();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut advice: BTreeMap<String, usize> = BTreeMap::new();
    let mut unchecked: BTreeMap<(UncheckedKind, String), u32> = BTreeMap::new();
    let mut wrong: BTreeMap<(&str, &str), BTreeSet<String>> = BTreeMap::new();
    let mut unexpected = Vec::new();
    for (file, path) in common::json_files(&folder) {
        // The package's own description aside.
        if !file.contains('-') {
            continue;
        }
        let options = Options { max_issues: 100_000, ..Options::default() };
        let report = validate_bytes(fs::read(&path).unwrap(), &pack, &options);
        *counts.entry(report.resource_type.unwrap()).or_default() += 1;
        for one in report.unchecked {
            *unchecked.entry((one.kind, one.name)).or_default() += one.count;
        }
        for issue in report.issues {
            if !matches!(issue.severity, Severity::Error | Severity::Fatal) {
                *advice.entry(issue.rule.into_owned()).or_default() += 1;
                continue;
            }
            match WRONG.iter().find(|(rule, _, files)| *rule == issue.rule && files.contains(&&*file)) {
                Some((rule, reason, _)) => {
                    wrong.entry((rule, reason)).or_default().insert(file.clone());
                }
                None => unexpected.push(format!("{file}:{issue} ({})", issue.rule)),
            }
        }
    }
    assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));

    let total: usize = counts.values().sum();
    let faulty: BTreeSet<_> = wrong.values().flatten().collect();
    let mut text = format!(
        "Official examples of R4: {total} of {} types, {} without an error.\n\nWrong themselves, by rule and reason.\n\n",
        counts.len(),
        total - faulty.len()
    );
    for ((rule, reason), files) in &wrong {
        writeln!(text, "{rule}: {reason}").unwrap();
        for file in files {
            writeln!(text, "  {file}").unwrap();
        }
    }
    text.push_str("\nWarnings and advice, by rule.\n\n");
    for (rule, count) in &advice {
        writeln!(text, "{rule} {count}").unwrap();
    }
    text.push_str("\nBy type.\n\n");
    for (resource_type, count) in &counts {
        writeln!(text, "{resource_type} {count}").unwrap();
    }
    text.push_str("\nNot decided in them, and how often it would have applied.\n\n");
    for ((kind, name), count) in &unchecked {
        writeln!(text, "{} {name} {count}", kind.name()).unwrap();
    }
    common::snapshot("official-examples.txt", &text);
}
