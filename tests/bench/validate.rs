//! Times reading and validating: `cargo run --release --example bench_validate -- FILE…`.
//!
//! From bytes, in one thread, medians of many runs in microseconds.

use std::{env, fs, hint::black_box, time::Instant};

use fhir_solicit::{
    json::Document,
    pack::Pack,
    validate::{Options, validate, validate_bytes},
};

/// The median time of `work` in microseconds.
fn median(mut work: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..301)
        .map(|_| {
            // Short work is repeated, so that the clock's own cost does not count.
            let start = Instant::now();
            for _ in 0..10 {
                work();
            }
            start.elapsed().as_secs_f64() * 1e5
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() -> std::io::Result<()> {
    let (pack, options) = (Pack::exchange(), Options::default());
    println!("{:>8} {:>8} {:>8} {:>9} {:>9}  file", "bytes", "read", "check", "both", "Value");
    for file in env::args().skip(1) {
        let bytes = fs::read(&file)?;
        let Ok(document) = Document::parse(bytes.clone()) else {
            println!("{file}: not JSON");
            continue;
        };
        let read = median(|| drop(black_box(Document::parse(black_box(&bytes[..])))));
        let check = median(|| drop(black_box(validate(black_box(&document), pack, &options))));
        let both = median(|| drop(black_box(validate_bytes(black_box(&bytes[..]), pack, &options))));
        let value =
            median(|| drop(black_box(serde_json::from_slice::<serde_json::Value>(black_box(&bytes)))));
        println!("{:>8} {read:>8.2} {check:>8.2} {both:>9.2} {value:>9.2}  {file}", bytes.len());
    }
    Ok(())
}
