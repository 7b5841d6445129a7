//! Why a command fails.

mod help;

use std::io;
use std::path::PathBuf;

use crate::acl::PathError;
use crate::apply::EventsError;
use crate::contract::ContractProof;
use crate::diagnostic::Code;
use crate::files::{FolderError, RevisionError};
use crate::id_token::JwtFault;
use crate::import::{ImportError, PathsError};
use crate::live::{DiscoverError, LiveError};
use crate::login::LoginError;
use crate::plan::{FileError, PlanMismatch, TooManyDeletes};
use crate::privilege::PreflightError;
use crate::report::explain::DiagramTooLarge;
use crate::usage::LogError;
use crate::value::{GitLabEnvironment, Invalid, RoleArn, SecretError};
use crate::vault::VaultError;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The files have errors, which are printed.
    #[error("{0} in the files; nothing was done")]
    Mappings(String),
    /// The files have warnings, which are printed, and --deny-warnings makes them errors.
    #[error("{0} in the files, and --deny-warnings makes warnings errors")]
    Warnings(String),
    /// GitLab does not have what the files say, or does not show it. The messages are printed.
    #[error("{0} where the files are compared with GitLab")]
    OtherAtGitLab(String),
    /// What Vault holds besides the files breaks the contract. The messages are printed.
    #[error(
        "{count} of the contract do not hold because of what Vault holds besides the files; nothing was done"
    )]
    BrokenContract {
        /// How many: `1 expectation`.
        count: String,
        /// The proof over what Vault will hold.
        proof: Box<ContractProof>,
    },
    /// The settings to reach Vault are missing or invalid.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// A request failed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Vault could not be read.
    #[error(transparent)]
    Live(#[from] LiveError),
    /// The server lacks what the files set.
    #[error("the files set {0} that this server does not have; nothing was planned")]
    UnsupportedFields(String),
    /// A saved plan can't be used.
    #[error(transparent)]
    PlanFile(#[from] FileError),
    /// The guardrail.
    #[error(transparent)]
    TooManyDeletes(#[from] TooManyDeletes),
    /// The token may not do what is needed.
    #[error(transparent)]
    Preflight(#[from] PreflightError),
    /// A name can't be part of a policy's path.
    #[error(transparent)]
    PolicyPath(#[from] PathError),
    /// A secret that has to be written is missing.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The events can't be written.
    #[error(transparent)]
    Events(#[from] EventsError),
    /// A saved plan is for another Vault.
    #[error(
        "the plan was made for another Vault or namespace ({planned}), and this is {here}; plan again"
    )]
    OtherServer {
        /// The server of the plan.
        planned: String,
        /// The server that answered.
        here: String,
    },
    /// A policy that writes nothing needs no bounds.
    #[error("--bounded is for `--for apply`; what plan needs only reads")]
    BoundedPlan,
    /// GitLab would not draw the diagram.
    #[error(transparent)]
    DiagramTooLarge(#[from] DiagramTooLarge),
    /// Two results are directed to standard output.
    #[error("only one result can go to standard output; give the other one a file")]
    OneStdout,
    /// Two results are directed to one file.
    #[error("only one result can go to {0}; give the other one a file of its own")]
    OneFile(String),
    /// The plan does not match the files and Vault.
    #[error(transparent)]
    Mismatch(#[from] Box<PlanMismatch>),
    /// The user did not approve.
    #[error("not approved, so nothing was changed; answer `yes`, or give --auto-approve")]
    NotApproved,
    /// Some changes failed or were not tried. The outcomes are printed.
    #[error(
        "{failed} failed, {not_tried} not tried; run apply again when the cause is fixed: it continues from there"
    )]
    Incomplete {
        /// How many changes failed.
        failed: usize,
        /// How many changes were not tried.
        not_tried: usize,
    },
    /// A signal arrived before the first write.
    #[error("interrupted before anything was written")]
    Interrupted,
    /// There is nothing to import, or Vault can't be read.
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    /// The imported files can't be written.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// There is a configuration where `init` would write one.
    #[error("{} exists, so there is a configuration already; nothing was written", .0.display())]
    Configured(PathBuf),
    /// `init` lacks an option, and has no terminal to ask on.
    #[error("init needs {0}")]
    MissingOptions(String),
    /// The input of `init` ended before its last question.
    #[error("the input ended before all questions were answered; nothing was written")]
    Unanswered,
    /// Settings of the project in GitLab are not as they have to be, or are not shown. The list is printed.
    #[error("{wrong} wrong and {unknown} unknown of the settings that the project needs")]
    OpenSettings {
        /// How many are wrong.
        wrong: usize,
        /// How many are unknown.
        unknown: usize,
    },
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
    /// `explain --arn` was given neither an ARN nor a glob.
    #[error("`{text}` is neither the ARN of an IAM role nor a glob over ARNs: {why}")]
    NotAnArn {
        /// The argument.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// `explain --arn` was given an ARN that no AWS role gives.
    #[error("no AWS role gives {arn}{near}")]
    UnknownArn {
        /// The ARN.
        arn: String,
        /// A hint with similar known ones.
        near: String,
    },
    /// `trust-policy` was given a role that no AWS role assumes.
    #[error("no AWS role of the files assumes {0}")]
    NoIamRole(String),
    /// Neither the files nor an option name the principal that Vault calls AWS as.
    #[error(
        "the IAM role or user that Vault calls AWS as is unknown, so the trust policy of {0} is too"
    )]
    NoPrincipal(RoleArn),
    /// `explain --role` names a role that does not exist.
    #[error("there is no JWT role {role}{near}")]
    UnknownLoginRole {
        /// The role.
        role: String,
        /// A hint with similar known ones.
        near: String,
    },
    /// `diff` was given something that can't be read.
    #[error("can't read `{name}` as a folder or as a revision of {folder}: {error}")]
    Revision {
        /// The argument.
        name: String,
        /// The mappings folder.
        folder: String,
        /// Why not.
        error: RevisionError,
    },
    /// One of the sets of files to compare can't be read.
    #[error("{0} has no `vault.yaml` that can be read")]
    UnreadableSide(String),
    /// `add` was given something other than the path of a project or group.
    #[error(transparent)]
    NotAPath(Invalid),
    /// `add` was given two roles for one environment.
    #[error("the environment {0} is given with two IAM roles; give one")]
    TwoRoles(GitLabEnvironment),
    /// The number of a project is unknown.
    #[error("the number of the project {path} is unknown: {why}")]
    NoProjectId {
        /// Its path.
        path: String,
        /// Why.
        why: String,
    },
    /// A file can't be written.
    #[error("can't write {name}: {error}")]
    Write {
        /// What was to be written.
        name: String,
        /// Why not.
        error: io::Error,
    },
    /// Vault has no AWS role for the job.
    #[error("Vault gives this job no AWS role")]
    NoMapping {
        /// What was asked for, and why it was not given.
        tried: Vec<String>,
        /// Claims of the job's JWT.
        claims: Option<String>,
    },
    /// A JWT role refuses the job.
    #[error("{why}")]
    JobRefused {
        /// What was asked for before.
        tried: Vec<String>,
        /// Claims of the job's JWT.
        claims: Option<String>,
        /// Vault's message.
        why: Box<VaultError>,
    },
    /// AWS does not let Vault assume the IAM role.
    #[error("AWS does not let Vault assume the IAM role of {path}: {why}")]
    NotTrusted {
        /// The path of the AWS role.
        path: String,
        /// Vault's message.
        why: Box<VaultError>,
    },
    /// Vault's credentials are not an AWS session.
    #[error("Vault's answer at {0} holds no AWS session; is the role of the type assumed_role?")]
    NoCredentials(String),
    /// The variables to reach GitLab are missing or invalid.
    #[error(transparent)]
    Job(#[from] crate::gitlab::JobError),
    /// A request to GitLab failed.
    #[error(transparent)]
    GitLab(#[from] crate::gitlab::GitLabError),
    /// A signal arrived during the requests to GitLab.
    #[error("interrupted while GitLab was being updated; the next run continues from there")]
    InterruptedAtGitLab,
    /// The variable has no JWT.
    #[error("{0} holds no JWT")]
    NoJwt(String),
    /// Nothing says where GitLab's keys are.
    #[error("where GitLab publishes its signing keys is unknown")]
    NoKeys,
    /// The JWT is not to be trusted.
    #[error("the JWT in {name} is not valid by the keys at {url}: {fault}")]
    UntrustedJwt {
        /// The variable.
        name: String,
        /// What is wrong with it.
        fault: JwtFault,
        /// Where the keys are.
        url: String,
    },
    /// `--explain` was given an unknown code.
    #[error("there is no code `{name}`")]
    NoCode {
        /// The argument.
        name: String,
        /// Similar codes.
        similar: [Code; 3],
    },
    /// Signal handlers can't be installed.
    #[error("can't handle signals: {0}")]
    Signals(io::Error),
}

impl From<FolderError> for Error {
    fn from(error: FolderError) -> Self {
        Self::Import(error.into())
    }
}

impl Error {
    /// What happened, line by line. Data is inserted after the lines are split.
    pub(crate) fn lines(&self) -> Vec<String> {
        match self {
            Self::Mismatch(mismatch) => mismatch.lines(),
            Self::NoMapping { tried, claims } | Self::JobRefused { tried, claims, .. } => {
                let tried = tried.iter().map(|one| format!("tried {one}"));
                let claims = claims
                    .iter()
                    .map(|claims| format!("the JWT has the claims {claims}"));
                let first = std::iter::once(self.to_string());
                first.chain(tried).chain(claims).collect()
            }
            error => vec![error.to_string()],
        }
    }

    /// What to do, line by line, unless the message says it already.
    pub(crate) fn help_lines(&self) -> Vec<String> {
        let help = self.help();
        match self {
            // The missing rules are lines in which names are quoted.
            Self::Preflight(_) => help
                .iter()
                .flat_map(|help| help.lines())
                .map(str::to_owned)
                .collect(),
            _ => help.into_iter().collect(),
        }
    }
}
