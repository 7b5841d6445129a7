//! What the files say that GitLab knows better.

use std::collections::BTreeSet;

use super::claims::{ClaimOwner, ClaimQuestion};
use crate::diagnostic::FileId;
use crate::mappings::platform::MappingRules;
use crate::mappings::{Loaded, ProjectFile};
use crate::value::{
    EnvironmentGlob, GitLabEnvironment, GroupId, GroupPath, ProjectId, ProjectPath,
};

/// All that is compared with GitLab, each with its file.
#[derive(Debug, Default)]
pub(crate) struct Questions {
    /// The project files.
    pub(crate) projects: Vec<(FileId, ProjectQuestion)>,
    /// The group files.
    pub(crate) groups: Vec<(FileId, GroupQuestion)>,
    /// The numbers in the bound claims of `vault.yaml`.
    pub(crate) claims: Vec<(FileId, ClaimQuestion)>,
}

/// A project file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProjectQuestion {
    pub(crate) id: ProjectId,
    pub(crate) path: ProjectPath,
    /// The environments that are mapped.
    pub(crate) environments: Vec<EnvironmentQuestion>,
}

/// An environment of a project file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EnvironmentQuestion {
    /// The name in the file.
    pub(crate) written: GitLabEnvironment,
    /// GitLab's names of it.
    pub(crate) globs: Vec<EnvironmentGlob>,
    /// Whether the files declare it protected.
    pub(crate) is_protected: bool,
}

/// A group file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GroupQuestion {
    pub(crate) id: GroupId,
    pub(crate) path: GroupPath,
    /// The subgroups, which have no path in the file.
    pub(crate) subgroups: BTreeSet<GroupId>,
}

impl Questions {
    /// Those of some files, in the order of their paths.
    pub(crate) fn of(loaded: &Loaded) -> Self {
        let rules = loaded.platform.as_ref();
        let rules = rules.and_then(|file| file.platform.mappings.as_ref());
        let projects = loaded.projects.iter();
        let groups = loaded.groups.iter().map(|file| {
            let group = &file.group;
            let question = GroupQuestion {
                id: group.id,
                path: group.group.clone(),
                subgroups: group.ids().filter(|id| *id != group.id).collect(),
            };
            (file.file, question)
        });
        Self {
            projects: projects
                .map(|file| (file.file, project(file, rules)))
                .collect(),
            groups: groups.collect(),
            claims: ClaimQuestion::of(loaded),
        }
    }

    /// Leaves out what other files say too.
    pub(crate) fn retain_changed(&mut self, since: &Self) {
        let projects: Vec<_> = since
            .projects
            .iter()
            .map(|(_, question)| question)
            .collect();
        let groups: Vec<_> = since.groups.iter().map(|(_, question)| question).collect();
        self.projects
            .retain(|(_, question)| !projects.contains(&question));
        self.groups
            .retain(|(_, question)| !groups.contains(&question));
        let is_old = |question: &ClaimQuestion| {
            let mut before = since.claims.iter();
            before.any(|(_, other)| other.is_same(question))
        };
        self.claims.retain(|(_, question)| !is_old(question));
    }

    /// The numbers of all projects.
    pub(super) fn project_ids(&self) -> BTreeSet<u64> {
        self.projects
            .iter()
            .map(|(_, project)| project.id.get())
            .chain(self.claimed(ClaimOwner::Project))
            .collect()
    }

    /// The numbers of all groups and subgroups.
    pub(super) fn group_ids(&self) -> BTreeSet<u64> {
        let ids = self.groups.iter().flat_map(|(_, group)| {
            let subgroups = group.subgroups.iter().copied();
            std::iter::once(group.id).chain(subgroups)
        });
        ids.map(GroupId::get)
            .chain(self.claimed(ClaimOwner::Namespace))
            .collect()
    }

    fn claimed(&self, owner: ClaimOwner) -> impl Iterator<Item = u64> {
        let claims = self.claims.iter().map(|(_, question)| question);
        claims
            .filter(move |question| question.owner == owner)
            .map(|question| question.id)
    }
}

fn project(file: &ProjectFile, rules: Option<&MappingRules>) -> ProjectQuestion {
    let project = &file.project;
    let names = rules.map(|rules| (rules.environments.names(), rules.protected()));
    let environments = project.environments.keys().filter_map(|written| {
        let (names, protected) = names.as_ref()?;
        let name = names.resolve(written.as_str())?;
        Some(EnvironmentQuestion {
            written: written.clone(),
            globs: names.globs(&name),
            is_protected: protected.contains(&name),
        })
    });
    ProjectQuestion {
        id: project.id,
        path: project.project.clone(),
        environments: environments.collect(),
    }
}

impl ProjectQuestion {
    /// Whether the files declare one of its environments protected.
    pub(super) fn has_protected(&self) -> bool {
        self.environments
            .iter()
            .any(|environment| environment.is_protected)
    }
}

impl EnvironmentQuestion {
    /// Whether GitLab may have the environment under this name.
    pub(super) fn has_name(&self, name: &str) -> bool {
        self.globs.iter().any(|glob| glob.is_match(name))
    }

    /// Whether a glob stands for the names that GitLab has for it.
    pub(super) fn has_globs(&self) -> bool {
        self.globs.iter().any(EnvironmentGlob::is_glob)
    }
}
