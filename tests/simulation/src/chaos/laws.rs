//! What holds whatever happens.

use std::collections::{BTreeMap, BTreeSet};

use fhir_solicit::{
    actor::{Content, Update},
    exchange::Method,
    fhir::Resource,
    json::Document,
    solicitation::State,
};
use fhir_solicit_world::{Effect, Quirk};

use super::{Exchange, SECRET};
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
            Some((_, false)) => Ok(()),
            Some((_, true)) => Err(format!("terminal is terminal: {name} writes {} at {base}", request.url)),
            None => Err(format!("who writes looks first: {name} writes {} at {base}", request.url)),
        }
    }

    /// Whether a server cannot know that a create comes twice.
    pub(super) fn is_blind(&self, base: &str) -> bool {
        self.blind.contains(base)
    }

    pub(super) fn check(&mut self, it: &mut Simulation, parties: &[String]) -> Result<(), String> {
        for base in it.bases() {
            let count = it.server(&base).log().len();
            if self.seen.insert(base.clone(), count) != Some(count) {
                self.check_server(it, &base)?;
            }
        }
        for name in parties {
            let read = self.read.entry(name.clone()).or_default();
            let updates = &it.party(name).updates;
            for update in &updates[*read..] {
                let said = match update {
                    Update::Notice { text } => text.clone(),
                    Update::Fault { doing, fault, .. } => format!("{doing} {fault} {fault:?}"),
                    Update::State { solicitation } => solicitation.why.clone(),
                    Update::Arrived { .. } | Update::News { .. } | Update::Subscription { .. } => {
                        String::new()
                    }
                };
                if said.contains(SECRET) {
                    return Err(format!("no values: {name} tells a patient's data"));
                }
            }
            *read = updates.len();
        }
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
        let mut identifiers = BTreeSet::new();
        for (key, document) in server.resources() {
            if let Some(identifier) = identifier(document) {
                let kind = key.split('/').next().unwrap_or_default();
                if !identifiers.insert(format!("{kind} {identifier}")) {
                    return Err(format!("sending twice is sending once: {base} has a {kind} twice"));
                }
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

/// In the end both sides and both servers say the same.
pub(super) fn agree(it: &Simulation, exchanges: &[Exchange]) -> Result<(), String> {
    for exchange in exchanges.iter().filter(|exchange| it.has(&exchange.responder)) {
        let (asked, answered) = (it.view(&exchange.requester), it.view(&exchange.responder));
        let states = (
            asked.solicitation.as_ref().map(|seen| seen.recipients[exchange.recipient].state),
            answered.solicitation.as_ref().map(|seen| seen.state),
        );
        if asked.recipients[exchange.recipient].task.is_some() && answered.task.is_some() {
            let fits = match states {
                (Some(one), Some(other)) => {
                    one == other || one == State::Cancelled || other == State::Cancelled
                        // Closed by who asked, whatever became of it there.
                        || one == State::Answered
                }
                _ => false,
            };
            if !fits {
                return Err(format!("both sides agree in the end: {}", describe(it, exchange)));
            }
        }
        let mut places = BTreeSet::new();
        for communication in &asked.communications {
            // What was submitted has no identifier of its own.
            let of_content = |one: &Content| one.document.as_ref().and_then(identifier);
            let is_own = communication.document.root().get("id").is_some();
            let contents: Vec<_> = communication.contents.iter().filter_map(of_content).collect();
            let contents = if is_own { Vec::new() } else { contents };
            if !places.insert((identifier(&communication.document), contents)) {
                return Err(format!("{} has one Communication twice", exchange.requester));
            }
        }
    }
    Ok(())
}
