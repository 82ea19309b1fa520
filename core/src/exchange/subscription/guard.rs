//! How often notifications may cause a look (R74).

use alloc::string::String;
use core::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{fhir::Instant, json::FromJson, order::Set};

/// The least time between two looks that notifications cause.
const FLOOR: Duration = Duration::from_secs(5);
/// The same while more come than anybody has reason to send.
const FLOODED_FLOOR: Duration = Duration::from_secs(60);
/// How many notifications are read in a [`WINDOW`]. More cost nothing but the count.
const MOST_READ: u32 = 60;
const WINDOW: Duration = Duration::from_secs(60);
/// References of one look; with more of them it is one at everything.
const MOST_NAMED: usize = 100;

/// What there may be news of. `Debug` shows how many, and not which.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// Anything.
    Everything,
    /// These, as `Type/id` on the server that is watched.
    Only(Set<String>),
}

impl fmt::Debug for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => f.write_str("everything"),
            Self::Only(these) => write!(f, "{} resources", these.len()),
        }
    }
}

impl About {
    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Only(mut these), Self::Only(others)) => {
                these.extend(others);
                if these.len() > MOST_NAMED { Self::Everything } else { Self::Only(these) }
            }
            _ => Self::Everything,
        }
    }
}

/// Lets looks through at a pace that no number of notifications can raise, and loses none: what comes
/// in between is in the next.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct Guard {
    window: Option<Instant>,
    counted: u32,
    last: Option<Instant>,
    pending: Option<About>,
}

impl Guard {
    /// Whether a notification that comes at `now` is to be read at all. One that is not is not lost: the
    /// next look is at everything.
    pub fn admits(&mut self, now: Instant) -> bool {
        let is_open = self.window.is_some_and(|since| since <= now && now.since(since) < WINDOW);
        if !is_open {
            (self.window, self.counted) = (Some(now), 0);
        }
        self.counted = self.counted.saturating_add(1);
        if self.is_flooded() {
            self.pending = Some(About::Everything);
        }
        !self.is_flooded()
    }

    /// Whether more notifications come than anybody has reason to send.
    pub fn is_flooded(&self) -> bool {
        self.counted > MOST_READ
    }

    /// There is reason to look.
    pub fn trigger(&mut self, about: About) {
        self.pending = Some(match self.pending.take() {
            Some(pending) => pending.and(about),
            None => about,
        });
    }

    /// When the next look may be taken, where there is reason for one.
    pub fn next(&self) -> Option<Instant> {
        self.pending.as_ref()?;
        Some(self.last.map_or(Instant::from_unix_milliseconds(0), |last| last + self.floor()))
    }

    /// What to look at now, where there is reason, and it is not too soon.
    pub fn take(&mut self, now: Instant) -> Option<About> {
        // A look in the future was taken by a clock that was wrong.
        let may = self.last.is_none_or(|last| last > now || now.since(last) >= self.floor());
        let about = self.pending.take_if(|_| may)?;
        self.last = Some(now);
        Some(about)
    }

    fn floor(&self) -> Duration {
        if self.is_flooded() { FLOODED_FLOOR } else { FLOOR }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Instant {
        Instant::from_unix_milliseconds(1_800_000_000_000 + seconds * 1000)
    }

    fn only(name: &str) -> About {
        About::Only([name.into()].into())
    }

    #[test]
    fn r74_the_first_look_is_taken_at_once_and_the_next_waits() {
        let mut guard = Guard::default();
        guard.trigger(only("Task/1"));
        assert_eq!(guard.take(at(0)), Some(only("Task/1")));
        guard.trigger(only("Task/2"));
        guard.trigger(only("Task/3"));
        assert_eq!((guard.take(at(4)), guard.next()), (None, Some(at(5))));
        assert_eq!(guard.take(at(5)), Some(only("Task/2").and(only("Task/3"))));
        assert_eq!((guard.take(at(100)), guard.next()), (None, None), "there is no reason any more");
    }

    #[test]
    fn r74_a_flood_costs_a_look_a_minute_and_loses_nothing() {
        let mut guard = Guard::default();
        let (mut looks, mut read) = (0, 0);
        for tenth in 0..36_000 {
            let now = Instant::from_unix_milliseconds(at(0).unix_milliseconds() + tenth * 100);
            if guard.admits(now) {
                read += 1;
                guard.trigger(only("Task/1"));
            }
            looks += u32::from(guard.take(now).is_some());
        }
        // Sixty of each minute are read, which may cause two looks before the flood is known as one.
        assert!(looks <= 60 * 3 && read <= 60 * 60, "{looks} looks, {read} read in an hour");
        guard.admits(at(3600));
        assert_eq!(guard.take(at(3700)), Some(About::Everything), "what was not read may have told anything");
    }

    #[test]
    fn r74_too_many_names_are_everything() {
        let mut guard = Guard::default();
        for number in 0..=MOST_NAMED {
            guard.trigger(only(&alloc::format!("Task/{number}")));
        }
        assert_eq!(guard.take(at(0)), Some(About::Everything));
    }

    #[test]
    fn r74_a_clock_that_is_set_back_stops_nothing() {
        let mut guard = Guard::default();
        guard.trigger(About::Everything);
        guard.take(at(100_000));
        for _ in 0..100 {
            guard.admits(at(100_000));
        }
        guard.trigger(About::Everything);
        assert!(guard.admits(at(0)) && guard.take(at(0)).is_some());
    }
}
