//! Nothing is lost: what is read and written back, or edited in one place, is otherwise the same.
#![allow(clippy::unwrap_used, reason = "a test that cannot read its material has to fail")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use fhir_solicit::json::{Document, Value};
use proptest::prelude::*;

/// Every file of these folders whose name begins with one of the exchange's own types.
fn exchange_examples(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let ours = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        path.extension().is_some_and(|extension| extension == "json")
            && ["CommunicationRequest-", "Communication-", "Task-"].iter().any(|it| name.starts_with(it))
    };
    let mut paths: Vec<PathBuf> = paths.filter(ours).collect();
    paths.sort();
    paths
}

fn round_trip(path: &Path) {
    let text = fs::read_to_string(path).unwrap();
    let mut document = Document::parse(text.as_str()).unwrap();
    assert_eq!(document.text(), text, "{}", path.display());
    // As a verb of the exchange would: one element changes, one comes and goes.
    let status = document.root().get("status").unwrap();
    let (at, old) = (status.offset(), status.raw().to_owned());
    document.set("/status", "completed").unwrap();
    let expected = format!("{}\"completed\"{}", &text[..at], &text[at + old.len()..]);
    assert_eq!(document.text(), expected, "{}", path.display());
    document.set_raw("/status", &old).unwrap();
    document.set("/unheard-of/-/deep", &1).unwrap();
    document.remove("/unheard-of").unwrap();
    assert_eq!(document.text(), text, "{}", path.display());
}

#[test]
fn hl7s_examples_of_the_exchange_read_edit_and_write_back_without_loss() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let official = exchange_examples(&root.join("node_modules/hl7.fhir.r4.examples"));
    assert!(official.len() >= 15, "the definitions package is missing; run npm ci");
    for path in &official {
        round_trip(path);
    }
}

#[test]
fn the_guides_examples_read_edit_and_write_back_without_loss() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let shared =
        std::env::var_os("FHIR_SOLICIT_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    let Ok(packages) = fs::read_dir(shared.join("packages")) else {
        println!("skipped: no guide packages at {}", shared.join("packages").display());
        return;
    };
    let folders = packages.filter_map(|entry| Some(entry.ok()?.path().join("package/example")));
    let examples: Vec<PathBuf> = folders.flat_map(|folder| exchange_examples(&folder)).collect();
    assert!(examples.len() > 50, "{} examples", examples.len());
    for path in &examples {
        round_trip(path);
    }
}

/// JSON as people write it: any nesting, numbers in any spelling, any white space.
fn json() -> impl Strategy<Value = String> {
    let number = "-?(0|[1-9][0-9]{0,18})(\\.[0-9]{1,9})?([eE][+-]?[0-9]{1,2})?";
    let text = "(\\PC|\\n|\\t){0,8}".prop_map(|text| serde_json::to_string(&text).unwrap());
    let leaf = prop_oneof![Just("null".to_owned()), Just("true".to_owned()), number, text.boxed()];
    let space = "[ \\n\\r\\t]{0,2}";
    leaf.prop_recursive(5, 40, 5, move |inner| {
        let array = (prop::collection::vec(inner.clone(), 0..5), space).prop_map(|(items, space)| {
            format!("[{space}{}{space}]", items.join(&format!("{space},{space}")))
        });
        let members = prop::collection::vec(("[a-z~/\u{e9}\"\\\\]{1,4}", inner), 0..5);
        let object = (members, space).prop_map(|(members, space)| {
            let member =
                |(name, value)| format!("{}{space}:{space}{value}", serde_json::to_string(&name).unwrap());
            let members: Vec<String> =
                members.into_iter().map(|(name, value): (String, String)| member((name, value))).collect();
            format!("{{{space}{}{space}}}", members.join(&format!(",{space}")))
        });
        prop_oneof![array, object]
    })
}

/// The same value as `serde_json` reads it.
fn same(ours: Value<'_>, theirs: &serde_json::Value) -> bool {
    match theirs {
        serde_json::Value::String(text) => ours.as_str().is_some_and(|ours| ours == text.as_str()),
        serde_json::Value::Array(items) => {
            ours.items().count() == items.len()
                && ours.items().zip(items).all(|(ours, theirs)| same(ours, theirs))
        }
        // Of doubled names serde keeps the last.
        serde_json::Value::Object(members) => members.iter().all(|(name, theirs)| {
            ours.members().filter(|(key, _)| key.is(name)).last().is_some_and(|(_, ours)| same(ours, theirs))
        }),
        other => serde_json::from_str::<serde_json::Value>(ours.raw()).is_ok_and(|ours| ours == *other),
    }
}

/// Pointers to every value below the root.
fn pointers(value: Value<'_>, prefix: &str, found: &mut Vec<String>) {
    let members =
        value.members().map(|(key, value)| (fhir_solicit::json::escape(&key.as_str()).into_owned(), value));
    let items = value.items().enumerate().map(|(at, value)| (at.to_string(), value));
    for (token, value) in members.chain(items) {
        let pointer = format!("{prefix}/{token}");
        pointers(value, &pointer, found);
        found.push(pointer);
    }
}

proptest! {
    #[test]
    fn any_json_reads_as_serde_reads_it_and_is_kept_as_written(text in json()) {
        let document = Document::parse(text.as_str()).unwrap();
        prop_assert_eq!(document.text(), &text);
        let theirs: serde_json::Value = serde_json::from_str(&text).unwrap();
        prop_assert!(same(document.root(), &theirs));
    }

    #[test]
    fn an_edit_changes_only_what_it_names(text in json(), pick in any::<prop::sample::Index>()) {
        let document = Document::parse(text.as_str()).unwrap();
        let mut all = Vec::new();
        pointers(document.root(), "", &mut all);
        prop_assume!(!all.is_empty());
        let pointer = pick.get(&all);
        let mut edited = document.clone();
        if edited.set(pointer, &42).is_err() {
            prop_assert_eq!(edited.text(), &text, "a doubled name: refused without a trace");
            return Ok(());
        }
        let value = document.root().pointer(pointer).unwrap();
        let (before, after) = (&text[..value.offset()], &text[value.offset() + value.raw().len()..]);
        prop_assert_eq!(edited.text(), format!("{before}42{after}"));
        edited.remove(pointer).unwrap();
        prop_assert!(Document::parse(edited.text()).is_ok());
        prop_assert!(edited.text().len() < text.len() + 2);
    }

    #[test]
    fn any_bytes_give_a_document_or_an_error_as_serde_does(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let ours = Document::parse(bytes.clone()).is_ok();
        let theirs = serde_json::from_slice::<serde_json::Value>(&bytes).is_ok();
        prop_assert_eq!(ours, theirs);
    }

    #[test]
    fn broken_json_is_broken_for_both(text in json(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = text.into_bytes();
        let index = at.index(bytes.len());
        bytes[index] = byte;
        let ours = Document::parse(bytes.clone()).is_ok();
        let theirs = serde_json::from_slice::<serde_json::Value>(&bytes).is_ok();
        // serde_json turns a number beyond f64 into an error; we keep it as it is written.
        prop_assert!(ours == theirs || (ours && String::from_utf8_lossy(&bytes).contains(['e', 'E'])));
    }
}
