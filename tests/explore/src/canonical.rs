//! What two states have in common that differ in nothing that matters.
//!
//! A state is written as text, in which identifiers drawn by chance and numbers of requests are named
//! in the order in which they occur, what is past is past, and what is to come is named by its rank: a
//! look that finds nothing new then leads back to where it began, and there are finitely many states.

use std::{
    collections::{BTreeSet, HashMap},
    fmt::Write,
    hash::{DefaultHasher, Hash, Hasher},
};

use fhir_solicit::{actor::Input, exchange::HttpResponse};

use crate::world::State;

/// A number for all states that are the same.
pub(crate) fn fingerprint(state: &State) -> u64 {
    let mut canonical = Canonical::default();
    let it = &state.it;
    canonical.text = format!("{} {:?} {:?}", state.budget, state.decided, state.stalled);
    for name in state.names() {
        let party = it.party(name);
        let mut text = format!("\n{name} {} ", party.wake().is_some());
        text.push_str(&serde_json::to_string(party.machine()).unwrap_or_default());
        for (id, request) in party.outbox() {
            let request = serde_json::to_string(request).unwrap_or_default();
            let _ = write!(text, "\n\"id\":{id},{request}");
        }
        for (_, input) in state.late.iter().filter(|(whose, _)| *whose == name) {
            let _ = write!(text, "\n{}", late(input));
        }
        canonical.add(&text, &it.clock(name).to_string());
    }
    let mut text = String::new();
    for base in it.bases() {
        for (key, document) in it.resources(&base) {
            let _ = write!(text, "\n{key} {}", document.text());
        }
    }
    canonical.add(&text, &it.now.to_string());
    let mut hasher = DefaultHasher::new();
    canonical.text.hash(&mut hasher);
    hasher.finish()
}

/// An answer without the headers that tell what the body tells, too, or what nobody asks for.
fn late(input: &Input) -> String {
    match input {
        Input::Received { id, response } => {
            let kept = response.headers.iter().filter(|(name, _)| !["date", "last-modified"].contains(name));
            let response = HttpResponse { headers: kept.collect(), ..response.clone() };
            let response = serde_json::to_string(&response).unwrap_or_default();
            format!("\"id\":{id},{response}")
        }
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}

/// The kinds of text that chance or the clock has made.
const PATTERNS: [&[u8]; 2] = [b"hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh", b"dddd-dd-ddTdd:dd:dd.dddZ"];
/// Numbers of requests; ids of resources are texts.
const ID: &str = "\"id\":";
/// Numbers that only count.
const COUNTERS: [&str; 3] = ["\"last_id\":", "\"drawn\":", ID];

/// The counter that `text` begins with, and its number.
fn counter(text: &str, first: u8) -> Option<(&'static str, &str)> {
    let counter = (first == b'"').then(|| COUNTERS.into_iter().find(|it| text.starts_with(it)))??;
    let number = &text[counter.len()..];
    let end = number.find(|it: char| !it.is_ascii_digit()).unwrap_or(number.len());
    (end > 0).then(|| (counter, &number[..end]))
}

fn matches(pattern: &[u8], text: &[u8]) -> bool {
    text.len() >= pattern.len()
        && pattern.iter().zip(text).all(|(wanted, byte)| match wanted {
            b'h' => byte.is_ascii_digit() || (b'a'..=b'f').contains(byte),
            b'd' => byte.is_ascii_digit(),
            wanted => wanted == byte,
        })
}

#[derive(Default)]
struct Canonical {
    text: String,
    /// What chance has drawn, in the order in which it occurs.
    names: HashMap<String, usize>,
}

impl Canonical {
    /// Adds what one party knows at its time.
    fn add(&mut self, text: &str, now: &str) {
        let bytes = text.as_bytes();
        let found = |at: usize| {
            let byte = bytes[at];
            let may = byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
            may.then(|| PATTERNS.iter().position(|pattern| matches(pattern, &bytes[at..])))?
        };
        let times = (0..bytes.len()).filter(|at| found(*at) == Some(1));
        // As text they are in the order of time.
        let times: BTreeSet<&str> = times.map(|at| &text[at..at + PATTERNS[1].len()]).collect();
        let future: Vec<&str> = times.into_iter().filter(|time| *time > now).collect();
        let mut numbers = HashMap::new();
        let (mut copied, mut at) = (0, 0);
        while at < bytes.len() {
            let (end, name) = if let Some(kind) = found(at) {
                let end = at + PATTERNS[kind].len();
                let one = &text[at..end];
                let name = if kind == 0 {
                    let next = self.names.len();
                    format!("u{}", self.names.entry(one.to_owned()).or_insert(next))
                } else {
                    future.binary_search(&one).map_or("past".into(), |rank| format!("t{rank}"))
                };
                (end, name)
            } else if let Some((counter, number)) = counter(&text[at..], bytes[at]) {
                let next = numbers.len();
                let name = match counter {
                    ID => format!("n{}", numbers.entry(number).or_insert(next)),
                    _ => String::new(),
                };
                (at + counter.len() + number.len(), name)
            } else {
                at += 1;
                continue;
            };
            self.text.push_str(&text[copied..at]);
            self.text.push_str(&name);
            (copied, at) = (end, end);
        }
        self.text.push_str(&text[copied..]);
    }
}

#[cfg(test)]
mod tests {
    use super::Canonical;

    fn at(text: &str, second: u32) -> String {
        let mut canonical = Canonical::default();
        canonical.add(text, &format!("2026-01-01T00:00:{second:02}.000Z"));
        canonical.text
    }

    #[test]
    fn what_differs_in_chance_and_time_alone_is_the_same() {
        let text = |uuid: &str, id: u32, early: u32, late: u32| {
            format!(
                "{uuid} \"id\":{id},\"id\":\"7\" 2026-01-01T00:00:{early:02}.000Z 2026-01-01T00:00:{late:02}.000Z {uuid}"
            )
        };
        let one = "0b0b0b0b-0000-4000-8000-00000000000a";
        let other = "1c1c1c1c-0000-4000-8000-00000000000a";
        assert_eq!(at(&text(one, 3, 1, 2), 0), "u0 n0,\"id\":\"7\" t0 t1 u0");
        assert_eq!(at(&text(one, 3, 1, 2), 1), "u0 n0,\"id\":\"7\" past t0 u0");
        assert_eq!(at(&text(one, 3, 1, 2), 0), at(&text(other, 4, 5, 9), 4));
        assert_ne!(at(&text(one, 3, 1, 2), 0), at(&text(one, 3, 2, 1), 0));
    }
}
