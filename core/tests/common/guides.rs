//! The packs of the guides: ours, and those made of what the guides publish.

#![allow(dead_code, unreachable_pub, reason = "each test binary compiles this for itself and uses a part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot read its material has to fail")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use fhir_solicit::{
    pack::Pack,
    validate::{Options, Report, validate_bytes},
};
use fhir_solicit_compiler::{Definitions, compile_some};

/// Our pack called `id`, with those it builds on and all of R4.
pub fn ours(id: &str) -> Pack {
    let read = |id: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("validator/packs");
        Pack::read(fs::read(folder.join(format!("{id}.pack"))).unwrap()).unwrap()
    };
    let parents: &[&str] = if matches!(id, "cdex-2.1.0" | "cdex-ci") { &["hrex-1.1"] } else { &[] };
    parents.iter().fold(read(id), |pack, parent| pack.join(&read(parent))).join(&super::r4())
}

/// A guide as it is published: its packages, of whose definitions a pack is made, and those they build on.
pub struct Published {
    pub packages: &'static [&'static str],
    pub parents: &'static [&'static str],
}

/// What a guide publishes, compiled.
pub struct Compiled {
    pub pack: Pack,
    /// The profiles that its examples are of, by `Type/id`.
    pub examples: BTreeMap<String, String>,
}

impl Published {
    /// The folder of its own package.
    pub fn folder(&self, packages: &Path) -> PathBuf {
        packages.join(self.packages[0]).join("package")
    }

    /// Its examples by file.
    pub fn examples(&self, packages: &Path) -> Vec<(String, serde_json::Value)> {
        let files = super::json_files(&self.folder(packages).join("example")).into_iter();
        files.map(|(name, file)| (name, serde_json::from_slice(&fs::read(file).unwrap()).unwrap())).collect()
    }

    /// The profiles that its examples are of, by `Type/id`, as it says itself.
    pub fn examples_of(&self, packages: &Path) -> BTreeMap<String, String> {
        let mut definitions = Definitions::default();
        let files = super::json_files(&self.folder(packages)).into_iter();
        for (name, file) in files.filter(|(name, _)| name.starts_with("ImplementationGuide-")) {
            definitions.add(&name, &fs::read(file).unwrap()).unwrap();
        }
        definitions.examples().clone()
    }

    pub fn compile(&self, packages: &Path, id: &str) -> Compiled {
        let mut definitions = Definitions::default();
        for parent in self.parents {
            definitions.add_archive(parent, &fs::read(packages.join(parent)).unwrap()).unwrap();
        }
        let mut own = Vec::new();
        // The guide itself last: two versions of it may define the same.
        for package in self.packages.iter().rev() {
            for (name, file) in super::json_files(&packages.join(package).join("package")) {
                let bytes = fs::read(file).unwrap();
                definitions.add(&name, &bytes).unwrap();
                if name.starts_with("StructureDefinition-") {
                    let definition: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
                    own.push(definition["url"].as_str().unwrap().to_owned());
                }
            }
        }
        let base = super::r4().to_draft();
        let compiled =
            compile_some(&definitions, &base, id, "published", |url| own.iter().any(|one| one == url));
        assert!(compiled.left_out.is_empty(), "{:?}", compiled.left_out);
        let pack = Pack::read(compiled.draft.to_bytes().unwrap()).unwrap();
        Compiled { pack: pack.join(&super::r4()), examples: definitions.examples().clone() }
    }
}

/// What is found in `text`, held to these profiles.
pub fn check(pack: &Pack, text: &str, profiles: &[&str]) -> Report {
    let profiles = profiles.iter().map(|url| (*url).into()).collect();
    validate_bytes(text, pack, &Options { profiles, max_issues: 1_000, ..Options::default() })
}
