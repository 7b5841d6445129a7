//! What every command takes.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::SystemTime;

use clap::{Arg, ArgAction, Args, Command, ValueEnum, ValueHint};

use crate::files;
use crate::value::Ttl;

/// What every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// The folder with vault.yaml and projects/ [default: `mappings` here or in a folder above]
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "VAULT_PROVISIONER_MAPPINGS",
        value_hint = ValueHint::DirPath
    )]
    mappings: Option<OsString>,
    /// Read the files as of a later time, such as 2030-01-01T00:00:00Z: mappings that have expired by then give nothing
    ///
    /// A time that is past is refused, and no variable sets it: access ends when the files say so, or earlier.
    #[arg(long, global = true, hide_short_help = true, value_name = "TIME", value_parser = later)]
    now: Option<SystemTime>,
    /// Whether to colour what is printed
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorWhen,
    /// Print the path, status and time of each request; twice, also when each is sent and how large its answer is
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// How to write messages on standard error
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    pub(crate) log_format: LogFormat,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
    #[command(flatten)]
    pub(crate) login: LoginArgs,
}

impl Global {
    /// The folder of the files: the one that was named, or else the nearest.
    pub(crate) fn mappings(&self) -> PathBuf {
        match &self.mappings {
            Some(folder) if !folder.is_empty() => folder.into(),
            _ => files::nearest(),
        }
    }

    /// The time as of which the files are read.
    pub(crate) fn now(&self) -> SystemTime {
        self.now.unwrap_or_else(SystemTime::now)
    }
}

/// A time that is not past.
fn later(text: &str) -> Result<SystemTime, String> {
    let time = humantime::parse_rfc3339(text)
        .map_err(|_| "write a time in UTC, such as 2030-01-01T00:00:00Z")?;
    if time < SystemTime::now() {
        return Err("it is past, and access that has ended does not begin again".into());
    }
    Ok(time)
}

/// The options about the files, for commands that do not use them.
pub(super) fn about_files() -> Vec<Arg> {
    let all = Global::augment_args(Command::new(""));
    let options = all.get_arguments();
    let options = options.filter(|arg| ["mappings", "now"].contains(&arg.get_id().as_str()));
    options.cloned().collect()
}

/// Where Vault is. A variable that is set to an empty text counts as not set, so every type here takes an empty text.
#[derive(Debug, Args)]
#[command(next_help_heading = "Vault")]
pub(crate) struct ConnectionArgs {
    /// Vault's address, such as `https://vault.example.com`
    #[arg(long, global = true, value_name = "URL", env = "VAULT_ADDR")]
    pub(crate) address: Option<String>,
    /// The namespace
    #[arg(long, global = true, value_name = "PATH", env = "VAULT_NAMESPACE")]
    pub(crate) namespace: Option<String>,
    /// A file of CA certificates to trust in place of the system's, in PEM
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        value_name = "FILE",
        env = "VAULT_CACERT"
    )]
    pub(crate) ca_cert: Option<OsString>,
    /// The name that Vault's certificate must have
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        value_name = "NAME",
        env = "VAULT_TLS_SERVER_NAME"
    )]
    pub(crate) tls_server_name: Option<String>,
    /// The longest time for one request
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        value_name = "DURATION",
        default_value = "30s"
    )]
    pub(crate) timeout: Ttl,
    /// The most requests at once
    ///
    /// The program measures how many the server answers fastest, and sends no more than these.
    #[arg(long, global = true, hide_short_help = true, value_name = "N", default_value_t = 128, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) parallelism: u16,
    /// A host that may get the token after a redirect (can be repeated)
    #[arg(long, global = true, hide_short_help = true, value_name = "HOST")]
    pub(crate) allow_redirect_host: Vec<String>,
}

/// How to log in: VAULT_TOKEN, else a JWT, else ~/.vault-token.
#[derive(Debug, Args)]
#[command(next_help_heading = "Login")]
pub(crate) struct LoginArgs {
    /// The environment variable that holds the job's JWT
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        value_name = "NAME",
        default_value = "VAULT_ID_TOKEN"
    )]
    pub(crate) jwt_env: String,
    /// The auth mount for the login with the JWT
    #[arg(long, global = true, value_name = "PATH", default_value = "gitlab")]
    pub(crate) auth_mount: String,
    /// The role for the login with the JWT
    ///
    /// By default vault-provisioner; for `credentials`, the one of the job's environment.
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) auth_role: Option<String>,
}

impl LoginArgs {
    /// The role with which the provisioner's own pipeline logs in.
    pub(crate) fn provisioner_role(&self) -> &str {
        self.auth_role.as_deref().unwrap_or("vault-provisioner")
    }
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorWhen {
    /// On a terminal that can, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How to write messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}
