//! The references `${auth.P.accessor}`, `${auth.P.path}` and `${secrets.P.path}`.

use std::ops::Range;

use super::checks::declares;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::yaml::Node;

const KNOWN: &str = "write `${auth.PATH.accessor}`, `${auth.PATH.path}` or `${secrets.PATH.path}`";

/// The place and the content of each `${…}` in a text.
fn find(text: &str) -> impl Iterator<Item = (Range<usize>, Inner<'_>)> {
    text.match_indices("${").map(|(start, _)| {
        let rest = &text[start + 2..];
        let length = rest.find(['}', '$', '"', '\n']).unwrap_or(rest.len());
        let is_closed = rest[length..].starts_with('}');
        let end = start + 2 + length + usize::from(is_closed);
        let inner = if is_closed {
            Inner::Closed(&rest[..length])
        } else {
            Inner::Open(&rest[..length])
        };
        (start..end, inner)
    })
}

/// What follows `${`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inner<'t> {
    /// Up to the `}`.
    Closed(&'t str),
    /// What there is, without a `}`.
    Open(&'t str),
}

/// Fills in the paths of mounts. Accessors, which only Vault knows, are filled in later.
pub(super) fn fill_paths(text: &str) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut copied = 0;
    for (range, inner) in find(text) {
        let mount = match inner {
            Inner::Closed(inner) => inner
                .strip_prefix("auth.")
                .or_else(|| inner.strip_prefix("secrets.")),
            Inner::Open(_) => None,
        };
        let path = mount.and_then(|mount| mount.strip_suffix(".path"));
        if let Some(path) = path {
            filled.push_str(&text[copied..range.start]);
            filled.push_str(path);
            copied = range.end;
        }
    }
    filled.push_str(&text[copied..]);
    filled
}

/// Reports references in a policy's text to mounts that are not declared. `span_of` gives the place of a part of the text.
pub(super) fn check(
    text: &str,
    root: &Node,
    span_of: impl Fn(Range<usize>) -> Span,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for (range, inner) in find(text) {
        let problem = match inner {
            Inner::Closed(inner) => problem(inner, root),
            Inner::Open(_) => Some(("this `${` is never closed".into(), KNOWN.into())),
        };
        if let Some((problem, help)) = problem {
            diagnostics
                .push(Diagnostic::error(Code::Reference, problem, span_of(range)).with_help(help));
        }
    }
}

fn problem(inner: &str, root: &Node) -> Option<(String, String)> {
    let auth = inner.strip_prefix("auth.");
    let auth_path = auth.and_then(|rest| {
        rest.strip_suffix(".accessor")
            .or_else(|| rest.strip_suffix(".path"))
    });
    let secrets_path = inner
        .strip_prefix("secrets.")
        .and_then(|rest| rest.strip_suffix(".path"));
    match (auth_path, secrets_path) {
        (Some(path), _) if declares(root, "auth", path) => None,
        (_, Some(path)) if declares(root, "secrets", path) => None,
        (Some(path), _) => Some((
            format!("these files have no auth mount `{path}`"),
            known("auth", root),
        )),
        (_, Some(path)) => Some((
            format!("these files have no secrets mount `{path}`"),
            known("secrets", root),
        )),
        _ => Some((format!("`${{{inner}}}` is not a reference"), KNOWN.into())),
    }
}

fn known(section: &str, root: &Node) -> String {
    let mounts = root.at([section]).map(Node::entries).unwrap_or_default();
    let mounts: Vec<String> = mounts
        .iter()
        .map(|mount| format!("`{}`", mount.key))
        .collect();
    match mounts.as_slice() {
        [] => format!("add it under `{section}`"),
        [one] => format!("write {one}, or add it under `{section}`"),
        [_, _, _, _, _, _, ..] => format!("write the path of one that is under `{section}`"),
        _ => format!(
            "write one of {}, or add it under `{section}`",
            mounts.join(", ")
        ),
    }
}

/// References are filled in the texts of policies only: elsewhere they would reach Vault as they are.
pub(super) fn report_outside_policies(root: &Node, diagnostics: &mut Vec<Diagnostic>) {
    let mut report = |text: &str, span: Span| {
        let mut references = find(text).map(|(_, inner)| match inner {
            Inner::Closed(inner) | Inner::Open(inner) => inner,
        });
        if references.any(|inner| inner.starts_with("auth.") || inner.starts_with("secrets.")) {
            diagnostics.push(
                Diagnostic::error(
                    Code::Reference,
                    "`${…}` is filled in the rules of policies only",
                    span,
                )
                .with_help("write the value here, such as the path of the mount"),
            );
        }
    };
    for section in ["auth", "secrets", "mappings", "unmanaged", "removed"] {
        if let Some(node) = root.at([section]) {
            node.visit_texts(&mut report);
        }
    }
    let policies = root.at(["policies"]).map(Node::entries).unwrap_or_default();
    policies
        .iter()
        .for_each(|policy| report(&policy.key, policy.key_span));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_filled_and_accessors_wait() {
        let text = "${secrets.team/aws.path}/sts/{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.project_id}}";
        let filled =
            "team/aws/sts/{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.project_id}}";
        assert_eq!(fill_paths(text), filled);
        assert_eq!(
            fill_paths("auth/${auth.gitlab.path}/role/${x"),
            "auth/gitlab/role/${x"
        );
    }

    #[test]
    fn what_is_never_closed_ends_where_the_next_begins() {
        let found: Vec<_> = find("${a/${b}\"${c\"}").collect();
        let expected = [
            (0..4, Inner::Open("a/")),
            (4..8, Inner::Closed("b")),
            (9..12, Inner::Open("c")),
        ];
        assert_eq!(found, expected);
    }
}
