//! What servers do with a value that a template brings into the path of a rule.

use crate::vault::ServerVersion;

/// The three ways in which servers treat `*`, `+` and `/` in the values of templates. Which of them a server has is not
/// known from the files, so it is one more claim of each JWT: a statement holds if it holds for each server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ServerProfile {
    /// HashiCorp Vault up to 1.21 and 2.0.0: the value is put in, and the result is parsed, so that its `*` and `+` are
    /// wildcards.
    Wild,
    /// HashiCorp Vault from 2.0.1: a rule with `*` or `+` in a value does not count.
    Drop,
    /// OpenBao: with `*`, `+` or `/` in a value every request of the token fails.
    Refuse,
}

impl ServerProfile {
    /// That of a server, if it was tried: OpenBao before 2.7 does it in other ways.
    pub(crate) fn of(version: ServerVersion) -> Option<Self> {
        match version {
            ServerVersion::Vault(number) if number > (2, 0, 0) => Some(Self::Drop),
            ServerVersion::Vault(_) => Some(Self::Wild),
            ServerVersion::OpenBao(number) if number >= (2, 7, 0) => Some(Self::Refuse),
            ServerVersion::OpenBao(_) | ServerVersion::Unknown => None,
        }
    }

    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Wild, Self::Drop, Self::Refuse];

    /// Its name in the claim that stands for the server.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Wild => "Vault up to 2.0.0",
            Self::Drop => "Vault from 2.0.1",
            Self::Refuse => "OpenBao",
        }
    }

    /// The letters that a value can't bring into the path of a rule that then counts.
    pub(crate) const fn blocked(self) -> &'static [char] {
        match self {
            Self::Wild => &[],
            Self::Drop => &['*', '+'],
            Self::Refuse => &['*', '+', '/'],
        }
    }
}
