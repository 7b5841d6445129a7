//! The code of each failure.

use super::VaultError;
use crate::diagnostic::Code;

impl VaultError {
    /// The code of the failure; after several attempts, that of the last.
    pub(crate) fn code(&self) -> Code {
        match self {
            Self::GaveUp { last: cause, .. } | Self::Down { cause, .. } => cause.code(),
            Self::CaCert { .. } => Code::CaCert,
            Self::TlsSetup(_) | Self::Tls { .. } => Code::Tls,
            Self::Unreachable { .. } => Code::Unreachable,
            Self::WantsHttps { .. } | Self::WantsHttp { .. } => Code::WrongScheme,
            Self::NotVault { .. } | Self::Incomplete { .. } => Code::NotVault,
            Self::Damaged { .. } | Self::TooLarge { .. } => Code::DamagedAnswer,
            Self::Redirect { .. } | Self::BadRedirect { .. } => Code::Redirect,
            Self::Sealed { .. } => Code::Sealed,
            Self::NotInitialised { .. } => Code::NotInitialised,
            Self::NoActiveNode { .. } => Code::NoActiveNode,
            Self::DisasterRecovery { .. } => Code::DisasterRecovery,
            Self::NoNamespace { .. } | Self::NoNamespaces { .. } => Code::NoNamespace,
            Self::InvalidToken => Code::InvalidToken,
            Self::LoginRefused { .. } => Code::LoginRefused,
            Self::LoginEnded { .. } => Code::LoginEnded,
            Self::Forbidden(_) => Code::Forbidden,
            Self::MissingMount { .. } => Code::MissingMount,
            Self::UnsupportedPath { .. } => Code::UnsupportedPath,
            Self::InvalidPath { .. } => Code::InvalidPath,
            Self::Rejected { .. } => Code::Rejected,
            Self::Body { .. } => Code::Internal,
        }
    }
}
