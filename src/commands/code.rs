//! The code of each error of a command.

use super::Error;
use crate::apply::ChangeError;
use crate::diagnostic::Code;
use crate::files::FolderError;
use crate::gitlab::{GitLabError, JobError};
use crate::import::ImportError;
use crate::live::{DiscoverError, LiveError};
use crate::login::LoginError;
use crate::plan::FileError;
use crate::privilege::PreflightError;

impl Error {
    /// The code of the failure; `None` for errors in the files, whose messages have their own codes.
    pub(crate) fn code(&self) -> Option<Code> {
        Some(match self {
            Self::Mappings(_)
            | Self::Warnings(_)
            | Self::OtherAtGitLab(_)
            | Self::NoCode { .. } => return None,
            Self::BrokenContract { .. } => Code::BrokenExpectation,
            Self::Login(error) => error.code(),
            Self::Vault(error) => error.code(),
            Self::Live(error) => error.code(),
            Self::PlanFile(error) => error.code(),
            Self::TooManyDeletes(_) => Code::TooManyDeletes,
            Self::Preflight(error) => error.code(),
            Self::PolicyPath(_) => Code::PolicyPath,
            Self::Secret(_) => Code::MissingSecret,
            Self::Events(_) | Self::Write { .. } => Code::CannotWrite,
            Self::OtherServer { .. } => Code::OtherServer,
            Self::BoundedPlan => Code::BoundedPlan,
            Self::DiagramTooLarge(_) => Code::DiagramTooLarge,
            Self::OneStdout | Self::OneFile(_) => Code::OneStdout,
            Self::UnsupportedFields(_) => Code::UnsupportedField,
            Self::Mismatch(_) => Code::StalePlan,
            Self::NotApproved => Code::NotApproved,
            Self::Incomplete { .. } => Code::IncompleteApply,
            Self::Interrupted | Self::InterruptedAtGitLab => Code::Interrupted,
            Self::Discover(error) => error.code(),
            Self::Import(error) => error.code(),
            Self::Configured(_) => Code::FolderInUse,
            Self::MissingOptions(_) | Self::Unanswered => Code::MissingOption,
            Self::OpenSettings { .. } => Code::ProjectSettings,
            Self::Projects { .. } => Code::ProjectList,
            Self::Read { .. } | Self::Log(_) => Code::CannotRead,
            Self::Revision { .. } | Self::UnreadableSide(_) => Code::NoRevision,
            Self::NotAPath(_) => Code::InvalidValue,
            Self::TwoRoles(_) => Code::TwoRoles,
            Self::NotAnArn { .. } | Self::UnknownArn { .. } | Self::UnknownLoginRole { .. } => {
                Code::NothingToExplain
            }
            Self::NoIamRole(_) => Code::NoIamRole,
            Self::NoPrincipal(_) => Code::NoPrincipal,
            Self::NoMapping { .. } => Code::NoMapping,
            Self::JobRefused { .. } => Code::LoginRefused,
            Self::NotTrusted { .. } => Code::NotTrusted,
            Self::NoCredentials(_) => Code::NoCredentials,
            Self::Job(error) => error.code(),
            Self::GitLab(error) => error.code(),
            Self::NoJwt(_) | Self::UntrustedJwt { .. } => Code::InvalidJwt,
            Self::NoKeys => Code::NoKeys,
            Self::NoProjectId { .. } => Code::NoProjectId,
            Self::Signals(_) => Code::Internal,
        })
    }
}

impl LoginError {
    fn code(&self) -> Code {
        match self {
            Self::NoAddress => Code::NoAddress,
            Self::Address(_) | Self::Namespace(_) | Self::Host(_) => Code::InvalidAddress,
            Self::NoCredentials { .. } => Code::NoLogin,
        }
    }
}

impl LiveError {
    fn code(&self) -> Code {
        match self {
            Self::Vault(error) => error.code(),
            Self::Unchangeable { .. } => Code::MountType,
            Self::NoSuchKind { .. } => Code::NoSuchKind,
        }
    }
}

impl FileError {
    fn code(&self) -> Code {
        match self {
            Self::Write { .. } => Code::CannotWrite,
            Self::Read { .. } | Self::NotAFile(_) | Self::TooLarge(_) => Code::CannotRead,
            Self::Foreign(_) => Code::NotAPlan,
            Self::Version { .. } => Code::PlanVersion,
            Self::Damaged(_) => Code::DamagedPlan,
        }
    }
}

impl PreflightError {
    fn code(&self) -> Code {
        match self {
            Self::Missing { .. } => Code::MissingCapability,
            Self::Unknown(error) => error.code(),
            Self::Path(_) => Code::PolicyPath,
        }
    }
}

impl DiscoverError {
    fn code(&self) -> Code {
        match self {
            Self::Live(error) => error.code(),
            Self::NoMount { .. } | Self::OtherType { .. } | Self::NoPolicy(_) => {
                Code::NothingToImport
            }
            Self::Glob(_) => Code::Glob,
        }
    }
}

impl ImportError {
    fn code(&self) -> Code {
        match self {
            Self::Folder(FolderError::NotEmpty(_) | FolderError::NoName(_)) => Code::FolderInUse,
            Self::Folder(FolderError::Io { .. }) => Code::CannotWrite,
            _ => Code::Internal,
        }
    }
}

impl JobError {
    fn code(&self) -> Code {
        match self {
            Self::Missing { .. } | Self::Malformed { .. } | Self::EmptyTokenFile(_) => {
                Code::GitlabJob
            }
            Self::TokenFile { .. } => Code::CannotRead,
        }
    }
}

impl GitLabError {
    fn code(&self) -> Code {
        match self {
            Self::GaveUp { last, .. } => last.code(),
            Self::CaCert { .. } | Self::KeysCaCert(_) => Code::CaCert,
            Self::TlsSetup(_) => Code::Tls,
            Self::Token => Code::GitlabToken,
            Self::Unanswered { .. } => Code::GitlabUnreachable,
            Self::Refused { .. } => Code::GitlabRefused,
            Self::Redirect { .. } => Code::GitlabRedirect,
            Self::Foreign { .. }
            | Self::TooLarge { .. }
            | Self::Endless(_)
            | Self::ListTimeout(..) => Code::NotGitlab,
            Self::NoUser(_) => Code::GitlabUser,
            Self::NoLabel(_) => Code::GitlabLabel,
        }
    }
}

impl ChangeError {
    /// The code of the failure.
    pub(crate) fn code(&self) -> Code {
        match self {
            Self::Vault(error) => error.code(),
            Self::NotKnown(_) | Self::GivenUp => Code::OutcomeUnknown,
            Self::ReadBack(_) => Code::NotReadBack,
            Self::UnsupportedFields(_) => Code::UnsupportedField,
            Self::KeptDifferently { .. } => Code::KeptDifferently,
            Self::Moved | Self::NotThere | Self::StillThere => Code::ChangedMeanwhile,
            Self::Secret(_) => Code::MissingSecret,
            Self::NotCreatedAgain(_) => Code::NotCreatedAgain,
            Self::NoAccessor(_) => Code::NoAccessor,
        }
    }
}
