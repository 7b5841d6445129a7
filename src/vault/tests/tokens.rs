//! The life of a token.

use std::sync::atomic::{AtomicU64, Ordering};

use wiremock::Request;

use super::*;

const JWT: &str = "header.claims.signature";

fn credentials() -> VaultCredentials {
    VaultCredentials::Jwt {
        jwt: format!("{JWT}\n").into(),
        mount: "gitlab".to_owned(),
        role: Some("aws".to_owned()),
    }
}

async fn logged_in(server: &MockServer) -> Session {
    Session::open_with(settings(server), credentials(), quick())
        .await
        .unwrap()
}

/// Answers each login with the next of the tokens `t-1`, `t-2`, …
async fn logins(server: &MockServer, lease_duration: u64, renewable: bool) {
    let count = AtomicU64::new(0);
    Mock::given(method("POST"))
        .and(path("/v1/auth/gitlab/login"))
        .respond_with(move |request: &Request| {
            let body: Value = request.body_json().unwrap();
            assert_eq!(body, json!({ "jwt": JWT, "role": "aws" }));
            assert!(!request.headers.contains_key("x-vault-token"));
            let token = format!("t-{}", count.fetch_add(1, Ordering::SeqCst) + 1);
            auth(&token, lease_duration, renewable)
        })
        .mount(server)
        .await;
}

fn auth(token: &str, lease_duration: u64, renewable: bool) -> ResponseTemplate {
    let auth = json!({
        "client_token": token, "lease_duration": lease_duration, "renewable": renewable, "token_type": "service",
    });
    json_answer(200, &json!({ "auth": auth }))
}

/// The tokens that a path was asked with, in order.
async fn tokens_at(server: &MockServer, at: &str) -> Vec<String> {
    let path = format!("/v1/{at}");
    let requests = server.received_requests().await.unwrap();
    let requests = requests.iter().filter(|request| request.url.path() == path);
    requests
        .map(|request| {
            request.headers["x-vault-token"]
                .to_str()
                .unwrap()
                .to_owned()
        })
        .collect()
}

async fn takes_any_token(server: &MockServer) {
    answer(
        server,
        "GET",
        "sys/auth",
        json_answer(200, &json!({ "data": {} })),
    )
    .await;
    answer(
        server,
        "POST",
        "auth/token/revoke-self",
        ResponseTemplate::new(204),
    )
    .await;
}

#[tokio::test]
async fn a_login_is_revoked_at_the_end() {
    let server = vault().await;
    logins(&server, 600, true).await;
    takes_any_token(&server).await;
    let session = logged_in(&server).await;
    session.reader().get("sys/auth").await.unwrap();
    session.close().await;
    assert_eq!(tokens_at(&server, "sys/auth").await, ["t-1"]);
    assert_eq!(tokens_at(&server, "auth/token/revoke-self").await, ["t-1"]);
}

#[tokio::test]
async fn a_given_token_is_neither_renewed_nor_revoked() {
    let server = vault().await;
    session(&server).await.close().await;
    assert_eq!(asked(&server, "auth/token/revoke-self").await, 0);
    assert_eq!(asked(&server, "auth/token/renew-self").await, 0);
}

#[tokio::test]
async fn a_wrong_token_is_reported_without_showing_it() {
    let server = MockServer::start().await;
    answer(&server, "GET", "sys/health", json_answer(200, &health())).await;
    answer(
        &server,
        "GET",
        "auth/token/lookup-self",
        failure(403, "permission denied"),
    )
    .await;
    answer(
        &server,
        "GET",
        "sys/internal/ui/mounts",
        failure(403, "permission denied"),
    )
    .await;
    let error = open(settings(&server)).await.err().unwrap();
    insta::assert_snapshot!(shown(&error), @r#"
    the Vault token is not valid or has expired
      help: log in again: set VAULT_TOKEN to a new token, or run `vault login`
    "#);
    assert!(!format!("{error:?}").contains(TOKEN));
}

#[tokio::test]
async fn a_token_without_the_default_policy_is_valid() {
    let server = MockServer::start().await;
    answer(&server, "GET", "sys/health", json_answer(200, &health())).await;
    answer(
        &server,
        "GET",
        "auth/token/lookup-self",
        failure(403, "permission denied"),
    )
    .await;
    answer(
        &server,
        "GET",
        "sys/internal/ui/mounts",
        json_answer(200, &json!({ "data": {} })),
    )
    .await;
    assert!(open(settings(&server)).await.is_ok());
}

#[tokio::test]
async fn a_refused_login_names_mount_and_role_and_hides_the_jwt() {
    let server = vault().await;
    answer(
        &server,
        "POST",
        "auth/gitlab/login",
        failure(400, &format!("error validating token {JWT}")),
    )
    .await;
    let error = Session::open_with(settings(&server), credentials(), quick())
        .await
        .err()
        .unwrap();
    insta::assert_snapshot!(shown(&error), @r#"
    Vault refuses the login at auth/gitlab with role `aws`: error validating token <secret>
      help: check --auth-mount and --auth-role, and that the bound claims and audiences of the role match this JWT
    "#);
}

#[tokio::test]
async fn a_token_that_is_due_is_renewed_once_for_all() {
    let server = vault().await;
    logins(&server, 1, true).await;
    takes_any_token(&server).await;
    answer(
        &server,
        "POST",
        "auth/token/renew-self",
        auth("t-1", 3600, true),
    )
    .await;
    let session = logged_in(&server).await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    let reader = session.reader();
    futures::future::join_all((0..50).map(|_| reader.get("sys/auth"))).await;
    assert_eq!(asked(&server, "auth/token/renew-self").await, 1);
    assert_eq!(asked(&server, "auth/gitlab/login").await, 1);
    session.close().await;
}

#[tokio::test]
async fn a_token_that_cannot_be_renewed_for_long_is_replaced_and_both_are_revoked() {
    let server = vault().await;
    logins(&server, 2, true).await;
    takes_any_token(&server).await;
    answer(
        &server,
        "POST",
        "auth/token/renew-self",
        auth("t-1", 0, true),
    )
    .await;
    let session = logged_in(&server).await;
    tokio::time::sleep(Duration::from_millis(1400)).await;
    let reader = session.reader();
    futures::future::join_all((0..50).map(|_| reader.get("sys/auth"))).await;
    reader.get("sys/auth").await.unwrap();
    assert_eq!(asked(&server, "auth/gitlab/login").await, 2);
    assert_eq!(tokens_at(&server, "sys/auth").await.last().unwrap(), "t-2");
    session.close().await;
    let mut revoked = tokens_at(&server, "auth/token/revoke-self").await;
    revoked.sort();
    assert_eq!(revoked, ["t-1", "t-2"]);
}

#[tokio::test]
async fn a_token_revoked_in_the_middle_is_replaced_once_for_all() {
    let server = vault().await;
    logins(&server, 600, true).await;
    Mock::given(wiremock::matchers::header("x-vault-token", "t-1"))
        .respond_with(failure(403, "permission denied"))
        .with_priority(1)
        .mount(&server)
        .await;
    takes_any_token(&server).await;
    let session = logged_in(&server).await;
    let reader = session.reader();
    for result in futures::future::join_all((0..50).map(|_| reader.get("sys/auth"))).await {
        assert!(result.unwrap().is_some());
    }
    assert_eq!(asked(&server, "auth/gitlab/login").await, 2);
    session.close().await;
}

#[tokio::test]
async fn a_dead_given_token_is_found_out_once() {
    let server = vault().await;
    let session = session(&server).await;
    Mock::given(wiremock::matchers::any())
        .respond_with(failure(403, "permission denied"))
        .with_priority(1)
        .mount(&server)
        .await;
    let reader = session.reader();
    assert!(matches!(
        reader.get("sys/auth").await,
        Err(VaultError::InvalidToken)
    ));
    let before = session.stats();
    assert!(matches!(
        reader.get("sys/auth").await,
        Err(VaultError::InvalidToken)
    ));
    assert_eq!(session.stats(), before);
}

#[tokio::test]
async fn a_login_that_cannot_be_repeated_says_why() {
    let server = vault().await;
    Mock::given(path("/v1/auth/gitlab/login"))
        .respond_with(auth("t-1", 600, true))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    answer(
        &server,
        "POST",
        "auth/gitlab/login",
        failure(400, "token is expired"),
    )
    .await;
    let session = logged_in(&server).await;
    Mock::given(wiremock::matchers::header_exists("x-vault-token"))
        .respond_with(failure(403, "permission denied"))
        .with_priority(1)
        .mount(&server)
        .await;
    let error = session.reader().get("sys/auth").await.unwrap_err();
    insta::assert_snapshot!(shown(&error), @r#"
    the token of this login has expired, and logging in again failed: Vault refuses the login at auth/gitlab with role `aws`: token is expired
      help: give the JWT role a longer token_explicit_max_ttl, or the job a new JWT
    "#);
    assert!(matches!(
        session.reader().get("sys/auth").await,
        Err(VaultError::LoginEnded { .. })
    ));
    assert_eq!(asked(&server, "auth/gitlab/login").await, 2);
    session.close().await;
}
