//! R20 and R21: every change of status, under every guide, by every role, as a table to look at.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test -p fhir-solicit --test lifecycle` rewrites the table.
#![allow(clippy::unwrap_used, reason = "a test that cannot read its material has to fail")]

use std::{fmt::Write, fs, path::Path};

use fhir_solicit::lifecycle::{
    CommunicationRequestStatus, CommunicationStatus, Guide, Observation, Role, Status, TaskStatus, Verdict,
    observe, transition,
};

/// `+` allowed, `?` allowed with a warning, `.` refused; requester first, then responder.
fn matrix<S: Status>(table: &mut String, name: &str, guide: Guide) {
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
    for guide in Guide::ALL {
        matrix::<TaskStatus>(&mut table, "Task", guide);
    }
    matrix::<CommunicationRequestStatus>(&mut table, "CommunicationRequest", Guide::R4);
    matrix::<CommunicationStatus>(&mut table, "Communication", Guide::R4);
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
    fn check<S: Status>(guide: Guide) {
        for &from in S::codes(guide) {
            let leaves = S::table(guide).iter().any(|edge| edge.from == Some(from));
            assert_eq!(leaves, !from.is_final() && from.code() != "unknown", "{} under {guide}", from.code());
        }
        for edge in S::table(guide) {
            assert!(S::codes(guide).contains(&edge.to), "{} is no code of {guide}", edge.to.code());
        }
    }
    for guide in Guide::ALL {
        check::<TaskStatus>(guide);
        check::<CommunicationRequestStatus>(guide);
        check::<CommunicationStatus>(guide);
    }
}

#[test]
fn r21_every_change_that_can_be_seen_has_a_name() {
    use Observation as O;
    use TaskStatus as T;
    let seen = |from, to| observe::<T>(from, to, Guide::R4);
    assert_eq!(seen(Some(T::Requested), "accepted"), O::Step);
    assert_eq!(seen(Some(T::Requested), "completed"), O::Compressed);
    assert_eq!(seen(None, "completed"), O::Compressed);
    assert_eq!(seen(Some(T::Requested), "requested"), O::Same);
    assert_eq!(seen(Some(T::Rejected), "requested"), O::Reopen);
    assert_eq!(seen(Some(T::InProgress), "requested"), O::Regress);
    assert_eq!(seen(Some(T::Requested), "done"), O::IllegalCode);
    assert_eq!(observe::<T>(Some(T::Requested), "cancelled", Guide::Hrex11), O::IllegalCode);
    for guide in Guide::ALL {
        for from in core::iter::once(None).chain(T::ALL.iter().copied().map(Some)) {
            for to in T::ALL {
                let _ = observe(from, to.code(), guide);
            }
        }
    }
}
