//! Which form each resource has in the files.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use super::adopted::{self, LintsFound};
use super::{ImportError, ImportedEntry, ProjectPaths};
use crate::live::Discovery;
use crate::privilege::Extent;
use crate::resource::{Address, Kind, Resource, Typed};
use crate::value::Date;

/// How the files express a resource, from the best form to none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Form {
    /// A role as a project's mapping, a policy as rules, and everything else as it is.
    #[default]
    Short,
    /// A role with all its fields, a policy as a file of its text.
    Plain,
    /// Left out, so that a plan does not change it.
    LeftOut,
}

/// The files to write for what Vault holds.
#[derive(Debug)]
pub(super) struct Draft<'d> {
    pub(super) discovery: &'d Discovery,
    pub(super) paths: &'d ProjectPaths,
    /// Whether what differs by environment alone is written once.
    pub(super) by_environment: bool,
    /// The JWT roles that a group's file would give something else.
    pub(super) without_file: BTreeSet<Address>,
    /// The policies that are computed from all else. None until that was looked at.
    pub(super) generated: Option<BTreeMap<Address, Extent>>,
    forms: BTreeMap<Address, Form>,
    pub(super) left_out: BTreeMap<Address, String>,
    /// What the lints find, which is allowed in the files.
    pub(super) allowed: LintsFound,
    /// The reason that is written there.
    reason: String,
}

impl<'d> Draft<'d> {
    pub(super) fn new(discovery: &'d Discovery, paths: &'d ProjectPaths) -> Self {
        let mut draft = Self {
            discovery,
            paths,
            by_environment: true,
            without_file: BTreeSet::new(),
            generated: None,
            forms: BTreeMap::new(),
            left_out: BTreeMap::new(),
            allowed: LintsFound::new(),
            reason: format!("adopted {}", Date::of(SystemTime::now())),
        };
        for (address, reason) in &discovery.unreadable {
            draft.leave_out(address.clone(), reason.clone());
        }
        for (address, resource) in &discovery.live.resources {
            if let Some(reason) = resource.unwritable() {
                draft.leave_out(address.clone(), reason.into());
            }
        }
        draft
    }

    /// Writes a resource in the next form, after an objection to the one that it has.
    pub(super) fn object(&mut self, address: Address, reason: String) -> Result<(), ImportError> {
        let generated = self.generated.as_mut();
        if generated.is_some_and(|policies| policies.remove(&address).is_some()) {
            return Ok(());
        }
        match self.form(&address) {
            Form::Short if address.kind.has_short_form() => {
                self.forms.insert(address, Form::Plain);
            }
            Form::Short | Form::Plain => self.leave_out(address, reason),
            Form::LeftOut => return Err(ImportError::NotLeftAlone(address)),
        }
        Ok(())
    }

    /// Allows what the lints find, and returns whether that changes the files. What is dangerous no project's file can
    /// allow, or else its developers could allow more of it: such a mapping becomes a role of the platform.
    pub(super) fn adopt(
        &mut self,
        found: LintsFound,
        is_mapping: impl Fn(&Address) -> bool,
    ) -> bool {
        let is_dangerous = |(address, lints): &(&Address, &BTreeSet<_>)| {
            is_mapping(address) && !adopted::is_harmless(lints)
        };
        let dangerous: Vec<Address> = found
            .iter()
            .filter(is_dangerous)
            .map(|(address, _)| address.clone())
            .collect();
        if !dangerous.is_empty() {
            let plain = dangerous.into_iter().map(|address| (address, Form::Plain));
            self.forms.extend(plain);
            // What was found before may be gone with the mappings.
            self.allowed.clear();
            self.generated = None;
            return true;
        }
        let before: usize = self.allowed.values().map(BTreeSet::len).sum();
        for (address, lints) in found {
            self.allowed.entry(address).or_default().extend(lints);
        }
        self.allowed.values().map(BTreeSet::len).sum::<usize>() > before
    }

    /// The entries of a resource, with what is allowed in it.
    pub(super) fn with_allowed(
        &self,
        address: &Address,
        mut entries: Vec<ImportedEntry>,
    ) -> Vec<ImportedEntry> {
        entries.extend(adopted::entry(self.allowed.get(address), &self.reason));
        entries
    }

    pub(super) fn leave_out(&mut self, address: Address, reason: String) {
        self.forms.insert(address.clone(), Form::LeftOut);
        self.left_out.insert(address, reason);
    }

    pub(super) fn form(&self, address: &Address) -> Form {
        self.forms.get(address).copied().unwrap_or_default()
    }

    /// Whether the files hold it.
    pub(super) fn has(&self, address: &Address) -> bool {
        self.discovery.live.resources.contains_key(address)
            && self.form(address) != Form::LeftOut
            && address.depends_on().is_none_or(|mount| self.has(&mount))
    }

    /// What the files hold of a kind, in the order of reports.
    pub(super) fn all(&self, kind: Kind) -> impl Iterator<Item = (&'d Address, &'d Resource)> {
        self.discovery
            .live
            .resources
            .iter()
            .filter(move |(address, _)| address.kind == kind && self.has(address))
    }

    /// What the files hold of a type, in the order of reports.
    pub(super) fn all_of<T: Typed + 'd>(&self) -> impl Iterator<Item = (&'d Address, &'d T)> {
        self.all(T::KIND)
            .filter_map(|(address, resource)| Some((address, T::of(resource)?)))
    }

    /// The mounts in the files that a kind can live in.
    pub(super) fn mounts_of(
        &self,
        kind: Kind,
    ) -> impl Iterator<Item = (&'d Address, &'d Resource)> {
        self.discovery
            .live
            .resources
            .iter()
            .filter(move |(address, mount)| {
                let inside = Address::of_mount(kind, &address.mount);
                inside.depends_on().as_ref() == Some(address)
                    && mount.holds(&inside)
                    && self.has(address)
            })
    }

    /// What the files hold of a kind in a mount.
    pub(super) fn inside(
        &self,
        kind: Kind,
        mount: &str,
    ) -> impl Iterator<Item = (&'d Address, &'d Resource)> {
        self.all(kind)
            .filter(move |(address, _)| address.mount == mount)
    }
}
