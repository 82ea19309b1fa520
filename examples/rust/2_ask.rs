//! Asks for information with a Task, over HTTP: `cargo run --example ask`.
//!
//! Without arguments two FHIR servers are started on loopback and both sides are played: a payer
//! asks, a provider answers. With the base URLs of two servers of your own (the payer's, then the
//! provider's) those are used instead.
//!
//! The machines decide, this file acts: [`Desk`] is all the driver that a machine needs. It saves
//! before it sends, performs requests with ureq, gives answers back, and sleeps until the next
//! wake-up.

use std::{
    collections::{BTreeMap, VecDeque},
    env,
    error::Error,
    thread,
    time::{Duration, Instant as Moment, SystemTime, UNIX_EPOCH},
};

use fhir_solicit::{
    actor::{
        Act, Attachment, Cadence, Delivery, Effect, Grace, HOME, InboxStart, Input, Machine, PARTNER,
        PayerPolicy, PayloadDraft, RequestDraft, RequesterStart, ResponderStart, Seed, Start, Step, Update,
        Variant,
    },
    exchange::{HttpRequest, HttpResponse, Method, Servers},
    fhir::{Instant, Reference},
    json::{Document, Value},
    lifecycle::Guide,
    solicitation::{Asked, Calendar, State},
};
use fhir_solicit_world::{Server, http};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// For servers of one's own only; a partner's is looked at as `Cadence::Cdex` says.
const CADENCE: Cadence = Cadence::Custom { seconds: 1, unsafe_below_minute: true };

fn main() -> Result<()> {
    let given: Vec<String> = env::args().skip(1).collect();
    let running = match given.as_slice() {
        [] => Some([http::spawn(Server::new(FREE_PORT))?, http::spawn(Server::new(FREE_PORT))?]),
        [_, _] => None,
        _ => {
            return Err(
                "expected no arguments, or the base URLs of the payer's and the provider's server".into()
            );
        }
    };
    let (payer, provider) = match (&running, given.as_slice()) {
        (Some([payer, provider]), _) => (payer.base.clone(), provider.base.clone()),
        (None, [payer, provider]) => (payer.clone(), provider.clone()),
        _ => return Err("no servers".into()),
    };
    println!("payer    {payer}\nprovider {provider}\n");

    // The payer asks.
    let draft = RequestDraft {
        subject: Reference { display: Some("Ann Example".into()), ..Reference::default() },
        ask: vec![Asked::Text("Please send the discharge summary.".into())],
        information_sender: Reference { display: Some("Example Clinic".into()), ..Reference::default() },
        information_recipients: vec![Reference {
            display: Some("Example Payer".into()),
            ..Reference::default()
        }],
        ..RequestDraft::default()
    };
    let ask = Start::Requester(RequesterStart {
        request: draft.build()?,
        variant: Variant::WithTask,
        servers: servers(&payer, &provider)?,
        guide: Guide::default(),
        cadence: CADENCE,
        grace: Grace::default(),
        calendar: Calendar::default(),
        recipients: vec![],
        seed: seed()?,
    });
    let mut asking = Desk::begin("payer", servers(&payer, &provider)?, ask)?;
    let watch = InboxStart {
        guide: Guide::default(),
        servers: servers(&provider, &payer)?,
        cadence: CADENCE,
        owner: None,
        communications: false,
        seed: seed()?,
    };
    let mut inbox = Desk::begin("inbox", servers(&provider, &payer)?, Start::Inbox(watch))?;
    let mut answering: Option<Desk> = None;
    let mut to_do = VecDeque::from([Act::Accept, discharge_summary(), Act::Complete]);

    // Each desk does what is due; the provider decides as soon as the request is on its desk.
    let deadline = Moment::now() + Duration::from_secs(60);
    while asking.state() != Some(State::Answered) || !asking.is_finished() {
        if Moment::now() > deadline {
            return Err("no answer within a minute".into());
        }
        asking.work()?;
        inbox.work()?;
        if answering.is_none()
            && let Some((arrived, seed)) = inbox.arrived.pop()
        {
            let answer = Start::Responder(ResponderStart {
                arrived,
                servers: servers(&provider, &payer)?,
                guide: Guide::default(),
                cadence: CADENCE,
                grace: Grace::default(),
                calendar: Calendar::default(),
                payer: PayerPolicy::default(),
                seed,
            });
            answering = Some(Desk::begin("provider", servers(&provider, &payer)?, answer)?);
        }
        if let Some(desk) = &mut answering {
            desk.work()?;
            if desk.has_request()
                && let Some(act) = to_do.pop_front()
            {
                desk.give(Input::Do(act))?;
            }
        }
        thread::sleep(Duration::from_millis(50));
    }
    let view = asking.machine.view(now());
    let document = &view.communications.first().ok_or("nothing arrived")?.document;
    let title = document.root().pointer("/payload/0/contentAttachment/title").and_then(Value::as_str);
    println!("\nThe payer has: {}", title.ok_or("no attachment")?);
    Ok(())
}

const FREE_PORT: &str = "http://127.0.0.1:0/fhir";

fn discharge_summary() -> Act {
    let attachment = Attachment {
        content_type: Some("text/plain".into()),
        data: Some("RGlzY2hhcmdlZCBpbiBnb29kIGhlYWx0aC4=".into()),
        title: Some("Discharge summary".into()),
        ..Attachment::default()
    };
    let payload =
        PayloadDraft { answers: Some(0), content_attachment: Some(attachment), ..PayloadDraft::default() };
    Act::Respond { payloads: vec![payload], note: None, delivery: Delivery::Usual }
}

/// A machine and what it takes to run it.
struct Desk {
    name: &'static str,
    machine: Machine,
    servers: Servers,
    outbox: VecDeque<(u32, HttpRequest)>,
    wake: Option<Instant>,
    arrived: Vec<(Document, Seed)>,
    /// In an application: a row in a database, written before anything is sent.
    saved: String,
}

impl Desk {
    fn begin(name: &'static str, servers: Servers, start: Start) -> Result<Self> {
        let step = Machine::begin(start, now())?;
        let machine = step.state.clone();
        let (outbox, arrived) = (VecDeque::new(), Vec::new());
        let mut desk = Self { name, machine, servers, outbox, wake: None, arrived, saved: String::new() };
        desk.take(step)?;
        Ok(desk)
    }

    fn give(&mut self, input: Input) -> Result<()> {
        let step = self.machine.handle(input, now())?;
        self.take(step)
    }

    fn take(&mut self, step: Step<Machine>) -> Result<()> {
        self.machine = step.state;
        for effect in step.effects {
            match effect {
                Effect::Save => self.saved = serde_json::to_string(&self.machine)?,
                Effect::Send { id, request, .. } => self.outbox.push_back((id, request)),
                Effect::WakeAt { at, .. } => self.wake = Some(at),
                Effect::Report { update } => self.tell(update),
                // Of a subscriber alone, which this example has not.
                Effect::Connect { .. } | Effect::Disconnect => {}
            }
        }
        Ok(())
    }

    fn tell(&mut self, update: Update) {
        match update {
            Update::State { solicitation } => {
                println!("{:8}   is {:?}: {}", self.name, solicitation.state, solicitation.why);
            }
            Update::Arrived { resource, seed, .. } => self.arrived.push((resource, seed)),
            Update::Fault { doing, fault, .. } => println!("{:8}   {doing}: {fault}", self.name),
            Update::Notice { text } => println!("{:8}   {text}", self.name),
            Update::News { .. } | Update::Receipt { .. } | Update::Subscription { .. } => {}
        }
    }

    /// Performs what waits, and wakes the machine when it asked for it.
    fn work(&mut self) -> Result<()> {
        while let Some((id, request)) = self.outbox.pop_front() {
            let input = match self.perform(&request) {
                Ok(response) => Input::Received { id, response },
                // What is wrong with the connection is not for the machine; that it failed is.
                Err(_) => Input::Failed { id },
            };
            self.give(input)?;
        }
        if self.wake.is_some_and(|at| at <= now()) {
            self.wake = None;
            self.give(Input::Woke)?;
        }
        Ok(())
    }

    fn perform(&self, request: &HttpRequest) -> Result<HttpResponse> {
        let base = self.servers.base(&request.server).ok_or("the machine names only servers it was given")?;
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            // A redirect could lead a credential to somebody else.
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(30)))
            .build()
            .new_agent();
        let method = match request.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
        };
        let mut message =
            ureq::http::Request::builder().method(method).uri(format!("{base}/{}", request.url));
        for (name, value) in request.headers.iter() {
            message = message.header(name, value);
        }
        let mut response = agent.run(message.body(request.body.clone().unwrap_or_default())?)?;
        println!("{:8} {method} {} → {}", self.name, request.url, response.status().as_u16());
        let headers = response.headers().iter();
        let headers = headers
            .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
        Ok(HttpResponse {
            status: response.status().as_u16(),
            headers: headers.collect(),
            body: response.body_mut().read_to_string()?,
        })
    }

    fn state(&self) -> Option<State> {
        self.machine.view(now()).solicitation.map(|solicitation| solicitation.state)
    }

    fn is_finished(&self) -> bool {
        self.machine.view(now()).finished
    }

    fn has_request(&self) -> bool {
        self.machine.view(now()).request.is_some()
    }
}

fn servers(home: &str, partner: &str) -> Result<Servers> {
    let bases =
        BTreeMap::from([(HOME.to_owned(), home.to_owned()), (PARTNER.to_owned(), partner.to_owned())]);
    Ok(Servers::try_from(bases)?)
}

fn now() -> Instant {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Instant::from_unix_milliseconds(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// 128 bits that nobody can guess: identifiers are made of them.
fn seed() -> Result<Seed> {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).map_err(|error| format!("no randomness: {error}"))?;
    Ok(Seed::new(u128::from_ne_bytes(bits)))
}
