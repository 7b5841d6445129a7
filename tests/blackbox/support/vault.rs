//! A real Vault, and requests to it behind the tool's back.

use std::net::TcpStream;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Running, Shared, id_token};

/// A fresh, empty server that reaches the shared STS; it ends with this value.
pub(crate) struct Vault {
    running: Running,
    /// Requests as root.
    pub(crate) root: Client,
}

/// What only one of the two servers has; a test of it asserts on the other server what happens there instead.
///
/// Fields that only one of them keeps are in `fields/table.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Feature {
    /// OpenBao, and Vault Enterprise; the community edition of Vault ignores the header of a namespace.
    Namespaces,
    /// OpenBao refuses every request of a token in whose policies a template has a value with `/`, `*` or `+`; Vault
    /// 1.21 puts the value into the path.
    RefusedTemplateValues,
    /// Vault 1.17 and newer; OpenBao runs with the AWS engine of Vault 1.14.
    StsFallbacks,
    /// OpenBao only.
    CelRoles,
    /// HashiCorp Vault 1.18 and newer.
    JwksPairs,
    /// The AWS engine of newer Vaults can list static roles, that of Vault 1.14 can't.
    StaticRoleLists,
}

impl Vault {
    /// Starts a server.
    pub(crate) fn start() -> Self {
        let arguments: Vec<String> = Shared::aws_environment()
            .map(|variable| format!("--env={variable}"))
            .collect();
        Self::start_with(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// A server that keeps what it has stored over [`Vault::kill`].
    pub(crate) fn durable() -> Self {
        Self::start_with(&["--durable"])
    }

    /// Starts a server with options of `dev/servers`, such as `--tls` or `--sealed`.
    ///
    /// [`Vault::root`] speaks plain HTTP only, and has no token where the server is uninitialised.
    pub(crate) fn start_with(options: &[&str]) -> Self {
        let running = Running::start(&[&["vault"], options].concat());
        let token = running.parts["vault"]["root_token"].as_str();
        let root = Client {
            address: running.text("/vault/address").into(),
            token: token.unwrap_or_default().into(),
            namespace: String::new(),
            wrap_ttl: String::new(),
        };
        Self { running, root }
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn address(&self) -> &str {
        &self.root.address
    }

    /// The token that may do everything.
    pub(crate) fn root_token(&self) -> &str {
        &self.root.token
    }

    /// The server's program, which is its client too.
    pub(crate) fn program(&self) -> PathBuf {
        self.running.text("/vault/program").into()
    }

    /// Seals the server, until [`Vault::unseal`].
    pub(crate) fn seal(&self) {
        self.root.write("sys/seal", &Value::Null);
    }

    /// Unseals the server, and waits until it serves.
    pub(crate) fn unseal(&self) {
        let key = json!({ "key": self.running.text("/vault/unseal_key") });
        self.root.write("sys/unseal", &key);
        self.wait_until(|vault| vault.serves());
    }

    /// Kills a durable server.
    pub(crate) fn kill(&self) {
        self.running.tell("kill");
        self.wait_until(|vault| !vault.listens());
    }

    /// Starts a killed server again, and unseals it; [`Vault::is_back`] waits for it.
    pub(crate) fn start_again(&self) {
        self.running.tell("start");
    }

    /// Waits until a server that was started again serves.
    pub(crate) fn is_back(&self) {
        self.wait_until(|vault| vault.listens() && vault.serves());
    }

    fn listens(&self) -> bool {
        TcpStream::connect(self.root.address.trim_start_matches("http://")).is_ok()
    }

    /// Whether it is unsealed, and active.
    fn serves(&self) -> bool {
        self.root.request("GET", "sys/health", &Value::Null).status == 200
    }

    fn wait_until(&self, is_so: impl Fn(&Self) -> bool) {
        while !is_so(self) {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The CA of a server that was started with `--tls`.
    pub(crate) fn ca_cert(&self) -> PathBuf {
        self.running.text("/vault/ca_cert").into()
    }

    /// Whether it is OpenBao with the AWS engine of Vault 1.14, which lack fields of HashiCorp Vault.
    pub(crate) fn is_openbao(&self) -> bool {
        self.running.text("/vault/kind") == "openbao"
    }

    /// Whether this server has it.
    pub(crate) fn has(&self, feature: Feature) -> bool {
        match feature {
            Feature::Namespaces | Feature::RefusedTemplateValues | Feature::CelRoles => {
                self.is_openbao()
            }
            Feature::StsFallbacks | Feature::StaticRoleLists | Feature::JwksPairs => {
                !self.is_openbao()
            }
        }
    }

    /// Logs in at `auth/MOUNT` with a JWT; without a role, as the mount's default one.
    pub(crate) fn log_in(
        &self,
        mount: &str,
        role: Option<&str>,
        jwt: &str,
    ) -> Result<Client, Answer> {
        let mut body = json!({ "jwt": jwt });
        if let Some(role) = role {
            body["role"] = role.into();
        }
        let nobody = self.root.with_token("");
        let answer = nobody.request("POST", &format!("auth/{mount}/login"), &body);
        match answer.body["auth"]["client_token"].as_str() {
            Some(token) => Ok(self.root.with_token(token)),
            None => Err(answer),
        }
    }
}

/// Requests with one token in one namespace.
#[derive(Clone)]
pub(crate) struct Client {
    address: String,
    /// The token; empty sends none.
    pub(crate) token: String,
    namespace: String,
    /// For how long responses are wrapped; empty does not wrap them.
    wrap_ttl: String,
}

/// What Vault answered.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The whole body; null where there is none.
    pub(crate) body: Value,
}

/// The token of a job with these claims, which logs in with a role of the method `gitlab`.
pub(crate) fn log_in(vault: &Vault, role: &str, claims: &Value) -> Client {
    vault
        .log_in("gitlab", Some(role), &id_token(claims))
        .unwrap_or_else(|answer| panic!("{role}: {answer:?}"))
}

/// Whether a token gets credentials of an AWS role.
pub(crate) fn gets(job: &Client, role: &str) -> bool {
    let answer = job.request("POST", &format!("aws/sts/{role}"), &json!({}));
    assert!(matches!(answer.status, 200 | 403), "{role}: {answer:?}");
    answer.status == 200
}

impl Client {
    /// The same with another token.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self {
            token: token.into(),
            ..self.clone()
        }
    }

    /// The same with responses that are wrapped for this long.
    pub(crate) fn wrapped(&self, ttl: &str) -> Self {
        Self {
            wrap_ttl: ttl.into(),
            ..self.clone()
        }
    }

    /// The same in a namespace.
    pub(crate) fn in_namespace(&self, namespace: &str) -> Self {
        Self {
            namespace: namespace.into(),
            ..self.clone()
        }
    }

    /// The `data` of a path; nothing where nothing is.
    pub(crate) fn read(&self, path: &str) -> Option<Value> {
        let answer = self.request("GET", path, &Value::Null);
        match answer.status {
            404 => None,
            _ => Some(answer.expect_success(path)["data"].take()),
        }
    }

    /// The names under a path.
    pub(crate) fn list(&self, path: &str) -> Vec<String> {
        let data = self.read(&format!("{path}?list=true")).unwrap_or_default();
        data["keys"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|name| name.as_str().expect("a name").into())
            .collect()
    }

    /// Writes, and answers the body.
    pub(crate) fn write(&self, path: &str, body: &Value) -> Value {
        self.request("POST", path, body).expect_success(path)
    }

    /// Deletes, or unmounts.
    pub(crate) fn delete(&self, path: &str) {
        self.request("DELETE", path, &Value::Null)
            .expect_success(path);
    }

    /// Any request, whatever comes of it; a null body sends none.
    pub(crate) fn request(&self, method: &str, path: &str, body: &Value) -> Answer {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}/v1/{path}", self.address));
        for (header, value) in [
            ("X-Vault-Token", &self.token),
            ("X-Vault-Namespace", &self.namespace),
            ("X-Vault-Wrap-TTL", &self.wrap_ttl),
        ] {
            if !value.is_empty() {
                request = request.header(header, value);
            }
        }
        let body = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        let request = request.body(body).expect("a valid request");
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .build()
            .new_agent();
        let mut answer = agent.run(request).expect("an answer");
        let text = answer.body_mut().read_to_string().expect("a text");
        Answer {
            status: answer.status().as_u16(),
            body: serde_json::from_str(&text).unwrap_or_default(),
        }
    }
}

impl Answer {
    fn expect_success(self, path: &str) -> Value {
        assert!(self.status < 300, "{path}: {self:?}");
        self.body
    }
}
