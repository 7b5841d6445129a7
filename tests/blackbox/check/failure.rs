//! What is unknown because GitLab fails, refuses the token, or shows it little.

use serde_json::{Value, json};

use super::{World, codes};
use crate::support::{Shared, stderr, stdout};

#[test]
fn a_failure_that_lasts_keeps_what_was_found_and_says_what_is_unknown() {
    let world = World::new(json!({"projects": [
        {"path": "old", "archived": true},
        {"path": "api", "environments": {"dev": "development"}},
    ]}));
    world.map("old", world.gitlab.project(0), "dev");
    world.map("api", world.gitlab.project(1), "dev");
    for number in [0, 1] {
        let url = format!(
            "{}/{}/faults",
            Shared::gitlab("projects_url"),
            world.gitlab.project(number)
        );
        let fault = json!({"path": "environments", "status": 401, "body": "{\"message\": \"401 Unauthorized\"}", "count": 2});
        ureq::post(&url).send_json(fault).expect("done");
    }
    let report = "codequality=report.json";
    let run = world.check(&["--report", report]).code(1);
    let (found, said) = (stdout(&run), stderr(&run));
    assert!(said.contains("error[archived-project]"), "{said}");
    assert!(said.contains("GitLab refused GET"), "{said}");
    assert!(found.starts_with("Compared with"), "{found}");
    let unknown =
        "Unknown of 2 environments: whether GitLab has them (GitLab failed before it was asked).";
    assert!(found.contains(unknown), "{found}");
    let report = std::fs::read_to_string(world.tool.home().join("report.json")).unwrap();
    assert!(report.contains("archived-project"), "{report}");
}

#[test]
fn the_token_of_a_job_shows_little_and_that_is_said() {
    let world = World::new(json!({"projects": [
        {"path": "own", "environments": {"dev": "development"}},
        {"path": "other", "environments": {"dev": "development"}},
    ]}));
    world.map("own", world.gitlab.project(0), "dev");
    world.map("other", world.gitlab.project(1), "dev");
    let tool = world
        .tool
        .without_env("GITLAB_TOKEN")
        .with_env("CI_JOB_TOKEN", world.gitlab.token("job"));
    let run = tool.run(["check", "--format", "json"]).assert().code(1);
    let answer: Value = serde_json::from_str(&stdout(&run)).unwrap();
    assert_eq!(codes(&answer), ["not-compared", "not-compared"]);
    assert_eq!(
        answer["compared"],
        json!({"projects": 0, "groups": 0, "environments": 1, "protected": 0, "not_asked": 0}),
        "the environments of its own project"
    );
    assert!(
        stderr(&run).contains("GitLab shows it to an access token, not to the token of a CI job")
    );
    let without = tool
        .without_env("CI_JOB_TOKEN")
        .run(["check"])
        .assert()
        .code(1);
    assert!(
        stderr(&without)
            .starts_with("error[gitlab-job]: check needs GITLAB_TOKEN, which is not set"),
        "{}",
        stderr(&without)
    );
}

#[test]
fn a_token_that_gitlab_refuses_stops_the_command() {
    let world = World::new(json!({"projects": [{"path": "api"}]}));
    world.map("api", world.gitlab.project(0), "dev");
    let wrong = world.tool.with_env("GITLAB_TOKEN", "glpat-wrong");
    let run = wrong.run(["check"]).assert().code(1);
    assert_eq!(stdout(&run), "");
    assert!(
        stderr(&run).starts_with("error[gitlab-refused]: GitLab refused GET projects/"),
        "{}",
        stderr(&run)
    );
}

#[test]
fn an_answer_about_another_project_says_nothing() {
    let world = World::new(json!({"projects": [{"path": "api"}]}));
    world.map("api", world.gitlab.project(0), "dev");
    let id = world.gitlab.project(0);
    let url = format!("{}/{id}/faults", Shared::gitlab("projects_url"));
    let other = json!({"id": 1, "path_with_namespace": format!("{}/api", world.gitlab.root()), "archived": false});
    let headers = json!({"Content-Type": "application/json"});
    let fault = json!({"status": 200, "headers": headers, "body": other.to_string()});
    ureq::post(&url).send_json(fault).expect("done");
    let run = world.check(&[]).code(1);
    let said = stderr(&run);
    assert!(said.contains("error[not-compared]"), "{said}");
    assert!(said.contains("the answer is about the number 1"), "{said}");
    let unknown = "whether GitLab has them (what GitLab has of the project is unknown)";
    assert!(stdout(&run).contains(unknown), "{}", stdout(&run));
}
