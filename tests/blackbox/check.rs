//! `check`, against the stand-in for GitLab, which python-gitlab understands too.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use assert_cmd::assert::Assert;
use serde_json::{Value, json};

use crate::support::{GitLabDirectory, Mappings, Shared, Tool, Vault, stderr, stdout};

const PLATFORM: &str = r#"version: 1
auth:
  gitlab:
    type: jwt
    config: {jwks_url: "https://git.example.com/-/jwks", bound_issuer: "https://git.example.com"}
secrets: {aws: {type: aws}}
mappings:
  secrets: aws
  role_name: "{project_id}-{environment}"
  protected_environments: [prod]
"#;
const ROLE: &str = "arn:aws:iam::123456789012:role/x";

/// Files about a directory, and the tool that compares them.
struct World {
    gitlab: GitLabDirectory,
    mappings: Mappings,
    tool: Tool,
}

impl World {
    fn new(content: Value) -> Self {
        let (gitlab, mappings) = (GitLabDirectory::of(content), Mappings::of(PLATFORM));
        let tool = Tool::offline(&mappings)
            .with_env("CI_API_V4_URL", Shared::gitlab("api_url"))
            .with_env("GITLAB_TOKEN", gitlab.token("read_api"));
        Self {
            gitlab,
            mappings,
            tool,
        }
    }

    /// Writes a project's file, with a path below the test's own group.
    fn map(&self, path: &str, id: u64, environments: &str) {
        let environments: Vec<String> = environments
            .split(' ')
            .map(|name| format!("{name}: {ROLE}"))
            .collect();
        let text = format!(
            "project: {}/{path}\nid: {id}\nenvironments: {{{}}}\n",
            self.gitlab.root(),
            environments.join(", ")
        );
        let root = self.gitlab.root();
        self.mappings
            .write(&format!("projects/{root}/{path}.yaml"), text);
    }

    fn check(&self, arguments: &[&str]) -> Assert {
        let arguments = [&["check"], arguments].concat();
        self.tool.run(arguments).assert()
    }

    fn json(&self, code: i32) -> Value {
        let run = self.check(&["--format", "json"]).code(code);
        serde_json::from_str(&stdout(&run)).unwrap()
    }
}

/// The codes of the messages, in their order.
fn codes(answer: &Value) -> Vec<&str> {
    let messages = answer["messages"].as_array().unwrap().iter();
    messages.filter_map(|one| one["code"].as_str()).collect()
}

#[test]
fn files_that_match_gitlab_are_reported_with_what_was_not_looked_at() {
    let world = World::new(json!({
        "projects": [{"path": "payments/api", "environments": {"dev": "development", "prod": "production"}, "protected": ["prod"]}],
        "groups": [{"path": "payments"}, {"path": "payments/cards"}],
    }));
    world.map("payments/api", world.gitlab.project(0), "dev prod");
    world.mappings.write(
        &format!("projects/{}/payments/group.yaml", world.gitlab.root()),
        format!(
            "group: {}/payments\nid: {}\nsubgroups: [{}]\nenvironments: {{dev: {ROLE}}}\n",
            world.gitlab.root(),
            world.gitlab.group(0),
            world.gitlab.group(1)
        ),
    );
    let run = world.check(&[]).code(0);
    let gitlab = Shared::gitlab("url");
    assert_eq!(
        stdout(&run),
        format!(
            "Compared with {gitlab}: 1 project, 2 groups, 2 environments (1 protected there too): nothing is wrong with what is known.\n\
             Not looked at: ids in the policies of vault.yaml and in contract.yaml; environments of the projects of groups; who may deploy, push or merge.\n"
        )
    );
    assert_eq!(stderr(&run), "");
    let answer = world.json(0);
    assert_eq!(answer["messages"], json!([]));
    assert_eq!(
        answer["compared"],
        json!({"projects": 1, "groups": 2, "environments": 2, "protected": 1, "not_asked": 0})
    );

    let by_flag = world
        .tool
        .run(["check", "--gitlab-url", gitlab])
        .env_remove("CI_API_V4_URL")
        .assert()
        .code(0);
    assert!(stdout(&by_flag).starts_with("Compared with"));
}

#[test]
fn each_difference_has_its_message_at_its_place_in_the_files() {
    let world = World::new(json!({"projects": [
        {"path": "attackers/tool"},
        {"path": "payments/shop", "former": ["payments/store"]},
        {"path": "payments/old", "archived": true},
        {"path": "payments/gone-deletion_scheduled-7", "marked_for_deletion_on": "2026-11-26"},
        {"path": "payments/secret", "hidden": true},
        {"path": "payments/web", "environments": {"prod": "production"}, "protected": []},
    ], "groups": [{"path": "", "tiers": []}, {"path": "payments", "tiers": ["staging"]}]}));
    let id = |number| world.gitlab.project(number);
    world.map("payments/api", id(0), "dev");
    world.map("payments/store", id(1), "dev");
    world.map("payments/old", id(2), "dev");
    world.map("payments/gone", id(3), "dev");
    world.map("payments/secret", id(4), "dev");
    world.map("payments/web", id(5), "prod");
    let run = world.check(&[]).code(1);
    let text = stderr(&run)
        .replace(world.gitlab.root(), "ROOT")
        .replace(&id(0).to_string(), "ID");
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\^+", "^");
    let _settings = settings.bind_to_scope();
    insta::assert_snapshot!(text.split("\n\n").next().unwrap(), @r"
    error[other-path]: the project ID is `ROOT/attackers/tool` in GitLab, not `ROOT/payments/api`
     --> mappings/projects/ROOT/payments/api.yaml:1:10
      |
    1 | project: ROOT/payments/api
      |          ^
      |
      = note: Vault decides by the number: jobs of `ROOT/attackers/tool` get these roles
      = help: write `project: ROOT/attackers/tool` if the project was renamed or moved, or the number of `ROOT/payments/api`
    ");
    assert!(
        text.contains("the project was renamed or moved: write `project: ROOT/payments/shop`"),
        "{text}"
    );
    assert!(
        text.contains("error: 5 errors where the files are compared with GitLab"),
        "{text}"
    );
    let answer = world.json(1);
    let found: BTreeSet<&str> = codes(&answer).into_iter().collect();
    let expected = [
        "archived-project",
        "deletion-scheduled",
        "missing-environment",
        "not-visible",
        "open-environment",
        "other-path",
    ];
    assert_eq!(found, BTreeSet::from(expected), "{answer:#}");
    assert_eq!(
        codes(&answer)
            .iter()
            .filter(|code| **code == "other-path")
            .count(),
        2
    );
}

#[test]
fn warnings_fail_only_where_they_are_denied() {
    let world = World::new(json!({"projects": [{"path": "payments/api"}]}));
    world.map("payments/api", world.gitlab.project(0), "dev");
    let run = world.check(&[]).code(0);
    assert!(stderr(&run).contains("warning[missing-environment]"));
    assert!(
        stdout(&run).contains(": 0 errors, 1 warning.\n"),
        "{}",
        stdout(&run)
    );
    world.check(&["--deny-warnings"]).code(1);
}

#[test]
fn what_the_edition_or_the_role_hides_is_unknown_and_not_good() {
    let world = World::new(json!({"projects": [
        {"path": "free", "environments": {"prod": "production"}},
        {"path": "developer", "role": 30, "environments": {"prod": "production"}, "protected": ["prod"]},
        {"path": "guest", "role": 10, "environments": {"prod": "production"}, "protected": ["prod"]},
    ]}));
    for (number, path) in ["free", "developer", "guest"].into_iter().enumerate() {
        world.map(path, world.gitlab.project(number), "prod");
    }
    let answer = world.json(0);
    assert_eq!(answer["compared"]["protected"], 0);
    let unknown: Vec<(&str, &Value)> = answer["unknown"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["what"].as_str().unwrap(), &one["environments"]))
        .collect();
    assert_eq!(unknown.len(), 3, "{answer:#}");
    assert_eq!(unknown[0].0, "whether GitLab has them");
    assert!(
        stdout(&world.check(&[]).code(0))
            .contains("Unknown of 1 environment: whether GitLab protects them (")
    );
}

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
fn numbers_in_the_bound_claims_of_the_platform_are_compared_too() {
    let world = World::new(json!({
        "projects": [
            {"path": "one"}, {"path": "two", "archived": true}, {"path": "hidden", "hidden": true},
        ],
        "groups": [{"path": "payments"}],
    }));
    let (id, root) = (|number| world.gitlab.project(number), world.gitlab.root());
    let role = |name: &str, claims: String| {
        format!(
            "      {name}: {{user_claim: project_id, bound_audiences: [x], bound_claims: {claims}, token_explicit_max_ttl: 10m}}\n"
        )
    };
    let roles = [
        role(
            "right",
            format!("{{project_id: \"{}\", project_path: {root}/one}}", id(0)),
        ),
        role(
            "several",
            format!(
                "{{project_id: [\"{}\", \"{}\"], job_project_id: \"{}\"}}",
                id(0),
                id(1),
                id(2)
            ),
        ),
        role(
            "other",
            format!("{{project_id: \"{}\", project_path: {root}/two}}", id(0)),
        ),
        role(
            "group",
            format!(
                "{{namespace_id: [\"{}\", \"999999999\"]}}",
                world.gitlab.group(0)
            ),
        ),
    ];
    let section = format!("    roles:\n{}secrets: {{aws", roles.concat());
    world
        .mappings
        .replace("vault.yaml", "secrets: {aws", &section);
    let answer = world.json(1);
    let messages = answer["messages"].as_array().unwrap().iter();
    let lines: Vec<(&str, u64)> = messages
        .map(|one| (one["code"].as_str().unwrap(), one["line"].as_u64().unwrap()))
        .collect();
    let platform = world.mappings.read("vault.yaml");
    let line = |role: &str| {
        let is_its = |text: &str| text.trim_start().starts_with(role);
        1 + platform.lines().position(is_its).unwrap() as u64
    };
    assert_eq!(
        BTreeSet::from_iter(lines),
        BTreeSet::from([
            ("archived-project", line("several:")),
            ("not-visible", line("several:")),
            ("other-path", line("other:")),
            ("not-visible", line("group:")),
        ]),
        "{answer:#}"
    );
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
fn many_projects_are_listed_and_only_the_rest_is_asked_for_by_number() {
    let world = World::new(json!({"projects": [
        {"path": "many/project", "count": 450}, {"path": "many/hidden", "hidden": true, "count": 2},
    ]}));
    let map = |ids: Vec<u64>, path: &str| {
        for (number, id) in ids.into_iter().enumerate() {
            let path = if number == 0 {
                path.to_owned()
            } else {
                format!("{path}-{number}")
            };
            let root = world.gitlab.root();
            let text = format!("project: {root}/{path}\nid: {id}\ndefault: {ROLE}\n");
            let file = format!("projects/{root}/{path}.yaml");
            world.mappings.write(&file, text);
        }
    };
    map(world.gitlab.projects(0), "many/project");
    map(world.gitlab.projects(1), "many/hidden");
    let answer = world.json(1);
    assert_eq!(answer["compared"]["projects"], 450);
    assert_eq!(codes(&answer), ["not-visible", "not-visible"]);
    let requests = world.gitlab.requests();
    assert!(requests.len() < 20, "{requests:#?}");
    assert!(
        requests[0].starts_with("projects?pagination=keyset&order_by=id&sort=asc&id_after="),
        "{requests:?}"
    );
}

#[test]
fn a_used_up_rate_limit_is_waited_for() {
    let world = World::new(json!({"projects": [{"path": "one", "count": 12}]}));
    for (number, id) in world.gitlab.projects(0).into_iter().enumerate() {
        let path = if number == 0 {
            "one".to_owned()
        } else {
            format!("one-{number}")
        };
        let root = world.gitlab.root();
        let text = format!("project: {root}/{path}\nid: {id}\ndefault: {ROLE}\n");
        let file = format!("projects/{root}/{path}.yaml");
        world.mappings.write(&file, text);
    }
    world.gitlab.limit(5, 2);
    let answer = world.json(0);
    assert_eq!(answer["compared"]["projects"], 12);
    let requests = world.gitlab.requests().len();
    assert!(requests < 12 + 20, "{requests} requests for 12 answers");
}

/// Runs git in the folder of the files.
fn git(mappings: &Mappings, arguments: &[&str]) {
    let identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
    let status = Command::new("git")
        .arg("-C")
        .arg(mappings.path())
        .args(identity)
        .args(arguments)
        .status();
    assert!(status.unwrap().success());
}

#[test]
fn only_what_has_changed_since_a_revision_is_compared() {
    let world =
        World::new(json!({"projects": [{"path": "old"}, {"path": "new"}, {"path": "other"}]}));
    world.map("old", world.gitlab.project(2), "dev");
    let git = |arguments: &[&str]| git(&world.mappings, arguments);
    git(&["init", "--quiet", "--initial-branch=main"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message=Old"]);
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
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message=New"]);
    git(&["checkout", "--quiet", "main"]);
    world.map("old", world.gitlab.project(0), "dev");
    git(&["commit", "--quiet", "--all", "--message=Corrected"]);
    git(&["checkout", "--quiet", "branch"]);
    let run = world.check(&["--changed-since", "main"]).code(0);
    assert!(
        stdout(&run).contains(": 1 project, 0 groups, 1 environment"),
        "{}",
        stdout(&run)
    );
    git(&["checkout", "--quiet", "--orphan", "alone"]);
    git(&["commit", "--quiet", "--message=Alone"]);
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
fn reports_have_a_case_for_each_comparison_and_places_in_the_files() {
    let world =
        World::new(json!({"projects": [{"path": "real", "environments": {"prod": "production"}}]}));
    world.map("written", world.gitlab.project(0), "prod");
    let run = world
        .check(&[
            "--report=junit=j.xml",
            "--report=codequality=q.json",
            "--report=sarif=s.json",
        ])
        .code(1);
    assert!(stdout(&run).starts_with("Compared with"));
    let read = |file: &str| std::fs::read_to_string(world.tool.home().join(file)).unwrap();
    let report = quick_junit::Report::deserialize_from_str(&read("j.xml")).unwrap();
    let status = |name: &str| {
        let mut cases = report.test_suites[0].test_cases.iter();
        &cases
            .find(|case| case.name.as_str() == name)
            .unwrap()
            .status
    };
    use quick_junit::TestCaseStatus as Status;
    assert!(matches!(status("other-path"), Status::NonSuccess { .. }));
    assert!(matches!(status("archived-project"), Status::Success { .. }));
    assert!(matches!(status("open-environment"), Status::Skipped { .. }));
    let issues: Value = serde_json::from_str(&read("q.json")).unwrap();
    assert_eq!(issues[0]["check_name"], "other-path");
    assert_eq!(issues[0]["severity"], "major");
    assert_eq!(issues[0]["location"]["lines"]["begin"], 1);
    assert!(read("s.json").contains("\"other-path\""));
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
fn add_asks_gitlab_for_the_number_of_a_project() {
    let world =
        World::new(json!({"projects": [{"path": "payments/api", "former": ["payments/old"]}]}));
    let (root, id) = (world.gitlab.root(), world.gitlab.project(0));
    let environment = format!("dev={ROLE}");
    let add = |project: &str| {
        world
            .tool
            .run(["add", project, "--environment", &environment])
            .assert()
    };
    let gitlab = Shared::gitlab("url");
    let run = add(&format!("{gitlab}/{root}/payments/api/-/settings/ci_cd")).code(0);
    assert!(stderr(&run).contains(&format!("{root}/payments/api is the project {id}.")));
    let file = world
        .mappings
        .read(&format!("projects/{root}/payments/api.yaml"));
    assert!(file.contains(&format!("id: {id}\n")), "{file}");
    for (path, why) in [
        (
            "payments/old",
            "had this path before it was renamed or moved",
        ),
        (
            "payments/none",
            "GitLab has no project of this path that this token can see",
        ),
    ] {
        let run = add(&format!("{root}/{path}")).code(1);
        let message = stderr(&run);
        assert!(message.starts_with("error[no-project-id]: "), "{message}");
        assert!(message.contains(why), "{message}");
    }
    let tool = world.tool.without_env("GITLAB_TOKEN");
    let run = tool
        .run(["add", "a/b", "--environment", &environment])
        .assert()
        .code(1);
    assert!(
        stderr(&run).contains("is unknown: add without --id needs GITLAB_TOKEN, which is not set"),
        "{}",
        stderr(&run)
    );
}

#[test]
fn plan_says_which_allow_came_or_went_in_a_merge_request() {
    let (vault, mappings) = (Vault::start(), Mappings::of(PLATFORM));
    let git = |arguments: &[&str]| git(&mappings, arguments);
    git(&["init", "--quiet", "--initial-branch=main"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message=Old"]);
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
    let gitlab = crate::support::GitLab::project();
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

#[test]
fn python_gitlab_reads_from_the_stand_in_what_was_put_there() {
    let gitlab = GitLabDirectory::of(json!({"projects": [
        {"path": "payments/api", "former": ["payments/old"], "environments": {"dev": "development", "prod": "production"}, "protected": ["prod"]},
        {"path": "many", "count": 130, "archived": true},
        {"path": "free"},
    ], "groups": [{"path": "payments", "tiers": ["production"]}]}));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gitlab/second_client.py");
    let output = Command::new(Path::new(Shared::aws_cli()).with_file_name("python"))
        .arg(script)
        .env("URL", Shared::gitlab("url"))
        .env("TOKEN", gitlab.token("read_api"))
        .env("ROOT", gitlab.root())
        .env("GROUP", gitlab.group(0).to_string())
        .env("FREE", gitlab.project(2).to_string())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let read: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        read,
        json!({
            "project": gitlab.project(0),
            "path": format!("{}/payments/api", gitlab.root()),
            "moved": gitlab.project(0),
            "environments": [["dev", "development"], ["prod", "production"]],
            "protected": ["prod"],
            "group": format!("{}/payments", gitlab.root()),
            "tiers": ["production"],
            "listed": 132,
            "archived": 130,
            "free": 404,
            "missing": 404,
            "write": 403,
        })
    );
}
