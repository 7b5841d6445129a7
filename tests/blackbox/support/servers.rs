//! Runs of `dev/servers`.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

const SERVERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/dev/servers");

/// A run of `dev/servers`, which ends when this is dropped, and with the process at the latest.
pub(crate) struct Running {
    process: Child,
    /// What it said of its parts once they were ready.
    pub(crate) parts: Value,
}

impl Running {
    /// Starts the parts that the arguments name, and waits until they are ready.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut process = Command::new(SERVERS)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("dev/servers can be started");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("its output is piped");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("dev/servers prints text");
        let parts = serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("dev/servers {arguments:?} did not start, see above"));
        Self { process, parts }
    }

    /// Tells it something, such as `kill`.
    pub(crate) fn tell(&self, line: &str) {
        let mut stdin = self.process.stdin.as_ref().expect("its input is piped");
        writeln!(stdin, "{line}").expect("dev/servers listens");
    }

    /// A text in what the parts said, such as `/vault/address`.
    pub(crate) fn text(&self, pointer: &str) -> &str {
        let text = self.parts.pointer(pointer).and_then(Value::as_str);
        text.unwrap_or_else(|| panic!("dev/servers says no {pointer}: {}", self.parts))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It runs until its standard input ends.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// AWS's STS and IAM and GitLab's signing keys: they keep nothing, so one run serves all tests.
pub(crate) struct Shared;

impl Shared {
    /// The environment in which Vault finds AWS keys and AWS, as on an EC2 instance.
    pub(crate) fn aws_environment() -> impl Iterator<Item = String> {
        let environment = &Self::run().parts["sts"]["environment"];
        environment
            .as_object()
            .expect("an object")
            .iter()
            .map(|(name, value)| format!("{name}={}", value.as_str().expect("a text")))
    }

    /// An endpoint of STS and IAM, for `config/root`.
    pub(crate) fn aws_endpoint() -> &'static str {
        Self::run().text("/sts/endpoint")
    }

    /// The AWS CLI.
    pub(crate) fn aws_cli() -> &'static str {
        Self::run().text("/sts/cli")
    }

    /// Where the keys of the tokens of [`id_token`] are.
    pub(crate) fn jwks_url() -> &'static str {
        Self::run().text("/gitlab/jwks_url")
    }

    /// Two names of GitLab, each the issuer of a discovery document.
    pub(crate) fn issuers() -> [String; 2] {
        let url = Self::run().text("/gitlab/url");
        [url.to_owned(), url.replace("127.0.0.1", "localhost")]
    }

    /// An address at GitLab, such as `api_url`.
    pub(crate) fn gitlab(name: &str) -> &'static str {
        Self::run().text(&format!("/gitlab/{name}"))
    }

    fn run() -> &'static Running {
        static RUN: OnceLock<Running> = OnceLock::new();
        RUN.get_or_init(|| Running::start(&["sts", "gitlab"]))
    }
}

/// A JWT as a GitLab job gets it, with these claims in place of the usual ones; null takes one away.
pub(crate) fn id_token(claims: &Value) -> String {
    let url = Shared::run().text("/gitlab/id_token_url");
    let mut answer = ureq::post(url).send_json(claims).expect("a token");
    answer.body_mut().read_to_string().expect("a text")
}

/// The same, signed by another key, under the id of a published one if it `pretends`.
pub(crate) fn forged_id_token(claims: &Value, pretends: bool) -> String {
    let url = Shared::run().text("/gitlab/id_token_url");
    let kid = if pretends { "&kid=published" } else { "" };
    let url = format!("{url}?key=foreign{kid}");
    let mut answer = ureq::post(&url).send_json(claims).expect("a token");
    answer.body_mut().read_to_string().expect("a text")
}
