//! A registry that gets what a payer has asked a provider for.

use std::collections::BTreeMap;

use fhir_solicit::{
    actor::{Brings, InboxStart, InformationRecipientStart, ResponderStart, Seed, Start, Update, Variant},
    exchange::Servers,
    fhir::Reference,
    json::Document,
};
use fhir_solicit_simulation::{PAYER, PROVIDER, Simulation, starts};

use super::{ask, one_item};

pub const REGISTRY: &str = "https://registry.example/fhir";

pub fn servers(all: &[(&str, &str)]) -> Servers {
    let all: BTreeMap<String, String> =
        all.iter().map(|(key, base)| ((*key).to_owned(), (*base).to_owned())).collect();
    Servers::try_from(all).unwrap()
}

/// What the payer asks the provider to tell these, and what the provider then makes of it.
pub fn asked_to_tell(variant: Variant, recipients: &[&str]) -> Simulation {
    let mut request = one_item();
    request.remove("/recipient").unwrap();
    for recipient in recipients {
        request.set("/recipient/-", &Reference::to(recipient)).unwrap();
    }
    let mut it = Simulation::with_servers([PAYER, PROVIDER, REGISTRY]);
    ask(&mut it, variant, &request);
    it.settle();
    let arrived = match variant {
        Variant::WithTask => it.stored(PROVIDER, "Task"),
        Variant::WithoutTask => it.stored(PROVIDER, "CommunicationRequest"),
    };
    let start = ResponderStart {
        servers: servers(&[("home", PROVIDER), ("partner", PAYER), ("registry", REGISTRY)]),
        ..starts::responder(arrived[0].clone())
    };
    it.begin("provider", Start::Responder(start)).unwrap();
    it.settle();
    let inbox = InboxStart {
        servers: servers(&[("home", REGISTRY), ("provider", PROVIDER)]),
        communications: true,
        seed: Seed::new(20),
        ..starts::inbox()
    };
    it.begin("registry-inbox", Start::Inbox(inbox)).unwrap();
    it.settle();
    it
}

/// What the registry's inbox tells of.
pub fn told(it: &Simulation) -> Vec<(Document, Seed)> {
    let updates = it.party("registry-inbox").updates.iter();
    let information = updates.filter_map(|update| match update {
        Update::Arrived { brings: Brings::Information, resource, seed } => Some((resource.clone(), *seed)),
        _ => None,
    });
    information.collect()
}

/// The registry takes up the one thing that has arrived.
pub fn take_up(it: &mut Simulation) {
    let mut told = told(it);
    assert_eq!(told.len(), 1, "{:#?}", it.transcript);
    let (arrived, seed) = told.remove(0);
    begin(it, arrived, seed);
}

pub fn begin(it: &mut Simulation, arrived: Document, seed: Seed) {
    let servers = it.view("registry-inbox").servers;
    let start = InformationRecipientStart { arrived, servers, seed };
    it.begin("registry", Start::InformationRecipient(start)).unwrap();
    it.settle();
}

pub const BOTH: [&str; 2] = ["Organization/payer", "https://registry.example/fhir/Organization/registry"];
