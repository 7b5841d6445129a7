//! A proxy between the tool and a server that injects the faults of its rules.
//!
//! A rule whose fault never struck fails the test, at [`Wire::mend`] or when the wire is dropped.

mod message;

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, RwLock};
use std::thread;
use std::time::Duration;

use socket2::SockRef;

use message::Message;

/// A proxy in front of a server; it ends with the process.
pub(crate) struct Wire {
    address: String,
    state: Arc<Mutex<State>>,
    /// Requests pass while nobody holds it.
    gate: Arc<RwLock<()>>,
}

/// What goes wrong with a request.
#[derive(Clone)]
pub(crate) enum Fault {
    /// The connection is reset before the server sees the request.
    ResetBefore,
    /// The connection is reset when the server has half of the request.
    ResetDuring,
    /// The server carries the request out, and the connection is reset in place of the answer.
    ResetAfter,
    /// The server carries the request out, and nothing comes back.
    Silence,
    /// The answer comes late.
    Slow(Duration),
    /// The answer breaks off in the middle of its body.
    Truncated,
    /// The answer's body is nothing that Vault says.
    Corrupt,
    /// Another answer: a status, headers with `\r\n` behind each, and a body. The server does not see the request.
    Answer(u16, String, String),
    /// 307, to the same path at another server.
    Redirect(String),
    /// One that is drawn by lot, or none: for this method and path, seen for this time, from 0 on.
    Drawn(Arc<Draw>),
    /// Something else happens before the server sees the request.
    Before(Arc<dyn Fn() + Send + Sync>),
    /// Something else happens between the server's answer and its arrival.
    After(Arc<dyn Fn() + Send + Sync>),
}

type Draw = dyn Fn(&str, usize) -> Option<Fault> + Send + Sync;

/// Which requests a fault is for.
pub(crate) struct Rule<'a> {
    wire: &'a Wire,
    method: String,
    path: String,
    skip: usize,
    times: usize,
    each: bool,
    may_miss: bool,
}

#[derive(Default)]
struct State {
    rules: Vec<Active>,
    seen: Vec<String>,
    bodies: Vec<String>,
}

struct Active {
    method: String,
    path: String,
    skip: usize,
    times: usize,
    /// With `each`, the paths that have met the rule.
    met: Option<Vec<String>>,
    fault: Fault,
    /// How many requests the fault has struck.
    struck: usize,
    may_miss: bool,
}

impl Fault {
    /// An answer that Vault gives in a state such as sealed.
    pub(crate) fn status(status: u16, message: &str) -> Self {
        Self::status_with(status, "", message)
    }

    /// The same with headers, each with `\r\n` behind it.
    pub(crate) fn status_with(status: u16, headers: &str, message: &str) -> Self {
        let body = serde_json::json!({ "errors": [message] }).to_string();
        let headers = format!("{headers}Content-Type: application/json\r\n");
        Self::Answer(status, headers, body)
    }

    /// One that is drawn by lot, or none: for this method and path, seen for this time, from 0 on.
    pub(crate) fn drawn(
        draw: impl Fn(&str, usize) -> Option<Fault> + Send + Sync + 'static,
    ) -> Self {
        Self::Drawn(Arc::new(draw))
    }

    /// Something else happens before the server sees the request.
    pub(crate) fn before(act: impl Fn() + Send + Sync + 'static) -> Self {
        Self::Before(Arc::new(act))
    }

    /// Something else happens between the server's answer and its arrival.
    pub(crate) fn after(act: impl Fn() + Send + Sync + 'static) -> Self {
        Self::After(Arc::new(act))
    }
}

impl Wire {
    /// A wire to a server at `http://HOST:PORT`, with nothing wrong yet.
    pub(crate) fn to(server: &str) -> Self {
        let server = server.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(Mutex::new(State::default()));
        let gate = Arc::new(RwLock::new(()));
        let shared = (Arc::clone(&state), Arc::clone(&gate));
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, server, (state, gate)) =
                    (client.unwrap(), server.clone(), shared.clone());
                // A connection that breaks is what this is about.
                thread::spawn(move || drop(serve(&client, &server, &state, &gate)));
            }
        });
        Self {
            address: format!("http://{address}"),
            state,
            gate,
        }
    }

    /// `http://127.0.0.1:PORT`, for `VAULT_ADDR`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Requests by this method to a path without `v1/`.
    ///
    /// `*` is any method, and `POST|DELETE` is either of two. A path with `*` at its end is a prefix.
    pub(crate) fn on(&self, method: &str, path: &str) -> Rule<'_> {
        Rule {
            wire: self,
            method: method.into(),
            path: path.into(),
            skip: 0,
            times: usize::MAX,
            each: false,
            may_miss: false,
        }
    }

    /// Removes all rules, and fails unless the fault of each has struck.
    pub(crate) fn mend(&self) {
        let rules = std::mem::take(&mut lock(&self.state).rules);
        let missed: Vec<_> = rules
            .iter()
            .filter(|rule| rule.struck == 0 && !rule.may_miss)
            .map(|rule| format!("{} {}", rule.method, rule.path))
            .collect();
        assert!(missed.is_empty(), "no fault struck at {missed:?}");
    }

    /// Does something to the server while new requests wait.
    pub(crate) fn hold(&self, work: impl FnOnce()) {
        let _held = self.gate.write().expect("no thread panics with it");
        work();
    }

    /// The bodies of all requests.
    pub(crate) fn bodies(&self) -> Vec<String> {
        lock(&self.state).bodies.clone()
    }

    /// How many requests came by this method to such a path, as in [`Wire::on`].
    pub(crate) fn count(&self, method: &str, path: &str) -> usize {
        let state = lock(&self.state);
        state
            .seen
            .iter()
            .filter_map(|line| line.split_once(' '))
            .filter(|request| matches((method, path), *request))
            .count()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if !thread::panicking() {
            self.mend();
        }
    }
}

impl Rule<'_> {
    /// Not for the first `skip` requests.
    pub(crate) fn skip(self, skip: usize) -> Self {
        Self { skip, ..self }
    }

    /// For a request that may never come, such as one behind the last. Whoever uses this counts strikes otherwise.
    pub(crate) fn may_miss(self) -> Self {
        Self {
            may_miss: true,
            ..self
        }
    }

    /// For up to `times` requests.
    pub(crate) fn times(self, times: usize) -> Self {
        Self { times, ..self }
    }

    /// For the first request to each path.
    pub(crate) fn first_of_each(self) -> Self {
        Self { each: true, ..self }
    }

    /// What goes wrong.
    pub(crate) fn then(self, fault: Fault) {
        let Self {
            wire,
            method,
            path,
            skip,
            times,
            each,
            may_miss,
        } = self;
        lock(&wire.state).rules.push(Active {
            method,
            path,
            skip,
            times,
            met: each.then(Vec::new),
            fault,
            struck: 0,
            may_miss,
        });
    }
}

impl State {
    /// Notes a request, and says what goes wrong with it.
    fn strike(&mut self, method: &str, path: &str) -> Option<Fault> {
        let request = format!("{method} {path}");
        self.seen.push(request.clone());
        for rule in &mut self.rules {
            if !matches((&rule.method, &rule.path), (method, path)) {
                continue;
            }
            if let Some(met) = &mut rule.met {
                if met.iter().any(|known| known == path) {
                    continue;
                }
                met.push(path.into());
            }
            if rule.skip > 0 {
                rule.skip -= 1;
            } else if rule.times > 0 {
                rule.times -= 1;
                let fault = match &rule.fault {
                    Fault::Drawn(draw) => {
                        let seen = self.seen.iter().filter(|seen| **seen == request);
                        draw(&request, seen.count() - 1)
                    }
                    fault => Some(fault.clone()),
                };
                rule.struck += usize::from(fault.is_some());
                return fault;
            }
        }
        None
    }
}

fn matches((method, path): (&str, &str), request: (&str, &str)) -> bool {
    let same_path = match path.strip_suffix('*') {
        Some(start) => request.1.starts_with(start),
        None => request.1 == path,
    };
    same_path && (method == "*" || method.split('|').any(|method| method == request.0))
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().expect("no thread panics with it")
}

/// Passes the requests of one connection on, one after the other.
fn serve(
    mut client: &TcpStream,
    server: &str,
    state: &Mutex<State>,
    gate: &RwLock<()>,
) -> io::Result<()> {
    let mut requests = BufReader::new(client);
    let mut upstream = None;
    while let Some(request) = Message::read(&mut requests)? {
        drop(gate.read().expect("no thread panics with it"));
        let body = String::from_utf8_lossy(&request.body).into_owned();
        lock(state).bodies.push(body);
        let fault = lock(state).strike(request.word(0), request.path());
        let answer = match &fault {
            Some(Fault::ResetBefore) => return reset(client),
            Some(Fault::Answer(status, headers, body)) => {
                client.write_all(&answer(*status, headers, body))?;
                continue;
            }
            Some(Fault::Redirect(base)) => {
                let location = format!("Location: {base}{}\r\n", request.word(1));
                client.write_all(&answer(307, &location, ""))?;
                continue;
            }
            fault => {
                let upstream = match &mut upstream {
                    Some(upstream) => upstream,
                    none => none.insert(BufReader::new(TcpStream::connect(server)?)),
                };
                exchange(upstream, &request.bytes(), fault.as_ref())?
            }
        };
        let Some(mut answer) = answer else {
            return reset(client);
        };
        match &fault {
            Some(Fault::ResetAfter) => return reset(client),
            // The client gives up, and closes the connection.
            Some(Fault::Silence) => return requests.fill_buf().map(drop),
            Some(Fault::Slow(delay)) => thread::sleep(*delay),
            Some(Fault::Corrupt) => answer.corrupt(),
            Some(Fault::Truncated) => {
                let bytes = answer.bytes();
                client.write_all(&bytes[..bytes.len() - answer.body.len().div_ceil(2)])?;
                return client.shutdown(Shutdown::Both);
            }
            Some(Fault::After(act)) => act(),
            _ => {}
        }
        client.write_all(&answer.bytes())?;
    }
    Ok(())
}

/// The server's answer; none if it gets half of the request only.
fn exchange(
    server: &mut BufReader<TcpStream>,
    request: &[u8],
    fault: Option<&Fault>,
) -> io::Result<Option<Message>> {
    match fault {
        Some(Fault::ResetDuring) => {
            server.get_mut().write_all(&request[..request.len() / 2])?;
            return Ok(None);
        }
        Some(Fault::Before(act)) => act(),
        _ => {}
    }
    server.get_mut().write_all(request)?;
    Message::read(server)
}

fn answer(status: u16, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status} Fault\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
        .into_bytes()
}

fn reset(client: &TcpStream) -> io::Result<()> {
    SockRef::from(client).set_linger(Some(Duration::ZERO))
}
