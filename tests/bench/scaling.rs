//! Shows that time grows with the length of the input and not faster, whatever is in it:
//! `cargo run --release --example bench_scaling -- [--json FILE]`.

mod common;

use std::hint::black_box;

use fhir_solicit::{
    fhirpath::{Context, Element, Evaluator, Program, Type},
    json::Document,
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

/// Expressions over a `description` of growing length, such as a hostile profile may hold: patterns that backtracking
/// never gets to the end of or that are much larger than they look, and texts that multiply.
const EXPRESSIONS: &[(&str, &str)] = &[
    ("nested repetitions in matches", "description.matches('^(([a-z ])+.)+[A-Z]([a-z ])+$')"),
    ("counted repetitions in matches", "description.matches('((x?){1,50}){1,50}!')"),
    ("one long text many times", "descendants().select(%resource.description).join().length()"),
    ("every item with every item", "description.toChars().all($this in %resource.description.toChars())"),
];

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
    ("nulls with siblings", |n| {
        let (nulls, siblings) = (repeated(n, "null"), repeated(n, r#"{"id":"x"}"#));
        of_task(&format!(r#""meta":{{"profile":[{nulls}],"_profile":[{siblings}]}}"#))
    }),
    ("contained resources of one id", |n| {
        let contained = repeated(n, r#"{"resourceType":"Binary","id":"x"}"#);
        let references = repeated(n, r##"{"reference":"#x"}"##);
        of_task(&format!(r#""contained":[{contained}],"basedOn":[{references}]"#))
    }),
    ("entries of one fullUrl", |n| {
        let entry = r#"{"fullUrl":"urn:uuid:x","resource":{"resourceType":"Task","status":"requested",
            "intent":"order","owner":{"reference":"urn:uuid:x"},"for":{"reference":"http://h/Task/1/_history/1"}}}"#;
        format!(r#"{{"resourceType":"Bundle","entry":[{}],"type":"searchset"}}"#, repeated(n, entry))
    }),
    ("known extensions, wrongly used", |n| {
        let url = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
        of_task(&format!(
            r#""extension":[{}]"#,
            repeated(n, &format!(r#"{{"url":"{url}","valueCode":"x"}}"#))
        ))
    }),
    ("unknown extensions", |n| {
        of_task(&format!(r#""extension":[{}]"#, repeated(n, r#"{"url":"http://x","valueCode":"x"}"#)))
    }),
    ("a narrative of faults", |n| {
        let faults = repeated(n, "<p class='x' title='&amp;'>x</p><a href='javascript:x'>");
        of_task(&format!(r#""text":{{"div":"<div xmlns='http://www.w3.org/1999/xhtml'>{faults}"}}"#))
    }),
    ("choices given twice", |n| {
        let choices = repeated(n, r#""valueCode":"x","valueId":"x""#);
        format!(r#"{{"resourceType":"Parameters","parameter":[{{"name":"x",{choices}}}]}}"#)
    }),
    ("links in a narrative", |n| {
        let link = |i| format!("<a name='a{i}' href='#a{}'>x</a>", i + 1);
        let links: String = (0..n).map(link).collect();
        let div = format!("<div xmlns='http://www.w3.org/1999/xhtml'>{links}</div>");
        of_task(&format!(r#""text":{{"status":"generated","div":"{div}"}}"#))
    }),
    ("references into a Bundle", |n| {
        let entry = |i| {
            format!(
                r#"{{"fullUrl":"urn:uuid:{i}","resource":{{"resourceType":"Task","status":"requested","intent":"order","focus":{{"reference":"urn:uuid:{}"}}}}}}"#,
                n - i
            )
        };
        let entries: Vec<String> = (0..n).map(entry).collect();
        format!(r#"{{"resourceType":"Bundle","type":"collection","entry":[{}]}}"#, entries.join(","))
    }),
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

/// Evaluates as the rules do: with steps in proportion to the document.
fn evaluate(program: &Program, document: &Document) {
    let root = Element::new(document.root(), Type::UNKNOWN);
    let context = Context { element: root, resource: root, root, now: None };
    let steps = 100_000 + 256 * document.node_count() as u64;
    let _ = black_box(Evaluator::new(Pack::exchange(), steps).test(program.code(), context));
}

fn main() -> std::io::Result<()> {
    let (_, json) = common::arguments();
    let (pack, options) = (Pack::exchange(), &Options::default());
    let check = |text: &str| drop(black_box(validate_bytes(black_box(text), pack, options)));
    let mut figures = json!({});
    println!("{:34} {:>26} {:>24}", "", "bytes", "ns a byte");
    let mut measure = |name: &str, make: &dyn Fn(usize) -> String, work: &dyn Fn(&str)| {
        let texts = SIZES.map(make);
        let [mut small, mut middle, mut large] = [0, 1, 2].map(|at: usize| {
            let text = texts[at].as_str();
            move || work(text)
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
    };
    for (name, make) in INPUTS {
        measure(name, make, &check);
    }
    for (name, expression) in EXPRESSIONS {
        let program = Program::compile(expression).map_err(std::io::Error::other)?;
        let make = |n| of_task(&format!(r#""description":"{}""#, "a long text ".repeat(n)));
        measure(name, &make, &|text| {
            if let Ok(document) = Document::parse(text) {
                evaluate(&program, &document);
            }
        });
    }
    common::write(json, &figures)
}
