//! Times reading and validating: `cargo run --release --example bench_validate -- [--json FILE] FILE…`.
//!
//! From bytes, in one thread: medians and quartiles in microseconds, beside serde_json, which only reads.

mod common;

use std::{fs, hint::black_box};

use common::Figure;
use fhir_solicit::{
    json::Document,
    pack::Pack,
    validate::{Options, validate, validate_bytes},
};
use serde_json::json;

/// All of R4.
const R4: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/validator/packs/r4.pack");

fn main() -> std::io::Result<()> {
    let (files, json) = common::arguments();
    let (pack, options) = (Pack::exchange(), Options::default());
    let r4 = Pack::read(fs::read(R4)?).map_err(std::io::Error::other)?;
    let names = [
        "serde_json IgnoredAny",
        "serde_json Value",
        "Document",
        "validate",
        "fhir-solicit, both",
        "both, all of R4",
    ];
    let mut figures = json!({});
    for file in files {
        let bytes = &fs::read(&file)?[..];
        let Ok(document) = Document::parse(bytes) else {
            println!("{file}: not JSON");
            continue;
        };
        let rounds = if bytes.len() > 1 << 20 { 7 } else { 51 };
        let times = common::race(
            rounds,
            &mut [
                &mut || drop(black_box(serde_json::from_slice::<serde::de::IgnoredAny>(black_box(bytes)))),
                &mut || drop(black_box(serde_json::from_slice::<serde_json::Value>(black_box(bytes)))),
                &mut || drop(black_box(Document::parse(black_box(bytes)))),
                &mut || drop(black_box(validate(black_box(&document), pack, &options))),
                &mut || drop(black_box(validate_bytes(black_box(bytes), pack, &options))),
                &mut || drop(black_box(validate_bytes(black_box(bytes), &r4, &options))),
            ],
        );
        println!("native: {file}, {} bytes", bytes.len());
        println!("  {:22} {:>10} {:>21} {:>8}", "", "median µs", "quartiles", "× Value");
        for (name, figure) in names.iter().zip(&times) {
            let Figure { q1, median, q3 } = figure;
            let ratio = median / times[1].median;
            println!("  {name:22} {median:>10.1} {q1:>10.1} – {q3:<8.1} {ratio:>8.2}");
            figures[&file][name] = figure.to_json();
        }
        println!();
    }
    common::write(json, &figures)
}
