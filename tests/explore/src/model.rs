//! The laws, and the search through all states.

use std::{
    collections::HashSet,
    fmt,
    hash::{Hash, Hasher},
    sync::Mutex,
};

use stateright::{Checker, Model, Property};

use crate::world::{Decision, RESPONDER, State, Step, World};

/// Steps within which an exchange ends once no fault comes any more.
const MOST_STEPS: usize = 400;

/// What was seen of a world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explored {
    /// Different states.
    pub states: usize,
    /// Steps from one to another.
    pub steps: usize,
}

struct Small {
    world: World,
    /// States from which the exchange is known to end.
    ends: Mutex<HashSet<u64>>,
}

impl Hash for State {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.print.hash(hasher);
    }
}

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        self.print == other.print
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.print)?;
        for name in self.names() {
            let view = self.it.view(name);
            let (state, waiting) = (view.solicitation.map(|it| it.state), self.it.party(name).waiting());
            let wakes = self.it.party(name).wake().is_some();
            write!(f, ", {name} {state:?} finished {} sends {waiting} wakes {wakes}", view.finished)?;
        }
        write!(f, ", {} answers under way {:?}", self.late.len(), self.broken)
    }
}

impl Model for Small {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        vec![self.world.begin()]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        self.world.steps(state, steps);
    }

    fn next_state(&self, state: &State, step: Step) -> Option<State> {
        self.world.after(state, &step)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(
                "no double effect, no write after the end, no refusal of facts",
                |_, state: &State| state.broken.is_none(),
            ),
            Property::always(
                "nobody is stuck: who is not done has something to wake for",
                |_, state: &State| !state.names().any(|name| state.is_stuck(name)),
            ),
            Property::always("when faults end, the exchange ends", |model: &Self, state: &State| {
                model.ends(state)
            }),
            Property::sometimes("an exchange ends", |_, state: &State| {
                state.it.has(RESPONDER) && state.is_closed()
            }),
        ]
    }
}

impl Small {
    /// Whether the exchange ends if from now on everything goes well and users do what is next.
    fn ends(&self, state: &State) -> bool {
        let mut way = Vec::new();
        let mut state = state.clone();
        while !state.is_closed() {
            if self.ends.lock().is_ok_and(|known| known.contains(&state.print)) {
                break;
            }
            way.push(state.print);
            let Some(next) = self.calmly(&state).filter(|_| way.len() < MOST_STEPS) else { return false };
            state = next;
        }
        if let Ok(mut known) = self.ends.lock() {
            known.extend(way);
        }
        true
    }

    /// The step that is taken where nothing fails: what is under way first, waking last.
    fn calmly(&self, state: &State) -> Option<State> {
        let mut steps = Vec::new();
        self.world.steps(&State { budget: 0, ..state.clone() }, &mut steps);
        // Nobody refuses or withdraws where the request can be answered.
        let answers = self.world.acts.iter().any(|(_, act)| *act == Decision::Complete);
        let declines = |step: &&Step| matches!(step, Step::Decide(_, Decision::Reject | Decision::Cancel));
        let steps = steps.iter().filter(|step| !answers || !declines(step));
        // Who would wake first does.
        let mut steps: Vec<&Step> = steps.collect();
        steps.sort_by_key(|step| match step {
            Step::Wake(name) => state.it.party(name).wake(),
            _ => None,
        });
        steps.into_iter().find_map(|step| self.world.after(state, step))
    }
}

/// Visits all states of a world.
///
/// # Errors
/// A law that does not hold, and the steps that lead there.
pub fn explore(world: World) -> Result<Explored, String> {
    let name = world.name;
    // Of states that differ in nothing that matters the first stands for all; by one thread that is always the same.
    let checker = Small { world, ends: Mutex::default() }.checker().threads(1).spawn_bfs().join();
    for (law, path) in checker.discoveries() {
        if checker.model().property(law).expectation != stateright::Expectation::Sometimes {
            let steps: Vec<String> = path
                .into_vec()
                .into_iter()
                .map(|(state, step)| format!("  {step:?}\n    {state:?}"))
                .collect();
            return Err(format!("{name}: {law}\n{}", steps.join("\n")));
        }
    }
    if checker.discovery("an exchange ends").is_none() {
        return Err(format!("{name}: no exchange ends"));
    }
    Ok(Explored { states: checker.unique_state_count(), steps: checker.state_count() })
}

impl fmt::Display for Explored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} states, {} steps", self.states, self.steps)
    }
}
