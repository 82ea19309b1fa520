//! Errors, as the server says them.

use fhir_solicit::{
    fhir::outcome::{self, Severity},
    json::{EditError, ParseError},
};

use crate::message::Response;

/// Why a request was not carried out: an HTTP status and an OperationOutcome.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{status} {code}: {diagnostics}")]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// A code of the value set issue-type.
    pub code: &'static str,
    /// What to do about it. Names places and parameters, never values.
    pub diagnostics: String,
    pub(crate) header: Option<(&'static str, String)>,
}

/// What an interaction comes to.
pub(crate) type Answer = Result<Response, Refusal>;

impl Refusal {
    pub(crate) fn new(status: u16, code: &'static str, diagnostics: impl Into<String>) -> Self {
        Self { status, code, diagnostics: diagnostics.into(), header: None }
    }

    pub(crate) fn with_header(self, name: &'static str, value: String) -> Self {
        Self { header: Some((name, value)), ..self }
    }

    pub(crate) fn invalid(diagnostics: impl Into<String>) -> Self {
        Self::new(400, "invalid", diagnostics)
    }

    pub(crate) fn not_found(diagnostics: impl Into<String>) -> Self {
        Self::new(404, "not-found", diagnostics)
    }

    pub(crate) fn into_response(self) -> Response {
        let outcome = outcome::single(Severity::Error, self.code, &self.diagnostics);
        let response = Response::new(self.status).with_resource(&outcome);
        match self.header {
            Some((name, value)) => response.with_header(name, &value),
            None => response,
        }
    }
}

impl From<ParseError> for Refusal {
    fn from(error: ParseError) -> Self {
        Self::new(400, "structure", format!("the body is not JSON: {error}"))
    }
}

/// The server sets `id` and `meta`; that can only fail on a body that is not what it should be.
impl From<EditError> for Refusal {
    fn from(error: EditError) -> Self {
        Self::new(400, "structure", format!("the body cannot be stored: {error}"))
    }
}
