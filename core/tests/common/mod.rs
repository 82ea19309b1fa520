//! What the black-box tests share: where material is, and snapshots.

#![allow(dead_code, unreachable_pub, reason = "each test binary compiles this for itself and uses a part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot read its material has to fail")]

use fhir_solicit::pack::Pack;
pub mod case;
pub mod guides;
pub mod payer;

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// HL7's examples package: `FHIR_DEFINITIONS`, or where npm puts it.
pub fn definitions() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../node_modules/hl7.fhir.r4.examples");
    found("FHIR_DEFINITIONS", beside)
}

/// Test material that is not part of the project: `FHIR_SOLICIT_SHARED`, or beside the clone.
pub fn shared() -> Option<PathBuf> {
    found("FHIR_SOLICIT_SHARED", Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"))
}

fn found(variable: &str, beside: PathBuf) -> Option<PathBuf> {
    let folder = env::var_os(variable).map_or(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: {} is absent; set {variable} to have it elsewhere", folder.display());
    None
}

/// The JSON files in `folder`, sorted by name.
pub fn json_files(folder: &Path) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let json = entries.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    let mut files: Vec<_> =
        json.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), path)).collect();
    files.sort();
    files
}

/// Holds `text` to the committed snapshot; `UPDATE_SNAPSHOTS=1` writes it instead.
#[track_caller]
pub fn snapshot(name: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(name);
    if env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&file, text).unwrap();
        return;
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    let new = text.lines().filter(|line| !committed.lines().any(|other| other == *line));
    let gone = committed.lines().filter(|line| !text.lines().any(|other| other == *line));
    let changes: Vec<String> =
        gone.map(|line| format!("- {line}")).chain(new.map(|line| format!("+ {line}"))).collect();
    assert!(
        committed == text,
        "{} differs; if that is right, run again with UPDATE_SNAPSHOTS=1:\n{}",
        file.display(),
        changes.join("\n")
    );
}

/// The pack with all of R4.
pub fn r4() -> Pack {
    Pack::read(&include_bytes!("../../validator/packs/r4.pack")[..]).unwrap()
}
