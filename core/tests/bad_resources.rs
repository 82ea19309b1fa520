//! Resources with one known defect each, and unusual ones that are valid.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot read its material has to fail"
)]

use std::{collections::BTreeMap, fmt::Write, fs, path::Path};

use fhir_solicit::{
    fhir::outcome::Severity,
    json::{Document, Value},
    pack::Pack,
    validate::{Issue, Options, Report, validate_bytes},
};

mod common;

/// Where the specification leaves room: what is made of it here, and why.
const WHY: &[(&str, &str)] = &[
    ("bom.json", "RFC 8259 section 8.1 allows a reader to ignore a byte order mark"),
    ("contained-without-id.json", "dom-3 passes it over, and no rule asks a contained resource for an id"),
    (
        "ext-array-longer.json",
        "R4 JSON has the two arrays pair up, and an item without its primitive has null there",
    ),
    ("narrative-javascript-href.json", "R4 bans no schemes; it is a warning, since such a link acts"),
    (
        "period-mixed-precision.json",
        "`start <= end` gives nothing in FHIRPath, and only true meets a constraint",
    ),
    ("uppercase-uuid.json", "the expression that R4 gives for uuid has lower case only"),
    (
        "whitespace-string.json",
        "R4 says that a string should not be so, and its expression for string allows it",
    ),
    ("year-0000.json", "the expression that R4 gives for dateTime begins with the year 0001"),
];

fn report(folder: &Path, case: Value<'_>, pack: &Pack) -> Report {
    let file = case.string("file").unwrap();
    let bytes = fs::read(folder.join(&*file)).unwrap();
    validate_bytes(bytes, pack, &Options::default())
}

/// Whether `issue` is about `path`: the names of JSON with a root, or `[x]` for a choice; `$` is
/// the whole.
fn is_at(issue: &Issue, path: &str) -> bool {
    let root = path.split('.').next().unwrap_or_default();
    let by_pointer = issue.pointer.split('/').skip(1).fold(root.to_owned(), |path, token| {
        if token.bytes().all(|byte| byte.is_ascii_digit()) {
            format!("{path}[{token}]")
        } else {
            format!("{path}.{token}")
        }
    });
    let is_whole = path == "$" && issue.pointer.is_empty();
    is_whole || by_pointer == path || issue.expression == path.replace("[x]", "")
}

#[test]
fn defects_are_found_where_they_are_and_valid_resources_pass() {
    let Some(folder) = common::shared().map(|shared| shared.join("bad-resources")) else { return };
    let index = Document::parse(fs::read(folder.join("index.json")).unwrap()).unwrap();
    let text = [("exchange", Pack::exchange()), ("r4", &common::r4())]
        .map(|(name, pack)| format!("With the pack {name}\n\n{}", findings(&folder, &index, pack)));
    common::snapshot("bad-resources.txt", &text.join("\n"));
}

/// What `pack` says to all of them, as text.
fn findings(folder: &Path, index: &Document, pack: &Pack) -> String {
    // By class: cases, found at the path, and lines for those that were not.
    let mut classes: BTreeMap<String, (usize, usize, Vec<String>)> = BTreeMap::new();
    let (mut valid, mut rejected, mut ambiguous) = (0, Vec::new(), Vec::new());
    for case in index.root().items() {
        let file = case.string("file").unwrap();
        let (kind, name) = file.split_once('/').unwrap();
        let report = report(folder, case, pack);
        let errors = report.issues.iter().filter(|issue| issue.severity != Severity::Warning);
        let issues: Vec<String> =
            errors.map(|issue| format!("{} {}", issue.rule, issue.expression)).collect();
        match kind {
            "valid" => {
                valid += 1;
                if !report.is_valid() {
                    rejected.push(format!("{name}: {issues:?}"));
                }
            }
            "ambiguous" => {
                let (_, why) = WHY.iter().find(|(other, _)| *other == name).expect("a reason");
                let verdict = if report.is_valid() { "accepted".to_owned() } else { issues.join(", ") };
                ambiguous.push(format!("{name}: {verdict}: {why}"));
            }
            _ => {
                let class = classes.entry(case.string("class").unwrap().into_owned()).or_default();
                let path = case.pointer("/expect/path").unwrap().as_str().unwrap();
                class.0 += 1;
                if report.issues.iter().any(|issue| is_at(issue, &path)) {
                    class.1 += 1;
                } else if report.is_valid() {
                    let unchecked =
                        report.unchecked.iter().map(|one| format!("{} {}", one.kind.name(), one.name));
                    let unchecked: Vec<String> = unchecked.collect();
                    class.2.push(format!("{name}: not found; unchecked: {}", unchecked.join(", ")));
                } else {
                    class.2.push(format!("{name}: expected at {path}, found {}", issues.join(", ")));
                }
            }
        }
    }
    assert!(rejected.is_empty(), "valid resources were rejected:\n{}", rejected.join("\n"));

    let (all, found) = classes.values().fold((0, 0), |sum, class| (sum.0 + class.0, sum.1 + class.1));
    let mut text = format!("Valid resources accepted: {valid} of {valid}.\n");
    writeln!(text, "Defects found at their path: {found} of {all}. By class:\n").unwrap();
    for (class, (all, found, missed)) in &classes {
        writeln!(text, "{class} {found} of {all}").unwrap();
        for line in missed {
            writeln!(text, "  {line}").unwrap();
        }
    }
    text.push_str("\nWhere the specification leaves room:\n\n");
    for line in &ambiguous {
        writeln!(text, "{line}").unwrap();
    }
    text
}
