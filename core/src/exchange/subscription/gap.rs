//! Which events are missing (R74).

use alloc::{collections::VecDeque, vec::Vec};
use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::Notification;
use crate::{fhir::Instant, json::FromJson, order::Set};

/// Numbers that are remembered beyond a gap. What comes after those, the server has to tell again.
const MOST_AHEAD: usize = 256;
/// Events by which one is known again that comes twice.
const MOST_RECENT: usize = 64;

/// Whether a notification tells something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sighting {
    /// At least one event was not told before.
    New,
    /// All of it was told before, or there is no event in it.
    Nothing,
}

/// An event as it was told. Its number alone does not do: a server may count anew, and whoever forges
/// a number must not keep the true event from being seen.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
struct Told {
    number: u64,
    timestamp: Option<Instant>,
}

/// The events of one subscription by number: how far they are complete, and what is beyond.
///
/// Numbers come from notifications, which anybody may have sent. They decide only whether the server
/// is asked; what the server answers goes to [`Sequence::settle`], and that alone moves back.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct Sequence {
    /// Up to here nothing is missing; `None` until anything was told.
    settled: Option<u64>,
    /// The highest number that was told.
    highest: u64,
    /// Numbers told beyond the first that is missing.
    ahead: Set<u64>,
    recent: VecDeque<Told>,
    /// Since when a number is missing.
    open_since: Option<Instant>,
}

impl Sequence {
    /// Takes in what a notification tells.
    pub fn observe(&mut self, notification: &Notification, now: Instant) -> Sighting {
        let numbers: Vec<u64> = notification.events.iter().filter_map(|event| event.number).collect();
        let total = notification.events_since_start;
        let first = numbers.iter().copied().min().map(|number| number.saturating_sub(1));
        let settled = self.settled.or(first).or(total);
        self.settled = settled;
        let mut sighting = Sighting::Nothing;
        for event in &notification.events {
            let told = event.number.map(|number| Told { number, timestamp: event.timestamp });
            // One without a number cannot be known again.
            if told.is_none_or(|told| self.is_new(told)) {
                sighting = Sighting::New;
            }
        }
        let Some(settled) = settled else { return sighting };
        self.highest = numbers.iter().copied().chain(total).fold(self.highest.max(settled), u64::max);
        for number in numbers.into_iter().filter(|number| *number > settled) {
            if self.ahead.len() < MOST_AHEAD {
                self.ahead.insert(number);
            }
        }
        self.close_up(settled, now);
        sighting
    }

    /// The first and the last number that are missing.
    pub fn missing(&self) -> Option<(u64, u64)> {
        let first = self.settled.filter(|settled| *settled < self.highest)? + 1;
        let mut last = self.highest;
        while self.ahead.contains(&last) && last > first {
            last -= 1;
        }
        Some((first, last))
    }

    /// When a number that is missing has been waited for long enough: events overtake one another.
    pub fn due(&self, patience: Duration) -> Option<Instant> {
        self.open_since.map(|since| since + patience)
    }

    /// Begins the wait anew, where asking came to nothing.
    pub fn wait_again(&mut self, now: Instant) {
        self.open_since = self.open_since.map(|_| now);
    }

    /// Up to where nothing is missing; `None` until anything was told.
    pub const fn settled(&self) -> Option<u64> {
        self.settled
    }

    /// The server says that there are `total` events: what was told beyond is not true, and those that
    /// were not told yet may be on their way.
    pub fn confirm(&mut self, total: u64, now: Instant) {
        let Some(settled) = self.settled.filter(|settled| *settled < total) else {
            return self.settle(total);
        };
        self.ahead.retain(|number| *number <= total);
        self.highest = total;
        self.close_up(settled, now);
    }

    /// Up to `total` everything is in hand, and there is no more: the server says so itself. It may be
    /// less than was told before, where it counts anew or a number was forged.
    pub fn settle(&mut self, total: u64) {
        (self.settled, self.highest, self.open_since) = (Some(total), total, None);
        self.ahead = Set::default();
    }

    /// Forgets all, for another subscription.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    fn is_new(&mut self, told: Told) -> bool {
        let is_new = !self.recent.contains(&told);
        if is_new {
            self.recent.push_back(told);
            if self.recent.len() > MOST_RECENT {
                self.recent.pop_front();
            }
        }
        is_new
    }

    fn close_up(&mut self, mut settled: u64, now: Instant) {
        self.ahead.retain(|number| {
            let is_next = *number == settled.saturating_add(1);
            settled = settled.saturating_add(is_next.into());
            !is_next
        });
        self.settled = Some(settled);
        let since = self.open_since.filter(|since| *since <= now).unwrap_or(now);
        self.open_since = (settled < self.highest).then_some(since);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::subscription::{NotificationEvent, NotificationKind};

    const PATIENCE: Duration = Duration::from_secs(10);

    fn at(seconds: i64) -> Instant {
        Instant::from_unix_milliseconds(seconds * 1000)
    }

    fn told(kind: NotificationKind, total: u64, numbers: &[u64]) -> Notification {
        let event = |number: &u64| NotificationEvent {
            number: Some(*number),
            timestamp: Some(at(1000 + i64::try_from(*number % 1000).unwrap())),
            ..NotificationEvent::default()
        };
        Notification {
            subscription: None,
            topic: None,
            status: None,
            kind,
            events_since_start: Some(total),
            events: numbers.iter().map(event).collect(),
            errors: Vec::new(),
            truncated: false,
            deviations: Vec::new(),
        }
    }

    fn event(number: u64) -> Notification {
        told(NotificationKind::EventNotification, number, &[number])
    }

    /// A subscription that has begun.
    fn begun() -> Sequence {
        let mut sequence = Sequence::default();
        assert_eq!(sequence.observe(&told(NotificationKind::Handshake, 0, &[]), at(0)), Sighting::Nothing);
        assert_eq!(sequence.missing(), None);
        sequence
    }

    #[test]
    fn r74_events_in_order_leave_no_gap() {
        let mut sequence = begun();
        for number in 1..=1000 {
            assert_eq!(sequence.observe(&event(number), at(0)), Sighting::New);
            assert_eq!((sequence.missing(), sequence.due(PATIENCE)), (None, None));
        }
    }

    #[test]
    fn r74_an_event_that_comes_late_closes_its_gap() {
        let mut sequence = begun();
        for number in [1, 3, 5] {
            sequence.observe(&event(number), at(number.try_into().unwrap()));
        }
        assert_eq!((sequence.missing(), sequence.due(PATIENCE)), (Some((2, 4)), Some(at(13))));
        assert_eq!(sequence.observe(&event(2), at(6)), Sighting::New);
        assert_eq!(sequence.missing(), Some((4, 4)));
        assert_eq!(sequence.observe(&event(4), at(7)), Sighting::New);
        assert_eq!((sequence.missing(), sequence.due(PATIENCE)), (None, None));
    }

    #[test]
    fn r74_a_heartbeat_tells_of_an_event_that_was_lost_at_the_end() {
        let mut sequence = begun();
        sequence.observe(&event(1), at(0));
        sequence.observe(&told(NotificationKind::Heartbeat, 3, &[]), at(60));
        assert_eq!((sequence.missing(), sequence.due(PATIENCE)), (Some((2, 3)), Some(at(70))));
        sequence.settle(3);
        assert_eq!((sequence.missing(), sequence.due(PATIENCE)), (None, None));
    }

    #[test]
    fn r74_what_comes_twice_is_told_once() {
        let mut sequence = begun();
        for number in [1, 2] {
            assert_eq!(sequence.observe(&event(number), at(0)), Sighting::New);
            assert_eq!(sequence.observe(&event(number), at(0)), Sighting::Nothing);
        }
        assert_eq!(
            sequence.observe(&told(NotificationKind::EventNotification, 3, &[2, 3]), at(0)),
            Sighting::New
        );
    }

    #[test]
    fn r74_a_forged_number_hides_no_event_and_the_server_sets_it_right() {
        let mut sequence = begun();
        sequence.observe(&event(u64::MAX), at(0));
        assert_eq!(sequence.missing(), Some((1, u64::MAX - 1)));
        sequence.settle(0);
        let mut forged = event(1);
        forged.events[0].timestamp = Some(at(0));
        sequence.observe(&forged, at(1));
        assert_eq!(sequence.observe(&event(1), at(2)), Sighting::New, "the true one is another");
        assert_eq!(sequence.missing(), None);
    }

    #[test]
    fn r74_what_the_server_counts_is_the_end_of_the_gap() {
        let mut sequence = begun();
        sequence.observe(&event(2), at(0));
        sequence.observe(&event(900), at(1));
        sequence.confirm(3, at(2));
        assert_eq!((sequence.missing(), sequence.due(PATIENCE)), (Some((1, 3)), Some(at(10))));
        sequence.observe(&event(1), at(3));
        sequence.observe(&event(3), at(3));
        assert_eq!((sequence.missing(), sequence.settled()), (None, Some(3)));
    }

    #[test]
    fn r74_a_server_that_counts_anew_is_still_heard() {
        let mut sequence = begun();
        for number in 1..=200 {
            sequence.observe(&event(number), at(0));
        }
        assert_eq!(
            sequence.observe(&event(1), at(1)),
            Sighting::New,
            "200 events are more than are remembered"
        );
        sequence.settle(1);
        sequence.observe(&event(3), at(2));
        assert_eq!(sequence.missing(), Some((2, 2)));
    }

    #[test]
    fn r74_memory_is_bounded_whatever_is_told() {
        let mut sequence = begun();
        for number in 0..100_000 {
            sequence.observe(&event(2 * number + 2), at(0));
        }
        assert!(sequence.ahead.len() <= MOST_AHEAD && sequence.recent.len() <= MOST_RECENT);
    }

    #[test]
    fn r74_the_wait_for_a_gap_survives_a_clock_that_is_set_back() {
        let mut sequence = begun();
        sequence.observe(&event(2), at(100_000));
        sequence.observe(&event(4), at(10));
        assert_eq!(sequence.due(PATIENCE), Some(at(20)));
    }
}
