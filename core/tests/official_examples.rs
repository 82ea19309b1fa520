//! HL7's own examples are valid: every resource of the package, of every type.

use std::{collections::BTreeMap, fmt::Write, fs};

use fhir_solicit::{
    pack::Pack,
    validate::{Options, UncheckedKind, validate_bytes},
};

mod common;

/// Examples that are wrong themselves: rule that finds it, why it is right to, and the files.
const WRONG: &[(&str, &str, &[&str])] = &[];

#[test]
fn every_example_is_valid() {
    let Some(folder) = common::definitions() else { return };
    let pack = common::r4();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut warnings: BTreeMap<String, usize> = BTreeMap::new();
    let mut unchecked: BTreeMap<(UncheckedKind, String), u32> = BTreeMap::new();
    let mut unexpected = Vec::new();
    for (file, path) in common::json_files(&folder) {
        if !file.contains('-') {
            continue;
        }
        let report = validate_bytes(fs::read(&path).unwrap(), &pack, &Options::default());
        *counts.entry(report.resource_type.unwrap()).or_default() += 1;
        for one in report.unchecked {
            *unchecked.entry((one.kind, one.name)).or_default() += one.count;
        }
        for issue in report.issues {
            if !matches!(
                issue.severity,
                fhir_solicit::fhir::outcome::Severity::Error | fhir_solicit::fhir::outcome::Severity::Fatal
            ) {
                *warnings.entry(format!("{} {}", issue.rule, issue.message)).or_default() += 1;
                continue;
            }
            if !WRONG.iter().any(|(rule, _, files)| files.contains(&&*file) && *rule == issue.rule) {
                unexpected.push(format!("{file}:{} {issue}", issue.rule));
            }
        }
    }
    std::fs::write("/tmp/unexpected.txt", unexpected.join("\n")).unwrap();
    println!("{} unexpected, {counts:?}", unexpected.len());
    println!("{warnings:#?}");
}
