//! What the payer writes.

use alloc::{format, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{AttachmentError, PATIENT, PRACTITIONER_ROLE, checked, is_day};
use crate::{
    exchange::is_safe,
    fhir::{CodeableConcept, Coding, Identifier, Instant, Resource},
    json::{Document, EditError, FromJson, Value},
    lifecycle::{Guide, Way},
};

/// The code of a member number (v2-0203), by which a payer knows a patient (R45).
const MEMBER_NUMBER: (&str, &str) = ("http://terminology.hl7.org/CodeSystem/v2-0203", "MB");

/// A request for attachments, in the terms of the exchange rather than of the resource.
#[derive(Clone, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AttachmentDraft {
    /// The number by which the payer will find what is submitted, 1..1 (R46).
    pub tracking_id: Identifier,
    /// A number of the payer's administration, 0..1, where the guide has it (R2).
    #[serde(default)]
    pub admin_ref_number: Option<Identifier>,
    /// The Patient, with member number, name and birth date, 1..1 (R45).
    pub patient: Document,
    /// The PractitionerRole that is asked, with an identifier of practitioner or organization, 1..1.
    pub practitioner_role: Document,
    /// Who asks, 1..1 (R50).
    pub payer: Identifier,
    /// What for, such as `claim` or `preauthorization`, 1..1 (R48).
    pub attach_to: String,
    /// The claim or preauthorization, 1..1 (R48).
    pub claim: Identifier,
    /// What is needed, 1..*, all by code or all by questionnaire (R49).
    pub needed: Vec<Needed>,
    /// Where to submit it, 1..1 (R53).
    pub payer_url: String,
    /// The day of the service, which a claim needs, 0..1.
    #[serde(default)]
    pub service_date: Option<String>,
    /// Until when, 0..1 (R51).
    #[serde(default)]
    pub due: Option<String>,
    /// Whether it has to be signed.
    #[serde(default)]
    pub signature: bool,
    /// What it will be used for, 0..*.
    #[serde(default)]
    pub purpose_of_use: Vec<Coding>,
    /// Whether several submissions may answer.
    #[serde(default)]
    pub multiple_submits: bool,
}

/// One thing that is needed: exactly one of code and questionnaire.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(deny_unknown_fields)]
pub struct Needed {
    /// A type of document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<CodeableConcept>,
    /// The canonical URL of a questionnaire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub questionnaire: Option<String>,
    /// The lines of the claim that it is for, 0..*.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<u32>,
}

impl Needed {
    const fn way(&self) -> Option<Way> {
        match (&self.code, &self.questionnaire) {
            (Some(_), None) => Some(Way::Code),
            (None, Some(_)) => Some(Way::Questionnaire),
            _ => None,
        }
    }
}

impl AttachmentDraft {
    /// The Task that asks (R44 to R51).
    ///
    /// # Errors
    /// [`AttachmentError`] where the guide has no such request, or something is missing that it needs.
    pub fn build(&self, guide: &Guide, now: Instant) -> Result<Document, AttachmentError> {
        let rules = guide.attachment.as_ref().ok_or(AttachmentError::Guide)?;
        let way = self.needed.first().and_then(Needed::way);
        let alike = self.needed.iter().all(|needed| needed.way() == way);
        let slot = rules.slots.iter().find(|slot| alike && Some(slot.way) == way);
        let slot = slot.ok_or(AttachmentError::Needed(
            "say what is needed: by types of document, or else by questionnaires, not by both",
        ))?;
        self.check(guide)?;

        let mut task = Document::object();
        task.set("/resourceType", "Task")?;
        contain(&mut task, &self.practitioner_role, PRACTITIONER_ROLE)?;
        contain(&mut task, &self.patient, PATIENT)?;
        identify(&mut task, &rules.tracking_id, &self.tracking_id)?;
        if let (Some(kind), Some(number)) = (&guide.admin_ref_number, &self.admin_ref_number) {
            identify(&mut task, kind, number)?;
        }
        task.set("/status", "requested")?;
        task.set("/intent", "order")?;
        task.set("/code", &only(&slot.code))?;
        task.set("/for/reference", &format!("#{PATIENT}"))?;
        task.set("/authoredOn", &now)?;
        task.set("/lastModified", &now)?;
        task.set("/requester/identifier", &self.payer)?;
        task.set("/owner/reference", &format!("#{PRACTITIONER_ROLE}"))?;
        task.set("/reasonCode", &only(&Coding::new(&rules.uses.system, &self.attach_to)))?;
        task.set("/reasonReference/identifier", &self.claim)?;
        if let Some(due) = &self.due {
            task.set("/restriction/period/end", due)?;
        }
        for (at, needed) in self.needed.iter().enumerate() {
            for line in &needed.lines {
                let extension = format!("/input/{at}/extension/-");
                task.set(&extension, &LineNumber { url: &rules.line_number, value_integer: *line })?;
            }
            let input = format!("/input/{at}");
            task.set(&format!("{input}/type"), &only(&slot.input))?;
            match (&needed.code, &needed.questionnaire) {
                (Some(code), _) => task.set(&format!("{input}/valueCodeableConcept"), code)?,
                (_, questionnaire) => task.set(&format!("{input}/valueCanonical"), questionnaire)?,
            }
        }
        input(&mut task, &rules.payer_url, "valueUrl", Some(&self.payer_url))?;
        input(&mut task, &rules.service_date, "valueDate", self.service_date.as_ref())?;
        if let Some(beside) = guide.ask.beside() {
            let purpose = CodeableConcept { coding: self.purpose_of_use.clone(), text: None };
            let purpose = Some(&purpose).filter(|purpose| !purpose.coding.is_empty());
            input(&mut task, &beside.signature, "valueBoolean", self.signature.then_some(&true))?;
            input(&mut task, &beside.purpose_of_use, "valueCodeableConcept", purpose)?;
        }
        input(&mut task, &rules.multiple_submits, "valueBoolean", self.multiple_submits.then_some(&true))?;
        checked(task)
    }

    /// What the profile demands of what is given; each in words for whoever gives it.
    fn check(&self, guide: &Guide) -> Result<(), AttachmentError> {
        let Some(rules) = &guide.attachment else { return Err(AttachmentError::Guide) };
        let (patient, role) = (self.patient.root(), self.practitioner_role.root());
        let is = |it: &Document, kind| Resource::read(it).is_some_and(|it| it.is(kind));
        let known =
            |role: Value<'_>, who: &str| role.get(who).is_some_and(|who| who.get("identifier").is_some());
        let member = member_id(patient).is_some();
        let dated = rules.dated.contains(&self.attach_to);
        let beside = guide.ask.beside();
        let purpose = CodeableConcept { coding: self.purpose_of_use.clone(), text: None };
        let given = |identifier: &Identifier| identifier.value.is_some();
        for (holds, otherwise) in [
            (
                is(&self.patient, "Patient") && is(&self.practitioner_role, "PractitionerRole"),
                "the patient is a Patient, and who is asked a PractitionerRole",
            ),
            (
                member && patient.get("name").is_some() && patient.get("birthDate").is_some(),
                "the patient needs a member number (type MB), a name and a birth date",
            ),
            (
                known(role, "practitioner") || known(role, "organization"),
                "who is asked needs an identifier of the practitioner or of the organization (cdex-3)",
            ),
            (given(&self.tracking_id), "give a tracking id"),
            (
                guide.admin_ref_number.is_some() || self.admin_ref_number.is_none(),
                "this guide knows no number of the administration; leave it out, or use cdex-ci",
            ),
            (given(&self.payer), "the payer needs an identifier"),
            (given(&self.claim), "the claim needs an identifier"),
            (rules.uses.codes.contains(&self.attach_to), "attachments are for a claim or a preauthorization"),
            (is_safe(&self.payer_url), "say by an https URL where to submit"),
            (!dated || self.service_date.is_some(), "a claim needs the day of the service (cdex-1)"),
            (
                self.service_date.as_deref().is_none_or(is_day),
                "the date of the service is a day: YYYY-MM-DD (cdex-2)",
            ),
            (
                beside.is_none_or(|it| !it.is_unspecific(&purpose)),
                "a purpose of use not explained elsewhere needs a second code that says which (CONF-083)",
            ),
        ] {
            if !holds {
                return Err(AttachmentError::Needed(otherwise));
            }
        }
        Ok(())
    }
}

/// The member number of a Patient (R45, R54), 0..1.
pub(super) fn member_id(patient: Value<'_>) -> Option<Value<'_>> {
    let wanted = Coding::new(MEMBER_NUMBER.0, MEMBER_NUMBER.1);
    patient.list("identifier").find(|identifier| has_type(*identifier, &wanted))
}

/// Whether an identifier is of this type.
pub(super) fn has_type(identifier: Value<'_>, kind: &Coding) -> bool {
    let codings = identifier.get("type").into_iter().flat_map(|concept| concept.list("coding"));
    codings.map(Coding::read).any(|coding| coding.same_code(kind))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LineNumber<'a> {
    url: &'a str,
    value_integer: u32,
}

fn only(coding: &Coding) -> CodeableConcept {
    CodeableConcept { coding: alloc::vec![coding.clone()], text: None }
}

fn contain(task: &mut Document, resource: &Document, id: &str) -> Result<(), EditError> {
    let mut resource = resource.clone();
    resource.set("/id", id)?;
    task.set_raw("/contained/-", resource.text())
}

fn identify(task: &mut Document, kind: &Coding, identifier: &Identifier) -> Result<(), EditError> {
    let at = task.root().list("identifier").count();
    task.set(&format!("/identifier/{at}/type"), &only(kind))?;
    for (name, value) in [("system", &identifier.system), ("value", &identifier.value)] {
        if let Some(value) = value {
            task.set(&format!("/identifier/{at}/{name}"), value)?;
        }
    }
    Ok(())
}

fn input(
    task: &mut Document,
    kind: &Coding,
    member: &str,
    value: Option<&impl Serialize>,
) -> Result<(), EditError> {
    let Some(value) = value else { return Ok(()) };
    let at = task.root().list("input").count();
    task.set(&format!("/input/{at}/type"), &only(kind))?;
    task.set(&format!("/input/{at}/{member}"), value)
}
