//! The trees made from differentials, against those made from the snapshots that the guides publish.
#![allow(clippy::unwrap_used, reason = "a test that cannot read its material has to fail")]

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    fmt::Write as _,
    fs,
    path::Path,
};

use fhir_solicit_compiler::{Definitions, compile_guide};
use fhir_solicit_validator::pack::{Draft, Profile, ProfileElement};

mod common;

/// A guide by what its URLs have in common, and what is compiled together: it, then what it builds on.
const GUIDES: &[(&str, &[&str])] = &[
    ("/us/core/", &[CORE_7]),
    ("/us/core/", &[CORE_3]),
    ("/us/davinci-hrex/", &[HREX, CORE_7]),
    ("/us/davinci-cdex/", &["hl7.fhir.us.davinci-cdex#0.1.0", CORE_3]),
    ("/us/davinci-cdex/", &["hl7.fhir.us.davinci-cdex#2.1.0", HREX, CORE_7]),
    ("/us/davinci-cdex/", &["hl7.fhir.us.davinci-cdex#3.0.0-ballot", HREX, CORE_7]),
    ("/us/davinci-pas/", &["hl7.fhir.us.davinci-pas-2.0.1.tgz", HREX, CORE_3]),
];

/// Why what is made differs from what was published, by the end of the URL.
const REASONS: &[(&str, &str)] = &[
    (
        "us-core-observation-clinical-result",
        "the differential gives a strength alone; R4's own binding is an example, which packs do not hold",
    ),
    (
        "us-core-simple-observation",
        "the differential gives a strength alone; R4's own binding is an example, which packs do not hold",
    ),
    ("questionnaireresponse", "its base, SDC, is not at hand"),
    ("cdex-patient-demographics", "the slice has two names, pac and pat, by a slip of the guide"),
    ("-percentile", "publishers of 2020 took the short name of a choice for its only type"),
    ("pediatric-bmi-for-age", "publishers of 2020 took the short name of a choice for its only type"),
    ("pediatric-weight-for-height", "publishers of 2020 took the short name of a choice for its only type"),
    ("us-core-goal", "publishers of 2020 took the short name of a choice for its only type"),
    ("us-core-pulse-oximetry", "publishers of 2020 left the flag of the sliced element to its slices"),
    ("us-core-patient", "publishers of 2020 dropped the binding of an extension where the base has none"),
    ("profile-beneficiary", "publishers of 2020 dropped the binding of an extension where the base has none"),
    ("profile-subscriber", "publishers of 2020 dropped the binding of an extension where the base has none"),
    ("profile-claim", "the extension on encounter, of R5, is not at hand"),
    ("profile-claim-update", "the extension on encounter, of R5, is not at hand"),
    ("request", "the extension on coverage, of CRD, is not at hand"),
    ("order", "the extension on coverage, of CRD, is not at hand"),
    ("profile-insurer", "the publisher put what the profile of a type says in place of what the base says"),
    (
        "profile-organization",
        "the publisher put what the profile of a type says in place of what the base says",
    ),
    (
        "profile-practitioner",
        "the publisher put what the profile of a type says in place of what the base says",
    ),
    ("profile-requestor", "the publisher put what the profile of a type says in place of what the base says"),
];

const CORE_3: &str = "hl7.fhir.us.core-3.1.1.tgz";
const CORE_7: &str = "hl7.fhir.us.core-7.0.0.tgz";
const HREX: &str = "hl7.fhir.us.davinci-hrex#1.1.0";

/// The facts of a profile, one to a line: `path: fact`.
fn facts(profile: &Profile, draft: &Draft) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    collect(&profile.root, "", draft, &mut all);
    all
}

fn collect(element: &ProfileElement, prefix: &str, draft: &Draft, all: &mut BTreeSet<String>) {
    let dot = if prefix.is_empty() { "" } else { "." };
    let id = match &element.slice {
        Some(slice) => format!("{prefix}{dot}{}:{slice}", element.name),
        None => format!("{prefix}{dot}{}", element.name),
    };
    let own = ProfileElement { elements: vec![], slices: vec![], constraints: vec![], ..element.clone() };
    let json = serde_json::to_value(own).unwrap();
    for (name, value) in json.as_object().unwrap() {
        if name != "name" && name != "slice" {
            all.insert(format!("{id} {name} {value}"));
        }
    }
    for row in &element.constraints {
        all.insert(format!("{id} constraint {}", draft.profile_constraints[*row as usize].key));
    }
    if element.slice.is_some() {
        all.insert(format!("{id} slice"));
    }
    for one in &element.slices {
        collect(one, prefix, draft, all);
    }
    for one in &element.elements {
        collect(one, &id, draft, all);
    }
}

fn compile(packages: &[&str], without_snapshots: bool) -> BTreeMap<String, BTreeSet<String>> {
    let mut definitions = Definitions::default();
    // The guide itself last: what two packages define is the guide's.
    for name in packages.iter().rev() {
        common::add(&mut definitions, name, without_snapshots);
    }
    let compiled = compile_guide(&definitions, &common::r4(), "test", packages[0]);
    let mut all: BTreeMap<String, BTreeSet<String>> =
        compiled.draft.profiles.values().map(|one| (one.url.clone(), facts(one, &compiled.draft))).collect();
    for error in compiled.left_out {
        all.insert(format!("left out: {error}"), BTreeSet::new());
    }
    all
}

#[test]
fn differentials_say_what_published_snapshots_say() {
    if common::packages().is_none() {
        return;
    }
    let mut text = String::new();
    for (common, packages) in GUIDES {
        let (published, made) = (compile(packages, false), compile(packages, true));
        let urls: BTreeSet<&String> = published.keys().chain(made.keys()).collect();
        let (mut all, mut agree, mut detail) = (0, 0, String::new());
        for url in urls {
            let none = BTreeSet::new();
            let (published, made) = (published.get(url), made.get(url));
            if !url.contains(common) {
                continue;
            }
            all += 1;
            if published == made {
                agree += 1;
                continue;
            }
            let reason = REASONS.iter().find(|(end, _)| url.ends_with(end)).map_or("?", |(_, reason)| reason);
            writeln!(detail, "  {url}: {reason}").unwrap();
            let (published, made) = (published.unwrap_or(&none), made.unwrap_or(&none));
            published.difference(made).for_each(|line| writeln!(detail, "    published {line}").unwrap());
            made.difference(published).for_each(|line| writeln!(detail, "    made      {line}").unwrap());
        }
        writeln!(text, "{}: {agree} of {all} agree\n{detail}", packages[0]).unwrap();
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots/differentials.txt");
    if env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&file, &text).unwrap();
    }
    assert!(
        fs::read_to_string(&file).unwrap() == text,
        "differs from {}; see UPDATE_SNAPSHOTS",
        file.display()
    );
}
