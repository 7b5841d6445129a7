//! The jobs that the files and Vault know of.

use std::collections::{BTreeMap, BTreeSet};

use super::matrix::Who;
use super::projects::Projects;
use crate::desired::Desired;
use crate::resource::{Address, Kind};

/// All jobs that can be told apart by project and environment.
#[derive(Debug, Default)]
pub(crate) struct Everybody {
    /// The projects of the files.
    pub(crate) projects: Projects,
    /// Each project in each of its environments and in none, and any other project.
    pub(crate) jobs: BTreeSet<Who>,
}

impl Everybody {
    /// Those of the files, and of AWS roles that are named like a mapping's.
    pub(crate) fn new<'a>(desired: &Desired, others: impl Iterator<Item = &'a Address>) -> Self {
        let mut paths = BTreeMap::new();
        let mut jobs = BTreeSet::from([Who::ANY_OTHER]);
        for mapping in desired.mappings.values() {
            let (id, path) = (mapping.project_id.to_string(), mapping.project.as_str());
            let environment = mapping.environment.as_ref();
            let environment = environment.map(|environment| environment.as_str());
            for environment in [environment, None] {
                jobs.insert(Who::new(&id, Some(path), environment));
            }
            paths.insert(id, path.to_owned());
        }
        let names = others.filter(|address| address.kind == Kind::AwsRole);
        for address in names {
            let template = desired.role_names.as_ref();
            if let Some((id, environment)) = template.and_then(|names| names.read(&address.name)) {
                let path = paths.get(id).map(String::as_str);
                jobs.insert(Who::new(id, path, environment));
            }
        }
        Self {
            projects: paths.into_iter().collect(),
            jobs,
        }
    }
}
