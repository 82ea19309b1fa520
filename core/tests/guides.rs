//! Our packs of the guides against what the guides publish: the same verdicts, on every example and on each example
//! changed wherever a rule says something.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its material has to fail")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    path::Path,
};

use fhir_solicit::{
    fhir::outcome::Severity,
    pack::{Pack, ProfileElement},
    validate::{Issue, Report},
};
use serde_json::{Value, json};

mod common;

use common::guides::{self, Published};

const US_CORE: &str = "hl7.fhir.us.core-7.0.0.tgz";
const PAS: &str = "hl7.fhir.us.davinci-pas-2.0.1.tgz";
const CDEX: &str = "http://hl7.org/fhir/us/davinci-cdex/StructureDefinition";
const HREX: &str = "hl7.fhir.us.davinci-hrex#1.1.0";

/// Our packs, and what each is held against.
const GUIDES: &[(&str, Published)] = &[
    ("cdex-2019", Published { packages: &["hl7.fhir.us.davinci-cdex#0.1.0"], parents: &[] }),
    ("hrex-1.1", Published { packages: &[HREX], parents: &[US_CORE] }),
    (
        "cdex-2.1.0",
        Published { packages: &["hl7.fhir.us.davinci-cdex#2.1.0", HREX], parents: &[US_CORE, PAS] },
    ),
    (
        "cdex-ci",
        Published { packages: &["hl7.fhir.us.davinci-cdex#3.0.0-ballot", HREX], parents: &[US_CORE, PAS] },
    ),
];

/// Profiles of the guides that none of their examples is of, with one of our own. The 2019 examples do not say what
/// they are of; their types do.
const OTHERS: &[(&str, &str, &str)] = &[
    (
        "cdex-2019",
        "http://hl7.org/fhir/us/davinci-cdex/StructureDefinition/cdex-task",
        include_str!("fixtures/cdex-2019-task.json"),
    ),
    (
        "hrex-1.1",
        "http://hl7.org/fhir/us/davinci-hrex/StructureDefinition/hrex-consent",
        include_str!("fixtures/hrex-consent.json"),
    ),
];

/// Where verdicts differ, by a part of the line, and why.
const WHY: &[(&str, &str)] = &[(
    "there profile-cardinality QuestionnaireResponse.extension[0].",
    "what the signature is, R4 says and not the guide: it is checked as an extension, and not once more",
)];

/// Constraints of ours alone, and why: what they find is set aside before verdicts are compared, and counted.
const OURS: (&str, &str) = (
    "leads-to-",
    "the types that references lead to, which the guide leaves to profiles that nobody can have any more",
);

/// An example and the profile it is of.
struct Example {
    name: String,
    value: Value,
    profile: String,
}

/// The profile that an example of the guide is of: the one it claims, that which the guide says, or by its type.
fn profile_of(id: &str, example: &Value, of_guide: &BTreeMap<String, String>) -> Option<String> {
    let of_type = example["resourceType"].as_str()?;
    let claimed = example["meta"]["profile"][0].as_str().map(str::to_owned);
    let said = of_guide.get(&format!("{of_type}/{}", example["id"].as_str().unwrap_or_default()));
    let by_type = match (of_type, example["type"].as_str()) {
        ("Bundle", Some(kind)) => Some(format!("{CDEX}/cdex-{kind}-bundle")),
        ("Communication" | "CommunicationRequest", _) => {
            Some(format!("{CDEX}/cdex-{}", of_type.to_lowercase()))
        }
        _ => None,
    };
    claimed.or_else(|| said.cloned()).or(by_type.filter(|_| id == "cdex-2019"))
}

/// The examples of a guide that are of a profile of it, and ours.
fn examples(id: &str, published: &Published, compiled: &guides::Compiled, folder: &Path) -> Vec<Example> {
    let mut found = Vec::new();
    for (name, value) in published.examples(folder) {
        let profile = profile_of(id, &value, &compiled.examples);
        if let Some(profile) = profile.filter(|profile| compiled.pack.profile(profile).is_some()) {
            found.push(Example { name, value, profile });
        }
    }
    for (_, profile, text) in OTHERS.iter().filter(|(guide, ..)| *guide == id) {
        let value = serde_json::from_str(text).unwrap();
        let name = profile.rsplit('/').next().unwrap();
        found.push(Example { name: format!("our {name}"), value, profile: (*profile).into() });
    }
    found
}

/// Whether it is valid, and the rules of profiles that it breaks, with their places.
#[derive(Clone, PartialEq, Eq)]
struct Verdict {
    is_valid: bool,
    broken: BTreeSet<(String, String)>,
}

impl Verdict {
    /// With how many issues were set aside.
    fn of(report: &Report) -> (Self, usize) {
        let is_error = |issue: &&Issue| matches!(issue.severity, Severity::Error | Severity::Fatal);
        let is_ours = |issue: &&Issue| issue.message.contains(&format!("constraint {}", OURS.0));
        let (ours, errors): (Vec<_>, Vec<_>) = report.issues.iter().filter(is_error).partition(is_ours);
        let of_profiles = errors.iter().filter(|issue| issue.rule.starts_with("profile-"));
        let broken = of_profiles.map(|issue| (issue.rule.to_string(), issue.expression.clone())).collect();
        (Self { is_valid: errors.is_empty(), broken }, ours.len())
    }
}

/// A change to an example.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    /// What is there goes.
    Remove,
    /// An item comes a second time.
    Repeat,
    /// Another value of the same kind.
    Alter,
    /// A choice gets another type.
    Retype,
    /// A reference leads to something of another type.
    Redirect,
    /// What was not there comes.
    Add(String),
}

/// The changes that bear on what `element` says, as JSON Pointers; `value` stands at `pointer`.
fn changes(
    pack: &Pack,
    element: &ProfileElement,
    value: &Value,
    pointer: &str,
    all: &mut BTreeSet<(String, Change)>,
) {
    for url in element.types.iter().flat_map(|one| &one.profiles) {
        if let Some(profile) = pack.profile(url).filter(|_| pointer.matches('/').count() < 8) {
            changes(pack, &profile.root, value, pointer, all);
        }
    }
    if element.types.iter().any(|one| !one.targets.is_empty()) && value.get("reference").is_some() {
        all.insert((format!("{pointer}/reference"), Change::Redirect));
    }
    if element.fixed.is_some() || element.pattern.is_some() || element.binding.is_some() {
        alter(value, pointer, all);
    }
    for child in &element.elements {
        let stem = child.name.strip_suffix("[x]");
        let is_it = |key: &str| match stem {
            Some(stem) => key.strip_prefix(stem).is_some_and(|rest| rest.starts_with(char::is_uppercase)),
            None => key == child.name,
        };
        let members = value.as_object().into_iter().flatten().filter(|(key, _)| is_it(key));
        let mut is_there = false;
        for (key, found) in members {
            is_there = true;
            let at = format!("{pointer}/{key}");
            all.insert((at.clone(), Change::Remove));
            if stem.is_some() {
                all.insert((at.clone(), Change::Retype));
            }
            let items: Vec<(String, &Value)> = match found {
                Value::Array(items) => {
                    let items = items.iter().enumerate();
                    items.map(|(index, item)| (format!("{at}/{index}"), item)).collect()
                }
                one => vec![(at.clone(), one)],
            };
            for (at, item) in items {
                if found.is_array() {
                    all.insert((at.clone(), Change::Remove));
                    all.insert((at.clone(), Change::Repeat));
                }
                for rule in std::iter::once(child).chain(&child.slices) {
                    changes(pack, rule, item, &at, all);
                }
            }
        }
        if !is_there && child.max == Some(0) {
            all.insert((pointer.into(), Change::Add(child.name.clone())));
        }
    }
}

/// Each text in `value` becomes another.
fn alter(value: &Value, pointer: &str, all: &mut BTreeSet<(String, Change)>) {
    match value {
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, item)| alter(item, &format!("{pointer}/{index}"), all));
        }
        Value::Object(members) => {
            members.iter().for_each(|(key, member)| alter(member, &format!("{pointer}/{key}"), all));
        }
        _ => drop(all.insert((pointer.into(), Change::Alter))),
    }
}

/// The example with the change.
fn changed(example: &Value, pointer: &str, change: &Change) -> Value {
    let mut value = example.clone();
    let (parent, key) = pointer.rsplit_once('/').unwrap_or_default();
    match change {
        Change::Add(name) => {
            let added = match name.as_str() {
                "focus" => json!({ "reference": "CommunicationRequest/1" }),
                "extension" => json!([{ "url": "http://example.org/x", "valueString": "x" }]),
                "dataPeriod" => json!({ "start": "2026-01-01" }),
                "securityLabel" | "purpose" | "class" => json!([{ "code": "x" }]),
                "data" => json!([{ "meaning": "instance", "reference": { "reference": "Basic/1" } }]),
                "provision" => json!([{ "type": "permit" }]),
                _ => json!([{ "text": "x" }]),
            };
            value.pointer_mut(pointer).unwrap()[name] = added;
        }
        Change::Alter => {
            let place = value.pointer_mut(pointer).unwrap();
            *place = match place {
                Value::Bool(is) => json!(!*is),
                Value::Number(_) => json!(7),
                _ => json!("changed"),
            };
        }
        Change::Redirect => *value.pointer_mut(pointer).unwrap() = json!("Basic/other"),
        Change::Remove | Change::Repeat | Change::Retype => match value.pointer_mut(parent).unwrap() {
            Value::Array(items) => {
                let index: usize = key.parse().unwrap();
                if *change == Change::Remove {
                    items.remove(index);
                } else {
                    items.insert(index, items[index].clone());
                }
            }
            Value::Object(members) => {
                members.remove(key);
                if *change == Change::Retype {
                    let stem = &key[..key.find(char::is_uppercase).unwrap()];
                    let (name, other) = if key.ends_with("Integer") {
                        ("Boolean", json!(true))
                    } else {
                        ("Integer", json!(1))
                    };
                    members.insert(format!("{stem}{name}"), other);
                }
            }
            other => unreachable!("{other} has no members"),
        },
    }
    // What is empty is wrong for other reasons.
    prune(&mut value);
    value
}

fn prune(value: &mut Value) {
    let is_empty = |value: &Value| match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    };
    match value {
        Value::Array(items) => {
            items.iter_mut().for_each(prune);
            items.retain(|item| !is_empty(item));
        }
        Value::Object(members) => {
            members.values_mut().for_each(prune);
            members.retain(|_, member| !is_empty(member));
        }
        _ => {}
    }
}

/// Holds our pack against what its guide publishes, on all changes of all examples.
fn compare(id: &str) {
    let Some(folder) = common::shared().map(|shared| shared.join("packages")) else { return };
    let (_, published) = GUIDES.iter().find(|(other, _)| *other == id).unwrap();
    let (ours, theirs) = (guides::ours(id), published.compile(&folder, id));
    let urls = |pack: &Pack| pack.profiles().map(|profile| profile.url.clone()).collect::<BTreeSet<_>>();
    assert_eq!(urls(&ours), urls(&theirs.pack), "the profiles there are");
    let mut text = String::new();
    let mut unexplained = Vec::new();
    // By profile how many verdicts, how many of them on what is wrong, how many differ, and how many set aside.
    let mut counts: BTreeMap<String, [usize; 4]> = BTreeMap::new();
    for example in examples(id, published, &theirs, &folder) {
        let profile = theirs.pack.profile(&example.profile).unwrap();
        let mut found = BTreeSet::new();
        changes(&theirs.pack, &profile.root, &example.value, "", &mut found);
        let found = found.into_iter().map(|(pointer, change)| (pointer, Some(change)));
        for (pointer, change) in std::iter::once((String::new(), None)).chain(found) {
            let value = match &change {
                Some(change) => changed(&example.value, &pointer, change),
                None => example.value.clone(),
            };
            let value = value.to_string();
            let [(here, set_aside), (there, _)] = [&ours, &theirs.pack]
                .map(|pack| Verdict::of(&guides::check(pack, &value, &[&example.profile])));
            let name = profile.url.rsplit('/').next().unwrap();
            let count = counts.entry(name.into()).or_default();
            count[0] += 1;
            count[1] += usize::from(!there.broken.is_empty());
            count[3] += usize::from(set_aside > 0);
            if here == there {
                continue;
            }
            count[2] += 1;
            let how = match &change {
                None => "as it is",
                Some(Change::Remove) => "removed",
                Some(Change::Repeat) => "repeated",
                Some(Change::Alter) => "altered",
                Some(Change::Retype) => "of another type",
                Some(Change::Redirect) => "leading elsewhere",
                Some(Change::Add(_)) => "with more",
            };
            let mut line = format!("{} {pointer} {how}:", example.name);
            for (where_, one, other) in [("here", &here, &there), ("there", &there, &here)] {
                let only = one.broken.difference(&other.broken).map(|(rule, at)| format!(" {rule} {at}"));
                let only = only.collect::<Vec<_>>().join(",");
                let valid = if one.is_valid { "valid" } else { "invalid" };
                write!(line, " {valid} {where_}{only};").unwrap();
            }
            match WHY.iter().find(|(part, _)| line.contains(part)) {
                Some((_, why)) if here.is_valid == there.is_valid => writeln!(text, "{line} {why}").unwrap(),
                _ => unexplained.push(line),
            }
        }
    }
    for (profile, [all, wrong, differ, set_aside]) in counts {
        write!(text, "{profile}: {all} verdicts, {wrong} on what is wrong, {differ} differ").unwrap();
        match set_aside {
            0 => writeln!(text).unwrap(),
            _ => writeln!(text, "; {set_aside} are stricter here: {}", OURS.1).unwrap(),
        }
    }
    assert!(
        unexplained.is_empty(),
        "{} without an explanation:\n{}",
        unexplained.len(),
        unexplained.join("\n")
    );
    common::snapshot(&format!("guide-{id}.txt"), &text);
}

#[test]
fn cdex_2019_is_what_is_published() {
    compare("cdex-2019");
}

#[test]
fn hrex_1_1_is_what_is_published() {
    compare("hrex-1.1");
}

#[test]
fn cdex_2_1_0_is_what_is_published() {
    compare("cdex-2.1.0");
}

#[test]
fn cdex_ci_is_what_is_published() {
    compare("cdex-ci");
}

/// Examples that are not valid, by guide and a part of the line, and why.
const INVALID: &[(&str, &str, &str)] = &[
    ("cdex-2019", "CommunicationRequest.requester", REQUESTER),
    ("cdex-2.1.0", "Parameters-cdex-parameters-example1.json", HASH),
    ("cdex-2.1.0", "Task-cdex-task-example8.json", HASH),
];
const REQUESTER: &str =
    "the profile wants a PractitionerRole or an Organization, the example has a Practitioner";
const HASH: &str =
    "the SHA-1 of the document is written in hexadecimal, R4 has it in base64 (Attachment.hash)";

/// Every example, held to the profile that it is of.
#[test]
fn the_examples_of_the_guides() {
    let Some(folder) = common::shared().map(|shared| shared.join("packages")) else { return };
    let mut text = String::new();
    let mut unexplained = Vec::new();
    let modes =
        [("cdex-2019", 0), ("cdex-2019-narrative", 0), ("hrex-1.1", 1), ("cdex-2.1.0", 2), ("cdex-ci", 3)];
    for (id, guide) in modes {
        let (of, published) = &GUIDES[guide];
        let pack = guides::ours(id);
        let (mut agree, mut lines) = (0, String::new());
        let (all, said) = (published.examples(&folder), published.examples_of(&folder));
        for (name, value) in &all {
            let profile = profile_of(of, value, &said);
            let held: Vec<&str> = profile.as_deref().into_iter().collect();
            let report = guides::check(&pack, &value.to_string(), &held);
            let called = match &held[..] {
                [] => "no profile".into(),
                [url, ..] if pack.profile(url).is_some() => url.rsplit('/').next().unwrap().to_owned(),
                [url, ..] => format!("{url}, which this guide does not define"),
            };
            if report.is_valid() {
                agree += 1;
                writeln!(lines, "{name}: agree ({called})").unwrap();
                continue;
            }
            let errors = report.issues.iter().filter(|issue| issue.severity == Severity::Error);
            let errors: Vec<_> =
                errors.map(|issue| format!("{} at {}", issue.rule, issue.expression)).collect();
            let line = format!("{name}: disagree ({called}): {}", errors.join(", "));
            match INVALID.iter().find(|(guide, part, _)| id.starts_with(guide) && line.contains(part)) {
                Some((.., why)) => writeln!(lines, "{line}: {why}").unwrap(),
                None => unexplained.push(format!("{id} {line}")),
            }
        }
        writeln!(text, "{id}: {agree} of {} agree\n{lines}", all.len()).unwrap();
    }
    assert!(unexplained.is_empty(), "without an explanation:\n{}", unexplained.join("\n"));
    common::snapshot("guide-examples.txt", &format!("{}\n", text.trim_end()));
}
