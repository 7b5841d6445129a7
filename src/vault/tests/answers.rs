//! What each kind of answer means.

use super::*;

#[tokio::test]
async fn the_server_is_identified_without_token_and_namespace() {
    let server = vault().await;
    let mut settings = settings(&server);
    settings.namespace = "/teams/platform/".parse().unwrap();
    let session = open(settings).await.unwrap();
    let id = session.reader().server_id();
    assert_eq!(
        (id.cluster_id.as_str(), id.namespace.as_str()),
        ("c-1", "teams/platform")
    );
    let requests = server.received_requests().await.unwrap();
    let header = |index: usize, name: &str| {
        requests[index]
            .headers
            .get(name)
            .map(|value| value.to_str().unwrap())
    };
    assert_eq!(requests[0].url.path(), "/v1/sys/health");
    assert_eq!(
        (header(0, "x-vault-token"), header(0, "x-vault-namespace")),
        (None, None)
    );
    assert_eq!(requests[1].url.path(), "/v1/auth/token/lookup-self");
    assert_eq!(
        (header(1, "x-vault-token"), header(1, "x-vault-namespace")),
        (Some(TOKEN), Some("teams/platform"))
    );
}

#[tokio::test]
async fn the_reason_why_a_server_cannot_serve_is_reported() {
    let with = |field: &str, value: Value| {
        let mut health = health();
        health[field] = value;
        health
    };
    let cases = [
        with("sealed", json!(true)),
        with("initialized", json!(false)),
        with("replication_dr_mode", json!("secondary")),
        json!({ "status": "up" }),
    ];
    let mut texts = Vec::new();
    for body in cases {
        let server = MockServer::start().await;
        answer(&server, "GET", "sys/health", json_answer(200, &body)).await;
        let error = open(settings(&server)).await.err().unwrap();
        texts.push(shown(&error).replace(&server.uri(), "http://vault"));
    }
    insta::assert_snapshot!(texts.join("\n"), @r#"
    the Vault at http://vault is sealed
      help: unseal it (`vault operator unseal`), then run this again
    the Vault at http://vault is not initialised
      help: initialise it (`vault operator init`), or point --address (VAULT_ADDR) at the right server
    the Vault at http://vault is a disaster recovery secondary
      help: point --address (VAULT_ADDR) at the primary cluster
    http://vault answered `sys/health` with JSON of another shape (status 200), not with Vault's JSON
      help: check --address (VAULT_ADDR): something other than Vault seems to answer there
    "#);
}

#[tokio::test]
async fn a_namespace_is_refused_where_the_server_would_ignore_it() {
    let with = async |enterprise: Value| {
        let (server, mut body) = (MockServer::start().await, health());
        body["enterprise"] = enterprise;
        answer(&server, "GET", "sys/health", json_answer(200, &body)).await;
        let lookup = json_answer(200, &json!({ "data": {} }));
        answer(&server, "GET", "auth/token/lookup-self", lookup).await;
        let mut settings = settings(&server);
        settings.namespace = "team-a".parse().unwrap();
        let error = open(settings).await.err();
        error.map(|error| shown(&error).replace(&server.uri(), "http://vault"))
    };
    assert_eq!(with(json!(true)).await, None);
    assert_eq!(with(Value::Null).await, None);
    insta::assert_snapshot!(with(json!(false)).await.unwrap(), @"
    the Vault at http://vault has no namespaces, so `team-a` does not exist there
      help: unset --namespace (VAULT_NAMESPACE): Vault's community edition ignores it, and would use the root namespace
    ");
}

#[tokio::test]
async fn a_standby_serves() {
    let server = MockServer::start().await;
    let mut standby = health();
    standby["standby"] = json!(true);
    answer(&server, "GET", "sys/health", json_answer(200, &standby)).await;
    answer(
        &server,
        "GET",
        "auth/token/lookup-self",
        json_answer(200, &json!({})),
    )
    .await;
    assert!(open(settings(&server)).await.is_ok());
}

#[tokio::test]
async fn only_the_404_of_vault_means_absent() {
    let cases = [
        (json_answer(404, &json!({ "errors": [] })), None),
        (
            failure(
                404,
                "no handler for route \"aws/roles/a\". route entry not found.",
            ),
            Some("no engine"),
        ),
        (
            failure(400, "no handler for route 'aws/roles/a'"),
            Some("no engine"),
        ),
        (
            failure(404, "1 error occurred:\n\t* unsupported path\n\n"),
            Some("does not support"),
        ),
        (
            failure(405, "1 error occurred:\n\t* unsupported operation\n\n"),
            Some("does not support"),
        ),
        (failure(404, "namespace not found"), Some("no namespace")),
        (
            json_answer(404, &json!({ "message": "no such route" })),
            Some("not with Vault's JSON"),
        ),
        (ResponseTemplate::new(404), Some("not with Vault's JSON")),
        (
            ResponseTemplate::new(404).set_body_string("404 page not found"),
            Some("not with Vault's JSON"),
        ),
    ];
    for (template, expected) in cases {
        let server = vault().await;
        answer(&server, "GET", "aws/roles/a", template).await;
        let found = session(&server).await.reader().get("aws/roles/a").await;
        match expected {
            None => assert_eq!(found.unwrap(), None),
            Some(phrase) => {
                let error = found.unwrap_err().to_string();
                assert!(error.contains(phrase), "{error}");
            }
        }
    }
}

#[tokio::test]
async fn an_answer_without_data_does_not_mean_absence() {
    let cases = [
        ResponseTemplate::new(204),
        ResponseTemplate::new(200),
        json_answer(200, &json!({ "data": null })),
    ];
    for template in cases {
        let server = vault().await;
        answer(&server, "GET", "aws/roles/a", template).await;
        let reader = session(&server).await.reader();
        let error = reader.get("aws/roles/a").await.unwrap_err();
        assert!(
            matches!(
                root(&error),
                VaultError::Damaged { .. } | VaultError::Incomplete { .. }
            ),
            "{error}"
        );
        reader.list("aws/roles/a").await.unwrap_err();
    }
}

#[tokio::test]
async fn a_list_is_asked_for_with_get_and_may_be_empty() {
    let server = vault().await;
    Mock::given(method("GET"))
        .and(path("/v1/aws/roles"))
        .and(wiremock::matchers::query_param("list", "true"))
        .respond_with(json_answer(200, &json!({ "data": { "keys": ["a", "b"] } })))
        .mount(&server)
        .await;
    answer(
        &server,
        "GET",
        "auth/gitlab/role",
        json_answer(404, &json!({ "errors": [] })),
    )
    .await;
    let reader = session(&server).await.reader();
    assert_eq!(reader.list("aws/roles").await.unwrap(), ["a", "b"]);
    assert_eq!(reader.list("auth/gitlab/role").await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn a_list_of_ten_megabytes_is_read() {
    let server = vault().await;
    let keys: Vec<_> = (0..100_000)
        .map(|number| format!("{number:0>100}"))
        .collect();
    answer(
        &server,
        "GET",
        "aws/roles",
        json_answer(200, &json!({ "data": { "keys": &keys } })),
    )
    .await;
    assert_eq!(
        session(&server)
            .await
            .reader()
            .list("aws/roles")
            .await
            .unwrap(),
        keys
    );
}

#[tokio::test]
async fn a_body_without_end_is_not_read_to_it() {
    let server = vault().await;
    let body = vec![b' '; crate::vault::response::LARGEST_BODY + 1];
    answer(
        &server,
        "GET",
        "aws/roles/a",
        ResponseTemplate::new(200).set_body_bytes(body),
    )
    .await;
    let error = session(&server)
        .await
        .reader()
        .get("aws/roles/a")
        .await
        .unwrap_err();
    assert!(matches!(error, VaultError::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn another_service_in_place_of_vault_is_recognised() {
    let html = ResponseTemplate::new(200)
        .set_body_raw("<!doctype html><p>Sign in: s.given-token</p>", "text/html");
    let cases = [
        html,
        ResponseTemplate::new(403)
            .set_body_raw("<html>Forbidden</html>", "text/html; charset=utf-8"),
        ResponseTemplate::new(200).set_body_raw("hello", "text/plain"),
        ResponseTemplate::new(200).set_body_raw("[1]", "application/json"),
    ];
    let mut texts = Vec::new();
    for template in cases {
        let server = vault().await;
        answer(&server, "GET", "sys/auth", template).await;
        let error = session(&server)
            .await
            .reader()
            .get("sys/auth")
            .await
            .unwrap_err();
        texts.push(shown(&error).replace(&server.uri(), "http://vault"));
    }
    insta::assert_snapshot!(texts.join("\n"), @r#"
    http://vault answered `sys/auth` with an HTML page (status 200), not with Vault's JSON
      help: check --address (VAULT_ADDR): something other than Vault seems to answer there
    http://vault answered `sys/auth` with an HTML page (status 403), not with Vault's JSON
      help: check --address (VAULT_ADDR): something other than Vault seems to answer there
    http://vault answered `sys/auth` with text/plain (status 200), not with Vault's JSON
      help: check --address (VAULT_ADDR): something other than Vault seems to answer there
    http://vault answered `sys/auth` with JSON of another shape (status 200), not with Vault's JSON
      help: check --address (VAULT_ADDR): something other than Vault seems to answer there
    "#);
}

#[tokio::test]
async fn plain_http_to_a_tls_port_is_recognised() {
    let server = MockServer::start().await;
    let template = ResponseTemplate::new(400)
        .set_body_string("Client sent an HTTP request to an HTTPS server.\n");
    answer(&server, "GET", "sys/health", template).await;
    let error = open(settings(&server)).await.err().unwrap();
    assert!(matches!(error, VaultError::WantsHttps { .. }), "{error}");
}

#[tokio::test]
async fn a_refusal_keeps_the_reasons_of_vault_and_no_secret_or_escape() {
    let server = vault().await;
    answer(
        &server,
        "POST",
        "auth/gitlab/role/aws",
        failure(400, "\u{1b}[31mmust have\nbounds, s.given-token"),
    )
    .await;
    let writer = session(&server).await.writer();
    let error = writer
        .write("auth/gitlab/role/aws", &json!({}))
        .await
        .unwrap_err();
    insta::assert_snapshot!(shown(&error), @r#"
    Vault refuses to write `auth/gitlab/role/aws` (status 400): [31mmust have; bounds, <secret>
    "#);
}

#[tokio::test]
async fn a_path_that_a_url_would_rewrite_is_never_sent() {
    let server = vault().await;
    let writer = session(&server).await.writer();
    let before = server.received_requests().await.unwrap().len();
    let error = writer.delete("sys/policies/acl/..").await.unwrap_err();
    assert!(matches!(error, VaultError::InvalidPath { .. }), "{error}");
    assert_eq!(server.received_requests().await.unwrap().len(), before);
}
