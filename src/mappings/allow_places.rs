//! Where `allow` is written in the files, and what it covers there.

use super::allow::{ALLOW, Allow, Allowed};
use super::group::Group;
use super::platform::Platform;
use super::project::{Project, written};
use crate::diagnostic::Span;
use crate::yaml::{Entry, Node, Value};

/// What is allowed in `vault.yaml`.
pub(super) fn of_platform(platform: &Platform, root: &Node) -> Vec<Allow> {
    let mut allows = Vec::new();
    for (path, method) in &platform.auth {
        add(
            &method.keys.allow,
            root.entry_at(["auth", path.as_str()]),
            &mut allows,
        );
        for (name, role) in &method.keys.roles {
            let entry = root.entry_at(["auth", path.as_str(), "roles", name.as_str()]);
            add(&role.keys.allow, entry, &mut allows);
        }
    }
    for (path, engine) in &platform.secrets {
        add(
            &engine.keys.allow,
            root.entry_at(["secrets", path.as_str()]),
            &mut allows,
        );
        for (name, role) in &engine.keys.roles {
            let entry = root.entry_at(["secrets", path.as_str(), "roles", name.as_str()]);
            add(&role.keys.allow, entry, &mut allows);
        }
    }
    for (name, policy) in &platform.policies {
        let entry = root.entry_at(["policies", name.as_str()]);
        add(&policy.allow, entry, &mut allows);
        let rules = entry.and_then(|entry| entry.value.at(["rules"]));
        let rules = rules.map(Node::decoded_items).into_iter().flatten();
        for (rule, node) in policy.rules.iter().flatten().zip(rules) {
            add_in(&rule.keys.allow, node, node.span, &mut allows);
        }
    }
    if let Some(rules) = &platform.mappings {
        add(&rules.allow, root.entry("mappings"), &mut allows);
    }
    // The copies of a role or policy with `for_each` share its places.
    allows.sort();
    allows.dedup();
    allows
}

/// What is allowed in a project's file.
pub(super) fn of_project(project: &Project, root: &Node) -> Vec<Allow> {
    let mut allows = Vec::new();
    add_in(&project.allow, root, root.span, &mut allows);
    for mapping in project.mappings() {
        add(
            &mapping.entry.allow,
            root.entry_at(mapping.keys()),
            &mut allows,
        );
    }
    allows
}

/// What is allowed in a group's file.
pub(super) fn of_group(group: &Group, root: &Node) -> Vec<Allow> {
    let mut allows = Vec::new();
    add_in(&group.allow, root, root.span, &mut allows);
    for mapping in written(&group.environments) {
        add(
            &mapping.entry.allow,
            root.entry_at(mapping.keys()),
            &mut allows,
        );
    }
    allows
}

fn add(allowed: &Allowed, entry: Option<&Entry>, allows: &mut Vec<Allow>) {
    if let Some(entry) = entry {
        let scope = entry.key_span.to(entry.value.span);
        add_in(allowed, &entry.value, scope, allows);
    }
}

fn add_in(allowed: &Allowed, node: &Node, scope: Span, allows: &mut Vec<Allow>) {
    let Some(written) = node.entry(ALLOW).filter(|_| !allowed.is_empty()) else {
        return;
    };
    let lints = written.value.entries().iter();
    let read = lints.filter(|lint| lint.value.value != Value::Invalid);
    allows.extend(read.map(|lint| Allow {
        lint: lint.key.clone(),
        span: lint.key_span,
        scope,
    }));
}
