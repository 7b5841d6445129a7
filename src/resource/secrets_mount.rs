//! A secrets engine, mounted: <https://developer.hashicorp.com/vault/api-docs/system/mounts>.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::mount::{self, ListingVisibility, MountOptions};
use super::{Address, Managed, MountType, PartialField, Place, Rank, Table, Unchangeable, Write};
use crate::value::{MountTypeName, Set, Ttl};

/// A secrets engine: where jobs get credentials with a Vault token.
///
/// ```yaml mappings/vault.yaml
/// secrets:
///   aws:                        # the role 365-dev is asked for at aws/sts/365-dev
///     type: aws
///     description: AWS Assumed roles
///     default_lease_ttl: 30m
///     max_lease_ttl: 1h
/// ```
///
/// The files own all roles of an engine that they declare: a role that neither they nor the mappings have is deleted,
/// unless `unmanaged` names it.
///
/// An engine of another type may be here too. Then the files own its settings and not its content: the program neither
/// lists nor deletes what is in it, and `config`, `lease` and `roles` are errors.
///
/// ```yaml mappings/vault.yaml
/// secrets:
///   kv:
///     type: kv
///     options: {version: "2"}
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("required" = ["type"]))]
pub(crate) struct SecretsMount {
    /// The type of engine: `aws`, for credentials of AWS. Of any other type, only the settings of the mount are managed. A type can't change.
    #[schemars(with = "MountTypeName")]
    pub(crate) r#type: String,
    /// What people read about it in Vault.
    pub(crate) description: String,
    /// How long credentials are leased that are asked for without a TTL; 0 is the server's default.
    pub(crate) default_lease_ttl: Ttl,
    /// How long credentials are leased at most; 0 is the server's default.
    pub(crate) max_lease_ttl: Ttl,
    /// Whether Vault's web interface shows the engine, also to those who have not logged in.
    pub(crate) listing_visibility: ListingVisibility,
    /// The engine's own settings. Most have none.
    pub(crate) options: MountOptions,
    /// The fields of requests whose values the audit log shows as they are, and not hashed.
    pub(crate) audit_non_hmac_request_keys: Set,
    /// The fields of responses whose values the audit log shows as they are, and not hashed.
    pub(crate) audit_non_hmac_response_keys: Set,
    /// The headers of requests that the plugin gets to see.
    pub(crate) passthrough_request_headers: Set,
    /// The headers that the plugin may add to a response.
    pub(crate) allowed_response_headers: Set,
    /// The version of the plugin, where it is pinned; the server's own when empty. Once pinned, it can change and not go.
    pub(crate) plugin_version: String,
    /// The key that signs the identity tokens of the plugin; `default` when empty. Vault 1.16 and newer.
    pub(crate) identity_token_key: String,
    /// The accessors of the auth mounts that the plugin may log in at for its clients. Vault 1.15 and newer.
    pub(crate) delegated_auth_accessors: Set,
    /// The managed keys that the plugin may use. Vault; there are managed keys in Vault Enterprise only.
    pub(crate) allowed_managed_keys: Set,
    /// Whether slashes at the end of a request's path are cut off. Vault 1.20 and newer.
    pub(crate) trim_request_trailing_slashes: bool,
    /// Whether the mount stays on this cluster and is not replicated. It can't change.
    pub(crate) local: bool,
    /// Whether the seal encrypts the mount's storage once more. It can't change.
    pub(crate) seal_wrap: bool,
    /// Whether the plugin gets random data from outside of Vault. It can't change.
    pub(crate) external_entropy_access: bool,
    /// Whether Vault keeps the mount's storage out of its cache. It can't change.
    pub(crate) force_no_cache: bool,
}

impl Managed for SecretsMount {
    const TITLE: &'static str = "secrets mount";
    const RANK: Rank = Rank::Mounts;
    const PLACE: Place = Place::Mount(Table::Secrets);
    const KEY: &'static str = Table::Secrets.section();
    const READ_ONLY: &'static [&'static str] = mount::READ_ONLY;
    const PARTIAL: &'static [PartialField] = mount::PARTIAL;
    const ESSENTIAL: &'static [&'static str] = &["type"];

    fn mount_type(&self) -> Option<MountType<'_>> {
        Some(MountType {
            table: Table::Secrets,
            name: &self.r#type,
        })
    }

    fn flatten(data: Map<String, Value>) -> Map<String, Value> {
        mount::flatten(data)
    }

    fn create(&self, address: &Address) -> Write {
        Write {
            path: address.path(),
            body: mount::enable(self.fields()),
        }
    }

    fn update(&self, address: &Address, live: &Self) -> Write {
        Write {
            path: format!("sys/mounts/{}/tune", address.mount),
            body: mount::tune(self.fields(), &live.fields()),
        }
    }

    fn unchangeable(&self, live: &Self) -> Option<Unchangeable> {
        mount::unchangeable(self.fields(), live.fields())
    }
}
