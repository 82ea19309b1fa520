//! Which interaction a request asks for (R4 http, summary).

use fhir_solicit::fhir::{Instant, is_id};

use crate::{
    batch, create, delete, history,
    message::{Method, Request},
    metadata, patch, read,
    refusal::{Answer, Refusal},
    search,
    server::Server,
    submit, subscription, types, update,
};

/// A request on its way through the server.
pub(crate) struct Call<'r> {
    pub(crate) request: &'r Request,
    pub(crate) now: Instant,
    /// Headers the server does not look at.
    pub(crate) ignored: &'r [&'static str],
    /// The id that a create is to use, where a transaction has promised one.
    pub(crate) id: Option<&'r str>,
}

impl<'r> Call<'r> {
    pub(crate) fn header(&self, name: &str) -> Option<&'r str> {
        self.request.header(name).filter(|_| !self.ignored.contains(&name))
    }
}

/// What a path names.
#[derive(Clone, Copy)]
enum Place<'p> {
    Base,
    Capabilities,
    History,
    Type(&'p str),
    TypeSearch(&'p str),
    TypeHistory(&'p str),
    /// By `Type/id`.
    Instance(&'p str),
    InstanceHistory(&'p str),
    Version(&'p str, &'p str),
    /// An operation on `Subscription/id`.
    Subscription(&'p str, &'p str),
    SubmitAttachment,
}

impl<'p> Place<'p> {
    fn find(path: &'p str) -> Result<Self, Refusal> {
        let segments: Vec<&str> = path.split('/').collect();
        if let ["Subscription", id, operation] = *segments.as_slice()
            && operation.starts_with('$')
        {
            return Ok(Self::Subscription(&path[.."Subscription/".len() + id.len()], operation));
        }
        if segments == ["$submit-attachment"] {
            return Ok(Self::SubmitAttachment);
        }
        if let Some(operation) = segments.last().filter(|segment| segment.starts_with('$')) {
            let said = format!("the operation {operation} is not supported");
            return Err(Refusal::new(404, "not-supported", said));
        }
        let key = |resource_type: &str, id: &str| &path[..resource_type.len() + 1 + id.len()];
        let place = match *segments.as_slice() {
            [""] => Self::Base,
            ["metadata"] => Self::Capabilities,
            ["_history"] => Self::History,
            [resource_type, ..] if !types::is_type(resource_type) => {
                return Err(Refusal::not_found("the first segment of the path is no R4 resource type"));
            }
            [resource_type] => Self::Type(resource_type),
            [resource_type, "_search"] => Self::TypeSearch(resource_type),
            [resource_type, "_history"] => Self::TypeHistory(resource_type),
            [resource_type, id, ..] if !is_id(id) => {
                return Err(Refusal::not_found(format!("the segment after {resource_type} is no FHIR id")));
            }
            [resource_type, id] => Self::Instance(key(resource_type, id)),
            [resource_type, id, "_history"] => Self::InstanceHistory(key(resource_type, id)),
            [resource_type, id, "_history", version] => Self::Version(key(resource_type, id), version),
            _ => return Err(Refusal::not_found("no interaction has a path like this")),
        };
        Ok(place)
    }

    fn allowed(self) -> &'static str {
        match self {
            Self::Base | Self::TypeSearch(_) | Self::SubmitAttachment => "POST",
            Self::Capabilities
            | Self::History
            | Self::TypeHistory(_)
            | Self::InstanceHistory(_)
            | Self::Subscription(..)
            | Self::Version(..) => "GET",
            Self::Type(_) => "GET, POST",
            Self::Instance(_) => "GET, PUT, PATCH, DELETE",
        }
    }
}

/// Carries out a request.
pub(crate) fn dispatch(server: &mut Server, call: &Call<'_>) -> Answer {
    let path = server.relative(call.request.path());
    let place = Place::find(path)?;
    match (call.request.method, place) {
        (Method::Post, Place::Base) => batch::batch(server, call),
        (Method::Post, Place::SubmitAttachment) => submit::submit(server, call),
        (Method::Get, Place::Capabilities) => Ok(metadata::capabilities(server, call)),
        (Method::Get, Place::History) => history::history(server, call, history::Of::System),
        (Method::Get, Place::TypeHistory(name)) => history::history(server, call, history::Of::Type(name)),
        (Method::Get, Place::InstanceHistory(key)) => {
            history::history(server, call, history::Of::Instance(key))
        }
        (Method::Get, Place::Type(name)) | (Method::Post, Place::TypeSearch(name)) => {
            search::search(server, call, name)
        }
        (Method::Post, Place::Type(name)) => create::create(server, call, name),
        (Method::Get, Place::Instance(key)) => read::read(server, call, key),
        (Method::Get, Place::Version(key, version)) => read::vread(server, key, version),
        (Method::Get, Place::Subscription(key, name)) => subscription::operation(server, call, key, name),
        (Method::Put, Place::Instance(key)) => update::update(server, call, key),
        (Method::Patch, Place::Instance(key)) => patch::patch(server, call, key),
        (Method::Delete, Place::Instance(key)) => delete::delete(server, call, key),
        (method, place) => {
            let allowed = place.allowed();
            let said = format!("{} is not possible here; {allowed} is", method.name());
            Err(Refusal::new(405, "not-supported", said).with_header("Allow", allowed.to_owned()))
        }
    }
}
