//! The rule sets that a conversation can follow, as data.
//!
//! What is true under a guide stands in `core/profiles/<guide>/lifecycle.json`, each fact with its
//! source, or in the pack of a guide of one's own. Members named `source` are for whoever reads the
//! file. A guide that `extends` a built-in one says only what differs.

use alloc::{boxed::Box, format, string::String, sync::Arc, vec::Vec};
use core::{fmt, ops::Deref};

use once_cell::race::OnceBox;
use serde::{Deserialize, Serialize, Serializer};

use super::{CommunicationRequestStatus, CommunicationStatus, Role, Status, TaskStatus};
use crate::{
    fhir::{CodeableConcept, Coding, Identifier, Task},
    json::{Document, FromJson, Unfit, Value},
    pack::Pack,
};

/// The built-in guides, each after what it extends.
const BUILT_IN: [(&str, &str); 5] = [
    ("r4", include_str!("../../profiles/r4/lifecycle.json")),
    ("cdex-2019", include_str!("../../profiles/cdex-2019/lifecycle.json")),
    ("hrex-1.1", include_str!("../../profiles/hrex-1.1/lifecycle.json")),
    ("cdex-2.1.0", include_str!("../../profiles/cdex-2.1.0/lifecycle.json")),
    ("cdex-ci", include_str!("../../profiles/cdex-ci/lifecycle.json")),
];

/// A rule set, named as its pack is (R1); cheap to clone.
///
/// As JSON it is its name where it is built in, and otherwise its [`Rules`], so that a machine that
/// was saved needs no pack to go on.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Guide(Arc<Rules>);

/// The two forms of a guide for serde, which reads rules that are complete.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Name(String),
    Rules(Box<Rules>),
}

/// What a guide says of the life cycle.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct Rules {
    /// Its name, such as `cdex-2.1.0`.
    pub guide: String,
    /// What people call it.
    pub title: String,
    /// Whether it changes without notice.
    #[serde(default)]
    pub unstable: bool,
    /// The life cycle of Task.
    pub task: StatusRules,
    /// The life cycle of CommunicationRequest.
    pub communication_request: StatusRules,
    /// The life cycle of Communication.
    pub communication: StatusRules,
    /// How a Task says what is asked for.
    pub ask: Ask,
    /// How a payer asks for attachments to a claim, where the guide knows that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment: Option<Box<AttachmentRules>>,
    /// `Task.identifier.type` of a number by which the payer's administration knows the request for
    /// attachments, where the guide knows that (R2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admin_ref_number: Option<Coding>,
    /// How a request is taken back.
    pub cancel: Cancel,
    /// The statuses of a Task that need a `statusReason` (tdr-2, R23).
    pub reason_required: Vec<TaskStatus>,
    /// Whether a `statusReason` needs a text (R23).
    pub reason_text: bool,
    /// The statuses of a Task that need an `output` (tdr-3, R24).
    pub output_required: Vec<TaskStatus>,
    /// Whether a change of status removes the `statusReason` and `businessStatus` that belonged to
    /// the status before (R27).
    pub clear_stale: bool,
}

/// The life cycle of one type of resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct StatusRules {
    /// The codes that may be used.
    pub codes: Vec<String>,
    /// The changes that may be written.
    pub steps: Vec<Step>,
}

/// Changes of status that one side may write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct Step {
    /// Who may.
    pub by: Role,
    /// The statuses before, any of them; absent where the resource begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Vec<String>>,
    /// The statuses after, any of them.
    pub to: Vec<String>,
    /// What speaks against it, where it is not drawn in the specification's state machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caution: Option<String>,
}

/// How a Task says what is asked for (finding 1 of our requirements: the guides contradict each
/// other on `Task.focus`).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub enum Ask {
    /// `Task.focus` is a CommunicationRequest, and Communications answer it.
    Focus {
        /// `Task.code`.
        code: Coding,
    },
    /// `Task.input` says it, `Task.focus` is forbidden, and `Task.output` refers to the answer.
    Input {
        /// The ways to ask.
        slots: Vec<Slot>,
        /// `Task.output.type`, unless the slot has its own.
        output: Coding,
        /// What may be said beside it.
        #[serde(skip_serializing_if = "Option::is_none")]
        beside: Option<Box<Beside>>,
    },
}

/// What a Task may say beside what it asks for (R35 to R37): further inputs, and a tag.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct Beside {
    /// `Task.input.type` of the boolean that demands a signature. As a tag of a CommunicationRequest
    /// it demands one as well.
    pub signature: Coding,
    /// `Task.input.type` of the purpose of use. In a CommunicationRequest it is a security label, as
    /// R4 has it (security-labels.html).
    pub purpose_of_use: Coding,
    /// The purposes that the guide names; others of their systems are possible.
    pub purposes: Vec<Codes>,
    /// Those that name a purpose too wide to stand alone.
    pub unspecific: Codes,
    /// The work queues that `Task.meta.tag` may name.
    pub work_queues: Codes,
}

/// Codes of one system.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct Codes {
    /// The system.
    pub system: String,
    /// Its codes.
    pub codes: Vec<String>,
}

/// How a payer asks for attachments, and a provider submits them (R44 to R59).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct AttachmentRules {
    /// `Task.identifier.type` of the number by which the payer finds what is submitted.
    pub tracking_id: Coding,
    /// The ways to ask; each Task uses one of them.
    pub slots: Vec<Slot>,
    /// `Task.input.type` of where to submit.
    pub payer_url: Coding,
    /// `Task.input.type` of the date of the service.
    pub service_date: Coding,
    /// `Task.input.type` of whether several submissions may answer.
    pub multiple_submits: Coding,
    /// The extension of an input that names a line of the claim.
    pub line_number: String,
    /// What attachments may be for, as `Task.reasonCode`.
    pub uses: Codes,
    /// Those of them that need the date of the service.
    pub dated: Vec<String>,
}

/// One way to ask in `Task.input`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct Slot {
    /// What is given.
    pub way: Way,
    /// `Task.code` of such a Task.
    pub code: Coding,
    /// `Task.input.type`.
    #[serde(rename = "type")]
    pub input: Coding,
    /// `Task.output.type`, where it is not that of the guide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Coding>,
    /// The status that tells that nothing was found (finding 5 of our requirements: completed with
    /// an empty searchset, or failed with a reason).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub empty: Option<TaskStatus>,
}

/// What says what is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// A FHIR query, as `valueString`.
    Query,
    /// A code, or words alone, as `valueCodeableConcept`.
    Code,
    /// A questionnaire, as `valueCanonical`.
    Questionnaire,
}

/// How a request is taken back (finding 2 of our requirements: not every guide has a code for it).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "kebab-case")]
pub enum Cancel {
    /// The Task is cancelled, then the CommunicationRequest revoked.
    Task,
    /// The Task cannot say so: the CommunicationRequest is revoked, this side looks no more, and
    /// people have to tell each other.
    Request,
}

impl Ask {
    /// The way in which `task` asks, 0..1.
    pub fn slot(&self, task: Task<'_>) -> Option<&Slot> {
        let Self::Input { slots, .. } = self else { return None };
        slots.iter().find(|slot| slot.input_of(task).is_some())
    }

    /// What may be said beside what is asked for, where the guide says so.
    pub fn beside(&self) -> Option<&Beside> {
        match self {
            Self::Input { beside, .. } => beside.as_deref(),
            Self::Focus { .. } => None,
        }
    }

    /// Whether `task` demands that what it returns is signed (R35).
    pub fn demands_signature(&self, task: Task<'_>) -> bool {
        self.beside().is_some_and(|beside| beside.demands_signature(task))
    }

    /// Whether `task` asks for something as the guide has it. Tolerant: whether the Task is as its
    /// profile demands is for `validate` to say.
    pub fn is_in(&self, task: Task<'_>) -> bool {
        match self {
            Self::Focus { .. } => task.asks_for().is_some(),
            Self::Input { .. } => self.slot(task).is_some(),
        }
    }
}

impl Beside {
    /// Whether a security label is a purpose of use.
    pub fn is_purpose(&self, label: &Coding) -> bool {
        self.purposes.iter().any(|codes| Some(&codes.system) == label.system.as_ref())
    }

    /// Whether every purpose is too wide to stand without another (CONF-083, R36).
    pub fn is_unspecific(&self, purpose: &CodeableConcept) -> bool {
        !purpose.coding.is_empty() && purpose.coding.iter().all(|coding| self.unspecific.has(coding))
    }

    /// Whether `task` demands that what it returns is signed (R35).
    pub fn demands_signature(&self, task: Task<'_>) -> bool {
        let flag = input_of(task, &self.signature).and_then(|input| input.get("valueBoolean"));
        flag.is_some_and(|flag| flag.raw() == "true")
    }
}

impl AttachmentRules {
    /// The number by which what is submitted for `task` is known, 0..1.
    pub fn tracking_id_of(&self, task: Task<'_>) -> Option<Identifier> {
        let of_type = |it: &Value<'_>| {
            let codings = it.get("type").into_iter().flat_map(|concept| concept.list("coding"));
            codings.map(Coding::read).any(|coding| coding.same_code(&self.tracking_id))
        };
        task.value().list("identifier").find(of_type).map(Identifier::read)
    }

    /// Whether `task` asks for attachments.
    pub fn is_in(&self, task: Task<'_>) -> bool {
        self.slots.iter().any(|slot| slot.input_of(task).is_some())
    }
}

impl Codes {
    /// Whether `coding` is one of them.
    pub fn has(&self, coding: &Coding) -> bool {
        coding.system.as_ref() == Some(&self.system)
            && coding.code.as_ref().is_some_and(|code| self.codes.contains(code))
    }
}

/// The first input of `task` with this type, 0..1.
pub(crate) fn input_of<'d>(task: Task<'d>, kind: &Coding) -> Option<Value<'d>> {
    let is_of_kind = |input: &Value<'d>| {
        let codings = input.get("type").into_iter().flat_map(|concept| concept.list("coding"));
        codings.map(Coding::read).any(|coding| coding.same_code(kind))
    };
    task.value().list("input").find(is_of_kind)
}

impl Slot {
    /// The input of `task` that asks in this way, 0..1.
    pub fn input_of<'d>(&self, task: Task<'d>) -> Option<Value<'d>> {
        input_of(task, &self.input)
    }
}

impl Guide {
    /// The built-in guide `name`: `r4`, `cdex-2019`, `hrex-1.1`, `cdex-2.1.0` or `cdex-ci`.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().iter().find(|guide| guide.guide == name).cloned()
    }

    /// Base FHIR R4.
    pub fn r4() -> Self {
        Self::all()[0].clone()
    }

    /// Every built-in guide.
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "the text is this crate's own, and every test reads it"
    )]
    pub fn all() -> &'static [Self; 5] {
        static GUIDES: OnceBox<[Guide; 5]> = OnceBox::new();
        GUIDES.get_or_init(|| {
            Box::new(BUILT_IN.map(|(_, text)| Self::read(text).expect("a built-in guide is well-formed")))
        })
    }

    /// The guide of `pack`; `None` where the pack has no say in the life cycle.
    ///
    /// # Errors
    /// [`Unfit`] where what it says is none of a guide.
    pub fn of_pack(pack: &Pack) -> Option<Result<Self, Unfit>> {
        pack.lifecycle().map(Self::read)
    }

    /// Reads the text of a `lifecycle.json`.
    ///
    /// # Errors
    /// [`Unfit`] where it is something else.
    pub fn read(text: &str) -> Result<Self, Unfit> {
        let document = Document::parse(text).map_err(|_| Unfit::Form)?;
        let rules = Rules::read_whole(document.root())?;
        Ok(Self(Arc::new(rules)))
    }
}

impl Rules {
    /// Whether `task` asks for something as the guide has it: data, or attachments to a claim.
    pub fn asks_by(&self, task: Task<'_>) -> bool {
        self.ask.is_in(task) || self.attachment.as_ref().is_some_and(|rules| rules.is_in(task))
    }

    fn read_whole(value: Value<'_>) -> Result<Self, Unfit> {
        let whole = extended(value).ok_or(Unfit::Form)?;
        let rules = Self::from_json(whole.root())?;
        let known = rules.task.is_of::<TaskStatus>()
            && rules.communication_request.is_of::<CommunicationRequestStatus>()
            && rules.communication.is_of::<CommunicationStatus>();
        if known { Ok(rules) } else { Err(Unfit::Form) }
    }
}

/// What a guide says together with what it extends.
fn extended(value: Value<'_>) -> Option<Document> {
    let Some(name) = value.string("extends") else { return Document::parse(value.raw()).ok() };
    let (_, base) = BUILT_IN.iter().find(|(built_in, _)| *built_in == name)?;
    let mut whole = extended(Document::parse(*base).ok()?.root())?;
    for (key, member) in value.members() {
        whole.set_raw(&format!("/{}", key.as_str()), member.raw()).ok()?;
    }
    whole.remove("/extends").ok()?;
    Some(whole)
}

impl StatusRules {
    /// Whether every code is one of `S`: what is misspelt would otherwise never be allowed, and
    /// nobody told why.
    fn is_of<S: Status>(&self) -> bool {
        let of_steps = self.steps.iter().flat_map(|step| step.from.iter().flatten().chain(&step.to));
        self.codes.iter().all(|code| S::from_code(code).is_some())
            && of_steps.into_iter().all(|code| self.codes.contains(code))
    }
}

impl Step {
    /// Whether this is the change from `from`, or where there is none the beginning, to `to`.
    pub fn is(&self, from: Option<&str>, to: &str) -> bool {
        self.begins_at(from) && self.to.iter().any(|code| code == to)
    }

    pub(super) fn begins_at(&self, from: Option<&str>) -> bool {
        match (&self.from, from) {
            (None, None) => true,
            (Some(codes), Some(from)) => codes.iter().any(|code| code == from),
            _ => false,
        }
    }
}

impl FromJson for Guide {
    fn blank() -> Self {
        Self::default()
    }

    fn read(&mut self, value: Value<'_>) -> Result<(), Unfit> {
        *self = match value.as_str() {
            Some(name) => Self::named(&name).ok_or(Unfit::Form)?,
            None => Self(Arc::new(Rules::read_whole(value)?)),
        };
        Ok(())
    }
}

impl TryFrom<Written> for Guide {
    type Error = Unfit;

    fn try_from(written: Written) -> Result<Self, Unfit> {
        match written {
            Written::Name(name) => Self::named(&name).ok_or(Unfit::Form),
            Written::Rules(rules) => Ok(Self(Arc::new(*rules))),
        }
    }
}

impl Serialize for Guide {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if Self::all().contains(self) {
            self.guide.serialize(serializer)
        } else {
            self.0.as_ref().serialize(serializer)
        }
    }
}

impl Deref for Guide {
    type Target = Rules;

    fn deref(&self) -> &Rules {
        &self.0
    }
}

impl Default for Guide {
    /// `cdex-2019`, which has the solicited communication.
    fn default() -> Self {
        Self::all()[1].clone()
    }
}

impl fmt::Debug for Guide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Guide").field(&self.guide).finish()
    }
}

impl fmt::Display for Guide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.guide)
    }
}
