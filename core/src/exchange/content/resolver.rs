//! The order in which contents are fetched, and where that ends.

use alloc::{
    collections::VecDeque,
    format,
    string::{String, ToString},
    vec::Vec,
};

use serde::{Deserialize, Serialize};

use super::{
    ContentEffect, ContentInput, Limits, Measured, Resolved, Unfetched, Withheld,
    check::{Claim, check},
    scan::{Lies, Source, lies, scan},
};
use crate::{
    exchange::{
        Answer, Fault, FaultKind, HttpRequest, HttpResponse, Located, Servers, Unlocated, read, read_answer,
        search,
    },
    fhir::{Resource, Target, is_id},
    json::{Document, FromJson},
};

/// Something to be had, and how it was come upon.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
struct Wanted {
    id: u32,
    trail: Vec<String>,
    via: Option<String>,
    /// The server whose resource names it: relative references are meant there.
    from: String,
    steps: u32,
    what: What,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(tag = "what", rename_all = "kebab-case")]
enum What {
    Resource { request: HttpRequest },
    Bytes { request: HttpRequest, claim: Claim },
    Elsewhere { url: String, claim: Claim },
    Data { claim: Claim },
}

/// Follows the contents of one resource. Plain data: store it, restore it, run it anywhere.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct Resolver {
    servers: Servers,
    limits: Limits,
    last_id: u32,
    count: u32,
    bytes: u64,
    /// Where was fetched.
    seen: Vec<String>,
    waiting: VecDeque<Wanted>,
    open: Vec<Wanted>,
}

/// A resource at hand, and how it was come upon.
struct Held<'d> {
    resource: Resource<'d>,
    trail: Vec<String>,
    steps: u32,
}

impl Resolver {
    /// Begins with a resource that was read on server `from`: a Communication, the Task whose outputs
    /// matter, or anything that has content.
    ///
    /// ```
    /// use fhir_solicit::{exchange::{Servers, content::{ContentEffect, Limits, Resolver}}, json::Document};
    ///
    /// let servers: Servers = serde_json::from_str(r#"{ "partner": "https://clinic.example/fhir" }"#)?;
    /// let communication: Document = r#"{ "resourceType": "Communication",
    ///   "payload": [{ "contentReference": { "reference": "Binary/7" } }] }"#.parse()?;
    /// let (resolver, effects) = Resolver::begin(&communication, "partner", servers, Limits::default());
    /// let Some(ContentEffect::Load { request, .. }) = effects.first() else { panic!("bytes to be loaded") };
    /// assert_eq!((request.server.as_str(), request.url.as_str()), ("partner", "Binary/7"));
    /// assert!(!resolver.is_done());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn begin(
        resource: &Document,
        from: &str,
        servers: Servers,
        limits: Limits,
    ) -> (Self, Vec<ContentEffect>) {
        let mut resolver = Self {
            servers,
            limits,
            last_id: 0,
            count: 0,
            bytes: 0,
            seen: Vec::new(),
            waiting: VecDeque::new(),
            open: Vec::new(),
        };
        let mut effects = Vec::new();
        if let Some(resource) = Resource::read(resource) {
            resolver.take_in(Held { resource, trail: Vec::new(), steps: 0 }, from, &mut effects);
        }
        resolver.go_on(&mut effects);
        (resolver, effects)
    }

    /// Takes what happened and says what to do next. What was not asked for changes nothing.
    #[must_use]
    pub fn handle(&self, input: ContentInput) -> (Self, Vec<ContentEffect>) {
        let (mut next, mut effects) = (self.clone(), Vec::new());
        let (ContentInput::Received { id, .. }
        | ContentInput::Bytes { id, .. }
        | ContentInput::Failed { id, .. }) = input;
        if let Some(at) = next.open.iter().position(|wanted| wanted.id == id) {
            let wanted = next.open.remove(at);
            match input {
                ContentInput::Received { response, .. } => next.received(wanted, &response, &mut effects),
                ContentInput::Bytes { measured, .. } => next.measured(wanted, &measured, &mut effects),
                ContentInput::Failed { why, .. } => {
                    let reason = match why {
                        Unfetched::Network => Withheld::Fault { fault: Fault::of(FaultKind::Network) },
                        Unfetched::TooLarge => Withheld::TooLarge { most: next.most() },
                        Unfetched::NotBase64 => Withheld::NotBase64,
                    };
                    effects.push(wanted.withhold(reason));
                }
            }
        }
        next.go_on(&mut effects);
        (next, effects)
    }

    /// Whether nothing is left to do.
    pub fn is_done(&self) -> bool {
        self.open.is_empty() && self.waiting.is_empty()
    }

    /// The most bytes that the next content may have.
    fn most(&self) -> u64 {
        self.limits.most_bytes.min(self.limits.most_bytes_in_all.saturating_sub(self.bytes))
    }

    /// Begins what waits, as many as may be under way.
    fn go_on(&mut self, effects: &mut Vec<ContentEffect>) {
        while (self.open.len() as u32) < self.limits.parallel.max(1) {
            let Some(wanted) = self.waiting.pop_front() else { return };
            let (id, most) = (wanted.id, self.most());
            if most == 0 {
                effects.push(wanted.withhold(Withheld::TooLarge { most }));
                continue;
            }
            let (trail, via) = (wanted.trail.clone(), wanted.via.clone());
            effects.push(match &wanted.what {
                What::Resource { request } => {
                    ContentEffect::Fetch { id, trail, via, request: request.clone(), most }
                }
                What::Bytes { request, claim } => {
                    let hash = claim.hash.is_some();
                    ContentEffect::Load { id, trail, request: request.clone(), most, hash }
                }
                What::Elsewhere { url, claim } => {
                    let hash = claim.hash.is_some();
                    ContentEffect::LoadElsewhere { id, trail, url: url.clone(), most, hash }
                }
                What::Data { .. } => continue,
            });
            self.open.push(wanted);
        }
    }

    fn received(&mut self, wanted: Wanted, response: &HttpResponse, effects: &mut Vec<ContentEffect>) {
        let (What::Resource { request } | What::Bytes { request, .. }) = &wanted.what else {
            let fault = Fault { status: Some(response.status), ..Fault::of(FaultKind::Unexpected) };
            effects.push(wanted.withhold(Withheld::Fault { fault }));
            return;
        };
        let document = match read_answer(&self.servers, request, response) {
            Ok(Answer::Resource(document, _)) => document,
            Ok(_) => {
                let fault = Fault::of(FaultKind::Unreadable);
                return effects.push(wanted.withhold(Withheld::Fault { fault }));
            }
            Err(fault) => return effects.push(wanted.withhold(Withheld::Fault { fault })),
        };
        let Some(resource) = Resource::read(&document) else { return };
        let Wanted { trail, via, from, steps, what, .. } = wanted;
        if let What::Bytes { claim, .. } = what {
            let found = scan(resource).into_iter().next();
            let Some((_, Source::Data(data, own))) = found else {
                let reason = Withheld::Missing;
                return effects.push(ContentEffect::Withhold { trail, via, reason });
            };
            return self.decode(trail, via, data.into_owned(), claim.over(own), effects);
        }
        effects.push(give_resource(resource, trail.clone(), via));
        self.take_in(Held { resource, trail, steps }, &from, effects);
    }

    fn measured(&mut self, wanted: Wanted, measured: &Measured, effects: &mut Vec<ContentEffect>) {
        if matches!(wanted.what, What::Bytes { .. }) && measured.is_wrapped() {
            effects.push(ContentEffect::Unwrap { id: wanted.id });
            self.open.push(wanted);
            return;
        }
        let Wanted { id, trail, via, what, .. } = wanted;
        let (What::Bytes { claim, .. } | What::Elsewhere { claim, .. } | What::Data { claim }) = what else {
            return;
        };
        self.bytes = self.bytes.saturating_add(measured.size);
        let content = Resolved {
            trail,
            via,
            findings: check(&claim, measured),
            content_type: claim.content_type.or_else(|| measured.served.clone()),
            sniffed: Some(measured.sniffed()),
            size: Some(measured.size),
            title: claim.title,
            ..Resolved::default()
        };
        effects.push(ContentEffect::Give { id: Some(id), content });
    }

    /// Looks through a resource at hand, and through what stands in it.
    fn take_in(&mut self, held: Held<'_>, from: &str, effects: &mut Vec<ContentEffect>) {
        let root = held.resource;
        let mut looked_at = Vec::new();
        let mut open = VecDeque::from([held]);
        while let Some(Held { resource, trail, steps }) = open.pop_front() {
            if looked_at.contains(&resource.value().id()) {
                continue;
            }
            looked_at.push(resource.value().id());
            for (path, source) in scan(resource) {
                let mut trail = trail.clone();
                trail.push(path);
                let (literal, claim) = match source {
                    Source::Inner(resource) => {
                        open.push_back(Held { resource, trail, steps });
                        continue;
                    }
                    Source::Text(text) => {
                        let content = Resolved { trail, text: Some(text.into()), ..Resolved::default() };
                        if self.counts(&content.trail, None, effects) {
                            effects.push(ContentEffect::Give { id: None, content });
                        }
                        continue;
                    }
                    Source::Data(data, claim) => {
                        self.decode(trail, None, data.into_owned(), claim, effects);
                        continue;
                    }
                    Source::Url(url, claim) => (url, Some(claim)),
                    Source::Reference(reference) => (reference, None),
                };
                let via = Some(literal.to_string());
                let reason = match lies(&literal, resource, root) {
                    Lies::Outside => {
                        match self.want(&literal, claim, trail.clone(), from, steps + 1, effects) {
                            Ok(()) => continue,
                            Err(reason) => reason,
                        }
                    }
                    Lies::Nowhere => Withheld::Missing,
                    Lies::Here(inner) if looked_at.contains(&inner.value().id()) => Withheld::Repeated,
                    Lies::Here(_) if steps >= self.limits.most_steps => Withheld::TooDeep,
                    Lies::Here(inner) => {
                        if inner.is("Binary") {
                            looked_at.push(inner.value().id());
                            self.inner_bytes(inner, claim.unwrap_or_default(), trail, via, effects);
                            continue;
                        }
                        // What stands in a Bundle is given with it, and looked through in its turn.
                        if !root.is("Bundle") {
                            if self.counts(&trail, via.as_ref(), effects) {
                                effects.push(give_resource(inner, trail.clone(), via));
                            }
                            open.push_back(Held { resource: inner, trail, steps: steps + 1 });
                        }
                        continue;
                    }
                };
                effects.push(ContentEffect::Withhold { trail, via, reason });
            }
        }
    }

    /// The bytes of a Binary at hand, of which something else has spoken.
    fn inner_bytes(
        &mut self,
        binary: Resource<'_>,
        claim: Claim,
        trail: Vec<String>,
        via: Option<String>,
        effects: &mut Vec<ContentEffect>,
    ) {
        let Some((_, Source::Data(data, own))) = scan(binary).into_iter().next() else {
            return effects.push(ContentEffect::Withhold { trail, via, reason: Withheld::Missing });
        };
        self.decode(trail, via, data.into_owned(), claim.over(own), effects);
    }

    fn decode(
        &mut self,
        trail: Vec<String>,
        via: Option<String>,
        data: String,
        claim: Claim,
        effects: &mut Vec<ContentEffect>,
    ) {
        if !self.counts(&trail, via.as_ref(), effects) {
            return;
        }
        let most = self.most();
        if most == 0 {
            return effects.push(ContentEffect::Withhold { trail, via, reason: Withheld::TooLarge { most } });
        }
        self.last_id += 1;
        let hash = claim.hash.is_some();
        effects.push(ContentEffect::Decode { id: self.last_id, trail: trail.clone(), data, most, hash });
        let what = What::Data { claim };
        let wanted = Wanted { id: self.last_id, trail, via, from: String::new(), steps: 0, what };
        self.open.push(wanted);
    }

    /// Counts one more content, unless that is too many.
    fn counts(&mut self, trail: &[String], via: Option<&String>, effects: &mut Vec<ContentEffect>) -> bool {
        self.count = self.count.saturating_add(1);
        let fits = self.count <= self.limits.most_contents;
        // Told once: a hostile resource may name very many.
        if self.count == self.limits.most_contents.saturating_add(1) {
            let (trail, via) = (trail.to_vec(), via.cloned());
            effects.push(ContentEffect::Withhold { trail, via, reason: Withheld::TooMany });
        }
        fits
    }

    /// Notes what a reference, or the URL of an attachment, leads to.
    fn want(
        &mut self,
        literal: &str,
        claim: Option<Claim>,
        trail: Vec<String>,
        from: &str,
        steps: u32,
        effects: &mut Vec<ContentEffect>,
    ) -> Result<(), Withheld> {
        if steps > self.limits.most_steps {
            return Err(Withheld::TooDeep);
        }
        let place = self.place(literal, claim.is_some(), from);
        let key = match &place {
            Ok(at) => format!("{}/{}", at.server, at.url),
            Err(Unlocated::UnknownServer) if claim.is_some() && self.limits.elsewhere => literal.to_string(),
            Err(unlocated) => return Err(Withheld::Unlocated { unlocated: *unlocated }),
        };
        if self.seen.contains(&key) {
            return Err(Withheld::Repeated);
        }
        let via = Some(literal.to_string());
        if !self.counts(&trail, via.as_ref(), effects) {
            return Ok(());
        }
        let server = place.as_ref().map_or(String::new(), |at| at.server.clone());
        let what = match (place, claim) {
            (Ok(at), claim) if claim.is_some() || at.url.starts_with("Binary/") => {
                let claim = claim.unwrap_or_default();
                let mut request = read(&at.server, &at.url, None);
                request.headers.set("accept", accept(claim.content_type.as_deref()));
                What::Bytes { request, claim }
            }
            (Ok(at), _) => What::Resource { request: self.request_for(&at, steps) },
            (Err(_), claim) => What::Elsewhere { url: key.clone(), claim: claim.unwrap_or_default() },
        };
        self.seen.push(key);
        self.last_id += 1;
        self.waiting.push_back(Wanted { id: self.last_id, trail, via, from: server, steps, what });
        Ok(())
    }

    /// Asks for a resource: by search where the resource at hand refers to it and it is signed.
    fn request_for(&self, at: &Located, steps: u32) -> HttpRequest {
        match at.url.split_once('/') {
            Some((kind, id)) if self.limits.signed && steps == 1 && is_id(id) => {
                search(&at.server, kind, [("_id", id.to_string())])
            }
            _ => read(&at.server, &at.url, None),
        }
    }

    fn place(&self, literal: &str, is_url: bool, from: &str) -> Result<Located, Unlocated> {
        if is_url {
            return self.servers.place(literal, from);
        }
        let mut at = self.servers.locate(literal, from)?;
        // A reference to a version means that version.
        if let Target::Literal(literal) = Target::parse(literal)
            && let Some(version) = literal.version.filter(|version| !matches!(*version, "." | ".."))
        {
            at.url = format!("{}/_history/{version}", at.url);
        }
        Ok(at)
    }
}

impl Wanted {
    fn withhold(self, reason: Withheld) -> ContentEffect {
        ContentEffect::Withhold { trail: self.trail, via: self.via, reason }
    }
}

fn give_resource(resource: Resource<'_>, trail: Vec<String>, via: Option<String>) -> ContentEffect {
    let signed = resource.is("Bundle") && resource.value().get("signature").is_some();
    let resource = Document::parse(resource.value().raw()).ok();
    ContentEffect::Give {
        id: None,
        content: Resolved { trail, via, resource, signed, ..Resolved::default() },
    }
}

/// The bytes themselves, in their own type first, and failing that the resource that wraps them (R90).
fn accept(content_type: Option<&str>) -> String {
    let is_plain = |label: &&str| {
        label.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') && !label.contains([',', '"'])
    };
    match content_type.filter(is_plain) {
        Some(label) => format!("{label}, */*;q=0.8, application/fhir+json;q=0.5"),
        None => "*/*, application/fhir+json;q=0.5".to_string(),
    }
}
