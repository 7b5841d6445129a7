//! The list of checks.

use super::{
    auth, environment_roles, environments, expiry, groups, jwt_role, ownership, projects, secrets,
    version,
};
use crate::diagnostic::{Code, Diagnostic};
use crate::mappings::loaded::PlatformFile;
use crate::mappings::mapped_role::{MappedFolder, ProjectsFolder};
use crate::mappings::trees::Trees;

/// A check of decoded files.
struct Check {
    /// The codes that its messages have.
    codes: &'static [Code],
    run: Run,
}

/// What a check looks at.
enum Run {
    /// `vault.yaml`.
    Platform(fn(&PlatformFile, &mut Vec<Diagnostic>)),
    /// The files of projects and groups.
    Projects(fn(ProjectsFolder<'_>, &Trees<'_>, &mut Vec<Diagnostic>)),
    /// All files.
    Both(fn(&PlatformFile, &MappedFolder<'_>, &Trees<'_>, &mut Vec<Diagnostic>)),
}

/// All checks, in the order in which they run.
const CHECKS: &[Check] = &[
    Check {
        codes: &[Code::DuplicateGroup],
        run: Run::Both(groups::check),
    },
    Check {
        codes: &[Code::DuplicateRole],
        run: Run::Both(environment_roles::check),
    },
    Check {
        codes: &[Code::DuplicateProject],
        run: Run::Projects(projects::check_duplicates),
    },
    Check {
        codes: &[Code::MissingKey],
        run: Run::Platform(version::check),
    },
    Check {
        codes: &[
            Code::JwtConfig,
            Code::Mount,
            Code::TtlOrder,
            Code::UnknownRole,
            Code::UnknownValue,
        ],
        run: Run::Platform(auth::check),
    },
    Check {
        codes: &[
            Code::BatchToken,
            Code::ClaimMapping,
            Code::ClaimType,
            Code::ForEach,
            Code::JwtRole,
            Code::Network,
            Code::RootToken,
            Code::TtlOrder,
            Code::UnknownClaim,
        ],
        run: Run::Platform(jwt_role::check),
    },
    Check {
        codes: &[
            Code::Account,
            Code::AwsRole,
            Code::Credentials,
            Code::InvalidValue,
            Code::SessionTtl,
            Code::TtlOrder,
        ],
        run: Run::Platform(secrets::check),
    },
    Check {
        codes: &[Code::InvalidValue, Code::MissingKey, Code::Mount],
        run: Run::Platform(ownership::check_mounts),
    },
    Check {
        codes: &[Code::Glob],
        run: Run::Platform(ownership::check_globs),
    },
    Check {
        codes: &[Code::Unmanaged],
        run: Run::Platform(ownership::check_unmanaged),
    },
    Check {
        codes: &[Code::Removed],
        run: Run::Platform(ownership::check_removed),
    },
    Check {
        codes: &[Code::Environment],
        run: Run::Both(environments::check),
    },
    Check {
        codes: &[
            Code::ExpiredMapping,
            Code::ExpiringMapping,
            Code::LateExpiry,
        ],
        run: Run::Both(expiry::check),
    },
    Check {
        codes: &[
            Code::Account,
            Code::DuplicateRole,
            Code::InvalidValue,
            Code::MissingKey,
            Code::Reference,
            Code::RoleName,
            Code::SessionTtl,
            Code::TtlOrder,
            Code::Unmanaged,
        ],
        run: Run::Both(projects::check),
    },
];

/// Runs all checks; without a platform, those that look at the project files alone.
pub(in crate::mappings) fn check(
    platform: Option<&PlatformFile>,
    folder: &MappedFolder<'_>,
    trees: &Trees<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for check in CHECKS {
        let before = diagnostics.len();
        match (&check.run, platform) {
            (Run::Projects(run), _) => run(folder.files, trees, diagnostics),
            (Run::Platform(run), Some(platform)) => run(platform, diagnostics),
            (Run::Both(run), Some(platform)) => run(platform, folder, trees, diagnostics),
            (Run::Platform(_) | Run::Both(_), None) => {}
        }
        let new = &diagnostics[before..];
        debug_assert!(
            new.iter().all(|found| check.codes.contains(&found.code)),
            "a check reports a code that CHECKS does not list for it: {new:?}"
        );
    }
}
