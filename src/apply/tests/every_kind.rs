//! A plan that creates, updates and deletes a resource of every kind.

use std::collections::BTreeSet;

use super::*;
use crate::resource::{Kind, Place};

/// Two configurations. Both have what is `kept`, each with other settings; beside it, each has what carries its own name,
/// and takes away what carries the other's.
pub(super) fn configuration(of: &str, other: &str) -> Desired {
    let settings =
        format!("config: {{jwks_url: \"https://{of}.example.com/-/jwks\", default_role: {of}}}");
    let (ttl, longest) = if of == "one" {
        ("1h", "2h")
    } else {
        ("2h", "4h")
    };
    let engine = format!(
        "config: {{region: us-east-1, username_template: {of}}}, lease: {{lease: {ttl}, lease_max: {longest}}}"
    );
    let jwt_role = format!(
        "{{user_claim: project_id, bound_audiences: [a], bound_claims: {{project_id: \"1\"}}, \
         token_policies: [kept], token_explicit_max_ttl: {ttl}}}"
    );
    let aws_role = format!("{{role_arns: [\"arn:aws:iam::123456789012:role/{of}\"]}}");
    let static_role = format!("{{username: mail, rotation_period: {ttl}}}");
    desired_of(&format!(
        "\
version: 1
auth:
  kept: {{type: jwt, description: as in {of}, {settings}, roles: {{kept: {jwt_role}, {of}: {jwt_role}}}}}
  {of}: {{type: jwt, {settings}, roles: {{kept: {jwt_role}}}}}
secrets:
  aws-kept: {{type: aws, description: as in {of}, {engine}, roles: {{kept: {aws_role}, {of}: {aws_role}}}, static_roles: {{kept: {static_role}, {of}: {static_role}}}}}
  aws-{of}: {{type: aws, {engine}, roles: {{kept: {aws_role}}}, static_roles: {{kept: {static_role}}}}}
policies:
  kept: {{rules: [{{path: aws-{of}/sts/kept, capabilities: [update]}}]}}
  {of}: {{rules: [{{path: \"a/${{auth.{of}.accessor}}\", capabilities: [read]}}]}}
removed: [{{auth: {other}}}, {{secrets: aws-{other}}}, {{policy: {other}}}]
guardrails: {{max_delete_percent: 100, delete_floor: 100}}
"
    ))
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
    let every = ["create", "update", "delete"].into_iter();
    let every = every.flat_map(|action| Kind::ALL.iter().map(move |kind| (action, *kind)));
    // A configuration goes with its mount.
    let is_tried = |(action, kind): &(&str, Kind)| {
        *action != "delete" || !matches!(kind.place(), Place::Config(..))
    };
    assert_eq!(found, every.filter(is_tried).collect());
    let told = carry_out(&plan, &vault).await;
    assert!(all_done(&told), "{told:?}");
    assert!(self::plan(&vault, &next).await.is_empty());
}
