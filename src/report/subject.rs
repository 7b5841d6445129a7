//! The subject of an issue or a note: a Vault and a folder of files.

use super::Shown;
use super::markdown::code;
use crate::gitlab::Marker;
use crate::vault::ServerId;

/// What is compared. Each subject has its own issue and note.
#[derive(Debug)]
pub(crate) struct ReportSubject {
    /// Vault's address.
    pub(crate) address: String,
    /// The namespace; empty for the root namespace.
    pub(crate) namespace: String,
    /// The folder with the files, by the same name on every runner.
    pub(crate) mappings: String,
}

impl ReportSubject {
    /// The marker by which its issue or note is found again. A cluster is the same at each of its addresses.
    pub(crate) fn marker(&self, purpose: &'static str, server: &ServerId) -> Marker {
        let cluster = match server.cluster_id.as_str() {
            "" => &self.address,
            cluster => cluster,
        };
        Marker::new(purpose, &[cluster, &server.namespace, &self.mappings])
    }

    /// A sentence of Markdown without its full stop.
    pub(super) fn sentence(&self) -> String {
        let data = |text| code(&Shown::text(text));
        let namespace = match self.namespace.as_str() {
            "" => String::new(),
            namespace => format!(", namespace {}", data(namespace)),
        };
        format!(
            "Vault at {}{namespace}, and the files in {}",
            data(&self.address),
            data(&self.mappings)
        )
    }
}
