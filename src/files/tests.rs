use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use proptest::prelude::*;

use super::{Edits, MappingFiles, read};
use crate::diagnostic::{Diagnostic, Span, has_errors, render};

/// A mappings directory on disk, and what reading it says, with `mappings` for its path.
struct Directory(tempfile::TempDir);

impl Directory {
    fn with(files: &[(&str, &[u8])]) -> Self {
        let directory = Self(tempfile::tempdir().unwrap());
        for (path, content) in files {
            let path = directory.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        directory
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn read(&self) -> (MappingFiles, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let files = read(self.path(), &Edits::new(), &mut diagnostics);
        (files, diagnostics)
    }

    fn messages(&self) -> String {
        let (files, diagnostics) = self.read();
        self.rendered(&files, &diagnostics)
    }

    fn rendered(&self, files: &MappingFiles, diagnostics: &[Diagnostic]) -> String {
        let path = self.path().display().to_string();
        render(diagnostics, &files.sources, false).replace(&path, "mappings")
    }
}

#[test]
fn files_are_read_in_the_order_of_their_paths() {
    let directory = Directory::with(&[
        ("vault.yaml", b"version: 1\n"),
        ("projects/b/z.yaml", b"id: 3\n"),
        ("projects/a.yaml", b"id: 1\n"),
        ("projects/b/deeper/a.yaml", b"id: 2\n"),
        ("projects/README.md", b"# Projects\n"),
        ("projects/.a.yaml.swp", b"\0"),
        ("policies/x.hcl", b""),
    ]);
    let (files, diagnostics) = directory.read();
    assert_eq!(diagnostics, []);
    let texts: Vec<_> = files
        .platform
        .iter()
        .chain(&files.projects)
        .map(|file| files.sources.text(*file))
        .collect();
    assert_eq!(texts, ["version: 1\n", "id: 1\n", "id: 2\n", "id: 3\n"]);
}

#[test]
fn a_platform_needs_no_projects() {
    let directory = Directory::with(&[("vault.yaml", b"version: 1\n")]);
    assert_eq!(directory.messages(), "");
}

#[test]
fn a_contract_may_be_absent_and_is_not_passed_over_in_any_other_form() {
    let platform: (&str, &[u8]) = ("vault.yaml", b"version: 1\n");
    let directory = Directory::with(&[platform, ("contract.yaml", b"version: 1\n")]);
    let (files, diagnostics) = directory.read();
    assert_eq!(diagnostics, []);
    assert_eq!(files.sources.text(files.contract.unwrap()), "version: 1\n");
    let (files, _) = Directory::with(&[platform]).read();
    assert!(files.contract.is_none());
    for file in ["contract.yml", "contract.yaml/x", "Contract.yaml"] {
        let directory = Directory::with(&[platform, (file, b"version: 1\n")]);
        assert_ne!(directory.messages(), "", "{file}");
    }
    let directory = Directory::with(&[platform]);
    std::os::unix::fs::symlink("nowhere", directory.path().join("contract.yaml")).unwrap();
    insta::assert_snapshot!(directory.messages(), @"
    error[missing-file]: there is no such file
    --> mappings/contract.yaml
     = help: create it, or correct its name
    ");
}

#[test]
fn what_windows_editors_write_is_read() {
    let directory = Directory::with(&[("vault.yaml", b"\xef\xbb\xbfversion: 1\r\n")]);
    let (files, diagnostics) = directory.read();
    assert_eq!(diagnostics, []);
    assert_eq!(
        files.sources.text(files.platform.unwrap()),
        "version: 1\r\n"
    );
}

#[test]
fn a_directory_that_is_not_there_is_named() {
    let directory = Directory::with(&[("file", b"")]);
    let mut diagnostics = Vec::new();
    let missing = read(
        &directory.path().join("missing"),
        &Edits::new(),
        &mut diagnostics,
    );
    insta::assert_snapshot!(directory.rendered(&missing, &diagnostics), @"
    error[missing-directory]: there is no such directory
    --> mappings/missing
     = help: name the directory that holds vault.yaml with `--mappings`
    ");
    diagnostics.clear();
    let file = read(
        &directory.path().join("file"),
        &Edits::new(),
        &mut diagnostics,
    );
    insta::assert_snapshot!(directory.rendered(&file, &diagnostics), @"
    error[not-a-directory]: this is not a directory
    --> mappings/file
     = help: name the directory that holds vault.yaml with `--mappings`
    ");
}

#[test]
fn files_that_look_like_mappings_are_not_passed_over() {
    let directory = Directory::with(&[
        ("vault.yml", b"version: 1\n"),
        ("stray.yaml", b"id: 1\n"),
        ("projects/a.yml", b"id: 1\n"),
        ("projects/b.YAML", b"id: 1\n"),
        ("projects/c.yaml.bak", b"id: 1\n"),
        ("projects/.d.yaml", b"id: 1\n"),
        ("projects/e.yaml/f.yaml", b"id: 1\n"),
        ("projects/g", b"id: 1\n"),
        ("projects/h.txt", b"id: 1\n"),
        ("projects/README.md", b"who may add files\n"),
        ("projects/CODEOWNERS", b"* @platform\n"),
    ]);
    insta::assert_snapshot!(directory.messages(), @"
    warning[ignored-file]: this file is not read
    --> mappings/projects/.d.yaml
     = help: rename it to end in `.yaml` if it is a project's file

    error[file-name]: mapping files end in `.yaml`
    --> mappings/projects/a.yml
     = help: rename it; it is not read under this name

    error[file-name]: mapping files end in `.yaml`
    --> mappings/projects/b.YAML
     = help: rename it; it is not read under this name

    warning[ignored-file]: this file is not read
    --> mappings/projects/c.yaml.bak
     = help: rename it to end in `.yaml` if it is a project's file

    error[not-a-file]: this is a directory with the name of a file
    --> mappings/projects/e.yaml
     = help: rename it; a project's file is expected under this name

    warning[ignored-file]: this file is not read
    --> mappings/projects/g
     = help: rename it to end in `.yaml` if it is a project's file

    warning[ignored-file]: this file is not read
    --> mappings/projects/h.txt
     = help: rename it to end in `.yaml` if it is a project's file

    warning[ignored-file]: this file is not read
    --> mappings/stray.yaml
     = help: move it below `projects` if it belongs to a project

    error[missing-file]: there is no such file
    --> mappings/vault.yaml
     = help: create it, or correct its name

    error[file-name]: mapping files end in `.yaml`
    --> mappings/vault.yml
     = help: rename it; it is not read under this name
    ");
}

#[test]
fn only_files_are_read_as_files() {
    let directory = Directory::with(&[("vault.yaml/x", b""), ("projects", b"")]);
    insta::assert_snapshot!(directory.messages(), @"
    error[not-a-directory]: this is not a directory
    --> mappings/projects
     = help: put one file for each project into a directory of this name

    error[not-a-file]: this is a directory, not a file
    --> mappings/vault.yaml
     = help: put a file in its place
    ");
}

#[test]
fn a_pipe_and_a_socket_are_not_waited_for() {
    let directory = Directory::with(&[("projects/a.yaml", b"id: 1\n")]);
    let socket = directory.path().join("projects/b.yaml");
    let _listener = std::os::unix::net::UnixListener::bind(socket).unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(directory.path().join("vault.yaml"))
        .status();
    assert!(made.unwrap().success());
    insta::assert_snapshot!(directory.messages(), @"
    error[not-a-file]: this is not a regular file
    --> mappings/projects/b.yaml
     = help: put a file in its place

    error[not-a-file]: this is not a regular file
    --> mappings/vault.yaml
     = help: put a file in its place
    ");
}

#[test]
fn links_are_followed_inside_of_the_directory_only() {
    let outside = Directory::with(&[
        ("secret.yaml", b"password\n"),
        ("projects/a.yaml", b"id: 1\n"),
    ]);
    let directory = Directory::with(&[
        ("shared/vault.yaml", b"version: 1\n"),
        ("projects/a.yaml", b"id: 1\n"),
    ]);
    let link = |target: &Path, name: &str| symlink(target, directory.path().join(name)).unwrap();
    link(Path::new("shared/vault.yaml"), "vault.yaml");
    link(&outside.path().join("secret.yaml"), "projects/secret.yaml");
    link(&outside.path().join("projects"), "projects/others");
    link(Path::new(".."), "projects/cycle");
    link(Path::new("self.yaml"), "projects/self.yaml");
    link(Path::new("nowhere"), "projects/dangling.yaml");
    insta::assert_snapshot!(directory.messages(), @"
    error[linked-directory]: symbolic links to directories are not followed
    --> mappings/projects/cycle
     = help: move the files here

    error[missing-file]: there is no such file
    --> mappings/projects/dangling.yaml
     = help: create it, or correct its name

    error[linked-directory]: symbolic links to directories are not followed
    --> mappings/projects/others
     = help: move the files here

    error[outside]: this path leads outside the mappings directory
    --> mappings/projects/secret.yaml
     = help: put the file into the mappings directory, and name it relative to that

    error[unreadable]: it cannot be read: Too many levels of symbolic links (os error 40)
    --> mappings/projects/self.yaml
     = help: check what it is and who may read it
    ");
}

#[test]
fn text_that_reads_differently_than_it_looks_is_refused() {
    let directory = Directory::with(&[
        ("vault.yaml", b"version: 1\n"),
        ("projects/bidi.yaml", "id: 1\n# \u{202e}nimda\n".as_bytes()),
        ("projects/latin1.yaml", b"id: 1\ndescription: \xe4\n"),
        ("projects/nul.yaml", b"id: 1\n\0environments: {}\n"),
        ("projects/old-mac.yaml", b"id: 1\rid: 2\r"),
        (
            "projects/second-mark.yaml",
            "id: 1\n\u{feff}id: 2\n".as_bytes(),
        ),
        ("projects/utf16.yaml", b"\xff\xfei\0d\0:\0"),
    ]);
    insta::assert_snapshot!(directory.messages(), @"
    error[hidden-character]: the file holds the hidden character U+202E
     --> mappings/projects/bidi.yaml:2:3
      |
    2 | # �nimda
      |   ^
      |
      = help: remove it; a reviewer cannot see it

    error[not-utf8]: this is not UTF-8: byte 19 is 0xE4
     --> mappings/projects/latin1.yaml:2:14
      |
    2 | description: �
      |              ^
      |
      = help: save it as UTF-8

    error[hidden-character]: the file holds the hidden character U+0000
     --> mappings/projects/nul.yaml:2:1
      |
    2 | ␀environments: {}
      | ^
      |
      = help: remove it; a reviewer cannot see it

    error[hidden-character]: the file holds the hidden character U+000D
     --> mappings/projects/old-mac.yaml:1:6
      |
    1 | id: 1␍id: 2
      |      ^
      |
      = help: save the file with the line endings of Unix or Windows

    error[hidden-character]: the file holds the hidden character U+FEFF
     --> mappings/projects/second-mark.yaml:2:1
      |
    2 | �id: 2
      | ^
      |
      = help: remove it; a reviewer cannot see it

    error[not-utf8]: this is not UTF-8: byte 0 is 0xFF
     --> mappings/projects/utf16.yaml:1:1
      |
    1 | ��i␀d␀:␀
      | ^
      |
      = help: save it as UTF-8; this looks like UTF-16
    ");
}

#[test]
fn size_is_bounded() {
    let directory = Directory::with(&[
        ("vault.yaml", &vec![b'#'; 8 << 20]),
        ("projects/large.yaml", &vec![b'#'; 10 << 20]),
    ]);
    insta::assert_snapshot!(directory.messages(), @"
    error[too-large]: the file is larger than 8 MiB
    --> mappings/projects/large.yaml
     = help: split it into one file for each project
    ");
}

#[test]
fn what_may_not_be_read_says_so() {
    let directory = Directory::with(&[("vault.yaml", b""), ("projects/a/b.yaml", b"")]);
    let path = directory.path().join("projects/a/b.yaml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&path).is_ok() {
        return; // The superuser may read everything.
    }
    insta::assert_snapshot!(directory.messages(), @"
    error[unreadable]: it cannot be read: Permission denied (os error 13)
    --> mappings/projects/a/b.yaml
     = help: check what it is and who may read it
    ");
}

#[test]
fn other_files_are_named_relative_to_the_directory() {
    let directory = Directory::with(&[
        ("vault.yaml", b"policies: {x: {file: policies/x.hcl}}\n"),
        ("policies/x.hcl", b"path \"x\" {}\n"),
    ]);
    let (mut files, mut diagnostics) = directory.read();
    let at = Span::new(files.platform.unwrap(), 21, 35);
    let mut read = |path| {
        let file = files.read_referenced(path, at, &mut diagnostics)?;
        Some(files.sources.text(file).to_owned())
    };
    assert_eq!(read("policies/x.hcl").as_deref(), Some("path \"x\" {}\n"));
    for path in ["policies/y.hcl", "../x.hcl", "/etc/passwd", "policies", ""] {
        assert_eq!(read(path), None, "{path}");
    }
    insta::assert_snapshot!(directory.rendered(&files, &diagnostics), @"
    error[missing-file]: there is no such file
     --> mappings/vault.yaml:1:22
      |
    1 | policies: {x: {file: policies/x.hcl}}
      |                      ^^^^^^^^^^^^^^ named here
      |
      = help: create it, or correct its name

    error[not-a-file]: this is a directory, not a file
     --> mappings/vault.yaml:1:22
      |
    1 | policies: {x: {file: policies/x.hcl}}
      |                      ^^^^^^^^^^^^^^ named here
      |
      = help: put a file in its place

    error[outside]: this path leads outside the mappings directory
     --> mappings/vault.yaml:1:22
      |
    1 | policies: {x: {file: policies/x.hcl}}
      |                      ^^^^^^^^^^^^^^ named here
      |
      = help: put the file into the mappings directory, and name it relative to that
    ");
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in any::<Vec<u8>>()) {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("vault.yaml"), bytes).unwrap();
        let mut diagnostics = Vec::new();
        let files = read(directory.path(), &Edits::new(), &mut diagnostics);
        prop_assert_ne!(files.platform.is_some(), has_errors(&diagnostics));
    }
}
