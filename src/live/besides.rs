//! Vault -> what affects access and is not in the files: roles under `unmanaged`, and policies that no file declares.

use std::collections::BTreeMap;

use futures::stream::StreamExt;

use super::{Live, Unlisted, read_one};
use crate::desired::Desired;
use crate::resource::{self, Address, Held, JwtRole, Policy, Resource, Typed};
use crate::vault::{self, ReadVault};

/// The policy that every token has unless its role says otherwise.
const DEFAULT: &str = "default";

/// Resources that affect access and are not in the files.
#[derive(Debug, Default)]
pub(crate) struct Besides {
    /// The resources that could be read. A policy that does not exist allows nothing.
    pub(crate) resources: BTreeMap<Address, Resource>,
    /// Roles that could not be read or listed, by path, and why. Policies are not included: what a role with an unread
    /// policy grants is unknown anyway.
    pub(crate) unread: BTreeMap<String, String>,
}

impl Live {
    /// Reads the roles under `unmanaged`, and the policies that the files lack and that these roles, or the roles of the
    /// files and of Vault, name.
    pub(crate) async fn read_besides(&self, vault: &impl ReadVault, desired: &Desired) -> Besides {
        let mut besides = Besides {
            unread: self.unlisted_reasons(),
            ..Besides::default()
        };
        besides.read(vault, self.left_alone.clone()).await;
        let of_files = resource::of_type::<JwtRole>(&desired.resources);
        let of_vault = resource::of_type::<JwtRole>(&self.resources);
        let left_alone = resource::of_type::<JwtRole>(&besides.resources);
        let roles = of_files.chain(of_vault).chain(left_alone);
        let names = roles.flat_map(|(_, role)| role.token_policies.iter().chain([DEFAULT]));
        let mut policies: Vec<Address> = names.map(Address::of_policy).collect();
        policies.sort();
        policies.dedup();
        policies.retain(|policy| !desired.resources.contains_key(policy));
        besides.read(vault, policies).await;
        besides
    }

    /// Ignores kinds that the server can't list: only static roles are like that, and they give no IAM role.
    fn unlisted_reasons(&self) -> BTreeMap<String, String> {
        let unlisted = self.unlisted.iter();
        unlisted
            .filter_map(|(path, why)| match why {
                Unlisted::Denied(error) => Some((path.clone(), error.to_string())),
                Unlisted::Unsupported => None,
            })
            .collect()
    }
}

impl Besides {
    async fn read(&mut self, vault: &impl ReadVault, addresses: Vec<Address>) {
        let mut answers = vault::each(vault, addresses, async |address| {
            let answer = read_one(vault, &address).await;
            (address, answer)
        });
        while let Some((address, answer)) = answers.next().await {
            let is_policy = Policy::KIND == address.kind;
            let answer = match answer {
                Ok(Some(Held::Unreadable(why))) => Err(why.to_string()),
                Ok(Some(Held::Readable(resource))) => Ok(Some(resource)),
                Ok(None) => Ok(None),
                Err(error) => Err(error.to_string()),
            };
            match answer {
                Ok(Some(resource)) => {
                    self.resources.insert(address, resource);
                }
                Ok(None) if is_policy => {
                    self.resources.insert(address, Policy::default().into());
                }
                Ok(None) => {}
                // Few tokens may read the policy `default`, and its built-in text allows nothing in AWS.
                Err(error) if is_policy && address.name == DEFAULT => {
                    tracing::debug!("{address} can't be read: {error}");
                }
                Err(error) if is_policy => tracing::warn!("{address} can't be read: {error}"),
                Err(error) => {
                    self.unread.insert(address.path(), error);
                }
            }
        }
    }
}
