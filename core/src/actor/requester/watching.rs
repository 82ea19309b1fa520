//! What a requester looks for, and what it does with what it finds.

use alloc::{
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use super::{Arrived, Content, Requester, Wanted};
use crate::{
    actor::{
        Effect, HOME, Variant,
        compose::communications_of,
        content::{MODIFIED, MOST_READS},
        draft::SIGNATURE,
        notice,
    },
    exchange::{Answer, Fault, FaultKind, Located, next_page, read, search},
    fhir::{Communication, Instant, Resource, Task},
    json::{Document, Value},
    lifecycle::{Ask, TaskStatus},
    solicitation::{Confidence, Known, answers_in, correlate},
};

/// Pages of one search that are followed; a server that has more is asked again at the next look.
const MOST_PAGES: u32 = 20;
/// Communications that one request may have; a Task that names more is not followed further.
pub(super) const MOST_COMMUNICATIONS: usize = 1000;
const TOO_MANY: &str = "more Communications are named than are fetched; look at the Task";

impl Requester {
    /// One look at a recipient: at its Task, or where there is none, at what has come home.
    pub(super) fn look_at(&mut self, at: usize, now: Instant, effects: &mut Vec<Effect>) {
        let random = self.desk.entropy.next();
        self.watches[at].looked(now, random);
        let what = Wanted::Task { recipient: at };
        if self.desk.reads().any(|reading| *reading == what) {
            return;
        }
        // After the end what is lacking is lacking; what is new counts (R42).
        if !self.ended {
            self.fetch(Content::may_be_there_now, effects);
        }
        let stored = self.recipients[at].record.and_then(|record| self.desk.records[record].stored.clone());
        match stored {
            Some(stored) if self.variant == Variant::WithTask || self.recipients[at].unsure => {
                let request = read(&stored.at.server, &stored.at.url, stored.version.as_deref());
                self.desk.read(what, request, effects);
            }
            _ => self.search_home(effects),
        }
    }

    /// Looks for Communications that were sent home, and for Tasks that point at one (R13).
    pub(super) fn search_home(&mut self, effects: &mut Vec<Effect>) {
        let copies = self.copies();
        if copies.is_empty() || self.desk.reads().any(|what| matches!(what, Wanted::Search { .. })) {
            return;
        }
        let mut based_on = Vec::new();
        for at in copies {
            // A home server may have stored its own URL either way.
            based_on.extend((at.server == HOME).then(|| at.url.clone()));
            based_on.extend(self.desk.servers.absolute(&at));
        }
        let based_on = based_on.join(",");
        let identifier = Resource::read(self.request()).and_then(|request| request.identifiers().last());
        let by_identifier = identifier.and_then(|identifier| identifier.token());
        let searches = [
            ("Communication", "based-on", Some(based_on.clone())),
            ("Task", "based-on", Some(based_on)),
            // Some answers name the request by its business identifier alone (R14).
            ("Communication", "based-on:identifier", by_identifier.filter(|_| !self.no_modifier)),
        ];
        for (resource_type, parameter, value) in searches {
            let Some(value) = value else { continue };
            let request = search(HOME, resource_type, [(parameter, value)]);
            let by_identifier = parameter.contains(':');
            let wanted = Wanted::Search { page: 1, by_identifier, url: request.url.clone() };
            self.desk.read(wanted, request, effects);
        }
    }

    pub(super) fn received(&mut self, wanted: &Wanted, answer: Answer, effects: &mut Vec<Effect>) {
        match (wanted, answer) {
            (Wanted::Task { recipient }, answer) => {
                let one = &mut self.recipients[*recipient];
                (one.lost, one.unsure) = (false, false);
                if let (Answer::Resource(document, stored), Some(task)) = (answer, one.record) {
                    self.desk.observe(task, document, stored);
                }
                if self.variant == Variant::WithTask {
                    self.follow_task(*recipient, effects);
                } else {
                    self.search_home(effects);
                }
            }
            (Wanted::Search { page, by_identifier, url }, Answer::Resource(bundle, _)) => {
                self.found(&bundle, (*page, url), *by_identifier, effects);
            }
            (Wanted::Communication { arrived }, Answer::Resource(document, stored)) => {
                self.take_in(*arrived, document, &stored.at.server, effects);
            }
            (Wanted::Content { arrived, content }, Answer::Resource(document, _)) => {
                let nothing = Resource::read(&document).is_some_and(|it| it.entries().next().is_none());
                if nothing && self.demands_signature() {
                    return self.missed(wanted, Fault::of(FaultKind::NotFound));
                }
                let content = &mut self.communications[*arrived].contents[*content];
                (content.document, content.fault) = (Some(document), None);
            }
            (wanted, _) => self.missed(wanted, Fault::of(FaultKind::WrongResource)),
        }
    }

    pub(super) fn missed(&mut self, wanted: &Wanted, fault: Fault) {
        match wanted {
            Wanted::Task { recipient } => {
                let gone = [FaultKind::NotFound, FaultKind::Gone, FaultKind::Forbidden];
                // A request may be posted where it may not be read.
                let may_be_hidden =
                    self.variant == Variant::WithoutTask && fault.kind == FaultKind::Forbidden;
                self.recipients[*recipient].unsure &= !may_be_hidden;
                let lost = gone.contains(&fault.kind) && !may_be_hidden;
                // What has come to its end need not be kept there any longer.
                self.recipients[*recipient].lost = lost && !self.recipients[*recipient].ended;
                if lost {
                    // Asking again changes nothing (R69); a person may look, or retry.
                    self.watches[*recipient].end();
                }
            }
            Wanted::Search { by_identifier, .. } => {
                // A server that does not know the modifier need not be asked again.
                self.no_modifier |= *by_identifier && fault.kind == FaultKind::Invalid;
            }
            Wanted::Communication { arrived } => self.communications[*arrived].fault = Some(fault),
            Wanted::Content { arrived, content } => {
                self.communications[*arrived].contents[*content].fault = Some(fault);
            }
        }
    }

    /// Fetches what the Task points at; once work has begun, also looks at what was sent home.
    pub(super) fn follow_task(&mut self, recipient: usize, effects: &mut Vec<Effect>) {
        let Some(task) = self.task_at(recipient).and_then(Task::read) else { return };
        let status = self.status_at(recipient);
        if matches!(self.desk.guide.ask, Ask::Input { .. }) {
            return self.follow_data(recipient, effects);
        }
        let outputs: Vec<String> = communications_of(task.outputs()).collect();
        let server = self.recipients[recipient].recipient.server.clone();
        for output in &outputs {
            self.discover(output, &server, Confidence::TaskOutput, Some(recipient), effects);
        }
        // What could not be had at the last look may be there now.
        let missed = |arrived: &&mut Arrived| arrived.document.is_none() && arrived.by == Some(recipient);
        for arrived in self.communications.iter_mut().filter(missed) {
            arrived.fault = None;
        }
        let begun = [TaskStatus::Accepted, TaskStatus::InProgress, TaskStatus::OnHold, TaskStatus::Completed];
        if status.is_some_and(|status| begun.contains(&status)) {
            self.search_home(effects);
        }
    }

    /// Whether what comes back has to be signed: the signature is that of the searchset, so it is had by search
    /// alone (R41, CONF-009 and CONF-010). All are asked the same: the request says it by its tag, which is there
    /// without Task, too, and each Task by its input.
    fn demands_signature(&self) -> bool {
        let demands = |task: &Document| {
            Task::read(task).is_some_and(|task| self.desk.guide.ask.demands_signature(task))
        };
        Resource::read(self.request()).is_some_and(|it| it.has_tag(SIGNATURE.0, SIGNATURE.1))
            || (0..self.recipients.len()).filter_map(|at| self.task_at(at)).any(demands)
    }

    /// Takes in what a data request has returned, promptly: how long it can be had, its owner decides
    /// (R42).
    fn follow_data(&mut self, recipient: usize, effects: &mut Vec<Effect>) {
        let Some(task) = self.task_at(recipient).cloned() else { return };
        let server = self.recipients[recipient].recipient.server.clone();
        for (reference, answer) in answers_in(&task, &self.desk.guide.ask) {
            let url = reference.reference.clone().unwrap_or_default();
            if url.is_empty() || self.communications.len() >= MOST_COMMUNICATIONS {
                self.tell_once("an output of the Task was not fetched; look at the Task", effects);
                continue;
            }
            // Each output counts once, by what it refers to; the answer itself is at hand.
            let at = Located { server: server.clone(), url: url.clone() };
            let Some(arrived) = self.note(at, Confidence::TaskOutput, Some(recipient)) else { continue };
            self.take_in(arrived, answer, &server, effects);
            if let Some(id) = url.strip_prefix('#') {
                let same = |it: &Value<'_>| it.string("id").as_deref() == Some(id);
                let contained = task.root().list("contained").find(same);
                let document = contained.and_then(|it| Document::parse(it.raw()).ok());
                let fault = document.is_none().then(|| Fault::of(FaultKind::NotFound));
                let content = Content { document, fault, ..Content::new(url, None) };
                self.communications[arrived].contents.push(content);
            }
        }
    }

    /// Takes from a searchset what belongs to this request.
    pub(super) fn found(
        &mut self,
        bundle: &Document,
        (page, url): (u32, &str),
        by_identifier: bool,
        effects: &mut Vec<Effect>,
    ) {
        let Some(bundle) = Resource::read(bundle) else { return };
        let known = self.known();
        let base = self.desk.base(HOME).to_string();
        for entry in bundle.entries() {
            if let Some(communication) = Communication::of(entry) {
                let confidence = correlate(&communication.based_on(), &base, &known);
                let (Some(confidence), Some(id)) = (confidence, entry.id()) else { continue };
                let at = Located { server: HOME.to_string(), url: format!("Communication/{id}") };
                let by = self.giver(&at, Some(communication));
                if self.communications.len() >= MOST_COMMUNICATIONS {
                    self.tell_once(TOO_MANY, effects);
                }
                if let (Some(arrived), Ok(document)) =
                    (self.note(at, confidence, by), Document::parse(entry.value().raw()))
                {
                    self.take_in(arrived, document, HOME, effects);
                }
            } else if let Some(task) = Task::of(entry) {
                let confidence = correlate(&task.based_on(), &base, &known);
                let focus: Vec<String> = communications_of(task.focus().into_iter().collect()).collect();
                if let (Some(confidence), [focus]) = (confidence, focus.as_slice()) {
                    self.discover(focus, HOME, confidence, None, effects);
                }
            }
        }
        let Some(next) =
            bundle.next_page().filter(|_| page < MOST_PAGES && bundle.entries().next().is_some())
        else {
            return;
        };
        match self.desk.servers.relative(&next, HOME) {
            // A next page that leads to itself never ends (R63).
            Some(relative) if relative == url => {}
            Some(url) => {
                let request = next_page(HOME, &url);
                self.desk.read(Wanted::Search { page: page + 1, by_identifier, url }, request, effects);
            }
            None => {
                effects.push(notice("the next page of a search leads to another server; it was not fetched"));
            }
        }
    }

    /// Where the request is: at home, or without Task at every recipient.
    fn copies(&self) -> Vec<Located> {
        let records = match self.variant {
            Variant::WithTask => vec![self.request],
            Variant::WithoutTask => self.recipients.iter().filter_map(|one| one.record).collect(),
        };
        let stored = |record: usize| self.desk.records[record].stored.as_ref();
        records.into_iter().filter_map(stored).map(|stored| stored.at.clone()).collect()
    }

    pub(super) fn known(&self) -> Known {
        let copies = self.copies().into_iter().map(|at| (self.desk.base(&at.server).to_string(), at.url));
        let identifiers = Resource::read(self.request()).map(|it| it.identifiers().collect());
        Known { copies: copies.collect(), identifiers: identifiers.unwrap_or_default() }
    }

    /// Notes that a Communication exists, and who gave it; `None` where that was known.
    pub(super) fn note(&mut self, at: Located, confidence: Confidence, by: Option<usize>) -> Option<usize> {
        // What is contained in a Task is the same as that of another by name alone.
        let inside = at.url.starts_with('#');
        let same = |arrived: &&mut Arrived| arrived.at == at && (!inside || arrived.by == by);
        if let Some(arrived) = self.communications.iter_mut().find(same) {
            // Whose it is may be told once the places of all copies are known.
            arrived.by = arrived.by.or(by);
            return None;
        }
        if self.communications.len() >= MOST_COMMUNICATIONS {
            return None;
        }
        let (document, fault, contents) = (None, None, Vec::new());
        let late = self.ended;
        let arrived = Arrived { at, confidence, by, document, fault, contents, modified: false, late };
        self.communications.push(arrived);
        Some(self.communications.len() - 1)
    }

    /// Notes the Communication that `reference`, read on server `from`, points at.
    pub(super) fn discover(
        &mut self,
        reference: &str,
        from: &str,
        confidence: Confidence,
        by: Option<usize>,
        effects: &mut Vec<Effect>,
    ) {
        match self.desk.servers.locate(reference, from) {
            Ok(at) if self.communications.len() < MOST_COMMUNICATIONS => {
                let by = by.or_else(|| self.giver(&at, None));
                self.note(at, confidence, by);
            }
            Ok(_) => {
                self.tell_once(TOO_MANY, effects);
            }
            Err(unlocated) => self.tell_once(&unlocated.to_string(), effects),
        }
    }

    pub(super) fn tell_once(&mut self, text: &str, effects: &mut Vec<Effect>) {
        if !self.told.iter().any(|told| told == text) {
            self.told.push(text.to_string());
            effects.push(notice(text));
        }
    }

    /// Fetches what is known and not in hand, a few at a time: a partner can name very many. Of what
    /// Communications refer to, that which is `due`.
    pub(super) fn fetch(&mut self, due: fn(&Content) -> bool, effects: &mut Vec<Effect>) {
        let under_way =
            |what: &&Wanted| matches!(what, Wanted::Communication { .. } | Wanted::Content { .. });
        let mut free = MOST_READS.saturating_sub(self.desk.reads().filter(under_way).count());
        let mut wanted = Vec::new();
        for (index, arrived) in self.communications.iter().enumerate() {
            if arrived.document.is_none() && arrived.fault.is_none() {
                wanted.push((Wanted::Communication { arrived: index }, arrived.at.clone()));
            }
            for (content, of) in arrived.contents.iter().enumerate() {
                if let (true, Ok(at)) = (due(of), self.desk.servers.locate(&of.reference, &arrived.at.server))
                {
                    wanted.push((Wanted::Content { arrived: index, content }, at));
                }
            }
        }
        for (what, at) in wanted {
            if free == 0 {
                return;
            }
            if !self.desk.reads().any(|reading| *reading == what) {
                let request = match at.url.split_once('/') {
                    Some((kind, id)) if self.demands_signature() => {
                        search(&at.server, kind, [("_id", id.to_string())])
                    }
                    _ => read(&at.server, &at.url, None),
                };
                self.desk.read(what, request, effects);
                free -= 1;
            }
        }
    }

    /// Takes a Communication in hand, and notes what it refers to (R115).
    pub(super) fn take_in(
        &mut self,
        arrived: usize,
        document: Document,
        from: &str,
        effects: &mut Vec<Effect>,
    ) {
        let contents = Content::all_of(&document, from, &self.desk.servers);
        self.communications[arrived].contents.extend(contents);
        let modified = Resource::read(&document).is_some_and(Resource::has_modifier_extension);
        if modified {
            effects.push(notice(MODIFIED));
        }
        let known = &mut self.communications[arrived];
        (known.document, known.modified) = (Some(document), modified);
    }
}
