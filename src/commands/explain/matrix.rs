//! Finds the mappings whose jobs do not reach their AWS role.

use std::collections::BTreeMap;

use super::question::Filter;
use crate::access::{Jwts, ProjectNames, Reachability, Way, jobs_in};
use crate::desired::Desired;
use crate::report::explain::UnreachedMapping;
use crate::value::EnvironmentName;

/// The mappings of the jobs in question that do not reach their AWS role.
pub(super) fn unreached(
    desired: &Desired,
    found: &Reachability<'_>,
    filter: &Filter<'_>,
    names: &ProjectNames,
) -> Vec<UnreachedMapping> {
    if filter.has_role() {
        return Vec::new();
    }
    let mut ways: BTreeMap<(&str, &str), Vec<&Way<'_>>> = BTreeMap::new();
    for way in &found.ways {
        let target = (way.target.mount, way.target.name);
        ways.entry(target).or_default().push(way);
    }
    let asked = filter.jwts();
    let mut jobs: BTreeMap<Option<&EnvironmentName>, Jwts> = BTreeMap::new();
    let unreached = desired.mappings.iter().filter_map(|(role, mapping)| {
        let id = mapping.owner.id().to_string();
        let environment = mapping.environment.as_ref();
        let owner = Jwts::with(std::iter::once((mapping.owner.claim(), Some(id.as_str()))));
        let in_environment = jobs
            .entry(environment)
            .or_insert_with(|| jobs_in(desired, environment).and(&asked));
        let job = owner.and(in_environment);
        let ways = ways.get(&(role.mount.as_str(), role.name.as_str()));
        let mut ways = ways.into_iter().flatten();
        if job.is_empty() || ways.any(|way| !way.jwts.and(&job).is_empty()) {
            return None;
        }
        Some(UnreachedMapping {
            who: names.who(&job),
            environment: environment.map(ToString::to_string),
            aws_role: role.to_string(),
            project_id: mapping.owner.project_id(),
            group_id: mapping.owner.group_id(),
        })
    });
    unreached.collect()
}
