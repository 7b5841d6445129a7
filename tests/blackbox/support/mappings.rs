//! Mapping files in a folder of the test's own.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::Shared;

/// The file of the platform.
const VAULT_YAML: &str = "vault.yaml";

/// A folder for `--mappings`, which goes with this value.
pub(crate) struct Mappings {
    folder: TempDir,
}

impl Mappings {
    /// The article's files, with the keys of [`super::id_token`] in place of git.example.com's.
    pub(crate) fn article() -> Self {
        let mappings = Self::fixture("article");
        mappings.replace(
            VAULT_YAML,
            "https://git.example.com/-/jwks",
            Shared::jwks_url(),
        );
        mappings
    }

    /// The files in `mappings/`, with the keys of [`super::id_token`] in place of git.example.com's.
    pub(crate) fn shipped() -> Self {
        let mappings = Self::empty();
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings");
        copy(&shipped, mappings.path());
        mappings.replace(
            VAULT_YAML,
            "https://git.example.com/-/jwks",
            Shared::jwks_url(),
        );
        mappings
    }

    /// A copy of a folder of `tests/fixtures`.
    pub(crate) fn fixture(name: &str) -> Self {
        let mappings = Self::empty();
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        copy(&fixtures.join(name), mappings.path());
        mappings
    }

    /// A `vault.yaml` with this text, and nothing else.
    pub(crate) fn of(platform: &str) -> Self {
        let mappings = Self::empty();
        mappings.write(VAULT_YAML, platform);
        mappings
    }

    /// 300 policies, `long-0` to `long-299`, whose texts are longer than GitLab takes in an issue or a note.
    pub(crate) fn too_long_for_gitlab() -> Self {
        let mut files = String::from("version: 1\npolicies:\n");
        for policy in 0..300 {
            files.push_str(&format!("  long-{policy}:\n    rules:\n"));
            for rule in 0..60 {
                files.push_str(&format!(
                    "      - {{path: secret/data/team/project-{rule}, capabilities: [create, read, update, delete, list]}}\n"
                ));
            }
        }
        Self::of(&files)
    }

    /// A folder without any file.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { folder }
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A file's text.
    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.file(file)).expect("a file of text")
    }

    /// Writes a file whole, in a folder that is made where it is missing.
    pub(crate) fn write(&self, file: &str, text: impl AsRef<[u8]>) {
        let path = self.file(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    }

    /// Puts one text in place of another, which has to be there.
    pub(crate) fn replace(&self, file: &str, from: &str, to: &str) {
        let text = self.read(file);
        assert!(text.contains(from), "{file} has no {from:?}:\n{text}");
        self.write(file, text.replace(from, to));
    }

    /// Writes text behind a file's last line.
    pub(crate) fn append(&self, file: &str, text: &str) {
        self.write(file, self.read(file) + text);
    }

    /// Removes a file.
    pub(crate) fn remove(&self, file: &str) {
        fs::remove_file(self.file(file)).expect("a file can be removed");
    }

    fn file(&self, file: &str) -> PathBuf {
        self.path().join(file)
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for entry in fs::read_dir(from).expect("a fixture's folder") {
        let path = entry.expect("a readable folder").path();
        let copied = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &copied);
        } else {
            fs::copy(&path, &copied).expect("a file can be copied");
        }
    }
}
