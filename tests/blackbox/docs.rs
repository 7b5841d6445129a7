//! Every example of README.md and docs/: each code block is run on real servers, in the order of its page.
//!
//! The words after a block's three backticks say what it is:
//! - `console`: bash runs what follows `$ `. What stands below is what it must print, where something stands there;
//!   a line `…` is for any lines. A command must succeed, unless `$ echo $?` comes next.
//! - `yaml FILE`: is a project's file, or keys for `vault.yaml`; the files must be valid with it.
//! - `yaml .gitlab-ci.yml`: its jobs are run, as jobs of the project 365.
//! - `text FILE`, `json FILE`: is the text of this file.
//! - `text`: is a drawing.
//!
//! A comment in HTML that begins with `console` is run too: it prepares what the page's next blocks start from.
//! A page starts with the files of `mappings/`, an empty Vault and a token that may do everything there.

mod block;
mod job;
mod session;

use std::fs;
use std::path::PathBuf;

use self::block::{blocks, headings, links};
use self::session::Session;
use crate::support::{Mappings, Tool, stdout};

/// The blocks that are not run: page, first line, and why.
const NOT_RUN: [(&str, &str, &str); 3] = [
    (
        "README.md",
        "$ dev/demo     # an empty Vault becomes what mappings/ says, and a job gets AWS credentials",
        "dev/test runs this test",
    ),
    (
        "docs/from-terraform.md",
        "$ glab api --paginate 'projects?simple=true&per_page=100' > projects.json",
        "needs GitLab's own CLI and its list of projects, which follows on the page",
    ),
    ("docs/from-terraform.md", "removed {", "is for Terraform"),
];

/// The page that the program itself prints.
const FILES: &str = "docs/files.md";

/// Where the tests write the outputs that they find, in place of comparing them.
const UPDATE: &str = "UPDATE_DOCS";

#[test]
fn every_example_runs_and_prints_what_the_page_shows() {
    let printed = page_of_the_files();
    compare(FILES, &read(FILES), &printed);
    for page in pages() {
        let text = read(&page);
        compare(&page, &text, &run(&page, &text));
    }
}

#[test]
fn every_mapping_of_the_files_has_an_example() {
    let page = page_of_the_files();
    let sections = page.split("\n## `").flat_map(|part| part.split("\n### `"));
    for section in sections.skip(1) {
        assert!(section.contains("\n```yaml mappings/"), "{section}");
    }
}

#[test]
fn every_link_leads_somewhere() {
    for page in pages() {
        let text = read(&page);
        for link in links(&text) {
            let (file, heading) = link.split_once('#').unwrap_or((&link, ""));
            if file.contains("://") {
                continue;
            }
            let target = match file {
                "" => root().join(&page),
                file => root().join(&page).parent().unwrap().join(file),
            };
            assert!(target.exists(), "{page}: {link}");
            if !heading.is_empty() {
                let headings = headings(&fs::read_to_string(target).unwrap());
                assert!(
                    headings.contains(heading),
                    "{page}: {link} is not one of {headings:#?}"
                );
            }
        }
    }
}

#[test]
fn every_exception_is_used() {
    for (page, line, _) in NOT_RUN {
        let text = read(page);
        let found = blocks(&text).iter().any(|block| block.starts_with(line));
        assert!(found, "{page} has no block that begins with {line:?}");
    }
}

/// The README and the pages of docs/.
fn pages() -> Vec<String> {
    let files = fs::read_dir(root().join("docs")).unwrap();
    let mut pages: Vec<_> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".md"))
        .map(|name| format!("docs/{name}"))
        .collect();
    pages.push("README.md".into());
    pages.sort();
    pages
}

fn read(page: &str) -> String {
    fs::read_to_string(root().join(page)).unwrap()
}

fn page_of_the_files() -> String {
    let tool = Tool::offline(&Mappings::empty());
    let run = tool.run(["schema", "--format", "markdown"]).assert();
    stdout(&run.success())
}

fn root() -> PathBuf {
    env!("CARGO_MANIFEST_DIR").into()
}

/// The page with the outputs that its commands have now.
fn run(page: &str, text: &str) -> String {
    let mut session = None;
    let mut result = String::new();
    let mut end = 0;
    for block in blocks(text) {
        if NOT_RUN
            .iter()
            .any(|(of, line, _)| *of == page && block.starts_with(line))
        {
            continue;
        }
        let session = session.get_or_insert_with(Session::start);
        let place = format!("{page}: {}", block.info);
        let content = match block.words().as_slice() {
            ["console"] => session.console(&place, block.content),
            ["yaml", ".gitlab-ci.yml"] => {
                job::run_all(session, &place, block.content);
                block.content.into()
            }
            ["yaml", file] => {
                session.put_yaml(&place, file, block.content);
                block.content.into()
            }
            ["text"] => block.content.into(),
            ["text" | "json", file] => {
                session.write(file, block.content);
                block.content.into()
            }
            _ => panic!(
                "{place}: what is this block? See tests/blackbox/docs.rs\n{}",
                block.content
            ),
        };
        result.push_str(&text[end..block.start]);
        result.push_str(&content);
        end = block.start + block.content.len();
    }
    result + &text[end..]
}

/// Compares a page with what it should be, or writes it.
pub(crate) fn compare(page: &str, text: &str, should: &str) {
    if text == should {
        return;
    }
    if std::env::var_os(UPDATE).is_some() {
        fs::write(root().join(page), should).unwrap();
        return;
    }
    let diff = similar::TextDiff::from_lines(text, should);
    panic!(
        "{page} is out of date; {UPDATE}=1 cargo test --test blackbox docs:: writes it anew\n{}",
        diff.unified_diff()
    );
}
