//! A world in which everything goes wrong, drawn from a seed.
//!
//! Some payers ask some providers, on servers with ways of their own. Requests and answers are
//! lost, doubled, late and out of order, servers fail, tokens expire, clocks are wrong, parties
//! crash and tabs sleep; users do what they like. After every step the [`laws`] of the design are
//! checked. Then calm comes, users do what is expected of them, and all exchanges have to end.

mod attachments;
mod informed;
mod laws;
mod random;
mod tabs;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use fhir_solicit::{
    actor::{
        Act, Cadence, Delivery, Grace, InboxStart, Input, Machine, PayerPolicy, PayloadDraft, Recipient,
        RequestDraft, RequesterStart, ResponderStart, Seed, Start, Update, Variant,
    },
    exchange::Servers,
    fhir::{CodeableConcept, Reference},
    json::Document,
    lifecycle::TaskStatus,
    solicitation::{Asked, Calendar},
};
use fhir_solicit_world::{Effect, Fault, Method, Quirk};

pub use self::random::Random;
use self::{
    attachments::HandedOver,
    informed::{Informed, REGISTRY},
    laws::Laws,
    tabs::Tab,
};
use crate::Simulation;

/// In every text that is a patient's: no notice and no fault may repeat it.
const SECRET: &str = "a-secret-of-the-patient";

/// What a run was like.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ran {
    /// Exchanges.
    pub exchanges: usize,
    /// Steps, after each of which the laws held.
    pub steps: usize,
    /// Requests that were performed.
    pub requests: usize,
}

/// One who is asked, and by whom.
struct Exchange {
    requester: String,
    /// Which of those whom this requester asks.
    recipient: usize,
    responder: String,
    inbox: String,
}

/// An answer on its way back.
struct Late {
    name: String,
    input: Input,
}

struct Chaos {
    random: Random,
    it: Simulation,
    exchanges: Vec<Exchange>,
    late: Vec<Late>,
    tabs: Vec<Tab>,
    laws: Laws,
    /// `None` where nobody listens.
    story: Option<Vec<String>>,
    /// How many news of its inbox were looked through for each responder that is yet to begin.
    read: BTreeMap<String, usize>,
    /// Whether it is attachments that are asked for.
    attaches: bool,
    handed_over: HandedOver,
    informed: Informed,
    /// Those of whom something was given up.
    given_up: BTreeSet<String>,
    steps: usize,
}

/// Runs the world of `seed`.
///
/// # Errors
/// The first law that does not hold, and what was found instead.
pub fn run(seed: u64) -> Result<Ran, String> {
    Chaos::begin(seed, None).play()
}

/// What happens in the world of `seed`, one line for each step, and how it ends.
pub fn story(seed: u64) -> (Vec<String>, Result<Ran, String>) {
    let mut chaos = Chaos::begin(seed, Some(Vec::new()));
    let end = chaos.play();
    (chaos.story.unwrap_or_default(), end)
}

fn servers(bases: &[(&str, &str)]) -> Servers {
    let bases: BTreeMap<String, String> =
        bases.iter().map(|(key, base)| ((*key).to_owned(), (*base).to_owned())).collect();
    Servers::try_from(bases).unwrap_or_default()
}

fn payload(text: &str) -> PayloadDraft {
    PayloadDraft { content_string: Some(format!("{SECRET} {text}")), ..PayloadDraft::default() }
}

fn concept(text: &str) -> CodeableConcept {
    CodeableConcept::text(&format!("{SECRET} {text}"))
}

impl Chaos {
    fn begin(seed: u64, story: Option<Vec<String>>) -> Self {
        let mut random = Random::new(seed);
        let payers: Vec<String> =
            (0..=random.below(2)).map(|at| format!("https://payer-{at}.example/fhir")).collect();
        let providers: Vec<String> =
            (0..=random.below(2)).map(|at| format!("https://provider-{at}.example/fhir")).collect();
        let (attaches, handed_over) = (seed % 5 == 4, HandedOver::new());
        let informed = Informed::new(seed % 7 == 3 && !attaches);
        let registry = informed.is_there.then(|| REGISTRY.to_owned());
        let bases: Vec<&String> = payers.iter().chain(&providers).chain(&registry).collect();
        let mut it = Simulation::with_servers(bases.iter().map(|base| base.as_str()));
        if story.is_none() {
            it.forget();
        }
        let mut laws = Laws::default();
        for base in bases {
            for quirk in Quirk::ALL {
                // A page for ever is for the inbox; what it costs to read is a test of its own.
                if quirk != Quirk::NextForever && random.once_in(6) {
                    laws.know(base, &Effect::Quirk { quirk });
                    it.server(base).inject(Fault::always(Effect::Quirk { quirk }));
                }
            }
            for effect in [Effect::HideHeaders, Effect::IgnoreIfNoneExist, Effect::IgnoreIfMatch] {
                if random.once_in(8) {
                    laws.know(base, &effect);
                    it.server(base).inject(Fault::always(effect));
                }
            }
        }
        let (exchanges, late, tabs, read) = (Vec::new(), Vec::new(), Vec::new(), BTreeMap::new());
        let (given_up, steps) = (BTreeSet::new(), 0);
        let mut chaos = Self {
            random,
            it,
            exchanges,
            late,
            tabs,
            laws,
            story,
            read,
            attaches,
            handed_over,
            informed,
            given_up,
            steps,
        };
        if registry.is_some() {
            let others = payers.iter().chain(&providers).map(|base| (base.as_str(), base.as_str()));
            chaos.begin_registry(servers(&others.chain([("home", REGISTRY)]).collect::<Vec<_>>()));
        }
        for number in 0..=chaos.random.below(3) {
            let payer = chaos.random.of(&payers).clone();
            // One of them, or all.
            let one = chaos.random.below(providers.len());
            let all = chaos.random.once_in(3) && !attaches;
            let asked = if all { &providers[..] } else { &providers[one..=one] };
            chaos.ask(number, &payer, asked);
        }
        chaos
    }

    fn tell(&mut self, line: impl FnOnce(&Simulation) -> String) {
        if let Some(story) = &mut self.story {
            story.push(line(&self.it));
        }
    }

    fn seed(&mut self) -> Seed {
        Seed::new(u128::from(self.random.bits()) << 64 | u128::from(self.random.bits()))
    }

    fn ask(&mut self, number: usize, payer: &str, providers: &[String]) {
        let draft = RequestDraft {
            subject: Reference::to(&format!("Patient/{SECRET}")),
            ask: vec![Asked::Text(format!("{SECRET} report"))],
            information_sender: Reference::to(&format!("{}/Organization/clinic", providers[0])),
            information_recipients: [Reference::to("Organization/payer")]
                .into_iter()
                .chain(self.informed.is_there.then(informed::registry))
                .collect(),
            requester: Some(Reference::to("Organization/payer")),
            due: Some("2027-01-31".into()),
            ..RequestDraft::default()
        };
        let Ok(mut request) = draft.build() else { unreachable!("the draft is complete") };
        if self.attaches {
            request = attachments::request(&mut self.it, number, payer);
        }
        let requester = format!("requester {number}");
        let recipient = |provider: &String| Recipient {
            server: provider.clone(),
            owner: Some(Reference::to(&format!("{provider}/Organization/clinic"))),
        };
        let recipients = providers.iter().map(recipient).collect();
        let others = providers.iter().map(|provider| (provider.as_str(), provider.as_str()));
        let servers: Vec<(&str, &str)> = others.chain([("home", payer)]).collect();
        let without_task = self.random.once_in(3) && !self.attaches;
        let variant = if without_task { Variant::WithoutTask } else { Variant::WithTask };
        let start = RequesterStart {
            request,
            variant,
            servers: self::servers(&servers),
            guide: attachments::guide(self.attaches),
            cadence: Cadence::Cdex,
            grace: Grace::default(),
            calendar: Calendar::default(),
            recipients,
            seed: self.seed(),
        };
        self.begin_party(&requester, Start::Requester(start));
        for (recipient, provider) in providers.iter().enumerate() {
            let inbox = self.inbox(provider, payer);
            let responder = format!("responder {number}.{recipient}");
            self.exchanges.push(Exchange { requester: requester.clone(), recipient, responder, inbox });
        }
    }

    /// The inbox of a provider for what this payer asks: it has one for each partner, as it has one set of
    /// servers for it.
    fn inbox(&mut self, provider: &str, payer: &str) -> String {
        let inbox = format!("inbox of {provider} for {payer}");
        if !self.it.has(&inbox) {
            let start = InboxStart {
                guide: attachments::guide(self.attaches),
                servers: servers(&[("home", provider), ("partner", payer), ("registry", REGISTRY)]),
                cadence: Cadence::Cdex,
                owner: None,
                communications: false,
                seed: self.seed(),
            };
            self.begin_party(&inbox, Start::Inbox(start));
        }
        inbox
    }

    fn begin_party(&mut self, name: &str, start: Start) {
        self.tell(|_| format!("{name} begins"));
        if let Err(refusal) = self.it.begin(name, start) {
            unreachable!("{name} cannot begin: {refusal}");
        }
    }

    fn parties(&self) -> Vec<String> {
        let names = self.exchanges.iter().flat_map(|of| [&of.requester, &of.responder, &of.inbox]);
        let tabs = self.tabs.iter().map(|tab| &tab.name);
        names.chain(tabs).chain(&self.informed.receipts).filter(|name| self.it.has(name)).cloned().collect()
    }

    fn play(&mut self) -> Result<Ran, String> {
        for _ in 0..self.random.below(120) {
            self.step()?;
        }
        self.calm()?;
        Ok(Ran { exchanges: self.exchanges.len(), steps: self.steps, requests: self.it.requests })
    }

    /// Something happens, and the laws hold.
    fn step(&mut self) -> Result<(), String> {
        self.steps += 1;
        let parties = self.parties();
        let name = self.random.of(&parties).clone();
        match self.random.below(25) {
            0..8 => self.exchange(&name)?,
            8..11 => self.deliver(),
            11..15 => self.decide(&name),
            15..17 => {
                let seconds = *self.random.of(&[1, 61, 400, 4000]);
                self.wake_until(Duration::from_secs(seconds))?;
            }
            17 => {
                // Frozen: time passes, nobody wakes.
                let hours = self.random.below(12) as u64;
                self.tell(|_| format!("all sleep for {hours} h"));
                self.it.now = self.it.now + Duration::from_secs(hours * 3600);
            }
            18 => {
                let skew = self.random.around_zero(86_400_000);
                self.tell(|_| format!("{name}'s clock is off by {skew} ms"));
                self.it.skew(&name, skew);
            }
            19 | 20 => {
                // What was told before is read before it is forgotten.
                self.check()?;
                self.tell(|_| format!("{name} crashes"));
                self.late.retain(|late| late.name != name);
                self.it.crash(&name);
                self.laws.forget_what_was_told(&name);
            }
            21 => self.give(&name, Input::Notified { about: None })?,
            22 => self.open_again(&name),
            _ => self.fail(),
        }
        self.arrive();
        self.hand_over();
        self.inform();
        self.check()
    }

    fn check(&mut self) -> Result<(), String> {
        let parties = self.parties();
        self.laws.check(&mut self.it, &parties)
    }

    fn give(&mut self, name: &str, input: Input) -> Result<(), String> {
        self.it.give(name, input).map_err(|refusal| format!("{name} refuses what has happened: {refusal}"))
    }

    /// A request is performed, and its answer comes at once, later, twice or never.
    fn exchange(&mut self, name: &str) -> Result<(), String> {
        let waiting = self.it.party(name).waiting();
        if waiting == 0 {
            return Ok(());
        }
        let index = self.random.below(waiting);
        let Some(input) = self.perform(name, index)? else { return Ok(()) };
        match self.random.below(8) {
            0 | 1 => {}
            2 => self.late.push(Late { name: name.to_owned(), input: input.clone() }),
            _ => {
                let _ = self.it.give(name, input);
                return Ok(());
            }
        }
        self.late.push(Late { name: name.to_owned(), input });
        Ok(())
    }

    fn perform(&mut self, name: &str, index: usize) -> Result<Option<Input>, String> {
        self.laws.sends(&self.it, name, index)?;
        let answer = self.it.perform(name, index);
        self.tell(|it| it.transcript.last().cloned().unwrap_or_default());
        Ok(answer)
    }

    fn deliver(&mut self) {
        if !self.late.is_empty() {
            let index = self.random.below(self.late.len());
            let Late { name, input } = self.late.swap_remove(index);
            self.tell(|_| format!("{name} gets a late answer"));
            let _ = self.it.give(&name, input);
        }
    }

    fn wake_until(&mut self, duration: Duration) -> Result<(), String> {
        let until = self.it.now + duration;
        for name in self.parties() {
            if self.it.party(&name).wake().is_some_and(|at| at <= until) {
                self.tell(|_| format!("{name} wakes"));
                self.it.now = self.it.party(&name).wake().unwrap_or(until).max(self.it.now);
                self.give(&name, Input::Woke)?;
            }
        }
        self.it.now = until.max(self.it.now);
        Ok(())
    }

    fn decide(&mut self, name: &str) {
        let delivery =
            *self.random.of(&[Delivery::Usual, Delivery::Communication, Delivery::CommunicationTask]);
        let responds = Act::Respond { payloads: vec![payload("answer")], note: None, delivery };
        let acts = [
            Act::Accept,
            Act::Accept,
            Act::Start,
            Act::Hold { reason: None },
            Act::Resume,
            Act::Progress { text: format!("{SECRET} in review") },
            responds.clone(),
            responds,
            Act::Complete,
            Act::Complete,
            Act::Retry,
            Act::Retry,
            Act::GiveUp,
            Act::Look,
            Act::Close,
            Act::Reject { reason: concept("no") },
            Act::Fail { reason: concept("cannot") },
            Act::Cancel { reason: concept("withdrawn") },
        ];
        // What ends an exchange is seldom done, so that exchanges have time to go wrong.
        let common = if self.random.once_in(4) { acts.len() } else { acts.len() - 3 };
        let act = acts[self.random.below(common)].clone();
        let done = self.it.decide(name, act.clone());
        if act == Act::GiveUp && done.is_ok() {
            self.given_up.insert(name.to_owned());
        }
        self.tell(|_| format!("{name}: {act:?}{}", if done.is_ok() { "" } else { ", refused" }));
    }

    /// Servers and networks fail for a while.
    fn fail(&mut self) {
        let statuses = [401, 403, 404, 409, 410, 412, 413, 422, 429, 500, 502, 503];
        let status = *self.random.of(&statuses);
        let retry_after = self.random.once_in(2).then(|| self.random.below(200).to_string());
        let html = self.random.once_in(3);
        let effects = [
            Effect::LoseRequest,
            Effect::LoseResponse,
            Effect::LoseResponse,
            Effect::Duplicate,
            Effect::Truncate,
            Effect::Html,
            Effect::Status { status, retry_after: retry_after.clone(), html },
            Effect::Status { status, retry_after, html },
        ];
        let base = self.random.of(&self.it.bases()).clone();
        let effect = self.random.of(&effects).clone();
        // Doubled on the way to a server that has no means to know, it is done twice.
        if effect == Effect::Duplicate && self.laws.is_blind(&base) {
            return;
        }
        let method = *self.random.of(&[Method::Get, Method::Post, Method::Put]);
        let times = u32::try_from(self.random.below(3)).unwrap_or(0) + 1;
        self.tell(|_| format!("{base} has {effect:?} on {} × {times}", method.name()));
        self.it.server(&base).inject(Fault::always(effect).on(method, "").times(times));
    }

    /// Whoever has a request in an inbox begins to answer it.
    fn arrive(&mut self) {
        for number in 0..self.exchanges.len() {
            let Exchange { requester, responder, inbox, .. } = &self.exchanges[number];
            let news = self.it.party(inbox).updates.len();
            if self.it.has(responder) || self.read.insert(responder.clone(), news) == Some(news) {
                continue;
            }
            let copies = self.tabs.iter().filter(|tab| tab.of == *requester).map(|tab| &tab.name);
            let found = copies.chain([requester]).find_map(|one| arrived(&self.it, one, inbox));
            let Some(arrived) = found else { continue };
            let (responder, inbox) = (responder.clone(), inbox.clone());
            let resource = fhir_solicit::fhir::Resource::read(&arrived);
            let key = resource.and_then(|it| Some(format!("{}/{}", it.resource_type(), it.id()?)));
            let start = ResponderStart {
                servers: self.it.view(&inbox).servers,
                arrived,
                guide: attachments::guide(self.attaches),
                cadence: Cadence::Cdex,
                grace: Grace::default(),
                calendar: Calendar::default(),
                payer: PayerPolicy { idempotent: !number.is_multiple_of(2), limit: None },
                seed: self.seed(),
            };
            self.begin_party(&responder, Start::Responder(start));
            self.laws.acknowledged(&inbox, key.as_deref());
            let acknowledged = self.it.decide(&inbox, Act::Acknowledge { arrived: key.unwrap_or_default() });
            assert!(acknowledged.is_ok(), "an inbox takes an acknowledgement");
        }
    }

    /// Nothing fails any more, and users see to it that every exchange ends.
    fn calm(&mut self) -> Result<(), String> {
        self.tell(|_| "calm".into());
        for base in self.it.bases() {
            self.it.server(&base).calm();
        }
        while !self.late.is_empty() {
            self.deliver();
        }
        for name in self.parties() {
            self.it.skew(&name, 0);
        }
        for _ in 0..40 {
            self.perform_all()?;
            // Who asks may know only now what was found before.
            self.read.clear();
            self.arrive();
            self.hand_over();
            self.inform();
            self.check()?;
            if (0..self.exchanges.len()).all(|number| self.is_over(number)) && self.is_informed() {
                laws::agree(&self.it, &self.exchanges, &self.tabs)?;
                self.all_is_told()?;
                return if self.random.once_in(8) { self.afterwards() } else { Ok(()) };
            }
            for number in 0..self.exchanges.len() {
                self.urge(number);
            }
            self.urge_registry();
            self.wake_until(Duration::from_secs(7200))?;
        }
        let open = self.exchanges.iter().enumerate().filter(|(number, _)| !self.is_over(*number));
        let open: Vec<String> = open.map(|(_, of)| laws::describe(&self.it, of)).collect();
        Err(format!("every exchange ends when calm has come: {}", open.join("; ")))
    }

    fn perform_all(&mut self) -> Result<(), String> {
        for name in self.parties() {
            while self.it.party(&name).waiting() > 0 {
                let Some(input) = self.perform(&name, 0)? else { break };
                self.give(&name, input)?;
                self.steps += 1;
            }
        }
        Ok(())
    }

    /// Everybody goes on looking for a day, and what has ended stays so. Whose clock was a day ahead when the end
    /// came may learn that only a day later.
    fn afterwards(&mut self) -> Result<(), String> {
        for _ in 0..26 {
            self.wake_until(Duration::from_secs(7200))?;
            self.perform_all()?;
            self.hand_over();
            self.check()?;
        }
        for name in self.parties() {
            let view = self.it.view(&name);
            if view.finished && view.watched_until.is_some() {
                return Err(format!("patience ends: {name} is looked at for two days after its end"));
            }
        }
        laws::agree(&self.it, &self.exchanges, &self.tabs)
    }

    fn is_over(&self, number: usize) -> bool {
        let Exchange { requester, responder, .. } = &self.exchanges[number];
        let never_asked = !self.it.has(responder);
        let tabs = self.tabs.iter().filter(|tab| [requester, responder].contains(&&tab.of));
        let is_over = |name: &String| self.it.view(name).finished;
        is_over(requester)
            && (never_asked || is_over(responder))
            && tabs.into_iter().all(|tab| is_over(&tab.name))
    }

    /// The users of an exchange do what is next.
    fn urge(&mut self, number: usize) {
        let Exchange { requester, responder, inbox, .. } = &self.exchanges[number];
        let (requester, responder, inbox) = (requester.clone(), responder.clone(), inbox.clone());
        let parties = [inbox, requester, responder];
        let tabs = self.tabs.iter().filter(|tab| parties.contains(&tab.of)).map(|tab| &tab.name);
        let names: Vec<&String> = parties.iter().chain(tabs).filter(|name| self.it.has(name)).collect();
        let mut acts = Vec::new();
        for name in names {
            let view = self.it.view(name);
            let next = match view.status {
                Some(TaskStatus::Requested | TaskStatus::Received | TaskStatus::Draft) => vec![Act::Accept],
                Some(TaskStatus::OnHold) => vec![Act::Resume],
                Some(TaskStatus::Accepted | TaskStatus::InProgress | TaskStatus::Ready) => vec![
                    Act::Complete,
                    Act::Respond {
                        payloads: vec![payload("at last")],
                        note: None,
                        delivery: Delivery::Usual,
                    },
                ],
                _ => vec![],
            };
            // What has not come, and will not come any more, came otherwise; what a person has to look at is
            // looked at.
            let completed = |task: &Document| task.root().string("status").as_deref() == Some("completed");
            let closes = self.attaches && view.task.as_ref().is_some_and(completed);
            let closes = closes && view.status.is_none();
            let looks =
                view.solicitation.is_some_and(|it| it.lost || it.state.is_final()) || view.task.is_none();
            let looks = looks && view.request.is_some();
            let looks = looks && view.status.is_none();
            let others = [closes.then_some(Act::Close), looks.then_some(Act::Look)];
            let all = [Act::Retry].into_iter().chain(next).chain(others.into_iter().flatten());
            acts.extend(all.map(|act| (name.clone(), act)));
        }
        for (name, act) in acts {
            let done = self.it.decide(&name, act.clone());
            self.tell(|_| format!("{name}: {act:?}{}", if done.is_ok() { "" } else { ", refused" }));
        }
    }
}

/// What an inbox has of a requester's: it is named in the identifiers or in the focus.
fn arrived(it: &Simulation, requester: &str, inbox: &str) -> Option<Document> {
    let Machine::Requester(own) = it.party(requester).machine() else { return None };
    let asked = own.recipients().into_iter().filter_map(|one| one.task);
    let known: Vec<String> =
        asked.chain([own.request().clone()]).filter_map(|document| laws::identifier(&document)).collect();
    it.party(inbox).updates.iter().find_map(|update| match update {
        Update::Arrived { resource, .. } => {
            laws::identifier(resource).filter(|one| known.contains(one)).map(|_| resource.clone())
        }
        _ => None,
    })
}
