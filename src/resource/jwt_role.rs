//! Who may log in with a JWT, and as what: <https://developer.hashicorp.com/vault/api-docs/auth/jwt#create-update-role>.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::{
    Address, Availability, Managed, MountType, PartialField, Place, Rank, UnmanagedKey, managed,
};
use crate::acl::Capability;
use crate::value::{BoundClaims, Leeway, Set, Ttl, networks};

/// Who may log in with a JWT, and the settings of the token.
///
/// ```yaml mappings/vault.yaml
/// auth:
///   gitlab:
///     roles:
///       release:
///         user_claim: project_id
///         bound_audiences: [https://vault.example.com]
///         bound_claims: {project_id: "365", ref_type: tag, ref_protected: "true"}
///         claim_mappings: {project_id: project_id}
///         token_policies: [aws]
///         token_explicit_max_ttl: 10m
/// ```
///
/// A claim is a field of the JWT. GitLab signs these for a job, and all of them are strings:
/// <https://docs.gitlab.com/ci/secrets/id_token_authentication/#token-payload>.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct JwtRole {
    /// Whether logins use a JWT, as jobs do, or a browser, as people do.
    pub(crate) role_type: RoleType,
    /// The claim that identifies users. Vault treats all logins with the same value as one user; with `project_id`, each project is one user.
    pub(crate) user_claim: String,
    /// Whether `user_claim` is a JSON pointer, such as `/user/id`, for a claim inside another.
    pub(crate) user_claim_json_pointer: bool,
    /// The `sub` that a JWT must have.
    pub(crate) bound_subject: String,
    /// The JWT must have one of these in `aud`. A job's `aud` is what its `id_tokens` say.
    pub(crate) bound_audiences: Set,
    /// The claims that a JWT must have, each with one of the values. What is not here is not checked.
    pub(crate) bound_claims: BoundClaims,
    /// How the values of `bound_claims` are compared.
    pub(crate) bound_claims_type: BoundClaimsType,
    /// Claims that policies may use in their paths: each is copied into the user's metadata, under the name on the right. All logins of a user share its metadata, so only what never differs between them belongs here.
    pub(crate) claim_mappings: BTreeMap<String, String>,
    /// The claim with the names of groups, for the identity groups of Vault.
    pub(crate) groups_claim: String,
    /// How long after `exp` a JWT is still valid.
    pub(crate) expiration_leeway: Leeway,
    /// How long before `nbf` a JWT is already valid.
    pub(crate) not_before_leeway: Leeway,
    /// How far the clocks of GitLab and Vault may differ.
    pub(crate) clock_skew_leeway: Leeway,
    /// The longest time since the user logged in to the provider; for `oidc`.
    pub(crate) max_age: Ttl,
    /// The scopes that a login with a browser asks for; for `oidc`.
    pub(crate) oidc_scopes: Set,
    /// Where a login with a browser may return to; for `oidc`.
    pub(crate) allowed_redirect_uris: Set,
    /// Whether the server logs the claims that it gets. They are personal: never in production.
    pub(crate) verbose_oidc_logging: bool,
    /// How long the token is valid until it is renewed; 0 is the method's default.
    pub(crate) token_ttl: Ttl,
    /// How long it is valid at most, with renewals; 0 is the method's maximum.
    pub(crate) token_max_ttl: Ttl,
    /// How long it is valid at most, overriding all other settings; 0 sets no such limit. A job requests its credentials directly after the login, so 10m are enough.
    pub(crate) token_explicit_max_ttl: Ttl,
    /// The TTL of each renewal of a token that can be renewed without limit; 0 for other tokens.
    pub(crate) token_period: Ttl,
    /// The policies of the token. Vault lowercases their names.
    #[serde(deserialize_with = "lowercased")]
    pub(crate) token_policies: Set,
    /// Whether the token lacks Vault's policy `default`, which allows a token to look itself up and to renew itself.
    pub(crate) token_no_default_policy: bool,
    /// The networks from which the token may be used, such as `10.0.0.0/8`; all when empty.
    #[serde(deserialize_with = "spelled")]
    pub(crate) token_bound_cidrs: Set,
    /// How many requests the token can make; 0 means no limit.
    pub(crate) token_num_uses: u64,
    /// The type of the token.
    pub(crate) token_type: TokenType,
    /// Whether the token may only be used from the address that it was issued to. OpenBao only.
    pub(crate) token_strictly_bind_ip: bool,
    /// Whether `token_policies` may hold templates over claims. OpenBao only.
    pub(crate) token_policies_template_claims: bool,
    /// More metadata of the user, the same for all logins with this role. HashiCorp Vault only.
    pub(crate) alias_metadata: BTreeMap<String, String>,
}

/// How users of a role log in.
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
    /// They must be the same.
    #[default]
    String,
    /// `*` in a value stands for any text, `/` too.
    Glob,
}

/// The type of a role's tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TokenType {
    /// What `token_type` of the auth method says.
    #[default]
    Default,
    /// One that Vault stores: it can be renewed and revoked.
    Service,
    /// One that Vault does not store: light, and can be neither renewed nor revoked.
    Batch,
}

/// The names that fields had before Vault 1.2. A role that was written with one answers it beside the new name, with the
/// same value; a write with the new names clears it.
const OLD_NAMES: [(&str, &str); 6] = [
    ("bound_cidrs", "token_bound_cidrs"),
    ("max_ttl", "token_max_ttl"),
    ("num_uses", "token_num_uses"),
    ("period", "token_period"),
    ("policies", "token_policies"),
    ("ttl", "token_ttl"),
];

impl Managed for JwtRole {
    const TITLE: &'static str = "JWT role";
    const RANK: Rank = Rank::Roles;
    const PLACE: Place = Place::Listed(MountType::JWT, "role");
    const KEY: &'static str = "roles";
    const UNMANAGED: Option<UnmanagedKey> = Some(UnmanagedKey {
        key: "jwt_roles",
        description: "Names of roles of the JWT methods.",
        ignores_case: true,
    });
    const CREATE: &'static [Capability] = &[Capability::Create];
    const PARTIAL: &'static [PartialField] = &[
        PartialField::new("token_strictly_bind_ip", Availability::OpenBao),
        PartialField::new("token_policies_template_claims", Availability::OpenBao),
        PartialField::new("alias_metadata", Availability::NewVault),
    ];
    const UNSET: &'static [(&'static str, &'static str)] = &[("callback_mode", "\"client\"")];

    /// What an old name has beside another value of the new one stays, to be reported.
    fn flatten(mut data: Map<String, Value>) -> Map<String, Value> {
        for (old, new) in OLD_NAMES {
            if let Some(value) = data.get(old).cloned() {
                let current = data.entry(new).or_insert_with(|| value.clone());
                if *current == value {
                    data.remove(old);
                }
            }
        }
        data
    }

    /// No role may grant a policy that is not there, or that still says something else.
    fn needs(&self) -> Vec<Address> {
        self.token_policies.iter().map(Address::of_policy).collect()
    }

    /// A claim with one value is written as that value.
    fn written(&self, _address: &Address) -> Vec<(String, Value)> {
        let mut fields = managed::set_fields(self);
        for (name, value) in &mut fields {
            if let ("bound_claims", Value::Object(claims)) = (name.as_str(), value) {
                for claim in claims.values_mut() {
                    if let Value::Array(values) = claim
                        && values.len() == 1
                    {
                        *claim = values.remove(0);
                    }
                }
            }
        }
        fields
    }
}

fn lowercased<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Set, D::Error> {
    Set::deserialize(deserializer).map(Set::lowercased)
}

fn spelled<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Set, D::Error> {
    Set::deserialize(deserializer).map(|texts| networks(&texts))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_old_name_of_a_field_is_the_same_field() {
        for (old, new) in OLD_NAMES {
            let value = match new {
                "token_policies" | "token_bound_cidrs" => json!(["10.0.0.0/8"]),
                _ => json!(60),
            };
            let of = |data: Value| match data {
                Value::Object(fields) => JwtRole::parse(fields),
                other => panic!("{other}"),
            };
            let answer = of(json!({ new: value }));
            assert_eq!(of(json!({ old: value, new: value })), answer, "{old}");
            assert_eq!(of(json!({ old: value })), answer, "{old} alone");
            let other = of(json!({ old: 7, new: value }));
            assert_eq!(other.held, answer.held, "{old} beside another value");
            assert!(other.unmodelled.contains_key(old), "{old} is reported");
        }
    }
}
