//! Which JWTs a JWT role admits.
//!
//! See facts 1.1 of docs/access.md. The audience, times and the network are ignored: a job chooses its audience, and the
//! others are not claims that distinguish jobs.

use crate::access::jwts::{Bounds, ClaimSet, Jwts, Language, Lists, Scalars};
use crate::access::login_role::LoginRole;
use crate::access::{claim_name, user_claim};
use crate::resource::{BoundClaimsType, JwtRole, RoleType};
use crate::value::{BoundClaims, ClaimValue};

/// The JWTs whose login replaces the metadata of their alias, even if the server then refuses the token.
pub(super) fn admitted(login: &LoginRole<'_>) -> Jwts {
    bounds(login.role, login.issuer).into_iter().collect()
}

/// Whether the tokens of a role can be used. No login gets the policy `root`, and a token for one request is revoked
/// before AWS has answered, so that the request fails.
pub(super) fn is_usable(role: &JwtRole) -> bool {
    !role.token_policies.contains("root") && role.token_num_uses != 1
}

/// The restrictions on the claims of admitted JWTs; `None` if no JWT that GitLab can sign is admitted.
pub(super) fn bounds(role: &JwtRole, issuer: &str) -> Option<Bounds> {
    if role.role_type == RoleType::Oidc {
        return None;
    }
    let mut bounds = Bounds::any();
    if !issuer.is_empty() {
        bounds = bounds.with_text("iss", issuer)?;
    }
    if !role.bound_subject.is_empty() {
        bounds = bounds.with_text("sub", &role.bound_subject)?;
    }
    bounds = with_claims(bounds, &role.bound_claims, role.bound_claims_type)?;
    let text = || ClaimSet::texts(Language::all());
    for claim in role.claim_mappings.keys() {
        bounds = bounds.require(claim_name(claim), &text().or_absent())?;
    }
    let name = ClaimSet::texts(Language::not_empty());
    bounds = bounds.require(user_claim(role), &name)?;
    if !role.groups_claim.is_empty() {
        let mut groups = text();
        groups.lists = vec![Lists::of(Scalars::texts(Language::all()))];
        bounds = bounds.require(claim_name(&role.groups_claim), &groups)?;
    }
    Some(bounds)
}

/// The JWTs that match these `bound_claims`, compared as globs.
pub(crate) fn jwts_like(claims: &BoundClaims) -> Jwts {
    let bounds = with_claims(Bounds::any(), claims, BoundClaimsType::Glob);
    bounds.into_iter().collect()
}

fn with_claims(bounds: Bounds, claims: &BoundClaims, compared: BoundClaimsType) -> Option<Bounds> {
    claims.iter().try_fold(bounds, |bounds, (claim, values)| {
        let wanted = values.iter().fold(Scalars::default(), |wanted, value| {
            wanted.or(&wanted_by(value, compared))
        });
        bounds.require(claim_name(claim), &any_of(wanted))
    })
}

/// The scalars that match a value of `bound_claims`. Strings are compared as strings or globs, and numbers and booleans
/// only with a value of the same type.
fn wanted_by(value: &ClaimValue, compared: BoundClaimsType) -> Scalars {
    match (value, compared) {
        (ClaimValue::Text(text), BoundClaimsType::String) => {
            Scalars::texts(Language::text(text.as_str()))
        }
        (ClaimValue::Text(glob), BoundClaimsType::Glob) => Scalars::texts(Language::glob(glob)),
        // Neither null nor an object matches anything.
        (ClaimValue::Other(json), _) if json.starts_with(['n', '{', '[']) => Scalars::default(),
        (ClaimValue::Other(json), _) => Scalars {
            texts: Language::none(),
            others: Language::text(json.as_str()),
        },
    }
}

/// The values that match: a list matches if one of its elements does.
fn any_of(wanted: Scalars) -> ClaimSet {
    ClaimSet {
        lists: vec![Lists::with(wanted.clone())],
        scalars: wanted,
        ..ClaimSet::none()
    }
}
