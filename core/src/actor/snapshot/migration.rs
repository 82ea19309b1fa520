//! How what an earlier version has saved becomes what this one reads.
//!
//! A change of the shape of any state is a version of its own: raise [`VERSION`], add a step, and keep what the
//! version before has saved as a fixture of `tests/simulation/tests/saved.rs`.

use crate::json::{Document, EditError};

/// The version of the shape of all states together.
pub(super) const VERSION: u32 = 4;

/// One place of a state that is new, or another than it was.
struct Edit {
    /// In the states of these actors.
    of: &'static [&'static str],
    /// Where, as JSON Pointer.
    at: &'static str,
    /// What stands there from now on, as JSON.
    json: &'static str,
}

/// From version 1 to 2, from 2 to 3, and so on.
const STEPS: [&[Edit]; VERSION as usize - 1] = [
    &[
        // An inbox forgets what has ended; until then nobody has looked for that.
        Edit { of: &["inbox"], at: "/tasks/ended", json: "[]" },
        Edit { of: &["inbox"], at: "/requests/ended", json: "[]" },
        // Identifiers were drawn by chance before, and so are none of those that are counted.
        Edit { of: &["subscriber"], at: "/creations", json: "0" },
    ],
    // What had come to its end was looked at no longer, and stays so; what has not is looked at for a day after it.
    &[],
    // An information recipient is new, and what tells one of a Communication; what was there was for the requester.
    &[],
];

/// `state`, which an actor of the kind `actor` has saved in version `from`, in the present shape.
///
/// # Errors
/// Where it is damaged, so that something has no place in it.
pub(super) fn migrated(mut state: Document, actor: &str, from: u32) -> Result<Document, EditError> {
    let steps = STEPS.iter().skip((from as usize).saturating_sub(1));
    for edit in steps.flat_map(|step| step.iter()).filter(|edit| edit.of.contains(&actor)) {
        state.set_raw(edit.at, edit.json)?;
    }
    state.set("/version", &VERSION)?;
    Ok(state)
}
