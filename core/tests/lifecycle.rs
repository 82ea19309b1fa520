//! R20 and R21: every change of status, under every guide, by every role, as a table to look at.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test -p fhir-solicit --test lifecycle` rewrites the table.
#![allow(clippy::unwrap_used, reason = "a test that cannot read its material has to fail")]

use std::{fmt::Write, fs, path::Path};

use fhir_solicit::{
    fhir::Task,
    json::{Document, FromJson},
    lifecycle::{
        Ask, Cancel, CommunicationRequestStatus, CommunicationStatus, Guide, Observation, Role, Rules,
        Status, TaskStatus, Verdict, Way, observe, transition,
    },
    pack::{Draft, Pack},
};
use serde_json::{from_str, to_string};

/// `+` allowed, `?` allowed with a warning, `.` refused; requester first, then responder.
fn matrix<S: Status>(table: &mut String, name: &str, guide: &Guide) {
    writeln!(table, "\n{name} under {guide}, from (rows) to (columns), requester/responder").unwrap();
    write!(table, "{:17}", "").unwrap();
    for to in S::ALL {
        write!(table, "{:17}", to.code()).unwrap();
    }
    writeln!(table).unwrap();
    for from in core::iter::once(None).chain(S::ALL.iter().copied().map(Some)) {
        write!(table, "{:17}", from.map_or("(start)", S::code)).unwrap();
        for &to in S::ALL {
            let mark = |role| match transition(from, to, guide, role) {
                Verdict::Allowed => '+',
                Verdict::AllowedWithWarning(_) => '?',
                Verdict::Refused(_) => '.',
            };
            write!(table, "{:17}", format!("{}/{}", mark(Role::Requester), mark(Role::Responder))).unwrap();
        }
        while table.ends_with(' ') {
            table.pop();
        }
        writeln!(table).unwrap();
    }
}

#[test]
fn r20_the_authoring_guard_is_this_table() {
    let mut table = String::from("+ allowed, ? allowed with a warning, . refused\n");
    for guide in Guide::all() {
        matrix::<TaskStatus>(&mut table, "Task", guide);
    }
    matrix::<CommunicationRequestStatus>(&mut table, "CommunicationRequest", &Guide::r4());
    matrix::<CommunicationStatus>(&mut table, "Communication", &Guide::r4());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots/lifecycle.txt");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &table).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == table,
        "the tables differ from {}",
        path.display()
    );
}

#[test]
fn a_final_status_has_no_way_out_and_every_other_has_one() {
    fn check<S: Status>(guide: &Guide) {
        let rules = S::rules(guide);
        for code in &rules.codes {
            let from = S::from_code(code).unwrap();
            let leaves = rules.steps.iter().any(|step| step.from.iter().flatten().any(|from| from == code));
            assert_eq!(leaves, !from.is_final() && code != "unknown", "{code} under {guide}");
        }
    }
    for guide in Guide::all() {
        check::<TaskStatus>(guide);
        check::<CommunicationRequestStatus>(guide);
        check::<CommunicationStatus>(guide);
    }
}

#[test]
fn r21_every_change_that_can_be_seen_has_a_name() {
    use Observation as O;
    use TaskStatus as T;
    let seen = |from, to| observe::<T>(from, to, &Guide::r4());
    assert_eq!(seen(Some(T::Requested), "accepted"), O::Step);
    assert_eq!(seen(Some(T::Requested), "completed"), O::Compressed);
    assert_eq!(seen(None, "completed"), O::Compressed);
    assert_eq!(seen(Some(T::Requested), "requested"), O::Same);
    assert_eq!(seen(Some(T::Rejected), "requested"), O::Reopen);
    assert_eq!(seen(Some(T::InProgress), "requested"), O::Regress);
    assert_eq!(seen(Some(T::Requested), "done"), O::IllegalCode);
    assert_eq!(
        observe::<T>(Some(T::Requested), "cancelled", &Guide::named("hrex-1.1").unwrap()),
        O::IllegalCode
    );
    for guide in Guide::all() {
        for from in core::iter::once(None).chain(T::ALL.iter().copied().map(Some)) {
            for to in T::ALL {
                let _ = observe(from, to.code(), guide);
            }
        }
    }
}

#[test]
fn r1_a_guide_is_its_name_or_its_rules() {
    for guide in Guide::all() {
        assert_eq!(to_string(guide).unwrap(), format!("\"{guide}\""), "a built-in guide is saved by name");
        assert_eq!(&from_str::<Guide>(&format!("\"{guide}\"")).unwrap(), guide);
        assert_eq!(
            &Guide::read(&to_string::<Rules>(guide).unwrap()).unwrap(),
            guide,
            "and can be written out"
        );
    }
    let unstable: Vec<&str> = Guide::all().iter().filter(|it| it.unstable).map(|it| &*it.guide).collect();
    assert_eq!(unstable, ["cdex-ci"]);
    let own = Guide::read(r#"{"guide":"own","title":"Ours","extends":"r4","cancel":"request"}"#).unwrap();
    assert_eq!((own.cancel, &own.task), (Cancel::Request, &Guide::r4().task), "it says only what differs");
    let saved = to_string(&own).unwrap();
    assert_eq!(from_str::<Guide>(&saved).unwrap(), own, "no pack is needed to go on");
    let document = Document::parse(saved).unwrap();
    assert!(Guide::from_json(document.root()).unwrap() == own);
    for wrong in [
        r#"{"guide":"x","title":"x"}"#,
        r#"{"guide":"x","title":"x","extends":"y"}"#,
        r#"{"guide":"x","title":"x","extends":"r4","task":{"codes":["done"],"steps":[]}}"#,
        r#"{"guide":"x","title":"x","extends":"r4","task":{"codes":["draft"],"steps":[{"by":"requester","to":["ready"]}]}}"#,
        "[]",
        "",
    ] {
        assert!(Guide::read(wrong).is_err(), "{wrong}");
    }
    assert!(from_str::<Guide>("\"cdex-9\"").is_err());
}

#[test]
fn r1_a_pack_brings_the_life_cycle_of_its_guide() {
    let text = r#"{"guide":"own","title":"Ours","extends":"cdex-2.1.0","unstable":true}"#;
    let draft = Draft { id: "own".into(), lifecycle: Some(text.into()), ..Draft::default() };
    let pack = Pack::read(draft.to_bytes().unwrap()).unwrap();
    let guide = Guide::of_pack(&pack).unwrap().unwrap();
    assert_eq!((guide.guide.as_str(), guide.task.codes.len()), ("own", 7));
    assert!(Guide::of_pack(Pack::exchange()).is_none());
}

/// Finding 1, R30, R31: what the guides say of `Task.focus` and `Task.input`.
#[test]
fn r31_a_task_asks_by_focus_or_by_input_as_its_guide_has_it() {
    let focus = r#"{"resourceType":"Task","focus":{"reference":"CommunicationRequest/1"}}"#;
    let input = r#"{"resourceType":"Task","input":[{"type":{"coding":[{
        "system":"http://hl7.org/fhir/us/davinci-hrex/CodeSystem/hrex-temp","code":"data-query"}]},
        "valueString":"Condition?patient=1"}]}"#;
    let asks = |guide: &str, text: &str| {
        Guide::named(guide).unwrap().ask.is_in(Task::read(&Document::parse(text).unwrap()).unwrap())
    };
    for (guide, by_focus) in
        [("r4", true), ("cdex-2019", true), ("hrex-1.1", false), ("cdex-2.1.0", false), ("cdex-ci", false)]
    {
        assert_eq!((asks(guide, focus), asks(guide, input)), (by_focus, !by_focus), "{guide}");
    }
}

/// R30 and finding 5: each way to ask with its code, and what says that nothing was found.
#[test]
fn r30_r40_the_ways_to_ask_of_each_guide() {
    let ways = |guide: &str| match &Guide::named(guide).unwrap().ask {
        Ask::Focus { .. } => Vec::new(),
        Ask::Input { slots, .. } => {
            slots.iter().map(|slot| (slot.way, slot.code.code.clone().unwrap(), slot.empty)).collect()
        }
    };
    let (failed, completed) = (Some(TaskStatus::Failed), Some(TaskStatus::Completed));
    let request = || String::from("data-request");
    assert_eq!(ways("hrex-1.1"), [(Way::Query, request(), completed), (Way::Code, request(), failed)]);
    let cdex = [
        (Way::Query, String::from("data-request-query"), failed),
        (Way::Code, String::from("data-request-code"), failed),
        (Way::Questionnaire, String::from("data-request-questionnaire"), None),
    ];
    assert_eq!(ways("cdex-2.1.0"), cdex);
    assert_eq!(ways("cdex-ci"), cdex);
    assert_eq!(ways("cdex-2019"), []);
}
