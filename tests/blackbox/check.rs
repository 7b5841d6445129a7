//! `check`, against the stand-in for GitLab, which python-gitlab understands too.

mod add;
mod changed;
mod claims;
mod failure;
mod many;
mod reports;
mod second_client;

use std::collections::BTreeSet;

use assert_cmd::assert::Assert;
use serde_json::{Value, json};

use crate::support::{GitLabDirectory, Mappings, Shared, Tool, stderr, stdout};

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
             Not looked at: ids in the policies of vault.yaml and in contract.yaml, and globs over ids; environments of the projects of groups; \
             who may deploy, push or merge; whether this is https://git.example.com, which signs the JWTs of auth/gitlab.\n"
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
