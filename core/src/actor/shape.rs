//! The one shape of all machines: each adds what is its own.

use alloc::{string::String, vec::Vec};

use super::{
    Act, Effect, Input, Refusal, Step,
    cadence::Watch,
    desk::{Desk, Event},
};
use crate::{
    exchange::{
        HttpResponse,
        subscription::{About, Notification, NotificationKind},
    },
    fhir::{Instant, Target},
};

/// What a machine adds to the shape.
pub(super) trait Shape: Clone + PartialEq {
    /// Names what it reads, beside the records it keeps.
    type Read: Clone;

    fn desk(&mut self) -> &mut Desk<Self::Read>;

    /// One for each thing that is watched in its own time.
    fn watches(&mut self) -> &mut [Watch];

    /// What of all that the watch at `index` looks for a subscription on Tasks tells.
    fn told(&self, index: usize) -> Told;

    /// Takes an answer. What it says is a fact: it may end an intention, it is never refused.
    fn settle(&mut self, event: Event<Self::Read>, now: Instant, effects: &mut Vec<Effect>);

    fn act(&mut self, act: Act, now: Instant, effects: &mut Vec<Effect>) -> Result<(), Refusal>;

    /// Looks for news where it is time to.
    fn look(&mut self, now: Instant, effects: &mut Vec<Effect>);

    /// Ends a step: does what follows by itself, and reports what has changed.
    fn finish(&mut self, now: Instant, effects: &mut Vec<Effect>);

    /// Tells again what may have been lost with whoever was told.
    fn restored(&mut self, effects: &mut Vec<Effect>);
}

/// How far a subscription on Tasks tells what is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// More is looked for than it tells: any news may be of it, and none does not mean that there is none.
    NotAll,
    /// The Task at this absolute URL.
    Task(String),
    /// Any Task on the server with this base URL.
    Tasks(String),
}

impl Told {
    /// Whether news of what is at `url` may be of it.
    fn may_be(&self, url: &str) -> bool {
        match (self, Target::parse(url)) {
            // Another Task of the same server is none of ours; what else there is may be.
            (Self::Task(own), Target::Literal(other)) if other.resource_type == "Task" => {
                own == url || !matches!(Target::parse(own), Target::Literal(own) if own.base == other.base)
            }
            _ => true,
        }
    }

    /// Whether a subscription at the server with this base URL tells all of it.
    fn is_at(&self, base: &str) -> bool {
        match self {
            Self::NotAll => false,
            Self::Tasks(server) => server == base,
            Self::Task(own) => matches!(Target::parse(own), Target::Literal(own) if own.base == Some(base)),
        }
    }
}

/// A machine, whatever it reads: with this the code of a step is there once, and not for each of them.
trait AnyShape {
    fn settle(&mut self, id: u32, response: Option<HttpResponse>, now: Instant, effects: &mut Vec<Effect>);
    fn wake(&mut self, now: Instant, effects: &mut Vec<Effect>);
    fn watches(&mut self) -> &mut [Watch];
    fn told(&self, index: usize) -> Told;
    fn restore(&mut self, effects: &mut Vec<Effect>);
    fn act(&mut self, act: Act, now: Instant, effects: &mut Vec<Effect>) -> Result<(), Refusal>;
    fn look(&mut self, now: Instant, effects: &mut Vec<Effect>);
    fn finish(&mut self, now: Instant, effects: &mut Vec<Effect>);
    fn next_wake(&mut self) -> Option<Instant>;
}

impl<M: Shape> AnyShape for M {
    fn settle(&mut self, id: u32, response: Option<HttpResponse>, now: Instant, effects: &mut Vec<Effect>) {
        let event = self.desk().settle(id, response, now, effects);
        Shape::settle(self, event, now, effects);
    }

    fn wake(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        self.desk().wake(now, effects);
    }

    fn watches(&mut self) -> &mut [Watch] {
        Shape::watches(self)
    }

    fn told(&self, index: usize) -> Told {
        Shape::told(self, index)
    }

    fn restore(&mut self, effects: &mut Vec<Effect>) {
        self.desk().restore(effects);
        self.restored(effects);
    }

    fn act(&mut self, act: Act, now: Instant, effects: &mut Vec<Effect>) -> Result<(), Refusal> {
        Shape::act(self, act, now, effects)
    }

    fn look(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        Shape::look(self, now, effects);
    }

    fn finish(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        Shape::finish(self, now, effects);
    }

    fn next_wake(&mut self) -> Option<Instant> {
        self.desk().next_wake()
    }
}

fn hurry(machine: &mut dyn AnyShape, about: Option<&About>, now: Instant) {
    for index in 0..machine.watches().len() {
        let told = machine.told(index);
        let concerns = match about {
            Some(About::Only(these)) => these.iter().any(|url| told.may_be(url)),
            Some(About::Everything) | None => true,
        };
        if concerns && let Some(watch) = machine.watches().get_mut(index) {
            watch.hurry(now);
        }
    }
}

fn rely(machine: &mut dyn AnyShape, base: &str, until: Option<Instant>, now: Instant) {
    for index in 0..machine.watches().len() {
        let told = machine.told(index);
        if let Some(watch) = machine.watches().get_mut(index).filter(|_| told.is_at(base)) {
            watch.is_told(until, now);
        }
    }
}

/// Looks no longer for what may come late (R67).
pub(super) fn untrack(watches: &mut [Watch]) -> Result<(), Refusal> {
    if !watches.iter().any(|watch| watch.until().is_some()) {
        return Err(Refusal::NotNow("nothing is looked for after its end; close or cancel what is open"));
    }
    watches.iter_mut().filter(|watch| watch.until().is_some()).for_each(Watch::end);
    Ok(())
}

/// Takes what happened and says what to do next; a refusal leaves `machine` as it was.
pub(super) fn handle<M: Shape>(machine: &M, input: Input, now: Instant) -> Result<Step<M>, Refusal> {
    let mut state = machine.clone();
    let mut effects = take(&mut state, input, now)?;
    if state == *machine {
        effects.retain(|effect| *effect != Effect::Save);
    }
    Ok(Step { state, effects })
}

fn take(machine: &mut dyn AnyShape, input: Input, now: Instant) -> Result<Vec<Effect>, Refusal> {
    let mut effects = Vec::new();
    match input {
        Input::Received { id, response } => machine.settle(id, Some(response), now, &mut effects),
        Input::Failed { id } => machine.settle(id, None, now, &mut effects),
        Input::Woke => machine.wake(now, &mut effects),
        Input::Notified { about } => hurry(machine, about.as_ref(), now),
        Input::Watched { base, until } => rely(machine, &base, until, now),
        // What it says is for whoever subscribed; here it is somebody who says that there is news.
        Input::Notification { bundle } if tells_news(&bundle) => hurry(machine, None, now),
        Input::Notification { .. } | Input::Closed => {}
        Input::Restored => machine.restore(&mut effects),
        Input::Do(act) => machine.act(act, now, &mut effects)?,
    }
    if machine.watches().iter_mut().any(|watch| watch.is_due(now)) {
        machine.look(now, &mut effects);
    }
    end(machine, &mut effects, now);
    Ok(effects)
}

/// Whether a notification tells that something has happened.
fn tells_news(bundle: &str) -> bool {
    Notification::parse(bundle).is_ok_and(|told| told.kind == NotificationKind::EventNotification)
}

/// Ends the first step of a machine.
pub(super) fn conclude<M: Shape>(mut state: M, mut effects: Vec<Effect>, now: Instant) -> Step<M> {
    end(&mut state, &mut effects, now);
    Step { state, effects }
}

/// Orders the effects of a step: save before anything leaves, then wake at the earliest time.
fn end(machine: &mut dyn AnyShape, effects: &mut Vec<Effect>, now: Instant) {
    machine.finish(now, effects);
    effects.insert(0, Effect::Save);
    let resend = machine.next_wake();
    let looks = machine.watches();
    let from = looks.iter().filter_map(Watch::from).chain(resend).min();
    if let Some(at) = looks.iter().filter_map(Watch::next).chain(resend).min() {
        effects.push(Effect::WakeAt { at, from: from.filter(|from| *from < at) });
    }
}
