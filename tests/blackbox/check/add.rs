//! `add` asks for a project's number in the same way.

use serde_json::json;

use super::{ROLE, World};
use crate::support::{Shared, stderr};

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
