//! The text and the tape over it.

use alloc::{borrow::ToOwned, string::String, vec::Vec};
use core::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{ParseError, Value};

/// What a node is; strings and keys say whether unescaping is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    Null,
    False,
    True,
    Number,
    String,
    EscapedString,
    Array,
    Object,
    Key,
    EscapedKey,
}

impl Tag {
    pub(super) fn escaped(self) -> Self {
        match self {
            Self::String => Self::EscapedString,
            Self::Key => Self::EscapedKey,
            other => other,
        }
    }
}

/// One value or member name: 16 bytes, in document order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// Offset of the first byte.
    pub(super) start: u32,
    /// Offset past the last byte.
    pub(super) end: u32,
    /// Index of the first node after this one and all inside it.
    pub(super) next: u32,
    pub(super) tag: Tag,
}

/// A JSON text and what stands where in it.
///
/// Reading costs one pass; looking costs nothing that was not asked for. Two documents are equal
/// when their texts are. `Debug` shows sizes only, never content. With serde a `Document` is the
/// string of its text, so that it survives any store byte for byte.
#[derive(Clone)]
pub struct Document {
    text: String,
    nodes: Vec<Node>,
}

impl Document {
    /// An object without members, to build a resource from.
    pub fn object() -> Self {
        let root = Node { start: 0, end: 2, next: 1, tag: Tag::Object };
        Self { text: "{}".to_owned(), nodes: alloc::vec![root] }
    }

    pub(super) fn from_parts(text: String, nodes: Vec<Node>) -> Self {
        Self { text, nodes }
    }

    pub(super) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    #[inline]
    pub(super) fn node(&self, index: u32) -> Node {
        self.nodes[index as usize]
    }

    /// The text, byte for byte as it was read or edited.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text, taken out.
    pub fn into_text(self) -> String {
        self.text
    }

    /// The outermost value.
    pub fn root(&self) -> Value<'_> {
        Value::new(self, 0)
    }

    /// Number of values and member names.
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document").field("bytes", &self.text.len()).field("nodes", &self.nodes.len()).finish()
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Document {}

impl FromStr for Document {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text)
    }
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}
