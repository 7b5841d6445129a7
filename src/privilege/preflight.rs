//! Before the first write: whether the token may do all that a plan needs.

use super::needs::{Need, Needs};
use crate::acl::{self, PathError};
use crate::plan::{Action, Plan};
use crate::vault::{self, Capabilities, Reader};

/// Why apply can't begin.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PreflightError {
    /// The token's policies lack something.
    #[error(
        "the token may not do all that the plan needs, so nothing was written; what its policies have to allow:\n\n\
         {rules}\n\
         What changes the provisioner's own role and policies is for an administrator to apply"
    )]
    Missing {
        /// What to add, in Vault's policy language.
        rules: String,
    },
    /// The question itself failed.
    #[error("can't ask Vault what the token may do, so nothing was written: {0}")]
    Unknown(#[source] vault::Error),
    /// A name can't stand in a policy.
    #[error(transparent)]
    Path(#[from] PathError),
}

/// Asks Vault what the token may do at every path of the plan.
///
/// # Errors
/// When something is missing; it names the rules to add.
pub(crate) async fn check(plan: &Plan, vault: &Reader) -> Result<(), PreflightError> {
    let needs = needs(plan);
    let paths: Vec<&str> = needs.iter().map(|(path, _)| path).collect();
    if paths.is_empty() {
        return Ok(());
    }
    let allowed = vault
        .capabilities_self(&paths)
        .await
        .map_err(PreflightError::Unknown)?;
    let nothing = Capabilities::default();
    let mut missing = Needs::default();
    for (path, need) in needs.iter() {
        let allowed = allowed.get(path).unwrap_or(&nothing);
        if let Some(rule) = rule(need, allowed) {
            missing.add(
                path.to_owned(),
                &rule.description,
                &rule.capabilities.into_iter().collect::<Vec<_>>(),
            );
        }
    }
    let rules = missing.rules()?;
    if rules.is_empty() {
        return Ok(());
    }
    Err(PreflightError::Missing {
        rules: acl::render(&rules),
    })
}

fn needs(plan: &Plan) -> Needs {
    let mut needs = Needs::default();
    for change in &plan.changes {
        let address = &change.address;
        // What was written is read back.
        needs.read(address);
        match &change.action {
            Action::Create { after } => needs.create(address, after),
            Action::Update { after, .. } => needs.update(address, after),
            Action::Delete { .. } => needs.delete(address),
        }
    }
    needs
}

/// The rule to add, unless all is allowed. A rule for one path takes the place of those for wider ones, so it repeats
/// what these allow.
fn rule(need: &Need, allowed: &Capabilities) -> Option<Need> {
    if need
        .capabilities
        .iter()
        .all(|capability| allowed.allow(*capability))
    {
        return None;
    }
    Some(Need {
        description: need.description.clone(),
        capabilities: &need.capabilities | allowed.granted(),
    })
}
