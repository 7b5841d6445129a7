//! What apply does with a plan, and what it says became of it, on a server in memory.

mod every_fault;
mod every_kind;
mod read_back;
mod unreadable;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::desired::Desired;
use crate::live::Live;
use crate::mappings::desired_of;
use crate::resource::Kind;
use crate::vault::memory::{InjectedFault, MemoryVault, lost, refused};
use crate::vault::{Operation, WriteVault};

/// The outcome of each change, by its path: `done`, or the message.
type ShownOutcomes = BTreeMap<String, String>;

async fn live(vault: &MemoryVault, desired: &Desired) -> Live {
    let live = Live::read(vault, desired, &Progress::on_terminal()).await;
    live.unwrap_or_else(|error| panic!("{error}"))
}

async fn plan(vault: &MemoryVault, desired: &Desired) -> Plan {
    Plan::new(desired, &live(vault, desired).await)
}

async fn carry_out(plan: &Plan, vault: &impl WriteVault) -> ShownOutcomes {
    let stop = Stop::on_signals().unwrap();
    let (events, progress) = (Events::default(), Progress::on_terminal());
    let outcomes = apply(plan, vault, &stop, &events, &progress).await;
    let told = outcomes.iter().map(|outcome| match outcome {
        Outcome::Done => "done".to_owned(),
        Outcome::Failed(error) => error.to_string(),
        Outcome::NotTried(reason) => format!("not tried: {reason}"),
    });
    let paths = plan.changes.iter().map(|change| change.address.path());
    paths.zip(told).collect()
}

/// Plans and applies.
async fn apply_files(vault: &MemoryVault, desired: &Desired) -> ShownOutcomes {
    carry_out(&plan(vault, desired).await, vault).await
}

fn all_done(told: &ShownOutcomes) -> bool {
    told.values().all(|outcome| outcome == "done")
}

/// A method with a role that grants a policy, and an engine with a role.
const FILES: &str = r#"
version: 1
auth:
  gitlab:
    type: jwt
    description: GitLab
    config: {jwks_url: "https://git.example.com/-/jwks"}
    roles:
      job: {user_claim: project_id, bound_audiences: [a], bound_claims: {project_id: "1"}, token_policies: [jobs]}
secrets:
  aws:
    type: aws
    roles:
      dev: {role_arns: ["arn:aws:iam::123456789012:role/dev"]}
policies:
  jobs: {rules: [{path: "aws/sts/${auth.gitlab.accessor}", capabilities: [update]}]}
"#;

const ROLE: &str = "aws/roles/dev";

#[tokio::test]
async fn writes_go_by_rank_and_deletes_the_other_way_round() {
    let vault = MemoryVault::default();
    assert!(all_done(&apply_files(&vault, &desired_of(FILES)).await));
    assert_eq!(
        vault.changed(),
        [
            "sys/auth/gitlab",
            "sys/mounts/aws",
            "auth/gitlab/config",
            "sys/policies/acl/jobs",
            "auth/gitlab/role/job",
            "aws/roles/dev",
        ]
    );
    let before = vault.changed().len();
    let removed =
        desired_of("version: 1\nremoved: [{auth: gitlab}, {policy: jobs}, {secrets: aws}]\n");
    assert!(all_done(&apply_files(&vault, &removed).await));
    assert_eq!(
        vault.changed()[before..],
        ["sys/policies/acl/jobs", "sys/auth/gitlab", "sys/mounts/aws"]
    );
    assert_eq!(plan(&vault, &removed).await.changes, []);
}

#[tokio::test]
async fn a_policy_gets_the_accessor_of_the_method_that_was_just_mounted() {
    let vault = MemoryVault::default();
    assert!(all_done(&apply_files(&vault, &desired_of(FILES)).await));
    let policy = vault.holds("sys/policies/acl/jobs").unwrap();
    let text = policy["policy"].as_str().unwrap();
    let mounts = vault.holds("sys/auth").unwrap();
    let accessor = mounts["gitlab/"]["accessor"].as_str().unwrap();
    assert!(text.contains(&format!("aws/sts/{accessor}")), "{text}");
    assert!(plan(&vault, &desired_of(FILES)).await.is_empty());
}

/// What is refused, and what is held up by it; everything else is done.
#[tokio::test]
async fn a_change_that_fails_holds_up_what_needs_it_and_nothing_else() {
    let created: &[(&str, &[&str])] = &[
        (
            "sys/auth/gitlab",
            &[
                "auth/gitlab/config",
                "auth/gitlab/role/job",
                "sys/policies/acl/jobs",
            ],
        ),
        ("sys/mounts/aws", &["aws/roles/dev"]),
        ("auth/gitlab/config", &[]),
        ("sys/policies/acl/jobs", &["auth/gitlab/role/job"]),
        ("auth/gitlab/role/job", &[]),
        ("aws/roles/dev", &[]),
    ];
    for (path, held_up) in created {
        let vault = MemoryVault::default();
        check_held_up(&vault, FILES, path, path, held_up).await;
    }
    let changes = [
        // A policy that was not narrowed must not be granted; nothing depends on the description of a mount.
        (
            "capabilities: [update]",
            "capabilities: [read]",
            "sys/policies/acl/jobs",
            &["auth/gitlab/role/job"][..],
        ),
        (
            "description: GitLab",
            "description: Git",
            "sys/mounts/auth/gitlab/tune",
            &[],
        ),
    ];
    for (from, to, path, held_up) in changes {
        let vault = MemoryVault::default();
        assert!(all_done(&apply_files(&vault, &desired_of(FILES)).await));
        let files = FILES.replace(from, to).replace("\"1\"", "\"2\"");
        let changed = if path.contains("tune") {
            "sys/auth/gitlab"
        } else {
            path
        };
        check_held_up(&vault, &files, path, changed, held_up).await;
    }
}

async fn check_held_up(
    vault: &MemoryVault,
    files: &str,
    path: &str,
    changed: &str,
    held_up: &[&str],
) {
    let files = desired_of(files);
    let refusal = refused(Operation::Write, path, 400);
    vault.fails(
        Operation::Write,
        path,
        InjectedFault::Refused(refusal.clone()),
    );
    let told = apply_files(vault, &files).await;
    for (at, outcome) in &told {
        let expected = if at == changed {
            refusal.to_string()
        } else if held_up.contains(&at.as_str()) {
            assert!(
                outcome.starts_with("not tried: it needs "),
                "{path}: {at}: {outcome}"
            );
            continue;
        } else {
            "done".to_owned()
        };
        assert_eq!(*outcome, expected, "{path}: {at}");
    }
    vault.mend();
    assert!(
        all_done(&apply_files(vault, &files).await),
        "{path}: a rerun does the rest"
    );
    assert!(plan(vault, &files).await.is_empty(), "{path}");
}

#[tokio::test]
async fn a_plan_that_was_applied_is_done_when_it_is_applied_again() {
    let vault = MemoryVault::default();
    let files = desired_of(FILES);
    let plan = plan(&vault, &files).await;
    assert!(all_done(&carry_out(&plan, &vault).await));
    let writes = vault.changed().len();
    let verified = plan.verify(&files, &live(&vault, &files).await).unwrap();
    assert_eq!(
        (verified.left.changes.len(), verified.done.len()),
        (0, plan.changes.len())
    );
    assert_eq!(
        carry_out(&verified.left, &vault).await,
        ShownOutcomes::new()
    );
    assert_eq!(vault.changed().len(), writes, "nothing is written twice");
}

#[tokio::test]
async fn what_has_changed_elsewhere_since_the_plan_is_named_and_left_alone() {
    let vault = MemoryVault::default();
    let files = desired_of(FILES);
    assert!(all_done(&apply_files(&vault, &files).await));
    let plan = plan(&vault, &files).await;
    let verified = plan.verify(&files, &live(&vault, &files).await).unwrap();
    assert_eq!(
        (verified.left.changes, verified.not_in_plan),
        (vec![], vec![])
    );
    vault.remove(ROLE);
    let verified = plan.verify(&files, &live(&vault, &files).await).unwrap();
    assert!(verified.left.is_empty());
    assert_eq!(
        verified.not_in_plan,
        [Address::of_role(Kind::AwsRole, "aws", "dev")]
    );
}

#[tokio::test]
async fn no_change_begins_after_a_signal() {
    let vault = MemoryVault::default();
    let plan = plan(&vault, &desired_of(FILES)).await;
    let (events, progress) = (Events::default(), Progress::on_terminal());
    let outcomes = apply(&plan, &vault, &Stop::after_a_signal(), &events, &progress).await;
    let is_not_tried =
        |outcome: &Outcome| matches!(outcome, Outcome::NotTried(Reason::Interrupted));
    assert!(outcomes.len() == plan.changes.len() && outcomes.iter().all(is_not_tried));
    assert_eq!(vault.changed(), [""; 0]);
}

#[tokio::test]
async fn the_events_say_the_same_as_the_outcomes() {
    let vault = MemoryVault::default();
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("events");
    let refusal = refused(Operation::Write, "sys/mounts/aws", 400);
    vault.fails(
        Operation::Write,
        "sys/mounts/aws",
        InjectedFault::Refused(refusal),
    );
    let plan = plan(&vault, &desired_of(FILES)).await;
    let (stop, events) = (Stop::on_signals().unwrap(), Events::create(&path).unwrap());
    let outcomes = apply(&plan, &vault, &stop, &events, &Progress::on_terminal()).await;
    let text = std::fs::read_to_string(&path).unwrap();
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let told: BTreeMap<String, String> = lines
        .map(|event| {
            let text = |name: &str| event[name].as_str().unwrap().to_owned();
            (text("path"), text("status"))
        })
        .collect();
    assert_eq!(told.len(), outcomes.len());
    for (change, outcome) in plan.changes.iter().zip(&outcomes) {
        let expected = match outcome {
            Outcome::Done => "done",
            Outcome::Failed(_) => "failed",
            Outcome::NotTried(_) => "not_tried",
        };
        assert_eq!(told[&change.address.path()], expected);
    }
}
