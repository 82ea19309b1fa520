//! A link inside a narrative leads somewhere: to an anchor, or to an element by its id.
//!
//! Where it may lead is the whole of what is checked, since the narratives of a document are shown
//! as one page, and those of contained resources with their container's.

use alloc::{borrow::ToOwned, format, string::String, vec, vec::Vec};

use super::Rule;
use crate::{
    json::Value,
    order::sort,
    validate::{
        path::Place,
        walk::Walk,
        xhtml::{self, Name},
    },
};

pub(super) const RULE: Rule =
    Rule::error("narrative-target", "not-found", "R4 narrative; HTML 4.01 section 12.2.4");

/// What links may lead to, sorted.
pub(in crate::validate) type Anchors = Vec<String>;

/// Checks the places inside that the links of a well-formed narrative lead to.
pub(super) fn check(walk: &mut Walk<'_>, targets: &[&str], place: Place<'_>) {
    if targets.is_empty() {
        return;
    }
    let root = walk.root();
    let anchors = walk.anchors.get_or_insert_with(|| anchors(root));
    let lost = targets.iter().filter(|target| !is_anywhere(target, anchors)).count();
    if lost > 0 {
        walk.report(&RULE, place, |_| {
            let (links, lead) = if lost == 1 { ("link", "leads") } else { ("links", "lead") };
            format!("{lost} {links} of the narrative {lead} to a place that is not there")
        });
    }
}

/// Browsers lead `#` and `#top` to the top; what is written with escapes could be any place.
fn is_anywhere(target: &str, anchors: &[String]) -> bool {
    matches!(target, "" | "top")
        || target.contains(['%', '&'])
        || anchors.binary_search_by(|anchor| (**anchor).cmp(target)).is_ok()
}

/// The anchors in all narratives of `root`, and the ids of its resources and elements.
fn anchors(root: Value<'_>) -> Anchors {
    let mut anchors = Anchors::new();
    let mut open = vec![root];
    while let Some(value) = open.pop() {
        for (key, value) in value.members() {
            let text = || value.as_str().unwrap_or_default();
            if key.is("id") {
                anchors.push(text().into_owned());
            } else if key.is("div") {
                // What is wrong with it is reported where it stands.
                let _ = xhtml::read(&text(), &mut |name, value| {
                    if matches!(name, Name::ID | Name::NAME | Name::XML_ID) {
                        anchors.push(value.to_owned());
                    }
                });
            } else {
                open.push(value);
            }
        }
        open.extend(value.items());
    }
    sort(&mut anchors, Ord::cmp);
    anchors
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::super::tests::expect;

    #[test]
    fn links_lead_to_an_anchor_or_an_element() {
        let linked = |to: &str| {
            format!(
                r#""text":{{"status":"generated","div":"<div xmlns='http://www.w3.org/1999/xhtml'><a href='{to}'>x</a>
                <p id='p'>x</p><a name='n'>x</a></div>"}},"input":[{{"id":"i","type":{{"text":"x"}},"valueCode":"x"}}]"#
            )
            .replace('\n', " ")
        };
        for good in ["#p", "#n", "#i", "#", "#top", "#%70", "http://x#y"] {
            expect(&linked(good), &[]);
        }
        expect(&linked("#x"), &[("narrative-target", "Task.text.div")]);
    }
}
