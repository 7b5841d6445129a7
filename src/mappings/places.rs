//! Where in the files something is declared that decides about access.

use super::loaded::{Loaded, PlatformFile};
use super::mapped_role::ProjectsFolder;
use super::trees::Trees;
use crate::diagnostic::{Sources, Span};
use crate::resource::Address;
use crate::yaml::value_span;

/// The places of roles, rules and mappings.
#[derive(Debug)]
pub(crate) struct Places<'a> {
    platform: &'a PlatformFile,
    folder: ProjectsFolder<'a>,
    trees: Trees<'a>,
}

impl Loaded {
    /// Where the files declare what; there are none without `vault.yaml`.
    pub(crate) fn places(&self) -> Option<Places<'_>> {
        let platform = self.platform.as_ref();
        platform.map(|platform| Places::new(platform, self.folder(), &self.sources))
    }
}

impl<'a> Places<'a> {
    /// Those in some files.
    fn new(platform: &'a PlatformFile, folder: ProjectsFolder<'a>, sources: &'a Sources) -> Self {
        Self {
            platform,
            folder,
            trees: Trees::new(sources),
        }
    }

    /// A role of a JWT method.
    pub(crate) fn jwt_role(&self, mount: &str, name: &str) -> Option<Span> {
        self.declared(["auth", mount, "roles", name])
    }

    /// A role of an AWS engine that `vault.yaml` declares.
    pub(crate) fn aws_role(&self, mount: &str, name: &str) -> Option<Span> {
        self.declared(["secrets", mount, "roles", name])
    }

    /// The mapping that makes an AWS role.
    pub(crate) fn mapping(&self, role: &str) -> Option<Span> {
        let rules = self.platform.platform.mappings.as_ref()?;
        let mapped = self.folder.roles(rules).find(|mapped| mapped.name == role);
        mapped.map(|mapped| self.trees.mapping(&mapped))
    }

    /// The path of a policy's rule, by its number from 0; for a policy in a file, the file's name.
    pub(crate) fn rule(&self, policy: &str, number: usize) -> Option<Span> {
        let policy = self.platform.root.at(["policies", policy])?;
        let rules = policy.at(["rules"]);
        Some(match rules.and_then(|rules| rules.items().get(number)) {
            Some(rule) => value_span(rule, ["path"]),
            None => value_span(policy, ["file"]),
        })
    }

    /// A field of a resource; where no file sets it by itself, what declares the resource.
    pub(crate) fn field(&self, address: &Address, field: &str) -> Span {
        let root = &self.platform.root;
        let keys = address.keys();
        let rules = self.platform.platform.mappings.as_ref();
        let rules = rules.filter(|rules| address.mount == rules.secrets.as_str());
        match rules {
            Some(rules) if root.at(keys.iter().copied()).is_none() => {
                let mut mapped = self.folder.roles(rules);
                let mapped = mapped.find(|mapped| mapped.name == address.name);
                mapped.map_or(root.span.begin(), |mapped| {
                    self.trees.setting(&mapped, field)
                })
            }
            _ => value_span(root, keys.into_iter().chain([field])),
        }
    }

    fn declared<const N: usize>(&self, path: [&str; N]) -> Option<Span> {
        let root = &self.platform.root;
        root.entry_at(path).map(|entry| entry.key_span)
    }
}
