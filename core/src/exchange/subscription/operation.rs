//! Asking a server for the state of a subscription, and for what was missed.

use alloc::{format, string::String};

use super::Notification;
use crate::{
    exchange::{HttpRequest, read},
    json::Document,
};

/// Asks how the subscription at `Subscription/id` is (backport, `$status`).
pub fn status(server: &str, subscription: &str) -> HttpRequest {
    read(server, &format!("{subscription}/$status"), None)
}

/// Asks for events by number, both ends included (backport, `$events`).
pub fn events(server: &str, subscription: &str, first: u64, last: u64) -> HttpRequest {
    let query: String = format!("eventsSinceNumber={first}&eventsUntilNumber={last}&content=id-only");
    read(server, &format!("{subscription}/$events?{query}"), None)
}

/// What `$status` or `$events` returned of the subscription at `Subscription/id`: a searchset of
/// Parameters, a Bundle like a notification, or the bare status, as servers have it.
///
/// The answer is of the server that was asked, with whatever vouches for it, so it may be believed
/// where a notification may not.
pub fn read_state(returned: &Document, subscription: &str) -> Option<Notification> {
    let mut all = Notification::all(returned);
    if all.len() == 1 {
        return all.pop();
    }
    all.into_iter().find(|one| one.is_of(subscription))
}
