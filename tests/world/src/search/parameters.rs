//! Which parameters each type can be searched by: a table, from R4's SearchParameter resources.

/// A search parameter.
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// Elements it looks at, from the resource on: dots lead into elements, through arrays too.
    pub(crate) paths: &'static [&'static str],
    /// The only type that a reference may be to, where there is one.
    pub(crate) target: Option<&'static str>,
}

/// How a parameter compares (R4 search, parameter types).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Token,
    Reference,
    Date,
    String,
    Uri,
}

impl Kind {
    /// The code of `search-param-type`.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Reference => "reference",
            Self::Date => "date",
            Self::String => "string",
            Self::Uri => "uri",
        }
    }
}

const fn row(name: &'static str, kind: Kind, paths: &'static [&'static str]) -> Parameter {
    Parameter { name, kind, paths, target: None }
}

const fn token(name: &'static str, paths: &'static [&'static str]) -> Parameter {
    row(name, Kind::Token, paths)
}

const fn reference(name: &'static str, paths: &'static [&'static str]) -> Parameter {
    row(name, Kind::Reference, paths)
}

const fn date(name: &'static str, paths: &'static [&'static str]) -> Parameter {
    row(name, Kind::Date, paths)
}

const fn string(name: &'static str, paths: &'static [&'static str]) -> Parameter {
    row(name, Kind::String, paths)
}

const fn uri(name: &'static str, paths: &'static [&'static str]) -> Parameter {
    row(name, Kind::Uri, paths)
}

/// A reference to a Patient only: `where(resolve() is Patient)` in R4's expressions.
const fn patient(paths: &'static [&'static str]) -> Parameter {
    Parameter { target: Some("Patient"), ..reference("patient", paths) }
}

/// What every type has, and `identifier` and `status`, which nearly every type has.
const EVERY: &[Parameter] = &[
    token("_id", &["id"]),
    date("_lastUpdated", &["meta.lastUpdated"]),
    token("_tag", &["meta.tag"]),
    token("_security", &["meta.security"]),
    uri("_profile", &["meta.profile"]),
    uri("_source", &["meta.source"]),
    token("identifier", &["identifier", "masterIdentifier"]),
    token("status", &["status"]),
];

/// What types without a row of their own have besides: the clinical ones that an answer refers to.
const OTHER: &[Parameter] = &[
    patient(&["patient", "subject", "beneficiary"]),
    reference("subject", &["subject"]),
    reference("encounter", &["encounter", "context"]),
    reference("based-on", &["basedOn"]),
    reference("author", &["author"]),
    token("category", &["category"]),
    token("code", &["code", "medicationCodeableConcept"]),
    token("type", &["type"]),
    token("clinical-status", &["clinicalStatus"]),
    date(
        "date",
        &[
            "date",
            "effectiveDateTime",
            "effectivePeriod",
            "performedDateTime",
            "performedPeriod",
            "occurrenceDateTime",
            "period",
        ],
    ),
    date("authored", &["authored"]),
    date("authoredon", &["authoredOn"]),
    string("name", &["name", "alias"]),
    uri("url", &["url"]),
];

const PERSON: &[Parameter] = &[
    token("active", &["active"]),
    token("gender", &["gender"]),
    token("telecom", &["telecom"]),
    date("birthdate", &["birthDate"]),
    string("name", &["name"]),
    string("family", &["name.family"]),
    string("given", &["name.given"]),
    string("address", &["address"]),
    reference("general-practitioner", &["generalPractitioner"]),
    reference("organization", &["managingOrganization"]),
];

const TABLE: &[(&str, &[Parameter])] = &[
    (
        "Task",
        &[
            date("authored-on", &["authoredOn"]),
            reference("based-on", &["basedOn"]),
            token("business-status", &["businessStatus"]),
            token("code", &["code"]),
            reference("encounter", &["encounter"]),
            reference("focus", &["focus"]),
            token("group-identifier", &["groupIdentifier"]),
            token("intent", &["intent"]),
            date("modified", &["lastModified"]),
            reference("owner", &["owner"]),
            reference("part-of", &["partOf"]),
            patient(&["for"]),
            token("performer", &["performerType"]),
            date("period", &["executionPeriod"]),
            token("priority", &["priority"]),
            reference("requester", &["requester"]),
            reference("subject", &["for"]),
        ],
    ),
    (
        "CommunicationRequest",
        &[
            date("authored", &["authoredOn"]),
            reference("based-on", &["basedOn"]),
            token("category", &["category"]),
            reference("encounter", &["encounter"]),
            token("group-identifier", &["groupIdentifier"]),
            token("medium", &["medium"]),
            date("occurrence", &["occurrenceDateTime"]),
            patient(&["subject"]),
            token("priority", &["priority"]),
            reference("recipient", &["recipient"]),
            reference("replaces", &["replaces"]),
            reference("requester", &["requester"]),
            reference("sender", &["sender"]),
            reference("subject", &["subject"]),
        ],
    ),
    (
        "Communication",
        &[
            reference("based-on", &["basedOn"]),
            token("category", &["category"]),
            reference("encounter", &["encounter"]),
            token("medium", &["medium"]),
            reference("part-of", &["partOf"]),
            patient(&["subject"]),
            date("received", &["received"]),
            reference("recipient", &["recipient"]),
            reference("sender", &["sender"]),
            date("sent", &["sent"]),
            reference("subject", &["subject"]),
        ],
    ),
    (
        "DocumentReference",
        &[
            reference("author", &["author"]),
            token("category", &["category"]),
            token("contenttype", &["content.attachment.contentType"]),
            reference("custodian", &["custodian"]),
            date("date", &["date"]),
            reference("encounter", &["context.encounter"]),
            uri("location", &["content.attachment.url"]),
            patient(&["subject"]),
            date("period", &["context.period"]),
            reference("related", &["context.related"]),
            reference("subject", &["subject"]),
            token("type", &["type"]),
        ],
    ),
    ("Patient", PERSON),
    ("Practitioner", PERSON),
    (
        "PractitionerRole",
        &[
            token("active", &["active"]),
            reference("endpoint", &["endpoint"]),
            reference("organization", &["organization"]),
            reference("practitioner", &["practitioner"]),
            token("role", &["code"]),
            token("specialty", &["specialty"]),
        ],
    ),
    (
        "Organization",
        &[
            token("active", &["active"]),
            reference("endpoint", &["endpoint"]),
            string("name", &["name", "alias"]),
            reference("partof", &["partOf"]),
            token("type", &["type"]),
        ],
    ),
    (
        "Endpoint",
        &[
            token("connection-type", &["connectionType"]),
            string("name", &["name"]),
            reference("organization", &["managingOrganization"]),
        ],
    ),
    (
        "Subscription",
        &[
            string("criteria", &["criteria"]),
            token("payload", &["channel.payload"]),
            token("type", &["channel.type"]),
            uri("url", &["channel.endpoint"]),
        ],
    ),
    (
        "MessageHeader",
        &[
            token("event", &["eventCoding"]),
            reference("focus", &["focus"]),
            token("response-id", &["response.identifier"]),
            reference("sender", &["sender"]),
        ],
    ),
    ("Bundle", &[date("timestamp", &["timestamp"]), token("type", &["type"])]),
];

/// The parameters of a type.
pub(crate) fn of(resource_type: &str) -> impl Iterator<Item = &'static Parameter> + use<> {
    let own = TABLE.iter().find(|(name, _)| *name == resource_type).map_or(OTHER, |(_, rows)| rows);
    EVERY.iter().chain(own)
}

/// The parameter of a type by name.
pub(crate) fn find(resource_type: &str, name: &str) -> Option<&'static Parameter> {
    of(resource_type).find(|parameter| parameter.name == name)
}
