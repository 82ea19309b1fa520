//! Compiles HL7's definitions into the packs of fhir-solicit: `cargo codegen [--check]`.
//!
//! The packs are committed, so that building the library needs no definitions. `--check` compiles
//! them again and fails where the committed bytes differ. `--types Patient,Observation -o FILE`
//! makes a pack of these types alone, for an app that needs no more.

use std::{
    env, fmt, fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use fhir_solicit_compiler::{Definitions, Selection, compile_types};
use fhir_solicit_validator::pack::Draft;

mod difference;
mod guide;

const USAGE: &str = "usage: cargo codegen [--check] [--definitions DIR]
       cargo codegen --types TYPE,… -o FILE [--definitions DIR]";

/// Where npm puts the definitions, seen from the workspace.
const DEFINITIONS: &str = "node_modules/hl7.fhir.r4.examples";

/// The package that the definitions stand for; the examples package repeats them.
const SOURCE: &str = "hl7.fhir.r4.core 4.0.1";

/// The types of an exchange.
const EXCHANGE: &str = "Binary,Bundle,Communication,CommunicationRequest,DocumentReference,Endpoint,\
    MessageHeader,OperationOutcome,Organization,Parameters,Patient,Practitioner,PractitionerRole,Subscription,Task";

/// The extension that may stand wherever data may be missing.
const COMMON: &str = "data-absent-reason";

/// The packs there are: what each is called, its types, its extensions; none means all of R4.
const PACKS: &[(&str, &str, &str)] = &[("r4", "", ""), ("exchange", EXCHANGE, COMMON)];

/// The packs of guides, each a folder of `core/profiles`.
const GUIDES: &[&str] = &["cdex-2019", "cdex-2019-narrative", "hrex-1.1", "cdex-2.1.0", "cdex-ci"];

/// What the command line asks for.
#[derive(Default)]
struct Arguments {
    is_check: bool,
    definitions: Option<PathBuf>,
    types: Option<String>,
    output: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new("."));
    let arguments = Arguments::read(env::args().skip(1)).ok_or(USAGE)?;
    let definitions = read(&arguments.definitions.unwrap_or_else(|| workspace.join(DEFINITIONS)))?;
    match (arguments.types, arguments.output) {
        (Some(types), Some(file)) => {
            let id = file.file_stem().and_then(|name| name.to_str()).unwrap_or("types");
            let draft = compile_types(&definitions, &selection(id, &types, COMMON), SOURCE).map_err(text)?;
            write(&file, &draft.to_bytes().map_err(text)?, &draft)
        }
        (None, None) => {
            let packs = PACKS.iter().map(|(id, types, extensions)| {
                let draft = compile_types(&definitions, &selection(id, types, extensions), SOURCE);
                draft.map(|draft| (*id, draft)).map_err(text)
            });
            let mut packs = packs.collect::<Result<Vec<_>, _>>()?;
            for id in GUIDES {
                let draft = guide::compile(&workspace.join("core/profiles"), id, &packs[0].1)?;
                packs.push((id, draft));
            }
            packs.into_iter().try_for_each(|(id, draft)| {
                let file = workspace.join("core/validator/packs").join(format!("{id}.pack"));
                let bytes = draft.to_bytes().map_err(text)?;
                if arguments.is_check { check(&file, &bytes) } else { write(&file, &bytes, &draft) }
            })
        }
        _ => Err(USAGE.into()),
    }
}

impl Arguments {
    fn read(mut given: impl Iterator<Item = String>) -> Option<Self> {
        let mut arguments = Self::default();
        while let Some(argument) = given.next() {
            match argument.as_str() {
                "--check" => arguments.is_check = true,
                "--definitions" => arguments.definitions = Some(given.next()?.into()),
                "--types" => arguments.types = Some(given.next()?),
                "-o" => arguments.output = Some(given.next()?.into()),
                _ => return None,
            }
        }
        Some(arguments)
    }
}

/// Reads the definitions in `folder`.
fn read(folder: &Path) -> Result<Definitions, String> {
    let absent = || {
        let folder = folder.display();
        format!(
            "no definitions in {folder}: run `npm ci`, or name the unpacked package with `--definitions DIR`"
        )
    };
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
        .map_err(|_| absent())?;
    // In order, so that two definitions of one URL are settled alike everywhere.
    files.sort();
    let mut definitions = Definitions::default();
    for file in files {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        // The package holds 5,000 examples too, whose files cost more time to read than all else here.
        let is_definition = ["StructureDefinition-", "ValueSet-", "CodeSystem-", "SearchParameter-"]
            .iter()
            .any(|resource_type| name.starts_with(resource_type));
        if is_definition {
            let bytes = fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
            definitions.add(name, &bytes).map_err(text)?;
        }
    }
    if definitions.is_empty() { Err(absent()) } else { Ok(definitions) }
}

fn selection(id: &str, types: &str, extensions: &str) -> Selection {
    let list = |names: &str| names.split(',').filter(|name| !name.is_empty()).map(Into::into).collect();
    Selection {
        id: id.into(),
        resources: list(types),
        extensions: list(extensions),
        profiles: types.is_empty(),
    }
}

fn write(file: &Path, bytes: &[u8], draft: &Draft) -> Result<(), String> {
    fs::write(file, bytes).map_err(|error| format!("{}: {error}", file.display()))?;
    let (structures, profiles) = (draft.structures.len(), draft.profiles.len());
    println!("{}: {structures} structures, {profiles} profiles, {} bytes", file.display(), bytes.len());
    Ok(())
}

fn check(file: &Path, bytes: &[u8]) -> Result<(), String> {
    let committed = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    if committed == bytes {
        println!("{} is what the definitions give ({} bytes)", file.display(), bytes.len());
        return Ok(());
    }
    let differences = difference::between(&committed, bytes);
    Err(format!(
        "{} differs from what the definitions give; run `cargo codegen` and commit it:\n{differences}",
        file.display()
    ))
}

fn text(error: impl fmt::Display) -> String {
    error.to_string()
}
