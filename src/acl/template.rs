//! `{{identity…}}` in the paths of rules: what the servers put in its place.
//!
//! Source: <https://developer.hashicorp.com/vault/docs/concepts/policies#templated-policies>, checked on OpenBao 2.7.2.

use std::collections::BTreeMap;

use super::rule::{PathError, PathPattern, Rule};

/// Who a token belongs to, as far as policies can name it. An empty id or name has no value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Entity {
    /// The entity's id.
    pub(crate) id: String,
    /// The entity's name.
    pub(crate) name: String,
    /// The entity's own metadata.
    pub(crate) metadata: BTreeMap<String, String>,
    /// One for each auth mount that the entity logged in at.
    pub(crate) aliases: Vec<Alias>,
    /// The groups that the entity is in, directly or through other groups.
    pub(crate) groups: Vec<Group>,
}

/// An entity at one auth mount.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Alias {
    /// The accessor of the auth mount.
    pub(crate) mount_accessor: String,
    /// The alias' id.
    pub(crate) id: String,
    /// The value of the role's user claim.
    pub(crate) name: String,
    /// What the latest login of any token of this alias mapped from its claims.
    pub(crate) metadata: BTreeMap<String, String>,
    /// What an operator set.
    pub(crate) custom_metadata: BTreeMap<String, String>,
}

/// A group that an entity is in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Group {
    /// The group's id.
    pub(crate) id: String,
    /// The group's name.
    pub(crate) name: String,
    /// The group's metadata.
    pub(crate) metadata: BTreeMap<String, String>,
}

/// Which characters a server lets a value bring into a path, where they act as path separators and wildcards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AllowedInValues {
    /// `/`; OpenBao's `allow_slashes_in_identity_templates` of the policy.
    pub(crate) slashes: bool,
    /// `*` and `+`; OpenBao's `allow_wildcards_in_identity_templates` of the policy.
    pub(crate) wildcards: bool,
}

impl AllowedInValues {
    /// OpenBao 2.7, unless the policy says otherwise.
    pub(crate) const OPENBAO: Self = Self {
        slashes: false,
        wildcards: false,
    };
    /// HashiCorp Vault by its documentation; older releases let wildcards in too.
    pub(crate) const VAULT: Self = Self {
        slashes: true,
        wildcards: false,
    };
}

/// A rule as a token has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Templated {
    /// The rule with its values.
    Rule(Rule),
    /// The rule does not count, because this directive has no value.
    Dropped {
        /// The text between the braces.
        directive: String,
    },
}

/// Why a server refuses every request of a token, at any path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TemplateError {
    /// A value has a character that the server does not let in.
    #[error(
        "{{{{{directive}}}}} has the value {value:?}, with a `/`, `*` or `+` that the server refuses"
    )]
    Forbidden {
        /// The text between the braces.
        directive: String,
        /// What stood in its place.
        value: String,
    },
    /// The path that came out is none.
    #[error("the path `{path}` came out of a template: {error}")]
    Path {
        /// With its values.
        path: String,
        /// What is wrong with it.
        error: PathError,
    },
}

/// Puts the entity's values into the rules of one policy; the result has one element for each rule.
///
/// # Errors
/// Where a server refuses every request of a token with this policy and entity.
pub(crate) fn template(
    rules: &[Rule],
    entity: Option<&Entity>,
    allowed: AllowedInValues,
) -> Result<Vec<Templated>, TemplateError> {
    rules
        .iter()
        .map(|rule| template_rule(rule, entity, allowed))
        .collect()
}

fn template_rule(
    rule: &Rule,
    entity: Option<&Entity>,
    allowed: AllowedInValues,
) -> Result<Templated, TemplateError> {
    let mut pieces = rule.path.as_str().split("{{");
    let mut path = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (directive, literal) = piece.split_once("}}").unwrap_or((piece, ""));
        let directive = directive.trim();
        let Some(value) = value_of(directive, entity) else {
            return Ok(Templated::Dropped {
                directive: directive.to_owned(),
            });
        };
        if !allowed.slashes && value.contains('/')
            || !allowed.wildcards && value.contains(['*', '+'])
        {
            return Err(TemplateError::Forbidden {
                directive: directive.to_owned(),
                value: value.to_owned(),
            });
        }
        path.push_str(value);
        path.push_str(literal);
    }
    let path = PathPattern::substituted(path.clone())
        .map_err(|error| TemplateError::Path { path, error })?;
    Ok(Templated::Rule(Rule {
        path,
        ..rule.clone()
    }))
}

/// The value of a directive like `identity.entity.aliases.ACCESSOR.metadata.project_id`. A metadata key that is there
/// has its value even when that is empty; `time.now`, which servers take too, names no one and has none here.
fn value_of<'a>(directive: &str, entity: Option<&'a Entity>) -> Option<&'a str> {
    let entity = entity?;
    match directive.strip_prefix("identity.")?.split_once('.')? {
        ("entity", field) => entity_value(entity, field),
        ("groups", selector) => group_value(entity, selector),
        _ => None,
    }
}

fn entity_value<'a>(entity: &'a Entity, field: &str) -> Option<&'a str> {
    match field.split_once('.') {
        None if field == "id" => present(&entity.id),
        None if field == "name" => present(&entity.name),
        Some(("metadata", key)) => entity.metadata.get(key).map(String::as_str),
        Some(("aliases", selector)) => {
            let (accessor, field) = selector.split_once('.')?;
            let alias = entity
                .aliases
                .iter()
                .find(|alias| alias.mount_accessor == accessor)?;
            alias_value(alias, field)
        }
        _ => None,
    }
}

fn alias_value<'a>(alias: &'a Alias, field: &str) -> Option<&'a str> {
    match field.split_once('.') {
        None if field == "id" => present(&alias.id),
        None if field == "name" => present(&alias.name),
        Some(("metadata", key)) => alias.metadata.get(key).map(String::as_str),
        Some(("custom_metadata", key)) => alias.custom_metadata.get(key).map(String::as_str),
        _ => None,
    }
}

fn group_value<'a>(entity: &'a Entity, selector: &str) -> Option<&'a str> {
    let (by, selector) = selector.split_once('.')?;
    let (wanted, field) = selector.split_once('.')?;
    let group = entity.groups.iter().find(|group| match by {
        "ids" => group.id == wanted,
        "names" => group.name == wanted,
        _ => false,
    })?;
    match field.split_once('.') {
        None if field == "id" => present(&group.id),
        None if field == "name" => present(&group.name),
        Some(("metadata", key)) => group.metadata.get(key).map(String::as_str),
        _ => None,
    }
}

fn present(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests;
