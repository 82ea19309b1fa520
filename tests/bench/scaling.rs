//! Shows that time grows with the length of the input and not faster, whatever is in it:
//! `cargo run --release --example bench_scaling -- [--json FILE]`.

mod common;

use std::hint::black_box;

use fhir_solicit::{
    pack::Pack,
    validate::{Options, validate_bytes},
};
use serde_json::json;

/// Repetitions at the three sizes of each input.
const SIZES: [usize; 3] = [500, 4_000, 32_000];
/// Beyond this factor between the time per byte of the first size and of the last it is not linear any more;
/// larger inputs leave the processor's caches, which costs, too.
const LINEAR: f64 = 2.5;

/// Makes an input of `n` repetitions.
type Make = fn(n: usize) -> String;

const INPUTS: &[(&str, Make)] = &[
    ("Bundles in Bundles", |n| {
        // As deep as `Limits` allow: three levels each.
        let n = n / 12;
        let open = r#"{"resourceType":"Bundle","type":"collection","entry":[{"resource":"#;
        format!("{}{}{}", open.repeat(n), r#"{"resourceType":"Basic"}"#, "}]}".repeat(n))
    }),
    ("extensions in extensions", |n| {
        let n = n / 8;
        let open = r#"{"url":"http://x","extension":["#;
        let inner = r#"{"url":"http://x","valueCode":"a"}"#;
        of_task(&format!(r#""extension":[{}{inner}{}]"#, open.repeat(n), "]}".repeat(n)))
    }),
    ("one name again and again", |n| of_task(&repeated(n, r#""status":"requested""#))),
    ("unknown names", |n| of_task(&repeated(n, r#""statusx":"x""#))),
    ("siblings of one name", |n| of_task(&repeated(n, r#""_status":{"id":"x"}"#))),
    ("a long array of codes", |n| {
        of_task(&format!(r#""meta":{{"profile":[{}]}}"#, repeated(n, r#""http://x""#)))
    }),
    ("a long array of objects", |n| {
        of_task(&format!(r#""input":[{}]"#, repeated(n, r#"{"type":{"text":"x"},"valueCode":"a"}"#)))
    }),
    ("an issue in every item", |n| of_task(&format!(r#""input":[{}]"#, repeated(n, r#"{"valueX":1}"#)))),
    ("references to contained resources", |n| {
        let numbered = |make: &dyn Fn(usize) -> String| (0..n).map(make).collect::<Vec<_>>().join(",");
        of_task(&format!(
            r#""contained":[{}],"basedOn":[{}]"#,
            numbered(&|i| format!(r#"{{"resourceType":"Basic","id":"{i}"}}"#)),
            numbered(&|i| format!(r##"{{"reference":"#{i}"}}"##)),
        ))
    }),
    ("a long string", |n| of_task(&format!(r#""description":"{}""#, "a long text ".repeat(n)))),
    ("a long string of escapes", |n| of_task(&format!(r#""description":"{}""#, r"\u00e9\n".repeat(n)))),
    ("a long name", |n| of_task(&format!(r#""{}":1"#, "statuses".repeat(n)))),
    ("an attachment", |n| {
        // The largest is 5 MB.
        format!(
            r#"{{"resourceType":"Binary","contentType":"text/plain","data":"{}"}}"#,
            "QUJD".repeat(n * 40)
        )
    }),
];

fn of_task(members: &str) -> String {
    format!(r#"{{"resourceType":"Task","status":"requested","intent":"order",{members}}}"#)
}

/// No input is so long that its length were inexact.
fn bytes(text: &str) -> f64 {
    u32::try_from(text.len()).map_or(f64::INFINITY, f64::from)
}

fn repeated(n: usize, piece: &str) -> String {
    vec![piece; n].join(",")
}

fn main() -> std::io::Result<()> {
    let (_, json) = common::arguments();
    let (pack, options) = (Pack::exchange(), &Options::default());
    let mut figures = json!({});
    println!("{:34} {:>26} {:>24}", "", "bytes", "ns a byte");
    for (name, make) in INPUTS {
        let texts = SIZES.map(make);
        let [mut small, mut middle, mut large] = [0, 1, 2].map(|at: usize| {
            let text = texts[at].as_bytes();
            move || drop(black_box(validate_bytes(black_box(text), pack, options)))
        });
        let times = common::race(9, &mut [&mut small, &mut middle, &mut large]);
        let costs: Vec<f64> =
            texts.iter().zip(&times).map(|(text, time)| time.median * 1e3 / bytes(text)).collect();
        let growth = costs[2] / costs[1].min(costs[0]);
        let verdict = if growth < LINEAR { "linear" } else { "NOT LINEAR" };
        println!(
            "{name:34} {:>8} {:>8} {:>8} {:>8.2} {:>7.2} {:>7.2}  {verdict}",
            texts[0].len(),
            texts[1].len(),
            texts[2].len(),
            costs[0],
            costs[1],
            costs[2]
        );
        let sizes = texts.iter().zip(&times);
        figures[name] = sizes
            .map(|(text, time)| json!({ "bytes": text.len(), "microseconds": time.to_json() }))
            .collect();
    }
    common::write(json, &figures)
}
