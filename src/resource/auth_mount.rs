//! An auth method, mounted: <https://developer.hashicorp.com/vault/api-docs/system/auth>.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::mount::{self, ListingVisibility, MountOptions, UserLockout};
use super::{Address, Managed, MountType, PartialField, Place, Rank, Table, Unchangeable, Write};
use crate::acl::Capability;
use crate::value::{MountTypeName, Set, Ttl};

/// An auth method: where jobs log in with a JWT and get a Vault token.
///
/// ```yaml mappings/vault.yaml
/// auth:
///   gitlab:                # GitLab's jobs log in at auth/gitlab/login
///     type: jwt
///     description: GitLab authentication via JWKS
///     max_lease_ttl: 1h
/// ```
///
/// The files own all roles of an auth method that they declare: a role that they lack is deleted, unless `unmanaged` names
/// it.
///
/// A method of another type may be here too, such as `type: kubernetes`. Then the files own its settings and not its
/// content: the program neither lists nor deletes what is in it, and `config` and `roles` are errors.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("required" = ["type"]))]
pub(crate) struct AuthMount {
    /// The type of method: `jwt`, for logins with a signed JWT, such as GitLab gives each job. Of any other type, only the settings of the mount are managed. A type can't change.
    #[schemars(with = "MountTypeName")]
    pub(crate) r#type: String,
    /// What people read about it in Vault.
    pub(crate) description: String,
    /// How long tokens are valid whose role sets no TTL; 0 is the server's default.
    pub(crate) default_lease_ttl: Ttl,
    /// How long tokens are valid at most, with all renewals; 0 is the server's default.
    pub(crate) max_lease_ttl: Ttl,
    /// The type of the tokens of roles whose own `token_type` is `default`.
    pub(crate) token_type: MountTokenType,
    /// Whether the login page of Vault's web interface shows the method.
    pub(crate) listing_visibility: ListingVisibility,
    /// The method's own settings. Most have none.
    pub(crate) options: MountOptions,
    /// When a user is locked out after failed logins. For the types `approle`, `ldap` and `userpass`.
    pub(crate) user_lockout_config: UserLockout,
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
}

/// The type of token that a method issues.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum MountTokenType {
    /// Service tokens, which Vault stores, unless the role says otherwise.
    #[default]
    DefaultService,
    /// Batch tokens, which can't be revoked, unless the role says otherwise.
    DefaultBatch,
    /// Always service tokens.
    Service,
    /// Always batch tokens.
    Batch,
}

impl Managed for AuthMount {
    const TITLE: &'static str = "auth mount";
    const RANK: Rank = Rank::Mounts;
    const PLACE: Place = Place::Mount(Table::Auth);
    const KEY: &'static str = Table::Auth.section();
    const CREATE: &'static [Capability] = &[Capability::Update, Capability::Sudo];
    const DELETE: &'static [Capability] = &[Capability::Delete, Capability::Sudo];
    const READ_ONLY: &'static [&'static str] = mount::READ_ONLY;
    const PARTIAL: &'static [PartialField] = mount::PARTIAL;
    const ESSENTIAL: &'static [&'static str] = &["type"];

    fn mount_type(&self) -> Option<MountType<'_>> {
        Some(MountType {
            table: Table::Auth,
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

    /// Tunes under `sys/mounts`, because `sys/auth/…/tune` needs sudo.
    fn update(&self, address: &Address, live: &Self) -> Write {
        Write {
            path: format!("sys/mounts/auth/{}/tune", address.mount),
            body: mount::tune(self.fields(), &live.fields()),
        }
    }

    fn unchangeable(&self, live: &Self) -> Option<Unchangeable> {
        mount::unchangeable(self.fields(), live.fields())
    }
}
