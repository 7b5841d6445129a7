//! Proves the contract for the files alone, and for the files together with what else Vault holds.

use super::load::show_messages;
use super::{Error, checked};
use crate::cli::Global;
use crate::contract::{self, ContractProof};
use crate::desired::Desired;
use crate::diagnostic::has_errors;
use crate::live::{Besides, Live};
use crate::mappings::{self, Loaded};
use crate::report::plural;
use crate::resource::Accessors;

/// Files without errors, whose contract holds for the files alone where it was proved.
pub(super) struct Contracted {
    loaded: Loaded,
    proof: Option<ContractProof>,
}

/// Loads the files and proves the contract for them.
///
/// # Errors
/// When there are errors, which are printed.
pub(super) fn desired(global: &Global) -> Result<(Desired, Contracted), Error> {
    let (desired, contracted) = load(global);
    Ok((desired?, contracted))
}

/// The same, with the files also if there are errors.
pub(super) fn load(global: &Global) -> (Result<Desired, Error>, Contracted) {
    let mut loaded = mappings::load(&global.mappings(), global.now());
    let proof = prove(&mut loaded);
    let desired = checked(global, &mut loaded);
    (desired, Contracted { loaded, proof })
}

/// Proves the contract for files without errors, and adds broken expectations to their diagnostics.
pub(super) fn prove(loaded: &mut Loaded) -> Option<ContractProof> {
    let desired = loaded.desired.as_ref()?;
    let proof = contract::check(loaded, desired, &desired.resources, &Accessors::new());
    loaded.diagnostics.extend(proof.diagnostics().cloned());
    Some(proof)
}

impl Contracted {
    /// Files whose contract nobody asked for.
    pub(super) const fn unproved(loaded: Loaded) -> Self {
        Self {
            loaded,
            proof: None,
        }
    }

    /// The proof for the files alone; `None` if errors in them prevented it.
    pub(super) const fn proof(&self) -> Option<&ContractProof> {
        self.proof.as_ref()
    }

    /// The files themselves.
    pub(super) const fn files(&self) -> &Loaded {
        &self.loaded
    }

    /// Whether there is a contract.
    pub(super) fn has_contract(&self) -> bool {
        contract::has_contract(&self.loaded)
    }

    /// Proves the contract for what Vault will hold: the files, and what stays besides them.
    ///
    /// # Errors
    /// When it does not hold; the messages are printed.
    pub(super) fn prove(
        &self,
        global: &Global,
        besides: &Besides,
        desired: &Desired,
        live: &Live,
    ) -> Result<(), Error> {
        let mut resources = besides.resources.clone();
        resources.extend(desired.resources.clone());
        let mut proof = contract::check(&self.loaded, desired, &resources, &live.accessors);
        proof.add_unread(contract::unread(&self.loaded, &besides.unread));
        let mut broken: Vec<_> = proof.diagnostics().cloned().collect();
        broken.retain(|message| has_errors(std::slice::from_ref(message)));
        if broken.is_empty() {
            return Ok(());
        }
        let count = plural(broken.len(), "expectation");
        show_messages(global, &broken, &self.loaded.sources);
        Err(Error::BrokenContract {
            count,
            proof: Box::new(proof),
        })
    }
}
