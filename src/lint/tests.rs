//! Each lint on the files that are shipped, with the one mistake that it is for.

mod cases;
mod mends;
mod rules;
mod values;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use tempfile::TempDir;

use super::check::{LINTS, check};
use crate::diagnostic::{Diagnostic, Severity, has_errors, render};
use crate::mappings::{self, Loaded};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const PLATFORM: &str = "vault.yaml";
const SOMEPROJECT: &str = "projects/somenamespace/someproject.yaml";
const WEBSITE: &str = "projects/somenamespace/website.yaml";

/// A file, a text in it, and what stands in its place.
type Edit = (&'static str, &'static str, &'static str);

/// The files of projects may allow a lint.
const PERMIT: Edit = (
    PLATFORM,
    "mappings:\n",
    "mappings:\n  project_allows: [shared-arn]\n",
);

/// `ALIAS` in an edit.
const ALIAS: &str = "identity.entity.aliases.${auth.gitlab.accessor}.metadata";

/// The shipped files with edits.
fn load(edits: &[Edit]) -> (TempDir, Loaded) {
    let folder = tempfile::tempdir().unwrap();
    copy(&Path::new(ROOT).join("mappings"), folder.path());
    for (file, from, to) in edits {
        let path = folder.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from:?}");
        fs::write(path, text.replace(from, &to.replace("ALIAS", ALIAS))).unwrap();
    }
    let loaded = mappings::load(folder.path(), SystemTime::now());
    (folder, loaded)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let copied = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &copied)
        } else {
            fs::copy(&path, &copied).map(|_| ()).unwrap()
        }
    }
}

fn names(diagnostics: &[Diagnostic]) -> BTreeSet<&str> {
    diagnostics.iter().map(|found| found.code.name()).collect()
}

#[test]
fn the_shipped_files_give_nothing_to_object_to() {
    let (_folder, loaded) = load(&[]);
    let found = check(&loaded);
    assert!(
        found.is_empty(),
        "{}",
        render(&found, &loaded.sources, false)
    );
}

#[test]
fn each_mistake_is_found_and_nothing_else() {
    for (edits, expected) in cases::all() {
        let (_folder, loaded) = load(edits);
        let shown = render(&loaded.diagnostics, &loaded.sources, false);
        assert!(!has_errors(&loaded.diagnostics), "{edits:?}\n{shown}");
        let found = check(&loaded);
        assert!(
            found
                .iter()
                .all(|found| found.severity == Severity::Warning)
        );
        let expected: BTreeSet<&str> = expected.iter().copied().collect();
        let shown = render(&found, &loaded.sources, false);
        assert_eq!(names(&found), expected, "{edits:?}\n{shown}");
    }
}

#[test]
fn each_lint_has_a_case_and_a_line_in_the_documentation() {
    let documentation = fs::read_to_string(Path::new(ROOT).join("docs/lints.md")).unwrap();
    let tried: BTreeSet<&str> = cases::all()
        .flat_map(|(_, names)| *names)
        .copied()
        .collect();
    for name in LINTS
        .iter()
        .map(|lint| lint.code.name())
        .chain(["refused-allow", "unused-allow"])
    {
        assert!(tried.contains(name), "{name} has no case");
        let section = format!("[{name}](messages/{name}.md)");
        assert!(
            documentation.contains(&section),
            "docs/lints.md lacks {name}"
        );
    }
}

#[test]
fn what_is_allowed_is_allowed_in_its_place_only() {
    let shared: Edit = (
        WEBSITE,
        "123456789012:role/website",
        "123456789012:role/gitlab-service-role",
    );
    let allow = "allow: {shared-arn: both deploy the same stack}\n";
    for (edit, expected) in [
        ((WEBSITE, "id: 412\n", format!("id: 412\n{allow}")), None),
        (
            (
                WEBSITE,
                "dev: arn:aws:iam::123456789012:role/gitlab-service-role",
                format!(
                    "dev:\n    role_arn: arn:aws:iam::123456789012:role/gitlab-service-role\n    {allow}"
                ),
            ),
            None,
        ),
        (
            (SOMEPROJECT, "id: 365\n", format!("id: 365\n{allow}")),
            Some(["shared-arn", "unused-allow"]),
        ),
        (
            (PLATFORM, "mappings:\n", format!("mappings:\n  {allow}")),
            Some(["shared-arn", "unused-allow"]),
        ),
    ] {
        let (file, from, to) = edit;
        let to: &'static str = to.leak();
        let (_folder, loaded) = load(&[shared, PERMIT, (file, from, to)]);
        let found = check(&loaded);
        let expected = expected.into_iter().flatten().collect();
        assert_eq!(names(&found), expected, "{to}");
    }
}

#[test]
fn what_is_allowed_needs_a_reason() {
    for (written, message) in [
        ("allow: {open-role: }", "expected a string, found nothing"),
        ("allow: {open-role: \"\"}", "a reason is missing"),
        (
            "allow: [open-role]",
            "expected a mapping of lints to reasons, found a list",
        ),
        (
            "allow: open-role",
            "expected a mapping of lints to reasons, found a string",
        ),
    ] {
        let edit = (
            PLATFORM,
            "allow: {open-role: gitlab-tools is for every project}",
            written,
        );
        let (_folder, loaded) = load(&[edit]);
        let messages: Vec<_> = loaded
            .diagnostics
            .iter()
            .map(|found| &found.message)
            .collect();
        assert_eq!(messages, [message], "{written}");
    }
}
