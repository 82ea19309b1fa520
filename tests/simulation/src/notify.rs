//! How notifications travel, and what happens to them on the way.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use fhir_solicit::{
    actor::{Input, Machine, Update},
    fhir::Instant,
};
use fhir_solicit_world::{Outgoing, Via};

use crate::{Party, Simulation};

/// What becomes of the next notifications, one of these for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It arrives.
    Arrives,
    /// It is lost.
    Lost,
    /// It arrives twice.
    Twice,
    /// It arrives after the next.
    Overtaken,
}

/// A party's end of a socket.
#[derive(Clone, Default)]
pub(crate) struct Line {
    open: bool,
    to_say: VecDeque<String>,
    to_close: bool,
}

impl Line {
    pub(crate) fn say(&mut self, message: String) {
        self.to_say.push_back(message);
    }

    pub(crate) fn close(&mut self) {
        self.to_say.clear();
        self.to_close = true;
    }
}

/// All that is on its way.
#[derive(Clone, Default)]
pub struct Post {
    /// What becomes of the next ones; after these all arrive.
    pub fate: VecDeque<Delivery>,
    /// Whether sockets can be opened.
    pub no_sockets: bool,
    /// Who is told, by the subscriber that tells.
    shared: BTreeMap<String, BTreeSet<String>>,
    /// How many of a party's news were passed on.
    passed: BTreeMap<String, usize>,
    held: Option<Outgoing>,
    /// How many notifications were said.
    pub said: usize,
}

impl Simulation {
    /// Lets the parties `sharing` be told of what `subscriber` is told.
    pub fn share(&mut self, subscriber: &str, sharing: &[&str]) {
        let names = sharing.iter().map(|name| (*name).to_owned());
        self.post.shared.entry(subscriber.to_owned()).or_default().extend(names);
    }

    /// A party is gone, and nobody is told.
    pub fn leave(&mut self, name: &str) {
        self.parties.remove(name);
    }

    /// Cuts a party's socket.
    pub fn cut(&mut self, name: &str) {
        let socket = self.socket_of(name);
        self.servers.values_mut().for_each(|server| server.hang_up(socket));
        self.party_mut(name).line.open = false;
        assert!(self.give(name, Input::Closed).is_ok(), "a closed socket is never refused");
    }

    /// When a server has something to say next of itself.
    pub(crate) fn next_notification(&self) -> Option<Instant> {
        let next = self.servers.values().filter_map(fhir_solicit_world::Server::next_heartbeat).min();
        next.map(|at| at.max(self.now))
    }

    /// Carries one thing: what a party says, what a server says, or what a subscriber passes on.
    pub(crate) fn carry_one(&mut self) -> bool {
        self.pass_on() || self.carry_line() || self.carry_notification()
    }

    fn socket_of(&self, name: &str) -> u64 {
        self.parties.keys().position(|one| one == name).unwrap_or_default() as u64
    }

    fn carry_line(&mut self) -> bool {
        let busy = |(_, party): &(&String, &Party)| party.line.to_close || !party.line.to_say.is_empty();
        let Some(name) = self.parties.iter().find(busy).map(|(name, _)| name.clone()) else { return false };
        let (socket, now, no_sockets) = (self.socket_of(&name), self.now, self.post.no_sockets);
        if std::mem::take(&mut self.party_mut(&name).line.to_close) {
            self.servers.values_mut().for_each(|server| server.hang_up(socket));
            self.party_mut(&name).line.open = false;
            return true;
        }
        let message = self.party_mut(&name).line.to_say.pop_front().unwrap_or_default();
        let heard = !no_sockets && self.servers.values_mut().any(|server| server.hear(socket, &message, now));
        self.party_mut(&name).line.open = heard;
        if !heard {
            self.cut(&name);
        }
        true
    }

    fn carry_notification(&mut self) -> bool {
        let now = self.now;
        let said: Vec<Outgoing> =
            self.servers.values_mut().flat_map(|server| server.notifications(now)).collect();
        let any = !said.is_empty();
        for one in said {
            self.post.said += 1;
            match self.post.fate.pop_front().unwrap_or(Delivery::Arrives) {
                Delivery::Arrives => self.deliver(&one),
                Delivery::Lost => {}
                Delivery::Twice => {
                    self.deliver(&one);
                    self.deliver(&one);
                }
                Delivery::Overtaken => {
                    self.post.held = Some(one);
                    continue;
                }
            }
            if let Some(held) = self.post.held.take() {
                self.deliver(&held);
            }
        }
        any
    }

    /// Lets something arrive that says it is a notification.
    pub fn notify(&mut self, name: &str, bundle: &str) {
        let told = self.give(name, Input::Notification { bundle: bundle.to_owned() });
        assert!(told.is_ok(), "a notification is never refused");
    }

    fn deliver(&mut self, one: &Outgoing) {
        // A relay is known by the name of the party behind it: `https://relay.example/NAME`.
        let to = |name: &String| match &one.via {
            Via::RestHook { endpoint, .. } => endpoint.rsplit('/').next() == Some(name),
            Via::Websocket(socket) => self.socket_of(name) == *socket && self.parties[name].line.open,
        };
        let Some(name) = self.parties.keys().find(|name| to(name)).cloned() else { return };
        self.notify(&name, &one.body);
    }

    /// Passes on what a subscriber tells.
    fn pass_on(&mut self) -> bool {
        for (subscriber, sharing) in self.post.shared.clone() {
            let Some(party) = self.parties.get(&subscriber) else { continue };
            let passed = self.post.passed.entry(subscriber.clone()).or_default();
            let Some(update) = party.updates.get(*passed).cloned() else { continue };
            *passed += 1;
            if let Some(input) = input_of(&update) {
                for name in sharing {
                    assert!(self.give(&name, input.clone()).is_ok(), "news is never refused");
                }
            }
            return true;
        }
        false
    }

    /// How a subscriber says the subscription is.
    pub fn watching(&self, name: &str) -> fhir_solicit::actor::Watching {
        match self.party(name).machine() {
            Machine::Subscriber(machine) => machine.watching(self.now),
            _ => unreachable!("{name} is no subscriber"),
        }
    }
}

/// What an exchange is told where a subscriber tells this.
fn input_of(update: &Update) -> Option<Input> {
    match update {
        Update::News { about } => Some(Input::Notified { about: Some(about.clone()) }),
        Update::Subscription { watching } => {
            Some(Input::Watched { base: watching.base.clone(), until: watching.until })
        }
        _ => None,
    }
}
