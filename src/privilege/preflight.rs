//! Before the first write: whether the token may do all that a plan needs.

use super::needs::{Need, Needs};
use crate::acl::{self, Capability, PathError};
use crate::plan::{Action, Plan};
use crate::vault::{Capabilities, ReadVault, VaultError};

/// The most paths that a message names.
const SHOWN: usize = 10;

/// Why apply can't begin.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PreflightError {
    /// The token's policies lack something.
    #[error("the token lacks {lacking}, so nothing was written")]
    Missing {
        /// The capabilities and their paths.
        lacking: String,
        /// The rules to add, in Vault's policy language.
        rules: String,
    },
    /// The question itself failed.
    #[error("can't ask Vault what the token may do, so nothing was written: {0}")]
    Unknown(#[source] VaultError),
    /// A name can't stand in a policy.
    #[error(transparent)]
    Path(#[from] PathError),
}

impl PreflightError {
    /// What to do about it.
    pub(crate) fn help(&self) -> Option<String> {
        match self {
            Self::Missing { rules, .. } => Some(format!(
                "add the rules below to the token's policies (`vault-provisioner policy` prints all that apply needs); \
                 what changes the token's own role and policies is for an administrator to apply\n\n{rules}"
            )),
            Self::Unknown(error) => error.help(),
            Self::Path(_) => None,
        }
    }
}

/// Asks Vault what the token may do at every path of the plan.
///
/// # Errors
/// When something is missing; it names the rules to add.
pub(crate) async fn check(plan: &Plan, vault: &impl ReadVault) -> Result<(), PreflightError> {
    let needs = needs(plan);
    let paths: Vec<&str> = needs.iter().map(|(path, _)| path).collect();
    if paths.is_empty() {
        return Ok(());
    }
    let allowed = vault
        .capabilities_self(&paths)
        .await
        .map_err(PreflightError::Unknown)?;
    let mut rules = Needs::default();
    let mut lacking = Vec::new();
    for (path, need) in needs.iter() {
        let Some(allowed) = allowed.get(path) else {
            continue;
        };
        let missing = missing(need, allowed);
        if missing.is_empty() {
            continue;
        }
        if lacking.len() < SHOWN {
            // A rule for one path takes the place of those for wider ones, so it repeats what these allow.
            let granted = allowed.granted().iter().copied();
            let all: Vec<_> = granted.chain(missing.iter().copied()).collect();
            rules.add(path.to_owned(), &need.description, &all);
        }
        let missing: Vec<_> = missing.iter().map(|word| format!("`{word}`")).collect();
        lacking.push(format!("{} on `{path}`", missing.join(" and ")));
    }
    if lacking.is_empty() {
        return Ok(());
    }
    Err(PreflightError::Missing {
        lacking: shortened(&lacking),
        rules: acl::render(&rules.rules()?),
    })
}

/// What carrying out a plan needs.
pub(super) fn needs(plan: &Plan) -> Needs {
    let mut needs = Needs::default();
    for change in &plan.changes {
        let address = &change.address;
        // What was written is read back.
        needs.read(address);
        match &change.action {
            Action::Create { after } => needs.create(address, after),
            Action::Update { after, .. } if change.is_replacement() => {
                needs.delete(address);
                needs.create(address, after);
            }
            Action::Update { after, .. } => needs.update(address, after),
            Action::Delete { .. } => needs.delete(address),
        }
    }
    needs
}

fn missing(need: &Need, allowed: &Capabilities) -> Vec<Capability> {
    let needed = need.capabilities.iter().copied();
    needed
        .filter(|capability| !allowed.allow(*capability))
        .collect()
}

fn shortened(lacking: &[String]) -> String {
    let shown = &lacking[..lacking.len().min(SHOWN)];
    match lacking.len() - shown.len() {
        0 => shown.join(", "),
        more => format!(
            "{}, and similar ones on {more} more paths",
            shown.join(", ")
        ),
    }
}
