//! Watching a server for requests that arrive.

use alloc::{
    collections::BTreeMap,
    string::{String, ToString},
    vec::Vec,
};
use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    Act, Cadence, Effect, HOME, Input, Refusal, Seed, Step, Update,
    cadence::Watch,
    compose::ACTIONABLE,
    desk::{Desk, Event},
    notice,
};
use crate::{
    exchange::{Answer, HttpResponse, Servers, next_page, search, server_time},
    fhir::{Instant, Resource},
    json::{Document, FromJson},
    lifecycle::{Guide, Role},
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
    /// 128 random bits.
    pub seed: Seed,
}

/// The two things that can ask this side to act.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, FromJson)]
enum Kind {
    Task,
    CommunicationRequest,
}

impl Kind {
    const fn resource_type(self) -> &'static str {
        match self {
            Self::Task => "Task",
            Self::CommunicationRequest => "CommunicationRequest",
        }
    }

    /// What the search asks for and each row must have: some servers ignore parameters.
    fn wants(self, resource: Resource<'_>) -> bool {
        let status = resource.status();
        match self {
            Self::Task => {
                let focus = crate::fhir::Task::of(resource).and_then(|task| task.focus()?.reference);
                let asks = focus.is_some_and(|focus| focus.contains("CommunicationRequest/"));
                asks && matches!(status.as_deref(), Some("requested" | "received"))
            }
            Self::CommunicationRequest => {
                resource.is("CommunicationRequest")
                    && status.as_deref() == Some("active")
                    && resource.has_tag(ACTIONABLE.0, ACTIONABLE.1)
            }
        }
    }
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
struct Page {
    kind: Kind,
    number: u32,
    /// The server's time at the first page: what is stored while paging is found by the next look.
    time: Option<Instant>,
}

/// The server time up to which everything of one kind was seen, and what was seen near it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
struct Mark {
    time: Option<Instant>,
    /// Reported, by id, with the time of the version: kept while a search may still find them.
    seen: BTreeMap<String, Instant>,
}

/// What was seen on a server. Plain data: store it, restore it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct Inbox {
    desk: Desk<Page>,
    watch: Watch,
    owner: Option<String>,
    tasks: Mark,
    requests: Mark,
    /// Reported, and not yet acknowledged, by `Type/id`.
    waiting: BTreeMap<String, Document>,
}

impl Inbox {
    /// Begins to watch, with a first look at once.
    ///
    /// # Errors
    /// [`Refusal`] where the home server is missing.
    pub fn begin(start: InboxStart, now: Instant) -> Result<Step<Self>, Refusal> {
        let InboxStart { servers, cadence, owner, seed } = start;
        servers.base(HOME).ok_or(Refusal::MissingServer(HOME))?;
        let desk = Desk::new(servers, Guide::R4, Role::Responder, seed);
        let (tasks, requests) = (Mark::default(), Mark::default());
        let (watch, waiting) = (Watch::new(cadence), BTreeMap::new());
        let mut state = Self { desk, watch, owner, tasks, requests, waiting };
        let random = state.desk.entropy.next();
        state.watch.begin(now, random);
        let mut effects = Vec::new();
        state.look(now, &mut effects);
        Ok(state.finish(effects))
    }

    /// Takes what happened and says what to do next.
    ///
    /// # Errors
    /// [`Refusal`] for an act of another machine.
    pub fn handle(&self, input: Input, now: Instant) -> Result<Step<Self>, Refusal> {
        let mut next = self.clone();
        let mut effects = Vec::new();
        let event = match input {
            Input::Received { id, response } => next.desk.settle(id, Some(response), now, &mut effects),
            Input::Failed { id } => next.desk.settle(id, None, now, &mut effects),
            other => {
                match other {
                    Input::Woke => next.desk.wake(now, &mut effects),
                    Input::Notified => next.watch.hurry(now),
                    Input::Restored => {
                        next.desk.restore(&mut effects);
                        // Whoever was told before the crash may not have got round to it.
                        effects.extend(next.waiting.values().cloned().map(arrived));
                    }
                    Input::Do(Act::Acknowledge { arrived }) => {
                        next.waiting.remove(&arrived);
                    }
                    Input::Do(Act::Look) => next.look(now, &mut effects),
                    Input::Do(Act::Retry) => next.desk.retry(&mut effects),
                    _ => return Err(Refusal::OtherSide),
                }
                Event::Nothing
            }
        };
        if let Event::Read(page, Answer::Resource(bundle, _), response) = event {
            next.found(&page, &bundle, &response, &mut effects);
        }
        if next.watch.is_due(now) {
            next.look(now, &mut effects);
        }
        Ok(next.finish(effects).since(self))
    }

    /// The servers it talks to.
    pub fn servers(&self) -> &Servers {
        &self.desk.servers
    }

    fn mark(&mut self, kind: Kind) -> &mut Mark {
        match kind {
            Kind::Task => &mut self.tasks,
            Kind::CommunicationRequest => &mut self.requests,
        }
    }

    fn look(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        let random = self.desk.entropy.next();
        self.watch.looked(now, random);
        for kind in [Kind::Task, Kind::CommunicationRequest] {
            if self.desk.reads().any(|page| page.kind == kind) {
                continue;
            }
            let time = self.mark(kind).time;
            let (status, tag) = match kind {
                Kind::Task => ("requested,received", None),
                Kind::CommunicationRequest => {
                    ("active", Some(alloc::format!("{}|{}", ACTIONABLE.0, ACTIONABLE.1)))
                }
            };
            let owner = self.owner.clone().filter(|_| kind == Kind::Task);
            let since = time.map(|time| alloc::format!("ge{time}"));
            let parameters = [
                ("status", Some(status.to_string())),
                ("_tag", tag),
                ("owner", owner),
                ("_lastUpdated", since),
                ("_sort", Some("_lastUpdated".to_string())),
                ("_count", Some(PAGE_SIZE.to_string())),
            ];
            let parameters = parameters.into_iter().filter_map(|(name, value)| Some((name, value?)));
            let request = search(HOME, kind.resource_type(), parameters);
            self.desk.read(Page { kind, number: 1, time: None }, request, effects);
        }
    }

    fn found(&mut self, page: &Page, bundle: &Document, response: &HttpResponse, effects: &mut Vec<Effect>) {
        let Some(bundle) = Resource::read(bundle) else { return };
        let kind = page.kind;
        for entry in bundle.entries().filter(|entry| kind.wants(*entry)) {
            let (Some(id), Ok(resource)) = (entry.id(), Document::parse(entry.value().raw())) else {
                continue;
            };
            let time = entry.last_updated().or_else(|| server_time(bundle, response));
            let time = time.unwrap_or(Instant::from_unix_milliseconds(0));
            // An arrival is reported once, however often it is changed before it is acted on.
            let key = alloc::format!("{}/{id}", kind.resource_type());
            if self.mark(kind).seen.insert(id.into_owned(), time).is_none() {
                effects.push(arrived(resource.clone()));
                self.waiting.insert(key, resource);
            }
        }
        let time = page.time.or_else(|| server_time(bundle, response));
        let next =
            bundle.value().list("link").find(|link| link.string("relation").as_deref() == Some("next"));
        let next = next.and_then(|link| link.string("url")).filter(|_| bundle.entries().next().is_some());
        let reached = match next.map(|next| self.desk.servers.relative(&next, HOME)) {
            Some(Some(relative)) if page.number < MOST_PAGES => {
                let page = Page { kind, number: page.number + 1, time };
                self.desk.read(page, next_page(HOME, &relative), effects);
                return;
            }
            // The rest was not seen: the next search begins where this one stopped.
            Some(stopped) => {
                if stopped.is_none() {
                    effects.push(notice(
                        "the next page of a search leads to another server; it was not fetched",
                    ));
                }
                bundle.entries().filter_map(Resource::last_updated).max()
            }
            None => time,
        };
        if let Some(time) = reached {
            let reach = time.unix_milliseconds().saturating_sub(OVERLAP.as_millis() as i64);
            let mark = self.mark(kind);
            mark.time = mark.time.max(Some(Instant::from_unix_milliseconds(reach)));
        }
    }

    fn finish(self, effects: Vec<Effect>) -> Step<Self> {
        let wakes = [self.desk.next_wake(), self.watch.next()];
        super::conclude(self, effects, wakes)
    }
}

fn arrived(resource: Document) -> Effect {
    Effect::Report { update: Update::Arrived { resource } }
}
