//! From the arguments to the command.

use super::{
    Error, Exit, add, apply, check, completions, credentials, diff, drift, explain, import, init,
    man, plan, policy, print, schema, show, trust_policy, usage, validate, whoami,
};
use crate::cli::{Command, Global};
use crate::diagnostic::Code;

/// Runs the command of the command line.
///
/// # Errors
/// When the command fails; the error says what to do.
pub(crate) async fn run(global: &Global, command: &Command) -> Result<Exit, Error> {
    match command {
        Command::Init(args) => init::run(global, args).await,
        Command::Validate(args) => validate::run(global, args),
        Command::Check(args) => check::run(global, args).await,
        Command::Plan(args) => plan::run(global, args).await,
        Command::Show(args) => show::run(global, args),
        Command::Apply(args) => apply::run(global, args).await,
        Command::Drift(args) => drift::run(global, args).await,
        Command::Credentials(args) => credentials::run(global, args).await,
        Command::Policy(args) => policy::run(global, args),
        Command::Import(args) => import::run(global, args).await,
        Command::Add(args) => add::run(global, args).await,
        Command::Diff(args) => diff::run(global, args),
        Command::Explain(args) => explain::run(global, args).await,
        Command::TrustPolicy(args) => trust_policy::run(global, args),
        Command::Usage(args) => usage::run(global, args),
        Command::WhoAmI(args) => whoami::run(global, args).await,
        Command::Schema(args) => schema::run(args),
        Command::Completions { shell } => completions::run(*shell),
        Command::Man { folder } => man::run(folder),
    }
}

/// Prints the page of a code, whose name may be in upper case.
///
/// # Errors
/// When there is no such code, or standard output can't be written.
pub(crate) fn explain_code(name: &str) -> Result<Exit, Error> {
    let Some(code) = Code::find(&name.to_ascii_lowercase()) else {
        return Err(Error::NoCode {
            name: name.to_owned(),
            similar: Code::similar(&name.to_ascii_lowercase()),
        });
    };
    print(code.page())?;
    Ok(Exit::Success)
}
