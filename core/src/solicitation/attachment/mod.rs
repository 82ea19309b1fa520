//! A payer's request for attachments to a claim, and what is submitted in return.
//!
//! ```text
//!   payer                                    provider
//!   Task: who, which claim, what, where ─▶   accepts it
//!   Parameters: TrackingId, …, Attachment ◀─ $submit-attachment, at the payer-url of the Task
//!                                            completes the Task
//! ```
//!
//! The payer finds the claim by what is repeated to it, so that what the Task says is taken over and
//! never typed anew (R55). What each thing that was asked for is answered by is told as of every other request: the
//! Task reads as a CommunicationRequest ([`attachments_asked_in`]), a submission as a Communication. All codes are those of the guide ([`AttachmentRules`]).
//!
//! [`AttachmentRules`]: crate::lifecycle::AttachmentRules

mod asked;
mod received;
mod request;
mod submit;

pub use asked::attachments_asked_in;
pub(crate) use received::is_signed;
pub use received::{ReceivedAttachment, ReceivedSubmission, SubmissionError, held_outcome};
pub use request::{AttachmentDraft, Needed};
pub use submit::{Attached, AttachmentRequest, Submission, attachment_request};

use alloc::boxed::Box;

use crate::{json::EditError, validate::Report};

/// Ids of what is contained in the request, which CDex fixes (R44).
const PATIENT: &str = "patient";
const PRACTITIONER_ROLE: &str = "practitionerrole";

/// Why there is no request for attachments, or nothing to submit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AttachmentError {
    /// The guide knows none.
    #[error("the guide has no request for attachments; use cdex-2.1.0 or cdex-ci")]
    Guide,
    /// Something that is needed is not there, or not as it has to be.
    #[error("{0}")]
    Needed(&'static str),
    /// An attachment answers something that was not asked for.
    #[error("an attachment answers item {0}, which the request does not have")]
    NoSuchItem(usize),
    /// More than the payer takes at once, and it cannot be divided.
    #[error("the submission has {bytes} bytes, and the payer takes {limit} at once: {why}")]
    TooLarge {
        /// What it has.
        bytes: usize,
        /// What may be.
        limit: usize,
        /// Why it is not divided.
        why: &'static str,
    },
    /// What would be sent breaks R4.
    #[error("what would be sent has {} errors", .0.errors)]
    Invalid(Box<Report>),
    /// A resource cannot be written because an element stands in the way.
    #[error(transparent)]
    Edit(#[from] EditError),
}

/// Whether a date names a day (cdex-2).
fn is_day(date: &str) -> bool {
    date.len() == 10
}

/// Authoring is strict: what breaks R4 is not sent.
fn checked(document: crate::json::Document) -> Result<crate::json::Document, AttachmentError> {
    use crate::{pack::Pack, validate};
    let report = validate::validate(&document, Pack::exchange(), &validate::Options::default());
    if report.is_valid() { Ok(document) } else { Err(AttachmentError::Invalid(Box::new(report))) }
}
