//! The keys of an AWS root configuration: files say where they are, never what they are.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::redact;
use crate::desired::RootCredentials;
use crate::diagnostic::Diagnostic;
use crate::value::SecretSource;
use crate::yaml::{self, Entry, Node, Value, is_close};

const CODE: &str = "credentials";

const LITERAL: &str = "a key must not be written into a file: whoever reads the repository has it";

const SOURCES: [&str; 4] = [
    "access_key_env",
    "access_key_file",
    "secret_key_env",
    "secret_key_file",
];

/// Takes the references to keys out of `secrets.*.config`, and answers them by mount path.
pub(super) fn take(
    root: &mut Node,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<String, RootCredentials> {
    let mut all = BTreeMap::new();
    let Some(secrets) = root.entry_mut("secrets") else {
        return all;
    };
    for engine in secrets.value.entries_mut() {
        let Some(config) = engine.value.entry_mut("config") else {
            continue;
        };
        let has_literals = refuse_literals(&mut config.value, diagnostics);
        yaml::report_misspelt(&mut config.value, &SOURCES, diagnostics);
        let keys = (
            take_source(config, "access_key", diagnostics),
            take_source(config, "secret_key", diagnostics),
        );
        match keys {
            (Found::Source(access_key), Found::Source(secret_key)) => {
                let credentials = RootCredentials {
                    access_key,
                    secret_key,
                };
                all.insert(engine.key.clone(), credentials);
            }
            (Found::Source(_), Found::Nothing) if !has_literals => {
                diagnostics.push(half(config, "access_key", "secret_key"));
            }
            (Found::Nothing, Found::Source(_)) if !has_literals => {
                diagnostics.push(half(config, "secret_key", "access_key"));
            }
            _ => {}
        }
    }
    all
}

/// Google's provider takes a service account's key, or the path of its file on the server.
pub(super) fn refuse_provider_keys(root: &Node, diagnostics: &mut Vec<Diagnostic>) {
    let methods = root.at(["auth"]).map(Node::entries).unwrap_or_default();
    let configs = methods
        .iter()
        .filter_map(|method| method.value.at(["config", "provider_config"]));
    for config in configs {
        config.visit_texts(&mut |text, span| {
            if text.contains("PRIVATE KEY") {
                diagnostics
                    .push(Diagnostic::error(CODE, LITERAL, span).with_help(
                        "revoke it, and write the path of its file on the Vault server",
                    ));
            }
        });
    }
}

/// What a configuration says of one of the two parts of a key.
enum Found {
    Nothing,
    Source(SecretSource),
    /// Something wrong, which was reported.
    Mistake,
}

fn take_source(config: &mut Entry, key: &str, diagnostics: &mut Vec<Diagnostic>) -> Found {
    let env = config.value.take(&format!("{key}_env"));
    let file = config.value.take(&format!("{key}_file"));
    let (entry, source): (_, fn(&str) -> SecretSource) = match (env, file) {
        (None, None) if was_told(&config.value, key) => return Found::Mistake,
        (None, None) => return Found::Nothing,
        (Some(env), Some(file)) => {
            diagnostics.push(two_places(key, &env, &file));
            return Found::Mistake;
        }
        (Some(env), None) => (env, |name| SecretSource::Env(name.to_owned())),
        (None, Some(file)) => (file, |path| SecretSource::File(PathBuf::from(path))),
    };
    match string(&entry.value).filter(|text| is_sound(&entry.key, text)) {
        Some(text) => Found::Source(source(text)),
        None => {
            diagnostics.push(no_name(&entry));
            Found::Mistake
        }
    }
}

fn string(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Scalar(scalar) => scalar.as_string(),
        _ => None,
    }
}

/// No variable can have another name, and a file has some name.
fn is_sound(key: &str, text: &str) -> bool {
    let names_nothing =
        text.is_empty() || (key.ends_with("_env") && text.contains(['=', '\0', ' ']));
    !names_nothing
}

/// Whether one of the keys for this part is there with a mistake that was reported.
fn was_told(config: &Node, key: &str) -> bool {
    let places = SOURCES.iter().filter(|place| place.starts_with(key));
    let mut keys = places.copied().chain([key]);
    keys.any(|key| config.was_reported(key))
}

/// A key in a file is in everyone's clone, whatever it is called there. Says whether there is one.
fn refuse_literals(config: &mut Node, diagnostics: &mut Vec<Diagnostic>) -> bool {
    let mut found = false;
    for entry in config.entries_mut() {
        let last_word = entry.key.rsplit('_').next().unwrap_or_default();
        let names_a_place = is_close(last_word, "env") || is_close(last_word, "file");
        if names_a_place || !redact::names_a_secret(&entry.key) {
            continue;
        }
        found = true;
        let key = if entry.key.contains("secret") {
            "secret_key"
        } else {
            "access_key"
        };
        diagnostics.push(
            Diagnostic::error(CODE, LITERAL, entry.key_span).with_help(format!(
                "revoke this key; write `{key}_env: NAME` with the variable, or `{key}_file: PATH` with the file, that holds the new one when `apply` runs"
            )),
        );
        entry.value.value = Value::Invalid;
    }
    found
}

fn two_places(key: &str, env: &Entry, file: &Entry) -> Diagnostic {
    Diagnostic::error(
        CODE,
        format!("`{key}` is said to be in two places"),
        env.key_span.max(file.key_span),
    )
    .with_secondary(env.key_span.min(file.key_span), "and here")
    .with_help("remove one of the two")
}

fn no_name(entry: &Entry) -> Diagnostic {
    let (what, example) = if entry.key.ends_with("_env") {
        ("the name of an environment variable", "AWS_KEY")
    } else {
        ("the path of a file", "/run/secrets/aws-key")
    };
    Diagnostic::error(
        CODE,
        format!("expected {what}, as a string"),
        entry.value.span,
    )
    .with_help(format!("write `{}: {example}`", entry.key))
}

fn half(config: &Entry, there: &str, missing: &str) -> Diagnostic {
    Diagnostic::error(
        CODE,
        format!("`{there}` is here, and `{missing}` is not: a key has both parts"),
        config.key_span,
    )
    .with_help(format!(
        "add `{missing}_env: NAME` or `{missing}_file: PATH`"
    ))
}
