//! Descriptions of sets of JWTs: the project, the environment, the ref and further conditions.

mod description;
mod jobs;
mod json;
#[cfg(test)]
mod tests;
mod values;

use std::collections::BTreeMap;

pub(crate) use self::description::Description;
#[cfg(test)]
pub(super) use self::description::in_one_line;
pub(super) use self::description::serialize_line;
use self::values::LISTED;
pub(super) use self::values::is;
use super::configuration::Configuration;
use super::jwts::Jwts;
use crate::desired::{Desired, MappingOwner};

/// The paths of projects by id.
#[derive(Debug, Default)]
pub(crate) struct ProjectNames {
    /// The path of each project's id in the files.
    paths: BTreeMap<String, String>,
    /// The name of each group's id in the files.
    groups: BTreeMap<String, String>,
    /// Whether there are several issuers. Then an id is ambiguous without its issuer, and the files do not name the issuer of
    /// their projects, so no id gets a path.
    several_issuers: bool,
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

    /// Describes the jobs that have these JWTs, in one line.
    pub(crate) fn who(&self, jwts: &Jwts) -> String {
        description::in_one_line(&self.described(jwts))
    }

    /// The same in two parts: the projects, and the environment, the ref and further conditions with the comma before them.
    /// If there are several cases, the first part has all of it.
    pub(crate) fn who_and_when(&self, jwts: &Jwts) -> (String, String) {
        let [bounds] = jwts.bounds() else {
            return (self.who(jwts), String::new());
        };
        let mut phrases = self.phrases(bounds);
        let when = phrases.split_off(1);
        let when: String = when.iter().map(|phrase| format!(", {phrase}")).collect();
        (phrases.concat(), when)
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

    /// Describes the conditions on JWTs; empty if there are none.
    ///
    /// To describe only what does not follow from what is known, call [`Jwts::beyond`] first.
    pub(crate) fn conditions(&self, jwts: &Jwts) -> String {
        let all = jwts.bounds();
        let shown = all
            .iter()
            .take(LISTED)
            .map(|bounds| self.conditions_of(bounds).join(", "));
        let mut conditions: Vec<String> = shown.collect();
        if conditions.iter().any(String::is_empty) {
            return String::new();
        }
        if all.len() > LISTED {
            conditions.push(description::more_cases(all.len() - LISTED));
        }
        conditions.join("; or ")
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
