//! Roles with names, and roles of groups, change step by step: each step says who gains and who loses.

use std::fs;

use serde_json::Value;

use super::{Repository, copy};

const API: &str = "projects/payments/api.yaml";
const GROUP: &str = "projects/payments/group.yaml";

/// Each step of the files, and who gains and who loses by it.
type Step = (
    &'static str,
    fn(&Repository),
    &'static [&'static str],
    &'static [&'static str],
);

const STEPS: [Step; 8] = [
    (
        "an environment gets several roles in place of one",
        |repository| {
            repository.replace(
                API,
                "  prod: arn:aws:iam::123456789013:role/api\n",
                "  prod:\n    roles:\n      deploy: arn:aws:iam::123456789013:role/api\n      read: arn:aws:iam::123456789013:role/api-read\n",
            );
        },
        &["project 500 (payments/api), environment prod role/api-read"],
        &[],
    ),
    (
        "one of several roles has another IAM role",
        |repository| repository.replace(API, "role/api-read", "role/api-view"),
        &["project 500 (payments/api), environment prod role/api-view"],
        &["project 500 (payments/api), environment prod role/api-read"],
    ),
    (
        "one of several roles is gone",
        |repository| {
            repository.replace(
                API,
                "      read: arn:aws:iam::123456789013:role/api-view\n",
                "",
            )
        },
        &[],
        &["project 500 (payments/api), environment prod role/api-view"],
    ),
    (
        "a group gets a role",
        |repository| {
            let text = "group: payments\nid: 72\nenvironments:\n  dev: arn:aws:iam::123456789012:role/payments\n";
            fs::write(repository.folder().join(GROUP), text).unwrap();
        },
        &["any project directly in group 72 (payments), environment dev role/payments"],
        &[],
    ),
    (
        "a subgroup is listed",
        |repository| repository.replace(GROUP, "id: 72\n", "id: 72\nsubgroups: [73]\n"),
        &["any project directly in group 73 (subgroup of payments), environment dev role/payments"],
        &[],
    ),
    (
        "the group has several roles",
        |repository| {
            repository.replace(
                GROUP,
                "  dev: arn:aws:iam::123456789012:role/payments\n",
                "  dev: {roles: {a: arn:aws:iam::123456789012:role/payments, b: arn:aws:iam::123456789012:role/more}}\n",
            );
        },
        &[
            "any project directly in group 72 (payments) or 73 (subgroup of payments), environment dev role/more",
        ],
        &[],
    ),
    (
        "another subgroup takes the place of one",
        |repository| repository.replace(GROUP, "[73]", "[74]"),
        &[
            "any project directly in group 74 (subgroup of payments), environment dev role/more role/payments",
        ],
        &[
            "any project directly in group 73 (subgroup of payments), environment dev role/more role/payments",
        ],
    ),
    (
        "the group's file is gone",
        |repository| fs::remove_file(repository.folder().join(GROUP)).unwrap(),
        &[],
        &[
            "any project directly in group 72 (payments) or 74 (subgroup of payments), environment dev role/more role/payments",
        ],
    ),
];

/// What a change says, without the condition on the branch and without the accounts of the roles.
fn shortened(json: &Value, kind: &str) -> Vec<String> {
    let changes = json["access"].as_array().unwrap().iter();
    let changes = changes.filter(|one| one["change"] == kind);
    let mut words: Vec<String> = changes
        .map(|one| {
            let who = one["who"].as_str().unwrap();
            let who: Vec<&str> = who.split(", ").take(2).collect();
            let arns = one["identities"].as_array().unwrap().iter();
            let roles = arns.map(|arn| arn.as_str().unwrap().rsplit(':').next().unwrap());
            let roles: Vec<&str> = roles.collect();
            format!("{} {}", who.join(", "), roles.join(" "))
        })
        .collect();
    words.sort();
    words
}

#[test]
fn named_roles_and_groups_are_compared_between_revisions_and_folders() {
    let repository = Repository::new();
    let api = "project: payments/api\nid: 500\nenvironments:\n  prod: arn:aws:iam::123456789013:role/api\n";
    fs::create_dir_all(repository.folder().join("projects/payments")).unwrap();
    fs::write(repository.folder().join(API), api).unwrap();
    repository.commit("An API");
    for (what, change, gains, losses) in STEPS {
        let before = repository.tool.home().join("before");
        copy(&repository.folder(), &before);
        change(&repository);
        let unsaved = repository.json(&["HEAD"]);
        repository.commit(what);
        for json in [
            unsaved,
            repository.json(&["HEAD~1", "HEAD"]),
            repository.json(&["before"]),
        ] {
            assert_eq!(shortened(&json, "gain"), gains, "{what}: {json:#}");
            assert_eq!(shortened(&json, "loss"), losses, "{what}: {json:#}");
        }
        let back = repository.json(&["HEAD", "HEAD~1"]);
        assert_eq!(shortened(&back, "gain"), losses, "{what}: {back:#}");
        assert_eq!(shortened(&back, "loss"), gains, "{what}: {back:#}");
        fs::remove_dir_all(before).unwrap();
    }
    let by_commit = repository.json(&["HEAD~8", "HEAD", "--by-commit"]);
    assert_eq!(by_commit["commits"].as_array().unwrap().len(), STEPS.len());
}
