//! Packages to compile, and what they are compiled against.
#![allow(dead_code, unreachable_pub, reason = "each test binary compiles this for itself and uses a part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot read its material has to fail")]

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use fhir_solicit_compiler::Definitions;
use fhir_solicit_validator::{
    json::Document,
    pack::{Draft, Pack},
};

/// The types of R4.
pub fn r4() -> Draft {
    let bytes = include_bytes!("../../../validator/packs/r4.pack");
    Pack::read(&bytes[..]).unwrap().to_draft()
}

/// Packages as published, in `FHIR_SOLICIT_SHARED` or beside the clone.
pub fn packages() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = env::var_os("FHIR_SOLICIT_SHARED").map_or(beside, PathBuf::from).join("packages");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: {} is absent; set FHIR_SOLICIT_SHARED to have it elsewhere", folder.display());
    None
}

/// Adds a package: a folder, or a `.tgz`. Without its snapshots where that is asked for.
pub fn add(definitions: &mut Definitions, name: &str, without_snapshots: bool) {
    let path = packages().unwrap().join(name);
    if path.is_file() && !without_snapshots {
        return definitions.add_archive(name, &fs::read(path).unwrap()).unwrap();
    }
    let files =
        if path.is_file() { unpacked(&fs::read(path).unwrap()) } else { folder(&path.join("package")) };
    let files: Vec<(String, Vec<u8>)> = files
        .into_iter()
        .map(|(name, bytes)| if without_snapshots { (name, without_snapshot(bytes)) } else { (name, bytes) })
        .collect();
    let files = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    definitions.add_folder(name, files).unwrap();
}

fn without_snapshot(bytes: Vec<u8>) -> Vec<u8> {
    let Ok(mut document) = Document::parse(bytes.clone()) else { return bytes };
    if document.root().string("resourceType").as_deref() == Some("StructureDefinition") {
        document.remove("/snapshot").unwrap();
    }
    document.into_text().into_bytes()
}

fn folder(path: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.is_file()).collect();
    files.sort();
    let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    files.iter().map(|path| (name(path), fs::read(path).unwrap())).collect()
}

/// The files right in the folder `package` of an archive.
fn unpacked(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes));
    let mut files = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_str().unwrap().to_owned();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
        files.extend(path.strip_prefix("package/").map(|name| (name.to_owned(), bytes)));
    }
    files
}
