//! What the native benchmarks share: the clock, and where figures go.

use std::{
    env, fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

/// The arguments without `--json FILE`, and that file.
pub(crate) fn arguments() -> (Vec<String>, Option<PathBuf>) {
    let mut arguments: Vec<String> = env::args().skip(1).collect();
    let json = arguments.iter().position(|argument| argument == "--json").and_then(|at| {
        arguments.remove(at);
        (at < arguments.len()).then(|| arguments.remove(at).into())
    });
    (arguments, json)
}

/// Writes the figures where they were asked for.
pub(crate) fn write(json: Option<PathBuf>, figures: &Value) -> std::io::Result<()> {
    json.map_or(Ok(()), |file| fs::write(file, format!("{figures:#}\n")))
}

/// How long one round of a work is to take.
const ROUND: Duration = Duration::from_millis(2);

/// Quartiles of the time of `work` in microseconds.
#[derive(Clone, Copy)]
pub(crate) struct Figure {
    pub(crate) q1: f64,
    pub(crate) median: f64,
    pub(crate) q3: f64,
}

impl Figure {
    pub(crate) fn to_json(self) -> Value {
        json!({ "q1": self.q1, "median": self.median, "q3": self.q3 })
    }
}

/// Times each of `works` in turn, `rounds` times, so that what disturbs the machine disturbs all.
///
/// Short work is repeated, so that the clock's own cost does not count.
pub(crate) fn race(rounds: usize, works: &mut [&mut dyn FnMut()]) -> Vec<Figure> {
    let time = |work: &mut dyn FnMut(), repeat: u32| {
        let start = Instant::now();
        (0..repeat).for_each(|_| work());
        start.elapsed() / repeat
    };
    let repeats: Vec<u32> = works
        .iter_mut()
        .map(|work| {
            time(*work, 1);
            (ROUND.as_nanos() / time(*work, 3).as_nanos().max(1)).clamp(1, 1_000_000) as u32
        })
        .collect();
    let mut times = vec![Vec::with_capacity(rounds); works.len()];
    for _ in 0..rounds {
        for ((work, &repeat), times) in works.iter_mut().zip(&repeats).zip(&mut times) {
            times.push(time(*work, repeat).as_secs_f64() * 1e6);
        }
    }
    let figure = |mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        let at = |quarter: usize| times[(times.len() - 1) * quarter / 4];
        Figure { q1: at(1), median: at(2), q3: at(3) }
    };
    times.into_iter().map(figure).collect()
}
