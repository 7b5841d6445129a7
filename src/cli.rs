//! The command line: names, flags and their documentation.

mod candidates;
mod global;
mod job;
mod pipeline;
mod questions;
mod writing;

use std::path::PathBuf;

use clap::builder::Resettable;
use clap::{Arg, Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use clap_complete::engine::ArgValueCandidates;
use clap_complete::{CompleteEnv, Shell};

use global::about_files;
pub(crate) use global::{ColorWhen, ConnectionArgs, Global, LogFormat, LoginArgs};
pub(crate) use job::{CredentialsArgs, WhoAmIArgs};
pub(crate) use pipeline::{
    ApplyArgs, CheckArgs, DriftArgs, PlanArgs, PlanReport, ShowArgs, ValidateArgs,
};
pub(crate) use questions::{
    DiffArgs, ExplainArgs, ExplainFormat, PolicyArgs, TrustPolicyArgs, UsageArgs, UsageFormat,
};
pub(crate) use writing::{AddArgs, ImportArgs, InitArgs, SchemaArgs, SchemaFormat};

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
    #[arg(long, value_name = "CODE", exclusive = true, add = ArgValueCandidates::new(candidates::codes))]
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

/// The options for the login that `whoami` uses, which does not log in.
const OF_WHOAMI: [&str; 2] = ["auth_mount", "jwt_env"];

/// The variable with which a shell asks for completions.
pub(crate) const COMPLETE: &str = "VAULT_PROVISIONER_COMPLETE";

impl Cli {
    /// Answers a shell that asks for completions, and then ends the program.
    pub(crate) fn complete() {
        CompleteEnv::with_factory(Self::whole)
            .var(COMPLETE)
            .bin("vault-provisioner")
            .complete();
    }

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
                        || name == "whoami" && OF_WHOAMI.contains(&arg.get_id().as_str())
                });
                let command = command.args(shown.cloned());
                if WITHOUT_FILES.contains(&name.as_str()) {
                    command.args(about_files().into_iter().map(|arg| arg.hide(true)))
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
        let matches = command.try_get_matches_from_mut(std::env::args_os());
        let matches = matches.map_err(without_environment)?;
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

/// The mistake without the options that variables give: the line that clap shows as the right usage would name them.
fn without_environment(error: clap::Error) -> clap::Error {
    if !error.use_stderr() {
        return error;
    }
    let global = [
        "mappings",
        "address",
        "namespace",
        "ca_cert",
        "tls_server_name",
    ];
    let without = |arg: Arg| {
        if global.contains(&arg.get_id().as_str()) {
            arg.env(Resettable::Reset)
        } else {
            arg
        }
    };
    let mut command = Cli::whole()
        .mut_args(without)
        .mut_subcommands(|command| command.mut_args(without));
    let again = command.try_get_matches_from_mut(std::env::args_os());
    again.err().unwrap_or(error)
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a new configuration repository
    ///
    /// Writes the safe default with your own names, the pipeline, CODEOWNERS, a README and settings for editors. Asks on a
    /// terminal for what it was not given. Existing files do not change. Asks
    /// Vault what it is and what is mounted there, where it can be reached; nothing depends on the answer.
    #[command(
        after_help = "Example: vault-provisioner init --vault https://vault.example.com --gitlab https://git.example.com --project-id 7012 --account 123456789012"
    )]
    Init(InitArgs),
    /// Check the files, without a network
    ///
    /// Reports errors, and warns about what is valid and still not safe. Each message has a code; --explain CODE prints its page.
    #[command(after_help = "Example: vault-provisioner validate --deny-warnings")]
    Validate(ValidateArgs),
    /// Ask GitLab whether ids, paths, groups and environments are what the files say
    ///
    /// Vault decides by the id of a project or group, and people read the path. Needs CI_API_V4_URL or --gitlab-url, and an
    /// access token with the scope read_api.
    #[command(after_help = "Example: vault-provisioner check --changed-since origin/main")]
    Check(CheckArgs),
    /// Show what has to change in Vault
    ///
    /// Reads Vault and writes nothing. A saved plan is input for `show` and `apply`.
    #[command(after_help = "Example: vault-provisioner plan --out plan.json")]
    Plan(PlanArgs),
    /// Print a saved plan
    ///
    /// Needs no network.
    #[command(after_help = "Example: vault-provisioner show plan.json --format markdown")]
    Show(ShowArgs),
    /// Make Vault match the files
    ///
    /// Carries out a saved plan if it still matches the files and Vault. Without one, plans, asks for approval and applies.
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
    /// Write the files from what Vault holds, or change them
    ///
    /// A plan directly afterwards finds no change. With --into, it may find those that have no place in the files; they are
    /// named, and the exit code is 2.
    #[command(after_help = "Example: vault-provisioner import --into mappings")]
    Import(ImportArgs),
    /// Map the environments of a project or group to IAM roles, in its file
    ///
    /// Writes a new file at the path, or adds lines to the one that is there. Existing lines do not change.
    #[command(
        after_help = "Example: vault-provisioner add payments/api --id 365 --environment dev=arn:aws:iam::123456789012:role/api"
    )]
    Add(AddArgs),
    /// Show what a job can get, or who can reach an IAM role, and why
    ///
    /// Answers from the files, or with --live from Vault.
    #[command(
        after_help = "Example: vault-provisioner explain --project payments/api --environment prod"
    )]
    Explain(ExplainArgs),
    /// Show who gains and who loses access between two folders or Git revisions
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
    /// Show when each mapping was last used, according to Vault's audit log
    ///
    /// Also what jobs asked for and did not get, and logins by roles that the files lack. Reads a line at a time, also
    /// gzip. Needs no network.
    #[command(
        after_help = "Example: vault-provisioner usage --unused-for 90d /var/log/vault/audit.log*"
    )]
    Usage(UsageArgs),
    /// Print the claims of a job's JWT, verified by GitLab's keys
    ///
    /// A reviewer can compare them with the files. Neither the JWT nor its signature is printed, and Vault is not asked.
    #[command(
        name = "whoami",
        after_help = "Example: vault-provisioner whoami --jwks-url https://git.example.com/-/jwks"
    )]
    WhoAmI(WhoAmIArgs),
    /// Print the JSON Schema of the files, for editors
    ///
    /// Needs no network.
    #[command(after_help = "Example: vault-provisioner schema > mappings.schema.json")]
    Schema(SchemaArgs),
    /// Print a shell's completions
    ///
    /// Load them in a shell's startup file. The shell then asks this program, which also knows the projects and environments
    /// of the files.
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
        commands
            .filter(|command| !command.is_hide_set())
            .map(|command| command.get_name().to_owned())
            .collect()
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
