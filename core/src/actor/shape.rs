//! The one shape of all machines: each adds what is its own.

use alloc::vec::Vec;

use super::{
    Act, Effect, Input, Refusal, Step,
    cadence::Watch,
    desk::{Desk, Event},
};
use crate::{
    exchange::subscription::{Notification, NotificationKind},
    fhir::Instant,
    json::Document,
};

/// What a machine adds to the shape.
pub(super) trait Shape: Clone + PartialEq {
    /// Names what it reads, beside the records it keeps.
    type Read: Clone;

    fn desk(&mut self) -> &mut Desk<Self::Read>;

    /// One for each thing that is watched in its own time.
    fn watches(&mut self) -> &mut [Watch];

    /// Takes an answer. What it says is a fact: it may end an intention, it is never refused.
    fn settle(&mut self, event: Event<Self::Read>, now: Instant, effects: &mut Vec<Effect>);

    fn act(&mut self, act: Act, now: Instant, effects: &mut Vec<Effect>) -> Result<(), Refusal>;

    /// Looks for news where it is time to.
    fn look(&mut self, now: Instant, effects: &mut Vec<Effect>);

    /// Ends a step: does what follows by itself, and reports what has changed.
    fn finish(&mut self, now: Instant, effects: &mut Vec<Effect>);

    /// Tells again what may have been lost with whoever was told.
    fn restored(&self, effects: &mut Vec<Effect>) {
        let _ = effects;
    }
}

fn hurry<M: Shape>(machine: &mut M, now: Instant) {
    machine.watches().iter_mut().for_each(|watch| watch.hurry(now));
}

/// Takes what happened and says what to do next; a refusal leaves `machine` as it was.
pub(super) fn handle<M: Shape>(machine: &M, input: Input, now: Instant) -> Result<Step<M>, Refusal> {
    let mut next = machine.clone();
    let mut effects = Vec::new();
    let answered = |next: &mut M, id, response, effects: &mut Vec<Effect>| {
        let event = next.desk().settle(id, response, now, effects);
        next.settle(event, now, effects);
    };
    match input {
        Input::Received { id, response } => answered(&mut next, id, Some(response), &mut effects),
        Input::Failed { id } => answered(&mut next, id, None, &mut effects),
        Input::Woke => next.desk().wake(now, &mut effects),
        Input::Notified => hurry(&mut next, now),
        // What it says is for whoever subscribed; here it is somebody who says that there is news.
        Input::Notification { bundle } if tells_news(&bundle) => hurry(&mut next, now),
        Input::Notification { .. } | Input::Closed => {}
        Input::Restored => {
            next.desk().restore(&mut effects);
            next.restored(&mut effects);
        }
        Input::Do(act) => next.act(act, now, &mut effects)?,
    }
    if next.watches().iter_mut().any(|watch| watch.is_due(now)) {
        next.look(now, &mut effects);
    }
    let mut step = conclude(next, effects, now);
    if step.state == *machine {
        step.effects.retain(|effect| *effect != Effect::Save);
    }
    Ok(step)
}

/// Whether a notification tells that something has happened.
fn tells_news(bundle: &str) -> bool {
    let told = Document::parse(bundle).ok().and_then(|bundle| Notification::read(&bundle).ok());
    told.is_some_and(|told| told.kind == NotificationKind::EventNotification)
}

/// Orders the effects of a step: save before anything leaves, then wake at the earliest time.
pub(super) fn conclude<M: Shape>(mut state: M, mut effects: Vec<Effect>, now: Instant) -> Step<M> {
    state.finish(now, &mut effects);
    effects.insert(0, Effect::Save);
    let resend = state.desk().next_wake();
    let looks = state.watches();
    let from = looks.iter().filter_map(Watch::from).chain(resend).min();
    if let Some(at) = looks.iter().filter_map(Watch::next).chain(resend).min() {
        effects.push(Effect::WakeAt { at, from: from.filter(|from| *from < at) });
    }
    Step { state, effects }
}
