//! Everything that can happen to a subscription, in any order: whatever it was, in the end the exchange knows what
//! its server holds, and the subscription is well again.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by panicking")]

mod common;

use std::time::Duration;

use common::*;
use fhir_solicit::{
    actor::{Act, Phase, Seed, Start, SubscriberStart, Variant},
    exchange::subscription::Channel,
};
use fhir_solicit_simulation::{Delivery, PROVIDER, Simulation, chaos::Random, starts};
use fhir_solicit_world::{Effect, Fault, Habit, Method, Request};

const SEEDS: u64 = 60;
const STEPS: usize = 40;

fn begin(seed: u64, random: &mut Random) -> Simulation {
    let mut it = asked(Variant::WithTask);
    it.server(PROVIDER).offer_subscriptions();
    for habit in [Habit::NoEvents, Habit::NoStatus, Habit::NoHeartbeats, Habit::OneToken] {
        if random.below(4) == 0 {
            it.server(PROVIDER).take_up(habit);
        }
    }
    arrive(&mut it);
    let mut start = SubscriberStart { seed: Seed::new(u128::from(seed)), ..starts::subscriber() };
    if random.below(2) == 0 {
        start.subscription.channel = Channel::Websocket;
    }
    start.subscription.heartbeat = [None, Some(30), Some(300)][random.below(3)];
    it.begin("watch", Start::Subscriber(start)).unwrap();
    it.share("watch", &["payer"]);
    it
}

/// The provider goes on with what it is doing, as far as it can.
fn work(it: &mut Simulation) {
    for act in [Act::Accept, Act::Start, Act::Hold { reason: None }, Act::Resume] {
        if it.decide("provider", act).is_ok() {
            return;
        }
    }
}

fn subscription(it: &mut Simulation) -> Option<String> {
    let mut keys = it.server(PROVIDER).resources().map(|(key, _)| key.to_owned());
    keys.find(|key| key.starts_with("Subscription/"))
}

fn forged(key: &str, random: &mut Random) -> String {
    let kind = ["handshake", "heartbeat", "event-notification", "query-status"][random.below(4)];
    let status = ["active", "error", "off", "requested", "?"][random.below(5)];
    let number = ["0", "1", "7", "18446744073709551615", "-1"][random.below(5)];
    format!(
        r#"{{"resourceType":"Parameters","parameter":[{{"name":"subscription","valueReference":{{"reference":"{key}"}}}},
        {{"name":"status","valueCode":"{status}"}},{{"name":"type","valueCode":"{kind}"}},
        {{"name":"events-since-subscription-start","valueString":"{number}"}},
        {{"name":"notification-event","part":[{{"name":"event-number","valueString":"{number}"}}]}}]}}"#
    )
}

fn happen(it: &mut Simulation, random: &mut Random) {
    let now = it.now;
    match random.below(16) {
        0..=2 => work(it),
        3 => it.post.fate.push_back(Delivery::Lost),
        4 => it.post.fate.push_back(Delivery::Twice),
        5 => it.post.fate.push_back(Delivery::Overtaken),
        6 => it.server(PROVIDER).take_up(Habit::Silence),
        7 => it.server(PROVIDER).give_up(Habit::Silence),
        8 => {
            let status = ["error", "off"][random.below(2)];
            it.server(PROVIDER).break_subscriptions(status, now).unwrap();
        }
        9 => it.server(PROVIDER).count_anew(),
        10 => {
            if let Some(key) = subscription(it) {
                it.server(PROVIDER).handle(&Request::new(Method::Delete, &key), now);
            }
        }
        11 => it.cut("watch"),
        12 => it.crash("watch"),
        13 => {
            if let Some(key) = subscription(it) {
                let bundle = forged(&key, random);
                it.notify("watch", &bundle);
            }
        }
        14 => it.post.no_sockets = random.below(2) == 0,
        _ => {
            let effect = match random.below(5) {
                0 => Effect::LoseRequest,
                1 => Effect::LoseResponse,
                2 => Effect::Truncate,
                3 => Effect::Html,
                _ => Effect::Status {
                    status: [500, 503, 429][random.below(3)],
                    retry_after: None,
                    html: false,
                },
            };
            let url =
                ["Subscription", "$status", "$events", "$get-ws-binding-token", "metadata"][random.below(5)];
            it.server(PROVIDER).inject(Fault { url: url.into(), ..Fault::next(effect) });
        }
    }
}

#[test]
fn r74_whatever_happens_to_a_subscription_in_the_end_all_is_well() {
    for seed in 0..SEEDS {
        let random = &mut Random::new(seed);
        let mut it = begin(seed, random);
        for _ in 0..STEPS {
            happen(&mut it, random);
            it.pass(Duration::from_secs([0, 1, 7, 30, 100, 900][random.below(6)]));
        }
        it.server(PROVIDER).clear_faults();
        it.server(PROVIDER).give_up(Habit::Silence);
        it.post.no_sockets = false;
        for name in ["watch", "provider"] {
            it.act(name, Act::Retry).unwrap();
        }
        it.pass(Duration::from_secs(4 * 3600));
        let watching = it.watching("watch");
        let log = || it.transcript[it.transcript.len().saturating_sub(30)..].join("\n");
        assert_eq!(
            (watching.phase, watching.until.is_some()),
            (Phase::Active, true),
            "seed {seed}\n{}",
            log()
        );
        assert_eq!(state(&it, "payer"), state(&it, "provider"), "seed {seed}\n{}", log());
        let asked = it.transcript.iter().filter(|line| line.starts_with("watch")).count();
        assert!(asked < 2000, "seed {seed}: {asked} requests of the subscriber");
    }
}
