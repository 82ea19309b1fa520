//! Looking for news, of one exchange or of many on one server (R60 to R69).
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by panicking")]

mod common;

use std::time::Duration;

use common::*;
use fhir_solicit::{
    actor::{Act, Cadence, Input, RequesterStart, Seed, Start, Update, Variant},
    exchange::FaultKind,
    fhir::Resource,
    json::Document,
    solicitation::State,
};
use fhir_solicit_simulation::{PAYER, PROVIDER, Simulation, starts};
use fhir_solicit_world::{Effect, Fault, Method, Quirk};

const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);

fn name(number: usize) -> String {
    format!("payer {number:04}")
}

/// So many requests with Task, sent at once and driven by one program.
fn open(count: usize, prepare: impl FnOnce(&mut Simulation)) -> Simulation {
    let mut it = Simulation::new();
    prepare(&mut it);
    for number in 0..count {
        let start = RequesterStart { seed: Seed::new(number as u128 + 1), ..starts::requester(one_item()) };
        it.begin(&name(number), Start::Requester(start)).unwrap();
    }
    it.settle_together();
    it.server(PROVIDER).clear_log();
    it.server(PAYER).clear_log();
    it
}

fn status(status: u16) -> Effect {
    Effect::Status { status, retry_after: None, html: false }
}

/// The provider changes a Task behind everybody's back.
fn set_task(it: &mut Simulation, at: usize, change: impl FnOnce(&mut Document)) {
    let mut task = it.stored(PROVIDER, "Task")[at].clone();
    change(&mut task);
    let now = it.now;
    it.server(PROVIDER).insert(task, now).unwrap();
}

/// The provider has answered every Task.
fn answer_everything(it: &mut Simulation) {
    let now = it.now;
    for (at, task) in it.stored(PROVIDER, "Task").into_iter().enumerate() {
        let focus = text(&task, "/focus/reference");
        let communication = format!(
            r#"{{"resourceType":"Communication","id":"c{at}","status":"completed","basedOn":[{{"reference":"{focus}"}}],"payload":[{{"contentString":"x"}}]}}"#
        );
        it.server(PROVIDER).insert(Document::parse(communication).unwrap(), now).unwrap();
        set_task(it, at, |task| {
            task.set("/status", "completed").unwrap();
            task.set("/output/-/valueReference/reference", &format!("Communication/c{at}")).unwrap();
        });
    }
}

fn asked(it: &mut Simulation, base: &str) -> Vec<String> {
    it.server(base).log().iter().map(|one| format!("{} {}", one.method.name(), one.url)).collect()
}

#[test]
fn r60_seven_days_of_looks_and_no_look_too_early() {
    for (cadence, most, least) in [
        (Cadence::Cdex, 176, 3600),
        (Cadence::Hrex { urgent: false }, 7 * 32, 900),
        (Cadence::Hrex { urgent: true }, 7 * 288, 300),
    ] {
        let mut it = Simulation::new();
        let start = RequesterStart { cadence, ..starts::requester(one_item()) };
        it.begin("payer", Start::Requester(start)).unwrap();
        it.settle();
        it.server(PROVIDER).clear_log();
        it.pass(7 * 24 * HOUR);
        let looks: Vec<_> = it.server(PROVIDER).log().iter().map(|one| one.at).collect();
        assert!((150..=most).contains(&looks.len()), "{cadence:?}: {} looks", looks.len());
        let late = looks.windows(2).filter(|pair| pair[1].since(looks[0]) > HOUR);
        assert!(late.map(|pair| pair[1].since(pair[0]).as_secs()).min().unwrap() >= least, "{cadence:?}");
    }
}

#[test]
fn r61_many_open_exchanges_cost_as_many_requests_as_their_ids_need() {
    for (count, expected) in [(1, 1), (10, 1), (100, 2), (200, 4)] {
        let mut it = open(count, |_| {});
        it.pass_together(70 * Duration::from_secs(1));
        assert_eq!(asked(&mut it, PROVIDER).len(), expected, "{count}");
        it.server(PROVIDER).clear_log();
        it.pass_together(24 * HOUR);
        let looks = it.server(PROVIDER).log().len();
        assert!(looks <= 40 * expected, "{count}: {looks} requests in a day");
    }
}

#[test]
fn r61_what_comes_home_is_looked_for_together_too() {
    let mut it = open(20, |_| {});
    (0..20).for_each(|at| set_task(&mut it, at, |task| task.set("/status", "in-progress").unwrap()));
    it.pass_together(70 * Duration::from_secs(1));
    let home = asked(&mut it, PAYER);
    assert!(home.len() <= 6, "three searches in chunks: {}", home.len());
    assert!(home.iter().all(|one| one.contains("based-on")), "{home:?}");
}

/// Whatever a server makes of a search for several: all answers are found, and none is made up.
#[test]
fn r61_nothing_depends_on_the_search() {
    let searches = || Fault::always(status(400)).on(Method::Get, "Task?_id");
    let mut worlds: Vec<(String, Vec<Fault>)> = Quirk::ALL
        .iter()
        .map(|quirk| (format!("{quirk:?}"), vec![Fault::always(Effect::Quirk { quirk: *quirk })]))
        .collect();
    for refused in [400, 401, 403, 404, 405, 410, 429, 500, 501, 503] {
        let fault = Fault { effect: status(refused), ..searches() };
        worlds.push((refused.to_string(), vec![fault.times(if refused == 401 { 1 } else { 1000 })]));
    }
    for effect in [Effect::Html, Effect::Truncate, Effect::LoseRequest, Effect::LoseResponse] {
        worlds.push((format!("{effect:?}"), vec![Fault { effect, ..searches() }.times(3)]));
    }
    for (world, faults) in worlds {
        let mut it = open(12, |_| {});
        for fault in faults {
            it.server(PROVIDER).inject(fault.clone());
            it.server(PAYER).inject(fault);
        }
        it.pass_together(10 * MINUTE);
        for number in 0..12 {
            assert_eq!(state(&it, &name(number)), State::Sent, "{world}: nobody has answered");
        }
        answer_everything(&mut it);
        for number in 0..12 {
            let _ = it.decide(&name(number), Act::Retry);
        }
        it.pass_together(24 * HOUR);
        if world == "429" || world == "503" {
            // A server that is overloaded by searches says so of all its work; when that is over, all is well.
            it.server(PROVIDER).clear_faults();
            it.pass_together(24 * HOUR);
        }
        for number in 0..12 {
            assert_eq!(state(&it, &name(number)), State::Answered, "{world}");
            assert_eq!(it.view(&name(number)).communications.len(), 1, "{world}");
        }
    }
}

#[test]
fn r61_a_search_that_is_refused_is_not_tried_for_ever() {
    let mut it = open(12, |it| {
        it.server(PROVIDER).inject(Fault::always(status(403)).on(Method::Get, "Task?"));
    });
    it.pass_together(24 * HOUR);
    let searches = asked(&mut it, PROVIDER).iter().filter(|one| one.contains("Task?")).count();
    assert_eq!(searches, 1);
}

fn inbox() -> Start {
    Start::Inbox(starts::inbox())
}

fn arrive_task(it: &mut Simulation, id: usize) {
    let task = format!(
        r#"{{"resourceType":"Task","id":"{id}","status":"requested","intent":"order","focus":{{"reference":"{PAYER}/CommunicationRequest/1"}}}}"#
    );
    let now = it.now;
    it.server(PROVIDER).insert(Document::parse(task).unwrap(), now).unwrap();
}

#[test]
fn r62_the_time_that_counts_is_the_servers() {
    for skew in [-86_400_000, -3_600_000, 0, 3_600_000, 86_400_000] {
        let mut it = Simulation::new();
        it.begin("inbox", inbox()).unwrap();
        it.skew("inbox", skew);
        it.settle();
        for round in 0..6 {
            // Two at the same instant, one of them just before a look.
            arrive_task(&mut it, 2 * round);
            arrive_task(&mut it, 2 * round + 1);
            it.pass(30 * MINUTE);
            it.decide("inbox", Act::Look).unwrap();
            it.settle();
        }
        let told: Vec<String> = arrivals(&it).iter().map(|task| text(task, "/id")).collect();
        let expected: Vec<String> = (0..12).map(|id| id.to_string()).collect();
        assert_eq!(told.len(), 12, "skew {skew}: {told:?}");
        assert!(expected.iter().all(|id| told.contains(id)), "skew {skew}");
        let late: Vec<String> =
            asked(&mut it, PROVIDER).into_iter().filter(|one| one.contains("_lastUpdated=ge")).collect();
        assert!(late.len() >= 6, "what was seen is not asked for again");
    }
}

#[test]
fn r64_one_time_in_a_search() {
    let mut it = Simulation::new();
    it.begin("inbox", inbox()).unwrap();
    arrive_task(&mut it, 1);
    it.pass(24 * HOUR);
    for url in asked(&mut it, PROVIDER) {
        assert!(url.matches("_lastUpdated=").count() <= 1, "{url}");
        assert!(!url.contains("_lastupdated"), "{url}");
    }
}

#[test]
fn r63_a_page_that_leads_to_itself_is_asked_for_once() {
    let mut it = Simulation::new();
    let next_for_ever = || Fault::always(Effect::Quirk { quirk: Quirk::NextForever });
    it.server(PROVIDER).inject(next_for_ever());
    it.server(PAYER).inject(next_for_ever());
    (0..60).for_each(|id| arrive_task(&mut it, id));
    it.begin("inbox", inbox()).unwrap();
    it.settle();
    assert_eq!(arrivals(&it).len(), 50);
    assert!(it.server(PROVIDER).log().len() <= 4, "{}", it.server(PROVIDER).log().len());
    ask(&mut it, Variant::WithoutTask, &one_item());
    it.settle();
    it.server(PAYER).clear_log();
    it.act("payer", Act::Look).unwrap();
    assert!(it.server(PAYER).log().len() <= 3);
}

#[test]
fn r66_one_alone_is_read_on_its_condition() {
    let mut it = open(1, |_| {});
    it.pass_together(10 * MINUTE);
    let log: Vec<_> = it
        .server(PROVIDER)
        .log()
        .iter()
        .map(|one| (one.url.clone(), one.if_none_match, one.status))
        .collect();
    assert_eq!(log, [("Task/1".to_owned(), true, Some(304)), ("Task/1".to_owned(), true, Some(304))]);
}

#[test]
fn r67_what_has_ended_is_not_looked_at_any_more() {
    let mut it = open(6, |_| {});
    set_task(&mut it, 0, |task| task.set("/status", "rejected").unwrap());
    it.act(&name(1), Act::Cancel { reason: reason("settled") }).unwrap();
    // What was rejected may come back for a day.
    it.pass_together(26 * HOUR);
    it.server(PROVIDER).clear_log();
    it.pass_together(48 * HOUR);
    for url in asked(&mut it, PROVIDER) {
        let ids = url.split("_id=").nth(1).and_then(|rest| rest.split('&').next()).unwrap();
        assert_eq!(ids, "3,4,5,6", "{url}");
    }
}

#[test]
fn r68_a_tab_that_slept_looks_once() {
    for count in [1, 8] {
        let mut it = open(count, |_| {});
        it.pass_together(10 * MINUTE);
        it.server(PROVIDER).clear_log();
        // Frozen: time passes and nobody wakes; then everybody does, and more than once.
        it.now = it.now + 2 * HOUR;
        for _ in 0..3 {
            for number in 0..count {
                it.give(&name(number), Input::Woke).unwrap();
            }
            it.settle_together();
        }
        assert_eq!(asked(&mut it, PROVIDER).len(), 1, "{count}");
    }
}

#[test]
fn r69_a_credential_that_expired_stops_all_until_somebody_signs_in() {
    let mut it = open(5, |_| {});
    it.server(PROVIDER).inject(Fault::always(status(401)));
    it.pass_together(24 * HOUR);
    assert_eq!(it.server(PROVIDER).log().len(), 1, "one request for all, and none after it");
    for number in 0..5 {
        let stalled = it.party(&name(number)).updates.iter().any(|update| {
            matches!(update, Update::Fault { fault, stalled: true, .. } if fault.kind == FaultKind::Unauthorized)
        });
        assert!(stalled, "everybody is told");
    }
    it.server(PROVIDER).clear_faults();
    answer_everything(&mut it);
    (0..5).for_each(|number| it.decide(&name(number), Act::Retry).unwrap());
    it.pass_together(HOUR);
    assert!((0..5).all(|number| state(&it, &name(number)) == State::Answered));
}

#[test]
fn r69_one_of_many_that_is_gone_is_diagnosed_alone() {
    for (gone, kind) in [(404, FaultKind::NotFound), (410, FaultKind::Gone), (403, FaultKind::Forbidden)] {
        let mut it = open(5, |_| {});
        let id = text(&it.stored(PROVIDER, "Task")[2], "/id");
        // Neither found nor read.
        let request = fhir_solicit_world::Request::new(Method::Delete, &format!("Task/{id}"));
        let now = it.now;
        it.server(PROVIDER).handle(&request, now);
        it.server(PROVIDER).inject(Fault::always(status(gone)).on(Method::Get, &format!("Task/{id}")));
        it.server(PROVIDER).clear_log();
        it.pass_together(24 * HOUR);
        let lost: Vec<bool> =
            (0..5).map(|number| it.view(&name(number)).solicitation.unwrap().lost).collect();
        assert_eq!(lost.iter().filter(|lost| **lost).count(), 1, "{gone}: {lost:?}");
        let reads =
            asked(&mut it, PROVIDER).iter().filter(|one| one.ends_with(&format!("Task/{id}"))).count();
        assert_eq!(reads, 1, "{gone}: asked for itself once, and not again");
        let at = lost.iter().position(|lost| *lost).unwrap();
        assert!(it.party(&name(at)).updates.iter().any(
            |update| matches!(update, Update::Fault { fault, stalled: false, .. } if fault.kind == kind)
        ));
        assert_eq!(Resource::read(&it.view(&name(at)).task.unwrap()).unwrap().id().unwrap(), id);
    }
}
