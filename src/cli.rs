//! The command line: names, flags and their documentation.

mod global;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Arg, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use global::mappings;
pub(crate) use global::{ColorWhen, ConnectionArgs, Global, LogFormat, LoginArgs};

use crate::mappings::NewMapping;
use crate::privilege::Purpose;
use crate::report::{CheckReport, Format};
use crate::value::{
    AccountId, ArnGlob, EnvironmentName, MountPath, Principal, ProjectId, ProjectPath, Ttl,
};

/// Keep Vault, which gives AWS credentials to GitLab jobs, equal to YAML files.
#[derive(Debug, Parser)]
#[command(name = "vault-provisioner", version = version(), max_term_width = 100)]
#[command(arg_required_else_help = true)]
#[command(after_help = "\
Example: vault-provisioner validate && vault-provisioner plan

`vault-provisioner COMMAND --help` shows the options of a command, with those for Vault and for the login.
Exit codes: 0 done; 1 an error; 2 changes (plan --detailed-exitcode) or drift.")]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    /// Print what a message's code means and what to do about it, such as stale-plan
    #[arg(long, value_name = "CODE", exclusive = true)]
    pub(crate) explain: Option<String>,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// The commands that talk to Vault: these alone show the options for it.
const WITH_VAULT: [&str; 6] = ["plan", "apply", "drift", "credentials", "import", "explain"];

/// The commands that do not read the files.
const WITHOUT_FILES: [&str; 6] = [
    "show",
    "credentials",
    "import",
    "schema",
    "completions",
    "man",
];

/// The options for Vault that a command without a network uses: they name what a policy must leave alone.
const OF_POLICY: [&str; 2] = ["auth_mount", "auth_role"];

impl Cli {
    /// The command line, with each option shown only where it has an effect.
    pub(crate) fn whole() -> clap::Command {
        let network = LoginArgs::augment_args(ConnectionArgs::augment_args(clap::Command::new("")));
        let network: Vec<Arg> = network.get_arguments().cloned().collect();
        let is_of_network = |arg: &Arg| network.iter().any(|of| of.get_id() == arg.get_id());
        Self::command()
            .mut_args(|arg| {
                let hidden = is_of_network(&arg);
                arg.hide(hidden)
            })
            .mut_subcommands(|command| {
                let name = command.get_name().to_owned();
                let shown = network.iter().filter(|arg| {
                    WITH_VAULT.contains(&name.as_str())
                        || name == "policy" && OF_POLICY.contains(&arg.get_id().as_str())
                });
                let command = command.args(shown.cloned());
                if WITHOUT_FILES.contains(&name.as_str()) {
                    command.arg(mappings().hide(true))
                } else {
                    command
                }
            })
    }

    /// Reads the command line.
    ///
    /// # Errors
    /// What clap prints: a mistake, the help or the version.
    pub(crate) fn read() -> Result<Self, clap::Error> {
        let mut command = Self::whole();
        let matches = command.try_get_matches_from_mut(std::env::args_os())?;
        Self::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
    }

    /// What clap says when it misses the command.
    pub(crate) fn no_command() -> clap::Error {
        Self::whole().error(
            clap::error::ErrorKind::MissingSubcommand,
            "a command is missing; `vault-provisioner --help` lists them",
        )
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check the files, without a network
    ///
    /// Reports mistakes, and with warnings what is valid and still not safe. Each message has a code; --explain CODE says more.
    #[command(after_help = "Example: vault-provisioner validate --deny-warnings")]
    Validate(ValidateArgs),
    /// Show what has to change in Vault
    ///
    /// Reads Vault, writes nothing. A saved plan is data for `show` and `apply`.
    #[command(after_help = "Example: vault-provisioner plan --out plan.json")]
    Plan(PlanArgs),
    /// Print a saved plan
    ///
    /// Needs no network.
    #[command(after_help = "Example: vault-provisioner show plan.json --format markdown")]
    Show(ShowArgs),
    /// Make Vault match the files
    ///
    /// With a saved plan, carries it out if it still is what the files and Vault ask for. Without one, plans, asks and applies.
    /// Each write is read back.
    #[command(after_help = "Example: vault-provisioner apply plan.json")]
    Apply(ApplyArgs),
    /// Compare Vault with the files: exit 0 if it matches, 2 if not
    ///
    /// For a scheduled pipeline. Can keep an issue open in GitLab while there is drift.
    #[command(after_help = "Example: vault-provisioner drift --open-issue")]
    Drift(DriftArgs),
    /// Print a job's AWS credentials, in the form of `credential_process`
    ///
    /// The AWS CLI and SDKs run the command of a profile's `credential_process` and read the credentials from its output.
    #[command(
        after_help = "Example: vault-provisioner credentials --project-id 365 --environment dev"
    )]
    Credentials(CredentialsArgs),
    /// Print the least policy that `plan` or `apply` needs for these files
    ///
    /// Needs no network.
    #[command(after_help = "Example: vault-provisioner policy --for plan")]
    Policy(PolicyArgs),
    /// Write the files from what Vault holds
    ///
    /// A plan right after it finds no change.
    #[command(after_help = "Example: vault-provisioner import --out mappings")]
    Import(ImportArgs),
    /// Map a project's environments to IAM roles, in its file
    ///
    /// Writes a new file, or adds lines to the project's own. Changes nothing that is there.
    #[command(
        after_help = "Example: vault-provisioner add payments/api --id 365 --environment dev=arn:aws:iam::123456789012:role/api"
    )]
    Add(AddArgs),
    /// Say what a job can get, or who can reach an IAM role, and why
    ///
    /// Answers from the files, or with --live from Vault.
    #[command(
        after_help = "Example: vault-provisioner explain --project payments/api --environment prod"
    )]
    Explain(ExplainArgs),
    /// Say who gains and who loses access between two folders or Git revisions
    ///
    /// Exits with 0, or with --detailed-exitcode with 2 when there is a difference. Needs no network.
    #[command(after_help = "Example: vault-provisioner diff HEAD~3")]
    Diff(DiffArgs),
    /// Print the IAM trust policies that the mapped roles need
    ///
    /// AWS lets Vault assume a role only if the role's trust policy allows it. Needs no network.
    #[command(
        after_help = "Example: vault-provisioner trust-policy arn:aws:iam::123456789012:role/api > trust.json"
    )]
    TrustPolicy(TrustPolicyArgs),
    /// Say when each mapping was last used, by Vault's audit log
    ///
    /// Also what jobs asked for and did not get, and logins by roles that the files lack. Reads a line at a time, also
    /// gzip. Needs no network.
    #[command(
        after_help = "Example: vault-provisioner usage --unused-for 90d /var/log/vault/audit.log*"
    )]
    Usage(UsageArgs),
    /// Print the JSON Schema of the files, for editors
    ///
    /// Needs no network.
    #[command(after_help = "Example: vault-provisioner schema > mappings.schema.json")]
    Schema(SchemaArgs),
    /// Print a shell's completions
    ///
    /// Load them in a shell's startup file.
    #[command(after_help = "Example: source <(vault-provisioner completions bash)")]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write a manual page for the program and one for each command
    #[command(hide = true)]
    Man {
        /// The folder to write them to
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

/// The release, and the commit that `dev/release` built it from.
fn version() -> String {
    let release = env!("CARGO_PKG_VERSION");
    match option_env!("VAULT_PROVISIONER_COMMIT") {
        Some(commit) => format!("{release} ({commit})"),
        None => release.into(),
    }
}

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// How to print it
    #[arg(long, default_value = "json")]
    pub(crate) format: SchemaFormat,
}

/// How `schema` prints the files' format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaFormat {
    /// JSON Schema, for editors
    Json,
    /// A page for people, which is docs/files.md
    Markdown,
}

/// Arguments of `validate`.
#[derive(Debug, Args)]
pub(crate) struct ValidateArgs {
    /// Exit with 1 when there are warnings, for pipelines
    #[arg(long)]
    pub(crate) deny_warnings: bool,
    /// Write a report for a merge request, such as junit=junit.xml; KIND is codequality, junit or sarif; - is standard output
    #[arg(long, value_name = "KIND=FILE", value_parser = check_report)]
    pub(crate) report: Vec<(CheckReport, PathBuf)>,
}

fn check_report(text: &str) -> Result<(CheckReport, PathBuf), String> {
    let (kind, file) = text.split_once('=').unwrap_or((text, ""));
    match CheckReport::from_str(kind, false) {
        Ok(kind) if !file.is_empty() => Ok((kind, file.into())),
        _ => Err(
            "write KIND=FILE, such as codequality=report.json; KIND is codequality, junit or sarif"
                .into(),
        ),
    }
}

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// Save the plan, for `show` and `apply`; - is standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Write GitLab's terraform report; - is standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// How to print the plan
    #[arg(long, default_value = "text")]
    pub(crate) format: Format,
    /// Exit with 2 when there are changes
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
    /// Keep a note with the plan on the job's merge request
    #[arg(long)]
    pub(crate) comment: bool,
    #[command(flatten)]
    pub(crate) gitlab: GitLab,
}

/// How GitLab is reached.
#[derive(Debug, Args)]
#[command(next_help_heading = "GitLab")]
pub(crate) struct GitLab {
    /// The file with a project access token, in place of GITLAB_TOKEN
    #[arg(long, value_name = "FILE")]
    pub(crate) gitlab_token_file: Option<PathBuf>,
}

/// Arguments of `drift`.
#[derive(Debug, Args)]
pub(crate) struct DriftArgs {
    /// How to print what differs
    #[arg(long, default_value = "text")]
    pub(crate) format: Format,
    /// Keep one issue in the job's project: open while there is drift, closed when it is gone
    #[arg(long)]
    pub(crate) open_issue: bool,
    /// Do not make the issue confidential: everybody who sees the project sees it
    #[arg(long, requires = "open_issue")]
    pub(crate) public_issue: bool,
    /// Give the issue another label, besides vault-drift
    #[arg(
        long,
        value_name = "NAME",
        value_delimiter = ',',
        requires = "open_issue"
    )]
    pub(crate) label: Vec<String>,
    /// Assign the issue to a user, by name, when it is opened
    #[arg(
        long,
        value_name = "USER",
        value_delimiter = ',',
        requires = "open_issue"
    )]
    pub(crate) assignee: Vec<String>,
    #[command(flatten)]
    pub(crate) gitlab: GitLab,
}

/// Arguments of `show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The saved plan; - is standard input
    pub(crate) plan: PathBuf,
    /// How to print it
    #[arg(long, default_value = "text")]
    pub(crate) format: Format,
}

/// Arguments of `apply`.
#[derive(Debug, Args)]
pub(crate) struct ApplyArgs {
    /// A saved plan, - is standard input; without one, plan, ask and apply
    pub(crate) plan: Option<PathBuf>,
    /// Do not ask
    #[arg(long)]
    pub(crate) auto_approve: bool,
    /// Allow up to N deletes, overriding the guardrails
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) allow_deletes: usize,
    /// Write a line of JSON for each change as it happens; - is standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) events: Option<PathBuf>,
}

/// Arguments of `add`.
#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    /// The project's path in GitLab, such as somenamespace/someproject
    pub(crate) project: ProjectPath,
    /// The project's number in GitLab
    #[arg(long, value_name = "N")]
    pub(crate) id: ProjectId,
    /// An environment and the ARN of its IAM role, such as dev=arn:aws:iam::123456789012:role/name
    #[arg(long, value_name = "E=ARN", required = true)]
    pub(crate) environment: Vec<NewMapping>,
}

/// Arguments of `credentials`.
#[derive(Debug, Args)]
pub(crate) struct CredentialsArgs {
    /// The project's number in GitLab
    #[arg(long, value_name = "N", env = "CI_PROJECT_ID")]
    pub(crate) project_id: ProjectId,
    /// The job's environment; without one, or if it is empty, the project's default role
    #[arg(
        long,
        value_name = "E",
        env = "CI_ENVIRONMENT_NAME",
        default_value = "",
        hide_default_value = true,
        value_parser = environment
    )]
    pub(crate) environment: MaybeEnvironment,
    /// How long the credentials are valid, at least 15m [default: the role's]
    #[arg(long, value_name = "TTL")]
    pub(crate) ttl: Option<Ttl>,
    /// The mount path of the AWS engine
    #[arg(long, value_name = "PATH", default_value = "aws")]
    pub(crate) secrets_mount: MountPath,
}

/// An environment, or an empty text for none. The name keeps clap from taking it for an option that may be absent.
pub(crate) type MaybeEnvironment = Option<EnvironmentName>;

fn environment(text: &str) -> Result<MaybeEnvironment, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let environment: Result<EnvironmentName, _> = text.parse();
    environment.map(Some).map_err(|error| error.to_string())
}

/// Arguments of `policy`.
#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    /// What the token is for; the policy does not allow it to change --auth-role, its own role
    #[arg(long, value_name = "COMMAND", default_value = "apply")]
    pub(crate) r#for: Purpose,
    /// Write it to a file, whole and after the files are read, so that it may be one of them; - is standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Let apply give out only the policies that the files have now, with the text that they have now: it can't become
    /// root, and a new environment waits for an administrator
    #[arg(long)]
    pub(crate) bounded: bool,
}

/// Arguments of `diff`.
#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// A folder of files, or a commit, branch or tag whose mappings folder is taken
    #[arg(value_name = "OLD")]
    pub(crate) old: String,
    /// The same; without it, the mappings folder as it is
    #[arg(value_name = "NEW")]
    pub(crate) new: Option<String>,
    /// How to print who gains and who loses
    #[arg(long, default_value = "text")]
    pub(crate) format: Format,
    /// Exit with 2 when there is a difference
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
}

/// Arguments of `trust-policy`.
#[derive(Debug, Args)]
pub(crate) struct TrustPolicyArgs {
    /// IAM roles, by ARN or by glob, in place of all; * stands for any text. With one ARN, prints its policy alone
    #[arg(value_name = "ARN")]
    pub(crate) roles: Vec<ArnGlob>,
    /// Only roles of this AWS account, by its 12 digits
    #[arg(long, value_name = "N", value_parser = account)]
    pub(crate) account: Option<AccountId>,
    /// The IAM role or user as which Vault calls AWS [default: mappings.vault_principal, or an engine's own role_arn]
    #[arg(long, value_name = "ARN")]
    pub(crate) principal: Option<Principal>,
}

/// Arguments of `usage`.
#[derive(Debug, Args)]
pub(crate) struct UsageArgs {
    /// Audit logs of Vault or OpenBao; - is standard input
    #[arg(value_name = "LOG", required = true)]
    pub(crate) logs: Vec<PathBuf>,
    /// List the mappings that were not used for this long, such as 90d, with what to remove
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(crate) unused_for: Option<Duration>,
    /// How to print the answer
    #[arg(long, default_value = "text")]
    pub(crate) format: UsageFormat,
}

/// How `usage` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum UsageFormat {
    /// For a terminal or a job's log
    Text,
    /// For a spreadsheet
    Csv,
    /// For programs
    Json,
}

/// Arguments of `import`.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The folder to write, which must not exist or be empty
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Auth methods to import, of any type, in place of all JWT methods
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub(crate) auth: Vec<String>,
    /// Secrets engines to import, of any type, in place of all AWS engines
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub(crate) secrets: Vec<String>,
    /// Policies to import besides those that imported roles name; * stands for any text
    #[arg(long, value_name = "NAME", num_args = 1..)]
    pub(crate) policies: Vec<String>,
    /// A file with the projects' paths, which Vault does not know; - is standard input
    ///
    /// Either lines of an id and a path, or GitLab's list of projects in JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) projects: Option<PathBuf>,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("question").required(true).args(["project", "matrix", "arn", "account"])))]
pub(crate) struct ExplainArgs {
    /// Ask what the jobs of this project could get; its path or its number
    #[arg(long, value_name = "PROJECT")]
    pub(crate) project: Option<String>,
    /// Ask who reaches what, of all jobs that GitLab can sign a JWT for
    #[arg(long)]
    pub(crate) matrix: bool,
    /// Ask who can reach an IAM role, or those whose ARN matches; * stands for any text
    #[arg(long, value_name = "GLOB")]
    pub(crate) arn: Option<String>,
    /// Ask who can reach the IAM roles of an AWS account, by its 12 digits
    #[arg(long, value_name = "N", value_parser = account)]
    pub(crate) account: Option<AccountId>,
    /// Only jobs in this environment
    #[arg(
        long,
        value_name = "NAME",
        conflicts_with = "no_environment",
        help_heading = "Filters"
    )]
    pub(crate) environment: Option<String>,
    /// Only jobs without an environment
    #[arg(long, help_heading = "Filters")]
    pub(crate) no_environment: bool,
    /// Only jobs of this branch or tag
    #[arg(long, value_name = "NAME", help_heading = "Filters")]
    pub(crate) r#ref: Option<String>,
    /// Only jobs of a protected branch or tag, or with =false of others; unknown without this option
    #[arg(
        long,
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        help_heading = "Filters"
    )]
    pub(crate) ref_protected: Option<bool>,
    /// Only jobs whose JWT has this claim
    #[arg(long, value_name = "NAME=VALUE", value_parser = claim, help_heading = "Filters")]
    pub(crate) claim: Vec<(String, String)>,
    /// Only logins with this role
    #[arg(long, value_name = "NAME", help_heading = "Filters")]
    pub(crate) role: Option<String>,
    /// Answer from Vault, and not from the files
    #[arg(long)]
    pub(crate) live: bool,
    /// How to print the answer
    #[arg(long, default_value = "text")]
    pub(crate) format: ExplainFormat,
}

fn account(text: &str) -> Result<AccountId, String> {
    let account = AccountId::try_from(text.to_owned());
    account.map_err(|_| "write the account's 12 digits, such as 123456789012".into())
}

/// How `explain` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExplainFormat {
    /// For a terminal or a job's log
    Text,
    /// For a merge request or an issue
    Markdown,
    /// For programs
    Json,
    /// For spreadsheets: a line for each way
    Csv,
    /// A diagram, which GitLab draws
    Mermaid,
}

fn claim(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.into(), value.into())),
        _ => Err("write NAME=VALUE, such as ref_type=branch".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A screen of a terminal, and a little.
    const SCREEN: usize = 50;

    fn help(command: &str, flag: &str) -> String {
        let words = ["vault-provisioner", command, flag];
        let words = words.into_iter().filter(|word| !word.is_empty());
        Cli::whole()
            .try_get_matches_from(words)
            .unwrap_err()
            .to_string()
    }

    fn commands() -> Vec<String> {
        let whole = Cli::whole();
        let commands = whole.get_subcommands();
        let shown = commands.filter(|command| !command.is_hide_set());
        shown.map(|command| command.get_name().to_owned()).collect()
    }

    #[test]
    fn options_for_vault_are_shown_where_there_is_a_network_only() {
        for command in commands() {
            let help = help(&command, "--help");
            let has_network = WITH_VAULT.contains(&command.as_str());
            assert_eq!(help.contains("--address"), has_network, "{command}");
            assert_eq!(help.contains("\nVault:\n"), has_network, "{command}");
        }
    }

    #[test]
    fn global_options_stand_under_their_own_heading() {
        for command in commands() {
            let help = help(&command, "--help");
            let (_, global) = help.split_once("\nGlobal options:\n").expect(&command);
            let global = global.split("\n\n  -h").next().unwrap();
            let first = global.find("\nVault:").unwrap_or(global.len());
            for option in ["--color", "--verbose", "--log-format"] {
                assert!(global[..first].contains(option), "{command}: {option}");
            }
        }
    }

    #[test]
    fn the_short_help_of_every_command_fits_on_a_screen_and_has_an_example() {
        for command in commands().iter().map(String::as_str).chain([""]) {
            let help = help(command, "-h");
            assert!(help.lines().count() <= SCREEN, "{command}: {help}");
            assert!(help.contains("Example: "), "{command}");
        }
    }

    #[test]
    fn an_option_for_vault_works_before_and_after_the_command() {
        for words in [
            ["vault-provisioner", "--address", "https://v.test", "plan"],
            ["vault-provisioner", "plan", "--address", "https://v.test"],
        ] {
            let matches = Cli::whole().try_get_matches_from(words).unwrap();
            let cli = Cli::from_arg_matches(&matches).unwrap();
            let address = cli.global.connection.address;
            assert_eq!(address.as_deref(), Some("https://v.test"));
        }
    }
}
