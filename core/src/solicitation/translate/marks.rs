//! What a CommunicationRequest says by the labels and tags of its `meta`, and a Task by further inputs
//! (R35 to R37).

use alloc::format;

use super::{json, to_input::ToInput};
use crate::{
    fhir::{CodeableConcept, Coding, Task},
    json::{Document, EditError, Value},
    lifecycle::{Beside, input_of},
};

impl ToInput<'_> {
    /// Labels and tags to inputs and tags; a label that is no purpose stays a label.
    pub(super) fn mark(&mut self, it: &mut Document, request: &Document) -> Result<(), EditError> {
        let mut purpose = CodeableConcept::default();
        for label in marks(request, "security") {
            let coding = Coding::read(label);
            if self.beside.is_some_and(|beside| beside.is_purpose(&coding)) {
                purpose.coding.push(coding);
            } else if !marks(it, "security").any(|known| Coding::read(known).same_code(&coding)) {
                it.set_raw("/meta/security/-", label.raw())?;
            }
        }
        for (index, tag) in marks(request, "tag").enumerate() {
            let coding = Coding::read(tag);
            match self.beside {
                Some(beside) if coding.same_code(&beside.signature) => {
                    input(it, &beside.signature, "valueBoolean", "true")?;
                }
                Some(beside) if beside.work_queues.has(&coding) => it.set_raw("/meta/tag/-", tag.raw())?,
                _ => self.lose(
                    format!("CommunicationRequest.meta.tag[{index}]"),
                    "the other guide has no such tag of a Task",
                ),
            }
        }
        match self.beside.filter(|_| !purpose.coding.is_empty()) {
            Some(beside) => input(it, &beside.purpose_of_use, "valueCodeableConcept", &json(&purpose)?),
            None => Ok(()),
        }
    }
}

/// What inputs and tags of `task` say, as labels and tags of `request`.
pub(super) fn mark(request: &mut Document, task: Task<'_>, beside: &Beside) -> Result<(), EditError> {
    let purpose = input_of(task, &beside.purpose_of_use).and_then(|input| input.get("valueCodeableConcept"));
    for label in purpose.into_iter().flat_map(|concept| concept.list("coding")) {
        request.set_raw("/meta/security/-", label.raw())?;
    }
    for tag in marks(task.value().document(), "tag").filter(|tag| beside.work_queues.has(&Coding::read(*tag)))
    {
        request.set_raw("/meta/tag/-", tag.raw())?;
    }
    if beside.demands_signature(task) {
        request.set("/meta/tag/-", &beside.signature)?;
    }
    Ok(())
}

fn marks<'d>(resource: &'d Document, name: &'static str) -> impl Iterator<Item = Value<'d>> {
    resource.root().get("meta").into_iter().flat_map(move |meta| meta.list(name))
}

/// Adds an input, unless the Task has one of this type.
fn input(it: &mut Document, kind: &Coding, member: &str, value: &str) -> Result<(), EditError> {
    if Task::read(it).is_some_and(|task| input_of(task, kind).is_some()) {
        return Ok(());
    }
    let kind = json(&CodeableConcept { coding: alloc::vec![kind.clone()], text: None })?;
    it.set_raw("/input/-", &format!(r#"{{"type":{kind},"{member}":{value}}}"#))
}
