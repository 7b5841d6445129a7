//! Files that nobody writes on purpose: an error each, in time, and no panic.

use std::os::unix::fs::symlink;

use super::{PLATFORM, PROJECT, good, mistakes};
use crate::support::{Mappings, Tool};

/// The first line of each message.
fn titles(said: &str) -> Vec<&str> {
    let is_title = |line: &&str| line.starts_with("error") || line.starts_with("warning");
    said.lines().filter(is_title).collect()
}

#[test]
fn strange_bytes_are_refused_where_they_are() {
    let cases: [(&str, &[u8]); 12] = [
        ("empty", b""),
        ("only a byte order mark", b"\xef\xbb\xbf"),
        ("only comments", b"# nothing\n"),
        ("a tab", b"project: a/b\n\tid: 1\n"),
        ("not UTF-8", b"project: a/\xff\n"),
        ("UTF-16", b"\xff\xfep\0r\0o\0"),
        ("NUL", b"project: a/b\0\n"),
        ("old Mac", b"project: a/b\rid: 1\r"),
        ("an escape", b"project: \x1b[31m\n"),
        ("text direction", "project: a/b # \u{202e}\n".as_bytes()),
        ("a cycle", b"&a [*a]\n"),
        ("a binary", b"\x7fELF\x02\x01\x01"),
    ];
    let mut said = String::new();
    for (name, bytes) in cases {
        let mappings = good();
        mappings.write("projects/strange.yaml", bytes);
        said += &format!("{name}\n");
        for title in titles(&mistakes(&mappings)) {
            said += &format!("    {title}\n");
        }
    }
    insta::assert_snapshot!(said, @"
    empty
        error[empty-file]: the file is empty
        error: 1 error in the files; nothing was done
    only a byte order mark
        error[empty-file]: the file is empty
        error: 1 error in the files; nothing was done
    only comments
        error[empty-file]: the file is empty
        error: 1 error in the files; nothing was done
    a tab
        error[syntax]: a tab cannot indent in YAML
        error: 1 error in the files; nothing was done
    not UTF-8
        error[not-utf8]: this is not UTF-8: byte 11 is 0xFF
        error: 1 error in the files; nothing was done
    UTF-16
        error[not-utf8]: this is not UTF-8: byte 0 is 0xFF
        error: 1 error in the files; nothing was done
    NUL
        error[hidden-character]: the file holds the hidden character U+0000
        error: 1 error in the files; nothing was done
    old Mac
        error[hidden-character]: the file holds the hidden character U+000D
        error: 1 error in the files; nothing was done
    an escape
        error[hidden-character]: the file holds the hidden character U+001B
        error: 1 error in the files; nothing was done
    text direction
        error[hidden-character]: the file holds the hidden character U+202E
        error: 1 error in the files; nothing was done
    a cycle
        error[anchor]: anchors (`&name`) are not allowed
        error[wrong-type]: expected a mapping, found a list
        error[alias]: aliases (`*name`) are not allowed
        error: 3 errors in the files; nothing was done
    a binary
        error[hidden-character]: the file holds the hidden character U+007F
        error: 1 error in the files; nothing was done
    ");
}

#[test]
fn what_windows_writes_is_read() {
    let mappings = good();
    mappings.write(
        "vault.yaml",
        format!("\u{feff}{}", PLATFORM.replace('\n', "\r\n")),
    );
    mappings.write(
        "projects/team/app.yaml",
        format!("\u{feff}{}", PROJECT.replace('\n', "\r\n")),
    );
    Tool::offline(&mappings)
        .run(["validate"])
        .assert()
        .success();
}

#[test]
fn huge_files_end_soon() {
    let many = |line: &dyn Fn(usize) -> String| (0..100_000).map(line).collect::<String>();
    let arn = "arn:aws:iam::123456789012:role/app";
    let cases: [(&str, String); 7] = [
        ("10 MB", "# a comment\n".repeat(10_000_000 / 12)),
        ("deep flow", "[".repeat(1_000_000)),
        (
            "deep block",
            (0..2000)
                .map(|depth| format!("{}a:\n", " ".repeat(depth)))
                .collect(),
        ),
        (
            "one long line",
            format!("project: {}\nid: 1\n", "a".repeat(5_000_000)),
        ),
        ("many wrong keys", many(&|n| format!("key{n}: 1\n"))),
        ("many equal keys", many(&|_| "id: 1\n".into())),
        (
            "many wrong environments",
            format!(
                "project: a/b\nid: 1\nenvironments:\n{}",
                many(&|n| format!("  e{n}: {}\n", if n % 1000 == 0 { "x" } else { arn }))
            ),
        ),
    ];
    for (name, text) in cases {
        let mappings = good();
        mappings.write("projects/huge.yaml", text);
        let said = mistakes(&mappings);
        assert!(
            !titles(&said).is_empty() && said.len() < 100_000,
            "{name}: {} bytes",
            said.len()
        );
    }
}

#[test]
fn many_keys_are_accepted() {
    let many = |line: &dyn Fn(usize) -> String| (0..10_000).map(line).collect::<String>();
    let arn = "arn:aws:iam::123456789012:role";
    let mappings = good();
    let roles = many(&|n| format!("      r{n}: {{role_arns: {arn}/r{n}}}\n"));
    mappings.replace(
        "vault.yaml",
        "      tools: {",
        &format!("{roles}      tools: {{"),
    );
    mappings.append(
        "projects/team/app.yaml",
        &many(&|n| format!("  e{n}: {arn}/e{n}\n")),
    );
    Tool::offline(&mappings)
        .run(["validate"])
        .assert()
        .success();
}

#[test]
fn only_regular_files_in_the_folder_are_read() {
    let mappings = good();
    let projects = mappings.path().join("projects");
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("x.yaml"), PROJECT).unwrap();
    std::fs::create_dir(projects.join("folder.yaml")).unwrap();
    symlink(".", projects.join("circle")).unwrap();
    symlink("self.yaml", projects.join("self.yaml")).unwrap();
    symlink("nowhere.yaml", projects.join("dangling.yaml")).unwrap();
    symlink(outside.path().join("x.yaml"), projects.join("outside.yaml")).unwrap();
    symlink("/dev/zero", projects.join("zero.yaml")).unwrap();
    insta::assert_snapshot!(mistakes(&mappings), @"
    error[linked-directory]: symbolic links to directories are not followed
    --> mappings/projects/circle
     = help: move the files here

    error[missing-file]: there is no such file
    --> mappings/projects/dangling.yaml
     = help: create it, or correct its name

    error[not-a-file]: this is a directory with the name of a file
    --> mappings/projects/folder.yaml
     = help: rename it; a project's file is expected under this name

    error[outside]: this path leads outside the mappings directory
    --> mappings/projects/outside.yaml
     = help: put the file into the mappings directory, and name it relative to that

    error[unreadable]: it cannot be read: Too many levels of symbolic links (os error 40)
    --> mappings/projects/self.yaml
     = help: check what it is and who may read it

    error[outside]: this path leads outside the mappings directory
    --> mappings/projects/zero.yaml
     = help: put the file into the mappings directory, and name it relative to that

    error: 6 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    ");
}

#[test]
fn a_folder_in_place_of_the_platform_is_named() {
    let mappings = Mappings::empty();
    mappings.write("vault.yaml/x", "");
    insta::assert_snapshot!(mistakes(&mappings), @"
    error[not-a-file]: this is a directory, not a file
    --> mappings/vault.yaml
     = help: put a file in its place

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    ");
}
