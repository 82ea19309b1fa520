//! The same exchange in the words of another guide.
//!
//! ```text
//! a guide that asks by focus                    a guide that asks by input
//!   Task.focus ─▶ CommunicationRequest            Task.basedOn ─▶ CommunicationRequest
//!                 CommunicationRequest.payload    Task.input
//!   Task.output ─▶ Communication.payload          Task.output
//! ```
//!
//! The Task is taken over as it is, so that what both can say is lost in neither direction; only what
//! the pictures name is moved. What has no place on the other side is listed.

mod marks;
mod to_focus;
mod to_input;

pub(super) use to_focus::begin_request;
pub use to_focus::{answers_in, request_in};

use alloc::{borrow::ToOwned, format, string::String, vec::Vec};

use serde::Serialize;

use crate::{
    fhir::{Reference, Resource, Target, Task},
    json::{Document, EditError, Kind, Value},
    lifecycle::{Ask, Guide},
};

/// What stands in `payload.content[x]`, which R4 demands, beside a query that says it all.
pub const BESIDE_A_QUERY: &str = "Please send what the query finds.";
/// Ids of what is contained in a Task because nothing else holds it.
const REQUEST: &str = "communication-request";
const ANSWER: &str = "communication";
const DOCUMENT: &str = "document-";

/// What came of a translation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Translation {
    /// The exchange in the words of the other guide, the Task first.
    pub resources: Vec<Document>,
    /// What it does not say any more.
    pub lost: Vec<Lost>,
}

/// Something that one guide says and the other cannot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lost {
    /// The element in the resource given, as FHIRPath.
    pub path: String,
    /// Why it is lost; quotes no content.
    pub reason: &'static str,
}

/// Why there is nothing to translate to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Untranslatable {
    /// Both guides ask in the same way.
    #[error("the two guides ask in the same way; nothing has to be translated")]
    Alike,
    /// There is no Task that asks as the first guide has it.
    #[error("no Task among the resources asks for something as the guide it comes from has it")]
    NoTask,
    /// There is no CommunicationRequest.
    #[error("the CommunicationRequest that the Task asks for is neither among the resources nor contained")]
    NoRequest,
    /// The other guide has no way to ask for any of it.
    #[error("the other guide has no way to ask for what is asked for")]
    NothingAsked,
    /// A resource cannot be written because an element stands in the way.
    #[error(transparent)]
    Edit(#[from] EditError),
}

/// Translates one exchange: the Task, and as far as they are at hand its CommunicationRequest and
/// its Communications, in any order.
///
/// # Errors
/// [`Untranslatable`] where nothing would be left to ask for.
pub fn translate(resources: &[Document], from: &Guide, to: &Guide) -> Result<Translation, Untranslatable> {
    let mut tasks = resources.iter().filter(|it| Task::read(it).is_some_and(|task| from.ask.is_in(task)));
    match (&from.ask, &to.ask) {
        (Ask::Focus { .. }, Ask::Input { slots, output, beside }) => {
            let mut to = to_input::ToInput::new(slots, output, beside.as_deref());
            let task = to.translate(tasks.next().ok_or(Untranslatable::NoTask)?, resources)?;
            Ok(Translation { resources: alloc::vec![task], lost: to.lost })
        }
        (Ask::Input { .. }, Ask::Focus { code }) => {
            to_focus::to_focus(tasks.next().ok_or(Untranslatable::NoTask)?, resources, &from.ask, code)
        }
        _ => Err(Untranslatable::Alike),
    }
}

/// Elements of the CommunicationRequest that a Task has as well.
const SHARED: [(&str, &str); 8] = [
    ("groupIdentifier", "groupIdentifier"),
    ("priority", "priority"),
    ("subject", "for"),
    ("encounter", "encounter"),
    ("authoredOn", "authoredOn"),
    ("requester", "requester"),
    ("sender", "owner"),
    ("note", "note"),
];
const NOT_CLAIMED: &str = "what it claims to conform to, it does not any more";

/// The resource that `link`, read in `task`, means: contained, or among `resources`.
fn held(
    task: &Document,
    link: &Reference,
    resources: &[Document],
    resource_type: &str,
) -> Option<(Document, bool)> {
    match link.target()? {
        Target::Contained(id) => {
            let contained =
                task.root().list("contained").find(|it| it.string("id").as_deref() == Some(id))?;
            let document = Document::parse(contained.raw()).ok()?;
            Resource::read(&document)?.is(resource_type).then_some((document, true))
        }
        Target::Literal(literal) => {
            let is_meant = |it: &&Document| {
                Resource::read(it).is_some_and(|it| {
                    it.is(resource_type)
                        && literal.resource_type == resource_type
                        && it.id().as_deref() == Some(literal.id)
                })
            };
            let mut same_type =
                resources.iter().filter(|it| Resource::read(it).is_some_and(|it| it.is(resource_type)));
            let named = resources.iter().find(is_meant);
            // A request that was not stored yet has no id to be found by.
            let only = same_type.next().filter(|it| {
                same_type.next().is_none() && Resource::read(it).is_some_and(|it| it.id().is_none())
            });
            named.or(only).map(|document| (document.clone(), false))
        }
        _ => None,
    }
}

/// Copies an element from its document, with the contained resources it refers to, and those that
/// these refer to in turn (R112).
pub(crate) fn carry(into: &mut Document, pointer: &str, element: Option<Value<'_>>) -> Result<(), EditError> {
    let Some(element) = element else { return Ok(()) };
    carry_contained(into, element)?;
    into.set_raw(pointer, element.raw())
}

fn carry_contained(into: &mut Document, element: Value<'_>) -> Result<(), EditError> {
    let source = element.document().root();
    let mut open = alloc::vec![element];
    while let Some(value) = open.pop() {
        open.extend(value.members().map(|(_, member)| member).chain(value.items()));
        let Some(reference) = value.string("reference") else { continue };
        let Target::Contained(id) = Target::parse(&reference) else { continue };
        let same = |resource: &Value<'_>| resource.string("id").as_deref() == Some(id);
        let already = into.root().list("contained").any(|resource| same(&resource));
        if let Some(resource) = source.list("contained").find(same).filter(|_| !already) {
            into.set_raw("/contained/-", resource.raw())?;
            open.push(resource);
        }
    }
    Ok(())
}

fn uncontain(it: &mut Document, id: &str) -> Result<(), EditError> {
    let kept: Vec<String> = it
        .root()
        .list("contained")
        .filter(|resource| resource.string("id").as_deref() != Some(id))
        .map(|resource| resource.raw().to_owned())
        .collect();
    let kept: Vec<&str> = kept.iter().map(String::as_str).collect();
    replace(it, "/contained", &kept)
}

/// Writes an array, which JSON of FHIR leaves out where it is empty.
fn replace(it: &mut Document, pointer: &str, items: &[&str]) -> Result<(), EditError> {
    if items.is_empty() { it.remove(pointer) } else { it.set_raw(pointer, &format!("[{}]", items.join(","))) }
}

fn unclaim(it: &mut Document) -> Result<bool, EditError> {
    let Some(meta) = it.root().get("meta").filter(|meta| meta.get("profile").is_some()) else {
        return Ok(false);
    };
    let only = meta.members().count() == 1;
    it.remove(if only { "/meta" } else { "/meta/profile" })?;
    Ok(true)
}

fn json(value: &impl Serialize) -> Result<String, EditError> {
    let mut document = Document::object();
    document.set("", value)?;
    Ok(document.into_text())
}

/// Whether two values are the same, however they are written.
fn same(one: Value<'_>, other: Value<'_>) -> bool {
    match (one.kind(), other.kind()) {
        (Kind::Object, Kind::Object) => {
            one.members().count() == other.members().count()
                && one
                    .members()
                    .all(|(key, value)| other.get(&key.as_str()).is_some_and(|it| same(value, it)))
        }
        (Kind::Array, Kind::Array) => {
            one.items().count() == other.items().count()
                && one.items().zip(other.items()).all(|(one, other)| same(one, other))
        }
        (Kind::String, Kind::String) => one.as_str() == other.as_str(),
        _ => one.raw() == other.raw(),
    }
}
