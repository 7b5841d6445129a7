//! Completions, pressed on a terminal: every shell that this machine has asks the program itself.

use assert_cmd::Command;
use std::fs;
use std::path::Path;

use crate::support::Mappings;

/// How each shell loads the completions.
const SHELLS: [(&str, &str); 3] = [
    ("bash", "source <(vault-provisioner completions bash)"),
    (
        "zsh",
        "autoload -U compinit; compinit -u -D; source <(vault-provisioner completions zsh)",
    ),
    ("fish", "vault-provisioner completions fish | source"),
];

/// The shells of this machine; `.ci/run` installs all of them.
fn shells() -> impl Iterator<Item = (&'static str, &'static str)> {
    let path = std::env::var_os("PATH").unwrap();
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    SHELLS
        .into_iter()
        .filter(move |(shell, _)| folders.iter().any(|folder| folder.join(shell).is_file()))
}

/// What is typed before the Tab key, and what the terminal then shows.
const PRESSED: [[&str; 2]; 11] = [
    ["vault-provisioner val", "validate"],
    ["vault-provisioner plan --f", "--format"],
    ["vault-provisioner plan --format j", "json"],
    [
        "vault-provisioner explain --project somenamespace/w",
        "somenamespace/website",
    ],
    [
        "vault-provisioner explain --matrix --environment sta",
        "staging",
    ],
    ["vault-provisioner validate --report code", "codequality="],
    ["vault-provisioner plan --report ht", "html="],
    ["vault-provisioner --explain stale", "stale-plan"],
    ["vault-provisioner validate --mappings map", "mappings/"],
    [
        "vault-provisioner add somenamespace/website --environment sta",
        "staging=",
    ],
    [
        "vault-provisioner add somenamespace/s",
        "somenamespace/someproject",
    ],
];

#[test]
fn the_tab_key_completes_commands_options_values_projects_and_environments() {
    let (mappings, folder) = (Mappings::shipped(), tempfile::tempdir().unwrap());
    fs::create_dir(folder.path().join("mappings")).unwrap();
    let binary = Path::new(env!("CARGO_BIN_EXE_vault-provisioner"));
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", binary.parent().unwrap().display());
    for (shell, setup) in shells() {
        Command::new("python3")
            .arg(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/shells/press.py"
            ))
            .args([shell, setup])
            .args(PRESSED.as_flattened())
            .current_dir(folder.path())
            .env_clear()
            .env("PATH", &path)
            .env("HOME", folder.path())
            .env("LC_ALL", "C.UTF-8")
            .env("VAULT_PROVISIONER_MAPPINGS", mappings.path())
            .assert()
            .success();
    }
}
