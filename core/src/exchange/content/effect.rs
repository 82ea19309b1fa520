//! What a resolver is told, what it wants done, and what comes of it.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{Finding, Measured, Sniffed};
use crate::{
    exchange::{Fault, HttpRequest, HttpResponse, Unlocated},
    json::{Document, FromJson},
};

/// How far contents are followed. Whatever is beyond is withheld, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase", default)]
pub struct Limits {
    /// Most bytes of one content.
    pub most_bytes: u64,
    /// Most bytes of all contents together.
    pub most_bytes_in_all: u64,
    /// Most contents, resources among them.
    pub most_contents: u32,
    /// Most steps from the resource to a content: a Binary of a DocumentReference of a Communication
    /// is two away.
    pub most_steps: u32,
    /// Most fetches at a time.
    pub parallel: u32,
    /// Whether to fetch, without any credential, what a URL names on a server that is not registered.
    pub elsewhere: bool,
    /// Whether what the resource refers to is signed: it is then asked for by search, for the signature is
    /// that of the searchset (R41).
    pub signed: bool,
}

impl Default for Limits {
    /// 64 MiB each, 256 MiB in all, 200 contents, 6 steps, 4 at a time, nothing elsewhere.
    fn default() -> Self {
        Self {
            most_bytes: 64 << 20,
            most_bytes_in_all: 256 << 20,
            most_contents: 200,
            most_steps: 6,
            parallel: 4,
            elsewhere: false,
            signed: false,
        }
    }
}

/// What happened to an effect.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(tag = "input", rename_all = "kebab-case")]
pub enum ContentInput {
    /// A server answered: with a resource where one was asked for, or with a fault. Also the text of
    /// what was to be unwrapped.
    Received {
        /// Of the effect.
        id: u32,
        /// What came back.
        response: HttpResponse,
    },
    /// Bytes came, or were decoded.
    Bytes {
        /// Of the effect.
        id: u32,
        /// What was found of them.
        measured: Measured,
    },
    /// There are none.
    Failed {
        /// Of the effect.
        id: u32,
        /// Why.
        why: Unfetched,
    },
}

/// Why an effect has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "kebab-case")]
pub enum Unfetched {
    /// No answer: no connection, time-out, a redirect, refused by CORS.
    Network,
    /// More than `most` bytes; the rest was not taken.
    TooLarge,
    /// The text is not base64.
    NotBase64,
}

/// What to do next.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(tag = "effect", rename_all = "kebab-case")]
pub enum ContentEffect {
    /// Perform a request for a resource, and give [`ContentInput::Received`].
    Fetch {
        /// Names the effect.
        id: u32,
        /// How it was come upon, as in [`Resolved::trail`].
        trail: Vec<String>,
        /// The reference as it stands.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        via: Option<String>,
        /// The request, to a registered server with its credential.
        request: HttpRequest,
        /// Most bytes to take.
        most: u64,
    },
    /// Perform a request for bytes: keep them under the id, and give [`ContentInput::Bytes`]. An
    /// answer other than 2xx is [`ContentInput::Received`].
    Load {
        /// Names the effect, and then the bytes.
        id: u32,
        /// How it was come upon, as in [`Resolved::trail`].
        trail: Vec<String>,
        /// The request, to a registered server with its credential.
        request: HttpRequest,
        /// Most bytes to take.
        most: u64,
        /// Whether their SHA-1 is wanted.
        hash: bool,
    },
    /// The same at a URL of nobody who is registered: without credential, cookies, referrer or
    /// redirect.
    LoadElsewhere {
        /// Names the effect, and then the bytes.
        id: u32,
        /// How it was come upon, as in [`Resolved::trail`].
        trail: Vec<String>,
        /// An https URL.
        url: String,
        /// Most bytes to take.
        most: u64,
        /// Whether their SHA-1 is wanted.
        hash: bool,
    },
    /// Decode base64: keep the bytes under the id, and give [`ContentInput::Bytes`].
    Decode {
        /// Names the effect, and then the bytes.
        id: u32,
        /// How it was come upon, as in [`Resolved::trail`].
        trail: Vec<String>,
        /// The text as it stands in the resource.
        data: String,
        /// Most bytes to take.
        most: u64,
        /// Whether their SHA-1 is wanted.
        hash: bool,
    },
    /// The bytes under this id are a resource that wraps others: give their text as
    /// [`ContentInput::Received`].
    Unwrap {
        /// Of the effect that gave them.
        id: u32,
    },
    /// Give a content to the application.
    Give {
        /// Under which its bytes are kept, where it is bytes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<u32>,
        /// What it is.
        content: Resolved,
    },
    /// Tell the application that there is one that it does not get.
    Withhold {
        /// How it was come upon, as in [`Resolved::trail`].
        trail: Vec<String>,
        /// The reference or URL as it stands, where it is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        via: Option<String>,
        /// Why not.
        reason: Withheld,
    },
}

/// A content.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct Resolved {
    /// How it was come upon: elements as FHIRPath and places, from the outermost resource on.
    pub trail: Vec<String>,
    /// The reference or URL as it stands, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// The words, where it is words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The resource, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<Document>,
    /// Whether that is a Bundle with a signature.
    #[serde(default)]
    pub signed: bool,
    /// What bytes are said to be: in the resource that names them, else by their server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// What bytes look like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sniffed: Option<Sniffed>,
    /// How many bytes there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// What the resource calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What was said of it and is not so.
    #[serde(default)]
    pub findings: Vec<Finding>,
}

/// Why a content is withheld.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum Withheld {
    /// It leads to no registered server.
    Unlocated {
        /// How so.
        unlocated: Unlocated,
    },
    /// It could not be had.
    Fault {
        /// What went wrong.
        fault: Fault,
    },
    /// It has more bytes than [`Limits::most_bytes`], or all together have.
    TooLarge {
        /// How many it may have.
        most: u64,
    },
    /// There are more than [`Limits::most_contents`].
    TooMany,
    /// It is more than [`Limits::most_steps`] away, as in a circle of references.
    TooDeep,
    /// It is the same as one before.
    Repeated,
    /// Its base64 is none.
    NotBase64,
    /// It should stand in the same resource or Bundle, and does not.
    Missing,
}
