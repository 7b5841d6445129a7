//! An auth method, mounted: <https://developer.hashicorp.com/vault/api-docs/system/auth>.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::mount::{self, MountOptions};
use super::{Address, Managed, MountType, Place, Rank, Table, Write};
use crate::acl::Capability;
use crate::value::Ttl;

/// An auth method's mount.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AuthMount {
    /// The method. Of one that is not `jwt`, only these settings are managed.
    pub(crate) r#type: String,
    /// A text for people.
    pub(crate) description: String,
    /// The TTL of tokens that name none; 0 is the server's default.
    pub(crate) default_lease_ttl: Ttl,
    /// The longest TTL of tokens; 0 is the server's default.
    pub(crate) max_lease_ttl: Ttl,
    /// The method's own settings.
    pub(crate) options: MountOptions,
    /// The type of token that roles of type `default` issue.
    pub(crate) token_type: MountTokenType,
    /// Whether the method is shown to those who have not logged in.
    pub(crate) listing_visibility: ListingVisibility,
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

/// Whether a mount is listed in the unauthenticated UI endpoint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ListingVisibility {
    /// It is not shown.
    #[default]
    Hidden,
    /// It is shown, also to those who have not logged in.
    Unauth,
}

impl Managed for AuthMount {
    const TITLE: &'static str = "auth mount";
    const RANK: Rank = Rank::Mounts;
    const PLACE: Place = Place::Mount(Table::Auth);
    const KEY: &'static str = Table::Auth.section();
    const CREATE: &'static [Capability] = &[Capability::Update, Capability::Sudo];
    const DELETE: &'static [Capability] = &[Capability::Delete, Capability::Sudo];
    const READ_ONLY: &'static [&'static str] = mount::READ_ONLY;

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
        let options = self.options.replacing(&live.options);
        let tuned = Self {
            options,
            ..self.clone()
        };
        Write {
            path: format!("sys/mounts/auth/{}/tune", address.mount),
            body: mount::tune(tuned.fields()),
        }
    }
}
