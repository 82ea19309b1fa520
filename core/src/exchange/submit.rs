//! The operation by which attachments are submitted, at the address that their request names.

use alloc::string::ToString;

use super::{Answer, Fault, FaultKind, HttpRequest, HttpResponse, Servers, Unlocated, read_answer, request};
use crate::json::Document;

/// The operation of CDex (OperationDefinition submit-attachment), at the level of the system.
const SUBMIT_ATTACHMENT: &str = "$submit-attachment";

/// What came of a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Submitted {
    /// The payer has taken it.
    Accepted,
    /// The payer has taken it and says more, as where it holds it for a claim yet to come (CONF-021).
    Held,
    /// It is more than the payer takes at once; in several submissions, where the request allows
    /// them, it may pass (CONF-022 to CONF-024).
    TooLarge(Fault),
    /// The payer refuses it as it is, such as for a signature that is missing (CONF-025): sent again,
    /// it would be refused again.
    Refused(Fault),
    /// Nothing was done with it: it may be sent again.
    NotTaken(Fault),
    /// Whether the payer has it is not known.
    Unknown(Fault),
}

impl Submitted {
    /// Whether the same may be sent again by itself (R59). The guide has no key by which a payer knows
    /// a submission again, so where it is not known what became of one, only if the payer is known to
    /// take the same twice as once.
    pub const fn may_be_repeated(&self, idempotent: bool) -> bool {
        match self {
            Self::NotTaken(_) => true,
            Self::Unknown(_) => idempotent,
            Self::Accepted | Self::Held | Self::TooLarge(_) | Self::Refused(_) => false,
        }
    }
}

/// Submits `parameters` at `payer_url`, which is that of the operation, or the base URL of a server
/// that has it (R53). It goes to a server that is registered for this exchange, with the credential of
/// that server and no other (R97).
///
/// # Errors
/// [`Unlocated`] where the address belongs to no registered server.
pub fn submit(servers: &Servers, payer_url: &str, parameters: &Document) -> Result<HttpRequest, Unlocated> {
    let (server, url) = servers.under(payer_url).ok_or(Unlocated::UnknownServer)?;
    let url = if url.is_empty() { SUBMIT_ATTACHMENT.to_string() } else { url };
    Ok(request::post(server, url, parameters))
}

/// What the answer to a submission says; `None` where there was none.
pub fn submitted(servers: &Servers, request: &HttpRequest, response: Option<&HttpResponse>) -> Submitted {
    let Some(response) = response else { return Submitted::Unknown(Fault::of(FaultKind::Network)) };
    let outcome = || Document::parse(response.body.as_str()).ok().filter(is_outcome);
    match read_answer(servers, request, response) {
        Ok(Answer::Done(_)) if outcome().is_some() => Submitted::Held,
        Ok(_) => Submitted::Accepted,
        Err(fault) => match fault.kind {
            // 202: it has it, and will look at it later.
            FaultKind::Pending => Submitted::Accepted,
            FaultKind::TooLarge => Submitted::TooLarge(fault),
            // The server has said that it did not begin.
            FaultKind::Unauthorized | FaultKind::TooManyRequests => Submitted::NotTaken(fault),
            _ if (400..500).contains(&response.status) && response.status != 408 => Submitted::Refused(fault),
            // An outcome of errors is a refusal, whatever its status says (R85).
            FaultKind::Invalid => Submitted::Refused(fault),
            // The operation returns no resource that this side would have to read; a page is that of a proxy.
            _ if response.status < 300 && Document::parse(response.body.as_str()).is_ok() => {
                Submitted::Accepted
            }
            _ => Submitted::Unknown(fault),
        },
    }
}

fn is_outcome(document: &Document) -> bool {
    document.root().string("resourceType").as_deref() == Some("OperationOutcome")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::{Headers, Method};
    use alloc::{collections::BTreeMap, format, string::String, vec::Vec};

    fn servers() -> Servers {
        let bases = [("home", "https://clinic.example/fhir"), ("payer", "https://payer.example/cdex")];
        let bases = bases.map(|(key, base)| (key.to_string(), base.to_string()));
        Servers::try_from(BTreeMap::from(bases)).unwrap()
    }

    fn parameters() -> Document {
        Document::parse(r#"{"resourceType":"Parameters"}"#).unwrap()
    }

    fn sent() -> HttpRequest {
        submit(&servers(), "https://payer.example/cdex/$submit-attachment", &parameters()).unwrap()
    }

    fn answered(status: u16, body: &str) -> Submitted {
        let response = HttpResponse { status, headers: Headers::default(), body: body.into() };
        submitted(&servers(), &sent(), Some(&response))
    }

    fn outcome(severity: &str) -> String {
        format!(
            r#"{{"resourceType":"OperationOutcome","issue":[{{"severity":"{severity}","code":"informational"}}]}}"#
        )
    }

    #[test]
    fn r53_it_goes_to_the_address_that_was_given_and_to_no_other() {
        for (url, expected) in [
            ("https://payer.example/cdex/$submit-attachment", Some("$submit-attachment")),
            ("https://payer.example/cdex", Some("$submit-attachment")),
            ("https://payer.example/cdex/", Some("$submit-attachment")),
            ("https://payer.example/cdex/claims/attachments", Some("claims/attachments")),
            ("https://evil.example/cdex/$submit-attachment", None),
            ("http://payer.example/cdex/$submit-attachment", None),
            ("https://payer.example/cdex/../admin", None),
            ("javascript:alert(1)", None),
        ] {
            let request = submit(&servers(), url, &parameters()).ok();
            assert_eq!(request.as_ref().map(|it| it.url.as_str()), expected, "{url}");
            assert!(request.is_none_or(|it| it.server == "payer" && it.method == Method::Post), "{url}");
        }
        assert_eq!(sent().headers.get("if-none-exist"), None, "an operation creates nothing by itself");
    }

    #[test]
    fn r57_what_is_too_large_is_told_apart_whatever_the_server_says_beside() {
        for body in ["", "<html>too big</html>", &outcome("error")] {
            assert!(matches!(answered(413, body), Submitted::TooLarge(_)), "{body}");
        }
    }

    #[test]
    fn r58_held_is_no_refusal_and_a_refusal_is_final() {
        assert_eq!(answered(200, &outcome("information")), Submitted::Held);
        assert_eq!(answered(200, ""), Submitted::Accepted);
        assert_eq!(answered(204, ""), Submitted::Accepted);
        assert_eq!(answered(202, ""), Submitted::Accepted);
        assert_eq!(answered(200, r#"{"resourceType":"Parameters"}"#), Submitted::Accepted);
        assert!(
            matches!(answered(200, "<html>sign in</html>"), Submitted::Unknown(_)),
            "not the payer's word"
        );
        for (status, severity) in [(400, "error"), (422, "error"), (200, "error"), (403, "fatal")] {
            let refused = answered(status, &outcome(severity));
            assert!(matches!(refused, Submitted::Refused(_)), "{status}");
            assert!(!refused.may_be_repeated(true), "{status}");
        }
    }

    #[test]
    fn r59_what_may_have_had_its_effect_is_not_sent_again() {
        let lost = submitted(&servers(), &sent(), None);
        let unclear: Vec<Submitted> = [500, 502, 503, 504, 408].map(|status| answered(status, "")).into();
        for one in unclear.iter().chain([&lost]) {
            assert!(!one.may_be_repeated(false) && one.may_be_repeated(true), "{one:?}");
        }
        for status in [401, 429] {
            assert!(answered(status, "").may_be_repeated(false), "{status}");
        }
    }
}
