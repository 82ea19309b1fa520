//! Worlds with a registry that gets the information, too, and has not asked for it (R7, R13): every seventh.

use std::{borrow::Cow, collections::BTreeSet};

use fhir_solicit::{
    actor::{Act, Brings, Cadence, InboxStart, InformationRecipientStart, Start, Update},
    exchange::Servers,
    fhir::{Reference, Resource},
    json::{Document, Value},
    lifecycle::{Guide, TaskStatus},
};

use super::{Chaos, laws::identifier};

/// The registry's server.
pub(super) const REGISTRY: &str = "https://registry.example/fhir";
const INBOX: &str = "inbox of the registry";

/// The registry, as an Information Recipient.
pub(super) fn registry() -> Reference {
    Reference::to(&format!("{REGISTRY}/Organization/registry"))
}

/// What the registry knows of what was sent to it.
pub(super) struct Informed {
    /// Whether there is a registry.
    pub(super) is_there: bool,
    /// How many news of its inbox were read.
    read: usize,
    /// The parties that get what has arrived.
    pub(super) receipts: Vec<String>,
}

impl Informed {
    pub(super) const fn new(is_there: bool) -> Self {
        Self { is_there, read: 0, receipts: Vec::new() }
    }
}

impl Chaos {
    /// The registry looks for what is sent to it, whoever sends it.
    pub(super) fn begin_registry(&mut self, servers: Servers) {
        let (cadence, guide, seed) = (Cadence::Cdex, Guide::default(), self.seed());
        let start = InboxStart { servers, cadence, owner: None, guide, communications: true, seed };
        self.begin_party(INBOX, Start::Inbox(start));
        self.informed.receipts.push(INBOX.into());
    }

    /// Whatever arrives at the registry is taken up.
    pub(super) fn inform(&mut self) {
        if !self.informed.is_there {
            return;
        }
        let news = &self.it.party(INBOX).updates;
        let arrived: Vec<_> = news[self.informed.read.min(news.len())..]
            .iter()
            .filter_map(|update| match update {
                Update::Arrived { brings: Brings::Information, resource, seed } => {
                    Some((resource.clone(), *seed))
                }
                _ => None,
            })
            .collect();
        self.informed.read = news.len();
        for (arrived, seed) in arrived {
            let key =
                Resource::read(&arrived).and_then(|it| Some(format!("{}/{}", it.resource_type(), it.id()?)));
            let key = key.unwrap_or_default();
            let name = format!("receipt of {key}");
            let servers = self.it.view(INBOX).servers;
            self.begin_party(
                &name,
                Start::InformationRecipient(InformationRecipientStart { arrived, servers, seed }),
            );
            self.informed.receipts.push(name);
            self.laws.acknowledged(INBOX, Some(&key));
            let acknowledged = self.it.decide(INBOX, Act::Acknowledge { arrived: key });
            assert!(acknowledged.is_ok(), "an inbox takes an acknowledgement");
        }
    }

    /// What the users of the registry do, so that everything comes to an end.
    pub(super) fn urge_registry(&mut self) {
        for name in self.informed.receipts.clone() {
            let Some(receipt) = self.it.view(&name).receipt else { continue };
            let failed = receipt.fault.is_some();
            let reason = super::concept("not to be had");
            let then = if failed { Act::Fail { reason } } else { Act::Close };
            for act in [Act::Retry, Act::Accept, then] {
                let done = self.it.decide(&name, act.clone());
                self.tell(|_| format!("{name}: {act:?}{}", if done.is_ok() { "" } else { ", refused" }));
            }
        }
    }

    /// Whether the registry has nothing left to do.
    pub(super) fn is_informed(&self) -> bool {
        let mut receipts = self.informed.receipts.iter().filter(|name| *name != INBOX);
        receipts.all(|name| self.it.view(name).finished)
    }

    /// What was answered to the end, the registry was told: all of it, where nobody has given anything up.
    pub(super) fn all_is_told(&self) -> Result<(), String> {
        if !self.informed.is_there {
            return Ok(());
        }
        let held: Vec<&Document> = self.it.resources(REGISTRY).map(|(_, held)| held).collect();
        let identifiers: BTreeSet<String> = held.iter().filter_map(|held| identifier(held)).collect();
        let foci =
            held.iter().filter_map(|held| held.root().pointer("/focus/reference").and_then(Value::as_str));
        let foci: BTreeSet<String> = foci.map(Cow::into_owned).collect();
        let places = |wanted: &str| {
            let at = |base: &String| {
                let mut held = self.it.resources(base);
                let (key, _) = held.find(|(key, held)| {
                    key.starts_with("Communication/") && identifier(held).as_deref() == Some(wanted)
                })?;
                Some(format!("{base}/{key}"))
            };
            self.it.bases().iter().filter_map(at).collect::<Vec<_>>()
        };
        for exchange in self.exchanges.iter().filter(|exchange| self.it.has(&exchange.responder)) {
            let name = &exchange.responder;
            let view = self.it.view(name);
            let interrupted = self.given_up.contains(name) || self.tabs.iter().any(|tab| tab.of == *name);
            let overtaken =
                |update: &Update| matches!(update, Update::Notice { text } if text.contains("no longer"));
            let interrupted = interrupted || self.it.party(name).updates.iter().any(overtaken);
            if interrupted || view.status != Some(TaskStatus::Completed) {
                continue;
            }
            for one in &view.communications {
                let wanted = identifier(&one.document).unwrap_or_default();
                let is_told = places(&wanted).iter().any(|place| foci.contains(place));
                if !identifiers.contains(&wanted) && !is_told {
                    return Err(format!("the registry is told: it does not know what {name} has answered"));
                }
            }
        }
        Ok(())
    }
}
