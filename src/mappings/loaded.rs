//! What was read of a mappings folder.

use std::collections::BTreeSet;
use std::time::SystemTime;

use url::Url;

use super::allow::Allow;
use super::contract::Contract;
use super::group::Group;
use super::platform::Platform;
use super::project::Project;
use super::redact;
use crate::desired::Desired;
use crate::diagnostic::{Diagnostic, FileId, Sources};
use crate::value::{ProjectId, ProjectPath};
use crate::yaml::Node;

/// What was found in a mappings folder.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// What Vault should hold; there is none while there are errors.
    pub(crate) desired: Option<Desired>,
    /// If there are errors, what could be read nevertheless. Use it only together with the errors.
    pub(crate) readable: Option<Desired>,
    /// `vault.yaml`, if it could be read.
    pub(crate) platform: Option<PlatformFile>,
    /// The project files.
    pub(crate) projects: Vec<ProjectFile>,
    /// The group files.
    pub(crate) groups: Vec<GroupFile>,
    /// `contract.yaml`, if there is one that could be read.
    pub(crate) contract: Option<ContractFile>,
    /// The time as of which the files are read.
    pub(crate) now: SystemTime,
    /// All that is wrong or doubtful.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The files that the diagnostics point into.
    pub(crate) sources: Sources,
}

impl Loaded {
    /// Only the reason why the files were not changed.
    pub(super) fn refused(diagnostic: Diagnostic, mut sources: Sources, now: SystemTime) -> Self {
        let diagnostics = vec![diagnostic];
        redact::hide_secrets(&diagnostics, &mut sources);
        Self {
            desired: None,
            readable: None,
            platform: None,
            projects: Vec::new(),
            groups: Vec::new(),
            contract: None,
            now,
            diagnostics,
            sources,
        }
    }
}

impl Loaded {
    /// The addresses of GitLab that the auth methods of `vault.yaml` name.
    pub(crate) fn gitlab_addresses(&self) -> Vec<Url> {
        let methods = self
            .platform
            .iter()
            .flat_map(|file| file.platform.auth.values());
        let configs = methods.filter_map(|method| method.keys.config.as_ref());
        let named = configs.flat_map(|config| {
            let keys = config.jwks_url.split("/-/").next().unwrap_or_default();
            [keys, &config.bound_issuer, &config.oidc_discovery_url]
        });
        named
            .filter_map(|address| Url::parse(address).ok())
            .collect()
    }
}

/// The number of a project that has a file; GitLab's paths ignore case.
pub(crate) fn number_of(project: &ProjectPath, files: &[ProjectFile]) -> Option<ProjectId> {
    let is_it = |file: &&ProjectFile| {
        let path = file.project.project.as_str();
        path.eq_ignore_ascii_case(project.as_str())
    };
    files.iter().find(is_it).map(|file| file.project.id)
}

/// A project file.
#[derive(Debug)]
pub(crate) struct ProjectFile {
    /// Which file it is.
    pub(crate) file: FileId,
    /// What it says.
    pub(crate) project: Project,
    /// The lints that are allowed in it.
    pub(crate) allows: Vec<Allow>,
}

/// A group file.
#[derive(Debug)]
pub(crate) struct GroupFile {
    /// Which file it is.
    pub(crate) file: FileId,
    /// What it says.
    pub(crate) group: Group,
    /// The lints that are allowed in it.
    pub(crate) allows: Vec<Allow>,
}

/// `vault.yaml` with its tree, in which `for_each` is already carried out.
#[derive(Debug)]
pub(crate) struct PlatformFile {
    /// The tree.
    pub(crate) root: Node,
    /// What it says.
    pub(crate) platform: Platform,
    /// The lints that are allowed in it.
    pub(crate) allows: Vec<Allow>,
    pub(super) policy_prefixes: BTreeSet<String>,
}

/// `contract.yaml` with its tree.
#[derive(Debug)]
pub(crate) struct ContractFile {
    /// The tree.
    pub(crate) root: Node,
    /// What it says.
    pub(crate) contract: Contract,
}
