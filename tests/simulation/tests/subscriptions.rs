//! Watching by subscription: created, heard, missed, repaired, forged, flooded, broken and begun again (R70 to R74).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by panicking")]

mod common;

use std::time::Duration;

use common::*;
use fhir_solicit::{
    actor::{Act, Input, Phase, RequesterStart, Seed, Start, SubscriberStart, Update, Variant},
    exchange::subscription::{About, Channel, SubscriptionDraft},
    solicitation::State,
};
use fhir_solicit_simulation::{Delivery, PROVIDER, Simulation, starts};
use fhir_solicit_world::{Effect, Fault, Habit, Method};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

fn over(channel: Channel) -> SubscriptionDraft {
    SubscriptionDraft { heartbeat: Some(60), ..SubscriptionDraft::over(channel) }
}

fn hook() -> SubscriptionDraft {
    let header = vec!["Authorization: Bearer relay".into()];
    over(Channel::RestHook { endpoint: "https://relay.example/watch".into(), header })
}

fn watch(it: &mut Simulation, subscription: SubscriptionDraft) {
    let start = SubscriberStart { subscription, ..starts::subscriber() };
    it.begin("watch", Start::Subscriber(start)).unwrap();
    it.settle();
}

/// The payer has asked, and watches the provider's server.
fn watched(subscription: SubscriptionDraft) -> Simulation {
    let mut it = asked(Variant::WithTask);
    it.server(PROVIDER).offer_subscriptions();
    arrive(&mut it);
    watch(&mut it, subscription);
    it.share("watch", &["payer"]);
    it.pass(MINUTE);
    assert_eq!(it.watching("watch").phase, Phase::Active, "{:#?}", it.transcript);
    it
}

/// Everything the subscriber has told, in order.
fn news(it: &Simulation) -> Vec<About> {
    let updates = it.party("watch").updates.iter();
    let news = updates.filter_map(|update| match update {
        Update::News { about } => Some(about.clone()),
        _ => None,
    });
    news.collect()
}

fn phases(it: &Simulation) -> Vec<Phase> {
    let updates = it.party("watch").updates.iter();
    let phases = updates.filter_map(|update| match update {
        Update::Subscription { watching } => Some(watching.phase),
        _ => None,
    });
    phases.collect()
}

fn requests(it: &Simulation, from: usize, of: &str) -> usize {
    it.transcript[from..].iter().filter(|line| line.contains(of)).count()
}

fn task(it: &mut Simulation) -> String {
    let key = it.server(PROVIDER).resources().find(|(key, _)| key.starts_with("Task/")).unwrap().0.to_owned();
    format!("{PROVIDER}/{key}")
}

fn forged(kind: &str, status: &str, number: u64) -> String {
    format!(
        r#"{{"resourceType":"Bundle","type":"history","entry":[{{"resource":{{"resourceType":"Parameters","parameter":[
        {{"name":"subscription","valueReference":{{"reference":"Subscription/{}"}}}},
        {{"name":"status","valueCode":"{status}"}},{{"name":"type","valueCode":"{kind}"}},
        {{"name":"events-since-subscription-start","valueString":"{number}"}},
        {{"name":"notification-event","part":[{{"name":"event-number","valueString":"{number}"}},
        {{"name":"focus","valueReference":{{"reference":"https://evil.example/fhir/Task/1"}}}}]}}]}}}}]}}"#,
        "ID"
    )
}

fn subscription(it: &mut Simulation) -> String {
    it.server(PROVIDER).resources().find(|(key, _)| key.starts_with("Subscription/")).unwrap().0.to_owned()
}

fn forge(it: &mut Simulation, kind: &str, status: &str, number: u64) {
    let key = it
        .server(PROVIDER)
        .resources()
        .find(|(key, _)| key.starts_with("Subscription/"))
        .unwrap()
        .0
        .to_owned();
    let bundle = forged(kind, status, number).replace("Subscription/ID", &key);
    it.notify("watch", &bundle);
    it.settle();
}

#[test]
fn r70_one_subscription_is_created_however_often_it_is_sent() {
    for effect in [Effect::LoseResponse, Effect::LoseRequest, Effect::Duplicate, Effect::HideHeaders] {
        let mut it = Simulation::new();
        it.server(PROVIDER).offer_subscriptions();
        it.server(PROVIDER).inject(Fault::next(effect.clone()).on(Method::Post, "Subscription"));
        watch(&mut it, hook());
        it.pass(10 * MINUTE);
        assert_eq!(it.stored(PROVIDER, "Subscription").len(), 1, "{effect:?}");
        assert_eq!(it.watching("watch").phase, Phase::Active, "{effect:?}");
    }
}

#[test]
fn r70_what_the_server_holds_is_what_was_drafted() {
    let it = &mut watched(hook());
    let stored = it.stored(PROVIDER, "Subscription").remove(0);
    assert_eq!(text(&stored, "/channel/_payload/extension/0/valueCode"), "id-only");
    assert_eq!(text(&stored, "/channel/header/0"), "Authorization: Bearer relay");
    assert_eq!(text(&stored, "/status"), "active");
}

#[test]
fn r71_where_it_is_not_advertised_polling_goes_on_and_nothing_is_created() {
    let mut it = asked(Variant::WithTask);
    watch(&mut it, hook());
    it.pass(HOUR);
    assert_eq!(it.watching("watch").phase, Phase::Unavailable);
    assert_eq!(it.stored(PROVIDER, "Subscription").len(), 0);
    assert_eq!(it.party("watch").wake(), None, "it does not ask again and again");
    assert!(it.party("payer").wake().is_some());
}

#[test]
fn r71_a_server_that_comes_to_offer_it_is_found_when_somebody_asks_again() {
    let mut it = Simulation::new();
    watch(&mut it, hook());
    it.server(PROVIDER).offer_subscriptions();
    it.act("watch", Act::Retry).unwrap();
    it.pass(MINUTE);
    assert_eq!(it.watching("watch").phase, Phase::Active);
}

#[test]
fn r71_a_server_that_refuses_the_subscription_has_none() {
    let mut it = Simulation::new();
    it.server(PROVIDER).offer_subscriptions();
    let refuses = Effect::Status { status: 422, retry_after: None, html: false };
    it.server(PROVIDER).inject(Fault::always(refuses).on(Method::Post, "Subscription"));
    watch(&mut it, hook());
    it.pass(HOUR);
    assert_eq!(it.watching("watch").phase, Phase::Unavailable);
}

#[test]
fn r72_an_event_over_the_socket_is_seen_at_once() {
    let mut it = watched(over(Channel::Websocket));
    it.act("provider", Act::Accept).unwrap();
    it.pass(Duration::from_secs(6));
    assert_eq!(state(&it, "payer"), State::Accepted);
    let about = About::Only([task(&mut it)].into());
    assert_eq!(news(&it), [About::Everything, about], "once all at first, then the Task and nothing else");
}

#[test]
fn r72_an_event_by_way_of_a_relay_is_seen_at_once() {
    let mut it = watched(hook());
    it.act("provider", Act::Accept).unwrap();
    it.pass(Duration::from_secs(6));
    assert_eq!(state(&it, "payer"), State::Accepted);
}

#[test]
fn r72_the_token_is_replaced_before_it_expires_and_stored_nowhere() {
    let mut it = watched(over(Channel::Websocket));
    let from = it.transcript.len();
    it.pass(10 * HOUR);
    let tokens = requests(&it, from, "$get-ws-binding-token");
    assert!((9..=12).contains(&tokens), "{tokens} in ten hours of tokens that live one");
    assert_eq!(phases(&it).last(), Some(&Phase::Active));
    let saved = serde_json::to_string(it.party("watch").machine()).unwrap();
    assert!(!saved.contains("token-"), "a token is said, not stored");
}

#[test]
fn r72_a_server_that_takes_one_token_a_socket_keeps_its_socket() {
    let mut it = asked(Variant::WithTask);
    it.server(PROVIDER).offer_subscriptions();
    it.server(PROVIDER).take_up(Habit::OneToken);
    arrive(&mut it);
    watch(&mut it, over(Channel::Websocket));
    it.share("watch", &["payer"]);
    it.pass(24 * HOUR);
    assert!(requests(&it, 0, "$get-ws-binding-token") <= 3, "it is tried once, and then not any more");
    it.act("provider", Act::Accept).unwrap();
    it.pass(Duration::from_secs(6));
    assert_eq!(state(&it, "payer"), State::Accepted);
}

#[test]
fn r72_a_socket_that_breaks_is_opened_again_and_what_was_missed_is_fetched() {
    let mut it = watched(over(Channel::Websocket));
    it.cut("watch");
    assert_eq!(it.watching("watch").until, None, "nobody relies on it meanwhile");
    it.act("provider", Act::Accept).unwrap();
    it.pass(MINUTE);
    assert_eq!(state(&it, "payer"), State::Accepted);
    assert!(it.watching("watch").until.is_some());
}

#[test]
fn r72_a_socket_that_cannot_be_opened_is_tried_with_patience() {
    let mut it = asked(Variant::WithTask);
    it.server(PROVIDER).offer_subscriptions();
    it.post.no_sockets = true;
    watch(&mut it, over(Channel::Websocket));
    it.pass(HOUR);
    assert_eq!(it.watching("watch").until, None);
    let tries = requests(&it, 0, "$get-ws-binding-token");
    assert!((30..=140).contains(&tries), "{tries} in an hour");
    it.post.no_sockets = false;
    it.pass(2 * MINUTE);
    assert!(it.watching("watch").until.is_some());
}

#[test]
fn r72_after_a_restart_the_socket_is_opened_again() {
    let mut it = watched(over(Channel::Websocket));
    it.act("provider", Act::Accept).unwrap();
    it.crash("watch");
    it.pass(MINUTE);
    assert!(it.watching("watch").until.is_some());
    assert_eq!(state(&it, "payer"), State::Accepted);
    assert_eq!(it.stored(PROVIDER, "Subscription").len(), 1);
}

#[test]
fn r73_a_focus_on_a_foreign_host_is_a_reason_to_look_at_home_and_nothing_is_fetched_there() {
    let mut it = watched(hook());
    it.pass(MINUTE);
    let from = it.transcript.len();
    forge(&mut it, "event-notification", "active", 1);
    it.pass(MINUTE);
    assert_eq!(news(&it).last(), Some(&About::Everything));
    assert!(it.transcript[from..].iter().all(|line| line.contains("→ provider") || line.contains("→ payer")));
}

#[test]
fn r73_what_is_no_notification_or_of_another_subscription_does_nothing() {
    let mut it = watched(hook());
    it.pass(MINUTE);
    let before = news(&it).len();
    for text in
        ["", "{", "[]", "<html>", r#"{"resourceType":"Bundle"}"#, &forged("event-notification", "active", 1)]
    {
        it.notify("watch", text);
    }
    it.settle();
    assert_eq!(news(&it).len(), before);
}

#[test]
fn r74_an_event_that_is_lost_is_found_by_its_number_and_fetched_by_events() {
    for has_events in [true, false] {
        let mut it = asked(Variant::WithTask);
        it.server(PROVIDER).offer_subscriptions();
        if !has_events {
            it.server(PROVIDER).take_up(Habit::NoEvents);
        }
        arrive(&mut it);
        watch(&mut it, hook());
        it.share("watch", &["payer"]);
        it.pass(MINUTE);
        it.post.fate.extend([Delivery::Lost]);
        it.act("provider", Act::Accept).unwrap();
        assert_eq!(state(&it, "payer"), State::Sent, "nobody has told it");
        // The next heartbeat says that there was an event; the wait for it is ten seconds.
        it.pass(MINUTE + Duration::from_secs(20));
        assert_eq!(state(&it, "payer"), State::Accepted, "{has_events}");
        assert_eq!(requests(&it, 0, "$events"), usize::from(has_events));
        let about = if has_events { About::Only([task(&mut it)].into()) } else { About::Everything };
        assert_eq!(news(&it).last(), Some(&about));
    }
}

#[test]
fn r74_events_that_overtake_one_another_are_no_gap() {
    let mut it = watched(hook());
    it.post.fate.extend([Delivery::Overtaken]);
    it.act("provider", Act::Accept).unwrap();
    it.act("provider", Act::Start).unwrap();
    it.pass(Duration::from_secs(6));
    assert_eq!(state(&it, "payer"), State::Working);
    it.pass(HOUR);
    assert_eq!(requests(&it, 0, "$events"), 0);
}

#[test]
fn r74_what_arrives_twice_is_told_once() {
    let mut it = watched(hook());
    it.pass(MINUTE);
    let before = news(&it).len();
    it.post.fate.extend([Delivery::Twice]);
    it.act("provider", Act::Accept).unwrap();
    it.pass(MINUTE);
    assert_eq!(news(&it).len(), before + 1);
}

#[test]
fn r74_heartbeats_that_cease_lead_to_a_question() {
    let mut it = watched(hook());
    it.server(PROVIDER).take_up(Habit::Silence);
    let from = it.transcript.len();
    it.act("provider", Act::Accept).unwrap();
    it.pass(Duration::from_secs(89));
    assert_eq!(requests(&it, from, "$status"), 0, "one and a half periods have not passed");
    it.pass(Duration::from_secs(40));
    assert!(requests(&it, from, "$status") > 0, "{:?}", &it.transcript[from..]);
    assert_eq!(state(&it, "payer"), State::Accepted, "the answer counts an event that nobody told");
}

#[test]
fn r74_a_server_without_heartbeats_is_not_asked_for_ever_faster() {
    let mut it = asked(Variant::WithTask);
    it.server(PROVIDER).offer_subscriptions();
    it.server(PROVIDER).take_up(Habit::NoHeartbeats);
    watch(&mut it, hook());
    it.pass(24 * HOUR);
    let asked = requests(&it, 0, "$status");
    assert!((90..=130).contains(&asked), "{asked} in a day");
}

#[test]
fn r74_an_error_is_met_by_looking_first_and_only_then_by_asking_to_go_on() {
    for status in ["error", "off"] {
        let mut it = watched(hook());
        it.act("provider", Act::Accept).unwrap();
        it.pass(MINUTE);
        let (from, now) = (it.transcript.len(), it.now);
        it.server(PROVIDER).break_subscriptions(status, now).unwrap();
        it.act("provider", Act::Start).unwrap();
        it.pass(5 * MINUTE);
        let order: Vec<&str> = it.transcript[from..]
            .iter()
            .filter(|line| line.starts_with("payer") || line.contains("PUT Subscription"))
            .map(|line| if line.starts_with("payer") { "look" } else { "go on" })
            .collect();
        let go_on = order.iter().position(|one| *one == "go on").unwrap();
        assert!(order[..go_on].contains(&"look") && order[go_on..].contains(&"look"), "{status}: {order:?}");
        assert_eq!(state(&it, "payer"), State::Working, "{status}");
        assert_eq!(it.watching("watch").phase, Phase::Active, "{status}");
        assert!(phases(&it).contains(&Phase::Recovering), "{status}");
    }
}

#[test]
fn r74_a_server_that_fails_again_and_again_is_asked_to_go_on_ever_less() {
    let mut it = watched(hook());
    let from = it.transcript.len();
    for _ in 0..24 * 12 {
        let now = it.now;
        it.server(PROVIDER).break_subscriptions("error", now).unwrap();
        it.pass(5 * MINUTE);
    }
    let asked = requests(&it, from, "PUT Subscription");
    assert!((10..=80).contains(&asked), "{asked} in a day");
}

#[test]
fn r74_a_subscription_that_is_gone_is_created_anew() {
    let mut it = watched(hook());
    let key = it
        .server(PROVIDER)
        .resources()
        .find(|(key, _)| key.starts_with("Subscription/"))
        .unwrap()
        .0
        .to_owned();
    let now = it.now;
    let deleted = fhir_solicit_world::Request::new(Method::Delete, &key);
    it.server(PROVIDER).handle(&deleted, now);
    it.act("provider", Act::Accept).unwrap();
    it.pass(5 * MINUTE);
    assert_eq!(state(&it, "payer"), State::Accepted);
    assert_eq!(it.stored(PROVIDER, "Subscription").len(), 1);
    assert_eq!(it.watching("watch").phase, Phase::Active);
}

#[test]
fn r72_a_token_that_is_refused_for_want_of_the_subscription_is_no_want_of_sockets() {
    let mut it = watched(over(Channel::Websocket));
    let key = subscription(&mut it);
    let now = it.now;
    it.server(PROVIDER).handle(&fhir_solicit_world::Request::new(Method::Delete, &key), now);
    it.cut("watch");
    it.pass(5 * MINUTE);
    assert_eq!(it.watching("watch").phase, Phase::Active);
    assert_eq!(it.stored(PROVIDER, "Subscription").len(), 1);
}

#[test]
fn r74_a_question_without_an_answer_is_not_hurried() {
    let mut it = watched(hook());
    let fails = Effect::Status { status: 503, retry_after: None, html: false };
    it.server(PROVIDER).inject(Fault { url: "$status".into(), ..Fault::always(fails) });
    it.server(PROVIDER).take_up(Habit::Silence);
    let before = it.recording("watch").steps.len();
    it.pass(6 * HOUR);
    let steps = it.recording("watch").steps.len() - before;
    assert!(steps < 1500, "{steps} steps in six hours");
}

#[test]
fn r74_a_server_without_status_is_asked_for_the_resource() {
    let mut it = asked(Variant::WithTask);
    it.server(PROVIDER).offer_subscriptions();
    it.server(PROVIDER).take_up(Habit::NoStatus);
    watch(&mut it, hook());
    it.pass(10 * MINUTE);
    assert_eq!(it.watching("watch").phase, Phase::Active);
    assert_eq!(requests(&it, 0, "$status"), 1);
}

#[test]
fn r74_a_server_that_counts_anew_loses_nothing() {
    let mut it = watched(hook());
    it.act("provider", Act::Accept).unwrap();
    it.pass(MINUTE);
    it.server(PROVIDER).count_anew();
    it.act("provider", Act::Start).unwrap();
    it.pass(MINUTE);
    assert_eq!(state(&it, "payer"), State::Working);
    it.pass(2 * HOUR);
    assert_eq!(it.watching("watch").phase, Phase::Active);
}

#[test]
fn r74_a_flood_costs_little() {
    let mut it = watched(hook());
    it.pass(MINUTE);
    let before = news(&it).len();
    let from = it.transcript.len();
    for second in 0..180 {
        for number in 0..20 {
            forge(&mut it, "event-notification", "error", 1000 * second + number);
        }
        it.pass(Duration::from_secs(1));
    }
    let made = it.transcript.len() - from;
    let told = news(&it).len() - before;
    assert!(
        told <= 10,
        "{told} looks in three minutes: what was not read may have told anything, but not so often"
    );
    assert!(made <= 40, "{made} requests for 3,600 notifications in three minutes");
    it.act("provider", Act::Accept).unwrap();
    it.pass(2 * MINUTE);
    assert_eq!(state(&it, "payer"), State::Accepted, "what is true comes through");
}

#[test]
fn r74_a_forged_notification_moves_nothing() {
    let mut it = watched(hook());
    for (kind, status, number) in [
        ("event-notification", "off", u64::MAX),
        ("handshake", "active", 0),
        ("heartbeat", "error", u64::MAX - 1),
        ("event-notification", "active", 1),
    ] {
        forge(&mut it, kind, status, number);
    }
    it.pass(2 * MINUTE);
    assert_eq!(it.watching("watch").phase, Phase::Active, "the server says that it is well");
    assert!(!phases(&it).contains(&Phase::Recovering));
    assert_eq!(requests(&it, 0, "PUT Subscription"), 0);
    it.act("provider", Act::Accept).unwrap();
    it.pass(Duration::from_secs(20));
    assert_eq!(state(&it, "payer"), State::Accepted, "the true first event is not taken for the forged one");
}

#[test]
fn r74_a_subscription_that_stays_requested_is_not_relied_on() {
    let mut it = asked(Variant::WithTask);
    it.server(PROVIDER).offer_subscriptions();
    it.server(PROVIDER).take_up(Habit::Silence);
    watch(&mut it, hook());
    it.pass(24 * HOUR);
    assert_eq!(it.watching("watch").until, None);
    assert!(requests(&it, 0, "$status") <= 110, "it is asked with patience");
}

#[test]
fn r74_the_safety_poll_runs_under_a_subscription_that_says_it_is_well() {
    let mut it = watched(hook());
    // The server counts what it does not tell, as if nothing had happened: heartbeats come, events do not.
    it.post.fate.extend([Delivery::Lost; 1000]);
    it.act("provider", Act::Accept).unwrap();
    it.pass(HOUR + 10 * MINUTE);
    assert_eq!(state(&it, "payer"), State::Accepted);
}

/// So many requests of the payer's, all to the provider's server, which one subscription watches.
fn many(count: u128) -> Simulation {
    let mut it = Simulation::new();
    it.server(PROVIDER).offer_subscriptions();
    let names: Vec<String> = (0..count).map(|number| format!("payer {number}")).collect();
    for (number, name) in (0..count).zip(&names) {
        let start = RequesterStart { seed: Seed::new(1000 + number), ..starts::requester(one_item()) };
        it.begin(name, Start::Requester(start)).unwrap();
    }
    it.settle();
    watch(&mut it, hook());
    it.share("watch", &names.iter().map(String::as_str).collect::<Vec<_>>());
    it.pass(2 * HOUR);
    it
}

#[test]
fn r74_an_event_costs_one_read_however_many_exchanges_share_the_subscription() {
    for count in [1, 10, 100] {
        let mut it = many(count);
        let (key, mut changed) = {
            let (key, task) =
                it.server(PROVIDER).resources().find(|(key, _)| key.starts_with("Task/")).unwrap();
            (key.to_owned(), task.clone())
        };
        changed.set("/status", "accepted").unwrap();
        let (from, now) = (it.transcript.len(), it.now);
        it.server(PROVIDER).insert(changed, now).unwrap();
        it.pass(Duration::from_secs(10));
        let read: Vec<&String> = it.transcript[from..].iter().filter(|line| line.contains("Task/")).collect();
        assert_eq!(
            read.iter().filter(|line| line.contains(&format!("{key} 200"))).count(),
            1,
            "{count}: {read:?}"
        );
        // Ten seconds of an hour in which each looks once for safety, too.
        assert!(read.len() <= 1 + count as usize / 20, "{count}: {read:?}");
    }
}

#[test]
fn r74_while_it_is_well_exchanges_look_once_an_hour_and_when_it_is_not_as_before() {
    let looks = |it: &Simulation, from: usize| requests(it, from, "payer → provider: GET Task/");
    let mut it = asked(Variant::WithTask);
    it.server(PROVIDER).offer_subscriptions();
    arrive(&mut it);
    watch(&mut it, hook());
    it.share("watch", &["payer"]);
    let from = it.transcript.len();
    it.pass(24 * HOUR);
    let well = looks(&it, from);
    assert!((24..=29).contains(&well), "{well} in a day, the first of them for what happened before");

    let mut it = asked(Variant::WithTask);
    let (from, sent) = (it.transcript.len(), it.now);
    it.server(PROVIDER).offer_subscriptions();
    watch(&mut it, hook());
    it.share("watch", &["payer"]);
    it.pass(2 * MINUTE);
    let first = looks(&it, from);
    let now = it.now;
    it.server(PROVIDER).break_subscriptions("error", now).unwrap();
    let refuses = Effect::Status { status: 403, retry_after: None, html: false };
    for method in [Method::Put, Method::Post] {
        it.server(PROVIDER).inject(Fault::always(refuses.clone()).on(method, "Subscription"));
    }
    it.pass(Duration::from_secs(28 * 60));
    assert_eq!(it.watching("watch").until, None);
    let alone = looks(&it, from) - first;
    assert!(
        (4..=7).contains(&alone),
        "{alone} in the half hour after {sent}: every five minutes, and for the news"
    );
}

#[test]
fn r74_an_exchange_without_task_is_not_covered_by_a_subscription_on_tasks() {
    let mut it = asked(Variant::WithoutTask);
    it.server(PROVIDER).offer_subscriptions();
    watch(&mut it, hook());
    it.share("watch", &["payer"]);
    let from = it.transcript.len();
    it.pass(30 * MINUTE);
    assert!(requests(&it, from, "GET Communication") >= 5, "it looks for what comes home, as often as ever");
}

#[test]
fn r74_a_subscriber_that_dies_is_relied_on_for_a_while_only() {
    let mut it = watched(hook());
    it.leave("watch");
    it.act("provider", Act::Accept).unwrap();
    it.pass(HOUR + MINUTE);
    assert_eq!(state(&it, "payer"), State::Accepted);
}

#[test]
fn a_subscription_is_ended_at_its_server() {
    for channel in [hook(), over(Channel::Websocket)] {
        let mut it = watched(channel);
        it.act("watch", Act::Close).unwrap();
        it.pass(HOUR);
        assert_eq!(text(&it.stored(PROVIDER, "Subscription")[0], "/status"), "off");
        assert!(it.view("watch").finished && it.party("watch").wake().is_none());
    }
}

#[test]
fn the_state_of_a_subscriber_is_restored_as_it_was() {
    let mut it = watched(over(Channel::Websocket));
    it.act("provider", Act::Accept).unwrap();
    let machine = it.party("watch").machine().clone();
    let text = serde_json::to_string(&machine).unwrap();
    let document = fhir_solicit::json::Document::parse(text).unwrap();
    let read = <fhir_solicit::actor::Machine as fhir_solicit::json::FromJson>::from_json(document.root());
    assert!(read.is_ok_and(|read| read == machine));
}

#[test]
fn acts_of_others_are_refused_and_leave_no_trace() {
    let mut it = watched(hook());
    let before = serde_json::to_string(it.party("watch").machine()).unwrap();
    for act in [Act::Accept, Act::Complete, Act::Cancel { reason: reason("x") }] {
        assert!(it.decide("watch", act).is_err());
    }
    assert_eq!(serde_json::to_string(it.party("watch").machine()).unwrap(), before);
    assert!(it.give("payer", Input::Closed).is_ok(), "an exchange has no socket");
}
