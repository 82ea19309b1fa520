//! What a notification says (R73).

use alloc::{
    borrow::{Cow, ToOwned},
    string::String,
    vec::Vec,
};
use core::fmt;

use super::SubscriptionStatus;
use crate::{
    fhir::{CodeableConcept, Instant, Literal, Resource, Target},
    json::{Document, Kind, Limits, Value},
};

/// Events of one notification that are looked at; one that names more is as good as one that names
/// none: everything has to be looked at.
const MOST_EVENTS: usize = 1000;
/// More than a notification needs.
const LIMITS: Limits = Limits { bytes: 1 << 20, depth: 64 };

/// Why the server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotificationKind {
    /// The subscription begins.
    Handshake,
    /// There is nothing to say.
    Heartbeat,
    /// Something has happened.
    EventNotification,
    /// The answer to `$status`.
    QueryStatus,
    /// The answer to `$events`.
    QueryEvent,
}

impl NotificationKind {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Handshake, "handshake"),
        (Self::Heartbeat, "heartbeat"),
        (Self::EventNotification, "event-notification"),
        (Self::QueryStatus, "query-status"),
        (Self::QueryEvent, "query-event"),
    ];

    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == code).map(|(kind, _)| *kind)
    }
}

/// How a notification differs from the profile of the backport, yet can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Deviation {
    /// The status stands on its own, or in a Bundle of another type.
    #[error("a notification is a Bundle of type history")]
    Bundle,
    /// The status is not the first entry.
    #[error("the first entry of a notification is the status of the subscription")]
    NotFirst,
    /// A `SubscriptionStatus`, which R4 does not have.
    #[error("in R4 the status of a subscription is a Parameters resource")]
    Native,
    /// Names or types of values as in another version.
    #[error("a parameter has another name or type than the backport gives it")]
    Form,
    /// A counter is no number that fits 64 bits.
    #[error("a counter is the text of a whole number")]
    Counter,
    /// An element is missing that has to be there.
    #[error("a parameter is missing that has to be there, or has a code that is unknown")]
    Missing,
}

/// Why something is no notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is not JSON, or too much of it.
    #[error("a notification is FHIR JSON of a moderate size")]
    NotJson,
    /// It has no status of a subscription.
    #[error("there is no status of a subscription in it")]
    NoStatus,
    /// It can be read only with tolerance.
    #[error("{0}")]
    Deviates(Deviation),
}

/// One event. Everything of it is a hint. `Debug` shows its number.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct NotificationEvent {
    /// Its number since the subscription began, from 1.
    pub number: Option<u64>,
    /// When it happened.
    pub timestamp: Option<Instant>,
    /// What has changed, as the server refers to it; it may be on another server, and is nothing that
    /// may be fetched before a policy has said from where (R73, R97).
    pub focus: Option<String>,
    /// What else belongs to it.
    pub additional_context: Vec<String>,
}

/// What a server says of a subscription. `Debug` shows no reference and no words of the server's.
#[derive(Clone, PartialEq, Eq)]
pub struct Notification {
    /// The subscription, as the server refers to it.
    pub subscription: Option<String>,
    /// Canonical URL of the topic.
    pub topic: Option<String>,
    /// How the subscription is.
    pub status: Option<SubscriptionStatus>,
    /// Why the server speaks.
    pub kind: NotificationKind,
    /// How many events there have been, those of this notification included.
    pub events_since_start: Option<u64>,
    /// The events, in the order in which they are named.
    pub events: Vec<NotificationEvent>,
    /// What the server says went wrong.
    pub errors: Vec<CodeableConcept>,
    /// Whether it names more events than are looked at.
    pub truncated: bool,
    /// How it differs from the profile, each once.
    pub deviations: Vec<Deviation>,
}

impl fmt::Debug for NotificationEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "event {:?}", self.number)
    }
}

impl fmt::Debug for Notification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, status, events_since_start, events, deviations, .. } = self;
        write!(f, "{kind:?} {status:?} {events_since_start:?} {events:?} {deviations:?}")
    }
}

impl Notification {
    /// Reads a notification, however far it is from the profile, as long as there is a status in it:
    /// what servers do is in `deviations`.
    ///
    /// ```
    /// use fhir_solicit::{exchange::subscription::{Notification, NotificationKind}, json::Document};
    ///
    /// let bundle = Document::parse(r#"{ "resourceType": "Bundle", "type": "history", "entry": [{ "resource": {
    ///   "resourceType": "Parameters", "parameter": [
    ///     { "name": "subscription", "valueReference": { "reference": "Subscription/7" } },
    ///     { "name": "status", "valueCode": "active" },
    ///     { "name": "type", "valueCode": "heartbeat" },
    ///     { "name": "events-since-subscription-start", "valueString": "17" }] } }] }"#)?;
    /// let heartbeat = Notification::read(&bundle)?;
    /// assert_eq!((heartbeat.kind, heartbeat.events_since_start), (NotificationKind::Heartbeat, Some(17)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Unreadable::NoStatus`] where it is none.
    pub fn read(document: &Document) -> Result<Self, Unreadable> {
        Self::all(document).into_iter().next().ok_or(Unreadable::NoStatus)
    }

    /// Reads the text of a notification, of which nobody says who sent it: no more than one can need.
    ///
    /// # Errors
    /// [`Unreadable`] where it is none.
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        let document = Document::parse_within(text, LIMITS).map_err(|_| Unreadable::NotJson)?;
        Self::read(&document)
    }

    /// Reads a notification that keeps to the profile.
    ///
    /// # Errors
    /// [`Unreadable`] with the first difference.
    pub fn read_strictly(document: &Document) -> Result<Self, Unreadable> {
        let read = Self::read(document)?;
        match read.deviations.first() {
            Some(deviation) => Err(Unreadable::Deviates(*deviation)),
            None => Ok(read),
        }
    }

    /// Every status in a Bundle, as `$status` may return several; or the one that stands alone.
    pub(super) fn all(document: &Document) -> Vec<Self> {
        let Some(resource) = Resource::read(document) else { return Vec::new() };
        if !resource.is("Bundle") {
            return Self::of(resource, Some(Deviation::Bundle)).into_iter().collect();
        }
        let entries: Vec<Value<'_>> = resource.value().list("entry").collect();
        let is_history = resource.value().string("type").as_deref() == Some("history");
        let mut found: Vec<Self> = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            let place = if !is_history {
                Some(Deviation::Bundle)
            } else if index > 0 {
                Some(Deviation::NotFirst)
            } else {
                None
            };
            let resource = entry.get("resource").and_then(Resource::of);
            found.extend(resource.and_then(|resource| Self::of(resource, place)));
        }
        if let [one] = found.as_mut_slice() {
            one.complete(&entries);
        }
        found
    }

    /// The references to what has changed, each once; empty where the notification does not tell.
    pub fn foci(&self) -> Vec<&str> {
        let mut foci: Vec<&str> = Vec::new();
        for focus in self.events.iter().filter_map(|event| event.focus.as_deref()) {
            if !foci.contains(&focus) {
                foci.push(focus);
            }
        }
        foci
    }

    /// Whether the notification is of the subscription at `Subscription/id`, on whatever host it says
    /// that is: servers behind a proxy do not know their own name.
    pub fn is_of(&self, subscription: &str) -> bool {
        let relative = |reference: &String| match Target::parse(reference) {
            Target::Literal(literal) => literal.relative() == subscription,
            _ => false,
        };
        self.subscription.as_ref().is_some_and(relative)
    }

    fn of(resource: Resource<'_>, place: Option<Deviation>) -> Option<Self> {
        let mut deviations = Deviations(place.into_iter().collect());
        let status = Status::of(resource, &mut deviations)?;
        let subscription = status.text("subscription", &mut deviations);
        let code = status.text("type", &mut deviations);
        let state = status.text("status", &mut deviations);
        let state = state.as_deref().and_then(SubscriptionStatus::from_code);
        // Any Parameters may stand in a Bundle; one that says none of these is about something else.
        if subscription.is_none() && state.is_none() {
            return None;
        }
        let events_since_start = status.counter("events-since-subscription-start", &mut deviations);
        let mut events: Vec<NotificationEvent> = Vec::new();
        let mut named = status.list("notification-event", &mut deviations);
        for event in named.by_ref().take(MOST_EVENTS) {
            events.push(read_event(event, &mut deviations));
        }
        let truncated = named.next().is_some();
        let kind = code.as_deref().and_then(NotificationKind::from_code);
        if subscription.is_none() || state.is_none() || kind.is_none() {
            deviations.note(Deviation::Missing);
        }
        let told = if events.is_empty() {
            NotificationKind::QueryStatus
        } else {
            NotificationKind::EventNotification
        };
        Some(Self {
            subscription,
            topic: status.text("topic", &mut deviations),
            status: state,
            kind: kind.unwrap_or(told),
            events_since_start,
            events,
            errors: status.concepts("error"),
            truncated,
            deviations: deviations.0,
        })
    }

    /// Takes from the entries what the events do not tell: some servers name what has changed there alone.
    fn complete(&mut self, entries: &[Value<'_>]) {
        let is_told = self.events.iter().any(|event| event.focus.is_some());
        if is_told || self.kind != NotificationKind::EventNotification {
            return;
        }
        let urls = entries.iter().skip(1).filter_map(|entry| entry.string("fullUrl"));
        for url in
            urls.filter(|url| matches!(Target::parse(url), Target::Literal(Literal { .. }))).take(MOST_EVENTS)
        {
            self.events
                .push(NotificationEvent { focus: Some(url.into_owned()), ..NotificationEvent::default() });
        }
    }
}

fn read_event(event: Status<'_>, deviations: &mut Deviations) -> NotificationEvent {
    let number = event.counter("event-number", deviations);
    if number.is_none() {
        deviations.note(Deviation::Missing);
    }
    let timestamp = event.text("timestamp", deviations).and_then(|text| Instant::parse(&text));
    let additional = event.list("additional-context", deviations);
    NotificationEvent {
        number,
        timestamp,
        focus: event.text("focus", deviations),
        additional_context: additional.filter_map(Status::reference).take(MOST_EVENTS).collect(),
    }
}

struct Deviations(Vec<Deviation>);

impl Deviations {
    fn note(&mut self, deviation: Deviation) {
        if !self.0.contains(&deviation) {
            self.0.push(deviation);
        }
    }
}

/// The two forms of a status: parameters with names and values, or elements.
#[derive(Clone, Copy)]
enum Status<'d> {
    /// Each with a `name`.
    Parameters(Value<'d>, &'static str),
    Elements(Value<'d>),
}

impl<'d> Status<'d> {
    fn of(resource: Resource<'d>, deviations: &mut Deviations) -> Option<Self> {
        if resource.is("Parameters") {
            return Some(Self::Parameters(resource.value(), "parameter"));
        }
        deviations.note(Deviation::Native);
        resource.is("SubscriptionStatus").then(|| Self::Elements(resource.value()))
    }

    /// The items called `name`, which is in kebab case as the backport has it.
    fn list(self, name: &'static str, deviations: &mut Deviations) -> alloc::vec::IntoIter<Self> {
        let camel = camel_case(name);
        let items: Vec<Self> = match self {
            Self::Parameters(value, list) => {
                let named = |it: &Value<'d>| {
                    let found = it.string("name").unwrap_or_default();
                    if found == *camel && found != name {
                        deviations.note(Deviation::Form);
                    }
                    found == name || found == *camel
                };
                value.list(list).filter(named).map(|it| Self::Parameters(it, "part")).collect()
            }
            Self::Elements(value) => match value.get(&camel) {
                Some(element) if element.kind() == Kind::Array => {
                    element.items().map(Self::Elements).collect()
                }
                Some(element) => alloc::vec![Self::Elements(element)],
                None => Vec::new(),
            },
        };
        items.into_iter()
    }

    fn value(self) -> Option<(Cow<'d, str>, Value<'d>)> {
        match self {
            Self::Parameters(value, _) => {
                let mut members = value.members().map(|(key, value)| (key.as_str(), value));
                members.find(|(key, _)| key.starts_with("value"))
            }
            Self::Elements(value) => Some((Cow::Borrowed(""), value)),
        }
    }

    fn reference(self) -> Option<String> {
        let (_, value) = self.value()?;
        let text = if value.kind() == Kind::Object { value.string("reference") } else { value.as_str() };
        text.map(Cow::into_owned)
    }

    /// The text of `name`, or what it refers to.
    fn text(self, name: &'static str, deviations: &mut Deviations) -> Option<String> {
        self.list(name, deviations).next()?.reference()
    }

    /// A counter, which the backport writes as text: its numbers end at 31 bits.
    fn counter(self, name: &'static str, deviations: &mut Deviations) -> Option<u64> {
        let (element, value) = self.list(name, deviations).next()?.value()?;
        if !matches!(&*element, "valueString" | "") {
            deviations.note(Deviation::Form);
        }
        let text = value.as_number().map(ToOwned::to_owned).or_else(|| value.as_str().map(Cow::into_owned));
        // `parse` would also take a plus sign.
        let digits = text.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        let number = digits.and_then(|text| text.parse().ok());
        if number.is_none() {
            deviations.note(Deviation::Counter);
        }
        number
    }

    fn concepts(self, name: &'static str) -> Vec<CodeableConcept> {
        let values = self.list(name, &mut Deviations(Vec::new()));
        values.filter_map(|it| Some(CodeableConcept::read(it.value()?.1))).take(MOST_EVENTS).collect()
    }
}

/// `event-number` as R5 writes it: `eventNumber`.
fn camel_case(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    let mut upper = false;
    for character in name.chars() {
        match character {
            '-' => upper = true,
            _ if upper => {
                camel.push(character.to_ascii_uppercase());
                upper = false;
            }
            _ => camel.push(character),
        }
    }
    camel
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::subscription::{TASK_TOPIC, read_state};
    use alloc::format;

    fn document(text: &str) -> Document {
        Document::parse(text).unwrap()
    }

    fn bundle(kind: &str, entries: &str) -> Document {
        document(&format!(r#"{{"resourceType":"Bundle","type":"{kind}","entry":[{entries}]}}"#))
    }

    fn parameters(more: &str) -> String {
        format!(
            r#"{{"resourceType":"Parameters","parameter":[{{"name":"subscription","valueReference":{{"reference":"https://a.example/fhir/Subscription/7"}}}},{{"name":"status","valueCode":"active"}}{more}]}}"#
        )
    }

    fn of_kind(kind: &str, more: &str) -> String {
        let status = parameters(&format!(r#",{{"name":"type","valueCode":"{kind}"}}{more}"#));
        format!(r#"{{"resource":{status}}}"#)
    }

    const EVENT: &str = r#",{"name":"events-since-subscription-start","valueString":"18446744073709551615"},
        {"name":"topic","valueCanonical":"http://hl7.org/fhir/us/davinci-hrex/SubscriptionTopic/Task"},
        {"name":"notification-event","part":[{"name":"event-number","valueString":"18446744073709551615"},
        {"name":"timestamp","valueInstant":"2024-01-18T01:19:38.837885+00:00"},
        {"name":"focus","valueReference":{"reference":"https://b.example/fhir/Task/1"}},
        {"name":"additional-context","valueReference":{"reference":"Patient/9"}}]},
        {"name":"error","valueCodeableConcept":{"text":"late"}}"#;

    #[test]
    fn r73_every_type_of_notification_is_read_strictly() {
        for (kind, code) in NotificationKind::ALL {
            let read = Notification::read_strictly(&bundle("history", &of_kind(code, ""))).unwrap();
            assert_eq!((read.kind, read.status), (kind, Some(SubscriptionStatus::Active)), "{code}");
            assert!(read.is_of("Subscription/7") && !read.is_of("Subscription/77") && read.foci().is_empty());
        }
    }

    #[test]
    fn r73_counters_are_text_of_64_bits_and_nothing_is_left_out() {
        let read =
            Notification::read_strictly(&bundle("history", &of_kind("event-notification", EVENT))).unwrap();
        assert_eq!((read.events_since_start, read.events[0].number), (Some(u64::MAX), Some(u64::MAX)));
        assert_eq!(read.topic.as_deref(), Some(TASK_TOPIC));
        assert_eq!(read.events[0].timestamp, Instant::parse("2024-01-18T01:19:38.837Z"));
        assert_eq!(read.foci(), ["https://b.example/fhir/Task/1"]);
        assert_eq!((read.events[0].additional_context.len(), read.errors.len()), (1, 1));
    }

    #[test]
    fn r73_what_servers_do_is_read_and_named() {
        let counter = |value: &str| {
            format!(
                r#",{{"name":"type","valueCode":"heartbeat"}},{{"name":"events-since-subscription-start",{value}}}"#
            )
        };
        let resource = |status: &str| format!(r#"{{"resource":{status}}}"#);
        let history = |status: &str| bundle("history", &resource(status));
        let native = r#"{"resourceType":"SubscriptionStatus","status":"active","type":"event-notification",
            "eventsSinceSubscriptionStart":"3","subscription":{"reference":"Subscription/7"},
            "notificationEvent":[{"eventNumber":3,"focus":{"reference":"Task/1"}}]}"#;
        let camel = r#",{"name":"type","valueCode":"heartbeat"},{"name":"eventsSinceSubscriptionStart","valueString":"3"}"#;
        for (what, found, expected) in [
            ("a number", history(&parameters(&counter(r#""valueUnsignedInt":3"#))), Deviation::Form),
            ("a name of R5", history(&parameters(camel)), Deviation::Form),
            ("a resource of R5", history(native), Deviation::Native),
            (
                "another Bundle",
                bundle("searchset", &resource(&parameters(&counter(r#""valueString":"3""#)))),
                Deviation::Bundle,
            ),
            ("no Bundle", document(&parameters(&counter(r#""valueString":"3""#))), Deviation::Bundle),
            (
                "not first",
                bundle(
                    "history",
                    &format!(
                        r#"{{"resource":{{"resourceType":"Task","id":"1"}}}},{}"#,
                        resource(&parameters(&counter(r#""valueString":"3""#)))
                    ),
                ),
                Deviation::NotFirst,
            ),
        ] {
            let read = Notification::read(&found).unwrap();
            assert_eq!(read.events_since_start, Some(3), "{what}");
            assert!(read.deviations.contains(&expected), "{what}: {:?}", read.deviations);
            let first = read.deviations[0];
            assert_eq!(Notification::read_strictly(&found), Err(Unreadable::Deviates(first)), "{what}");
        }
        let native = Notification::read(&history(native)).unwrap();
        assert_eq!((native.events[0].number, native.foci().as_slice()), (Some(3), &["Task/1"][..]));
    }

    #[test]
    fn r73_a_counter_that_is_none_is_no_counter() {
        for value in ["-1", "+1", "1.0", "1e3", "", " 1", "18446744073709551616", "one"] {
            let more = format!(r#",{{"name":"events-since-subscription-start","valueString":"{value}"}}"#);
            let read = Notification::read(&bundle("history", &of_kind("heartbeat", &more))).unwrap();
            assert_eq!(
                (read.events_since_start, read.deviations.as_slice()),
                (None, &[Deviation::Counter][..]),
                "{value}"
            );
        }
    }

    #[test]
    fn r73_what_has_changed_may_be_told_by_the_entries_alone() {
        let entries = format!(
            r#"{},{{"fullUrl":"https://a.example/fhir/Task/1"}},{{"fullUrl":"urn:uuid:1"}},{{"fullUrl":"javascript:Task/1"}}"#,
            of_kind("event-notification", "")
        );
        assert_eq!(
            Notification::read(&bundle("history", &entries)).unwrap().foci(),
            ["https://a.example/fhir/Task/1"]
        );
    }

    #[test]
    fn r73_no_more_is_read_than_a_notification_can_need() {
        let whole = bundle("history", &of_kind("heartbeat", "")).into_text();
        assert!(Notification::parse(&whole).is_ok());
        let deep = alloc::string::ToString::to_string(&"[".repeat(100)) + &"]".repeat(100);
        for text in [whole.clone() + &" ".repeat(1 << 20), deep, whole.replace('}', "")] {
            assert_eq!(Notification::parse(&text), Err(Unreadable::NotJson));
        }
    }

    #[test]
    fn r73_what_says_nothing_of_a_subscription_is_no_notification() {
        for text in [
            "{}",
            "[]",
            r#"{"resourceType":"Bundle","type":"history"}"#,
            r#"{"resourceType":"Bundle","type":"history","entry":[{"resource":{"resourceType":"Parameters"}}]}"#,
            r#"{"resourceType":"Bundle","type":"history","entry":{"resource":{}}}"#,
            r#"{"resourceType":"Task","status":"requested"}"#,
        ] {
            assert_eq!(Notification::read(&document(text)), Err(Unreadable::NoStatus), "{text}");
        }
    }

    #[test]
    fn r73_the_state_of_one_subscription_is_found_among_many() {
        let of = |id: &str, total: &str| {
            format!(
                r#"{{"resource":{{"resourceType":"Parameters","parameter":[{{"name":"subscription","valueReference":{{"reference":"Subscription/{id}"}}}},{{"name":"status","valueCode":"error"}},{{"name":"type","valueCode":"query-status"}},{{"name":"events-since-subscription-start","valueString":"{total}"}}]}}}}"#
            )
        };
        let several = bundle("searchset", &[of("6", "1"), of("7", "2")].join(","));
        assert_eq!(read_state(&several, "Subscription/7").unwrap().events_since_start, Some(2));
        assert_eq!(read_state(&several, "Subscription/8"), None);
        let one = bundle("searchset", &of("other-name", "3"));
        assert_eq!(
            read_state(&one, "Subscription/7").unwrap().events_since_start,
            Some(3),
            "it was asked of this one"
        );
    }

    #[test]
    fn r73_more_events_than_anybody_needs_are_not_looked_at() {
        let event = r#",{"name":"notification-event","part":[{"name":"event-number","valueString":"1"}]}"#;
        let read =
            Notification::read(&bundle("history", &of_kind("event-notification", &event.repeat(1001))))
                .unwrap();
        assert!(read.truncated && read.events.len() == MOST_EVENTS);
    }

    #[test]
    fn no_words_of_a_notification_are_in_its_debug_output() {
        let read = Notification::read(&bundle("history", &of_kind("event-notification", EVENT))).unwrap();
        let shown = format!("{read:?}");
        for word in ["Task/1", "Patient/9", "late", "a.example"] {
            assert!(!shown.contains(word), "{shown}");
        }
    }
}
