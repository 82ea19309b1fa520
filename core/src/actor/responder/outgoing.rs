//! What a responder sends, to whom, and how each gets it or hears of it (R7, R13).

use alloc::{format, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::Responder;
use crate::{
    actor::{
        Effect, HOME, PARTNER, Refusal,
        compose::{communication_task, rebased},
        desk::Record,
    },
    fhir::{CommunicationRequest, Instant, Reference, Resource},
    json::{Document, FromJson},
    lifecycle::Ask,
};

/// How a Communication reaches the requester: the three forms that the guide draws (R13).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// With Task: kept at home and named in `Task.output`. Without Task: posted to the requester.
    #[default]
    Usual,
    /// Posted to the requester's server.
    Communication,
    /// Kept at home; a Task posted to the requester's server points at it.
    CommunicationTask,
}

/// A Communication that this side sends.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct Outgoing {
    /// How it is to reach the requester.
    pub delivery: Delivery,
    /// Record of the Communication, once it was begun.
    pub(super) record: Option<usize>,
    /// The Communication, until it was begun; references as of home.
    pub(super) draft: Option<Document>,
    /// Record of the Task that tells the requester of it; where the requester gets no information, the first of those
    /// who do.
    pub(super) announced: Option<usize>,
    /// Records of what gives it to the other Information Recipients, or tells them of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) passed_on: Vec<usize>,
    /// Whether the requester can find it.
    pub delivered: bool,
}

/// An Information Recipient, and where it is told.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub(super) struct InformedAt {
    /// Key of its server.
    server: String,
    /// As the request names it.
    recipient: Option<Reference>,
}

impl Outgoing {
    /// Whether a server was asked to store it.
    pub fn is_begun(&self) -> bool {
        self.record.is_some()
    }
}

impl Responder {
    /// Where a Communication is stored.
    pub(super) fn destination(&self, delivery: Delivery) -> String {
        match delivery {
            Delivery::Usual if self.task.is_some() => HOME.into(),
            Delivery::CommunicationTask => HOME.into(),
            Delivery::Usual | Delivery::Communication => self.first_informed().server,
        }
    }

    /// Those to whom the information goes (R7, R13), each server once: the requester's first, where it is among them.
    /// Who is not known by a server of its own is reached by that of the requester, who has named it.
    fn informed(&self) -> Vec<InformedAt> {
        let requester = self.requester_server();
        let request = self.request.as_ref().and_then(CommunicationRequest::read);
        let mut informed: Vec<InformedAt> = Vec::new();
        for recipient in request.map(|request| request.recipients()).unwrap_or_default() {
            let at = recipient.reference.as_deref().map(|text| self.desk.servers.locate(text, &requester));
            // Who is described here, too, does not for that look here.
            let at = at.and_then(Result::ok).filter(|at| self.desk.base(&at.server) != self.desk.base(HOME));
            let server = at.map_or_else(|| requester.clone(), |at| at.server);
            let base = self.desk.base(&server);
            if !informed.iter().any(|known| self.desk.base(&known.server) == base) {
                informed.push(InformedAt { server, recipient: Some(recipient) });
            }
        }
        informed.sort_by_key(|one| self.desk.base(&one.server) != self.desk.base(&requester));
        informed
    }

    /// Who is the first to get a Communication, or to be told of one.
    pub(super) fn first_informed(&self) -> InformedAt {
        let first = self.informed().into_iter().next();
        first.unwrap_or_else(|| InformedAt { server: self.requester_server(), recipient: None })
    }

    /// Those who have to be told of a Communication beside the first; of one that the Task names, beside the
    /// requester, who looks there.
    pub(super) fn others_informed(&self, outgoing: usize) -> Vec<InformedAt> {
        let by_task = self.task.is_some() && self.outgoing[outgoing].delivery == Delivery::Usual;
        let (informed, first) =
            (self.informed(), if by_task { self.requester_server() } else { self.first_informed().server });
        let first = self.desk.base(&first);
        let asks_focus = matches!(self.desk.guide.ask, Ask::Focus { .. });
        informed.into_iter().filter(|one| asks_focus && self.desk.base(&one.server) != first).collect()
    }

    /// The Task that tells one of a Communication.
    pub(super) fn announce(
        &mut self,
        outgoing: usize,
        InformedAt { server, recipient }: &InformedAt,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) -> Result<Option<usize>, Refusal> {
        let (Some(request), Some(at)) = (&self.request, &self.request_at) else { return Ok(None) };
        let url = self.desk.servers.absolute(at).unwrap_or_default();
        let focus = self.outgoing[outgoing].record.and_then(|record| self.desk.absolute(record));
        let focus = focus.unwrap_or_default();
        let identifier = self.desk.entropy.identifier(&format!("announcement {focus}{}", self.other(server)));
        let task = communication_task(request, &url, &focus, recipient.as_ref(), &identifier, now)?;
        let task = rebased(task, self.desk.base(HOME), self.desk.base(server));
        Ok(Some(self.desk.create(server, task, identifier, effects)))
    }

    /// What tells what is created at this server from the same at that of the requester.
    fn other(&self, server: &str) -> String {
        let (base, requester) = (self.desk.base(server), self.requester_server());
        if base == self.desk.base(&requester) { String::new() } else { format!(" at {base}") }
    }

    /// The server from which the request came.
    pub(super) fn requester_server(&self) -> String {
        match &self.request_at {
            Some(at) if at.server != HOME => at.server.clone(),
            _ => PARTNER.into(),
        }
    }

    /// Gives one a Communication, or tells it of that.
    pub(super) fn pass_on(
        &mut self,
        outgoing: usize,
        to: &InformedAt,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        let Outgoing { delivery, record, .. } = self.outgoing[outgoing];
        let kept = record.filter(|record| self.desk.records[*record].server != HOME);
        let passed_on = match kept {
            // It was posted to another: so this one gets it, too.
            Some(record) if delivery != Delivery::CommunicationTask => {
                Some(self.copy(record, &to.server, effects)?)
            }
            _ => self.announce(outgoing, to, now, effects)?,
        };
        self.outgoing[outgoing].passed_on.extend(passed_on);
        Ok(())
    }

    /// Posts what stands on one server to another.
    fn copy(&mut self, record: usize, server: &str, effects: &mut Vec<Effect>) -> Result<usize, Refusal> {
        let Record { document, server: from, .. } = &self.desk.records[record];
        let mut document = document.clone();
        for there in ["/id", "/meta"] {
            document.remove(there)?;
        }
        let document = rebased(document, self.desk.base(from), self.desk.base(server));
        let identifier = Resource::read(&document).and_then(|it| it.identifiers().next()).unwrap_or_default();
        Ok(self.desk.create(server, document, identifier, effects))
    }
}
