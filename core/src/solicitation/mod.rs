//! L4: what has become of a request, in one word and with the reason.
//!
//! [`derive`] is a pure function of what was seen and the clock (R28). It serves both sides: each
//! passes what it has in hand. [`ledger`] says which of the requested items the Communications
//! answer (R15), [`correlate`] whether a Communication belongs to a request at all (R14). [`translate`] says the
//! same exchange in the words of another guide. [`AttachmentDraft`] and [`AttachmentRequest`] are how a payer asks for
//! attachments to a claim, and what is submitted in return.

mod attachment;
mod correlation;
mod due;
mod ledger;
mod state;
mod translate;

pub(crate) use attachment::is_signed;
pub use attachment::{
    Attached, AttachmentDraft, AttachmentError, AttachmentRequest, Needed, ReceivedAttachment,
    ReceivedSubmission, Submission, SubmissionError, attachment_request, attachments_asked_in, held_outcome,
};
pub use correlation::{Confidence, Known, correlate, is_solicited};
pub(crate) use due::Window;
pub use due::{Calendar, Due, Timeliness};
pub use ledger::{Asked, Given, Item, ItemState, Ledger, ledger};
pub use state::{RecipientState, Seen, SeenRecipient, Solicitation, State, derive};
pub(crate) use translate::carry;
pub use translate::{BESIDE_A_QUERY, Lost, Translation, Untranslatable, answers_in, request_in, translate};
