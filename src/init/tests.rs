//! What a new repository holds.

use super::*;
use crate::mappings::desired_of;

fn repository() -> NewRepository {
    NewRepository {
        vault: "https://vault.example.com".parse().unwrap(),
        gitlab: "https://git.example.com/".parse().unwrap(),
        project_id: "7012".parse().unwrap(),
        branch: "main".parse().unwrap(),
        audience: "https://vault.example.com".parse().unwrap(),
        accounts: ["123456789012", "123456789013"]
            .map(|account| AccountId::try_from(account.to_owned()).unwrap())
            .into(),
        owner: "@devops".parse().unwrap(),
        component: "devops/vault-provisioner@1.0.0".parse().unwrap(),
        image: None,
    }
}

fn file(repository: &NewRepository, path: &str) -> String {
    let files = repository.files().into_iter();
    let mut found = files.filter(|(file, _)| file == &PathBuf::from(path));
    found.next().unwrap().1
}

/// The platform of the shipped files without what belongs to their sample projects.
fn shipped_without_samples() -> String {
    let shipped = include_str!("../../mappings/vault.yaml");
    let sample =
        "      - path: ${secrets.aws.path}/sts/gitlab-tools\n        capabilities: [update]\n";
    let shipped = shipped.replace(sample, "");
    let lines = shipped
        .lines()
        .filter(|line| !line.contains("gitlab-tools") && !line.contains("GitLab tools"));
    let text: Vec<&str> = lines.collect();
    text.join("\n").replace(
        "    max_lease_ttl: 1h\n    roles:\n",
        "    max_lease_ttl: 1h\n",
    )
}

#[test]
fn the_platform_is_that_of_the_shipped_files_without_their_samples() {
    let new = desired_of(&file(&repository(), "mappings/vault.yaml"));
    let shipped = desired_of(&shipped_without_samples());
    assert_eq!(new.resources, shipped.resources);
    assert_eq!(new.guardrails, shipped.guardrails);
}

#[test]
fn no_place_is_left_unfilled_and_no_value_is_read_again() {
    let mut repository = repository();
    repository.branch = "@owner@".parse().unwrap();
    let files = repository.files();
    for (path, text) in &files {
        for name in repository.values().keys() {
            let place = format!("@{name}@");
            let names_branch = path.ends_with("vault.yaml") || path.ends_with("README.md");
            let is_branch = *name == "owner" && names_branch;
            assert_eq!(
                text.contains(&place),
                is_branch,
                "{}: {place}",
                path.display()
            );
        }
    }
    assert!(file(&repository, "mappings/vault.yaml").contains("ref: \"@owner@\""));
}

#[test]
fn texts_that_would_change_the_meaning_of_a_file_are_refused() {
    for text in [
        "vault.example.com",
        "ftp://vault.example.com",
        "https://user@vault.example.com",
        "https://vault.example.com?a",
        "https://vault.example.com/a!b",
    ] {
        let parsed = text.parse::<ServerUrl>();
        assert!(parsed.is_err(), "{text}: {parsed:?}");
    }
    for text in ["", "a b", "a\nb", "a:b", "a\\b"] {
        assert!(text.parse::<Branch>().is_err(), "{text}");
    }
    for text in ["devops", "@", "@a b", "@a\n* @b"] {
        assert!(text.parse::<CodeOwner>().is_err(), "{text}");
    }
    for text in ["devops/vault-provisioner", "@1.0.0", "a b@1", "a@1\nx: y"] {
        assert!(text.parse::<Component>().is_err(), "{text}");
    }
}
