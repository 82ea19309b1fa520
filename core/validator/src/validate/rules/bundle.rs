//! A Bundle says what its entries are called, and calls them rightly.

use alloc::{borrow::Cow, format, vec::Vec};

use super::Rule;
use crate::{
    fhir::{Literal, Target, outcome::Severity},
    json::{Value, is_same, rank},
    order::sort,
    pack::StructureRow,
    validate::{formats::is_absolute, walk::Walk},
};

pub(super) const RULE: Rule =
    Rule::error("bundle", "invariant", "R4 Bundle, entry.fullUrl and link; RFC 8288");

/// R4 forbids it, and its own example of a message does it: what the entry is stays clear.
pub(super) const FULL_URL: Rule = Rule {
    severity: Severity::Warning,
    ..Rule::error("bundle-full-url", "value", "R4 Bundle, entry.fullUrl")
};

/// A `urn:` means something inside the Bundle alone (R4 Bundle, resolving references).
pub(super) const UNRESOLVED: Rule = Rule {
    severity: Severity::Warning,
    ..Rule::error("bundle-reference", "not-found", "R4 Bundle, resolving references in Bundles")
};

/// The links that a page of results has one of at most (R4 search, paging).
const SINGLE_LINKS: &[&str] = &["self", "first", "previous", "prev", "next", "last"];

/// Most versions of one resource to look through for one that a reference names.
const MOST_VERSIONS: usize = 100;

/// The entry of a Bundle that something stands in.
#[derive(Clone, Copy, Debug)]
pub(in crate::validate) struct Entry<'a> {
    bundle: Value<'a>,
    pub(in crate::validate) full_url: Option<Value<'a>>,
}

/// The entries of one Bundle that have a resource, by `fullUrl`, as [`rank`] sorts.
pub(in crate::validate) type Entries<'a> = Vec<(Cow<'a, str>, Value<'a>)>;

/// Checks the innermost object, a Bundle.
pub(in crate::validate) fn check<'a>(walk: &mut Walk<'a>, bundle: Value<'a>) {
    let mut seen = [false; SINGLE_LINKS.len()];
    for (link, index) in bundle.list("link").zip(0..) {
        let relation = link.string("relation");
        let single = SINGLE_LINKS.iter().position(|single| relation.as_deref() == Some(single));
        let Some(single) = single else { continue };
        if seen[single] {
            walk.report(&RULE, walk.place("link").item(index, link), |_| {
                format!("expected one link with the relation {}, found another", SINGLE_LINKS[single])
            });
        }
        seen[single] = true;
    }
    if bundle.string("type").as_deref() != Some("searchset") {
        return;
    }
    for (entry, index) in bundle.list("entry").zip(0..) {
        let Some(resource) = entry.get("resource") else { continue };
        // What the search has to say about itself is an OperationOutcome, and nowhere else.
        let is_outcome = resource.string("resourceType").as_deref() == Some("OperationOutcome");
        if !is_outcome && resource.get("id").is_none() {
            walk.report(&RULE, walk.place("entry").item(index, entry), |_| {
                "expected a resource with an id: what a search finds is on a server".into()
            });
        }
    }
}

/// Checks the innermost object, an entry of a Bundle.
pub(in crate::validate) fn check_entry<'a>(walk: &mut Walk<'a>, entry: Value<'a>) {
    let resource = entry.get("resource");
    let Some(full_url) = entry.string("fullUrl").filter(|url| !url.is_empty()) else { return };
    if !is_absolute(&full_url) {
        walk.report(&RULE, walk.place("fullUrl"), |_| {
            "expected an absolute URL, found a relative one".into()
        });
        return;
    }
    let (Target::Literal(literal), Some(resource)) = (Target::parse(&full_url), resource) else { return };
    let resource_type = resource.string("resourceType").unwrap_or_default();
    let id = resource.string("id");
    let is_other = literal.resource_type != resource_type || id.is_some_and(|id| id != literal.id);
    if is_other && walk.pack.knows_resource(literal.resource_type) {
        walk.report(&FULL_URL, walk.place("fullUrl"), |_| {
            "expected a URL that ends with the type and id of the resource, found one of another".into()
        });
    }
}

/// Which Bundle `value`, an entry of it, belongs to.
pub(in crate::validate) fn entry<'a>(bundle: Value<'a>, value: Value<'a>) -> Entry<'a> {
    Entry { bundle, full_url: value.get("fullUrl") }
}

/// The type of what a `urn:` leads to in the Bundle around; reports where it leads nowhere.
pub(super) fn resolve_urn<'a>(walk: &mut Walk<'a>, urn: &str, value: Value<'a>) -> Option<&'a StructureRow> {
    let found = find(walk, urn)?.first().and_then(|(_, entry)| entry.get("resource"));
    let Some(found) = found else {
        walk.report(&UNRESOLVED, walk.here(value), |_| {
            "expected the fullUrl of an entry, found a urn that no entry of the Bundle has".into()
        });
        return None;
    };
    walk.pack.structure(&found.string("resourceType")?)
}

/// Reports a reference to a version of a resource that the Bundle has in other versions alone.
pub(super) fn check_version<'a>(walk: &mut Walk<'a>, literal: Literal<'_>, value: Value<'a>) {
    let Some(version) = literal.version else { return };
    let around = walk.entry().and_then(|entry| entry.full_url);
    let around = around.and_then(Value::as_str);
    let base = literal.base.or_else(|| match around.as_deref().map(Target::parse) {
        Some(Target::Literal(around)) => around.base,
        _ => None,
    });
    let Some(found) = find(walk, &Literal { base, ..literal }.unversioned()) else { return };
    let versions = found.iter().map(|(_, entry)| entry.get("resource")?.get("meta")?.string("versionId"));
    let is_other = |found: Option<Cow<'_, str>>| found.is_some_and(|found| found != version);
    if (1..=MOST_VERSIONS).contains(&found.len()) && versions.into_iter().all(is_other) {
        walk.report(&UNRESOLVED, walk.here(value), |_| {
            "the Bundle has this resource, but not this version of it".into()
        });
    }
}

/// The entries with this `fullUrl`; `None` outside of Bundles. They are sorted once for each
/// Bundle, so that many references into many entries cost no more than both together.
fn find<'w, 'a>(walk: &'w mut Walk<'a>, full_url: &str) -> Option<&'w [(Cow<'a, str>, Value<'a>)]> {
    let bundle = walk.entry()?.bundle;
    Some(find_in(walk, bundle, full_url))
}

/// What a RESTful reference out of `around` leads to in its Bundle: relative ones by the base of its own
/// `fullUrl` (R4 Bundle, resolving references in Bundles).
pub(in crate::validate) fn find_literal<'a>(
    walk: &mut Walk<'a>,
    around: Option<Entry<'a>>,
    literal: Literal<'_>,
) -> Option<(Entry<'a>, Value<'a>)> {
    let around = around?;
    let own = around.full_url.and_then(Value::as_str);
    let base = literal.base.or_else(|| match own.as_deref().map(Target::parse) {
        Some(Target::Literal(own)) => own.base,
        _ => None,
    });
    find_urn(walk, Some(around), &Literal { base, ..literal }.unversioned())
}

/// The resource under this very `fullUrl` in the Bundle of `around`.
pub(in crate::validate) fn find_urn<'a>(
    walk: &mut Walk<'a>,
    around: Option<Entry<'a>>,
    full_url: &str,
) -> Option<(Entry<'a>, Value<'a>)> {
    let bundle = around?.bundle;
    let found = find_in(walk, bundle, full_url).first()?.1;
    Some((entry(bundle, found), found.get("resource")?))
}

/// The resource of this type with this canonical URL in the Bundle around.
pub(super) fn find_canonical<'a>(walk: &Walk<'a>, resource_type: &str, url: &str) -> Option<Value<'a>> {
    let bundle = walk.entry()?.bundle;
    let mut resources = bundle.list("entry").filter_map(|entry| entry.get("resource"));
    resources.find(|one| {
        one.string("url").as_deref() == Some(url)
            && one.string("resourceType").as_deref() == Some(resource_type)
    })
}

fn find_in<'w, 'a>(
    walk: &'w mut Walk<'a>,
    bundle: Value<'a>,
    full_url: &str,
) -> &'w [(Cow<'a, str>, Value<'a>)] {
    let all = walk.bundles.entry(bundle.id(), || {
        let entries = bundle.list("entry");
        let mut all: Entries<'a> =
            entries.filter_map(|one| one.get("resource").and(Some((one.string("fullUrl")?, one)))).collect();
        sort(&mut all, |left, right| rank(left.0.as_bytes(), right.0.as_bytes()));
        all
    });
    let from = all.partition_point(|(other, _)| rank(other.as_bytes(), full_url.as_bytes()).is_lt());
    let is_it = |(other, _): &(Cow<'a, str>, _)| is_same(other.as_bytes(), full_url.as_bytes());
    let to = from + all[from..].partition_point(is_it);
    &all[from..to]
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String};

    use super::super::tests::{issues, task};

    const URN: &str = "urn:uuid:c757873d-ec9a-4326-a141-556f43239520";

    /// The rules and places broken by a Bundle with these members.
    fn bundle(members: &str) -> String {
        let found = issues(&format!(r#"{{"resourceType":"Bundle",{members}}}"#));
        found.iter().flat_map(|(rule, place, _)| [rule, " ", place, ";"]).collect()
    }

    fn entry(full_url: &str, resource: &str) -> String {
        format!(r#"{{"fullUrl":"{full_url}","resource":{resource}}}"#)
    }

    #[test]
    fn entries_are_called_as_what_they_are() {
        let organization = r#"{"resourceType":"Organization","id":"a","name":"x"}"#;
        let called =
            |url: &str| bundle(&format!(r#""type":"collection","entry":[{}]"#, entry(url, organization)));
        for good in ["http://h/fhir/Organization/a", URN, "http://h/x", "http://h/Foo/b"] {
            assert_eq!(called(good), "", "{good}");
        }
        for bad in ["Organization/a", "x"] {
            assert_eq!(called(bad), "bundle Bundle.entry[0].fullUrl;", "{bad}");
        }
        for other in ["http://h/fhir/Organization/b", "http://h/fhir/Patient/a"] {
            assert_eq!(called(other), "bundle-full-url Bundle.entry[0].fullUrl;", "{other}");
        }
    }

    #[test]
    fn a_page_has_each_link_once_and_ids() {
        let link = |relation: &str| format!(r#"{{"relation":"{relation}","url":"http://x"}}"#);
        let links = [link("self"), link("x"), link("x"), link("self")].join(",");
        assert_eq!(bundle(&format!(r#""type":"searchset","link":[{links}]"#)), "bundle Bundle.link[3];");
        let found = |of: &str| {
            bundle(&format!(r#""type":"{of}","entry":[{{"resource":{}}}]"#, task(r#""priority":"stat""#)))
        };
        assert_eq!(found("searchset"), "bundle Bundle.entry[0];");
        assert_eq!(found("collection"), "");
    }

    #[test]
    fn references_lead_to_entries() {
        let with = |owner: &str, other: &str| {
            let task = task(&format!(r#""owner":{{"reference":"{owner}"}}"#));
            bundle(&format!(
                r#""type":"collection","entry":[{},{}]"#,
                entry("http://h/Task/1", &task),
                entry(URN, other)
            ))
        };
        let organization = r#"{"resourceType":"Organization","name":"x"}"#;
        let binary = r#"{"resourceType":"Binary","contentType":"a/b"}"#;
        assert_eq!(with(URN, organization), "");
        assert_eq!(with(URN, binary), "reference-target Bundle.entry[0].resource.owner;");
        assert_eq!(with("urn:uuid:x", organization), "bundle-reference Bundle.entry[0].resource.owner;");
    }

    #[test]
    fn references_lead_to_versions() {
        let with = |reference: &str| {
            let task = task(&format!(r#""owner":{{"reference":"{reference}"}}"#));
            let organization =
                r#"{"resourceType":"Organization","id":"o","name":"x","meta":{"versionId":"2"}}"#;
            bundle(&format!(
                r#""type":"collection","entry":[{},{}]"#,
                entry("http://h/Task/1", &task),
                entry("http://h/Organization/o", organization)
            ))
        };
        for good in ["Organization/o", "Organization/o/_history/2", "Organization/p/_history/1"] {
            assert_eq!(with(good), "", "{good}");
        }
        for bad in ["Organization/o/_history/1", "http://h/Organization/o/_history/1"] {
            assert_eq!(with(bad), "bundle-reference Bundle.entry[0].resource.owner;", "{bad}");
        }
    }
}
