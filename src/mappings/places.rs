//! Where in the files something is declared that decides about access.

use super::loaded::PlatformFile;
use super::mapped_role::ProjectsFolder;
use super::trees::Trees;
use crate::diagnostic::{Sources, Span};
use crate::yaml::value_span;

/// The places of roles, rules and mappings.
#[derive(Debug)]
pub(crate) struct Places<'a> {
    platform: &'a PlatformFile,
    folder: ProjectsFolder<'a>,
    trees: Trees<'a>,
}

impl<'a> Places<'a> {
    /// Those in some files.
    pub(crate) fn new(
        platform: &'a PlatformFile,
        folder: ProjectsFolder<'a>,
        sources: &'a Sources,
    ) -> Self {
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

    fn declared<const N: usize>(&self, path: [&str; N]) -> Option<Span> {
        let root = &self.platform.root;
        root.entry_at(path).map(|entry| entry.key_span)
    }
}
