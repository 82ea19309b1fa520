//! Whether a text has the form of a primitive type.
//!
//! Source: R4 datatypes, primitive types. Where a regular expression there and its prose differ,
//! the prose is taken: `2023-02-29` matches the expression and is no date.

use crate::{
    fhir::{base64, is_id, time::Span},
    json::is_visible,
    pack::Primitive,
};

/// Most characters of a `string` (R4 datatypes, string: 1 MB).
const LONGEST_STRING: usize = 1024 * 1024;

/// Whether `text`, the content of a JSON string or a number as written, is a `primitive`.
///
/// `has_escapes` says whether the text came from a JSON string with escapes; no other can hold a
/// control character.
#[inline]
pub(super) fn is_valid(primitive: Primitive, text: &str, has_escapes: bool) -> bool {
    // Most values are these, and there is next to nothing to look at.
    match primitive {
        Primitive::String | Primitive::Markdown => {
            (text.len() <= LONGEST_STRING && !has_escapes) || is_string(text, has_escapes)
        }
        _ => is_other(primitive, text),
    }
}

fn is_other(primitive: Primitive, text: &str) -> bool {
    match primitive {
        Primitive::Code => is_code(text),
        Primitive::Uri | Primitive::Url | Primitive::Canonical => is_uri(text),
        Primitive::Id => is_id(text),
        Primitive::DateTime => Span::parse(text, 0).is_some(),
        Primitive::Date => text.len() <= 10 && Span::parse(text, 0).is_some(),
        Primitive::Instant => text.len() > 10 && Span::parse(text, 0).is_some(),
        Primitive::Time => is_time(text.as_bytes()),
        Primitive::Integer => integer(text).is_some(),
        Primitive::UnsignedInt => integer(text).is_some_and(|value| value >= 0),
        Primitive::PositiveInt => integer(text).is_some_and(|value| value > 0),
        Primitive::Base64Binary => base64::is_valid(text.as_bytes()),
        Primitive::Oid => text.strip_prefix("urn:oid:").is_some_and(is_oid),
        Primitive::Uuid => text.strip_prefix("urn:uuid:").is_some_and(|text| is_uuid(text.as_bytes())),
        // Every JSON number is a decimal, every JSON boolean a boolean; XHTML has its own rule.
        Primitive::Decimal | Primitive::Boolean | Primitive::Xhtml => true,
        Primitive::String | Primitive::Markdown => is_string(text, true),
    }
}

/// What `primitive` looks like, in words that follow "expected".
pub(super) const fn expected(primitive: Primitive) -> &'static str {
    match primitive {
        Primitive::Base64Binary => "base64 with the alphabet A-Z a-z 0-9 + / and padding to groups of four",
        Primitive::Boolean => "true or false",
        Primitive::Canonical | Primitive::Uri | Primitive::Url => "a URI, without white space",
        Primitive::Code => "a code without spaces at its ends and with single spaces inside",
        Primitive::Date => "YYYY, YYYY-MM or YYYY-MM-DD, a day that the calendar has",
        Primitive::DateTime => {
            "YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss with Z or an offset, a moment that the \
             calendar has"
        }
        Primitive::Decimal => "a number",
        Primitive::Id => "1 to 64 letters, digits, - and .",
        Primitive::Instant => "YYYY-MM-DDThh:mm:ss with Z or an offset, a moment that the calendar has",
        Primitive::Integer => "a whole number of 32 bits, without fraction or exponent",
        Primitive::Markdown | Primitive::String => {
            "at most 1,048,576 characters, no control characters but tab and line ends"
        }
        Primitive::Oid => "urn:oid: and an OID such as 2.16.840",
        Primitive::PositiveInt => "a whole number from 1 to 2147483647, without fraction or exponent",
        Primitive::Time => "hh:mm:ss, from 00:00:00 to 23:59:59",
        Primitive::UnsignedInt => "a whole number from 0 to 2147483647, without fraction or exponent",
        Primitive::Uuid => "urn:uuid: and a UUID in lower case",
        Primitive::Xhtml => "XHTML",
    }
}

fn is_string(text: &str, has_escapes: bool) -> bool {
    let is_short = text.len() <= LONGEST_STRING || text.chars().count() <= LONGEST_STRING;
    let is_clean = |byte| byte >= b' ' || matches!(byte, b'\t' | b'\n' | b'\r');
    is_short && (!has_escapes || text.bytes().all(is_clean))
}

fn is_code(text: &str) -> bool {
    let bytes = text.as_bytes();
    if is_visible(bytes) {
        return !bytes.is_empty();
    }
    let mut before = b' ';
    for &byte in bytes {
        if byte < b' ' || (byte == b' ' && before == b' ') {
            return false;
        }
        before = byte;
    }
    before != b' ' && (text.is_ascii() || text.chars().all(|one| one == ' ' || !one.is_whitespace()))
}

pub(super) fn is_uri(text: &str) -> bool {
    is_visible(text.as_bytes()) || !text.contains(|one: char| one.is_whitespace() || one.is_control())
}

fn integer(text: &str) -> Option<i32> {
    // JSON allows no leading zeros; `-0` is not among the integers of FHIR.
    if text == "-0" { None } else { text.parse().ok() }
}

fn is_time(bytes: &[u8]) -> bool {
    let two = |at: usize| match bytes.get(at..at + 2) {
        Some([tens @ b'0'..=b'9', ones @ b'0'..=b'9']) => (tens - b'0') * 10 + (ones - b'0'),
        _ => u8::MAX,
    };
    let colons = bytes.get(2) == Some(&b':') && bytes.get(5) == Some(&b':');
    let fraction = match bytes.get(8..) {
        Some([]) => true,
        Some([b'.', digits @ ..]) => !digits.is_empty() && digits.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    // R4 allows a leap second here too.
    colons && fraction && two(0) < 24 && two(3) < 60 && two(6) <= 60
}

/// Whether `uri` has a scheme (RFC 3986 section 3.1).
pub(super) fn is_absolute(uri: &str) -> bool {
    uri.split_once(':').is_some_and(|(scheme, rest)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
            && !rest.is_empty()
    })
}

fn is_oid(text: &str) -> bool {
    let mut parts = text.split('.');
    let is_root = matches!(parts.next(), Some("0" | "1" | "2"));
    let is_part = |part: &str| {
        part == "0"
            || (part.starts_with(|first: char| ('1'..='9').contains(&first))
                && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    is_root && text.contains('.') && parts.all(is_part)
}

fn is_uuid(bytes: &[u8]) -> bool {
    bytes.len() == 36
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

/// Whether `text` is a media type (BCP 13, RFC 6838): `type/subtype` and parameters.
///
/// The values of parameters have no syntax in common (RFC 6838 section 4.3): anything will do.
pub(super) fn is_media_type(text: &str) -> bool {
    let (essence, parameters) =
        text.split_once(';').map_or((text, None), |(first, rest)| (first, Some(rest)));
    let is_token = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
    };
    let is_type = essence.trim_end().split_once('/').is_some_and(|(a, b)| is_token(a) && is_token(b));
    let is_parameter = |text: &str| match text.trim().split_once('=') {
        Some((name, value)) => {
            let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
            is_token(name) && !value.is_empty() && !quoted.unwrap_or(value).contains('"')
        }
        None => false,
    };
    is_type && parameters.is_none_or(|parameters| parameters.split(';').all(is_parameter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(primitive: Primitive, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(is_valid(primitive, text, true), "{primitive} {text:?}");
        }
        for text in bad {
            assert!(!is_valid(primitive, text, true), "{primitive} {text:?}");
        }
    }

    #[test]
    fn texts() {
        check(Primitive::String, &["a", " ", "a\r\n\tb", "é𝄞"], &["\u{0}", "a\u{1}", "\u{1f}"]);
        check(Primitive::Code, &["a", "a b c", "é"], &["", " a", "a ", "a  b", "a\tb", "a\u{a0}b"]);
        check(
            Primitive::Code,
            &["entered-in-error", "entered in error", "entered-in-érror"],
            &["entered-in-error ", "entered-in  error", "entered-in\terror"],
        );
        check(Primitive::Uri, &["http://é", "a%20b", "urn:x", "?"], &["a b", "a\n", "\u{a0}"]);
        check(Primitive::Id, &["a", "A-1.b", &"x".repeat(64)], &["", "a_b", "a b", "é", &"x".repeat(65)]);
        assert!(!is_valid(Primitive::String, &"x".repeat(LONGEST_STRING + 1), false));
        assert!(is_valid(Primitive::String, &"é".repeat(LONGEST_STRING), false));
    }

    #[test]
    fn times() {
        check(
            Primitive::Date,
            &["2024", "2024-02", "2024-02-29"],
            &["2023-02-29", "2024-1", "2024-01-01T00:00:00Z"],
        );
        check(Primitive::DateTime, &["2024", "2024-02-29T23:59:60.5+14:00"], &["2024-01-01T10:00Z", "0000"]);
        check(Primitive::Instant, &["2024-02-29T23:59:59Z"], &["2024-02-29", "2024-02-29T23:59:59"]);
        check(
            Primitive::Time,
            &["00:00:00", "23:59:59.123456", "12:00:60"],
            &["24:00:00", "12:00", "12:60:00", "1:00:00", "12:00:00.", "12:00:00Z", "12-00-00", "aa:00:00"],
        );
    }

    #[test]
    fn numbers() {
        check(
            Primitive::Integer,
            &["0", "-1", "2147483647", "-2147483648"],
            &["-0", "2147483648", "1.0", "1e1", "-2147483649"],
        );
        check(Primitive::UnsignedInt, &["0", "7"], &["-1"]);
        check(Primitive::PositiveInt, &["1"], &["0", "-1"]);
        check(Primitive::Decimal, &["1.00", "-1e-9"], &[]);
    }

    #[test]
    fn base64_in_groups_of_four() {
        check(
            Primitive::Base64Binary,
            &["", "QUJD", "QQ==", "QUI=", "QUJD QUJD", "QUJD\n\nQQ== \n", " QUJD", "+/+/"],
            &["Q", "QQ", "QUJDQ", "QU-_", "QQ==QUJD", "====", "=QQQ", "QQ= =", "Q=QQ", "QU JD", "Q==="],
        );
    }

    #[test]
    fn identifiers() {
        check(
            Primitive::Oid,
            &["urn:oid:2.16.840", "urn:oid:0.0"],
            &["2.16", "urn:oid:3.1", "urn:oid:1", "urn:oid:1.01"],
        );
        let uuid = "urn:uuid:c757873d-ec9a-4326-a141-556f43239520";
        check(Primitive::Uuid, &[uuid], &[&uuid.to_uppercase(), &uuid[9..], "urn:uuid:c757873d"]);
    }

    #[test]
    fn media_types() {
        for text in [
            "text/plain",
            "application/fhir+json",
            "text/html; charset=utf-8",
            "a/b;c=\"d e\"",
            "a/b;c=d/e f",
        ] {
            assert!(is_media_type(text), "{text}");
        }
        for text in [
            "",
            "text",
            "text/",
            "/plain",
            "text/pl ain",
            "text/plain;",
            "text/plain;x",
            "te(xt/a",
            "a/b;c=",
            "a/b;c=d\"",
        ] {
            assert!(!is_media_type(text), "{text}");
        }
    }
}
