//! Topic-based subscriptions (backport 1.1), and what goes wrong with them.
//!
//! The server notes an event for every version of a Task that passes the filters, and says what it has to say when it
//! is asked to by [`Server::notifications`]: whoever drives it carries that to the subscriber, loses it, doubles it or
//! turns it round.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use fhir_solicit::{
    exchange::subscription::TASK_TOPIC,
    fhir::Instant,
    json::{Document, Value},
};
use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::{
    message::{Method, Response},
    refusal::{Answer, Refusal},
    route::Call,
    search,
    server::Server,
};

const BACKPORT: &str = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/";
/// How long a token binds a socket.
const TOKEN_LIFE: Duration = Duration::from_secs(3600);

/// The way a notification takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Via {
    /// To this URL, with these header lines.
    RestHook {
        /// The URL.
        endpoint: String,
        /// The lines.
        header: Vec<String>,
    },
    /// Over this socket.
    Websocket(u64),
}

/// Something that the server says to a subscriber. `Debug` does not show the body.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Outgoing {
    /// The way.
    pub via: Via,
    /// A Bundle.
    pub body: String,
}

#[derive(Clone)]
struct Event {
    number: u64,
    at: Instant,
    key: String,
}

/// What the server remembers of one subscription, beside the resource.
#[derive(Clone, Default)]
struct Subscribed {
    events: Vec<Event>,
    /// How many of them were said.
    said: usize,
    /// When it last spoke; `None` where it is to say the handshake.
    spoke: Option<Instant>,
    socket: Option<u64>,
}

#[derive(Clone)]
struct Token {
    subscription: String,
    until: Instant,
}

/// All subscriptions of a server that offers them.
#[derive(Clone, Default)]
pub(crate) struct Subscriptions {
    offered: bool,
    /// How far the store was looked through.
    seen: u64,
    by_key: BTreeMap<String, Subscribed>,
    tokens: BTreeMap<String, Token>,
    minted: u64,
    habits: BTreeSet<Habit>,
}

/// What a server does its own way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Habit {
    /// Has no `$events`; the backport lets servers choose.
    NoEvents,
    /// Has no `$status`, though the backport demands it.
    NoStatus,
    /// Sends no heartbeats, whatever it is asked for.
    NoHeartbeats,
    /// Counts events, and says nothing.
    Silence,
    /// Closes a socket over which a second token is said.
    OneToken,
}

impl Subscriptions {
    fn has(&self, habit: Habit) -> bool {
        self.habits.contains(&habit)
    }
}

impl Server {
    /// Offers subscriptions to the topic of HRex from now on.
    pub fn offer_subscriptions(&mut self) {
        self.subscriptions.offered = true;
        self.subscriptions.seen = self.store.sequence();
    }

    /// Takes up a habit of its own.
    pub fn take_up(&mut self, habit: Habit) {
        self.subscriptions.habits.insert(habit);
    }

    /// Gives up a habit.
    pub fn give_up(&mut self, habit: Habit) {
        self.subscriptions.habits.remove(&habit);
    }

    /// Forgets what it counted, as after a restart.
    pub fn count_anew(&mut self) {
        for subscribed in self.subscriptions.by_key.values_mut() {
            (subscribed.events, subscribed.said) = (Vec::new(), 0);
        }
    }

    /// Gives all subscriptions this status: `error` or `off`.
    ///
    /// # Errors
    /// [`Refusal`] where a resource cannot be written.
    pub fn break_subscriptions(&mut self, status: &str, now: Instant) -> Result<(), Refusal> {
        let keys: Vec<String> = self.subscriptions.by_key.keys().cloned().collect();
        keys.iter().try_for_each(|key| self.set_status(key, status, now))
    }

    /// What the server has to say by now.
    pub fn notifications(&mut self, now: Instant) -> Vec<Outgoing> {
        self.look_through(now);
        let keys: Vec<String> = self.subscriptions.by_key.keys().cloned().collect();
        keys.iter().flat_map(|key| self.speak(key, now)).collect()
    }

    /// When the next heartbeat is due.
    pub fn next_heartbeat(&self) -> Option<Instant> {
        let due = |(key, subscribed): (&String, &Subscribed)| {
            let speaks = self.via(key).is_some() && text(self.store.content(key)?, "/status") == "active";
            Some(subscribed.spoke.filter(|_| speaks)? + self.heartbeat(key)?)
        };
        self.subscriptions
            .by_key
            .iter()
            .filter_map(due)
            .min()
            .filter(|_| !self.subscriptions.has(Habit::Silence))
    }

    /// Hears a message over a socket; `false` where it closes the socket.
    pub fn hear(&mut self, socket: u64, message: &str, now: Instant) -> bool {
        let token = message
            .strip_prefix("bind-with-token ")
            .and_then(|token| self.subscriptions.tokens.remove(token));
        let Some(token) = token.filter(|token| token.until > now) else { return false };
        let is_bound = self.subscriptions.by_key.values().any(|it| it.socket == Some(socket));
        if is_bound && self.subscriptions.has(Habit::OneToken) {
            self.hang_up(socket);
            return false;
        }
        if let Some(subscribed) = self.subscriptions.by_key.get_mut(&token.subscription) {
            (subscribed.socket, subscribed.spoke) = (Some(socket), None);
        }
        true
    }

    /// A socket has closed.
    pub fn hang_up(&mut self, socket: u64) {
        for subscribed in self.subscriptions.by_key.values_mut().filter(|it| it.socket == Some(socket)) {
            subscribed.socket = None;
        }
    }

    /// Notes what has happened since it last looked.
    pub(crate) fn look_through(&mut self, now: Instant) {
        if !self.subscriptions.offered {
            return;
        }
        let seen = std::mem::replace(&mut self.subscriptions.seen, self.store.sequence());
        let new = |kind: &'static str| {
            let rows = self.store.rows(Some(kind)).filter(|row| row.version.sequence > seen);
            rows.map(|row| (row.version.sequence, row.key.to_owned())).collect::<Vec<_>>()
        };
        let (mut tasks, subscriptions) = (new("Task"), new("Subscription"));
        tasks.sort_unstable();
        for (_, key) in subscriptions {
            let subscribed = self.subscriptions.by_key.entry(key.clone()).or_default();
            if self.store.content(&key).is_some_and(|it| text(it, "/status") == "requested") {
                subscribed.spoke = None;
            }
        }
        for (_, task) in tasks {
            let keys = self.subscriptions.by_key.keys().filter(|key| self.wants(key, &task));
            for key in keys.cloned().collect::<Vec<_>>() {
                let Some(subscribed) = self.subscriptions.by_key.get_mut(&key) else { continue };
                let number = subscribed.events.len() as u64 + 1;
                subscribed.events.push(Event { number, at: now, key: task.clone() });
            }
        }
    }

    fn wants(&self, key: &str, task: &str) -> bool {
        let Some(subscription) = self.store.content(key) else { return false };
        // A server counts on while it cannot deliver (backport, errors); one that was ended is over.
        let filters =
            subscription.root().pointer("/_criteria").map(|it| it.list("extension").collect::<Vec<_>>());
        let passes = |filter: &Value<'_>| {
            let query = filter.string("valueString").unwrap_or_default().replacen("Task?", "", 1);
            search::matches(self, "Task", &query).is_ok_and(|found| found.iter().any(|one| one == task))
        };
        text(subscription, "/status") != "off"
            && text(subscription, "/criteria").starts_with(TASK_TOPIC)
            && filters.unwrap_or_default().iter().all(passes)
    }

    fn speak(&mut self, key: &str, now: Instant) -> Vec<Outgoing> {
        let status = self.store.content(key).map(|it| text(it, "/status")).unwrap_or_default();
        let heartbeat = self.heartbeat(key);
        let (Some(via), Some(subscribed)) = (self.via(key), self.subscriptions.by_key.get(key)) else {
            return Vec::new();
        };
        if self.subscriptions.has(Habit::Silence) || !matches!(status.as_str(), "requested" | "active") {
            return Vec::new();
        }
        let mut said = Vec::new();
        let (mut upto, mut spoke) = (subscribed.said, subscribed.spoke);
        if spoke.is_none() {
            said.push(self.bundle(key, "handshake", &[]));
            // What happened before is not told: it never asked for it, or has to ask for it now.
            (upto, spoke) = (subscribed.events.len(), Some(now));
        }
        for event in &subscribed.events[upto..] {
            said.push(self.bundle(key, "event-notification", std::slice::from_ref(event)));
            spoke = Some(now);
        }
        if said.is_empty() && heartbeat.is_some_and(|period| spoke.is_some_and(|spoke| spoke + period <= now))
        {
            said.push(self.bundle(key, "heartbeat", &[]));
            spoke = Some(now);
        }
        let total = subscribed.events.len();
        if let Some(subscribed) = self.subscriptions.by_key.get_mut(key) {
            (subscribed.said, subscribed.spoke) = (total, spoke);
        }
        if status == "requested" && !said.is_empty() && self.set_status(key, "active", now).is_err() {
            return Vec::new();
        }
        said.into_iter().map(|body| Outgoing { via: via.clone(), body }).collect()
    }

    /// The way to a subscriber, where there is one.
    fn via(&self, key: &str) -> Option<Via> {
        let subscription = self.store.content(key)?;
        if text(subscription, "/channel/type") == "websocket" {
            return Some(Via::Websocket(self.subscriptions.by_key.get(key)?.socket?));
        }
        let channel = subscription.root().get("channel")?;
        let header = channel.list("header").filter_map(Value::as_str).map(Into::into).collect();
        Some(Via::RestHook { endpoint: text(subscription, "/channel/endpoint"), header })
    }

    fn heartbeat(&self, key: &str) -> Option<Duration> {
        let channel = self.store.content(key)?.root().get("channel")?;
        let url = format!("{BACKPORT}backport-heartbeat-period");
        let period = channel.list("extension").find(|it| it.string("url").as_deref() == Some(&url))?;
        let seconds = period.get("valueUnsignedInt")?.as_number()?.parse().ok()?;
        Some(Duration::from_secs(seconds)).filter(|_| !self.subscriptions.has(Habit::NoHeartbeats))
    }

    fn set_status(&mut self, key: &str, status: &str, now: Instant) -> Result<(), Refusal> {
        let Some(mut subscription) = self.store.content(key).map(|it| it.as_ref().clone()) else {
            return Ok(());
        };
        subscription.set("/status", status)?;
        self.store.put(key, subscription, Method::Put, now)?;
        self.subscriptions.seen = self.store.sequence();
        Ok(())
    }

    fn status_of(&self, key: &str, kind: &str, events: &[Event]) -> Json {
        let status = self.store.content(key).map(|it| text(it, "/status")).unwrap_or_default();
        let total = self.subscriptions.by_key.get(key).map_or(0, |it| it.events.len());
        let mut parameters = vec![
            json!({ "name": "subscription", "valueReference": { "reference": self.absolute(key) } }),
            json!({ "name": "topic", "valueCanonical": TASK_TOPIC }),
            json!({ "name": "status", "valueCode": status }),
            json!({ "name": "type", "valueCode": kind }),
            json!({ "name": "events-since-subscription-start", "valueString": total.to_string() }),
        ];
        parameters.extend(events.iter().map(|event| {
            json!({ "name": "notification-event", "part": [
                { "name": "event-number", "valueString": event.number.to_string() },
                { "name": "timestamp", "valueInstant": event.at },
                { "name": "focus", "valueReference": { "reference": self.absolute(&event.key) } },
            ] })
        }));
        json!({ "resourceType": "Parameters", "parameter": parameters })
    }

    fn bundle(&self, key: &str, kind: &str, events: &[Event]) -> String {
        let entry = json!({
            "resource": self.status_of(key, kind, events),
            "request": { "method": "GET", "url": format!("{}/$status", self.absolute(key)) },
            "response": { "status": "200" },
        });
        json!({ "resourceType": "Bundle", "type": "history", "entry": [entry] }).to_string()
    }
}

/// The operations of a subscription: `$status`, `$events` and `$get-ws-binding-token`.
pub(crate) fn operation(server: &mut Server, call: &Call<'_>, key: &str, name: &str) -> Answer {
    server.look_through(call.now);
    let subscriptions = &server.subscriptions;
    let is_there = match name {
        "$status" => !subscriptions.has(Habit::NoStatus),
        "$events" => !subscriptions.has(Habit::NoEvents),
        "$get-ws-binding-token" => true,
        _ => false,
    };
    if !is_there || !subscriptions.offered {
        return Err(Refusal::new(404, "not-supported", format!("the operation {name} is not supported")));
    }
    if server.read(key).is_none() {
        return Err(Refusal::not_found("there is no such subscription"));
    }
    Ok(match name {
        "$status" => {
            let entry = json!({ "resource": server.status_of(key, "query-status", &[]) });
            answer(&json!({ "resourceType": "Bundle", "type": "searchset", "entry": [entry] }))
        }
        "$events" => {
            let number = |name: &str| {
                let pairs = form_urlencoded::parse(call.request.query().as_bytes());
                pairs.into_iter().find(|(key, _)| key == name).and_then(|(_, value)| value.parse().ok())
            };
            let wanted: std::ops::RangeInclusive<u64> =
                number("eventsSinceNumber").unwrap_or(0)..=number("eventsUntilNumber").unwrap_or(u64::MAX);
            let events = server.subscriptions.by_key.get(key).map(|it| it.events.clone()).unwrap_or_default();
            let events: Vec<Event> =
                events.into_iter().filter(|event| wanted.contains(&event.number)).collect();
            Response::new(200)
                .with_body(crate::message::FHIR_JSON, server.bundle(key, "query-event", &events))
        }
        _ => {
            server.subscriptions.minted += 1;
            let token = format!("token-{}", server.subscriptions.minted);
            let until = call.now + TOKEN_LIFE;
            let url = server.base().replacen("http", "ws", 1);
            server.subscriptions.tokens.insert(token.clone(), Token { subscription: key.to_owned(), until });
            answer(&json!({ "resourceType": "Parameters", "parameter": [
                { "name": "token", "valueString": token },
                { "name": "expiration", "valueDateTime": until },
                { "name": "subscription", "valueString": key },
                { "name": "websocket-url", "valueUrl": format!("{url}/ws") },
            ] }))
        }
    })
}

/// What the CapabilityStatement says of subscriptions.
pub(crate) fn advertise(server: &Server, resource: &mut Json) {
    if !server.subscriptions.offered || resource["type"] != "Subscription" {
        return;
    }
    let topic = format!("{BACKPORT}capabilitystatement-subscriptiontopic-canonical");
    resource["extension"] = json!([{ "url": topic, "valueCanonical": TASK_TOPIC }]);
    let operations = [
        ("status", !server.subscriptions.has(Habit::NoStatus)),
        ("events", !server.subscriptions.has(Habit::NoEvents)),
        ("get-ws-binding-token", true),
    ];
    let base = "http://hl7.org/fhir/uv/subscriptions-backport/OperationDefinition/backport-subscription-";
    resource["operation"] = operations
        .iter()
        .filter(|(_, is_there)| *is_there)
        .map(|(name, _)| json!({ "name": name, "definition": format!("{base}{name}") }))
        .collect();
}

fn answer(body: &Json) -> Response {
    Response::new(200).with_body(crate::message::FHIR_JSON, body.to_string())
}

fn text(document: &Document, pointer: &str) -> String {
    document.root().pointer(pointer).and_then(Value::as_str).unwrap_or_default().into_owned()
}

impl std::fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.body.len())
    }
}
