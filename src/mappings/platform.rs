//! `vault.yaml`: the platform.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::MapAccess;

use super::allow::{ALLOW, AllowKey, Allowed};
use super::credentials::RootKeys;
use super::declared::{Declared, FileKeys};
use super::environments::DeclaredEnvironments;
use super::for_each::{ForEach, JwtRoleKeys, names_may_hold_environment};
use super::generated::Generated;
use super::identity::IdentityEntry;
use super::role_rules::RuleKeys;
use super::unmanaged::UnmanagedEntry;
use crate::acl;
use crate::desired::{Desired, Guardrails};
use crate::resource::{
    AuthMount, AwsLease, AwsRole, AwsRoot, AwsStaticRole, JwtCelRole, JwtConfig, JwtRole, Managed,
    MountType, Policy, SecretsMount,
};
use crate::value::{
    AccountId, AwsRoleName, Days, EnvironmentName, Expiration, GroupRoleNameTemplate, Invalid,
    JwtRoleName, MountPath, PolicyName, Principal, RoleNameTemplate,
};

/// The platform: what is the same for all projects.
///
/// ```yaml mappings/vault.yaml
/// version: 1
/// auth: {}       # where jobs log in
/// secrets: {}    # where they get credentials
/// policies: {}   # what they may do
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Platform {
    /// The version of the files' format.
    #[schemars(required)]
    pub(crate) version: Option<Version>,
    /// Auth methods, by the path that they are mounted at: where jobs log in.
    #[serde(default)]
    pub(crate) auth: BTreeMap<MountPath, AuthEntry>,
    /// Secrets engines, by the path that they are mounted at: where jobs get credentials.
    #[serde(default)]
    pub(crate) secrets: BTreeMap<MountPath, SecretsEntry>,
    /// ACL policies, by name: what a token may do.
    #[serde(default)]
    #[schemars(transform = names_may_hold_environment)]
    pub(crate) policies: BTreeMap<PolicyName, PolicyEntry>,
    /// How the project files become AWS roles; needed once there is a project file.
    pub(crate) mappings: Option<MappingRules>,
    /// Whether `drift` looks at Vault's entities and groups, whose policies come on top of those of each token: `watch`, or
    /// all except some. It reports those with policies that reach an AWS role of the files, and exits with 2.
    pub(crate) identity: Option<IdentityEntry>,
    /// How much one apply may delete before it asks for `--allow-deletes`.
    #[serde(default)]
    pub(crate) guardrails: Guardrails,
    /// Roles in the mounts of the files that are never changed or deleted, although the files lack them.
    #[serde(default)]
    pub(crate) unmanaged: UnmanagedEntry,
    /// Mounts and policies to delete. They are named one by one, because leaving them out of the files deletes nothing.
    #[serde(default)]
    #[schemars(with = "Vec<RemovedEntry>")]
    pub(crate) removed: Vec<Removed>,
}

/// The format of the files.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(try_from = "i64")]
#[schemars(extend("enum" = [1]))]
pub(crate) struct Version(());

impl TryFrom<i64> for Version {
    type Error = Invalid;

    fn try_from(version: i64) -> Result<Self, Invalid> {
        if version == 1 {
            return Ok(Self(()));
        }
        Err(Invalid {
            problem: format!("this vault-provisioner does not know version {version} of the file"),
            help: "write 1, or use the release that the file is for".into(),
        })
    }
}

/// An auth method's entry.
pub(crate) type AuthEntry = Declared<AuthMount, AuthKeys>;

/// What is declared in an auth method's entry beside the settings of the mount.
#[derive(Debug, Default, JsonSchema)]
pub(crate) struct AuthKeys {
    /// How the method verifies JWTs. Not managed when absent.
    pub(crate) config: Option<JwtConfig>,
    /// Who may log in, and with which policies. A job names a role, and may log in if its JWT meets the role's conditions.
    #[schemars(transform = names_may_hold_environment)]
    pub(crate) roles: BTreeMap<JwtRoleName, Declared<JwtRole, JwtRoleKeys>>,
    /// Roles with a program that decides who may log in, and with which policies. OpenBao only.
    pub(crate) cel_roles: BTreeMap<JwtRoleName, JwtCelRole>,
    /// The [lints](lints.md) that do not matter here, each with the reason.
    pub(crate) allow: Allowed,
}

impl FileKeys for AuthKeys {
    const NAMES: &'static [&'static str] = &["config", "roles", "cel_roles", ALLOW];

    fn read<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "config" => self.config = map.next_value()?,
            "roles" => self.roles = map.next_value()?,
            "cel_roles" => self.cel_roles = map.next_value()?,
            _ => self.allow = map.next_value()?,
        }
        Ok(())
    }
}

impl AuthEntry {
    /// Whether it can hold a JWT configuration and JWT roles.
    pub(crate) fn is_jwt(&self) -> bool {
        self.mount_type() == Some(MountType::JWT)
    }

    /// Adds what is declared in the method, after the method itself.
    pub(crate) fn add_content(&self, path: &MountPath, desired: &mut Desired) {
        desired.insert_config(path, self.keys.config.as_ref());
        desired.insert_all(path, Declared::all(&self.keys.roles));
        desired.insert_all(path, &self.keys.cel_roles);
    }
}

/// A secrets engine's entry.
pub(crate) type SecretsEntry = Declared<SecretsMount, SecretsKeys>;

/// What is declared in a secrets engine's entry beside the settings of the mount.
#[derive(Debug, Default, JsonSchema)]
pub(crate) struct SecretsKeys {
    /// How the engine reaches AWS. Not managed when absent: then the engine uses its server's credentials, such as the role of an EC2 instance.
    pub(crate) config: Option<Declared<AwsRoot, RootKeys>>,
    /// How long the keys of new IAM users are leased. Not managed when absent; assumed roles do not need it.
    pub(crate) lease: Option<AwsLease>,
    /// Roles for more than one project; the mappings add one for each project and environment.
    pub(crate) roles: BTreeMap<AwsRoleName, Declared<AwsRole, AllowKey>>,
    /// IAM users whose access keys Vault rotates. Sessions of roles are safer, because they expire.
    pub(crate) static_roles: BTreeMap<AwsRoleName, AwsStaticRole>,
    /// The [lints](lints.md) that do not matter here, each with the reason.
    pub(crate) allow: Allowed,
}

impl FileKeys for SecretsKeys {
    const NAMES: &'static [&'static str] = &["config", "lease", "roles", "static_roles", ALLOW];

    fn read<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "config" => self.config = map.next_value()?,
            "lease" => self.lease = map.next_value()?,
            "roles" => self.roles = map.next_value()?,
            "static_roles" => self.static_roles = map.next_value()?,
            _ => self.allow = map.next_value()?,
        }
        Ok(())
    }
}

impl SecretsEntry {
    /// Whether it can hold AWS roles.
    pub(crate) fn is_aws(&self) -> bool {
        self.mount_type() == Some(MountType::AWS)
    }

    /// Adds what is declared in the engine, after the engine itself.
    pub(crate) fn add_content(&self, path: &MountPath, desired: &mut Desired) {
        let config = self.keys.config.as_ref();
        desired.insert_config(path, config.map(|config| &config.resource));
        desired.insert_config(path, self.keys.lease.as_ref());
        desired.insert_all(path, Declared::all(&self.keys.roles));
        desired.insert_all(path, &self.keys.static_roles);
    }
}

/// A policy: what a token with it may do. It has rules, is a file in Vault's policy language, or is generated.
///
/// ```yaml mappings/vault.yaml
/// policies:
///   read-own-login:
///     rules:
///       - path: auth/token/lookup-self
///         capabilities: [read]
///         description: A token may look at itself
///   vault-provisioner-plan: {generated: plan}
///   vault-provisioner: {generated: apply}
/// ```
///
/// In both, `${auth.PATH.accessor}` stands for the accessor of an auth method of the files, `${auth.PATH.path}` and
/// `${secrets.PATH.path}` for paths, so that the files fit another Vault too. `{{…}}` is Vault's own template, and is not changed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{"required": ["rules"]}, {"required": ["file"]}, {"required": ["generated"]}]))]
pub(crate) struct PolicyEntry {
    /// The allowed capabilities, by path. What no rule allows is denied.
    #[schemars(length(min = 1))]
    pub(crate) rules: Option<Vec<Declared<acl::Rule, RuleKeys>>>,
    /// A file in the mappings folder with the policy in Vault's own language (HCL).
    pub(crate) file: Option<String>,
    /// The least policy with which these files can be planned or applied, computed from them: `plan`, `apply`, or
    /// `{for: apply, bounded: true}`.
    pub(crate) generated: Option<Generated>,
    /// When OpenBao deletes the policy, such as `2030-12-31T00:00:00Z`, or `never`. Not managed when absent.
    pub(crate) expiration: Option<Expiration>,
    /// Whether OpenBao refuses a write that does not name the version that it replaces, as `apply` does. Not managed when absent.
    pub(crate) cas_required: Option<bool>,
    /// Whether OpenBao allows `/` in the value of a template `{{…}}`. Not managed when absent.
    pub(crate) allow_slashes_in_identity_templates: Option<bool>,
    /// Whether OpenBao allows `*` and `+` in the value of a template `{{…}}`. Not managed when absent.
    pub(crate) allow_wildcards_in_identity_templates: Option<bool>,
    /// Makes one copy for each environment that `mappings.environments` declares or a project file names. `{environment}`
    /// in its name and body stands for the environment.
    #[serde(default)]
    #[schemars(with = "ForEach")]
    #[expect(dead_code, reason = "carried out before the file is decoded")]
    pub(crate) for_each: Option<ForEach>,
    /// The [lints](lints.md) that do not matter here, each with the reason.
    #[serde(default)]
    pub(crate) allow: Allowed,
}

impl PolicyEntry {
    /// The policy of this text.
    pub(super) fn with_text(&self, text: String) -> Policy {
        let settings = Policy {
            expiration: self.expiration.clone(),
            cas_required: self.cas_required,
            allow_slashes_in_identity_templates: self.allow_slashes_in_identity_templates,
            allow_wildcards_in_identity_templates: self.allow_wildcards_in_identity_templates,
            ..Policy::default()
        };
        settings.with_text(text)
    }
}

/// How the project files become AWS roles.
///
/// ```yaml mappings/vault.yaml
/// mappings:
///   secrets: aws
///   role_name: "{project_id}-{environment}"   # the project 365 has 365-dev, 365-prod and, by `default`, 365
///   allowed_accounts: ["123456789012", "123456789013"]
///   environments: {dev: {}, review: {match: "review/*"}, prod: {protected: true}}
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MappingRules {
    /// The path of the secrets engine that gets the roles.
    pub(crate) secrets: MountPath,
    /// How the roles of projects are named.
    pub(crate) role_name: RoleNameTemplate,
    /// How the roles of groups are named; `{group_id}` is the number of the group or subgroup.
    #[serde(default)]
    #[schemars(extend("default" = "group-{group_id}-{environment}"))]
    pub(crate) group_role_name: GroupRoleNameTemplate,
    /// The AWS accounts that mappings may name. When absent, all; `validate` warns of that.
    pub(crate) allowed_accounts: Option<Vec<AccountId>>,
    /// GitLab's environments, by the names that they have in Vault. `for_each: environments` makes roles and policies for
    /// all of them, so that they are there before the first project uses them. A name that is not here stands for itself.
    #[serde(default)]
    pub(crate) environments: DeclaredEnvironments,
    /// More environments for protected branches and tags alone: their JWT roles get `protected_bound_claims`.
    #[serde(default)]
    pub(crate) protected_environments: BTreeSet<EnvironmentName>,
    /// AWS accounts whose IAM roles are for protected branches and tags alone, whatever the environment is called.
    /// `validate`, `plan` and `apply` prove it for every JWT that GitLab can sign.
    #[serde(default)]
    pub(crate) protected_accounts: Vec<AccountId>,
    /// The [lints](lints.md) that files of projects and groups may allow, such as `[shared-arn]`. None when absent: an `allow`
    /// in such a file then has no effect.
    #[serde(default)]
    pub(crate) project_allows: BTreeSet<String>,
    /// How far ahead `expires` of a mapping may be at most, such as `90d`. When absent, `expires` may be any day.
    pub(crate) max_expiry: Option<Days>,
    /// The IAM role or user that Vault calls AWS as, for `trust-policy`. An engine whose `config` has a `role_arn` calls AWS
    /// as that role. Not written to Vault.
    pub(crate) vault_principal: Option<Principal>,
    /// The [lints](lints.md) that do not matter here, each with the reason.
    #[serde(default)]
    pub(crate) allow: Allowed,
}

impl MappingRules {
    /// The environments for protected branches and tags alone, by their names in Vault.
    pub(crate) fn protected(&self) -> BTreeSet<EnvironmentName> {
        let entries = self.environments.iter();
        let protected = entries.filter(|(_, entry)| entry.protected);
        let names = protected.map(|(name, _)| name);
        names.chain(&self.protected_environments).cloned().collect()
    }
}

/// One thing to delete.
#[derive(Debug, Deserialize)]
#[serde(try_from = "RemovedEntry")]
pub(crate) enum Removed {
    /// An auth method, by its mount path.
    Auth(MountPath),
    /// A secrets engine, by its mount path.
    Secrets(MountPath),
    /// A policy, by its name.
    Policy(PolicyName),
}

/// One thing to delete: `{auth: PATH}`, `{secrets: PATH}` or `{policy: NAME}`.
///
/// ```yaml mappings/vault.yaml
/// removed:
///   - auth: old-gitlab
///   - policy: old-policy
/// ```
///
/// Deleting a mount deletes everything in it, and revokes all that it has leased.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "`{auth: PATH}`, `{secrets: PATH}` or `{policy: NAME}`"
)]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
struct RemovedEntry {
    /// The path of an auth method.
    auth: Option<MountPath>,
    /// The path of a secrets engine.
    secrets: Option<MountPath>,
    /// The name of a policy.
    policy: Option<PolicyName>,
}

impl TryFrom<RemovedEntry> for Removed {
    type Error = Invalid;

    fn try_from(entry: RemovedEntry) -> Result<Self, Invalid> {
        match (entry.auth, entry.secrets, entry.policy) {
            (Some(path), None, None) => Ok(Self::Auth(path)),
            (None, Some(path), None) => Ok(Self::Secrets(path)),
            (None, None, Some(name)) => Ok(Self::Policy(name)),
            _ => Err(Invalid {
                problem: "each item names one thing to remove".into(),
                help: "write `{auth: PATH}`, `{secrets: PATH}` or `{policy: NAME}`".into(),
            }),
        }
    }
}
