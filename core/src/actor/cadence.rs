//! How often to look.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::entropy::Entropy;
use crate::{fhir::Instant, json::FromJson};

const MINUTE: u64 = 60;
/// The least that any schedule waits, unless it says that it is for a test.
const FLOOR: u64 = MINUTE;
/// The least that is waited under a subscription that is well: with jitter an hour, so that no guide's own
/// patience is longer (R74).
const SAFETY: u64 = 54 * MINUTE;
/// What is waited after the end.
const AFTERWARDS: u64 = 60 * MINUTE;
/// No schedule waits longer, jitter included.
const LONGEST: Duration = Duration::from_secs(70 * MINUTE);
/// No subscription vouches for itself for longer; what says so was set by a clock that was wrong.
const MOST_TOLD: Duration = Duration::from_secs(2 * 60 * MINUTE);
/// The least time between two looks that notifications cause.
const NOTIFIED_FLOOR: Duration = Duration::from_secs(5);

/// A polling schedule (R60).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(tag = "cadence", rename_all = "kebab-case")]
pub enum Cadence {
    /// CDex (CONF-062): after one minute, then every five minutes for half an hour, then hourly.
    #[default]
    Cdex,
    /// HRex (task-1, task-2): within the hour, never under 15 minutes unless urgent, then five.
    Hrex {
        /// Whether the request is marked urgent.
        #[serde(default)]
        urgent: bool,
    },
    /// Evenly.
    Custom {
        /// Seconds between two looks; less than 60 counts as 60.
        seconds: u32,
        /// Allows less than 60 seconds. For demonstrations and tests on servers of one's own:
        /// both guides forbid it for anything else.
        #[serde(default, rename = "unsafeBelowMinute")]
        unsafe_below_minute: bool,
    },
}

impl Cadence {
    /// The least time from a look at `now` to the next, when the request was sent at `sent`.
    fn interval(self, sent: Instant, now: Instant) -> u64 {
        match self {
            Self::Cdex if now.since(sent).as_secs() < MINUTE => MINUTE,
            Self::Cdex if now.since(sent).as_secs() < 30 * MINUTE => 5 * MINUTE,
            Self::Cdex => 60 * MINUTE,
            Self::Hrex { urgent: true } => 5 * MINUTE,
            Self::Hrex { urgent: false } => 45 * MINUTE,
            Self::Custom { seconds, unsafe_below_minute: true } => u64::from(seconds).max(1),
            Self::Custom { seconds, .. } => u64::from(seconds).max(FLOOR),
        }
    }
}

/// For how long an exchange is looked at, once an hour, after it has come to its end (R67): a document may come late,
/// and a server may move back a Task that was final. In seconds: a day by default, 0 for not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct Grace(u32);

impl Grace {
    /// Nothing is looked at after the end.
    pub const NONE: Self = Self(0);

    /// So many seconds.
    pub const fn seconds(seconds: u32) -> Self {
        Self(seconds)
    }

    const fn duration(self) -> Duration {
        Duration::from_secs(self.0 as u64)
    }
}

impl Default for Grace {
    fn default() -> Self {
        Self(24 * 3600)
    }
}

/// When this machine has looked and will look.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub(super) struct Watch {
    cadence: Cadence,
    /// For how long after the end, and until when that is once it has come, 0..1.
    #[serde(default)]
    grace: Grace,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Instant>,
    /// When the wait began; `None` until there is something to wait for.
    since: Option<Instant>,
    /// When there first can be anything to see (R77), 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    opens: Option<Instant>,
    /// Until when a subscription tells what is looked for, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    told_until: Option<Instant>,
    last: Option<Instant>,
    /// The earliest time of the next look, and the latest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Instant>,
    next: Option<Instant>,
}

impl Watch {
    pub(super) const fn new(cadence: Cadence, grace: Grace) -> Self {
        let (since, opens, told_until, last, from, next) = (None, None, None, None, None, None);
        Self { cadence, grace, until: None, since, opens, told_until, last, from, next }
    }

    /// Begins to wait. Jitter of up to a tenth, only ever added, keeps many clients apart.
    pub(super) fn begin(&mut self, now: Instant, random: u64) {
        (self.since, self.until) = (Some(now), None);
        self.schedule(now, random);
    }

    /// Begins to wait for what nobody is expected to do before `opens` (R77).
    pub(super) fn begin_at(&mut self, opens: Option<Instant>, now: Instant, random: u64) {
        self.opens = opens;
        self.begin(opens.map_or(now, |opens| opens.max(now)), random);
    }

    pub(super) fn end(&mut self) {
        (self.since, self.from, self.next) = (None, None, None);
    }

    /// What is watched has come to its end: for a while there may still be something to see (R67). Begun once, that
    /// time runs out by itself.
    pub(super) fn linger(&mut self, now: Instant, entropy: &mut Entropy) {
        if self.next.is_some() && self.until.is_none() {
            self.until = Some(now + self.grace.duration());
            self.schedule(now, entropy.next());
        }
    }

    /// What had come to its end has not, after all.
    pub(super) fn go_on(&mut self, now: Instant, entropy: &mut Entropy) {
        if self.until.take().is_some() {
            self.schedule(now, entropy.next());
        }
    }

    /// Until when it is looked at after its end, 0..1.
    pub(super) fn until(&self) -> Option<Instant> {
        self.until.filter(|_| self.next.is_some())
    }

    /// Whether nothing is waited for: there is no next look, or only what may come late.
    pub(super) fn is_over(&self) -> bool {
        self.next.is_none() || self.until.is_some()
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.next
    }

    /// From when on a look is allowed, so that several can look together before the latest time of each.
    pub(super) fn from(&self) -> Option<Instant> {
        self.from.or(self.next)
    }

    /// Whether it is time to look. A time too far off was set by a clock that was wrong: the wait
    /// then begins anew.
    pub(super) fn is_due(&mut self, now: Instant) -> bool {
        if self.opens.is_some_and(|opens| now < opens) {
            return false;
        }
        let (Some(since), Some(next)) = (self.since, self.next) else { return false };
        if next.since(now) > LONGEST.max(Duration::from_secs(2 * self.cadence.interval(since, now))) {
            self.since = Some(since.min(now));
            self.schedule(now, 0);
        }
        self.from().is_some_and(|from| from <= now)
    }

    /// A look was taken at `now`.
    pub(super) fn looked(&mut self, now: Instant, random: u64) {
        self.last = Some(now);
        self.schedule(now, random);
    }

    /// Brings the next look forward, as near as the last allows.
    pub(super) fn hurry(&mut self, now: Instant) {
        if let Some(next) = self.next {
            let earliest = self.last.map_or(now, |last| last + NOTIFIED_FLOOR).max(now);
            self.next = Some(next.min(earliest));
            self.from = self.from.min(self.next);
        }
    }

    /// A subscription tells what is looked for until then; `None` where it does not any more, and what was
    /// put off is looked at.
    pub(super) fn is_told(&mut self, until: Option<Instant>, now: Instant) {
        self.told_until = until;
        if let (None, Some(since), Some(next)) = (until, self.since, self.next) {
            let from = self.last.unwrap_or(since).min(now);
            let due = from + Duration::from_secs(self.cadence.interval(since, now));
            self.next = Some(next.min(due.max(now)));
            self.from = self.from.min(self.next);
        }
    }

    fn schedule(&mut self, now: Instant, random: u64) {
        let Some(since) = self.since else { return };
        // A clock that was wrong may have set an end too far off.
        self.until = self.until.map(|until| until.min(now + self.grace.duration()));
        let is_told = self.told_until.is_some_and(|until| now < until && until.since(now) <= MOST_TOLD);
        let least = if self.until.is_some() { AFTERWARDS } else { 0 };
        let seconds = self.cadence.interval(since, now).max(if is_told { SAFETY } else { least });
        let from = now + Duration::from_secs(seconds);
        if self.until.is_some_and(|until| until < from) {
            return self.end();
        }
        // Never less than a twentieth, so that exchanges of one program can be woken together.
        let jitter = seconds * 50 + random % (seconds * 50);
        (self.from, self.next) = (Some(from), Some(from + Duration::from_millis(jitter)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actor::Seed;
    use alloc::vec::Vec;

    /// Seconds after sending of every look in the first `hours`.
    fn looks(cadence: Cadence, hours: u64, random: u64) -> Vec<u64> {
        let sent = Instant::from_unix_milliseconds(0);
        let mut watch = Watch::new(cadence, Grace::default());
        watch.begin(sent, random);
        let mut looks = Vec::new();
        while let Some(next) = watch.next().filter(|next| next.since(sent).as_secs() <= hours * 3600) {
            looks.push(next.since(sent).as_secs());
            watch.looked(next, random);
        }
        looks
    }

    #[test]
    fn r60_the_guides_budgets_hold_with_any_jitter() {
        for random in [0, 7, u64::MAX] {
            let cdex = looks(Cadence::Cdex, 7 * 24, random);
            assert!((60..=66).contains(&cdex[0]));
            for pair in cdex.windows(2) {
                let floor = if pair[0] < 30 * 60 { 300 } else { 3600 };
                assert!(pair[1] - pair[0] >= floor, "{pair:?}");
            }
            assert!(cdex.len() > 150 && cdex.len() <= 176, "{}", cdex.len());
            let hrex = looks(Cadence::Hrex { urgent: false }, 24, random);
            assert!(hrex.windows(2).all(|pair| (900..=3600).contains(&(pair[1] - pair[0]))));
        }
        let custom =
            |seconds, unsafe_below_minute| looks(Cadence::Custom { seconds, unsafe_below_minute }, 1, 0)[0];
        assert_eq!((custom(3, false), custom(3, true), custom(0, true)), (63, 3, 1));
    }

    /// The guides disagree, and the reference implementation asks every three seconds.
    #[test]
    fn t03_each_guide_has_its_own_patience() {
        let first = |cadence| looks(cadence, 2, 0)[0];
        assert!(first(Cadence::Cdex) < 15 * 60, "HRex would have it wait");
        assert!(first(Cadence::Hrex { urgent: false }) >= 15 * 60);
        assert!(first(Cadence::Custom { seconds: 3, unsafe_below_minute: false }) >= 60);
    }

    #[test]
    fn r74_under_a_subscription_a_look_is_taken_every_hour_and_after_it_as_before() {
        for (cadence, before) in [(Cadence::Cdex, 5), (Cadence::Hrex { urgent: true }, 5), (Cadence::Cdex, 5)]
        {
            let start = Instant::from_unix_milliseconds(0);
            let mut watch = Watch::new(cadence, Grace::default());
            watch.begin(start, u64::MAX);
            let (mut now, mut looks) = (start, 0);
            while now.since(start).as_secs() < 86_400 {
                watch.is_told(Some(now + MOST_TOLD), now);
                watch.looked(now, u64::MAX);
                let next = watch.next().unwrap();
                // CDex itself waits an hour and up to a tenth more.
                assert!((54 * 60..=66 * 60).contains(&next.since(now).as_secs()), "{cadence:?}");
                (now, looks) = (next, looks + 1);
            }
            assert!((22..=27).contains(&looks), "{looks}");
            let mut watch = Watch::new(cadence, Grace::default());
            watch.begin(start, 0);
            let sent = start + Duration::from_secs(60);
            watch.is_told(Some(sent + MOST_TOLD), sent);
            watch.looked(sent, 0);
            let later = sent + Duration::from_secs(60);
            watch.is_told(None, later);
            assert_eq!(watch.next().unwrap().since(sent).as_secs(), before * 60, "{cadence:?}");
        }
    }

    #[test]
    fn r67_after_the_end_a_look_is_taken_every_hour_for_a_day_or_as_long_as_was_said() {
        let end = Instant::from_unix_milliseconds(0);
        for (cadence, grace, expected) in [
            (Cadence::Cdex, Grace::default(), 21..=23),
            (Cadence::Custom { seconds: 60, unsafe_below_minute: false }, Grace::default(), 21..=23),
            (Cadence::Cdex, Grace::seconds(3 * 3600), 2..=2),
            (Cadence::Cdex, Grace::NONE, 0..=0),
        ] {
            let mut watch = Watch::new(cadence, grace);
            watch.begin(end, u64::MAX);
            let (mut now, mut looks) = (end, 0);
            let mut entropy = Entropy::new(Seed::new(7));
            watch.linger(now, &mut entropy);
            while let Some(next) = watch.next() {
                assert!((3600..=3960).contains(&next.since(now).as_secs()));
                (now, looks) = (next, looks + 1);
                watch.looked(now, u64::MAX);
                watch.linger(now, &mut entropy);
            }
            assert!(expected.contains(&looks), "{cadence:?} {grace:?}: {looks}");
        }
    }

    #[test]
    fn notifications_cannot_flood() {
        let mut watch = Watch::new(Cadence::Cdex, Grace::default());
        let start = Instant::from_unix_milliseconds(0);
        watch.begin(start, 0);
        watch.looked(start, 0);
        watch.hurry(start);
        assert!(!watch.is_due(start));
        assert!(watch.is_due(start + NOTIFIED_FLOOR));
    }
}
