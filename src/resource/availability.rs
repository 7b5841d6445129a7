//! Fields that not every server has. docs/servers.md says the same for people.

/// A field that not every server has, or a value of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PartialField {
    /// As in the files: `session_tags`, or `credential_type: session_token`.
    pub(crate) shown: &'static str,
    /// The parameter by which a server's help for the path shows that it has it.
    pub(crate) parameter: &'static str,
    /// Which servers have it.
    pub(crate) availability: Availability,
}

/// Which servers have a field, as far as it was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Availability {
    /// OpenBao, and not HashiCorp Vault.
    OpenBao,
    /// HashiCorp Vault, and not OpenBao.
    Vault,
    /// HashiCorp Vault 2.0 and newer, by its documentation.
    NewVault,
    /// Vault Enterprise, by its documentation.
    Enterprise,
    /// AWS engines newer than that of Vault 1.14. Which engine OpenBao runs does not follow from its version.
    NewEngine,
}

impl PartialField {
    /// Its key in the files.
    pub(crate) fn key(&self) -> &'static str {
        self.shown
            .split_once(": ")
            .map_or(self.shown, |(key, _)| key)
    }

    /// A field under its own name.
    pub(super) const fn new(name: &'static str, availability: Availability) -> Self {
        Self {
            shown: name,
            parameter: name,
            availability,
        }
    }
}

impl Availability {
    /// Who has it, as messages say it.
    pub(crate) const fn holder(self) -> &'static str {
        match self {
            Self::OpenBao => "OpenBao",
            Self::Vault => "HashiCorp Vault",
            Self::NewVault => "HashiCorp Vault 2.0 and newer",
            Self::Enterprise => "Vault Enterprise",
            Self::NewEngine => "the AWS engine of newer versions of HashiCorp Vault, such as 1.21",
        }
    }
}
