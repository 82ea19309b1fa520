//! How a story begins, unless it says otherwise: a payer asks a provider, in the 2019 guide's time.

use fhir_solicit::{
    actor::{
        Cadence, Grace, InboxStart, PayerPolicy, RequesterStart, ResponderStart, Seed, SubscriberStart,
        Variant,
    },
    exchange::subscription::{Channel, SubscriptionDraft},
    json::Document,
    lifecycle::Guide,
    solicitation::Calendar,
};

use crate::{payer_servers, provider_servers};

/// The payer asks with a Task.
pub fn requester(request: Document) -> RequesterStart {
    RequesterStart {
        request,
        variant: Variant::WithTask,
        servers: payer_servers(),
        guide: Guide::default(),
        cadence: Cadence::Cdex,
        grace: Grace::default(),
        calendar: Calendar::default(),
        recipients: Vec::new(),
        seed: Seed::new(1),
    }
}

/// The payer is told what happens on the provider's server: by a relay, and once a minute that all is well.
pub fn subscriber() -> SubscriberStart {
    let channel = Channel::RestHook { endpoint: "https://relay.example/watch".into(), header: Vec::new() };
    SubscriberStart {
        servers: payer_servers(),
        server: "partner".into(),
        subscription: SubscriptionDraft { heartbeat: Some(60), ..SubscriptionDraft::over(channel) },
        unadvertised: false,
        seed: Seed::new(9),
    }
}

/// The provider looks for what arrives, whoever it is for.
pub fn inbox() -> InboxStart {
    InboxStart {
        servers: provider_servers(),
        guide: Guide::default(),
        cadence: Cadence::Cdex,
        owner: None,
        communications: false,
        seed: Seed::new(2),
    }
}

/// The provider answers what arrived.
pub fn responder(arrived: Document) -> ResponderStart {
    ResponderStart {
        arrived,
        servers: provider_servers(),
        guide: Guide::default(),
        cadence: Cadence::Cdex,
        grace: Grace::default(),
        calendar: Calendar::default(),
        payer: PayerPolicy::default(),
        seed: Seed::new(3),
    }
}
