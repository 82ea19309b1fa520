//! `fhir-solicit-compiler` as seen from JavaScript: conversions, nothing else.
//!
//! One call compiles all that belongs together. Nothing stays in here after it.
#![forbid(unsafe_code)]

use fhir_solicit_compiler::{Compiled, Definitions, compile_guide, is_xml, xml_to_json};
use fhir_solicit_validator::pack::{Draft, Pack};
use js_sys::{Array, Error, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::{JsCast, JsValue, wasm_bindgen};

/// Compiles packages against the types in the pack `base`.
///
/// Each package is a pair of its name and what it holds: the bytes of a `.tgz`, or pairs of path and bytes.
/// Gives `{ pack, profiles, leftOut, missing, unused }`: the bytes of the pack, arrays of strings, and arrays of
/// strings by type of resource.
///
/// # Errors
/// A JavaScript `Error` where a package cannot be read, or holds nothing to compile.
#[wasm_bindgen]
pub fn compile(packages: &Array, base: Vec<u8>, id: &str) -> Result<Object, JsValue> {
    let base = Pack::read(base).map_err(error)?.to_draft();
    let mut definitions = Definitions::default();
    for package in packages.iter().map(|package| Array::from(&package)) {
        let (name, content) = (text(&package.get(0)), package.get(1));
        match content.dyn_into::<Uint8Array>() {
            Ok(archive) => definitions.add_archive(&name, &archive.to_vec()),
            Err(files) => {
                let files: Vec<(String, Vec<u8>)> = Array::from(&files)
                    .iter()
                    .map(|file| Array::from(&file))
                    .map(|file| json(text(&file.get(0)), Uint8Array::new(&file.get(1)).to_vec(), &base))
                    .collect::<Result<_, _>>()?;
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
    let names = definitions.packages().iter().map(|one| format!("{} {}", one.name, one.version));
    let source = names.collect::<Vec<_>>().join(", ");
    let Compiled { draft, left_out, missing, unused } = compile_guide(&definitions, &base, id, &source);
    let bytes = draft.to_bytes().map_err(error)?;

    let missing = missing.into_iter().chain(definitions.missing_packages());
    object([
        ("pack", Uint8Array::from(&bytes[..]).into()),
        ("profiles", strings(draft.profiles.into_keys())),
        ("leftOut", strings(left_out.iter().map(ToString::to_string))),
        ("missing", strings(missing)),
        ("unused", object(unused.iter().map(|(of, names)| (&**of, strings(names.iter().cloned()))))?.into()),
    ])
}

fn object<'n>(members: impl IntoIterator<Item = (&'n str, JsValue)>) -> Result<Object, JsValue> {
    let object = Object::new();
    for (name, value) in members {
        Reflect::set(&object, &name.into(), &value)?;
    }
    Ok(object)
}

/// The file as JSON, which definitions in XML are not yet.
fn json(file: String, bytes: Vec<u8>, base: &Draft) -> Result<(String, Vec<u8>), JsValue> {
    if !is_xml(&bytes) {
        return Ok((file, bytes));
    }
    let xml = String::from_utf8_lossy(&bytes);
    let json = xml_to_json(&xml, base).map_err(|fault| error(format!("{file}: {fault}")))?;
    Ok((file.trim_end_matches(".xml").to_owned() + ".json", json.into_bytes()))
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
