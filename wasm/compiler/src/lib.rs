//! `fhir-solicit-compiler` as seen from JavaScript: conversions, nothing else.
//!
//! One call compiles all that belongs together. Nothing stays in here after it.
#![forbid(unsafe_code)]

use fhir_solicit_compiler::{Compiled, Definitions, compile_guide};
use fhir_solicit_validator::pack::Pack;
use js_sys::{Array, Error, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::{JsCast, JsValue, wasm_bindgen};

/// Compiles packages against the types in the pack `base`.
///
/// Each package is a pair of its name and what it holds: the bytes of a `.tgz`, or pairs of path and bytes.
/// Gives `{ pack, profiles, leftOut, missing }`, all but the bytes of the pack being arrays of strings.
///
/// # Errors
/// A JavaScript `Error` where a package cannot be read, or holds nothing to compile.
#[wasm_bindgen]
pub fn compile(packages: &Array, base: Vec<u8>, id: &str) -> Result<Object, JsValue> {
    let mut definitions = Definitions::default();
    for package in packages.iter().map(|package| Array::from(&package)) {
        let (name, content) = (text(&package.get(0)), package.get(1));
        match content.dyn_into::<Uint8Array>() {
            Ok(archive) => definitions.add_archive(&name, &archive.to_vec()),
            Err(files) => {
                let files: Vec<(String, Vec<u8>)> = Array::from(&files)
                    .iter()
                    .map(|file| Array::from(&file))
                    .map(|file| (text(&file.get(0)), Uint8Array::new(&file.get(1)).to_vec()))
                    .collect();
                definitions
                    .add_folder(&name, files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())))
            }
        }
        .map_err(error)?;
    }
    if definitions.is_empty() {
        return Err(error(
            "there is no StructureDefinition, ValueSet, CodeSystem or Questionnaire to compile",
        ));
    }
    let base = Pack::read(base).map_err(error)?.to_draft();
    let names = definitions.packages().iter().map(|one| format!("{} {}", one.name, one.version));
    let source = names.collect::<Vec<_>>().join(", ");
    let Compiled { draft, left_out, missing, .. } = compile_guide(&definitions, &base, id, &source);
    let bytes = draft.to_bytes().map_err(error)?;

    let result = Object::new();
    let missing = missing.into_iter().chain(definitions.missing_packages());
    for (name, value) in [
        ("pack", Uint8Array::from(&bytes[..]).into()),
        ("profiles", strings(draft.profiles.into_keys())),
        ("leftOut", strings(left_out.iter().map(ToString::to_string))),
        ("missing", strings(missing)),
    ] {
        Reflect::set(&result, &name.into(), &value)?;
    }
    Ok(result)
}

fn text(value: &JsValue) -> String {
    value.as_string().unwrap_or_default()
}

fn strings(all: impl Iterator<Item = String>) -> JsValue {
    all.map(JsValue::from).collect::<Array>().into()
}

#[expect(clippy::needless_pass_by_value, reason = "errors are handed over where they happen")]
fn error(error: impl ToString) -> JsValue {
    Error::new(&error.to_string()).into()
}
