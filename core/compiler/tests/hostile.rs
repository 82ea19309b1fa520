//! Definitions and packages that mean harm, or are broken: each ends in an error that says where.
#![allow(clippy::unwrap_used, reason = "a test that cannot read its material has to fail")]

use std::{fmt::Write as _, io::Write as _, time::Instant};

use fhir_solicit_compiler::{Compiled, Definitions, Error, compile_guide};

mod common;

/// A profile on a type with these elements in its differential.
fn profile(name: &str, base: &str, of: &str, elements: &str) -> String {
    format!(
        r#"{{"resourceType":"StructureDefinition","url":"http://x/{name}","kind":"resource","type":"{of}",
            "derivation":"constraint","baseDefinition":"{base}","differential":{{"element":[{elements}]}}}}"#
    )
}

fn compile(resources: &[String]) -> Compiled {
    let mut definitions = Definitions::default();
    for (index, resource) in resources.iter().enumerate() {
        definitions.add(&index.to_string(), resource.as_bytes()).unwrap();
    }
    compile_guide(&definitions, &common::r4(), "test", "test")
}

/// What is said of the one profile.
fn error(resources: &[String]) -> String {
    compile(resources).left_out.iter().flat_map(|error| [error.to_string(), "\n".into()]).collect()
}

const TASK: &str = "http://hl7.org/fhir/StructureDefinition/Task";

#[test]
fn circles_end() {
    let circle = [profile("a", "http://x/b", "Task", ""), profile("b", "http://x/a|1.0", "Task", "")];
    let said = error(&circle);
    assert!(said.contains("http://x/a is derived from itself, by http://x/b"), "{said}");
    // A profile whose element keeps the profile itself is no circle: Bundles of Bundles are.
    let within = r#"{"path":"Bundle.entry.resource","type":[{"code":"Bundle","profile":["http://x/c"]}]},
        {"path":"Bundle.entry.resource.type","fixedCode":"document"}"#;
    let base = "http://hl7.org/fhir/StructureDefinition/Bundle";
    assert_eq!(error(&[profile("c", base, "Bundle", within)]), "");
    // Content references lead around in R4 itself, as deep as anybody names them.
    let path = format!("Questionnaire.item{}.linkId", ".item".repeat(37));
    let base = "http://hl7.org/fhir/StructureDefinition/Questionnaire";
    let deep = |path: &str| profile("d", base, "Questionnaire", &format!(r#"{{"path":"{path}","min":1}}"#));
    assert_eq!(error(&[deep(&path)]), "");
    let path = format!("Questionnaire{}.linkId", ".item".repeat(100_000));
    assert!(error(&[deep(&path)]).contains("more than 40 names in a path"));
}

#[test]
fn long_chains_end() {
    let chain: Vec<String> =
        (0..1_000).map(|at| profile(&at.to_string(), &format!("http://x/{}", at + 1), "Task", "")).collect();
    assert!(error(&chain).contains("more than 50 definitions derived from one another"));
}

#[test]
fn many_slices_end_soon() {
    let mut elements = String::from(r#"{"path":"Task.input"}"#);
    for at in 0..1_000_000 {
        write!(elements, r#",{{"path":"Task.input","sliceName":"{at}"}}"#).unwrap();
    }
    let start = Instant::now();
    let said = error(&[profile("a", TASK, "Task", &elements)]);
    assert_eq!(said, "http://x/a, element Task.input: more than 1000 slices\n");
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn errors_say_where() {
    for (elements, expected) in [
        (r#"{"path":"Task.colour","min":1}"#, "http://x/a, element Task.colour: Task has no element colour"),
        (
            r#"{"id":"Task.status:x.y","path":"Task.status.y"}"#,
            "http://x/a, element Task.status:x.y: code has no element y",
        ),
        (
            r#"{"path":"Task.status","max":"many"}"#,
            "http://x/a, element Task.status: maximum is not known to this compiler: many",
        ),
        (
            r#"{"path":"Task.input","slicing":{"discriminator":[{"type":"colour","path":"type"}],"rules":"open"}}"#,
            "http://x/a, element Task.input: type of discriminator is not known to this compiler: colour",
        ),
    ] {
        assert_eq!(error(&[profile("a", TASK, "Task", elements)]).trim_end(), expected);
    }
    let of_unknown = error(&[profile("a", "http://hl7.org/fhir/StructureDefinition/Colour", "Colour", "")]);
    assert_eq!(of_unknown, "http://x/a: type of resource or data is not known to this compiler: Colour\n");
}

#[test]
fn wrong_forms_are_named() {
    let mut definitions = Definitions::default();
    let mut say = |file: &str, text: &str| definitions.add(file, text.as_bytes()).unwrap_err().to_string();
    assert!(say("a.json", "{").starts_with("a.json is not JSON: "));
    let wrong = profile("a", TASK, "Task", r#"{"path":"Task.status","min":"one"}"#);
    assert_eq!(
        say("b.json", &wrong),
        "b.json is not what a StructureDefinition is, element Task.status: it does not have the form that the \
         type declares"
    );
    assert_eq!(
        say("c.json", r#"{"resourceType":"ValueSet"}"#),
        "c.json is not what a ValueSet is: missing field `url`"
    );
    assert!(say("d.json", &"[".repeat(100_000)).starts_with("d.json is not JSON: "));
}

#[test]
fn what_is_missing_is_named() {
    let element =
        r#"{"path":"Task.focus","type":[{"code":"Reference","targetProfile":["http://x/focus|2"]}]}"#;
    let compiled = compile(&[profile("a", "http://x/base", "Task", element)]);
    assert_eq!(Vec::from_iter(compiled.missing), ["http://x/base", "http://x/focus"]);
    // What the base says is not known, so whoever checks is told to ask for it.
    assert_eq!(compiled.draft.profiles["http://x/a"].root.types[0].profiles, ["http://x/base"]);
}

/// An archive of files, each by its path and content.
fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive =
        tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best()));
    for (path, content) in files {
        let mut header = tar::Header::new_ustar();
        // Not by `set_path`, which refuses what this is to test.
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_size(content.len() as u64);
        header.set_cksum();
        archive.append(&header, *content).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

fn said(bytes: &[u8]) -> Result<Definitions, Error> {
    let mut definitions = Definitions::default();
    definitions.add_archive("p.tgz", bytes)?;
    Ok(definitions)
}

#[test]
fn archives_are_read_within_limits() {
    let error = |bytes: &[u8]| said(bytes).err().map(|error| error.to_string()).unwrap_or_default();
    let task = profile("a", TASK, "Task", "");
    let manifest = br#"{"name":"p","version":"1","fhirVersions":["4.0.1"],"dependencies":{"q":"2"}}"#;
    let good = archive(&[
        ("package/package.json", manifest),
        ("package/StructureDefinition-a.json", task.as_bytes()),
        ("package/example/Task-b.json", b"not read"),
    ]);
    let definitions = said(&good).unwrap();
    assert_eq!(
        (definitions.packages()[0].name.as_str(), definitions.missing_packages().join(" ")),
        ("p", "q 2".into())
    );
    assert_eq!(compile_guide(&definitions, &common::r4(), "test", "test").draft.profiles.len(), 1);

    assert_eq!(error(b"no archive"), "p.tgz: it is no gzip archive, or damaged");
    assert_eq!(error(&good[..good.len() / 2]), "p.tgz: it is no gzip archive, or damaged");
    assert_eq!(
        error(&archive(&[("package/../../etc/x.json", b"{}")])),
        "p.tgz: its file package/../../etc/x.json leads out of the package"
    );
    assert_eq!(
        error(&archive(&[("/etc/x.json", b"{}")])),
        "p.tgz: its file /etc/x.json leads out of the package"
    );
    let r5 = br#"{"name":"p","version":"1","fhirVersions":["5.0.0"]}"#;
    assert_eq!(
        error(&archive(&[("package/package.json", r5)])),
        "p.tgz: it is for FHIR 5.0.0; R4 (4.0) is needed"
    );
    let mut plain = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    plain.write_all(&[b'x'; 2_000]).unwrap();
    assert_eq!(error(&plain.finish().unwrap()), "p.tgz: it is no tar archive, or damaged");
}

#[test]
fn bombs_do_not_go_off() {
    let zeros = vec![b' '; 40 << 20];
    for path in ["package/ValueSet-a.json", "package/other/a.bin"] {
        let bomb = archive(&[(path, &zeros)]);
        let error = said(&bomb).err().unwrap().to_string();
        assert!(error.starts_with("p.tgz: it unpacks to more than "), "{error}");
    }
}
