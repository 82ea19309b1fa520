//! What a resource holds or refers to, in its order (R87).

use alloc::{borrow::Cow, format, string::String, vec::Vec};

use super::check::Claim;
use crate::{
    fhir::{Resource, Target},
    json::{Kind, Value},
};

/// Where resources have content: the list of the type, and in each element of it the members. Without
/// a list the members are those of the resource.
const PLACES: [(&str, &str, &[&str]); 9] = [
    ("Communication", "payload", &["contentString", "contentAttachment", "contentReference"]),
    ("CommunicationRequest", "payload", &["contentString", "contentAttachment", "contentReference"]),
    ("Task", "output", &["valueString", "valueAttachment", "valueReference"]),
    ("DocumentReference", "content", &["attachment"]),
    ("DocumentManifest", "", &["content"]),
    ("DiagnosticReport", "", &["presentedForm"]),
    ("Media", "", &["content"]),
    ("Consent", "", &["sourceAttachment", "sourceReference"]),
    ("Contract", "", &["contentDerivative"]),
];

/// One thing that a resource has to give.
pub(super) enum Source<'d> {
    /// Words.
    Text(Cow<'d, str>),
    /// Bytes in base64.
    Data(Cow<'d, str>, Claim),
    /// Bytes elsewhere.
    Url(Cow<'d, str>, Claim),
    /// Another resource.
    Reference(Cow<'d, str>),
    /// A resource inside: the entry of a Bundle.
    Inner(Resource<'d>),
}

/// Everything that `resource` has to give, each with its element as FHIRPath.
pub(super) fn scan(resource: Resource<'_>) -> Vec<(String, Source<'_>)> {
    let (value, name) = (resource.value(), resource.resource_type());
    let mut found = Vec::new();
    match &*name {
        "Binary" => found.extend(bytes(value).map(|source| ("Binary".into(), source))),
        "Bundle" => found.extend(entries(value)),
        "QuestionnaireResponse" => answers(value, &name, &mut found),
        _ => {
            for (of, list, members) in PLACES.iter().filter(|(of, ..)| *of == name) {
                if list.is_empty() {
                    members_of(value, of, members, &mut found);
                }
                for (at, element) in value.list(list).enumerate() {
                    members_of(element, &format!("{of}.{list}[{at}]"), members, &mut found);
                }
            }
        }
    }
    found
}

/// The resources of a Bundle; Binaries last, for what names one says more of its bytes than it does.
fn entries(bundle: Value<'_>) -> impl Iterator<Item = (String, Source<'_>)> {
    let of = move |binaries: bool| {
        bundle.list("entry").enumerate().filter_map(move |(at, entry)| {
            let resource = entry.get("resource").and_then(Resource::of)?;
            let inner = (format!("Bundle.entry[{at}].resource"), Source::Inner(resource));
            (resource.is("Binary") == binaries && !resource.is("OperationOutcome")).then_some(inner)
        })
    };
    of(false).chain(of(true))
}

fn members_of<'d>(
    element: Value<'d>,
    path: &str,
    members: &[&'static str],
    found: &mut Vec<(String, Source<'d>)>,
) {
    for name in members {
        let Some(member) = element.get(name) else { continue };
        let path = format!("{path}.{name}");
        if member.kind() == Kind::Array {
            for (at, item) in member.items().enumerate() {
                found.extend(source(item).map(|source| (format!("{path}[{at}]"), source)));
            }
        } else {
            found.extend(source(member).map(|source| (path, source)));
        }
    }
}

/// What an element of type string, Attachment or Reference gives.
fn source(value: Value<'_>) -> Option<Source<'_>> {
    if let Some(text) = value.as_str() {
        return Some(Source::Text(text));
    }
    bytes(value).or_else(|| value.string("reference").map(Source::Reference))
}

/// What an Attachment or a Binary gives: where it has both, the data stand for the URL too.
fn bytes(value: Value<'_>) -> Option<Source<'_>> {
    let data = value.string("data").map(|data| Source::Data(data, Claim::read(value)));
    data.or_else(|| value.string("url").map(|url| Source::Url(url, Claim::read(value))))
}

/// Attachments and references that answer questions, however deep (R4 questionnaireresponse.html).
fn answers<'d>(value: Value<'d>, path: &str, found: &mut Vec<(String, Source<'d>)>) {
    let mut open: Vec<(Value<'d>, String)> = alloc::vec![(value, path.into())];
    while let Some((element, path)) = open.pop() {
        members_of(element, &path, &["valueAttachment", "valueReference"], found);
        let mut inside = Vec::new();
        for name in ["item", "answer"] {
            let items = element.list(name).enumerate();
            inside.extend(items.map(|(at, item)| (item, format!("{path}.{name}[{at}]"))));
        }
        open.extend(inside.into_iter().rev());
    }
}

/// Where the target of a reference is.
pub(super) enum Lies<'d> {
    /// In what is at hand.
    Here(Resource<'d>),
    /// It should be, and is not.
    Nowhere,
    /// On a server.
    Outside,
}

/// Where the target of `reference` is when it stands in `resource`, and `root` is the outermost
/// resource at hand: contained (`#id`), an entry of the same Bundle, or outside.
pub(super) fn lies<'d>(reference: &str, resource: Resource<'d>, root: Resource<'d>) -> Lies<'d> {
    if let Target::Contained(id) = Target::parse(reference) {
        let mut contained = resource.value().list("contained").filter_map(Resource::of);
        return contained.find(|it| it.id().as_deref() == Some(id)).map_or(Lies::Nowhere, Lies::Here);
    }
    if !root.is("Bundle") {
        return Lies::Outside;
    }
    let matches = |entry: &Value<'_>| {
        let url = entry.string("fullUrl").unwrap_or_default();
        let relative = url.strip_suffix(reference).is_some_and(|base| base.ends_with('/'));
        *url == *reference || (relative && !reference.is_empty() && !reference.contains("://"))
    };
    let found = root.value().list("entry").find(matches).and_then(|entry| entry.get("resource"));
    found.and_then(Resource::of).map_or(Lies::Outside, Lies::Here)
}
