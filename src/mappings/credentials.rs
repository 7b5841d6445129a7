//! The access key of an AWS engine: files name the variable or file that holds it, never the key itself.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::MapAccess;

use super::declared::FileKeys;
use super::redact;
use crate::diagnostic::{Code, Diagnostic};
use crate::resource::{GOOGLE, RootCredentials};
use crate::value::{Invalid, SecretSource};
use crate::yaml::{Entry, Node, Value, is_close, key_span};

const LITERAL: &str = "a key must not be written into a file: whoever reads the repository has it";

/// The keys of an AWS root configuration that name where `apply` finds the access key.
#[derive(Debug, Default, JsonSchema)]
pub(crate) struct RootKeys {
    /// The environment variable of apply that holds the id of the engine's access key.
    #[schemars(with = "String")]
    access_key_env: Option<Variable>,
    /// The file that holds the id of the engine's access key.
    #[schemars(with = "String")]
    access_key_file: Option<KeyFile>,
    /// The environment variable of apply that holds the engine's secret key.
    #[schemars(with = "String")]
    secret_key_env: Option<Variable>,
    /// The file that holds the engine's secret key.
    #[schemars(with = "String")]
    secret_key_file: Option<KeyFile>,
}

/// The name of an environment variable.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
struct Variable(String);

impl TryFrom<String> for Variable {
    type Error = Invalid;

    fn try_from(name: String) -> Result<Self, Invalid> {
        if name.is_empty() || name.contains(['=', '\0', ' ']) {
            return Err(Invalid {
                problem: "this is not the name of an environment variable".into(),
                help: "write a name such as `VAULT_AWS_KEY`".into(),
            });
        }
        Ok(Self(name))
    }
}

/// The path of a file.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
struct KeyFile(PathBuf);

impl TryFrom<String> for KeyFile {
    type Error = Invalid;

    fn try_from(path: String) -> Result<Self, Invalid> {
        if path.is_empty() {
            return Err(Invalid {
                problem: "this is not the path of a file".into(),
                help: "write a path such as `/run/secrets/aws-key`".into(),
            });
        }
        Ok(Self(path.into()))
    }
}

impl FileKeys for RootKeys {
    const NAMES: &'static [&'static str] = &[
        "access_key_env",
        "access_key_file",
        "secret_key_env",
        "secret_key_file",
    ];

    fn read<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "access_key_env" => self.access_key_env = Some(map.next_value()?),
            "access_key_file" => self.access_key_file = Some(map.next_value()?),
            "secret_key_env" => self.secret_key_env = Some(map.next_value()?),
            _ => self.secret_key_file = Some(map.next_value()?),
        }
        Ok(())
    }
}

impl RootKeys {
    /// Where both parts of the key are, if the file says so.
    pub(super) fn credentials(&self) -> Option<RootCredentials> {
        let source = |variable: &Option<Variable>, file: &Option<KeyFile>| match (variable, file) {
            (Some(Variable(name)), _) => Some(SecretSource::Env(name.clone())),
            (None, Some(KeyFile(path))) => Some(SecretSource::File(path.clone())),
            (None, None) => None,
        };
        Some(RootCredentials {
            access_key: source(&self.access_key_env, &self.access_key_file)?,
            secret_key: source(&self.secret_key_env, &self.secret_key_file)?,
        })
    }
}

/// Reports a part of the key that has two places, and a key of which a part is missing.
pub(super) fn check(keys: &RootKeys, config: &Entry, diagnostics: &mut Vec<Diagnostic>) {
    let parts = [
        (
            "access_key",
            keys.access_key_env.is_some(),
            keys.access_key_file.is_some(),
        ),
        (
            "secret_key",
            keys.secret_key_env.is_some(),
            keys.secret_key_file.is_some(),
        ),
    ];
    for (part, has_variable, has_file) in parts {
        if has_variable && has_file {
            diagnostics.push(two_places(part, &config.value));
        }
    }
    let is_given = |(_, has_variable, has_file): &(&str, bool, bool)| *has_variable || *has_file;
    let (given, missing): (Vec<_>, Vec<_>) = parts.into_iter().partition(is_given);
    if let ([(there, ..)], [(missing, ..)]) = (given.as_slice(), missing.as_slice())
        && !was_reported(&config.value, missing)
    {
        diagnostics.push(half(config, there, missing));
    }
}

/// Whether a mistake in one of the keys for this part of the key was reported.
fn was_reported(config: &Node, part: &str) -> bool {
    let mut names = RootKeys::NAMES.iter().filter(|name| name.starts_with(part));
    config.was_reported(part) || names.any(|name| config.was_reported(name))
}

fn two_places(part: &str, config: &Node) -> Diagnostic {
    let [variable, file] =
        ["env", "file"].map(|place| key_span(config, [format!("{part}_{place}").as_str()]));
    Diagnostic::error(
        Code::Credentials,
        format!("`{part}` has two places"),
        variable.max(file),
    )
    .with_secondary(variable.min(file), "the other one")
    .with_help("remove one of the two")
}

fn half(config: &Entry, there: &str, missing: &str) -> Diagnostic {
    Diagnostic::error(
        Code::Credentials,
        format!("`{there}` is given and `{missing}` is not: an access key has both parts"),
        config.key_span,
    )
    .with_help(format!(
        "add `{missing}_env: NAME` or `{missing}_file: PATH`"
    ))
}

/// Reports keys that are written into `vault.yaml` under any name, and strikes them out: every clone has them.
pub(super) fn refuse_literals(root: &mut Node, diagnostics: &mut Vec<Diagnostic>) {
    if let Some(secrets) = root.entry_mut("secrets") {
        for engine in secrets.value.entries_mut() {
            if let Some(config) = engine.value.entry_mut("config") {
                refuse_literals_in(&mut config.value, diagnostics);
            }
        }
    }
    refuse_provider_keys(root, diagnostics);
}

fn refuse_literals_in(config: &mut Node, diagnostics: &mut Vec<Diagnostic>) {
    for entry in config.entries_mut() {
        let last_word = entry.key.rsplit('_').next().unwrap_or_default();
        let names_a_place = is_close(last_word, "env") || is_close(last_word, "file");
        if names_a_place || !redact::names_a_secret(&entry.key) {
            continue;
        }
        let key = if entry.key.contains("secret") {
            "secret_key"
        } else {
            "access_key"
        };
        diagnostics.push(
            Diagnostic::error(Code::Credentials, LITERAL, entry.key_span).with_help(format!(
                "revoke this key; write `{key}_env: NAME` with the variable, or `{key}_file: PATH` with the file, that holds the new one when `apply` runs"
            )),
        );
        entry.value.value = Value::Invalid;
    }
}

/// Google's provider has a service account's key, or the path of its file on the server. No answer of Vault's holds it, so
/// no plan can compare it, and a write without it would remove it.
fn refuse_provider_keys(root: &Node, diagnostics: &mut Vec<Diagnostic>) {
    let methods = root.at(["auth"]).map(Node::entries).unwrap_or_default();
    let configs = methods
        .iter()
        .filter_map(|method| method.value.at(["config", "provider_config"]));
    for config in configs {
        let before = diagnostics.len();
        config.visit_texts(&mut |text, span| {
            if text.contains("PRIVATE KEY") {
                diagnostics.push(
                    Diagnostic::error(Code::Credentials, LITERAL, span)
                        .with_help("revoke it, and remove it from the file"),
                );
            }
        });
        let account = config
            .entry("gsuite_service_account")
            .map(|entry| entry.key_span);
        let provider = config.at(["provider"]);
        let provider = provider.filter(|provider| provider.text() == Some(GOOGLE));
        let place = account.or(provider.map(|provider| provider.span));
        if diagnostics.len() == before
            && let Some(place) = place
        {
            let what = "Vault never returns `gsuite_service_account`, so no plan can compare it";
            diagnostics.push(
                Diagnostic::error(Code::Credentials, what, place)
                    .with_help(
                        "remove `config` from this method and configure it by hand; what the files do not declare is \
                         left alone",
                    ),
            );
        }
    }
}
