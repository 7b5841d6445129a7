//! The numbers in the bound claims of `vault.yaml`.

use std::collections::BTreeSet;

use serde_json::json;

use super::{PLATFORM, World, codes};
use crate::support::{Shared, stdout};

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
fn globs_over_paths_and_numbers_of_another_gitlab_are_no_mistakes() {
    let world = World::new(json!({"projects": [{"path": "payments/api"}]}));
    let (id, root) = (world.gitlab.project(0), world.gitlab.root());
    let gitlab = Shared::gitlab("url");
    let role = |claims: &str| {
        format!(
            "{{user_claim: project_id, bound_audiences: [x], token_explicit_max_ttl: 10m, {claims}}}"
        )
    };
    let glob = |path: &str| {
        role(&format!(
            "bound_claims_type: glob, bound_claims: {{project_id: \"{id}\", project_path: \"{path}\"}}"
        ))
    };
    let other = role("bound_claims: {project_id: \"987654321\"}");
    let method = |address: &str, roles: &str| {
        format!(
            "    type: jwt\n    config: {{jwks_url: \"{address}/-/jwks\", bound_issuer: \"{address}\"}}\n    roles: {{{roles}}}\n"
        )
    };
    let platform = |path: &str| {
        let rest = PLATFORM.split_once("secrets:").unwrap().1;
        format!(
            "version: 1\nauth:\n  gitlab:\n{}  old/gitlab:\n{}secrets:{rest}",
            method(gitlab, &format!("api: {}", glob(path))),
            method("https://old.example.com", &format!("other: {other}")),
        )
    };
    world
        .mappings
        .write("vault.yaml", platform(&format!("{root}/payments/*")));
    let answer = world.json(0);
    assert_eq!(answer["messages"], json!([]), "{answer:#}");
    let text = stdout(&world.check(&[]).code(0));
    let unknown =
        "numbers in the roles of auth/old/gitlab, whose JWTs https://old.example.com signs";
    assert!(text.contains(unknown), "{text}");
    assert!(!text.contains("whether this is"), "{text}");

    // Vault compares paths letter by letter.
    for path in [format!("{root}/shop/*"), format!("{root}/Payments/*")] {
        world.mappings.write("vault.yaml", platform(&path));
        assert_eq!(codes(&world.json(1)), ["other-path"], "{path}");
    }
}
