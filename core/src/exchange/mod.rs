//! L3: FHIR REST as values.
//!
//! An intention becomes an [`HttpRequest`]; an [`HttpResponse`] becomes an [`Answer`] or a
//! [`Fault`]. Nothing here performs I/O. A request names its server by a key of [`Servers`] and
//! its place by a URL *relative* to that server's base, so that whoever performs it can never be
//! led to send a credential anywhere else (R97).
//!
//! Source of the rules: R4 http.html and search.html, RFC 9110, and the hazards of real servers
//! that each function names.

mod answer;
mod batch;
pub mod content;
mod fault;
mod http;
mod message;
mod request;
mod retry;
mod servers;
mod signature;
mod submit;
pub mod subscription;
mod url;

pub use answer::{Answer, Stored, read_answer, server_time};
pub use batch::{Batch, Unbatched, batch, unbatch};
pub use fault::{Fault, FaultKind};
pub use http::{Headers, HttpRequest, HttpResponse, Method};
pub use message::{
    Message, MessageDraft, NoMessage, Unsendable, message, process_message, read_message, read_processed,
};
pub use request::{create, known_by, next_page, read, search, update};
pub use retry::{RetryPolicy, hold};
pub(crate) use servers::redirect;
pub use servers::{Located, ServerError, Servers, Unlocated, rebase};
pub use signature::{bytes_to_sign, canonical_json};
pub use submit::{Submitted, submit, submitted};
pub(crate) use url::is_safe;
