//! Compiles HL7's definitions into the packs of fhir-solicit: `cargo codegen [--check]`.
//!
//! The packs are committed, so that building the library needs no definitions. `--check` compiles
//! them again and fails where the committed bytes differ.

use std::{
    env, fmt, fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use compile::Selection;
use definitions::Definitions;

mod compile;
mod definitions;
mod difference;
mod extension;
mod value_set;

const USAGE: &str = "usage: cargo codegen [--check] [--definitions DIR]";

/// Where npm puts the definitions, seen from the workspace.
const DEFINITIONS: &str = "node_modules/hl7.fhir.r4.examples";

/// The package that the definitions stand for; the examples package repeats them.
const SOURCE: &str = "hl7.fhir.r4.core 4.0.1";

/// The packs there are.
const PACKS: &[Selection] = &[
    Selection { id: "r4", resources: &[], extensions: &[] },
    Selection {
        id: "exchange",
        resources: &[
            "Binary",
            "Bundle",
            "Communication",
            "CommunicationRequest",
            "DocumentReference",
            "Endpoint",
            "MessageHeader",
            "OperationOutcome",
            "Organization",
            "Parameters",
            "Patient",
            "Practitioner",
            "PractitionerRole",
            "Subscription",
            "Task",
        ],
        extensions: &["data-absent-reason"],
    },
];

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
    let (mut is_check, mut folder) = (false, workspace.join(DEFINITIONS));
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--check" => is_check = true,
            "--definitions" => folder = arguments.next().map(PathBuf::from).ok_or(USAGE)?,
            _ => return Err(USAGE.into()),
        }
    }
    let definitions = Definitions::read(&folder).map_err(text)?;
    for selection in PACKS {
        let file = workspace.join("core/validator/packs").join(selection.id).with_extension("pack");
        let draft = compile::compile(&definitions, selection, SOURCE).map_err(text)?;
        let bytes = draft.to_bytes().map_err(text)?;
        if is_check {
            let committed = fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
            if committed != bytes {
                let differences = difference::between(&committed, &bytes);
                return Err(format!(
                    "{} differs from what the definitions give; run `cargo codegen` and commit it:\n{differences}",
                    file.display()
                ));
            }
            println!("{} is what the definitions give ({} bytes)", file.display(), bytes.len());
        } else {
            fs::write(&file, &bytes).map_err(|error| format!("{}: {error}", file.display()))?;
            println!("{}: {} structures, {} bytes", file.display(), draft.structures.len(), bytes.len());
        }
    }
    Ok(())
}

fn text(error: impl fmt::Display) -> String {
    error.to_string()
}
