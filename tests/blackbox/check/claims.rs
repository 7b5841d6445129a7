//! The numbers in the bound claims of `vault.yaml`.

use std::collections::BTreeSet;

use serde_json::json;

use super::World;

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
