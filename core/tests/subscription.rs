//! What is written for a server to subscribe is what R4 allows (R70).
#![allow(clippy::unwrap_used, reason = "a test says so by panicking")]

use fhir_solicit::{
    exchange::subscription::{Channel, SubscriptionDraft},
    fhir::Coding,
    pack::Pack,
    validate::{Options, validate},
};

#[test]
fn r70_a_subscription_is_valid_r4() {
    let hook = Channel::RestHook {
        endpoint: "https://relay.example/in/1".into(),
        header: vec!["Authorization: Bearer s3cret".into()],
    };
    for channel in [hook, Channel::Websocket] {
        let draft = SubscriptionDraft { heartbeat: Some(60), ..SubscriptionDraft::over(channel) };
        let tag = Coding::new("urn:ietf:rfc:3986", "urn:uuid:1");
        let built = draft.filtered("owner", "Organization/1").build(&tag).unwrap();
        let report = validate(&built, Pack::exchange(), &Options::default());
        assert_eq!(report.errors, 0, "{:?}", report.issues);
    }
}
