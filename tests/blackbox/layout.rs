//! What the manifest and the pages say about the source code is true of it.

mod kinds;
mod names;
mod readme;
mod terms;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The dependencies in a section of Cargo.toml, each with the text after its name.
fn dependencies(section: &str) -> BTreeMap<String, String> {
    let manifest = read("Cargo.toml");
    let start = manifest.find(&format!("\n[{section}]\n")).unwrap() + 1;
    let lines = manifest[start..].lines().skip(1);
    let entries = lines.take_while(|line| !line.starts_with('['));
    let entries = entries.filter_map(|line| line.split_once(" = "));
    entries
        .map(|(name, rest)| (name.to_owned(), rest.to_owned()))
        .collect()
}

/// The features that a dependency is declared with.
fn features(declared: &str) -> Vec<&str> {
    let Some((_, list)) = declared.split_once("features = [") else {
        return Vec::new();
    };
    let list = list.split(']').next().unwrap();
    list.split(", ")
        .map(|name| name.trim_matches('"'))
        .collect()
}

/// The Rust files below a folder.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                rust_files(&path)
            } else {
                vec![path]
            }
        })
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .collect()
}

/// A source file without comments and tests.
fn program(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = text.lines();
    let code = lines.map(|line| line.split("//").next().unwrap());
    code.collect::<Vec<_>>().join("\n")
}

fn is_test(path: &Path) -> bool {
    let mut parts = path.iter();
    path.ends_with("tests.rs") || parts.any(|part| part == "tests")
}

/// The text of the program, and of all that is compiled for its tests.
fn texts() -> (String, String) {
    let sources = rust_files(&root().join("src"));
    let (tests, programs): (Vec<_>, Vec<_>) = sources
        .into_iter()
        .partition(|path| is_test(path.strip_prefix(root()).unwrap()));
    let in_program: String = programs.iter().map(|path| program(path)).collect();
    let outside = tests
        .into_iter()
        .chain(programs)
        .chain(rust_files(&root().join("tests")));
    let all = outside.map(|path| fs::read_to_string(path).unwrap());
    (in_program, all.collect())
}

#[test]
fn every_dependency_is_used() {
    let (program, all) = texts();
    for (section, text) in [("dependencies", &program), ("dev-dependencies", &all)] {
        for name in dependencies(section).keys() {
            let name = name.replace('-', "_");
            let is_used = ["::", "!", " as ", ";"]
                .iter()
                .any(|after| text.contains(&format!("{name}{after}")));
            assert!(is_used, "{name} in [{section}] is not used");
        }
    }
}

/// The other features have no name in the code: `macros` and `rt` are in every `#[tokio::main]`.
#[test]
fn every_feature_of_tokio_is_used() {
    let (program, _) = texts();
    for feature in features(&dependencies("dependencies")["tokio"]) {
        let is_used = program.contains(&format!("tokio::{feature}"));
        assert!(
            is_used || ["macros", "rt"].contains(&feature),
            "tokio's {feature} is not used"
        );
    }
}

/// The modules that `src/main.rs` declares.
fn modules() -> BTreeSet<String> {
    let main = read("src/main.rs");
    let declared = main.lines().filter_map(|line| line.strip_prefix("mod "));
    let names: BTreeSet<String> = declared
        .map(|name| name.trim_end_matches(';').to_owned())
        .collect();
    assert!(names.len() > 10);
    names
}

/// What is in backticks in the first cells of the table below a heading.
fn first_cells(page: &str, heading: &str, header: &str) -> BTreeSet<String> {
    let text = read(page);
    let section = text.split(&format!("\n## {heading}\n")).nth(1).unwrap();
    let table = section.split(header).nth(1).unwrap();
    let rows = table
        .lines()
        .skip(1)
        .take_while(|line| line.starts_with('|'));
    let cells = rows.map(|row| row.split('|').nth(1).unwrap().to_owned());
    cells
        .flat_map(|cell| {
            let quoted = cell.split('`').skip(1).step_by(2);
            quoted.map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn the_design_describes_every_module_and_no_other() {
    let described = first_cells(
        "docs/design.md",
        "How the data flows",
        "| module | what it knows | what it does not |",
    );
    assert_eq!(described, modules());
}

#[test]
fn the_design_explains_dependencies_that_there_are() {
    let manifest = read("Cargo.toml");
    for name in first_cells("docs/design.md", "Crates", "| crate | for | and not |") {
        let is_declared =
            manifest.contains(&format!("\n{name} = ")) || manifest.contains(&format!("\"{name}\""));
        assert!(is_declared, "{name} is not in Cargo.toml");
    }
}

#[test]
fn the_readme_names_every_module_where_it_is() {
    let named = first_cells("README.md", "How the code is laid out", "| where | what |");
    for path in &named {
        assert!(root().join(path).exists(), "{path} does not exist");
    }
    for module in modules() {
        let (file, folder) = (format!("src/{module}.rs"), format!("src/{module}/"));
        assert!(
            named.contains(&file) || named.contains(&folder),
            "README.md does not name src/{module}"
        );
    }
}

/// The top-level modules that a module's own code names.
fn uses(module: &str) -> BTreeSet<String> {
    let file = root().join(format!("src/{module}.rs"));
    let folder = root().join(format!("src/{module}"));
    let mut files: Vec<PathBuf> = file.exists().then_some(file).into_iter().collect();
    if folder.exists() {
        files.extend(rust_files(&folder));
    }
    let texts = files
        .iter()
        .filter(|path| !is_test(path.strip_prefix(root()).unwrap()))
        .map(|path| program(path));
    let mut used = BTreeSet::new();
    for text in texts {
        for rest in text.split("crate::").skip(1) {
            let name = rest
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .next();
            used.extend(name.map(str::to_owned));
        }
    }
    used.remove(module);
    used
}

#[test]
fn no_two_modules_use_each_other() {
    let mut uses: BTreeMap<String, BTreeSet<String>> = modules()
        .into_iter()
        .map(|module| (module.clone(), uses(&module)))
        .collect();
    // A module that uses none of those that are left is in no circle.
    while let Some(free) = uses
        .iter()
        .find(|(_, used)| used.iter().all(|name| !uses.contains_key(name)))
        .map(|(module, _)| module.clone())
    {
        uses.remove(&free);
    }
    assert!(uses.is_empty(), "these use each other: {uses:#?}");
}
