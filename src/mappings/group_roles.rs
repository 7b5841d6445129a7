//! The JWT roles and policies of groups: one of each for every id of a group and every environment.

use std::collections::BTreeMap;

use super::environments::KnownEnvironment;
use super::group::Group;
use crate::diagnostic::{Diagnostic, Span};
use crate::value::{EnvironmentName, GroupId, GroupRoleNameTemplate};
use crate::yaml::{Entry, Node, Scalar, Value, without_duplicates};

/// The jobs of a group's projects in an environment.
#[derive(Debug, Clone)]
pub(super) struct GroupJobs {
    /// The group, or a subgroup.
    id: GroupId,
    /// The environment by its name in Vault.
    pub(super) environment: EnvironmentName,
    /// What is known of the environment; its place is that of the group's mapping.
    pub(super) known: KnownEnvironment,
}

impl GroupJobs {
    /// Those of a group and its subgroups.
    pub(super) fn of(
        group: &Group,
        environment: &EnvironmentName,
        known: &KnownEnvironment,
    ) -> impl Iterator<Item = Self> {
        group.ids().map(|id| Self {
            id,
            environment: environment.clone(),
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
        set(
            &mut role.value,
            "token_policies",
            list(name.to_owned(), self.known.span),
        );
        let mut claims = match role.value.entry("bound_claims") {
            Some(claims) => claims.value.clone(),
            None => mapping(Vec::new(), self.known.span),
        };
        set(
            &mut claims,
            "namespace_id",
            text(self.id.to_string(), self.known.span),
        );
        if claims.entry("environment").is_none() {
            let environment = text("{environment}".into(), self.known.span);
            set(&mut claims, "environment", environment);
        }
        set(&mut role.value, "bound_claims", claims);
        role
    }

    /// The policy that allows the jobs' AWS role, without a template.
    pub(super) fn policy(&self, name: &str, mount: &str, names: &GroupRoleNameTemplate) -> Entry {
        let role = names.of(self.id, self.environment.as_str());
        let rule = mapping(
            vec![
                self.entry("path", text(format!("{mount}/sts/{role}"), self.known.span)),
                self.entry("capabilities", list("update".into(), self.known.span)),
            ],
            self.known.span,
        );
        let rules = Node {
            value: Value::Sequence(vec![rule]),
            span: self.known.span,
        };
        let policy = mapping(vec![self.entry("rules", rules)], self.known.span);
        self.entry(name, policy)
    }

    fn entry(&self, key: &str, value: Node) -> Entry {
        Entry {
            key: key.to_owned(),
            key_span: self.known.span,
            value,
        }
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
        let none = mapping(Vec::new(), first.key_span);
        set(root, "policies", none);
    }
    if let Some(declared) = root.entry_mut("policies")
        && let Value::Mapping(entries) = &mut declared.value.value
    {
        let mut all = std::mem::take(entries);
        all.extend(policies.into_values());
        *entries = without_duplicates(all, diagnostics);
    }
}

fn text(text: String, span: Span) -> Node {
    let scalar = Scalar {
        text,
        is_plain: false,
    };
    Node {
        value: Value::Scalar(scalar),
        span,
    }
}

fn list(item: String, span: Span) -> Node {
    Node {
        value: Value::Sequence(vec![text(item, span)]),
        span,
    }
}

fn mapping(mut entries: Vec<Entry>, span: Span) -> Node {
    entries.sort_by(|a, b| a.key.cmp(&b.key));
    Node {
        value: Value::Mapping(entries),
        span,
    }
}

/// Gives a mapping this value for a key, whatever it had before.
fn set(node: &mut Node, key: &str, value: Node) {
    let Value::Mapping(entries) = &mut node.value else {
        return;
    };
    let entry = Entry {
        key: key.to_owned(),
        key_span: value.span,
        value,
    };
    match entries.binary_search_by(|entry| entry.key.as_str().cmp(key)) {
        Ok(at) => entries[at] = entry,
        Err(at) => entries.insert(at, entry),
    }
}
