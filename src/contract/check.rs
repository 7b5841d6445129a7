//! The whole check: from read files to messages.

use std::collections::BTreeMap;

use super::account;
use super::message::{ContractView, ExpectationPlace, Expected, diagnostics};
use super::proof::{Judgement, prove};
use crate::access::{self, Configuration, ProjectNames, Ways};
use crate::desired::Desired;
use crate::diagnostic::{Code, Diagnostic};
use crate::mappings::Loaded;
use crate::mappings::contract::{Demand, Expectation};
use crate::resource::{Accessors, Address, Resource};
use crate::yaml::{Node, key_span};

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
    /// Adds a message about what could not be read, as one more expectation: the others were proved without it.
    pub(crate) fn add_unread(&mut self, unread: Option<Diagnostic>) {
        self.expectations
            .extend(unread.map(|unread| ProvedExpectation {
                name: "all roles of the files' mounts can be read".into(),
                is_idle: false,
                diagnostics: vec![unread],
            }));
    }

    /// All that does not hold, or proves nothing.
    pub(crate) fn diagnostics(&self) -> impl Iterator<Item = &Diagnostic> {
        self.expectations.iter().flat_map(|one| &one.diagnostics)
    }
}

/// Proves the contract of files without errors, and what `mappings.protected_accounts` asks for, over some resources:
/// those of the files, or those that Vault will hold.
pub(crate) fn check(
    loaded: &Loaded,
    desired: &Desired,
    resources: &BTreeMap<Address, Resource>,
    accessors: &Accessors,
) -> ContractProof {
    let (Some(platform), Some(places), true) =
        (&loaded.platform, loaded.places(), has_contract(loaded))
    else {
        return ContractProof::default();
    };
    let trusted = desired.unchanged_apply_policies(resources, accessors);
    let configuration = Configuration::new(resources, accessors).trusting(trusted);
    let ways = Ways::new(&configuration);
    let accounts = account::expectations(platform);
    let in_contract = loaded.contract.iter().flat_map(|file| {
        let nodes = file.root.at(["expect"]).into_iter();
        let nodes = nodes.flat_map(Node::decoded_items);
        let expectations = file.contract.expect.iter().zip(nodes);
        expectations.map(|(expectation, node)| Expected {
            expectation,
            place: ExpectationPlace::Contract(node),
        })
    });
    let of_accounts = accounts.iter().map(|(expectation, place)| Expected {
        expectation,
        place: ExpectationPlace::Account(*place),
    });
    let expected: Vec<_> = in_contract.chain(of_accounts).collect();
    let expectations: Vec<_> = expected.iter().map(|one| one.expectation).collect();
    let judgements = prove(
        &expectations,
        &loaded.projects,
        &desired.environments,
        &ways,
    );
    let view = ContractView {
        desired,
        places,
        names: ProjectNames::new(desired, &[&configuration]),
        issuers: configuration.issuers(),
    };
    let proved = expected.iter().zip(&judgements);
    let proved = proved.map(|(expected, judgement)| ProvedExpectation {
        name: expected.expectation.name.clone(),
        is_idle: matches!(judgement, Judgement::Idle),
        diagnostics: diagnostics(&view, expected, judgement),
    });
    ContractProof {
        expectations: proved.collect(),
        looked_at: access::looked_at(&configuration),
    }
}

/// Whether there is anything to prove.
pub(crate) fn has_contract(loaded: &Loaded) -> bool {
    let platform = loaded.platform.as_ref();
    loaded.contract.is_some() || platform.is_some_and(|file| !account::ids(file).is_empty())
}

/// What can't be proved, where roles that no file has can't be read: any of them might admit every job.
pub(crate) fn unread(loaded: &Loaded, unread: &BTreeMap<String, String>) -> Option<Diagnostic> {
    let (path, why) = unread.first_key_value()?;
    let bounds = |one: &Expectation| matches!(one.demand, Demand::Only { .. });
    let contract = loaded.contract.as_ref();
    let contract = contract.filter(|file| file.contract.expect.iter().any(bounds));
    let platform = loaded.platform.as_ref();
    let platform = platform.filter(|file| !account::ids(file).is_empty());
    let (place, what) = match (contract, platform) {
        (Some(file), _) => (key_span(&file.root, ["expect"]), "`only` holds"),
        (None, Some(file)) => (
            key_span(&file.root, account::KEYS),
            "these are for protected refs only",
        ),
        (None, None) => return None,
    };
    let message = format!("it is unknown whether {what}: {path} can't be read");
    Some({
        let told = Diagnostic::error(Code::BrokenExpectation, message, place)
            .with_note(format!("{path}: {why}"))
            .with_help("let the token list and read the roles of the files' mounts; `policy --for plan` prints how");
        match unread.len() {
            1 => told,
            several => told.with_note(format!("{} more can't be read either", several - 1)),
        }
    })
}
