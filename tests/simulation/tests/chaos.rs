//! 2,000 worlds of chaos. `npm run simulate` runs as many as you like.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by panicking")]

use std::{panic::catch_unwind, thread};

use fhir_solicit_simulation::chaos;

const SEEDS: u64 = 2000;
const THREADS: u64 = 2;

/// How many exchanges, or the seed that fails and how.
fn run(first: u64) -> Result<usize, String> {
    let mut seeds = (first..SEEDS).step_by(THREADS as usize);
    seeds.try_fold(0, |exchanges, seed| match catch_unwind(|| chaos::run(seed)) {
        Ok(Ok(ran)) => Ok(exchanges + ran.exchanges),
        Ok(Err(law)) => Err(format!("{law}; npm run simulate -- --seed {seed} tells the story")),
        Err(_) => Err(format!("seed {seed} panics")),
    })
}

#[test]
fn the_laws_hold_whatever_goes_wrong() {
    let threads: Vec<_> = (0..THREADS).map(|first| thread::spawn(move || run(first))).collect();
    let exchanges: usize = threads.into_iter().map(|thread| thread.join().unwrap().unwrap()).sum();
    assert!(exchanges >= 3900, "{exchanges}");
}
