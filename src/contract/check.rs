//! The whole check: from read files to messages.

use std::collections::BTreeMap;

use super::message::{ContractView, diagnostics};
use super::proof::{Judgement, prove};
use crate::access::{self, Configuration, ProjectNames, Ways};
use crate::desired::Desired;
use crate::diagnostic::{Code, Diagnostic};
use crate::mappings::contract::{Demand, Expectation};
use crate::mappings::{Loaded, Places};
use crate::resource::{Accessors, Address, Resource};
use crate::yaml::key_span;

/// What a contract came to.
#[derive(Debug, Default)]
pub(crate) struct ContractProof {
    /// The expectations, in their order.
    pub(crate) expectations: Vec<ProvedExpectation>,
    /// The mounts, roles and policies that the proof is based on.
    pub(crate) looked_at: String,
}

/// The result for an expectation.
#[derive(Debug)]
pub(crate) struct ProvedExpectation {
    /// What it is called.
    pub(crate) name: String,
    /// Whether it holds only because no AWS role gives any of its IAM roles.
    pub(crate) is_idle: bool,
    /// Why it does not hold, or proves nothing.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl ContractProof {
    /// All that does not hold, or proves nothing.
    pub(crate) fn diagnostics(&self) -> impl Iterator<Item = &Diagnostic> {
        self.expectations.iter().flat_map(|one| &one.diagnostics)
    }
}

/// Proves the contract of files without errors over some resources: those of the files, or those that Vault will hold.
pub(crate) fn check(
    loaded: &Loaded,
    desired: &Desired,
    resources: &BTreeMap<Address, Resource>,
    accessors: &Accessors,
) -> ContractProof {
    let (Some(file), Some(platform)) = (&loaded.contract, &loaded.platform) else {
        return ContractProof::default();
    };
    let trusted = desired.unchanged_apply_policies(resources);
    let configuration = Configuration::new(resources, accessors).trusting(trusted);
    let ways = Ways::new(&configuration);
    let judgements = prove(&file.contract, &loaded.projects, &ways);
    let view = ContractView {
        file,
        desired,
        places: Places::new(platform, &loaded.projects, &loaded.sources),
        names: ProjectNames::new(desired, &[&configuration]),
        issuers: configuration.issuers(),
    };
    let expectations = file.contract.expect.iter().zip(&judgements);
    let proved = expectations.zip(diagnostics(&view, &judgements));
    let proved = proved.map(
        |((expectation, judgement), diagnostics)| ProvedExpectation {
            name: expectation.name.clone(),
            is_idle: matches!(judgement, Judgement::Idle),
            diagnostics,
        },
    );
    ContractProof {
        expectations: proved.collect(),
        looked_at: access::looked_at(&configuration),
    }
}

/// What can't be proved, where roles that no file has can't be read: any of them might admit every job.
pub(crate) fn unread(loaded: &Loaded, unread: &BTreeMap<String, String>) -> Option<Diagnostic> {
    let file = loaded.contract.as_ref()?;
    let (path, why) = unread.first_key_value()?;
    let expectations = file.contract.expect.iter();
    let bounds = |one: &Expectation| matches!(one.demand, Demand::Only { .. });
    let is_bound = expectations.filter(|one| bounds(one)).count() > 0;
    let place = key_span(&file.root, ["expect"]);
    let message = format!("it is unknown whether `only` holds: {path} can't be read");
    is_bound.then(|| {
        let told = Diagnostic::error(Code::BrokenExpectation, message, place)
            .with_note(format!("{path}: {why}"))
            .with_help("let the token list and read the roles of the files' mounts; `policy --for plan` prints how");
        match unread.len() {
            1 => told,
            several => told.with_note(format!("{} more can't be read either", several - 1)),
        }
    })
}
