//! Conversations between machines and servers under a virtual clock.
//!
//! A [`Simulation`] holds servers by base URL and parties by name. A party drives one machine as
//! any driver must: it saves before it sends, performs what it is told, gives answers back, and
//! wakes when it asked to be woken. Weeks pass in a millisecond, and every run is the same.
#![forbid(unsafe_code)]
#![allow(clippy::missing_panics_doc, reason = "a test kit: every assertion is the test failing")]

pub mod chaos;
mod notify;
pub mod starts;
mod together;

pub use notify::Delivery;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    mem,
    sync::Arc,
    time::Duration,
};

use fhir_solicit::{
    actor::{Act, Effect, HOME, Input, Machine, PARTNER, Refusal, Start, Update, View},
    exchange::{HttpRequest, HttpResponse, Method, Servers},
    fhir::Instant,
    json::Document,
};
use fhir_solicit_world as world;
use serde::Serialize;

/// Base URL of the payer's server.
pub const PAYER: &str = "https://payer.example/fhir";
/// Base URL of the provider's server.
pub const PROVIDER: &str = "https://provider.example/fhir";

/// One input to a machine and what it made of it, for replaying in another tongue.
#[derive(Clone, Serialize)]
pub struct Recorded {
    /// What happened.
    pub input: Input,
    /// When.
    pub now: Instant,
    /// What the machine wanted done.
    pub effects: Vec<Effect>,
}

/// Everything one machine was told and wanted.
#[derive(Clone, Serialize)]
pub struct Recording {
    /// How it began.
    pub start: Start,
    /// When.
    pub now: Instant,
    /// What it wanted done first.
    pub effects: Vec<Effect>,
    /// What followed.
    pub steps: Vec<Recorded>,
}

/// A machine and its driver.
#[derive(Clone)]
pub struct Party {
    machine: Machine,
    servers: Servers,
    /// What a store holds, where that is not the state as it is now.
    saved: Option<Machine>,
    outbox: VecDeque<(u32, HttpRequest)>,
    wake: Option<Instant>,
    /// From when on it may be woken with others.
    from: Option<Instant>,
    skew: i64,
    /// What it wants said over its socket, and whether that is open.
    line: notify::Line,
    /// All news so far.
    pub updates: Vec<Update>,
    /// Shared by all clones until one of them goes on; none where the machine began elsewhere.
    recording: Option<Arc<Recording>>,
}

/// Servers, parties and the time. A clone is a second world with the same past.
#[derive(Clone)]
pub struct Simulation {
    /// The time.
    pub now: Instant,
    servers: BTreeMap<String, world::Server>,
    parties: BTreeMap<String, Party>,
    /// How notifications travel.
    pub post: notify::Post,
    /// One line for each request: who, what, and the status that came back.
    pub transcript: Vec<String>,
    /// How many requests were performed.
    pub requests: usize,
    remembers: bool,
    /// What servers have not answered usefully for several at once: base URL and kind of request.
    unbatched: BTreeSet<(String, String)>,
}

impl Default for Simulation {
    fn default() -> Self {
        Self::new()
    }
}

impl Simulation {
    /// A payer's and a provider's server, both empty, on a morning in 2026.
    pub fn new() -> Self {
        Self::with_servers([PAYER, PROVIDER])
    }

    /// Servers at these bases, all empty, on the same morning.
    pub fn with_servers<'b>(bases: impl IntoIterator<Item = &'b str>) -> Self {
        let servers = bases.into_iter().map(|base| (base.to_owned(), world::Server::new(base)));
        Self {
            now: Instant::from_unix_milliseconds(1_795_000_000_000),
            servers: servers.collect(),
            parties: BTreeMap::new(),
            post: notify::Post::default(),
            transcript: Vec::new(),
            requests: 0,
            remembers: true,
            unbatched: BTreeSet::new(),
        }
    }

    /// Writes neither transcript nor recordings from now on: for whoever runs millions.
    pub fn forget(&mut self) {
        self.remembers = false;
    }

    /// Begins a machine under `name`.
    ///
    /// # Errors
    /// What the machine refuses.
    pub fn begin(&mut self, name: &str, start: Start) -> Result<(), Refusal> {
        let servers = match &start {
            Start::Requester(start) => start.servers.clone(),
            Start::Responder(start) => start.servers.clone(),
            Start::Inbox(start) => start.servers.clone(),
            Start::InformationRecipient(start) => start.servers.clone(),
            Start::Subscriber(start) => start.servers.clone(),
        };
        let step = Machine::begin(start.clone(), self.now)?;
        let effects = if self.remembers { step.effects.clone() } else { Vec::new() };
        let recording = Recording { start, now: self.now, effects, steps: Vec::new() };
        assert!(step.effects.first() == Some(&Effect::Save), "a beginning is saved");
        let mut party = Party::new(step.state, servers, Some(Arc::new(recording)));
        party.perform(step.effects);
        self.parties.insert(name.to_owned(), party);
        Ok(())
    }

    /// Opens, under `name`, what was saved elsewhere: in another tab, on another machine, by an earlier version.
    pub fn restore(&mut self, name: &str, machine: Machine) {
        let servers = machine.view(self.now).servers;
        self.parties.insert(name.to_owned(), Party::new(machine, servers, None));
        let told = self.give(name, Input::Restored);
        assert!(told.is_ok(), "restoring is never refused");
    }

    /// Sets a party's clock so many milliseconds ahead of everybody else's, or behind.
    pub fn skew(&mut self, name: &str, milliseconds: i64) {
        self.party_mut(name).skew = milliseconds;
    }

    /// Lets a party's clock, and nobody else's, run on to `at`.
    pub fn run_on(&mut self, name: &str, at: Instant) {
        let ahead = at.unix_milliseconds() - self.now.unix_milliseconds();
        self.party_mut(name).skew += ahead.max(0);
    }

    /// The time by a party's clock.
    pub fn clock(&self, name: &str) -> Instant {
        Instant::from_unix_milliseconds(self.now.unix_milliseconds() + self.parties[name].skew)
    }

    /// Tells a party what its user decided, without performing anything yet.
    ///
    /// # Errors
    /// What the machine refuses.
    pub fn decide(&mut self, name: &str, act: Act) -> Result<(), Refusal> {
        self.give(name, Input::Do(act))
    }

    /// Gives an input to a party.
    ///
    /// # Errors
    /// What the machine refuses; its state is then as before.
    pub fn give(&mut self, name: &str, input: Input) -> Result<(), Refusal> {
        let (now, remembers) = (self.now, self.remembers);
        let party = self.party_mut(name);
        let now = Instant::from_unix_milliseconds(now.unix_milliseconds() + party.skew);
        let told = remembers.then(|| input.clone());
        let step = party.machine.handle(input, now)?;
        let before = mem::replace(&mut party.machine, step.state);
        // What was not said to be saved is lost in a crash.
        party.saved.get_or_insert(before);
        if let (Some(input), Some(recording)) = (told, &mut party.recording) {
            let effects = step.effects.clone();
            Arc::make_mut(recording).steps.push(Recorded { input, now, effects });
        }
        party.perform(step.effects);
        Ok(())
    }

    /// A user's decision, and everything that follows from it at once.
    ///
    /// # Errors
    /// What the machine refuses.
    pub fn act(&mut self, name: &str, act: Act) -> Result<(), Refusal> {
        self.decide(name, act)?;
        self.settle();
        Ok(())
    }

    /// Performs one request of any party; `false` where none waits.
    pub fn exchange_one(&mut self) -> bool {
        let waits = |(name, party): (&String, &Party)| (!party.outbox.is_empty()).then(|| name.clone());
        let Some(name) = self.parties.iter().find_map(waits) else { return false };
        if let Some(input) = self.perform(&name, 0) {
            let told = self.give(&name, input);
            assert!(told.is_ok(), "an answer is never refused");
        }
        true
    }

    /// Performs one of the requests that a party wants performed, and gives what came of it, which
    /// nobody has told the party yet; `None` where no so many wait.
    pub fn perform(&mut self, name: &str, index: usize) -> Option<Input> {
        let (id, request) = self.party_mut(name).outbox.remove(index)?;
        Some(match self.transport(name, &request) {
            Some(response) => Input::Received { id, response },
            None => Input::Failed { id },
        })
    }

    /// Performs requests until nobody has any.
    pub fn settle(&mut self) {
        let mut exchanges = 0;
        while self.exchange_one() || self.carry_one() {
            exchanges += 1;
            assert!(exchanges < 10_000, "the parties never come to rest");
        }
    }

    /// Lets `duration` pass: everybody wakes when they asked to.
    pub fn pass(&mut self, duration: Duration) {
        let until = self.now + duration;
        self.settle();
        loop {
            let wakes =
                self.parties.iter().filter_map(|(name, party)| Some((party.wake()?, Some(name.clone()))));
            let heartbeats = self.next_notification().map(|at| (at, None));
            let Some((at, name)) = wakes.chain(heartbeats).min().filter(|(at, _)| *at <= until) else {
                break;
            };
            self.now = self.now.max(at);
            let Some(name) = name else {
                self.settle();
                continue;
            };
            let told = self.wakes(&name);
            assert!(told.is_ok(), "waking is never refused");
            self.settle();
        }
        self.now = until;
    }

    /// A party loses everything but what it saved, and begins again from there.
    pub fn crash(&mut self, name: &str) {
        let party = self.party_mut(name);
        let saved = serde_json::to_string(party.saved()).unwrap_or_default();
        let restored = serde_json::from_str(&saved);
        assert!(restored.is_ok(), "the saved state can be read");
        party.saved = None;
        if let Ok(machine) = restored {
            party.machine = machine;
        }
        party.outbox.clear();
        party.wake = None;
        party.line = notify::Line::default();
        let told = self.give(name, Input::Restored);
        assert!(told.is_ok(), "restoring is never refused");
    }

    /// A server, to look into or to break.
    pub fn server(&mut self, base: &str) -> &mut world::Server {
        let server = self.servers.get_mut(base);
        assert!(server.is_some(), "no server at {base}");
        server.into_iter().next().unwrap_or_else(|| unreachable!())
    }

    /// The base URLs of all servers.
    pub fn bases(&self) -> Vec<String> {
        self.servers.keys().cloned().collect()
    }

    /// Whether there is such a party.
    pub fn has(&self, name: &str) -> bool {
        self.parties.contains_key(name)
    }

    /// What a party's user may see.
    pub fn view(&self, name: &str) -> View {
        let party = &self.parties[name];
        party.machine.view(self.clock(name))
    }

    /// What a party was told and wanted.
    pub fn recording(&self, name: &str) -> &Recording {
        let recording = self.parties[name].recording.as_deref();
        assert!(recording.is_some(), "{name} began elsewhere");
        recording.unwrap_or_else(|| unreachable!())
    }

    /// A party.
    pub fn party(&self, name: &str) -> &Party {
        &self.parties[name]
    }

    /// Forgets what a party's user was told so far, and gives it.
    pub fn read_updates(&mut self, name: &str) -> Vec<Update> {
        mem::take(&mut self.party_mut(name).updates)
    }

    fn party_mut(&mut self, name: &str) -> &mut Party {
        let party = self.parties.get_mut(name);
        assert!(party.is_some(), "no party {name}");
        party.into_iter().next().unwrap_or_else(|| unreachable!())
    }

    /// What a server holds now, by `Type/id`.
    pub fn resources(&self, base: &str) -> impl DoubleEndedIterator<Item = (&str, &Document)> {
        self.servers.get(base).map(|server| server.resources().collect::<Vec<_>>()).into_iter().flatten()
    }

    /// A party wakes.
    ///
    /// # Errors
    /// What the machine refuses, which it never does.
    pub fn wakes(&mut self, name: &str) -> Result<(), Refusal> {
        self.party_mut(name).wake = None;
        self.give(name, Input::Woke)
    }

    /// Resources of one type that a server holds now.
    pub fn stored(&mut self, base: &str, resource_type: &str) -> Vec<Document> {
        let prefix = format!("{resource_type}/");
        let resources = self.server(base).resources();
        resources.filter(|(key, _)| key.starts_with(&prefix)).map(|(_, document)| document.clone()).collect()
    }

    fn transport(&mut self, name: &str, request: &HttpRequest) -> Option<HttpResponse> {
        let base = self.parties[name].servers.base(&request.server)?.to_owned();
        let method = match request.method {
            Method::Get => world::Method::Get,
            Method::Post => world::Method::Post,
            Method::Put => world::Method::Put,
        };
        let mut sent = world::Request::new(method, &request.url);
        for (header, value) in request.headers.iter() {
            sent = sent.with_header(header, value);
        }
        if let Some(body) = &request.body {
            sent = sent.with_body("application/fhir+json", body);
        }
        let now = self.now;
        let response = self.server(&base).handle(&sent, now).response;
        self.requests += 1;
        if self.remembers {
            let status = response.as_ref().map_or("lost".to_owned(), |response| response.status.to_string());
            let url = request.url.split('?').next().unwrap_or_default();
            let host = base.trim_start_matches("https://").split('.').next().unwrap_or_default();
            self.transcript.push(format!("{name} → {host}: {} {url} {status}", request.method));
        }
        let response = response?;
        Some(HttpResponse {
            status: response.status,
            headers: response.headers.iter().map(|(header, value)| (header, value.clone())).collect(),
            body: response.body.unwrap_or_default(),
        })
    }
}

impl Party {
    fn new(machine: Machine, servers: Servers, recording: Option<Arc<Recording>>) -> Self {
        Self {
            machine,
            servers,
            saved: None,
            outbox: VecDeque::new(),
            wake: None,
            from: None,
            skew: 0,
            line: notify::Line::default(),
            updates: Vec::new(),
            recording,
        }
    }

    /// What its store holds.
    pub fn saved(&self) -> &Machine {
        self.saved.as_ref().unwrap_or(&self.machine)
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Save => self.saved = None,
                Effect::Send { id, request, .. } => self.outbox.push_back((id, request)),
                Effect::WakeAt { at, from } => (self.wake, self.from) = (Some(at), from),
                Effect::Report { update } => self.updates.push(update),
                Effect::Connect { message, .. } => self.line.say(message),
                Effect::Disconnect => self.line.close(),
            }
        }
    }

    /// When it will wake, by everybody else's clock.
    pub fn wake(&self) -> Option<Instant> {
        let at = self.wake?;
        Some(Instant::from_unix_milliseconds(at.unix_milliseconds() - self.skew))
    }

    /// How many requests wait to be performed.
    pub fn waiting(&self) -> usize {
        self.outbox.len()
    }

    /// The requests that wait to be performed, and what they are called.
    pub fn outbox(&self) -> impl Iterator<Item = &(u32, HttpRequest)> {
        self.outbox.iter()
    }

    /// The machine.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }
}

/// The servers of a payer that asks a provider.
pub fn payer_servers() -> Servers {
    servers(PAYER, PROVIDER)
}

/// The servers of a provider that a payer asks.
pub fn provider_servers() -> Servers {
    servers(PROVIDER, PAYER)
}

fn servers(home: &str, partner: &str) -> Servers {
    let bases =
        BTreeMap::from([(HOME.to_owned(), home.to_owned()), (PARTNER.to_owned(), partner.to_owned())]);
    Servers::try_from(bases).unwrap_or_default()
}
