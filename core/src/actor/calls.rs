//! Requests under way.

use alloc::vec::Vec;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::Effect;
use crate::{
    exchange::{Fault, HttpRequest, RetryPolicy},
    fhir::Instant,
    json::FromJson,
};

/// Longer than any wait that [`RetryPolicy`] gives.
const LONGEST: Duration = Duration::from_secs(25 * 3600);

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(tag = "phase", rename_all = "kebab-case")]
enum Phase {
    /// No answer yet.
    Sent,
    /// To be sent again at this time.
    Waits { until: Instant },
    /// To be sent again when somebody says so, or else at this time, where repeating may help.
    Stalled {
        fault: Fault,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Instant>,
    },
}

impl Phase {
    /// When it is to be sent again by itself.
    const fn until(&self) -> Option<Instant> {
        match self {
            Self::Sent => None,
            Self::Waits { until } => Some(*until),
            Self::Stalled { until, .. } => *until,
        }
    }
}

/// What becomes of a call that met a fault.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum PutBack {
    /// It is soon sent again by itself.
    Waits,
    /// It waits for somebody, who is to be told.
    Stalled,
    /// It waits for somebody, who was told.
    StillStalled,
}

/// A request, what it is for, and how far it is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub(super) struct Call<P> {
    id: u32,
    pub(super) purpose: P,
    pub(super) request: HttpRequest,
    tries: u32,
    phase: Phase,
}

/// Sends a call. Each sending has an id of its own: the answer to an earlier one, come late or
/// twice, must not pass for the answer to this.
fn dispatch<P>(last_id: &mut u32, call: &mut Call<P>, effects: &mut Vec<Effect>) {
    *last_id = last_id.wrapping_add(1);
    (call.id, call.phase) = (*last_id, Phase::Sent);
    effects.push(Effect::Send { id: call.id, request: call.request.clone(), again: !call.is_fresh() });
}

/// All requests under way; part of the saved state, so that a crash loses none.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub(super) struct Calls<P> {
    last_id: u32,
    open: Vec<Call<P>>,
}

impl<P> Call<P> {
    /// Whether no fault has met it yet.
    pub(super) const fn is_fresh(&self) -> bool {
        self.tries == 1
    }

    /// Another request in its place, for which the tries made so far count.
    pub(super) fn instead(self, purpose: P, request: HttpRequest) -> Self {
        Self { purpose, request, ..self }
    }
}

impl<P> Default for Calls<P> {
    fn default() -> Self {
        Self { last_id: 0, open: Vec::new() }
    }
}

impl<P> Calls<P> {
    pub(super) fn purposes(&self) -> impl Iterator<Item = &P> {
        self.open.iter().map(|call| &call.purpose)
    }

    pub(super) fn is_idle(&self) -> bool {
        self.open.is_empty()
    }

    /// Sends `request`.
    pub(super) fn send(&mut self, purpose: P, request: HttpRequest, effects: &mut Vec<Effect>) {
        let mut call = Call { id: 0, purpose, request, tries: 1, phase: Phase::Sent };
        dispatch(&mut self.last_id, &mut call, effects);
        self.open.push(call);
    }

    /// Whether a call that met `fault` is soon sent again by itself.
    pub(super) fn repeats(call: &Call<P>, fault: &Fault) -> bool {
        RetryPolicy::default().is_quick(fault, call.tries)
    }

    /// Takes the call that was answered; `None` for an answer that came before or was not asked.
    pub(super) fn take(&mut self, id: u32) -> Option<Call<P>> {
        let at = self.open.iter().position(|call| call.id == id && call.phase == Phase::Sent)?;
        Some(self.open.remove(at))
    }

    /// Sends a call that no fault has met.
    pub(super) fn go_on(&mut self, mut call: Call<P>, effects: &mut Vec<Effect>) {
        dispatch(&mut self.last_id, &mut call, effects);
        call.tries += 1;
        self.open.push(call);
    }

    /// Puts a call back that met `fault`: to wait where repeating may soon help, else to stall.
    pub(super) fn put_back(&mut self, call: Call<P>, fault: Fault, now: Instant, random: u64) -> PutBack {
        let policy = RetryPolicy::default();
        let until = policy.wait(&fault, call.tries, random).map(|wait| now + wait);
        let (phase, put_back) = match until {
            Some(until) if policy.is_quick(&fault, call.tries) => (Phase::Waits { until }, PutBack::Waits),
            _ if call.tries > policy.tries && until.is_some() => {
                (Phase::Stalled { fault, until }, PutBack::StillStalled)
            }
            _ => (Phase::Stalled { fault, until }, PutBack::Stalled),
        };
        self.open.push(Call { tries: call.tries + 1, phase, ..call });
        put_back
    }

    /// Puts a call back that is not to be sent again unless somebody says so.
    pub(super) fn stall(&mut self, call: Call<P>, fault: Fault) {
        self.open.push(Call { tries: call.tries + 1, phase: Phase::Stalled { fault, until: None }, ..call });
    }

    /// Stalls what has no answer and must not be sent again by itself: what has another purpose then. Says whether
    /// there was any.
    pub(super) fn stall_unanswered(&mut self, then: impl Fn(&P) -> Option<P>, fault: &Fault) -> bool {
        let mut any = false;
        for call in self.open.iter_mut().filter(|call| call.phase == Phase::Sent) {
            if let Some(purpose) = then(&call.purpose) {
                (call.purpose, call.phase) = (purpose, Phase::Stalled { fault: fault.clone(), until: None });
                any = true;
            }
        }
        any
    }

    /// Sends again what `now` is the time for.
    pub(super) fn wake(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        // A wait of more than a day was set by a clock that was wrong: none is that long.
        let due = |until: Instant| until <= now || until.since(now) > LONGEST;
        self.resend(effects, |call| call.phase.until().is_some_and(due));
    }

    /// Sends again what has no answer: after a restart nobody waits for it any more. `instead` may
    /// name something better to send.
    pub(super) fn restore(
        &mut self,
        instead: impl Fn(&P) -> Option<(P, HttpRequest)>,
        effects: &mut Vec<Effect>,
    ) {
        for call in self.open.iter_mut().filter(|call| call.phase == Phase::Sent) {
            if let Some((purpose, request)) = instead(&call.purpose) {
                (call.purpose, call.request) = (purpose, request);
            }
        }
        self.resend(effects, |call| call.phase == Phase::Sent);
    }

    /// Sends these again that have no answer: that to the first sending then counts no more.
    pub(super) fn ask_anew(&mut self, which: impl Fn(&Call<P>) -> bool, effects: &mut Vec<Effect>) {
        self.resend(effects, |call| call.phase == Phase::Sent && which(call));
    }

    /// Sends again what waits or has stalled.
    pub(super) fn retry(&mut self, effects: &mut Vec<Effect>) {
        for call in &mut self.open {
            if call.phase != Phase::Sent {
                call.tries = 1;
            }
        }
        self.resend(effects, |call| call.phase != Phase::Sent);
    }

    /// Forgets what has stalled and may be forgotten, and says what it was for.
    pub(super) fn give_up(&mut self, may: impl Fn(&P) -> bool) -> Vec<P> {
        let stalled = |call: &mut Call<P>| matches!(call.phase, Phase::Stalled { .. }) && may(&call.purpose);
        self.open.extract_if(.., stalled).map(|call| call.purpose).collect()
    }

    /// What has stalled, and why.
    pub(super) fn stalled(&self) -> impl Iterator<Item = (&P, &Fault)> {
        self.open.iter().filter_map(|call| match &call.phase {
            Phase::Stalled { fault, .. } => Some((&call.purpose, fault)),
            _ => None,
        })
    }

    fn resend(&mut self, effects: &mut Vec<Effect>, which: impl Fn(&Call<P>) -> bool) {
        for call in self.open.iter_mut().filter(|call| which(call)) {
            dispatch(&mut self.last_id, call, effects);
        }
    }

    /// When the next waiting call is to be sent again.
    pub(super) fn next_wake(&self) -> Option<Instant> {
        self.open.iter().filter_map(|call| call.phase.until()).min()
    }
}
