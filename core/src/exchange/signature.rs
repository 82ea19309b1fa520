//! What a signature is over (R99). To make and to judge one is for the application, which has the keys.
//!
//! Source: RFC 8785; CDex, signatures: without the signature, `id` and `meta`, which servers change.

use alloc::{string::String, vec::Vec};
use core::fmt::Write;

use crate::{
    json::{Document, Kind, Value},
    order::sort,
};

/// The bytes that a signature of `resource` is over: its canonical JSON without `id`, `meta` and
/// `signature`.
///
/// ```
/// use fhir_solicit::{exchange::bytes_to_sign, json::Document};
///
/// let bundle = Document::parse(r#"{ "type": "searchset", "resourceType": "Bundle", "id": "1" }"#)?;
/// assert_eq!(bytes_to_sign(&bundle), br#"{"resourceType":"Bundle","type":"searchset"}"#);
/// # Ok::<(), fhir_solicit::json::ParseError>(())
/// ```
pub fn bytes_to_sign(resource: &Document) -> Vec<u8> {
    let mut text = String::new();
    object(resource.root(), &["id", "meta", "signature"], &mut text);
    text.into_bytes()
}

/// The canonical form of a JSON value (RFC 8785): names in the order of their UTF-16 units, strings and
/// numbers as ECMAScript writes them. A number is taken as the double that it is nearest to.
pub fn canonical_json(value: Value<'_>) -> String {
    let mut text = String::new();
    canonical(value, &mut text);
    text
}

fn canonical(value: Value<'_>, text: &mut String) {
    match value.kind() {
        Kind::Object => object(value, &[], text),
        Kind::Array => {
            text.push('[');
            for (at, item) in value.items().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                canonical(item, text);
            }
            text.push(']');
        }
        Kind::String => string(&value.as_str().unwrap_or_default(), text),
        Kind::Number => {
            text.push_str(ryu_js::Buffer::new().format(value.raw().parse::<f64>().unwrap_or_default()));
        }
        _ => text.push_str(value.raw()),
    }
}

fn object(value: Value<'_>, without: &[&str], text: &mut String) {
    let mut members: Vec<_> = value.members().map(|(key, member)| (key.as_str(), member)).collect();
    members.retain(|(name, _)| !without.contains(&&**name));
    sort(&mut members, |(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
    text.push('{');
    for (at, (name, member)) in members.into_iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        string(&name, text);
        text.push(':');
        canonical(member, text);
    }
    text.push('}');
}

/// A string with the escapes that it cannot do without (RFC 8785 section 3.2.2.2).
fn string(value: &str, text: &mut String) {
    text.push('"');
    for character in value.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{8}' => text.push_str("\\b"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\u{c}' => text.push_str("\\f"),
            '\r' => text.push_str("\\r"),
            control if control < ' ' => {
                // Writing to a String cannot fail.
                let _ = write!(text, "\\u{:04x}", u32::from(control));
            }
            other => text.push(other),
        }
    }
    text.push('"');
}
