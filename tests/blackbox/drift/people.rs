//! What people do with the issue, and issues that are not the token user's.

use serde_json::json;

use super::{FOREIGN, World, notes};
use crate::support::{field, stderr};

const OTHER: &str = "path \"secret/other\" { capabilities = [\"read\"] }\n";

#[test]
fn an_issue_of_another_user_is_named_and_never_written_to() {
    let world = World::new();
    world.change("one", FOREIGN);
    world.drift().code(2);
    let forged = world.gitlab.open_issue()["description"].take();

    let world = World {
        gitlab: crate::support::GitLab::project(),
        ..world
    };
    let forged = json!({"labels": ["renamed"], "description": forged});
    world.gitlab.add_issues(forged);
    let job = world
        .gitlab
        .job(crate::support::Tool::new(&world.vault, &world.mappings));
    let run = job.run(["drift", "--open-issue"]).assert().code(2);
    let of_another = world.gitlab.issues("opened").remove(0);
    assert!(
        stderr(&run).contains(&format!(
            "has the marker of this issue, and {} opened it",
            world.gitlab.developer()
        )),
        "{}",
        stderr(&run)
    );
    assert_eq!(world.gitlab.issues("opened").len(), 2);

    world.change("two", FOREIGN);
    job.run(["drift", "--open-issue"]).assert().code(2);
    world.repair();
    job.run(["drift", "--open-issue"]).assert().code(0);
    assert_eq!(world.gitlab.issues("closed")[0]["iid"], 2);
    assert_eq!(world.gitlab.open_issue(), of_another);
}

#[test]
fn an_issue_that_was_closed_by_hand_stays_closed_while_the_drift_is_the_same() {
    let world = World::new();
    world.change("one", FOREIGN);
    world.drift().code(2);
    world.gitlab.change_issue(1, json!({"state": "closed"}));
    let run = world.drift().code(2);
    assert!(
        stderr(&run).contains("closed by hand and stays closed"),
        "{}",
        stderr(&run)
    );
    let closed = world.gitlab.issues("closed").remove(0);
    assert_eq!(notes(&closed).len(), 1);
    assert!(notes(&closed)[0].starts_with("The drift that this issue describes is still there."));
    assert_eq!(world.writes_of(|| drop(world.drift().code(2))), []);

    world.change("one", OTHER);
    world.drift().code(2);
    let reopened = world.gitlab.open_issue();
    assert_eq!((&reopened["iid"], notes(&reopened).len()), (&json!(1), 2));

    // It was closed again, and the drift ends and comes back: that is another one.
    world.gitlab.change_issue(1, json!({"state": "closed"}));
    world.repair();
    world.drift().code(0);
    assert_eq!(world.writes_of(|| drop(world.drift().code(0))), []);
    let closed = world.gitlab.issues("closed").remove(0);
    assert!(
        notes(&closed)[2].starts_with("The drift is gone"),
        "{closed:#}"
    );
    world.change("one", OTHER);
    world.drift().code(2);
    assert_eq!(world.gitlab.open_issue()["iid"], 2);
}

#[test]
fn a_label_that_was_taken_away_is_put_back() {
    let world = World::new();
    world.change("one", FOREIGN);
    world.drift().code(2);
    world.gitlab.change_issue(1, json!({"labels": ["renamed"]}));
    world.drift().code(2);
    let issue = world.gitlab.open_issue();
    assert_eq!(issue["labels"], json!(["renamed", "vault-drift"]));
    assert_eq!(world.writes_of(|| drop(world.drift().code(2))), []);
}

#[test]
fn what_people_write_around_the_description_stays() {
    let world = World::new();
    world.change("one", FOREIGN);
    world.drift().code(2);
    let issue = world.gitlab.open_issue();
    let description = field(&issue, "description");
    let written = format!("Anna looks after it.\n```\n/close\n```\n\n{description}\n\nSee !12.");
    world
        .gitlab
        .change_issue(1, json!({"description": written}));
    assert_eq!(world.writes_of(|| drop(world.drift().code(2))), []);

    for policy in ["two", "one"] {
        world.change(policy, OTHER);
        world.drift().code(2);
        let issue = world.gitlab.open_issue();
        let description = field(&issue, "description");
        assert!(
            description.starts_with("Anna looks after it.\n```\n\\/close\n```\n\n<!-- "),
            "{description}"
        );
        assert!(description.ends_with("-->\n\nSee !12."), "{description}");
        assert_eq!(description.matches("What next:").count(), 1);
    }
    assert_eq!(world.gitlab.quick_actions(), json!([]));
}

#[test]
fn an_assignee_that_gitlab_refuses_costs_the_assignee_and_not_the_issue() {
    let world = World::new();
    world.change("one", FOREIGN);
    let developer = format!("nobody,@{}", world.gitlab.developer());
    let arguments = ["drift", "--open-issue", "--assignee", &developer];
    let run = world.job.run(arguments).assert().code(2);
    assert!(stderr(&run).contains("not assigned to nobody: GitLab has no user `nobody`"));
    let issue = world.gitlab.open_issue();
    assert_eq!(issue["assignees"][0]["username"], world.gitlab.developer());

    let world = World::new();
    world.change("one", FOREIGN);
    world.gitlab.fault(json!({
        "method": "POST", "path": "/issues$", "status": 422, "body": "{\"message\":\"assignee is invalid\"}",
    }));
    let developer = world.gitlab.developer();
    let arguments = ["drift", "--open-issue", "--assignee", developer];
    let run = world.job.run(arguments).assert().code(2);
    assert!(
        stderr(&run).contains("opened without an assignee"),
        "{}",
        stderr(&run)
    );
    assert_eq!(world.gitlab.open_issue()["assignees"], json!([]));
}
