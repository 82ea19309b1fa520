//! What is asked for later is not asked about now.
#![allow(clippy::unwrap_used, reason = "a test says so by panicking")]

mod common;

use std::time::Duration;

use common::{ask, one_item};
use fhir_solicit::{actor::Variant, solicitation::Timeliness};
use fhir_solicit_simulation::Simulation;

const DAY: Duration = Duration::from_secs(86_400);

#[test]
fn r77_nobody_is_asked_for_news_before_the_time_begins() {
    for variant in [Variant::WithTask, Variant::WithoutTask] {
        let mut it = Simulation::new();
        let mut request = one_item();
        let morning = it.now;
        request.set("/occurrencePeriod/start", &(morning + 5 * DAY)).unwrap();
        ask(&mut it, variant, &request);
        it.settle();
        let sent = it.transcript.len();
        assert_eq!(it.view("payer").solicitation.unwrap().due.unwrap().timeliness, Timeliness::Early);
        it.pass(4 * DAY);
        it.crash("payer");
        it.pass(Duration::from_secs(86_399));
        assert_eq!(it.transcript.len(), sent, "{:?}", &it.transcript[sent..]);
        it.pass(Duration::from_secs(120));
        assert!(it.transcript.len() > sent, "{variant:?}: then it is looked for");
        assert_eq!(it.view("payer").solicitation.unwrap().due.unwrap().timeliness, Timeliness::Pending);
    }
}
