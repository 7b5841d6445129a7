//! Claims with the values that they may have.

use crate::diagnostic::{Code, Diagnostic};
use crate::value::{BoundClaims, ClaimValue};
use crate::yaml::{Node, item_span};

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
            diagnostics.push(
                Diagnostic::error(
                    Code::ClaimType,
                    format!("GitLab's claims are strings, so {shown} never matches"),
                    item_span(node, [key, claim.as_str()], json),
                )
                .with_help(help),
            );
        }
    }
}
