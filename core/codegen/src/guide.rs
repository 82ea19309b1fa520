//! The guides of `core/profiles`: a folder each, with its facts in `guide.json`, its rules in FHIR Shorthand, and its
//! life cycle in `lifecycle.json`.

use std::{fs, path::Path};

use fhir_solicit_compiler::{Definitions, compile_some, fsh::Guide};
use fhir_solicit_validator::pack::Draft;
use serde::Deserialize;

/// What a guide is.
#[derive(Deserialize)]
struct Manifest {
    /// The package that its rules are those of.
    package: String,
    /// The version of that package.
    version: String,
    /// What else users should know of it.
    note: Option<String>,
    /// Where the URLs of its definitions begin.
    canonical: String,
    /// The guides it builds on, those they build on first.
    #[serde(default)]
    parents: Vec<String>,
    /// Files of other folders that belong to it as well.
    #[serde(default)]
    shared: Vec<String>,
}

/// Compiles the guide in the folder `id` of `profiles`, with the types of `base`.
pub(crate) fn compile(profiles: &Path, id: &str, base: &Draft) -> Result<Draft, String> {
    let manifest = manifest(profiles, id)?;
    let guides = manifest.parents.iter().map(String::as_str).chain([id]);
    let guides = guides.map(|id| guide(profiles, id)).collect::<Result<Vec<_>, _>>()?;
    let lifecycle = lifecycle(profiles, id, &manifest.shared)?;
    let mut definitions = Definitions::default();
    let own = definitions.add_shorthand(&guides, base).map_err(|error| error.to_string())?;
    let note = manifest.note.map(|note| format!(" ({note})")).unwrap_or_default();
    let source = format!("{} {}{note}", manifest.package, manifest.version);
    let compiled = compile_some(&definitions, base, id, &source, |url| own.contains(url));
    match compiled.left_out.first() {
        Some(error) => Err(format!("{id}: {error}")),
        None => Ok(Draft { lifecycle, ..compiled.draft }),
    }
}

/// The life cycle of the guide in the folder `id`, its own or one it shares, without the layout of the file.
fn lifecycle(profiles: &Path, id: &str, shared: &[String]) -> Result<Option<String>, String> {
    let shared =
        shared.iter().filter(|name| name.ends_with("/lifecycle.json")).map(|name| profiles.join(name));
    let own = profiles.join(id).join("lifecycle.json");
    let Some(file) = std::iter::once(own).chain(shared).find(|file| file.exists()) else { return Ok(None) };
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let text = fs::read(&file).map_err(|error| failed(&error))?;
    let value: serde_json::Value = serde_json::from_slice(&text).map_err(|error| failed(&error))?;
    Ok(Some(value.to_string()))
}

fn manifest(profiles: &Path, id: &str) -> Result<Manifest, String> {
    let file = profiles.join(id).join("guide.json");
    let text = fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", file.display()))
}

/// The guide in the folder `id`, with the files it shares.
fn guide(profiles: &Path, id: &str) -> Result<Guide, String> {
    let Manifest { canonical, version, shared: mut names, .. } = manifest(profiles, id)?;
    let is_shorthand = |name: &str| Path::new(name).extension().is_some_and(|extension| extension == "fsh");
    names.retain(|name| is_shorthand(name));
    let folder = profiles.join(id);
    let failed = |error| format!("{}: {error}", folder.display());
    for entry in fs::read_dir(&folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
        if is_shorthand(&name) {
            names.push(format!("{id}/{name}"));
        }
    }
    names.sort();
    let read = |name: String| match fs::read_to_string(profiles.join(&name)) {
        Ok(text) => Ok((format!("core/profiles/{name}"), text)),
        Err(error) => Err(format!("core/profiles/{name}: {error}")),
    };
    let files = names.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(Guide { canonical, version, files })
}
