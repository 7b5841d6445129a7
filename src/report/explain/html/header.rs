//! What the head of an access page says: when and from what it was made, and what is known besides.

use crate::contract::ContractProof;
use crate::diagnostic::has_errors;
use crate::plan::Plan;
use crate::report::explain::content::Content;
use crate::report::usage::log_read;
use crate::report::{PageOrigin, plural};
use crate::vault::ServerId;

/// What is not looked at for a page.
const NOT_LOOKED_AT: &str = "not looked at";

/// Where a page comes from.
#[derive(Debug)]
pub(crate) struct PageHeader {
    /// When it was made, and from which commit.
    pub(crate) origin: PageOrigin,
    /// The Vault that was read; none for an answer from the files.
    pub(crate) server: Option<ServerId>,
    /// The proof of the contract; none where there is no contract.
    pub(crate) contract: Option<ContractProof>,
    /// What the files would change in the Vault that was read.
    pub(crate) drift: Option<Plan>,
}

impl PageHeader {
    pub(super) fn facts(&self, content: &Content<'_, '_>) -> Vec<(&'static str, String)> {
        let context = content.context;
        let unknown = match content.unknown.len() {
            0 => "all that was looked at is understood".to_owned(),
            count => format!(
                "{} of what was looked at; each may allow more than the list says",
                plural(count, "unknown part")
            ),
        };
        let [made, commit] = self.origin.facts();
        let mut facts = vec![
            made,
            commit,
            ("Vault", self.server()),
            ("Looked at", context.looked_at_where()),
            ("Not looked at", context.not_looked_at()),
            ("Unknown", unknown),
            ("Contract", self.contract()),
            ("Drift", self.drift()),
        ];
        if let Some(usage) = context.usage {
            facts.push(("Audit log", log_read(usage)));
        }
        facts
    }

    fn server(&self) -> String {
        let Some(server) = &self.server else {
            return format!("{NOT_LOOKED_AT}: this is what the files say; --live reads Vault");
        };
        let cluster = match server.cluster_id.as_str() {
            "" => "a cluster that does not say its id",
            cluster => cluster,
        };
        match server.namespace.as_str() {
            "" => format!("cluster {cluster}"),
            namespace => format!("cluster {cluster}, namespace {namespace}"),
        }
    }

    fn contract(&self) -> String {
        let Some(proof) = &self.contract else {
            return "there is none".into();
        };
        let is_broken = |one: &&crate::contract::ProvedExpectation| has_errors(&one.diagnostics);
        let broken: Vec<&str> = proof
            .expectations
            .iter()
            .filter(is_broken)
            .map(|one| one.name.as_str())
            .collect();
        let of = plural(proof.expectations.len(), "expectation");
        match broken.as_slice() {
            [] => format!("holds: {of}"),
            broken => format!(
                "does not hold: {} of {of}: {}",
                broken.len(),
                broken.join("; ")
            ),
        }
    }

    fn drift(&self) -> String {
        let Some(plan) = &self.drift else {
            return format!("{NOT_LOOKED_AT}; --live compares Vault with the files");
        };
        let mut said = match plan.changes.len() {
            0 => "no difference was found".to_owned(),
            count => format!("Vault differs from the files: {}", plural(count, "change")),
        };
        if !plan.foreign.is_empty() {
            let count = plural(plan.foreign.len(), "policy");
            said.push_str(&format!("; {count} that the files lack"));
        }
        if !plan.unlisted.is_empty() {
            let paths: Vec<&str> = plan.unlisted.iter().map(String::as_str).collect();
            said.push_str(&format!(
                "; unknown: what the files lack in {}, which can't be listed",
                paths.join(", ")
            ));
        }
        said
    }
}
