//! The JWTs of the jobs of an environment, by the names that GitLab has for it.

use super::claim_set::ClaimSet;
use super::language::Language;
use super::union::Jwts;
use crate::desired::Desired;
use crate::value::EnvironmentName;

/// The JWTs of the jobs of an environment of the files; with `None`, of those without an environment.
pub(crate) fn jobs_in(desired: &Desired, environment: Option<&EnvironmentName>) -> Jwts {
    let globs = environment.map(|name| desired.environments.globs(name));
    Jwts::in_environments(globs.as_deref())
}

impl Jwts {
    /// The JWTs of the jobs whose environment matches one of some globs; with `None`, of those without an environment.
    pub(crate) fn in_environments(globs: Option<&[impl AsRef<str>]>) -> Self {
        let set = match globs {
            Some(globs) => {
                let globs = globs.iter().map(|glob| Language::glob(glob.as_ref()));
                ClaimSet::texts(globs.fold(Language::none(), |all, texts| all.or(&texts)))
            }
            None => ClaimSet::absent(),
        };
        Self::any().require("environment", &set)
    }
}
