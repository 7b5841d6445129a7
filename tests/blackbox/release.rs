//! What a release consists of. The static binary is run in a folder that holds nothing else; `dev/static` builds it.

mod image;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Mappings, Tool, Vault, stderr, stdout};

/// The file that Alpine, Debian and others have their CA certificates in.
const CA_BUNDLE: &str = "etc/ssl/certs/ca-certificates.crt";

/// A root folder with the binary, `/etc/hosts` and the article's files.
struct Root {
    folder: TempDir,
}

impl Root {
    fn new() -> Self {
        let root = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        fs::copy(binary(), root.folder.path().join("vault-provisioner")).unwrap();
        root.write("etc/hosts", b"127.0.0.1 localhost vault.test\n");
        let mappings = Mappings::article();
        root.write("mappings/vault.yaml", mappings.read("vault.yaml"));
        root
    }

    fn write(&self, file: &str, text: impl AsRef<[u8]>) {
        let path = self.folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// `plan` with the root folder as all that there is.
    fn plan(&self, vault: &Vault, address: &str) -> Assert {
        let folder = self.folder.path();
        let is_root = fs::metadata(folder).unwrap().uid() == 0;
        let become_root: &[&str] = if is_root {
            &[]
        } else {
            &["--user", "--map-root-user"]
        };
        Command::new("unshare")
            .args(become_root)
            .arg("--root")
            .arg(folder)
            .args(["/vault-provisioner", "plan"])
            .env_clear()
            .env("VAULT_ADDR", address)
            .env("VAULT_TOKEN", vault.root_token())
            .assert()
    }
}

/// The folder that was in the archive.
fn release() -> PathBuf {
    let path = std::env::var_os("RELEASE").expect("dev/static sets RELEASE");
    PathBuf::from(path)
}

/// The folder with all files of the release.
fn files_of_the_release() -> PathBuf {
    PathBuf::from(std::env::var_os("RELEASE_FILES").expect("dev/static sets it"))
}

/// The file of the release with this ending.
fn file_of_the_release(ending: &str) -> PathBuf {
    let folder = files_of_the_release();
    let name = names(folder.clone())
        .into_iter()
        .find(|name| name.ends_with(ending));
    folder.join(name.unwrap())
}

fn binary() -> PathBuf {
    release().join("vault-provisioner")
}

fn tool() -> Tool {
    Tool::offline(&Mappings::empty())
}

/// The commands, as the help lists them.
fn commands() -> BTreeSet<String> {
    let help = stdout(&tool().run(["--help"]).assert().success());
    let list = help.split("Commands:\n").nth(1).unwrap();
    let names = list
        .split("\n\n")
        .next()
        .unwrap()
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let mut names: BTreeSet<String> = names
        .filter(|name| !name.is_empty())
        .map(Into::into)
        .collect();
    assert!(names.remove("help"), "{names:?}");
    names
}

fn names(folder: PathBuf) -> BTreeSet<String> {
    let files = fs::read_dir(folder).unwrap();
    files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn every_command_has_a_manual_page_with_its_options() {
    let tool = tool();
    tool.run(["man", "pages"]).assert().success();
    let commands = commands();
    let mut expected: BTreeSet<_> = commands
        .iter()
        .map(|command| format!("vault-provisioner-{command}.1"))
        .collect();
    expected.insert("vault-provisioner.1".into());
    assert_eq!(names(tool.home().join("pages")), expected);
    for command in commands {
        let help = stdout(&tool.run([&command, "--help"]).assert().success());
        let page = tool
            .home()
            .join(format!("pages/vault-provisioner-{command}.1"));
        let page = fs::read_to_string(page).unwrap().replace('\\', "");
        for option in help
            .split_whitespace()
            .filter(|word| word.starts_with("--"))
        {
            let end = option.find(|letter: char| letter != '-' && !letter.is_alphanumeric());
            let option = &option[..end.unwrap_or(option.len())];
            assert!(page.contains(option), "{command}: {option}");
        }
    }
}

/// `cargo binstall` looks for the binary where the archive has it.
#[test]
fn binstall_finds_the_binary_in_the_archive() {
    let read = |file: &str| {
        fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
    };
    let folder = "{ name }-{ version }-{ target }";
    let manifest = read("Cargo.toml");
    assert!(manifest.contains(&format!("bin-dir = \"{folder}/{{ bin }}{{ binary-ext }}\"")));
    assert!(read("dev/release").contains("local name=vault-provisioner-$version-$1\n"));
}

#[test]
fn every_shell_has_completions() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = stdout(&tool().run(["completions", shell]).assert().success());
        assert!(script.contains("vault-provisioner"), "{shell}: {script}");
    }
}

#[test]
fn the_version_is_the_release() {
    let version = stdout(&tool().run(["--version"]).assert().success());
    let release = concat!("vault-provisioner ", env!("CARGO_PKG_VERSION"));
    assert!(version.starts_with(release), "{version}");
}

#[test]
#[ignore = "needs a release: dev/static"]
fn the_archive_is_whole() {
    let top = [
        "LICENSE",
        "LICENSES-OF-DEPENDENCIES",
        "completions",
        "man",
        "vault-provisioner",
    ];
    assert_eq!(names(release()), top.map(String::from).into());
    assert_eq!(names(release().join("man")).len(), commands().len() + 1);
    assert_eq!(names(release().join("completions")).len(), 5);
    let licences = fs::read_to_string(release().join("LICENSES-OF-DEPENDENCIES")).unwrap();
    for text in [
        "  reqwest v",
        "  ring v",
        "Permission is hereby granted",
        "LGPL",
    ] {
        assert!(licences.contains(text), "{text}");
    }
    assert!(
        !licences.contains("  insta v"),
        "a crate of the tests is not linked in"
    );
}

#[test]
#[ignore = "needs a release: dev/static"]
fn its_provenance_names_each_file_and_the_commit() {
    let statement = fs::read(file_of_the_release(".provenance.json")).unwrap();
    let statement: Value = serde_json::from_slice(&statement).unwrap();
    assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
    assert_eq!(statement["predicateType"], "https://slsa.dev/provenance/v1");

    let subject = statement["subject"].as_array().unwrap().iter();
    let subject: BTreeSet<String> = subject
        .map(|file| {
            let digest = file["digest"]["sha256"].as_str().unwrap();
            format!("{digest}  {}", file["name"].as_str().unwrap())
        })
        .collect();
    let sums = fs::read_to_string(file_of_the_release("SHA256SUMS")).unwrap();
    let sums = sums.lines().map(str::to_owned);
    let others: BTreeSet<String> = sums
        .filter(|line| !line.ends_with(".provenance.json"))
        .collect();
    assert_eq!(subject, others);
    assert!(subject.len() >= 2, "{subject:?}");

    let head = process::Command::new("git")
        .args(["rev-parse", "HEAD"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let definition = &statement["predicate"]["buildDefinition"];
    let compilers = definition["internalParameters"]["rustc"].as_object();
    for (target, version) in compilers.unwrap() {
        assert!(target.ends_with("-linux-gnu"), "{target}");
        assert!(
            version.as_str().unwrap().starts_with("rustc 1."),
            "{version}"
        );
    }
    let built_from = &definition["resolvedDependencies"][0];
    // Both are empty where git can't say it.
    let commit = built_from["digest"]["gitCommit"]
        .as_str()
        .unwrap_or_default();
    assert_eq!(commit, String::from_utf8(head.stdout).unwrap().trim());
}

/// Runs a program in the folder of a release's files.
fn in_files(folder: &Path, program: &str, arguments: &[&str]) -> Assert {
    Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .assert()
}

/// How people verify a signature by a key: by openssl, and by the library of Sigstore, where npm could install it.
fn verifiers() -> Vec<String> {
    let key = std::env::var("RELEASE_KEY").expect("dev/static sets it");
    let openssl = format!(
        "jq -r .messageSignature.signature SHA256SUMS.sigstore.json | base64 --decode >signature &&
         openssl dgst -sha256 -verify {key} -signature signature SHA256SUMS"
    );
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sigstore/verify.mjs");
    let sigstore = std::env::var("SIGSTORE").ok();
    let sigstore = sigstore.map(|library| {
        format!("node {script} {library} SHA256SUMS.sigstore.json SHA256SUMS {key}")
    });
    [openssl].into_iter().chain(sigstore).collect()
}

#[test]
#[ignore = "needs a release: dev/static"]
fn its_signature_holds_for_these_checksums_alone() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["SHA256SUMS", "SHA256SUMS.sigstore.json"] {
        fs::copy(files_of_the_release().join(name), folder.path().join(name)).unwrap();
    }
    let verify = |verifier: &str| in_files(folder.path(), "sh", &["-c", verifier]);
    for verifier in verifiers() {
        verify(&verifier).success();
    }
    let sums = fs::read_to_string(folder.path().join("SHA256SUMS")).unwrap();
    let other = sums.replacen(|c: char| c.is_ascii_hexdigit(), "0", 2);
    assert_ne!(sums, other);
    fs::write(folder.path().join("SHA256SUMS"), other).unwrap();
    for verifier in verifiers() {
        verify(&verifier).failure();
    }
}

/// Without a key, cosign signs; it takes the job's id token from this variable by itself.
#[test]
fn a_job_signs_by_its_id_token() {
    let folder = tempfile::tempdir().unwrap();
    let sums = in_files(
        folder.path(),
        "sh",
        &["-c", "echo text >file && sha256sum file >SHA256SUMS"],
    );
    sums.success();
    let cosign = folder.path().join("cosign");
    fs::write(
        &cosign,
        "#!/bin/sh\necho \"$SIGSTORE_ID_TOKEN: cosign $*\"\n",
    )
    .unwrap();
    in_files(folder.path(), "chmod", &["+x", "cosign"]).success();
    let path = format!(
        "{}:{}",
        folder.path().display(),
        std::env::var("PATH").unwrap()
    );
    let run = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("dev/sign"))
        .arg(folder.path())
        .env("PATH", path)
        .env("SIGSTORE_ID_TOKEN", "JWT")
        .assert();
    insta::assert_snapshot!(stdout(&run.success()), @"JWT: cosign sign-blob --yes --bundle SHA256SUMS.sigstore.json SHA256SUMS");
}

/// What has not come from `dev/release`, or without what signs it.
#[test]
fn nothing_else_is_signed() {
    let sign = Path::new(env!("CARGO_MANIFEST_DIR")).join("dev/sign");
    let sign = |folder: &Path, arguments: &[&str]| {
        let run = Command::new(&sign)
            .args(arguments)
            .arg(folder)
            .env_remove("SIGSTORE_ID_TOKEN")
            .assert();
        stderr(&run.failure())
    };
    let folder = tempfile::tempdir().unwrap();
    assert!(sign(folder.path(), &[]).contains("has no SHA256SUMS"));
    let zeros = "0".repeat(64);
    fs::write(folder.path().join("file"), "text").unwrap();
    fs::write(folder.path().join("SHA256SUMS"), format!("{zeros}  file\n")).unwrap();
    assert!(sign(folder.path(), &[]).contains("are not those of SHA256SUMS"));
    let right = in_files(folder.path(), "sha256sum", &["file"]).success();
    fs::write(folder.path().join("SHA256SUMS"), stdout(&right)).unwrap();
    assert!(sign(folder.path(), &[]).contains("SIGSTORE_ID_TOKEN is empty"));
    assert!(sign(folder.path(), &["--key", "missing"]).contains("there is no key at 'missing'"));
    assert!(!folder.path().join("SHA256SUMS.sigstore.json").exists());
}

#[test]
#[ignore = "needs a release: dev/static"]
fn it_needs_no_shared_library() {
    let ldd = process::Command::new("ldd").arg(binary()).output().unwrap();
    let told = String::from_utf8(ldd.stdout).unwrap();
    assert!(told.contains("statically linked"), "{told}");
}

#[test]
#[ignore = "needs a release: dev/static"]
fn it_finds_the_names_of_etc_hosts() {
    let (vault, root) = (Vault::start(), Root::new());
    for host in ["127.0.0.1", "localhost", "vault.test"] {
        let address = vault.address().replace("127.0.0.1", host);
        let plan = root.plan(&vault, &address).success();
        assert!(stdout(&plan).contains("to create"), "{host}");
    }
}

#[test]
#[ignore = "needs a release: dev/static"]
fn it_trusts_the_ca_certificates_of_the_image() {
    let (vault, root) = (Vault::start_with(&["--tls"]), Root::new());
    let plan = root.plan(&vault, vault.address()).code(1);
    insta::assert_snapshot!(stderr(&plan), @r"
    error[tls]: can't set up TLS: unexpected error: No CA certificates were loaded from the system
    help: install the CA certificates of the system, or pass --ca-cert (VAULT_CACERT)
    For more about this error, run `vault-provisioner --explain tls`.
    ");
    root.write(CA_BUNDLE, fs::read(vault.ca_cert()).unwrap());
    root.plan(&vault, vault.address()).success();
}
