//! A narrative is XHTML for people: formatting only, and something to read.

use alloc::vec::Vec;

use super::{Rule, narrative_target};
use crate::{
    fhir::outcome::Severity,
    json::Value,
    validate::{
        walk::Walk,
        xhtml::{self, Fault, Name},
    },
};

pub(super) const RULE: Rule =
    Rule::error("narrative", "invalid", "R4 narrative; constraints txt-1 and txt-2");

/// R4 does not name schemes among what is forbidden, yet such a link acts when it is followed.
pub(super) const LINK: Rule = Rule {
    severity: Severity::Warning,
    ..Rule::error("narrative-link", "security", "R4 security, narrative; W3C HTML")
};

pub(in crate::validate) fn check<'a>(walk: &mut Walk<'a>, value: Value<'a>) {
    let Some(text) = value.as_str() else { return };
    let mut targets = Vec::new();
    let read = xhtml::read(&text, &mut |name, value| {
        targets.extend(value.strip_prefix('#').filter(|_| name == Name::HREF));
    });
    match read {
        Ok(notes) => {
            if notes.has_active_link {
                walk.report(&LINK, walk.here(value), |_| {
                    "a link of the narrative runs a script or brings a page along; do not show it unchanged"
                        .into()
                });
            }
            narrative_target::check(walk, &targets, walk.here(value));
        }
        Err(fault) => walk.report(&RULE, walk.here(value), |_| words(fault).into()),
    }
}

fn words(fault: Fault) -> &'static str {
    match fault {
        Fault::Root => "expected one <div> and nothing around it",
        Fault::Namespace => {
            "expected <div xmlns=\"http://www.w3.org/1999/xhtml\">, found another namespace or none"
        }
        Fault::Syntax => "not well-formed XML: a tag, an attribute or a comment is not written as XML has it",
        Fault::Mismatch => "not well-formed XML: an element is ended while another one inside it is open",
        Fault::Unclosed => "not well-formed XML: an element is not ended",
        Fault::Declaration => "expected no document type and no processing instruction",
        Fault::Entity => {
            "not well-formed XML: of entities there are &lt; &gt; &amp; &quot; &apos; and numbers such as &#160;"
        }
        Fault::Element => "an element is none of those for text, lists, tables, links and images",
        Fault::Attribute => {
            "an attribute is none of those that format; nothing in a narrative may act or load pages"
        }
        Fault::Empty => "expected text or an image, found white space alone",
    }
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String};

    use super::super::tests::expect;

    fn text(content: &str) -> String {
        format!(
            r#""text":{{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">{content}</div>"}}"#
        )
    }

    #[test]
    fn narratives_format_and_nothing_else() {
        expect(&text("<p>x</p>"), &[]);
        expect(&text("<p>x"), &[("narrative", "Task.text.div")]);
        expect(&text("<script>x</script>"), &[("narrative", "Task.text.div")]);
        expect(&text("<a href='javascript:x'>x</a>"), &[("narrative-link", "Task.text.div")]);
    }
}
