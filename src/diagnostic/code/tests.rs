//! Every code has a page, every page is true, and the index lists them all.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_yaml::Value;
use tempfile::TempDir;

use super::{Code, Topic};
use crate::mappings::Loaded;
use crate::resource::Accessors;
use crate::{contract, lint, mappings};

const HEADINGS: [&str; 4] = ["What it means", "Why it matters", "Example", "What to do"];

const TOPICS: [(Topic, &str); 10] = [
    (Topic::Yaml, "Files: YAML"),
    (Topic::Folder, "Files: the folder"),
    (Topic::Value, "Files: values"),
    (Topic::Configuration, "Files: what they declare"),
    (Topic::Contract, "The contract"),
    (Topic::Lint, "Lints"),
    (Topic::Plan, "Plan and apply"),
    (Topic::Vault, "Vault"),
    (Topic::GitLab, "GitLab"),
    (Topic::Command, "Commands"),
];

fn root() -> PathBuf {
    env!("CARGO_MANIFEST_DIR").into()
}

#[test]
fn every_code_has_a_name_of_its_own_that_is_its_variant_in_kebab_case() {
    let names: BTreeSet<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(names.len(), Code::ALL.len());
    for code in Code::ALL {
        let kebab = |c: char| {
            let dash = c.is_uppercase().then_some('-');
            dash.into_iter().chain([c.to_ascii_lowercase()])
        };
        let of_variant: String = format!("{code:?}")
            .chars()
            .flat_map(kebab)
            .skip(1)
            .collect();
        let of_variant = of_variant
            .replace("git-lab", "gitlab")
            .replace("u-t-f", "utf");
        assert_eq!(code.name(), of_variant);
    }
}

#[test]
fn every_page_belongs_to_a_code_and_has_the_headings_in_their_order() {
    for code in Code::ALL {
        let page = code.page();
        let title = format!("# {code}\n\n");
        assert!(page.starts_with(&title), "{code} has another title");
        let headings: Vec<&str> = page
            .lines()
            .filter_map(|line| line.strip_prefix("## "))
            .collect();
        assert_eq!(headings, HEADINGS, "{code}");
        for section in page.split("\n## ") {
            let (_, text) = section.split_once("\n\n").unwrap_or_default();
            assert!(text.trim().len() > 10, "{code}: {section:?} says nothing");
        }
        let example = page.split("\n## ").nth(3).unwrap();
        assert!(
            !files(example).is_empty() || example.contains(&format!("[{code}]: ")),
            "{code}: the example is neither files nor a message with this code"
        );
    }
    for file in fs::read_dir(root().join("docs/messages")).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let code = name.strip_suffix(".md").unwrap();
        assert!(
            code == "README" || Code::find(code).is_some(),
            "{name} has no code"
        );
    }
}

#[test]
fn the_index_lists_every_code_with_its_summary() {
    let mut index = String::from(
        "# Messages\n\n\
         Each message of vault-provisioner has a code: `error[stale-plan]: …`. `vault-provisioner --explain CODE` prints\n\
         the page of a code. This index is written by `UPDATE_DOCS=1 cargo test --bins diagnostic::code`.\n",
    );
    for (topic, title) in TOPICS {
        index.push_str(&format!("\n## {title}\n\n| code | meaning |\n|---|---|\n"));
        for code in Code::ALL.iter().filter(|code| code.topic() == topic) {
            let summary: Vec<&str> = code
                .page()
                .lines()
                .skip(2)
                .take_while(|line| !line.is_empty())
                .collect();
            index.push_str(&format!(
                "| [{code}]({code}.md) | {} |\n",
                summary.join(" ")
            ));
        }
    }
    let path = root().join("docs/messages/README.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &index).unwrap();
    }
    assert_eq!(fs::read_to_string(path).unwrap(), index);
}

#[test]
fn the_files_of_each_example_give_its_code_and_those_of_its_remedy_do_not() {
    let about_files = |code: &&Code| {
        let topics = [
            Topic::Yaml,
            Topic::Folder,
            Topic::Value,
            Topic::Configuration,
            Topic::Contract,
            Topic::Lint,
        ];
        topics.contains(&code.topic())
    };
    let mut tried = 0;
    for code in Code::ALL.iter().filter(about_files) {
        let sections: Vec<&str> = code.page().split("\n## ").collect();
        let (example, remedy) = (files(sections[3]), files(sections[4]));
        if !example.is_empty() {
            assert!(
                codes(&example).contains(code),
                "the example gives {:?}, not {code}",
                codes(&example)
            );
            tried += 1;
        }
        if !remedy.is_empty() {
            assert!(
                !codes(&remedy).contains(code),
                "the remedy gives {code} still"
            );
        }
    }
    assert!(tried > 50, "only {tried} examples were tried");
}

/// The files of a section: the blocks that begin with the word `yaml` and a path.
fn files(section: &str) -> Vec<(&str, &str)> {
    section
        .split("```yaml ")
        .skip(1)
        .filter_map(|block| {
            let (path, rest) = block.split_once('\n')?;
            Some((path, rest.split_once("```")?.0))
        })
        .collect()
}

/// What `validate` reports for the platform that is shipped, with these files.
fn codes(files: &[(&str, &str)]) -> Vec<Code> {
    let folder = tempfile::tempdir().unwrap();
    let loaded = load(&folder, files);
    let found = lint::check(&loaded);
    let proved = loaded
        .desired
        .iter()
        .map(|desired| contract::check(&loaded, desired, &desired.resources, &Accessors::new()));
    let broken: Vec<_> = proved
        .flat_map(|proved| proved.diagnostics().cloned().collect::<Vec<_>>())
        .collect();
    loaded
        .diagnostics
        .iter()
        .chain(&found)
        .chain(&broken)
        .map(|found| found.code)
        .collect()
}

fn load(folder: &TempDir, files: &[(&str, &str)]) -> Loaded {
    let shipped = root().join("mappings");
    fs::copy(shipped.join("vault.yaml"), folder.path().join("vault.yaml")).unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, merged(&path, text)).unwrap();
    }
    mappings::load(folder.path(), SystemTime::now())
}

/// A text with the keys of `vault.yaml` that it does not name.
fn merged(path: &Path, text: &str) -> String {
    if !path.ends_with("vault.yaml") {
        return text.to_owned();
    }
    let mut base: Value = serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    merge(&mut base, serde_yaml::from_str(text).unwrap());
    serde_yaml::to_string(&base).unwrap()
}

fn merge(base: &mut Value, over: Value) {
    match (base, over) {
        (Value::Mapping(base), Value::Mapping(over)) => {
            for (key, value) in over {
                match base.get_mut(&key) {
                    Some(there) => merge(there, value),
                    None => drop(base.insert(key, value)),
                }
            }
        }
        (base, over) => *base = over,
    }
}
