//! `npm run simulate -- --seeds N [--seed S]`: worlds of chaos, one for each seed.
#![forbid(unsafe_code)]

use std::{
    cell::Cell,
    panic,
    process::ExitCode,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
    thread,
    time::Instant,
};

use fhir_solicit_simulation::chaos;

const HELP: &str = "\
Runs worlds of chaos and checks the laws of the design after every step.

Usage: simulate [--seeds N] [--from S] [--seed S]

  --seeds N   so many seeds [default: 2000]
  --from S    beginning with this one [default: 0]
  --seed S    this one alone, with its story
";

const OPTIONS: [&str; 3] = ["--seeds", "--from", "--seed"];

thread_local! {
    static SEED: Cell<u64> = const { Cell::new(0) };
}

fn main() -> ExitCode {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        println!("seed {}: no panic: it panicked", SEED.get());
        usual(panic);
    }));
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1)?.parse::<u64>().ok()
    };
    let known = |pair: &[String]| OPTIONS.contains(&pair[0].as_str()) && value(&pair[0]).is_some();
    if !arguments.chunks(2).all(known) {
        print!("{HELP}");
        return if arguments == ["--help"] { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    match value("--seed") {
        Some(seed) => one(seed),
        None => many(value("--from").unwrap_or(0), value("--seeds").unwrap_or(2000)),
    }
}

fn one(seed: u64) -> ExitCode {
    SEED.set(seed);
    match chaos::run(seed) {
        Ok(ran) => {
            println!("seed {seed}: {} exchanges, {} steps, all laws held", ran.exchanges, ran.steps);
            ExitCode::SUCCESS
        }
        Err(broken) => {
            for line in &broken.story {
                println!("  {line}");
            }
            println!("seed {seed}: {}", broken.law);
            ExitCode::FAILURE
        }
    }
}

fn many(from: u64, seeds: u64) -> ExitCode {
    let begun = Instant::now();
    let next = AtomicU64::new(from);
    let [exchanges, steps, requests, failures] = [const { AtomicUsize::new(0) }; 4];
    let worker = || {
        while let seed = next.fetch_add(1, Ordering::Relaxed)
            && seed < from + seeds
            && failures.load(Ordering::Relaxed) < 20
        {
            SEED.set(seed);
            match chaos::run(seed) {
                Ok(ran) => {
                    exchanges.fetch_add(ran.exchanges, Ordering::Relaxed);
                    steps.fetch_add(ran.steps, Ordering::Relaxed);
                    requests.fetch_add(ran.requests, Ordering::Relaxed);
                }
                Err(broken) => {
                    failures.fetch_add(1, Ordering::Relaxed);
                    println!("seed {seed}: {}", broken.law);
                }
            }
        }
    };
    let threads = thread::available_parallelism().map_or(2, usize::from);
    thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(worker))));
    let took = begun.elapsed();
    let [exchanges, steps, requests, failures] =
        [exchanges, steps, requests, failures].map(AtomicUsize::into_inner);
    println!(
        "{exchanges} exchanges, {steps} steps, {requests} requests in {:.1} s ({} exchanges a second); {failures} seeds failed",
        took.as_secs_f64(),
        exchanges as u128 * 1000 / took.as_millis().max(1)
    );
    if failures > 0 {
        println!("npm run simulate -- --seed S tells the story of one");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
