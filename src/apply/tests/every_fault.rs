//! Every fault at every change: the report is true, and both a rerun and the same plan do the rest.

use std::collections::BTreeSet;

use super::every_kind::{configuration, provisioned};
use super::*;

/// The faults that a write or delete can meet.
fn faults() -> Vec<(&'static str, InjectedFault)> {
    vec![
        (
            "refused",
            InjectedFault::Refused(refused(Operation::Write, "here", 400)),
        ),
        ("never seen", InjectedFault::Refused(lost())),
        ("answer lost", InjectedFault::AnswerLost(lost())),
    ]
}

fn paths(plan: &Plan) -> BTreeSet<String> {
    plan.changes
        .iter()
        .map(|change| change.address.path())
        .collect()
}

/// The request of each change of a plan.
async fn requests(plan: &Plan, vault: &MemoryVault) -> Vec<(Operation, String)> {
    carry_out(plan, vault).await;
    let seen = vault.seen().clone();
    seen.into_iter()
        .filter(|seen| seen.operation != Operation::Read)
        .map(|seen| (seen.operation, seen.path))
        .collect()
}

#[tokio::test]
async fn whatever_fails_the_report_is_true_and_the_rest_is_done_later() {
    let next = configuration("two", "one");
    let provisioned = provisioned().await;
    let plan = plan(&provisioned, &next).await;
    let before = paths(&plan);
    let requests = requests(&plan, &provisioned.copy()).await;
    assert_eq!(requests.len(), plan.changes.len());
    for (operation, path) in requests {
        for (what, fault) in faults() {
            for goes_on_with_the_plan in [false, true] {
                let context = format!("{what} at {operation} {path}");
                let vault = provisioned.copy();
                vault.fails(operation, &path, fault.clone());
                let told = carry_out(&plan, &vault).await;
                vault.mend();
                let after = paths(&self::plan(&vault, &next).await);
                for (at, outcome) in &told {
                    assert_eq!(
                        outcome == "done",
                        !after.contains(at),
                        "{context}: {at}: {outcome}"
                    );
                }
                assert!(after.is_subset(&before), "{context}");
                assert_eq!(after.is_empty(), what == "answer lost", "{context}");
                let rest = if goes_on_with_the_plan {
                    plan.verify(&next, &live(&vault, &next).await).unwrap().left
                } else {
                    self::plan(&vault, &next).await
                };
                let told = carry_out(&rest, &vault).await;
                assert!(all_done(&told), "{context}: {told:?}");
                assert!(self::plan(&vault, &next).await.is_empty(), "{context}");
            }
        }
    }
}
