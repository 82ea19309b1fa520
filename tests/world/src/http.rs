//! A [`Server`] over HTTP on loopback, for browsers and for clients in other processes.
//!
//! Every answer may be read from any origin, and none may be cached. Beside the FHIR base there
//! is a control surface for tests that cannot reach into this process:
//!
//! | request | effect |
//! | --- | --- |
//! | `POST /_world/faults` with a [`Fault`] | injects it |
//! | `DELETE /_world/faults` | ends all faults |
//! | `GET /_world/log` | the requests so far, an array of [`Logged`](crate::Logged) |
//! | `POST /_world/subscriptions` | offers subscriptions from now on |
//! | `GET /_world/notifications` | what the server has to say by now, an array of [`Outgoing`](crate::Outgoing): whoever takes it has to carry it |
//! | `GET /_world/submissions` | what was submitted by `$submit-attachment`, an array of Parameters |
//! | `POST /_world/reset` | back to the state at the start |

use std::{
    fmt,
    io::{Error, ErrorKind},
    net::{TcpListener, ToSocketAddrs},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::{SystemTime, UNIX_EPOCH},
};

use fhir_solicit::{fhir::Instant, json::Document};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{
    StatusCode, Uri,
    body::{Bytes, Incoming},
    header::{HeaderName, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::oneshot;

use crate::{
    fault::Fault,
    message::{Delivery, Request, Response},
    refusal::Refusal,
    server::Server,
};

/// Most bytes of a request body.
const BODY_LIMIT: usize = 64 << 20;

/// What every answer carries.
const ALWAYS: [(&str, &str); 3] = [
    ("Cache-Control", "no-store"),
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "ETag, Location, Last-Modified, Content-Location, Retry-After, Date"),
];

/// What the answer to a preflight carries besides.
const PREFLIGHT: [(&str, &str); 3] = [
    ("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE"),
    (
        "Access-Control-Allow-Headers",
        "Content-Type, Accept, Authorization, If-Match, If-None-Match, If-None-Exist, Prefer",
    ),
    ("Access-Control-Max-Age", "600"),
];

/// A server that listens, until this is dropped.
pub struct Running {
    /// The base URL, with the port that was bound.
    pub base: String,
    /// The state, to look at and to change while it runs.
    pub server: Arc<Mutex<Server>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// The state. It does not answer while this is held.
    pub fn lock(&self) -> MutexGuard<'_, Server> {
        lock(&self.server)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It has nothing to report; where it panicked there is nothing left to stop.
            let _ = thread.join();
        }
    }
}

/// A poisoned state is still the state: a panic elsewhere must not hide it from the test.
fn lock(server: &Mutex<Server>) -> MutexGuard<'_, Server> {
    server.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves `server` at its base, such as `http://127.0.0.1:0/fhir`, on a thread of its own.
///
/// Port 0 takes a free one; the server's base is then changed to it. It listens when this returns.
///
/// # Errors
/// Where the base is no `http` URL on loopback, or its port cannot be bound.
pub fn spawn(server: Server) -> Result<Running, Error> {
    let (listener, path) = bind(server.base())?;
    let base = format!("http://{}{path}", listener.local_addr()?);
    let server = server.at_base(&base);
    let (stop, stopped) = oneshot::channel();
    let initial = server.clone();
    let server = Arc::new(Mutex::new(server));
    let edge = Arc::new(Edge { path, initial, server: Arc::clone(&server) });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let thread = std::thread::Builder::new().name("fhir-world".to_owned()).spawn(move || {
        runtime.block_on(listen(listener, edge, stopped));
    })?;
    Ok(Running { base, server, stop: Some(stop), thread: Some(thread) })
}

/// A listener at a base URL, and the path of that URL.
fn bind(base: &str) -> Result<(TcpListener, String), Error> {
    let invalid = |why: &str| Error::new(ErrorKind::InvalidInput, format!("{base}: {why}"));
    let uri: Uri = base.parse().map_err(|_| invalid("not a URL"))?;
    let authority = uri.authority().filter(|_| uri.scheme_str() == Some("http"));
    let authority = authority.ok_or_else(|| invalid("not an http URL"))?;
    let port = authority.port_u16().unwrap_or(80);
    let mut addresses = (authority.host(), port).to_socket_addrs()?;
    let address = addresses.find(|address| address.ip().is_loopback());
    let address = address.ok_or_else(|| invalid("this server listens on loopback only"))?;
    let listener = TcpListener::bind(address)
        .map_err(|error| Error::new(error.kind(), format!("cannot listen at {address}: {error}")))?;
    listener.set_nonblocking(true)?;
    Ok((listener, uri.path().trim_end_matches('/').to_owned()))
}

async fn listen(listener: TcpListener, edge: Arc<Edge>, mut stopped: oneshot::Receiver<()>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = &mut stopped => return,
        };
        // A connection that fails is the client's affair.
        let Ok((stream, _)) = accepted else { continue };
        let _ = stream.set_nodelay(true);
        let edge = Arc::clone(&edge);
        tokio::spawn(async move {
            let service = service_fn(|request| edge.answer(request));
            let mut http = http1::Builder::new();
            // Browsers silently repeat a request, a POST too, where a connection that served
            // another one before breaks: a lost response would never be seen as one.
            http.keep_alive(false).timer(TokioTimer::new());
            let _ = http.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// The connection breaks here, with no response on it.
#[derive(Debug)]
struct Lost;

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the response is lost on purpose")
    }
}

impl std::error::Error for Lost {}

/// Between HTTP and the pure function.
struct Edge {
    /// The path of the base, without a slash at its end.
    path: String,
    initial: Server,
    server: Arc<Mutex<Server>>,
}

impl Edge {
    async fn answer(&self, request: hyper::Request<Incoming>) -> Result<hyper::Response<Full<Bytes>>, Lost> {
        if request.method() == hyper::Method::OPTIONS {
            let mut response = Response::new(204);
            response.headers = PREFLIGHT.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
            return Ok(write(response));
        }
        let (parts, body) = request.into_parts();
        let body = match read(body).await {
            Ok(body) => body,
            Err(refusal) => return Ok(write(refusal.into_response())),
        };
        let method = parts.method.as_str();
        if let Some(command) = parts.uri.path().strip_prefix("/_world/") {
            let done = self.control(method, command, &body);
            return Ok(write(done.unwrap_or_else(Refusal::into_response)));
        }
        let delivery = match self.request(&parts, body) {
            Ok(request) => lock(&self.server).handle(&request, now()),
            Err(refusal) => {
                Delivery { response: Some(refusal.into_response()), delay: std::time::Duration::ZERO }
            }
        };
        tokio::time::sleep(delivery.delay).await;
        delivery.response.map(write).ok_or(Lost)
    }

    /// A request as the pure function takes it.
    fn request(&self, parts: &hyper::http::request::Parts, body: String) -> Result<Request, Refusal> {
        // hyper leaves the body of a response to HEAD out.
        let name = if parts.method == hyper::Method::HEAD { "GET" } else { parts.method.as_str() };
        let method = name
            .parse()
            .map_err(|()| Refusal::new(405, "not-supported", "FHIR's REST interface has no such method"))?;
        let url = parts.uri.path_and_query().map_or("/", |whole| whole.as_str());
        let url = url
            .strip_prefix(self.path.as_str())
            .filter(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
            .ok_or_else(|| Refusal::not_found(format!("the FHIR base is {}", self.path)))?;
        let mut request = Request::new(method, url.trim_start_matches('/'));
        request.body = Some(body).filter(|body| !body.is_empty());
        let headers = parts.headers.iter().filter_map(|(name, value)| {
            Some((name.as_str().to_owned(), String::from_utf8(value.as_bytes().into()).ok()?))
        });
        request.headers = headers.collect();
        Ok(request)
    }

    fn control(&self, method: &str, command: &str, body: &str) -> Result<Response, Refusal> {
        let mut server = lock(&self.server);
        match (method, command) {
            ("POST", "faults") => {
                let fault: Fault = serde_json::from_str(body)
                    .map_err(|error| Refusal::invalid(format!("the body has to be a fault: {error}")))?;
                server.inject(fault);
            }
            ("DELETE", "faults") => server.clear_faults(),
            ("POST", "subscriptions") => server.offer_subscriptions(),
            ("GET", "notifications") => {
                let said = serde_json::to_string(&server.notifications(now()))
                    .map_err(|_| Refusal::new(500, "exception", "the notifications cannot be written"))?;
                return Ok(Response::new(200).with_body("application/json", said));
            }
            ("POST", "reset") => *server = self.initial.clone(),
            ("GET", "log") => {
                let log = serde_json::to_string(server.log())
                    .map_err(|_| Refusal::new(500, "exception", "the log cannot be written"))?;
                return Ok(Response::new(200).with_body("application/json", log));
            }
            ("GET", "submissions") => {
                let texts = server.submissions().iter().map(Document::text).collect::<Vec<_>>();
                let said = format!("[{}]", texts.join(","));
                return Ok(Response::new(200).with_body("application/json", said));
            }
            _ => {
                let known = "here are POST and DELETE faults, POST reset, GET log and submissions, POST subscriptions and GET notifications";
                return Err(Refusal::not_found(known));
            }
        }
        Ok(Response::new(204))
    }
}

async fn read(body: Incoming) -> Result<String, Refusal> {
    let body = Limited::new(body, BODY_LIMIT).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() {
            Refusal::new(413, "too-costly", format!("a body here has at most {BODY_LIMIT} bytes"))
        } else {
            Refusal::invalid("the body did not arrive whole")
        }
    })?;
    String::from_utf8(body.to_bytes().into()).map_err(|_| Refusal::invalid("the body is not UTF-8"))
}

fn write(response: Response) -> hyper::Response<Full<Bytes>> {
    let mut written = hyper::Response::new(Full::new(Bytes::from(response.body.unwrap_or_default())));
    *written.status_mut() =
        StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let always = ALWAYS.map(|(name, value)| (name.to_owned(), value.to_owned()));
    for (name, value) in response.headers.into_iter().chain(always) {
        // A fault may carry a Retry-After that no header can hold.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            written.headers_mut().insert(name, value);
        }
    }
    written
}

fn now() -> Instant {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Instant::from_unix_milliseconds(0) + since
}
