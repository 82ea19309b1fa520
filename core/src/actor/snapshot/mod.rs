//! All machines of an application as one value, to be saved and restored by any later version.
//!
//! ```text
//! { "format": "fhir-solicit", "version": 2,
//!   "saved": [ { "id": "request-17", "state": { "actor": "requester", "version": 2, … } }, … ] }
//! ```
//!
//! A state says by which version it was saved; one without that is of the first. What is older is brought to the
//! present shape step by step. What is newer, of an unknown kind, or damaged is kept [`Aside`] and saved again as it
//! came, so that nothing is lost to a version that cannot read it (R102).

mod migration;

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use serde::{Deserialize, Serialize, de::Error as _};

use self::migration::{VERSION, migrated};
use super::Machine;
use crate::json::{Document, FromJson, Kind, Unfit, Value};

const FORMAT: &str = "fhir-solicit";
const ACTORS: [&str; 5] = ["requester", "responder", "inbox", "information-recipient", "subscriber"];

/// In each state the version of its shape. Only the present one is read, for only that is sure to be understood.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Version;

impl Serialize for Version {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(VERSION)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u32::deserialize(deserializer)? {
            VERSION => Ok(Self),
            _ => Err(D::Error::custom("saved by another version; read it with `Snapshot::restore`")),
        }
    }
}

impl FromJson for Version {
    fn blank() -> Self {
        Self
    }

    fn read(&mut self, value: Value<'_>) -> Result<(), Unfit> {
        if u32::from_json(value)? == VERSION { Ok(()) } else { Err(Unfit::Form) }
    }
}

/// All machines of an application.
///
/// ```
/// use fhir_solicit::actor::{Saved, Snapshot};
/// # use fhir_solicit::actor::{InboxStart, Machine, Seed, Start};
/// # let home = serde_json::from_str(r#"{ "home": "https://clinic.example/fhir" }"#)?;
/// # let start = InboxStart { servers: home, cadence: Default::default(), owner: None, communications: false, guide: Default::default(), seed: Seed::new(1) };
/// # let state = Machine::begin(Start::Inbox(start), fhir_solicit::fhir::Instant::from_unix_milliseconds(0))?.state;
///
/// let snapshot = Snapshot { saved: vec![Saved { id: "inbox".into(), state }], aside: vec![] };
/// let text = snapshot.to_json();
/// let restored = Snapshot::restore(&text)?;
/// assert!(restored == snapshot);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub struct Snapshot {
    /// The machines, 0..*. Give each [`Input::Restored`](super::Input::Restored) to let it go on.
    pub saved: Vec<Saved>,
    /// What could not be restored, 0..*. It is saved again as it came.
    pub aside: Vec<Aside>,
}

/// A machine, and what the application calls it.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Saved {
    /// Its name, unique in the application; it appears in errors, so no patient's data.
    pub id: String,
    /// The machine.
    pub state: Machine,
}

/// An entry that could not be restored.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Aside {
    /// What the application calls it, where that can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Why it could not.
    pub why: Why,
    /// The same in words, and what to do.
    pub message: String,
    /// The entry as it came.
    pub entry: Document,
}

/// Why an entry could not be restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Why {
    /// A later version has saved it.
    #[error("a newer version of this library has saved it; update the library to go on with it")]
    Newer,
    /// A machine that this version does not have.
    #[error(
        "it is of a kind that this version of the library does not have; update the library to go on with it"
    )]
    UnknownKind,
    /// It is not what any version saves.
    #[error(
        "it is damaged: restore it from a backup, or begin anew, whereupon servers are asked what they have"
    )]
    Damaged,
}

/// Why nothing was restored; what was saved is untouched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unrestorable {
    /// It is something else, or broken off.
    #[error("this is no snapshot: give the text that `to_json` has given, whole; nothing was changed")]
    NotASnapshot,
    /// A later version has saved it.
    #[error(
        "version {found} of the format has saved this snapshot, and this library knows versions up to {known}: \
         update the library, and keep the snapshot as it is; nothing was changed"
    )]
    Newer {
        /// The version that saved it.
        found: u32,
        /// The last that is known.
        known: u32,
    },
}

impl Snapshot {
    /// The version of the shape of all states together; it rises with any change of that.
    pub const VERSION: u32 = VERSION;

    /// Reads what this or any earlier version has saved.
    ///
    /// An entry that cannot be read does not keep the others from being restored: it is in [`Snapshot::aside`].
    ///
    /// # Errors
    /// [`Unrestorable`] for what is no snapshot, or that of a later version.
    pub fn restore(text: &str) -> Result<Self, Unrestorable> {
        let document = Document::parse(text).map_err(|_| Unrestorable::NotASnapshot)?;
        let root = document.root();
        let is_ours = root.string("format").as_deref() == Some(FORMAT);
        let version = root.get("version").and_then(|version| u32::from_json(version).ok());
        let found = version.filter(|_| is_ours).ok_or(Unrestorable::NotASnapshot)?;
        if found > VERSION {
            return Err(Unrestorable::Newer { found, known: VERSION });
        }
        let entries = root.get("saved").filter(|saved| saved.kind() == Kind::Array);
        let mut snapshot = Self::default();
        for entry in entries.ok_or(Unrestorable::NotASnapshot)?.items() {
            let id = entry.string("id").map(Into::into);
            match (id, entry.get("state").ok_or(Why::Damaged).and_then(restored)) {
                (Some(id), Ok(state)) => snapshot.saved.push(Saved { id, state }),
                (id, state) => {
                    let why = state.err().unwrap_or(Why::Damaged);
                    let entry = Document::parse(entry.raw()).map_err(|_| Unrestorable::NotASnapshot)?;
                    snapshot.aside.push(Aside { id, why, message: why.to_string(), entry });
                }
            }
        }
        Ok(snapshot)
    }

    /// What is to be saved. **Contains patient data.**
    pub fn to_json(&self) -> String {
        let mut text = alloc::format!(r#"{{"format":"{FORMAT}","version":{VERSION},"saved":["#);
        let mut comma = "";
        let own = self.saved.iter().map(|saved| {
            let mut entry = Document::object();
            // An empty object takes both.
            let _ = entry.set("/id", &saved.id).and_then(|()| entry.set("/state", &saved.state));
            entry
        });
        for entry in own.chain(self.aside.iter().map(|aside| aside.entry.clone())) {
            text.push_str(comma);
            text.push_str(entry.text());
            comma = ",";
        }
        text.push_str("]}");
        text
    }
}

/// The machine that a state of any version is.
fn restored(state: Value<'_>) -> Result<Machine, Why> {
    let version = state.get("version").map_or(Ok(1), u32::from_json).map_err(|_| Why::Damaged)?;
    if version > VERSION {
        return Err(Why::Newer);
    }
    let actor = state.string("actor").ok_or(Why::Damaged)?;
    if !ACTORS.contains(&&*actor) {
        return Err(Why::UnknownKind);
    }
    if version == VERSION {
        return Machine::from_json(state).map_err(|_| Why::Damaged);
    }
    let state = Document::parse(state.raw()).map_err(|_| Why::Damaged)?;
    let state = migrated(state, &actor, version).map_err(|_| Why::Damaged)?;
    Machine::from_json(state.root()).map_err(|_| Why::Damaged)
}

#[cfg(test)]
mod tests {
    use alloc::{format, vec::Vec};

    use super::*;
    use crate::{
        actor::{Cadence, InboxStart, Seed, Start},
        fhir::Instant,
        lifecycle::Guide,
    };

    fn inbox() -> Machine {
        let servers = serde_json::from_str(r#"{ "home": "https://clinic.example/fhir" }"#).unwrap();
        let (cadence, guide) = (Cadence::Cdex, Guide::default());
        let start =
            InboxStart { servers, cadence, owner: None, communications: false, guide, seed: Seed::new(1) };
        Machine::begin(Start::Inbox(start), Instant::from_unix_milliseconds(0)).unwrap().state
    }

    fn of(entries: &[&str]) -> String {
        format!(r#"{{"format":"fhir-solicit","version":{VERSION},"saved":[{}]}}"#, entries.join(","))
    }

    fn good() -> String {
        let saved =
            Snapshot { saved: alloc::vec![Saved { id: "good".into(), state: inbox() }], aside: Vec::new() };
        let text = saved.to_json();
        let document = Document::parse(text).unwrap();
        document.root().pointer("/saved/0").unwrap().raw().to_string()
    }

    #[test]
    fn r102_a_snapshot_of_a_newer_version_is_refused_whole() {
        let text =
            of(&[&good()]).replace(&format!(r#""version":{VERSION},"saved""#), r#""version":99,"saved""#);
        let refused = Snapshot::restore(&text).err();
        assert_eq!(refused, Some(Unrestorable::Newer { found: 99, known: VERSION }));
        let says = refused.unwrap().to_string();
        assert!(says.contains("version 99") && says.contains("update the library"), "{says}");
    }

    #[test]
    fn r102_what_is_no_snapshot_is_refused() {
        let other = [
            "",
            "null",
            "[]",
            "{}",
            "{\"format\":\"fhir-solicit\"}",
            r#"{"format":"x","version":1,"saved":[]}"#,
        ];
        let broken_off = of(&[&good()]);
        let broken_off = &broken_off[..broken_off.len() - 9];
        for text in other.into_iter().chain([broken_off]) {
            assert_eq!(Snapshot::restore(text).err(), Some(Unrestorable::NotASnapshot), "{text}");
        }
    }

    #[test]
    fn r102_what_cannot_be_restored_is_named_and_saved_again_as_it_came() {
        let unknown = r#"{ "id": "later", "state": { "actor": "auctioneer", "version": 2, "bids": 1.00 } }"#;
        let newer = r#"{ "id": "newer", "state": { "actor": "inbox", "version": 99 } }"#;
        let damaged = r#"{ "id": "damaged", "state": { "actor": "inbox", "version": 2, "desk": null } }"#;
        let old = r#"{ "id": "old", "state": { "actor": "inbox" } }"#;
        let entries =
            [unknown, newer, damaged, old, r#"{ "id": "empty" }"#, r#"{"state":{}}"#, "null", "7", "[1]"];
        let good = good();
        let mut all = entries.to_vec();
        all.insert(3, &good);
        let snapshot = Snapshot::restore(&of(&all)).unwrap();
        assert_eq!(snapshot.saved.len(), 1, "the others restore");
        assert!(snapshot.saved[0].state == inbox());
        let whys: Vec<_> = snapshot.aside.iter().map(|aside| (aside.id.as_deref(), aside.why)).collect();
        let expected = [
            (Some("later"), Why::UnknownKind),
            (Some("newer"), Why::Newer),
            (Some("damaged"), Why::Damaged),
            (Some("old"), Why::Damaged),
            (Some("empty"), Why::Damaged),
            (None, Why::Damaged),
            (None, Why::Damaged),
            (None, Why::Damaged),
            (None, Why::Damaged),
        ];
        assert_eq!(whys, expected);
        let again = snapshot.to_json();
        assert!(entries.iter().all(|entry| again.contains(entry)), "{again}");
        assert!(Snapshot::restore(&again).unwrap() == snapshot);
    }

    #[test]
    fn r102_a_state_of_the_first_version_is_brought_up_to_date() {
        let state = serde_json::to_string(&inbox()).unwrap();
        let old = state.replace(&format!(r#""version":{VERSION},"#), "").replace(r#","ended":[]"#, "");
        assert!(
            serde_json::from_str::<Machine>(&old).is_err(),
            "what is older is not mistaken for what is not"
        );
        let entry = format!(r#"{{"id":"old","state":{old}}}"#);
        let text =
            of(&[&entry]).replace(&format!(r#""version":{VERSION},"saved""#), r#""version":1,"saved""#);
        assert!(Snapshot::restore(&text).unwrap().saved[0].state == inbox());
    }
}
