//! The cases of HL7's own validator: does ours come to the same verdict?

#![allow(clippy::unwrap_used, reason = "a test that cannot read its material has to fail")]

use std::{collections::BTreeMap, fmt::Write, fs, path::Path};

use fhir_solicit::{
    fhir::outcome::Severity,
    json::{Document, Value},
    pack::{Draft, Pack},
    validate::{Options, validate_bytes},
};
use fhir_solicit_compiler::{Definitions, compile_guide, is_xml, xml_to_json};

mod common;

/// Verdicts that differ or cannot be had here: the case and why.
const WHY: &[(&str, Verdict, &str)] = &[
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
        "res-inv-example-good (profile)",
        Disagree,
        "the profile on the target of a reference was not given: unchecked here, wrong there",
    ),
    ("obs-mz", NotDecidable, "is about making a snapshot of a profile"),
    ("ext-derived", NotDecidable, "an extension derived from another one, which takes its definition"),
    (
        "nested-questionnaire-nested-valueset",
        Disagree,
        "R4 lets anybody extend anything: an unknown extension is unchecked, not wrong",
    ),
    (
        "choice-invalid-type-qr",
        Disagree,
        "R4 has answers to a choice be codings, unless an option is something else",
    ),
    (
        "quantity-qr",
        Disagree,
        "quantities in the same words of unit are compared here; HL7's validator wants a code of the unit",
    ),
    (
        "quantity-units-not-in-value-set-qr",
        NotDecidable,
        "the value set of units takes a terminology server to expand",
    ),
];

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Agree,
    Disagree,
    NotDecidable,
}
use Verdict::{Agree, Disagree, NotDecidable};

#[test]
fn the_verdicts_of_hl7s_validator() {
    let Some(folder) = common::shared().map(|shared| shared.join("hl7-cases")) else { return };
    let cases = Document::parse(fs::read(folder.join("cases.json")).unwrap()).unwrap();
    let r4 = common::r4();
    let base = r4.to_draft();
    let mut lines = Vec::new();
    let mut counts: BTreeMap<(bool, Verdict), usize> = BTreeMap::new();
    let mut unexplained = Vec::new();
    for case in cases.root().items() {
        let text = |name| case.string(name).unwrap();
        let (name, module) = (text("name"), text("module"));
        let expected = case.get("errors").and_then(Value::as_number) == Some("0");
        let bytes = fs::read(folder.join(&*text("file"))).unwrap();
        let profile = case.string("profile");
        let given = case.list("supporting").chain(case.get("profile")).filter_map(Value::as_str);
        let pack = given.into_iter().fold(None, |pack: Option<Given>, file| {
            let mut pack = pack.unwrap_or_default();
            pack.add(&folder, &file, &base);
            Some(pack)
        });
        let profiles = profile.map(|file| url(&read(&folder.join(&*file), &base))).into_iter().collect();
        let joined = pack.map(|given| r4.join(&given.compile(&base)));
        let options = Options { profiles, ..Options::default() };
        let report = validate_bytes(bytes, joined.as_ref().unwrap_or(&r4), &options);
        let is_same = report.is_valid() == expected;
        let is_questionnaire = module == "questionnaire";
        let why = WHY.iter().find(|(other, ..)| *other == name);
        let verdict = match why {
            Some((_, verdict, _)) => *verdict,
            None if is_same => Agree,
            None => Disagree,
        };
        *counts.entry((is_questionnaire, verdict)).or_default() += 1;
        let valid = |valid| if valid { "valid" } else { "invalid" };
        let mut line = format!("{module}/{name}: ");
        match verdict {
            Agree => write!(line, "agree, {}", valid(expected)),
            Disagree => {
                write!(line, "disagree, {} here and {} there", valid(report.is_valid()), valid(expected))
            }
            NotDecidable => write!(line, "not decidable offline, {} there", valid(expected)),
        }
        .unwrap();
        if let Some((_, _, why)) = why {
            assert!(!is_same, "{name} agrees, yet there is a reason why not");
            write!(line, ": {why}").unwrap();
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
        let [agree, disagree, not] =
            [Agree, Disagree, NotDecidable].map(|verdict| count(is_questionnaire, verdict));
        let percent = agree * 100 / (agree + disagree).max(1);
        writeln!(
            text,
            "{name}: agree {agree}, disagree {disagree} ({percent} %), not decidable offline {not}."
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

/// What a case was given beside the resource.
#[derive(Default)]
struct Given {
    definitions: Definitions,
    questionnaires: BTreeMap<String, String>,
}

impl Given {
    fn add(&mut self, folder: &Path, file: &str, base: &Draft) {
        let json = read(&folder.join(file), base);
        self.definitions.add(file, json.as_bytes()).unwrap();
        let document = Document::parse(json.as_str()).unwrap();
        if document.root().string("resourceType").as_deref() == Some("Questionnaire") {
            self.questionnaires.insert(url(&json), json);
        }
    }

    fn compile(self, base: &Draft) -> Pack {
        let mut compiled = compile_guide(&self.definitions, base, "case", "HL7");
        compiled.draft.questionnaires = self.questionnaires;
        Pack::read(compiled.draft.to_bytes().unwrap()).unwrap()
    }
}

/// The resource in a file, as JSON.
fn read(file: &Path, base: &Draft) -> String {
    let text = fs::read_to_string(file).unwrap();
    if is_xml(text.as_bytes()) { xml_to_json(&text, base).unwrap() } else { text }
}

fn url(json: &str) -> String {
    Document::parse(json).unwrap().root().string("url").unwrap().into_owned()
}
