//! What a server offers (R71).

use alloc::{borrow::Cow, string::String, vec::Vec};

use super::extension_url;
use crate::{
    fhir::{Resource, split_canonical},
    json::Value,
};

/// What a CapabilityStatement says of subscriptions. Servers that offer them need not say so, and
/// those that say so may do less: it is a reason to try, no more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// Canonical URLs of the topics.
    pub topics: Vec<String>,
    /// Whether past events can be had by `$events`.
    pub events: bool,
    /// Whether there is `$get-ws-binding-token`.
    pub websocket: bool,
}

impl Offer {
    /// Reads a CapabilityStatement.
    pub fn read(capabilities: Resource<'_>) -> Self {
        let mut offer = Self::default();
        let is_subscription = |it: &Value<'_>| it.string("type").as_deref() == Some("Subscription");
        for rest in capabilities.value().list("rest") {
            for resource in rest.list("resource").filter(is_subscription) {
                offer.topics.extend(topics(resource).map(Cow::into_owned));
                offer.note_operations(resource);
            }
            offer.note_operations(rest);
        }
        offer
    }

    /// Whether there is this topic, in whatever version.
    pub fn has(&self, topic: &str) -> bool {
        let topic = split_canonical(topic).0;
        self.topics.iter().any(|offered| split_canonical(offered).0 == topic)
    }

    fn note_operations(&mut self, of: Value<'_>) {
        for operation in of.list("operation") {
            let name = operation.string("name").unwrap_or_default();
            match name.trim_start_matches('$') {
                "events" => self.events = true,
                "get-ws-binding-token" => self.websocket = true,
                _ => {}
            }
        }
    }
}

fn topics(resource: Value<'_>) -> impl Iterator<Item = Cow<'_, str>> {
    let url = extension_url("capabilitystatement-subscriptiontopic-canonical");
    let topic = move |it: Value<'_>| it.string("url").is_some_and(|it| it == *url);
    resource.list("extension").filter(move |it| topic(*it)).filter_map(|it| {
        // It is a canonical; before FHIR knew the type, it was a uri.
        it.string("valueCanonical").or_else(|| it.string("valueUri"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{exchange::subscription::TASK_TOPIC, json::Document};
    use alloc::format;

    fn offer(rest: &str) -> Offer {
        let text = format!(r#"{{"resourceType":"CapabilityStatement","rest":[{rest}]}}"#);
        Offer::read(Resource::read(&Document::parse(text).unwrap()).unwrap())
    }

    #[test]
    fn r71_topics_are_found_where_the_backport_puts_them() {
        let url = extension_url("capabilitystatement-subscriptiontopic-canonical");
        let rest = |kind: &str, value: &str| {
            offer(&format!(
                r#"{{"resource":[{{"type":"{kind}","extension":[{{"url":"{url}",{value}}}],"operation":[{{"name":"$events"}},{{"name":"get-ws-binding-token"}}]}}]}}"#
            ))
        };
        for value in [
            format!(r#""valueCanonical":"{TASK_TOPIC}""#),
            format!(r#""valueCanonical":"{TASK_TOPIC}|1.1.0""#),
            format!(r#""valueUri":"{TASK_TOPIC}""#),
        ] {
            let found = rest("Subscription", &value);
            assert!(found.has(TASK_TOPIC) && found.events && found.websocket, "{value}");
        }
        let elsewhere = rest("Task", &format!(r#""valueCanonical":"{TASK_TOPIC}""#));
        assert!(!elsewhere.has(TASK_TOPIC));
        assert!(!rest("Subscription", r#""valueCanonical":"https://t.example/other""#).has(TASK_TOPIC));
    }

    #[test]
    fn r71_what_is_not_advertised_is_not_offered() {
        for rest in
            ["", "{}", r#"{"resource":[{"type":"Subscription"}]}"#, r#"{"resource":{"type":"Subscription"}}"#]
        {
            assert_eq!(offer(rest), Offer::default(), "{rest}");
        }
    }
}
