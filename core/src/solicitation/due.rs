//! By when an answer is expected.

use alloc::string::{String, ToString};
use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Given, Ledger, State, state::Seen};
use crate::{
    fhir::{Instant, time::Span},
    json::{FromJson, Value},
};

/// How dates that name no time of day are read, and how long before the end a warning is due (R75).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct Calendar {
    /// Minutes east of UTC in which a date without offset is meant, on the day it names. UTC where it
    /// is not given.
    #[serde(default)]
    pub zone_minutes: i32,
    /// Minutes before the end from which the answer is due soon, 0..1. A day where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub soon_minutes: Option<u32>,
}

impl Calendar {
    fn soon(self) -> Duration {
        Duration::from_secs(60 * u64::from(self.soon_minutes.unwrap_or(24 * 60)))
    }
}

/// How the answer stands to its time (R75, R76). Computed, never written into a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "kebab-case")]
pub enum Timeliness {
    /// The time has not begun (R77): nobody is expected to act yet.
    Early,
    /// There is time.
    Pending,
    /// The end is near.
    Soon,
    /// The end has passed without an answer.
    Overdue,
    /// Answered before the end.
    InTime,
    /// Answered, but after the end.
    Late,
    /// Nothing is expected any more: declined, failed or cancelled.
    Moot,
}

/// The time within which an answer is expected, 0..1 per request (R75).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct Due {
    /// The end as it is written, a FHIR `date` or `dateTime`.
    pub written: String,
    /// The first moment, where one is given, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Instant>,
    /// The last moment: of a date its day's end, of a month its month's.
    pub until: Instant,
    /// How the answer stands to it.
    pub timeliness: Timeliness,
}

/// The element that says when: the Task's restriction, else the request's occurrence (R75).
pub(crate) struct Window<'s> {
    start: Option<Value<'s>>,
    end: Option<Value<'s>>,
}

impl<'s> Window<'s> {
    pub(crate) fn of(request: Option<Value<'s>>, task: Option<Value<'s>>) -> Self {
        let at = |resource: Option<Value<'s>>, pointer| resource.and_then(|it| it.pointer(pointer));
        let period = |resource, start, end| Self { start: at(resource, start), end: at(resource, end) };
        let of_task = period(task, "/restriction/period/start", "/restriction/period/end");
        let of_request = period(request, "/occurrencePeriod/start", "/occurrencePeriod/end");
        Self {
            start: of_task.start.or(of_request.start),
            end: of_task.end.or(of_request.end).or_else(|| at(request, "/occurrenceDateTime")),
        }
    }

    /// The first moment at which anybody is expected to act (R77), 0..1.
    pub(crate) fn opens(&self, calendar: Calendar) -> Option<Instant> {
        Some(span(self.start?, calendar)?.start)
    }
}

fn span(value: Value<'_>, calendar: Calendar) -> Option<Span> {
    Span::parse(&value.as_str()?, calendar.zone_minutes)
}

/// Where the answer stands at `now`; `None` where no end is given, or none that can be read.
pub(super) fn due(seen: &Seen<'_>, ledger: &Ledger, state: State, now: Instant) -> Option<Due> {
    // The Tasks of one request all say the same of it.
    let task = seen.recipients.iter().find_map(|one| one.task);
    let window = Window::of(seen.request.map(|it| it.value()), task.map(|it| it.value()));
    let written = window.end?;
    let until = span(written, seen.calendar)?.end;
    let from = window.opens(seen.calendar);
    let timeliness = match state {
        State::Declined | State::Failed | State::Cancelled => Timeliness::Moot,
        State::Answered | State::AnsweredEmpty if answered_at(seen, ledger).unwrap_or(now) > until => {
            Timeliness::Late
        }
        State::Answered | State::AnsweredEmpty => Timeliness::InTime,
        _ if until < now => Timeliness::Overdue,
        _ if from.is_some_and(|from| now < from) => Timeliness::Early,
        _ if until.since(now) <= seen.calendar.soon() => Timeliness::Soon,
        _ => Timeliness::Pending,
    };
    Some(Due { written: written.as_str()?.to_string(), from, until, timeliness })
}

/// When the last item was first answered, as those say who answered; what was sent beside or after it
/// makes an answer no later. Else when the Task was last changed.
fn answered_at(seen: &Seen<'_>, ledger: &Ledger) -> Option<Instant> {
    let sent = |one: &Given<'_>| Some(one.communication.sent()?.end);
    let first =
        |answers: &[usize]| answers.iter().filter_map(|at| seen.communications.get(*at).and_then(sent)).min();
    let items = ledger.items.iter().filter_map(|item| first(&item.answered_by)).max();
    items.or_else(|| seen.communications.iter().filter_map(sent).min()).or_else(|| {
        let changed = seen.recipients.iter().filter_map(|one| {
            let changed = one.task?.value().string("lastModified")?;
            Some(Span::parse(&changed, seen.calendar.zone_minutes)?.end)
        });
        changed.max()
    })
}
