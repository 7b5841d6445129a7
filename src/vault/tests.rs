//! The client against servers that misbehave.

mod answers;
mod denials;
mod redirects;
mod retries;
mod settings;
mod tokens;

use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{ReadVault, Session, VaultCredentials, VaultError, VaultSettings, WriteVault};
use crate::http::retry::Schedule;

const TOKEN: &str = "s.given-token";

/// As in production, except for shorter waits.
fn quick() -> Schedule {
    Schedule {
        first_wait: Duration::from_millis(1),
        longest_wait: Duration::from_millis(5),
        unreachable: Duration::from_millis(200),
        busy: Duration::from_millis(400),
        doubtful_sends: 3,
    }
}

fn settings(server: &MockServer) -> VaultSettings {
    VaultSettings::new(server.uri().parse().unwrap())
}

fn json_answer(status: u16, body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(body)
}

fn failure(status: u16, message: &str) -> ResponseTemplate {
    json_answer(status, &json!({ "errors": [message] }))
}

async fn answer(server: &MockServer, verb: &str, at: &str, template: ResponseTemplate) {
    Mock::given(method(verb))
        .and(path(format!("/v1/{at}")))
        .respond_with(template)
        .mount(server)
        .await;
}

fn health() -> Value {
    json!({
        "initialized": true, "sealed": false, "standby": false, "version": "2.0.3",
        "cluster_id": "c-1", "cluster_name": "vault-cluster",
    })
}

/// A healthy Vault that accepts [`TOKEN`].
async fn vault() -> MockServer {
    let server = MockServer::start().await;
    answer(&server, "GET", "sys/health", json_answer(200, &health())).await;
    answer(
        &server,
        "GET",
        "auth/token/lookup-self",
        json_answer(200, &json!({ "data": {} })),
    )
    .await;
    server
}

async fn open(settings: VaultSettings) -> Result<Session, VaultError> {
    Session::open_with(
        settings,
        VaultCredentials::Token(SecretString::from(TOKEN)),
        quick(),
    )
    .await
}

async fn session(server: &MockServer) -> Session {
    open(settings(server)).await.unwrap()
}

/// The message as it is printed, with the help below it.
fn shown(error: &VaultError) -> String {
    match error.help() {
        Some(help) => format!("{error}\n  help: {help}"),
        None => error.to_string(),
    }
}

/// The failure itself, without the attempts around it.
fn root(error: &VaultError) -> &VaultError {
    match error {
        VaultError::GaveUp { last, .. } => last,
        error => error,
    }
}

/// How often a path was asked for.
async fn asked(server: &MockServer, at: &str) -> usize {
    let path = format!("/v1/{at}");
    let requests = server.received_requests().await.unwrap();
    requests
        .iter()
        .filter(|request| request.url.path() == path)
        .count()
}
