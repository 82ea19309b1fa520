//! By when an answer is expected: R75 to R77.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its material has to fail")]

use fhir_solicit::{
    fhir::{Communication, CommunicationRequest, Instant, Task},
    json::Document,
    solicitation::{Calendar, Due, Given, Seen, SeenRecipient, State, Timeliness, derive},
};

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn request(occurrence: &str) -> Document {
    let text = format!(
        r#"{{"resourceType":"CommunicationRequest","status":"active",{occurrence},
            "payload":[{{"contentString":"Please send the discharge summary."}}]}}"#
    );
    Document::parse(text).unwrap()
}

fn task(status: &str, rest: &str) -> Document {
    let text = format!(r#"{{"resourceType":"Task","status":"{status}","intent":"order"{rest}}}"#);
    Document::parse(text).unwrap()
}

fn sent(when: &str) -> Document {
    let text = format!(
        r#"{{"resourceType":"Communication","status":"completed","sent":"{when}",
            "payload":[{{"contentString":"Enclosed."}}]}}"#
    );
    Document::parse(text).unwrap()
}

const UNTIL_FRIDAY: &str = r#""occurrencePeriod":{"start":"2026-03-02","end":"2026-03-06"}"#;

fn due(occurrence: &str, zone_minutes: i32) -> Option<Due> {
    let request = request(occurrence);
    let calendar = Calendar { zone_minutes, ..Calendar::default() };
    let seen = Seen { request: CommunicationRequest::read(&request), calendar, ..Seen::default() };
    derive(&seen, at("2026-01-01T00:00:00Z")).due
}

#[test]
fn r75_a_date_lasts_until_its_end_where_it_is_meant() {
    let until = |occurrence, zone| due(occurrence, zone).map(|due| due.until.to_string());
    let table = [
        (UNTIL_FRIDAY, 0, Some("2026-03-06T23:59:59.999Z")),
        // New York, before and after its clocks change on the eighth of March.
        (UNTIL_FRIDAY, -300, Some("2026-03-07T04:59:59.999Z")),
        (r#""occurrencePeriod":{"end":"2026-03-08"}"#, -240, Some("2026-03-09T03:59:59.999Z")),
        (r#""occurrenceDateTime":"2026-03""#, 60, Some("2026-03-31T22:59:59.999Z")),
        (r#""occurrenceDateTime":"2026""#, 0, Some("2026-12-31T23:59:59.999Z")),
        (r#""occurrenceDateTime":"2026-03-06T12:00:00-05:00""#, 60, Some("2026-03-06T17:00:00.000Z")),
        // Without an end there is nothing to be late for; a date that is none says nothing.
        (r#""occurrencePeriod":{"start":"2026-03-02"}"#, 0, None),
        (r#""occurrenceDateTime":"2026-02-30""#, 0, None),
    ];
    for (occurrence, zone, expected) in table {
        assert_eq!(until(occurrence, zone).as_deref(), expected, "{occurrence} at {zone}");
    }
    let written = due(UNTIL_FRIDAY, -300).unwrap();
    assert_eq!((written.written.as_str(), written.from), ("2026-03-06", Some(at("2026-03-02T05:00:00Z"))));
}

#[test]
fn r75_the_restriction_of_the_task_goes_before_the_request() {
    let (request, task) =
        (request(UNTIL_FRIDAY), task("accepted", r#","restriction":{"period":{"end":"2026-03-10"}}"#));
    let seen = Seen {
        request: CommunicationRequest::read(&request),
        recipients: vec![SeenRecipient { task: Task::read(&task), sent: true, ..SeenRecipient::default() }],
        ..Seen::default()
    };
    assert_eq!(derive(&seen, at("2026-03-07T12:00:00Z")).due.unwrap().written, "2026-03-10");
}

#[test]
fn r75_an_answer_stands_to_its_time_in_one_way() {
    let request = request(UNTIL_FRIDAY);
    let stands = |seen: Seen<'_>, now: &str| {
        let mut seen = Seen { request: CommunicationRequest::read(&request), ..seen };
        if seen.recipients.is_empty() {
            seen.recipients.push(SeenRecipient { sent: true, ..SeenRecipient::default() });
        }
        derive(&seen, at(now)).due.unwrap().timeliness
    };
    let waiting = |now| stands(Seen::default(), now);
    assert_eq!(waiting("2026-03-01T12:00:00Z"), Timeliness::Early, "R77");
    assert_eq!(waiting("2026-03-02T00:00:00Z"), Timeliness::Pending);
    assert_eq!(waiting("2026-03-05T23:59:59.998Z"), Timeliness::Pending);
    assert_eq!(waiting("2026-03-06T00:00:00Z"), Timeliness::Soon, "a day before the end");
    assert_eq!(waiting("2026-03-06T23:59:59.999Z"), Timeliness::Soon, "the last moment is in time");
    assert_eq!(waiting("2026-03-07T00:00:00Z"), Timeliness::Overdue);
    let hour = Calendar { soon_minutes: Some(60), ..Calendar::default() };
    let seen = || Seen { calendar: hour, ..Seen::default() };
    assert_eq!(stands(seen(), "2026-03-06T22:00:00Z"), Timeliness::Pending);
    assert_eq!(stands(seen(), "2026-03-06T23:00:00Z"), Timeliness::Soon);

    let answered = |sent: &[Document]| {
        let given = |document| Given {
            communication: Communication::read(document).unwrap(),
            by: Some(0),
            lacking: Vec::new(),
        };
        let communications = sent.iter().map(given).collect();
        stands(Seen { communications, ..Seen::default() }, "2026-04-01T00:00:00Z")
    };
    let (friday, monday) = (sent("2026-03-06T20:00:00Z"), sent("2026-03-09T08:00:00Z"));
    assert_eq!(answered(std::slice::from_ref(&friday)), Timeliness::InTime, "whenever it is looked at");
    assert_eq!(answered(std::slice::from_ref(&monday)), Timeliness::Late);
    assert_eq!(answered(&[friday, monday]), Timeliness::InTime, "what comes later makes it no later");

    let closed = |status, changed: &str| {
        let task = task(status, &format!(r#","lastModified":"{changed}","statusReason":{{"text":"x"}}"#));
        let empty = status == "completed";
        let recipient =
            SeenRecipient { task: Task::read(&task), sent: true, empty, ..SeenRecipient::default() };
        stands(Seen { recipients: vec![recipient], ..Seen::default() }, "2026-04-01T00:00:00Z")
    };
    assert_eq!(closed("completed", "2026-03-06T20:00:00Z"), Timeliness::InTime, "nothing was found");
    assert_eq!(closed("completed", "2026-03-09T20:00:00Z"), Timeliness::Late);
    for status in ["rejected", "failed", "cancelled"] {
        assert_eq!(closed(status, "2026-03-09T20:00:00Z"), Timeliness::Moot, "{status}");
    }
}

#[test]
fn r76_overdue_changes_neither_state_nor_resource() {
    let (request, task) = (request(UNTIL_FRIDAY), task("accepted", ""));
    let seen = Seen {
        request: CommunicationRequest::read(&request),
        recipients: vec![SeenRecipient { task: Task::read(&task), sent: true, ..SeenRecipient::default() }],
        ..Seen::default()
    };
    let [before, after] = ["2026-03-03T00:00:00Z", "2027-01-01T00:00:00Z"].map(|now| derive(&seen, at(now)));
    assert_eq!((before.state, after.state), (State::Accepted, State::Accepted));
    assert_eq!(before.why, after.why);
    assert_eq!(after.due.unwrap().timeliness, Timeliness::Overdue);
}
