//! The paths of projects and groups in GitLab, by their ids. Vault has the ids alone.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::value::{GroupId, GroupPath, ProjectId, ProjectPath};

/// The path of each project and group that is known.
#[derive(Debug, Default)]
pub(crate) struct ProjectPaths {
    projects: BTreeMap<ProjectId, ProjectPath>,
    groups: BTreeMap<GroupId, GroupPath>,
}

/// A list of projects that can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PathsError {
    /// It looks like JSON, and is not a list of projects as GitLab's API answers it.
    #[error(
        "this is not GitLab's list of projects, a JSON array of objects with `id` and `path_with_namespace`: {0}"
    )]
    Json(#[from] serde_json::Error),
    /// A line is wrong.
    #[error("line {line}: {problem}; write `ID PATH`, such as `365 somenamespace/someproject`")]
    Line {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// A project has two paths, or a path two projects.
    #[error("the projects {0} and {1} have the same id or the same path; remove one of them")]
    Twins(String, String),
}

/// A project as GitLab's API answers it: <https://docs.gitlab.com/api/projects/#list-all-projects>.
#[derive(Deserialize)]
struct Listed {
    id: ProjectId,
    path_with_namespace: ProjectPath,
}

impl ProjectPaths {
    /// Reads lines of an id and a path, or GitLab's list of projects in JSON, page after page.
    ///
    /// # Errors
    /// When the text is neither, or names a project twice.
    pub(crate) fn parse(text: &str) -> Result<Self, PathsError> {
        let listed = if text.trim_start().starts_with('[') {
            let pages = serde_json::Deserializer::from_str(text).into_iter::<Vec<Listed>>();
            pages
                .collect::<Result<Vec<_>, _>>()?
                .into_iter()
                .flatten()
                .collect()
        } else {
            lines(text)?
        };
        let (mut paths, mut ids) = (BTreeMap::new(), BTreeMap::new());
        for Listed {
            id,
            path_with_namespace: path,
        } in listed
        {
            let other_path = paths
                .insert(id, path.clone())
                .filter(|other| *other != path);
            let other_id = ids.insert(path.clone(), id).filter(|other| *other != id);
            if other_path.is_some() || other_id.is_some() {
                let other = format!(
                    "{} {}",
                    other_id.unwrap_or(id),
                    other_path.as_ref().unwrap_or(&path)
                );
                return Err(PathsError::Twins(other, format!("{id} {path}")));
            }
        }
        Ok(Self {
            projects: paths,
            groups: BTreeMap::new(),
        })
    }

    /// Adds the path of a project that has none yet.
    pub(crate) fn add(&mut self, id: ProjectId, path: ProjectPath) {
        let is_taken = self.projects.values().any(|other| *other == path);
        if !is_taken {
            self.projects.entry(id).or_insert(path);
        }
    }

    /// Adds the path of a group.
    pub(crate) fn add_group(&mut self, id: GroupId, path: GroupPath) {
        let is_taken = self.groups.values().any(|other| *other == path);
        if !is_taken {
            self.groups.entry(id).or_insert(path);
        }
    }

    /// The path of a project.
    pub(crate) fn of(&self, id: ProjectId) -> Option<&ProjectPath> {
        self.projects.get(&id)
    }

    /// The path of a group.
    pub(crate) fn of_group(&self, id: GroupId) -> Option<&GroupPath> {
        self.groups.get(&id)
    }
}

fn lines(text: &str) -> Result<Vec<Listed>, PathsError> {
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|(index, line)| {
            let wrong = |problem: String| PathsError::Line {
                line: index + 1,
                problem,
            };
            let (id, path) = line
                .trim()
                .split_once(char::is_whitespace)
                .ok_or_else(|| wrong("there is no path".into()))?;
            Ok(Listed {
                id: id
                    .parse()
                    .map_err(|invalid: crate::value::Invalid| wrong(invalid.problem))?,
                path_with_namespace: path
                    .trim()
                    .parse()
                    .map_err(|invalid: crate::value::Invalid| wrong(invalid.problem))?,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str, id: u64) -> String {
        let paths = ProjectPaths::parse(text).unwrap();
        paths
            .of(ProjectId::try_from(id).unwrap())
            .unwrap()
            .to_string()
    }

    #[test]
    fn paths_come_from_lines_and_from_every_page_of_gitlabs_list() {
        assert_eq!(path("# ours\n365 a/b\n\n  366\tc/d.e \n", 366), "c/d.e");
        let pages = r#"[{"id": 365, "path_with_namespace": "a/b", "name": "B"}]
                       [{"id": 366, "path_with_namespace": "c/d"}]"#;
        assert_eq!(path(pages, 366), "c/d");
    }

    #[test]
    fn an_invalid_list_of_projects_says_why() {
        let problem = |text| ProjectPaths::parse(text).unwrap_err().to_string();
        let cases = [
            (
                "365 a/b\n366",
                "line 2: there is no path; write `ID PATH`, such as `365 somenamespace/someproject`",
            ),
            (
                "365 b",
                "line 1: `b` is not a project's path; write `ID PATH`, such as `365 somenamespace/someproject`",
            ),
            (
                "x a/b",
                "line 1: `x` is not a project's id; write `ID PATH`, such as `365 somenamespace/someproject`",
            ),
            (
                "[{\"id\": 1}]",
                "this is not GitLab's list of projects, a JSON array of objects with `id` and `path_with_namespace`: missing field `path_with_namespace` at line 1 column 10",
            ),
            (
                "365 a/b\n366 a/b",
                "the projects 365 a/b and 366 a/b have the same id or the same path; remove one of them",
            ),
            (
                "365 a/b\n365 a/c",
                "the projects 365 a/b and 365 a/c have the same id or the same path; remove one of them",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(problem(text), expected);
        }
    }
}
