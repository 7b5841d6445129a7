//! Claims, and the values that they may have.

use crate::diagnostic::{Code, Diagnostic, Span};
use crate::resource::JwtRole;
use crate::value::{BoundClaims, ClaimShape, ClaimValue, GitLabClaim};
use crate::yaml::{Node, is_close, item_span, key_span, value_span};

/// GitLab's claims are strings: anything else would never match. `node` has the claims under `key`.
pub(super) fn check_types(
    claims: &BoundClaims,
    node: &Node,
    key: &str,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for (claim, values) in claims {
        for value in values.iter() {
            let ClaimValue::Other(json) = value else {
                continue;
            };
            let is_structure = json.starts_with(['{', '[']) || json == "null";
            let (shown, help) = if is_structure {
                ("this", "write a string, or a list of strings".to_owned())
            } else {
                (
                    &*format!("`{json}` without quotes"),
                    format!("write \"{json}\""),
                )
            };
            let error = Diagnostic::error(
                Code::ClaimType,
                format!("GitLab's claims are strings, so {shown} never matches"),
                item_span(node, [key, claim.as_str()], json),
            )
            .with_help(help);
            let given = node.at([key, claim.as_str()]);
            let is_written = given.is_some_and(|given| {
                let items = given.items().iter().chain([given]);
                items
                    .into_iter()
                    .any(|item| item.text() == Some(json.as_str()))
            });
            diagnostics.push(if is_written && !is_structure {
                error.mended_by(format!("\"{json}\""))
            } else {
                error
            });
        }
    }
}

/// Reports claims of a role that GitLab's JWTs lack, or whose values Vault can neither compare nor keep.
pub(super) fn check_names(role: &JwtRole, node: &Node, diagnostics: &mut Vec<Diagnostic>) {
    let mut check = |claim: &str, span: Span, may_be_list: bool| {
        if let Some((problem, help)) = unfit(claim, may_be_list) {
            let error = Diagnostic::error(Code::UnknownClaim, problem, span).with_help(help);
            let nearest = GitLabClaim::nearest(claim);
            let is_misspelt = GitLabClaim::named(claim).is_none() && is_close(claim, nearest);
            diagnostics.push(if is_misspelt {
                error.mended_by(nearest)
            } else {
                error
            });
        }
    };
    if !role.user_claim.is_empty() {
        check(&role.user_claim, value_span(node, ["user_claim"]), false);
    }
    for claim in role.bound_claims.keys() {
        check(claim, key_span(node, ["bound_claims", claim]), true);
    }
    for claim in role.claim_mappings.keys() {
        check(claim, key_span(node, ["claim_mappings", claim]), false);
    }
}

/// Why a claim is useless, and what to write instead.
fn unfit(claim: &str, may_be_list: bool) -> Option<(String, String)> {
    // A JSON pointer with more than one step leads to something inside a claim.
    let name = claim.strip_prefix('/').unwrap_or(claim);
    if name.contains('/') {
        return None;
    }
    match GitLabClaim::named(name).map(|claim| claim.shape) {
        Some(ClaimShape::Text) => None,
        Some(ClaimShape::TextList) if may_be_list => None,
        Some(_) => Some((
            format!("GitLab's claim `{claim}` is not a text"),
            "write another claim, such as `project_id`".into(),
        )),
        None => Some((
            format!("GitLab's JWTs have no claim `{claim}`"),
            format!("write `{}`", GitLabClaim::nearest(name)),
        )),
    }
}
