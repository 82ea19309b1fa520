//! Every course that one exchange can take: one requester, one responder, and up to two faults, at every
//! step, in every order.
//!
//! Chance finds what is likely; this finds what is possible. The world is small, so that all of it can
//! be seen: [`explore`] visits each state once and holds the laws of the design in all of them.
#![forbid(unsafe_code)]
#![allow(clippy::missing_panics_doc, reason = "a test kit: every assertion is the test failing")]

mod canonical;
mod model;
mod world;

pub use model::{Explored, explore};
pub use world::{Decision, Fate, REQUESTER, RESPONDER, State, Step, World};

use std::{env, fs};

use fhir_solicit::actor::Variant;

/// The worlds, each with so many faults at most.
pub fn worlds(faults: u8) -> Vec<World> {
    use Decision::{Accept, Cancel, Complete, Reject, Respond};
    let answers = [(RESPONDER, Accept), (RESPONDER, Respond), (RESPONDER, Complete)];
    let refuses = [(RESPONDER, Accept), (RESPONDER, Reject), (REQUESTER, Cancel)];
    let world = |name, variant, guide, acts: &[(&'static str, Decision)]| World {
        name,
        variant,
        guide,
        faults,
        acts: acts.to_vec(),
    };
    let (with, without) = (Variant::WithTask, Variant::WithoutTask);
    vec![
        world("A, answered or rejected", without, "r4", &[&answers[..], &refuses[1..2]].concat()),
        world("B, rejected or cancelled", with, "cdex-2019", &refuses),
        world("B, answered", with, "cdex-2019", &answers),
        world("data request, answered", with, "cdex-2.1.0", &answers),
        world("data request, cancelled", with, "cdex-2.1.0", &[&answers[..], &refuses[2..]].concat()),
        world("B, all of it", with, "cdex-2019", &[&answers[..], &refuses[1..]].concat()),
        world("data request, all of it", with, "cdex-2.1.0", &[&answers[..], &refuses[1..]].concat()),
    ]
}

/// Explores a world, and says what was seen of it in one line.
///
/// # Errors
/// A law that does not hold, or a number of states that is not the one in `snapshots/explored.txt`;
/// with `UPDATE_SNAPSHOTS=1` that is written anew.
pub fn report(world: World) -> Result<String, String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/explored.txt");
    let name = format!("{}, {} faults: ", world.name, world.faults);
    let line = format!("{name}{}", explore(world)?);
    let known = fs::read_to_string(path).unwrap_or_default();
    if env::var_os("UPDATE_SNAPSHOTS").is_some() {
        let mut lines: Vec<&str> = known.lines().filter(|known| !known.starts_with(&name)).collect();
        lines.push(&line);
        lines.sort_unstable();
        fs::write(path, lines.join("\n") + "\n").map_err(|error| error.to_string())?;
    } else if known.lines().any(|known| known.starts_with(&name) && known != line) {
        return Err(format!(
            "{line}, which {path} says otherwise; with UPDATE_SNAPSHOTS=1 it is written anew"
        ));
    }
    Ok(line)
}
