//! `npm run bench -- exchange`: what one more exchange costs.
#![forbid(unsafe_code)]

use std::{
    env, fs,
    process::ExitCode,
    time::{Duration, Instant},
};

use fhir_solicit::{
    actor::{Input, Machine, RequestDraft, RequesterStart, Seed, Start},
    fhir::Reference,
    solicitation::Asked,
};
use fhir_solicit_simulation::{PAYER, PROVIDER, Simulation, starts};
use serde_json::{Value, json};

/// So many sent requests with a Task, each a party of its own.
fn open(count: usize) -> Option<Simulation> {
    let draft = RequestDraft {
        subject: Reference::to("Patient/ann"),
        ask: vec![Asked::Text("Please send the accident report.".into())],
        information_sender: Reference::to(&format!("{PROVIDER}/Organization/clinic")),
        information_recipients: vec![Reference::to("Organization/payer")],
        requester: Some(Reference::to("Organization/payer")),
        ..RequestDraft::default()
    };
    let request = draft.build().ok()?;
    let mut it = Simulation::new();
    for number in 0..count {
        let start = RequesterStart { seed: Seed::new(number as u128), ..starts::requester(request.clone()) };
        it.begin(&number.to_string(), Start::Requester(start)).ok()?;
    }
    it.settle();
    Some(it)
}

fn nanoseconds(took: Duration, times: usize) -> u64 {
    u64::try_from(took.as_nanos() / times.max(1) as u128).unwrap_or(u64::MAX)
}

/// Time and memory of a machine among so many.
fn machines(one: &Machine, count: usize) -> Value {
    let saved = serde_json::to_string(one).unwrap_or_default();
    let begun = Instant::now();
    let restored: Vec<Machine> = (0..count).filter_map(|_| serde_json::from_str(&saved).ok()).collect();
    let restore = nanoseconds(begun.elapsed(), count);
    let now = fhir_solicit::fhir::Instant::from_unix_milliseconds(1_795_000_060_000);
    let begun = Instant::now();
    let stepped = restored.iter().filter_map(|machine| machine.handle(Input::Woke, now).ok());
    let effects: usize = stepped.map(|step| step.effects.len()).sum();
    let handle = nanoseconds(begun.elapsed(), count);
    let memory = memory();
    println!(
        "{count:>8} exchanges  restore {restore:>6} ns  handle {handle:>6} ns  {memory:>7} kB in all  {effects} effects"
    );
    json!({ "exchanges": count, "restoreNanoseconds": restore, "handleNanoseconds": handle,
        "kilobytes": memory, "savedBytes": saved.len() })
}

/// What this process occupies, in kB, where Linux tells.
fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
}

/// Requests that one round of looks costs the partner's server, where one program drives all, and the
/// payer's, where answers may arrive once the partner is at work.
fn poll(count: usize) -> Option<Value> {
    let mut it = open(count)?;
    let mut rounds = Vec::new();
    for status in ["requested", "in-progress"] {
        let now = it.now;
        for mut task in it.stored(PROVIDER, "Task") {
            task.set("/status", status).ok()?;
            it.server(PROVIDER).insert(task, now).ok()?;
        }
        let log = |it: &mut Simulation| [PROVIDER, PAYER].map(|base| it.server(base).log().len());
        let before = log(&mut it);
        // One look of each: after a minute, then after five.
        it.pass_together(Duration::from_secs(if status == "requested" { 70 } else { 340 }));
        let after = log(&mut it);
        rounds
            .push(json!({ "status": status, "partner": after[0] - before[0], "home": after[1] - before[1] }));
        println!(
            "{count:>8} exchanges open, Tasks {status:<11}: in one poll {:>3} requests to the partner, {:>3} home",
            after[0] - before[0],
            after[1] - before[1],
        );
    }
    Some(json!({ "exchanges": count, "polls": rounds }))
}

fn main() -> ExitCode {
    let Some(it) = open(1) else { return ExitCode::FAILURE };
    let one = it.party("0").machine().clone();
    let machines: Vec<Value> = [1, 10, 100, 1_000, 10_000, 100_000].map(|count| machines(&one, count)).into();
    let polls: Vec<Option<Value>> = [1, 10, 100, 1_000].map(poll).into();
    let figures = json!({ "machines": machines, "polls": polls });
    let arguments: Vec<String> = env::args().collect();
    let file = arguments.iter().position(|it| it == "--json").and_then(|at| arguments.get(at + 1));
    if let Some(file) = file
        && let Err(error) = fs::write(file, figures.to_string())
    {
        eprintln!("cannot write {file}: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
