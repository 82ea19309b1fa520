//! The cases of HL7's own validator that need no profile: does ours come to the same verdict?

#![allow(clippy::unwrap_used, reason = "a test that cannot read its material has to fail")]

use std::{collections::BTreeMap, fmt::Write, fs};

use fhir_solicit::{
    fhir::outcome::Severity,
    json::{Document, Value},
    validate::{Options, validate_bytes},
};

mod common;

/// Verdicts that differ or cannot be had here: the case and why.
const WHY: &[(&str, Verdict, &str)] = &[
    (
        "capstmt",
        Disagree,
        "the type of a search parameter is compared with its definition; the packs hold no search parameters",
    ),
    (
        "pat-dob-ext",
        Disagree,
        "R4 lets anybody extend anything: an unknown extension is unchecked, not wrong",
    ),
    (
        "uuid-extension",
        Disagree,
        "R4 lets anybody extend anything: an unknown extension is unchecked, not wrong",
    ),
    (
        "contained-resource-bad-id-ignore",
        Disagree,
        "HL7's validator was told to let the id pass; R4 has it an id of 64 characters at most, without these",
    ),
    (
        "encounter-period",
        Disagree,
        "a day compared with an instant on that day is empty in FHIRPath: unknown, which is no error here",
    ),
    ("obs-mz", NotDecidable, "is about making a snapshot of a profile"),
    ("ext-derived", NotDecidable, "an extension derived from another one, which takes its definition"),
];

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Agree,
    Disagree,
    NotDecidable,
    NeedsProfile,
}
use Verdict::{Agree, Disagree, NeedsProfile, NotDecidable};

#[test]
fn the_verdicts_of_hl7s_validator() {
    let Some(folder) = common::shared().map(|shared| shared.join("hl7-cases")) else { return };
    let cases = Document::parse(fs::read(folder.join("cases.json")).unwrap()).unwrap();
    let pack = common::r4();
    let mut lines = Vec::new();
    let mut counts: BTreeMap<(bool, Verdict), usize> = BTreeMap::new();
    let mut unexplained = Vec::new();
    for case in cases.root().items() {
        let text = |name| case.string(name).unwrap();
        let (name, module) = (text("name"), text("module"));
        let expected = case.get("errors").and_then(Value::as_number) == Some("0");
        let bytes = fs::read(folder.join(&*text("file"))).unwrap();
        let is_profiled = case.get("profile").is_some_and(|profile| profile.as_str().is_some());
        let report = validate_bytes(bytes, &pack, &Options::default());
        let is_same = report.is_valid() == expected;
        let is_questionnaire = module == "questionnaire";
        let why = WHY.iter().find(|(other, ..)| *other == name);
        let verdict = match why {
            _ if is_profiled => NeedsProfile,
            Some((_, verdict, _)) => *verdict,
            None if is_same => Agree,
            None => Disagree,
        };
        *counts.entry((is_questionnaire, verdict)).or_default() += 1;
        let valid = |valid| if valid { "valid" } else { "invalid" };
        let mut line = format!("{module}/{name}: ");
        match verdict {
            Agree => write!(line, "agree, {}", valid(expected)),
            NeedsProfile => write!(line, "needs a profile"),
            Disagree => {
                write!(line, "disagree, {} here and {} there", valid(report.is_valid()), valid(expected))
            }
            NotDecidable => write!(line, "not decidable offline, {} there", valid(expected)),
        }
        .unwrap();
        if let Some((_, _, why)) = why {
            assert!(!is_same, "{name} agrees, yet there is a reason why not");
            write!(line, ": {why}").unwrap();
        } else if verdict == Disagree && is_questionnaire {
            line.push_str(
                ": answers are not compared with their Questionnaire, nor its rules with one another",
            );
        } else if verdict == Disagree {
            let errors = report.issues.iter().filter(|issue| issue.severity != Severity::Warning);
            let errors: Vec<_> = errors.map(|issue| format!("{} {issue}", issue.rule)).collect();
            unexplained.push(format!("{line}\n  {}", errors.join("\n  ")));
        }
        lines.push(line);
    }
    let count =
        |is_questionnaire: bool, verdict| counts.get(&(is_questionnaire, verdict)).copied().unwrap_or(0);
    let mut text = String::new();
    for (name, is_questionnaire) in
        [("Outside the module questionnaire", false), ("In the module questionnaire", true)]
    {
        let [agree, disagree, not, profile] =
            [Agree, Disagree, NotDecidable, NeedsProfile].map(|verdict| count(is_questionnaire, verdict));
        let percent = agree * 100 / (agree + disagree).max(1);
        writeln!(
            text,
            "{name}: agree {agree}, disagree {disagree} ({percent} %), not decidable offline {not}, need a profile {profile}."
        )
        .unwrap();
    }
    text.push('\n');
    lines.sort();
    text.push_str(&lines.join("\n"));
    text.push('\n');
    println!("{text}");
    assert!(unexplained.is_empty(), "without an explanation:\n{}", unexplained.join("\n"));
    common::snapshot("hl7-cases.txt", &text);
}
