//! JSON Patch, RFC 6902: `test`, `add`, `replace` and `remove`.

use std::cmp::Ordering;

use fhir_solicit::json::{Document, Key, Kind, Value, tokens};

use crate::{
    condition, create,
    message::Method,
    refusal::{Answer, Refusal},
    route::Call,
    server::Server,
};

/// `PATCH [base]/Type/id`: 200, 412 where `If-Match` does not fit, 422 where an operation cannot
/// be carried out; then none is.
pub(crate) fn patch(server: &mut Server, call: &Call<'_>, key: &str) -> Answer {
    let operations = Document::parse(condition::body(call, &["application/json-patch+json"])?)?;
    if operations.root().kind() != Kind::Array {
        return Err(Refusal::invalid("a JSON Patch is an array of operations"));
    }
    if server.store.latest(key).is_none() {
        return Err(Refusal::not_found("there has never been a resource here"));
    }
    condition::guard(call, &server.store, key)?;
    let current = server.read(key).ok_or_else(|| Refusal::new(410, "deleted", "the resource was deleted"))?;
    let mut document = current.clone();
    for (at, operation) in operations.root().items().enumerate() {
        apply(&mut document, operation).map_err(|mut refusal| {
            refusal.diagnostics = format!("operation {at}: {}", refusal.diagnostics);
            refusal
        })?;
    }
    let keeps = |name| document.root().string(name) == current.root().string(name);
    if !keeps("id") || !keeps("resourceType") {
        return Err(cannot("a patch changes neither id nor resourceType"));
    }
    server.store.put(key, document, Method::Patch, call.now)?;
    create::stored(server, call.request, 200, key)
}

fn cannot(diagnostics: &str) -> Refusal {
    Refusal::new(422, "processing", diagnostics)
}

fn apply(document: &mut Document, operation: Value<'_>) -> Result<(), Refusal> {
    let path = operation.string("path").ok_or_else(|| Refusal::invalid("path is missing"))?;
    let value = || operation.get("value").ok_or_else(|| Refusal::invalid("value is missing"));
    let found = || document.root().pointer(&path).ok_or_else(|| cannot("nothing is at its path"));
    match operation.string("op").as_deref() {
        Some("test") => {
            let same = same(found()?, value()?);
            return same.then_some(()).ok_or_else(|| cannot("the value at its path is another one"));
        }
        Some("replace") => {
            found()?;
            document.set_raw(&path, value()?.raw())?;
        }
        Some("remove") => {
            found()?;
            document.remove(&path)?;
        }
        Some("add") => add(document, &path, value()?.raw())?,
        _ => return Err(Refusal::invalid("op has to be test, add, replace or remove")),
    }
    Ok(())
}

/// Whether two values mean the same (RFC 6902 section 4.6); nested ones wait in a list, so that
/// depth costs no stack.
fn same(left: Value<'_>, right: Value<'_>) -> bool {
    let mut open = vec![(left, right)];
    while let Some((left, right)) = open.pop() {
        let number = |value: Value<'_>| value.as_number().and_then(|text| text.parse::<f64>().ok());
        let alike = match (left.kind(), right.kind()) {
            (Kind::Number, Kind::Number) => {
                number(left).partial_cmp(&number(right)).is_some_and(Ordering::is_eq)
            }
            (Kind::String, Kind::String) => left.as_str() == right.as_str(),
            (Kind::Array, Kind::Array) => {
                open.extend(left.items().zip(right.items()));
                left.items().count() == right.items().count()
            }
            (Kind::Object, Kind::Object) => {
                let pair = |(name, value): (Key<'_>, _)| Some((value, right.get(&name.as_str())?));
                open.extend(left.members().map_while(pair));
                let known = left.members().all(|(name, _)| right.get(&name.as_str()).is_some());
                known && left.members().count() == right.members().count()
            }
            // true, false and null are written in one way only.
            _ => left.raw() == right.raw(),
        };
        if !alike {
            return false;
        }
    }
    true
}

/// An object's member is set; an array's later items move up.
fn add(document: &mut Document, path: &str, json: &str) -> Result<(), Refusal> {
    let absent = || cannot("nothing is there that could hold its path");
    let Some((container, _)) = path.rsplit_once('/') else { return Ok(document.set_raw(path, json)?) };
    let parent = document.root().pointer(container).ok_or_else(absent)?;
    let last = tokens(path).and_then(Iterator::last).ok_or_else(absent)?;
    if parent.kind() != Kind::Array || last == "-" {
        return Ok(document.set_raw(path, json)?);
    }
    let mut items: Vec<&str> = parent.items().map(Value::raw).collect();
    let index = last.parse().ok().filter(|&index| index <= items.len()).ok_or_else(absent)?;
    items.insert(index, json);
    let array = format!("[{}]", items.join(","));
    Ok(document.set_raw(container, &array)?)
}
