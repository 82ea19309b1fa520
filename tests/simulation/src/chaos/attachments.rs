//! Worlds in which payers ask for attachments to claims: every fifth.

use std::collections::BTreeMap;

use fhir_solicit::{
    actor::Act,
    fhir::{CodeableConcept, Identifier},
    json::Document,
    lifecycle::Guide,
    solicitation::{AttachmentDraft, Needed},
};

use super::{Chaos, SECRET};
use crate::Simulation;

/// How many of the submissions at each payer's server were handed over.
pub(super) type HandedOver = BTreeMap<String, usize>;

pub(super) fn guide(attaches: bool) -> Guide {
    if attaches { Guide::named("cdex-2.1.0").unwrap_or_default() } else { Guide::default() }
}

/// The Task by which `payer` asks for attachments to the claim of this number.
pub(super) fn request(it: &mut Simulation, number: usize, payer: &str) -> Document {
    let document = |text: String| Document::parse(text).unwrap_or_else(|_| Document::object());
    let tracking = format!("tracking-{number}");
    let patient = document(format!(
        r#"{{"resourceType":"Patient","name":[{{"family":"{SECRET}"}}],"birthDate":"1970-01-01","identifier":[{{"type":
        {{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MB"}}]}},"value":"{SECRET}"}}]}}"#
    ));
    let role =
        document(r#"{"resourceType":"PractitionerRole","organization":{"identifier":{"value":"1"}}}"#.into());
    let needed =
        Needed { code: Some(CodeableConcept::text(&format!("{SECRET} report"))), ..Needed::default() };
    let draft = AttachmentDraft {
        tracking_id: Identifier::new("http://payer.example/tracking", &tracking),
        admin_ref_number: None,
        patient,
        practitioner_role: role,
        payer: Identifier::new("http://payer.example/payers", "1"),
        attach_to: "preauthorization".into(),
        claim: Identifier::new("http://payer.example/claims", "1"),
        needed: vec![needed],
        payer_url: format!("{payer}/$submit-attachment"),
        service_date: None,
        due: Some("2027-01-31".into()),
        signature: false,
        purpose_of_use: Vec::new(),
        multiple_submits: number.is_multiple_of(2),
    };
    it.server(payer).await_attachments(&tracking, false);
    let now = it.now;
    let task = draft.build(&guide(true), now);
    let Ok(task) = task else { unreachable!("the draft is complete") };
    task
}

impl Chaos {
    /// Payers' servers hand over what was submitted at them.
    pub(super) fn hand_over(&mut self) {
        for base in self.it.bases() {
            let from = *self.handed_over.get(&base).unwrap_or(&0);
            let submissions: Vec<Document> = self.it.server(&base).submissions()[from..].to_vec();
            for parameters in submissions {
                *self.handed_over.entry(base.clone()).or_default() += 1;
                let asks = |name: &&String| {
                    let view = self.it.view(name);
                    view.task.and_then(|task| super::laws::identifier(&task)).is_some_and(|tracking| {
                        let value = tracking.rsplit('|').next().unwrap_or_default();
                        parameters.text().contains(&format!("\"{value}\""))
                    })
                };
                let requesters = self.parties().into_iter().filter(|name| name.starts_with("requester"));
                for name in requesters.filter(|name| asks(&name)).collect::<Vec<_>>() {
                    let taken = self.it.decide(&name, Act::Submitted { parameters: parameters.clone() });
                    self.tell(|_| {
                        format!("{name}: submitted{}", if taken.is_ok() { "" } else { ", refused" })
                    });
                    assert!(taken.is_ok(), "{name} takes what answers its request: {taken:?}");
                }
            }
        }
    }
}
