//! `npm run explore [-- --faults N]`: every course that one exchange can take.
#![forbid(unsafe_code)]

use std::{process::ExitCode, time::Instant};

use fhir_solicit_explore::{report, worlds};

const HELP: &str = "\
Visits every state that one exchange can come to, and holds the laws of the design in each.

Usage: explore [--faults N] [NAME]

  --faults N   with up to so many faults [default: 2]
  NAME         only the worlds whose name begins so
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (mut faults, mut wanted) = (2, String::new());
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--faults" => match arguments.next().and_then(|number| number.parse().ok()) {
                Some(number) => faults = number,
                None => return usage(),
            },
            name if !name.starts_with('-') => name.clone_into(&mut wanted),
            _ => return usage(),
        }
    }
    let mut failed = false;
    for world in worlds(faults).into_iter().filter(|world| world.name.starts_with(&wanted)) {
        let begun = Instant::now();
        match report(world) {
            Ok(line) => println!("{line}, in {:.1} s", begun.elapsed().as_secs_f64()),
            Err(law) => {
                failed = true;
                println!("{law}");
            }
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn usage() -> ExitCode {
    print!("{HELP}");
    ExitCode::FAILURE
}
