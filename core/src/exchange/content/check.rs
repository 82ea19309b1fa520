//! Whether bytes are what was said of them (R88, R89).

use alloc::{string::String, vec::Vec};
use core::fmt;

use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};

use super::{Sniffed, sniff, sniff::agrees};
use crate::{
    fhir::base64,
    json::{FromJson, Value},
};

/// How many bytes of a content are looked at to tell what it is.
const HEAD: usize = 1024;

/// What an Attachment or a Binary says of its bytes.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub(super) struct Claim {
    pub(super) content_type: Option<String>,
    size: Option<u64>,
    pub(super) hash: Option<String>,
    pub(super) title: Option<String>,
    /// Whether the bytes stand in the resource, where they need a type (att-1).
    pub(super) inline: bool,
}

impl Claim {
    pub(super) fn read(value: Value<'_>) -> Self {
        let text = |name| value.string(name).map(Into::into);
        Self {
            content_type: text("contentType"),
            size: value.get("size").and_then(Value::as_number).and_then(|size| size.parse().ok()),
            hash: text("hash"),
            title: text("title"),
            inline: value.get("data").is_some(),
        }
    }

    /// What is said of the bytes of a Binary: `own` is what that says itself.
    pub(super) fn over(self, own: Self) -> Self {
        Self { content_type: self.content_type.or(own.content_type), inline: true, ..self }
    }
}

/// What was found of bytes, which themselves need not be here.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct Measured {
    /// How many there are.
    pub size: u64,
    /// The first of them, up to 1,024, one character each (ISO 8859-1).
    pub head: String,
    /// Their SHA-1 in base64; `None` where it could not be computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha1: Option<String>,
    /// The media type in the header of the answer, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served: Option<String>,
}

impl Measured {
    /// Measures bytes that are at hand.
    pub fn of(bytes: &[u8], served: Option<&str>) -> Self {
        Self {
            size: bytes.len() as u64,
            head: bytes.iter().take(HEAD).copied().map(char::from).collect(),
            sha1: Some(base64::encode(&Sha1::digest(bytes))),
            served: served.map(Into::into),
        }
    }

    /// What they look like.
    pub(super) fn sniffed(&self) -> Sniffed {
        sniff(&self.head_bytes())
    }

    fn head_bytes(&self) -> Vec<u8> {
        self.head.chars().map_while(|character| u8::try_from(u32::from(character)).ok()).collect()
    }

    /// Whether a Binary came as the FHIR resource that wraps its bytes (R90, R4 binary.html).
    pub(super) fn is_wrapped(&self) -> bool {
        let served = self.served.as_deref().unwrap_or_default();
        let mut head: Vec<u8> = self.head_bytes();
        head.retain(|byte| !byte.is_ascii_whitespace());
        let binary = b"\"resourceType\":\"Binary\"";
        served.contains("json") && head.windows(binary.len()).any(|window| window == binary)
    }
}

/// Something that was said of bytes and is not so. The bytes are given all the same: it is for a
/// person to decide. `Debug` does not quote what was said.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(tag = "finding", rename_all = "kebab-case")]
pub enum Finding {
    /// There are not as many bytes as `size` says.
    Size {
        /// What it says.
        claimed: u64,
        /// What there is.
        found: u64,
    },
    /// Their SHA-1 is not what `hash` says.
    Hash,
    /// `hash` says something that could not be checked here.
    HashUnchecked,
    /// Bytes in a resource need a `contentType` (att-1).
    Unlabelled,
    /// The bytes do not look like what their label says.
    Label {
        /// The label.
        label: String,
        /// What they look like.
        found: Sniffed,
    },
    /// The server labels them otherwise than the resource does.
    Served {
        /// The label in the resource.
        label: String,
        /// The label of the server.
        served: String,
    },
}

impl fmt::Debug for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Size { .. } => "size",
            Self::Hash => "hash",
            Self::HashUnchecked => "hash-unchecked",
            Self::Unlabelled => "unlabelled",
            Self::Label { .. } => "label",
            Self::Served { .. } => "served",
        })
    }
}

/// Holds what was found against what was said.
pub(super) fn check(claim: &Claim, measured: &Measured) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(claimed) = claim.size.filter(|claimed| *claimed != measured.size) {
        findings.push(Finding::Size { claimed, found: measured.size });
    }
    if let Some(hash) = &claim.hash {
        let is_same = measured.sha1.as_ref().map(|sha1| base64::decode(sha1) == base64::decode(hash));
        match is_same {
            Some(true) => {}
            Some(false) => findings.push(Finding::Hash),
            None => findings.push(Finding::HashUnchecked),
        }
    }
    let label = claim.content_type.as_ref().or(measured.served.as_ref());
    match label {
        Some(label) => {
            let found = measured.sniffed();
            if !agrees(label, found) {
                findings.push(Finding::Label { label: label.clone(), found });
            }
        }
        None if claim.inline => findings.push(Finding::Unlabelled),
        None => {}
    }
    if let (Some(label), Some(served)) = (&claim.content_type, &measured.served)
        && essence(label) != essence(served)
    {
        findings.push(Finding::Served { label: label.clone(), served: served.clone() });
    }
    findings
}

fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Document;
    use alloc::vec;

    fn found(attachment: &str, bytes: &[u8], served: Option<&str>) -> Vec<Finding> {
        let attachment = Document::parse(attachment).unwrap();
        check(&Claim::read(attachment.root()), &Measured::of(bytes, served))
    }

    #[test]
    fn r88_size_hash_and_label_are_held_against_the_bytes() {
        let right =
            r#"{"contentType":"text/plain","data":"","size":3,"hash":"qZk+NkcGgWq6PiVxeFDCbJzQ2J0="}"#;
        assert_eq!(found(right, b"abc", None), []);
        assert_eq!(
            found(right, b"abd!", Some("text/plain; charset=utf-8")),
            [Finding::Size { claimed: 3, found: 4 }, Finding::Hash]
        );
        assert_eq!(found(r#"{"data":""}"#, b"abc", None), [Finding::Unlabelled]);
        assert_eq!(found(r#"{"url":""}"#, b"abc", None), []);
        let hash = Document::parse(right).unwrap();
        let unhashed = Measured { sha1: None, ..Measured::of(b"abc", None) };
        assert_eq!(check(&Claim::read(hash.root()), &unhashed), [Finding::HashUnchecked]);
        assert_eq!(found(r#"{"hash":"no base64"}"#, b"abc", None), [Finding::Hash]);
    }

    #[test]
    fn r89_both_labels_are_told_where_they_differ() {
        let json = r#"{"contentType":"application/fhir+json"}"#;
        let label = |label: &str, found| Finding::Label { label: label.into(), found };
        assert_eq!(
            found(json, b"<Bundle/>", Some("application/fhir+xml")),
            [
                label("application/fhir+json", Sniffed::Xml),
                Finding::Served {
                    label: "application/fhir+json".into(),
                    served: "application/fhir+xml".into()
                }
            ]
        );
        let page = b"<!DOCTYPE html>";
        assert_eq!(found("{}", page, Some("application/pdf")), vec![label("application/pdf", Sniffed::Html)]);
    }

    #[test]
    fn r90_a_wrapped_binary_is_told_from_a_json_that_mentions_one() {
        let is_wrapped = |body: &[u8], served| Measured::of(body, served).is_wrapped();
        let wrapped = b"{ \"resourceType\" : \"Binary\", \"data\": \"YWJj\" }";
        assert!(is_wrapped(wrapped, Some("application/fhir+json;charset=UTF-8")));
        assert!(!is_wrapped(wrapped, Some("text/plain")), "the bytes themselves");
        assert!(!is_wrapped(b"{\"resourceType\":\"Bundle\"}", Some("application/fhir+json")));
    }
}
