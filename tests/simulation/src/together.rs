//! All parties driven by one program, which wakes them together and asks a server once for all of them.

use std::{collections::BTreeMap, time::Duration};

use fhir_solicit::{
    actor::Input,
    exchange::{Batch, HttpRequest, HttpResponse, Unbatched, batch, unbatch},
    fhir::Instant,
};

use crate::Simulation;

/// Whose request it is, and how they call it.
struct Asked {
    name: String,
    id: u32,
    request: HttpRequest,
}

/// What came of asking for several.
#[derive(Clone)]
enum Came {
    Answer(HttpResponse),
    /// The server was not reached.
    Nothing,
    /// Each has to ask for itself.
    Undecided,
}

impl Simulation {
    /// Lets `duration` pass: whenever somebody has to wake, all wake who may.
    pub fn pass_together(&mut self, duration: Duration) {
        let until = self.now + duration;
        self.settle_together();
        while let Some(at) = self.parties.values().filter_map(crate::Party::wake).min() {
            if at > until {
                break;
            }
            self.now = self.now.max(at);
            for name in self.wakeable() {
                self.party_mut(&name).wake = None;
                let told = self.give(&name, Input::Woke);
                assert!(told.is_ok(), "waking is never refused");
            }
            self.settle_together();
        }
        self.now = until;
    }

    /// Who may be woken now.
    fn wakeable(&self) -> Vec<String> {
        let may = |party: &crate::Party| {
            let from = party.wake().map(|at| party.from.map_or(at, |from| by_all(from, party.skew).min(at)));
            from.is_some_and(|from| from <= self.now)
        };
        self.parties.iter().filter(|(_, party)| may(party)).map(|(name, _)| name.clone()).collect()
    }

    /// Performs requests until nobody has any, those to one server in as few as it takes.
    pub fn settle_together(&mut self) {
        for _ in 0..1000 {
            let mut asked: BTreeMap<String, Vec<Asked>> = BTreeMap::new();
            for (name, party) in &mut self.parties {
                for (id, request) in std::mem::take(&mut party.outbox) {
                    let base = party.servers.base(&request.server).unwrap_or_default().to_owned();
                    asked.entry(base).or_default().push(Asked { name: name.clone(), id, request });
                }
            }
            if asked.is_empty() {
                return;
            }
            for (base, asked) in asked {
                let requests: Vec<HttpRequest> = asked.iter().map(|one| one.request.clone()).collect();
                for batch in batch(&requests) {
                    self.perform_batch(&base, &batch, &asked);
                }
            }
        }
        unreachable!("the parties never come to rest");
    }

    fn perform_batch(&mut self, base: &str, batch: &Batch, asked: &[Asked]) {
        let members: Vec<&Asked> = batch.members.iter().map(|at| &asked[*at]).collect();
        let kind = (base.to_owned(), batch.kind.clone());
        let answers = if members.len() > 1 && !self.unbatched.contains(&kind) {
            let answers = self.ask_for_all(base, batch, &members);
            if answers.iter().all(|answer| matches!(answer, Came::Undecided)) {
                self.unbatched.insert(kind);
            }
            answers
        } else {
            vec![Came::Undecided; members.len()]
        };
        for (one, answer) in members.into_iter().zip(answers) {
            let response = match answer {
                Came::Answer(response) => Some(response),
                Came::Nothing => None,
                Came::Undecided => self.transport(&one.name, &one.request),
            };
            let id = one.id;
            let input = response.map_or(Input::Failed { id }, |response| Input::Received { id, response });
            let told = self.give(&one.name, input);
            assert!(told.is_ok(), "an answer is never refused");
        }
    }

    fn ask_for_all(&mut self, base: &str, batch: &Batch, members: &[&Asked]) -> Vec<Came> {
        let requests: Vec<HttpRequest> = members.iter().map(|one| one.request.clone()).collect();
        let mut request = batch.request.clone();
        let mut pages = Vec::new();
        loop {
            let Some(page) = self.transport(&members[0].name, &request) else {
                let came = if pages.is_empty() { Came::Nothing } else { Came::Undecided };
                return vec![came; members.len()];
            };
            pages.push(page);
            match unbatch(base, &requests, &pages) {
                Unbatched::More(next) => request = next,
                Unbatched::Answers(answers) => {
                    let came = |answer: Option<HttpResponse>| answer.map_or(Came::Undecided, Came::Answer);
                    return answers.into_iter().map(came).collect();
                }
            }
        }
    }
}

/// An instant of a party's clock by everybody else's.
fn by_all(at: Instant, skew: i64) -> Instant {
    Instant::from_unix_milliseconds(at.unix_milliseconds() - skew)
}
