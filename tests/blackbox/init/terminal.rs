//! `init` on a terminal, and what people type there.

use std::fs;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use tempfile::TempDir;

use super::text_of;

/// Types into `init repository`, and ends the input; `script` of util-linux gives the program a terminal.
fn typed(folder: &TempDir, keys: &[u8]) -> Assert {
    Command::new("script")
        .args(["--quiet", "--return", "--command"])
        .arg(concat!(
            env!("CARGO_BIN_EXE_vault-provisioner"),
            " init repository"
        ))
        .arg("/dev/null")
        .current_dir(folder.path())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .write_stdin(keys)
        .assert()
}

/// What the terminal showed, with the bytes that it echoes.
fn shown(run: &Assert) -> String {
    String::from_utf8_lossy(&run.get_output().stdout).into_owned()
}

/// The answers before the one for the accounts.
const NEEDED: &str = "https://vault.example.com\nhttps://git.example.com\n7012\n";

#[test]
fn it_asks_until_the_answer_fits() {
    let long = format!("https://vault.example.com/{}?\n", "a".repeat(3000));
    let odd: [(&[u8], &str); 9] = [
        (b"\n", "an answer is needed here"),
        (b"vault.example.com\n", "`vault.example.com` is not a URL"),
        (
            b"https://me:secret@vault.example.com\n",
            "holds a user name or a password",
        ),
        (
            b"https://vault\x1b[31m.example.com\n",
            r"`https://vault\u{1b}[31m.example.com` is not a URL",
        ),
        (
            "https://vault\u{202e}.example.com\n".as_bytes(),
            r"`https://vault\u{202e}.example.com` is not a URL",
        ),
        (b"\x1b[A\n", r"`\u{1b}[A` is not a URL"),
        (b"\xff\xfe\n", "`\u{fffd}\u{fffd}` is not a URL"),
        (long.as_bytes(), "characters)…"),
        (b"  \t \n", "an answer is needed here"),
    ];
    let numbers = "abc\n0\n-1\n99999999999999999999999\n7 012\n7012\n";
    let accounts = "12\n\"123456789012\"\n123456789012, 123456789013 123456789014,\n";
    let image = "vault-provisioner:latest\n\n";
    let mut keys = odd.map(|(keys, _)| keys).concat();
    keys.extend_from_slice(b"https://vault.example.com\nhttps://git.example.com\n");
    keys.extend_from_slice([numbers, accounts, image].concat().as_bytes());

    let folder = tempfile::tempdir().unwrap();
    let said = shown(&typed(&folder, &keys).code(0));
    for (_, reply) in odd {
        assert!(said.contains(reply), "{reply}: {said}");
    }
    assert_eq!(
        said.matches("is not a project's id; write").count(),
        5,
        "{said}"
    );
    assert_eq!(
        said.matches("is not an AWS account; write").count(),
        2,
        "{said}"
    );
    assert!(said.contains("is not an image by its digest"), "{said}");
    let platform = text_of(&folder, "repository/mappings/vault.yaml");
    for expected in [
        "bound_issuer: https://git.example.com\n",
        "bound_claims: {project_id: \"7012\"",
        "allowed_accounts: [\"123456789012\", \"123456789013\", \"123456789014\"]\n",
    ] {
        assert!(platform.contains(expected), "{expected}: {platform}");
    }
}

#[test]
fn an_input_that_ends_before_the_last_question_writes_nothing() {
    for answered in [
        "",
        "https://vault.example.com\n",
        NEEDED,
        &format!("{NEEDED}123456789012\n"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let said = shown(&typed(&folder, answered.as_bytes()).code(1));
        assert!(
            said.contains(
                "the input ended before all questions were answered; nothing was written"
            ),
            "{said}"
        );
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            0,
            "{answered}"
        );
    }
}
