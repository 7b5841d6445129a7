//! What reports look like, and that no data changes what they are.

mod access;
mod differences;
mod hostile;
mod limits;
mod no_changes;
mod reading;

use serde_json::{Value, json};

use super::*;
use crate::desired::Guardrails;
use crate::diagnostic::Code;
use crate::plan::{Action, Change, Plan, Scope, Warning};
use crate::resource::{Accessors, Address, Kind, Policy, Resource};
use crate::vault::ServerId;

fn plan(changes: Vec<Change>, warnings: Vec<Warning>) -> Plan {
    Plan {
        server: ServerId::default(),
        configuration: String::new(),
        changes,
        warnings,
        foreign: [].into(),
        unlisted: [].into(),
        guardrails: Guardrails::default(),
        fingerprints: [].into(),
        accessors: Accessors::new(),
    }
}

fn resource(kind: Kind, fields: Value) -> Resource {
    kind.parse(fields).resource()
}

fn create(address: Address, after: impl Into<Resource>) -> Change {
    let after = after.into();
    change(address, Action::Create { after })
}

fn update(address: Address, before: Value, after: Value) -> Change {
    let before = address.kind.parse(before).held;
    let after = resource(address.kind, after);
    change(address, Action::Update { before, after })
}

fn delete(address: Address, before: Value) -> Change {
    let before = address.kind.parse(before).held;
    change(address, Action::Delete { before })
}

fn change(address: Address, action: Action) -> Change {
    Change {
        address,
        label: None,
        reason: None,
        action,
        credentials: None,
    }
}

fn labelled(label: &str, change: Change) -> Change {
    Change {
        label: Some(label.into()),
        ..change
    }
}

const MOUNTED: &str = r#"
# The project's own role
path "aws/sts/{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.project_id}}" {
  capabilities = ["create", "update"]
}
"#;

const RULES: &str = r#"# Status of the method
path "sys/auth" {
  capabilities = ["read"]
}

# Status of the engine
path "sys/mounts" {
  capabilities = ["read"]
}

# The tool's own token
path "auth/token/create" {
  capabilities = ["update"]
}

# The engine
path "aws/*" {
  capabilities = ["create", "read", "update", "delete", "list"]
}
"#;

/// Every kind and every action, from the article's configuration.
fn example() -> Plan {
    let document = |action| json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]});
    let arn = |account| format!("arn:aws:iam::{account}:role/gitlab-service-role");
    let changes = vec![
        create(
            Address::of_mount(Kind::AuthMount, "gitlab"),
            resource(
                Kind::AuthMount,
                json!({"type": "jwt", "description": "GitLab authentication via JWKS"}),
            ),
        ),
        update(
            Address::of_mount(Kind::SecretsMount, "aws"),
            json!({"type": "aws", "description": "AWS Assumed roles", "default_lease_ttl": 1800, "max_lease_ttl": 0}),
            json!({"type": "aws", "description": "AWS Assumed roles", "default_lease_ttl": 1800, "max_lease_ttl": 3600}),
        ),
        create(
            Address::of_mount(Kind::JwtConfig, "gitlab"),
            resource(
                Kind::JwtConfig,
                json!({
                    "jwks_url": "https://git.example.com/-/jwks", "bound_issuer": "https://git.example.com",
                    "default_role": "aws", "jwt_validation_pubkeys": ["-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----"],
                }),
            ),
        ),
        update(
            Address::of_mount(Kind::AwsRoot, "aws"),
            json!({"access_key": "AKIAIOSFODNN7EXAMPLE", "region": "eu-central-1", "sts_fallback_regions": ["eu-west-1", "us-east-1"]}),
            json!({"access_key": "AKIAI44QH8DHBEXAMPLE", "sts_fallback_regions": ["us-east-1", "eu-west-1"]}),
        ),
        update(
            Address::of_mount(Kind::AwsLease, "aws"),
            json!({"lease": "30m"}),
            json!({"lease": "10m", "lease_max": "1h"}),
        ),
        create(
            Address::of_policy("gitlab-projects-aws-assumed-role"),
            Policy::new(MOUNTED.trim_start().into()),
        ),
        update(
            Address::of_policy("vault-provisioner"),
            json!({"policy": RULES}),
            json!({"policy": RULES.replace("\"delete\", ", "").replace("# Status of the method\n", "")}),
        ),
        update(
            Address::of_role(Kind::JwtRole, "gitlab", "aws"),
            json!({
                "user_claim": "project_path", "token_explicit_max_ttl": 600, "token_policies": ["a", "b"],
                "bound_claims": {"iss": "https://git.example.com", "project_id": ["365", "366"], "ref_protected": true},
                "claim_mappings": {"project_id": "project_id", "ref": "ref", "user_email": "user_email"},
            }),
            json!({
                "user_claim": "project_id", "token_explicit_max_ttl": 1200, "token_policies": ["b", "c"], "verbose_oidc_logging": true,
                "bound_claims": {"iss": "https://git.example.com", "project_id": ["366"], "ref_protected": "true"},
                "claim_mappings": {"project_id": "project_id", "ref": "git_ref", "environment": "environment"},
            }),
        ),
        labelled(
            "somenamespace/someproject, dev",
            create(
                Address::of_role(Kind::AwsRole, "aws", "365-dev"),
                resource(
                    Kind::AwsRole,
                    json!({"role_arns": [arn("123456789012")], "max_sts_ttl": "1h"}),
                ),
            ),
        ),
        labelled(
            "somenamespace/someproject, prod",
            update(
                Address::of_role(Kind::AwsRole, "aws", "365-prod"),
                json!({"role_arns": [arn("123456789012")], "max_sts_ttl": "30m", "policy_document": document("s3:Get*")}),
                json!({"role_arns": [arn("123456789013")], "max_sts_ttl": "1h", "external_id": "365", "policy_document": document("s3:*")}),
            ),
        ),
        delete(
            Address::of_role(Kind::AwsRole, "aws", "99-dev"),
            json!({"role_arns": [arn("123456789012")], "iam_tags": {"team": "gone"}}),
        ),
        delete(
            Address::of_policy("gitlab-projects-all-environments"),
            json!({"policy": "path \"aws/sts/*\" {\n  capabilities = [\"update\"]\n}\n"}),
        ),
    ];
    let warnings = vec![Warning {
        path: "aws/config/root".into(),
        code: Code::SecretNotCompared,
        message: "the secret key can't be compared, because Vault never returns it".into(),
    }];
    plan(changes, warnings)
}

fn written(plan: &Plan, format: Format) -> String {
    written_with(plan, &findings(), format)
}

fn written_with(plan: &Plan, findings: &Findings, format: Format) -> String {
    let findings = Some(findings);
    written_review(Review { plan, findings }, format)
}

/// Two mounts and two policies were compared, and nobody gains or loses access.
fn findings() -> Findings {
    let scope = Scope {
        mounts: ["auth/gitlab", "aws"].map(str::to_owned).into(),
        policies: 2,
        ..Scope::default()
    };
    Findings {
        scope,
        ..Findings::default()
    }
}

fn document(plan: &Plan, limit: usize) -> String {
    let findings = Some(&findings());
    markdown::document(Review { plan, findings }, "", limit)
}

fn written_review(review: Review<'_>, format: Format) -> String {
    let mut out = Vec::new();
    write(review, format, None, &Styles::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}
