//! Whether groups protect environments.

use crate::check::ask::GitLabFacts;
use crate::gitlab::{DirectoryProject, Lookup};

/// Whether a group above a project protects an environment.
pub(super) enum GroupProtection {
    Protected,
    Open,
    Unknown(String),
}

pub(super) fn protecting_group(
    facts: &GitLabFacts,
    project: Option<&Lookup<DirectoryProject>>,
    tier: Option<&str>,
) -> GroupProtection {
    let Some(Lookup::Found(project)) = project else {
        return GroupProtection::Unknown("the project is not visible".to_owned());
    };
    let mut unknown = None;
    for group in project.groups() {
        match facts.protected_tiers.get(group) {
            Some(Lookup::Found(tiers)) if tier.is_some_and(|tier| tiers.contains(tier)) => {
                return GroupProtection::Protected;
            }
            Some(Lookup::Found(tiers)) if tier.is_none() && !tiers.is_empty() => {
                unknown = Some(format!(
                    "`{group}` protects tiers, and the environment's tier is unknown"
                ));
            }
            Some(Lookup::Found(_)) => {}
            Some(Lookup::NotVisible) | None => {
                unknown = Some(format!(
                    "GitLab does not show the protected tiers of `{group}`"
                ));
            }
            Some(Lookup::Unknown(why)) => unknown = Some(why.clone()),
        }
    }
    unknown.map_or(GroupProtection::Open, GroupProtection::Unknown)
}
