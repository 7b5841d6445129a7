//! Vault -> the policies of entities and groups: <https://developer.hashicorp.com/vault/api-docs/secret/identity>.
//!
//! Servers add them to a token at each request, so they apply to tokens that were issued earlier, too.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::Live;
use super::elsewhere::{Addition, Elsewhere, Holder, Whose, texts};
use crate::vault::ReadVault;

const ENTITIES: &str = "identity/entity/id";
const GROUPS: &str = "identity/group/id";

impl Live {
    /// Reads entities and groups with policies. An entity has the policies of its groups and of their parent groups. The
    /// members of an external group are the users whose JWT names it.
    pub(super) async fn read_identity(&self, vault: &impl ReadVault, elsewhere: &mut Elsewhere) {
        let groups: BTreeMap<String, Map<String, Value>> = elsewhere
            .items(vault, GROUPS, GROUPS)
            .await
            .into_iter()
            .collect();
        for (_, entity) in elsewhere.items(vault, ENTITIES, ENTITIES).await {
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
            let what = format!("entity {}", name(&entity));
            let mut leads_to_jwts = false;
            for alias in entity
                .get("aliases")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                let Some(mount) = self.mount_of(&alias["mount_accessor"]) else {
                    continue;
                };
                leads_to_jwts = true;
                elsewhere.additions.push(Addition {
                    what: what.clone(),
                    mount: mount.to_owned(),
                    whose: Whose::Alias(alias["name"].as_str().unwrap_or_default().to_owned()),
                    policies: policies.clone(),
                });
            }
            if !leads_to_jwts {
                elsewhere.holders.push(Holder { what, policies });
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
                elsewhere.additions.push(Addition {
                    what: format!("group {}", name(group)),
                    mount: mount.to_owned(),
                    whose: Whose::Group(alias.to_owned()),
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
    let ids = value.and_then(Value::as_array).into_iter().flatten();
    ids.filter_map(Value::as_str)
}

fn name(item: &Map<String, Value>) -> &str {
    item.get("name").and_then(Value::as_str).unwrap_or_default()
}
