//! `mappings.environments`: GitLab's environments, by the names that they have in Vault.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;

use crate::diagnostic::Span;
use crate::value::{
    EnvironmentGlob, EnvironmentGlobs, EnvironmentName, EnvironmentNames, EnvironmentRole,
};

/// Where the entries are in `vault.yaml`.
pub(super) const ENVIRONMENTS: [&str; 2] = ["mappings", "environments"];
pub(super) const PROTECTED_ENVIRONMENTS: [&str; 2] = ["mappings", "protected_environments"];

/// Which environments of GitLab share the JWT role and the policy of an environment of the files.
///
/// ```yaml mappings/vault.yaml
/// mappings:
///   secrets: aws
///   role_name: "{project_id}-{environment}"
///   environments:
///     dev: {}
///     review: {match: ["review/*", "preview/*"]}   # the jobs of all review apps share one role
///     prod: {protected: true}
/// ```
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnvironmentEntry {
    /// GitLab's names of the environment, with `*` for any text. The entry's own name when absent. No name may match two
    /// entries.
    r#match: Option<EnvironmentGlobs>,
    /// Whether it is for protected branches and tags alone: its JWT roles get `protected_bound_claims`.
    #[serde(default)]
    pub(super) protected: bool,
    /// The names of the roles that its mappings may have under `roles`. A name that a project uses need not be here; one
    /// that is here is in the policies before the first project uses it.
    #[serde(default)]
    pub(super) roles: BTreeSet<EnvironmentRole>,
}

/// The environments that `vault.yaml` declares, by their names in Vault.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(transparent)]
pub(crate) struct DeclaredEnvironments(BTreeMap<EnvironmentName, EnvironmentEntry>);

impl EnvironmentEntry {
    /// GitLab's names of an environment that has this entry.
    pub(super) fn globs(&self, name: &EnvironmentName) -> Vec<EnvironmentGlob> {
        match &self.r#match {
            Some(globs) => globs.iter().cloned().collect(),
            None => vec![name.into()],
        }
    }
}

impl DeclaredEnvironments {
    /// The entries.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&EnvironmentName, &EnvironmentEntry)> {
        self.0.iter()
    }

    /// GitLab's names of them.
    pub(crate) fn names(&self) -> EnvironmentNames {
        let entries = self.0.iter();
        entries
            .map(|(name, entry)| (name.clone(), entry.globs(name)))
            .collect()
    }
}

/// An environment that the files declare or use.
#[derive(Debug, Clone)]
pub(super) struct KnownEnvironment {
    /// GitLab's names of it.
    pub(super) globs: Vec<EnvironmentGlob>,
    /// Whether it is for protected branches and tags alone.
    pub(super) is_protected: bool,
    /// Its entry, or else where a project's file first names it.
    pub(super) span: Span,
    /// How to give it an entry; none if it has one.
    pub(super) how_to_declare: Option<String>,
    /// The names of roles that its entry declares and that mappings use.
    pub(super) roles: BTreeSet<EnvironmentRole>,
}

impl KnownEnvironment {
    /// An environment without an entry: its name in GitLab is that in Vault.
    pub(super) fn undeclared(
        name: &EnvironmentName,
        is_protected: bool,
        span: Span,
        how_to_declare: String,
    ) -> Self {
        Self {
            globs: vec![name.into()],
            is_protected,
            span,
            how_to_declare: Some(how_to_declare),
            roles: BTreeSet::new(),
        }
    }
}

/// All environments that the files declare or use.
pub(super) type Environments = BTreeMap<EnvironmentName, KnownEnvironment>;
