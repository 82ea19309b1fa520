//! The Subscription to create (R70).

use alloc::{format, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{SubscriptionStatus, extension_url};
use crate::{
    exchange::servers::checked_base,
    fhir::{Coding, Instant, split_canonical},
    json::{Document, EditError, FromJson},
};

/// The topic of HRex: a Task was created or has changed.
pub const TASK_TOPIC: &str = "http://hl7.org/fhir/us/davinci-hrex/SubscriptionTopic/Task";

/// What the topic of HRex can be filtered by.
const TASK_FILTERS: [&str; 6] =
    ["code", "owner", "owner:identifier", "requester", "requester:identifier", "status"];

const REASON: &str = "To learn of changes without polling";

/// How much of a resource a notification carries. Nothing of it is used here whatever it is, so the
/// less the better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// Nothing.
    Empty,
    /// Which resource it is.
    #[default]
    IdOnly,
    /// All of it, which then passes through whatever brings the notification.
    FullResource,
}

/// How notifications come.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Channel {
    /// Over a socket that this side opens.
    Websocket,
    /// As POSTs to a relay of the application's.
    RestHook {
        /// The relay's URL.
        endpoint: String,
        /// Header lines that come with each, such as `Authorization: Bearer …`, by which the relay
        /// knows the server.
        #[serde(default)]
        header: Vec<String>,
    },
}

impl core::fmt::Debug for Channel {
    /// The kind alone: endpoints and headers hold secrets.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.code())
    }
}

impl Channel {
    /// `Subscription.channel.type`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Websocket => "websocket",
            Self::RestHook { .. } => "rest-hook",
        }
    }
}

/// One condition of a topic, `parameter=value`; all have to hold. `Debug` shows the parameter.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
pub struct Filter {
    /// A filter of the topic, such as `owner` or `owner:identifier`.
    pub parameter: String,
    /// What it is to be; several separated by commas.
    pub value: String,
}

impl core::fmt::Debug for Filter {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.parameter)
    }
}

/// What to be told of, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct SubscriptionDraft {
    /// Canonical URL of the topic; [`TASK_TOPIC`] where not given.
    #[serde(default)]
    pub topic: Option<String>,
    /// Conditions, all of which have to hold.
    #[serde(default)]
    pub filters: Vec<Filter>,
    /// How much a notification carries.
    #[serde(default)]
    pub content: Content,
    /// How notifications come.
    pub channel: Channel,
    /// Seconds after which the server says that it is alive where there is nothing else to say.
    #[serde(default)]
    pub heartbeat: Option<u32>,
    /// Seconds for which the server tries to deliver.
    #[serde(default)]
    pub timeout: Option<u32>,
    /// Most events in one notification.
    #[serde(default)]
    pub max_count: Option<u32>,
    /// When the server may forget it.
    #[serde(default)]
    pub end: Option<Instant>,
}

/// Why a draft is no subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Undraftable {
    /// The topic is no canonical URL.
    #[error("the topic has to be named by its canonical URL")]
    Topic,
    /// A filter that cannot be written, or that the topic of HRex does not have.
    #[error(
        "a filter needs a value and, for the topic of HRex, one of the parameters code, owner, owner:identifier, requester, requester:identifier, status"
    )]
    Filter,
    /// Notifications must not pass in the clear (R98).
    #[error("the endpoint has to be an https URL without user or fragment; http is for localhost only")]
    Endpoint,
    /// What cannot be a header line.
    #[error("a header is one line, 'Name: value'")]
    Header,
    /// A number that has to be at least 1.
    #[error("heartbeat, timeout and maxCount have to be at least 1 where they are given")]
    Number,
}

impl SubscriptionDraft {
    /// A subscription to the topic of HRex, over this channel.
    pub fn over(channel: Channel) -> Self {
        Self {
            topic: None,
            filters: Vec::new(),
            content: Content::default(),
            channel,
            heartbeat: None,
            timeout: None,
            max_count: None,
            end: None,
        }
    }

    /// The same with a condition more.
    #[must_use]
    pub fn filtered(mut self, parameter: &str, value: &str) -> Self {
        self.filters.push(Filter { parameter: parameter.into(), value: value.into() });
        self
    }

    /// The topic's canonical URL.
    pub fn topic(&self) -> &str {
        self.topic.as_deref().unwrap_or(TASK_TOPIC)
    }

    /// The Subscription resource. `tag` is to be its own: R4 gives a Subscription no identifier, and by
    /// the tag it is known again, so that sending it twice is sending it once.
    ///
    /// ```
    /// use fhir_solicit::{exchange::subscription::{Channel, SubscriptionDraft}, fhir::Coding};
    ///
    /// let draft = SubscriptionDraft::over(Channel::Websocket).filtered("owner", "Organization/clinic");
    /// let subscription = draft.build(&Coding::new("urn:ietf:rfc:3986", "urn:uuid:7"))?;
    /// let filter = subscription.root().pointer("/_criteria/extension/0/valueString").unwrap();
    /// assert_eq!(filter.as_str().as_deref(), Some("Task?owner=Organization/clinic"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Undraftable`] for what a server would refuse, or should.
    pub fn build(&self, tag: &Coding) -> Result<Document, Undraftable> {
        self.check()?;
        self.write(tag).map_err(|_| Undraftable::Topic)
    }

    fn check(&self) -> Result<(), Undraftable> {
        let topic = self.topic();
        if !topic.contains(':') || topic.contains(char::is_whitespace) {
            return Err(Undraftable::Topic);
        }
        if !self.filters.iter().all(|filter| self.has(filter)) {
            return Err(Undraftable::Filter);
        }
        if [self.heartbeat, self.timeout, self.max_count].contains(&Some(0)) {
            return Err(Undraftable::Number);
        }
        let Channel::RestHook { endpoint, header } = &self.channel else { return Ok(()) };
        let (path, query) = endpoint.split_once('?').unwrap_or((endpoint, ""));
        let odd = |character: char| character.is_whitespace() || character.is_control() || character == '#';
        if query.contains(odd) || checked_base("", path).is_err() {
            return Err(Undraftable::Endpoint);
        }
        let is_line = |line: &String| {
            let name = line.split_once(':').map(|(name, _)| name).unwrap_or_default();
            let token = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            !name.is_empty() && name.bytes().all(token) && !line.contains(char::is_control)
        };
        if header.iter().all(is_line) { Ok(()) } else { Err(Undraftable::Header) }
    }

    fn has(&self, Filter { parameter, value }: &Filter) -> bool {
        let known = !self.is_of_tasks() || TASK_FILTERS.contains(&parameter.as_str());
        // What parts one condition from the next, or ends the line, must not stand in one.
        let plain = |text: &str| !text.is_empty() && !text.contains(|it: char| it.is_control() || it == '&');
        known && plain(parameter) && !parameter.contains('=') && plain(value)
    }

    fn is_of_tasks(&self) -> bool {
        split_canonical(self.topic()).0 == TASK_TOPIC
    }

    fn write(&self, tag: &Coding) -> Result<Document, EditError> {
        let mut document = Document::object();
        let status = SubscriptionStatus::Requested.code();
        document.set("", &Head { resource_type: "Subscription", status, reason: REASON })?;
        document.set("/meta/profile/0", &extension_url("backport-subscription"))?;
        document.set("/meta/tag/0", tag)?;
        if let Some(end) = &self.end {
            document.set("/end", end)?;
        }
        document.set("/criteria", self.topic())?;
        let of = if self.is_of_tasks() { "Task?" } else { "" };
        for Filter { parameter, value } in &self.filters {
            let text = format!("{of}{parameter}={value}");
            extend(&mut document, "/_criteria", "backport-filter-criteria", "valueString", &text)?;
        }
        let numbers = [
            ("backport-heartbeat-period", "valueUnsignedInt", self.heartbeat),
            ("backport-timeout", "valueUnsignedInt", self.timeout),
            ("backport-max-count", "valuePositiveInt", self.max_count),
        ];
        for (name, element, number) in numbers {
            if let Some(number) = number {
                extend(&mut document, "/channel", name, element, &number)?;
            }
        }
        document.set("/channel/type", self.channel.code())?;
        if let Channel::RestHook { endpoint, header } = &self.channel {
            document.set("/channel/endpoint", endpoint)?;
            for line in header {
                document.set("/channel/header/-", line)?;
            }
        }
        document.set("/channel/payload", "application/fhir+json")?;
        extend(&mut document, "/channel/_payload", "backport-payload-content", "valueCode", &self.content)?;
        Ok(document)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    resource_type: &'static str,
    status: &'static str,
    reason: &'static str,
}

fn extend(
    document: &mut Document,
    element: &str,
    name: &str,
    value_element: &str,
    value: &impl Serialize,
) -> Result<(), EditError> {
    let count = document.root().pointer(element).map_or(0, |it| it.list("extension").count());
    let extension = format!("{element}/extension/{count}");
    document.set(&format!("{extension}/url"), &extension_url(name))?;
    document.set(&format!("{extension}/{value_element}"), value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Value;
    use alloc::string::ToString;

    fn tag() -> Coding {
        Coding::new("urn:ietf:rfc:3986", "urn:uuid:1")
    }

    fn hook(endpoint: &str, header: &[&str]) -> SubscriptionDraft {
        let header = header.iter().copied().map(Into::into).collect();
        SubscriptionDraft::over(Channel::RestHook { endpoint: endpoint.into(), header })
    }

    #[test]
    fn r70_a_subscription_has_the_form_that_the_backport_gives_it() {
        let mut draft = hook("https://relay.example/in/1", &["Authorization: Bearer s3cret"])
            .filtered("code", "data-request-query")
            .filtered("owner:identifier", "http://npi|1");
        (draft.heartbeat, draft.timeout, draft.max_count) = (Some(60), Some(10), Some(20));
        draft.end = Instant::parse("2027-01-31T00:00:00Z");
        let built = draft.build(&tag()).unwrap();
        let at =
            |pointer: &str| built.root().pointer(pointer).map(|it| it.raw().trim_matches('"').to_string());
        for (pointer, expected) in [
            ("/resourceType", "Subscription"),
            ("/status", "requested"),
            ("/criteria", TASK_TOPIC),
            ("/_criteria/extension/0/valueString", "Task?code=data-request-query"),
            ("/_criteria/extension/1/valueString", "Task?owner:identifier=http://npi|1"),
            ("/channel/type", "rest-hook"),
            ("/channel/endpoint", "https://relay.example/in/1"),
            ("/channel/header/0", "Authorization: Bearer s3cret"),
            ("/channel/payload", "application/fhir+json"),
            ("/channel/_payload/extension/0/valueCode", "id-only"),
            ("/channel/extension/0/valueUnsignedInt", "60"),
            ("/channel/extension/1/valueUnsignedInt", "10"),
            ("/channel/extension/2/valuePositiveInt", "20"),
            ("/end", "2027-01-31T00:00:00.000Z"),
            ("/meta/tag/0/code", "urn:uuid:1"),
        ] {
            assert_eq!(at(pointer).as_deref(), Some(expected), "{pointer}");
        }
        let urls = ["backport-heartbeat-period", "backport-timeout", "backport-max-count"];
        for (index, url) in urls.iter().enumerate() {
            assert_eq!(at(&format!("/channel/extension/{index}/url")), Some(extension_url(url)));
        }
        assert!(!built.text().contains("/5.0/"), "no extension of another version of FHIR");
    }

    #[test]
    fn r70_a_websocket_has_no_endpoint_and_a_draft_says_only_what_it_was_told() {
        let built = SubscriptionDraft::over(Channel::Websocket).build(&tag()).unwrap();
        for pointer in ["/channel/endpoint", "/channel/extension", "/_criteria", "/end"] {
            assert_eq!(built.root().pointer(pointer).map(Value::raw), None, "{pointer}");
        }
    }

    #[test]
    fn r70_what_a_server_would_refuse_or_should_is_refused_here() {
        let build = |draft: SubscriptionDraft| draft.build(&tag()).map(|_| ());
        for endpoint in [
            "http://relay.example/in",
            "https://user@relay.example/",
            "javascript:alert(1)",
            "https://r/#x",
            "https://r/?a b",
        ] {
            assert_eq!(build(hook(endpoint, &[])), Err(Undraftable::Endpoint), "{endpoint}");
        }
        for endpoint in ["https://relay.example/in?k=1", "http://localhost:8080/in"] {
            assert_eq!(build(hook(endpoint, &[])), Ok(()), "{endpoint}");
        }
        for header in ["", "no colon", "A: b\r\nC: d", ": x", "A b: c"] {
            assert_eq!(build(hook("https://r/", &[header])), Err(Undraftable::Header), "{header}");
        }
        let socket = || SubscriptionDraft::over(Channel::Websocket);
        for (parameter, value) in [("patient", "Patient/1"), ("owner", ""), ("owner", "a&b=c"), ("", "x")] {
            assert_eq!(build(socket().filtered(parameter, value)), Err(Undraftable::Filter), "{parameter}");
        }
        let own = SubscriptionDraft { topic: Some("https://t.example/topic".into()), ..socket() };
        assert_eq!(build(own.filtered("patient", "Patient/1")), Ok(()), "other topics have other filters");
        assert_eq!(
            build(SubscriptionDraft { topic: Some("Task?x".into()), ..socket() }),
            Err(Undraftable::Topic)
        );
        assert_eq!(build(SubscriptionDraft { heartbeat: Some(0), ..socket() }), Err(Undraftable::Number));
    }
}
