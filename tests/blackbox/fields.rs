//! Every field of every kind: seen when it changes in Vault, written when it changes in the files.

mod table;
mod unsupported;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::support::{Mappings, Tool, Vault, iam_user, stdout};
use table::{Case, KeptBy, Kind, cases};

/// What stands beside a resource's fields in the files.
const NOT_FIELDS: &[&str] = &[
    // Resources of their own.
    "config",
    "lease",
    "roles",
    "cel_roles",
    "static_roles",           // A mount's type can't change.
    "type",                   // Copies of a resource.
    "for_each",               // Part of `bound_claims` in some of these.
    "protected_bound_claims", // For lints.
    "allow",
    // The text of a policy is computed from the files.
    "generated",
    // No plugin can be installed in several versions here: `mounts.rs` has it.
    "plugin_version",
];

/// A case under a name of its own, so that all of them fit on one server.
struct Named {
    name: String,
    case: Case,
}

impl Named {
    fn all(kept: impl Fn(KeptBy) -> bool) -> Vec<Self> {
        let cases = cases().into_iter().enumerate();
        let cases = cases.filter(|(_, case)| kept(case.kept_by));
        let named = cases.map(|(number, case)| Self {
            name: format!("{}-{number}", case.field),
            case,
        });
        named.collect()
    }

    /// Where Vault has it, as plans name it.
    fn path(&self) -> String {
        let name = &self.name;
        match self.case.kind {
            Kind::AuthMount => format!("sys/auth/{name}"),
            Kind::JwtConfig => format!("auth/{name}/config"),
            Kind::JwtRole => format!("auth/roles/role/{name}"),
            Kind::JwtCelRole => format!("auth/roles/cel/role/{name}"),
            Kind::PolicyEntry => format!("sys/policies/acl/{name}"),
            Kind::SecretsMount => format!("sys/mounts/{name}"),
            Kind::AwsRoot => format!("{name}/config/root"),
            Kind::AwsLease => format!("{name}/config/lease"),
            Kind::AwsRole => format!("aws/roles/{name}"),
            Kind::AwsStaticRole => format!("aws/static-roles/{name}"),
        }
    }

    /// Where Vault takes a change of it.
    fn path_to_write(&self) -> String {
        let name = &self.name;
        match self.case.kind {
            Kind::AuthMount => format!("sys/mounts/auth/{name}/tune"),
            Kind::SecretsMount => format!("sys/mounts/{name}/tune"),
            _ => self.path(),
        }
    }

    /// Writes to Vault what the files do not have.
    fn drift(&self, vault: &Vault) {
        if self.case.kind == Kind::AwsStaticRole {
            // Vault can't change the user.
            vault.root.delete(&self.path());
        }
        vault
            .root
            .write(&self.path_to_write(), &json!(self.case.drift));
    }

    /// As the plan names the field, or its value, where a server does not have it.
    fn unsupported(&self) -> String {
        match self.case.field {
            "credential_type" => "credential_type: session_token".into(),
            field => field.into(),
        }
    }

    /// Puts the mount that the resource lives in into the platform's file.
    fn declare_mount(&self, platform: &mut Value) {
        let name = self.name.as_str();
        match self.case.kind {
            Kind::JwtConfig => platform["auth"][name] = json!({"type": "jwt"}),
            Kind::AwsRoot | Kind::AwsLease => platform["secrets"][name] = json!({"type": "aws"}),
            _ => {}
        }
    }

    /// Puts the resource into the platform's file.
    fn declare(&self, resource: &Map<String, Value>, platform: &mut Value) {
        let (name, resource) = (self.name.as_str(), json!(resource));
        match self.case.kind {
            Kind::AuthMount => platform["auth"][name] = resource,
            Kind::JwtConfig => platform["auth"][name] = json!({"type": "jwt", "config": resource}),
            Kind::JwtRole => platform["auth"]["roles"]["roles"][name] = resource,
            Kind::JwtCelRole => platform["auth"]["roles"]["cel_roles"][name] = resource,
            Kind::PolicyEntry => platform["policies"][name] = resource,
            Kind::SecretsMount => platform["secrets"][name] = resource,
            Kind::AwsRoot => platform["secrets"][name] = json!({"type": "aws", "config": resource}),
            Kind::AwsLease => platform["secrets"][name] = json!({"type": "aws", "lease": resource}),
            Kind::AwsRole => platform["secrets"]["aws"]["roles"][name] = resource,
            Kind::AwsStaticRole => platform["secrets"]["aws"]["static_roles"][name] = resource,
        }
    }
}

/// Mounts for all roles.
fn mounts() -> Value {
    json!({
        "version": 1,
        "auth": {"roles": {"type": "jwt"}},
        "secrets": {"aws": {"type": "aws"}},
    })
}

/// A file with each case, as `resource` builds it; JSON is YAML.
fn platform(cases: &[Named], resource: impl Fn(&Case) -> &Map<String, Value>) -> String {
    let mut platform = mounts();
    for named in cases {
        named.declare(resource(&named.case), &mut platform);
    }
    platform.to_string()
}

/// Makes sure that a plan changes this one field of each of these resources, and nothing else.
fn assert_planned<'a>(tool: &Tool, expected: impl Iterator<Item = &'a Named>) {
    let expected: BTreeSet<(String, Vec<String>)> = expected
        .map(|named| (named.path(), vec![named.case.field.to_owned()]))
        .collect();
    let plan = tool.plan_json();
    let changes = plan["changes"].as_array().unwrap().iter();
    let planned = changes
        .map(|change| {
            assert_eq!(change["action"], "update", "{change}");
            let fields = change["fields"].as_array().unwrap().iter();
            let names = fields.map(|field| text(&field["name"]));
            (text(&change["path"]), names.collect())
        })
        .collect();
    let missing: Vec<_> = expected.difference(&planned).collect();
    let surplus: Vec<_> = planned.difference(&expected).collect();
    assert!(
        missing.is_empty() && surplus.is_empty(),
        "not planned: {missing:#?}\nplanned besides: {surplus:#?}"
    );
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// The IAM users of the cases.
fn add_users(cases: &[Named]) {
    for case in cases.iter().map(|named| &named.case) {
        let names = [&case.files, &case.drift].map(|fields| fields.get("username"));
        let names: BTreeSet<String> = names.into_iter().flatten().map(text).collect();
        names.iter().for_each(|name| iam_user(name));
    }
}

fn keeps(vault: &Vault, kept_by: KeptBy) -> bool {
    match kept_by {
        KeptBy::Both => true,
        KeptBy::OpenBao => vault.is_openbao(),
        KeptBy::Vault => !vault.is_openbao(),
        KeptBy::Neither => false,
    }
}

fn with_root_key(tool: Tool) -> Tool {
    tool.with_env("ROOT_KEY_ID", "AKIAEXAMPLE")
        .with_env("ROOT_KEY", "secret")
}

#[test]
fn every_field_that_changes_in_vault_or_in_the_files_is_seen_and_written() {
    let vault = Vault::start();
    let cases = Named::all(|kept_by| keeps(&vault, kept_by));
    add_users(&cases);
    let mappings = Mappings::of(&platform(&cases, |case| &case.files));
    let tool = with_root_key(Tool::new(&vault, &mappings));
    tool.apply().assert().success();
    tool.plan().assert().code(0);

    let changing = || cases.iter().filter(|named| !named.case.is_fixed);
    for named in changing() {
        named.drift(&vault);
    }
    assert_planned(&tool, changing());
    tool.apply().assert().success();
    tool.plan().assert().code(0);

    let reset = platform(&cases, |case| match &case.reset {
        Some(reset) if !case.is_fixed => reset,
        _ => &case.files,
    });
    mappings.write("vault.yaml", reset);
    assert_planned(&tool, changing().filter(|named| named.case.reset.is_some()));
    tool.apply().assert().success();
    tool.plan().assert().code(0);
}

#[test]
fn the_table_has_every_field_that_the_files_have() {
    let tool = Tool::offline(&Mappings::empty());
    let schema = tool.run(["schema"]).assert().success();
    let schema: Value = serde_json::from_str(&stdout(&schema)).unwrap();
    let tried: BTreeSet<(String, &str)> = cases()
        .iter()
        .map(|case| (format!("{:?}", case.kind), case.field))
        .collect();
    for kind in tried.iter().map(|(kind, _)| kind) {
        let properties = &schema["definitions"][kind]["properties"];
        for property in properties.as_object().unwrap().keys() {
            let field = match property.as_str() {
                field if NOT_FIELDS.contains(&field) => continue,
                "access_key_env" | "access_key_file" | "secret_key_env" | "secret_key_file" => {
                    "access_key"
                }
                "rules" | "file" => "policy",
                field => field,
            };
            assert!(
                tried.contains(&(kind.clone(), field)),
                "tests/blackbox/fields/table.rs has no case for {property} of {kind}"
            );
        }
    }
}

#[test]
fn what_means_the_same_to_vault_is_not_a_change() {
    let vault = Vault::start();
    let mappings = Mappings::of(
        &json!({
            "version": 1,
            "auth": {"gitlab": {
                "type": "jwt",
                "default_lease_ttl": "1h30m0s",
                "config": {
                    "jwt_validation_pubkeys": format!("\n{}\n\n", table::PUBLIC_KEYS[0]),
                    "default_role": "AWS",
                    "jwt_supported_algs": ["RS256", "ES256", "RS256"],
                },
                "roles": {"aws": {
                    "user_claim": "project_id",
                    "bound_audiences": "https://vault.example.com",
                    "bound_claims": {"project_id": "7012", "ref": ["next", "main", "next"]},
                    "token_policies": ["Two", "one", "two"],
                    "token_bound_cidrs": ["10.1.2.3/32", "10.0.0.7/8", "10.0.0.1", "::1/128", "2001:DB8::/32"],
                    "token_ttl": 600,
                    "token_max_ttl": "10m0s",
                    "oidc_scopes": ["profile", "email"],
                }},
            }},
            "secrets": {"aws": {
                "type": "aws",
                "config": {"max_retries": -1},
                "lease": {"lease": 1800, "lease_max": "3600s"},
                "roles": {
                    "user": {
                        "credential_type": "iam_user",
                        "policy_arns": ["arn:aws:iam::aws:policy/b", "arn:aws:iam::aws:policy/a"],
                        "iam_groups": ["two", "one"],
                        "policy_document": " { \"Version\" : \"2012-10-17\", \"Statement\" : [ ] } ",
                    },
                },
            }},
            "policies": {"mixed": {"rules": [{"path": "aws/sts/one", "capabilities": ["update", "create"]}]}},
        })
        .to_string(),
    );
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    tool.plan().assert().code(0);
}
