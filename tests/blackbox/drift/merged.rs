//! What of a drift was merged and waits for an apply, and which mappings are of projects that are gone.

use serde_json::json;

use crate::support::{
    GitLab, GitLabDirectory, Mappings, Tool, Vault, commit, field, repository, stderr,
};

const WEBSITE: &str = "projects/somenamespace/website.yaml";

#[test]
fn what_was_merged_and_not_applied_is_not_called_drift() {
    let (vault, mappings, gitlab) = (Vault::start(), Mappings::shipped(), GitLab::project());
    let job = gitlab.job(Tool::new(&vault, &mappings));
    let drift = |code| stderr(&job.run(["drift", "--open-issue"]).assert().code(code));
    let described = || field(&gitlab.open_issue(), "description").to_owned();
    job.apply().assert().success();

    // Outside a repository there is no history.
    mappings.replace(WEBSITE, "role/website", "role/site");
    let unknown = "whether differences wait for an apply is unknown: git: not a git repository";
    drift(2);
    assert!(described().contains(unknown));
    mappings.replace(WEBSITE, "role/site", "role/website");
    repository(mappings.path());
    drift(0);

    // One role is merged anew, and one changed.
    mappings.replace(WEBSITE, "role/website", "role/site");
    commit(mappings.path(), "Rename");
    mappings.append(WEBSITE, "default: arn:aws:iam::123456789012:role/build\n");
    commit(mappings.path(), "Add");
    let said = drift(2);
    assert_eq!(
        said.matches("waiting for apply since 20").count(),
        2,
        "{said}"
    );
    assert!(said.contains(": aws/roles/412\n"), "{said}");
    assert!(
        said.contains(": aws/roles/412-dev, aws/roles/412-prod\n"),
        "{said}"
    );
    let text = described();
    let all = "3 differences merged and not yet applied: Vault holds what the files wanted before. There is no other drift.";
    assert!(text.contains(all), "{text}");

    // Someone changes another one by hand.
    vault.root.delete("aws/roles/365-dev");
    let text = {
        drift(2);
        described()
    };
    assert!(
        text.contains("wanted before. The other one is drift."),
        "{text}"
    );
    job.apply().assert().success();
    drift(0);

    // What has been applied and is deleted by hand is drift, even if the files had it not before.
    vault.root.delete("aws/roles/412");
    let said = drift(2);
    assert!(
        said.contains("waiting for apply"),
        "right after the newest commit, both look the same: {said}"
    );
    vault.root.delete("aws/roles/412-prod");
    vault.root.write("aws/roles/365", &json!({"credential_type": "assumed_role", "role_arns": ["arn:aws:iam::123456789012:role/x"]}));
    let said = drift(2);
    assert!(!said.contains("412-prod"), "{said}");
}

#[test]
fn mappings_of_projects_that_are_gone_are_part_of_the_issue_with_the_line_to_remove() {
    let directory = GitLabDirectory::of(json!({"projects": [
        {"path": "old", "archived": true}, {"path": "doomed", "marked_for_deletion_on": "2030-01-01"},
        {"path": "hidden", "hidden": true}, {"path": "live"},
    ]}));
    let (vault, mappings, gitlab) = (Vault::start(), Mappings::shipped(), GitLab::project());
    mappings.remove(WEBSITE);
    mappings.remove("projects/somenamespace/someproject.yaml");
    mappings.remove("contract.yaml");
    let root = directory.root();
    for (number, name) in ["old", "doomed", "hidden", "live"].into_iter().enumerate() {
        let id = directory.project(number);
        mappings.write(
            &format!("projects/{root}/{name}.yaml"),
            format!(
                "project: {root}/{name}\nid: {id}\ndefault: arn:aws:iam::123456789012:role/{name}\n"
            ),
        );
    }
    let job = gitlab.job(Tool::new(&vault, &mappings));
    job.apply().assert().success();
    let drift = |token: &str| {
        let mut run = job.run(["drift", "--open-issue"]);
        stderr(&run.env("GITLAB_READ_TOKEN", token).assert().code(0))
    };
    // What the token of the issue does not see is not called gone.
    let said = drift("");
    let unseen =
        "Not looked at: 4 of the mapped projects and groups, which this token does not see";
    assert!(said.contains(unseen), "{said}");
    assert_eq!(gitlab.issues("opened").len(), 0);

    drift(directory.token("read_api"));
    let text = field(&gitlab.open_issue(), "description").to_owned();
    let heading = "Mappings whose jobs no longer run, with the line to remove:";
    assert!(text.contains(heading), "{text}");
    for (name, why) in [
        ("old", "is archived, so no job of it can run"),
        ("doomed", "it is marked for deletion"),
        ("hidden", "it is gone, or not visible to the token"),
    ] {
        let line = |line: &&str| line.contains(&format!("/{name}.yaml:2: ")) && line.contains(why);
        assert_eq!(text.lines().filter(line).count(), 1, "{name}: {text}");
    }
    assert!(!text.contains("/live.yaml"), "{text}");
    let writes = gitlab.writes().len();
    drift(directory.token("read_api"));
    assert_eq!(
        gitlab.writes().len(),
        writes,
        "nothing new, nothing to write"
    );

    for name in ["old", "doomed", "hidden"] {
        mappings.remove(&format!("projects/{root}/{name}.yaml"));
    }
    job.apply().assert().success();
    drift(directory.token("read_api"));
    assert_eq!(gitlab.issues("opened").len(), 0);
}
