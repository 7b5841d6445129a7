//! What a denied request says, and what it asks for about itself.

use super::*;
use crate::acl::Capability;
use crate::vault::capabilities::Denial;

#[tokio::test]
async fn a_denied_path_names_the_missing_capability() {
    let deny = || failure(403, "1 error occurred:\n\t* permission denied\n\n");
    let cases: [(&str, &[&str], &[Capability]); 5] = [
        ("GET", &["deny"], &[Capability::Read]),
        ("POST", &["deny"], &[Capability::Create, Capability::Update]),
        ("POST", &["update", "read"], &[Capability::Create]),
        ("DELETE", &["delete"], &[Capability::Sudo]),
        ("DELETE", &["root"], &[]),
    ];
    for (verb, words, expected) in cases {
        let server = vault().await;
        answer(&server, verb, "sys/auth/a", deny()).await;
        let capabilities = json_answer(200, &json!({ "data": { "sys/auth/a": words } }));
        answer(&server, "POST", "sys/capabilities-self", capabilities).await;
        let writer = session(&server).await.writer();
        let result = match verb {
            "GET" => writer.get("sys/auth/a").await.map(|_| ()),
            "POST" => writer.write("sys/auth/a", &json!({})).await.map(|_| ()),
            _ => writer.delete("sys/auth/a").await,
        };
        match result.unwrap_err() {
            VaultError::Forbidden(Denial { path, missing, .. }) => {
                assert_eq!((path.as_str(), &*missing), ("sys/auth/a", expected))
            }
            other => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn a_denied_list_is_looked_up_with_and_without_its_slash() {
    let server = vault().await;
    answer(
        &server,
        "GET",
        "aws/roles",
        failure(403, "permission denied"),
    )
    .await;
    let capabilities = json!({ "data": { "aws/roles": ["deny"], "aws/roles/": ["read"] } });
    answer(
        &server,
        "POST",
        "sys/capabilities-self",
        json_answer(200, &capabilities),
    )
    .await;
    let error = session(&server)
        .await
        .reader()
        .list("aws/roles")
        .await
        .unwrap_err();
    insta::assert_snapshot!(shown(&error), @r#"
    the token lacks `list` on `aws/roles`
      help: add to a policy of the token: path "aws/roles" { capabilities = ["read", "list"] }
    "#);
}

#[tokio::test]
async fn capabilities_are_asked_for_in_batches() {
    let server = vault().await;
    Mock::given(method("POST"))
        .and(path("/v1/sys/capabilities-self"))
        .respond_with(|request: &wiremock::Request| {
            let body: Value = request.body_json().unwrap();
            let paths = body["paths"].as_array().unwrap();
            assert!(paths.len() <= 500);
            let words = paths
                .iter()
                .map(|path| (path.as_str().unwrap().to_owned(), json!(["read"])));
            json_answer(
                200,
                &json!({ "data": words.collect::<serde_json::Map<_, _>>() }),
            )
        })
        .mount(&server)
        .await;
    let paths: Vec<_> = (0..1100)
        .map(|number| format!("aws/roles/{number}"))
        .collect();
    let paths: Vec<_> = paths.iter().map(String::as_str).collect();
    let found = session(&server)
        .await
        .reader()
        .capabilities_self(&paths)
        .await
        .unwrap();
    assert_eq!(found.len(), 1100);
    assert!(
        found["aws/roles/7"].allow(Capability::Read)
            && !found["aws/roles/7"].allow(Capability::List)
    );
    assert_eq!(asked(&server, "sys/capabilities-self").await, 3);
}
