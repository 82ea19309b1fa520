//! The data of an attachment is what its size and hash say.

use alloc::format;

use sha1::{Digest, Sha1};

use super::Rule;
use crate::{
    fhir::base64,
    json::Value,
    pack::Primitive,
    validate::{formats, walk::Walk},
};

pub(super) const RULE: Rule =
    Rule::error("attachment", "invariant", "R4 datatypes, Attachment.size and .hash");

/// Checks the innermost object, an Attachment.
pub(in crate::validate) fn check<'a>(walk: &mut Walk<'a>, value: Value<'a>) {
    let Some(data) = value.string("data") else { return };
    let size = value.get("size").and_then(Value::as_number).and_then(|size| size.parse::<usize>().ok());
    let is_valid = |text: &str| formats::is_valid(Primitive::Base64Binary, text, false);
    // What is no base64 was reported as that.
    if !is_valid(&data) {
        return;
    }
    let found = base64::length(data.as_bytes());
    if size.is_some_and(|size| size != found) {
        walk.report(&RULE, walk.place("size"), |_| {
            format!("the data has {found} bytes, another number than size says")
        });
    }
    let Some(hash) = value.string("hash").filter(|hash| is_valid(hash)) else { return };
    let mut sha1 = Sha1::new();
    for (bytes, count) in base64::bytes(data.as_bytes()) {
        sha1.update(&bytes[..count]);
    }
    let hash = base64::bytes(hash.as_bytes()).flat_map(|(bytes, count)| bytes.into_iter().take(count));
    if !hash.eq(sha1.finalize()) {
        walk.report(&RULE, walk.place("hash"), |_| {
            "expected the SHA-1 of the data in base64, found something else".into()
        });
    }
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String};

    use super::super::tests::expect;

    fn attachment(rest: &str) -> String {
        format!(
            r#""input":[{{"type":{{"text":"x"}},"valueAttachment":{{"contentType":"text/plain",{rest}}}}}]"#
        )
    }

    #[test]
    fn size_and_hash_agree_with_the_data() {
        let (size, hash) = ("Task.input[0].value.size", "Task.input[0].value.hash");
        expect(&attachment(r#""data":"YWJj","size":3,"hash":"qZk+NkcGgWq6PiVxeFDCbJzQ2J0=""#), &[]);
        expect(&attachment(r#""data":"YWJj\nYQ==","size":4"#), &[]);
        expect(&attachment(r#""data":"YWJj","size":4"#), &[("attachment", size)]);
        expect(
            &attachment(r#""data":"YWJk","hash":"qZk+NkcGgWq6PiVxeFDCbJzQ2J0=""#),
            &[("attachment", hash)],
        );
        expect(&attachment(r#""url":"http://x","size":4,"hash":"qZk+NkcGgWq6PiVxeFDCbJzQ2J0=""#), &[]);
    }
}
