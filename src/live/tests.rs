//! What is read of Vault, and what it is taken for, on a server in memory.

mod discover;
mod identity;
mod other_methods;

use std::collections::BTreeSet;

use globset::{Glob, GlobSet};
use serde_json::{Value, json};

use super::*;
use crate::acl::{Capability, Rule, Rules};
use crate::desired::Unmanaged;
use crate::resource::{AwsRole, JwtConfig, JwtRole, Kind, Policy};
use crate::vault::Operation;
use crate::vault::memory::{InjectedFault, MemoryVault, refused};

const ROLE: &str = "arn:aws:iam::123456789012:role/r";

/// Files with a JWT method, an AWS engine, a role in each, and a policy.
fn desired() -> Desired {
    let mut desired = Desired::default();
    let mount = |kind: Kind, r#type: &str| parsed(kind, json!({"type": r#type}));
    desired.insert(
        Address::of_auth_mount("gitlab"),
        mount(Kind::AuthMount, "jwt"),
    );
    let engine = Address::of_mount(Kind::SecretsMount, "aws");
    desired.insert(engine, mount(Kind::SecretsMount, "aws"));
    desired.insert_config("gitlab", Some(&JwtConfig::default()));
    desired.insert_all("gitlab", [("login", &JwtRole::default())]);
    desired.insert_all("aws", [("wanted", &AwsRole::default())]);
    desired.insert(Address::of_policy("p"), Policy::new(String::new()));
    desired
}

fn parsed(kind: Kind, fields: Value) -> Resource {
    kind.parse(fields).resource()
}

/// A server that holds what [`desired`] asks for, and more beside it.
fn vault() -> MemoryVault {
    let vault = MemoryVault::default();
    for (path, fields) in [
        ("sys/auth/gitlab", json!({"type": "jwt"})),
        ("sys/auth/people", json!({"type": "userpass"})),
        ("sys/mounts/aws", json!({"type": "aws"})),
        ("sys/mounts/kv", json!({"type": "kv"})),
        (
            "auth/gitlab/config",
            json!({"bound_issuer": "https://git.example.com"}),
        ),
        (
            "auth/gitlab/role/login",
            json!({"user_claim": "project_id"}),
        ),
        ("auth/gitlab/role/stray", json!({"user_claim": "sub"})),
        ("aws/config/lease", json!({"lease": 60})),
        ("aws/roles/wanted", json!({"role_arns": [ROLE]})),
        ("aws/roles/stray", json!({"role_arns": [ROLE]})),
        ("aws/roles/legacy-1", json!({"role_arns": [ROLE]})),
        ("sys/policies/acl/p", json!({"policy": ""})),
        ("sys/policies/acl/theirs", json!({"policy": ""})),
    ] {
        vault.put(path, fields);
    }
    vault
}

async fn read(vault: &MemoryVault, desired: &Desired) -> Result<Live, LiveError> {
    Live::read(vault, desired, &Progress::on_terminal()).await
}

fn paths(live: &Live) -> Vec<String> {
    live.resources.keys().map(Address::path).collect()
}

/// A token that may do everything except this.
fn without(path: &str, capability: Capability) -> Rules {
    let rule = |path: &str, refused: Option<Capability>| {
        let all = [Capability::Read, Capability::List, Capability::Update];
        let allowed = all.into_iter().filter(|one| Some(*one) != refused);
        Rule::new(path.to_owned().try_into().unwrap(), allowed)
    };
    vec![rule("*", None), rule(path, Some(capability))]
}

#[tokio::test]
async fn the_content_of_the_files_mounts_is_read_and_nothing_of_others() {
    let vault = vault();
    let live = read(&vault, &desired()).await.unwrap();
    assert_eq!(
        paths(&live),
        [
            "sys/auth/gitlab",
            "sys/mounts/aws",
            "auth/gitlab/config",
            "sys/policies/acl/p",
            "auth/gitlab/role/login",
            "auth/gitlab/role/stray",
            "aws/roles/legacy-1",
            "aws/roles/stray",
            "aws/roles/wanted",
        ]
    );
    assert_eq!(
        live.accessors,
        [("gitlab".to_owned(), "jwt_1".to_owned())].into()
    );
    let seen = vault.seen();
    let foreign = ["theirs", "kv", "people", "config/lease"];
    let is_foreign = |path: &str| foreign.iter().any(|name| path.contains(name));
    assert_eq!(seen.iter().find(|seen| is_foreign(&seen.path)), None);
    assert_eq!(vault.changed(), [""; 0], "planning only reads");
}

#[tokio::test]
async fn what_is_not_there_is_absent_and_not_read_without_its_mount() {
    let vault = MemoryVault::default();
    let live = read(&vault, &desired()).await.unwrap();
    assert_eq!(paths(&live), [""; 0]);
    let seen = vault.seen().clone();
    let read_paths: Vec<&str> = seen
        .iter()
        .filter(|seen| seen.operation == Operation::Read)
        .map(|seen| seen.path.as_str())
        .collect();
    assert_eq!(read_paths, ["sys/auth", "sys/mounts", "sys/policies/acl/p"]);

    // What is said of a folder without its mount means nothing.
    let error = refused(Operation::List, "aws/roles", 500);
    vault.fails(Operation::List, "aws/roles", InjectedFault::Refused(error));
    read(&vault, &desired()).await.unwrap();
    vault.mend();

    vault.put("sys/mounts/aws", json!({"type": "aws"}));
    let live = read(&vault, &desired()).await.unwrap();
    assert_eq!(
        paths(&live),
        ["sys/mounts/aws"],
        "an empty list is no error"
    );
}

#[tokio::test]
async fn tables_and_lists_are_asked_for_before_any_answer_has_come() {
    let vault = vault();
    let together = BTreeSet::from(["sys/auth", "sys/mounts", "auth/gitlab/role", "aws/roles"]);
    let count = together.len();
    let asked = InjectedFault::then(move |vault| assert!(vault.seen().len() >= count));
    vault.fails(Operation::Read, "sys/auth", asked);
    read(&vault, &desired()).await.unwrap();
    let seen = vault.seen();
    let first = seen[..count].iter().map(|seen| seen.path.as_str());
    assert_eq!(first.collect::<BTreeSet<_>>(), together);
}

/// The list was answered before the mount was there, and the table of mounts after.
#[tokio::test]
async fn a_mount_that_comes_between_two_answers_is_listed() {
    let (vault, folder) = (
        vault(),
        Address::of_role(Kind::AwsRole, "aws", "r").folder(),
    );
    let folder = folder.expect("roles are listed");
    let path = folder.path();
    let too_early = Err(VaultError::MissingMount { path });
    let listing = listing::once_mounted(&vault, &folder, too_early).await;
    let Ok(Listing::Names(names)) = listing else {
        panic!("not listed")
    };
    assert_eq!(names, ["legacy-1", "stray", "wanted"]);
}

#[tokio::test]
async fn a_role_that_is_deleted_while_it_is_read_is_absent() {
    let vault = vault();
    let gone = InjectedFault::then(|vault| vault.remove("aws/roles/stray"));
    vault.fails(Operation::List, "aws/roles", gone);
    let live = read(&vault, &desired()).await.unwrap();
    assert!(!paths(&live).contains(&"aws/roles/stray".to_owned()));
}

#[tokio::test]
async fn unmanaged_roles_are_listed_and_not_read() {
    let vault = vault();
    let mut desired = desired();
    let globs = GlobSet::builder()
        .add(Glob::new("legacy-*").unwrap())
        .build();
    desired.unmanaged = Unmanaged::new([(Kind::AwsRole, globs.unwrap())]);
    let live = read(&vault, &desired).await.unwrap();
    assert!(!paths(&live).contains(&"aws/roles/legacy-1".to_owned()));
    let seen = vault.seen();
    assert!(!seen.iter().any(|seen| seen.path.contains("legacy")));
}

#[tokio::test]
async fn a_token_that_may_not_list_sees_the_roles_of_the_files_and_says_so() {
    let vault = vault().with_token(without("aws/roles", Capability::List));
    let live = read(&vault, &desired()).await.unwrap();
    assert_eq!(live.unlisted.keys().collect::<Vec<_>>(), ["aws/roles"]);
    let Unlisted::Denied(why) = &live.unlisted["aws/roles"] else {
        panic!("{:?}", live.unlisted)
    };
    assert!(why.lacks(Capability::List), "{why}");
    let roles: BTreeSet<String> = paths(&live).into_iter().collect();
    assert!(roles.contains("aws/roles/wanted") && !roles.contains("aws/roles/stray"));
    assert!(
        roles.contains("auth/gitlab/role/stray"),
        "the other folder is listed"
    );
}

#[tokio::test]
async fn a_read_that_is_refused_ends_the_plan_whatever_it_reads() {
    for path in [
        "sys/auth",
        "sys/mounts",
        "auth/gitlab/config",
        "auth/gitlab/role/login",
        "aws/roles/stray",
        "sys/policies/acl/p",
    ] {
        let vault = vault().with_token(without(path, Capability::Read));
        let error = read(&vault, &desired()).await.unwrap_err();
        let LiveError::Vault(VaultError::Forbidden(denial)) = &error else {
            panic!("{path}: {error}")
        };
        assert_eq!(denial.path, path);
        assert_eq!(denial.missing, [Capability::Read], "{path}");
    }
}

#[tokio::test]
async fn a_list_that_fails_otherwise_is_not_treated_as_empty() {
    let vault = vault();
    let error = refused(Operation::List, "aws/roles", 500);
    vault.fails(Operation::List, "aws/roles", InjectedFault::Refused(error));
    let error = read(&vault, &desired()).await.unwrap_err();
    assert!(error.to_string().contains("aws/roles"), "{error}");
}

#[tokio::test]
async fn a_server_without_the_list_or_the_kind_is_distinguished_from_one_without_roles() {
    let unsupported = || {
        let path = "aws/roles".to_owned();
        let messages = Default::default();
        InjectedFault::Refused(VaultError::UnsupportedPath { path, messages })
    };
    let vault = vault();
    vault.fails(Operation::List, "aws/roles", unsupported());
    let live = read(&vault, &desired()).await.unwrap();
    let is_unsupported = matches!(live.unlisted["aws/roles"], Unlisted::Unsupported);
    assert!(is_unsupported, "{:?}", live.unlisted);
    assert!(paths(&live).contains(&"aws/roles/wanted".to_owned()));

    vault.fails(Operation::Read, "aws/roles/*", unsupported());
    let error = read(&vault, &desired()).await.unwrap_err();
    assert!(
        matches!(
            error,
            LiveError::NoSuchKind {
                kind: Kind::AwsRole,
                ..
            }
        ),
        "{error}"
    );
    let mut without = desired();
    without
        .resources
        .retain(|address, _| address.kind != Kind::AwsRole);
    let live = read(&vault, &without).await.unwrap();
    assert!(live.unlisted.is_empty(), "{:?}", live.unlisted);
}

#[tokio::test]
async fn removed_mounts_and_policies_are_read_without_what_is_in_them() {
    let vault = vault();
    let mut desired = Desired::default();
    let engine = Address::of_mount(Kind::SecretsMount, "aws");
    desired.removed = [
        Address::of_auth_mount("gitlab"),
        engine,
        Address::of_policy("p"),
    ]
    .into();
    let live = read(&vault, &desired).await.unwrap();
    assert_eq!(
        paths(&live),
        ["sys/auth/gitlab", "sys/mounts/aws", "sys/policies/acl/p"]
    );
    assert!(
        !vault
            .seen()
            .iter()
            .any(|seen| seen.operation == Operation::List)
    );
}

#[tokio::test]
async fn a_mount_of_another_type_is_refused() {
    let vault = vault();
    vault.remove("sys/auth/gitlab");
    vault.put("sys/auth/gitlab", json!({"type": "userpass"}));
    let error = read(&vault, &desired()).await.unwrap_err();
    let LiveError::Unchangeable { path, error } = &error else {
        panic!("{error}")
    };
    assert_eq!(
        (path.as_str(), error.field, error.found.as_str()),
        ("sys/auth/gitlab", "type", "userpass")
    );
}

#[tokio::test]
async fn attributes_that_no_file_can_hold_are_named() {
    let vault = vault();
    let fields = json!({"role_arns": [ROLE], "new_in_vault_9": true, "unset": null, "also": ""});
    vault.put("aws/roles/wanted", fields);
    let live = read(&vault, &desired()).await.unwrap();
    let role = Address::of_role(Kind::AwsRole, "aws", "wanted");
    assert_eq!(
        live.unmodelled,
        [(role, vec!["new_in_vault_9".to_owned()])].into()
    );
}

#[tokio::test]
async fn one_resource_is_read_as_all_are() {
    let vault = vault();
    let live = read(&vault, &desired()).await.unwrap();
    for (address, resource) in &live.resources {
        let read = read_one(&vault, address).await.unwrap();
        assert_eq!(read, Some(resource.clone().into()), "{address}");
    }
    for absent in [
        Address::of_auth_mount("none"),
        Address::of_policy("none"),
        Address::of_role(Kind::AwsRole, "aws", "none"),
    ] {
        assert_eq!(read_one(&vault, &absent).await.unwrap(), None, "{absent}");
    }
}
