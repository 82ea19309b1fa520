//! What the answer to a request means to the records, and what is done about a fault.

use alloc::{format, string::String, vec::Vec};

use super::{Desk, Event, Purpose, Record, SUBMITTING, is_known_by, look_first, unclear};
use crate::{
    actor::{
        Effect, Refusal, Update,
        calls::{Call, Calls, PutBack},
    },
    exchange::{
        Answer, Fault, FaultKind, HttpResponse, Located, Stored, Submitted, create, read, read_answer,
        submitted,
    },
    fhir::{Instant, Resource},
    json::Document,
};

/// How often a change is made at most to a resource that others keep changing (R80); the first try may be a look.
const CHANGE_TRIES: u32 = 4;

impl<R: Clone> Desk<R> {
    /// Takes an answer, or its absence, to where it belongs.
    pub(in crate::actor) fn settle(
        &mut self,
        id: u32,
        response: Option<HttpResponse>,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) -> Event<R> {
        let Some(call) = self.calls.take(id) else { return Event::Nothing };
        if let Purpose::Submit { idempotent, perhaps } = call.purpose {
            return self.submitted(call, idempotent, perhaps, response.as_ref(), now, effects);
        }
        let answer = match &response {
            Some(response) => read_answer(&self.servers, &call.request, response),
            None => Err(Fault::of(FaultKind::Network)),
        };
        match (answer, response) {
            (Ok(answer), Some(response)) => self.answered(call, answer, response, now, effects),
            (Err(fault), _) => self.failed(call, fault, now, effects),
            (Ok(_), None) => Event::Nothing,
        }
    }

    fn answered(
        &mut self,
        call: Call<Purpose<R>>,
        answer: Answer,
        response: HttpResponse,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) -> Event<R> {
        if let Purpose::Find { record, created } = call.purpose {
            return self.found(call, record, created, &answer, now, effects);
        }
        // What the server has taken it will still do, and it is not given again (R82).
        if matches!((&call.purpose, &answer), (Purpose::Reread { .. }, Answer::NotModified)) {
            let doing = self.doing(&call.purpose);
            self.put_back(call, doing, Fault::of(FaultKind::Pending), now, effects);
            return Event::Nothing;
        }
        match (call.purpose, answer) {
            (Purpose::Read { what }, answer) => Event::Read(what, answer, response),
            (Purpose::Create { record }, Answer::Resource(document, stored)) => {
                self.observe(record, document, stored);
                Event::Created(record)
            }
            (Purpose::Create { record }, Answer::Done(Some(stored))) => {
                // What it holds it did not say: it has an id of its own, and may have been there
                // before. Without a version it is read before it is changed.
                self.records[record].stored = Some(Stored { version: None, ..stored });
                Event::Created(record)
            }
            // Created, but where is hidden: the identifier finds it (R84).
            (Purpose::Create { record } | Purpose::Find { record, .. }, _) => {
                let request = self.records[record].find();
                self.calls.send(Purpose::Find { record, created: true }, request, effects);
                Event::Nothing
            }
            (Purpose::Update { record, change, .. }, Answer::Done(stored)) => {
                // The server did not return it; what was sent is what it holds.
                let Record { document, server, .. } = &self.records[record];
                let base = self.servers.base(server).unwrap_or_default();
                if let Ok(document) = change.applied(document, base, &self.guide, self.role, now) {
                    self.records[record].document = document;
                }
                if let (Some(known), version) =
                    (&mut self.records[record].stored, stored.and_then(|it| it.version))
                {
                    known.version = version;
                    // What was asked before does not tell of it, and nothing tells that it is older (R22).
                    let Located { server, url } = known.at.clone();
                    let is_of_it = |call: &Call<Purpose<R>>| {
                        matches!(call.purpose, Purpose::Read { .. })
                            && (&call.request.server, &call.request.url) == (&server, &url)
                    };
                    self.calls.ask_anew(is_of_it, effects);
                }
                Event::Changed
            }
            (Purpose::Update { record, .. }, Answer::Resource(document, stored)) => {
                self.observe(record, document, stored);
                Event::Changed
            }
            (Purpose::Reread { record, change, tries }, Answer::Resource(document, stored)) => {
                self.observe(record, document, stored);
                // The answer may have been lost to a change that was made.
                let Record { document, server, .. } = &self.records[record];
                if change.is_made_in(document, self.base(server)) {
                    return Event::Changed;
                }
                if tries > CHANGE_TRIES {
                    return Event::Overtaken(Refusal::NotNow(
                        "others keep changing the resource; look at it, and decide again",
                    ));
                }
                match self.send_change(record, change, tries.max(2), now, effects) {
                    Ok(()) => Event::Nothing,
                    Err(refusal) => Event::Overtaken(refusal),
                }
            }
            (Purpose::Update { .. } | Purpose::Reread { .. }, _) => {
                Event::Overtaken(Refusal::NotNow("the server did not give the resource back"))
            }
            (Purpose::Submit { .. }, _) => Event::Nothing,
        }
    }

    fn failed(
        &mut self,
        call: Call<Purpose<R>>,
        fault: Fault,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) -> Event<R> {
        let stalls = matches!(fault.kind, FaultKind::Unauthorized);
        let doing = self.doing(&call.purpose);
        match &call.purpose {
            // The next look asks again; only a missing credential waits for somebody.
            Purpose::Read { what } if !stalls && !Calls::repeats(&call, &fault) => {
                let what = what.clone();
                let told = fault.clone();
                effects.push(Effect::Report { update: Update::Fault { doing, fault: told, stalled: false } });
                return Event::Unread(what, fault);
            }
            Purpose::Update { record, change, tries }
                if fault.kind == FaultKind::Conflict && *tries < CHANGE_TRIES =>
            {
                let (record, change, tries) = (*record, change.clone(), tries + 1);
                let Record { server, stored, .. } = &self.records[record];
                if let Some(stored) = stored {
                    let request = read(server, &stored.at.url, None);
                    self.calls.send(Purpose::Reread { record, change, tries }, request, effects);
                }
                return Event::Nothing;
            }
            _ => {}
        }
        let unknown = fault.kind.is_passing() || fault.kind == FaultKind::Unexpected;
        let call = match look_first(&self.records, &call.purpose) {
            // What the server has taken, it is not given again (R82).
            Some((Purpose::Find { record, .. }, request)) if fault.kind == FaultKind::Pending => {
                call.instead(Purpose::Find { record, created: true }, request)
            }
            Some((purpose @ Purpose::Find { .. }, request)) if unknown => call.instead(purpose, request),
            // It may be made by now and overwritten since: that counts as a try (R80, R82). As long as the version
            // is there that it was meant for, it is yet to be made.
            Some((Purpose::Reread { record, change, tries }, mut request))
                if fault.kind == FaultKind::Pending =>
            {
                if let Some(version) = call.request.headers.get("if-match") {
                    request.headers.set("if-none-match", version);
                }
                call.instead(Purpose::Reread { record, change, tries: tries + 1 }, request)
            }
            // What is tried again later must not be tried on what may be outdated by then.
            Some((Purpose::Reread { record, change, .. }, request)) => {
                call.instead(Purpose::Reread { record, change, tries: 1 }, request)
            }
            _ => call,
        };
        self.put_back(call, doing, fault, now, effects);
        Event::Nothing
    }

    /// Puts a call back that met `fault`, and says so unless that was said.
    fn put_back(
        &mut self,
        call: Call<Purpose<R>>,
        doing: String,
        fault: Fault,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) {
        let random = self.entropy.next();
        let stalled = match self.calls.put_back(call, fault.clone(), now, random) {
            PutBack::Waits => false,
            PutBack::Stalled => true,
            PutBack::StillStalled => return,
        };
        effects.push(Effect::Report { update: Update::Fault { doing, fault, stalled } });
    }

    fn submitted(
        &mut self,
        call: Call<Purpose<R>>,
        idempotent: bool,
        perhaps: bool,
        response: Option<&HttpResponse>,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) -> Event<R> {
        let outcome = submitted(&self.servers, &call.request, response);
        let may_be_repeated = outcome.may_be_repeated(idempotent);
        let perhaps = perhaps || matches!(outcome, Submitted::Unknown(_));
        let request = call.request.clone();
        let call = call.instead(Purpose::Submit { idempotent, perhaps }, request);
        match outcome {
            Submitted::NotTaken(fault) | Submitted::Unknown(fault) if may_be_repeated => {
                self.put_back(call, SUBMITTING.into(), fault, now, effects);
                Event::Nothing
            }
            Submitted::NotTaken(fault) | Submitted::Unknown(fault) => {
                self.calls.stall(call, fault.clone());
                effects.push(unclear(fault));
                Event::Nothing
            }
            outcome => Event::Submitted(outcome),
        }
    }

    fn found(
        &mut self,
        call: Call<Purpose<R>>,
        record: usize,
        created: bool,
        answer: &Answer,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) -> Event<R> {
        let Record { document, server, identifier, .. } = &self.records[record];
        let bundle = if let Answer::Resource(bundle, _) = answer { Resource::read(bundle) } else { None };
        // A server that ignores the parameter returns everything: the identifier decides.
        let ours = bundle.and_then(|bundle| bundle.entries().find(|entry| is_known_by(*entry, identifier)));
        if let Some((ours, id)) = ours.and_then(|ours| Some((ours, ours.id()?)))
            && let Ok(document) = Document::parse(ours.value().raw())
        {
            let at = Located { server: server.clone(), url: format!("{}/{id}", ours.resource_type()) };
            let stored = Stored { at, version: ours.version_id().map(Into::into) };
            self.observe(record, document, stored);
            return Event::Created(record);
        }
        // Not there, or not shown yet: create it, unless the server has said that it did; with
        // patience, and counting the tries made so far.
        let call = if created {
            call
        } else {
            let request = create(server, document, identifier);
            call.instead(Purpose::Create { record }, request)
        };
        // Looked for after a restart only: nothing speaks against creating it now.
        if !created && call.is_fresh() {
            self.calls.go_on(call, effects);
            return Event::Nothing;
        }
        let fault = Fault {
            detail: Some("a search by the business identifier does not find what was sent".into()),
            ..Fault::of(FaultKind::Unavailable)
        };
        let (doing, random) = (self.doing(&call.purpose), self.entropy.next());
        if self.calls.put_back(call, fault.clone(), now, random) == PutBack::Stalled {
            effects.push(Effect::Report { update: Update::Fault { doing, fault, stalled: true } });
        }
        Event::Nothing
    }

    /// What a call does, in words for a person.
    fn doing(&self, purpose: &Purpose<R>) -> String {
        let (verb, record) = match purpose {
            Purpose::Create { record } => ("creating", record),
            Purpose::Find { record, .. } => ("looking whether the server has", record),
            Purpose::Update { record, .. } => ("updating", record),
            Purpose::Reread { record, .. } => ("reading", record),
            Purpose::Read { .. } => return "looking for news".into(),
            Purpose::Submit { .. } => return SUBMITTING.into(),
        };
        let resource = Resource::read(&self.records[*record].document);
        format!("{verb} the {}", resource.map(Resource::resource_type).unwrap_or_default())
    }
}
