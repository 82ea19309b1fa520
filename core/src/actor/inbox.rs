//! Watching a server for what arrives: requests, and where that is wanted, information.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use core::{slice, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    Act, Brings, Cadence, Effect, Grace, HOME, Input, Refusal, Seed, Step, Update,
    cadence::Watch,
    compose::ACTIONABLE,
    desk::{Desk, Event},
    information_recipient::points_at_communication,
    notice,
    shape::{self, Shape, Told},
    snapshot::Version,
};
use crate::{
    exchange::{Answer, HttpResponse, Servers, next_page, search, server_time},
    fhir::{Communication, Instant, Resource, Task},
    json::{Document, FromJson},
    lifecycle::{Ask, CommunicationRequestStatus, Guide, Role, Status, TaskStatus},
    order::{Map, Set},
};

/// How far a search reaches back behind the newest thing seen, since servers store in parallel
/// and their clocks are coarse (R62).
const OVERLAP: Duration = Duration::from_secs(120);
const PAGE_SIZE: u32 = 50;
/// Pages of one look, against servers that offer a next page for ever (R63).
const MOST_PAGES: u32 = 200;

/// What it takes to watch.
#[derive(Clone, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct InboxStart {
    /// Base URLs, of which `home` is watched.
    pub servers: Servers,
    /// How often to look.
    #[serde(default)]
    pub cadence: Cadence,
    /// Takes only Tasks with this owner, as `Type/id`, where one server serves many.
    #[serde(default)]
    pub owner: Option<String>,
    /// The rules to follow, which say how a Task asks.
    #[serde(default)]
    pub guide: Guide,
    /// Whether to tell of information, too: Communications, and Tasks that point at one (R13). Those that answer
    /// what this side has asked its requesters find themselves.
    #[serde(default)]
    pub communications: bool,
    /// 128 random bits.
    pub seed: Seed,
}

/// What can arrive.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, FromJson)]
pub(super) enum Kind {
    Task,
    CommunicationRequest,
    Communication,
}

impl Kind {
    const fn resource_type(self) -> &'static str {
        match self {
            Self::Task => "Task",
            Self::CommunicationRequest => "CommunicationRequest",
            Self::Communication => "Communication",
        }
    }

    /// Whether a status is that of something that nobody is asked to act on any more.
    fn is_final(self, status: &str) -> bool {
        match self {
            Self::Task => TaskStatus::from_code(status).is_some_and(TaskStatus::is_final),
            Self::CommunicationRequest => CommunicationRequestStatus::from_code(status)
                .is_some_and(CommunicationRequestStatus::is_final),
            Self::Communication => status == "entered-in-error",
        }
    }

    /// The statuses to search for; where something was reported, also those with which it ends.
    const fn statuses(self, and_ended: bool) -> &'static str {
        match (self, and_ended) {
            (Self::Task, false) => "requested,received",
            (Self::Task, true) => "requested,received,rejected,cancelled,completed,failed,entered-in-error",
            (Self::CommunicationRequest, false) => "active",
            (Self::CommunicationRequest, true) => "active,completed,revoked,entered-in-error",
            // Born with its end: what is yet being prepared is nobody's news.
            (Self::Communication, _) => "completed,not-done,stopped,entered-in-error",
        }
    }

    /// What the search asks for and each row must have: some servers ignore parameters.
    fn wants(self, resource: Resource<'_>, owner: Option<&str>, guide: &Guide, information: bool) -> bool {
        let status = resource.status();
        // One who is contained is known by identifiers, not by an id here (R44).
        let is_it = |named: &str, owner: &str| {
            named == owner || named.starts_with('#') || named.ends_with(&alloc::format!("/{owner}"))
        };
        match self {
            Self::Task => {
                let task = Task::of(resource);
                let asks = task.is_some_and(|task| guide.asks_by(task));
                let tells = information && points_at_communication(resource);
                let is_ours = owner.is_none_or(|owner| {
                    let named = task.and_then(|task| task.owner()?.reference);
                    named.is_none_or(|named| is_it(&named, owner))
                });
                (asks || tells) && is_ours && matches!(status.as_deref(), Some("requested" | "received"))
            }
            Self::CommunicationRequest => {
                resource.is("CommunicationRequest")
                    && status.as_deref() == Some("active")
                    && resource.has_tag(ACTIONABLE.0, ACTIONABLE.1)
            }
            Self::Communication => {
                let named = Communication::of(resource).into_iter().flat_map(|it| it.recipients());
                let mut named = named.filter_map(|recipient| recipient.reference);
                let is_ours = |owner| named.any(|named| is_it(&named, owner));
                resource.is("Communication")
                    && matches!(status.as_deref(), Some("completed" | "not-done" | "stopped"))
                    && owner.is_none_or(is_ours)
            }
        }
    }
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub(super) struct Page {
    kind: Kind,
    number: u32,
    /// Its URL, to know again a next page that leads to itself (R63).
    url: String,
    /// The server's time at the first page: what is stored while paging is found by the next look.
    time: Option<Instant>,
}

/// The server time up to which everything of one kind was seen, and what was seen near it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
struct Mark {
    time: Option<Instant>,
    /// Ids of what was reported, so that nothing is told twice however often it is changed, until no search from
    /// `time` on can find it open any more.
    seen: Set<String>,
    /// What of that has ended.
    ended: Vec<Ended>,
}

/// What was reported, and is final.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
struct Ended {
    id: String,
    /// Its `meta.lastUpdated`.
    at: Instant,
}

impl Mark {
    /// Notes that what has this id is final since `at`.
    fn end(&mut self, id: &str, at: Instant) {
        if self.seen.contains(id) && !self.ended.iter().any(|ended| ended.id == id) {
            self.ended.push(Ended { id: id.to_string(), at });
        }
    }

    /// Everything before `time` was seen: what had ended by then is never found open again.
    fn reach(&mut self, time: Instant) {
        let reached = self.time.max(Some(time));
        self.time = reached;
        for ended in self.ended.extract_if(.., |ended| reached > Some(ended.at)) {
            self.seen.remove(&ended.id);
        }
    }
}

/// What was seen on a server. Plain data: store it, restore it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct Inbox {
    version: Version,
    desk: Desk<Page>,
    watch: Watch,
    owner: Option<String>,
    tasks: Mark,
    requests: Mark,
    /// Where information is told of, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    communications: Option<Mark>,
    /// Reported, and not yet acknowledged, by `Type/id`.
    waiting: Map<String, Document>,
}

impl Inbox {
    /// Begins to watch, with a first look at once.
    ///
    /// # Errors
    /// [`Refusal`] where the home server is missing.
    pub fn begin(start: InboxStart, now: Instant) -> Result<Step<Self>, Refusal> {
        let InboxStart { servers, cadence, owner, guide, communications, seed } = start;
        servers.base(HOME).ok_or(Refusal::MissingServer(HOME.into()))?;
        let desk = Desk::new(servers, guide, Role::Responder, seed);
        let (tasks, requests) = (Mark::default(), Mark::default());
        let (watch, waiting) = (Watch::new(cadence, Grace::NONE), Map::default());
        let communications = communications.then(Mark::default);
        let mut state =
            Self { version: Version, desk, watch, owner, tasks, requests, communications, waiting };
        let random = state.desk.entropy.next();
        state.watch.begin(now, random);
        let mut effects = Vec::new();
        state.look(now, &mut effects);
        Ok(shape::conclude(state, effects, now))
    }

    /// Takes what happened and says what to do next.
    ///
    /// # Errors
    /// [`Refusal`] for an act of another machine.
    pub fn handle(&self, input: Input, now: Instant) -> Result<Step<Self>, Refusal> {
        shape::handle(self, input, now)
    }

    /// The rules it follows.
    pub fn guide(&self) -> &Guide {
        &self.desk.guide
    }

    /// The servers it talks to.
    pub fn servers(&self) -> &Servers {
        &self.desk.servers
    }

    fn arrived(&self, key: &str, resource: &Document) -> Effect {
        let informs = |it| Communication::of(it).is_some() || points_at_communication(it);
        let informs = Resource::read(resource).is_some_and(informs);
        let brings = if informs { Brings::Information } else { Brings::Request };
        let (resource, seed) = (resource.clone(), self.desk.entropy.seed(key));
        Effect::Report { update: Update::Arrived { brings, resource, seed } }
    }

    fn mark(&mut self, kind: Kind) -> &mut Mark {
        match kind {
            Kind::Task => &mut self.tasks,
            Kind::CommunicationRequest => &mut self.requests,
            Kind::Communication => self.communications.get_or_insert_default(),
        }
    }

    fn found(&mut self, page: &Page, bundle: &Document, response: &HttpResponse, effects: &mut Vec<Effect>) {
        let Some(bundle) = Resource::read(bundle) else { return };
        let kind = page.kind;
        let (owner, guide) = (self.owner.clone(), self.desk.guide.clone());
        let time = page.time.or_else(|| server_time(bundle, response));
        for entry in bundle.entries().filter(|entry| entry.is(kind.resource_type())) {
            let (Some(id), Some(at)) = (entry.id(), entry.last_updated().or(time)) else { continue };
            if kind == Kind::Communication {
                self.mark(kind).end(&id, at);
            }
            if entry.status().is_some_and(|status| kind.is_final(&status)) {
                self.mark(kind).end(&id, at);
                // Nobody can take it in hand any more.
                self.waiting.remove(&alloc::format!("{}/{id}", kind.resource_type()));
            }
        }
        let informs = self.communications.is_some();
        for entry in bundle.entries().filter(|entry| kind.wants(*entry, owner.as_deref(), &guide, informs)) {
            let (Some(id), Ok(resource)) = (entry.id(), Document::parse(entry.value().raw())) else {
                continue;
            };
            // What the search asks for each row must have: what is forgotten by now was told long ago.
            let since = self.mark(kind).time;
            if entry.last_updated().is_some_and(|at| Some(at) < since) {
                continue;
            }
            // An arrival is reported once, however often it is changed before it is acted on.
            let key = alloc::format!("{}/{id}", kind.resource_type());
            if self.mark(kind).seen.insert(id.into_owned()) {
                effects.push(self.arrived(&key, &resource));
                self.waiting.insert(key, resource);
            }
        }
        let next = bundle.next_page().filter(|_| bundle.entries().next().is_some());
        let reached = match next.map(|next| self.desk.servers.relative(&next, HOME)) {
            Some(Some(url)) if page.number < MOST_PAGES && url != page.url => {
                let request = next_page(HOME, &url);
                self.desk.read(Page { kind, number: page.number + 1, url, time }, request, effects);
                return;
            }
            // The rest was not seen, so the next search begins where this one did.
            Some(stopped) => {
                if stopped.is_none() {
                    effects.push(notice(
                        "the next page of a search leads to another server; it was not fetched",
                    ));
                }
                None
            }
            None => time,
        };
        if let Some(time) = reached {
            let reach = time.unix_milliseconds().saturating_sub(OVERLAP.as_millis() as i64);
            self.mark(kind).reach(Instant::from_unix_milliseconds(reach));
        }
    }
}

impl Shape for Inbox {
    type Read = Page;

    fn desk(&mut self) -> &mut Desk<Page> {
        &mut self.desk
    }

    fn watches(&mut self) -> &mut [Watch] {
        slice::from_mut(&mut self.watch)
    }

    /// Under a guide that asks by Task alone; under others requests arrive without one, too.
    fn told(&self, _: usize) -> Told {
        match self.desk.guide.ask {
            Ask::Input { .. } => Told::Tasks(self.desk.base(HOME).to_string()),
            Ask::Focus { .. } => Told::NotAll,
        }
    }

    fn settle(&mut self, event: Event<Page>, _: Instant, effects: &mut Vec<Effect>) {
        if let Event::Read(page, Answer::Resource(bundle, _), response) = event {
            self.found(&page, &bundle, &response, effects);
        }
    }

    fn act(&mut self, act: Act, now: Instant, effects: &mut Vec<Effect>) -> Result<(), Refusal> {
        match act {
            Act::Look => self.look(now, effects),
            Act::Retry => self.desk.retry(effects),
            Act::GiveUp => {
                self.desk.give_up()?;
            }
            Act::Acknowledge { arrived } => {
                self.waiting.remove(&arrived);
            }
            _ => return Err(Refusal::OtherSide),
        }
        Ok(())
    }

    fn look(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        let random = self.desk.entropy.next();
        self.watch.looked(now, random);
        for kind in [Kind::Task, Kind::CommunicationRequest, Kind::Communication] {
            if kind == Kind::Communication && self.communications.is_none() {
                continue;
            }
            if self.desk.reads().any(|page| page.kind == kind) {
                continue;
            }
            let Mark { time, seen, .. } = self.mark(kind);
            // What ended before anything was seen concerns nobody here.
            let (time, and_ended) = (*time, time.is_some() && !seen.is_empty());
            let tag = (kind == Kind::CommunicationRequest)
                .then(|| alloc::format!("{}|{}", ACTIONABLE.0, ACTIONABLE.1));
            // A server cannot search for an owner who is contained in the Task.
            let is_searchable = kind == Kind::Task && self.desk.guide.attachment.is_none();
            let owner = self.owner.clone().filter(|_| is_searchable);
            let since = time.map(|time| alloc::format!("ge{time}"));
            let parameters = [
                ("status", Some(kind.statuses(and_ended).to_string())),
                ("_tag", tag),
                ("owner", owner),
                ("_lastUpdated", since),
                ("_sort", Some("_lastUpdated".to_string())),
                ("_count", Some(PAGE_SIZE.to_string())),
            ];
            let parameters = parameters.into_iter().filter_map(|(name, value)| Some((name, value?)));
            let request = search(HOME, kind.resource_type(), parameters);
            let page = Page { kind, number: 1, url: request.url.clone(), time: None };
            self.desk.read(page, request, effects);
        }
    }

    fn finish(&mut self, _: Instant, _: &mut Vec<Effect>) {}

    /// Whoever was told before the crash may not have got round to it.
    fn restored(&mut self, effects: &mut Vec<Effect>) {
        effects.extend(self.waiting.iter().map(|(key, resource)| self.arrived(key, resource)));
    }
}
