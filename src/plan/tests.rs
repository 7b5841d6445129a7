//! What holds for every pair of desired and live states: against a model of Vault, which keeps what it is sent.

mod order;
mod tampered;
mod unmanaged;

use std::collections::BTreeMap;

use globset::{Glob, GlobSet};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{Action, Change, Plan};
use crate::desired::{Desired, Unmanaged};
use crate::live::Live;
use crate::resource::{Accessors, Address, Folder, Kind, Known, Policy, Resource};

/// What a Vault holds, whoever manages it.
#[derive(Debug, Clone, Default)]
struct Vault {
    resources: BTreeMap<Address, Resource>,
    accessors: Accessors,
}

/// Every resource that a state may hold. Roles whose name begins with `c` are unmanaged.
fn universe() -> Vec<Address> {
    let mut all = vec![Address::of_policy("p"), Address::of_policy("q")];
    for mount in ["x", "y"] {
        all.push(Address::of_auth_mount(mount));
        all.push(Address::of_mount(Kind::JwtConfig, mount));
        all.push(Address::of_mount(Kind::SecretsMount, mount));
        all.push(Address::of_mount(Kind::AwsLease, mount));
        for name in ["a", "b", "c"] {
            all.push(Address::of_role(Kind::JwtRole, mount, name));
            all.push(Address::of_role(Kind::AwsRole, mount, name));
        }
    }
    all
}

/// One of three different resources for an address.
fn resource(address: &Address, variant: u8) -> Resource {
    let seconds = 60 * (u64::from(variant) + 1);
    let fields = match address.kind {
        Kind::AuthMount => json!({"type": "jwt", "description": seconds.to_string()}),
        Kind::SecretsMount => json!({"type": "aws", "config": {"max_lease_ttl": seconds}}),
        Kind::JwtConfig => json!({"bound_issuer": seconds.to_string()}),
        Kind::JwtRole => {
            json!({"user_claim": "sub", "token_ttl": seconds, "token_policies": ["q", "p"]})
        }
        Kind::AwsRole => json!({"role_arns": ["b", "a", seconds.to_string()]}),
        Kind::AwsLease => json!({"lease": seconds}),
        _ => {
            json!({"policy": format!("path \"{seconds}\" {{ capabilities = [\"read\", \"list\"] }}")})
        }
    };
    parse(address.kind, fields)
}

fn parse(kind: Kind, fields: Value) -> Resource {
    kind.parse(fields).resource()
}

/// A policy over the accessor of the method at `x`.
fn templated() -> Policy {
    Policy::new(r#"path "a/${auth.x.accessor}" { capabilities = ["read"] }"#.into())
}

prop_compose! {
    /// For each address: what is wanted, what is there, and whether the files name it as removed.
    fn states()(choices in vec((option::of(0..3u8), option::of(0..3u8), any::<bool>()), universe().len()))
        -> (Desired, Vault)
    {
        let (mut desired, mut vault) = (Desired::default(), Vault::default());
        desired.unmanaged = Unmanaged::new([(Kind::JwtRole, globs()), (Kind::AwsRole, globs())]);
        let mut chosen: Vec<_> = universe().into_iter().zip(choices).collect();
        // Mounts before what is in them.
        chosen.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (address, (wanted, there, is_removed)) in chosen {
            let mount = address.depends_on();
            let (kind, name) = (address.kind, address.name.clone());
            if there.is_some() && mount.as_ref().is_none_or(|mount| vault.resources.contains_key(mount)) {
                vault.keep(&address, &resource(&address, there.unwrap_or_default()));
            }
            let is_ours = mount.as_ref().is_none_or(|mount| desired.resources.contains_key(mount));
            if wanted.is_some() && is_ours && !desired.unmanaged.covers(kind, &name) {
                let resource = resource(&address, wanted.unwrap_or_default());
                if let Some(mount_type) = resource.mount_type() {
                    desired.owned.extend(Folder::all_in(mount_type, &address.mount));
                }
                desired.insert(address.clone(), resource);
            } else if is_removed && (mount.is_none()) {
                desired.removed.insert(address);
            }
        }
        if desired.resources.contains_key(&Address::of_auth_mount("x")) {
            desired.insert(Address::of_policy("r"), templated());
        }
        (desired, vault)
    }
}

fn globs() -> GlobSet {
    GlobSet::builder()
        .add(Glob::new("c*").unwrap())
        .build()
        .unwrap()
}

impl Vault {
    fn keep(&mut self, address: &Address, resource: &Resource) {
        if address.kind == Kind::AuthMount {
            let accessor = format!("auth_jwt_{}", address.mount);
            self.accessors.insert(address.mount.clone(), accessor);
        }
        let kept = resolved(resource, &self.accessors);
        self.resources.insert(address.clone(), kept);
    }

    fn carry_out(&mut self, change: &Change) {
        let address = &change.address;
        match &change.action {
            Action::Create { after } | Action::Update { after, .. } => self.keep(address, after),
            Action::Delete { .. } => {
                self.resources.retain(|other, _| {
                    other != address && other.depends_on().as_ref() != Some(address)
                });
                if address.kind == Kind::AuthMount {
                    self.accessors.remove(&address.mount);
                }
            }
        }
    }

    /// What reading it for these files finds.
    fn live(&self, desired: &Desired) -> Live {
        let is_seen = |address: &Address| {
            let is_named = desired.named().any(|named| named == address);
            desired.owns(address) || is_named && !address.kind.place().is_listed()
        };
        let seen = self
            .resources
            .iter()
            .filter(|(address, _)| is_seen(address));
        Live {
            resources: seen
                .map(|(address, resource)| (address.clone(), resource.clone()))
                .collect(),
            accessors: self.accessors.clone(),
            ..Live::default()
        }
    }
}

/// With the accessors that are known.
fn resolved(resource: &Resource, accessors: &Accessors) -> Resource {
    let known = Known {
        accessors,
        credentials: None,
        live: None,
    };
    resource.resolve(known).unwrap_or_else(|| resource.clone())
}

/// The changes in short, with the accessors that are known.
fn outline(changes: &[Change], accessors: &Accessors) -> Vec<(Address, Action)> {
    let outline = changes.iter().map(|change| {
        let mut action = change.action.clone();
        if let Action::Create { after } | Action::Update { after, .. } = &mut action {
            *after = resolved(after, accessors);
        }
        (change.address.clone(), action)
    });
    outline.collect()
}

/// The same resource as another server might answer it: lists the other way round, and unset fields left out.
fn otherwise(resource: &Resource) -> Resource {
    let is_unset = |value: &Value| value.as_array().is_some_and(Vec::is_empty) || value == "";
    let fields = resource
        .fields()
        .into_iter()
        .filter(|(_, value)| !is_unset(value));
    let reversed = fields.map(|(name, value)| match value {
        Value::Array(items) => (name, Value::Array(items.into_iter().rev().collect())),
        other => (name, other),
    });
    parse(
        resource.kind(),
        Value::Object(reversed.collect::<Map<_, _>>()),
    )
}

proptest! {
    #[test]
    fn after_any_part_of_a_plan_the_next_plan_is_exactly_the_rest((desired, mut vault) in states()) {
        let plan = Plan::new(&desired, &vault.live(&desired));
        for done in 0..=plan.changes.len() {
            let next = Plan::new(&desired, &vault.live(&desired));
            let (rest, next) = (&plan.changes[done..], &next.changes);
            prop_assert_eq!(outline(next, &vault.accessors), outline(rest, &vault.accessors));
            if let Some(change) = rest.first() {
                vault.carry_out(change);
            }
        }
    }

    #[test]
    fn what_is_not_in_the_plan_stays_as_it_is((desired, mut vault) in states()) {
        let before = vault.resources.clone();
        let plan = Plan::new(&desired, &vault.live(&desired));
        for change in &plan.changes {
            vault.carry_out(change);
        }
        for (address, resource) in &desired.resources {
            prop_assert_eq!(vault.resources.get(address), Some(&resolved(resource, &vault.accessors)));
        }
        let is_gone = |address: &Address| {
            let mount = address.depends_on();
            desired.removed.contains(address) || mount.is_some_and(|mount| desired.removed.contains(&mount))
        };
        for (address, resource) in before {
            let is_ours = desired.resources.contains_key(&address) || desired.owns(&address) || is_gone(&address);
            prop_assert!(is_ours || vault.resources.get(&address) == Some(&resource), "{address}");
        }
    }

    #[test]
    fn the_order_of_an_answer_and_its_unset_fields_make_no_difference((desired, vault) in states()) {
        let live = vault.live(&desired);
        let mut other = live.clone();
        other.resources = live.resources.iter().rev().map(|(address, resource)| (address.clone(), otherwise(resource))).collect();
        prop_assert_eq!(Plan::new(&desired, &live), Plan::new(&desired, &other));
    }
}
