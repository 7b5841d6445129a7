//! Jobs that run at once, lost answers, and GitLab's failures leave one issue.

use serde_json::{Value, json};

use super::{FOREIGN, NO_VAULT, World, notes, steady};
use crate::support::{Tool, stderr, stdout};

#[test]
fn two_jobs_at_once_leave_one_issue() {
    let world = World::new();
    world.change("one", FOREIGN);
    // Both have found none before either opens one.
    world
        .gitlab
        .fault(json!({"method": "POST", "path": "/issues$", "together": 2}));
    let jobs = [(); 2].map(|()| world.job.start(["drift", "--open-issue"]));
    for job in jobs {
        let output = job.wait_with_output().unwrap();
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains("/-/issues/1"), "{message}");
    }
    assert!(world.gitlab.is_past_faults());
    assert_eq!(world.gitlab.open_issue()["iid"], 1);
    let closed = &world.gitlab.issues("closed")[0];
    assert_eq!(
        closed["description"],
        "Another job had opened #1 for the same."
    );
    assert_eq!(world.writes_of(|| drop(world.drift().code(2))), []);
}

#[test]
fn issues_that_another_job_left_open_are_closed_in_favour_of_the_oldest() {
    let world = World::new();
    world.change("one", FOREIGN);
    world.drift().code(2);
    let description = world.gitlab.open_issue()["description"].take();
    let copy =
        json!({"own": true, "count": 2, "labels": ["vault-drift"], "description": description});
    world.gitlab.add_issues(copy);
    world.drift().code(2);
    assert_eq!(world.gitlab.open_issue()["iid"], 1);
}

#[test]
fn the_issue_is_found_by_its_marker_on_whatever_page() {
    let world = World::new();
    world.change("one", FOREIGN);
    let title = "Drift has been detected";
    world
        .gitlab
        .add_issues(json!({"own": true, "count": 130, "labels": ["vault-drift"], "title": title}));
    world.drift().code(2);
    assert_eq!(world.writes_of(|| drop(world.drift().code(2))), []);
    let of_others = world
        .gitlab
        .issues("opened")
        .into_iter()
        .filter(|issue| issue["iid"] != 131);
    assert!(
        of_others
            .into_iter()
            .all(|issue| issue["description"] == "")
    );

    world.repair();
    world.drift().code(0);
    assert_eq!(world.gitlab.issues("closed")[0]["iid"], 131);
}

#[test]
fn a_lost_answer_leaves_one_issue_and_one_note() {
    let world = World::new();
    world.change("one", FOREIGN);
    let lost = |path: &str| {
        let page = "<html><body>502 Bad Gateway</body></html>";
        world.gitlab.fault(
            json!({"method": "POST", "path": path, "status": 502, "body": page, "after": true}),
        );
    };
    lost("/issues$");
    world.drift().code(2);
    world.change("two", FOREIGN);
    lost("/notes$");
    world.drift().code(2);
    assert!(world.gitlab.is_past_faults());
    assert_eq!(notes(&world.gitlab.open_issue()).len(), 1);
    assert_eq!(world.gitlab.issues("closed").len(), 0);
}

#[test]
fn a_run_that_was_cut_short_is_carried_on_without_a_second_note() {
    let world = World::new();
    world.change("one", FOREIGN);
    world.drift().code(2);
    world.change("two", FOREIGN);
    world
        .gitlab
        .fault(json!({"method": "PUT", "status": 500, "count": 3}));
    let failed = world.drift().code(1);
    assert!(stdout(&failed).contains("sys/policies/acl/two"));
    world.drift().code(2);
    assert_eq!(notes(&world.gitlab.open_issue()).len(), 1);

    world.repair();
    world
        .gitlab
        .fault(json!({"method": "PUT", "status": 500, "count": 3}));
    world.drift().code(1);
    world.drift().code(0);
    assert!(world.gitlab.is_past_faults());
    assert_eq!(notes(&world.gitlab.issues("closed")[0]).len(), 2);
}

#[test]
fn what_passes_is_waited_for() {
    let world = World::new();
    for (policy, fault) in [
        (
            "# 1",
            json!({"status": 429, "headers": {"Retry-After": "1"}}),
        ),
        (
            "# 2",
            json!({"status": 429, "headers": {"Retry-After": "1"}, "method": "POST"}),
        ),
        ("# 3", json!({"status": 500, "count": 2})),
        (
            "# 4",
            json!({"status": 503, "count": 2, "body": "<html>Deploying</html>"}),
        ),
    ] {
        world.change("one", &format!("{policy}\n{FOREIGN}"));
        world.gitlab.fault(fault);
        world.drift().code(2);
        assert!(world.gitlab.is_past_faults());
    }
    assert_eq!(notes(&world.gitlab.open_issue()).len(), 3);
}

#[test]
fn what_does_not_pass_is_an_error_that_says_what_to_do() {
    let world = World::new();
    world.change("one", FOREIGN);
    let job = |name, value: &str| {
        let job = Tool::new(&world.vault, &world.mappings);
        let run = world.gitlab.job(job).with_env(name, value);
        stderr(&run.run(["drift", "--open-issue"]).assert().code(1))
    };
    let _steady = steady();
    insta::assert_snapshot!(job("GITLAB_TOKEN", "glpat-wrong"), @"
    error[gitlab-refused]: GitLab refused GET projects/ID/issues (status 401): 401 Unauthorized
    help: the token is wrong, was revoked or has expired: set GITLAB_TOKEN to a new one
    For more about this error, run `vault-provisioner --explain gitlab-refused`.
    ");
    insta::assert_snapshot!(job("GITLAB_TOKEN", world.gitlab.token("read_api")), @"
    error[gitlab-refused]: GitLab refused POST projects/ID/issues (status 403): insufficient_scope: The request requires higher privileges than provided by the access token.
    help: the token needs the scope `api`, and its user the role Reporter or above in the project, which must have issues enabled
    For more about this error, run `vault-provisioner --explain gitlab-refused`.
    ");
    insta::assert_snapshot!(job("GITLAB_TOKEN", world.gitlab.token("stranger")), @"
    error[gitlab-refused]: GitLab refused GET projects/ID/issues (status 404): 404 Project Not Found
    help: a private project or a confidential issue does not exist for a token that may not see it: check CI_PROJECT_ID, and that the user of the token is a member with the role Reporter or above
    For more about this error, run `vault-provisioner --explain gitlab-refused`.
    ");
    insta::assert_snapshot!(job("CI_API_V4_URL", NO_VAULT), @"
    error[gitlab-unreachable]: no answer from GitLab at http://host.test to GET projects/ID/issues: the connection was refused (tried N times in TIME)
    help: check CI_API_V4_URL or --gitlab-url, the DNS of this machine, and the firewalls and proxies in between (HTTPS_PROXY, NO_PROXY)
    For more about this error, run `vault-provisioner --explain gitlab-unreachable`.
    ");

    let fault = |fault: Value| {
        world.gitlab.fault(fault);
        job("CI", "true")
    };
    insta::assert_snapshot!(fault(json!({"status": 429, "headers": {"Retry-After": "3600"}})), @"
    error[gitlab-refused]: GitLab refused GET projects/ID/issues (status 429): Retry later
    help: GitLab limits the rate of requests: run this again later
    For more about this error, run `vault-provisioner --explain gitlab-refused`.
    ");
    insta::assert_snapshot!(fault(json!({"status": 500, "count": 3})), @"
    error[gitlab-refused]: GitLab refused GET projects/ID/issues (status 500): 500 Internal Server Error (tried N times in TIME)
    help: GitLab has an internal problem: run this again later
    For more about this error, run `vault-provisioner --explain gitlab-refused`.
    ");
    let elsewhere = json!({"status": 302, "headers": {"Location": "http://other.test/api/v4"}});
    insta::assert_snapshot!(fault(elsewhere), @"
    error[gitlab-redirect]: http://host.test redirects GET projects/ID/issues to http://other.test/api/v4, where the token is not sent
    help: if that is GitLab's own address, give it as --gitlab-url or CI_API_V4_URL
    For more about this error, run `vault-provisioner --explain gitlab-redirect`.
    ");
    let page = json!({"status": 200, "body": "<html>Sign in</html>"});
    insta::assert_snapshot!(fault(page), @"
    error[not-gitlab]: http://host.test answered GET projects/ID/issues with an HTML page (status 200), not with an answer of GitLab's API
    help: check CI_API_V4_URL or --gitlab-url: something other than GitLab seems to answer there
    For more about this error, run `vault-provisioner --explain not-gitlab`.
    ");
    assert_eq!(world.gitlab.issues("opened"), Vec::<Value>::new());
}

#[test]
fn a_user_who_may_set_no_labels_leaves_no_issue_behind() {
    let world = World::new();
    world.change("one", FOREIGN);
    let guest = world.gitlab.token("guest").to_owned();
    let job = world.job.with_env("GITLAB_TOKEN", &guest);
    let run = job.run(["drift", "--open-issue"]).assert().code(1);
    let _steady = steady();
    insta::assert_snapshot!(stderr(&run), @"
    error[gitlab-label]: GitLab did not add the label `vault-drift`, by which the issue is found again; the issue was closed
    help: give the token's user the role Reporter or above in the project
    For more about this error, run `vault-provisioner --explain gitlab-label`.
    ");
    assert_eq!(world.gitlab.issues("opened"), Vec::<Value>::new());
}
