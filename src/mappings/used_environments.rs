//! The environments that the files declare or use, and the jobs of groups in them.

use std::collections::BTreeSet;

use super::checks::how_to_name;
use super::environments::{
    DeclaredEnvironments, ENVIRONMENTS, Environments, KnownEnvironment, PROTECTED_ENVIRONMENTS,
};
use super::group_roles::GroupJobs;
use super::mapped_role::ProjectsFolder;
use super::trees::tree;
use crate::diagnostic::{Sources, Span};
use crate::value::{EnvironmentName, EnvironmentNames};
use crate::yaml::{self, Node, key_span};

/// The environments of `vault.yaml` and of the project files, and the jobs of the group files. Mistakes are reported when
/// the files are decoded.
pub(super) fn find(
    root: &Node,
    folder: ProjectsFolder<'_>,
    sources: &Sources,
) -> (Environments, Vec<GroupJobs>) {
    let section = root.at(ENVIRONMENTS).cloned();
    let declared = section.and_then(|mut section| yaml::decode(&mut section, &mut Vec::new()));
    let declared: DeclaredEnvironments = declared.unwrap_or_default();
    let listed = root.at(PROTECTED_ENVIRONMENTS).map(Node::items);
    let listed = listed.unwrap_or_default().iter().filter_map(Node::text);
    let search = EnvironmentSearch {
        folder,
        sources,
        names: declared.names(),
        listed: listed.collect(),
    };
    let mut environments = search.declared(&declared, root);
    search.add_used(&mut environments);
    search.add_roles(&mut environments);
    let jobs = search.group_jobs(&environments);
    (environments, jobs)
}

struct EnvironmentSearch<'f> {
    folder: ProjectsFolder<'f>,
    sources: &'f Sources,
    /// GitLab's names of the declared environments.
    names: EnvironmentNames,
    /// What `protected_environments` lists.
    listed: BTreeSet<&'f str>,
}

impl EnvironmentSearch<'_> {
    fn declared(&self, declared: &DeclaredEnvironments, root: &Node) -> Environments {
        let entries = declared.iter().map(|(name, entry)| {
            let known = KnownEnvironment {
                globs: entry.globs(name),
                is_protected: entry.protected || self.listed.contains(name.as_str()),
                span: key_span(root, ENVIRONMENTS.into_iter().chain([name.as_str()])),
                how_to_declare: None,
                roles: entry.roles.clone(),
            };
            (name.clone(), known)
        });
        entries.collect()
    }

    fn undeclared(&self, name: &EnvironmentName, span: Span) -> KnownEnvironment {
        let text = name.as_str();
        let how_to_declare = if text.contains(char::is_uppercase) {
            how_to_name(text, &self.names)
        } else {
            String::new()
        };
        KnownEnvironment::undeclared(name, self.listed.contains(text), span, how_to_declare)
    }

    /// Adds those that project files name, each with its first place.
    fn add_used(&self, environments: &mut Environments) {
        for file in self.folder.projects {
            let names = file.project.environments.keys();
            let names = names.filter_map(|name| Some((name, self.names.resolve(name.as_str())?)));
            let new: Vec<_> = names
                .filter(|(_, own)| !environments.contains_key(own))
                .collect();
            if new.is_empty() {
                continue;
            }
            let tree = tree(file.file, self.sources);
            environments.extend(new.into_iter().map(|(name, own)| {
                let span = key_span(&tree, ["environments", name.as_str()]);
                let known = self.undeclared(&own, span);
                (own, known)
            }));
        }
    }

    /// Adds the names of several roles of one environment.
    fn add_roles(&self, environments: &mut Environments) {
        let mappings = self.folder.projects.iter();
        for mapping in mappings.flat_map(|file| file.project.mappings()) {
            let (Some(name), Some(role)) = (mapping.environment, mapping.role) else {
                continue;
            };
            let known = self.names.resolve(name.as_str());
            let known = known.and_then(|own| environments.get_mut(&own));
            if let Some(known) = known {
                known.roles.insert(role.clone());
            }
        }
    }

    fn group_jobs(&self, environments: &Environments) -> Vec<GroupJobs> {
        let mut jobs = Vec::new();
        // The same jobs in two places are a mistake that is reported with both places.
        let mut known_jobs = BTreeSet::new();
        for file in self.folder.groups {
            let tree = tree(file.file, self.sources);
            for (name, mapping) in &file.group.environments {
                let Some(own) = self.names.resolve(name.as_str()) else {
                    continue;
                };
                let span = key_span(&tree, ["environments", name.as_str()]);
                let known = match environments.get(&own) {
                    Some(known) => KnownEnvironment {
                        span,
                        ..known.clone()
                    },
                    None => self.undeclared(&own, span),
                };
                let roles: Vec<_> = mapping.entries().map(|(role, _)| role.cloned()).collect();
                let all = GroupJobs::of(&file.group, &own, &roles, &known);
                jobs.extend(all.filter(|jobs| known_jobs.insert(jobs.segment())));
            }
        }
        jobs
    }
}
