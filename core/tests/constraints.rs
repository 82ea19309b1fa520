//! Every constraint of R4: compiled, and those of the exchange's types passed and broken.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its material has to fail")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
    path::Path,
    process::Command,
};

use fhir_solicit::{
    fhirpath::Program,
    json::Document,
    pack::Pack,
    validate::{Options, validate_bytes},
};

mod common;

/// The constraints of `definition`: expressions and keys.
fn collect(definition: &Document, keys: &mut BTreeMap<String, BTreeSet<String>>) {
    for view in ["snapshot", "differential"] {
        let Some(view) = definition.root().get(view) else { continue };
        for constraint in view.list("element").flat_map(|element| element.list("constraint")) {
            let Some(expression) = constraint.string("expression") else { continue };
            let of = keys.entry(expression.into_owned()).or_default();
            of.insert(constraint.string("key").unwrap().into_owned());
        }
    }
}

/// How many of the expressions use which construct; fails where one does not compile.
fn constructs(keys: &BTreeMap<String, BTreeSet<String>>) -> BTreeMap<String, usize> {
    let mut refused = String::new();
    let mut constructs: BTreeMap<String, usize> = BTreeMap::new();
    for (expression, keys) in keys {
        match Program::compile(expression) {
            Ok(program) => {
                for construct in program.code().constructs() {
                    *constructs.entry(construct.to_owned()).or_default() += 1;
                }
            }
            Err(error) => writeln!(refused, "{keys:?} {error}").unwrap(),
        }
    }
    assert!(refused.is_empty(), "{refused}");
    constructs
}

#[test]
fn every_constraint_of_r4_compiles() {
    let Some(folder) = common::definitions() else { return };
    let mut keys = BTreeMap::new();
    for (file, path) in common::json_files(&folder) {
        if file.starts_with("StructureDefinition-") {
            collect(&Document::parse(fs::read(path).unwrap()).unwrap(), &mut keys);
        }
    }
    let constructs = constructs(&keys);
    let mut text = format!("{} expressions of the definitions of R4 compile. What they use:\n\n", keys.len());
    for (construct, count) in constructs {
        writeln!(text, "{construct} {count}").unwrap();
    }
    common::snapshot("fhirpath-constructs.txt", &text);
}

/// Constructs that are unchecked wherever their result matters: they take a server, or profiles.
const UNDECIDABLE: &[&str] = &[
    "memberOf",
    "subsumes",
    "subsumedBy",
    "conformsTo",
    "checkModifiers",
    "htmlChecks",
    "elementDefinition",
    "slice",
];

#[test]
fn every_constraint_of_the_guides_compiles() {
    let Some(packages) = common::shared().map(|shared| shared.join("packages")) else { return };
    let mut text = String::from(
        "Expressions of the guides' definitions that compile, and what in them is not decided.\n\n",
    );
    let mut names: Vec<_> = fs::read_dir(&packages).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    for path in names {
        let name = path.file_name().unwrap().to_str().unwrap();
        let folder = match name.strip_suffix(".tgz") {
            Some(name) => {
                let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
                fs::create_dir_all(&folder).unwrap();
                let mut tar = Command::new("tar");
                assert!(tar.arg("-xzf").arg(&path).arg("-C").arg(&folder).status().unwrap().success());
                folder
            }
            None if path.is_dir() => path.clone(),
            None => continue,
        };
        let mut keys = BTreeMap::new();
        for (file, path) in common::json_files(&folder.join("package")) {
            if file.starts_with("StructureDefinition-") {
                collect(&Document::parse(fs::read(path).unwrap()).unwrap(), &mut keys);
            }
        }
        let undecided = constructs(&keys).into_iter().filter(|(name, _)| UNDECIDABLE.contains(&&**name));
        let undecided: Vec<String> = undecided.map(|(name, count)| format!("{name} {count}")).collect();
        writeln!(text, "{name}: {}; {}", keys.len(), undecided.join(", ")).unwrap();
    }
    common::snapshot("fhirpath-guides.txt", &text);
}

/// A resource by its type and its members beside those that every case of the type has.
fn resource(of: &str, members: &str) -> String {
    let base = match of {
        "Task" => r#""status":"requested","intent":"order""#,
        "Bundle" if members.contains(r#""type""#) => "",
        "Bundle" => r#""type":"collection""#,
        "Communication" => r#""status":"completed""#,
        "OperationOutcome" => r#""issue":[{"severity":"error","code":"invalid"}]"#,
        _ => "",
    };
    let parts: Vec<&str> = [base, members].into_iter().filter(|part| !part.is_empty()).collect();
    format!(r#"{{"resourceType":"{of}",{}}}"#, parts.join(","))
}

/// A Task with an extension that has this value: the shortest way to any data type.
fn value(name: &str, value: &str) -> String {
    resource("Task", &format!(r#""extension":[{{"url":"http://x","value{name}":{value}}}]"#))
}

/// Key, a resource where it holds, a resource where it does not.
#[allow(clippy::too_many_lines, reason = "one table")]
fn cases() -> Vec<(&'static str, String, String)> {
    let pairs =
        |of: &'static str, all: &[(&'static str, &str, &str)]| -> Vec<(&'static str, String, String)> {
            all.iter().map(|(key, good, bad)| (*key, resource(of, good), resource(of, bad))).collect()
        };
    let values = |all: &[(&'static str, &'static str, &str, &str)]| -> Vec<(&'static str, String, String)> {
        all.iter().map(|(key, name, good, bad)| (*key, value(name, good), value(name, bad))).collect()
    };
    let timing = |good: &str, bad: &str| {
        let of = |repeat: &str| value("Timing", &format!(r#"{{"repeat":{{{repeat}}}}}"#));
        (of(good), of(bad))
    };
    let timings: [(&'static str, &str, &str); 9] = [
        ("tim-1", r#""duration":1,"durationUnit":"h""#, r#""duration":1"#),
        ("tim-2", r#""period":1,"periodUnit":"h""#, r#""period":1"#),
        ("tim-4", r#""duration":0.0,"durationUnit":"h""#, r#""duration":-0.5,"durationUnit":"h""#),
        ("tim-5", r#""period":1,"periodUnit":"h""#, r#""period":-1,"periodUnit":"h""#),
        ("tim-6", r#""period":1,"periodMax":2,"periodUnit":"h""#, r#""periodMax":2"#),
        ("tim-7", r#""duration":1,"durationMax":2,"durationUnit":"h""#, r#""durationMax":2"#),
        ("tim-8", r#""count":1,"countMax":2"#, r#""countMax":2"#),
        ("tim-9", r#""offset":1,"when":["AC"]"#, r#""offset":1,"when":["CM"]"#),
        ("tim-10", r#""timeOfDay":["10:00:00"]"#, r#""timeOfDay":["10:00:00"],"when":["AC"]"#),
    ];
    let mut all: Vec<(&'static str, String, String)> = Vec::new();
    all.extend(timings.map(|(key, good, bad)| {
        let (good, bad) = timing(good, bad);
        (key, good, bad)
    }));
    let ucum = r#""system":"http://unitsofmeasure.org""#;
    for (key, name, code) in [("age-1", "Age", "a"), ("dis-1", "Distance", "m"), ("drt-1", "Duration", "h")] {
        let good = format!(r#"{{"value":1,{ucum},"code":"{code}"}}"#);
        all.push((key, value(name, &good), value(name, r#"{"value":1,"system":"http://u","code":"x"}"#)));
    }
    let count = format!(r#"{{"value":3,{ucum},"code":"1"}}"#);
    all.push(("cnt-3", value("Count", &count), value("Count", &count.replace('3', "3.5"))));
    all.extend(values(&[
        ("att-1", "Attachment", r#"{"data":"QQ==","contentType":"a/b"}"#, r#"{"data":"QQ=="}"#),
        ("cpt-2", "ContactPoint", r#"{"system":"fax","value":"1"}"#, r#"{"value":"1"}"#),
        ("per-1", "Period", r#"{"start":"2024-01-01","end":"2025"}"#, r#"{"start":"2024-02","end":"2024-01"}"#),
        ("qty-3", "Quantity", r#"{"value":1,"system":"http://u","code":"x"}"#, r#"{"value":1,"code":"x"}"#),
        ("rng-2", "Range", r#"{"low":{"value":1.5},"high":{"value":1.50}}"#, r#"{"low":{"value":10},"high":{"value":9}}"#),
        ("rat-1", "Ratio", r#"{"numerator":{"value":1},"denominator":{"value":2}}"#, r#"{"numerator":{"value":1}}"#),
        ("exp-1", "Expression", r#"{"language":"text/cql","expression":"x"}"#, r#"{"language":"text/cql"}"#),
        ("drq-1", "DataRequirement", r#"{"type":"Task","codeFilter":[{"path":"x"}]}"#,
            r#"{"type":"Task","codeFilter":[{"path":"x","searchParam":"y"}]}"#),
        ("drq-2", "DataRequirement", r#"{"type":"Task","dateFilter":[{"path":"x"}]}"#,
            r#"{"type":"Task","dateFilter":[{"id":"i","valueDateTime":"2024"}]}"#),
        ("trd-1", "TriggerDefinition", r#"{"type":"periodic","timingDate":"2024"}"#,
            r#"{"type":"periodic","timingDate":"2024","data":[{"type":"Task"}]}"#),
        ("trd-2", "TriggerDefinition",
            r#"{"type":"data-added","data":[{"type":"Task"}],"condition":{"language":"text/cql","expression":"x"}}"#,
            r#"{"type":"named-event","name":"n","condition":{"language":"text/cql","expression":"x"}}"#),
        ("trd-3", "TriggerDefinition", r#"{"type":"named-event","name":"n"}"#, r#"{"type":"data-added"}"#),
        ("ext-1", "Code", r#""a""#, r#""a","extension":[{"url":"http://y","valueCode":"b"}]"#),
        ("ref-1", "Reference", r#"{"identifier":{"value":"x"}}"#, r##"{"reference":"#x"}"##),
    ]));
    let contained = |of: &str, own: &str, around: &str| {
        resource("Task", &format!(r#""contained":[{{"resourceType":"{of}",{own}}}],{around}"#))
    };
    let refers = r##""focus":{"reference":"#x"}"##;
    let meta =
        |meta: &str| contained("Organization", &format!(r#""id":"x","name":"n","meta":{{{meta}}}"#), refers);
    all.push((
        "dom-2",
        meta(r#""source":"http://x""#),
        contained(
            "Organization",
            r#""id":"x","name":"n","contained":[{"resourceType":"Binary","id":"b","contentType":"a/b"}]"#,
            refers,
        ),
    ));
    all.push((
        "dom-3",
        meta(r#""source":"http://x""#),
        contained("Organization", r#""id":"x","name":"n""#, r#""description":"no reference""#),
    ));
    all.push(("dom-4", meta(r#""source":"http://x""#), meta(r#""versionId":"1""#)));
    all.push((
        "dom-5",
        meta(r#""source":"http://x""#),
        meta(r#""security":[{"system":"http://x","code":"y"}]"#),
    ));
    let narrative = r#""text":{"status":"empty","div":"<div xmlns='http://www.w3.org/1999/xhtml'>x</div>"}"#;
    all.push(("dom-6", resource("Task", narrative), resource("Task", r#""description":"no text""#)));
    all.extend(pairs(
        "Task",
        &[(
            "inv-1",
            r#""authoredOn":"2024-01-01T10:00:00+02:00","lastModified":"2024-01-01T08:00:00Z""#,
            r#""authoredOn":"2024-01-02","lastModified":"2024-01-01""#,
        )],
    ));
    all.extend(pairs(
        "Parameters",
        &[(
            "inv-1",
            r#""parameter":[{"name":"a","part":[{"name":"b","valueCode":"c"}]}]"#,
            r#""parameter":[{"name":"a","valueCode":"c","part":[{"name":"b","valueCode":"c"}]}]"#,
        )],
    ));
    all.extend(pairs(
        "Organization",
        &[
            ("org-1", r#""name":"n""#, r#""active":true"#),
            (
                "org-2",
                r#""name":"n","address":[{"use":"work","city":"x"}]"#,
                r#""name":"n","address":[{"use":"home","city":"x"}]"#,
            ),
            (
                "org-3",
                r#""name":"n","telecom":[{"use":"work","system":"fax","value":"1"}]"#,
                r#""name":"n","telecom":[{"use":"home","system":"fax","value":"1"}]"#,
            ),
        ],
    ));
    all.extend(pairs(
        "Patient",
        &[("pat-1", r#""contact":[{"name":{"family":"x"}}]"#, r#""contact":[{"gender":"male"}]"#)],
    ));
    let composition = r#"{"resource":{"resourceType":"Composition"}}"#;
    let header = r#"{"resource":{"resourceType":"MessageHeader","eventUri":"http://x","source":{"endpoint":"http://x"}}}"#;
    let binary = r#"{"resource":{"resourceType":"Binary","id":"b","contentType":"a/b"}}"#;
    let document = r#""type":"document","timestamp":"2024-01-01T00:00:00Z","identifier":{"system":"http://x","value":"y"}"#;
    let bundles = [
        (
            "bdl-1",
            r#""type":"searchset","total":1"#.to_owned(),
            r#""type":"collection","total":1"#.to_owned(),
        ),
        (
            "bdl-2",
            format!(
                r#""type":"searchset","entry":[{}]"#,
                binary.replacen('{', r#"{"search":{"mode":"match"},"#, 1)
            ),
            format!(
                r#""type":"collection","entry":[{}]"#,
                binary.replacen('{', r#"{"search":{"mode":"match"},"#, 1)
            ),
        ),
        (
            "bdl-3",
            r#""type":"batch","entry":[{"request":{"method":"GET","url":"Task"}}]"#.into(),
            format!(r#""type":"transaction","entry":[{binary}]"#),
        ),
        (
            "bdl-4",
            r#""type":"batch-response","entry":[{"response":{"status":"200"}}]"#.into(),
            r#""type":"collection","entry":[{"response":{"status":"200"}}]"#.into(),
        ),
        (
            "bdl-5",
            format!(r#""type":"collection","entry":[{binary}]"#),
            r#""type":"collection","entry":[{"fullUrl":"http://x"}]"#.into(),
        ),
        (
            "bdl-7",
            [binary; 2].map(|one| one.replacen('{', r#"{"fullUrl":"http://x","#, 1)).join(",").replacen(
                "\"a/b\"",
                r#""a/b","meta":{"versionId":"1"}"#,
                1,
            ),
            [binary; 2].map(|one| one.replacen('{', r#"{"fullUrl":"http://x","#, 1)).join(","),
        ),
        (
            "bdl-8",
            binary.replacen('{', r#"{"fullUrl":"http://x/Binary/1","#, 1),
            binary.replacen('{', r#"{"fullUrl":"http://x/Binary/1/_history/1","#, 1),
        ),
        (
            "bdl-9",
            format!(r#"{document},"entry":[{composition}]"#),
            format!(r#"{},"entry":[{composition}]"#, document.replace(r#","value":"y""#, "")),
        ),
        (
            "bdl-10",
            format!(r#"{document},"entry":[{composition}]"#),
            format!(
                r#"{},"entry":[{composition}]"#,
                document.replace(r#""timestamp":"2024-01-01T00:00:00Z","#, "")
            ),
        ),
        (
            "bdl-11",
            format!(r#"{document},"entry":[{composition}]"#),
            format!(r#"{document},"entry":[{binary}]"#),
        ),
        (
            "bdl-12",
            format!(r#""type":"message","entry":[{header}]"#),
            format!(r#""type":"message","entry":[{binary}]"#),
        ),
    ];
    for (key, good, bad) in bundles {
        let [good, bad] = [good, bad].map(|members| {
            if members.starts_with('{') {
                format!(r#""type":"collection","entry":[{members}]"#)
            } else {
                members
            }
        });
        all.push((key, resource("Bundle", &good), resource("Bundle", &bad)));
    }
    all
}

/// Constraints of the pack that no case breaks, and why.
const WITHOUT_CASES: &[(&str, &str)] = &[
    ("ele-1", "the rule `empty` decides it; its own tests break it"),
    ("txt-1", "what XHTML may be in a narrative is not decided by FHIRPath"),
    ("txt-2", "as txt-1"),
];

#[test]
fn every_constraint_of_the_exchange_is_passed_and_broken() {
    let keys: BTreeSet<String> = Pack::exchange()
        .lines()
        .iter()
        .filter_map(|line| {
            let (head, _) = line.split_once(" Error: ").or_else(|| line.split_once(" Warning: "))?;
            Some(head.rsplit_once(' ')?.1.to_owned())
        })
        .collect();
    let mut shown: BTreeSet<String> = WITHOUT_CASES.iter().map(|(key, _)| (*key).to_owned()).collect();
    let mut wrong = String::new();
    for (key, good, bad) in cases() {
        let breaks = |text: &str| {
            let report = validate_bytes(text, Pack::exchange(), &Options::default());
            let message = format!("constraint {key} does not hold");
            (
                report
                    .issues
                    .iter()
                    .any(|issue| issue.rule == "invariant" && issue.message.starts_with(&message)),
                report,
            )
        };
        for (text, expected) in [(&good, false), (&bad, true)] {
            let (found, report) = breaks(text);
            let undecided = report.unchecked.iter().any(|one| one.name.starts_with(&format!("{key} (")));
            // A case that passes has no fault of any kind, so that it passes for the right reason.
            if found != expected || undecided || (!expected && !report.is_valid()) {
                let issues: Vec<String> = report.issues.iter().map(ToString::to_string).collect();
                writeln!(wrong, "{key} {text}\n    {issues:?} {:?}", report.unchecked).unwrap();
            }
        }
        shown.insert(key.to_owned());
    }
    let missing: Vec<_> = keys.difference(&shown).collect();
    let needless: Vec<_> = shown.difference(&keys).collect();
    assert!(wrong.is_empty(), "{wrong}");
    assert!(
        missing.is_empty() && needless.is_empty(),
        "without a case: {missing:?}; not in the pack: {needless:?}"
    );
}

/// Only true meets a constraint, and R4 publishes some that give nothing where what they speak of need not be.
#[test]
fn what_need_not_be_there_breaks_nothing() {
    let vital_sign = |effective: &str| {
        let claims =
            r#""meta":{"profile":["http://hl7.org/fhir/StructureDefinition/vitalsigns"]},"status":"final""#;
        let code = r#""code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]}"#;
        resource("Observation", &format!("{claims},{code},{effective}"))
    };
    let cases = [
        (
            "bdl-8",
            resource("Bundle", r#""entry":[{"resource":{"resourceType":"Binary","contentType":"a/b"}}]"#),
        ),
        ("que-0", resource("Questionnaire", r#""status":"draft""#)),
        ("ras-2", resource("RiskAssessment", r#""status":"final","prediction":[{"relativeRisk":1.5}]"#)),
        ("ras-2", resource("RiskAssessment", r#""status":"final","prediction":[{"probabilityRange":{}}]"#)),
        ("vs-1", vital_sign(r#""effectivePeriod":{"start":"2024-01-01"}"#)),
        ("vs-1", vital_sign(r#""_effectiveDateTime":{"extension":[{"url":"http://x","valueCode":"y"}]}"#)),
    ];
    let is_broken = |key: &str, text: &str| {
        let report = validate_bytes(text, &common::r4(), &Options::default());
        report.issues.iter().any(|issue| issue.message.starts_with(&format!("constraint {key} ")))
    };
    for (key, text) in cases {
        assert!(!is_broken(key, &text), "{key} {text}");
    }
    assert!(is_broken("vs-1", &vital_sign(r#""effectiveDateTime":"2024-01""#)));
}

/// Constraints of R4 that no case passes and breaks, by how their expressions begin, and why.
const WITHOUT_R4_CASES: &[(&str, &str)] = &[
    (
        "binding.empty() or type.code.empty() or type.select(",
        "eld-11 cannot be broken: select gives a boolean for each code",
    ),
    (
        "substanceExposureRisk.exists()",
        "inv-1 cannot be passed: R4 put it on an Extension, which has no such element",
    ),
];

#[test]
fn every_constraint_of_r4_is_passed_and_broken() {
    let pack = common::r4();
    // What R4's own profiles demand holds only for what claims them.
    let profiles: BTreeSet<&str> = pack.profiles().map(|profile| profile.url.as_str()).collect();
    let all: BTreeSet<(String, String)> = pack
        .lines()
        .iter()
        .filter(|line| line.split_once(' ').is_none_or(|(name, _)| !profiles.contains(name)))
        .filter_map(|line| {
            let (head, rule) = line.split_once(" Error: ").or_else(|| line.split_once(" Warning: "))?;
            Some((head.rsplit_once(' ')?.1.to_owned(), rule.to_owned()))
        })
        .collect();
    let mut left = all.clone();
    let mut wrong = String::new();
    let own = cases().into_iter().map(|(key, good, bad)| (key.to_owned(), good, bad));
    for (key, good, bad) in own.chain(r4_cases()) {
        for (text, expected) in [(&good, false), (&bad, true)] {
            let options = Options { max_issues: 1_000, ..Options::default() };
            let report = validate_bytes(text.as_str(), &pack, &options);
            let start = format!("constraint {key} does not hold here: expected ");
            let broken: Vec<&str> =
                report.issues.iter().filter_map(|issue| issue.message.strip_prefix(&start)).collect();
            let undecided = report.unchecked.iter().any(|one| one.name.starts_with(&format!("{key} (")));
            if broken.is_empty() == expected || undecided {
                let issues: Vec<String> = report.issues.iter().map(ToString::to_string).collect();
                writeln!(wrong, "{key} {text}\n    {issues:?} {:?}", report.unchecked).unwrap();
            }
            for rule in broken {
                left.remove(&(key.clone(), rule.to_owned()));
            }
        }
    }
    left.retain(|(key, expression)| {
        WITHOUT_CASES.iter().all(|(without, _)| key != without)
            && WITHOUT_R4_CASES.iter().all(|(start, _)| !expression.starts_with(start))
    });
    assert!(wrong.is_empty(), "{wrong}");
    assert!(left.is_empty(), "without a case, of {}: {left:#?}", all.len());
}

fn r4_cases() -> Vec<(String, String, String)> {
    let text = include_str!("cases/r4-constraints.txt");
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    lines
        .chunks_exact(3)
        .map(|lines| {
            let (key, of) = lines[0].split_once(' ').unwrap();
            let [good, bad] = [("+ ", lines[1]), ("- ", lines[2])].map(|(mark, line)| {
                format!(r#"{{"resourceType":"{of}",{}}}"#, line.strip_prefix(mark).unwrap())
            });
            (key.to_owned(), good, bad)
        })
        .collect()
}
