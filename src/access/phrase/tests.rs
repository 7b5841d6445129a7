use std::collections::BTreeMap;

use super::*;
use crate::access::jwts::{Bounds, ClaimSet, Language};

fn texts(texts: &[&str]) -> ClaimSet {
    ClaimSet::texts(texts.iter().map(|text| (*text).to_owned()).collect())
}

#[test]
fn who_reaches_something_is_said_with_what_is_free() {
    let names = ProjectNames {
        paths: BTreeMap::from([("412".into(), "somenamespace/website".into())]),
        groups: BTreeMap::from([("74".into(), "subgroup of payments".into())]),
        several_issuers: false,
    };
    let said = |claims: &[(&str, ClaimSet)]| {
        let bounds = claims.iter().fold(Bounds::any(), |bounds, (claim, set)| {
            bounds.require(claim, set).unwrap()
        });
        names.who(&std::iter::once(bounds).collect())
    };
    for (claims, expected) in [
        (
            vec![],
            "any project, any environment or none, any branch or tag",
        ),
        (
            vec![("environment", texts(&["canary"]))],
            "any project, environment canary, any branch or tag",
        ),
        (
            vec![
                ("project_id", texts(&["412"])),
                ("environment", texts(&["prod"])),
                ("ref_protected", texts(&["true"])),
            ],
            "project 412 (somenamespace/website), environment prod, protected refs only",
        ),
        (
            vec![
                ("project_id", texts(&["412"])),
                ("environment", texts(&["prod"])),
                ("ref_protected", texts(&["true"])),
                ("environment_action", texts(&["start"])),
            ],
            "project 412 (somenamespace/website), environment prod, protected refs only, deployments only",
        ),
        (
            vec![("namespace_id", texts(&["72", "73"]))],
            "any project directly in group 72 or 73, any environment or none, any branch or tag",
        ),
        (
            vec![("namespace_id", texts(&["74"]))],
            "any project directly in group 74 (subgroup of payments), any environment or none, any branch or tag",
        ),
        (
            vec![("project_id", texts(&["412"]).not())],
            "any project except 412 (somenamespace/website), any environment or none, any branch or tag",
        ),
        (
            vec![("ref", texts(&["rel"]))],
            "any project, any environment or none, branch or tag rel, protected or not",
        ),
        (
            vec![("environment", texts(&["prod"]).not())],
            "any project, every environment except prod, and jobs without one, any branch or tag",
        ),
        (
            vec![
                ("environment", ClaimSet::absent()),
                ("user_login", texts(&["root"])),
            ],
            "any project, jobs without an environment, any branch or tag, user_login is root",
        ),
        (
            vec![
                ("project_path", texts(&["a/b"])),
                ("namespace_path", texts(&["a"])),
            ],
            "any project whose project_path is a/b, any environment or none, any branch or tag, namespace_path is a",
        ),
        (
            vec![
                ("ci_config_ref_uri", texts(&["git.example.com/a//b"])),
                ("runner_environment", texts(&["self-hosted"]).not()),
            ],
            "any project, any environment or none, any branch or tag, ci_config_ref_uri is git.example.com/a//b, \
             runner_environment is a text other than self-hosted or is absent",
        ),
        (
            vec![("environment", ClaimSet::texts(Language::glob("review/*")))],
            "any project, an environment like review/*, any branch or tag",
        ),
    ] {
        assert_eq!(said(&claims), expected);
    }
}

#[test]
fn what_several_kinds_of_jobs_have_in_common_comes_first() {
    let bounds = |claims: &[(&str, &str)]| {
        claims.iter().fold(Bounds::any(), |bounds, (claim, text)| {
            bounds.with_text(claim, text).unwrap()
        })
    };
    let names = ProjectNames::default();
    let described = |all: &[&[(&str, &str)]]| {
        let jwts = all.iter().map(|claims| bounds(claims)).collect();
        let described = names.described(&jwts);
        let details: Vec<String> = described.iter().flat_map(Description::details).collect();
        (names.who(&jwts), described.len(), details)
    };
    let (project, source) = (("project_id", "412"), ("pipeline_source", "push"));
    let (line, groups, details) = described(&[
        &[project, source, ("ref", "main"), ("ref_protected", "true")],
        &[project, source, ("ref", "rel"), ("user_login", "root")],
    ]);
    assert_eq!(
        line,
        "project 412, any environment or none, pipeline_source is push (either branch or tag main, protected; or branch or tag \
         rel, protected or not, user_login is root)"
    );
    assert_eq!(groups, 1);
    assert_eq!(
        details,
        [
            "if pipeline_source is push",
            "either branch or tag main, protected",
            "or branch or tag rel, protected or not, user_login is root",
        ]
    );
    // Nothing is in common.
    let (line, groups, _) = described(&[
        &[project, ("environment", "dev"), ("ref", "main")],
        &[("project_id", "7"), ("environment", "prod"), ("ref", "rel")],
    ]);
    assert_eq!(groups, 2);
    assert!(
        line.starts_with("project ") && line.contains("; or project "),
        "{line}"
    );
    // Not all cases are listed.
    let logins: Vec<[(&str, &str); 2]> = ["a", "b", "c", "d", "e"]
        .iter()
        .map(|name| [("ref", *name), ("user_login", *name)])
        .collect();
    let logins: Vec<&[(&str, &str)]> = logins.iter().map(|one| one.as_slice()).collect();
    let (line, _, _) = described(&logins);
    assert!(line.ends_with("; or 2 more cases)"), "{line}");
}
