//! The image of the pipeline's jobs, unpacked and run as its user; `dev/static` lays it out.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use serde_json::Value;
use tempfile::TempDir;

use super::{CA_BUNDLE, file_of_the_release};
use crate::support::{Mappings, commit, git, stdout};

/// An image, as an engine would start it.
struct Image {
    folder: TempDir,
}

impl Image {
    fn unpacked() -> Self {
        let image = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let layout = image.path("layout");
        fs::create_dir(&layout).unwrap();
        let tar = file_of_the_release(".image.tar");
        let mut extract = Command::new("tar");
        extract.arg("--extract").arg("--file").arg(tar);
        extract.arg("--directory").arg(&layout).assert().success();
        Command::new("umoci")
            .args(["unpack", "--image"])
            .arg(format!(
                "{}:{}",
                layout.display(),
                env!("CARGO_PKG_VERSION")
            ))
            .arg(image.path("bundle"))
            .assert()
            .success();
        image
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn json(&self, path: &str) -> Value {
        serde_json::from_slice(&fs::read(self.path(path)).unwrap()).unwrap()
    }

    /// Runs a script as the image's user, with the devices that every engine gives.
    fn run(&self, script: &str) -> Assert {
        let process = &self.json("bundle/config.json")["process"];
        let user = format!("{}:{}", process["user"]["uid"], process["user"]["gid"]);
        let variables = process["env"].as_array().unwrap();
        let variables = variables
            .iter()
            .filter_map(|one| one.as_str().unwrap().split_once('='));
        Command::new("unshare")
            .args(["--mount", "sh", "-c"])
            .arg("mount --rbind /dev \"$0/dev\" && exec chroot --userspec=\"$1\" \"$0\" sh -ec \"$2\"")
            .arg(self.path("bundle/rootfs"))
            .args([&user, script])
            .env_clear()
            .envs(variables)
            .env("PATH", "/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin")
            .assert()
    }
}

fn sha256(file: &Path) -> String {
    let sum = Command::new("sha256sum").arg(file).assert().success();
    stdout(&sum).split(' ').next().unwrap().to_owned()
}

#[test]
#[ignore = "needs an image: dev/static"]
fn the_image_runs_as_a_user_of_its_own() {
    let image = Image::unpacked();
    let id = stdout(&image.run("id -u && vault-provisioner --version").success());
    let version = concat!("10001\nvault-provisioner ", env!("CARGO_PKG_VERSION"));
    assert!(id.starts_with(version), "{id}");
    image.run("touch /usr/local/bin/other").failure();
    image.run("touch ~/mine /tmp/mine").success();
    let roots = fs::read_to_string(image.path("bundle/rootfs").join(CA_BUNDLE)).unwrap();
    assert!(roots.matches("BEGIN CERTIFICATE").count() > 100);
    for package in ["git", "libc6", "busybox-static", "ca-certificates"] {
        let described = image.path(&format!("bundle/rootfs/var/lib/dpkg/status.d/{package}"));
        let described = fs::read_to_string(described).unwrap();
        assert!(
            described.starts_with(&format!("Package: {package}\n")),
            "{described}"
        );
    }
}

#[test]
#[ignore = "needs an image: dev/static"]
fn its_digest_is_that_of_its_manifest() {
    let image = Image::unpacked();
    let digest = fs::read_to_string(file_of_the_release(".image.digest")).unwrap();
    let named = &image.json("layout/index.json")["manifests"][0]["digest"];
    assert_eq!(named, digest.trim());
    let digest = digest.trim().strip_prefix("sha256:").unwrap();
    assert_eq!(
        sha256(&image.path(&format!("layout/blobs/sha256/{digest}"))),
        digest
    );
}

/// As the pipeline's jobs do, in a clone that belongs to another user.
#[test]
#[ignore = "needs an image: dev/static"]
fn its_git_finds_what_a_merge_request_changes() {
    let image = Image::unpacked();
    let clone = image.path("bundle/rootfs/builds");
    fs::create_dir(&clone).unwrap();
    let copy = |mappings: &Mappings| {
        let mut copy = Command::new("cp");
        copy.arg("-R")
            .arg(mappings.path())
            .arg(clone.join("mappings"));
        copy.assert().success();
    };
    let mappings = Mappings::shipped();
    copy(&mappings);
    git(&clone, &["init", "--quiet"]);
    commit(&clone, "Mappings");
    fs::remove_dir_all(clone.join("mappings")).unwrap();
    mappings.write(
        "projects/somenamespace/newproject.yaml",
        "project: somenamespace/newproject\nid: 366\nenvironments: {dev: arn:aws:iam::123456789012:role/newproject}\n",
    );
    copy(&mappings);
    commit(&clone, "Map newproject");
    let script = "export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=/builds HOME=/home/vault-provisioner\n\
                  cd /builds && vault-provisioner diff HEAD~1";
    let said = stdout(&image.run(script).success());
    assert!(
        said.contains("+ project 366 (somenamespace/newproject), environment dev"),
        "{said}"
    );
}
