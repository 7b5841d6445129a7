//! `bound_claims.environment` in a copy of a JWT role: GitLab's names of the environment in place of its name in Vault.

use super::placeholder;
use crate::diagnostic::{Code, Diagnostic};
use crate::value::EnvironmentGlob;
use crate::yaml::{Entry, Node, Value};

/// The claims that a role asks for.
pub(super) const BOUND_CLAIMS: &str = "bound_claims";
/// The claim, and the placeholder that stands for it.
pub(super) const ENVIRONMENT: &str = "environment";
/// How a role compares claims with its bounds: `string` or `glob`.
const CLAIMS_TYPE: &str = "bound_claims_type";
const GLOB: &str = "glob";

/// The role with GitLab's names where `bound_claims` has `environment: "{environment}"`.
pub(super) fn bind(
    role: &Entry,
    globs: &[EnvironmentGlob],
    diagnostics: &mut Vec<Diagnostic>,
) -> Entry {
    let mut role = role.clone();
    let claims = role.value.entry_mut(BOUND_CLAIMS);
    let Some(claim) = claims.and_then(|claims| claims.value.entry_mut(ENVIRONMENT)) else {
        return role;
    };
    let Some(bound) = bound(&claim.value, globs) else {
        return role;
    };
    claim.value = bound;
    if globs.iter().any(EnvironmentGlob::is_glob) {
        compare_as_globs(&mut role, diagnostics);
    }
    role
}

/// The values of the claim, one or a list, with each placeholder replaced by each of the names.
fn bound(claim: &Node, globs: &[EnvironmentGlob]) -> Option<Node> {
    let given = match claim.text() {
        Some(_) => std::slice::from_ref(claim),
        None => claim.items(),
    };
    let mut is_bound = false;
    let mut values = Vec::new();
    for value in given {
        let names = globs.iter().filter_map(|glob| {
            let text = placeholder::fill(value.text()?, ENVIRONMENT, glob.as_str())?;
            Some(Node::string(text, value.span))
        });
        let before = values.len();
        values.extend(names);
        is_bound |= values.len() > before;
        if values.len() == before {
            values.push(value.clone());
        }
    }
    let value = match values.as_mut_slice() {
        [one] => one.clone(),
        _ => Node {
            value: Value::Sequence(values),
            span: claim.span,
        },
    };
    is_bound.then_some(value)
}

/// A role compares all of its claims as globs, or none of them. No other claim of a GitLab JWT contains a `*`.
fn compare_as_globs(role: &mut Entry, diagnostics: &mut Vec<Diagnostic>) {
    match role.value.entry(CLAIMS_TYPE) {
        Some(given) if given.value.text() == Some(GLOB) => {}
        Some(given) => diagnostics.push(
            Diagnostic::error(
                Code::ForEach,
                "an entry of `mappings.environments` has a glob, and this role compares claims as they are",
                given.value.span,
            )
            .with_help("write `bound_claims_type: glob`, or leave it out"),
        ),
        None => {
            let value = Node::string(GLOB.into(), role.value.span);
            role.value.set(Entry {
                key: CLAIMS_TYPE.into(),
                key_span: role.key_span,
                value,
            });
        }
    }
}
