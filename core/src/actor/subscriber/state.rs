//! How the subscription is, and what was missed (R74).

use alloc::vec::Vec;
use core::time::Duration;

use super::{ASK_FLOOR, PATIENCE, Phase, Subscriber, VERIFY, WITHOUT_HEARTBEAT, Wanted, is_due};
use crate::{
    actor::Effect,
    exchange::{
        read,
        subscription::{About, Notification, SubscriptionStatus, events, status},
    },
    fhir::Instant,
};

/// The wait before the first question; it doubles up to [`WITHOUT_HEARTBEAT`].
const FIRST_QUESTION: Duration = Duration::from_secs(5);
/// How long exchanges have to fetch what was missed before the server is asked to go on; it doubles
/// up to [`VERIFY`] where the server does so again and again.
const RECOVERY: Duration = Duration::from_secs(30);
/// Events that are asked for one by one; of more, everything is looked at.
const MOST_REPAIRED: u64 = 1000;

impl Subscriber {
    /// The server has it.
    pub(super) fn created(&mut self, now: Instant) {
        self.phase = Phase::Requested;
        self.reactivations = 0;
        self.expect(now);
    }

    /// The server was asked to go on.
    pub(super) fn asked_to_go_on(&mut self, now: Instant) {
        self.phase = Phase::Requested;
        self.reactivations = self.reactivations.saturating_add(1);
        self.expect(now);
    }

    /// Waits for it to begin.
    fn expect(&mut self, now: Instant) {
        (self.waits, self.silences) = (0, 0);
        self.ask_at = Some(now + FIRST_QUESTION);
        if self.has_socket() {
            self.link.open(now);
        }
    }

    /// Asks what it is time to ask.
    pub(super) fn keep_asking(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        if !matches!(self.phase, Phase::Requested | Phase::Active | Phase::Recovering) {
            (self.ask_at, self.reactivate_at) = (None, None);
            return;
        }
        if self.draft.end.is_some_and(|end| end <= now) {
            self.phase = Phase::Ended;
            return;
        }
        // First what was missed is looked at, then the server is asked to go on.
        if is_due(self.reactivate_at, now) && self.guard.next().is_none() {
            self.reactivate_at = None;
            if self.set(SubscriptionStatus::Requested, now, effects).is_err() {
                self.reactivate_at = Some(now + RECOVERY);
            }
        }
        if is_due(self.gap_due(), now) {
            self.repairing = true;
            self.sequence.wait_again(now);
            self.ask(now, effects);
        }
        if is_due(self.ask_at, now) {
            self.ask(now, effects);
        }
    }

    /// Asks how it is, unless that is being asked.
    pub(super) fn ask(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        // Where no answer comes, this asks again.
        self.ask_at = Some(now + WITHOUT_HEARTBEAT);
        let asked = self.desk.reads().any(|what| matches!(what, Wanted::Status | Wanted::Subscription));
        let Some(url) = self.url().filter(|_| !asked) else { return };
        let (wanted, request) = if self.operations.status {
            (Wanted::Status, status(&self.server, url))
        } else {
            (Wanted::Subscription, read(&self.server, url, None))
        };
        self.desk.read(wanted, request, effects);
    }

    /// When an event that is missing has been waited for long enough.
    pub(super) fn gap_due(&self) -> Option<Instant> {
        self.sequence.due(PATIENCE).filter(|_| self.phase == Phase::Active && !self.repairing)
    }

    /// How long nothing may be heard.
    fn silence(&self) -> Duration {
        let period = self.draft.heartbeat.map(|seconds| Duration::from_secs(u64::from(seconds)) * 3 / 2);
        let longest = period.unwrap_or(WITHOUT_HEARTBEAT).saturating_mul(1 << self.silences.min(16));
        longest.clamp(ASK_FLOOR, VERIFY.min(WITHOUT_HEARTBEAT.max(period.unwrap_or_default())))
    }

    /// When to ask next where nothing is heard, and at the latest.
    pub(super) fn next_question(&self, now: Instant) -> Instant {
        let at_latest = self.verified.map_or(now, |verified| verified + VERIFY);
        at_latest.min(self.heard.unwrap_or(now) + self.silence())
    }

    /// The server says how it is.
    pub(super) fn verify(
        &mut self,
        status: Option<SubscriptionStatus>,
        total: Option<u64>,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) {
        match status {
            _ if matches!(self.phase, Phase::Ended | Phase::Unavailable) => return,
            Some(SubscriptionStatus::Active) => self.active(now, effects),
            Some(SubscriptionStatus::Error | SubscriptionStatus::Off) => self.broken(now),
            Some(SubscriptionStatus::Requested) | None => self.unheard(now),
        }
        self.verified = Some(now);
        match total {
            Some(total) => self.compare(total, now, effects),
            None => self.compare_nothing(effects),
        }
    }

    fn active(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        let was_silent = self.heard.is_some_and(|heard| now.since(heard) >= self.silence());
        if self.phase == Phase::Active {
            self.reactivations = 0;
            if was_silent && self.draft.heartbeat.is_some() {
                // It is well, but what it says does not arrive.
                if self.has_socket() && self.silences == 0 {
                    self.relink(now, effects);
                }
                self.silences = self.silences.saturating_add(1);
            }
        } else {
            self.phase = Phase::Active;
            self.guard.trigger(About::Everything);
        }
        (self.heard, self.verified, self.waits) = (Some(now), Some(now), 0);
        self.ask_at = Some(self.next_question(now));
    }

    /// It tells nothing any more: what it may have kept back is fetched before all else.
    fn broken(&mut self, now: Instant) {
        self.ask_at = None;
        if self.phase == Phase::Recovering {
            return;
        }
        self.phase = Phase::Recovering;
        self.guard.trigger(About::Everything);
        let wait = RECOVERY.saturating_mul(1 << self.reactivations.min(16)).min(VERIFY);
        self.reactivate_at = Some(now + wait);
    }

    /// It cannot be relied on, and is asked again.
    pub(super) fn unheard(&mut self, now: Instant) {
        if matches!(self.phase, Phase::Active | Phase::Requested) {
            self.phase = Phase::Requested;
            let wait = FIRST_QUESTION.saturating_mul(1 << self.waits.min(16)).min(WITHOUT_HEARTBEAT);
            self.waits = self.waits.saturating_add(1);
            self.ask_at = Some(now + wait);
        }
    }

    /// The server does not have it any more.
    pub(super) fn forgotten(&mut self, effects: &mut Vec<Effect>) {
        if matches!(self.phase, Phase::Active | Phase::Requested | Phase::Recovering) {
            self.guard.trigger(About::Everything);
            self.create(effects);
        }
    }

    /// Compares what was told with what there is.
    fn compare(&mut self, total: u64, now: Instant, effects: &mut Vec<Effect>) {
        let repairing = core::mem::take(&mut self.repairing);
        let Some(settled) = self.sequence.settled() else { return self.sequence.settle(total) };
        if total < settled {
            // It counts anew, or was never that far.
            self.guard.trigger(About::Everything);
        }
        self.sequence.confirm(total, now);
        if let Some((first, last)) = self.sequence.missing().filter(|_| repairing) {
            self.repair(first, last, effects);
        }
    }

    /// Where the server does not tell how many there are, what was told has to do.
    fn compare_nothing(&mut self, effects: &mut Vec<Effect>) {
        let repairing = core::mem::take(&mut self.repairing);
        if let Some((first, last)) = self.sequence.missing().filter(|_| repairing) {
            self.repair(first, last, effects);
        }
    }

    fn repair(&mut self, first: u64, last: u64, effects: &mut Vec<Effect>) {
        let asked = self.desk.reads().any(|what| matches!(what, Wanted::Events { .. }));
        match self.url() {
            Some(url) if self.operations.events && last - first < MOST_REPAIRED => {
                if !asked {
                    let request = events(&self.server, url, first, last);
                    self.desk.read(Wanted::Events { first, last }, request, effects);
                }
            }
            _ => {
                self.guard.trigger(About::Everything);
                if last - first < MOST_REPAIRED { self.sequence.settle(last) } else { self.sequence.reset() }
            }
        }
    }

    /// What was missed is known, as far as the server still knows it.
    pub(super) fn repaired(&mut self, state: Option<&Notification>, first: u64, last: u64) {
        let is_complete = |state: &&Notification| {
            (first..=last).all(|number| state.events.iter().any(|event| event.number == Some(number)))
        };
        let about = state.filter(is_complete).map_or(About::Everything, |state| self.about(state));
        self.guard.trigger(about);
        self.sequence.settle(last);
    }
}
