//! Text → program → result over a few documents: no panic, no hang, and a heap that has a limit.
#![no_main]

use std::{alloc::System, sync::LazyLock};

use cap::Cap;
use fhir_solicit::{
    fhirpath::{Context, Element, Evaluator, Model, Program, Type},
    json::Document,
    pack::Pack,
};
use libfuzzer_sys::fuzz_target;

#[global_allocator]
static HEAP: Cap<System> = Cap::new(System, usize::MAX);

/// Steps that one evaluation may take.
const STEPS: u64 = 50_000;

/// Bytes of heap that one expression may take.
const HEAP_LIMIT: usize = 64 << 20;

/// What expressions are evaluated over: primitives of all kinds, things contained, a Bundle.
static DOCUMENTS: LazyLock<Vec<Document>> = LazyLock::new(|| {
    let texts = [
        include_str!("../seeds/patient.json"),
        include_str!("../seeds/bundle.json"),
        r#"{"resourceType":"Nothing","a":[[1],{"b":null}],"_a":3}"#,
        "[]",
    ];
    texts.map(|text| Document::parse(text).expect("a document")).into()
});

fuzz_target!(|text: &str| {
    let documents = &*DOCUMENTS;
    let pack = Pack::exchange();
    // Beyond it an allocation fails, which ends the process.
    HEAP.set_limit(HEAP.allocated() + HEAP_LIMIT).expect("less is allocated");
    if let Ok(program) = Program::compile(text) {
        for document in documents {
            let root = document.root();
            let name = root.string("resourceType").unwrap_or_default();
            let element = Element::new(root, Model::resource(pack, &name).unwrap_or(Type::UNKNOWN));
            let now = Some("2024-02-29T10:30:00Z");
            let context = Context { element, resource: element, root: element, now };
            let held = Evaluator::new(pack, STEPS).test(program.code(), context);
            assert_eq!(Evaluator::new(pack, STEPS).test(program.code(), context), held, "it is a function");
            let _ = Evaluator::new(pack, STEPS).texts(program.code(), context);
        }
    }
    HEAP.set_limit(usize::MAX).expect("no limit");
});
