//! A name occurs once in its object.

use super::Rule;
use crate::validate::{
    path::{Place, Step},
    walk::Walk,
};

pub(super) const RULE: Rule = Rule::error("duplicate-key", "structure", "RFC 8259 section 4; R4 JSON");

/// Reports a member whose name stood in the object before.
pub(in crate::validate) fn report<'a>(walk: &mut Walk<'a>, step: Step<'a>) {
    let offset = step.key.offset();
    // The type of a resource is no element of it, so the issue is the resource's.
    let step = step.member.is_some().then_some(step);
    walk.report(&RULE, Place { step, missing: None, offset }, |_| {
        "the name occurs more than once in its object; expected it once, as readers of JSON differ in which \
         one they take"
            .into()
    });
}

#[cfg(test)]
mod tests {
    use super::super::tests::{expect, issues};

    #[test]
    fn each_name_once() {
        expect(r#""status":"requested""#, &[("duplicate-key", "Task.status")]);
        expect(r#""resourceType":"Task""#, &[("duplicate-key", "Task")]);
        expect(r#""id":"a","\u0069d":"b","id":"c""#, &[("duplicate-key", "Task.id")]);
        expect(r#""_id":{"id":"a"},"id":"a","_id":{"id":"a"}"#, &[("duplicate-key", "Task.id")]);
        let bundle = r#"{"resourceType":"Bundle","type":"collection","entry":[{"resource":
            {"resourceType":"Binary","contentType":"a/b","contentType":"a/b"}}]}"#;
        assert_eq!(issues(bundle)[0].1, "Bundle.entry[0].resource.contentType");
    }
}
