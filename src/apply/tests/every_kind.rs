//! A plan that creates, updates and deletes a resource of every kind.

use std::collections::BTreeSet;

use super::*;
use crate::resource::{Kind, Place};

const FILES: &str = include_str!("../../../tests/fixtures/every_kind/applied.yaml");

/// One of two configurations with resources of every kind.
pub(super) fn configuration(of: &str, other: &str) -> Desired {
    let (ttl, longest) = if of == "one" {
        ("1h", "2h")
    } else {
        ("2h", "4h")
    };
    let files = FILES.replace("<of>", of).replace("<other>", other);
    desired_of(&files.replace("<ttl>", ttl).replace("<longest>", longest))
}

/// A server with the first configuration.
pub(super) async fn provisioned() -> MemoryVault {
    let vault = MemoryVault::default();
    let told = apply_files(&vault, &configuration("one", "two")).await;
    assert!(all_done(&told), "{told:?}");
    vault
}

#[tokio::test]
async fn every_kind_is_created_updated_and_deleted() {
    let (vault, next) = (provisioned().await, configuration("two", "one"));
    let plan = plan(&vault, &next).await;
    let found: BTreeSet<(&str, Kind)> = plan
        .changes
        .iter()
        .map(|change| {
            let action = match change.action {
                Action::Create { .. } => "create",
                Action::Update { .. } => "update",
                Action::Delete { .. } => "delete",
            };
            (action, change.address.kind)
        })
        .collect();
    let every = ["create", "update", "delete"]
        .into_iter()
        .flat_map(|action| Kind::ALL.iter().map(move |kind| (action, *kind)));
    // A configuration goes with its mount.
    let is_tried = |(action, kind): &(&str, Kind)| {
        *action != "delete" || !matches!(kind.place(), Place::Config(..))
    };
    assert_eq!(found, every.filter(is_tried).collect());
    let told = carry_out(&plan, &vault).await;
    assert!(all_done(&told), "{told:?}");
    assert!(self::plan(&vault, &next).await.is_empty());
}
