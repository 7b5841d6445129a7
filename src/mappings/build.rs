//! Checked files -> Desired.

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

use super::loaded::{PlatformFile, ProjectFile};
use super::platform::{Platform, Removed};
use crate::desired::{Desired, Mapping, Unmanaged};
use crate::resource::{Address, Kind, Policy};
use crate::value::{EnvironmentName, PolicyName};

/// Everything that the files say. It is of use only when no check has found anything.
pub(super) fn desired(
    file: &PlatformFile,
    projects: &[ProjectFile],
    policies: Vec<(PolicyName, String)>,
    digest: String,
) -> Desired {
    let platform = &file.platform;
    let mut desired = Desired {
        removed: platform.removed.iter().map(removed).collect(),
        guardrails: platform.guardrails,
        unmanaged: unmanaged(platform),
        protected_environments: platform
            .mappings
            .as_ref()
            .map(|rules| rules.protected_environments.clone())
            .unwrap_or_default(),
        policy_prefixes: file.policy_prefixes.clone(),
        digest,
        ..Desired::default()
    };
    add_auth(platform, &mut desired);
    add_secrets(platform, &mut desired);
    for (name, text) in policies {
        desired.insert(Address::of_policy(name), Policy::new(text));
    }
    add_mappings(platform, projects, &mut desired);
    desired
}

fn add_auth(platform: &Platform, desired: &mut Desired) {
    for (path, entry) in &platform.auth {
        desired.insert(Address::of_auth_mount(path), entry.mount());
        if let Some(config) = &entry.config {
            desired.insert(Address::of_mount(Kind::JwtConfig, path), config.clone());
        }
        for (name, role) in &entry.roles {
            desired.insert(
                Address::of_role(Kind::JwtRole, path, name),
                role.resource.clone(),
            );
        }
    }
}

fn add_secrets(platform: &Platform, desired: &mut Desired) {
    for (path, entry) in &platform.secrets {
        desired.insert(Address::of_mount(Kind::SecretsMount, path), entry.mount());
        if let Some(config) = &entry.config {
            let address = Address::of_mount(Kind::AwsRoot, path);
            if let Some(credentials) = config.keys.credentials() {
                desired.credentials.insert(address.clone(), credentials);
            }
            desired.insert(address, config.resource.clone());
        }
        if let Some(lease) = &entry.lease {
            desired.insert(Address::of_mount(Kind::AwsLease, path), lease.clone());
        }
        for (name, role) in &entry.roles {
            desired.insert(
                Address::of_role(Kind::AwsRole, path, name),
                role.resource.clone(),
            );
        }
    }
}

fn add_mappings(platform: &Platform, projects: &[ProjectFile], desired: &mut Desired) {
    let Some(rules) = &platform.mappings else {
        return;
    };
    desired.role_names = Some(rules.role_name.clone());
    for ProjectFile { project, .. } in projects {
        for (environment, mapping) in project.mappings() {
            let name = environment.map(EnvironmentName::as_str);
            let name = rules.role_name.of(project.id, name);
            let role = Address::of_role(Kind::AwsRole, &rules.secrets, name);
            desired.insert(role.clone(), mapping.aws_role());
            let mapping = Mapping {
                project: project.project.clone(),
                project_id: project.id,
                environment: environment.cloned(),
            };
            desired.mappings.insert(role, mapping);
        }
    }
}

fn removed(removed: &Removed) -> Address {
    match removed {
        Removed::Auth(path) => Address::of_auth_mount(path),
        Removed::Secrets(path) => Address::of_mount(Kind::SecretsMount, path),
        Removed::Policy(name) => Address::of_policy(name),
    }
}

/// The roles that are left alone.
pub(super) fn unmanaged(platform: &Platform) -> Unmanaged {
    Unmanaged {
        aws_roles: globs("aws_roles", &platform.unmanaged.aws_roles),
        jwt_roles: globs("jwt_roles", &platform.unmanaged.jwt_roles),
    }
}

/// A glob under this key of `unmanaged`. Vault lowercases the names of JWT roles, so there case means nothing.
///
/// # Errors
/// When the text is not a glob.
pub(super) fn glob(key: &str, text: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(text)
        .case_insensitive(key == "jwt_roles")
        .build()
}

/// The globs that are good; the others are reported by the checks.
fn globs(key: &str, globs: &[String]) -> GlobSet {
    let good = globs.iter().filter_map(|text| glob(key, text).ok());
    let set = good.fold(GlobSetBuilder::new(), |mut set, glob| {
        set.add(glob);
        set
    });
    set.build().unwrap_or_default()
}
