//! Why a command fails, and what to do about it.

use std::io;

use crate::acl::PathError;
use crate::apply::EventsError;
use crate::diagnostic::Code;
use crate::files::{FolderError, RevisionError};
use crate::import::{ImportError, PathsError};
use crate::live::{DiscoverError, LiveError};
use crate::login::LoginError;
use crate::plan::{FileError, PlanMismatch, TooManyDeletes};
use crate::privilege::PreflightError;
use crate::usage::LogError;
use crate::value::{EnvironmentName, RoleArn, SecretError};
use crate::vault::VaultError;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The files have errors, which were shown.
    #[error("{0} in the files; nothing was done")]
    Mappings(String),
    /// The files have warnings, which were shown, and --deny-warnings makes them errors.
    #[error("{0} in the files, and --deny-warnings makes warnings errors")]
    Warnings(String),
    /// What Vault holds besides the files breaks the contract, which was shown.
    #[error(
        "with what Vault holds besides the files, {0} of the contract can't be kept; nothing was done"
    )]
    BrokenContract(String),
    /// There is no way to reach Vault.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// A request failed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Vault could not be read.
    #[error(transparent)]
    Live(#[from] LiveError),
    /// A saved plan can't be used.
    #[error(transparent)]
    PlanFile(#[from] FileError),
    /// The guardrail.
    #[error(transparent)]
    TooManyDeletes(#[from] TooManyDeletes),
    /// The token may not do what is needed.
    #[error(transparent)]
    Preflight(#[from] PreflightError),
    /// A name can't stand in a policy.
    #[error(transparent)]
    PolicyPath(#[from] PathError),
    /// A secret that has to be written is missing.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The file of events can't be written.
    #[error(transparent)]
    Events(#[from] EventsError),
    /// A saved plan is for another Vault.
    #[error(
        "the plan was made for another Vault or namespace ({planned}), and this is {here}; plan again"
    )]
    OtherServer {
        /// What the plan was made for.
        planned: String,
        /// What answered.
        here: String,
    },
    /// A policy that writes nothing needs no bounds.
    #[error("--bounded is for `--for apply`; what plan needs only reads")]
    BoundedPlan,
    /// Two results are to go to standard output.
    #[error("only one result can go to standard output; give the other one a file")]
    OneStdout,
    /// The plan is not what the files and Vault ask for now.
    #[error(transparent)]
    Mismatch(#[from] Box<PlanMismatch>),
    /// Nobody said yes.
    #[error("not approved, so nothing was changed; answer `yes`, or give --auto-approve")]
    NotApproved,
    /// Some changes did not come about, which was shown.
    #[error(
        "{failed} failed, {not_tried} not tried; run apply again when the cause is gone: it goes on from there"
    )]
    Incomplete {
        /// How many changes failed.
        failed: usize,
        /// How many changes were not tried.
        not_tried: usize,
    },
    /// A signal came.
    #[error("interrupted before anything was written")]
    Interrupted,
    /// There is nothing to import, or it can't be read.
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    /// The imported files can't be written.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The list of projects can't be used.
    #[error("{name}: {error}")]
    Projects {
        /// The file.
        name: String,
        /// What is wrong with it.
        error: PathsError,
    },
    /// An audit log can't be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A file can't be read.
    #[error("can't read {name}: {error}")]
    Read {
        /// What was to be read.
        name: String,
        /// Why not.
        error: io::Error,
    },
    /// `explain --arn` was given something else than an ARN or a glob.
    #[error("`{text}` is neither the ARN of an IAM role nor a glob over ARNs: {why}")]
    NotAnArn {
        /// What was given.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// `explain --arn` was given an ARN that no AWS role gives.
    #[error("no AWS role gives {arn}{near}")]
    UnknownArn {
        /// The ARN.
        arn: String,
        /// Known ones that are like it.
        near: String,
    },
    /// `trust-policy` was asked for roles that no mapping has.
    #[error("no AWS role of the files assumes {0}")]
    NoIamRole(String),
    /// Nothing says as whom Vault calls AWS.
    #[error(
        "nothing says as which IAM role or user Vault calls AWS, so the trust policy of {0} is not known"
    )]
    NoPrincipal(RoleArn),
    /// `explain --role` names a role that is not there.
    #[error("there is no login role {role}{near}")]
    UnknownLoginRole {
        /// The role.
        role: String,
        /// Known ones that are like it.
        near: String,
    },
    /// `diff` was given something that can't be read.
    #[error("can't read `{name}` as a folder or as a revision of {folder}: {error}")]
    Revision {
        /// What was given.
        name: String,
        /// The mappings folder.
        folder: String,
        /// Why not.
        error: RevisionError,
    },
    /// Nothing of the files to compare can be read.
    #[error("{0} has no `vault.yaml` that can be read")]
    UnreadableSide(String),
    /// `add` was given two roles for one environment.
    #[error("the environment {0} is given with two IAM roles; give one")]
    TwoRoles(EnvironmentName),
    /// A file can't be written.
    #[error("can't write {name}: {error}")]
    Write {
        /// What was to be written.
        name: String,
        /// Why not.
        error: io::Error,
    },
    /// No mapping gives the job what it asked for.
    #[error("Vault gives this job no AWS role at {path}: {why}")]
    NoMapping {
        /// Where the mapping's role would be.
        path: String,
        /// What Vault says.
        why: Box<VaultError>,
    },
    /// AWS does not let Vault assume the IAM role.
    #[error("AWS does not let Vault assume the IAM role of {path}: {why}")]
    NotTrusted {
        /// Where the mapping's role is.
        path: String,
        /// What Vault says of it.
        why: Box<VaultError>,
    },
    /// Vault's credentials are not of the form that AWS takes.
    #[error("Vault's answer at {0} holds no AWS session; is the role of the type assumed_role?")]
    NoCredentials(String),
    /// A job does not say how GitLab is reached.
    #[error(transparent)]
    Job(#[from] crate::gitlab::JobError),
    /// A request to GitLab failed.
    #[error(transparent)]
    GitLab(#[from] crate::gitlab::GitLabError),
    /// A signal came on the way.
    #[error("interrupted while GitLab was being told; the next run goes on from there")]
    InterruptedAtGitLab,
    /// `--explain` was given something else than a code.
    #[error("there is no code `{name}`")]
    NoCode {
        /// What was given.
        name: String,
        /// The code that is most like it.
        nearest: Code,
    },
    /// The signals can't be listened to.
    #[error("can't listen to signals: {0}")]
    Signals(io::Error),
}

impl From<FolderError> for Error {
    fn from(error: FolderError) -> Self {
        Self::Import(error.into())
    }
}

impl Error {
    /// What happened, line by line: data is put into lines that are split already.
    pub(crate) fn lines(&self) -> Vec<String> {
        match self {
            Self::Mismatch(mismatch) => mismatch.lines(),
            error => vec![error.to_string()],
        }
    }

    /// What to do about it, line by line, where the message does not say so already.
    pub(crate) fn help_lines(&self) -> Vec<String> {
        let help = self.help();
        match self {
            // The rules that are missing are lines in which names are quoted.
            Self::Preflight(_) => help
                .iter()
                .flat_map(|help| help.lines())
                .map(str::to_owned)
                .collect(),
            _ => help.into_iter().collect(),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Warnings(_) => Some(
                "correct the files as each warning says; where something is intended, write `allow` with a reason \
                 beside it, or run without --deny-warnings"
                    .into(),
            ),
            Self::BrokenContract(_) => Some(
                "correct in Vault what each message names, or take the role under `unmanaged` into the files".into(),
            ),
            Self::Revision { .. } => Some(
                "name a folder, or a revision that `git log` lists; a pipeline's clone has only the newest commits unless \
                 GIT_DEPTH says otherwise"
                    .into(),
            ),
            Self::NotAnArn { .. } => Some(
                "write `--arn arn:aws:iam::123456789012:role/NAME`, a glob such as `--arn '*:role/admin'`, \
                 or `--account 123456789012`"
                    .into(),
            ),
            Self::UnknownArn { .. } => Some(
                "correct the ARN, or ask with a glob who can reach any role like it, such as `--arn '*:role/NAME'`"
                    .into(),
            ),
            Self::NoIamRole(_) => Some(
                "correct the ARN, or run `vault-provisioner trust-policy` without one for all roles".into(),
            ),
            Self::NoPrincipal(_) => Some(
                "write its ARN as `vault_principal` under `mappings` of vault.yaml, or give --principal; \
                 `aws sts get-caller-identity` with Vault's own AWS credentials names it"
                    .into(),
            ),
            Self::Vault(error) => error.help(),
            Self::Live(error) => error.help(),
            Self::Preflight(error) => error.help(),
            Self::NoMapping { .. } => Some(
                "map one to the project and environment of the job in the provisioner's project \
                 (`vault-provisioner add`), by a merge request; a job gets only what its own environment has"
                    .into(),
            ),
            Self::NotTrusted { .. } => Some(
                "the trust policy of the IAM role decides, and has to name the IAM role or user that Vault runs as; \
                 `vault-provisioner trust-policy` in the provisioner's project prints it for those who keep the role"
                    .into(),
            ),
            Self::GitLab(error) => error.help().map(str::to_owned),
            Self::Job(error) => error.help().map(str::to_owned),
            Self::NoCode { nearest, .. } => Some(format!(
                "the nearest is `{nearest}`; docs/messages lists all codes"
            )),
            _ => None,
        }
    }
}
