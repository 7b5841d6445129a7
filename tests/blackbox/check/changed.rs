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
fn what_has_changed_is_found_below_the_root_and_in_a_shallow_clone() {
    let projects = ["same", "moved", "gone", "new"].map(|path| json!({"path": path}));
    let world = World::new(json!({ "projects": projects }));
    let [same, moved, gone, new] = [0, 1, 2, 3].map(|at| world.gitlab.project(at));
    for (path, id) in [("same", same), ("moved", moved), ("gone", gone)] {
        world.map(path, id, "dev");
    }
    let (root, work) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let copy = |to: &str| {
        let copied = std::process::Command::new("cp")
            .args(["--recursive", "--no-target-directory"])
            .arg(world.mappings.path())
            .arg(root.path().join(to))
            .status();
        assert!(copied.unwrap().success());
    };
    let folder = "café/the files";
    std::fs::create_dir(root.path().join("café")).unwrap();
    copy(folder);
    repository(root.path());
    git(root.path(), &["checkout", "--quiet", "-b", "branch"]);

    // One file leaves, one comes, and one has another environment; the last is only written again.
    world.map("moved", moved, "dev staging");
    world.map("new", new, "dev");
    std::fs::remove_dir_all(root.path().join(folder)).unwrap();
    copy(folder);
    let gone = format!("{folder}/projects/{}/gone.yaml", world.gitlab.root());
    std::fs::remove_file(root.path().join(gone)).unwrap();
    commit(root.path(), "Change");
    let clone = work.path().to_str().unwrap();
    let origin = format!("file://{}", root.path().display());
    git(
        root.path(),
        &[
            "clone",
            "--quiet",
            "--depth=1",
            "--no-single-branch",
            &origin,
            clone,
        ],
    );

    for (repository, base, is_known) in [
        (root.path(), "main", true),
        (work.path(), "origin/main", false),
    ] {
        let mappings = repository.join(folder);
        let mappings = mappings.to_str().unwrap();
        let check = ["check", "--mappings", mappings, "--changed-since"];
        let run = world.tool.run(check).arg(base).assert().code(0);
        let (said, warned) = (stdout(&run), stderr(&run));
        assert!(
            said.contains(&format!(
                ", of what has changed since {base}: 2 projects, 0 groups, 3 environments"
            )),
            "{said}{warned}"
        );
        assert_eq!(
            warned.contains("the commit from which it parted is unknown"),
            !is_known,
            "{warned}"
        );
        for revision in ["--output=acted", "nothing", "main:", "@{-5}"] {
            let refused = world.tool.run(check).arg(revision).assert().code(1);
            assert!(
                stdout(&refused).is_empty(),
                "{revision}: {}",
                stdout(&refused)
            );
        }
        assert!(!repository.join("acted").exists());
    }
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
