//! What a merge request changes: only that is compared, and `plan` names the lints that it begins to allow.

use serde_json::json;

use super::{PLATFORM, ROLE, World};
use crate::support::{
    GitLab, Mappings, Shared, Tool, Vault, commit, git, repository, stderr, stdout,
};

#[test]
fn only_what_has_changed_since_a_revision_is_compared() {
    let world =
        World::new(json!({"projects": [{"path": "old"}, {"path": "new"}, {"path": "other"}]}));
    world.map("old", world.gitlab.project(2), "dev");
    let folder = world.mappings.path();
    let git = |arguments: &[&str]| git(folder, arguments);
    repository(folder);
    world.map("new", world.gitlab.project(1), "dev");
    let run = world.check(&["--changed-since", "main"]).code(0);
    assert!(
        stdout(&run)
            .contains(", of what has changed since main: 1 project, 0 groups, 1 environment"),
        "{}",
        stdout(&run)
    );
    world.check(&[]).code(1);

    // What others have merged there since is not a change of this branch.
    git(&["checkout", "--quiet", "-b", "branch"]);
    commit(folder, "New");
    git(&["checkout", "--quiet", "main"]);
    world.map("old", world.gitlab.project(0), "dev");
    commit(folder, "Corrected");
    git(&["checkout", "--quiet", "branch"]);
    let run = world.check(&["--changed-since", "main"]).code(0);
    assert!(
        stdout(&run).contains(": 1 project, 0 groups, 1 environment"),
        "{}",
        stdout(&run)
    );
    git(&["checkout", "--quiet", "--orphan", "alone"]);
    commit(folder, "Alone");
    let alone = world.check(&["--changed-since", "main"]).code(1);
    let said = stderr(&alone);
    let itself =
        "warning: compared with main itself, as the commit from which it parted is unknown";
    assert!(said.contains(itself), "{said}");
    git(&["checkout", "--quiet", "branch"]);

    let none = world.check(&["--changed-since", "nothing"]).code(1);
    assert!(
        stderr(&none).contains("error[no-revision]"),
        "{}",
        stderr(&none)
    );
    let moved = world
        .check(&["--changed-since", "main", "--report", "junit=-"])
        .code(0);
    let report = quick_junit::Report::deserialize_from_str(&stdout(&moved)).unwrap();
    let cases = &report.test_suites[0].test_cases;
    assert_eq!(
        (report.name.as_ref().map(|name| name.as_str()), cases.len()),
        (Some("vault-provisioner check"), 7)
    );
}

#[test]
fn plan_says_which_allow_came_or_went_in_a_merge_request() {
    let (vault, mappings) = (Vault::start(), Mappings::of(PLATFORM));
    repository(mappings.path());
    let project = format!("project: a/b\nid: 1\nallow: {{shared-arn: agreed}}\ndefault: {ROLE}\n");
    mappings.write("projects/a/b.yaml", project);
    mappings.replace(
        "vault.yaml",
        "https://git.example.com/-/jwks",
        Shared::jwks_url(),
    );
    let tool = Tool::new(&vault, &mappings);
    let plan = |base: &str| {
        let run = tool
            .run(["plan"])
            .env("CI_MERGE_REQUEST_DIFF_BASE_SHA", base)
            .assert();
        stderr(&run.code(0))
    };
    let said = plan("main");
    assert!(
        said.contains("+ projects/a/b.yaml allows the lint `shared-arn`"),
        "{said}"
    );
    let said = plan("nothing");
    assert!(
        said.contains("which lints the files began to allow is unknown"),
        "{said}"
    );
    assert!(!plan("").contains("allow"));

    // The note on the merge request and `diff` say it too.
    let gitlab = GitLab::project();
    let job = gitlab.merge_request_job(Tool::new(&vault, &mappings));
    job.run(["plan", "--comment"])
        .env("CI_MERGE_REQUEST_DIFF_BASE_SHA", "main")
        .assert()
        .code(0);
    let notes = gitlab.merge_request_notes();
    let note = notes[0]["body"].as_str().unwrap();
    let heading = "Lints that the files begin (+) or cease (-) to allow:";
    let line = "+ projects/a/b.yaml allows the lint `shared-arn`";
    assert!(note.contains(heading) && note.contains(line), "{note}");
    for format in ["text", "markdown", "json"] {
        let run = tool.run(["diff", "main", "--format", format]).assert();
        let difference = stdout(&run.code(0));
        assert!(difference.contains(line), "{difference}");
    }
}
