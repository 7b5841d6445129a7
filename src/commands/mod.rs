//! One file a command: the only place that wires the parts together.

mod add;
mod apply;
mod code;
mod completions;
mod contract;
mod credentials;
mod diff;
mod drift;
mod explain;
mod gitlab;
mod import;
mod man;
mod plan;
mod policy;
mod schema;
mod session;
mod show;
mod trust_policy;
mod usage;
mod validate;

use std::io::{self, IsTerminal, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use self::session::{Comparison, compare, findings, unless_stopped, with_vault, with_vault_as};
use crate::acl::PathError;
use crate::apply::EventsError;
use crate::cli::{ColorWhen, Command, Global, LogFormat};
use crate::desired::Desired;
use crate::diagnostic::{self, Code, has_errors};
use crate::files::{FolderError, RevisionError};
use crate::import::{ImportError, PathsError};
use crate::live::{DiscoverError, LiveError};
use crate::log::{self, note};
use crate::login::LoginError;
use crate::mappings::{self, Loaded};
use crate::plan::{FileError, PlanMismatch, TooManyDeletes};
use crate::privilege::PreflightError;
use crate::report::{self, Review, Styles, plural};
use crate::usage::LogError;
use crate::value::{EnvironmentName, RoleArn, SecretError};
use crate::vault::VaultError;

/// How the process ends. Scripts and pipelines rely on these numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done; for plans without `--detailed-exitcode`, whatever they found.
    Success = 0,
    /// Something is wrong; standard error says what.
    Failure = 1,
    /// There are changes.
    Changes = 2,
}

impl From<FolderError> for Error {
    fn from(error: FolderError) -> Self {
        Self::Import(error.into())
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

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
    #[error("--out and --report can't both go to standard output; give one of them a file")]
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

/// Runs the command that was asked for.
///
/// # Errors
/// Whatever keeps it from being done; the message says what to do.
pub(crate) async fn run(global: &Global, command: &Command) -> Result<Exit, Error> {
    match command {
        Command::Validate(args) => validate::run(global, args),
        Command::Plan(args) => plan::run(global, args).await,
        Command::Show(args) => show::run(global, args),
        Command::Apply(args) => apply::run(global, args).await,
        Command::Drift(args) => drift::run(global, args).await,
        Command::Credentials(args) => credentials::run(global, args).await,
        Command::Policy(args) => policy::run(global, args),
        Command::Import(args) => import::run(global, args).await,
        Command::Add(args) => add::run(global, args),
        Command::Diff(args) => diff::run(global, args),
        Command::Explain(args) => explain::run(global, args).await,
        Command::TrustPolicy(args) => trust_policy::run(global, args),
        Command::Usage(args) => usage::run(global, args),
        Command::Schema(args) => schema::run(args),
        Command::Completions { shell } => completions::run(*shell),
        Command::Man { folder } => man::run(folder),
    }
}

/// Prints the page of a code.
///
/// # Errors
/// When there is no such code, or standard output can't be written.
pub(crate) fn explain_code(name: &str) -> Result<Exit, Error> {
    let Some(code) = Code::find(name) else {
        return Err(Error::NoCode {
            name: name.to_owned(),
            nearest: Code::nearest(name),
        });
    };
    print(code.page())?;
    Ok(Exit::Success)
}

/// Loads the files, shows what is wrong with them, and goes on only if nothing is.
fn desired(global: &Global) -> Result<Desired, Error> {
    checked(global, &mut mappings::load(&global.mappings()))
}

/// Shows what is wrong with the files, and hands on what they want only if nothing is.
fn checked(global: &Global, loaded: &mut Loaded) -> Result<Desired, Error> {
    show_diagnostics(global, loaded);
    let errors = count_errors(loaded);
    match loaded.desired.take() {
        Some(desired) if errors == 0 => Ok(desired),
        _ => Err(Error::Mappings(plural(errors, "error"))),
    }
}

fn count_errors(loaded: &Loaded) -> usize {
    let each = loaded.diagnostics.iter();
    each.filter(|diagnostic| has_errors(std::slice::from_ref(diagnostic)))
        .count()
}

fn show_diagnostics(global: &Global, loaded: &Loaded) {
    let mut err = io::stderr().lock();
    let text = match global.log_format {
        LogFormat::Text => diagnostic::render(
            &loaded.diagnostics,
            &loaded.sources,
            global.colors(&io::stderr()),
        ),
        LogFormat::Json => diagnostic::records(&loaded.diagnostics, &loaded.sources)
            .iter()
            .map(|record| log::line(record) + "\n")
            .collect(),
    };
    // There is nobody left to tell when standard error is closed.
    let _ = err.write_all(text.as_bytes());
}

impl Global {
    /// Whether to colour what goes there.
    fn colors(&self, stream: &impl IsTerminal) -> bool {
        match self.color {
            ColorWhen::Always => true,
            ColorWhen::Never => false,
            ColorWhen::Auto => {
                let variable = |name| std::env::var_os(name).unwrap_or_default();
                stream.is_terminal()
                    && variable("NO_COLOR").is_empty()
                    && variable("TERM") != "dumb"
            }
        }
    }

    /// The colours of standard output.
    fn styles(&self) -> Styles {
        Styles::new(self.colors(&io::stdout()))
    }
}

/// The text of a file, or of standard input for `-`.
fn read_input(path: &Path) -> io::Result<Vec<u8>> {
    if path == Path::new("-") {
        let mut text = Vec::new();
        io::stdin().lock().read_to_end(&mut text)?;
        return Ok(text);
    }
    std::fs::read(path)
}

/// What messages call a file that is read.
fn input_name(path: &Path) -> String {
    if path == Path::new("-") {
        return "standard input".into();
    }
    path.display().to_string()
}

/// Whether `-` stands where a file is named.
fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}

/// Prints a plan.
fn print_review(review: Review<'_>, format: report::Format, global: &Global) -> Result<(), Error> {
    let styles = global.styles();
    printed(report::write(review, format, &styles, &mut io::stdout()))
}

/// Prints a result; a reader that has gone away is not an error of ours.
fn print(text: &str) -> Result<(), Error> {
    printed(io::stdout().lock().write_all(text.as_bytes()))
}

fn printed(result: io::Result<()>) -> Result<(), Error> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::Write {
            name: "to standard output".into(),
            error,
        }),
        _ => Ok(()),
    }
}
