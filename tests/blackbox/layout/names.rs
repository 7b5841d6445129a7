//! A name has one meaning in the crate.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use syn::visit::{self, Visit};
use syn::{Attribute, Ident, Item};

use super::{is_test, root, rust_files};

/// The names of the types that a file declares outside of tests and functions.
#[derive(Default)]
struct Declared(Vec<String>);

impl Declared {
    fn add(&mut self, name: &Ident) {
        self.0.push(name.to_string());
    }

    /// Adds the types that a macro's text declares by name: `enum Kind {`.
    fn add_from(&mut self, text: &str) {
        let words: Vec<&str> = text.split_whitespace().collect();
        let declared = words.windows(3).filter(|words| {
            matches!(words[0], "struct" | "enum") && matches!(words[2], "{" | "<" | "(")
        });
        self.0.extend(declared.map(|words| words[1].to_owned()));
    }
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Path>()
                .is_ok_and(|path| path.is_ident("test"))
    })
}

impl<'ast> Visit<'ast> for Declared {
    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            Item::Struct(item) => self.add(&item.ident),
            Item::Enum(item) => self.add(&item.ident),
            Item::Trait(item) => self.add(&item.ident),
            Item::Type(item) => self.add(&item.ident),
            Item::Mod(module) if !is_for_tests(&module.attrs) => {
                visit::visit_item_mod(self, module)
            }
            Item::Macro(item) => self.add_from(&item.mac.tokens.to_string()),
            _ => {}
        }
    }
}

/// The files that are compiled for tests only, by the `mod` that declares them.
fn test_modules(path: &std::path::Path, syntax: &syn::File) -> Vec<std::path::PathBuf> {
    let folder = match path.file_stem().and_then(|stem| stem.to_str()) {
        Some("mod" | "main") => path.parent().unwrap().to_path_buf(),
        _ => path.with_extension(""),
    };
    syntax
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Mod(module) if is_for_tests(&module.attrs) => Some(module.ident.to_string()),
            _ => None,
        })
        .map(|name| folder.join(name))
        .collect()
}

#[test]
fn a_type_name_has_one_meaning() {
    let paths = rust_files(&root().join("src"));
    let files = paths
        .into_iter()
        .filter(|path| !is_test(path.strip_prefix(root()).unwrap()))
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let syntax = syn::parse_file(&text).unwrap();
            (path, syntax)
        });
    let files: Vec<_> = files.collect();
    let for_tests = files
        .iter()
        .flat_map(|(path, file)| test_modules(path, file));
    let for_tests: BTreeSet<_> = for_tests.collect();
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, syntax) in &files {
        let outside = path.with_extension("");
        if for_tests.iter().any(|module| outside.starts_with(module)) {
            continue;
        }
        let mut declared = Declared::default();
        declared.visit_file(syntax);
        for name in declared.0 {
            let place = path.strip_prefix(root()).unwrap().display().to_string();
            places.entry(name).or_default().push(place);
        }
    }
    assert!(places.len() > 300, "{} types were found", places.len());
    places.retain(|_, places| places.len() > 1);
    let lines = places
        .iter()
        .map(|(name, places)| format!("{name}: {}", places.join(", ")));
    let lines: Vec<_> = lines.collect();
    assert!(
        lines.is_empty(),
        "names with more than one type:\n{}",
        lines.join("\n")
    );
}
