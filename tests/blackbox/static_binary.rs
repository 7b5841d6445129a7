//! The binary of the image, in a folder that holds nothing else; `dev/static` builds it and runs these tests.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use tempfile::TempDir;

use crate::support::{Mappings, Vault, stderr, stdout};

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
        let become_root: &[&str] = match is_root {
            true => &[],
            false => &["--user", "--map-root-user"],
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

fn binary() -> PathBuf {
    let path = std::env::var_os("STATIC_BINARY").expect("dev/static sets STATIC_BINARY");
    PathBuf::from(path)
}

#[test]
#[ignore = "needs the static binary: dev/static"]
fn it_needs_no_shared_library() {
    let ldd = process::Command::new("ldd").arg(binary()).output().unwrap();
    let told = String::from_utf8(ldd.stdout).unwrap();
    assert!(told.contains("statically linked"), "{told}");
}

#[test]
#[ignore = "needs the static binary: dev/static"]
fn it_finds_the_names_of_etc_hosts() {
    let (vault, root) = (Vault::start(), Root::new());
    for host in ["127.0.0.1", "localhost", "vault.test"] {
        let address = vault.address().replace("127.0.0.1", host);
        let plan = root.plan(&vault, &address).success();
        assert!(stdout(&plan).contains("to create"), "{host}");
    }
}

#[test]
#[ignore = "needs the static binary: dev/static"]
fn it_trusts_the_ca_certificates_of_the_image() {
    let (vault, root) = (Vault::start_with(&["--tls"]), Root::new());
    let plan = root.plan(&vault, vault.address()).code(1);
    insta::assert_snapshot!(stderr(&plan), @r"
    error: can't set up TLS: unexpected error: No CA certificates were loaded from the system
    help: install the system's CA certificates, or give --ca-cert (VAULT_CACERT)
    ");
    root.write(CA_BUNDLE, fs::read(vault.ca_cert()).unwrap());
    root.plan(&vault, vault.address()).success();
}
