//! Which project has which number and path.

use std::collections::BTreeMap;

use super::condition::{Condition, Must};
use super::job::{Claim, Job};
use super::pattern::Assignment;

/// The projects of the files. In GitLab a number and a path belong together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Projects {
    paths: BTreeMap<String, String>,
    ids: BTreeMap<String, String>,
}

impl Projects {
    /// Whether values for unknown claims are those of one project, and that of the job if it is known.
    pub(super) fn agree(&self, job: &Job, assignment: &Assignment) -> bool {
        let value = |claim: &str| match (assignment.get(claim), job.claim(claim)) {
            (Some(value), _) => Some(value.as_str()),
            (None, Claim::Is(value)) => Some(value),
            _ => None,
        };
        let (id, path) = (value("project_id"), value("project_path"));
        let known_id = path.and_then(|path| self.ids.get(path)).map(String::as_str);
        let known_path = id.and_then(|id| self.paths.get(id)).map(String::as_str);
        let agree = |a: Option<&str>, b: Option<&str>| a.is_none() || b.is_none() || a == b;
        let path = path.or(known_path);
        let namespace = path
            .and_then(|path| path.rsplit_once('/'))
            .map(|(namespace, _)| namespace);
        agree(id, known_id) && agree(path, known_path) && agree(namespace, value("namespace_path"))
    }

    /// Whether a condition is met by projects of the files only.
    pub(super) fn excludes_others(&self, condition: &Condition) -> bool {
        let Must::Be(values) = &condition.must else {
            return false;
        };
        match condition.claim.as_str() {
            "project_id" => values.iter().all(|id| self.paths.contains_key(id)),
            "project_path" => values.iter().all(|path| self.ids.contains_key(path)),
            _ => false,
        }
    }
}

impl<I: Into<String>, P: Into<String>> FromIterator<(I, P)> for Projects {
    /// From pairs of number and path.
    fn from_iter<T: IntoIterator<Item = (I, P)>>(projects: T) -> Self {
        let mut all = Self::default();
        for (id, path) in projects {
            let (id, path) = (id.into(), path.into());
            all.ids.insert(path.clone(), id.clone());
            all.paths.insert(id, path);
        }
        all
    }
}
