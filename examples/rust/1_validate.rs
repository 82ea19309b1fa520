//! Validates files: `cargo run --release --example validate -- FILE…`.
//!
//! Prints one line for each issue; ends with 1 where a file is not valid.

use std::{env, fs, process::ExitCode};

use fhir_solicit::{
    pack::Pack,
    validate::{Options, validate_bytes},
};

fn main() -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    for file in env::args().skip(1) {
        let bytes = match fs::read(&file) {
            Ok(bytes) => bytes,
            Err(error) => {
                eprintln!("{file}: {error}");
                return ExitCode::from(2);
            }
        };
        let report = validate_bytes(bytes, Pack::exchange(), &Options::default());
        for issue in &report.issues {
            println!("{file}:{issue}");
        }
        if !report.is_valid() {
            code = ExitCode::FAILURE;
        }
    }
    code
}
