//! Validates files: `cargo run --release --example validate -- [--format text|ndjson] FILE…`.
//!
//! Says of each issue where it is, with the place underlined, or of each file one line of JSON. Ends with 1
//! where a file is not valid, with 2 where one cannot be read.

use std::{env, fs, process::ExitCode};

use fhir_solicit::{
    pack::Pack,
    validate::{Issue, Options, Report, Unchecked, validate_bytes},
};
use serde::Serialize;

/// How much of a line is shown before and after a place, in characters.
const BEFORE: usize = 60;
const AFTER: usize = 80;

fn main() -> ExitCode {
    let mut files: Vec<String> = env::args().skip(1).collect();
    let mut format = "text".to_owned();
    if files.first().is_some_and(|first| first == "--format") && files.len() > 1 {
        format = files.drain(..2).next_back().unwrap_or_default();
    }
    if files.is_empty() || !matches!(&*format, "text" | "ndjson") {
        eprintln!("usage: validate [--format text|ndjson] FILE…");
        return ExitCode::from(2);
    }
    let (mut is_invalid, mut has_failed) = (false, false);
    for file in files {
        let bytes = match fs::read(&file) {
            Ok(bytes) => bytes,
            Err(error) => {
                eprintln!("error: {file}: {error}");
                has_failed = true;
                continue;
            }
        };
        let report = validate_bytes(&bytes[..], Pack::exchange(), &Options::default());
        is_invalid |= !report.is_valid();
        if format == "ndjson" {
            // Strings and numbers always serialize.
            println!("{}", to_json(&file, &report).unwrap_or_default());
        } else {
            report.issues.iter().for_each(|issue| show(&file, &String::from_utf8_lossy(&bytes), issue));
        }
    }
    ExitCode::from(if has_failed { 2 } else { u8::from(is_invalid) })
}

/// The line that `fhir-solicit validate --format ndjson` prints.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    file: &'a str,
    resource_type: Option<&'a str>,
    valid: bool,
    errors: usize,
    warnings: usize,
    issues: &'a [Issue],
    unchecked: &'a [Unchecked],
}

fn to_json(file: &str, report: &Report) -> serde_json::Result<String> {
    serde_json::to_string(&Line {
        file,
        resource_type: report.resource_type.as_deref(),
        valid: report.is_valid(),
        errors: report.errors,
        warnings: report.warnings,
        issues: &report.issues,
        unchecked: &report.unchecked,
    })
}

/// Prints an issue as a compiler does. What a terminal would take for a command is shown as `.`.
fn show(file: &str, text: &str, issue: &Issue) {
    let (line, column) = (issue.position.line, issue.position.column as usize - 1);
    println!("{file}:{line}:{}: {}[{}] {}", column + 1, issue.severity.code(), issue.rule, issue.expression);
    let shown = text.split('\n').nth(line as usize - 1).unwrap_or_default();
    let from = column.saturating_sub(BEFORE);
    let shown: String = shown.trim_end().chars().skip(from).take(BEFORE + AFTER).collect();
    let shown = shown.replace(char::is_control, ".");
    let gutter = " ".repeat(line.to_string().len());
    println!("{line} | {shown}\n{gutter} | {}^\n{gutter} = {}\n", " ".repeat(column - from), issue.message);
}
