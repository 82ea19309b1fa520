//! Small worlds, seen whole. `npm run explore` sees larger ones.
#![allow(clippy::unwrap_used, reason = "a test says so by panicking")]

use fhir_solicit_explore::{report, worlds};

/// What is seen soon enough for every run of the tests.
const SOON: [(&str, u8); 3] =
    [("A, answered or rejected", 1), ("B, answered", 0), ("data request, answered", 0)];

#[test]
fn the_laws_hold_in_every_course_that_an_exchange_can_take() {
    for (name, faults) in SOON {
        let world = worlds(faults).into_iter().find(|world| world.name == name).unwrap();
        println!("{}", report(world).unwrap());
    }
}
