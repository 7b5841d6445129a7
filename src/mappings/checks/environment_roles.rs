//! Checks the names of several roles of an environment: behind the environment's name, none may be another's.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::diagnostic::{Code, Diagnostic, Span};
use crate::mappings::environments::ENVIRONMENTS;
use crate::mappings::loaded::PlatformFile;
use crate::mappings::mapped_role::MappedFolder;
use crate::mappings::trees::Trees;
use crate::value::{EnvironmentName, EnvironmentRole};
use crate::yaml::{item_span, key_span};

/// An environment, or one of several roles of it.
type RoleInEnvironment = (EnvironmentName, Option<EnvironmentRole>);

/// Reports two of these with one name in Vault, of any projects: the policy of the one environment would allow the role of
/// the other.
pub(super) fn check(
    file: &PlatformFile,
    folder: &MappedFolder<'_>,
    trees: &Trees<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(rules) = &file.platform.mappings else {
        return;
    };
    let mut names = NamesInVault::default();
    for (environment, entry) in rules.environments.iter() {
        let path = ENVIRONMENTS.into_iter().chain([environment.as_str()]);
        names.add((environment.clone(), None), diagnostics, || {
            key_span(&file.root, path.clone())
        });
        for role in &entry.roles {
            names.add(
                (environment.clone(), Some(role.clone())),
                diagnostics,
                || item_span(&file.root, path.clone().chain(["roles"]), role.as_str()),
            );
        }
    }
    for role in &folder.roles {
        let Some(environment) = &role.mapping.environment else {
            continue;
        };
        let named = (environment.clone(), role.mapping.role.clone());
        names.add(named, diagnostics, || trees.mapping(role));
    }
}

#[derive(Default)]
struct NamesInVault(HashMap<String, (RoleInEnvironment, Span)>);

impl NamesInVault {
    fn add(
        &mut self,
        named: RoleInEnvironment,
        diagnostics: &mut Vec<Diagnostic>,
        place: impl Fn() -> Span,
    ) {
        match self.0.entry(named.0.with_role(named.1.as_ref())) {
            Entry::Vacant(vacant) => {
                let place = place();
                vacant.insert((named, place));
            }
            Entry::Occupied(other) if other.get().0 == named => {}
            Entry::Occupied(other) => {
                let (first, span) = other.get();
                diagnostics.push(
                    Diagnostic::error(
                        Code::DuplicateRole,
                        format!(
                            "{} has the name `{}` in Vault, as {} has: the jobs of one could get the role of the other",
                            described(&named),
                            other.key(),
                            described(first)
                        ),
                        place(),
                    )
                    .with_secondary(*span, "the other one")
                    .with_help("rename the role"),
                );
            }
        }
    }
}

fn described((environment, role): &RoleInEnvironment) -> String {
    match role {
        Some(role) => format!("the role `{role}` of `{environment}`"),
        None => format!("the environment `{environment}`"),
    }
}
