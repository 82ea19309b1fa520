//! The state, and the one function over it.

use std::{borrow::Cow, ops::ControlFlow};

use fhir_solicit::{
    fhir::{Instant, Literal, Resource, Target},
    json::Document,
};
use serde::Serialize;

use crate::{
    condition,
    fault::{self, Effect, Fault},
    message::{Delivery, Method, Request, Response},
    quirk::{Leaving, Quirk},
    read,
    refusal::Refusal,
    route::{self, Call},
    store::Store,
    submit::Attachments,
    subscription::Subscriptions,
};

/// A FHIR R4 server: plain data, so that a clone is a second server with the same past.
#[derive(Clone)]
pub struct Server {
    base: String,
    token: Option<String>,
    pub(crate) store: Store,
    pub(crate) subscriptions: Subscriptions,
    pub(crate) attachments: Attachments,
    faults: Vec<Fault>,
    log: Vec<Logged>,
}

/// A request that arrived, and what became of it.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Logged {
    /// When it arrived.
    pub at: Instant,
    /// The method.
    pub method: Method,
    /// The URL as it was sent. A search names patients: show it, do not log it.
    pub url: String,
    /// The status that was sent back, `None` where the request or its response was lost.
    pub status: Option<u16>,
    /// Whether it had `If-Match`.
    pub if_match: bool,
    /// Whether it had `If-None-Match`.
    pub if_none_match: bool,
    /// Whether it had `If-None-Exist`.
    pub if_none_exist: bool,
    /// What went wrong on demand.
    pub faults: Vec<Effect>,
}

impl Server {
    /// An empty server whose resources are at `base`, such as `http://127.0.0.1:8081/fhir`.
    pub fn new(base: &str) -> Self {
        Self {
            base: base.trim_end_matches('/').to_owned(),
            token: None,
            store: Store::default(),
            subscriptions: Subscriptions::default(),
            attachments: Attachments::default(),
            faults: Vec::new(),
            log: Vec::new(),
        }
    }

    /// The base URL, without a slash at its end.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The same server at another base URL.
    #[must_use]
    pub fn at_base(self, base: &str) -> Self {
        Self { base: base.trim_end_matches('/').to_owned(), ..self }
    }

    /// Answers 401 from now on to requests without `Authorization: Bearer <token>`; metadata
    /// stays open.
    pub fn require_token(&mut self, token: &str) {
        self.token = Some(token.to_owned());
    }

    /// Lets something go wrong.
    pub fn inject(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// Ends all faults.
    pub fn clear_faults(&mut self) {
        self.faults.clear();
    }

    /// Ends all faults that would have ended, and keeps those that are the server's way.
    pub fn calm(&mut self) {
        self.faults.retain(|fault| fault.times.is_none());
    }

    /// Whether the server has this way of its own.
    pub(crate) fn has(&self, quirk: Quirk) -> bool {
        self.faults.iter().any(|fault| fault.effect == Effect::Quirk { quirk })
    }

    /// The requests so far, oldest first.
    pub fn log(&self) -> &[Logged] {
        &self.log
    }

    /// Forgets the requests so far.
    pub fn clear_log(&mut self) {
        self.log.clear();
    }

    /// The current resources with their `Type/id`, in the order of these.
    pub fn resources(&self) -> impl Iterator<Item = (&str, &Document)> {
        let now = self.store.sequence();
        self.store.snapshot(None, now).map(|(row, document)| (row.key, document.as_ref()))
    }

    /// The current resource at `Type/id`.
    pub fn read(&self, key: &str) -> Option<&Document> {
        self.store.content(key).map(AsRef::as_ref)
    }

    /// Stores a resource as it is, under its own id where it has one, and gives its `Type/id`.
    ///
    /// # Errors
    /// [`Refusal`] where it is no R4 resource or its `id` or `meta` cannot be set.
    pub fn insert(&mut self, resource: Document, now: Instant) -> Result<String, Refusal> {
        let (resource_type, id) = {
            let view = Resource::read(&resource)
                .ok_or_else(|| Refusal::invalid("a resource is an object with a resourceType"))?;
            (view.resource_type().into_owned(), view.value().string("id").map(Cow::into_owned))
        };
        if !crate::types::is_type(&resource_type) {
            return Err(Refusal::invalid("the resourceType is none of R4"));
        }
        let id = id.unwrap_or_else(|| self.store.mint(&resource_type));
        if !fhir_solicit::fhir::is_id(&id) {
            return Err(Refusal::invalid("the id is no FHIR id"));
        }
        let key = format!("{resource_type}/{id}");
        self.store.put(&key, resource, Method::Put, now)?;
        Ok(key)
    }

    /// Stores what a file holds: a `transaction` Bundle is carried out, any other Bundle
    /// gives the resources of its entries, and everything else is one resource.
    ///
    /// # Errors
    /// [`Refusal`] of the first resource that cannot be stored; those before it are.
    pub fn seed(&mut self, document: Document, now: Instant) -> Result<(), Refusal> {
        let Some(bundle) = Resource::read(&document).filter(|resource| resource.is("Bundle")) else {
            return self.insert(document, now).map(|_| ());
        };
        if bundle.value().string("type").as_deref() == Some("transaction") {
            let request = Request::post("", &document);
            let call = Call { request: &request, now, ignored: &[], id: None };
            return route::dispatch(self, &call).map(|_| ());
        }
        for resource in bundle.entries() {
            self.insert(Document::parse(resource.value().raw())?, now)?;
        }
        Ok(())
    }

    /// Answers a request that arrives at `now`.
    ///
    /// Every request gets an answer of the server, an OperationOutcome where it is refused,
    /// unless an injected [`Fault`] decides otherwise.
    pub fn handle(&mut self, request: &Request, now: Instant) -> Delivery {
        let effects = fault::meet(&mut self.faults, request);
        let response = match fault::instead(&effects) {
            ControlFlow::Break(instead) => instead,
            ControlFlow::Continue(()) => {
                let ignored = fault::ignored_headers(&effects);
                let arrived = fault::quirks(&effects)
                    .fold(Cow::Borrowed(request), |request, quirk| quirk.arriving(request));
                if effects.contains(&Effect::Duplicate) {
                    self.answer(&arrived, now, &ignored);
                }
                let mut leaving = Leaving::new(self.answer(&arrived, now, &ignored));
                fault::quirks(&effects).for_each(|quirk| quirk.leaving(&self.base, request, &mut leaving));
                Some(leaving.done())
            }
        };
        let mut delivery = fault::deliver(&effects, response);
        if let Some(response) = &mut delivery.response {
            response.headers.push(("Date".to_owned(), read::http_date(now)));
        }
        let has = |name| request.header(name).is_some();
        self.log.push(Logged {
            at: now,
            method: request.method,
            url: request.url.clone(),
            status: delivery.response.as_ref().map(|response| response.status),
            if_match: has("If-Match"),
            if_none_match: has("If-None-Match"),
            if_none_exist: has("If-None-Exist"),
            faults: effects,
        });
        delivery
    }

    fn answer(&mut self, request: &Request, now: Instant, ignored: &[&'static str]) -> Response {
        let call = Call { request, now, ignored, id: None };
        self.admit(request)
            .and_then(|()| condition::acceptable(request))
            .and_then(|()| route::dispatch(self, &call))
            .unwrap_or_else(Refusal::into_response)
    }

    fn admit(&self, request: &Request) -> Result<(), Refusal> {
        let Some(token) = &self.token else { return Ok(()) };
        let sent = request.header("Authorization").and_then(|header| header.strip_prefix("Bearer "));
        if sent == Some(token) || self.relative(request.path()) == "metadata" {
            return Ok(());
        }
        let challenge = if sent.is_some() { "Bearer error=\"invalid_token\"" } else { "Bearer" };
        Err(Refusal::new(401, "login", "send Authorization: Bearer with a token that this server knows")
            .with_header("WWW-Authenticate", challenge.to_owned()))
    }

    /// A path without the base and without slashes at its ends.
    pub(crate) fn relative<'p>(&self, path: &'p str) -> &'p str {
        path.strip_prefix(self.base.as_str()).unwrap_or(path).trim_matches('/')
    }

    /// The absolute URL of something at a relative one.
    pub(crate) fn absolute(&self, url: &str) -> String {
        format!("{}/{url}", self.base).trim_end_matches('/').to_owned()
    }

    /// `Type/id`, where the literal reference is to a resource of this server.
    pub(crate) fn own<'t>(&self, reference: &'t str) -> Option<Literal<'t>> {
        match Target::parse(reference) {
            Target::Literal(literal) if literal.base.is_none_or(|base| base == self.base) => Some(literal),
            _ => None,
        }
    }
}
