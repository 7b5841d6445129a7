//! The yardstick: sends HTTP requests as fast as the server takes them, and looks at nothing but the status.
//!
//! `raw HOST:PORT TOKEN CONNECTIONS [fresh] < REQUESTS`, where a line is a request `METHOD PATH [BODY]`, or several with tabs
//! between them, which follow each other. Prints the seconds that all of them took. One blocking thread a connection:
//! next to no work of its own, so the time is the server's. With `fresh`, each line has a connection of its own.

use std::error::Error;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Requests that follow each other.
type Chain = Vec<Vec<u8>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (address, token, connections, fresh) = match arguments.as_slice() {
        [address, token, connections] => (address, token, connections, false),
        [address, token, connections, fresh] if fresh == "fresh" => (address, token, connections, true),
        _ => return Err("usage: raw HOST:PORT TOKEN CONNECTIONS [fresh] < REQUESTS".into()),
    };
    let lines: Vec<String> = io::stdin().lines().collect::<Result<_, _>>()?;
    let requests = |line: &String| line.split('\t').map(|text| request(text, address, token)).collect();
    let chains: Vec<Chain> = lines.iter().map(requests).collect();
    let next = AtomicUsize::new(0);
    let started = Instant::now();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..connections.parse()?)
            .map(|_| scope.spawn(|| work(address, fresh, &chains, &next)))
            .collect();
        workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| "a thread panicked")?)
    })?;
    println!("{}", started.elapsed().as_secs_f64());
    Ok(())
}

fn request(text: &str, address: &str, token: &str) -> Vec<u8> {
    let mut words = text.splitn(3, ' ');
    let mut word = || words.next().unwrap_or_default();
    let (method, path, body) = (word(), word(), word());
    let length = body.len();
    format!(
        "{method} /v1/{path} HTTP/1.1\r\nHost: {address}\r\nX-Vault-Token: {token}\r\nX-Vault-Request: true\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

fn work(address: &str, fresh: bool, chains: &[Chain], next: &AtomicUsize) -> Outcome<()> {
    let (mut to, mut from) = connect(address)?;
    while let Some(chain) = chains.get(next.fetch_add(1, Ordering::Relaxed)) {
        if fresh {
            (to, from) = connect(address)?;
        }
        for request in chain {
            to.write_all(request)?;
            let status = answer(&mut from)?;
            if status >= 300 {
                return Err(format!("{status}: {}", String::from_utf8_lossy(request)).into());
            }
        }
    }
    Ok(())
}

fn connect(address: &str) -> io::Result<(TcpStream, BufReader<TcpStream>)> {
    let to = TcpStream::connect(address)?;
    to.set_nodelay(true)?;
    let from = BufReader::new(to.try_clone()?);
    Ok((to, from))
}

/// Reads an answer to its end, and returns the status.
fn answer(from: &mut BufReader<TcpStream>) -> Outcome<u16> {
    let mut line = String::new();
    from.read_line(&mut line)?;
    let status = line.split(' ').nth(1).ok_or("no status")?.parse()?;
    let (mut length, mut chunked) = (0, false);
    loop {
        line.clear();
        from.read_line(&mut line)?;
        match line.trim_end().to_ascii_lowercase().split_once(": ") {
            Some(("content-length", value)) => length = value.parse()?,
            Some(("transfer-encoding", value)) => chunked = value == "chunked",
            Some(_) => {}
            None => break,
        }
    }
    if !chunked {
        skip(from, length)?;
        return Ok(status);
    }
    loop {
        line.clear();
        from.read_line(&mut line)?;
        let length = u64::from_str_radix(line.trim_end(), 16)?;
        skip(from, length + 2)?;
        if length == 0 {
            return Ok(status);
        }
    }
}

fn skip(from: &mut BufReader<TcpStream>, length: u64) -> io::Result<()> {
    io::copy(&mut from.take(length), &mut io::sink()).map(drop)
}
