//! The same exchange in two places: a second tab, a second machine with the same snapshot (R103).

use fhir_solicit::actor::{Saved, Snapshot};

use super::Chaos;

/// A place in which something was opened that goes on elsewhere, too.
pub(super) struct Tab {
    /// The party there.
    pub(super) name: String,
    /// Which party it is a copy of.
    pub(super) of: String,
}

impl Chaos {
    /// Opens what `name` has saved in another tab, once for each; both go on, each by a clock of its own.
    ///
    /// Not where a server cannot know that a create comes twice, or that a change is meant for another version:
    /// there two at a time are as much as two users whom nobody keeps apart.
    pub(super) fn open_again(&mut self, name: &str) {
        let is_known = self.tabs.iter().any(|tab| tab.of == name || tab.name == name);
        if is_known || self.it.bases().iter().any(|base| self.laws.needs_one_place(base)) {
            return;
        }
        let saved = Saved { id: name.to_owned(), state: self.it.party(name).saved().clone() };
        let snapshot = Snapshot { saved: vec![saved], aside: Vec::new() };
        let restored = Snapshot::restore(&snapshot.to_json()).map(|snapshot| snapshot.saved);
        let state = restored.ok().and_then(|mut saved| saved.pop()).map(|saved| saved.state);
        assert!(state.is_some(), "what was saved can be restored");
        let Some(state) = state else { return };
        let tab = format!("{name} in a second tab");
        self.tell(|_| format!("{tab} is opened"));
        self.it.restore(&tab, state);
        if self.random.once_in(2) {
            let skew = self.random.around_zero(86_400_000);
            self.tell(|_| format!("{tab}'s clock is off by {skew} ms"));
            self.it.skew(&tab, skew);
        }
        self.tabs.push(Tab { name: tab, of: name.to_owned() });
    }
}
