//! What projects and groups are called in the files.

use std::collections::BTreeMap;

use crate::access::configuration::Configuration;
use crate::access::jwts::Jwts;
use crate::desired::{Desired, MappingOwner};

/// The paths of projects by id.
#[derive(Debug, Default)]
pub(crate) struct ProjectNames {
    /// The path of each project's id in the files.
    pub(super) paths: BTreeMap<String, String>,
    /// The name of each group's id in the files.
    pub(super) groups: BTreeMap<String, String>,
    /// Whether there are several issuers. Then an id is ambiguous without its issuer, and the files do not name the issuer of
    /// their projects, so no id gets a path.
    pub(super) several_issuers: bool,
}

impl ProjectNames {
    /// The names in the files, for the issuers of some configurations.
    pub(crate) fn new(desired: &Desired, configurations: &[&Configuration<'_>]) -> Self {
        let mut issuers: Vec<&str> = configurations
            .iter()
            .flat_map(|one| one.issuers())
            .collect();
        issuers.sort_unstable();
        issuers.dedup();
        let several_issuers = issuers.len() > 1;
        let names = Self {
            several_issuers,
            ..Self::default()
        };
        names.or(desired)
    }

    /// Adds the names in other files for the projects that these files lack.
    pub(crate) fn or(mut self, others: &Desired) -> Self {
        if !self.several_issuers {
            for (_, mapping) in others.all_mappings() {
                let owner = &mapping.owner;
                let names = match owner {
                    MappingOwner::Project { .. } => &mut self.paths,
                    MappingOwner::Group { .. } => &mut self.groups,
                };
                let name = || owner.name();
                names.entry(owner.id().to_string()).or_insert_with(name);
            }
        }
        self
    }

    /// The names of the groups whose projects have these JWTs; `None` unless each of them is named in place of projects.
    pub(crate) fn groups_of(&self, jwts: &Jwts) -> Option<String> {
        let groups = jwts.texts_of("namespace_id")?;
        let names = groups.iter().map(|id| self.groups.get(*id));
        let names: Option<Vec<_>> = names.map(|name| name.map(String::as_str)).collect();
        let are_projects_named = jwts.names_each("project_id");
        names
            .map(|names| names.join(" "))
            .filter(|names| !are_projects_named && !names.is_empty())
    }

    /// The path of a project's id in the files.
    pub(crate) fn path_of(&self, id: &str) -> Option<&str> {
        self.paths.get(id).map(String::as_str)
    }

    /// A project's id, and its path if the files have one.
    pub(crate) fn project_of(&self, id: &str) -> String {
        match self.paths.get(id) {
            Some(path) => format!("{id} ({path})"),
            None => id.to_owned(),
        }
    }
}
