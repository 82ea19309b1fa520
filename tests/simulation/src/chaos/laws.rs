//! What holds whatever happens.

use std::collections::{BTreeMap, BTreeSet};

use fhir_solicit::{
    actor::{Arrived, Content, Machine, Update, View},
    exchange::{HttpRequest, Method},
    fhir::Resource,
    json::{Document, Value},
    solicitation::{Solicitation, State},
};
use fhir_solicit_world::{Effect, Quirk};

use super::{Exchange, SECRET, tabs::Tab};
use crate::Simulation;

/// Requests in all that one party may make in an hour of virtual time, however it is treated:
/// far above what polling and patience allow, far below a busy loop.
const MOST_IN_AN_HOUR: usize = 400;

#[derive(Default)]
pub(super) struct Laws {
    /// Tasks that are final: their status and version.
    ended: BTreeMap<String, (String, Option<String>)>,
    /// Servers that do not look at `If-None-Exist`, and those at which two that write at the same
    /// time undo each other's work.
    blind: BTreeSet<String>,
    careless: BTreeSet<String>,
    /// How many news of each party were read.
    read: BTreeMap<String, usize>,
    /// What each party has read of each Task since it last wrote it: the number of the request, and whether the
    /// Task was final.
    looks: BTreeMap<(String, String), Vec<(u32, bool)>>,
    /// How many requests each server has had.
    seen: BTreeMap<String, usize>,
    /// What each inbox has told since it was opened last, and what of it is in good hands.
    told: BTreeMap<String, BTreeSet<String>>,
    acknowledged: BTreeSet<(String, String)>,
    acknowledging: Vec<(String, String)>,
    /// The state that each party told last.
    state: BTreeMap<String, Solicitation>,
    /// What each requester has got.
    results: BTreeMap<String, Vec<String>>,
}

const FINAL: [&str; 4] = ["rejected", "cancelled", "completed", "failed"];

/// The first business identifier.
pub(super) fn identifier(document: &Document) -> Option<String> {
    Resource::read(document)?.identifiers().last()?.token()
}

pub(super) fn describe(it: &Simulation, exchange: &Exchange) -> String {
    let of = |name: &String| {
        if !it.has(name) {
            return format!("{name} has not begun");
        }
        let view = it.view(name);
        let seen = view.solicitation.map(|seen| (seen.state, seen.why, seen.lost, seen.conflict));
        format!("{name} {seen:?} finished {} wakes {:?}", view.finished, it.party(name).wake().is_some())
    };
    format!("{}, {}", of(&exchange.requester), of(&exchange.responder))
}

impl Laws {
    pub(super) fn know(&mut self, base: &str, effect: &Effect) {
        match effect {
            Effect::IgnoreIfNoneExist => self.blind.insert(base.to_owned()),
            Effect::IgnoreIfMatch | Effect::Quirk { quirk: Quirk::Unversioned } => {
                self.careless.insert(base.to_owned())
            }
            _ => false,
        };
    }

    /// Holds the next request of a party to be performed, the `index`th of those that wait.
    ///
    /// Terminal is terminal: where a server heeds `If-Match` it sees to that itself. Where it does not, whoever
    /// writes a Task must at least have looked since it last did, and not have seen it final: only what was written
    /// in between, while the write was on its way, nobody could know.
    pub(super) fn sends(&mut self, it: &Simulation, name: &str, index: usize) -> Result<(), String> {
        let Some((id, request)) = it.party(name).outbox().nth(index) else { return Ok(()) };
        let base = it.view(name).servers.base(&request.server).unwrap_or_default().to_owned();
        if request.method == Method::Post || !request.url.starts_with("Task/") {
            return Ok(());
        }
        let looks = self.looks.entry((name.to_owned(), format!("{base}/{}", request.url))).or_default();
        if request.method == Method::Get {
            // What is decided before the answer comes cannot heed it.
            let writes = |of: &HttpRequest| {
                of.method == Method::Put && (&of.server, &of.url) == (&request.server, &request.url)
            };
            if it.party(name).outbox().any(|(_, waiting)| writes(waiting)) {
                return Ok(());
            }
            let mut resources = it.resources(&base);
            let task = resources.find(|(key, _)| *key == request.url).map(|(_, document)| document.root());
            let status = task.and_then(|task| task.string("status"));
            looks.push((*id, status.is_some_and(|status| FINAL.contains(&&*status))));
            return Ok(());
        }
        // What was asked for later may have come sooner, or after the write was on its way.
        let known = looks.iter().filter(|(look, _)| look < id).max().copied();
        looks.clear();
        match known {
            Some((_, true)) if self.careless.contains(&base) => {
                Err(format!("terminal is terminal: {name} writes {} at {base}", request.url))
            }
            Some(_) => Ok(()),
            None => Err(format!("who writes looks first: {name} writes {} at {base}", request.url)),
        }
    }

    /// Whether a server cannot know that a create comes twice.
    pub(super) fn is_blind(&self, base: &str) -> bool {
        self.blind.contains(base)
    }

    /// Whether a server is one at which two that write at the same time undo or double each other's work.
    pub(super) fn needs_one_place(&self, base: &str) -> bool {
        self.is_blind(base) || self.careless.contains(base)
    }

    /// `name` has lost its memory: who was told may be told again.
    pub(super) fn forget_what_was_told(&mut self, name: &str) {
        self.told.remove(name);
        self.state.remove(name);
    }

    /// What arrived is in good hands.
    pub(super) fn acknowledged(&mut self, inbox: &str, arrived: Option<&str>) {
        self.acknowledging.extend(arrived.map(|arrived| (inbox.to_owned(), arrived.to_owned())));
    }

    /// What is new is told once (R102).
    fn told_once(&mut self, name: &str, update: &Update) -> Result<(), String> {
        match update {
            Update::Arrived { resource, .. } => {
                let key = Resource::read(resource)
                    .and_then(|it| Some(format!("{}/{}", it.resource_type(), it.id()?)));
                let key = key.unwrap_or_default();
                let again = self.acknowledged.contains(&(name.to_owned(), key.clone()));
                let is_new = self.told.entry(name.to_owned()).or_default().insert(key.clone());
                if again || !is_new {
                    return Err(format!("results are told once: {name} tells of {key} again"));
                }
            }
            Update::State { solicitation } => {
                let told = self.state.insert(name.to_owned(), (**solicitation).clone());
                if told.is_some_and(|told| told == **solicitation) {
                    return Err(format!("results are told once: {name} tells the same state twice"));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// What a requester has got, it has once, and keeps (R102).
    fn results_once(&mut self, it: &Simulation, name: &str) -> Result<(), String> {
        let Machine::Requester(machine) = it.party(name).machine() else { return Ok(()) };
        let place = |one: &Arrived| format!("{}/{}", one.at.server, one.at.url);
        let now: Vec<String> = machine.communications().iter().map(place).collect();
        let before = self.results.entry(name.to_owned()).or_default();
        if !now.starts_with(before) {
            return Err(format!("results are kept: {name} had {before:?} and has {now:?}"));
        }
        if now.len() > before.len() && now.iter().collect::<BTreeSet<_>>().len() < now.len() {
            return Err(format!("results come once: {name} has {now:?}"));
        }
        *before = now;
        Ok(())
    }

    pub(super) fn check(&mut self, it: &mut Simulation, parties: &[String]) -> Result<(), String> {
        for base in it.bases() {
            let count = it.server(&base).log().len();
            if self.seen.insert(base.clone(), count) != Some(count) {
                self.check_server(it, &base)?;
            }
        }
        for name in parties {
            self.results_once(it, name)?;
            let updates = &it.party(name).updates;
            let read = self.read.insert(name.clone(), updates.len()).unwrap_or_default();
            for update in &updates[read..] {
                self.told_once(name, update)?;
                let said = match update {
                    Update::Notice { text } => text.clone(),
                    Update::Fault { doing, fault, .. } => format!("{doing} {fault} {fault:?}"),
                    Update::State { solicitation } => solicitation.why.clone(),
                    Update::Arrived { .. }
                    | Update::News { .. }
                    | Update::Receipt { .. }
                    | Update::Subscription { .. } => String::new(),
                };
                if said.contains(SECRET) {
                    return Err(format!("no values: {name} tells a patient's data"));
                }
            }
        }
        self.acknowledged.extend(self.acknowledging.drain(..));
        Ok(())
    }

    fn check_server(&mut self, it: &mut Simulation, base: &str) -> Result<(), String> {
        let careless = self.careless.contains(base);
        let server = it.server(base);
        let log = server.log();
        let now = log.last().map(|last| last.at);
        let recent =
            log.iter().rev().take_while(|one| now.is_some_and(|now| now.since(one.at).as_secs() < 3600));
        let recent = recent.count();
        if recent > MOST_IN_AN_HOUR {
            return Err(format!("monotone patience: {base} had {recent} requests in an hour"));
        }
        let (mut identifiers, mut foci) = (BTreeSet::new(), BTreeSet::new());
        for (key, document) in server.resources() {
            if let Some(identifier) = identifier(document) {
                let kind = key.split('/').next().unwrap_or_default();
                if !identifiers.insert(format!("{kind} {identifier}")) {
                    return Err(format!("sending twice is sending once: {base} has a {kind} twice"));
                }
            }
            let focus = document.root().pointer("/focus/reference").and_then(Value::as_str);
            if key.starts_with("Task/") && focus.is_some_and(|focus| !foci.insert(focus)) {
                return Err(format!("sending twice is sending once: {base} has two Tasks with one focus"));
            }
            if !key.starts_with("Task/") || careless {
                continue;
            }
            let status = document.root().string("status").unwrap_or_default().into_owned();
            let version =
                document.root().pointer("/meta/versionId").and_then(|it| it.as_str().map(Into::into));
            let place = format!("{base}/{key}");
            let known = self.ended.get(&place);
            if known.is_some_and(|known| (&known.0, &known.1) != (&status, &version)) {
                return Err(format!(
                    "terminal is terminal: {place} was {known:?} and is {status} {version:?}"
                ));
            }
            if FINAL.contains(&status.as_str()) {
                self.ended.insert(place, (status, version));
            }
        }
        Ok(())
    }
}

/// In the end both sides, in every tab, and both servers say the same.
pub(super) fn agree(it: &Simulation, exchanges: &[Exchange], tabs: &[Tab]) -> Result<(), String> {
    let copies = |name: &String| {
        let copies = tabs.iter().filter(|tab| tab.of == *name).map(|tab| tab.name.clone());
        copies.chain([name.clone()]).collect::<Vec<_>>()
    };
    for exchange in exchanges.iter().filter(|exchange| it.has(&exchange.responder)) {
        for requester in copies(&exchange.requester) {
            for responder in copies(&exchange.responder) {
                agree_in(it, exchange, &it.view(&requester), &it.view(&responder))?;
            }
            comes_once(&requester, &it.view(&requester))?;
        }
    }
    Ok(())
}

fn agree_in(it: &Simulation, exchange: &Exchange, asked: &View, answered: &View) -> Result<(), String> {
    let states = (
        asked.solicitation.as_ref().map(|seen| seen.recipients[exchange.recipient].state),
        answered.solicitation.as_ref().map(|seen| seen.state),
    );
    if asked.recipients[exchange.recipient].task.is_none() || answered.task.is_none() {
        return Ok(());
    }
    let fits = match states {
        (Some(one), Some(other)) => {
            one == other || one == State::Cancelled || other == State::Cancelled
                // Closed by who asked, whatever became of it there.
                || one == State::Answered
        }
        _ => false,
    };
    let told = || format!("both sides agree in the end: {}", describe(it, exchange));
    if fits { Ok(()) } else { Err(told()) }
}

fn comes_once(name: &str, asked: &View) -> Result<(), String> {
    let mut places = BTreeSet::new();
    for communication in &asked.communications {
        // What was submitted has no identifier of its own.
        let of_content = |one: &Content| one.document.as_ref().and_then(identifier);
        let is_own = communication.document.root().get("id").is_some();
        let contents: Vec<_> = communication.contents.iter().filter_map(of_content).collect();
        let contents = if is_own { Vec::new() } else { contents };
        if !places.insert((identifier(&communication.document), contents)) {
            return Err(format!("{name} has one Communication twice"));
        }
    }
    Ok(())
}
