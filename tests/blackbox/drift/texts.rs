//! What the issue may say: no more than GitLab takes, no token, and nothing that acts on GitLab.

use serde_json::json;

use super::{FOREIGN, World, notes};
use crate::support::{GitLab, Mappings, Tool, Vault, field, prose, stderr, stdout};

#[test]
fn a_drift_over_gitlabs_limit_is_cut_at_a_change() {
    let (vault, gitlab) = (Vault::start(), GitLab::project());
    let mappings = Mappings::too_long_for_gitlab();
    let job = gitlab.job(Tool::new(&vault, &mappings));
    let drift = || job.run(["drift", "--open-issue"]).assert().code(2);
    drift();
    let issue = gitlab.open_issue();
    let description = field(&issue, "description");
    let length = description.chars().count();
    assert!(length <= 1_048_576 && length > 900_000, "{length}");
    let shown = description
        .matches("\n+ policy sys/policies/acl/long-")
        .count();
    let left_out = format!("Too long to be shown here: {} of 300 changes", 300 - shown);
    assert!(description.contains(&left_out));
    assert!(description.contains("What next:"));

    let before = gitlab.writes().len();
    drift();
    assert_eq!(gitlab.writes().len(), before);
    vault
        .root
        .write("sys/policies/acl/long-1", &json!({ "policy": FOREIGN }));
    drift();
    let issue = gitlab.open_issue();
    assert!(notes(&issue)[0].contains("New or changed: 1 difference"));
}

#[test]
fn data_can_not_break_out_of_the_issue() {
    let world = World::new();
    let hostile = "\n```\n````\n/close\n/label ~forged\n~~~\n</code></pre></details><script>alert(1)</script>\n@all\n-->\n";
    let marker = "<!-- vault-provisioner drift 00000000000000000000000000000000 drift=00 -->";
    world.change("one", &format!("/*{hostile}{marker}\n*/\n{FOREIGN}"));
    let job = |hostile: &str| {
        let job = Tool::new(&world.vault, &world.mappings);
        let job = world.gitlab.job(job);
        job.with_env("CI_COMMIT_REF_NAME", &format!("`{hostile}"))
            .with_env("CI_COMMIT_SHA", hostile)
            .with_env("CI_PIPELINE_URL", &format!("https://git.test/>)`{hostile}"))
    };
    job(hostile).run(["drift", "--open-issue"]).assert().code(2);
    world.change("two", &format!("/*{hostile}*/\n{FOREIGN}"));
    job(hostile).run(["drift", "--open-issue"]).assert().code(2);
    let issue = world.gitlab.open_issue();
    world.repair();
    job(hostile).run(["drift", "--open-issue"]).assert().code(0);
    let closed = world.gitlab.issues("closed").remove(0);

    assert_eq!(world.gitlab.quick_actions(), json!([]));
    assert_eq!(closed["labels"], json!(["vault-drift"]));
    let texts = [vec![field(&issue, "description")], notes(&closed)].concat();
    assert_eq!(texts.len(), 3);
    for text in texts {
        let prose = prose(text);
        for forbidden in ["@all", "<script", "</details", "/close", "forged", "alert"] {
            assert!(
                !prose.contains(forbidden),
                "{forbidden} in {prose}\nof {text}"
            );
        }
        let markers = text
            .lines()
            .filter(|line| line.starts_with("<!-- vault-provisioner drift "));
        assert_eq!(markers.count(), 1, "{text}");
    }
}

#[test]
fn the_token_is_not_shown_and_can_come_from_a_file() {
    let world = World::new();
    world.change("one", FOREIGN);
    let token = world.gitlab.token("api").to_owned();
    std::fs::write(world.job.home().join("token"), format!("{token}\n")).unwrap();
    let job = world.job.with_env("GITLAB_TOKEN", "glpat-wrong");
    let arguments = [
        "drift",
        "--open-issue",
        "--gitlab-token-file",
        "token",
        "--verbose",
    ];
    let run = job.run(arguments).assert().code(2);
    world.gitlab.open_issue();
    for secret in [token.as_str(), "glpat"] {
        assert!(!stderr(&run).contains(secret) && !stdout(&run).contains(secret));
    }
    assert!(stderr(&run).contains("method=POST"), "{}", stderr(&run));
}
