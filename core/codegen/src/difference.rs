//! What differs between two packs.

use std::collections::BTreeSet;

use fhir_solicit_validator::pack::Pack;

/// Most lines worth reading.
const MOST_LINES: usize = 40;

/// One line for each fact that only one of the packs holds.
pub(crate) fn between(committed: &[u8], fresh: &[u8]) -> String {
    let lines = |bytes: &[u8]| Pack::read(bytes.to_vec()).map(|pack| BTreeSet::from_iter(pack.lines()));
    let (committed, fresh) = match (lines(committed), lines(fresh)) {
        (Ok(committed), Ok(fresh)) => (committed, fresh),
        (Err(error), _) => return format!("  the committed file cannot be read: {error}"),
        (_, Err(error)) => return format!("  the fresh bytes cannot be read: {error}"),
    };
    let gone = committed.difference(&fresh).map(|line| format!("  - {line}"));
    let new = fresh.difference(&committed).map(|line| format!("  + {line}"));
    let all: Vec<String> = gone.chain(new).collect();
    let mut shown = all.iter().take(MOST_LINES).cloned().collect::<Vec<_>>();
    if all.is_empty() {
        shown.push("  the facts are the same, their layout is not".into());
    }
    if all.len() > MOST_LINES {
        shown.push(format!("  and {} more", all.len() - MOST_LINES));
    }
    shown.join("\n")
}
