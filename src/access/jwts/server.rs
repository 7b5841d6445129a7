//! How servers treat a value that a template inserts into the path of a rule.

use crate::vault::ServerVersion;

/// The three ways in which servers treat `*`, `+` and `/` in the values of templates. The files do not say which one
/// applies, so it is an additional claim of each JWT: a statement holds if it holds for each server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ServerProfile {
    /// HashiCorp Vault up to 1.21 and 2.0.0: the value is inserted before the path is parsed, so that its `*` and `+` are
    /// wildcards.
    Wild,
    /// HashiCorp Vault from 2.0.1: a rule with `*` or `+` in a value is ignored.
    Drop,
    /// OpenBao: with `*`, `+` or `/` in a value every request of the token fails.
    Refuse,
}

impl ServerProfile {
    /// The profile of a server, if it was tested. OpenBao before 2.7 behaves differently.
    pub(crate) fn of(version: ServerVersion) -> Option<Self> {
        match version {
            ServerVersion::Vault(number, _) if number > (2, 0, 0) => Some(Self::Drop),
            ServerVersion::Vault(..) => Some(Self::Wild),
            ServerVersion::OpenBao(number) if number >= (2, 7, 0) => Some(Self::Refuse),
            ServerVersion::OpenBao(_) | ServerVersion::Unknown => None,
        }
    }

    /// All profiles.
    pub(crate) const ALL: [Self; 3] = [Self::Wild, Self::Drop, Self::Refuse];

    /// Its value of the artificial claim for the server.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Wild => "Vault up to 2.0.0",
            Self::Drop => "Vault from 2.0.1",
            Self::Refuse => "OpenBao",
        }
    }

    /// The characters that make a rule ineffective when a value contains them.
    pub(crate) const fn blocked(self) -> &'static [char] {
        match self {
            Self::Wild => &[],
            Self::Drop => &['*', '+'],
            Self::Refuse => &['*', '+', '/'],
        }
    }
}
