//! US Core 7.0.0, compiled from the package that a user would load: its own examples against its profiles.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its material has to fail")]

use std::{collections::BTreeMap, fmt::Write, fs, io::Read};

use fhir_solicit::{
    fhir::outcome::Severity,
    json::Document,
    pack::Pack,
    validate::{Options, validate_bytes},
};
use fhir_solicit_compiler::{Definitions, compile_guide};

mod common;

const PACKAGE: &str = "packages/hl7.fhir.us.core-7.0.0.tgz";

#[test]
fn its_examples_keep_its_profiles() {
    let Some(file) = common::shared().map(|shared| shared.join(PACKAGE)) else { return };
    let archive = fs::read(file).unwrap();
    let mut definitions = Definitions::default();
    definitions.add_archive(PACKAGE, &archive).unwrap();
    let r4 = common::r4();
    let compiled = compile_guide(&definitions, &r4.to_draft(), "us-core", "hl7.fhir.us.core 7.0.0");
    let pack = r4.join(&Pack::read(compiled.draft.to_bytes().unwrap()).unwrap());

    let mut text = String::new();
    let (mut valid, mut examples) = (0, examples(&archive));
    examples.sort();
    let mut unchecked: BTreeMap<String, u32> = BTreeMap::new();
    for (name, json) in &examples {
        let document = Document::parse(json.as_slice()).unwrap();
        let member = |name| document.root().string(name).unwrap_or_default();
        let of = format!("{}/{}", member("resourceType"), member("id"));
        // Where an example claims nothing, the guide says what it is an example of.
        let profiles = definitions.examples().get(&of).cloned().into_iter().collect();
        let report = validate_bytes(json.as_slice(), &pack, &Options { profiles, ..Options::default() });
        valid += usize::from(report.is_valid());
        for issue in report.issues.iter().filter(|issue| issue.severity == Severity::Error) {
            writeln!(text, "{name}: {} {issue}", issue.rule).unwrap();
        }
        for one in report.unchecked {
            *unchecked.entry(format!("{} {}", one.kind.name(), one.name)).or_default() += one.count;
        }
    }
    let profiles = compiled.draft.profiles.len();
    let mut head =
        format!("{profiles} profiles; {valid} of {} examples keep what they claim.\n", examples.len());
    for error in &compiled.left_out {
        writeln!(head, "left out: {error}").unwrap();
    }
    for url in &compiled.missing {
        writeln!(head, "not given: {url}").unwrap();
    }
    text.push_str("\nNot checked, and how often:\n");
    for (name, count) in &unchecked {
        writeln!(text, "{name} {count}").unwrap();
    }
    println!("{head}");
    common::snapshot("us-core.txt", &format!("{head}{text}"));
}

/// The examples in a package, by file name.
fn examples(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(archive));
    let mut found = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_string_lossy().into_owned();
        // What the publisher of guides notes about itself is no resource.
        let is_note = |name: &str| name.starts_with('.') || name.starts_with("ig-r4");
        let name = path.strip_prefix("package/example/").and_then(|name| name.strip_suffix(".json"));
        let Some(name) = name.filter(|name| !is_note(name)).map(ToOwned::to_owned) else { continue };
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        found.push((name, bytes));
    }
    found
}
