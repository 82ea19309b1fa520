//! The socket of a subscription, as far as it can be said without one (R72).

use alloc::vec::Vec;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Phase, Subscriber, Wanted, is_due};
use crate::{
    actor::{Effect, notice},
    exchange::{
        Fault, FaultKind, read,
        subscription::{About, Unbindable, binding_token, read_binding},
    },
    fhir::Instant,
    json::{Document, FromJson},
};

/// How long the server may take to answer the token with a handshake.
const HANDSHAKE: Duration = Duration::from_secs(30);
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "kebab-case")]
enum Socket {
    /// None is wanted yet, or it is to be opened again.
    #[default]
    Down,
    /// A token is asked for.
    Asking,
    /// The token is said; the server has not answered.
    Binding,
    /// The server has answered.
    Bound,
}

/// What is known of the socket. It holds no token: that is said once, and never stored.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub(super) struct Link {
    socket: Socket,
    /// When to go on: to open it, to give up the wait for the handshake, or to say another token.
    at: Option<Instant>,
    /// When to say another token, once it is bound.
    rebind_at: Option<Instant>,
    failures: u32,
    /// Whether another token was said over a socket that was bound already.
    rebinding: bool,
    /// Whether the server takes one token a socket, and closes it at the next.
    takes_one: bool,
    /// Whether there is no token to be had: for want of the operation, or of the subscription.
    refused: bool,
}

impl Link {
    pub(super) fn is_refused(&self) -> bool {
        self.refused
    }

    pub(super) fn is_bound(&self) -> bool {
        self.socket == Socket::Bound
    }

    pub(super) fn due(&self) -> Option<Instant> {
        self.at
    }

    /// Wants a socket at `at`.
    pub(super) fn open(&mut self, at: Instant) {
        (self.socket, self.at, self.rebinding, self.refused) = (Socket::Down, Some(at), false, false);
    }
}

impl Subscriber {
    /// Does what it is time for.
    pub(super) fn keep_linked(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        if !matches!(self.phase, Phase::Requested | Phase::Active) {
            self.hang_up(effects);
            return;
        }
        if !is_due(self.link.at, now) {
            return;
        }
        self.link.at = None;
        match self.link.socket {
            Socket::Down => {
                self.link.socket = Socket::Asking;
                self.ask_for_token(effects);
            }
            Socket::Binding => {
                effects.push(Effect::Disconnect);
                self.closed(now);
            }
            Socket::Bound => self.ask_for_token(effects),
            Socket::Asking => {}
        }
    }

    /// Closes what is open, and opens it at once.
    pub(super) fn relink(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        self.hang_up(effects);
        self.link.open(now);
    }

    /// What this side held open is gone with the process that held it.
    pub(super) fn unlink(&mut self) {
        if self.has_socket() && self.url().is_some() && self.link.socket != Socket::Asking {
            self.link.open(Instant::from_unix_milliseconds(0));
        }
    }

    /// The socket has closed, or could not be opened.
    pub(super) fn closed(&mut self, now: Instant) {
        if !matches!(self.link.socket, Socket::Binding | Socket::Bound) {
            return;
        }
        if self.link.rebinding {
            self.link.takes_one = true;
            self.link.open(now);
            return;
        }
        self.wait_to_open(now);
    }

    /// Says the token that came.
    pub(super) fn bind(&mut self, returned: &Document, now: Instant, effects: &mut Vec<Effect>) {
        let binding = match read_binding(returned, &self.desk.servers) {
            Ok(binding) => binding,
            Err(unbindable @ Unbindable::Url) => {
                effects.push(notice(alloc::format!("{unbindable}")));
                self.unavailable(now, effects);
                return;
            }
            Err(Unbindable::Token) => return self.wait_to_open(now),
        };
        let rebind_at = binding.rebind_at(now).filter(|_| !self.link.takes_one);
        if self.link.is_bound() {
            (self.link.rebinding, self.link.at) = (true, rebind_at);
        } else {
            (self.link.socket, self.link.at) = (Socket::Binding, Some(now + HANDSHAKE));
            self.link.rebind_at = rebind_at;
        }
        let message = binding.message();
        effects.push(Effect::Connect { url: binding.url, message });
    }

    /// There is no token to be had.
    pub(super) fn unbindable(&mut self, fault: &Fault, now: Instant, effects: &mut Vec<Effect>) {
        if fault.kind.is_passing() || fault.kind == FaultKind::Unauthorized {
            return self.wait_to_open(now);
        }
        if self.link.is_bound() {
            return;
        }
        match self.url() {
            // It may be the subscription that is not there any more.
            Some(url) if matches!(fault.kind, FaultKind::NotFound | FaultKind::Gone) => {
                let request = read(&self.server, url, None);
                self.link.refused = true;
                self.desk.read(Wanted::Subscription, request, effects);
            }
            _ => self.unavailable(now, effects),
        }
    }

    /// The server has taken the token.
    pub(super) fn bound(&mut self) {
        self.link.rebinding = false;
        if self.link.socket == Socket::Binding {
            (self.link.socket, self.link.at, self.link.failures) = (Socket::Bound, self.link.rebind_at, 0);
            if self.phase == Phase::Active {
                // What was told while it was down was told to nobody.
                self.guard.trigger(About::Everything);
            }
        }
    }

    fn ask_for_token(&mut self, effects: &mut Vec<Effect>) {
        let Some(url) = self.url() else { return };
        let request = binding_token(&self.server, url);
        self.desk.read(Wanted::Token, request, effects);
    }

    fn hang_up(&mut self, effects: &mut Vec<Effect>) {
        if matches!(self.link.socket, Socket::Binding | Socket::Bound) {
            effects.push(Effect::Disconnect);
        }
        (self.link.socket, self.link.at, self.link.rebinding) = (Socket::Down, None, false);
    }

    fn wait_to_open(&mut self, now: Instant) {
        let longest = FIRST_WAIT.saturating_mul(1 << self.link.failures.min(10)).min(LONGEST_WAIT);
        let spread = self.desk.entropy.next() % (longest.as_millis() as u64 / 2);
        self.link.failures = self.link.failures.saturating_add(1);
        self.link.open(now + longest / 2 + Duration::from_millis(spread));
    }

    /// Without a socket this subscription tells nothing: it is ended, and exchanges go on polling.
    pub(super) fn unavailable(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        // Where it cannot be ended, nobody listens all the same.
        let _ = self.end(now, effects);
        self.phase = Phase::Unavailable;
    }
}
