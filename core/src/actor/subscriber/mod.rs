//! One subscription at one server, for all exchanges that have something there.
//!
//! ```text
//!  discovering ─▶ creating ─▶ requested ─▶ active ─▶ ended
//!       │            │            ▲          │ the server says error or off
//!       ▼            ▼            │          ▼
//!      unavailable                └──── recovering
//! ```
//!
//! It reports two things: that there is news ([`Update::News`]), whereupon the exchanges that it concerns
//! look ([`Input::Notified`]); and how far it can be relied on ([`Update::Subscription`]), whereupon they
//! look less often by themselves ([`Input::Watched`]). They never cease to (R74), so what is lost here costs
//! time and nothing else.
//!
//! A notification is a hint, whoever brought it (R73, R74): it leads to a look at the server that is
//! watched, or to the question how the subscription is, both no oftener than [`Guard`] lets pass. The
//! state moves on what the server answers to that question, with the credential that the answer took.

mod link;
mod state;

use alloc::{boxed::Box, format, string::String, vec::Vec};
use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    Act, Effect, Input, Refusal, Seed, Step, Update,
    change::Change,
    desk::{Desk, Event},
    snapshot::Version,
};
use crate::{
    exchange::{
        Answer, Fault, FaultKind, HttpResponse, Servers, read,
        subscription::{
            About, Channel, Guard, Notification, NotificationKind, Offer, Sequence, Sighting,
            SubscriptionDraft, SubscriptionStatus, Undraftable, read_state,
        },
    },
    fhir::{Coding, Instant, Resource},
    json::{Document, FromJson},
    lifecycle::{Guide, Role},
    order::Set,
};
use link::Link;

/// How long an event that was overtaken by the next is waited for (R74).
const PATIENCE: Duration = Duration::from_secs(10);
/// The most time between two questions how the subscription is, where heartbeats come.
const VERIFY: Duration = Duration::from_secs(3600);
/// The same where none come.
const WITHOUT_HEARTBEAT: Duration = Duration::from_secs(15 * 60);
/// The least time between two such questions that notifications cause.
const ASK_FLOOR: Duration = Duration::from_secs(30);
/// How long an exchange may rely on a report: somebody has to be there to take it back.
const LEASE: Duration = Duration::from_secs(2 * 3600);
/// The least that is waited before it is woken again.
const SOON: Duration = Duration::from_secs(1);
/// What is longer was set by a clock that was wrong.
const LONGEST: Duration = Duration::from_secs(3 * 3600);

/// What it takes to subscribe.
#[derive(Clone, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct SubscriberStart {
    /// Base URLs; all that may be read, and among them the one that is watched.
    pub servers: Servers,
    /// Key of the server that is watched.
    pub server: String,
    /// What to be told of, and how.
    pub subscription: SubscriptionDraft,
    /// Subscribes even where the server does not say that it has the topic (R71).
    #[serde(default)]
    pub unadvertised: bool,
    /// 128 random bits.
    pub seed: Seed,
}

/// How a subscription is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// The server is asked what it offers.
    Discovering,
    /// There is none to be had: exchanges go on polling.
    Unavailable,
    /// It is being created.
    Creating,
    /// It is there, and does not tell anything yet.
    Requested,
    /// It tells what happens.
    Active,
    /// It has told nothing for a while: what was missed is fetched, then it is asked to go on.
    Recovering,
    /// It was ended here, or its time is over.
    Ended,
}

/// How far a subscription can be relied on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct Watching {
    /// Base URL of the server that is watched.
    pub base: String,
    /// How it is.
    pub phase: Phase,
    /// Until when whoever knows it to be well may look less often; `None` while it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Instant>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(tag = "read", rename_all = "kebab-case")]
pub(in crate::actor) enum Wanted {
    Capabilities,
    /// `$status`.
    Status,
    /// The resource, where there is no `$status`.
    Subscription,
    Events {
        first: u64,
        last: u64,
    },
    Token,
}

/// What the server has beside the subscription, as far as is known.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, FromJson)]
struct Operations {
    /// `$status`, which every server should have.
    status: bool,
    /// `$events`.
    events: bool,
}

/// A subscription and everything that was told over it. Plain data: store it, restore it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct Subscriber {
    version: Version,
    desk: Desk<Wanted>,
    server: String,
    draft: SubscriptionDraft,
    unadvertised: bool,
    phase: Phase,
    /// Record of the Subscription.
    record: Option<usize>,
    /// How many were created one after the other.
    creations: u32,
    operations: Operations,
    /// Whether a gap has been waited for long enough, and the server is asked about it.
    repairing: bool,
    link: Link,
    sequence: Sequence,
    guard: Guard,
    /// When anything was last heard of it, and when of the server itself.
    heard: Option<Instant>,
    verified: Option<Instant>,
    /// When to ask how it is.
    ask_at: Option<Instant>,
    /// Since when it is to be asked to go on, and how often it was.
    reactivate_at: Option<Instant>,
    reactivations: u32,
    /// Questions in a row that found it still asleep.
    waits: u32,
    /// How often in a row nothing came for a heartbeat and a half, though all is well: not every server
    /// that is asked for heartbeats has them.
    silences: u32,
    reported: Option<Watching>,
}

/// Whether the time `at` has come; a time too far off was set by a clock that was wrong.
fn is_due(at: Option<Instant>, now: Instant) -> bool {
    at.is_some_and(|at| at <= now || at.since(now) > LONGEST)
}

impl Subscriber {
    /// Begins to subscribe.
    ///
    /// # Errors
    /// [`Refusal`] where there is no such server, or the draft is no subscription.
    pub fn begin(start: SubscriberStart, now: Instant) -> Result<Step<Self>, Refusal> {
        let SubscriberStart { servers, server, subscription, unadvertised, seed } = start;
        servers.base(&server).ok_or(Refusal::MissingServer(server.clone()))?;
        let mut desk = Desk::new(servers, Guide::default(), Role::Requester, seed);
        subscription.build(&Coding::new("urn:ietf:rfc:3986", "urn:uuid:0"))?;
        let mut effects = Vec::new();
        desk.read(Wanted::Capabilities, read(&server, "metadata", None), &mut effects);
        let state = Self {
            version: Version,
            desk,
            server,
            draft: subscription,
            unadvertised,
            phase: Phase::Discovering,
            record: None,
            creations: 0,
            operations: Operations { status: true, events: false },
            repairing: false,
            link: Link::default(),
            sequence: Sequence::default(),
            guard: Guard::default(),
            heard: None,
            verified: None,
            ask_at: None,
            reactivate_at: None,
            reactivations: 0,
            waits: 0,
            silences: 0,
            reported: None,
        };
        Ok(state.conclude(effects, now))
    }

    /// Takes what happened and says what to do next.
    ///
    /// # Errors
    /// [`Refusal`] where an act is not possible; the state is then unchanged.
    pub fn handle(&self, input: Input, now: Instant) -> Result<Step<Self>, Refusal> {
        let mut next = self.clone();
        let mut effects = Vec::new();
        match input {
            Input::Received { id, response } => next.answered(id, Some(response), now, &mut effects),
            Input::Failed { id } => next.answered(id, None, now, &mut effects),
            Input::Woke => next.desk.wake(now, &mut effects),
            Input::Notified { .. } => next.guard.trigger(About::Everything),
            Input::Watched { .. } => return Err(Refusal::OtherSide),
            Input::Notification { bundle } => next.told(&bundle, now),
            Input::Closed => next.closed(now),
            Input::Restored => {
                next.desk.restore(&mut effects);
                next.unlink();
                // Nobody was there to hear what was told meanwhile.
                next.guard.trigger(About::Everything);
            }
            Input::Do(act) => next.act(&act, now, &mut effects)?,
        }
        let mut step = next.conclude(effects, now);
        if step.state == *self {
            step.effects.retain(|effect| *effect != Effect::Save);
        }
        Ok(step)
    }

    /// The servers it knows.
    pub fn servers(&self) -> &Servers {
        &self.desk.servers
    }

    /// How far it can be relied on.
    pub fn watching(&self, now: Instant) -> Watching {
        let until = self.is_well().then(|| now + LEASE);
        let base = self.desk.servers.base(&self.server).unwrap_or_default().into();
        Watching { base, phase: self.phase, until }
    }

    /// Whether nothing is left to do or to wait for.
    pub fn is_finished(&self) -> bool {
        self.phase == Phase::Ended && self.desk.is_idle()
    }

    /// The Subscription as its server last gave it, 0..1.
    pub fn subscription(&self) -> Option<&Document> {
        self.record.map(|record| &self.desk.records[record].document)
    }

    /// `Subscription/id`, once the server has it.
    fn url(&self) -> Option<&str> {
        Some(&self.desk.records[self.record?].stored.as_ref()?.at.url)
    }

    fn is_well(&self) -> bool {
        self.phase == Phase::Active && (self.link.is_bound() || !self.has_socket())
    }

    fn has_socket(&self) -> bool {
        self.draft.channel == Channel::Websocket
    }

    fn act(&mut self, act: &Act, now: Instant, effects: &mut Vec<Effect>) -> Result<(), Refusal> {
        match act {
            Act::Look => {
                self.guard.trigger(About::Everything);
                self.ask_at = self.url().map(|_| now);
            }
            Act::Retry => {
                self.desk.retry(effects);
                if self.phase == Phase::Unavailable {
                    self.discover(effects);
                }
            }
            Act::GiveUp => {
                self.desk.give_up()?;
            }
            Act::Close => self.end(now, effects)?,
            _ => return Err(Refusal::OtherSide),
        }
        Ok(())
    }

    fn discover(&mut self, effects: &mut Vec<Effect>) {
        self.phase = Phase::Discovering;
        self.desk.read(Wanted::Capabilities, read(&self.server, "metadata", None), effects);
    }

    fn answered(&mut self, id: u32, response: Option<HttpResponse>, now: Instant, effects: &mut Vec<Effect>) {
        match self.desk.settle(id, response, now, effects) {
            Event::Created(_) => self.created(now),
            // Where it was not changed as intended, the next question tells.
            Event::Changed | Event::Overtaken(_) if self.phase == Phase::Recovering => {
                self.asked_to_go_on(now);
            }
            Event::Nothing | Event::Changed | Event::Overtaken(_) | Event::Submitted(_) => {}
            Event::Read(wanted, Answer::Resource(document, _), _) => {
                self.received(wanted, &document, now, effects);
            }
            Event::Read(wanted, _, _) => {
                self.missed(wanted, &Fault::of(FaultKind::WrongResource), now, effects);
            }
            Event::Unread(wanted, fault) => self.missed(wanted, &fault, now, effects),
        }
    }

    fn received(&mut self, wanted: Wanted, document: &Document, now: Instant, effects: &mut Vec<Effect>) {
        match wanted {
            Wanted::Capabilities => {
                let offer = Resource::read(document).map(Offer::read).unwrap_or_default();
                self.operations.events = offer.events;
                if self.unadvertised || offer.has(self.draft.topic()) {
                    self.create(effects);
                } else {
                    self.phase = Phase::Unavailable;
                }
            }
            Wanted::Status => match self.url().and_then(|url| read_state(document, url)) {
                Some(state) => self.verify(state.status, state.events_since_start, now, effects),
                None => self.missed(Wanted::Status, &Fault::of(FaultKind::NotFound), now, effects),
            },
            Wanted::Subscription if self.link.is_refused() => self.unavailable(now, effects),
            Wanted::Subscription => {
                let status = Resource::read(document).and_then(Resource::status);
                let status = status.and_then(|code| SubscriptionStatus::from_code(&code));
                self.verify(status, None, now, effects);
            }
            Wanted::Events { first, last } => {
                let state = self.url().and_then(|url| read_state(document, url));
                self.repaired(state.as_ref(), first, last);
            }
            Wanted::Token => self.bind(document, now, effects),
        }
    }

    fn missed(&mut self, wanted: Wanted, fault: &Fault, now: Instant, effects: &mut Vec<Effect>) {
        match wanted {
            // A server need not tell what it offers, and what it tells is no promise.
            Wanted::Capabilities if self.unadvertised => self.create(effects),
            Wanted::Capabilities => self.phase = Phase::Unavailable,
            Wanted::Status if !fault.kind.is_passing() && fault.kind != FaultKind::Forbidden => {
                self.operations.status = false;
                self.ask(now, effects);
            }
            Wanted::Subscription if matches!(fault.kind, FaultKind::NotFound | FaultKind::Gone) => {
                self.forgotten(effects);
            }
            Wanted::Status | Wanted::Subscription => self.unheard(now),
            Wanted::Events { last, .. } => {
                self.operations.events = false;
                self.repaired(None, last, last);
            }
            Wanted::Token => self.unbindable(fault, now, effects),
        }
    }

    /// Creates the Subscription, with a tag of its own by which it is known again.
    fn create(&mut self, effects: &mut Vec<Effect>) {
        // That which the server does not have any more, or which it does not let go on, is not needed any more.
        if !self.desk.is_writing() {
            self.desk.records.clear();
        }
        let identifier = self.desk.entropy.identifier(&format!("subscription {}", self.creations));
        self.creations = self.creations.wrapping_add(1);
        let tag =
            Coding { system: identifier.system.clone(), code: identifier.value.clone(), ..Coding::default() };
        // The draft was checked when this began.
        let Ok(document) = self.draft.build(&tag) else { return };
        self.sequence.reset();
        self.phase = Phase::Creating;
        self.record = Some(self.desk.create(&self.server, document, identifier, effects));
    }

    /// Ends the subscription at its server.
    fn end(&mut self, now: Instant, effects: &mut Vec<Effect>) -> Result<(), Refusal> {
        if self.desk.is_writing() {
            return Err(Refusal::NotNow("the subscription is being changed; wait for the answer"));
        }
        if self.url().is_some() {
            self.set(SubscriptionStatus::Off, now, effects)?;
        }
        self.phase = Phase::Ended;
        Ok(())
    }

    fn set(
        &mut self,
        status: SubscriptionStatus,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        let record = self.record.ok_or(Refusal::NotNow("there is no subscription"))?;
        let change = Change { status: Some(status.code().into()), ..Change::default() };
        self.desk.change(record, change, now, effects)
    }

    /// Takes a notification as what it is: a reason to ask.
    fn told(&mut self, text: &str, now: Instant) {
        if !self.guard.admits(now) {
            return;
        }
        let Ok(told) = Notification::parse(text) else { return };
        let is_ours = self.url().is_some_and(|url| told.is_of(url));
        if !is_ours || matches!(told.kind, NotificationKind::QueryStatus | NotificationKind::QueryEvent) {
            return;
        }
        self.heard = Some(now);
        self.silences = 0;
        if told.kind == NotificationKind::Handshake {
            self.bound();
        }
        let is_well = told.status.is_none_or(|status| status == SubscriptionStatus::Active);
        let floor =
            self.verified.filter(|verified| *verified <= now).map_or(now, |verified| verified + ASK_FLOOR);
        if !is_well || self.phase != Phase::Active || told.kind == NotificationKind::Handshake {
            self.ask_at = Some(floor.max(now));
        } else {
            self.ask_at = Some(self.next_question(now));
        }
        if self.sequence.observe(&told, now) == Sighting::New {
            let about = self.about(&told);
            self.guard.trigger(about);
        }
    }

    /// What a notification is about, as far as it is on a server that is registered: what is elsewhere
    /// may have changed anything (R73).
    fn about(&self, told: &Notification) -> About {
        let foci = told.foci();
        if foci.is_empty() || told.truncated || told.events.iter().any(|event| event.focus.is_none()) {
            return About::Everything;
        }
        let located = foci.into_iter().map(|focus| {
            let at = self.desk.servers.locate(focus, &self.server).ok()?;
            self.desk.servers.absolute(&at)
        });
        located.collect::<Option<Set<String>>>().map_or(About::Everything, About::Only)
    }

    /// Does what it is time for, and says when it is time next.
    fn conclude(mut self, mut effects: Vec<Effect>, now: Instant) -> Step<Self> {
        self.give_in(&mut effects);
        self.keep_linked(now, &mut effects);
        self.keep_asking(now, &mut effects);
        if let Some(about) = self.guard.take(now) {
            effects.push(Effect::Report { update: Update::News { about } });
        }
        self.tell(now, &mut effects);
        effects.insert(0, Effect::Save);
        let ended = self.phase == Phase::Ended;
        let look = self.guard.next();
        // It waits for the look before it.
        let reactivate_at = self.reactivate_at.map(|at| look.map_or(at, |look| at.max(look)));
        let wakes = [self.ask_at, self.gap_due(), reactivate_at, self.link.due(), look];
        let wakes = wakes.into_iter().filter(|_| !ended).chain([self.desk.next_wake()]);
        if let Some(at) = wakes.flatten().min() {
            // All that is due is done: what is left cannot be hastened by waking at once.
            effects.push(Effect::WakeAt { at: at.max(now + SOON), from: None });
        }
        Step { state: self, effects }
    }

    /// A server that refuses a write does so for good; only a credential may come later.
    fn give_in(&mut self, effects: &mut Vec<Effect>) {
        let refused = self.desk.stalled().is_some_and(|fault| fault.kind != FaultKind::Unauthorized);
        if !refused || self.desk.give_up().is_err() {
            return;
        }
        match self.phase {
            Phase::Creating => (self.phase, self.record) = (Phase::Unavailable, None),
            // It does not let itself be asked to go on.
            Phase::Recovering => self.create(effects),
            _ => {}
        }
    }

    /// Reports how it is where that has changed, or where what was reported is about to end.
    fn tell(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        let watching = self.watching(now);
        let lasts = |until: Instant| until.since(now) > LEASE / 2 && until.since(now) <= LEASE;
        let stands = self.reported.as_ref().is_some_and(|reported| {
            reported.phase == watching.phase
                && match (reported.until, watching.until) {
                    (None, None) => true,
                    (Some(until), Some(_)) => lasts(until),
                    _ => false,
                }
        });
        if !stands {
            self.reported = Some(watching.clone());
            effects.push(Effect::Report { update: Update::Subscription { watching: Box::new(watching) } });
        }
    }
}

impl From<Undraftable> for Refusal {
    fn from(undraftable: Undraftable) -> Self {
        Self::Subscription(undraftable)
    }
}
