//! Thousands of projects within GitLab's rate limits.

use serde_json::json;

use super::{ROLE, World, codes};

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
