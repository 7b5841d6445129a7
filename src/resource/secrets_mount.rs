//! A secrets engine, mounted: <https://developer.hashicorp.com/vault/api-docs/system/mounts>.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::mount::{self, MountOptions};
use super::{Address, Managed, MountType, Place, Rank, Table, Write};
use crate::value::Ttl;

/// A secrets engine's mount.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SecretsMount {
    /// The engine. Of one that is not `aws`, only these settings are managed.
    pub(crate) r#type: String,
    /// A text for people.
    pub(crate) description: String,
    /// The TTL of leases that name none; 0 is the server's default.
    pub(crate) default_lease_ttl: Ttl,
    /// The longest TTL of leases; 0 is the server's default.
    pub(crate) max_lease_ttl: Ttl,
    /// The engine's own settings, such as the version of `kv`.
    pub(crate) options: MountOptions,
}

impl Managed for SecretsMount {
    const TITLE: &'static str = "secrets mount";
    const RANK: Rank = Rank::Mounts;
    const PLACE: Place = Place::Mount(Table::Secrets);
    const KEY: &'static str = Table::Secrets.section();
    const READ_ONLY: &'static [&'static str] = mount::READ_ONLY;
    const UNSET: &'static [(&'static str, &'static str)] = &[("listing_visibility", "\"hidden\"")];

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
        let options = self.options.replacing(&live.options);
        let tuned = Self {
            options,
            ..self.clone()
        };
        Write {
            path: format!("sys/mounts/{}/tune", address.mount),
            body: mount::tune(tuned.fields()),
        }
    }
}
