//! The client against a GitLab whose answers do not end.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::client::{GitLabClient, GitLabSettings, GitLabToken, LARGEST_BODY, MOST_PAGES};
use super::error::GitLabError;
use super::resource::GitLabProject;

fn project(server: &MockServer) -> GitLabProject {
    let settings = GitLabSettings {
        api: format!("{}/api/v4", server.uri()).parse().unwrap(),
        token: GitLabToken::Access("glpat-1".into()),
        ca_file: None,
        timeout: Duration::from_secs(30),
    };
    GitLabProject::new(GitLabClient::new(settings).unwrap(), 1)
}

#[tokio::test]
async fn a_body_above_the_limit_is_not_read_to_its_end() {
    let server = MockServer::start().await;
    Mock::given(path("/api/v4/projects/1/issues"))
        .respond_with(ResponseTemplate::new(200).set_body_bytes(vec![b' '; LARGEST_BODY + 1]))
        .mount(&server)
        .await;
    let error = project(&server)
        .open_issues_with("drift")
        .await
        .unwrap_err();
    assert!(matches!(error, GitLabError::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn pages_without_an_end_are_not_read_forever() {
    let server = MockServer::start().await;
    let pages = AtomicUsize::new(1);
    Mock::given(path("/api/v4/projects/1/issues"))
        .respond_with(move |_: &wiremock::Request| {
            let next = pages.fetch_add(1, Ordering::SeqCst) + 1;
            ResponseTemplate::new(200)
                .set_body_json(
                    json!([{ "iid": next, "web_url": "", "state": "opened", "author": {"id": 1} }]),
                )
                .insert_header("x-next-page", next.to_string())
        })
        .expect(MOST_PAGES as u64)
        .mount(&server)
        .await;
    let error = project(&server)
        .open_issues_with("drift")
        .await
        .unwrap_err();
    assert!(matches!(error, GitLabError::Endless(_)), "{error}");
}
