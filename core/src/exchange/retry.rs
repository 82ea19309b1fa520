//! When to try again.

use core::time::Duration;

use super::{Fault, HttpResponse, answer::asked_to_wait};

/// The longest wait that a server may ask for.
const LONGEST: u64 = 86_400;

/// For how many seconds a server that answers so is to be left alone by everything that repeats what it has refused, whoever
/// was answered (R81): `Retry-After` with 429 or 503, up to a day.
pub fn hold(response: &HttpResponse) -> Option<u32> {
    let asked = matches!(response.status, 429 | 503).then(|| asked_to_wait(&response.headers))??;
    u32::try_from(asked.min(LONGEST)).ok()
}

/// How often and how long a request is repeated after a passing fault (R81).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The longest wait before the first repetition; it doubles with each.
    pub base: Duration,
    /// The longest wait before any repetition that the server did not ask for.
    pub cap: Duration,
    /// Quick tries in all before somebody is told.
    pub tries: u32,
    /// How long to wait between the tries that follow by themselves.
    pub slow: Duration,
    /// Slow tries in all before somebody has to decide.
    pub slow_tries: u32,
}

impl Default for RetryPolicy {
    /// Waits of up to 1, 2, 4, … 60 seconds, eight tries; then one every hour for a week, since an
    /// exchange takes days and a server may be down for a night.
    fn default() -> Self {
        Self {
            base: Duration::from_secs(1),
            cap: Duration::from_secs(60),
            tries: 8,
            slow: Duration::from_secs(3600),
            slow_tries: 7 * 24,
        }
    }
}

impl RetryPolicy {
    /// Whether a request that has met `fault` at its try number `tries` (from 1) is repeated soon.
    pub fn is_quick(&self, fault: &Fault, tries: u32) -> bool {
        fault.kind.is_passing() && tries < self.tries
    }

    /// How long to wait before repeating a request that has met `fault` at its try number
    /// `tries` (from 1), or `None` where repeating does not help.
    ///
    /// Only for requests that may be sent twice: reads, guarded updates and conditional creates,
    /// which is all that [`super`] makes. `random` spreads the quick waits of many clients evenly
    /// over the whole range ("full jitter") and makes the slow ones longer by up to a tenth; a
    /// `Retry-After` is honoured beyond it, up to a day.
    pub fn wait(&self, fault: &Fault, tries: u32, random: u64) -> Option<Duration> {
        if !fault.kind.is_passing() || tries >= self.tries + self.slow_tries {
            return None;
        }
        let asked = Duration::from_secs(fault.retry_after.unwrap_or(0).min(LONGEST));
        let (least, range) = if self.is_quick(fault, tries) {
            let longest = self.base.saturating_mul(1 << (tries.saturating_sub(1)).min(16)).min(self.cap);
            (asked, longest)
        } else {
            (asked.max(self.slow), self.slow / 10)
        };
        let milliseconds = u64::try_from(range.as_millis()).unwrap_or(u64::MAX).max(1);
        Some(least + Duration::from_millis(random % milliseconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::{FaultKind, Headers};
    use alloc::string::String;

    #[test]
    fn r81_a_server_is_left_alone_for_as_long_as_it_asks() {
        let asks = |status, wait: &str| {
            let headers = Headers::from_iter([("Retry-After", wait)]);
            hold(&HttpResponse { status, headers, body: String::new() })
        };
        assert_eq!((asks(503, "30"), asks(429, "30")), (Some(30), Some(30)));
        assert_eq!(asks(503, "999999"), Some(86_400));
        assert_eq!((asks(200, "30"), asks(404, "30"), asks(503, "soon")), (None, None, None));
    }

    #[test]
    fn waits_grow_honour_the_server_and_end() {
        let policy = RetryPolicy::default();
        let fault = Fault::of(FaultKind::Network);
        for tries in 1..policy.tries {
            let wait = policy.wait(&fault, tries, u64::MAX).unwrap();
            assert!(policy.is_quick(&fault, tries));
            assert!(wait < policy.base * (1 << (tries - 1)) && wait <= policy.cap);
        }
        let last = policy.tries + policy.slow_tries;
        for tries in policy.tries..last {
            let wait = policy.wait(&fault, tries, u64::MAX).unwrap();
            assert!(!policy.is_quick(&fault, tries));
            assert!(wait >= policy.slow && wait <= policy.slow * 11 / 10);
        }
        assert_eq!(policy.wait(&fault, last, 0), None);
        let asked = Fault { retry_after: Some(120), ..Fault::of(FaultKind::TooManyRequests) };
        assert!(policy.wait(&asked, 1, 0).unwrap() >= Duration::from_secs(120));
        assert_eq!(policy.wait(&Fault::of(FaultKind::Invalid), 1, 0), None);
    }
}
