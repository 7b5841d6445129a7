//! Checked files -> Desired.

use super::loaded::PlatformFile;
use super::mapped_role::MappedFolder;
use super::platform::{MappingRules, Platform, Removed};
use crate::desired::Desired;
use crate::resource::{Address, Kind, Policy};
use crate::value::PolicyName;

/// Everything that the files declare. It must be used only if no check has found an error.
pub(super) fn desired(
    file: &PlatformFile,
    folder: MappedFolder<'_>,
    policies: Vec<(PolicyName, Policy)>,
    digest: String,
) -> Desired {
    let platform = &file.platform;
    let mut desired = Desired {
        removed: platform.removed.iter().map(removed).collect(),
        guardrails: platform.guardrails,
        unmanaged: platform.unmanaged.unmanaged(),
        protected_environments: platform
            .mappings
            .as_ref()
            .map(MappingRules::protected)
            .unwrap_or_default(),
        identity: platform.identity.as_ref().map(|entry| entry.0.clone()),
        policy_prefixes: file.policy_prefixes.clone(),
        digest,
        ..Desired::default()
    };
    add_mounts(platform, &mut desired);
    for (name, policy) in policies {
        desired.insert(Address::of_policy(name), policy);
    }
    add_mappings(platform, folder, &mut desired);
    desired
}

fn add_mounts(platform: &Platform, desired: &mut Desired) {
    for (path, entry) in &platform.auth {
        desired.insert(Address::of_auth_mount(path), entry.resource.clone());
        entry.add_content(path, desired);
    }
    for (path, entry) in &platform.secrets {
        desired.insert(
            Address::of_mount(Kind::SecretsMount, path),
            entry.resource.clone(),
        );
        entry.add_content(path, desired);
        let config = entry.keys.config.as_ref();
        if let Some(credentials) = config.and_then(|config| config.keys.credentials()) {
            let root = Address::of_mount(Kind::AwsRoot, path);
            desired.credentials.insert(root, credentials);
        }
    }
}

fn add_mappings(platform: &Platform, folder: MappedFolder<'_>, desired: &mut Desired) {
    let Some(rules) = &platform.mappings else {
        return;
    };
    desired.vault_principal.clone_from(&rules.vault_principal);
    let accounts = rules.protected_accounts.iter();
    desired.protected_accounts = accounts.map(|id| id.as_str().to_owned()).collect();
    desired.environments = rules.environments.names();
    for role in folder.roles {
        let address = Address::of_role(Kind::AwsRole, &rules.secrets, role.name);
        if role.mapping.is_over(folder.files.now) {
            desired.expired.insert(address, role.mapping);
            continue;
        }
        desired.insert(address.clone(), role.entry.aws_role(&role.mapping));
        desired.mappings.insert(address, role.mapping);
    }
}

fn removed(removed: &Removed) -> Address {
    match removed {
        Removed::Auth(path) => Address::of_auth_mount(path),
        Removed::Secrets(path) => Address::of_mount(Kind::SecretsMount, path),
        Removed::Policy(name) => Address::of_policy(name),
    }
}
