//! The whole check: from read files to messages.

use std::collections::BTreeMap;

use super::message::{Declared, diagnostics};
use super::proof::{Verdict, prove};
use crate::access::{self, Configuration, ProjectNames, Ways};
use crate::diagnostic::Diagnostic;
use crate::mappings::{Loaded, Places};
use crate::resource::{Accessors, Address, Resource};

/// What a contract came to.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// What does not hold, or proves nothing.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// How many expectations there are.
    pub(crate) expectations: usize,
    /// The names of those that hold only because no AWS role gives any of their IAM roles.
    pub(crate) idle: Vec<String>,
    /// The mounts, roles and policies that the proof is based on.
    pub(crate) looked_at: String,
}

/// Proves the contract of files without errors over some resources: those of the files, or those that Vault will hold.
pub(crate) fn check(
    loaded: &Loaded,
    resources: &BTreeMap<Address, Resource>,
    accessors: &Accessors,
) -> Outcome {
    let (Some(file), Some(platform), Some(desired)) =
        (&loaded.contract, &loaded.platform, &loaded.desired)
    else {
        return Outcome::default();
    };
    let configuration = Configuration::new(resources, accessors);
    let ways = Ways::new(&configuration);
    let verdicts = prove(&file.contract, &loaded.projects, &ways);
    let declared = Declared {
        file,
        desired,
        places: Places::new(platform, &loaded.projects, &loaded.sources),
        names: ProjectNames::new(desired, &[&configuration]),
        issuers: configuration.issuers(),
    };
    let expectations = file.contract.expect.iter();
    let idle = expectations
        .zip(&verdicts)
        .filter(|(_, verdict)| matches!(verdict, Verdict::Idle));
    Outcome {
        diagnostics: diagnostics(&declared, &verdicts),
        expectations: verdicts.len(),
        idle: idle
            .map(|(expectation, _)| expectation.name.clone())
            .collect(),
        looked_at: access::looked_at(&configuration),
    }
}
