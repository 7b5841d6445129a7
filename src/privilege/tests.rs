//! The computed policies allow every request that planning and applying make, and the preflight finds what is missing,
//! on a server in memory that asks a token's policy about every request.

use std::collections::BTreeSet;

use serde_json::json;

use super::*;
use crate::acl::{Capability, Rule, Rules};
use crate::apply::{Events, Outcome, apply};
use crate::desired::Desired;
use crate::live::Live;
use crate::mappings::desired_of;
use crate::plan::{Change, Plan};
use crate::progress::Progress;
use crate::resource::{Address, Kind};
use crate::stop::Stop;
use crate::vault::WriteVault;
use crate::vault::memory::MemoryVault;

const FILES: &str = include_str!("../../tests/fixtures/every_kind/allowed.yaml");

/// A resource of every kind, and the role and policy of the pipeline that applies them.
fn configuration(of: &str, removed: &str) -> Desired {
    let lease = if of == "one" { "1h" } else { "2h" };
    let files = FILES.replace("<of>", of).replace("<lease>", lease);
    desired_of(&format!("{files}{removed}\n"))
}

/// What the first configuration becomes.
fn next() -> Desired {
    configuration("two", "removed: [{policy: one}, {secrets: old}]")
}

/// A server with the first configuration, and a mount that is to go.
async fn provisioned() -> MemoryVault {
    let vault = MemoryVault::default();
    vault.put("sys/mounts/old", json!({"type": "aws"}));
    let first = configuration("one", "");
    let plan = plan(&vault, &first).await;
    assert_eq!(failed(&plan, &vault).await, [""; 0]);
    vault
}

fn policy(desired: &Desired, extent: Extent) -> Rules {
    let login = Address::of_role(Kind::JwtRole, "gitlab", "pipeline");
    least(desired, &own_of_login(desired, &login), extent).unwrap()
}

async fn plan(vault: &MemoryVault, desired: &Desired) -> Plan {
    let live = Live::read(vault, desired, &Progress::on_terminal()).await;
    Plan::new(desired, &live.unwrap_or_else(|error| panic!("{error}")))
}

/// The paths of the changes that failed or were not tried.
async fn failed(plan: &Plan, vault: &impl WriteVault) -> Vec<String> {
    let stop = Stop::on_signals().unwrap();
    let (events, progress) = (Events::default(), Progress::on_terminal());
    let outcomes = apply(plan, vault, &stop, &events, &progress).await;
    let outcomes = plan.changes.iter().zip(outcomes);
    let failed = outcomes.filter(|(_, outcome)| !matches!(outcome, Outcome::Done));
    failed.map(|(change, _)| change.address.path()).collect()
}

fn kinds(plan: &Plan) -> BTreeSet<Kind> {
    plan.changes
        .iter()
        .map(|change| change.address.kind)
        .collect()
}

#[tokio::test]
async fn a_plan_needs_no_more_than_the_policy_for_plans() {
    let vault = provisioned()
        .await
        .with_token(policy(&next(), Extent::Plan));
    let plan = plan(&vault, &next()).await;
    assert_eq!(kinds(&plan), Kind::ALL.iter().copied().collect());
    let writes = vault.changed().len();
    assert_eq!(
        failed(&plan, &vault).await.len(),
        plan.changes.len(),
        "it can write nothing"
    );
    assert!(vault.changed().len() > writes);
}

#[tokio::test]
async fn an_apply_needs_no_more_than_the_policy_for_applies() {
    // From nothing: the mount that the token logs in at is there, and its own role and policy are an administrator's.
    let vault = MemoryVault::default();
    vault.put("sys/auth/gitlab", json!({"type": "jwt"}));
    let first = configuration("one", "");
    let vault = vault.with_token(policy(&first, Extent::Apply));
    let own = own_changes(plan(&vault, &first).await);
    check(&own.others, &vault).await.unwrap();
    assert_eq!(failed(&own.others, &vault).await, [""; 0]);
    assert!(check(&own.own, &vault).await.is_err());
    assert_eq!(failed(&own.own, &vault).await.len(), own.own.changes.len());

    let vault = provisioned()
        .await
        .with_token(policy(&next(), Extent::Apply));
    let plan = plan(&vault, &next()).await;
    check(&plan, &vault).await.unwrap();
    assert_eq!(failed(&plan, &vault).await, [""; 0]);
}

/// The changes of a plan to the role and the policy that the token itself has, and the others.
struct Split {
    own: Plan,
    others: Plan,
}

fn own_changes(plan: Plan) -> Split {
    let is_own = |change: &Change| change.address.name == "pipeline";
    let mut split = Split {
        own: plan.clone(),
        others: plan,
    };
    split.own.changes.retain(is_own);
    split.others.changes.retain(|change| !is_own(change));
    split
}

#[tokio::test]
async fn a_bounded_apply_writes_what_the_files_say_and_no_other_policies() {
    let vault = provisioned()
        .await
        .with_token(policy(&next(), Extent::BoundedApply));
    let plan = plan(&vault, &next()).await;
    // Only an administrator may change the trusted keys and the programs that decide.
    let decides = |change: &&Change| {
        let mount = change.address.depends_on();
        change.after().is_some()
            && change.address.kind != Kind::JwtRole
            && mount.is_some_and(|mount| mount.kind == Kind::AuthMount)
    };
    let decisions = plan.changes.iter().filter(decides);
    let decisions: Vec<String> = decisions.map(|change| change.address.path()).collect();
    assert_eq!(decisions[0], "auth/gitlab/config");
    assert_eq!(failed(&plan, &vault).await, decisions);
    for (path, body, is_allowed) in [
        (
            "auth/gitlab/role/job",
            json!({"token_policies": ["jobs", "two"]}),
            true,
        ),
        (
            "auth/gitlab/role/job",
            json!({"token_policies": ["jobs", "admin"]}),
            false,
        ),
        (
            "auth/gitlab/role/job",
            json!({"token_policies": ["two", "jobs"]}),
            false,
        ),
        (
            "auth/gitlab/role/job",
            json!({"token_policies": "jobs,two"}),
            false,
        ),
        (
            "auth/gitlab/role/job",
            json!({"policies": ["jobs", "two"]}),
            false,
        ),
        ("auth/gitlab/role/job", json!({"token_ttl": 60}), true),
        ("auth/gitlab/role/pipeline", json!({"token_ttl": 60}), false),
        (
            "auth/gitlab/role/another",
            json!({"token_policies": ["jobs", "two"]}),
            false,
        ),
        (
            "sys/policies/acl/jobs",
            json!({"policy": "path \"*\" { capabilities = [\"sudo\"] }"}),
            false,
        ),
        ("sys/policies/acl/pipeline", json!({"policy": ""}), false),
        ("sys/policies/acl/another", json!({"policy": ""}), false),
    ] {
        let written = vault.write(path, &body).await;
        assert_eq!(written.is_ok(), is_allowed, "{path} {body}");
    }
}

/// Everything, except one capability at one path.
fn all_but(path: &str, lacking: Capability) -> Rules {
    let all = Capability::ALL.into_iter();
    let all: BTreeSet<_> = all
        .filter(|capability| *capability != Capability::Deny)
        .collect();
    let rule = |path: &str, capabilities: &BTreeSet<Capability>| {
        Rule::new(
            path.to_owned().try_into().unwrap(),
            capabilities.iter().copied(),
        )
    };
    let without = &all - &BTreeSet::from([lacking]);
    vec![rule("*", &all), rule(path, &without)]
}

/// One line for each kind of request: without the capability, nothing is written, and the rule is named.
#[tokio::test]
async fn the_preflight_names_every_capability_that_is_missing() {
    use Capability::{Create, Delete, Read, Sudo, Update};
    let created = [
        ("sys/auth/gitlab", Update),
        ("sys/auth/gitlab", Sudo),
        ("sys/auth", Read),
        ("sys/mounts/aws", Update),
        ("sys/mounts", Read),
        ("auth/gitlab/config", Update),
        ("aws/config/root", Create),
        ("aws/config/root", Update),
        ("aws/config/lease", Update),
        ("sys/policies/acl/jobs", Update),
        ("sys/policies/acl/jobs", Read),
        ("auth/gitlab/role/job", Create),
        ("auth/gitlab/role/job", Read),
        ("aws/roles/dev", Update),
    ];
    let changed = [
        ("sys/mounts/auth/gitlab/tune", Update),
        ("sys/mounts/aws/tune", Update),
        ("sys/mounts/old", Delete),
        ("sys/policies/acl/one", Delete),
        ("auth/gitlab/role/job", Update),
        ("auth/gitlab/role/one", Delete),
        ("aws/roles/one", Delete),
        ("aws/static-roles/mail", Update),
        // One that can't be changed in place is deleted and created again.
        ("aws/static-roles/user", Delete),
        ("aws/static-roles/user", Update),
    ];
    let fresh = || async { MemoryVault::default() };
    for (path, lacking) in created {
        preflight_lacks(fresh().await, &configuration("one", ""), path, lacking).await;
    }
    for (path, lacking) in changed {
        preflight_lacks(provisioned().await, &next(), path, lacking).await;
    }
}

async fn preflight_lacks(vault: MemoryVault, files: &Desired, path: &str, lacking: Capability) {
    let plan = plan(&vault, files).await;
    let written = vault.changed().len();
    let vault = vault.with_token(all_but(path, lacking));
    let error = check(&plan, &vault).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("the token lacks `{lacking}` on `{path}`, so nothing was written")
    );
    let help = error.help().unwrap();
    assert!(
        help.contains(&format!("path \"{path}\" {{")),
        "{path}: {help}"
    );
    assert!(help.contains(&format!("\"{lacking}\"")), "{path}: {help}");
    assert_eq!(vault.changed().len(), written + 1, "{path}: it only asked");
}

#[tokio::test]
async fn a_token_that_may_not_ask_is_not_treated_as_one_that_may_do_everything() {
    let vault = MemoryVault::default();
    let plan = plan(&vault, &configuration("one", "")).await;
    let vault = vault.with_token(all_but("sys/capabilities-self", Capability::Update));
    let error = check(&plan, &vault).await.unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("can't ask Vault what the token may do"),
        "{error}"
    );
}
