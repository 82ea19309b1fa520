//! Which requested item is answered by what.

use alloc::{string::String, vec, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::{
    fhir::{CodeableConcept, Communication, CommunicationRequest, Payload},
    json::FromJson,
    lifecycle::{CommunicationStatus, Status},
};

/// What one payload of a request asks for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub enum Asked {
    /// A FHIR query.
    Query(String),
    /// A type of clinical note.
    NoteType(CodeableConcept),
    /// Words.
    Text(String),
    /// An attachment or a reference that explains what is wanted.
    Content,
}

/// How far one requested item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "kebab-case")]
pub enum ItemState {
    /// Nothing answers it.
    Missing,
    /// A Communication answers it that is not yet completed, or refers to what is not in hand (R115).
    Partial,
    /// A completed Communication answers it, and what it refers to is in hand or was waived.
    Received,
}

/// A Communication, and who gave it.
#[derive(Clone, Debug)]
pub struct Given<'s> {
    /// The Communication.
    pub communication: Communication<'s>,
    /// Which of those who were asked, by their place; `None` where nothing tells.
    pub by: Option<usize>,
    /// Its references to what is neither in hand nor waived (R115).
    pub lacking: Vec<&'s str>,
}

/// One requested item.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// What was asked.
    pub asked: Asked,
    /// How far it is.
    pub state: ItemState,
    /// Which Communications answer it, by their place in the order of arrival.
    pub answered_by: Vec<usize>,
    /// Which of those who were asked have answered it, by their place among the recipients (R19).
    #[serde(default)]
    pub recipients: Vec<usize>,
}

/// All requested items, and what came unasked (R15).
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct Ledger {
    /// One for each payload of the request, in its order.
    pub items: Vec<Item>,
    /// Communications with a payload that answers no item, such as a substitute document.
    pub unexpected: Vec<usize>,
}

impl Ledger {
    /// Whether every item is received. A request without payload asks for one unnamed thing,
    /// which any Communication answers.
    pub fn is_complete(&self, communications: usize) -> bool {
        let received = |item: &Item| item.state == ItemState::Received;
        if self.items.is_empty() { communications > 0 } else { self.items.iter().all(received) }
    }
}

/// Matches the payloads of what was `given`, in order of arrival, to those of `request`: by equal query, else by a
/// shared code of the note type, else by being the only thing asked for.
///
/// A payload that refers to what is lacking answers in part only (R115).
pub fn ledger(request: CommunicationRequest<'_>, given: &[Given<'_>]) -> Ledger {
    let asked: Vec<Payload<'_>> = request.payloads().collect();
    let item = |payload: &Payload<'_>| Item {
        asked: asked_by(*payload),
        state: ItemState::Missing,
        answered_by: Vec::new(),
        recipients: Vec::new(),
    };
    let mut ledger = Ledger { items: asked.iter().map(item).collect(), unexpected: Vec::new() };
    for (arrival, Given { communication, by, lacking }) in given.iter().enumerate() {
        let state = match communication.status().as_deref().and_then(CommunicationStatus::from_code) {
            Some(CommunicationStatus::Completed) => ItemState::Received,
            Some(
                CommunicationStatus::NotDone
                | CommunicationStatus::EnteredInError
                | CommunicationStatus::Stopped,
            ) => {
                continue;
            }
            _ => ItemState::Partial,
        };
        // Of several payloads for one item each has to be in hand.
        let mut answers: Vec<Option<ItemState>> = vec![None; asked.len()];
        for payload in communication.payloads() {
            let answered = answered_by(payload, &asked);
            if answered.is_empty() && !ledger.unexpected.contains(&arrival) {
                ledger.unexpected.push(arrival);
            }
            let reference = payload.content_reference().and_then(|it| it.reference);
            let is_lacking = reference.is_some_and(|reference| lacking.contains(&reference.as_str()));
            for index in answered {
                let worse = is_lacking || answers[index] == Some(ItemState::Partial);
                answers[index] = Some(if worse { ItemState::Partial } else { state });
            }
        }
        for (item, state) in ledger.items.iter_mut().zip(answers) {
            let Some(state) = state else { continue };
            if item.state != ItemState::Received {
                item.state = state;
            }
            item.answered_by.push(arrival);
            item.recipients.extend(by.filter(|by| !item.recipients.contains(by)));
        }
    }
    ledger
}

pub(super) fn asked_by(payload: Payload<'_>) -> Asked {
    if let Some(query) = payload.query_string() {
        return Asked::Query(query.into_owned());
    }
    if let Some(concept) = payload.note_type() {
        return Asked::NoteType(concept);
    }
    payload.content_string().map_or(Asked::Content, |text| Asked::Text(text.into_owned()))
}

fn answered_by(answer: Payload<'_>, asked: &[Payload<'_>]) -> Vec<usize> {
    let matching = |matches: &dyn Fn(&Payload<'_>) -> bool| -> Vec<usize> {
        (0..asked.len()).filter(|&index| matches(&asked[index])).collect()
    };
    if let Some(query) = answer.query_string() {
        return matching(&|asked| asked.query_string().is_some_and(|asked| asked == query));
    }
    if let Some(concept) = answer.note_type() {
        return matching(&|asked| asked.note_type().is_some_and(|asked| asked.shares_code_with(&concept)));
    }
    if asked.len() == 1 { vec![0] } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fhir::views::{NOTE_TYPE, QUERY_STRING},
        json::Document,
    };
    use alloc::format;

    fn query(query: &str) -> String {
        format!(r#"{{"extension":[{{"url":"{QUERY_STRING}","valueString":"{query}"}}]}}"#)
    }

    fn note(code: &str) -> String {
        let concept = format!(r#"{{"coding":[{{"system":"http://loinc.org","code":"{code}"}}]}}"#);
        format!(r#"{{"extension":[{{"url":"{NOTE_TYPE}","valueCodeableConcept":{concept}}}]}}"#)
    }

    fn states(asked: &[String], answers: &[(&str, String)]) -> (Vec<ItemState>, Vec<usize>) {
        states_lacking(asked, answers, &[])
    }

    fn states_lacking(
        asked: &[String],
        answers: &[(&str, String)],
        lacking: &[(usize, &str)],
    ) -> (Vec<ItemState>, Vec<usize>) {
        let asked = format!(r#"{{"resourceType":"CommunicationRequest","payload":[{}]}}"#, asked.join(","));
        let request = Document::parse(asked).unwrap();
        let answers: Vec<Document> = answers
            .iter()
            .map(|(status, payload)| {
                let text = format!(
                    r#"{{"resourceType":"Communication","status":"{status}","payload":[{payload}]}}"#
                );
                Document::parse(text).unwrap()
            })
            .collect();
        let given = |(at, answer)| Given {
            communication: Communication::read(answer).unwrap(),
            by: Some(at % 2),
            lacking: lacking.iter().filter(|(of, _)| *of == at).map(|(_, reference)| *reference).collect(),
        };
        let views: Vec<_> = answers.iter().enumerate().map(given).collect();
        let ledger = ledger(CommunicationRequest::read(&request).unwrap(), &views);
        (ledger.items.iter().map(|item| item.state).collect(), ledger.unexpected)
    }

    #[test]
    fn r15_items_are_matched_by_query_by_code_or_by_being_alone() {
        use ItemState::{Missing, Partial, Received};
        let both = [query("Condition?patient=1"), note("18842-5")];
        let done = "completed";
        assert_eq!(states(&both, &[]), (vec![Missing, Missing], vec![]));
        assert_eq!(states(&both, &[(done, note("18842-5"))]), (vec![Missing, Received], vec![]));
        assert_eq!(states(&both, &[(done, query("Condition?patient=1"))]), (vec![Received, Missing], vec![]));
        assert_eq!(
            states(&both, &[(done, note("11506-3"))]),
            (vec![Missing, Missing], vec![0]),
            "a substitute"
        );
        let text = r#"{"contentString":"here"}"#;
        assert_eq!(states(&both, &[(done, text.into())]), (vec![Missing, Missing], vec![0]));
        assert_eq!(states(&[text.into()], &[(done, text.into())]), (vec![Received], vec![]));
        assert_eq!(states(&[text.into()], &[("in-progress", text.into())]), (vec![Partial], vec![]));
        assert_eq!(states(&[text.into()], &[("not-done", text.into())]), (vec![Missing], vec![]));
    }

    #[test]
    fn r115_what_a_payload_refers_to_has_to_be_in_hand() {
        use ItemState::{Partial, Received};
        let both = [query("Condition?patient=1"), note("18842-5")];
        let answer = |reference: &str| {
            let extension = query("Condition?patient=1").replace('}', "");
            let extension = extension.trim_end_matches(']');
            ("completed", format!(r#"{extension}}}],"contentReference":{{"reference":"{reference}"}}}}"#))
        };
        let first = |answers: &[&(&str, String)], lacking: &[(usize, &str)]| {
            let answers: Vec<_> = answers.iter().copied().cloned().collect();
            states_lacking(&both, &answers, lacking).0[0]
        };
        let (a, b) = (answer("Binary/a"), answer("Binary/b"));
        assert_eq!(first(&[&a], &[]), Received);
        assert_eq!(first(&[&a], &[(0, "Binary/a")]), Partial);
        assert_eq!(first(&[&a], &[(1, "Binary/a"), (0, "Binary/b")]), Received, "of another one");
        let both_in_one = ("completed", format!("{},{}", a.1, b.1));
        assert_eq!(first(&[&both_in_one], &[(0, "Binary/a")]), Partial);
        assert_eq!(first(&[&both_in_one], &[(0, "Binary/b")]), Partial);
        assert_eq!(first(&[&a, &b], &[(0, "Binary/a")]), Received, "another one answers it in full");
    }
}
