//! Who may log in with a JWT, and as what: <https://developer.hashicorp.com/vault/api-docs/auth/jwt#create-update-role>.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::{Address, Kind, Managed, Rank, Read};
use crate::acl::Capability;
use crate::value::{BoundClaims, Leeway, Set, Ttl, networks};

/// A role of a JWT method.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct JwtRole {
    /// Whether jobs log in with a JWT, or people with a browser.
    pub(crate) role_type: RoleType,
    /// The claim that tells one user from another; it names the entity's alias.
    pub(crate) user_claim: String,
    /// Whether `user_claim` is a JSON pointer.
    pub(crate) user_claim_json_pointer: bool,
    /// The `sub` that a JWT must have.
    pub(crate) bound_subject: String,
    /// The audiences, one of which a JWT must have in `aud`.
    pub(crate) bound_audiences: Set,
    /// The claims that a JWT must have.
    pub(crate) bound_claims: BoundClaims,
    /// Whether the values of `bound_claims` are compared as they are or as globs.
    pub(crate) bound_claims_type: BoundClaimsType,
    /// Claims that are copied into the alias's metadata, and their names there.
    pub(crate) claim_mappings: BTreeMap<String, String>,
    /// The claim that holds the groups.
    pub(crate) groups_claim: String,
    /// How long after `exp` a JWT is still good.
    pub(crate) expiration_leeway: Leeway,
    /// How long before `nbf` a JWT is already good.
    pub(crate) not_before_leeway: Leeway,
    /// How far the clocks may differ.
    pub(crate) clock_skew_leeway: Leeway,
    /// How long ago a person may have logged in to the provider.
    pub(crate) max_age: Ttl,
    /// The scopes asked for in a browser login.
    pub(crate) oidc_scopes: Set,
    /// Where a browser login may return to.
    pub(crate) allowed_redirect_uris: Set,
    /// Whether the server logs the claims it gets. Never in production.
    pub(crate) verbose_oidc_logging: bool,
    /// The TTL of the token.
    pub(crate) token_ttl: Ttl,
    /// The longest TTL of the token.
    pub(crate) token_max_ttl: Ttl,
    /// When the token ends, whatever renews it.
    pub(crate) token_explicit_max_ttl: Ttl,
    /// The period of a periodic token.
    pub(crate) token_period: Ttl,
    /// The policies of the token; Vault lowercases their names.
    #[serde(deserialize_with = "lowercased")]
    pub(crate) token_policies: Set,
    /// Whether the token goes without the policy `default`.
    pub(crate) token_no_default_policy: bool,
    /// The networks from which the token may be used.
    #[serde(deserialize_with = "spelled")]
    pub(crate) token_bound_cidrs: Set,
    /// How often the token may be used; 0 is without limit.
    pub(crate) token_num_uses: u64,
    /// The type of the token.
    pub(crate) token_type: TokenType,
    /// Whether the token is bound to the address that it was issued to (OpenBao).
    pub(crate) token_strictly_bind_ip: bool,
    /// Whether `token_policies` may hold templates over claims (OpenBao).
    pub(crate) token_policies_template_claims: bool,
    /// Metadata of the alias, besides that of `claim_mappings` (Vault).
    pub(crate) alias_metadata: BTreeMap<String, String>,
}

/// How one logs in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RoleType {
    /// With a signed JWT.
    #[default]
    Jwt,
    /// With a browser.
    Oidc,
}

/// How `bound_claims` are compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum BoundClaimsType {
    /// As they are.
    #[default]
    String,
    /// With `*` standing for any text.
    Glob,
}

/// The type of a role's tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TokenType {
    /// As the mount says.
    #[default]
    Default,
    /// A service token.
    Service,
    /// A batch token.
    Batch,
}

impl Managed for JwtRole {
    const TITLE: &'static str = "JWT role";
    const RANK: Rank = Rank::Roles;
    const READ: Read = Read::Listed;
    const MOUNT: Option<Kind> = Some(Kind::AuthMount);
    const CREATE: &'static [Capability] = &[Capability::Create];
    const UNSET: &'static [(&'static str, &'static str)] = &[("callback_mode", "\"client\"")];

    fn path(address: &Address) -> String {
        format!("auth/{}/role/{}", address.mount, address.name)
    }
}

fn lowercased<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Set, D::Error> {
    Set::deserialize(deserializer).map(Set::lowercased)
}

fn spelled<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Set, D::Error> {
    Set::deserialize(deserializer).map(|texts| networks(&texts))
}
