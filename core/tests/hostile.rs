//! Hostile answers, from `tests/hostile/vectors.json`, over HTTP to servers of ours: no credential and
//! no body reaches anybody but the server it is for (R97, R98). `tests/browser/hostile.test.mjs` does
//! the same in a browser.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by panicking")]

use std::{
    collections::{BTreeMap, VecDeque},
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use fhir_solicit::{
    actor::{Cadence, Effect, Grace, Input, Machine, Recipient, RequesterStart, Seed, Start, Variant},
    exchange::{
        HttpRequest, HttpResponse, Servers,
        content::{ContentEffect, ContentInput, Limits, Measured, Resolver, Unfetched},
        read,
    },
    fhir::{Instant, Reference, base64},
    json::Document,
    lifecycle::Guide,
    solicitation::Calendar,
};
use serde_json::Value;

/// One request as a server has seen it.
#[derive(Clone)]
struct Seen {
    method: String,
    path: String,
    headers: BTreeMap<String, String>,
}

/// A server on loopback that answers by a table and writes down what it is asked.
struct Server {
    host: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    answers: Arc<Mutex<Vec<Value>>>,
}

impl Server {
    fn start(root: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let server = Self { host, seen: Arc::default(), answers: Arc::default() };
        let (seen, answers) = (Arc::clone(&server.seen), Arc::clone(&server.answers));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that goes away is none of the server's business.
                let _ = serve(stream, root, &seen, &answers);
            }
        });
        server
    }

    fn reset(&self, answers: Vec<Value>) {
        *self.answers.lock().unwrap() = answers;
        self.seen.lock().unwrap().clear();
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

fn serve(
    mut stream: TcpStream,
    root: &str,
    seen: &Mutex<Vec<Seen>>,
    answers: &Mutex<Vec<Value>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut lines = reader.by_ref().lines();
    let start = lines.next().transpose()?.unwrap_or_default();
    let mut words = start.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = BTreeMap::new();
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let url = path.strip_prefix(root).unwrap_or_default().trim_start_matches('/').to_owned();
    seen.lock().unwrap().push(Seen { method: method.clone(), path, headers });
    let answers = answers.lock().unwrap().clone();
    let fits = |answer: &&Value| {
        answer["method"] == *method && url.starts_with(answer["path"].as_str().unwrap_or_default())
    };
    let (status, extra, text) =
        answers.iter().find(fits).map_or((404, Value::Null, String::new()), |answer| {
            let text = if let Some(id) = answer["echo"].as_str() {
                let mut resource: Value = serde_json::from_slice(&body).unwrap_or_default();
                resource["id"] = id.into();
                resource.to_string()
            } else if let Some(raw) = answer["raw"].as_str() {
                raw.to_owned()
            } else {
                answer["body"].to_string()
            };
            (answer["status"].as_u64().unwrap_or(200), answer["headers"].clone(), text)
        });
    write!(stream, "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n", text.len())?;
    for (name, value) in extra.as_object().into_iter().flatten() {
        write!(stream, "{name}: {}\r\n", value.as_str().unwrap_or_default())?;
    }
    write!(stream, "\r\n{text}")
}

/// The three servers, and what the one program between them does.
struct World {
    home: Server,
    partner: Server,
    stranger: Server,
    /// Whether performing follows what a machine may not follow, as a program without care would.
    careless: bool,
}

impl World {
    fn start() -> Self {
        let stranger = Server::start("");
        Self { home: Server::start("/fhir"), partner: Server::start("/r4"), stranger, careless: false }
    }

    fn servers(&self) -> Servers {
        let bases = [
            ("home", format!("http://{}/fhir", self.home.host)),
            ("partner", format!("http://{}/r4", self.partner.host)),
        ];
        Servers::try_from(BTreeMap::from(bases.map(|(key, base)| (key.to_owned(), base)))).unwrap()
    }

    /// Puts this world's addresses into a text.
    fn placed(&self, text: &str) -> String {
        let alias = self.partner.host.replace("127.0.0.1", "localhost");
        let addresses = [
            ("{home}", format!("http://{}/fhir", self.home.host)),
            ("{partner}", format!("http://{}/r4", self.partner.host)),
            ("{foreign}", format!("http://{}", self.stranger.host)),
            ("{partner-host}", self.partner.host.clone()),
            ("{partner-alias}", alias),
            ("{foreign-host}", self.stranger.host.clone()),
        ];
        addresses.iter().fold(text.to_owned(), |text, (name, address)| text.replace(name, address))
    }

    /// The table of answers of one server: those of the vector before the usual ones.
    fn answers(&self, server: &str, vector: &Value, usual: &Value) -> Vec<Value> {
        let all = vector["answers"].as_array().into_iter().chain(usual.as_array()).flatten();
        let ours = all.filter(|answer| answer["server"] == *server);
        ours.map(|answer| serde_json::from_str(&self.placed(&answer.to_string())).unwrap()).collect()
    }

    fn send(
        &self,
        server: &str,
        url: &str,
        request: &HttpRequest,
    ) -> Option<(u16, ureq::Body, BTreeMap<String, String>)> {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(10)));
        let config = if self.careless {
            config.redirect_auth_headers(ureq::config::RedirectAuthHeaders::SameHost)
        } else {
            config.max_redirects(0)
        };
        let mut message = ureq::http::Request::builder().method(request.method.to_string().as_str()).uri(url);
        for (name, value) in request.headers.iter() {
            message = message.header(name, value);
        }
        if !server.is_empty() {
            message = message.header("authorization", format!("Bearer of-{server}"));
        }
        let message = message.body(request.body.clone().unwrap_or_default()).ok()?;
        let response = config.build().new_agent().run(message).ok()?;
        let status = response.status().as_u16();
        let text = |value: &ureq::http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
        let headers =
            response.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        Some((status, response.into_body(), headers))
    }

    fn perform(&self, request: &HttpRequest) -> Option<HttpResponse> {
        let url = format!("{}/{}", self.servers().base(&request.server).unwrap(), request.url);
        let (status, mut body, headers) = self.send(&request.server, &url, request)?;
        Some(HttpResponse { status, headers: headers.into(), body: body.read_to_string().ok()? })
    }

    /// Asks, waits for the answer, and follows all contents of it.
    fn run(&self) {
        let request = r#"{"resourceType":"CommunicationRequest","status":"active","payload":[{"contentString":"x"}],
            "subject":{"reference":"Patient/ann"},"recipient":[{"reference":"Organization/payer"}]}"#;
        let start = Start::Requester(RequesterStart {
            request: Document::parse(request).unwrap(),
            variant: Variant::WithTask,
            servers: self.servers(),
            guide: Guide::default(),
            cadence: Cadence::Cdex,
            grace: Grace::default(),
            calendar: Calendar::default(),
            recipients: vec![Recipient {
                owner: Some(Reference::to("Organization/clinic")),
                ..Recipient::partner()
            }],
            seed: Seed::new(7),
        });
        let mut now = Instant::from_unix_milliseconds(1_795_000_000_000);
        let step = Machine::begin(start, now).unwrap();
        let (mut machine, mut effects) = (step.state, VecDeque::from(step.effects));
        for _ in 0..12 {
            let mut wake = None;
            while let Some(effect) = effects.pop_front() {
                let input = match effect {
                    Effect::Send { id, request, .. } => match self.perform(&request) {
                        Some(response) => Input::Received { id, response },
                        None => Input::Failed { id },
                    },
                    Effect::WakeAt { at, .. } => {
                        wake = Some(at);
                        continue;
                    }
                    _ => continue,
                };
                let step = machine.handle(input, now).unwrap();
                machine = step.state;
                effects.extend(step.effects);
            }
            let Some(at) = wake else { break };
            now = at.max(now);
            let step = machine.handle(Input::Woke, now).unwrap();
            machine = step.state;
            effects.extend(step.effects);
        }
        let view = machine.view(now);
        for received in view.communications {
            self.follow(&received.document, received.from.as_deref().unwrap());
        }
        if let Some(task) = view.task {
            self.follow(&task, "partner");
        }
    }

    fn follow(&self, resource: &Document, from: &str) {
        let limits = Limits { elsewhere: true, ..Limits::default() };
        let (mut resolver, effects) = Resolver::begin(resource, from, self.servers(), limits);
        let mut effects = VecDeque::from(effects);
        let mut kept = BTreeMap::new();
        while let Some(effect) = effects.pop_front() {
            let input = match effect {
                ContentEffect::Fetch { id, request, .. } => match self.perform(&request) {
                    Some(response) => ContentInput::Received { id, response },
                    None => ContentInput::Failed { id, why: Unfetched::Network },
                },
                ContentEffect::Load { id, request, .. } => match self.perform(&request) {
                    Some(response) if response.status == 200 => {
                        let served = response.headers.get("content-type");
                        let measured = Measured::of(response.body.as_bytes(), served);
                        kept.insert(id, response.body);
                        ContentInput::Bytes { id, measured }
                    }
                    Some(response) => ContentInput::Received { id, response },
                    None => ContentInput::Failed { id, why: Unfetched::Network },
                },
                ContentEffect::LoadElsewhere { id, url, .. } => {
                    let _ = self.send("", &url, &read("", "", None));
                    ContentInput::Failed { id, why: Unfetched::Network }
                }
                ContentEffect::Decode { id, data, .. } => match base64::decode(&data) {
                    Some(bytes) => ContentInput::Bytes { id, measured: Measured::of(&bytes, None) },
                    None => ContentInput::Failed { id, why: Unfetched::NotBase64 },
                },
                ContentEffect::Unwrap { id } => {
                    let body = kept.remove(&id).unwrap_or_default();
                    ContentInput::Received {
                        id,
                        response: HttpResponse { status: 200, headers: BTreeMap::new().into(), body },
                    }
                }
                ContentEffect::Give { .. } | ContentEffect::Withhold { .. } => continue,
            };
            let (next, more) = resolver.handle(input);
            resolver = next;
            effects.extend(more);
        }
    }

    /// What reached somebody whom it was not for.
    fn leaks(&self) -> Vec<String> {
        let mut leaks = Vec::new();
        for one in self.stranger.seen() {
            if one.headers.contains_key("authorization") || one.method != "GET" {
                leaks.push(format!("{} {} at the stranger's", one.method, one.path));
            }
        }
        for (server, token, base) in
            [(&self.home, "Bearer of-home", "/fhir"), (&self.partner, "Bearer of-partner", "/r4")]
        {
            for one in server.seen() {
                let Some(credential) = one.headers.get("authorization") else { continue };
                let rest = one.path.strip_prefix(base);
                let inside = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
                let odd = one.path.contains("..") || one.path.to_ascii_lowercase().contains("%2e");
                if credential != token || !inside || odd || one.headers.get("host") != Some(&server.host) {
                    leaks.push(format!("{} {} under {base}", one.method, one.path));
                }
            }
        }
        leaks
    }
}

fn vectors() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/hostile/vectors.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn r97_no_credential_leaves_by_any_hostile_answer() {
    let (world, all) = (World::start(), vectors());
    let vectors = all["vectors"].as_array().unwrap();
    assert!(vectors.len() >= 12);
    let (mut credentials, mut asked) = (0, 0);
    for vector in vectors {
        world.home.reset(world.answers("home", vector, &all["usual"]));
        world.partner.reset(world.answers("partner", vector, &all["usual"]));
        world.stranger.reset(Vec::new());
        world.run();
        let name = vector["name"].as_str().unwrap();
        assert_eq!(world.leaks(), Vec::<String>::new(), "{name}");
        let home = world.home.seen().len();
        assert!(home > 0, "{name}: the exchange has begun");
        let at_partner = world.partner.seen();
        asked += usize::from(at_partner.iter().any(|one| one.path.starts_with("/r4/Task")));
        let all = world.home.seen().into_iter().chain(at_partner);
        credentials += all.filter(|one| one.headers.contains_key("authorization")).count();
    }
    assert!(asked >= vectors.len() - 1, "all but one get as far as the partner: {asked}");
    assert!(credentials > 100, "where they belong, credentials are sent: {credentials}");
    println!("{} hostile answers, {credentials} requests with a credential, 0 leaks", vectors.len());
}

#[test]
fn r97_the_servers_see_a_leak_where_there_is_one() {
    let world = World { careless: true, ..World::start() };
    let read = read("partner", "x", None);
    world.send("partner", &world.placed("{foreign}/r4/Binary/1"), &read);
    world.send("home", &world.placed("{partner}/Binary/1"), &read);
    world.send("partner", &world.placed("http://{partner-host}/admin"), &read);
    world.send("partner", &world.placed("http://{partner-alias}/r4/Binary/1"), &read);
    world.send("partner", &world.placed("{partner}/Binary/1"), &read);
    assert_eq!(world.leaks().len(), 4);
}
