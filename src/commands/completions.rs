//! `completions`: prints a shell's completions.

use clap::Command;
use clap_complete::Shell;

use super::{Error, Exit, print};
use crate::cli::Cli;

pub(super) fn run(shell: Shell) -> Result<Exit, Error> {
    let mut completions = Vec::new();
    clap_complete::generate(
        shell,
        &mut shown(&Cli::whole()),
        "vault-provisioner",
        &mut completions,
    );
    print(&corrected(&String::from_utf8_lossy(&completions)))?;
    Ok(Exit::Success)
}

/// clap's script for bash uses two names for a subcommand if the program's name has a hyphen, which breaks completion:
/// <https://github.com/clap-rs/clap/issues/6421>.
fn corrected(script: &str) -> String {
    script.replace("vault__subcmd__provisioner", "vault__provisioner")
}

/// The commands without hidden ones, which the generators would complete too.
fn shown(whole: &Command) -> Command {
    let commands = whole.get_subcommands();
    let shown = commands.filter(|command| !command.is_hide_set()).cloned();
    Command::new("vault-provisioner")
        .args(
            whole
                .get_arguments()
                .filter(|arg| !arg.is_hide_set())
                .cloned(),
        )
        .version(env!("CARGO_PKG_VERSION"))
        .subcommands(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What bash completes for the last word of a command line.
    fn completed(words: &str) -> String {
        let mut script = Vec::new();
        clap_complete::generate(
            Shell::Bash,
            &mut shown(&Cli::whole()),
            "vault-provisioner",
            &mut script,
        );
        let script = corrected(&String::from_utf8(script).unwrap());
        let ask = format!(
            "{script}\nCOMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n\
             _vault__provisioner vault-provisioner \"${{COMP_WORDS[-1]}}\" \"${{COMP_WORDS[-2]}}\"\n\
             echo \"${{COMPREPLY[*]}}\""
        );
        let output = std::process::Command::new("bash")
            .args(["-c", &ask])
            .output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    }

    #[test]
    fn bash_completes_commands_and_the_options_after_them() {
        for (words, expected) in [
            ("vault-provisioner val", "validate"),
            ("vault-provisioner plan --f", "--format"),
            ("vault-provisioner plan --format j", "json"),
            ("vault-provisioner validate --add", ""),
        ] {
            assert_eq!(completed(words).trim(), expected, "{words}");
        }
    }
}
