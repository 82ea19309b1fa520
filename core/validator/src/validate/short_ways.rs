//! The short ways of FHIRPath give what the long ones give, of the constraints of a pack.

use alloc::{collections::BTreeSet, format, string::String, vec, vec::Vec};

use proptest::prelude::*;

use crate::{
    fhirpath::{Context, Element, Evaluator, Model, Program},
    json::Document,
    pack::{Constraint, Draft, Pack, Profile, ProfileElement, Severity},
};

/// Pairs of expressions that mean the same. The first takes a short way: a path that is followed once, a text that
/// is compared where it stands, a condition without a collection. The second goes all the way.
const PAIRS: &[(&str, &str)] = &[
    ("status = 'draft'", "select(status) = ('dra' & 'ft')"),
    ("status != 'draft'", "select(status) != ('dra' & 'ft')"),
    ("authoredOn = '2024-01-01'", "select(authoredOn) = ('2024-01-' & '01')"),
    ("authoredOn != '2024-01-01T00:00:00Z'", "select(authoredOn) != ('2024-01-01T00:00:00' & 'Z')"),
    ("Task.code.coding.code", "select(code).select(coding).select(code)"),
    (
        "Task.code.coding.code.where($this = 'a').exists()",
        "select(code).coding.code.where($this = ('a' & '')).count() > 0",
    ),
    (
        "input.type.coding.code.where($this = 'a' or $this = 'b').count() = 1",
        "(input.type.coding.select(code) | {}).where(('a' & '') = $this or $this = ('b' & '')).count() < 2 and input.type.coding.select(code).where($this = ('a' & '') or $this = ('b' & '')).count() = 1",
    ),
    ("input.value.exists()", "select(input).select(value).count() > 0"),
    (
        "input.where(type.coding.where(code = 'a').exists()).value.empty()",
        "select(input).where(type.coding.select(code = ('a' & '')).anyTrue()).select(value).count() = 0",
    ),
    ("input.all(value.exists())", "input.select(value.count() > 0).allTrue()"),
    (
        "status.hasValue() and input.empty().not()",
        "select(status).count() = 1 and select(status).select(getValue()).count() = 1 and input.count() > 0",
    ),
    ("status = 'draft' implies input.exists()", "select(status) = ('dra' & 'ft') implies input.count() > 0"),
    (
        "(status = 'draft' or status != 'ready') and (Task.code.empty() xor input.exists())",
        "(select(status) = 'draft' or select(status) != 'ready') and (select(code).count() = 0 xor select(input).exists())",
    ),
    (
        "input.where(type.coding.where((system = 'a' and code = 'b') or code = 'a').exists()).count() >= 1",
        "input.where(type.coding.select((system | {}) = 'a' and (code | {}) = 'b' or (code | {}) = 'a').anyTrue()).count() > 0",
    ),
    (
        "input.type.coding.exists(code != 'a').not() or input.value.count() < 2",
        "input.select(type).coding.select((code | {}) != 'a').where($this).empty() or input.select(value).count() <= 1",
    ),
    (
        "code.coding.where($this.code = 'a').code = 'a' implies Task.input.all(type.exists())",
        "select(code).coding.where(('a' & '') = code).select(code) = 'a' implies select(input).all(select(type).exists())",
    ),
];

/// Expressions that are held to themselves, evaluated all the way.
const EXPRESSIONS: &[&str] = &[
    "status",
    "code.coding.code.hasValue() implies status",
    "status.hasValue() and authoredOn.hasValue().not()",
    "status.startsWith('dra') or authoredOn.endsWith('4')",
    "status.contains(code.coding.first().code)",
    "status.matches('^[a-z]+$') xor authoredOn.matches('-')",
    "status & '-' & authoredOn = 'draft-2024'",
    "status.replaceMatches('a.*', 'b') = 'drb'",
    "input.type.coding.where(code.startsWith('a')).code.endsWith('b')",
    "input.type.coding.all(code.startsWith(%resource.code.coding.first().code & ''))",
    "input.all(type.coding.code.first().startsWith(%context.status.replaceMatches('r.*', '')))",
    "%resource.status = status and %rootResource.input.first().value = input.value",
    "Task.code.coding.code.where($this = 'a').exists() implies Task.input.type.coding.code.where($this = 'b').empty()",
    "Task.input.type.coding.code.where($this = 'a' or $this = 'b' or $this = '2024').count() = 1",
    "status.where($this = '2024' or $this = 'x').exists()",
    "authoredOn.where($this = '2024-01-01T00:00:00Z').empty()",
    "input.all(type.coding.code.where($this = 'a' or $this = 'ab').exists())",
    "input.where(type.coding.where(system = 'a' and (code = 'a' or code = 'b')).exists()).count() = 1",
    "input.select(type).coding.code.where($this = 'a').exists()",
    "code.coding.first().code = input.type.coding.first().code",
    "authoredOn.exists().not() or status.exists().not() or authoredOn >= status",
    "authoredOn < status",
    "status > 3 or input.value <= 1",
    "status.toInteger() >= 7 or authoredOn.toInteger() < input.count()",
    "iif(status != 'draft', input.count() > 1, code.exists())",
    "iif(status.exists(), input.exists())",
    "(status = 'draft') = input.exists()",
    "input.tail().all(type.exists())",
    "input.tail().type.coding.first().code = 'a'",
    "input.type.coding.code.isDistinct()",
    "input.type.coding.code.trace('codes').isDistinct() and code.isDistinct()",
    "input.select(type).coding.select(code & system).isDistinct()",
    "input.where(type.exists()).select(type.coding.first().code & value).isDistinct()",
    "input.select(value = 'x').exists()",
    "input.select(type.exists()).empty()",
    "(code | input.type).coding.exists(code = 'a')",
    "(code | input.type).coding.all(code = 'a')",
    "(code | input).where(coding.exists()).coding.empty()",
    "children().coding.where(code = 'a').exists()",
    "children().type.coding.where(code.contains('a').not()).system.empty()",
];

fn coding() -> impl Strategy<Value = String> {
    let member = prop_oneof![
        prop::sample::select(vec!["a", "b", "ab", ""]).prop_map(|code| format!(r#""code":"{code}""#)),
        prop::sample::select(vec!["a", "b"]).prop_map(|code| format!(r#""system":"{code}""#)),
        Just(String::from(r#""co\u0064e":"\u0061""#)),
        Just(String::from(r#""_code":{"extension":[{"url":"x","valueCode":"a"}]}"#)),
    ];
    prop::collection::vec(member, 0..3).prop_map(|members| format!("{{{}}}", members.join(",")))
}

fn concept() -> impl Strategy<Value = String> {
    let codings = prop::collection::vec(coding(), 0..3);
    codings.prop_map(|codings| format!(r#"{{"coding":[{}]}}"#, codings.join(",")))
}

fn input() -> impl Strategy<Value = String> {
    let value = prop::sample::select(vec![
        "",
        r#","valueString":"x""#,
        r#","value":1"#,
        r#","_valueCode":{"id":"i"}"#,
    ]);
    (concept(), value).prop_map(|(of, value)| format!(r#"{{"type":{of}{value}}}"#))
}

fn task() -> impl Strategy<Value = String> {
    let member = prop_oneof![
        prop::sample::select(vec!["draft", "ready", "2024", ""])
            .prop_map(|one| format!(r#""status":"{one}""#)),
        prop::sample::select(vec!["2024-01-01", "2024-01-01T00:00:00+00:00", "2024", "x"])
            .prop_map(|one| format!(r#""authoredOn":"{one}""#)),
        Just(String::from(r#""status":["draft","x"]"#)),
        Just(String::from(r#""status":7"#)),
        Just(String::from(r#""_status":{"id":"s"}"#)),
        concept().prop_map(|one| format!(r#""code":{one}"#)),
        prop::collection::vec(input(), 0..3).prop_map(|all| format!(r#""input":[{}]"#, all.join(","))),
    ];
    let members = prop::collection::vec(member, 0..6);
    members.prop_map(|members| format!("{{{}}}", [vec![OF.into()], members].concat().join(",")))
}

fn short_ones() -> impl Iterator<Item = &'static str> {
    PAIRS.iter().map(|(short, _)| *short).chain(EXPRESSIONS.iter().copied())
}

/// The exchange's types and a profile whose constraints are the short ones, so that they share a text as those of
/// packs do.
fn pack() -> Pack {
    let constraints = short_ones().enumerate().map(|(at, short)| Constraint {
        key: format!("c-{at}"),
        severity: Severity::Error,
        expression: short.into(),
    });
    let root = ProfileElement {
        name: "Task".into(),
        constraints: (0..short_ones().count() as u32).collect(),
        ..Default::default()
    };
    let (url, of) = (String::from(URL), "Task".into());
    let profile = Profile { url: url.clone(), version: None, of, base: None, root };
    let draft = Draft {
        profiles: [(url, profile)].into(),
        profile_constraints: constraints.collect(),
        ..Draft::default()
    };
    Pack::exchange().join(&Pack::read(draft.to_bytes().unwrap()).unwrap())
}

const OF: &str = r#""resourceType":"Task""#;
const URL: &str = "http://example.org/p";

proptest! {
    #[test]
    fn short_ways_give_what_long_ones_do(texts in prop::collection::vec(task(), 8)) {
        let pack = pack();
        let profile = pack.profile_row(URL).unwrap();
        for text in texts {
            let document = Document::parse(text).unwrap();
            let root = Element::new(document.root(), pack.resource("Task").unwrap());
            let context = Context { element: root, resource: root, root, now: None };
            // What is remembered from one expression to the next is right for that one, too.
            let mut shared = Evaluator::new(&pack, 1_000_000);
            let long_ones = PAIRS.iter().map(|(_, long)| *long).chain(EXPRESSIONS.iter().copied());
            for (at, (short, long)) in short_ones().zip(long_ones).enumerate() {
                let code = pack.code(pack.profile_constraint(profile, at as u32).unwrap());
                let program = Program::compile(long).unwrap().without_short_ways();
                let tested = Evaluator::new(&pack, 1_000_000).test(program.code(), context).map_err(|_| ());
                let long = Evaluator::new(&pack, 1_000_000).texts(program.code(), context).map_err(|_| ());
                for _ in 0..2 {
                    let found = shared.texts(code, context).map_err(|_| ());
                    prop_assert_eq!(&found, &long, "{} {}", short, document.text());
                    let found = shared.test(code, context).map_err(|_| ());
                    prop_assert_eq!(&found, &tested, "{} {}", short, document.text());
                }
            }
        }
    }

    #[test]
    fn who_runs_out_of_steps_decides_nothing_else(text in task(), steps in 0_u64..60) {
        let pack = pack();
        let document = Document::parse(text).unwrap();
        let root = Element::new(document.root(), pack.resource("Task").unwrap());
        let context = Context { element: root, resource: root, root, now: None };
        for short in short_ones() {
            let program = Program::compile(short).unwrap();
            let all = Evaluator::new(&pack, 1_000_000).test(program.code(), context);
            if let Ok(found) = Evaluator::new(&pack, steps).test(program.code(), context) {
                prop_assert_eq!(Some(found), all.ok(), "{} {}", short, document.text());
            }
        }
    }

    #[test]
    fn what_is_distinct_is_so_however_many_there_are(
        codes in prop::collection::vec("[a-c]{0,9}|[0-9]{4}|T[0-9]", 0..40),
    ) {
        let pack = pack();
        let codings: Vec<String> = codes.iter().map(|code| format!(r#"{{"code":"{code}"}}"#)).collect();
        let document = Document::parse(format!(r#"{{{OF},"code":{{"coding":[{}]}}}}"#, codings.join(","))).unwrap();
        let root = Element::new(document.root(), pack.resource("Task").unwrap());
        let context = Context { element: root, resource: root, root, now: None };
        for expression in ["code.coding.code.isDistinct()", "code.coding.select('1' & code).isDistinct()"] {
            let program = Program::compile(expression).unwrap();
            let short = Evaluator::new(&pack, 1_000_000).test(program.code(), context).unwrap();
            let long = program.without_short_ways();
            let long = Evaluator::new(&pack, 1_000_000).test(long.code(), context).unwrap();
            prop_assert_eq!(short, long, "{} {}", expression, document.text());
            let all: BTreeSet<&String> = codes.iter().collect();
            prop_assert_eq!(short, Some(all.len() == codes.len()));
        }
    }
}
