//! Vault -> the policies of entities and groups: <https://developer.hashicorp.com/vault/api-docs/secret/identity>.
//!
//! Servers add them to a token at each request, so they apply to tokens that were issued earlier, too.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::Live;
use super::other_grants::{Addition, Grantor, Holder, OtherGrants, Recipient, texts};
use crate::vault::ReadVault;

const ENTITIES: &str = "identity/entity/id";
const GROUPS: &str = "identity/group/id";

/// Where Vault keeps entities and groups, and what people call these.
pub(crate) const IDENTITY: [(&str, &str); 2] = [(ENTITIES, "entities"), (GROUPS, "groups")];

impl Live {
    /// Reads entities and groups with policies, and these policies, which become resources. So this is not for a plan.
    pub(crate) async fn read_identity_policies(&mut self, vault: &impl ReadVault) -> OtherGrants {
        let mut other_grants = OtherGrants::default();
        self.read_identity(vault, &mut other_grants).await;
        self.finish(vault, other_grants).await
    }

    /// Reads entities and groups with policies. An entity has the policies of its groups and of their parent groups. The
    /// members of an external group are the users whose JWT names it.
    pub(super) async fn read_identity(
        &self,
        vault: &impl ReadVault,
        other_grants: &mut OtherGrants,
    ) {
        let groups = other_grants.items(vault, GROUPS, GROUPS, |_| true).await;
        let groups: BTreeMap<String, Map<String, Value>> = groups.into_iter().collect();
        let may_have_policies = |entity: &Map<String, Value>| {
            !texts(entity.get("policies")).is_empty()
                || ids(entity.get("group_ids")).next().is_some()
        };
        let entities = other_grants
            .items(vault, ENTITIES, ENTITIES, may_have_policies)
            .await;
        for (id, entity) in entities {
            if entity.get("disabled") == Some(&Value::Bool(true)) {
                // Servers refuse its logins and its tokens.
                continue;
            }
            let mut policies: BTreeSet<String> =
                texts(entity.get("policies")).into_iter().collect();
            policies.extend(
                ids(entity.get("group_ids"))
                    .flat_map(|group| policies_with_parents(&groups, group)),
            );
            if policies.is_empty() {
                continue;
            }
            let what = Grantor::Entity(name(&entity).to_owned());
            let path = format!("{ENTITIES}/{id}");
            let mut has_other_logins = false;
            let mut has_jwts = false;
            for alias in entity
                .get("aliases")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                let Some(mount) = self.mount_of(&alias["mount_accessor"]) else {
                    has_other_logins = true;
                    continue;
                };
                has_jwts = true;
                other_grants.additions.push(Addition {
                    what: what.clone(),
                    path: path.clone(),
                    mount: mount.to_owned(),
                    recipient: Recipient::Alias(
                        alias["name"].as_str().unwrap_or_default().to_owned(),
                    ),
                    policies: policies.clone(),
                });
            }
            if has_other_logins || !has_jwts {
                other_grants.holders.push(Holder {
                    what,
                    path,
                    policies,
                });
            }
        }
        for (id, group) in &groups {
            let alias = &group.get("alias").cloned().unwrap_or_default();
            let (Some(mount), Some(alias)) = (
                self.mount_of(&alias["mount_accessor"]),
                alias["name"].as_str(),
            ) else {
                continue;
            };
            let policies = policies_with_parents(&groups, id);
            if !policies.is_empty() {
                other_grants.additions.push(Addition {
                    what: Grantor::Group(name(group).to_owned()),
                    path: format!("{GROUPS}/{id}"),
                    mount: mount.to_owned(),
                    recipient: Recipient::Group(alias.to_owned()),
                    policies,
                });
            }
        }
    }

    /// The path of the JWT method with an accessor.
    fn mount_of(&self, accessor: &Value) -> Option<&str> {
        let accessor = accessor.as_str()?;
        let mut accessors = self.accessors.iter();
        let (mount, _) = accessors.find(|(_, known)| *known == accessor)?;
        Some(mount)
    }
}

/// The policies of a group and of its parent groups.
fn policies_with_parents(
    groups: &BTreeMap<String, Map<String, Value>>,
    id: &str,
) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut next = vec![id.to_owned()];
    let mut policies = BTreeSet::new();
    while let Some(id) = next.pop() {
        let Some(group) = groups.get(&id) else {
            continue;
        };
        if seen.insert(id) {
            policies.extend(texts(group.get("policies")));
            next.extend(ids(group.get("parent_group_ids")).map(str::to_owned));
        }
    }
    policies
}

fn ids(value: Option<&Value>) -> impl Iterator<Item = &str> {
    value
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

fn name(item: &Map<String, Value>) -> &str {
    item.get("name").and_then(Value::as_str).unwrap_or_default()
}
