//! What the server does: real logins and real requests.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};

use super::claims::Claims;
use super::configuration::Configuration;
use crate::support::{Client, Feature, Vault};

/// A server. Aliases outlive configurations, so there is one of these for each server.
pub(super) struct Trial<'v> {
    pub(super) vault: &'v Vault,
    /// The names of aliases by mount and lower case.
    aliases: RefCell<HashMap<(String, String), String>>,
}

/// What came of a login.
pub(super) enum Login {
    /// A token.
    Token(Client),
    /// The server refused.
    Refused,
    /// The server refused the policy `root`, which it does after it has replaced the alias' metadata.
    RefusedLate,
    /// There is an alias whose name differs in case only; answers say that they leave those out.
    LeftOut,
}

/// The requests for credentials.
const REQUESTS: [(&str, &str); 4] = [
    ("POST", "sts"),
    ("GET", "sts"),
    ("POST", "creds"),
    ("GET", "creds"),
];

/// TTLs that rules of the table ask for.
const WRAP_TTLS: [&str; 3] = ["30s", "3m", "2h"];

impl<'v> Trial<'v> {
    /// At this server.
    pub(super) fn new(vault: &'v Vault) -> Self {
        Self {
            vault,
            aliases: RefCell::default(),
        }
    }

    /// Logs in.
    pub(super) fn log_in(
        &self,
        mount: &str,
        name: &str,
        role: &Value,
        claims: &Claims,
        jwt: &str,
    ) -> Login {
        if let Some(alias) = alias(role, claims) {
            let key = (mount.to_owned(), alias.to_lowercase());
            let mut aliases = self.aliases.borrow_mut();
            let known = aliases.entry(key).or_insert_with(|| alias.to_owned());
            if known != alias {
                return Login::LeftOut;
            }
        }
        match self.vault.log_in(mount, Some(name), jwt) {
            Ok(token) => Login::Token(token),
            Err(answer) if answer.body["errors"].to_string().contains("root tokens") => {
                Login::RefusedLate
            }
            Err(_) => Login::Refused,
        }
    }

    /// The identities in AWS whose credentials a token really gets. Requests that the server's own list of capabilities
    /// rules out are made only if it is to be `thorough`.
    pub(super) fn reached(
        &self,
        token: &Client,
        configuration: &Configuration,
        thorough: bool,
    ) -> BTreeSet<String> {
        let allowed = self.allowed(token, configuration);
        let mut reached = BTreeSet::new();
        for (name, arns) in &configuration.arns {
            for (index, arn) in arns.iter().enumerate() {
                let named = (arns.len() > 1).then(|| arns[index].as_str());
                let bodies = bodies(named, configuration.has_parameters);
                let mut tokens = vec![token.clone()];
                if configuration.has_wrapping {
                    tokens.extend(WRAP_TTLS.map(|ttl| token.wrapped(ttl)));
                }
                let mut requests = REQUESTS.iter().filter(|(method, door)| {
                    let capability = if *method == "POST" { "update" } else { "read" };
                    thorough || allowed.contains(&(format!("aws/{door}/{name}"), capability))
                });
                if requests.any(|(method, door)| {
                    let path = format!("aws/{door}/{name}");
                    let mut bodies = bodies.iter();
                    bodies.any(|body| tokens.iter().any(|token| gets(token, method, &path, body)))
                }) {
                    reached.insert(arn.clone());
                }
            }
        }
        reached
    }

    /// The requests that the server's own list of capabilities does not rule out.
    fn allowed(
        &self,
        token: &Client,
        configuration: &Configuration,
    ) -> BTreeSet<(String, &'static str)> {
        let paths: Vec<String> = configuration
            .arns
            .keys()
            .flat_map(|name| ["sts", "creds"].map(|door| format!("aws/{door}/{name}")))
            .collect();
        let asked = json!({"token": token.token, "paths": paths});
        let answer = self.vault.root.request("POST", "sys/capabilities", &asked);
        paths
            .into_iter()
            .flat_map(|path| {
                let capabilities = answer.body["data"][&path]
                    .as_array()
                    .cloned()
                    .unwrap_or_default();
                let has = |capability: &str| {
                    capabilities
                        .iter()
                        .any(|one| one == capability || one == "root")
                };
                ["update", "read"]
                    .into_iter()
                    .filter(|one| has(one))
                    .map(|one| (path.clone(), one))
                    .collect::<Vec<_>>()
            })
            .collect()
    }
}

/// A server's name in the claim `server`.
pub(super) fn server(vault: &Vault) -> &'static str {
    if vault.has(Feature::RefusedTemplateValues) {
        "OpenBao"
    } else {
        "Vault up to 2.0.0"
    }
}

/// The name of a login's alias.
pub(super) fn alias<'c>(role: &Value, claims: &'c Claims) -> Option<&'c str> {
    let claim = role["user_claim"].as_str().unwrap();
    claims.get(claim)?.as_str().filter(|name| !name.is_empty())
}

/// The bodies that rules of a generated configuration can ask for.
fn bodies(arn: Option<&str>, has_parameters: bool) -> Vec<Value> {
    let mut base = json!({});
    if let Some(arn) = arn {
        base["role_arn"] = arn.into();
    }
    if !has_parameters {
        return vec![base];
    }
    let mut bodies = Vec::new();
    for ttl in [None, Some("15m")] {
        for other in [None, Some("x"), Some("y")] {
            let mut body = base.clone();
            for (name, value) in [("ttl", ttl), ("zzz", other)] {
                if let Some(value) = value {
                    body[name] = value.into();
                }
            }
            bodies.push(body);
        }
    }
    bodies
}

fn gets(token: &Client, method: &str, path: &str, body: &Value) -> bool {
    let answer = match method {
        "GET" => {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            for (name, value) in body.as_object().unwrap() {
                query.append_pair(name, value.as_str().unwrap());
            }
            token.request("GET", &format!("{path}?{}", query.finish()), &Value::Null)
        }
        method => token.request(method, path, body),
    };
    answer.status == 200
}
