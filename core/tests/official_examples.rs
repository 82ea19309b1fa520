//! HL7's own examples are valid.

use std::{collections::BTreeMap, fmt::Write, fs};

use fhir_solicit::{
    fhir::outcome::Severity,
    pack::Pack,
    validate::{Options, UncheckedKind, validate_bytes},
};

mod common;

/// Examples that are wrong themselves: file, rule that finds it, and what the specification says.
const WRONG: &[(&str, &str, &str)] = &[(
    "Bundle-dataelements.json",
    "invariant",
    "bdl-7: de-Quantity.value and four others occur three times under one fullUrl",
)];

#[test]
fn every_example_of_the_types_in_the_pack_is_valid() {
    let Some(folder) = common::definitions() else { return };
    let pack = Pack::exchange();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut unchecked: BTreeMap<(UncheckedKind, String), u32> = BTreeMap::new();
    let mut warnings: BTreeMap<String, u32> = BTreeMap::new();
    let mut unexpected = Vec::new();
    for (file, path) in common::json_files(&folder) {
        // Most files are definitions; the name begins with the type.
        if !file.split_once('-').is_some_and(|(resource_type, _)| pack.has_type(resource_type)) {
            continue;
        }
        let report = validate_bytes(fs::read(&path).unwrap(), pack, &Options::default());
        *counts.entry(report.resource_type.unwrap()).or_default() += 1;
        for one in report.unchecked {
            *unchecked.entry((one.kind, one.name)).or_default() += one.count;
        }
        for issue in report.issues {
            if issue.severity == Severity::Warning {
                let (key, _) = issue.message.split_once(" does not hold").unwrap_or((&issue.rule, ""));
                *warnings.entry(key.to_owned()).or_default() += 1;
            } else if !WRONG.iter().any(|(wrong, rule, _)| *wrong == file && *rule == issue.rule) {
                unexpected.push(format!("{file}:{issue}"));
            }
        }
    }
    assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
    let mut text = String::from("Official examples validated without an error, by type.\n\n");
    for (resource_type, count) in &counts {
        writeln!(text, "{resource_type} {count}").unwrap();
    }
    writeln!(text, "total {}\n\nWarnings.\n", counts.values().sum::<usize>()).unwrap();
    for (rule, count) in &warnings {
        writeln!(text, "{rule} {count}").unwrap();
    }
    text.push_str("\nErrors in examples that are wrong.\n\n");
    for (file, rule, reason) in WRONG {
        writeln!(text, "{file} {rule}: {reason}").unwrap();
    }
    writeln!(text, "\nNot decided in them, and how often it would have applied.\n").unwrap();
    for ((kind, name), count) in &unchecked {
        writeln!(text, "{} {name} {count}", kind.name()).unwrap();
    }
    common::snapshot("official-examples.txt", &text);
}
