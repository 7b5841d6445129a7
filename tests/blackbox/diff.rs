//! `diff`: who gains and who loses access between folders and revisions of real Git repositories.

mod owners;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::Value;

use crate::support::{Mappings, Tool, commit, git, stderr, stdout};

const WEBSITE: &str = "projects/somenamespace/website.yaml";

/// A repository with the shipped files below `config/mappings`, committed once.
struct Repository {
    tool: Tool,
}

impl Repository {
    fn new() -> Self {
        let (mappings, tool) = (Mappings::shipped(), Tool::offline(&Mappings::empty()));
        let path = std::env::var("PATH").unwrap();
        let tool = tool.with_env("PATH", &path);
        fs::remove_file(tool.home().join("mappings")).unwrap();
        let repository = Self { tool };
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        copy(mappings.path(), &repository.folder());
        repository.commit("First");
        repository
    }

    fn folder(&self) -> std::path::PathBuf {
        self.tool.home().join("config/mappings")
    }

    fn git(&self, arguments: &[&str]) {
        git(self.tool.home(), arguments);
    }

    fn commit(&self, message: &str) {
        commit(self.tool.home(), message);
    }

    fn replace(&self, file: &str, from: &str, to: &str) {
        let path = self.folder().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(path, text.replace(from, to)).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> assert_cmd::Command {
        self.tool
            .run([&["--mappings", "config/mappings", "diff"], arguments].concat())
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let run = self
            .run(&[arguments, &["--format", "json"]].concat())
            .assert()
            .success();
        serde_json::from_str(&stdout(&run)).unwrap()
    }

    /// What changes, each with who and what.
    fn changes(&self, arguments: &[&str]) -> Vec<String> {
        let json = self.json(arguments);
        let changes = json["access"].as_array().unwrap().iter();
        let words =
            changes.map(|one| format!("{} {} {}", one["change"], one["who"], one["identities"]));
        words.map(|words| words.replace('"', "")).collect()
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let copied = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &copied);
        } else {
            fs::copy(&path, &copied).unwrap();
        }
    }
}

#[test]
fn revisions_and_folders_are_compared_in_each_direction() {
    let repository = Repository::new();
    repository.git(&["tag", "first"]);
    repository.replace(WEBSITE, "role/website\n  prod", "role/newsite\n  prod");
    repository.commit("Second");
    repository.replace(
        "vault.yaml",
        "        protected_bound_claims: {ref_protected: \"true\", environment_action: start}\n",
        "",
    );
    repository.replace("vault.yaml", "    prod: {protected: true}\n", "");
    let dev = "project 412 (somenamespace/website), environment dev, any branch or tag";
    let new = format!("gain {dev} [arn:aws:iam::123456789012:role/newsite]");
    let old = format!("loss {dev} [arn:aws:iam::123456789012:role/website]");
    assert_eq!(
        repository.changes(&["first", "HEAD"]),
        [new.clone(), old.clone()]
    );
    assert_eq!(repository.changes(&["first", "main"]), [new, old]);
    let back = repository.changes(&["main", "first"]);
    assert!(
        back[0].contains("role/website") && back[0].starts_with("gain"),
        "{back:?}"
    );
    let open = repository.changes(&["HEAD"]);
    assert!(
        open.len() == 2 && open.iter().all(|one| one.contains("that is not protected")),
        "{open:#?}"
    );
    assert_eq!(repository.changes(&["HEAD~1"]).len(), 4);
    assert_eq!(
        repository.changes(&["first", "first"]),
        Vec::<String>::new()
    );
    let copied = repository.tool.home().join("copy");
    copy(&repository.folder(), &copied);
    assert_eq!(repository.changes(&["copy"]), Vec::<String>::new());
    assert_eq!(repository.changes(&["HEAD", "copy"]), open);
    repository
        .run(&["HEAD", "--detailed-exitcode"])
        .assert()
        .code(2);
    repository
        .run(&["copy", "--detailed-exitcode"])
        .assert()
        .code(0);
    let said = stdout(&repository.run(&["first", "--"]).assert().success());
    assert!(
        said.starts_with("Access, from first:config/mappings ("),
        "{said}"
    );
    assert!(
        said.contains(&format!(
            "\n+ {dev}: arn:aws:iam::123456789012:role/newsite\n"
        )),
        "{said}"
    );
    let said = stdout(
        &repository
            .run(&["copy", "--format", "markdown"])
            .assert()
            .success(),
    );
    assert!(
        said.starts_with("**Nobody gains or loses access from `copy` to `config/mappings`**"),
        "{said}"
    );
    let mut page = repository.run(&["first", "--format", "html"]);
    let page = stdout(&page.assert().success());
    for part in [
        "<dt>Old</dt><dd>commit ".to_owned(),
        "<dt>New</dt><dd>the folder config/mappings</dd>".to_owned(),
        format!("<span class=\"added\">+ {dev}: arn:aws:iam::123456789012:role/newsite</span>"),
    ] {
        assert!(page.contains(&part), "{part}: {page}");
    }
}

#[test]
fn mistakes_of_an_old_revision_are_reported_and_the_rest_is_compared() {
    let repository = Repository::new();
    repository.replace(
        WEBSITE,
        "  prod: arn:aws:iam::123456789013:role/website",
        "  prod: no-arn",
    );
    repository.commit("With a mistake");
    repository.replace(
        WEBSITE,
        "  prod: no-arn",
        "  prod: arn:aws:iam::123456789013:role/website",
    );
    let run = repository.run(&["HEAD"]).assert().success();
    let (said, told) = (stdout(&run), stderr(&run));
    assert!(
        told.contains("warning[invalid-value]") && told.contains("HEAD:config/mappings/projects"),
        "{told}"
    );
    assert!(
        said.contains("what has errors there (1 error) is not compared"),
        "{said}"
    );
    assert!(
        said.contains("\n+ project 412 (somenamespace/website), environment prod"),
        "{said}"
    );
    assert_eq!(repository.json(&["HEAD"])["errors_in_old"], 1);
    repository.run(&["HEAD~1", "HEAD"]).assert().code(1);
}

#[test]
fn an_invalid_revision_is_refused_with_a_reason() {
    let repository = Repository::new();
    let large = vec![b'#'; 9 << 20];
    fs::write(repository.folder().join("projects/large.yaml"), large).unwrap();
    symlink(
        "/etc/passwd",
        repository.folder().join("projects/link.yaml"),
    )
    .unwrap();
    symlink(
        "somenamespace/website.yaml",
        repository.folder().join("projects/inside.yaml"),
    )
    .unwrap();
    repository.commit("With what is not read");
    fs::remove_file(repository.folder().join("projects/large.yaml")).unwrap();
    fs::remove_file(repository.folder().join("projects/link.yaml")).unwrap();
    fs::remove_file(repository.folder().join("projects/inside.yaml")).unwrap();
    let told = stderr(&repository.run(&["HEAD"]).assert().success());
    for code in [
        "warning[too-large]",
        "warning[outside]",
        "warning[duplicate-project]",
    ] {
        assert!(told.contains(code), "{code}: {told}");
    }
    for name in ["nothing", "HEAD~30", "--output=x", "HEAD..main", "config"] {
        let told = stderr(&repository.run(&["--", name]).assert().code(1));
        assert!(told.contains("error"), "{name}: {told}");
    }
    repository.git(&["rm", "--quiet", "-r", "--cached", "config"]);
    repository.git(&["commit", "--quiet", "--message", "None"]);
    let told = stderr(&repository.run(&["HEAD"]).assert().code(1));
    assert!(told.contains("error[no-revision]"), "{told}");
}

#[test]
fn the_header_says_whose_commits_are_compared() {
    let repository = Repository::new();
    let author = "Eve\u{1b}[31m`| /close <eve@example.com>";
    let date = "2026-01-02T03:04:05+01:00";
    let commit = ["commit", "--quiet", "--allow-empty", "--message", "Second"];
    repository.git(&[&commit[..], &["--author", author, "--date", date]].concat());
    let said = stdout(&repository.run(&["HEAD"]).assert().success());
    let mut lines = said.lines().skip(1);
    let (old, new) = (lines.next().unwrap(), lines.next().unwrap());
    assert!(
        old.starts_with("Old: commit ")
            && old.ends_with(r", by Eve\u{1b}[31m`| /close, 2026-01-02T03:04:05+01:00"),
        "{old}"
    );
    assert_eq!(new, "New: the folder config/mappings");
    let mut markdown = repository.run(&["HEAD", "HEAD~1", "--format", "markdown"]);
    let markdown = stdout(&markdown.assert().success());
    let old = markdown.lines().find(|line| line.contains("Old: commit"));
    assert!(
        old.is_some_and(|line| line.starts_with("``Old: ")),
        "{markdown}"
    );
    let json = repository.json(&["HEAD", "HEAD~1"]);
    assert_eq!(json["old_commit"]["author"], "Eve\u{1b}[31m`| /close");
    assert_eq!(json["new_commit"]["commit"].as_str().unwrap().len(), 40);
    assert_eq!(repository.json(&["HEAD"])["new_commit"], Value::Null);
}

#[test]
fn each_commit_is_named_with_its_author_and_what_it_changed() {
    let repository = Repository::new();
    repository.git(&["tag", "first"]);
    repository.git(&["checkout", "--quiet", "-b", "branch"]);
    repository.replace(WEBSITE, "role/website\n  prod", "role/newsite\n  prod");
    repository.git(&["add", "--all"]);
    let author = "--author=Ann & Co <ann@example.com>";
    repository.git(&["commit", "--quiet", author, "--message=New role"]);
    repository.git(&["checkout", "--quiet", "main"]);
    repository.replace("vault.yaml", "version: 1", "version: 1 # unchanged");
    repository.commit("A comment");
    repository.git(&["merge", "--quiet", "--no-ff", "--message=Merge", "branch"]);
    repository.replace(WEBSITE, "role/newsite\n", "role/newest\n");
    let html = ["first", "--by-commit", "--format", "html"];
    let text = stdout(&repository.run(&html[..2]).assert().success());
    let steps: Vec<&str> = text.split("\n\n").collect();
    assert_eq!(
        steps[0], "2 of 3 steps in the files changed who has access, or what is allowed.",
        "{text}"
    );
    assert!(steps[1].starts_with("commit "), "{text}");
    assert!(
        steps[1].contains(", by Ann & Co, merged by A, 20"),
        "{text}"
    );
    assert!(steps[1].contains("role/newsite"), "{text}");
    assert!(
        steps[2].starts_with("the folder config/mappings:\n") && steps[2].contains("role/newest"),
        "{text}"
    );
    assert!(steps[3].starts_with("Looked at: auth/gitlab"), "{text}");
    let page = stdout(&repository.run(&html).assert().success());
    assert!(page.contains("by Ann &amp; Co, merged by A"), "{page}");
    let json = repository.json(&["first", "HEAD", "--by-commit"]);
    assert_eq!(json["commits"].as_array().unwrap().len(), 1, "{json:#}");
    assert_eq!(json["without_change"], 1);
    repository
        .run(&["HEAD", "main", "--by-commit", "--detailed-exitcode"])
        .assert()
        .code(0);
    repository
        .run(&["config/mappings", "--by-commit"])
        .assert()
        .code(1);
}
