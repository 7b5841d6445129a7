//! How a JWT method checks signatures: <https://developer.hashicorp.com/vault/api-docs/auth/jwt#configure>.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use url::Url;

use super::{Availability, Managed, MountType, PartialField, Place, Rank};
use crate::digest;
use crate::value::Set;

/// What stands in place of a private key in `provider_config`.
const HIDDEN_KEY: &str = "(private key)#";

/// How a JWT method verifies JWTs: one of `jwks_url`, `jwks_pairs`, `oidc_discovery_url` and `jwt_validation_pubkeys` says
/// which keys sign it.
///
/// ```yaml mappings/vault.yaml
/// auth:
///   gitlab:
///     config:
///       jwks_url: https://git.example.com/-/jwks
///       bound_issuer: https://git.example.com
///       default_role: aws
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct JwtConfig {
    /// Where GitLab publishes its signing keys: its address and `/-/jwks`. Vault fetches them, also when they change, so it has to reach it.
    pub(crate) jwks_url: String,
    /// The CA certificates to trust at `jwks_url`, in PEM; the system's when empty.
    #[serde(deserialize_with = "pem")]
    pub(crate) jwks_ca_pem: String,
    /// Several places where signing keys are published, in place of `jwks_url`: a key of any of them is valid. Vault then takes no `bound_issuer`. HashiCorp Vault only.
    pub(crate) jwks_pairs: BTreeSet<JwksPair>,
    /// The issuer whose discovery document says where its keys are, in place of `jwks_url`.
    pub(crate) oidc_discovery_url: String,
    /// The CA certificates to trust at `oidc_discovery_url`, in PEM; the system's when empty.
    #[serde(deserialize_with = "pem")]
    pub(crate) oidc_discovery_ca_pem: String,
    /// The public keys themselves, in PEM, where Vault can't reach GitLab.
    #[serde(deserialize_with = "pems")]
    pub(crate) jwt_validation_pubkeys: BTreeSet<String>,
    /// The `iss` that every JWT must have: GitLab's address.
    pub(crate) bound_issuer: String,
    /// The signature algorithms that are accepted, such as `RS256`; the server's default when empty.
    pub(crate) jwt_supported_algs: Set,
    /// The role of a login that names none. Vault lowercases it.
    #[serde(deserialize_with = "lowercase")]
    pub(crate) default_role: String,
    /// Settings for a provider that Vault knows by name, such as Google. A private key among them is shown as its hash only.
    #[serde(deserialize_with = "without_keys")]
    pub(crate) provider_config: BTreeMap<String, Value>,
    /// Whether a login with a browser carries the namespace in its `state`, so that one redirect URL serves all namespaces.
    pub(crate) namespace_in_state: bool,
    /// The host names to accept in a certificate, in place of that of `jwks_url` or `oidc_discovery_url`. OpenBao only.
    pub(crate) override_allowed_server_names: Set,
    /// The OIDs of critical extensions of certificates that Vault does not know and is to ignore. HashiCorp Vault only.
    pub(crate) unsupported_critical_cert_extensions: Set,
}

/// A place where signing keys are published.
///
/// ```yaml mappings/vault.yaml
/// auth:
///   gitlabs:
///     type: jwt
///     config:
///       jwks_pairs:
///         - {jwks_url: https://git.example.com/-/jwks}
///         - {jwks_url: https://old-git.example.com/-/jwks}
/// ```
#[derive(
    Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("required" = ["jwks_url"]))]
pub(crate) struct JwksPair {
    /// The address of the keys.
    pub(crate) jwks_url: String,
    /// The CA certificates to trust there, in PEM; the system's when empty.
    #[serde(deserialize_with = "pem")]
    pub(crate) jwks_ca_pem: String,
}

impl Default for JwtConfig {
    fn default() -> Self {
        Self {
            namespace_in_state: true,
            jwks_url: String::new(),
            jwks_ca_pem: String::new(),
            jwks_pairs: BTreeSet::new(),
            oidc_discovery_url: String::new(),
            oidc_discovery_ca_pem: String::new(),
            jwt_validation_pubkeys: BTreeSet::new(),
            bound_issuer: String::new(),
            jwt_supported_algs: Set::default(),
            default_role: String::new(),
            provider_config: BTreeMap::new(),
            override_allowed_server_names: Set::default(),
            unsupported_critical_cert_extensions: Set::default(),
        }
    }
}

/// The provider with a service account, which no answer of Vault's holds:
/// <https://developer.hashicorp.com/vault/docs/auth/jwt/oidc-providers/google>.
pub(crate) const GOOGLE: &str = "gsuite";

/// Where GitLab publishes its keys below its own address: GitLab 15.7 and newer, and all versions.
///
/// <https://docs.gitlab.com/ci/secrets/id_token_authentication/>
const GITLAB_KEYS: [&str; 2] = ["/-/jwks", "/oauth/discovery/keys"];

impl JwtConfig {
    /// The address of the GitLab whose keys are at `jwks_url`, if they are a GitLab's.
    pub(crate) fn gitlab_address(&self) -> Option<Url> {
        let mut keys = GITLAB_KEYS.iter();
        let address = keys.find_map(|keys| self.jwks_url.strip_suffix(keys))?;
        Url::parse(address).ok()
    }
}

impl Managed for JwtConfig {
    const TITLE: &'static str = "JWT config";
    const RANK: Rank = Rank::Config;
    const PLACE: Place = Place::Config(MountType::JWT, "config");
    const KEY: &'static str = "config";
    const READ_ONLY: &'static [&'static str] = &["status"];
    const PARTIAL: &'static [PartialField] = &[
        PartialField::new("jwks_pairs", Availability::Vault),
        PartialField::new("override_allowed_server_names", Availability::OpenBao),
        PartialField::new("unsupported_critical_cert_extensions", Availability::Vault),
    ];
    const CONFIDENTIAL: &'static [&'static str] = &["provider_config"];
    const REPLACED: bool = true;

    /// A client of an OIDC provider, for logins with a browser, has a secret, which no answer holds.
    fn loses(&self, attribute: &str) -> Option<&'static str> {
        (attribute == "oidc_client_id").then_some(
            "Vault accepts it only together with `oidc_client_secret`, which it never returns",
        )
    }

    fn unwritable(&self) -> Option<&'static str> {
        let mut settings = self.provider_config.values().filter_map(Value::as_str);
        if settings.any(|text| text.starts_with(HIDDEN_KEY)) {
            return Some("it holds a private key, which does not belong in a file");
        }
        let provider = self.provider_config.get("provider");
        (provider.and_then(Value::as_str) == Some(GOOGLE)).then_some(
            "Google's provider has a service account, which Vault never returns, so that a write would remove it",
        )
    }
}

fn lowercase<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(String::deserialize(deserializer)?.to_lowercase())
}

/// Google's provider may be given a service account's key, which must not get into a plan.
fn without_keys<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, Value>, D::Error> {
    let mut config = BTreeMap::<String, Value>::deserialize(deserializer)?;
    for value in config.values_mut() {
        if let Value::String(text) = value
            && text.contains("PRIVATE KEY")
        {
            *text = format!("{HIDDEN_KEY}{}", digest::hex([text.as_str()], 8));
        }
    }
    Ok(config)
}

/// PEM without the white space at its ends, which servers drop or keep as they like.
fn pem<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(String::deserialize(deserializer)?.trim().to_owned())
}

fn pems<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeSet<String>, D::Error> {
    let keys = Set::deserialize(deserializer)?;
    Ok(keys.iter().map(|key| key.trim().to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_nobody_set_is_as_in_a_configuration_of_which_nothing_is_said() {
        for (value, is_set) in [
            (json!(true), false),
            (json!(false), true),
            (Value::Null, false),
        ] {
            let data = json!({"namespace_in_state": value});
            let data = data.as_object().cloned().unwrap_or_default();
            let answer = JwtConfig::parse(data);
            assert_eq!(answer.held != Ok(JwtConfig::default()), is_set, "{value}");
            assert!(answer.unmodelled.is_empty());
        }
    }

    #[test]
    fn pairs_are_the_same_in_any_order() {
        let pair = |name: &str| json!({"jwks_url": format!("https://{name}.example.com"), "jwks_ca_pem": ""});
        let config = |pairs| {
            let data = json!({ "jwks_pairs": pairs });
            JwtConfig::parse(data.as_object().cloned().unwrap_or_default())
        };
        assert_eq!(
            config([pair("a"), pair("b")]),
            config([pair("b"), pair("a")])
        );
    }
}
