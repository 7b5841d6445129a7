//! A Vault that Terraform keeps: what its provider writes for the article is no change for the article's files.
//!
//! The requests are those of `hashicorp/vault`: vault_jwt_auth_backend, vault_jwt_auth_backend_role, vault_policy with
//! vault_policy_document, vault_aws_secret_backend and vault_aws_secret_backend_role.

use serde_json::{Map, Value, json};

use crate::support::{Client, Mappings, Shared, Tool, Vault, stderr, stdout};

const CLAIMS: [&str; 14] = [
    "environment",
    "environment_protected",
    "job_id",
    "namespace_id",
    "namespace_path",
    "pipeline_id",
    "project_id",
    "project_path",
    "ref",
    "ref_protected",
    "ref_type",
    "user_email",
    "user_id",
    "user_login",
];

/// The rules of the provisioner's policy: description, path, capabilities.
const PROVISIONER: [(&str, &str, &str); 15] = [
    ("List the auth methods", "sys/auth", "read"),
    ("List the secrets engines", "sys/mounts", "read"),
    (
        "Read the settings of the JWT method",
        "sys/mounts/auth/gitlab/tune",
        "read",
    ),
    ("Create child tokens", "auth/token/create", "update"),
    (
        "Mount the JWT method",
        "sys/auth/gitlab",
        "create update delete sudo",
    ),
    (
        "Configure the JWT method",
        "auth/gitlab/*",
        "create read update delete sudo",
    ),
    (
        "Read the policy of the projects",
        "sys/policies/acl/gitlab-projects-aws-assumed-role",
        "read",
    ),
    (
        "Read the policy of the projects",
        "sys/policies/acl/gitlab-projects-aws-assumed-role/*",
        "read",
    ),
    (
        "Read the policy of all environments",
        "sys/policies/acl/gitlab-projects-all-environments",
        "read",
    ),
    (
        "Read the policy of all environments",
        "sys/policies/acl/gitlab-projects-all-environments/*",
        "read",
    ),
    (
        "Read the policy of the provisioner",
        "sys/policies/acl/vault-provisioner",
        "read",
    ),
    (
        "Read the policy of the provisioner",
        "sys/policies/acl/vault-provisioner/*",
        "read",
    ),
    (
        "Configure the AWS engine and its roles",
        "aws/*",
        "create read update delete list",
    ),
    (
        "Mount the AWS engine",
        "sys/mounts/aws",
        "create read update delete list sudo",
    ),
    (
        "Manage entities and aliases",
        "identity/*",
        "create read update delete list",
    ),
];

/// The text that vault_policy_document makes of rules.
fn policy_document(rules: &[(&str, &str, &str)]) -> String {
    let rules = rules.iter().map(|(description, path, capabilities)| {
        let capabilities: Vec<String> = capabilities
            .split(' ')
            .map(|capability| format!("\"{capability}\""))
            .collect();
        let capabilities = capabilities.join(", ");
        format!("# {description}\npath \"{path}\" {{\n  capabilities = [{capabilities}]\n}}\n")
    });
    rules.collect::<Vec<_>>().join("\n")
}

fn jwt_role(policy: &str, bound_claims: Value) -> Value {
    let mappings = CLAIMS.map(|claim| (claim.to_owned(), claim.into()));
    json!({
        "role_type": "jwt",
        "user_claim": "project_path",
        "user_claim_json_pointer": false,
        "bound_audiences": [],
        "bound_claims": bound_claims,
        "bound_claims_type": "string",
        "claim_mappings": Map::from_iter(mappings),
        "clock_skew_leeway": 0,
        "expiration_leeway": 0,
        "not_before_leeway": 0,
        "verbose_oidc_logging": false,
        "token_policies": [policy],
        "token_explicit_max_ttl": 600,
        "token_no_default_policy": false,
        "token_type": "default",
    })
}

fn write_policies(root: &Client, accessor: &str) {
    let of_alias = |claim| format!("{{{{identity.entity.aliases.{accessor}.metadata.{claim}}}}}");
    let (project, environment) = (of_alias("project_id"), of_alias("environment"));
    let own = format!("aws/sts/{project}-{environment}");
    let of_project = format!("aws/sts/{project}");
    let jobs = policy_document(&[
        (
            "Assume the role of the project's environment",
            &own,
            "create update",
        ),
        (
            "Assume the shared role of the GitLab tools",
            "aws/sts/gitlab-tools",
            "create update",
        ),
        (
            "Assume the role of the project",
            &of_project,
            "create update",
        ),
    ]);
    for (name, policy) in [
        ("gitlab-projects-aws-assumed-role", jobs),
        ("vault-provisioner", policy_document(&PROVISIONER)),
    ] {
        root.write(&format!("sys/policy/{name}"), &json!({"policy": policy}));
    }
}

/// What `terraform apply` leaves behind.
fn terraformed() -> Vault {
    let vault = Vault::start();
    let root = &vault.root;
    let method = json!({
        "type": "jwt",
        "description": "GitLab authentication via JWKS",
        "config": {},
        "local": false,
    });
    root.write("sys/auth/gitlab", &method);
    let config = json!({
        "jwks_url": Shared::jwks_url(),
        "jwks_ca_pem": "",
        "oidc_discovery_url": "",
        "oidc_discovery_ca_pem": "",
        "oidc_client_id": "",
        "oidc_client_secret": "",
        "oidc_response_mode": "",
        "oidc_response_types": [],
        "jwt_validation_pubkeys": [],
        "jwt_supported_algs": [],
        "bound_issuer": "https://git.example.com",
        "default_role": "aws",
        "namespace_in_state": true,
        "provider_config": {},
    });
    root.write("auth/gitlab/config", &config);
    let iss = json!(["https://git.example.com"]);
    let roles = [
        (
            "aws",
            "gitlab-projects-aws-assumed-role",
            json!({"iss": iss}),
        ),
        (
            "vault-provisioner",
            "vault-provisioner",
            json!({"iss": iss, "project_id": ["7012"]}),
        ),
    ];
    for (name, policy, bound_claims) in roles {
        root.write(
            &format!("auth/gitlab/role/{name}"),
            &jwt_role(policy, bound_claims),
        );
    }
    let accessor = root.read("sys/auth").unwrap()["gitlab/"]["accessor"].clone();
    write_policies(root, accessor.as_str().unwrap());
    let engine = json!({
        "type": "aws",
        "description": "AWS Assumed roles",
        "config": {"default_lease_ttl": "1800s", "max_lease_ttl": "3600s"},
        "local": false,
    });
    root.write("sys/mounts/aws", &engine);
    let aws = json!({"access_key": "", "secret_key": "", "max_retries": -1});
    root.write("aws/config/root", &aws);
    let role = json!({
        "credential_type": "assumed_role",
        "role_arns": ["arn:aws:iam::123456789012:role/gitlab-service-role"],
        "policy_arns": [],
        "policy_document": "",
        "iam_groups": [],
        "iam_tags": {},
        "permissions_boundary_arn": "",
        "user_path": "",
        "default_sts_ttl": 0,
        "max_sts_ttl": 0,
    });
    root.write("aws/roles/365-dev", &role);
    vault
}

#[test]
fn what_terraform_wrote_matches_the_files() {
    let (vault, mappings) = (terraformed(), Mappings::article());
    let tool = Tool::new(&vault, &mappings);
    let plan = tool.plan().assert().code(0);
    insta::assert_snapshot!(stdout(&plan), @r"
    No changes. Vault matches the files.
    Compared: auth/gitlab, aws, 2 policies. Not looked at: aws/config/lease, aws/config/root (not declared in the files); other mounts and policies, identity, tokens, AWS.
    ");
    assert_eq!(stderr(&plan), "");

    // Terraform's empty root configuration is the default one.
    mappings.replace(
        "vault.yaml",
        "    max_lease_ttl: 3600\n",
        "    max_lease_ttl: 3600\n    config: {}\n",
    );
    tool.plan().assert().code(0);
}
