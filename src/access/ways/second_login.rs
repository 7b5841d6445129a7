//! Other logins that replace the metadata of a token's alias.
//!
//! See fact 1.4 of docs/access.md: the policies of a token come from its own login, and the metadata from the latest login
//! of its alias. An alias is a mount and a name, and the name does not tell which claim it came from.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::piece::{DirectiveValue, Piece};
use crate::access::jwts::Jwts;
use crate::access::login_role::LoginRole;
use crate::access::user_claim;

/// Roles of one mount whose logins set the same metadata, as far as some directives read it.
#[derive(Debug)]
pub(super) struct SourceGroup {
    /// The places of the roles.
    pub(super) members: Vec<usize>,
    /// The JWTs that any of the roles admits.
    pub(super) admitted: Rc<Jwts>,
}

/// Where the value of a directive comes from after a login, relative to its alias.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum ValueOrigin {
    /// The alias's name, which is the same for all of its logins.
    Name,
    /// Another claim, which may differ between logins.
    Claim(String),
    /// A constant of the role, something that no login changes, or nothing.
    Fixed(DirectiveValue),
}

/// Groups the roles of a mount by the metadata that their logins set for the directives.
pub(super) fn groups(
    roles: &[LoginRole<'_>],
    admitted: &[Rc<Jwts>],
    mount: &str,
    directives: &BTreeSet<&str>,
) -> Vec<SourceGroup> {
    let mut groups: BTreeMap<(&str, Vec<DirectiveValue>), Vec<usize>> = BTreeMap::new();
    let of_mount = roles
        .iter()
        .enumerate()
        .filter(|(_, role)| role.mount == mount);
    for (place, role) in of_mount {
        let values = directives
            .iter()
            .map(|one| role.directive_value(one))
            .collect();
        groups
            .entry((user_claim(role.role), values))
            .or_default()
            .push(place);
    }
    groups
        .into_values()
        .map(|members| SourceGroup {
            admitted: Rc::new(
                members
                    .iter()
                    .flat_map(|member| admitted[*member].bounds().iter().cloned())
                    .collect(),
            ),
            members,
        })
        .collect()
}

/// Whether a login with `other` sets the same metadata as the login with `own` did, for every job.
pub(super) fn changes_nothing(
    own: &LoginRole<'_>,
    other: &LoginRole<'_>,
    directives: &BTreeSet<&str>,
) -> bool {
    directives.iter().all(|directive| {
        let own = value_origin(own, directive);
        !matches!(own, ValueOrigin::Claim(_)) && own == value_origin(other, directive)
    })
}

fn value_origin(role: &LoginRole<'_>, directive: &str) -> ValueOrigin {
    match role.directive_value(directive) {
        DirectiveValue::Piece(Piece::Claim(claim)) if claim == user_claim(role.role) => {
            ValueOrigin::Name
        }
        DirectiveValue::Piece(Piece::Claim(claim)) => ValueOrigin::Claim(claim),
        fixed => ValueOrigin::Fixed(fixed),
    }
}
