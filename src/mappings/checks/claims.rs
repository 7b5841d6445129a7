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
    let mut check = |claim: &ClaimPath<'_>, span: Span, may_be_list: bool| {
        if let Some((problem, help)) = claim.unfit(may_be_list) {
            let error = Diagnostic::error(Code::UnknownClaim, problem, span).with_help(help);
            let written = claim.written;
            let nearest = GitLabClaim::nearest(written);
            let is_misspelt = GitLabClaim::named(written).is_none() && is_close(written, nearest);
            diagnostics.push(if is_misspelt {
                error.mended_by(nearest)
            } else {
                error
            });
        }
    };
    if !role.user_claim.is_empty() {
        let claim = ClaimPath {
            written: &role.user_claim,
            may_be_pointer: role.user_claim_json_pointer,
        };
        check(&claim, value_span(node, ["user_claim"]), false);
    }
    if !role.groups_claim.is_empty() {
        let claim = ClaimPath::new(&role.groups_claim);
        check(&claim, value_span(node, ["groups_claim"]), true);
    }
    for claim in role.bound_claims.keys() {
        let place = key_span(node, ["bound_claims", claim]);
        check(&ClaimPath::new(claim), place, true);
    }
    for claim in role.claim_mappings.keys() {
        let place = key_span(node, ["claim_mappings", claim]);
        check(&ClaimPath::new(claim), place, false);
    }
}

/// The name of a claim, or a JSON pointer to it or into it, which begins with `/`.
struct ClaimPath<'a> {
    written: &'a str,
    /// Whether Vault reads a `/` at the start as a pointer here.
    may_be_pointer: bool,
}

impl<'a> ClaimPath<'a> {
    const fn new(written: &'a str) -> Self {
        Self {
            written,
            may_be_pointer: true,
        }
    }

    /// Why it is useless, and what to write instead.
    fn unfit(&self, may_be_list: bool) -> Option<(String, String)> {
        let written = self.written;
        let pointer = written.strip_prefix('/').filter(|_| self.may_be_pointer);
        let (name, leads_inside) = match pointer {
            Some(pointer) => match pointer.split_once('/') {
                Some((name, _)) => (name, true),
                None => (pointer, false),
            },
            None => (written, false),
        };
        match GitLabClaim::named(name).map(|claim| claim.shape) {
            Some(ClaimShape::Text) if leads_inside => Some((
                format!("GitLab's claim `{name}` is a string, which has nothing inside"),
                format!("write `{name}`"),
            )),
            Some(ClaimShape::Text) => None,
            Some(ClaimShape::TextList) if may_be_list => None,
            // What a list of objects has inside depends on the user or the pipeline.
            Some(_) if leads_inside => None,
            Some(_) => Some((
                format!("GitLab's claim `{written}` is not a text"),
                "write another claim, such as `project_id`".into(),
            )),
            None => Some((
                format!("GitLab's JWTs have no claim `{written}`"),
                self.similar(name),
            )),
        }
    }

    fn similar(&self, name: &str) -> String {
        let plain = name.trim_start_matches('/');
        match plain.split_once('/') {
            Some((first, _)) if GitLabClaim::named(first).is_some() => {
                format!("write `/{plain}`: a path into a claim begins with `/`")
            }
            _ => format!("write `{}`", GitLabClaim::nearest(plain)),
        }
    }
}
