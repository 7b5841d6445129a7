//! Other logins that replace the metadata of a token's alias.
//!
//! Fact 1.4 of docs/access.md: the policies of a token are those of its own login, and the metadata is that of the latest
//! login of its alias. An alias is a mount and a name, and a name is a value, whatever claim it came from.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::piece::{DirectiveValue, Piece};
use crate::access::jwts::Jwts;
use crate::access::login_role::LoginRole;
use crate::access::user_claim;

/// Roles of one mount whose logins leave the same behind, as far as some directives read it.
#[derive(Debug)]
pub(super) struct SourceGroup {
    /// The places of the roles.
    pub(super) members: Vec<usize>,
    /// The JWTs that any of them admits.
    pub(super) admitted: Rc<Jwts>,
}

/// What a login puts in the place of a directive, seen from its alias.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Seen {
    /// The alias' name, which is the same for all of its logins.
    Name,
    /// Another claim, which may differ from login to login.
    Claim(String),
    /// The same text for each login with the role, something that no login changes, or nothing.
    Fixed(DirectiveValue),
}

/// Groups the roles of a mount by what their logins leave behind for the directives.
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
    let groups = groups.into_values().map(|members| SourceGroup {
        admitted: Rc::new(
            members
                .iter()
                .flat_map(|member| admitted[*member].bounds().iter().cloned())
                .collect(),
        ),
        members,
    });
    groups.collect()
}

/// Whether logins with `other` leave nothing else behind than the login with `own` did, whatever the job.
pub(super) fn changes_nothing(
    own: &LoginRole<'_>,
    other: &LoginRole<'_>,
    directives: &BTreeSet<&str>,
) -> bool {
    directives.iter().all(|directive| {
        let own = seen(own, directive);
        !matches!(own, Seen::Claim(_)) && own == seen(other, directive)
    })
}

fn seen(role: &LoginRole<'_>, directive: &str) -> Seen {
    match role.directive_value(directive) {
        DirectiveValue::Piece(Piece::Claim(claim)) if claim == user_claim(role.role) => Seen::Name,
        DirectiveValue::Piece(Piece::Claim(claim)) => Seen::Claim(claim),
        fixed => Seen::Fixed(fixed),
    }
}
