//! Views on the three resources of an exchange.
//!
//! They read what a server sent: whatever is absent or of another kind is simply not there.
//! Whether it should be is for `validate` to say.

use alloc::{borrow::Cow, vec::Vec};
use core::ops::Deref;

use super::{CodeableConcept, Reference, Resource, Target, time::Span};
use crate::json::{Document, Value};

/// The first extension of `element` with this `url`.
pub fn extension<'d>(element: Value<'d>, url: &str) -> Option<Value<'d>> {
    element.list("extension").find(|extension| extension.string("url").as_deref() == Some(url))
}

fn reference(value: Value<'_>, name: &str) -> Option<Reference> {
    value.get(name).map(Reference::read)
}

fn references(value: Value<'_>, name: &str) -> Vec<Reference> {
    value.list(name).map(Reference::read).collect()
}

fn concept(value: Value<'_>, name: &str) -> Option<CodeableConcept> {
    value.get(name).map(CodeableConcept::read)
}

macro_rules! view {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name<'d>(Resource<'d>);

        impl<'d> $name<'d> {
            /// A view on `resource`, where it is of this type.
            pub fn of(resource: Resource<'d>) -> Option<Self> {
                resource.is(stringify!($name)).then_some(Self(resource))
            }

            /// A view on what a document holds, where it is of this type.
            pub fn read(document: &'d Document) -> Option<Self> {
                Self::of(Resource::read(document)?)
            }
        }

        impl<'d> Deref for $name<'d> {
            type Target = Resource<'d>;

            fn deref(&self) -> &Resource<'d> {
                &self.0
            }
        }
    };
}

view! {
    /// A view on a `Task`.
    Task
}
view! {
    /// A view on a `CommunicationRequest`.
    CommunicationRequest
}
view! {
    /// A view on a `Communication`.
    Communication
}

impl Task<'_> {
    /// `focus`: what the Task is about, 0..1. In the exchange with Task of the 2019 guide this is
    /// the CommunicationRequest, or, in a Communication Task, the Communication.
    pub fn focus(&self) -> Option<Reference> {
        reference(self.value(), "focus")
    }

    /// `basedOn`, 0..*.
    pub fn based_on(&self) -> Vec<Reference> {
        references(self.value(), "basedOn")
    }

    /// The CommunicationRequest that this Task asks to be answered, 0..1: its `focus`, or without
    /// one what it is based on. A Task about a Communication asks for nothing.
    pub fn asks_for(&self) -> Option<Reference> {
        let asks = |reference: &Reference| match reference.target() {
            Some(Target::Literal(literal)) => literal.resource_type == "CommunicationRequest",
            Some(Target::Contained(_)) => true,
            _ => false,
        };
        match self.focus() {
            Some(focus) => Some(focus).filter(asks),
            None => self.based_on().into_iter().find(asks),
        }
    }

    /// `owner`: who is to do it, 0..1.
    pub fn owner(&self) -> Option<Reference> {
        reference(self.value(), "owner")
    }

    /// `requester`, 0..1.
    pub fn requester(&self) -> Option<Reference> {
        reference(self.value(), "requester")
    }

    /// `statusReason`, 0..1.
    pub fn status_reason(&self) -> Option<CodeableConcept> {
        concept(self.value(), "statusReason")
    }

    /// `businessStatus`: progress in the owner's words, 0..1.
    pub fn business_status(&self) -> Option<CodeableConcept> {
        concept(self.value(), "businessStatus")
    }

    /// `output.valueReference`, 0..*.
    pub fn outputs(&self) -> Vec<Reference> {
        self.value().list("output").filter_map(|output| reference(output, "valueReference")).collect()
    }
}

/// The extension of the 2019 guide that asks by FHIR query.
pub const QUERY_STRING: &str =
    "http://hl7.org/fhir/us/davinci-cdex/StructureDefinition/cdex-payload-query-string";
/// The extension of the 2019 guide that asks by type of clinical note.
pub const NOTE_TYPE: &str =
    "http://hl7.org/fhir/us/davinci-cdex/StructureDefinition/cdex-payload-clinical-note-type";

/// One `payload` of a CommunicationRequest or a Communication.
#[derive(Clone, Copy, Debug)]
pub struct Payload<'d>(Value<'d>);

impl<'d> Payload<'d> {
    /// The element itself.
    pub fn value(self) -> Value<'d> {
        self.0
    }

    /// What is asked, or answered, as a FHIR query (extension `cdex-payload-query-string`).
    pub fn query_string(self) -> Option<Cow<'d, str>> {
        extension(self.0, QUERY_STRING)?.string("valueString")
    }

    /// The type of clinical note (extension `cdex-payload-clinical-note-type`).
    pub fn note_type(self) -> Option<CodeableConcept> {
        concept(extension(self.0, NOTE_TYPE)?, "valueCodeableConcept")
    }

    /// `contentString`.
    pub fn content_string(self) -> Option<Cow<'d, str>> {
        self.0.string("contentString")
    }

    /// `contentAttachment`, as it stands.
    pub fn content_attachment(self) -> Option<Value<'d>> {
        self.0.get("contentAttachment")
    }

    /// `contentReference`.
    pub fn content_reference(self) -> Option<Reference> {
        reference(self.0, "contentReference")
    }
}

impl<'d> CommunicationRequest<'d> {
    /// `payload`: what is asked for, 0..*.
    pub fn payloads(&self) -> impl Iterator<Item = Payload<'d>> + use<'d> {
        self.value().list("payload").map(Payload)
    }

    /// `subject`: about whom, 0..1.
    pub fn subject(&self) -> Option<Reference> {
        reference(self.value(), "subject")
    }

    /// `recipient`: who is to get the resulting Communication, 0..*.
    pub fn recipients(&self) -> Vec<Reference> {
        references(self.value(), "recipient")
    }

    /// `sender`: who is to send the resulting Communication, 0..1.
    pub fn sender(&self) -> Option<Reference> {
        reference(self.value(), "sender")
    }

    /// `requester`, 0..1.
    pub fn requester(&self) -> Option<Reference> {
        reference(self.value(), "requester")
    }
}

impl<'d> Communication<'d> {
    /// `basedOn`: the request it answers, 0..*.
    pub fn based_on(&self) -> Vec<Reference> {
        references(self.value(), "basedOn")
    }

    /// `payload`: what is said, 0..*.
    pub fn payloads(&self) -> impl Iterator<Item = Payload<'d>> + use<'d> {
        self.value().list("payload").map(Payload)
    }

    /// `Communication.recipient`: to whom it is said, 0..*.
    pub fn recipients(&self) -> Vec<Reference> {
        references(self.value(), "recipient")
    }

    /// `Communication.sender`, 0..1.
    pub fn sender(&self) -> Option<Reference> {
        self.value().get("sender").map(Reference::read)
    }

    /// `statusReason`, 0..1.
    pub fn status_reason(&self) -> Option<CodeableConcept> {
        concept(self.value(), "statusReason")
    }

    /// `sent`, 0..1.
    pub fn sent(&self) -> Option<Span> {
        Span::parse(&self.value().string("sent")?, 0)
    }
}
