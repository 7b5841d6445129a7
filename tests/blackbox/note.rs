//! `plan --comment`, and the note that it keeps on the merge request.

mod suggestions;

use assert_cmd::assert::Assert;
use serde_json::{Value, json};

use crate::support::{GitLab, Mappings, Tool, Vault, field, prose, stderr, stdout};

const FILES: &str = "\
version: 1
policies:
  one: {rules: [{path: secret/one, capabilities: [read]}]}
";
const NO_VAULT: &str = "http://127.0.0.1:9";

/// An empty Vault, files for it, and a job of a merge request.
struct World {
    vault: Vault,
    mappings: Mappings,
    gitlab: GitLab,
    job: Tool,
}

impl World {
    fn new() -> Self {
        let (vault, mappings, gitlab) = (Vault::start(), Mappings::of(FILES), GitLab::project());
        let job = gitlab.merge_request_job(Tool::new(&vault, &mappings));
        Self {
            vault,
            mappings,
            gitlab,
            job,
        }
    }

    fn comment(&self) -> Assert {
        self.job.run(["plan", "--comment"]).assert()
    }

    fn add_policy(&self, name: &str, path: &str) {
        let policy = format!("  {name}: {{rules: [{{path: {path}, capabilities: [read]}}]}}\n");
        self.mappings.append("vault.yaml", &policy);
    }

    /// The tool's own notes.
    fn notes(&self) -> Vec<Value> {
        let mut notes = self.gitlab.merge_request_notes();
        notes.retain(|note| note["author"]["username"] != self.gitlab.developer());
        notes
    }

    /// The tool's one note.
    fn note(&self) -> String {
        let notes = self.notes();
        assert_eq!(notes.len(), 1, "{notes:#?}");
        field(&notes[0], "body").to_owned()
    }
}

#[test]
fn one_note_is_kept_up_to_date_in_place() {
    let world = World::new();
    world
        .gitlab
        .add_notes(json!({"body": "Looks good to me", "count": 130}));
    world.comment().success();
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"127\.0\.0\.1:\d+", "vault.test");
    settings.add_filter(r"plan [0-9a-f]{32}", "plan IDENTITY");
    let _settings = settings.bind_to_scope();
    insta::assert_snapshot!("note", world.note());

    let (id, writes) = (world.notes()[0]["id"].clone(), world.gitlab.writes().len());
    world.comment().success();
    assert_eq!(
        world.gitlab.writes().len(),
        writes,
        "nothing new, nothing to write"
    );

    world.add_policy("two", "secret/two");
    world.comment().success();
    assert!(
        world
            .note()
            .contains("**Plan: 2 to create, 0 to update, 0 to delete.**")
    );
    assert_eq!(world.notes()[0]["id"], id);

    world.job.apply().assert().success();
    world.comment().success();
    insta::assert_snapshot!("nothing_to_do", world.note());
    assert_eq!(world.gitlab.quick_actions(), json!([]));
}

#[test]
fn the_note_of_another_user_is_never_changed() {
    let world = World::new();
    world.comment().success();
    let forged = world.note();
    let other = World::new();
    let job = other
        .gitlab
        .merge_request_job(Tool::new(&world.vault, &world.mappings));
    other.gitlab.add_notes(json!({ "body": forged }));
    world.add_policy("two", "secret/two");
    job.run(["plan", "--comment"]).assert().success();
    assert!(other.note().contains("Plan: 2 to create"));
    let named = job.run(["plan", "--comment"]).assert().success();
    let warning = format!(
        "has the marker of the plan's note, and {} wrote it",
        other.gitlab.developer()
    );
    assert!(stderr(&named).contains(&warning), "{}", stderr(&named));
    let notes = other.gitlab.merge_request_notes();
    assert_eq!(
        (notes.len(), field(&notes[0], "body")),
        (2, forged.as_str())
    );
}

#[test]
fn a_vault_has_one_note_whatever_the_address() {
    let world = World::new();
    world.comment().success();
    let other_address = world.vault.address().replace("127.0.0.1", "localhost");
    let other = ["plan", "--comment", "--address", other_address.as_str()];
    world.job.run(other).assert().success();
    assert_eq!(world.notes().len(), 1);
}

#[test]
fn jobs_at_once_and_lost_answers_leave_one_note() {
    let world = World::new();
    world.gitlab.fault(json!({"method": "POST", "together": 2}));
    let jobs = [(); 2].map(|()| world.job.start(["plan", "--comment"]));
    for job in jobs {
        let output = job.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    world.note();

    let world = World::new();
    world
        .gitlab
        .fault(json!({"method": "POST", "status": 504, "body": "<html></html>", "after": true}));
    world.comment().success();
    world.note();
    assert!(world.gitlab.is_past_faults());
}

#[test]
fn missing_variables_of_the_job_are_reported_before_vault_is_read() {
    let world = World::new();
    let job = |name, value: &str| {
        let job = Tool::offline(&world.mappings).with_env("VAULT_ADDR", NO_VAULT);
        let job = world.gitlab.merge_request_job(job).with_env(name, value);
        stderr(&job.run(["plan", "--comment"]).assert().code(1))
    };
    insta::assert_snapshot!(job("CI_MERGE_REQUEST_IID", ""), @r#"
    error[gitlab-job]: --comment needs CI_MERGE_REQUEST_IID, which is not set
    help: run this in merge request pipelines: `rules: [if: $CI_PIPELINE_SOURCE == "merge_request_event"]`
    For more about this error, run `vault-provisioner --explain gitlab-job`.
    "#);
    insta::assert_snapshot!(job("GITLAB_TOKEN", ""), @"
    error[gitlab-job]: --comment needs GITLAB_TOKEN, which is not set
    help: set it to a project access token with the scope `api`, or pass --gitlab-token-file
    For more about this error, run `vault-provisioner --explain gitlab-job`.
    ");
    insta::assert_snapshot!(job("CI_MERGE_REQUEST_IID", "!1"), @"
    error[gitlab-job]: CI_MERGE_REQUEST_IID must be a number, not `!1`
    For more about this error, run `vault-provisioner --explain gitlab-job`.
    ");
    assert_eq!(world.gitlab.requests(), []);
}

#[test]
fn the_merge_request_of_a_fork_is_in_the_project_that_it_goes_to() {
    let world = World::new();
    let fork = GitLab::project();
    let job = world
        .gitlab
        .merge_request_job(Tool::new(&world.vault, &world.mappings));
    let job = job
        .with_env("CI_PROJECT_ID", &fork.id())
        .with_env("CI_MERGE_REQUEST_PROJECT_ID", &world.gitlab.id());
    job.run(["plan", "--comment"]).assert().success();
    world.note();
    assert_eq!(fork.requests(), []);
}

#[test]
fn a_plan_is_printed_and_saved_also_when_gitlab_fails() {
    let world = World::new();
    let job = world.job.with_env("CI_MERGE_REQUEST_IID", "9");
    let run = job
        .run(["plan", "--comment", "--out", "plan.json"])
        .assert()
        .code(1);
    assert!(stdout(&run).contains("Plan: 1 to create"));
    assert!(
        stderr(&run).contains("404 MergeRequest Not Found"),
        "{}",
        stderr(&run)
    );
    job.run(["show", "plan.json"]).assert().success();
}

#[test]
fn a_plan_over_gitlabs_limit_is_cut() {
    let (vault, gitlab) = (Vault::start(), GitLab::project());
    let mappings = Mappings::too_long_for_gitlab();
    let job = gitlab.merge_request_job(Tool::new(&vault, &mappings));
    job.run(["plan", "--comment"]).assert().success();
    let note = gitlab.merge_request_notes().remove(0);
    let body = field(&note, "body");
    let length = body.chars().count();
    assert!(length <= 1_000_000 && length > 900_000, "{length}");
    assert!(body.contains("of 300 changes"));
    assert!(body.lines().any(|line| line == "</details>"));
}

#[test]
fn data_can_not_break_out_of_the_note() {
    let world = World::new();
    let hostile = "\n```\n````\n/merge\n/approve\n~~~\n</code></pre></details><script>alert(1)</script>\n@all\n-->\n";
    let policy =
        format!("/*{hostile}*/\npath \"secret/foreign\" {{ capabilities = [\"read\"] }}\n");
    world
        .vault
        .root
        .write("sys/policies/acl/one", &json!({ "policy": policy }));
    world.comment().success();
    assert_eq!(world.gitlab.quick_actions(), json!([]));
    let note = world.note();
    let prose = prose(&note);
    for forbidden in ["@all", "<script", "/merge", "alert"] {
        assert!(
            !prose.contains(forbidden),
            "{forbidden} in {prose}\nof {note}"
        );
    }
    assert_eq!(prose.matches("</details>").count(), 1, "{prose}");
}

#[test]
fn who_gains_access_is_shown_above_the_fold() {
    let (vault, gitlab) = (Vault::start(), GitLab::project());
    let mappings = Mappings::article();
    let job = gitlab.merge_request_job(Tool::new(&vault, &mappings));
    job.run(["plan", "--comment"]).assert().success();
    let note = gitlab.merge_request_notes().remove(0);
    let body = field(&note, "body");
    let (above, folded) = body.split_once("<details>").unwrap();
    assert!(above.contains("Access, by this change:"), "{above}");
    assert!(above.contains("gitlab-service-role"), "{above}");
    assert!(!folded.contains("Access, by this change:"));
    assert!(folded.contains("+ AWS role aws/roles/365-dev"));
}
