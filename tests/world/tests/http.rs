//! The world over TCP: what only HTTP adds.
#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests too")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use fhir_solicit_world::{Effect, Fault, Method, Server, http};
use ureq::http::{Request, Response};

const TASK: &str = r#"{"resourceType":"Task","status":"requested"}"#;

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .allow_non_standard_methods(true)
        .timeout_global(Some(Duration::from_secs(10)))
        .build();
    config.into()
}

fn send(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Response<String>, ureq::Error> {
    let mut request = Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (parts, mut body) = agent().run(request.body(body.to_owned()).unwrap())?.into_parts();
    Ok(Response::from_parts(parts, body.read_to_string()?))
}

fn header<'r>(response: &'r Response<String>, name: &str) -> &'r str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[test]
fn a_round_trip_with_the_state_in_hand() {
    let world = http::spawn(Server::new("http://127.0.0.1:0/fhir")).unwrap();
    let url = format!("{}/Task", world.base);
    let created = send("POST", &url, &[("Content-Type", "application/fhir+json")], TASK).unwrap();
    assert_eq!(created.status(), 201);
    assert_eq!(header(&created, "Location"), format!("{}/Task/1/_history/1", world.base));
    assert_eq!(header(&created, "Cache-Control"), "no-store");
    assert_eq!(header(&created, "Access-Control-Allow-Origin"), "*");
    assert!(header(&created, "Access-Control-Expose-Headers").contains("ETag, Location"));
    assert_eq!(world.lock().read("Task/1").unwrap().text(), created.body());

    let found = send("GET", &format!("{url}?status=requested"), &[], "").unwrap();
    assert!(found.body().contains(&format!("\"fullUrl\":\"{}/Task/1\"", world.base)));
    let head = send("HEAD", &format!("{url}/1"), &[], "").unwrap();
    assert_eq!((head.status().as_u16(), header(&head, "ETag"), head.body().as_str()), (200, "W/\"1\"", ""));
    let unchanged = send("GET", &format!("{url}/1"), &[("If-None-Match", "W/\"1\"")], "").unwrap();
    assert_eq!((unchanged.status().as_u16(), unchanged.body().as_str()), (304, ""));
    let elsewhere = send("GET", &world.base.replace("/fhir", "/fhirx/Task"), &[], "").unwrap();
    assert_eq!((elsewhere.status().as_u16(), elsewhere.body().contains("OperationOutcome")), (404, true));
    let strange = send("TRACE", &url, &[], "").unwrap();
    assert_eq!((strange.status().as_u16(), strange.body().contains("OperationOutcome")), (405, true));
}

#[test]
fn a_preflight_allows_what_a_fhir_client_sends() {
    let mut server = Server::new("http://127.0.0.1:0/fhir");
    server.require_token("secret");
    let world = http::spawn(server).unwrap();
    let asked = [
        ("Origin", "http://localhost:5173"),
        ("Access-Control-Request-Method", "PATCH"),
        ("Access-Control-Request-Headers", "authorization,if-match"),
    ];
    let preflight = send("OPTIONS", &format!("{}/Task/1", world.base), &asked, "").unwrap();
    assert_eq!((preflight.status().as_u16(), preflight.body().as_str()), (204, ""));
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        assert!(header(&preflight, "Access-Control-Allow-Methods").contains(method));
    }
    for name in
        ["Content-Type", "Accept", "Authorization", "If-Match", "If-None-Match", "If-None-Exist", "Prefer"]
    {
        assert!(header(&preflight, "Access-Control-Allow-Headers").contains(name));
    }
    let refused = send("GET", &format!("{}/Task", world.base), &[], "").unwrap();
    assert_eq!((refused.status().as_u16(), header(&refused, "Access-Control-Allow-Origin")), (401, "*"));
    assert_eq!(world.lock().log().len(), 1, "a preflight is no request");
}

#[test]
fn a_lost_response_is_a_broken_connection() {
    let world = http::spawn(Server::new("http://127.0.0.1:0/fhir")).unwrap();
    world.lock().inject(Fault::next(Effect::LoseResponse).on(Method::Post, "Task"));
    let url = format!("{}/Task", world.base);
    let json = [("Content-Type", "application/fhir+json")];
    assert!(send("POST", &url, &json, TASK).is_err());
    assert_eq!(world.lock().resources().count(), 1);

    world.lock().inject(Fault::next(Effect::Delay { milliseconds: 300 }));
    let start = Instant::now();
    assert_eq!(send("GET", &url, &[], "").unwrap().status(), 200);
    assert!(start.elapsed() >= Duration::from_millis(300));
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let world = http::spawn(Server::new("http://127.0.0.1:0/fhir")).unwrap();
    let address = world.base.trim_start_matches("http://").trim_end_matches("/fhir");
    let mut stream = TcpStream::connect(address).unwrap();
    let head = "POST /fhir/Task HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&[0xC3, 0x28]).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("OperationOutcome"), "{answer}");
}

#[test]
fn the_control_surface_injects_tells_and_resets() {
    let mut server = Server::new("http://127.0.0.1:0/fhir");
    server.require_token("secret");
    let world = http::spawn(server).unwrap();
    let control = |method, command: &str, body| {
        send(method, &world.base.replace("/fhir", &format!("/_world/{command}")), &[], body).unwrap()
    };
    let fault = r#"{"method":"GET","effect":{"type":"status","status":503,"retryAfter":"7"}}"#;
    assert_eq!(control("POST", "faults", fault).status(), 204);
    assert_eq!(control("POST", "faults", "{}").status(), 400);
    assert_eq!(control("POST", "nosuch", "").status(), 404);
    let url = format!("{}/Task", world.base);
    let hit = send("GET", &url, &[("If-Match", "W/\"1\"")], "").unwrap();
    assert_eq!((hit.status().as_u16(), header(&hit, "Retry-After")), (503, "7"));
    let log = control("GET", "log", "").into_body();
    assert!(log.contains(r#""method":"GET","url":"Task","status":503,"ifMatch":true"#), "{log}");
    let allowed = [("Authorization", "Bearer secret"), ("Content-Type", "application/fhir+json")];
    assert_eq!(send("POST", &url, &allowed, TASK).unwrap().status(), 201);
    assert_eq!(control("POST", "reset", "").status(), 204);
    assert_eq!(control("GET", "log", "").body(), "[]");
    assert_eq!(world.lock().resources().count(), 0);
    assert_eq!(send("GET", &url, &[], "").unwrap().status(), 401, "the token is part of the start");
}

#[test]
fn only_loopback_is_served() {
    for base in ["http://0.0.0.0:0/fhir", "https://127.0.0.1:0/fhir", "/fhir"] {
        assert!(http::spawn(Server::new(base)).is_err(), "{base}");
    }
    let first = http::spawn(Server::new("http://127.0.0.1:0/fhir")).unwrap();
    assert!(http::spawn(Server::new(&first.base)).is_err(), "the port is taken");
    let base = first.base.clone();
    drop(first);
    http::spawn(Server::new(&base)).unwrap();
}

/// A child that does not outlive its test.
struct World(Child);

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn world(arguments: &[&str]) -> World {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fhir-world"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    World(command.spawn().unwrap())
}

#[test]
fn the_binary_serves_payer_and_provider_and_ends_with_stdin() {
    let seed = std::env::temp_dir().join(format!("fhir-world-{}.json", std::process::id()));
    std::fs::write(&seed, r#"{"resourceType":"Patient","id":"p"}"#).unwrap();
    let seed_payer = format!("payer={}", seed.display());
    let mut world =
        world(&["--server", "payer", "--server", "provider=0", "--seed", &seed_payer, "--exit-with-stdin"]);
    let mut lines = BufReader::new(world.0.stdout.take().unwrap()).lines();
    let mut base = |name: &str| {
        let line = lines.next().unwrap().unwrap();
        let base = line.strip_prefix(&format!("{name} ")).unwrap().to_owned();
        assert!(base.starts_with("http://127.0.0.1:") && base.ends_with("/fhir"), "{line}");
        base
    };
    let (payer, provider) = (base("payer"), base("provider"));
    std::fs::remove_file(&seed).unwrap();
    assert_eq!(send("GET", &format!("{payer}/Patient/p"), &[], "").unwrap().status(), 200);
    assert_eq!(send("GET", &format!("{provider}/Patient/p"), &[], "").unwrap().status(), 404);
    drop(world.0.stdin.take());
    assert!(world.0.wait().unwrap().success());
}

#[test]
fn the_binary_says_what_is_wrong_with_its_arguments() {
    for (arguments, said) in [
        (["--server", "a=x"], "the port is no number"),
        (["--seed", "/nosuch.json"], "cannot read the seed /nosuch.json"),
        (["--seed", "payer=x.json"], "add --server payer"),
        (["--nosuch", ""], "--nosuch"),
    ] {
        let mut world = world(&arguments);
        assert!(!world.0.wait().unwrap().success());
        let mut error = String::new();
        world.0.stderr.take().unwrap().read_to_string(&mut error).unwrap();
        assert!(error.contains(said), "{error}");
    }
}
