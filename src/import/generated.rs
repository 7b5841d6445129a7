//! Policies that are what `generated:` computes from all else in the files.

use std::collections::{BTreeMap, BTreeSet};

use super::{ImportedEntry, ImportedValue};
use crate::acl;
use crate::desired::Desired;
use crate::live::Live;
use crate::privilege::{self, END_OF_TOKEN, Extent, REVOKE_SELF};
use crate::resource::{self, Address, Policy, Typed};

/// The policies that these files compute, each with what it is for.
pub(super) fn found(desired: &Desired, live: &Live) -> BTreeMap<Address, Extent> {
    let mut files = Computed {
        desired: desired.clone(),
        live,
    };
    let policies = resource::of_type::<Policy>(&live.resources);
    let alike = policies
        .filter(|(address, policy)| {
            desired.resources.contains_key(address) && policy.policy.contains(REVOKE_SELF)
        })
        .map(|(address, _)| address.clone());
    let (plan, others): (BTreeSet<_>, BTreeSet<_>) =
        alike.partition(|address| files.is(address, Extent::Plan));
    // A bounded policy holds the texts of those for planning.
    for address in &plan {
        files.put(address);
    }
    let apply = files.apply(others);
    let plan = plan.into_iter().map(|address| (address, Extent::Plan));
    plan.chain(apply).collect()
}

/// The entry in place of rules.
pub(super) fn entry(extent: Extent) -> ImportedEntry {
    let value = match extent {
        Extent::Plan => "plan".into(),
        Extent::Apply => "apply".into(),
        Extent::BoundedApply => ImportedValue::Map(vec![
            ImportedEntry::new("for", "apply"),
            ImportedEntry::new("bounded", ImportedValue::Plain(true.into())),
        ]),
    };
    ImportedEntry::new("generated", value)
}

/// Why a policy that was computed once is written as it is.
pub(super) fn comment(policy: &Policy) -> Option<&'static str> {
    policy.policy.contains(END_OF_TOKEN).then_some(
        "Not `generated`: `vault-provisioner policy` computes another one from these files",
    )
}

/// The files with a policy computed or not.
struct Computed<'l> {
    desired: Desired,
    live: &'l Live,
}

impl Computed<'_> {
    /// The policy that the files compute.
    fn text(&self, address: &Address, extent: Extent) -> Option<String> {
        let own = privilege::own_of_policy(&self.desired, address);
        let rules = privilege::least(&self.desired, &own, extent).ok()?;
        Some(acl::render(&rules))
    }

    /// Whether Vault has this policy.
    fn is(&self, address: &Address, extent: Extent) -> bool {
        let held = self.live.resources.get(address).and_then(Policy::of);
        let text = self.text(address, extent);
        held.zip(text).is_some_and(|(held, text)| {
            let computed = Policy::new(text).with_accessors(&self.live.accessors);
            acl::same(&computed.policy, &held.policy)
        })
    }

    /// Computes a policy for planning in place of the one that the files have.
    fn put(&mut self, address: &Address) {
        let held = self.desired.resources.get(address).and_then(Policy::of);
        if let Some(policy) = held.cloned()
            && let Some(text) = self.text(address, Extent::Plan)
        {
            self.desired.insert(address.clone(), policy.with_text(text));
        }
    }

    /// Those of these policies that let a pipeline write: each depends on which others do.
    fn apply(&mut self, mut alike: BTreeSet<Address>) -> BTreeMap<Address, Extent> {
        let each: Vec<Address> = alike.iter().cloned().collect();
        while !alike.is_empty() {
            let found = self.apply_among(&alike);
            if found.len() == alike.len() {
                return found;
            }
            alike = found.into_keys().collect();
        }
        let mut alone = each.into_iter().map(|one| self.apply_among(&[one].into()));
        alone.find(|found| !found.is_empty()).unwrap_or_default()
    }

    fn apply_among(&mut self, alike: &BTreeSet<Address>) -> BTreeMap<Address, Extent> {
        self.desired.apply_policies.clone_from(alike);
        let extents = [Extent::BoundedApply, Extent::Apply];
        let found = alike.iter().filter_map(|address| {
            let extent = extents.into_iter().find(|extent| self.is(address, *extent));
            Some((address.clone(), extent?))
        });
        found.collect()
    }
}
