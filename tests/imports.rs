//! The files of `src/` depend on each other in one direction: no chain of imports leads back to where it began.
//!
//! An import through a `mod.rs` counts as an import of the file that defines the name, so that a re-export is no
//! dependence of its own. What is compiled for tests only is left out.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, Macro, UseTree, Visibility};

/// The path of a module from the crate's root; empty for the root.
type Module = Vec<String>;

/// What one file says of others.
#[derive(Default)]
struct File {
    name: String,
    imports: Vec<Import>,
    /// Paths in the code with at least two segments, and names in macros.
    paths: BTreeSet<Vec<String>>,
    /// The first segments of all paths in the code.
    used: BTreeSet<String>,
    /// Its modules for tests.
    tests: BTreeSet<String>,
    /// How many modules inside the file surround the code that is visited.
    depth: usize,
}

struct Import {
    path: Vec<String>,
    name: String,
    is_exported: bool,
}

struct Crate(BTreeMap<Module, File>);

impl Crate {
    /// Files by their paths below `src/`.
    fn parse<'a>(sources: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let files = sources.into_iter().map(|(name, text)| {
            let mut file = File {
                name: name.to_owned(),
                ..File::default()
            };
            let syntax =
                syn::parse_file(text).unwrap_or_else(|error| panic!("src/{name}: {error}"));
            file.visit_file(&syntax);
            (module_of(name), file)
        });
        let mut files: BTreeMap<Module, File> = files.collect();
        let tests = files.iter().flat_map(|(module, file)| {
            file.tests
                .iter()
                .map(|name| [module.as_slice(), std::slice::from_ref(name)].concat())
        });
        let tests: Vec<Module> = tests.collect();
        files.retain(|module, _| !tests.iter().any(|test| module.starts_with(test)));
        Self(files)
    }

    /// The module that defines what a path in `from` names; `None` for another crate.
    fn resolve(&self, from: &[String], path: &[String], hops: usize) -> Option<Module> {
        let (first, rest) = path.split_first()?;
        let child = |module: &[String], name: &String| {
            let child = [module, std::slice::from_ref(name)].concat();
            self.0.contains_key(&child).then_some(child)
        };
        let (mut module, mut rest) = match first.as_str() {
            "crate" => (Module::new(), rest),
            "self" => (from.to_vec(), rest),
            "super" => (from.split_last()?.1.to_vec(), rest),
            _ => match child(from, first) {
                Some(child) => (child, rest),
                None => (self.imported(from, first, hops)?, rest),
            },
        };
        while let Some((name, more)) = rest.split_first() {
            if name == "super" {
                module.pop();
            } else if let Some(child) = child(&module, name) {
                module = child;
            } else {
                // A re-export leads on; else the item is defined here.
                return Some(self.imported(&module, name, hops).unwrap_or(module));
            }
            rest = more;
        }
        Some(module)
    }

    /// The module that defines what a file imports by this name.
    fn imported(&self, module: &[String], name: &str, hops: usize) -> Option<Module> {
        let hops = hops.checked_sub(1)?;
        let import = self
            .0
            .get(module)?
            .imports
            .iter()
            .clone()
            .find(|import| import.name == name)?;
        self.resolve(module, &import.path, hops)
    }

    /// The files that each file depends on.
    fn dependences(&self) -> BTreeMap<&Module, BTreeSet<Module>> {
        const HOPS: usize = 16;
        let of = |(module, file): (&'_ Module, &'_ File)| {
            // A name that a file only passes on is not used in it.
            file.imports
                .iter()
                .filter(|import| !import.is_exported || file.used.contains(&import.name))
                .map(|import| &import.path)
                .chain(&file.paths)
                .filter_map(|path| self.resolve(module, path, HOPS))
                .filter(|other| other != module)
                .collect::<BTreeSet<_>>()
        };
        self.0.iter().map(|entry| (entry.0, of(entry))).collect()
    }

    /// The groups of files each of which leads to all others of its group, with what leads to what.
    fn circles(&self) -> Vec<String> {
        let dependences = self.dependences();
        let reachable = |start: &Module| {
            let mut found = BTreeSet::new();
            let mut open = vec![start.clone()];
            while let Some(module) = open.pop() {
                let next = dependences[&module].iter();
                open.extend(next.filter(|next| found.insert((*next).clone())).cloned());
            }
            found
        };
        let reachable: BTreeMap<&Module, BTreeSet<Module>> = self
            .0
            .keys()
            .map(|module| (module, reachable(module)))
            .collect();
        let mut circles = BTreeSet::new();
        for (module, reached) in reachable
            .iter()
            .filter(|(module, reached)| reached.contains(**module))
        {
            let circle = reached
                .iter()
                .filter(|other| reachable[other].contains(*module));
            circles.insert(circle.collect::<BTreeSet<_>>());
        }
        let name = |module: &Module| self.0[module].name.as_str();
        circles
            .iter()
            .map(|circle| {
                circle
                    .iter()
                    .map(|module| {
                        let inside = dependences[*module]
                            .iter()
                            .filter(|other| circle.contains(other));
                        let inside: Vec<&str> = inside.map(name).collect();
                        format!("  {} -> {}", name(module), inside.join(", "))
                    })
                    .collect::<Vec<_>>()
                    .join("\n")
            })
            .collect()
    }
}

fn module_of(name: &str) -> Module {
    let name = name.strip_suffix(".rs").expect("a Rust file");
    let name = name.strip_suffix("/mod").unwrap_or(name);
    match name {
        "main" => Module::new(),
        name => name.split('/').map(str::to_owned).collect(),
    }
}

/// The path as it reads outside the modules inside the file, of which `super` leads out first.
fn seen_from_file(mut path: Vec<String>, depth: usize) -> Vec<String> {
    let supers = path
        .iter()
        .take(depth)
        .take_while(|name| *name == "super")
        .count();
    if supers > 0 {
        path.splice(..supers, ["self".to_owned()]);
        // `self::super::x` is `super::x`.
        if path.get(1).is_some_and(|name| name == "super") {
            path.remove(0);
        }
    }
    path
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Path>()
                .is_ok_and(|path| path.is_ident("test"))
    })
}

impl File {
    fn import(&mut self, before: &[String], tree: &UseTree, is_exported: bool) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        let depth = self.depth;
        let mut add = |path: Vec<String>, name: String| {
            let path = seen_from_file(path, depth);
            // `use super::x::{self}` imports the module.
            let path = match path.split_last() {
                Some((last, module)) if last == "self" && !module.is_empty() => module.to_vec(),
                _ => path,
            };
            let name = match name.as_str() {
                "self" => path.last().cloned().unwrap_or_default(),
                _ => name,
            };
            self.imports.push(Import {
                path,
                name,
                is_exported,
            });
        };
        match tree {
            UseTree::Path(path) => self.import(&with(&path.ident), &path.tree, is_exported),
            UseTree::Name(name) => add(with(&name.ident), name.ident.to_string()),
            UseTree::Rename(rename) => add(with(&rename.ident), rename.rename.to_string()),
            UseTree::Glob(_) => add(before.to_vec(), "*".to_owned()),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(before, tree, is_exported);
                }
            }
        }
    }
}

impl<'ast> Visit<'ast> for File {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Mod(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            Item::Const(item) => &item.attrs,
            _ => return visit::visit_item(self, item),
        };
        match item {
            Item::Mod(module) if is_for_tests(attributes) => {
                self.tests.insert(module.ident.to_string());
            }
            _ if is_for_tests(attributes) => {}
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        self.depth += 1;
        visit::visit_item_mod(self, module);
        self.depth -= 1;
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let is_exported = !matches!(item.vis, Visibility::Inherited);
        self.import(&[], &item.tree, is_exported);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string());
        let segments: Vec<String> = segments.collect();
        self.used.insert(segments[0].clone());
        if segments.len() > 1 {
            self.paths.insert(seen_from_file(segments, self.depth));
        }
        visit::visit_path(self, path);
    }

    /// What a macro makes of its input is not known; every name and path in it counts.
    fn visit_macro(&mut self, mac: &'ast Macro) {
        let text = mac.tokens.to_string().replace(" :: ", "::");
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':');
        for word in text.split(|c: char| !is_part(c)) {
            let segments: Vec<String> = word.split("::").map(str::to_owned).collect();
            if segments
                .iter()
                .any(|segment| segment.is_empty() || segment.contains(':'))
            {
                continue;
            }
            self.used.insert(segments[0].clone());
            if segments.len() > 1 {
                self.paths.insert(seen_from_file(segments, self.depth));
            }
        }
        visit::visit_macro(self, mac);
    }
}

fn sources(folder: &Path, prefix: &str, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            sources(&path, &format!("{prefix}{name}/"), found);
        } else if name.ends_with(".rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((format!("{prefix}{name}"), text));
        }
    }
}

#[test]
fn no_import_in_the_source_leads_back_to_where_it_began() {
    let mut found = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    sources(&folder, "", &mut found);
    let texts = found
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()));
    let circles = Crate::parse(texts).circles();
    assert!(
        circles.is_empty(),
        "{} circles of imports in src/:\n\n{}",
        circles.len(),
        circles.join("\n\n")
    );
}

#[test]
fn a_circle_is_found_whichever_way_it_is_written() {
    let root = ("main.rs", "mod a; mod b;");
    let b = |text| ("b.rs", text);
    let to_b = (
        "a/mod.rs",
        "mod c; pub(crate) use c::C; use crate::b::B; fn f(b: B) {}",
    );
    let c = ("a/c.rs", "pub(crate) struct C;");
    let cases = [
        ("use crate::a::D;", "  a/mod.rs -> b.rs\n  b.rs -> a/mod.rs"),
        (
            "use crate::{a::{self, C}};",
            "  a/mod.rs -> b.rs\n  b.rs -> a/mod.rs",
        ),
        (
            "fn f() { super::a::g() }",
            "  a/mod.rs -> b.rs\n  b.rs -> a/mod.rs",
        ),
        (
            "fn f() { log!(x = crate::a::g()) }",
            "  a/mod.rs -> b.rs\n  b.rs -> a/mod.rs",
        ),
        (
            "mod d { use super::super::a::D; }",
            "  a/mod.rs -> b.rs\n  b.rs -> a/mod.rs",
        ),
        ("pub(crate) struct D; mod d { use super::D; }", ""),
        // What `a` only passes on is not in it.
        ("use crate::a::C;", ""),
        ("fn f() -> crate::a::C {}", ""),
        ("#[cfg(test)] mod tests { use crate::a::D; }", ""),
        ("// crate::a::D\nconst A: &str = \"crate::a::D\";", ""),
    ];
    for (text, expected) in cases {
        let circles = Crate::parse([root, to_b, c, b(text)]).circles();
        assert_eq!(circles.join("\n"), expected, "{text}");
    }
}
