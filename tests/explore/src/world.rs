//! One requester, one responder, and everything that can happen next.

use std::time::Duration;

use fhir_solicit::{
    actor::{
        Act, Cadence, Delivery, Grace, Input, PayerPolicy, PayloadDraft, RequestDraft, RequesterStart,
        ResponderStart, Seed, Start, Update, Variant,
    },
    exchange::Method,
    fhir::{CodeableConcept, Reference, Resource},
    json::Document,
    lifecycle::Guide,
    solicitation::{Asked, Calendar},
};
use fhir_solicit_simulation::{PAYER, PROVIDER, Simulation, payer_servers, provider_servers};
use fhir_solicit_world::{Effect, Fault};

use crate::canonical::fingerprint;

/// Who asks.
pub const REQUESTER: &str = "requester";
/// Who answers.
pub const RESPONDER: &str = "responder";

/// What a world is made of.
#[derive(Clone)]
pub struct World {
    /// What it is called.
    pub name: &'static str,
    /// With or without Task.
    pub variant: Variant,
    /// The rules.
    pub guide: &'static str,
    /// How many faults there may be.
    pub faults: u8,
    /// What users may decide, each once.
    pub acts: Vec<(&'static str, Decision)>,
}

/// What a user decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names of the acts say it")]
pub enum Decision {
    Accept,
    Respond,
    Complete,
    Reject,
    Cancel,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is answered.
    Fine,
    /// It never arrives.
    RequestLost,
    /// It arrives, its answer does not.
    ResponseLost,
    /// It arrives twice.
    Doubled,
    /// It arrives, and its answer comes after other things have happened.
    Late,
    /// It is refused: the server cannot answer now.
    Unavailable,
    /// It is refused: the token has expired.
    Unauthorized,
}

impl Fate {
    /// What can befall a read: its answer is late or none.
    const OF_READS: &[Self] = &[Self::RequestLost, Self::Late, Self::Unavailable, Self::Unauthorized];
    /// What can befall a write, of which every answer may be late.
    const OF_WRITES: &[Self] =
        &[Self::RequestLost, Self::ResponseLost, Self::Doubled, Self::Unavailable, Self::Unauthorized];

    fn effect(self) -> Option<Effect> {
        let status = |status| Some(Effect::Status { status, retry_after: None, html: false });
        match self {
            Self::Fine | Self::Late => None,
            Self::RequestLost => Some(Effect::LoseRequest),
            Self::ResponseLost => Some(Effect::LoseResponse),
            Self::Doubled => Some(Effect::Duplicate),
            Self::Unavailable => status(503),
            Self::Unauthorized => status(401),
        }
    }
}

/// Something that can happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The next request of a party reaches its server or does not.
    Send(&'static str, Fate),
    /// An answer, by its place among those under way, reaches who asked.
    Deliver(usize),
    /// The same, and it comes once more later.
    DeliverTwice(usize),
    /// What was asked is seen by who is to answer.
    Arrive,
    /// A party wakes when it wanted to.
    Wake(&'static str),
    /// A user decides.
    Decide(&'static str, Decision),
    /// A user retries what a fault has stopped.
    Retry(&'static str),
    /// A party loses all but what it saved, and goes on from there.
    Crash(&'static str),
}

/// Everything at one moment.
#[derive(Clone)]
pub struct State {
    pub(crate) it: Simulation,
    pub(crate) late: Vec<(&'static str, Input)>,
    pub(crate) budget: u8,
    pub(crate) decided: Vec<Decision>,
    pub(crate) stalled: Vec<&'static str>,
    /// The Task's version when it became final.
    pub(crate) ended: Option<String>,
    /// A law that a step has broken.
    pub(crate) broken: Option<String>,
    /// The same for all states that differ in nothing that matters.
    pub(crate) print: u64,
}

impl State {
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        [REQUESTER, RESPONDER].into_iter().filter(|name| self.it.has(name))
    }

    /// Whether nothing is left to do for anybody.
    pub(crate) fn is_closed(&self) -> bool {
        let asked = self.it.has(RESPONDER) || self.it.view(REQUESTER).finished;
        asked && self.late.is_empty() && self.names().all(|name| self.is_done(name))
    }

    fn is_done(&self, name: &str) -> bool {
        self.it.party(name).waiting() == 0 && self.it.view(name).finished
    }

    /// Whether a party waits for something that nobody will bring about.
    pub(crate) fn is_stuck(&self, name: &'static str) -> bool {
        let party = self.it.party(name);
        let waits = party.waiting() > 0 || self.late.iter().any(|(whose, _)| *whose == name);
        !waits && party.wake().is_none() && !self.stalled.contains(&name) && !self.is_done(name)
    }
}

fn payload() -> PayloadDraft {
    PayloadDraft { content_string: Some("None.".into()), ..PayloadDraft::default() }
}

impl Decision {
    fn act(self) -> Act {
        let reason = CodeableConcept::text("so decided");
        match self {
            Self::Accept => Act::Accept,
            Self::Respond => {
                Act::Respond { payloads: vec![payload()], note: None, delivery: Delivery::Usual }
            }
            Self::Complete => Act::Complete,
            Self::Reject => Act::Reject { reason },
            Self::Cancel => Act::Cancel { reason },
        }
    }
}

impl World {
    /// The beginning: somebody asks.
    pub(crate) fn begin(&self) -> State {
        let draft = RequestDraft {
            subject: Reference::to("Patient/ann"),
            ask: vec![if self.guide == "r4" || self.guide == "cdex-2019" {
                Asked::Text("the report".into())
            } else {
                Asked::Query("Condition?patient=ann".into())
            }],
            information_sender: Reference::to(&format!("{PROVIDER}/Organization/clinic")),
            information_recipients: vec![Reference::to("Organization/payer")],
            requester: Some(Reference::to("Organization/payer")),
            ..RequestDraft::default()
        };
        let (Ok(request), Some(guide)) = (draft.build(), Guide::named(self.guide)) else {
            unreachable!("the draft is complete and the guide built in")
        };
        let mut it = Simulation::new();
        it.forget();
        let start = RequesterStart {
            request,
            variant: self.variant,
            servers: payer_servers(),
            guide,
            cadence: Cadence::Cdex,
            grace: Grace::NONE,
            calendar: Calendar::default(),
            recipients: Vec::new(),
            seed: Seed::new(1),
        };
        assert!(it.begin(REQUESTER, Start::Requester(start)).is_ok(), "the request can be sent");
        let state = State {
            it,
            late: Vec::new(),
            budget: self.faults,
            decided: Vec::new(),
            stalled: Vec::new(),
            ended: None,
            broken: None,
            print: 0,
        };
        state.settled()
    }

    /// All that can happen next, faults last.
    pub(crate) fn steps(&self, state: &State, steps: &mut Vec<Step>) {
        steps.extend((0..state.late.len()).map(Step::Deliver));
        let sends = |name: &&str| state.it.party(name).waiting() > 0;
        steps.extend(state.names().filter(sends).map(|name| Step::Send(name, Fate::Fine)));
        if !state.it.has(RESPONDER) && arrived(&state.it).is_some() {
            steps.push(Step::Arrive);
        }
        steps.extend(state.stalled.iter().map(|name| Step::Retry(name)));
        for (name, decision) in &self.acts {
            if state.it.has(name) && !state.decided.contains(decision) {
                steps.push(Step::Decide(name, *decision));
            }
        }
        steps.extend(state.names().filter(|name| state.it.party(name).wake().is_some()).map(Step::Wake));
        if state.budget > 0 {
            for name in state.names() {
                let fates = match state.reads(name) {
                    Some(true) => Fate::OF_READS,
                    Some(false) => Fate::OF_WRITES,
                    None => &[],
                };
                steps.extend(fates.iter().map(|fate| Step::Send(name, *fate)));
                steps.push(Step::Crash(name));
            }
            steps.extend((0..state.late.len()).map(Step::DeliverTwice));
        }
    }

    /// What comes of a step; `None` where a machine refuses a decision.
    pub(crate) fn after(&self, state: &State, step: &Step) -> Option<State> {
        let mut next = state.clone();
        let told = match *step {
            Step::Send(name, fate) => next.send(name, fate),
            Step::Deliver(at) => {
                let (name, input) = next.late.remove(at);
                next.it.give(name, input).is_ok()
            }
            Step::DeliverTwice(at) => {
                next.budget -= 1;
                let (name, input) = next.late[at].clone();
                next.it.give(name, input).is_ok()
            }
            Step::Arrive => next.arrive(self),
            Step::Wake(name) => {
                // Nobody else's clock runs on: clocks differ, and tabs sleep.
                next.it.run_on(name, next.it.party(name).wake()?);
                next.it.wakes(name).is_ok()
            }
            Step::Decide(name, decision) => {
                next.it.decide(name, decision.act()).ok()?;
                next.decided.push(decision);
                next.decided.sort_unstable();
                true
            }
            Step::Retry(name) => {
                next.stalled.retain(|stalled| *stalled != name);
                next.it.decide(name, Act::Retry).is_ok()
            }
            Step::Crash(name) => {
                next.budget -= 1;
                next.late.retain(|(whose, _)| *whose != name);
                next.it.crash(name);
                true
            }
        };
        if !told {
            next.broken = Some(format!("what has happened is refused: {step:?}"));
        }
        Some(next.settled())
    }
}

impl State {
    /// Whether the next request of a party is a read, where there is one.
    fn reads(&self, name: &str) -> Option<bool> {
        self.it.party(name).outbox().next().map(|(_, request)| request.method == Method::Get)
    }

    /// Sends the next request. Between a write and its answer anything may happen; reads that wait
    /// together and their answers are one step where nothing befalls them, and that no answer comes is
    /// known at once.
    fn send(&mut self, name: &'static str, fate: Fate) -> bool {
        let reads = self.reads(name) == Some(true);
        self.budget -= u8::from(fate != Fate::Fine);
        let together = if reads && fate == Fate::Fine { self.it.party(name).waiting() } else { 1 };
        (0..together).all(|_| (reads && self.reads(name) != Some(true)) || self.send_one(name, fate, reads))
    }

    fn send_one(&mut self, name: &'static str, fate: Fate, reads: bool) -> bool {
        let bases = self.it.bases();
        if let Some(effect) = fate.effect() {
            for base in &bases {
                self.it.server(base).inject(Fault::next(effect.clone()));
            }
        }
        // So that what is stored later is later.
        self.it.now = self.it.now + Duration::from_millis(u64::from(!reads));
        let answer = self.it.perform(name, 0);
        for base in &bases {
            self.it.server(base).clear_faults();
            self.it.server(base).clear_log();
        }
        match answer {
            Some(input) if matches!(input, Input::Received { .. }) && (!reads || fate == Fate::Late) => {
                self.late.push((name, input));
                true
            }
            Some(input) => self.it.give(name, input).is_ok(),
            None => false,
        }
    }

    fn arrive(&mut self, world: &World) -> bool {
        let (Some(arrived), Some(guide)) = (arrived(&self.it), Guide::named(world.guide)) else {
            return false;
        };
        let start = ResponderStart {
            arrived,
            servers: provider_servers(),
            guide,
            cadence: Cadence::Cdex,
            grace: Grace::NONE,
            calendar: Calendar::default(),
            payer: PayerPolicy::default(),
            seed: Seed::new(3),
        };
        self.it.begin(RESPONDER, Start::Responder(start)).is_ok()
    }

    /// Reads the news, and holds the laws against what the servers have now.
    fn settled(mut self) -> Self {
        for name in [REQUESTER, RESPONDER] {
            if !self.it.has(name) {
                continue;
            }
            for update in self.it.read_updates(name) {
                if matches!(update, Update::Fault { stalled: true, .. }) && !self.stalled.contains(&name) {
                    self.stalled.push(name);
                }
            }
        }
        let broken = self.broken.take().or_else(|| self.check());
        self.broken = broken;
        self.print = fingerprint(&self);
        self
    }

    fn check(&mut self) -> Option<String> {
        let mut seen = std::collections::BTreeSet::new();
        let mut ended = None;
        for base in [PAYER, PROVIDER] {
            for (key, document) in self.it.resources(base) {
                let resource = Resource::read(document)?;
                let kind = resource.resource_type();
                if !seen.insert((base, kind.clone().into_owned())) {
                    return Some(format!("sending twice is sending once: {base} has a {kind} twice"));
                }
                let status = resource.status();
                let is_final = ["rejected", "cancelled", "completed", "failed"];
                if kind == "Task" && (self.ended.is_some() || is_final.contains(&status.as_deref()?)) {
                    ended = Some(format!("{key} {status:?} {:?}", resource.version_id()));
                }
            }
        }
        match (&self.ended, &ended) {
            (Some(before), now) if Some(before) != now.as_ref() => {
                Some(format!("terminal is terminal: {before} became {now:?}"))
            }
            _ => {
                self.ended = ended;
                None
            }
        }
    }
}

/// What the provider's server has that asks its side to act.
fn arrived(it: &Simulation) -> Option<Document> {
    let mut here = it
        .resources(PROVIDER)
        .filter(|(key, _)| key.starts_with("Task/") || key.starts_with("CommunicationRequest/"));
    here.next_back().map(|(_, document)| document.clone())
}
