//! A plan that creates, updates and deletes a resource of every kind.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Scene;
use crate::support::{Mappings, Shared, Vault};

/// Every kind of resource that both servers have, and can list.
const KINDS: [&str; 8] = [
    "auth_mount",
    "secrets_mount",
    "jwt_config",
    "aws_root",
    "aws_lease",
    "policy",
    "jwt_role",
    "aws_role",
];
/// The kinds that are deleted by themselves; the others go with their mount.
const DELETED: [&str; 5] = [
    "auth_mount",
    "secrets_mount",
    "policy",
    "jwt_role",
    "aws_role",
];

/// Two configurations, `one` and `two`. Both have what is `kept`, each with other settings; beside it, each has what
/// carries its own name, and takes away what carries the other's.
pub(super) struct EveryKind {
    pub(super) scene: Arc<Scene>,
    versions: [&'static str; 2],
}

impl EveryKind {
    /// With the first configuration in Vault, and the second in the files.
    pub(super) fn new() -> Self {
        Self::on(Vault::start())
    }

    /// The same on this server.
    pub(super) fn on(vault: Vault) -> Self {
        let scene = Scene::with(vault, Mappings::empty());
        let mut kinds = Self {
            scene: Arc::new(scene),
            versions: ["one", "two"],
        };
        kinds.turn();
        kinds.scene.direct.apply().assert().success();
        kinds.turn();
        kinds.changes_every_kind();
        kinds
    }

    /// Puts the other configuration into the files.
    pub(super) fn turn(&mut self) {
        self.versions.reverse();
        let [of, other] = self.versions;
        self.scene
            .mappings
            .write("vault.yaml", configuration(of, other));
    }

    /// A kind that is missing here would not be tested.
    fn changes_every_kind(&self) {
        let plan = self.scene.direct.plan_json();
        let changes = plan["changes"].as_array().expect("a list");
        let found: BTreeSet<(&str, &str)> = changes
            .iter()
            .map(|change| {
                let text = |name: &str| change[name].as_str().expect("a text");
                (text("action"), text("kind"))
            })
            .collect();
        let written = ["create", "update"].map(|action| KINDS.map(|kind| (action, kind)));
        let deleted = DELETED.map(|kind| ("delete", kind));
        let expected = written.into_iter().flatten().chain(deleted);
        assert_eq!(found, expected.collect());
    }
}

fn configuration(of: &str, other: &str) -> String {
    let jwks_url = Shared::jwks_url();
    let settings = format!("config: {{jwks_url: {jwks_url}, default_role: {of}}}");
    let engine = format!(
        "config: {{region: us-east-1, username_template: {of}}}, lease: {{lease: 1h, lease_max: {}}}",
        ttl(of)
    );
    let jwt_role = format!(
        "{{user_claim: project_id, bound_audiences: [a], bound_claims: {{project_id: \"1\"}}, \
         token_policies: [kept], token_explicit_max_ttl: {}}}",
        ttl(of)
    );
    let aws_role = format!(
        "{{credential_type: assumed_role, role_arns: [\"arn:aws:iam::123456789012:role/{of}\"]}}"
    );
    format!(
        "\
version: 1
auth:
  kept: {{type: jwt, description: as in {of}, {settings}, roles: {{kept: {jwt_role}, {of}: {jwt_role}}}}}
  {of}: {{type: jwt, {settings}, roles: {{kept: {jwt_role}}}}}
secrets:
  aws-kept: {{type: aws, description: as in {of}, {engine}, roles: {{kept: {aws_role}, {of}: {aws_role}}}}}
  aws-{of}: {{type: aws, {engine}, roles: {{kept: {aws_role}}}}}
policies:
  kept: {{rules: [{{path: aws-{of}/sts/kept, capabilities: [update]}}]}}
  {of}: {{rules: [{{path: \"a/${{auth.{of}.accessor}}\", capabilities: [read]}}]}}
removed: [{{auth: {other}}}, {{secrets: aws-{other}}}, {{policy: {other}}}]
guardrails: {{max_delete_percent: 100, delete_floor: 100}}
"
    )
}

fn ttl(of: &str) -> &'static str {
    match of {
        "one" => "2h",
        _ => "4h",
    }
}
