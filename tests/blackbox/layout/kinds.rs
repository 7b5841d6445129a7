//! Adding a kind of resource takes what docs/design.md says, and no `match` over kinds.

use std::fs;
use std::path::Path;

use syn::parse::{ParseStream, Parser};
use syn::visit::{self, Visit};
use syn::{Arm, ExprLet, Local, Macro, Pat, Token};

use super::{is_test, read, root, rust_files};

/// The patterns of a file that name a kind.
#[derive(Default)]
struct KindPatterns(usize);

impl KindPatterns {
    fn look_at(&mut self, pattern: &Pat) {
        struct Paths(bool);
        impl<'ast> Visit<'ast> for Paths {
            fn visit_path(&mut self, path: &'ast syn::Path) {
                let mut names = path.segments.iter().rev().skip(1);
                self.0 |= names.next().is_some_and(|segment| segment.ident == "Kind");
            }
        }
        let mut paths = Paths(false);
        paths.visit_pat(pattern);
        self.0 += usize::from(paths.0);
    }
}

impl<'ast> Visit<'ast> for KindPatterns {
    fn visit_arm(&mut self, arm: &'ast Arm) {
        self.look_at(&arm.pat);
        visit::visit_arm(self, arm);
    }

    /// `if let` and `while let`.
    fn visit_expr_let(&mut self, expression: &'ast ExprLet) {
        self.look_at(&expression.pat);
        visit::visit_expr_let(self, expression);
    }

    /// `let … else`.
    fn visit_local(&mut self, local: &'ast Local) {
        self.look_at(&local.pat);
        visit::visit_local(self, local);
    }

    /// `matches!`, whose second argument is a pattern.
    fn visit_macro(&mut self, call: &'ast Macro) {
        if call.path.is_ident("matches") {
            let arguments = |input: ParseStream<'_>| {
                input.parse::<syn::Expr>()?;
                input.parse::<Token![,]>()?;
                let pattern = Pat::parse_multi_with_leading_vert(input)?;
                skip_rest(input)?;
                Ok(pattern)
            };
            if let Ok(pattern) = arguments.parse2(call.tokens.clone()) {
                self.look_at(&pattern);
            }
        }
    }
}

/// Skips what follows the pattern of `matches!`.
fn skip_rest(input: ParseStream<'_>) -> syn::Result<()> {
    input.step(|cursor| {
        let mut rest = *cursor;
        while let Some((_, next)) = rest.token_tree() {
            rest = next;
        }
        Ok(((), rest))
    })
}

fn kind_patterns(text: &str) -> usize {
    let mut patterns = KindPatterns::default();
    patterns.visit_file(&syn::parse_file(text).unwrap());
    patterns.0
}

#[test]
fn every_form_of_a_match_over_kinds_is_found() {
    for body in [
        "match kind { Kind::AwsRole => 1, _ => 0 }",
        "match (kind, 1) { (super::Kind::AwsRole | Kind::Policy, _) => 1, _ => 0 }",
        "if let Kind::AwsRole = kind {}",
        "while let Some(Kind::AwsRole) = next() {}",
        "let Kind::AwsRole = kind else { return };",
        "matches!(kind, Kind::AwsRole | Kind::Policy)",
        "matches!(kind, Kind::AwsRole if true)",
    ] {
        assert!(kind_patterns(&format!("fn f() {{ {body} }}")) > 0, "{body}");
    }
    for body in [
        "match error.kind() { ErrorKind::NotFound => 1, _ => 0 }",
        "kind == Kind::AwsRole",
        "matches!(change, ChangeKind::Gain)",
    ] {
        assert_eq!(kind_patterns(&format!("fn f() {{ {body} }}")), 0, "{body}");
    }
}

#[test]
fn no_match_is_over_kinds_outside_of_resources() {
    let sources = root().join("src");
    let outside = |path: &Path| {
        let path = path.strip_prefix(&sources).unwrap();
        !path.starts_with("resource") && !is_test(path)
    };
    for path in rust_files(&sources).iter().filter(|path| outside(path)) {
        let patterns = kind_patterns(&fs::read_to_string(path).unwrap());
        assert_eq!(
            patterns,
            0,
            "{}: ask the kind in place of a `match` over kinds",
            path.display()
        );
    }
}

#[test]
fn what_the_design_names_about_adding_a_kind_exists() {
    let design = read("docs/design.md");
    let (_, section) = design
        .split_once("\n## Adding a kind of resource\n")
        .unwrap();
    let section = section.split("\n## ").next().unwrap();
    let folders = ["src", "tests"].map(|folder| rust_files(&root().join(folder)));
    let code: String = folders
        .iter()
        .flatten()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    let (mut paths, mut names) = (0, 0);
    for quoted in section.split('`').skip(1).step_by(2) {
        if quoted.contains(' ') {
            continue;
        }
        if quoted.contains('/') || quoted.ends_with(".rs") {
            let in_resources = root().join("src/resource").join(quoted);
            assert!(
                root().join(quoted).exists() || in_resources.exists(),
                "{quoted} does not exist"
            );
            paths += 1;
        } else {
            assert!(code.contains(quoted), "no code has {quoted}");
            names += 1;
        }
    }
    assert!(paths > 6 && names > 4, "{paths} paths, {names} names");
}
