//! Where the token goes, and where it never does.

use super::*;

fn redirect(status: u16, to: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).insert_header("location", to)
}

#[tokio::test]
async fn a_redirect_to_the_same_host_is_followed_with_the_token() {
    let server = vault().await;
    answer(
        &server,
        "POST",
        "aws/roles/a",
        redirect(307, "/v1/aws/roles/b"),
    )
    .await;
    Mock::given(method("POST"))
        .and(path("/v1/aws/roles/b"))
        .and(wiremock::matchers::header("x-vault-token", TOKEN))
        .and(wiremock::matchers::body_json(json!({ "a": 1 })))
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    session(&server)
        .await
        .writer()
        .write("aws/roles/a", &json!({ "a": 1 }))
        .await
        .unwrap();
}

#[tokio::test]
async fn the_token_never_reaches_another_host() {
    let stranger = MockServer::start().await;
    for status in [301, 302, 307, 308] {
        let server = vault().await;
        answer(
            &server,
            "GET",
            "sys/auth",
            redirect(status, &format!("{}/v1/sys/auth", stranger.uri())),
        )
        .await;
        let error = session(&server)
            .await
            .reader()
            .get("sys/auth")
            .await
            .unwrap_err();
        assert!(
            matches!(&error, VaultError::Redirect { target, .. } if *target == stranger.uri()),
            "{error}"
        );
    }
    assert_eq!(stranger.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_plain_http_host_is_refused_even_if_it_is_allowed() {
    let (server, stranger) = (vault().await, MockServer::start().await);
    answer(
        &server,
        "DELETE",
        "aws/roles/a",
        redirect(307, &format!("{}/v1/a", stranger.uri())),
    )
    .await;
    let mut settings = settings(&server);
    settings.ca_cert = None;
    settings.allow_redirect_hosts = vec!["127.0.0.1".parse().unwrap()];
    let error = open(settings)
        .await
        .unwrap()
        .writer()
        .delete("aws/roles/a")
        .await
        .unwrap_err();
    assert!(matches!(error, VaultError::Redirect { .. }), "{error}");
    assert_eq!(stranger.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_jwt_never_reaches_another_host() {
    let (server, stranger) = (vault().await, MockServer::start().await);
    answer(
        &server,
        "POST",
        "auth/gitlab/login",
        redirect(307, &format!("{}/v1/x", stranger.uri())),
    )
    .await;
    let credentials = VaultCredentials::Jwt {
        jwt: "e.y.J".into(),
        mount: "gitlab".to_owned(),
        role: None,
    };
    let error = Session::open_with(settings(&server), credentials, quick())
        .await
        .err()
        .unwrap();
    assert!(matches!(error, VaultError::Redirect { .. }), "{error}");
    assert_eq!(stranger.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_redirect_that_leads_nowhere_is_an_error() {
    let cases = [
        (redirect(307, "/v1/sys/auth"), "more than 5 redirects"),
        (ResponseTemplate::new(307), "no Location"),
        (redirect(307, "http://"), "not a URL"),
    ];
    for (template, reason) in cases {
        let server = vault().await;
        answer(&server, "GET", "sys/auth", template).await;
        let error = session(&server)
            .await
            .reader()
            .get("sys/auth")
            .await
            .unwrap_err();
        assert!(
            matches!(&error, VaultError::BadRedirect { detail, .. } if detail.contains(reason)),
            "{error}"
        );
    }
}
