//! What a machine keeps on servers, and how it keeps it: the part that both sides share.

mod settling;

use alloc::{string::String, vec::Vec};
use core::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::{Effect, Refusal, Seed, Update, calls::Calls, change::Change, entropy::Entropy};
use crate::{
    exchange::{
        Answer, Fault, FaultKind, HttpRequest, HttpResponse, Servers, Stored, Submitted, create, known_by,
        read, search, update,
    },
    fhir::{Identifier, Instant, Resource},
    json::{Document, FromJson},
    lifecycle::{Guide, Role},
};

/// A resource that this machine writes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub(super) struct Record {
    /// As the server last gave it, or as it is to be created.
    pub(super) document: Document,
    /// Key of its server.
    pub(super) server: String,
    /// Its business identifier, by which it is recognised as ours.
    identifier: Identifier,
    /// Where it is; `None` until the server has it.
    pub(super) stored: Option<Stored>,
}

impl Record {
    /// The search by business identifier.
    fn find(&self) -> HttpRequest {
        let resource_type = Resource::read(&self.document).map(|it| it.resource_type().into_owned());
        let resource_type = resource_type.unwrap_or_default();
        search(&self.server, &resource_type, known_by(&resource_type, &self.identifier))
    }
}

/// What a request is for; `R` names the reads of one machine.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(tag = "purpose", rename_all = "kebab-case")]
pub(super) enum Purpose<R> {
    /// Create a record.
    Create { record: usize },
    /// Find out whether a record was created; `created` where the server said so.
    Find { record: usize, created: bool },
    /// Change a record.
    Update { record: usize, change: Change, tries: u32 },
    /// Read a record before changing it.
    Reread { record: usize, change: Change, tries: u32 },
    /// Read something else.
    Read { what: R },
    /// Submit attachments; `idempotent` where the payer is known to take the same twice as once (R59), `perhaps`
    /// where it may have them already.
    Submit { idempotent: bool, perhaps: bool },
}

/// What an answer means to the machine.
pub(super) enum Event<R> {
    /// Nothing yet: it is repeated, it stalls, or it is an old answer.
    Nothing,
    /// A record is now on its server.
    Created(usize),
    /// A record was changed as intended.
    Changed,
    /// A record as it now is at its server does not allow the intended change, and why.
    Overtaken(Refusal),
    /// Another read succeeded.
    Read(R, Answer, HttpResponse),
    /// Another read failed for good.
    Unread(R, Fault),
    /// The payer has said what it makes of what was submitted.
    Submitted(Submitted),
}

/// Records, servers, and the calls between them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub(super) struct Desk<R> {
    pub(super) servers: Servers,
    pub(super) guide: Guide,
    role: Role,
    pub(super) entropy: Entropy,
    pub(super) records: Vec<Record>,
    calls: Calls<Purpose<R>>,
}

/// What tells whether a write had its effect, where nobody knows: not every server sees that a
/// create comes twice (R79), nor heeds that an update is meant for another version (R80).
fn look_first<R>(records: &[Record], purpose: &Purpose<R>) -> Option<(Purpose<R>, HttpRequest)> {
    match purpose {
        Purpose::Create { record } => {
            Some((Purpose::Find { record: *record, created: false }, records[*record].find()))
        }
        Purpose::Update { record, change, tries } => {
            let Record { server, stored, .. } = &records[*record];
            let request = read(server, &stored.as_ref()?.at.url, None);
            Some((Purpose::Reread { record: *record, change: change.clone(), tries: *tries }, request))
        }
        _ => None,
    }
}

/// Whether a resource bears `identifier`, or where its type has none, the same as a tag.
fn is_known_by(resource: Resource<'_>, identifier: &Identifier) -> bool {
    let Identifier { system, value } = identifier;
    let tagged = |system: &String, value: &String| resource.has_tag(system, value);
    resource.identifiers().any(|theirs| theirs.same(identifier))
        || system.as_ref().zip(value.as_ref()).is_some_and(|(system, value)| tagged(system, value))
}

pub(super) const SUBMITTING: &str = "submitting attachments";

/// Whether the payer has what was submitted is not known, and only a person can find out.
fn unclear(fault: Fault) -> Effect {
    let doing = SUBMITTING.into();
    Effect::Report { update: Update::Fault { doing, fault, stalled: true } }
}

impl<R: Clone> Desk<R> {
    pub(super) fn new(servers: Servers, guide: Guide, role: Role, seed: Seed) -> Self {
        let entropy = Entropy::new(seed);
        Self { servers, guide, role, entropy, records: Vec::new(), calls: Calls::default() }
    }

    /// The base URL of a server whose presence was checked at the beginning.
    pub(super) fn base(&self, server: &str) -> &str {
        self.servers.base(server).unwrap_or_default()
    }

    /// The absolute URL of a record that is stored.
    pub(super) fn absolute(&self, record: usize) -> Option<String> {
        self.servers.absolute(&self.records.get(record)?.stored.as_ref()?.at)
    }

    /// What is being read.
    pub(super) fn reads(&self) -> impl Iterator<Item = &R> {
        self.calls.purposes().filter_map(|purpose| match purpose {
            Purpose::Read { what } => Some(what),
            _ => None,
        })
    }

    /// Whether a record is being created.
    pub(super) fn is_creating(&self, record: usize) -> bool {
        self.calls.purposes().any(|purpose| {
            matches!(purpose, Purpose::Create { record: of } | Purpose::Find { record: of, .. } if *of == record)
        })
    }

    /// Whether a write is under way.
    pub(super) fn is_writing(&self) -> bool {
        self.calls.purposes().any(|purpose| !matches!(purpose, Purpose::Read { .. }))
    }

    /// Whether a record that a server holds is being changed.
    pub(super) fn is_changing(&self) -> bool {
        let changes =
            |purpose: &Purpose<R>| matches!(purpose, Purpose::Update { .. } | Purpose::Reread { .. });
        self.calls.purposes().any(changes)
    }

    /// The change of a record that is under way.
    pub(super) fn changing(&self, record: usize) -> Option<&Change> {
        self.calls.purposes().find_map(|purpose| match purpose {
            Purpose::Update { record: of, change, .. } | Purpose::Reread { record: of, change, .. } => {
                (*of == record).then_some(change)
            }
            _ => None,
        })
    }

    pub(super) fn is_idle(&self) -> bool {
        self.calls.is_idle()
    }

    pub(super) fn next_wake(&self) -> Option<Instant> {
        self.calls.next_wake()
    }

    /// What has stopped a write that waits for somebody.
    pub(super) fn stalled(&self) -> Option<&Fault> {
        self.calls
            .stalled()
            .find(|(purpose, _)| !matches!(purpose, Purpose::Read { .. }))
            .map(|(_, fault)| fault)
    }

    /// Adds a record that a server already holds.
    pub(super) fn keep(&mut self, document: Document, stored: Stored) -> usize {
        let identifier = Resource::read(&document).and_then(|resource| resource.identifiers().next());
        let server = stored.at.server.clone();
        let record =
            Record { document, server, identifier: identifier.unwrap_or_default(), stored: Some(stored) };
        self.records.push(record);
        self.records.len() - 1
    }

    /// Adds a record that stands on no server.
    pub(super) fn note(&mut self, document: Document) -> usize {
        let (server, identifier) = (String::new(), Identifier::default());
        self.records.push(Record { document, server, identifier, stored: None });
        self.records.len() - 1
    }

    /// Adds a record and sends it to `server`; sent again, it is still created once.
    pub(super) fn create(
        &mut self,
        server: &str,
        document: Document,
        identifier: Identifier,
        effects: &mut Vec<Effect>,
    ) -> usize {
        let record = self.records.len();
        let request = create(server, &document, &identifier);
        self.records.push(Record { document, server: server.into(), identifier, stored: None });
        self.calls.send(Purpose::Create { record }, request, effects);
        record
    }

    /// Changes a record at its server, if its life cycle allows that as far as is known here.
    pub(super) fn change(
        &mut self,
        record: usize,
        change: Change,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        self.send_change(record, change, 1, now, effects)
    }

    fn send_change(
        &mut self,
        record: usize,
        change: Change,
        tries: u32,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        let Record { document, server, stored, .. } = &self.records[record];
        let Some(stored) = stored else { return Err(Refusal::NotNow("the server does not hold it yet")) };
        let base = self.servers.base(server).unwrap_or_default();
        let changed = change.applied(document, base, &self.guide, self.role, now)?;
        // Others write a Task, too, and not every server heeds for which version an update is meant: whoever has
        // just looked overwrites only what was written since then.
        let is_shared = Resource::read(document).is_some_and(|it| it.is("Task"));
        let (purpose, request) = if tries == 1 && (is_shared || stored.version.is_none()) {
            (Purpose::Reread { record, change, tries: 2 }, read(server, &stored.at.url, None))
        } else {
            let version = stored.version.as_deref();
            (Purpose::Update { record, change, tries }, update(server, &stored.at.url, &changed, version))
        };
        self.calls.send(purpose, request, effects);
        Ok(())
    }

    /// Reads something.
    pub(super) fn read(&mut self, what: R, request: HttpRequest, effects: &mut Vec<Effect>) {
        self.calls.send(Purpose::Read { what }, request, effects);
    }

    /// Submits attachments.
    pub(super) fn submit(&mut self, request: HttpRequest, idempotent: bool, effects: &mut Vec<Effect>) {
        self.calls.send(Purpose::Submit { idempotent, perhaps: false }, request, effects);
    }

    pub(super) fn wake(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        self.calls.wake(now, effects);
    }

    pub(super) fn restore(&mut self, effects: &mut Vec<Effect>) {
        // A payer has nothing to know by that a submission comes twice (R59).
        let unclear_of = |purpose: &Purpose<R>| match purpose {
            Purpose::Submit { idempotent: false, .. } => {
                Some(Purpose::Submit { idempotent: false, perhaps: true })
            }
            _ => None,
        };
        let fault = Fault::of(FaultKind::Network);
        if self.calls.stall_unanswered(unclear_of, &fault) {
            effects.push(unclear(fault));
        }
        let records = &self.records;
        self.calls.restore(|purpose| look_first(records, purpose), effects);
    }

    /// Forgets what has stalled. Not where it is unknown whether a create had its effect: whoever
    /// forgets that may do it twice.
    ///
    /// # Errors
    /// Where nothing has stalled that may be forgotten.
    pub(super) fn give_up(&mut self) -> Result<Vec<Purpose<R>>, Refusal> {
        let given_up = self.calls.give_up(|purpose| !matches!(purpose, Purpose::Find { .. }));
        let uncertain = self.calls.purposes().any(|purpose| matches!(purpose, Purpose::Find { .. }));
        match given_up.is_empty() {
            false => Ok(given_up),
            true if uncertain => Err(Refusal::NotNow(
                "whether the server has what was sent is not known; retry until it can be found out",
            )),
            true => Err(Refusal::NotNow("no fault has stopped anything")),
        }
    }

    pub(super) fn retry(&mut self, effects: &mut Vec<Effect>) {
        self.calls.retry(effects);
    }

    /// Takes over what a server says of a record, unless it is older than what is known (R22): while the answer to
    /// a write is under way, a look may already have seen what came after it.
    pub(super) fn observe(&mut self, record: usize, document: Document, stored: Stored) {
        let record = &mut self.records[record];
        if record.stored.is_none() || !is_older(&document, &record.document) {
            (record.document, record.stored) = (document, Some(stored));
        }
    }
}

/// Whether a resource was stored before it was as `known`, by its time and by its version where that is a number.
/// Where these contradict one another, the server's clock was set or its data restored, and what it says now counts.
fn is_older(document: &Document, known: &Document) -> bool {
    let (Some(new), Some(known)) = (Resource::read(document), Resource::read(known)) else { return false };
    let counted = |it: Resource<'_>| it.version_id().and_then(|version| version.parse::<u64>().ok());
    let times = new.last_updated().zip(known.last_updated()).map(|(new, known)| new.cmp(&known));
    let versions = counted(new).zip(counted(known)).map(|(new, known)| new.cmp(&known));
    let orders = [times, versions];
    orders.contains(&Some(Ordering::Less)) && !orders.contains(&Some(Ordering::Greater))
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;
    use crate::exchange::Located;

    #[test]
    fn r22_shuffled_looks_end_at_the_newest() {
        let look = |version: u32| {
            let text = format!(
                r#"{{"resourceType":"Task","id":"1","meta":{{"versionId":"{version}","lastUpdated":"2026-01-01T00:00:0{version}Z"}}}}"#
            );
            let at = Located { server: "home".into(), url: "Task/1".into() };
            (Document::parse(text).unwrap(), Stored { at, version: Some(format!("{version}")) })
        };
        for order in [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]] {
            let mut desk =
                Desk::<()>::new(Servers::default(), Guide::default(), Role::Requester, Seed::new(1));
            let (document, stored) = look(order[0]);
            let record = desk.keep(document, stored);
            for version in &order[1..] {
                let (document, stored) = look(*version);
                desk.observe(record, document, stored);
            }
            let known = desk.records[record].stored.as_ref().and_then(|stored| stored.version.as_deref());
            assert_eq!(known, Some("3"), "{order:?}");
        }
    }
}
