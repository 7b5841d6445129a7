//! The keys of an AWS root configuration: files say where they are, never what they are.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::tree::{Entry, Node};
use crate::desired::RootCredentials;
use crate::diagnostic::{Diagnostic, Sources};
use crate::value::SecretSource;

/// Takes the references to keys out of `secrets.*.config`, and answers them by mount path.
pub(super) fn take(
    root: &mut Node,
    sources: &mut Sources,
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
        refuse_literals(config, sources, diagnostics);
        let access_key = source(config, "access_key", diagnostics);
        let secret_key = source(config, "secret_key", diagnostics);
        match (access_key, secret_key) {
            (Some(access_key), Some(secret_key)) => {
                let credentials = RootCredentials {
                    access_key,
                    secret_key,
                };
                all.insert(engine.key.clone(), credentials);
            }
            (None, None) => {}
            _ => diagnostics.push(
                Diagnostic::error(
                    "credentials",
                    "an access key has two parts, and one is missing",
                    config.key_span,
                )
                .with_help(
                    "write both `access_key_env` and `secret_key_env`, or the two with `_file`",
                ),
            ),
        }
    }
    all
}

/// Google's provider takes a service account's key, or the path of its file on the server.
pub(super) fn refuse_provider_keys(
    root: &Node,
    sources: &mut Sources,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let methods = root.at(["auth"]).map(Node::entries).unwrap_or_default();
    let configs = methods
        .iter()
        .filter_map(|method| method.value.at(["config", "provider_config"]));
    for config in configs {
        config.visit_scalars(&mut |text, span| {
            if text.contains("PRIVATE KEY") {
                sources.redact(span);
                diagnostics.push(
                    Diagnostic::error("credentials", "a key must not stand in a file", span)
                        .with_help("revoke it, and write the path of its file on the Vault server"),
                );
            }
        });
    }
}

/// A key in a file is in everyone's clone; it must not get into the pipeline's log too.
fn refuse_literals(config: &mut Entry, sources: &mut Sources, diagnostics: &mut Vec<Diagnostic>) {
    for key in ["access_key", "secret_key"] {
        let Some(literal) = config.value.take(key) else {
            continue;
        };
        sources.redact(literal.value.span);
        diagnostics.push(
            Diagnostic::error(
                "credentials",
                "a key must not stand in a file",
                literal.key_span,
            )
            .with_help(format!(
                "revoke it, and write `{key}_env: NAME` or `{key}_file: PATH`"
            )),
        );
    }
}

fn source(
    config: &mut Entry,
    key: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<SecretSource> {
    let env = config.value.take(&format!("{key}_env"));
    let file = config.value.take(&format!("{key}_file"));
    if let (Some(env), Some(file)) = (&env, &file) {
        diagnostics.push(
            Diagnostic::error("credentials", "the key is in two places", file.key_span)
                .with_secondary(env.key_span, "here too")
                .with_help("remove one of the two"),
        );
    }
    let text = |entry: Entry, diagnostics: &mut Vec<Diagnostic>| match entry.value.text() {
        Some(text) if !text.is_empty() => Some(text.to_owned()),
        _ => {
            diagnostics.push(Diagnostic::error(
                "credentials",
                "expected a name",
                entry.key_span,
            ));
            None
        }
    };
    match (env, file) {
        (Some(env), _) => text(env, diagnostics).map(SecretSource::Env),
        (None, Some(file)) => text(file, diagnostics)
            .map(PathBuf::from)
            .map(SecretSource::File),
        (None, None) => None,
    }
}
