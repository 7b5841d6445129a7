//! The JWT roles and policies of groups: one of each for every id of a group and every environment.

use std::collections::BTreeMap;

use super::bound_environment::{BOUND_CLAIMS, ENVIRONMENT};
use super::environments::KnownEnvironment;
use super::group::Group;
use crate::diagnostic::{Diagnostic, Span};
use crate::value::{EnvironmentName, EnvironmentRole, GroupId, GroupRoleNameTemplate};
use crate::yaml::{Entry, Node, Value, without_duplicates};

/// The jobs of a group's projects in an environment.
#[derive(Debug, Clone)]
pub(super) struct GroupJobs {
    /// The group, or a subgroup.
    id: GroupId,
    /// The environment by its name in Vault.
    pub(super) environment: EnvironmentName,
    /// The names of the roles; one without a name is the only one.
    roles: Vec<Option<EnvironmentRole>>,
    /// What is known of the environment; its place is that of the group's mapping.
    pub(super) known: KnownEnvironment,
}

impl GroupJobs {
    /// Those of a group and its subgroups.
    pub(super) fn of(
        group: &Group,
        environment: &EnvironmentName,
        roles: &[Option<EnvironmentRole>],
        known: &KnownEnvironment,
    ) -> impl Iterator<Item = Self> {
        group.ids().map(|id| Self {
            id,
            environment: environment.clone(),
            roles: roles.to_vec(),
            known: known.clone(),
        })
    }

    /// What stands in place of `{environment}` in the names of their JWT role and policy.
    pub(super) fn segment(&self) -> String {
        segment(self.id, &self.environment)
    }

    /// A JWT role with `for_each`, bound to these jobs and with their own policy alone.
    pub(super) fn bind(&self, role: &Entry, name: &str) -> Entry {
        let mut role = role.clone();
        role.key = name.to_owned();
        let policies = Node::list_of(self.string(name));
        role.value.set(self.entry("token_policies", policies));
        let mut claims = match role.value.entry(BOUND_CLAIMS) {
            Some(claims) => claims.value.clone(),
            None => self.mapping([]),
        };
        claims.set(self.entry("namespace_id", self.string(self.id)));
        if claims.entry(ENVIRONMENT).is_none() {
            claims.set(self.entry(ENVIRONMENT, self.string("{environment}")));
        }
        role.value.set(self.entry(BOUND_CLAIMS, claims));
        role
    }

    /// The policy that allows the jobs' AWS roles, without a template.
    pub(super) fn policy(&self, name: &str, mount: &str, names: &GroupRoleNameTemplate) -> Entry {
        let rules = self.roles.iter().map(|role| {
            let role = names.of(self.id, &self.environment.with_role(role.as_ref()));
            self.mapping([
                self.entry("path", self.string(format!("{mount}/sts/{role}"))),
                self.entry("capabilities", Node::list_of(self.string("update"))),
            ])
        });
        let rules = Node {
            value: Value::Sequence(rules.collect()),
            span: self.known.span,
        };
        self.entry(name, self.mapping([self.entry("rules", rules)]))
    }

    /// What is computed for the jobs stands where the group's mapping is.
    fn entry(&self, key: &str, value: Node) -> Entry {
        Entry {
            key: key.to_owned(),
            key_span: self.known.span,
            value,
        }
    }

    fn string(&self, text: impl ToString) -> Node {
        Node::string(text.to_string(), self.known.span)
    }

    fn mapping<const N: usize>(&self, entries: [Entry; N]) -> Node {
        let mut mapping = empty_mapping(self.known.span);
        entries.into_iter().for_each(|entry| mapping.set(entry));
        mapping
    }
}

/// What the names of a group's JWT role and policy have in place of `{environment}`: `group-73-dev`.
pub(super) fn segment(id: GroupId, environment: &EnvironmentName) -> String {
    format!("group-{id}-{environment}")
}

/// How the AWS roles of groups are named, and the engine that has them; decoding reports mistakes here.
pub(super) fn engine_of(root: &Node) -> Option<(&str, GroupRoleNameTemplate)> {
    let rules = root.at(["mappings"])?;
    let names = rules.at(["group_role_name"]).and_then(Node::text);
    let names = names.and_then(|names| GroupRoleNameTemplate::try_from(names.to_owned()).ok());
    Some((rules.at(["secrets"])?.text()?, names.unwrap_or_default()))
}

/// Adds policies; one whose name the files have too is reported.
pub(super) fn add_policies(
    root: &mut Node,
    policies: BTreeMap<String, Entry>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(first) = policies.values().next() else {
        return;
    };
    if root.entry("policies").is_none() {
        root.set(Entry {
            key: "policies".to_owned(),
            key_span: first.key_span,
            value: empty_mapping(first.key_span),
        });
    }
    if let Some(declared) = root.entry_mut("policies")
        && let Value::Mapping(entries) = &mut declared.value.value
    {
        let mut all = std::mem::take(entries);
        all.extend(policies.into_values());
        *entries = without_duplicates(all, diagnostics);
    }
}

const fn empty_mapping(span: Span) -> Node {
    Node {
        value: Value::Mapping(Vec::new()),
        span,
    }
}
