//! What waits for an administrator: changes of a plan that the pipeline's own policy, as Vault holds it, does not allow.

use std::collections::BTreeSet;

use super::preflight;
use crate::acl::{self, Capability, NamedPolicy, RequestVerdict};
use crate::desired::{Desired, MappingOwner};
use crate::diagnostic::Code;
use crate::live::Live;
use crate::plan::{Action, Plan, Warning};
use crate::resource::{Address, JwtRole, Policy, Typed};
use crate::value::{EnvironmentName, GroupId};
use crate::yaml;

/// The most paths that a warning names.
const SHOWN: usize = 6;

/// A warning for each policy of the files with which a pipeline applies, if Vault has it and it does not allow the whole
/// plan. What a policy that can't be parsed allows is for the preflight to ask.
pub(crate) fn waiting(plan: &Plan, desired: &Desired, live: &Live) -> Vec<Warning> {
    let policies = desired.apply_policies.iter().filter_map(|address| {
        let policy = Policy::of(live.resources.get(address)?)?;
        Some((address, acl::parse(&policy.policy).ok()?))
    });
    let warnings = policies.filter_map(|(address, rules)| {
        let policy = NamedPolicy {
            name: &address.name,
            rules: &rules,
        };
        let refused = refused(plan, policy);
        (!refused.is_empty()).then(|| Warning {
            path: address.path(),
            code: Code::NeedsAdministrator,
            message: message(
                &refused,
                &new_environments(plan, desired),
                &new_roles(plan, desired),
                &groups(&refused, desired),
            ),
        })
    });
    warnings.collect()
}

/// The paths of the plan that a token with a policy may not write as the plan says.
fn refused(plan: &Plan, policy: NamedPolicy<'_>) -> BTreeSet<String> {
    let is_refused = |path: &str, capability: Capability| {
        !matches!(
            acl::evaluate(&[policy], path, capability),
            RequestVerdict::Root | RequestVerdict::Allowed(_) | RequestVerdict::Restricted(_)
        )
    };
    let needs = preflight::needs(plan);
    let refused = needs.iter().filter(|(path, need)| {
        let mut capabilities = need.capabilities.iter();
        capabilities.any(|capability| is_refused(path, *capability))
    });
    refused.map(|(path, _)| path.to_owned()).collect()
}

/// The environments that the files do not declare, and that get their first JWT role by the plan.
fn new_environments<'d>(plan: &Plan, desired: &'d Desired) -> BTreeSet<&'d EnvironmentName> {
    let used = desired.mappings.values();
    let used = used.filter_map(|mapping| mapping.environment.as_ref());
    let undeclared = used.filter(|name| !desired.environments.has(name));
    let created = plan.changes.iter().filter_map(|change| {
        matches!(change.action, Action::Create { .. }).then(|| JwtRole::of(change.after()?))?
    });
    let bound = created.filter_map(|role| role.bound_claims.get("environment"));
    let bound: BTreeSet<&str> = bound.flat_map(|values| values.texts()).collect();
    undeclared
        .filter(|name| bound.contains(name.as_str()))
        .collect()
}

/// The names of roles of environments that no mapping had before the plan, as `deploy` of `prod`.
fn new_roles(plan: &Plan, desired: &Desired) -> BTreeSet<String> {
    let created = plan.changes.iter();
    let created = created.filter(|change| matches!(change.action, Action::Create { .. }));
    let created: BTreeSet<&Address> = created.map(|change| &change.address).collect();
    let used = desired.mappings.iter().filter_map(|(address, mapping)| {
        let named = (mapping.environment.as_ref()?, mapping.role.as_ref()?);
        Some((named, created.contains(address)))
    });
    let (new, known): (Vec<_>, Vec<_>) = used.partition(|(_, is_new)| *is_new);
    let known: BTreeSet<_> = known.into_iter().map(|(named, _)| named).collect();
    let new = new.into_iter().map(|(named, _)| named);
    new.filter(|named| !known.contains(named))
        .map(|(environment, role)| format!("`{role}` of `{environment}`"))
        .collect()
}

/// The groups whose roles and policies are among what is refused.
fn groups(refused: &BTreeSet<String>, desired: &Desired) -> BTreeSet<GroupId> {
    let owners = desired.mappings.values().map(|mapping| &mapping.owner);
    let ids: BTreeSet<GroupId> = owners.filter_map(MappingOwner::group_id).collect();
    let waits = |id: &GroupId| {
        let name = format!("-group-{id}-");
        refused.iter().any(|path| path.contains(&name))
    };
    ids.into_iter().filter(waits).collect()
}

fn message(
    refused: &BTreeSet<String>,
    environments: &BTreeSet<&EnvironmentName>,
    roles: &BTreeSet<String>,
    groups: &BTreeSet<GroupId>,
) -> String {
    let mut paths: Vec<String> = refused.iter().take(SHOWN).cloned().collect();
    if refused.len() > SHOWN {
        paths.push(format!("{} more", refused.len() - SHOWN));
    }
    let mut message = format!(
        "a token with this policy may not write {}, so an administrator has to apply this plan",
        paths.join(", ")
    );
    let is = |count: usize| if count == 1 { "is" } else { "are" };
    if !environments.is_empty() {
        let names = quoted(environments.iter().map(|name| name.to_string()));
        let lines = quoted(environments.iter().map(|name| entry(name)));
        message += &format!(
            "; {names} {} neither declared nor used before: map an environment that vault.yaml declares, or let an \
             administrator add {lines} to `mappings.environments` there and apply once",
            is(environments.len())
        );
    }
    if !roles.is_empty() {
        let names: Vec<&str> = roles.iter().map(String::as_str).collect();
        message += &format!(
            "; no mapping had the role {} before: use names of roles that are in use, or let an administrator add them to \
             `roles` of the environment under `mappings.environments` and apply once",
            names.join(", ")
        );
    }
    if !groups.is_empty() {
        let groups: Vec<String> = groups.iter().map(ToString::to_string).collect();
        message += &format!(
            "; each group has roles and policies of its own (here {}), so each new id and environment of a group waits for an \
             administrator",
            groups.join(", ")
        );
    }
    message
}

/// The line that declares an environment. One that looks like production is protected: without need, that only refuses jobs.
fn entry(name: &EnvironmentName) -> String {
    let settings = if EnvironmentName::is_production(name.as_str()) {
        "{protected: true}"
    } else {
        "{}"
    };
    format!("{}: {settings}", yaml::quote(name.as_str()))
}

fn quoted(texts: impl Iterator<Item = String>) -> String {
    let texts: Vec<String> = texts.map(|text| format!("`{text}`")).collect();
    texts.join(", ")
}
