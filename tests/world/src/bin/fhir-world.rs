//! FHIR R4 servers in memory, on loopback, as many as asked for.

use std::{
    error::Error,
    fs,
    io::{self, Write},
    process::ExitCode,
    time::{SystemTime, UNIX_EPOCH},
};

use fhir_solicit::{fhir::Instant, json::Document};
use fhir_solicit_world::{
    Server,
    http::{self, Running},
};
use tokio::sync::oneshot;

const HELP: &str = "\
FHIR R4 servers in memory, on loopback: a test peer.

Usage: fhir-world [OPTION]...

  --server NAME[=PORT]  adds a server; port 0, or none, takes a free one [default: world]
  --base-path PATH      path of all bases [default: /fhir]
  --seed [NAME=]FILE    stores a resource, or the resources of a Bundle, in one server or in all
  --token [NAME=]TOKEN  asks for this bearer token at one server or at all
  --exit-with-stdin     ends when standard input does
  --help                shows this

Prints one line `NAME BASE` for each server once all listen. Ends on SIGINT and SIGTERM.
Faults, log and reset: see /_world/ in the documentation of fhir_solicit_world::http.
";

/// Something for one server, or for all where no name is given.
struct For {
    name: Option<String>,
    value: String,
}

impl For {
    /// Reads `NAME=VALUE` or `VALUE`.
    fn read(text: String) -> Self {
        match text.split_once('=') {
            Some((name, value)) => Self { name: Some(name.to_owned()), value: value.to_owned() },
            None => Self { name: None, value: text },
        }
    }

    fn is_for(&self, name: &str) -> bool {
        self.name.as_deref().is_none_or(|wanted| wanted == name)
    }
}

#[derive(Default)]
struct Options {
    servers: Vec<(String, u16)>,
    base_path: Option<String>,
    seeds: Vec<For>,
    tokens: Vec<For>,
    exit_with_stdin: bool,
    help: bool,
}

impl Options {
    fn read() -> Result<Self, Box<dyn Error>> {
        use lexopt::{Arg::Long, ValueExt};

        let mut options = Self::default();
        let mut arguments = lexopt::Parser::from_env();
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("server") => {
                    let text = arguments.value()?.string()?;
                    let (name, port) = text.split_once('=').unwrap_or((&text, "0"));
                    let port = port.parse().map_err(|_| format!("--server {text}: the port is no number"))?;
                    options.servers.push((name.to_owned(), port));
                }
                Long("base-path") => options.base_path = Some(arguments.value()?.string()?),
                Long("seed") => options.seeds.push(For::read(arguments.value()?.string()?)),
                Long("token") => options.tokens.push(For::read(arguments.value()?.string()?)),
                Long("exit-with-stdin") => options.exit_with_stdin = true,
                Long("help") => options.help = true,
                other => return Err(other.unexpected().into()),
            }
        }
        if options.servers.is_empty() {
            options.servers.push(("world".to_owned(), 0));
        }
        for For { name, .. } in options.seeds.iter().chain(&options.tokens) {
            if let Some(name) =
                name.as_ref().filter(|name| options.servers.iter().all(|(known, _)| known != *name))
            {
                return Err(format!("there is no server {name}; add --server {name}").into());
            }
        }
        Ok(options)
    }

    fn start(&self, name: &str, port: u16) -> Result<Running, Box<dyn Error>> {
        let path = self.base_path.as_deref().unwrap_or("/fhir").trim_matches('/');
        let now = Instant::from_unix_milliseconds(0) + SystemTime::now().duration_since(UNIX_EPOCH)?;
        let mut server = Server::new(&format!("http://127.0.0.1:{port}/{path}"));
        for For { value: file, .. } in self.seeds.iter().filter(|seed| seed.is_for(name)) {
            let bytes = fs::read(file).map_err(|error| format!("cannot read the seed {file}: {error}"))?;
            let document = Document::parse(bytes).map_err(|error| format!("{file}: {error}"))?;
            server.seed(document, now).map_err(|refusal| format!("{file}: {refusal}"))?;
        }
        if let Some(token) = self.tokens.iter().rfind(|token| token.is_for(name)) {
            server.require_token(&token.value);
        }
        Ok(http::spawn(server)?)
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fhir-world: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let options = Options::read()?;
    let mut out = io::stdout();
    if options.help {
        return Ok(out.write_all(HELP.as_bytes())?);
    }
    let running = options
        .servers
        .iter()
        .map(|(name, port)| Ok((name, options.start(name, *port)?)))
        .collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    for (name, running) in &running {
        writeln!(out, "{name} {}", running.base)?;
    }
    out.flush()?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(until_told(&options))?;
    Ok(())
}

/// Waits for a signal or, where asked for, the end of standard input.
async fn until_told(options: &Options) -> io::Result<()> {
    let (ended, end) = oneshot::channel();
    if options.exit_with_stdin {
        // A read of standard input cannot be called off, so it has a thread that nobody waits for.
        std::thread::spawn(move || {
            let _ = io::copy(&mut io::stdin(), &mut io::sink());
            let _ = ended.send(());
        });
    }
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    #[cfg(unix)]
    let terminated = terminate.recv();
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        done = tokio::signal::ctrl_c() => done,
        _ = terminated => Ok(()),
        _ = end, if options.exit_with_stdin => Ok(()),
    }
}
