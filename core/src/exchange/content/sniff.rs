//! What bytes look like, whatever their label says (R89).

use serde::{Deserialize, Serialize};

use crate::json::FromJson;

/// What the first bytes of a content look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "kebab-case")]
pub enum Sniffed {
    /// JSON, FHIR or other.
    Json,
    /// XML, other than the next two.
    Xml,
    /// A CDA document: XML whose root is `ClinicalDocument`.
    ClinicalDocument,
    /// HTML, as an error page or a sign-in form is as well.
    Html,
    /// PDF.
    Pdf,
    /// A PNG, JPEG, GIF or TIFF image.
    Image,
    /// Rich text.
    Rtf,
    /// A ZIP archive, as Office documents are.
    Zip,
    /// Other text.
    Text,
    /// Other bytes.
    Binary,
}

/// Formats by how they begin.
const MAGIC: [(&[u8], Sniffed); 9] = [
    (b"%PDF-", Sniffed::Pdf),
    (b"\x89PNG\r\n", Sniffed::Image),
    (b"\xff\xd8\xff", Sniffed::Image),
    (b"GIF8", Sniffed::Image),
    (b"II*\0", Sniffed::Image),
    (b"MM\0*", Sniffed::Image),
    (b"{\\rtf", Sniffed::Rtf),
    (b"PK\x03\x04", Sniffed::Zip),
    (b"PK\x05\x06", Sniffed::Zip),
];

/// What media types claim, by how they begin and how they end. The first row that fits holds.
const LABELS: [(&str, &str, &[Sniffed]); 17] = {
    use Sniffed::{Binary, ClinicalDocument, Html, Image, Json, Pdf, Rtf, Text, Xml, Zip};
    const XML: &[Sniffed] = &[Xml, ClinicalDocument];
    const TEXT: &[Sniffed] = &[Text, Json, Xml, ClinicalDocument, Html, Rtf];
    [
        ("application/json", "", &[Json]),
        ("text/json", "", &[Json]),
        ("application/", "+json", &[Json]),
        ("application/xhtml+xml", "", &[Html, Xml]),
        ("application/xml", "", XML),
        ("text/xml", "", XML),
        ("application/", "+xml", XML),
        ("image/svg+xml", "", XML),
        ("text/html", "", &[Html, Xml]),
        ("application/pdf", "", &[Pdf]),
        ("image/", "", &[Image, Binary]),
        ("application/rtf", "", &[Rtf]),
        ("text/rtf", "", &[Rtf]),
        ("application/zip", "", &[Zip]),
        ("application/vnd.openxmlformats", "", &[Zip]),
        ("text/", "", TEXT),
        // Of anything else it is only known that a page of HTML is not what it is.
        ("", "", &[Json, Xml, ClinicalDocument, Pdf, Image, Rtf, Zip, Text, Binary]),
    ]
};

/// What a content looks like that begins with `head`; a few hundred bytes are enough.
///
/// ```
/// use fhir_solicit::exchange::content::{Sniffed, sniff};
///
/// assert_eq!(sniff(b"%PDF-1.7"), Sniffed::Pdf);
/// assert_eq!(sniff(b"<?xml version='1.0'?><ClinicalDocument xmlns='urn:hl7-org:v3'>"), Sniffed::ClinicalDocument);
/// ```
pub fn sniff(head: &[u8]) -> Sniffed {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    if let Some((_, found)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return *found;
    }
    let text = head.trim_ascii_start();
    match text.first() {
        Some(b'{' | b'[') => Sniffed::Json,
        Some(b'<') => markup(text),
        _ if head.iter().any(|&byte| is_binary(byte)) => Sniffed::Binary,
        _ => Sniffed::Text,
    }
}

/// Whether a byte does not occur in text.
const fn is_binary(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b)
}

/// What the first element says, past declarations and comments.
fn markup(mut text: &[u8]) -> Sniffed {
    loop {
        text = text.trim_ascii_start();
        let end: &[u8] = match text {
            [b'<', b'!', b'-', b'-', ..] => b"-->",
            [b'<', b'?', ..] => b"?>",
            [b'<', b'!', rest @ ..] if begins(rest, b"doctype html") => return Sniffed::Html,
            [b'<', b'!', ..] => b">",
            [b'<', name @ ..] => return root(name),
            _ => return Sniffed::Xml,
        };
        let Some(at) = text.windows(end.len()).position(|window| window == end) else { return Sniffed::Xml };
        text = text.get(at + end.len()..).unwrap_or_default();
    }
}

fn root(name: &[u8]) -> Sniffed {
    let end = name.iter().position(|byte| !byte.is_ascii_alphanumeric() && !b":_-.".contains(byte));
    let name = name.get(..end.unwrap_or(name.len())).unwrap_or_default();
    let local = name.rsplit(|byte| *byte == b':').next().unwrap_or_default();
    if local == b"ClinicalDocument" {
        Sniffed::ClinicalDocument
    } else if [&b"html"[..], b"head", b"body"].iter().any(|html| local.eq_ignore_ascii_case(html)) {
        Sniffed::Html
    } else {
        Sniffed::Xml
    }
}

fn begins(text: &[u8], with: &[u8]) -> bool {
    text.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with))
}

/// Whether a content labelled `media_type` may look like `found`.
pub(super) fn agrees(media_type: &str, found: Sniffed) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let row = LABELS.iter().find(|(start, end, _)| essence.starts_with(start) && essence.ends_with(end));
    row.is_none_or(|(_, _, looks)| looks.contains(&found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r89_bytes_are_known_by_how_they_begin() {
        for (head, found) in [
            (&b""[..], Sniffed::Text),
            (b" \n{\"resourceType\"", Sniffed::Json),
            (b"\xef\xbb\xbf[1]", Sniffed::Json),
            (b"<Bundle xmlns=\"http://hl7.org/fhir\">", Sniffed::Xml),
            (b"<?xml version=\"1.0\"?>\n<!-- a > b -->\n<hl7:ClinicalDocument>", Sniffed::ClinicalDocument),
            (b"<ClinicalDocumentation/>", Sniffed::Xml),
            (b"<!DOCTYPE html><title>Sign in</title>", Sniffed::Html),
            (b"<!doctype HTML>", Sniffed::Html),
            (b"<!-- x --><HTML lang=en>", Sniffed::Html),
            (b"<!-- never ended", Sniffed::Xml),
            (b"%PDF-1.7", Sniffed::Pdf),
            (b"{\\rtf1", Sniffed::Rtf),
            (b"PK\x03\x04", Sniffed::Zip),
            (b"\x89PNG\r\n\x1a\n", Sniffed::Image),
            (b"Dear colleague,", Sniffed::Text),
            (b"\x00\x01", Sniffed::Binary),
        ] {
            assert_eq!(sniff(head), found, "{}", head.escape_ascii());
        }
    }

    #[test]
    fn r89_labels_are_held_against_what_is_found() {
        for (label, found) in [
            ("application/fhir+json; charset=utf-8", Sniffed::Json),
            ("Application/FHIR+XML", Sniffed::Xml),
            ("text/xml", Sniffed::ClinicalDocument),
            ("application/pdf", Sniffed::Pdf),
            ("text/plain", Sniffed::Json),
            ("text/html", Sniffed::Html),
            ("image/png", Sniffed::Image),
            ("application/dicom", Sniffed::Binary),
        ] {
            assert!(agrees(label, found), "{label} {found:?}");
        }
        for (label, found) in [
            ("application/fhir+json", Sniffed::Xml),
            ("application/fhir+xml", Sniffed::Json),
            ("application/pdf", Sniffed::Html),
            ("application/pdf", Sniffed::Text),
            ("text/plain", Sniffed::Pdf),
            ("application/dicom", Sniffed::Html),
            ("image/png", Sniffed::Pdf),
        ] {
            assert!(!agrees(label, found), "{label} {found:?}");
        }
    }
}
