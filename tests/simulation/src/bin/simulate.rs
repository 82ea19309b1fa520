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

Usage: simulate [--seeds N] [--from S] [--jobs N] [--seed S]

  --seeds N   so many seeds [default: 2000]
  --from S    beginning with this one [default: 0]
  --jobs N    so many at a time [default: one for each core]
  --seed S    this one alone, with its story
";

const OPTIONS: [&str; 4] = ["--seeds", "--from", "--jobs", "--seed"];

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
    if let Some(seed) = value("--seed") {
        return one(seed);
    }
    let cores = thread::available_parallelism().map_or(1, usize::from) as u64;
    let jobs = value("--jobs").unwrap_or(cores).max(1);
    many(value("--from").unwrap_or(0), value("--seeds").unwrap_or(2000), jobs)
}

fn one(seed: u64) -> ExitCode {
    SEED.set(seed);
    let (story, end) = chaos::story(seed);
    for line in story {
        println!("  {line}");
    }
    match end {
        Ok(ran) => {
            println!("seed {seed}: {} exchanges, {} steps, all laws held", ran.exchanges, ran.steps);
            ExitCode::SUCCESS
        }
        Err(law) => {
            println!("seed {seed}: {law}");
            ExitCode::FAILURE
        }
    }
}

fn many(from: u64, seeds: u64, jobs: u64) -> ExitCode {
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
                Err(law) => {
                    failures.fetch_add(1, Ordering::Relaxed);
                    println!("seed {seed}: {law}");
                }
            }
        }
    };
    thread::scope(|scope| (0..jobs).for_each(|_| drop(scope.spawn(worker))));
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
