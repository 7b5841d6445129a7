//! `drift`, and the issue that it keeps.

mod answers;
mod interrupted;
mod merged;
mod metrics;
mod people;
mod texts;

use assert_cmd::assert::Assert;
use serde_json::{Value, json};

use crate::support::{GitLab, Mappings, Request, Tool, Vault, field, stderr, stdout};

const FILES: &str = "\
version: 1
policies:
  one: {rules: [{path: secret/one, capabilities: [read]}]}
  two: {rules: [{path: secret/two, capabilities: [read]}]}
";
const FOREIGN: &str = "path \"secret/foreign\" { capabilities = [\"read\"] }\n";
/// Nothing listens there.
const NO_VAULT: &str = "http://127.0.0.1:9";

/// A Vault that matches the files, and a job that looks after it.
struct World {
    vault: Vault,
    mappings: Mappings,
    gitlab: GitLab,
    job: Tool,
}

impl World {
    fn new() -> Self {
        let (vault, mappings, gitlab) = (Vault::start(), Mappings::of(FILES), GitLab::project());
        let tool = Tool::new(&vault, &mappings);
        tool.apply().assert().success();
        let job = gitlab.job(tool);
        Self {
            vault,
            mappings,
            gitlab,
            job,
        }
    }

    /// Someone changes a policy by hand.
    fn change(&self, policy: &str, text: &str) {
        let path = format!("sys/policies/acl/{policy}");
        self.vault.root.write(&path, &json!({ "policy": text }));
    }

    /// Someone repairs everything.
    fn repair(&self) {
        self.job.apply().assert().success();
    }

    fn drift(&self) -> Assert {
        self.job.run(["drift", "--open-issue"]).assert()
    }

    /// The requests of a run that write.
    fn writes_of(&self, run: impl FnOnce()) -> Vec<Request> {
        let before = self.gitlab.writes().len();
        run();
        self.gitlab.writes().split_off(before)
    }
}

fn notes(issue: &Value) -> Vec<&str> {
    let notes = issue["notes"].as_array().expect("a list").iter();
    notes.map(|note| field(note, "body")).collect()
}

/// Leaves out of snapshots what differs from run to run.
fn steady() -> insta::internals::SettingsBindDropGuard {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"http://127\.0\.0\.1:\d+", "http://host.test");
    settings.add_filter(r"on \w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT", "on DATE");
    settings.add_filter(r"drift(-begin)? [0-9a-f]{32}", "drift$1 IDENTITY");
    settings.add_filter(r"=[0-9a-f]{32}\b", "=DIGEST");
    settings.add_filter(r"=[0-9a-f]{12}\b", "=DIGEST");
    settings.add_filter(r"projects/\d+", "projects/ID");
    settings.add_filter(r"tried \d+ times in \d+\.\d s", "tried N times in TIME");
    settings.bind_to_scope()
}

#[test]
fn the_exit_code_distinguishes_drift_from_none_and_from_a_failure() {
    let world = World::new();
    let run = |arguments: &[&str]| world.job.run([&["drift"], arguments].concat()).assert();
    assert_eq!(
        stdout(&run(&[]).code(0)),
        "No changes. Vault matches the files.\n\
         Compared: 2 policies. Not looked at: other mounts and policies, identity, tokens, AWS.\n"
    );

    world.change("one", FOREIGN);
    let drift = run(&[]).code(2);
    assert!(stdout(&drift).contains("~ policy sys/policies/acl/one"));
    let drift = run(&["--format", "json"]).code(2);
    let report: Value = serde_json::from_slice(&drift.get_output().stdout).unwrap();
    assert_eq!(
        report["summary"],
        json!({"create": 0, "update": 1, "delete": 0})
    );

    let failed = world.job.with_env("VAULT_TOKEN", "none");
    let failed = failed.run(["drift"]).assert().code(1);
    assert_eq!(stdout(&failed), "");
    assert_eq!(world.gitlab.requests(), []);
}

#[test]
fn an_issue_is_opened_kept_up_to_date_and_closed() {
    let world = World::new();
    world.drift().code(0);
    assert_eq!(world.gitlab.writes(), []);

    world.change("one", FOREIGN);
    let drift = world.drift().code(2);
    let issue = world.gitlab.open_issue();
    let _steady = steady();
    assert_eq!(issue["title"], "Drift has been detected");
    assert_eq!(issue["confidential"], true);
    assert_eq!(issue["labels"], json!(["vault-drift"]));
    assert_eq!(issue["assignees"], json!([]));
    insta::assert_snapshot!("issue", field(&issue, "description"));
    assert!(stderr(&drift).contains("/-/issues/1"), "{}", stderr(&drift));

    assert_eq!(world.writes_of(|| drop(world.drift().code(2))), []);
    assert_eq!(world.gitlab.open_issue(), issue);

    world.change(
        "one",
        "path \"secret/foreign\" { capabilities = [\"list\"] }\n",
    );
    world.change("two", FOREIGN);
    world.drift().code(2);
    let changed = world.gitlab.open_issue();
    assert_eq!(changed["iid"], issue["iid"]);
    assert!(field(&changed, "description").contains("! policy sys/policies/acl/two"));
    assert_eq!(notes(&changed).len(), 1);
    insta::assert_snapshot!("changed", notes(&changed)[0]);
    assert_eq!(world.writes_of(|| drop(world.drift().code(2))), []);

    world.change("one", "path \"secret/one\" { capabilities = [\"read\"] }\n");
    world.drift().code(2);
    insta::assert_snapshot!("partly_gone", notes(&world.gitlab.open_issue())[1]);

    world.repair();
    world.drift().code(0);
    let closed = world.gitlab.issues("closed");
    assert_eq!(closed.len(), 1);
    assert_eq!(notes(&closed[0]).len(), 3);
    insta::assert_snapshot!("gone", notes(&closed[0])[2]);
    assert_eq!(world.writes_of(|| drop(world.drift().code(0))), []);

    world.change("two", FOREIGN);
    world.drift().code(2);
    assert_eq!(world.gitlab.open_issue()["iid"], 2);
    assert_eq!(world.gitlab.quick_actions(), json!([]));
}

#[test]
fn missing_variables_of_the_job_are_reported_before_vault_is_read() {
    let (mappings, gitlab) = (Mappings::of(FILES), GitLab::project());
    let job = || {
        gitlab
            .job(Tool::offline(&mappings))
            .with_env("VAULT_ADDR", NO_VAULT)
    };
    let refused = |job: Tool| stderr(&job.run(["drift", "--open-issue"]).assert().code(1));

    insta::assert_snapshot!(refused(Tool::offline(&mappings)), @"
    error[gitlab-job]: --open-issue needs CI_API_V4_URL, CI_PROJECT_ID, GITLAB_TOKEN, which are not set
    help: GitLab sets the CI_ variables for its jobs; GITLAB_TOKEN, or the file of --gitlab-token-file, holds a project access token with the scope `api`
    For more about this error, run `vault-provisioner --explain gitlab-job`.
    ");
    for name in ["CI_API_V4_URL", "CI_PROJECT_ID", "GITLAB_TOKEN"] {
        for message in [
            refused(job().without_env(name)),
            refused(job().with_env(name, " ")),
        ] {
            assert!(
                message.contains(&format!("--open-issue needs {name}, ")),
                "{message}"
            );
        }
    }
    insta::assert_snapshot!(refused(job().with_env("CI_PROJECT_ID", "devops/vault")), @"
    error[gitlab-job]: CI_PROJECT_ID must be a number, not `devops/vault`
    For more about this error, run `vault-provisioner --explain gitlab-job`.
    ");
    insta::assert_snapshot!(refused(job().with_env("CI_API_V4_URL", "git.example.com")), @"
    error[gitlab-job]: CI_API_V4_URL must be an address such as https://git.example.com/api/v4, not `git.example.com`
    For more about this error, run `vault-provisioner --explain gitlab-job`.
    ");
    let token_file = ["drift", "--open-issue", "--gitlab-token-file", "none"];
    insta::assert_snapshot!(stderr(&job().run(token_file).assert().code(1)), @"
    error[cannot-read]: can't read the GitLab token in none: No such file or directory (os error 2)
    For more about this error, run `vault-provisioner --explain cannot-read`.
    ");
    let label_only = job().run(["drift", "--label", "ops"]).assert().code(1);
    assert!(stderr(&label_only).contains("--open-issue"));
    assert_eq!(gitlab.requests(), []);
}

#[test]
fn a_failed_comparison_leaves_the_issue_alone() {
    let world = World::new();
    world.change("one", FOREIGN);
    world.drift().code(2);
    let before = (world.gitlab.open_issue(), world.gitlab.requests());

    let down = world.job.with_env("VAULT_ADDR", NO_VAULT);
    down.run(["drift", "--open-issue"]).assert().code(1);
    let stranger = down
        .with_env("VAULT_ADDR", world.vault.address())
        .with_env("VAULT_TOKEN", "none");
    stranger.run(["drift", "--open-issue"]).assert().code(1);
    assert_eq!((world.gitlab.open_issue(), world.gitlab.requests()), before);
}

#[test]
fn a_comparison_that_may_have_missed_something_closes_nothing() {
    let (vault, mappings, gitlab) = (Vault::start(), Mappings::article(), GitLab::project());
    let root = Tool::new(&vault, &mappings);
    root.apply().assert().success();
    let policy = "path \"*\" { capabilities = [\"read\"] }\n\
                  path \"sys/policies/acl/*\" { capabilities = [\"read\", \"list\"] }\n\
                  path \"aws/roles\" { capabilities = [\"list\"] }\n";
    vault
        .root
        .write("sys/policies/acl/reader", &json!({ "policy": policy }));
    let token = vault
        .root
        .write("auth/token/create", &json!({ "policies": ["reader"] }));
    let token = field(&token["auth"], "client_token").to_owned();
    let job = gitlab.job(root).with_env("VAULT_TOKEN", &token);
    let drift = || job.run(["drift", "--open-issue"]).assert();

    vault.root.delete("aws/roles/365-dev");
    drift().code(2);
    Tool::new(&vault, &mappings).apply().assert().success();
    let drift = drift().code(0);
    assert!(stdout(&drift).contains("roles that are not in the files can't be seen"));
    assert!(
        stderr(&drift).contains("the issue stays open"),
        "{}",
        stderr(&drift)
    );
    assert_eq!(gitlab.open_issue()["notes"], json!([]));
}

#[test]
fn each_vault_and_folder_has_one_issue_whatever_the_address() {
    let world = World::new();
    world.change("one", FOREIGN);
    world.drift().code(2);
    let other_address = world.vault.address().replace("127.0.0.1", "localhost");
    let other = ["drift", "--open-issue", "--address", other_address.as_str()];
    world.job.run(other).assert().code(2);
    let folder = world.job.home().join("mappings");
    let elsewhere = world.job.home().join("elsewhere");
    std::fs::rename(folder, elsewhere).unwrap();
    let moved = ["drift", "--open-issue", "--mappings", "elsewhere/"];
    world.job.run(moved).assert().code(2);
    assert_eq!(world.gitlab.issues("opened").len(), 2);

    let apply = ["apply", "--auto-approve", "--mappings", "elsewhere"];
    world.job.run(apply).assert().success();
    world.job.run(moved).assert().code(0);
    assert_eq!(world.gitlab.issues("opened").len(), 1);
    assert_eq!(world.gitlab.issues("closed")[0]["iid"], 2);
}

#[test]
fn labels_assignees_and_a_public_issue_are_optional() {
    let world = World::new();
    world.change("one", FOREIGN);
    let developer = world.gitlab.developer();
    let arguments = [
        "drift",
        "--open-issue",
        "--public-issue",
        "--label",
        "ops,vault",
        "--label",
        "urgent",
        "--assignee",
        developer,
    ];
    world.job.run(arguments).assert().code(2);
    let issue = world.gitlab.open_issue();
    assert_eq!(
        issue["labels"],
        json!(["vault-drift", "ops", "vault", "urgent"])
    );
    assert_eq!(issue["assignees"][0]["username"], developer);
    assert_eq!(issue["confidential"], false);

    // What was public is not to show what is new: it is hidden first.
    world.change("two", FOREIGN);
    let writes = world.writes_of(|| drop(world.drift().code(2)));
    let methods: Vec<&str> = writes.iter().map(|write| write.method.as_str()).collect();
    assert_eq!(methods, ["PUT", "POST", "PUT"]);
    assert_eq!(world.gitlab.open_issue()["confidential"], true);
}
